/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * observe - what a tap tells the map: one observation, in its worker's ring.
 *
 * A tap leaves out what it told before within the same stretch of packet time (slot_of).  Which worker tells what depends on how
 * many there are, so the map treats a repetition within a stretch as nothing at all: first come of each stretch is the same for any
 * number of workers.  Where stations stand is another thing, as they may come and go within a stretch: it is told by each flow (a flow is one
 * worker's), unless there is but one place.
 */
#ifndef AWARE_OBSERVE_H
#define AWARE_OBSERVE_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/sign.h"
#include "base/unset.h"

#include <stddef.h>
#include <string.h>

enum { SLOT_SHIFT = 36 }; /* 68.7 s */
static inline uint32_t slot_of(uint64_t ts) { return (uint32_t)(ts >> SLOT_SHIFT); }

enum seen_kind {
    SEEN_PRESENT,   /* the host sent something */
    SEEN_BIND,      /* it says itself which hardware address has that address: ARP, neighbour discovery */
    SEEN_ANNOUNCE,  /* unasked: RARP, gratuitous ARP, unsolicited neighbour advertisement */
    SEEN_PROBE,     /* it asks whether an address is free, or for routers, or for a lease: it has just come up */
    SEEN_CONTINUES, /* after it announced itself, a connection from before goes on */
    SEEN_SIGN,      /* it gave a sign of what it is */
    SEEN_SERVICE,   /* a flow's protocol is known: addr serves it on that port to peer */
    SEEN_END,       /* a flow ended: addr the client, peer the server */
    SEEN_TIME,      /* nothing, but that it is so late: where a stretch of packets begins (publish.h), by each worker */
    SEEN_KINDS
};
enum seen_flag {
    SEEN_NEAR = 1 << 0,     /* by its TTL no router is between: the hardware address is its own, most likely */
    SEEN_LINK = 1 << 1,     /* … for certain: the address is the link's own */
    SEEN_ANSWERED = 1 << 2, /* both ends of the flow have spoken */
    SEEN_FAR = 1 << 3,      /* routers are between: the hardware address is the last one's */
    SEEN_SELF = 1 << 4,     /* SEEN_ANNOUNCE: by RARP; SEEN_PROBE: by DHCP */
    SEEN_FLOW = 1 << 6,     /* by a packet of a flow: its sender is here */
    SEEN_EXACT = 1 << 7,    /* … from a place of many (a VLAN, an overlay): told whenever the flow's packets come from another, and with each flow */
    SEEN_STRANGE = 1 << 5,  /* the frame's source is not the hardware address named in it */
};
enum { SEEN_TEXT_MAX = 512 };

/* In the ring: up to `due` always, the rest where `tail` says so, then the text. */
struct seen {
    uint64_t turn, ts;
    uint64_t clock;             /* the latest time of all packets so far: the same for any worker in that turn */
    struct addr addr, peer;
    uint32_t scope;             /* tenant; 0: none */
    uint32_t network;           /* of the overlay; 0: none */
    uint32_t hash;              /* of its text (seen_hash); 0: not made */
    uint16_t order;             /* within the turn, over all workers */
    uint16_t vlan, port, app;   /* app: protocol id, 0: not known */
    uint16_t text_n;
    uint8_t family;             /* FAMILY_NONE: no address */
    uint8_t kind, sign, flags;
    uint8_t said;               /* 1 + enum fuse_source of who says it; 0: the sensor */
    uint8_t ttl, proto;         /* proto: IP's */
    uint8_t has_mac, mac[6];
    uint8_t vtep_family;        /* FAMILY_NONE: none */
    uint8_t tail;               /* 1: what follows is set, too */
    uint64_t due;               /* of a flow's end, the first things of a turn: its deadline, by which a worker ends flows */
    uint64_t flow[2];           /* … the number of its first packet, its id: of one deadline who began first ends first */
    uint64_t bytes[2];          /* SEEN_END: sent by the client, by the server */
    struct addr vtep;
};
enum { SEEN_HEAD = offsetof(struct seen, due) };
/* Within which it is told once: a stretch of time, of a service many (whether it is used, the ends of its flows tell). */
static inline uint32_t stretch_of(unsigned kind, uint64_t ts) { return slot_of(ts) >> (kind == SEEN_SERVICE ? 4 : 0); }
_Static_assert(offsetof(struct seen, vtep_family) == offsetof(struct seen, has_mac) + 7, "hashed as one word");

static inline uint8_t seen_source(const struct seen *s) { return s->said != 0 ? (uint8_t)(s->said - 1) : 1 /* the sensor: FUSE_SENSOR */; }

/* Of a text, never 0; seed: the map's. */
static inline uint32_t seen_hash(const char *text, size_t n, uint64_t seed)
{
    uint32_t hash = (uint32_t)hash_bytes(text, n, seed);

    return hash != 0 ? hash : 1;
}

/* A tap's, to be filled: its tail is not cleared. */
static inline void seen_begin(struct seen *s, enum seen_kind kind)
{
    memset(s, 0, SEEN_HEAD);
    s->kind = (uint8_t)kind;
}

static inline void seen_tail(struct seen *s)
{
    if (s->tail == 0) {
        memset(&s->due, 0, sizeof *s - SEEN_HEAD);
        s->tail = 1;
    }
}
/* Out of the ring, where what is not set is not there. */
static inline void seen_copy(struct seen *to, const struct seen *s)
{
    memcpy(to, s, SEEN_HEAD);
    if (s->tail != 0) {
        memcpy(&to->due, &s->due, sizeof *to - SEEN_HEAD);
    } else {
        memset(&to->due, 0, sizeof *to - SEEN_HEAD);
    }
}

/* has_mac, the hardware address and vtep_family, read and written as one: in parts, who reads it whole waits for them. */
static inline uint64_t seen_station(const struct seen *s)
{
    uint64_t word;

    memcpy(&word, &s->has_mac, sizeof word);
    return word;
}
static inline void seen_from(struct seen *s, const uint8_t mac[6])
{
    const uint8_t station[8] = { 1, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], s->vtep_family };

    memcpy(&s->has_mac, station, sizeof station);
}
/* Its sender was not the one the frame came from. */
static inline void seen_no_mac(struct seen *s) { memset(&s->has_mac, 0, 8); }

/* Of six bytes: one station's own, not zero, not of a group. */
static inline bool mac_own(const uint8_t *m) { return (m[0] & 1) == 0 && (m[0] | m[1] | m[2] | m[3] | m[4] | m[5]) != 0; }

#endif
