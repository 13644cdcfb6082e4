/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rounds_settings - when rounds.c does what.
 */
#ifndef ENGINE_ROUNDS_SETTINGS_H
#define ENGINE_ROUNDS_SETTINGS_H

#include "base/rows.h"

struct rounds_settings {
    uint32_t stats_interval;   /* s; 0: at the end only */
    uint32_t loss_permille;    /* of what came: more lost is blindness; 0: never */
    uint32_t silence;          /* s without a packet; 0: never */
};
extern const struct option_row rounds_options[];
extern const unsigned rounds_option_n;

#endif
