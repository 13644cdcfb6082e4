/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_convert - rule files from one dialect into another; rules that cannot be said there stay as comments with the reason.
 */
#include "app/rules.h"

#include "base/file.h"
#include "convert/convert.h"
#include "rule/split.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 256 << 20, ARENA_MAX = 256 << 20 };

struct converter {
    enum convert_dialect to;
    int from;                  /* -1: by itself */
    struct text out;           /* the rules */
    struct json *json;         /* what happened to each that lost something; NULL: as lines on standard error */
    unsigned done, with_loss, refused;
};

static struct bytes sid_of(struct bytes rule)
{
    size_t at = bytes_find(rule, bytes_str("sid:"));
    struct bytes b = bytes_trim(bytes_from(rule, at == SIZE_MAX ? rule.n : at + 4), " ");
    size_t n = 0;

    while (n < b.n && b.p[n] >= '0' && b.p[n] <= '9') {
        n++;
    }
    return bytes_head(b, n);
}

static void tell(struct converter *v, const char *file, unsigned line, struct bytes rule, const struct conversion *c)
{
    struct bytes sid = sid_of(rule);

    if (v->json != NULL) {
        json_object(v->json, NULL);
        json_string(v->json, "file", file);
        json_u64(v->json, "line", line);
        json_bytes(v->json, "sid", sid);
        json_bool(v->json, "converted", c->done);
        if (c->refused != NULL) {
            json_bytes(v->json, "reason", bytes_str(c->refused));
        }
        json_array(v->json, "lost");
        for (unsigned i = 0; i < c->lost_n; i++) {
            json_bytes(v->json, NULL, bytes_str(c->lost[i]));
        }
        json_end_array(v->json);
        json_end_object(v->json);
        return;
    }
    if (!c->done) {
        fprintf(stderr, "%s:%u: sid %.*s: not converted: %s\n", file, line, (int)sid.n, (const char *)sid.p, c->refused != NULL ? c->refused : "?");
    }
    for (unsigned i = 0; c->done && i < c->lost_n; i++) {
        fprintf(stderr, "%s:%u: sid %.*s: lost: %s\n", file, line, (int)sid.n, (const char *)sid.p, c->lost[i]);
    }
}

static void rule_convert(struct converter *v, const char *file, const struct rule_line *l, enum convert_dialect from)
{
    struct bytes rule = bytes_trim(bytes_of(l->text, l->n), " \t\r");
    struct conversion c;
    struct arena a;

    arena_init(&a, NULL, ARENA_MAX);
    convert_rule(&a, rule, from, v->to, &v->out, &c);
    if (!c.done) {
        text_printf(&v->out, "# not converted: %s\n# ", c.refused != NULL ? c.refused : "?");
        text_add(&v->out, rule.p, rule.n);
    }
    text_byte(&v->out, '\n');
    v->done += c.done;
    v->with_loss += c.done && c.lost_n != 0;
    v->refused += !c.done;
    if (!c.done || c.lost_n != 0) {
        tell(v, file, l->number, rule, &c);
    }
    arena_fini(&a);
}

static bool file_convert(struct converter *v, const char *path, struct err *err)
{
    static const enum convert_dialect dialects[] = { [0] = CONVERT_SURICATA, [1] = CONVERT_SNORT2, [2] = CONVERT_SNORT3 };
    struct rule_split split;
    struct rule_line line;
    struct bytes b;

    if (!file_read(path, FILE_MAX, &b, err)) {
        return false;
    }
    char *text = malloc(b.n + 1);
    if (text == NULL) {
        file_free(b);
        return err_set(err, "not enough memory");
    }
    memcpy(text, b.p, b.n);
    text[b.n] = '\0';
    int from = v->from >= 0 ? v->from : rule_split_dialect(text, b.n);
    rule_split_init(&split, text, b.n, from);
    while (rule_split_next(&split, &line)) {
        rule_convert(v, path, &line, dialects[from]);
    }
    free(text);
    file_free(b);
    return true;
}

static bool dialect_wanted(const struct arguments *a, enum convert_dialect *to, struct err *err)
{
    static const char *const names[] = { [CONVERT_SURICATA] = "suricata", [CONVERT_SNORT2] = "snort2", [CONVERT_SNORT3] = "snort3" };
    const char *v = argument_value(a, "to");

    for (unsigned i = 0; v != NULL && i < ROWS(names); i++) {
        if (strcmp(names[i], v) == 0) {
            *to = (enum convert_dialect)i;
            return true;
        }
    }
    return err_set(err, "convert --to suricata|snort2|snort3 FILE… is wanted");
}

int rules_convert(struct session *s, const struct arguments *a)
{
    struct converter v = { .from = -1 };
    struct text told;
    struct json json;
    bool ok;

    if (!dialect_wanted(a, &v.to, &s->err) || !rules_dialect(a, &v.from, &s->err)) {
        return EXIT_USAGE;
    }
    text_init(&v.out, FILE_MAX);
    text_init(&told, FILE_MAX);
    json_init(&json, &told);
    v.json = argument_given(a, "json") ? &json : NULL;
    json_object(&json, NULL);
    json_array(&json, "rules");
    ok = a->rest_n >= 2 || err_set(&s->err, "convert --to DIALECT FILE… is wanted");
    for (unsigned i = 1; ok && i < a->rest_n; i++) {
        ok = file_convert(&v, a->rest[i], &s->err);
    }
    json_end_array(&json);
    json_u64(&json, "converted", v.done);
    json_u64(&json, "with_loss", v.with_loss);
    json_u64(&json, "refused", v.refused);
    if (ok && v.json != NULL) {
        json_bytes(&json, "text", text_bytes(&v.out));
    }
    json_end_object(&json);
    text_byte(&told, '\n');
    if (ok) {
        fwrite(v.json != NULL ? told.p : v.out.p, 1, v.json != NULL ? told.n : v.out.n, stdout);
        fprintf(stderr, "converted: %u, with loss: %u, not converted: %u\n", v.done, v.with_loss, v.refused);
    }
    text_fini(&told);
    text_fini(&v.out);
    return !ok ? EXIT_USAGE : v.refused != 0 || v.with_loss != 0 ? EXIT_SOME : EXIT_DONE;
}
