/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cvs:invalid-entry  a line "Entry ..." of CVS' client protocol that servers took for one with two flags (CVE-2004-0396): between its
 * third and fourth slash stands something that begins with neither another slash nor '+', or there are not five slashes.
 */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)p;
    (void)r;
    (void)place;
    (void)data;
    return bytes_is(bytes_trim(bytes_str(argument), " "), "invalid-entry") || err_set(err, "cvs: '%s' is not invalid-entry", argument);
}

static bool entry_good(struct bytes entry)
{
    struct rd r = rd_of(entry);
    unsigned slashes = 0;

    while (rd_left(&r) != 0) {
        bool found;
        uint8_t first = rd_peek(&r).p[0];
        if (slashes == 3 && first != '/' && first != '+') {
            return false;
        }
        (void)rd_until(&r, '/', &found);
        if (!found) {
            break;
        }
        slashes++;
    }
    return slashes == 5;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    struct rd all = rd_of(s->buffer);

    (void)r;
    (void)data;
    while (rd_left(&all) != 0) {
        bool ended;
        struct bytes line = rd_until(&all, '\n', &ended), head = bytes_str("Entry ");
        if (ended && rd_left(&all) != 0 && line.n > head.n && bytes_equal(bytes_head(line, head.n), head) && !entry_good(bytes_from(line, head.n))) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_cvs = {
    .name = "cvs",
    .dialects = 1 << DIALECT_SNORT2 | 1 << DIALECT_SNORT3,
    .place = KEYWORD_PAYLOAD,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "an entry of CVS that some servers overflow on: cvs:invalid-entry",
};
