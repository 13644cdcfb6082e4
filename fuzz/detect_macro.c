/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents with macros, whole or broken: it ends, and what comes out is bounded. */
#include "base/err.h"
#include "detect/macro_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena_text t;
    struct arena a;
    struct bytes out;

    arena_init(&a, NULL, 64 << 20);
    bug_if(macro_text(&a, bytes_of(data, size), &out) && out.n > 2 << 20);
    arena_text_init(&t, &a, 1 << 20);
    macro_unpack(bytes_of(data, size), &t);
    bug_if(t.n > 1 << 20);
    arena_fini(&a);
    return 0;
}
