/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * library - a shared library that few runs need, opened by who needs it: what a program is linked with, and what that is linked with, is loaded
 * with each start.
 *
 * Who opens one owns it; opened twice it is loaded once.  Any thread.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_call {
    const char *name;
    size_t at;                   /* offset of its pointer in the caller's table */
};
/* The first of `files` (ending with NULL) that is there, with all of the calls, whose pointers are put into `table`.  NULL: it cannot be had. */
void *library_open(const char *const *files, const struct library_call *calls, size_t n, void *table);
void library_close(void *library); /* NULL: nothing */

#endif
