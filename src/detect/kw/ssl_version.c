/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct versions {
    const struct field *field;
    unsigned set;              /* bit per row of words */
    bool negated;
};

static const struct {
    const char *word;
    uint16_t version;
} words[] = { { "sslv2", 0x0200 }, { "sslv3", 0x0300 }, { "tls1.0", 0x0301 }, { "tls1.1", 0x0302 }, { "tls1.2", 0x0303 }, { "tls1.3", 0x0304 } };

/* "[!]sslv3,tls1.0,…" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct versions *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_trim(bytes_str(argument), " \t"));

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "tls", "tls.version_number", err)) == NULL) {
        return false;
    }
    if (rd_left(&b) && rd_peek(&b).p[0] == '!') {
        to->negated = true;
        rd_skip(&b, 1);
    }
    while (rd_skip_any(&b, " \t,"), rd_left(&b)) {
        struct bytes w = rd_until_any(&b, " \t,");
        unsigned i = 0;

        while (i < ROWS(words) && !bytes_is_nocase(w, words[i].word)) {
            i++;
        }
        if (i == ROWS(words)) {
            return err_set(err, "Invalid unknown value: %.*s", (int)w.n, (const char *)w.p);
        }
        if (to->set >> i & 1) {
            return err_set(err, "Invalid duplicate value: %s", words[i].word);
        }
        to->set |= 1u << i;
    }
    return to->set != 0 || err_set(err, "Invalid empty value");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct versions *v = data;
    uint64_t x;

    (void)r;
    if (!kw_field_number(s, v->field, &x)) {
        return false;
    }
    x = x >> 8 == 0x7f ? 0x0304 : x;
    for (unsigned i = 0; i < ROWS(words); i++) {
        if (x == words[i].version) {
            return (v->set >> i & 1) != v->negated;
        }
    }
    return false;
}

const struct keyword keyword_ssl_version = {
    .name = "ssl_version",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "tls",
    .parse = parse,
    .match = match,
    .help = "one of several versions of SSL and TLS: ssl_version:!sslv3,tls1.0",
};
