/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh.softwareversion:"PuTTY": words within the software a side's banner names; ssh.software is its younger form. */
#include "detect/kw/kw.h"

struct software {
    const struct field *field;
    struct bytes want;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct software *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "ssh", "ssh.software", err)) == NULL) {
        return false;
    }
    to->want = arena_copy(rule_parse_arena(p), b);
    return b.n != 0 || err_set(err, "ssh.softwareversion wants words to look for");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct software *v = data;
    struct bytes said;

    (void)r;
    return s->txn != NULL && v->field->bytes(s->txn, s->side, 0, &said) && bytes_find(said, v->want) != SIZE_MAX;
}

const struct keyword keyword_ssh_softwareversion = {
    .name = "ssh.softwareversion",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED,
    .place = KEYWORD_TXN,
    .proto = "ssh",
    .parse = parse,
    .match = match,
    .help = "words in the software that a side's SSH banner names: ssh.softwareversion:\"PuTTY\"",
};
