/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/nbname.h"

#include "base/rows.h"

enum { ENCODED = 32, LABEL_MAX = 63, LABELS_MAX = 64 };

static void put(struct nbname *out, unsigned i, uint8_t c)
{
    if (i < NBNAME_MAX) {
        out->text[i] = c;
        out->n = c != ' ' && c != 0 ? (uint8_t)(i + 1) : out->n;
    } else {
        out->suffix = out->text[out->n] = c;
    }
}

void nbname_plain(struct rd *r, struct nbname *out)
{
    *out = (struct nbname){ .n = 0 };
    for (unsigned i = 0; i <= NBNAME_MAX; i++) {
        put(out, i, rd_u8(r));
    }
}

bool nbname_read(struct rd *r, struct nbname *out)
{
    *out = (struct nbname){ .n = 0 };
    if (rd_u8(r) != ENCODED) {
        return false;
    }
    for (unsigned i = 0; i <= NBNAME_MAX; i++) {
        /* RFC 1001 14.1: each half byte is a letter from A on. */
        uint8_t high = (uint8_t)(rd_u8(r) - 'A'), low = (uint8_t)(rd_u8(r) - 'A');
        if (high > 15 || low > 15) {
            return false;
        }
        put(out, i, (uint8_t)(high << 4 | low));
    }
    for (unsigned i = 0; i < LABELS_MAX && rd_ok(r); i++) {
        uint8_t n = rd_u8(r);
        if (n == 0) {
            return rd_ok(r);
        }
        if (n > LABEL_MAX) {
            rd_skip(r, 1);
            return rd_ok(r);
        }
        rd_skip(r, n);
    }
    return false;
}

const char *nbname_kind(uint8_t suffix, bool group)
{
    static const struct {
        uint8_t suffix;
        bool group;
        const char *name;
    } kinds[] = {
        { 0x00, false, "workstation" }, { 0x00, true, "domain" }, { 0x01, true, "master_browser" }, { 0x03, false, "messenger" }, { 0x06, false, "ras_server" },
        { 0x1b, false, "domain_master_browser" }, { 0x1c, true, "domain_controllers" }, { 0x1d, false, "local_master_browser" }, { 0x1e, true, "browser_elections" },
        { 0x1f, false, "netdde" }, { 0x20, false, "server" }, { 0x21, false, "ras_client" },
    };

    for (unsigned i = 0; i < ROWS(kinds); i++) {
        if (kinds[i].suffix == suffix && kinds[i].group == group) {
            return kinds[i].name;
        }
    }
    return NULL;
}
