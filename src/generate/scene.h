/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene - what the files of generate/ share: one rule's traffic in the making.
 *
 * A scene holds, for each buffer that the rule asks, a slot with the bytes found for it; a carrier (http.c, dns.c, …) puts the
 * slots into the messages of a conversation and says what an engine will see in each buffer then.  All memory is the scene's arena.
 */
#ifndef GENERATE_SCENE_H
#define GENERATE_SCENE_H

#include "generate/generate.h"
#include "match/match.h"

enum { SLOTS_MAX = 24, SLOT_GROUPS = 16, TURNS_MAX = 64, REGEXES_MAX = 64, VARIABLES_MAX = 64, PLACES_MAX = 256, BUFFER_MAX = 24000, PACKET_BYTES = 1472 /* that a packet by itself carries */ };

/* ---- chance, the same each time ---- */
struct chance { uint64_t state; };
uint64_t chance_next(struct chance *c);
static inline uint32_t chance_below(struct chance *c, uint32_t n) { return n ? (uint32_t)(chance_next(c) % n) : 0; }

/* ---- growing bytes ---- */
struct make {                 /* in an arena; capped at BUFFER_MAX */
    struct arena *arena;
    uint8_t *p;
    size_t n, room;
    bool full;
};
void make_init(struct make *m, struct arena *a);
void make_add(struct make *m, struct bytes b);
void make_str(struct make *m, const char *s);
void make_byte(struct make *m, uint8_t c);
void make_be16(struct make *m, uint16_t x);
void make_be24(struct make *m, uint32_t x);
static inline struct bytes make_bytes(const struct make *m) { return bytes_of(m->p, m->n); }

/* ---- a rule's conditions over bytes (holds.c) ---- */
struct regex_kept {
    const struct match *match;
    struct regex *regex;
};
struct place { uint32_t at, n; bool there; };
struct holder {
    const struct rule *rule;
    struct regex_scratch *scratch;
    struct regex_kept regex[REGEXES_MAX];
    unsigned regex_n;
    uint64_t variable[VARIABLES_MAX];
    uint32_t steps;
    struct place place[PLACES_MAX];     /* by match of the group asked last */
};
void holder_begin(struct holder *h, const struct rule *r);
void holder_end(struct holder *h);
const struct group *group_decoded(const struct rule *r, const struct group *g); /* over what its base64_decode makes; NULL */
/* Do the matches of a group hold over these bytes?  b.p NULL: there is no such buffer. */
bool group_holds(struct holder *h, const struct group *g, struct bytes b);

/* ---- strings that an expression matches (pattern.c) ---- */
struct pattern;
struct pattern_wish {
    struct chance *chance;
    unsigned style;                     /* 0: the shortest; more: by chance */
    const struct bytes *literal;        /* what else the bytes are to hold: put in where the expression lets it */
    unsigned literal_n;
};
struct pattern *pattern_read(struct arena *a, const char *text, uint32_t options); /* NULL: not understood */
bool pattern_starts(const struct pattern *p);  /* must match at the start */
bool pattern_ends(const struct pattern *p);    /* … up to the end */
bool pattern_make(const struct pattern *p, struct arena *a, const struct pattern_wish *w, struct bytes *out);

/* ---- bytes that meet conditions (solve.c) ---- */
struct solve_wish {
    struct bytes ground;     /* what stands there already; cells of `open` are free.  Empty: nothing is given */
    const uint8_t *open;     /* by byte of ground: not 0 is free */
    size_t max;              /* bytes at most; 0: BUFFER_MAX */
    const char *filler;      /* bytes to fill with; NULL: letters */
    const char *first;       /* what it begins with, if nothing else asks for it; NULL */
    const struct range *size; /* of the whole; NULL: any */
    unsigned start, tries;   /* the first way to try, others give other bytes; and how many */
};
struct scene;
/* Tries until all groups hold.  False: no bytes found. */
bool solve_groups(const struct scene *s, const struct group *const *group, unsigned group_n, const struct solve_wish *w, struct bytes *out);
/* The buffer's bytes as a group's transforms leave them; false: a transform that is not known here. */
bool transforms_run(struct arena *a, const struct group *g, struct bytes in, struct bytes *out);
bool transforms_known(const struct group *g);
struct bytes base64_make(struct arena *a, struct bytes in);

/* ---- a scene ---- */
struct slot {
    const char *name;                    /* "http.uri"; "payload", "file.data" */
    uint8_t side;
    const struct group *group[SLOT_GROUPS];
    unsigned group_n;
    bool there;                          /* bytes holds; false: the carrier's default does, or there is no such buffer */
    struct bytes bytes;
};
struct turn {
    uint8_t side;
    struct bytes bytes;
};
struct scene {
    struct arena *arena;
    const struct rule *rule;
    struct holder *holder;
    struct chance *chance;
    const struct carrier *carrier;
    uint8_t side;                        /* the rule's direction: who sends what it is about */
    struct slot slot[SLOTS_MAX];
    unsigned slot_n;
    unsigned attempt;                    /* variants of what surrounds the slots */
    struct range payload;                /* dsize */
    bool has_payload;
    struct turn turn[TURNS_MAX];
    unsigned turn_n;
    const char *why;                     /* it cannot be done */
    void *own;                           /* the carrier's, of what it built last */
};
/* How a protocol carries slots. */
struct carrier {
    const char *name;                    /* the protocol's; "" is none */
    uint8_t transport;                   /* IPPROTO_TCP, IPPROTO_UDP */
    uint16_t port;                       /* of its servers, where a rule lets it be any */
    unsigned attempts;
    bool (*solve)(struct scene *s, struct slot *slot, struct bytes *out); /* bytes for one slot; NULL: whatever meets the conditions */
    bool (*build)(struct scene *s);      /* slots to turns */
    bool (*sees)(const struct scene *s, const struct slot *slot, struct bytes *out); /* what stands in the buffer then; false: none */
};
extern const struct carrier carrier_http, carrier_dns, carrier_tls, carrier_smtp, carrier_ftp, carrier_smb, carrier_ssh, carrier_tcp, carrier_udp;

struct slot *slot_find(const struct scene *s, const char *name, uint8_t side);   /* NULL: the rule does not ask it */
struct bytes slot_bytes(const struct scene *s, const char *name, uint8_t side, const char *preset);
bool slot_has(const struct scene *s, const char *name, uint8_t side);             /* with bytes */
/* Why nothing is made, in the arena. */
const char *generate_why(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define refuse(of, ...) ((of)->why = generate_why((of)->arena, __VA_ARGS__), false)

bool slot_holds(struct scene *s, const struct slot *slot, struct bytes b);        /* all its groups */
bool slot_holds_none(struct scene *s, const struct slot *slot);
bool slot_stands(struct scene *s, const struct slot *slot); /* as the carrier shows it in the turns made last */
bool scene_say(struct scene *s, uint8_t side, struct bytes b);                    /* a turn */
struct bytes scene_said(const struct scene *s, uint8_t side);                     /* all that a side says */
bool scene_slots(struct scene *s);     /* from the rule; false: why */
bool scene_solve(struct scene *s);     /* bytes, turns, checked; false: why */
bool scene_check(struct scene *s);     /* turns made anew from the slots: do all groups hold? */

/* misses.c: breaks one condition of the slots, and makes the turns anew.  False: no more of them from *at on. */
bool scene_break(struct scene *s, unsigned *at, char what[GENERATE_WHY]);

/* ---- frames (frames.c) ---- */
struct frames;
struct talk {
    struct addr client, server;
    uint16_t client_port, server_port;
    uint8_t proto;
    bool v6, no_handshake;
    uint8_t icmp_type, icmp_code;
    uint16_t icmp_id, icmp_seq;
    uint8_t ttl;
    uint16_t ip_id;                      /* 0: counted */
    uint8_t flags;                       /* TCP: of a lone packet with these flags and nothing else; 0: a session */
    uint16_t window;
};
struct frames *frames_new(const char *path, struct err *err);
void frames_note(struct frames *f, const char *text);   /* comment on the next frame */
void frames_talk(struct frames *f, const struct talk *t, const struct turn *turn, unsigned n);
void frames_wait(struct frames *f, uint64_t ns);
uint32_t frames_count(const struct frames *f);
bool frames_close(struct frames *f, struct err *err);   /* NULL is nothing */

#endif
