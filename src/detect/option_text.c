/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/option_text.h"

unsigned option_words(struct arena *a, const char *argument, char separator, const char **out, unsigned max)
{
    struct bytes left = bytes_str(argument ? argument : "");
    unsigned n = 0;

    while (left.n != 0) {
        const uint8_t *end = memchr(left.p, separator, left.n);
        size_t len = end ? (size_t)(end - left.p) : left.n;
        const char *word = arena_str(a, bytes_trim(bytes_head(left, len), " \t"));
        if (n < max) {
            out[n] = word ? word : "";
        }
        n++;
        left = bytes_from(left, len + 1);
    }
    return n;
}

bool option_named(const char *word, const char *name, const char **rest)
{
    size_t n = strlen(name);

    if (strncmp(word, name, n) != 0 || (word[n] != ' ' && word[n] != '\t')) {
        return false;
    }
    *rest = word + n + strspn(word + n, " \t");
    return true;
}

bool option_u32(const char *word, uint32_t *out)
{
    uint64_t x;

    if (!bytes_u64(bytes_str(word), &x) || x > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)x;
    return true;
}

int option_choice(const char *word, const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

bool option_variable(struct rule_parse *p, const char *argument, struct option_variable *out, struct err *err)
{
    const char *keyword = rule_parse_keyword(p)->name, *comma = strchr(argument, ',');
    struct arena *a = rule_parse_arena(p);

    if (comma == NULL || option_words(a, arena_str(a, bytes_of(argument, (size_t)(comma - argument))), ',', &out->name, 1) != 1 || out->name[0] == '\0') {
        return err_set(err, "%s takes a name and a literal: %s:name,\"text\"", keyword, keyword);
    }
    struct bytes literal = bytes_trim(bytes_str(comma + 1), " \t\"");
    const char *text = arena_str(a, literal);
    return literal.n != 0 ? text != NULL && rule_parse_literal(p, keyword, text, &out->want) : err_set(err, "%s: the literal is empty", keyword);
}
