/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file keywords that compare a file's own words: literals of any case with its name and type, lists with its hashes. */
#include "detect/files.h"

#include "base/file.h"
#include "detect/kw/kw.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIST_BYTES_MAX = 512 * 1024 * 1024 };

/* One row a keyword: which of the file's words. */
struct file_word {
    struct bytes (*of)(const struct file *f);
    const char *before;    /* of a literal: what stands in front of it, and then it is an ending */
    size_t width;          /* of hashes: bytes of one; 0: a literal */
};
struct file_asked {
    const struct file_word *word;
    struct bytes text;     /* a literal, or a sorted list of hashes */
    size_t width;
    bool negated, at_end;
};

static bool literal_read(struct rule_parse *p, struct file_asked *x, const char *argument, const char *before, struct err *err)
{
    struct bytes b;

    x->at_end = before[0] != '\0';
    if (!rule_parse_literal(p, rule_parse_keyword(p)->name, argument, &b)) {
        return false;
    }
    uint8_t *to = arena_take(rule_parse_arena(p), strlen(before) + b.n + 1);
    if (!to) {
        return err_set(err, "out of memory for rules");
    }
    memcpy(to, before, strlen(before));
    memcpy(to + strlen(before), b.p, b.n);
    x->text = bytes_of(to, strlen(before) + b.n);
    if (x->text.n != 0 && x->text.p[x->text.n - 1] == '\0') { /* "1 x 1|00|": nothing more behind it */
        x->text.n--;
        x->at_end = true;
    }
    return true;
}

static bool literal_in(const struct file_asked *x, struct bytes hay)
{
    const size_t n = x->text.n;

    for (size_t i = x->at_end && n < hay.n ? hay.n - n : 0; i + n <= hay.n; i++) {
        if (bytes_equal_nocase(bytes_of(hay.p + i, n), x->text)) {
            return true;
        }
    }
    return false;
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

static bool hashes_of(struct rule_parse *p, struct file_asked *l, struct bytes text, const char *path, struct err *err)
{
    size_t room = text.n / (2 * l->width) + 1, line_n = 0, n = 0;
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
        if (!line_hash(line, hash + n * l->width, l->width)) {
            return err_set(err, "%s:%zu: not a hash of %zu hexadecimal digits", path, line_n, 2 * l->width);
        }
        n++;
    }
    qsort(hash, n, l->width, compare_of(l->width));
    l->text = bytes_of(hash, n * l->width);
    return true;
}

/* The list is named as it stands, or beside the rule's own file. */
static bool list_read(struct rule_parse *p, struct file_asked *x, const char *name, struct err *err)
{
    const char *rules = rule_parse_file(p), *slash = rules ? strrchr(rules, '/') : NULL;
    char *beside = NULL;
    struct bytes text;

    if (name[0] != '/' && access(name, R_OK) != 0 && slash && asprintf(&beside, "%.*s/%s", (int)(slash - rules), rules, name) >= 0) {
        name = beside;
    }
    bool good = file_read(name, LIST_BYTES_MAX, &text, err);
    if (good) {
        good = hashes_of(p, x, text, name, err);
        file_free(text);
    }
    free(beside);
    return good;
}

/* ---- the keywords ---- */

static struct bytes name_of(const struct file *f) { return f->name; }
static struct bytes magic_of(const struct file *f) { return f->magic; }
static struct bytes md5_of(const struct file *f) { return bytes_of(f->md5, 16); }
static struct bytes sha1_of(const struct file *f) { return bytes_of(f->sha1, 20); }
static struct bytes sha256_of(const struct file *f) { return bytes_of(f->sha256, 32); }

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct file_asked *x = kw_data(p, sizeof *x, err);

    (void)r;
    (void)place;
    *data = x;
    if (!x) {
        return false;
    }
    x->word = rule_parse_keyword(p)->own;
    x->width = x->word->width;
    x->negated = rule_parse_negated(p);
    return x->width ? list_read(p, x, argument, err) : literal_read(p, x, argument, x->word->before, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct file_asked *x = data;

    (void)r;
    if (!s->file) {
        return false;
    }
    struct bytes b = x->word->of(s->file);
    bool there = x->width ? x->text.n != 0 && bsearch(b.p, x->text.p, x->text.n / x->width, x->width, compare_of(x->width)) != NULL : literal_in(x, b);
    return there != x->negated;
}

#define FILE_KEYWORD(id, getter, edge, digest, text)                                                                     \
    extern const struct keyword keyword_##id;                                                                          \
    static const struct file_word word_##id = { .of = getter, .before = edge, .width = digest };                       \
    const struct keyword keyword_##id = {                                                                              \
        .name = #id, .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_FILE,                                         \
        .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,                                                    \
        .own = &word_##id, .parse = parse, .match = match, .help = text };

FILE_KEYWORD(fileext, name_of, ".", 0, "ending of the file's name: fileext:\"pdf\"")
FILE_KEYWORD(filename, name_of, "", 0, "part of the file's name, any case: filename:\"secret\"")
FILE_KEYWORD(filemagic, magic_of, "", 0, "part of what the file's type is called: filemagic:\"PDF document\"")
FILE_KEYWORD(filemd5, md5_of, NULL, 16, "the file's MD5 is in a list, one a line: filemd5:known.txt")
FILE_KEYWORD(filesha1, sha1_of, NULL, 20, "the file's SHA1 is in a list, one a line: filesha1:known.txt")
FILE_KEYWORD(filesha256, sha256_of, NULL, 32, "the file's SHA256 is in a list, one a line: filesha256:known.txt")

/* ---- types ---- */

struct types_asked {
    struct bytes names; /* "PDF,archive" */
    bool negated;
};

static bool types_parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct types_asked *x = kw_data(p, sizeof *x, err);
    struct rd names = rd_of(bytes_str(argument));
    bool more = true;

    (void)r;
    (void)place;
    *data = x;
    while (x && more) {
        struct bytes name = bytes_trim(rd_until(&names, ',', &more), " \t");
        if (!file_type_named(name)) {
            return err_set(err, "'%.*s' is no type of files", (int)name.n, (const char *)name.p);
        }
    }
    if (x) {
        x->names = arena_copy(rule_parse_arena(p), bytes_str(argument));
        x->negated = rule_parse_negated(p);
    }
    return x != NULL;
}

static bool types_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct types_asked *x = data;
    const struct file_type *type = s->file ? file_type_of(s->file) : NULL;
    struct rd names = rd_of(x->names);
    bool more = type != NULL, there = false;

    (void)r;
    while (more && !there) {
        there = file_type_is(type, bytes_trim(rd_until(&names, ',', &more), " \t"));
    }
    return s->file && there != x->negated;
}

extern const struct keyword keyword_filetype;
const struct keyword keyword_filetype = {
    .name = "filetype", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_FILE, .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,
    .parse = types_parse, .match = types_match, .help = "the file is of one of these types or groups, by its first bytes: filetype:\"PDF,MSEXE,archive\"" };
