/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script - Lua in a sandbox: Snort's configuration files, scripts of rules.
 *
 * A script is text (never byte code), sees functions that compute and nothing of the system: no files, no processes, no
 * modules but those its owner registers, no coroutines, no catching of errors.  Its memory and the steps of each call are
 * capped; a script that meets a cap ends with an error, and the next call starts with fresh steps.  One thread at a time; the
 * owner frees it.  Built without Lua (HAVE_LUA) script_new says so.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/err.h"
#include "base/rd.h"

struct lua_State;
struct script;

enum { SCRIPT_BYTES_A_STEP = 64 /* that are worked through, or taken and then written, in one go */ };

struct script_limits {
    size_t memory;             /* bytes; 0: no limit */
    uint64_t steps;            /* instructions of the virtual machine, a call; 0: no limit */
};

struct script *script_new(const struct script_limits *limits, void *owner, struct err *err);
void script_free(struct script *s);
/* Work done outside of the virtual machine counts, too: an error of the script when it is too much. */
void script_spend(struct lua_State *l, uint64_t steps);
uint64_t script_left(struct lua_State *l);     /* steps of this call; 0: no limit */
struct lua_State *script_state(struct script *s);
void *script_owner(struct lua_State *l);       /* what script_new was given */

/* Compiles the text, and runs it: what it defines is there afterwards.  `name` stands in errors. */
bool script_run(struct script *s, struct bytes text, const char *name, struct err *err);
/* Calls the function that lies under `arguments` values of the stack, within the caps; results are on the stack. */
bool script_call(struct script *s, int arguments, int results, struct err *err);

/* No caps from here on: what is done next is the owner's own doing, outside of a call. */
void script_lift(struct script *s);

/* Why the last run or call that failed did. */
enum script_failure { SCRIPT_WRONG, SCRIPT_BLOCKED, SCRIPT_STEPS, SCRIPT_MEMORY };
enum script_failure script_failure(const struct script *s);

/* A module that `require` finds: open() leaves its table on the stack.  What it does not find is an error of the script. */
struct script_module {
    const char *name;
    int (*open)(struct lua_State *l);
};
void script_modules(struct script *s, const struct script_module *rows /* ended by a row without name */);

/* Does this build have it? */
bool script_built(void);

#endif
