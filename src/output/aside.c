/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/aside.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void aside_add(struct sink *s, struct aside *a, const char *path)
{
    char *copy = a->keep != 0 ? strdup(path) : NULL;

    if (copy != NULL && a->n == a->room) {
        size_t room = a->room != 0 ? a->room * 2 : 64;
        char **more = realloc(a->path, room * sizeof *more);
        if (more == NULL) {
            free(copy);
            return;
        }
        a->path = more;
        a->room = room;
    }
    if (copy == NULL) {
        return;
    }
    a->path[a->n++] = copy;
    while (a->n > a->keep) {
        if (unlink(a->path[0]) != 0 && errno != ENOENT) {
            sink_say(s, a->path[0], "it stays");
        }
        free(a->path[0]);
        memmove(a->path, a->path + 1, --a->n * sizeof *a->path);
    }
}

struct found {
    uint64_t number[2];
    char *path;
};

static int by_number(const void *x, const void *y)
{
    const struct found *a = x, *b = y;
    unsigned i = a->number[0] == b->number[0];

    return (a->number[i] > b->number[i]) - (a->number[i] < b->number[i]);
}

/* The numbers behind the name.  False: it is another file's. */
static bool numbers(const char *text, uint64_t number[2], const char *ending)
{
    for (unsigned i = 0; i < 2 && text[0] == '.' && text[1] >= '0' && text[1] <= '9'; i++) {
        char *end;
        number[i] = strtoull(text + 1, &end, 10) + i; /* one without a second is before all others */
        text = end;
    }
    return *text == '\0' || (ending != NULL && strcmp(text, ending) == 0);
}

void aside_find(struct sink *s, struct aside *a, const char *dir, const char *name, uint64_t least, const char *ending)
{
    DIR *d = a->keep != 0 ? opendir(dir) : NULL;
    struct found *found = NULL;
    size_t n = 0, length = strlen(name);
    char path[PATH_MAX];

    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        struct found f = { .number = { 0 } };
        if (strncmp(e->d_name, name, length) != 0 || !numbers(e->d_name + length, f.number, ending) || f.number[0] < least || e->d_name[length] == '\0') {
            continue;
        }
        struct found *more = (n & (n - 1)) == 0 ? realloc(found, (n != 0 ? 2 * n : 1) * sizeof *more) : found;
        int k = snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (more != NULL) {
            found = more;
        }
        if (more == NULL || k <= 0 || (size_t)k >= sizeof path || (f.path = strdup(path)) == NULL) {
            continue;
        }
        found[n++] = f;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    if (n != 0) {
        qsort(found, n, sizeof *found, by_number);
    }
    for (size_t i = 0; i < n; i++) {
        aside_add(s, a, found[i].path);
        free(found[i].path);
    }
    free(found);
}

void aside_fini(struct aside *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->path[i]);
    }
    free(a->path);
}
