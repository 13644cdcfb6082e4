/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * txn_detect - what detection keeps with one side of a transaction; txn.c, scanned.c and firewall.c only.
 */
#ifndef DETECT_TXN_DETECT_H
#define DETECT_TXN_DETECT_H

#include "detect/inspect.h"

/* A rule's mark on the transaction (xbits, track tx). */
struct txn_bit {
    struct txn_bit *next;
    uint32_t id;
    bool on;
};

struct txn_item {
    uint32_t rule;     /* its place in the ruleset of that generation */
    uint32_t flags;    /* a bit per step, and txn.c's own */
    struct evidence *evidence; /* of the steps that held; newest first */
    struct rule_identity identity; /* what the rule is over reloads */
};

/* One side's inspection of a transaction; txn->detect[side], in its arena. */
struct txn_detect {
    uint32_t generation;
    uint8_t done;          /* buffers of stages below have been looked at for the last time */
    uint8_t notes;         /* of the transaction, seen */
    uint8_t files;         /* of that side, seen */
    uint8_t state;         /* the firewall's: the state it stands at */
    bool accepted;         /* … and that it lets the transaction through */
    bool inspected;
    bool followed;         /* rules have been replaced since it was looked at: new ones see what has passed too */
    uint16_t n, room;
    struct txn_item *item;
    struct txn_bit *bits;  /* the transaction's: kept with the side towards the server */
    struct scanned *scanned; /* of bodies: what was looked through for literals */
};

struct txn_detect *txn_detect_of(struct detect *d, struct txn *t, unsigned side); /* NULL: the transaction's memory is full */
/* Has the rule matched in whole; from now on it has. */
bool txn_item_full(struct txn_detect *s, uint32_t rule);
void txn_item_fill(struct detect *d, struct txn *t, struct txn_detect *s, uint32_t rule);
/* Another transaction's buffers are looked at from here on. */
void txn_buffers_forget(struct detect *d);
/* Does one step of a rule hold now?  A step that is nothing to this protocol does. */
bool txn_step_holds(struct detect *d, const struct step *s, struct txn *t);

/* scanned.c: as candidates_of_prefilter, of a window of a body whose bytes may have been looked through in turns before. */
void candidates_of_window(struct detect *d, struct txn *t, struct txn_detect *s, const struct prefilter *f, const struct verify_buffer *w);

#endif
