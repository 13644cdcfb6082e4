/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The distinct buffers that rules look at: a name and its transforms, resolved over all protocols. */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

/* Literals of a buffer that is short or common choose worse than others: only taken when a rule has nothing better. */
static const struct {
    const char *name;
    uint8_t priority;
} buffer_priorities[] = {
    { "http.method", 4 },
    { "http.stat_code", 4 },
    { "http.stat_msg", 3 },
};
enum { BUFFER_PRIORITY = 2, PAYLOAD_PRIORITY = 3 };

static uint8_t priority_of(uint8_t kind, const char *name)
{
    if (kind == BUFFER_PAYLOAD) {
        return PAYLOAD_PRIORITY;
    }
    for (size_t i = 0; i < ROWS(buffer_priorities); i++) {
        if (strcmp(buffer_priorities[i].name, name) == 0) {
            return buffer_priorities[i].priority;
        }
    }
    return BUFFER_PRIORITY;
}

static const struct transform_row *transform_find(const char *name)
{
    for (const struct transform_row *row = transform_table; row->name; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool buffer_same(const struct buffer *b, const struct group *g, const char *name)
{
    if (b->kind != g->kind || b->transform_n != g->transform_n || strcmp(b->name, name) != 0) {
        return false;
    }
    for (uint16_t i = 0; i < b->transform_n; i++) {
        if (strcmp(b->transform[i].name, g->transform[i].name) != 0 || b->transform[i].data != g->transform[i].data) {
            return false;
        }
    }
    return true;
}

/* Which field of a protocol is it, when that side is asked? */
static const struct field *field_find(const struct proto *p, const struct buffer *b, unsigned side)
{
    for (unsigned i = 0; i < p->field_n; i++) {
        const struct field *f = &p->fields[i];
        if ((f->sides >> side & 1) == 0) {
            continue;
        }
        if (b->kind == BUFFER_FILE_DATA ? (f->flags & FIELD_FILE_DATA) != 0 : strcmp(f->name, b->name) == 0) {
            return f;
        }
    }
    return NULL;
}

static bool buffer_resolve(struct compiler *c, struct buffer *b, const struct group *g, struct err *err)
{
    b->row = arena_zero(&c->r->arena, g->transform_n * sizeof(*b->row) + 1);
    b->data = arena_zero(&c->r->arena, g->transform_n * sizeof(*b->data) + 1);
    if (!b->row || !b->data) {
        return err_set(err, "not enough memory for buffers");
    }
    for (uint16_t i = 0; i < g->transform_n; i++) {
        b->row[i] = transform_find(g->transform[i].name);
        if (!b->row[i]) {
            return err_set(err, "no transform is called %s", g->transform[i].name);
        }
        b->data[i] = g->transform[i].data;
        if (transform_is_regex(b->row[i]) && !(b->data[i] = regex_of(c, g->transform[i].data, 0, err))) {
            return false;
        }
    }
    if (b->kind == BUFFER_FIELD || b->kind == BUFFER_FILE_DATA) {
        for (unsigned i = 0; i < proto_n && i + 1 < DETECT_PROTOS; i++) {
            for (unsigned side = 0; side < 2; side++) {
                b->field[side][i + 1] = field_find(proto_table[i], b, side);
            }
        }
    }
    return true;
}

uint16_t buffer_of(struct compiler *c, const struct group *g, struct err *err)
{
    struct ruleset *r = c->r;
    const char *name = g->name ? g->name : g->kind == BUFFER_FILE_DATA ? "file.data" : "";
    uint64_t hash = hash_bytes(name, strlen(name), g->kind);

    for (uint16_t i = 0; i < g->transform_n; i++) {
        hash = hash_word(hash ^ hash_bytes(g->transform[i].name, strlen(g->transform[i].name), (uintptr_t)g->transform[i].data));
    }
    for (uint32_t at = 0, i; (i = index_table_next(&c->buffers, hash, &at)) != UINT32_MAX;) {
        if (buffer_same(&r->buffer[i], g, name)) {
            return (uint16_t)i;
        }
    }
    if (r->buffer_n == c->buffer_room) {
        uint32_t room = c->buffer_room ? c->buffer_room * 2 : 64;
        struct buffer *more = room < NO_BUFFER ? realloc(r->buffer, room * sizeof *more) : NULL;
        if (!more) {
            err_set(err, "too many distinct buffers");
            return NO_BUFFER;
        }
        r->buffer = more;
        c->buffer_room = room;
    }
    struct buffer *b = &r->buffer[r->buffer_n];
    *b = (struct buffer){ .kind = g->kind, .name = name, .transform = g->transform, .transform_n = g->transform_n,
                          .id = r->buffer_n, .priority = priority_of(g->kind, name) };
    if (!buffer_resolve(c, b, g, err) || !index_table_put(&c->buffers, hash, r->buffer_n)) {
        return NO_BUFFER;
    }
    return r->buffer_n++;
}
