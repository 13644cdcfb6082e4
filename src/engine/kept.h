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
/* With the settings that are read anew (again_conf): sets that they name besides, their reputations.  Then: rules are loaded with them, or not. */
bool kept_again(struct engine *e, struct err *err);
void kept_settle(struct engine *e, bool loaded);
/* At the end: what sets are to be saved; errors go to the log. */
void kept_save(struct engine *e);

#endif
