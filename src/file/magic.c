/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file/file.h"

#include <stdlib.h>

#ifdef HAVE_LIBMAGIC
#include <magic.h>

struct file_magic {
    magic_t set;
};

struct file_magic *file_magic_new(void)
{
    struct file_magic *m = calloc(1, sizeof *m);

    if (m != NULL && ((m->set = magic_open(0)) == NULL || magic_load(m->set, NULL) != 0)) {
        file_magic_free(m);
        m = NULL;
    }
    return m;
}

void file_magic_free(struct file_magic *m)
{
    if (m != NULL && m->set != NULL) {
        magic_close(m->set);
    }
    free(m);
}

const char *file_magic_of(struct file_magic *m, const struct file *f)
{
    const char *s = m != NULL && f->head.n != 0 ? magic_buffer(m->set, f->head.p, f->head.n) : NULL;
    return s != NULL ? s : "";
}
#else
/* In its place what our own table calls the type, which is as libmagic's sentence begins. */
struct file_magic {
    char any;
};

struct file_magic *file_magic_new(void) { return calloc(1, sizeof(struct file_magic)); }
void file_magic_free(struct file_magic *m) { free(m); }
const char *file_magic_of(struct file_magic *m, const struct file *f)
{
    const struct file_type *t = m != NULL ? file_type_of(f) : NULL;

    return t != NULL ? t->called : "";
}
#endif
