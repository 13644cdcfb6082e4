/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recognise - which protocol the first bytes of a direction are: constant patterns first, then the probes of the
 * protocols at home on the ports, then what another flow announced.
 */
#include "proto/protos.h"

#include <stdlib.h>
#include <string.h>

/* Bit id & 63 of word id >> 6. */
struct id_set {
    uint64_t word[PROTO_IDS / 64];
};

enum { PLACES = 2 };             /* the first bytes, by which most patterns are ruled out */

/* Port to protocols: an index per port into a few distinct sets. */
struct proto_ports {
    uint8_t set_of[2][65536];
    struct id_set set[2][256];
    unsigned set_n[2];
    struct id_set starts[2][PLACES][256]; /* who has a pattern that bytes with this one there may fit */
};

static void ports_add(struct proto_ports *t, unsigned transport, unsigned port, unsigned id)
{
    struct id_set want = t->set[transport][t->set_of[transport][port]];
    unsigned i = 0;

    want.word[id >> 6] |= 1ULL << (id & 63);
    while (i < t->set_n[transport] && memcmp(&t->set[transport][i], &want, sizeof want) != 0) {
        i++;
    }
    if (i == 256) {
        return; /* more distinct sets than ports are ever configured with; the patterns still work */
    }
    if (i == t->set_n[transport]) {
        t->set[transport][t->set_n[transport]++] = want;
    }
    t->set_of[transport][port] = (uint8_t)i;
}

/* "udp/53 tcp/80-90": the row's own ports. */
static void ports_of_row(struct proto_ports *t, const struct proto_settings *s, unsigned id)
{
    const char *at = proto_by_id(id)->ports;

    while (at != NULL && *at != '\0') {
        unsigned transport = strncmp(at, "udp/", 4) == 0 ? 1 : 0;
        char *end;
        unsigned long low = strtoul(at + 4, &end, 10), high = low;
        if (*end == '-') {
            high = strtoul(end + 1, &end, 10);
        }
        const struct port_set *other = transport ? s->ports_udp[id - 1] : s->ports_tcp[id - 1];
        for (unsigned long p = low; other == NULL && p <= high && p <= 65535; p++) {
            ports_add(t, transport, (unsigned)p, id);
        }
        at = end + strspn(end, " ");
    }
}

static void starts_add(struct id_set *starts, unsigned byte, unsigned id) { starts[byte].word[id >> 6] |= 1ULL << (id & 63); }

/* Which bytes a row's patterns leave at a place: all, when one of them says nothing of it. */
static void starts_of_row(struct id_set *starts, const struct proto *row, unsigned id, unsigned place)
{
    for (unsigned i = 0; i < row->pattern_n; i++) {
        const struct proto_pattern *p = &row->patterns[i];
        bool tells = p->depth == 0 && place >= p->offset && place - p->offset < p->n;
        uint8_t want = tells ? (uint8_t)p->bytes[place - p->offset] : 0, other = want;
        if (p->nocase && ((want | 0x20) >= 'a' && (want | 0x20) <= 'z')) {
            other = want ^ 0x20;
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            if (!tells || byte == want || byte == other) {
                starts_add(starts, byte, id);
            }
        }
    }
}

const void *proto_ports_new(const struct proto_settings *s)
{
    struct proto_ports *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return NULL;
    }
    t->set_n[0] = t->set_n[1] = 1; /* set 0: nobody */
    for (unsigned id = 1; id <= proto_n; id++) {
        if (s->enabled[id - 1] == 0) {
            continue;
        }
        ports_of_row(t, s, id);
        for (unsigned transport = 0; transport < 2; transport++) {
            if ((proto_by_id(id)->transports & 1u << transport) != 0) {
                for (unsigned place = 0; place < PLACES; place++) {
                    starts_of_row(t->starts[transport][place], proto_by_id(id), id, place);
                }
            }
        }
        for (unsigned transport = 0; transport < 2; transport++) {
            const struct port_set *set = transport ? s->ports_udp[id - 1] : s->ports_tcp[id - 1];
            for (unsigned port = 0; set != NULL && port < 65536; port++) {
                if (port_set_has(set, (uint16_t)port)) {
                    ports_add(t, transport, port, id);
                }
            }
        }
    }
    return t;
}

void proto_ports_free(const void *ports) { free((void *)(uintptr_t)ports); }

/* YES, NO, or MORE when the bytes so far are a prefix. */
static enum probe pattern_try(const struct proto_pattern *p, struct bytes b)
{
    size_t limit = p->depth != 0 ? p->depth : (size_t)p->offset + p->n;
    struct bytes want = bytes_of(p->bytes, p->n);

    if (p->depth == 0) {
        struct bytes have = bytes_head(bytes_from(b, p->offset), p->n);
        struct bytes head = bytes_head(want, have.n);
        bool same = p->nocase ? bytes_equal_nocase(have, head) : bytes_equal(have, head);
        return !same ? PROBE_NO : have.n == want.n ? PROBE_YES : PROBE_MORE;
    }
    struct bytes field = bytes_from(bytes_head(b, limit), p->offset);
    for (size_t i = 0; i + want.n <= field.n; i++) {
        struct bytes at = bytes_head(bytes_from(field, i), want.n);
        if (p->nocase ? bytes_equal_nocase(at, want) : bytes_equal(at, want)) {
            return PROBE_YES;
        }
    }
    return b.n >= limit ? PROBE_NO : PROBE_MORE;
}

static enum probe row_patterns(const struct proto *row, enum side side, struct bytes b)
{
    enum probe best = PROBE_NO;

    for (unsigned i = 0; i < row->pattern_n; i++) {
        if (row->patterns[i].side != side) {
            continue;
        }
        enum probe r = pattern_try(&row->patterns[i], b);
        if (r == PROBE_YES) {
            return r;
        }
        if (r == PROBE_MORE) {
            best = r;
        }
    }
    return best;
}

struct asking {
    struct bytes bytes;
    enum side side;
    bool whole, more;
    bool wait;          /* a protocol whose pattern is there cannot tell yet: those behind it in the list are not asked */
    unsigned transport; /* bit */
    uint16_t from, to;  /* ports */
    const struct proto_settings *settings;
};

/* Is the protocol at home on the port? */
static bool at_home(const struct asking *a, unsigned id, uint16_t port)
{
    const struct proto_ports *ports = a->settings->ports;
    unsigned t = a->transport == 2;

    return ports != NULL && (ports->set[t][ports->set_of[t][port]].word[id >> 6] >> (id & 63) & 1) != 0;
}

bool recognised_at_home(const struct protos *p, const struct flow *f, unsigned id)
{
    struct asking a = { .settings = p->settings, .transport = 2 };

    return at_home(&a, id, f->key.port[0]) || at_home(&a, id, f->key.port[1]);
}

static bool usable(const struct asking *a, unsigned id)
{
    return (a->settings->enabled[id - 1] & proto_by_id(id)->transports & a->transport) != 0;
}

static bool probe_row(struct asking *a, unsigned id, struct recognised *out)
{
    const struct proto *row = proto_by_id(id);
    enum probe r = row->probe(rd_of(a->bytes), a->side, a->whole);

    a->more |= r == PROBE_MORE;
    if (r == PROBE_EITHER) {
        r = at_home(a, id, a->from) && !at_home(a, id, a->to) ? PROBE_REVERSED : PROBE_YES;
    }
    if (r == PROBE_YES || r == PROBE_REVERSED) {
        *out = (struct recognised){ id, r == PROBE_REVERSED };
        return true;
    }
    return false;
}

static bool pattern_row(struct asking *a, unsigned id, struct recognised *out)
{
    const struct proto *row = proto_by_id(id);
    enum probe r = row->pattern_n != 0 && usable(a, id) ? row_patterns(row, a->side, a->bytes) : PROBE_NO;

    if (r == PROBE_MORE) {
        a->more = true;
    }
    if (r != PROBE_YES) {
        return false;
    }
    if (row->probe == NULL) {
        *out = (struct recognised){ id, false };
        return true;
    }
    bool before = a->more;
    a->more = false;
    bool known = probe_row(a, id, out);
    a->wait = !known && a->more && !a->whole;
    a->more |= before;
    return known;
}

static bool has_patterns(const struct proto *row, enum side side)
{
    for (unsigned i = 0; i < row->pattern_n; i++) {
        if (row->patterns[i].side == side) {
            return true;
        }
    }
    return false;
}

/* What the other side is comes first: some protocols begin alike ("USER"), some have a pattern on one side only. */
static bool by_pattern(struct asking *a, const struct conn *c, struct recognised *out)
{
    const struct proto *known = c->proto;
    if (known != NULL && (pattern_row(a, c->id, out) || (!has_patterns(known, a->side) && known->probe != NULL && probe_row(a, c->id, out)))) {
        return true;
    }
    const struct proto_ports *ports = a->settings->ports;
    for (unsigned w = 0; w <= proto_n / 64; w++) {
        uint64_t left = UINT64_MAX;
        for (unsigned place = 0; ports != NULL && place < PLACES && place < a->bytes.n; place++) {
            left &= ports->starts[a->transport == 2][place][a->bytes.p[place]].word[w];
        }
        for (; left != 0; left &= left - 1) {
            unsigned id = w * 64 + (unsigned)__builtin_ctzll(left);
            if (id != PROTO_NONE && id <= proto_n && pattern_row(a, id, out)) {
                return true;
            }
            if (a->wait) {
                return false;
            }
        }
    }
    return false;
}

/* Who began a session that was picked up midstream is a guess: its first bytes may be the server's. */
static bool by_pattern_reversed(struct asking a, const struct flow *f, const struct conn *c, struct recognised *out)
{
    enum side other = side_other(a.side);

    a.side = other;
    if (c->datagram || !stream_midstream(f) || c->proto != NULL || c->started[other] || !by_pattern(&a, c, out)) {
        return false;
    }
    out->reversed = !out->reversed;
    return true;
}

static bool by_port(struct asking *a, const struct proto_ports *ports, uint16_t port, struct recognised *out)
{
    unsigned t = a->transport == 2;
    const struct id_set *set = &ports->set[t][ports->set_of[t][port]];

    for (unsigned w = 0; w < ROWS(set->word); w++) {
        for (uint64_t left = set->word[w]; left != 0; left &= left - 1) {
            unsigned id = w * 64 + (unsigned)__builtin_ctzll(left);
            if (usable(a, id) && proto_by_id(id)->probe != NULL && probe_row(a, id, out)) {
                return true;
            }
        }
    }
    return false;
}

/* Did another flow announce this one?  Asked once, for bytes that no pattern knows. */
static bool by_announcement(struct protos *p, struct flow *f, struct conn *c)
{
    struct flow_expectation e = { .note_n = 0 };

    if (p->flows != NULL && !(f->flags & FLOW_ASKED) && flow_expected(p->flows, f, &e)) {
        conn_hand_over(c, bytes_of(e.note, e.note_n));
    }
    return (f->flags & FLOW_EXPECTED) != 0 && proto_by_id(f->expected_proto) != NULL;
}

/* The protocol that the one before has given the flow to: not every one of them is known by pattern or port. */
static bool by_agreement(struct asking *a, uint16_t expected, struct recognised *out)
{
    const struct proto *row = proto_by_id(expected);

    return row != NULL && row->probe != NULL && usable(a, expected) && probe_row(a, expected, out);
}

struct recognised recognise(struct protos *p, struct flow *f, struct conn *c, enum side side, struct bytes b, bool whole)
{
    const struct proto_ports *ports = p->settings->ports;
    struct asking a = { .bytes = bytes_head(b, p->settings->detect_max), .side = side, .settings = p->settings,
                        .whole = whole || b.n >= p->settings->detect_max, .transport = c->datagram ? 2 : 1,
                        .from = f->key.port[side == TO_SERVER ? 0 : 1], .to = f->key.port[side == TO_SERVER ? 1 : 0] };
    struct recognised out = { PROTO_NONE, false };

    if (c->switching && by_agreement(&a, c->expected, &out)) {
        return out;
    }
    if (by_pattern(&a, c, &out) || a.wait || by_pattern_reversed(a, f, c, &out)) {
        return out;
    }
    bool guessed = c->datagram || stream_midstream(f); /* which side is the server is known only from a handshake */
    if (ports != NULL && (by_port(&a, ports, f->key.port[1], &out) || (guessed && by_port(&a, ports, f->key.port[0], &out)))) {
        return out;
    }
    if (c->original == PROTO_NONE && by_announcement(p, f, c)) {
        return (struct recognised){ f->expected_proto, false };
    }
    out.id = a.more && !a.whole ? PROTO_NONE : PROTO_FAILED;
    if (out.id == PROTO_FAILED) {
        conn_unknown(c, side, a.bytes);
    }
    return out;
}
