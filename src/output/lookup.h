/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lookup - the addresses of a server, asked for by a thread of its own: a resolver that does not answer keeps nobody.
 *
 * The asker's until lookup_free, which may come before there is an answer.
 */
#ifndef OUTPUT_LOOKUP_H
#define OUTPUT_LOOKUP_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

struct lookup;
/* NULL: no memory or no thread.  An address as text needs neither a thread nor time. */
struct lookup *lookup_new(const char *server, uint32_t port);
/* There is an answer: the first of its addresses, the look-up's own; NULL: there is none of that name. */
bool lookup_done(const struct lookup *l, const struct addrinfo **first);
void lookup_free(struct lookup *l);

#endif
