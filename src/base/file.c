/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads on until the end, the room being full, or an error (-1). */
static ssize_t read_on(int fd, uint8_t *to, size_t room)
{
    size_t n = 0;

    while (n < room) {
        ssize_t got = read(fd, to + n, room - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* All of it, and it is closed. */
static bool read_all(int fd, const char *path, size_t max, struct bytes *out, struct err *err)
{
    size_t room = 64 << 10, n = 0;
    uint8_t *p = NULL;

    for (;;) {
        room = room > max ? max + 1 : room; /* one byte over tells that there is more */
        uint8_t *grown = realloc(p, room + 1);
        if (grown == NULL) {
            err_sys(err, "read %s", path);
            break;
        }
        p = grown;
        ssize_t got = read_on(fd, p + n, room - n);
        if (got < 0) {
            err_sys(err, "read %s", path);
            break;
        }
        n += (size_t)got;
        if (n > max) {
            err_set(err, "read %s: larger than %zu bytes", path, max);
            break;
        }
        if (n < room) {
            close(fd);
            p[n] = '\0';
            *out = (struct bytes){ .p = p, .n = n };
            return true;
        }
        room *= 2;
    }
    close(fd);
    free(p);
    return false;
}

bool file_read(const char *path, size_t max, struct bytes *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *out = bytes_none();
    return fd >= 0 ? read_all(fd, path, max, out, err) : err_sys(err, "open %s", path);
}

bool file_read_plain(const char *path, size_t max, struct bytes *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat is;

    *out = bytes_none();
    if (fd < 0 || fstat(fd, &is) != 0) {
        (void)err_sys(err, "open %s", path);
    } else if (!S_ISREG(is.st_mode)) {
        (void)err_set(err, "open %s: it is no ordinary file", path);
    } else {
        return read_all(fd, path, max, out, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

void file_free(struct bytes b)
{
    if (b.p != rd_nothing) {
        free((void *)(uintptr_t)b.p);
    }
}

static size_t write_on(int fd, struct bytes b, const uint64_t *offset)
{
    size_t n = 0;

    while (n < b.n) {
        ssize_t k = offset != NULL ? pwrite(fd, b.p + n, b.n - n, (off_t)(*offset + n)) : write(fd, b.p + n, b.n - n);
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            errno = k == 0 ? ENOSPC : errno;
            break;
        }
        n += (size_t)k;
    }
    return n;
}

size_t file_write(int fd, struct bytes b) { return write_on(fd, b, NULL); }

size_t file_write_at(int fd, struct bytes b, uint64_t offset) { return write_on(fd, b, &offset); }

bool file_cut(int fd, size_t n)
{
    off_t end = lseek(fd, 0, SEEK_END);

    if (end >= 0 && end < (off_t)n) {
        errno = EINVAL;
        return false;
    }
    return end >= 0 && ftruncate(fd, end - (off_t)n) == 0 && lseek(fd, 0, SEEK_END) >= 0;
}

bool file_make_folder(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    size_t n = strlen(dir);

    if (n == 0 || n >= sizeof path) {
        return err_set(err, "folder '%s': empty or too long a name", dir);
    }
    memcpy(path, dir, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        char keep = path[i];
        path[i] = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST) {
            return err_sys(err, "make folder %s", path);
        }
        path[i] = keep;
    }
    struct stat s;
    if (stat(dir, &s) == 0 && !S_ISDIR(s.st_mode)) { /* mkdir says of it what it says of a folder */
        errno = ENOTDIR;
        return err_sys(err, "make folder %s", dir);
    }
    return true;
}
