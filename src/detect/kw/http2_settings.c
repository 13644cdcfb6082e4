/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct wanted {
    const struct field *field; /* identifiers and values by turns */
    uint64_t id;
    bool valued;
    struct range range;
};

/* "SETTINGS_ENABLE_PUSH", "SETTINGS_HEADER_TABLE_SIZE>1000" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct wanted *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_trim(bytes_str(argument), " \t"));
    struct bytes name = rd_until_any(&b, " <>=!");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "http2", "http2.setting", err)) == NULL) {
        return false;
    }
    if (!field_named(to->field, name, &to->id)) {
        return err_set(err, "'%.*s' is no setting of HTTP/2", (int)name.n, (const char *)name.p);
    }
    to->valued = rd_left(&b) != 0;
    const char *text = arena_str(rule_parse_arena(p), bytes_trim(rd_rest(&b), " \t"));
    if (text == NULL || (to->valued && !range_parse_max(text[0] == '=' ? text + 1 : text, UINT32_MAX, &to->range, err))) {
        return false;
    }
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct wanted *w = data;
    uint64_t id, value;

    (void)r;
    for (unsigned i = 0; s->txn && w->field->number(s->txn, s->side, i, &id) && w->field->number(s->txn, s->side, i + 1, &value); i += 2) {
        if (id == w->id && (!w->valued || range_has(&w->range, value))) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_http2_settings = {
    .name = "http2.settings",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "http2",
    .parse = parse,
    .match = match,
    .help = "a setting that a side announces, and its value: SETTINGS_ENABLE_PUSH, SETTINGS_HEADER_TABLE_SIZE>1000",
};
