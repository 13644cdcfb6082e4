/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kept - what rules ask beside traffic: datasets of the settings, reputations of addresses.
 *
 * Loading thread; the lists are the engine's and live over reloads.
 */
#ifndef ENGINE_KEPT_H
#define ENGINE_KEPT_H

#include "engine/engine.h"

/* Once, before rules are read. */
bool kept_load(struct engine *e, struct err *err);
/* At the end: what sets are to be saved; errors go to the log. */
void kept_save(struct engine *e);

#endif
