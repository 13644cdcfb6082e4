/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/files.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    *data = file_text_read(p, "filemagic", argument, "", err);
    return *data != NULL;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->file && file_text_is_in(data, s->file->magic);
}

const struct keyword keyword_filemagic = {
    .name = "filemagic",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_FILE,
    .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,
    .parse = parse,
    .match = match,
    .help = "part of what the file's type is called: filemagic:\"PDF document\"",
};
