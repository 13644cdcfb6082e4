/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "wire/asn1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    struct arena a;
    struct asn1 e;

    arena_init(&a, NULL, 1 << 20);
    for (unsigned i = 0; i < 10000; i++) {
        struct rd at = r;
        int64_t v;
        size_t span = asn1_span(at);
        if (!asn1_next(&r, &e)) {
            bug_if(span != 0 && span <= rd_left(&at)); /* what is whole by its head can be read */
            break;
        }
        bug_if(span != rd_left(&at) - rd_left(&r));
        (void)asn1_int(e.content, &v);
        bug_if(asn1_oid_text(e.content, &a).n > 1024);
        r = (e.id & 0x20) != 0 && rd_left(&e.content) != 0 ? e.content : r;
    }
    arena_fini(&a);
    return 0;
}
