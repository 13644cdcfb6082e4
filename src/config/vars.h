/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vars - address and port expressions of rule heads and settings, with the variables of the settings tree.
 *
 * An expression is a list of entries with commas between them, with or without brackets around; an entry is an address
 * (1.2.3.4, 1.2.3.0/24, 1.2.3.0/255.255.255.0, 1.2.3.4-1.2.3.9, the same in IPv6), a port (80, 80:90, 1024:, :1023),
 * `any`, a variable ($HOME_NET: vars.address-groups and vars.port-groups of the tree), or a list in brackets; `!` in
 * front takes away.  Blanks around entries and a comma behind the last one do not count.
 *
 * What negation means is Suricata's, tried against it:
 * - All negations of a list, however deep in plain brackets and variables, are taken from all its other entries,
 *   whatever their order.  A negated list of addresses is made whole by itself first.
 * - Addresses: a family with negations alone means the rest of that family; the other family is not touched, so
 *   !10.0.0.1 is no IPv6 address.
 * - Ports: inside a negated list every entry counts as negated, a second `!` too, but for the last entry (and any
 *   variable), where two cancel each other.  [80:90,!81] is not 81; ![80,!81] is 81 without 80.
 * - An expression that leaves nothing, or takes away all of IPv4 or all ports (!any), is an error.
 *
 * The tree is only read: any thread.  Results are the caller's; who needs the same expression often keeps it by its text.
 * Errors name the character in the expression, and in the variable that stands there.
 */
#ifndef CONFIG_VARS_H
#define CONFIG_VARS_H

#include "base/addr.h"
#include "config/config.h"

/* out->range* from the system: addr_set_fini. */
bool vars_addresses(const struct conf *c, const char *expression, struct addr_set *out, struct err *err);
bool vars_ports(const struct conf *c, const char *expression, struct port_set *out, struct err *err);
/* The same with variables of one's own: those of the group `own` (a path) count where vars.port-groups has none of that
 * name, or has it in the same file, so that what a user says in general is not overruled by what is built in. */
bool vars_ports_own(const struct conf *c, const char *own, const char *expression, struct port_set *out, struct err *err);
/* Reads every variable there is; false with the place of the first that is wrong. */
bool vars_check(const struct conf *c, struct err *err);

#endif
