/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/card.h"

#include "base/rows.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FEATURES_MAX = 256, BLOCKS_MAX = FEATURES_MAX / 32, NONE = FEATURES_MAX };

static const char *const names[] = { "rx-vlan-hw-parse", "rx-vlan-stag-hw-parse" }; /* in the order of enum card_feature */

static bool ask(const char *device, void *command)
{
    struct ifreq r = { 0 };
    int fd = strlen(device) < sizeof r.ifr_name ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

    if (fd < 0) {
        return false;
    }
    memcpy(r.ifr_name, device, strlen(device));
    r.ifr_data = command;
    bool done = ioctl(fd, SIOCETHTOOL, &r) == 0;
    int why = errno;
    (void)close(fd);
    errno = why;
    return done;
}

/* Where each feature stands among the kernel's, which differ from one to the next; how many of those there are. */
static unsigned places(const char *device, unsigned place[ROWS(names)])
{
    struct {
        struct ethtool_sset_info head;
        uint32_t n;
    } set = { .head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
    struct {
        struct ethtool_gstrings head;
        char text[FEATURES_MAX][ETH_GSTRING_LEN];
    } all = { .head = { .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES } };

    if (!ask(device, &set) || set.n == 0 || set.n > FEATURES_MAX) {
        return 0;
    }
    all.head.len = set.n;
    if (!ask(device, &all)) {
        return 0;
    }
    for (unsigned i = 0; i < ROWS(names); i++) {
        for (place[i] = 0; place[i] < set.n && strncmp(all.text[place[i]], names[i], ETH_GSTRING_LEN) != 0; place[i]++) {
        }
        place[i] = place[i] < set.n ? place[i] : NONE;
    }
    return set.n;
}

bool card_look(const char *device, struct card *c)
{
    struct {
        struct ethtool_gfeatures head;
        struct ethtool_get_features_block block[BLOCKS_MAX];
    } is = { .head = { .cmd = ETHTOOL_GFEATURES } };
    unsigned place[ROWS(names)], n = places(device, place);

    *c = (struct card){ 0, 0 };
    is.head.size = (n + 31) / 32;
    if (n == 0 || !ask(device, &is)) {
        return false;
    }
    for (unsigned i = 0; i < ROWS(names); i++) {
        if (place[i] != NONE) {
            const struct ethtool_get_features_block *b = &is.block[place[i] / 32];
            c->on |= (b->active >> place[i] % 32 & 1) << i;
            c->changeable |= (b->available & ~b->never_changed) >> place[i] % 32 & 1 ? 1u << i : 0;
        }
    }
    return true;
}

bool card_switch(const char *device, unsigned features, bool on)
{
    struct {
        struct ethtool_sfeatures head;
        struct ethtool_set_features_block block[BLOCKS_MAX];
    } to = { .head = { .cmd = ETHTOOL_SFEATURES } };
    unsigned place[ROWS(names)], n = places(device, place);

    to.head.size = (n + 31) / 32;
    for (unsigned i = 0; n != 0 && i < ROWS(names); i++) {
        if ((features >> i & 1) != 0 && place[i] != NONE) {
            to.block[place[i] / 32].valid |= 1u << place[i] % 32;
            to.block[place[i] / 32].requested |= on ? 1u << place[i] % 32 : 0;
        }
    }
    return n != 0 && ask(device, &to);
}
