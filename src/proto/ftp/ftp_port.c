/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ftp_port - addresses and ports of data connections (RFC 959 3.2, RFC 2428).
 */
#include "base/addr.h"
#include "proto/ftp/ftp.h"

enum { NUMBERS = 6, NUMBER_DIGITS = 3, PORT_DIGITS = 5 };

static bool digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* Up to `digits` digits; SIZE_MAX when there is none, or more. */
static size_t number(struct rd *r, unsigned digits)
{
    size_t value = 0;
    unsigned n = 0;

    while (rd_left(r) != 0 && digit(rd_peek(r).p[0])) {
        value = value * 10 + (size_t)(rd_u8(r) - '0');
        if (++n > digits) {
            return SIZE_MAX;
        }
    }
    return n == 0 ? SIZE_MAX : value;
}

/* Six numbers parted by commas, somewhere in the text: "227 Entering Passive Mode (1,2,3,4,5,6)". */
static bool six(struct bytes text, uint8_t *out)
{
    for (size_t at = 0; at < text.n; at++) {
        struct rd r = rd_of(bytes_from(text, at));
        unsigned n = 0;
        if (!digit(text.p[at]) || (at != 0 && digit(text.p[at - 1]))) {
            continue;
        }
        while (n < NUMBERS) {
            size_t v = number(&r, NUMBER_DIGITS);
            if (v > 255) {
                break;
            }
            out[n++] = (uint8_t)v;
            rd_skip_any(&r, " ");
            if (n < NUMBERS && rd_u8(&r) != ',') {
                break;
            }
            rd_skip_any(&r, " ");
        }
        if (n == NUMBERS) {
            return true;
        }
    }
    return false;
}

uint16_t ftp_port_read(struct bytes text)
{
    uint8_t n[NUMBERS];

    if (!six(text, n)) {
        return 0;
    }
    return (uint16_t)(n[4] << 8 | n[5]);
}

bool ftp_port_address(struct bytes text, struct addr *out)
{
    uint8_t n[NUMBERS];

    if (!six(text, n)) {
        return false;
    }
    *out = addr_from4(n);
    return true;
}

/* Behind the nth of the delimiters that the text's first one is. */
static uint16_t delimited(struct bytes text, unsigned nth)
{
    struct rd r = rd_of(text);
    uint8_t stop = rd_u8(&r);
    bool found = rd_ok(&r);

    while (found && --nth != 0) {
        (void)rd_until(&r, stop, &found);
    }
    size_t port = number(&r, PORT_DIGITS);
    return found && port <= 65535 && rd_left(&r) != 0 && rd_u8(&r) == stop ? (uint16_t)port : 0;
}

uint16_t ftp_eprt_read(struct bytes text) { return delimited(bytes_trim(text, " "), 3); }

uint16_t ftp_epsv_read(struct bytes text)
{
    size_t at = bytes_find_byte(text, '(');
    return at != SIZE_MAX ? delimited(bytes_from(text, at + 1), 3) : 0;
}
