/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct version {
    const struct field *field;
    uint64_t version;
};

extern const struct keyword keyword_smb_version;

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct version *to = kw_data(p, sizeof *to, err);

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "smb", "smb.record_version", err)) == NULL) {
        return false;
    }
    if (!bytes_u64(bytes_trim(bytes_str(argument), " \t"), &to->version) || to->version < 1 || to->version > 2) {
        return err_set(err, "Invalid value: %s", argument);
    }
    return rule_parse_earlier(p, &keyword_smb_version, 0) == NULL || err_set(err, "Can't use 2 or more smb.version declarations");
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct version *v = data;
    uint64_t x;

    (void)r;
    return kw_field_number(s, v->field, &x) && x == v->version;
}

const struct keyword keyword_smb_version = {
    .name = "smb.version",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "smb",
    .parse = parse,
    .match = match,
    .help = "generation of the record: 1, or 2 (also SMB 3)",
};
