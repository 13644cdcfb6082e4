/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/waiting.h"

#include "record/format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/shm/"
#define NAME "peccary-waiting-"
static const uint8_t magic[8] = "PCWAIT1";
enum { FLOWS_MAX = 32 /* of one frame */ };

void waiting_path(char out[WAITING_PATH_MAX], uint64_t run, unsigned lane)
{
    snprintf(out, WAITING_PATH_MAX, FOLDER NAME "%016llx-%02x", (unsigned long long)run, lane);
}

struct waiting_head *waiting_open(uint64_t run, unsigned lane, size_t room, int *out, struct err *err)
{
    char path[WAITING_PATH_MAX];
    void *p = MAP_FAILED;

    waiting_path(path, run, lane);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    int wrong = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? posix_fallocate(fd, 0, (off_t)(WAITING_HEAD + room)) : errno; /* all of it: there is no way to be told later */
    if (fd >= 0 && wrong == 0) {
        p = mmap(NULL, WAITING_HEAD + room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        wrong = errno;
    }
    if (p == MAP_FAILED) {
        if (fd >= 0) {
            (void)unlink(path);
            close(fd);
        }
        errno = wrong;
        (void)err_sys(err, "%s: frames that wait cannot be found until they have left", path);
        return NULL;
    }
    struct waiting_head *h = p;
    h->entry = sizeof(struct waiting);
    h->flow = sizeof(struct waiting_flow);
    h->run = run;
    h->room = room;
    h->lane = lane;
    memcpy(h->magic, magic, sizeof magic);
    *out = fd;
    return h;
}

void waiting_close(struct waiting_head *h, int fd)
{
    char path[WAITING_PATH_MAX];

    waiting_path(path, h->run, h->lane);
    (void)unlink(path);
    (void)munmap(h, WAITING_HEAD + h->room);
    close(fd);
}

static bool head_whole(const struct waiting_head *h)
{
    return memcmp(h->magic, magic, sizeof magic) == 0 && h->entry == sizeof(struct waiting) && h->flow == sizeof(struct waiting_flow);
}

void waiting_sweep(void)
{
    DIR *d = opendir(FOLDER);

    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        struct waiting_head h;
        char path[sizeof FOLDER + NAME_MAX];
        if (strncmp(e->d_name, NAME, sizeof NAME - 1) != 0) {
            continue;
        }
        snprintf(path, sizeof path, FOLDER "%s", e->d_name);
        int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        /* Its head is written behind the lock: one that is being made is nobody's yet. */
        if (fd >= 0 && pread(fd, &h, sizeof h, 0) == (ssize_t)sizeof h && memcmp(h.magic, magic, sizeof magic) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
            (void)unlink(path);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

/* ---- the reader's side ---- */

/* The head between two turns. */
static bool head_read(int fd, struct waiting_head *h)
{
    enum { TRIES = 1000 };
    struct waiting_head again;

    for (unsigned i = 0; i < TRIES; i++) {
        if (pread(fd, h, sizeof *h, 0) != (ssize_t)sizeof *h || !head_whole(h) || pread(fd, &again, sizeof again, 0) != (ssize_t)sizeof again) {
            return false;
        }
        if (h->turn % 2 == 0 && memcmp(h, &again, sizeof again) == 0) {
            return true;
        }
    }
    return false;
}

/* What lies between the first frame and the last, in a row. */
static bool frames_read(struct waiting_copy *c, int fd, const struct waiting_head *h)
{
    const uint64_t first = h->first, last = h->last, end = h->end;
    bool wrapped = last <= first;
    uint64_t stop = wrapped ? end : last, more = wrapped ? last : 0;

    if (stop < first || stop > h->room || more > first) {
        return false;
    }
    c->n = (size_t)(stop - first + more);
    c->memory = malloc(c->n);
    return c->memory != NULL && pread(fd, c->memory, (size_t)(stop - first), (off_t)(WAITING_HEAD + first)) == (ssize_t)(stop - first) &&
           (more == 0 || pread(fd, c->memory + (stop - first), (size_t)more, WAITING_HEAD) == (ssize_t)more);
}

bool waiting_read(struct waiting_copy *c, uint64_t run, unsigned lane, uid_t owner)
{
    char path[WAITING_PATH_MAX];
    struct waiting_head before, after;
    struct stat st;

    *c = (struct waiting_copy){ .run = run, .lane = lane };
    waiting_path(path, run, lane);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool good = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == owner && head_read(fd, &before);
    if (good && before.n != 0) {
        good = frames_read(c, fd, &before) && head_read(fd, &after);
        for (uint64_t gone = good ? after.gone - before.gone : 0; gone != 0 && waiting_next(c) != NULL; gone--) { /* their room may have others by now */
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (!good) {
        free(c->memory);
        c->memory = NULL;
    }
    return good;
}

const struct waiting *waiting_next(struct waiting_copy *c)
{
    const struct waiting *w = (const struct waiting *)(const void *)(c->memory + c->at);
    size_t left = c->n - c->at;

    if (left < sizeof *w || w->mine_n > FLOWS_MAX || w->frame_n > RECORD_FRAME_MAX || waiting_bytes(w->mine_n, w->frame_n) > left) {
        return NULL;
    }
    c->at += waiting_bytes(w->mine_n, w->frame_n);
    return w;
}
