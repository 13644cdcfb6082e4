/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include <stdio.h>

enum { TEXT_MAX = 128 };

/* The argument with its units (kb, mb, gb) written out. */
static bool plain_numbers(const char *from, char *to, struct err *err)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = { { "kb", 1024 }, { "mb", 1024 * 1024 }, { "gb", 1024 * 1024 * 1024 }, { "kib", 1024 }, { "mib", 1024 * 1024 }, { "gib", 1024 * 1024 * 1024 } };
    size_t n = 0;

    while (*from) {
        size_t digits = strspn(from, "0123456789"), letters;
        uint64_t x, factor = 1;
        if (n + 24 >= TEXT_MAX) {
            return err_set(err, "too long a value");
        }
        if (digits == 0) {
            to[n++] = *from++;
            continue;
        }
        if (!bytes_u64(bytes_of(from, digits), &x)) {
            return err_set(err, "'%.*s' is too large a number", (int)digits, from);
        }
        from += digits;
        letters = strspn(from, "kmgbiKMGBI");
        for (size_t i = 0; i < ROWS(units) && letters != 0; i++) {
            factor = bytes_is_nocase(bytes_of(from, letters), units[i].unit) ? units[i].factor : factor;
        }
        if ((letters != 0 && factor == 1) || x > UINT64_MAX / factor) {
            return err_set(err, "'%.*s' is no unit of size", (int)letters, from);
        }
        from += letters;
        n += (size_t)snprintf(to + n, TEXT_MAX - n, "%llu", (unsigned long long)(x * factor));
    }
    to[n] = '\0';
    return true;
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    char text[TEXT_MAX];

    (void)r;
    (void)place;
    return plain_numbers(argument, text, err) && kw_range(p, text, UINT64_MAX, data, err);
}

/* Of a file that still grows only a lower bound is known. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct range *x = data;

    (void)r;
    if (!s->file || (s->file->state == FILE_OPEN && x->op != RANGE_GT && x->op != RANGE_GE)) {
        return false;
    }
    return range_has(x, s->file->size);
}

const struct keyword keyword_filesize = {
    .name = "filesize",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_FILE,
    .parse = parse,
    .match = match,
    .help = "size of the file: filesize:>1kb",
};
