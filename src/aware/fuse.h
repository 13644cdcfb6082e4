/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuse - what a host is, from all it let slip: many guesses weighed to one identity, with the evidence that decided.
 *
 * A pure function: the same evidence in any order gives the same identity.  The caller asks prints_match for each sign it
 * keeps of a host and hands over what came back; nothing is remembered here.  Rules, in their order:
 *
 *  1. Who says it.  User before scanner before sensor before import: the highest source that names a family decides it.  A
 *     lower one still adds detail (version, device) that does not contradict.
 *  2. A kind of sign votes once a family, with its strongest guess: a hundred User-Agents are one witness.  Kinds that come
 *     from the same layer of a host (SYN and SYN/ACK; the parts of DHCP; the parts of SMB) are one witness too.
 *  3. Witnesses that agree raise confidence (the rest of doubt is multiplied), those that disagree lower it.
 *  4. Detail: version and name come from the strongest guess of the family that says more.  Less detail never overrides
 *     more; a range ("10 or 11") never overrides one of its parts.
 *  5. Two families, each held by a strong witness (FUSE_STRONG) or by two weaker ones (FUSE_WEAK): a conflict.  When both were seen at the same time, in
 *     turns, and speak for computers, it is an address that several systems share (NAT): told as such, not decided by a coin.
 *     When one ended well before the other began (FUSE_SLACK), the newer holds (a system was replaced), and it is no conflict.
 *  6. Android is a Linux: the general family does not contradict the special one; nor do macOS and iOS each other, though one must be chosen.  What a hypervisor,
 *     a switch or a printer says of itself outweighs the shape of its Linux kernel.
 */
#ifndef AWARE_FUSE_H
#define AWARE_FUSE_H

#include "aware/print.h"
#include "base/clock.h"

enum fuse_source { FUSE_IMPORT, FUSE_SENSOR, FUSE_SCANNER, FUSE_USER };
#define FUSE_SLACK (140 * CLOCK_SECOND)
enum { FUSE_STRONG = 60, FUSE_WEAK = 40, FUSE_CONFIDENT = 80 /* confidence from which on an answer is an answer */, FUSE_EVIDENCE = 8, FUSE_VERSION_MAX = 40 };

/* One sign of a host, with what the tables say of it. */
struct fuse_sign {
    uint8_t sign, source;            /* enum sign, enum fuse_source */
    uint8_t n;                       /* guesses, at most GUESSES_MAX */
    uint32_t count;                  /* how often it was seen */
    uint64_t first, last;            /* when, in nanoseconds; the last may be up to FUSE_SLACK old */
    const struct guess *guesses;
};

struct identity {
    uint8_t family, device, hypervisor; /* enums of print.h; 0: nothing is known */
    uint8_t confidence;              /* of the family, 0 to 100 */
    uint8_t device_confidence, hypervisor_confidence;
    bool conflict;                   /* strong evidence for more than one family that time does not explain */
    bool by_time;                    /* one system ended before another began: times decided */
    bool shared;                     /* several systems use this address by turns: NAT, a proxy */
    uint16_t families;               /* 1 << family for each that holds by rule 5 */
    struct bytes os, vendor;         /* "Windows 10", "Microsoft"; as guesses have them, whose memory it is */
    char version[FUSE_VERSION_MAX];  /* as guesses have it, dots for underscores; empty: unknown */
    struct { uint16_t sign /* index */; uint8_t guess /* of that sign */; } evidence[FUSE_EVIDENCE]; /* what decided, strongest first */
    uint8_t evidence_n;
};

void fuse(const struct fuse_sign *signs, size_t n, struct identity *out);
void fuse_alone(const struct fuse_sign *signs, size_t n, struct identity *out); /* without what decided */

#endif
