/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of hosts that are kept out: whoever is told of is an address and has a time that lies ahead, of a year at most. */
#include "base/clock.h"
#include "base/err.h"
#include "respond/blocks_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t now = 1764547200 * CLOCK_SECOND;

static void each(void *ctx, const struct block *one)
{
    bug_if(one->family != FAMILY_4 && one->family != FAMILY_6);
    bug_if(one->until <= now || one->until > now + BLOCK_SECONDS_MAX * CLOCK_SECOND);
    ++*(size_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t told = 0, lines = 1;

    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n';
    }
    unsigned bad = blocks_text_read(bytes_of(data, size), now, each, &told);
    bug_if(told + bad > lines);
    return 0;
}
