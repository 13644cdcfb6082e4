/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is, by a table of signatures (types.list): looked at where files are recorded or asked about. */
#include "file/file.h"

#define TYPE(name, group, mime, called, at, bytes) { name, group, mime, called, at, sizeof(bytes) - 1, bytes },
static const struct file_type types[] = {
#include "file/types.list"
};
#undef TYPE
enum { TYPES = sizeof types / sizeof types[0] };

/* Bytes of `chunk`, which stands at `offset`, that fall into `room` bytes at `at`; *n of it are there, in order. */
static void take(uint8_t *room, uint8_t *n, size_t at, size_t size, uint64_t offset, struct bytes chunk)
{
    while (*n < size && at + *n >= offset && at + *n - offset < chunk.n) {
        room[*n] = chunk.p[at + *n - offset];
        ++*n;
    }
}

void file_type_add(struct file *f, struct bytes chunk)
{
    if (f->size < FILE_TYPE_FAR + sizeof f->far) {
        take(f->first, &f->first_n, 0, sizeof f->first, f->size, chunk);
        take(f->far, &f->far_n, FILE_TYPE_FAR, sizeof f->far, f->size, chunk);
    }
}

const struct file_type *file_type_of(const struct file *f)
{
    struct bytes first = bytes_of(f->first, f->first_n), far = bytes_of(f->far, f->far_n);

    for (unsigned i = 0; i < TYPES; i++) {
        const struct file_type *t = &types[i];
        struct bytes at = t->at == FILE_TYPE_FAR ? far : bytes_from(first, t->at);
        if (bytes_equal(bytes_head(at, t->n), bytes_of(t->bytes, t->n))) {
            return t;
        }
    }
    return NULL;
}

/* The far one decides last. */
bool file_type_settled(const struct file *f) { return f->state != FILE_OPEN || f->size >= FILE_TYPE_FAR + sizeof f->far || file_type_of(f) != NULL; }

bool file_type_named(struct bytes name)
{
    for (unsigned i = 0; i < TYPES; i++) {
        if (bytes_is_nocase(name, types[i].name) || bytes_is_nocase(name, types[i].group)) {
            return true;
        }
    }
    return false;
}

bool file_type_is(const struct file_type *t, struct bytes name) { return bytes_is_nocase(name, t->name) || bytes_is_nocase(name, t->group); }
