/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file keywords compare with: literals of any case, and lists of hashes. */
#include "detect/files.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIST_BYTES_MAX = 512 * 1024 * 1024 };

const struct file_text *file_text_read(struct rule_parse *p, const char *keyword, const char *argument, const char *before, struct err *err)
{
    struct file_text *x = arena_zero(rule_parse_arena(p), sizeof *x);
    struct bytes b;

    if (!x) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    x->negated = rule_parse_negated(p);
    x->at_end = before[0] != '\0';
    if (!rule_parse_literal(p, keyword, argument, &b)) {
        return NULL;
    }
    uint8_t *to = arena_take(rule_parse_arena(p), strlen(before) + b.n + 1);
    if (!to) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    memcpy(to, before, strlen(before));
    memcpy(to + strlen(before), b.p, b.n);
    x->text = bytes_of(to, strlen(before) + b.n);
    if (x->text.n != 0 && x->text.p[x->text.n - 1] == '\0') { /* "1 x 1|00|": nothing more behind it */
        x->text.n--;
        x->at_end = true;
    }
    return x;
}

bool file_text_is_in(const struct file_text *x, struct bytes hay)
{
    const size_t n = x->text.n;

    if (n > hay.n) {
        return x->negated;
    }
    for (size_t i = x->at_end ? hay.n - n : 0; i + n <= hay.n; i++) {
        if (bytes_equal_nocase(bytes_of(hay.p + i, n), x->text)) {
            return !x->negated;
        }
    }
    return x->negated;
}

/* ---- hashes ---- */

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The hash a line begins with; blanks or the end must follow. */
static bool line_hash(struct bytes line, uint8_t *to, size_t width)
{
    if (line.n < 2 * width || (line.n > 2 * width && line.p[2 * width] != ' ' && line.p[2 * width] != '\t' && line.p[2 * width] != ',')) {
        return false;
    }
    for (size_t i = 0; i < width; i++) {
        int a = digit(line.p[2 * i]), b = digit(line.p[2 * i + 1]);
        if (a < 0 || b < 0) {
            return false;
        }
        to[i] = (uint8_t)(a << 4 | b);
    }
    return true;
}

static int compare_md5(const void *a, const void *b) { return memcmp(a, b, 16); }
static int compare_sha1(const void *a, const void *b) { return memcmp(a, b, 20); }
static int compare_sha256(const void *a, const void *b) { return memcmp(a, b, 32); }

static int (*compare_of(size_t width))(const void *, const void *)
{
    return width == 16 ? compare_md5 : width == 20 ? compare_sha1 : compare_sha256;
}

static bool hashes_of(struct rule_parse *p, struct hash_list *l, struct bytes text, const char *path, struct err *err)
{
    size_t room = text.n / (2 * l->width) + 1, line_n = 0;
    uint8_t *hash = arena_take(rule_parse_arena(p), room * l->width);
    struct rd r = rd_of(text);
    bool more = true;

    if (!hash) {
        return err_set(err, "%s: out of memory for a list of hashes", path);
    }
    while (more) {
        struct bytes line = bytes_trim(rd_until(&r, '\n', &more), " \t\r");
        line_n++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (!line_hash(line, hash + l->n * l->width, l->width)) {
            return err_set(err, "%s:%zu: not a hash of %zu hexadecimal digits", path, line_n, 2 * l->width);
        }
        l->n++;
    }
    qsort(hash, l->n, l->width, compare_of(l->width));
    l->hash = hash;
    return true;
}

const struct hash_list *hash_list_read(struct rule_parse *p, const char *name, size_t width, struct err *err)
{
    struct hash_list *l = arena_zero(rule_parse_arena(p), sizeof *l);
    const char *rules = rule_parse_file(p), *slash = rules ? strrchr(rules, '/') : NULL;
    char *beside = NULL;
    struct bytes text;

    if (!l) {
        err_set(err, "out of memory for rules");
        return NULL;
    }
    l->width = width;
    l->negated = rule_parse_negated(p);
    if (name[0] != '/' && access(name, R_OK) != 0 && slash && asprintf(&beside, "%.*s/%s", (int)(slash - rules), rules, name) >= 0) {
        name = beside;
    }
    bool good = file_read(name, LIST_BYTES_MAX, &text, err);
    if (good) {
        good = hashes_of(p, l, text, name, err);
        file_free(text);
    }
    free(beside);
    return good ? l : NULL;
}

bool hash_list_has(const struct hash_list *l, const uint8_t *hash)
{
    bool there = l->n != 0 && bsearch(hash, l->hash, l->n, l->width, compare_of(l->width)) != NULL;

    return there != l->negated;
}
