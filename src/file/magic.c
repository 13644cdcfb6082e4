/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file's type as libmagic says it, which is opened by who asks; without it what our own table calls the type, which is as that sentence begins. */
#include "file/file.h"

#include "base/library.h"
#include "base/rows.h"

#include <stdlib.h>

#ifdef HAVE_LIBMAGIC
#include <magic.h>

struct file_magic {
    void *library;
    magic_t set;                 /* NULL: there is none */
    __typeof__(magic_open) *open;
    __typeof__(magic_load) *load;
    __typeof__(magic_buffer) *buffer;
    __typeof__(magic_close) *close;
};

/* Another database than its own that does not hold (it was looked for at the start) gives way to that. */
static void magic_begin(struct file_magic *m, const char *database)
{
    static const char *const files[] = { "libmagic.so.1", NULL };
    static const struct library_call calls[] = {
        { "magic_open", offsetof(struct file_magic, open) }, { "magic_load", offsetof(struct file_magic, load) },
        { "magic_buffer", offsetof(struct file_magic, buffer) }, { "magic_close", offsetof(struct file_magic, close) },
    };

    m->library = library_open(files, calls, ROWS(calls), m);
    m->set = m->library != NULL ? m->open(0) : NULL;
    if (m->set != NULL && (database == NULL || m->load(m->set, database) != 0) && m->load(m->set, NULL) != 0) {
        m->close(m->set);
        m->set = NULL;
    }
}

static void magic_end(struct file_magic *m)
{
    if (m->set != NULL) {
        m->close(m->set);
    }
    library_close(m->library);
}

static bool magic_says(struct file_magic *m, struct bytes b, const char **out)
{
    *out = m->set != NULL ? m->buffer(m->set, b.p, b.n) : NULL;
    return m->set != NULL;
}
#else
struct file_magic {
    char any;
};

static void magic_begin(struct file_magic *m, const char *database)
{
    (void)m;
    (void)database;
}
static void magic_end(struct file_magic *m) { (void)m; }
static bool magic_says(struct file_magic *m, struct bytes b, const char **out)
{
    (void)m;
    (void)b;
    (void)out;
    return false;
}
#endif

struct file_magic *file_magic_new(const char *database)
{
    struct file_magic *m = calloc(1, sizeof *m);

    if (m != NULL) {
        magic_begin(m, database);
    }
    return m;
}

void file_magic_free(struct file_magic *m)
{
    if (m != NULL) {
        magic_end(m);
        free(m);
    }
}

const char *file_magic_of(struct file_magic *m, const struct file *f)
{
    const char *says = NULL;

    if (m == NULL || f->head.n == 0) {
        return "";
    }
    if (!magic_says(m, f->head, &says)) {
        const struct file_type *t = file_type_of(f);
        says = t != NULL ? t->called : NULL;
    }
    return says != NULL ? says : "";
}
