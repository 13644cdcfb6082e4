/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print_tcp - the shape of a TCP SYN or SYN/ACK: read from a sign's text and from a table's row, and compared.
 *
 * Both are spelled as p0f 3 spells signatures (its README, section 5): VERSION:TTL:OPTION-BYTES:MSS:WINDOW,SCALE:LAYOUT:QUIRKS:PAYLOAD.
 * Plain values, any thread.
 */
#ifndef AWARE_PRINT_TCP_H
#define AWARE_PRINT_TCP_H

#include "base/err.h"
#include "base/rd.h"

enum { TCP_OPTIONS_MAX = 24, TCP_TTL_REACH = 35 /* hops a packet may have come */ };
enum tcp_window { TCP_WINDOW_VALUE, TCP_WINDOW_ANY, TCP_WINDOW_MSS, TCP_WINDOW_MTU, TCP_WINDOW_MOD };

struct tcp_print {
    uint8_t version;                 /* 4, 6; 0: any */
    uint8_t ttl;                     /* of a row: as sent; of a sign: as it came */
    bool ttl_loose;                  /* of a row: any below fits */
    uint8_t ip_options;
    int32_t mss, scale;              /* -1: any */
    uint8_t window_kind;
    uint32_t window;
    uint8_t options[TCP_OPTIONS_MAX], options_n; /* kinds; an end with padding counts as kind 0 */
    uint8_t eol_pad;
    bool options_any;
    uint32_t quirks;                 /* bits in the order of the names in print_tcp.c */
    int8_t payload;                  /* 0, 1; -1: any */
};

/* A row of a table, or a sign's text (then no part may be open).  *column from 0. */
bool tcp_print_read(struct bytes text, bool row, struct tcp_print *out, size_t *column, struct err *err);
enum tcp_fit { TCP_FIT_NOT, TCP_FIT_NEAR /* another distance or a quirk that networks cause */, TCP_FIT };
/* peer_mss: of the SYN that a SYN/ACK answers; 0: none. */
enum tcp_fit tcp_print_fits(const struct tcp_print *row, const struct tcp_print *seen, uint32_t peer_mss);

#endif
