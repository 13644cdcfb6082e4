/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rule_script - scripts of rules (lua:FILE, luaxform:FILE): what parsing found out about one, and each worker's running states.
 *
 * A script's text is read once, when its rule is; each worker compiles it with its first use and keeps the state until the
 * rules change.  What a script asks (require) are modules over the scope of the match that runs.
 */
#ifndef DETECT_RULE_SCRIPT_H
#define DETECT_RULE_SCRIPT_H

#include "detect/scope.h"
#include "rule/rule.h"
#include "script/script.h"

enum { SCRIPT_FILE_MAX = 1 << 20, SCRIPT_NAMES_MAX = 16, SCRIPTS_MAX = 4096 /* of a ruleset */ };

/* A name the script registered in init(): a number of the flow, a variable of it. */
struct script_name {
    const char *name;
    uint32_t id;
};

struct rule_script {
    const char *file;
    struct bytes text;
    struct script_limits limits;
    uint32_t index;            /* among the scripts of its ruleset, less than SCRIPTS_MAX */
    bool negated;
    bool wants_ja3, wants_hassh; /* fingerprints it asks to have made */
    bool needs_payload, needs_packet, needs_ja3, needs_ja3s;
    const char *buffer;        /* what match() calls the bytes it is given: "buffer", "stream"; NULL: none */
    struct script_name flowint[SCRIPT_NAMES_MAX], flowvar[SCRIPT_NAMES_MAX], bytevar[SCRIPT_NAMES_MAX];
    unsigned flowint_n, flowvar_n, bytevar_n;
};

/* Whom a state belongs to: while its rule is read, or while it is asked. */
struct script_owner {
    struct rule_parse *parse;  /* NULL: no rule is being read */
    struct rule_script *made;  /* … whose script it is */
    const struct rule_script *script;
    struct detect_scope *scope; /* NULL: not in a match */
};

/* While a rule is read: finds the file called `name` and reads it.  False: err says why not. */
bool rule_script_open(struct rule_parse *p, struct rule_script *x, const char *name, struct err *err);
bool rule_script_match(struct detect_scope *s, const struct rule_script *x);
/* This worker's state of the script, made with the first use; NULL: it could not be made. */
struct script *rule_script_running(struct detect *d, const struct rule_script *x);
/* Its last call failed: counted. */
void rule_script_failed(struct detect *d, const struct script *s);

struct rule_scripts;
void rule_scripts_free(struct rule_scripts *x);

extern const struct script_module rule_script_modules[];

#ifdef HAVE_LUA
#include <lauxlib.h>
#include <lua.h>
/* A module whose functions are rows; `get`: the function that gives the object with the methods. */
void script_object(struct lua_State *l, const struct luaL_Reg *functions, const char *get, int (*there)(struct lua_State *l), const struct luaL_Reg *methods);
struct detect_scope *script_scope(struct lua_State *l); /* an error of the script when there is none */
int script_nothing(struct lua_State *l, const char *why); /* nil and why */
int script_open_http(struct lua_State *l);
int script_open_dns(struct lua_State *l);
int script_open_tls(struct lua_State *l);
int script_open_ssh(struct lua_State *l);
int script_open_smtp(struct lua_State *l);
int script_open_ja3(struct lua_State *l);
int script_open_ntp(struct lua_State *l);
#endif

#endif
