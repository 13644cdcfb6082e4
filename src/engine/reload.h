/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reload - loading rules, once or again: what rules.c, reload.c and engine.c share.
 */
#ifndef ENGINE_RELOAD_H
#define ENGINE_RELOAD_H

#include "engine/engine.h"

/* Reads, compiles and adds a generation; what is wrong leaves everything as it was. */
bool load_generation(struct engine *e, const struct rule_load *l, bool again /* with the settings read once more */, struct reload_result *r, struct err *err);
/* The generation of an engine without rules; does nothing when there is one.  bodies: rules to come may look into bodies. */
bool load_nothing(struct engine *e, bool bodies, struct err *err);
/* Keeps a copy of the load for the next time. */
bool reload_remember(struct engine *e, const struct rule_load *l, struct err *err);
void reload_fini(struct engine *e);

#endif
