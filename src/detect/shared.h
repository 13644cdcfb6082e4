/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared - state across flows: thresholds, host bits, bits of address pairs, tags of hosts, data sets.
 *
 * One table for all workers, in shards with a lock each.  An entry is found by kind, rule or name, and up to two
 * addresses; it knows when it expires, by packet time.  Reading files, an operation waits for its turn (base/turn.h), so
 * results do not depend on the number of workers.  The number of entries is capped; at the cap an entry that has expired is
 * looked for in the shard, else the operation fails and its caller counts it.
 */
#ifndef DETECT_SHARED_H
#define DETECT_SHARED_H

#include "detect/detect.h"

enum shared_kind { SHARED_THRESHOLD, SHARED_HOSTBIT, SHARED_XBIT_SRC_DST /* both addresses */, SHARED_TAG };

struct shared_key {
    struct addr a, b;          /* cleared where not asked */
    uint64_t id;               /* what of that kind: rule (plan_id), name */
    uint32_t tenant;
    uint8_t kind, family, track;
};
struct shared_entry {
    struct shared_entry *next;
    struct shared_key key;
    uint64_t expires;          /* ns; 0: never by time */
    uint64_t start;            /* ns: begin of the counting interval */
    uint64_t timeout;          /* ns: since when a rate_filter acts; 0: it does not */
    uint32_t count, next_count;
    uint64_t extra[3];
};

struct detect_shared;
#define SHARED_OUTSIDE UINT32_MAX /* no worker: nothing waits for capture order */
/* Locks the entry's shard.  `made`: it is new and cleared but for its key; NULL made: only look.  NULL: none, or no room (still locked).
 * Every call is followed by shared_done. */
struct shared_entry *shared_get(struct detect_shared *s, unsigned worker, const struct shared_key *key, uint64_t now, bool *made);
void shared_remove(struct detect_shared *s, const struct shared_key *key); /* between get and done */
void shared_done(struct detect_shared *s, const struct shared_key *key);
struct turns *shared_turns(struct detect_shared *s);

#endif
