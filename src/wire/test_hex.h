/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes for tests of grammars, written as text: pairs of hexadecimal digits, blanks, and 'plain text' in quotes. */
#ifndef WIRE_TEST_HEX_H
#define WIRE_TEST_HEX_H

#include "base/rd.h"

#include <stdio.h>

static inline struct bytes hex_read(const char *text, uint8_t *room, size_t room_n)
{
    size_t n = 0;
    bool plain = false;

    for (const char *p = text; *p != '\0' && n < room_n; p++) {
        unsigned v;
        if (*p == '\'') {
            plain = !plain;
        } else if (plain) {
            room[n++] = (uint8_t)*p;
        } else if (*p != ' ' && *p != '\n' && sscanf(p, "%2x", &v) == 1) {
            room[n++] = (uint8_t)v;
            p++;
        }
    }
    return bytes_of(room, n);
}

#endif
