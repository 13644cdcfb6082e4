/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card - features of a network interface that are switched (ethtool -K): those that concern who reads its frames.  Any thread. */
#ifndef BASE_CARD_H
#define BASE_CARD_H

#include <stdbool.h>

/* It takes tags off frames that come, and tells the system beside them: of 802.1Q (rx-vlan-offload), of 802.1ad. */
enum card_feature { CARD_TAGS = 1 << 0, CARD_SERVICE_TAGS = 1 << 1 };
struct card {
    unsigned on, changeable;
};
bool card_look(const char *device, struct card *c);                /* false with errno: no such interface, or it does not say */
bool card_switch(const char *device, unsigned features, bool on);  /* false with errno: it would not, or no right to */

#endif
