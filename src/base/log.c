/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdarg.h>

void log_say(struct log *log, enum log_level level, const char *format, ...)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    char line[2048];
    va_list args;

    if (level == LOG_ERROR) {
        log->errors++;
    } else if (level == LOG_WARNING) {
        log->warnings++;
    }
    if (level > log->level || log->to == NULL) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    /* One call, so that lines of two threads never mix. */
    (void)fprintf(log->to, "%s: %s\n", names[level], line);
    (void)fflush(log->to);
}
