/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/library.h"

#include "base/rows.h"
#include "tap.h"

struct calls {
    const char *before;
    double (*cos)(double);
    double (*floor)(double);
};

int main(void)
{
    static const struct library_call calls[] = { { "floor", offsetof(struct calls, floor) }, { "cos", offsetof(struct calls, cos) } };
    static const struct library_call lacks[] = { { "cos", offsetof(struct calls, cos) }, { "no_such_call", offsetof(struct calls, floor) } };
    static const struct {
        const char *why;
        const char *files[3];
        const struct library_call *calls;
        bool opens;
    } rows[] = {
        { "it is there, and has both", { "libm.so.6" }, calls, true },
        { "the first that is there", { "no-such-library.so.1", "libm.so.6" }, calls, true },
        { "none is there", { "no-such-library.so.1" }, calls, false },
        { "none is named", { NULL }, calls, false },
        { "one that lacks a call is none", { "libm.so.6" }, lacks, false },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct calls c = { .before = "before" };
        void *l = library_open(rows[i].files, rows[i].calls, 2, &c);
        ok((l != NULL) == rows[i].opens && strcmp(c.before, "before") == 0 && (l == NULL || (c.cos(0) == 1 && c.floor(2.5) == 2)), rows[i].why);
        library_close(l);
    }
    return done_testing();
}
