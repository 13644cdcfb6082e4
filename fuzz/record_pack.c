/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packed block as a disk may have it: it is what was packed, or refused; what opens packs and opens again to the same. First byte: how. */
#include "record/block.h"
#include "record/pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[PACK_KEY];
    const struct pack_block which = { .number = 0 };
    uint8_t *to = malloc(RECORD_BLOCK), *again = malloc(RECORD_BLOCK), *room = malloc(PACK_ROOM);
    unsigned how = size != 0 ? data[0] & (PACK_ZSTD | PACK_SEALED) : 0;
    struct block_about about;
    struct err err;

    if (to != NULL && again != NULL && room != NULL && size != 0 && unpack_block(how, key, &which, bytes_of(data + 1, size - 1), to)) {
        bug_if(!block_check(bytes_of(to, RECORD_BLOCK), &about));
        size_t n = pack_block(how, key, &which, bytes_of(to, about.used), room, &err);
        bug_if(n == 0 || !unpack_block(how, key, &which, bytes_of(room, n), again) || memcmp(to, again, RECORD_BLOCK) != 0);
    }
    free(to);
    free(again);
    free(room);
    return 0;
}
