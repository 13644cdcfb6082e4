/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct version {
    const struct field *field;
    uint64_t want;
    bool raw;                  /* as it stands there: a draft of 1.3 is not 1.3 */
};

/* "1.0", "1.1", "1.2", "1.3", "0x0303" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct version *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "tls", "tls.version_number", err)) == NULL) {
        return false;
    }
    if (b.n == 3 && bytes_starts(b, "1.") && b.p[2] >= '0' && b.p[2] <= '3') {
        to->want = 0x0301u + (unsigned)(b.p[2] - '0');
        return true;
    }
    to->raw = true;
    return (bytes_starts(b, "0x") && b.n == 6 && bytes_hex(bytes_from(b, 2), &to->want)) ||
           err_set(err, "'%.64s' is no version of TLS: write 1.0 to 1.3 or 0x0303", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct version *v = data;
    uint64_t x;

    (void)r;
    if (!kw_field_number(s, v->field, &x)) {
        return false;
    }
    if (!v->raw && x >> 8 == 0x7f) {
        x = 0x0304; /* RFC 8446 4.2.1: drafts count down from there */
    }
    return x == v->want;
}

const struct keyword keyword_tls_version = {
    .name = "tls.version",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED,
    .place = KEYWORD_TXN,
    .proto = "tls",
    .parse = parse,
    .match = match,
    .help = "version of TLS in force: tls.version:1.2",
};
