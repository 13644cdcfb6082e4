/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool err_set(struct err *err, const char *format, ...)
{
    va_list args;

    if (err != NULL) {
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return false;
}

bool err_sys(struct err *err, const char *format, ...)
{
    int saved = errno;
    char reason[128];
    va_list args;

    if (err == NULL) {
        return false;
    }
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t n = strlen(err->text);
    (void)snprintf(err->text + n, sizeof(err->text) - n, ": %s",
                   strerror_r(saved, reason, sizeof(reason)));
    errno = saved;
    return false;
}

bool err_add(struct err *err, const char *format, ...)
{
    struct err before;
    va_list args;

    if (err == NULL) {
        return false;
    }
    before = *err;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t n = strlen(err->text);
    (void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", before.text);
    return false;
}

noreturn void bug_at(const char *file, int line, const char *condition)
{
    void *frames[32];

    fprintf(stderr, "bug: %s:%d: %s\n", file, line, condition);
    fflush(stderr);
    backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
    abort();
}
