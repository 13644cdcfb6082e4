/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taps - a worker's tap, for the files of aware/ alone. */
#ifndef AWARE_TAPS_H
#define AWARE_TAPS_H

#include "aware/aware.h"
#include "aware/observe.h"
#include "base/hash.h"
#include "base/ring.h"
#include "proto/driver.h"

enum { TOLD_BITS = 12, TOLD_HOSTS = 1 << TOLD_BITS, TOLD_EACH = 16 /* a line of memory */, BANNER_BYTES = 4096 /* a direction's bytes, with headers, that its first line may come in */, WATCH_MAX = 16, TELLS_MAX = 32,
       STAGED_MAX = 64, STAGED_TEXT = 8192 };

/* A field that is a sign, asked on one side. */
struct tell {
    bool (*bytes)(const struct txn *t, enum side side, unsigned i, struct bytes *out); /* the field's */
    uint8_t sign, of, side, stage; /* of: enum sign_of */
    bool grows, list;
};
/* The signs of a protocol, made once. */
enum { TELL_STAGES = 16 /* of progress; what is further is as the last */ };
struct tells {
    unsigned n, role;         /* role: of a flow of that protocol (role_named) */
    uint32_t all;             /* a bit for each but those that go with others */
    uint32_t side[2];         /* … of each side */
    uint32_t due[2][TELL_STAGES]; /* … complete with that progress of the side */
    bool (*any)(const struct txn *t); /* struct proto's `signs` */
    int subject, name;        /* the tells that name whom the others are about, and what an address is called; -1: none */
    struct tell tell[TELLS_MAX];
};

/* A SYN's or SYN/ACK's shape, in numbers; no padding, or its zero. */
enum { SHAPE_MAX = 160, SHAPE_OPTIONS = 40, SHAPES = 64 };
struct shape {
    uint32_t odd;             /* quirks: tap_shape.c's rows */
    uint16_t mss, window, ip_options;
    uint8_t family, ttl, scale, has, options_n, option[SHAPE_OPTIONS], eol /* bytes behind it */;
};
/* Texts of those seen lately: hosts of one kind have the same. */
struct shapes {
    struct { struct shape shape; uint16_t n; uint32_t hash; char text[SHAPE_MAX]; } room[SHAPES];
};

struct aware_tap {
    struct aware_now now;     /* stands first: aware_tap_turn */
    struct staged {           /* of the view in turn, or of the batch */
        struct seen seen;
        uint32_t *row, mark;  /* where it would stand had it been told lately; NULL: it goes */
        uint16_t text;        /* where its text begins */
        bool present;         /* if it does not go, SEEN_PRESENT goes in its place */
    } staged[STAGED_MAX];
    char staged_text[STAGED_TEXT];
    size_t staged_text_n;
    struct ring *ring;
    uint64_t seed;            /* of texts' hashes: the map's */
    bool block;
    uint32_t (*told)[TOLD_EACH]; /* TOLD_HOSTS rows: marks of what was told lately of hosts that share it, the newest first */
    struct { uint8_t mac[6]; uint64_t since; } watch[WATCH_MAX]; /* those that announced themselves */
    unsigned watch_n, watch_next;
    _Atomic uint64_t lost;
    struct host_board *board; /* what rules know of hosts; NULL: nothing */
    _Atomic bool *asks;       /* live: somebody does */
    unsigned index;           /* the worker's */
    uint64_t issue, looked, looked_at; /* that it is in; live: packets since it began to look for news, the time of the last look */
    const struct tells *tells; /* by protocol id; of all taps */
    const struct prints *prints; /* NULL: none */
    struct shapes *shapes;
};

#define WATCH_NS 5000000000ULL

/* tap_told.c: a tap of its own, with a ring of so many bytes, for a map's thread to take from; NULL: no memory. */
struct aware_tap *tap_new(size_t ring_bytes);
void tap_free(struct aware_tap *t); /* may be NULL */

/* tap_told.c: an observation and its text, for the ring once its view is through (aware_tap_settle): what was told lately is known by then. */
enum tell_how { TELL_NEWS = 1 /* not if it was told in the same stretch of time */, TELL_PRESENT = 2 /* and if it was, that its sender is there */ };
/* Made in place, as what was written in parts is not read at once without waiting: to be filled and told, or left.  Until the next. */
static inline struct seen *tap_begin(struct aware_tap *t, enum seen_kind kind)
{
    if (t->now.staged == STAGED_MAX) {
        aware_tap_settle(t);
    }
    struct seen *s = &t->staged[t->now.staged].seen;
    seen_begin(s, kind);
    return s;
}
struct seen *tap_again(struct aware_tap *t, const struct seen *s); /* one more like the last, with another text */
void tap_tell(struct aware_tap *t, struct seen *s, struct bytes text, unsigned how);
void tap_tell_since(struct aware_tap *t, struct seen *s, uint64_t since); /* … if it was not told since then */
static inline uint64_t tap_fold(uint64_t h, uint64_t word) { return (h ^ word ^ h >> 29) * 0x9fb21c651e98df25ULL; }
/* Whom the view comes from: address, hardware address, place. */
void tap_sender(struct seen *s, const struct view *v);

/* tap_shape.c: the shape of a SYN or SYN/ACK, as text; until the next.  *hash: seen_hash of it. */
struct bytes shape_of(struct shapes *s, const struct view *v, uint64_t seed, uint32_t *hash);
/* tap_fields.c: tables of all protocols' signs; NULL: no memory. */
struct tells *tells_make(void);
/* The host at that end of the flow; its hardware address and place when it sent the view.  NULL: the flow ends. */
void tap_end(struct seen *s, const struct flow *f, const struct view *v, unsigned end);
/* roles.c: of a flow that ended, with an application layer, what its ends did. */
void tap_roles(struct aware_tap *t, const struct flow *f);
unsigned role_named(const char *app); /* 1 + a row's place, by protocol or application; 0: none */
/* tap_spell.c: a sign's text; empty: the bytes are none. */
struct spell_with {
    struct bytes subject, name; /* the message's subject; the companion of the same place */
    uint64_t ts;
    uint16_t proto;             /* its id */
};
struct bytes spell(unsigned sign, struct bytes raw, const struct spell_with *with, char room[SEEN_TEXT_MAX]);
/* tap_link.c: ARP, neighbour discovery, and what switches and routers say. */
void tap_link(struct aware_tap *t, const struct view *v);
/* … of those with addresses, behind that their sender is there: it may have the address from this packet on only. */
void tap_routing(struct aware_tap *t, const struct view *v);

#endif
