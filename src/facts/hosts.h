/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hosts - what the map knows of hosts, as the workers have it: a table each, brought up to date by what one publisher tells.
 *
 * The publisher (the map's thread) puts rows, an address each, and closes an issue when all that belongs into it is there.  A
 * reader takes whole issues, in their order, into a table of its own, so nobody waits for a lock to look something up.
 * Reading files, an issue is what a certain stretch of packets taught and readers wait for the issue they need: what rules see
 * depends on packets' numbers alone.
 *
 * Owner of the board: the map; of a table: its reader.  host_board_put, _close and _end on the publisher's thread; _take and
 * host_fact on the reader's.
 */
#ifndef FACTS_HOSTS_H
#define FACTS_HOSTS_H

#include "base/addr.h"

enum { HOST_SERVICES = 10 };
enum host_fact_flag { HOST_GONE = 1 /* nobody holds the address any more */ };

struct host_fact {
    struct addr addr;
    uint64_t first;              /* ns: when the host was first seen */
    uint32_t scope;              /* tenant */
    uint8_t family, flags;
    uint8_t os, vm, device;      /* enums of aware/print.h; 0: not known */
    uint8_t service_n;           /* of the address: the first ones */
    struct host_service { uint16_t port, app; uint8_t proto; } service[HOST_SERVICES]; /* app: protocol id, 0: not recognised */
};

struct host_board;
struct host_board *host_board_new(unsigned readers, size_t most /* hosts of a reader's table */);
void host_board_free(struct host_board *b);
void host_board_put(struct host_board *b, const struct host_fact *f); /* into the next issue; without memory it is left out */
void host_board_close(struct host_board *b, uint64_t issue); /* all issues before that one are complete; what was put is of the first that was not */
void host_board_end(struct host_board *b);                   /* no more will come: nobody waits for any */

/* Takes what is complete, but nothing of `before` or later; `wait`: until all before it is complete, for no longer than that.  False:
 * it is not yet. */
bool host_board_take(struct host_board *b, unsigned reader, uint64_t before, unsigned wait_ms);
/* NULL: not known.  Until the next take. */
const struct host_fact *host_fact(const struct host_board *b, unsigned reader, uint32_t scope, const struct addr *a, enum family family);

#endif
