/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Walks the blocks; returns the bytes that are whole. */
static uint64_t whole_bytes(struct orphan *o, uint8_t *memory)
{
    uint64_t at = RECORD_FILE_HEAD;
    struct block_about about;

    while (pread(o->fd, memory, RECORD_BLOCK, (off_t)at) == RECORD_BLOCK && block_check(bytes_of(memory, RECORD_BLOCK), &about) &&
           about.links == o->links.n) {
        struct block_walk w = block_frames(bytes_of(memory, RECORD_BLOCK), &about);
        struct record_frame f;
        while (block_next(&w, &o->links, &f)) {
            o->packets++;
        }
        at += RECORD_BLOCK;
    }
    return at;
}

/* An index that was made, or begun, when its writer died: it is made again. */
static void index_remove(const char *path)
{
    static const char *const ends[] = { ".index", ".index.new" };
    int stem = (int)(strlen(path) - strlen(".pcapng.open"));
    char name[4096];

    for (unsigned i = 0; i < 2; i++) {
        if (snprintf(name, sizeof name, "%.*s%s", stem, path, ends[i]) < (int)sizeof name) {
            (void)unlink(name);
        }
    }
}

/* False: it is still being written, or nothing of it is there. */
static bool orphan_take(struct orphan *o, uint8_t *memory)
{
    o->fd = open(o->path, O_RDWR | O_CLOEXEC);
    if (o->fd < 0) {
        return false;
    }
    if (flock(o->fd, LOCK_EX | LOCK_NB) != 0) {
        close(o->fd);
        return false;
    }
    uint64_t bytes = whole_bytes(o, memory);
    index_remove(o->path);
    if (o->packets == 0) {
        (void)unlink(o->path);
    }
    if (o->packets == 0 || ftruncate(o->fd, (off_t)bytes) != 0) {
        close(o->fd);
        return false;
    }
    return true;
}

bool orphans_find(struct orphans *o, const char *dir, struct err *err)
{
    static const char end[] = ".pcapng.open";
    uint8_t *memory = malloc(RECORD_BLOCK);
    DIR *d = opendir(dir);

    *o = (struct orphans){ .n = 0 };
    if (d == NULL || memory == NULL) {
        bool none = d == NULL && errno == ENOENT;
        if (d != NULL) {
            closedir(d);
        }
        free(memory);
        return none || err_sys(err, "%s", dir);
    }
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        struct orphan one = { .path = NULL }, *more;
        if (n <= sizeof end - 1 || strcmp(e->d_name + n - (sizeof end - 1), end) != 0 || asprintf(&one.path, "%s/%s", dir, e->d_name) < 0) {
            continue;
        }
        more = orphan_take(&one, memory) ? realloc(o->orphan, (o->n + 1) * sizeof *more) : NULL;
        if (more == NULL) {
            free(one.path);
            continue;
        }
        o->orphan = more;
        o->orphan[o->n++] = one;
    }
    closedir(d);
    free(memory);
    return true;
}

void orphans_fini(struct orphans *o)
{
    for (size_t i = 0; i < o->n; i++) {
        close(o->orphan[i].fd);
        free(o->orphan[i].path);
    }
    free(o->orphan);
}
