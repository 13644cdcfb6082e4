/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/files.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    *data = hash_list_read(p, argument, 16, err);
    return *data != NULL;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->file && hash_list_has(data, s->file->md5);
}

const struct keyword keyword_filemd5 = {
    .name = "filemd5",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_FILE,
    .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,
    .parse = parse,
    .match = match,
    .help = "the file's MD5 is in a list, one a line: filemd5:known.txt",
};
