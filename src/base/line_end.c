/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/line_end.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool line_end_missing(const char *path)
{
    struct stat st;
    char last = '\n';

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool read = fd >= 0 && pread(fd, &last, 1, st.st_size - 1) == 1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return read && last != '\n';
}
