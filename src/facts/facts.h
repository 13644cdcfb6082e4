/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts - what is published about hosts: immutable, replaced whole by epoch, read by every worker.
 *
 * First used for the reassembly policy of a target (host-os-policy); the map publishes richer ones later.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "base/addr.h"

/* Reassembly policies, named as Suricata's host-os-policy names them. */
enum os_policy {
    OS_BSD, OS_BSD_RIGHT, OS_OLD_LINUX, OS_LINUX, OS_OLD_SOLARIS, OS_SOLARIS, OS_HPUX10, OS_HPUX11, OS_IRIX, OS_MACOS,
    OS_WINDOWS, OS_VISTA, OS_WINDOWS2K3, OS_FIRST, OS_LAST, OS_POLICY_N
};
const char *os_policy_name(enum os_policy p);
bool os_policy_parse(const char *name, enum os_policy *p);

struct facts; /* one published whole */

struct facts_maker;
struct facts_maker *facts_maker_new(void);
/* The most specific network wins. */
bool facts_maker_policy(struct facts_maker *m, const char *network, enum os_policy p, struct err *err);
struct facts *facts_maker_done(struct facts_maker *m); /* frees the maker */
void facts_free(struct facts *f);

/* OS_BSD when nothing is known, as Suricata's default is. */
enum os_policy facts_policy(const struct facts *f, const struct addr *a, enum family family);

#endif
