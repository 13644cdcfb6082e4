/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

void bug_at(const char *file)
{
    fprintf(stderr, "%s\n", file);
    free(strdup(file + 1));
    abort();
}
