/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * again - settings that are read once more with a reload: what rules are read with (variables, lists, rule files, reputations, sets) is taken
 * from them, what else changed is named, since it waits for the next start.
 *
 * All of it on the thread that loads rules, under the engine's lock `loading`; the tree that was read last is kept to compare with.
 */
#ifndef ENGINE_AGAIN_H
#define ENGINE_AGAIN_H

#include "engine/engine.h"

/* The tree that rules are read with. */
struct conf *again_conf(struct engine *e);
/* Reads the settings, if somebody knows how (engine_read_again), and puts their rule files in place of those that `l` had of them, or what else
 * they say is loaded; what differs is counted in `r`.  The list of files lies in `a`.  False: they cannot be read, and nothing changed. */
bool again_begin(struct engine *e, struct rule_load *l, struct arena *a, struct reload_result *r, struct err *err);
/* The rules are loaded, or not: then all is as it was. */
void again_end(struct engine *e, bool loaded);
void again_fini(struct engine *e);

#endif
