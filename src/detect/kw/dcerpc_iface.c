/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/dcerpc.h"

enum { KEY_VERSION = 16, KEY_FIRST = 18, KEY_BYTES = 19 };

struct iface {
    struct kw_carriers carriers;
    uint8_t uuid[16];
    bool versioned, any_frag;
    struct range version;
};

/* 8-4-4-4-12 hexadecimal digits. */
static bool parse_uuid(struct bytes b, uint8_t out[16])
{
    unsigned n = 0;

    for (size_t i = 0; i < b.n; i++) {
        uint64_t digit;
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (b.p[i] != '-') {
                return false;
            }
            continue;
        }
        if (n >= 32 || !bytes_hex(bytes_head(bytes_from(b, i), 1), &digit)) {
            return false;
        }
        out[n / 2] = (uint8_t)(out[n / 2] << 4 | digit);
        n++;
    }
    return b.n == 36 && n == 32;
}

/* "<1", ">1", "=1", "!1"; Snort: "version" in front, and with "=" behind it. */
static bool parse_version(struct bytes b, struct iface *to)
{
    static const struct { const char *sign; uint8_t op; } signs[] = {
        { "<=", RANGE_LE }, { ">=", RANGE_GE }, { "<", RANGE_LT }, { ">", RANGE_GT }, { "=", RANGE_EQ }, { "!", RANGE_NE },
    };

    if (to->versioned) {
        return false;
    }
    for (unsigned i = 0; i < ROWS(signs); i++) {
        if (bytes_starts(b, signs[i].sign)) {
            to->versioned = true;
            to->version.op = signs[i].op;
            return bytes_u64(bytes_trim(bytes_from(b, strlen(signs[i].sign)), " \t"), &to->version.low) && to->version.low <= UINT16_MAX;
        }
    }
    return false;
}

/* Without a leading word and the blanks behind it. */
static struct bytes after_word(struct bytes b, const char *word)
{
    size_t n = strlen(word);

    return bytes_starts_nocase(b, word) && b.n > n && (b.p[n] == ' ' || b.p[n] == '\t') ? bytes_trim(bytes_from(b, n), " \t") : b;
}

/* "UUID[,<VERSION][,any_frag]" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct iface *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || !kw_carriers_find(&to->carriers, p, "dcerpc.call_interface", err)) {
        return false;
    }
    bool found;
    if (!parse_uuid(after_word(bytes_trim(rd_until(&b, ',', &found), " \t"), "uuid"), to->uuid)) {
        return err_set(err, "'%.64s' is no interface: 8-4-4-4-12 hexadecimal digits are wanted", argument);
    }
    while (found) {
        struct bytes w = after_word(bytes_trim(rd_until(&b, ',', &found), " \t"), "version");
        if (bytes_is(w, "any_frag")) {
            to->any_frag = true;
        } else if (!parse_version(w, to)) {
            return err_set(err, "'%.*s' is neither a version (<1, >1, =1, !1) nor any_frag", (int)w.n, (const char *)w.p);
        }
    }
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct iface *i = data;
    const struct field *f = kw_carriers_field(&i->carriers, s);
    struct bytes key;

    (void)r;
    if (f == NULL || !f->bytes(s->txn, s->side, 0, &key) || key.n != KEY_BYTES) {
        return false;
    }
    if (!bytes_equal(bytes_head(key, 16), bytes_of(i->uuid, 16)) || (!i->any_frag && key.p[KEY_FIRST] == 0)) {
        return false;
    }
    return !i->versioned || range_has(&i->version, (uint64_t)key.p[KEY_VERSION] << 8 | key.p[KEY_VERSION + 1]);
}

const struct keyword keyword_dcerpc_iface = {
    .name = "dcerpc.iface",
    .aliases = "dce_iface",
    .dialects = 1 << DIALECT_SURICATA | 1 << DIALECT_SNORT2 | 1 << DIALECT_SNORT3,
    .place = KEYWORD_TXN,
    .proto = "dcerpc",
    .parse = parse,
    .match = match,
    .help = "interface that a call is for, by what was bound: dcerpc.iface:UUID,>1,any_frag",
};
