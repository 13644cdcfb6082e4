/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rings between workers are no larger together than they may be. */
#include "engine/handover.h"

#include "base/rows.h"
#include "tap.h"

#define MIB ((uint64_t)1 << 20)

/* clang-format off */
static const struct {
    const char *why;
    unsigned workers;
    uint64_t most, want;
} rows[] = {
    { "few workers", 2, 1024 * MIB, 2 * MIB },
    { "506 rings of 2 MiB are less than 1 GiB", 23, 1024 * MIB, 2 * MIB },
    { "552 are more", 24, 1024 * MIB, 1 * MIB },
    { "4032", 64, 1024 * MIB, MIB / 4 },
    { "the least that may be set has room for frames, with most workers too", 64, 64 * MIB, MIB / 64 },
    { "one worker has none", 1, 64 * MIB, 2 * MIB },
};
/* clang-format on */

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        is_int(handover_room(rows[i].workers, rows[i].most), rows[i].want, rows[i].why);
    }
    return done_testing();
}
