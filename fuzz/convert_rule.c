/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of any kind into each dialect: it ends, says why not, and what is written of a rule it wrote is converted again. */
#include "base/err.h"
#include "convert/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned i = 0; i < 9; i++) {
        struct conversion c, again;
        struct arena a;
        struct text out, second;

        arena_init(&a, NULL, 64 << 20);
        text_init(&out, 1 << 20);
        text_init(&second, 1 << 20);
        convert_rule(&a, bytes_of(data, size), (enum convert_dialect)(i / 3), (enum convert_dialect)(i % 3), &out, &c);
        bug_if(!c.done && (c.refused == NULL || out.n != 0));
        if (c.done && !out.cut) {
            convert_rule(&a, text_bytes(&out), (enum convert_dialect)(i % 3), (enum convert_dialect)(i % 3), &second, &again);
            bug_if(!again.done && again.refused == NULL);
        }
        text_fini(&out);
        text_fini(&second);
        arena_fini(&a);
    }
    return 0;
}
