/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh.protoversion:2.0, ssh.protoversion:2_compat: the version a side's banner names; ssh.proto is its younger form. */
#include "detect/kw/kw.h"

struct version {
    const struct field *field;
    struct bytes want;
    bool compat;               /* 2, 2.x, and 1.99, which speaks 2 as well (RFC 4253 5.1) */
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct version *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "ssh", "ssh.proto", err)) == NULL) {
        return false;
    }
    to->compat = bytes_is(b, "2_compat");
    for (size_t i = 0; !to->compat && i < b.n; i++) {
        if ((b.p[i] < '0' || b.p[i] > '9') && (i == 0 || (b.p[i] != '.' && b.p[i] != '-'))) {
            return err_set(err, "'%.64s' is no version of SSH: write 2.0 or 2_compat", argument);
        }
    }
    to->want = arena_copy(rule_parse_arena(p), b);
    return b.n != 0 || err_set(err, "ssh.protoversion wants a version");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct version *v = data;
    struct bytes said;

    (void)r;
    if (s->txn == NULL || !v->field->bytes(s->txn, s->side, 0, &said)) {
        return false;
    }
    return v->compat ? bytes_starts(said, "2") || bytes_is(said, "1.99") : bytes_equal(said, v->want);
}

const struct keyword keyword_ssh_protoversion = {
    .name = "ssh.protoversion",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED,
    .place = KEYWORD_TXN,
    .proto = "ssh",
    .parse = parse,
    .match = match,
    .help = "version in a side's SSH banner: ssh.protoversion:2_compat",
};
