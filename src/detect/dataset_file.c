/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a set is read from and saved to: lists of values, of values with a reputation, of JSON objects. */
#include "detect/dataset_store.h"

#include "base/addr.h"
#include "base/file.h"
#include "base/json_read.h"
#include "base/replace.h"
#include "base/text.h"
#include "detect/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIST_MAX = 1 << 30 };

/* ---- values as lists write them ---- */

static bool hash_value(struct bytes text, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t v;
        if (text.n != n * 2 || !bytes_hex(bytes_head(bytes_from(text, i * 2), 2), &v)) {
            return false;
        }
        to[i] = (uint8_t)v;
    }
    return true;
}

static bool address_value(const struct dataset *s, struct bytes text, uint8_t *to, size_t *n)
{
    struct addr a;
    enum family family;

    if (!addr_text_read(text, &a, &family) || (s->type == DATASET_IPV4 && family != FAMILY_4)) {
        return false;
    }
    *n = s->type == DATASET_IPV4 ? 4 : 16;
    memcpy(to, s->type == DATASET_IPV4 ? a.b + 12 : a.b, *n);
    return true;
}

/* The value of a text in the set's form, in `a`; err says what is wrong with it. */
static bool value_read(const struct dataset *s, struct arena *a, struct bytes text, bool encoded, struct bytes *out, struct err *err)
{
    uint8_t *room = arena_take(a, 32);
    size_t n = 16;

    if (!room) {
        return err_set(err, "dataset %s: not enough memory", s->name);
    }

    switch (s->type) {
    case DATASET_STRING:
        *out = encoded ? base64_decode(a, text, BASE64_STRICT) : text;
        return out->n != 0 || err_set(err, "bad base64 encoding %s", s->name);
    case DATASET_MD5:
    case DATASET_SHA256:
        n = s->type == DATASET_MD5 ? 16 : 32;
        *out = bytes_of(room, n);
        return hash_value(text, n, room) || err_set(err, "bad hash for dataset %s: '%.*s'", s->name, (int)text.n, (const char *)text.p);
    case DATASET_IPV4:
    case DATASET_IPV6:
    case DATASET_IP:
    case DATASET_NO_TYPE:
    default:
        if (!address_value(s, text, room, &n)) {
            return err_set(err, "bad address for dataset %s: '%.*s'", s->name, (int)text.n, (const char *)text.p);
        }
        *out = bytes_of(room, n);
        return true;
    }
}

bool dataset_value_read(const struct dataset *s, struct arena *a, struct bytes text, struct bytes *out, struct err *err)
{
    return value_read(s, a, text, true, out, err);
}

/* ---- a value a line, or a value and its reputation ---- */

static bool line_read(struct dataset *s, struct arena *a, struct bytes line, int *rated, struct err *err)
{
    struct dataset_value v = { .json = bytes_none() };
    struct rd r = rd_of(line);
    bool comma;
    struct bytes word = bytes_trim(rd_until(&r, ',', &comma), " \t\r"), rest = bytes_trim(rd_rest(&r), " \t\r");
    uint64_t reputation = 0;

    if (word.n == 0 || (comma && bytes_find_byte(rest, ',') != SIZE_MAX)) {
        return true; /* no value, or not a line of such a list: left out */
    }
    if (*rated >= 0 && *rated != comma) {
        return err_set(err, "Cannot mix dataset and datarep values for set %s", s->name);
    }
    *rated = comma;
    if (!value_read(s, a, word, true, &v.bytes, err)) {
        return false;
    }
    if (comma && (!bytes_u64(rest, &reputation) || reputation > UINT16_MAX)) {
        return err_set(err, "invalid datarep value %s", s->name);
    }
    v.reputation = (uint16_t)reputation;
    return dataset_put(s, &v, err);
}

static bool lines_read(struct dataset *s, struct bytes text, struct err *err)
{
    struct rd r = rd_of(text);
    struct arena a;
    int rated = -1;
    bool ok = true;

    arena_init(&a, NULL, 0);
    while (ok && rd_left(&r) != 0) {
        bool end;
        ok = line_read(s, &a, rd_line(&r, &end), &rated, err);
        if (a.used > 1 << 20) {
            arena_fini(&a);
            arena_init(&a, NULL, 0);
        }
    }
    arena_fini(&a);
    return ok;
}

/* ---- JSON ---- */

static bool object_read(struct dataset *s, const struct dataset_wish *w, struct bytes object, struct err *err)
{
    struct dataset_value v = { 0 };
    struct bytes string, text;
    enum json_kind kind;

    if (!json_find(object, w->value_key, &string, &kind)) {
        return err_set(err, "dataset %s: no '%s' in %.*s", s->name, w->value_key, (int)(object.n < 80 ? object.n : 80), (const char *)object.p);
    }
    if (kind != JSON_STRING) {
        return err_set(err, "dataset %s: failed to get value because it is not a string", s->name);
    }
    if (!json_text(&s->arena, string, &text) || !value_read(s, &s->arena, text, false, &v.bytes, err)) {
        return err_add(err, "dataset %s", s->name);
    }
    if (!json_compact(&s->arena, object, w->remove_key ? w->value_key : NULL, &v.json)) {
        return err_set(err, "dataset %s: not enough memory", s->name);
    }
    return dataset_put(s, &v, err);
}

static bool json_list_read(struct dataset *s, const struct dataset_wish *w, struct bytes text, struct err *err)
{
    struct bytes whole, list, key, object;
    enum json_kind kind = json_whole(text, &whole);

    if (kind == JSON_BAD) {
        return err_set(err, "dataset %s: %s is not JSON", s->name, w->load);
    }
    if (!json_find(whole, w->array_key ? w->array_key : "", &list, &kind) || kind != JSON_ARRAY) {
        return err_set(err, "dataset %s: no list%s%s in %s", s->name, w->array_key ? " at " : "", w->array_key ? w->array_key : "", w->load);
    }
    for (struct json_walk at = json_members(list); json_next(&at, &key, &object, &kind);) {
        if (!object_read(s, w, object, err)) {
            return false;
        }
    }
    return true;
}

static bool json_lines_read(struct dataset *s, const struct dataset_wish *w, struct bytes text, struct err *err)
{
    struct rd r = rd_of(text);

    for (unsigned n = 1; rd_left(&r) != 0; n++) {
        bool end;
        struct bytes object, line = bytes_trim(rd_line(&r, &end), " \t\r");
        if (line.n == 0) {
            continue;
        }
        if (json_whole(line, &object) == JSON_BAD) {
            return err_set(err, "dataset %s: %s:%u is not JSON", s->name, w->load, n);
        }
        if (!object_read(s, w, object, err)) {
            return false;
        }
    }
    return true;
}

/* ---- files ---- */

bool dataset_load(struct dataset *s, const struct dataset_wish *w, struct err *err)
{
    struct bytes text;
    bool ok;

    if (s->save && strcmp(s->save, s->load) == 0 && access(s->load, F_OK) != 0 && errno == ENOENT) {
        return true; /* state that nothing has been saved to yet */
    }
    if (!file_read(s->load, LIST_MAX, &text, err)) {
        return err_add(err, "dataset %s", s->name);
    }
    ok = w->format == DATASET_CSV    ? lines_read(s, text, err)
         : w->format == DATASET_JSON ? json_list_read(s, w, text, err)
                                     : json_lines_read(s, w, text, err);
    file_free(text);
    return ok;
}

/* Texts backwards, the others forwards: the order does not depend on the run. */
static int entry_order(const void *a, const void *b)
{
    const struct dataset_entry *x = *(const struct dataset_entry *const *)a, *y = *(const struct dataset_entry *const *)b;
    int order = memcmp(x->value, y->value, x->n < y->n ? x->n : y->n);

    return order ? order : x->n < y->n ? -1 : x->n > y->n;
}

static void value_write(const struct dataset *s, const struct dataset_entry *e, struct text *t)
{
    char word[ADDR_TEXT_MAX];
    struct addr a;
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    switch (s->type) {
    case DATASET_STRING:
        text_base64(t, bytes_of(e->value, e->n));
        break;
    case DATASET_MD5:
    case DATASET_SHA256:
        for (uint32_t i = 0; i < e->n; i++) {
            text_printf(t, "%02x", e->value[i]);
        }
        break;
    case DATASET_IPV4:
    case DATASET_IPV6:
    case DATASET_IP:
    case DATASET_NO_TYPE:
    default:
        a = e->n == 4 ? addr_from4(e->value) : addr_from6(e->value);
        text_add(t, word, addr_text(&a, e->n == 4 || memcmp(e->value, mapped, 12) == 0 ? FAMILY_4 : FAMILY_6, word));
        break;
    }
    text_byte(t, '\n');
}

bool dataset_write(const struct dataset *s, struct err *err)
{
    const struct dataset_entry **list = calloc(s->n + 1u, sizeof(*list));
    struct text t;
    uint32_t n = 0;

    if (!list) {
        return err_set(err, "dataset %s: not enough memory to save it", s->name);
    }
    for (uint32_t b = 0; b < s->room; b++) {
        for (const struct dataset_entry *e = s->bucket[b]; e; e = e->next) {
            list[n++] = e;
        }
    }
    qsort(list, n, sizeof(*list), entry_order);
    text_init(&t, 0);
    for (uint32_t i = 0; i < n; i++) {
        value_write(s, list[s->type == DATASET_STRING ? n - 1 - i : i], &t);
    }
    bool ok = t.cut ? err_set(err, "not enough memory") : file_replace(s->save, text_bytes(&t), err);
    text_fini(&t);
    free(list);
    return ok || err_add(err, "dataset %s: write", s->name);
}
