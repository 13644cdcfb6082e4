/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flowbits - what a use of the keyword flowbits says, for those that look for who sets what is asked.
 */
#ifndef DETECT_KW_FLOWBITS_H
#define DETECT_KW_FLOWBITS_H

#include "rule/keyword.h"

enum { BITS_ISSET, BITS_ISNOTSET, BITS_SET, BITS_UNSET, BITS_TOGGLE, BITS_NOALERT };

struct flowbits {
    uint8_t command;
    uint16_t n;          /* any of these */
    uint32_t id[];
};

/* NULL: the match is another keyword's, or says no bit. */
const struct flowbits *flowbits_of(const struct match *m);

#endif
