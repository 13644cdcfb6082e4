/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts and pages: what comes out is bounded, and comes the same again. */
#include "base/err.h"
#include "detect/script_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct bytes once, twice;

    arena_init(&a, NULL, 64 << 20);
    bool made = script_text(&a, bytes_of(data, size), &once);
    bug_if(script_text(&a, bytes_of(data, size), &twice) != made && !a.full);
    bug_if(made && !a.full && !bytes_equal(once, twice));
    bug_if(made && once.n > size * 16 + 64 && !a.full); /* a name of one byte becomes eight; an alias no more than it was */
    arena_fini(&a);
    return 0;
}
