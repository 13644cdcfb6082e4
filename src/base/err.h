/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err - a failure of the environment or of the user, told from the inside out.
 *
 * Filled where it happens, context added in front on the way up, printed by app/.  On the caller's stack; no allocation;
 * text beyond the room is cut.  Every function here returns false, so that `return err_set(...)` reads well.
 * bug_if is for what cannot happen: it prints file, line and condition with a trace, and aborts, in release builds too.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdnoreturn.h>

struct err {
    char text[1024];
};

bool err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "format: strerror(errno)". */
bool err_sys(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "format: " in front of what is there. */
bool err_add(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

noreturn void bug_at(const char *file, int line, const char *condition);

#define bug_if(condition)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(!!(condition), 0)) {                                                                      \
            bug_at(__FILE__, __LINE__, #condition);                                                                    \
        }                                                                                                              \
    } while (0)

#endif
