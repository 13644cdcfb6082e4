/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/replace.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool replace(const char *path, struct bytes b, bool sync, struct err *err)
{
    char beside[PATH_MAX];
    bool fits = snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid()) < (int)sizeof beside;
    int fd = fits ? open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;

    if (fd < 0) {
        errno = fits ? errno : ENAMETOOLONG;
        return err_sys(err, "%s", path);
    }
    bool good = file_write(fd, b) == b.n && (!sync || fsync(fd) == 0);
    good = close(fd) == 0 && good && rename(beside, path) == 0;
    if (!good) {
        err_sys(err, "%s", path);
        unlink(beside);
    }
    return good;
}

bool file_replace(const char *path, struct bytes b, struct err *err) { return replace(path, b, true, err); }
bool file_replace_soon(const char *path, struct bytes b, struct err *err) { return replace(path, b, false, err); }
