/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strings - the functions of Lua's libraries that could work without end, counted: find, match, gmatch, gsub; table.move.  For script.c alone. */
#ifndef SCRIPT_STRINGS_H
#define SCRIPT_STRINGS_H

struct lua_State;
void script_strings(struct lua_State *l); /* puts them in the place of the language's own */
/* costs.c: the others that loop over what they are given count it beforehand. */
void script_costs(struct lua_State *l);

#endif
