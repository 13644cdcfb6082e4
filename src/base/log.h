/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log - what peccary says about itself, to standard error: control code only, workers count instead.
 *
 * One line each, "level: text".  The level is fixed at start by app/ and passed in `struct log`.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *to;
    enum log_level level;
    unsigned long warnings, errors; /* how many lines of these were said: the exit code asks */
};

void log_say(struct log *log, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
