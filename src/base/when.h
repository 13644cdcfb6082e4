/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * when - times as people and records write them: "2026-11-29T01:00:00.000000+0000" or a part of that, without a zone by the clock here; "90s", "15m",
 * "2h", "3d", "1w" for so long ago; seconds since 1970.  Any thread.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* ns.  None before 1970, and none past 2262.  False with err. */
bool when_read(const char *text, uint64_t *out, struct err *err);
#define WHEN_HELP "2026-11-29T01:00:00 by the clock here, with Z or +0000 as records have it; 15m, 2h, 3d: so long ago; seconds since 1970"

#endif
