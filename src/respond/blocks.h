/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blocks - hosts that are kept out for a while: one table for all workers, and what of it the system's firewall is told.
 *
 * A host is added when a rule drops or rejects what it sent (respond.block).  Inline its packets are dropped from then on; with
 * respond.nftables its address also stands in a set of nftables with the same time-out, which a helper process (nft) fills: it is
 * told by a pipe, so that this process needs no rights for it later; if it ends on its own it is started again, and told of all hosts.  The set's table is made at the start and gone at the end; if we are
 * killed, the addresses go by themselves when their time is over.  Those that are kept out stand in a file, too (blocks_file), which goes at a
 * proper end: the next start behind another one keeps them out for the rest of their time.  With respond.xdp a program at the interfaces drops its frames (the
 * engine passes on what blocks_tell is told).  People add hosts and let them in again (blocks_put, blocks_remove).  Bounded: 4,096 hosts,
 * the one that goes next makes room.  Any thread.
 */
#ifndef RESPOND_BLOCKS_H
#define RESPOND_BLOCKS_H

#include "base/err.h"
#include "base/rows.h"
#include "packet/packet.h"

struct blocks_settings {
    uint32_t when;          /* enum blocks_when */
    uint32_t seconds;
    const char *never;      /* networks, with commas between them */
    bool nftables, xdp;
    bool active;            /* somebody keeps them out */
};
enum { BLOCK_SECONDS_MAX = 31536000 };
enum blocks_when { BLOCK_NEVER, BLOCK_REJECTED, BLOCK_DROPPED };
extern const struct option_row blocks_options[];
extern const unsigned blocks_option_n;

enum blocks_counter {
#define COUNTER(id, name, kind, help) id,
#include "respond/blocks.list"
#undef COUNTER
    BLOCKS_COUNTER_N
};
extern const struct counter_row blocks_counters[];

struct blocks;
/* NULL with err: wrong networks, no memory; no nft where it is wanted, or it cannot.  dir: where the file is (blocked.hosts); NULL: there is none. */
struct log;
struct blocks *blocks_new(const struct blocks_settings *s, const char *dir, struct log *log, struct err *err);
void blocks_free(struct blocks *b); /* takes what it did to the firewall back, and the file, where it was looked at before; what stays is told */
/* Keeps v's source out from `ts` on.  False: it is never to be, or is already. */
bool blocks_add(struct blocks *b, const struct view *v);
/* The same of any host, for so long from `now` on, or longer than it was to be; false: it is never to be. */
bool blocks_put(struct blocks *b, const struct addr *a, enum family family, uint64_t now, uint32_t seconds);
/* Has the firewall done what it was told since BLOCKS_UNTOLD was counted as `untold`?  Waits for a moment.  False with err. */
bool blocks_told(struct blocks *b, uint64_t untold, struct err *err);
void blocks_look(struct blocks *b); /* each second of a run: what the firewall would not do is told, the first time; the file is written */
bool blocks_remove(struct blocks *b, const struct addr *a, enum family family, uint64_t now); /* false: it was not kept out */
/* From here on somebody else is told too, of those that are kept out already first: for how long from now on (0: no more).  NULL: nobody. */
typedef bool blocks_teller(void *ctx, const struct addr *a, enum family family, uint64_t ns); /* false: it could not be done */
void blocks_tell(struct blocks *b, blocks_teller *tell, void *ctx, uint64_t now);
/* Is v's source kept out? */
bool blocks_has(struct blocks *b, const struct view *v);
uint64_t blocks_count(struct blocks *b, enum blocks_counter c);
/* Those that are kept out at `now`, one after the other: NULL when there are no more. */
struct block {
    struct addr addr;
    enum family family;
    uint64_t until;         /* ns; 0: none */
};
void blocks_each(struct blocks *b, uint64_t now, void (*tell)(void *ctx, const struct block *one), void *ctx);

#endif
