/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_bits - bits of a host, of a pair of hosts or of a transaction, for the keywords xbits and hostbits.  Those of hosts expire
 * by packet time, those of a transaction end with it.
 */
#ifndef DETECT_HOST_BITS_H
#define DETECT_HOST_BITS_H

#include "detect/option_text.h"

enum bits_command { HOST_ISSET, HOST_ISNOTSET, HOST_SET, HOST_UNSET, HOST_TOGGLE, HOST_NOALERT };
extern const char *const host_bits_commands[]; /* as the enum, ended by NULL */

enum bits_track { BITS_SRC, BITS_DST, BITS_PAIR, BITS_TXN };
struct host_bits {
    uint8_t command, track;
    uint32_t id, expire; /* expire: seconds */
};

extern const struct keyword keyword_xbits, keyword_hostbits;
/* NULL: the match is another keyword's, or says no bit. */
const struct host_bits *host_bits_of(const struct match *m);
bool host_bits_match(struct detect_scope *s, const struct host_bits *b);

#endif
