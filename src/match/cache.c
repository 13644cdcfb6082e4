/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/literals.h"

#include "base/file.h"
#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_PATH_MAX = 4096, CACHE_FILE_MAX = 1 << 29, PRUNE_PARTS = 8 };

struct cache_head {
    char magic[8];
    struct cache_key key;
    uint64_t n, sum;
};
static const char cache_magic[8] = "PECLIT01";

void cache_key_add(struct cache_key *k, const void *p, size_t n)
{
    k->word[0] = hash_bytes(p, n, k->word[0]);
    k->word[1] = hash_bytes(p, n, k->word[1] ^ k->word[0]);
}

static bool cache_path(char *out, const char *dir, const struct cache_key *k, const char *end)
{
    int n = snprintf(out, CACHE_PATH_MAX, "%s/%016llx%016llx.literals%s", dir, (unsigned long long)k->word[0],
                     (unsigned long long)k->word[1], end);
    return n > 0 && n < CACHE_PATH_MAX;
}

static bool read_whole(int fd, void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (char *)p + at, n - at);
        if (got <= 0) {
            if (got < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        at += (size_t)got;
    }
    return true;
}

static bool write_whole(int fd, const void *p, size_t n) { return file_write(fd, bytes_of(p, n)) == n; }

/* A database is code-like data: one that somebody else could have written is not taken. */
static bool cache_trusted(int fd, const struct cache_head *h, struct stat *st)
{
    return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
           h->n <= CACHE_FILE_MAX && (uint64_t)st->st_size == sizeof *h + h->n;
}

char *cache_load(const char *dir, const struct cache_key *k, size_t *n)
{
    char path[CACHE_PATH_MAX];
    struct cache_head h;
    struct stat st;
    char *bytes = NULL;
    int fd = cache_path(path, dir, k, "") ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

    if (fd < 0) {
        return NULL;
    }
    if (read_whole(fd, &h, sizeof h) && memcmp(h.magic, cache_magic, sizeof h.magic) == 0 &&
        memcmp(&h.key, k, sizeof *k) == 0 && cache_trusted(fd, &h, &st)) {
        bytes = malloc(h.n + 1);
    }
    if (bytes && (!read_whole(fd, bytes, h.n) || hash_bytes(bytes, h.n, k->word[0]) != h.sum)) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes) {
        (void)futimens(fd, NULL); /* its last use */
    }
    close(fd);
    *n = bytes ? h.n : 0;
    return bytes;
}

/* The folder and what is missing above it. */
static bool cache_dir_make(const char *dir)
{
    char path[CACHE_PATH_MAX];
    size_t n = strlen(dir);

    if (n >= sizeof path || n == 0) {
        return false;
    }
    memcpy(path, dir, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            char c = path[i];
            path[i] = '\0';
            if (mkdir(path, 0700) != 0 && errno != EEXIST) {
                return false;
            }
            path[i] = c;
        }
    }
    return true;
}

/* When the folder was last looked through is told by a file in it.  One that cannot be made leaves it due. */
static bool prune_due(const char *dir, time_t now, uint32_t age)
{
    char path[CACHE_PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/.looked", dir);

    if (n < 0 || (size_t)n >= sizeof path || (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime <= now && now - st.st_mtime < (time_t)(age / PRUNE_PARTS))) {
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        (void)futimens(fd, NULL);
        close(fd);
    }
    return true;
}

void literals_cache_prune(const char *dir, uint32_t age)
{
    static const char marks[] = ".literals"; /* also of drafts that a killed process left */
    time_t now = time(NULL);
    DIR *d = prune_due(dir, now, age) ? opendir(dir) : NULL;
    struct dirent *e;
    struct stat st;

    while (d && (e = readdir(d)) != NULL) {
        if (strstr(e->d_name, marks) != NULL && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            st.st_uid == geteuid() && now > st.st_mtime && now - st.st_mtime > (time_t)age) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d) {
        closedir(d);
    }
}

void cache_store(const char *dir, const struct cache_key *k, const char *p, size_t n)
{
    char path[CACHE_PATH_MAX], draft[CACHE_PATH_MAX];
    struct cache_head h = { .key = *k, .n = n, .sum = hash_bytes(p, n, k->word[0]) };

    memcpy(h.magic, cache_magic, sizeof h.magic);
    if (n > CACHE_FILE_MAX || !cache_path(path, dir, k, "") || !cache_path(draft, dir, k, ".XXXXXX") ||
        !cache_dir_make(dir)) {
        return;
    }
    int fd = mkostemp(draft, O_CLOEXEC); /* made with mode 0600 */
    if (fd < 0) {
        return;
    }
    bool good = write_whole(fd, &h, sizeof h) && write_whole(fd, p, n);
    good = close(fd) == 0 && good;
    if (!good || rename(draft, path) != 0) {
        unlink(draft);
    }
}
