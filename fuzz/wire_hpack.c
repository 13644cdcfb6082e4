/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header blocks of one connection: each two bytes of length and the block. */
#include "base/err.h"
#include "wire/hpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd in = rd_make(data, size);
    struct arena table, strings;
    struct hpack t;

    arena_init(&table, NULL, 4 << 20);
    arena_init(&strings, NULL, 4 << 20);
    hpack_init(&t, &table, 65536);
    while (rd_left(&in) != 0) {
        uint16_t n = rd_be16(&in);
        struct rd r = rd_of(bytes_head(rd_peek(&in), n));
        rd_skip(&in, rd_left(&r));
        hpack_block(&t);
        while (rd_left(&r) != 0) {
            struct hpack_item it = hpack_read(&t, &r, &strings);
            volatile uint8_t sum = 0;
            bug_if(it.name.p == NULL || it.value.p == NULL || t.size > 65536 || t.size < t.n * 32);
            for (size_t i = 0; i < it.name.n + it.value.n; i++) {
                sum = (uint8_t)(sum + (i < it.name.n ? it.name.p[i] : it.value.p[i - it.name.n]));
            }
            if (it.kind >= HPACK_OVERFLOW) {
                break;
            }
        }
    }
    arena_fini(&strings);
    arena_fini(&table);
    return 0;
}
