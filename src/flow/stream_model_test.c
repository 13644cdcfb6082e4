/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reassembly against a plain model, on random segments: which bytes win under each policy, and that the way a stream is
 * cut, ordered and repeated does not show in what the parsers get and what stream rules see.
 */
#include "flow/stream_script.h"
#include "tap.h"

enum { MODEL_BYTES = 400, MODEL_SEGMENTS = 60, ROUNDS = 120, STREAM_BYTES = 30000 };

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
    d->state = d->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((d->state >> 33) % n);
}

/* What the sink got, by offset. */
struct got {
    uint8_t byte[STREAM_BYTES + 1];
    uint64_t next, gaps;
    bool broken;           /* offered bytes did not follow */
    unsigned appetite;     /* consumes this many tenths */
};

static size_t got_sink(void *ctx, struct flow *f, enum side side, const struct stream_part *part)
{
    struct got *g = ctx;
    struct bytes avail = part->avail;
    uint64_t offset = part->offset, gap = part->gap;
    unsigned flags = part->flags;

    (void)f;
    if (side != TO_SERVER) {
        return avail.n;
    }
    if (flags & STREAM_GAP) {
        g->gaps += gap;
        g->next += gap;
        return 0;
    }
    size_t n = g->appetite < 10 && !(flags & STREAM_EOF) ? (avail.n * g->appetite + 9) / 10 : avail.n;
    if (n > 0 && (offset != g->next || offset + n > STREAM_BYTES)) {
        g->broken = true;
        return avail.n;
    }
    memcpy(g->byte + offset, avail.p, n);
    g->next += n;
    return n;
}

static void open_session(struct script *c, struct got *g, const struct stream_settings *set, const struct facts *facts)
{
    memset(c, 0, sizeof *c);
    c->facts = facts;
    c->set = *set;
    script_open(c);
    streams_free(c->streams);
    c->streams = streams_new(&c->set, c->table, (struct stream_sink){ g, got_sink });
    struct script_reader r = { .p = "S" };
    script_packet(c, &r, TO_SERVER);
    r.p = "SA";
    script_packet(c, &r, TO_CLIENT);
    r.p = "A";
    script_packet(c, &r, TO_SERVER);
}

/* Ends the flow; whether all memory came back. */
static bool close_session(struct script *c)
{
    flow_end_all(c->table);
    bool clean = pages_used(c->streams->pages) == 0 && pages_used(c->streams->side) == 0 && c->streams->live == 0;
    streams_free(c->streams);
    flow_table_free(c->table);
    return clean;
}

/* The model: every byte with its value, and every segment as it came. */
struct model {
    uint8_t byte[MODEL_BYTES];
    bool there[MODEL_BYTES];
    uint32_t left[MODEL_SEGMENTS], right[MODEL_SEGMENTS];
    unsigned n;
};

/* Target-based overlap rules (Novak and Sturges, "Target-Based TCP Stream Reassembly", 2007, and Suricata's names). */
static bool model_new_wins(enum os_policy p, uint32_t nl, uint32_t nr, uint32_t ol, uint32_t or)
{
    switch (p) {
    case OS_LAST:
        return true;
    case OS_BSD:
    case OS_BSD_RIGHT:
    case OS_HPUX10:
    case OS_IRIX:
    case OS_MACOS:
    case OS_WINDOWS:
    case OS_WINDOWS2K3:
        return nl < ol;
    case OS_LINUX:
        return nl < ol || (nl == ol && nr > or);
    case OS_OLD_LINUX:
        return nl < ol || (nl == ol && nr >= or);
    case OS_SOLARIS:
    case OS_OLD_SOLARIS:
    case OS_HPUX11:
        return (nl <= ol && nr >= or) || (nl > ol && nr > or);
    case OS_FIRST:
    case OS_VISTA:
    case OS_POLICY_N:
        return false;
    }
    return false;
}

static void model_add(struct model *m, enum os_policy policy, bool inline_mode, uint32_t left, struct bytes b)
{
    uint32_t right = left + (uint32_t)b.n;
    bool again = false;

    for (uint32_t at = left; at < right; at++) {
        bool wins = true;
        for (unsigned i = 0; i < m->n && wins; i++) {
            bool covers = m->left[i] <= at && at < m->right[i];
            wins = !covers || (!inline_mode && model_new_wins(policy, left, right, m->left[i], m->right[i]));
        }
        if (wins) {
            m->byte[at] = b.p[at - left];
            m->there[at] = true;
        }
    }
    for (unsigned i = 0; i < m->n; i++) {
        again |= m->left[i] == left && m->right[i] == right;
    }
    if (!again) {
        m->left[m->n] = left;
        m->right[m->n] = right;
        m->n++;
    }
}

/* Random overlapping segments with random bytes, all before the first acknowledgment. */
static bool overlap_round(struct dice *d, enum os_policy policy, bool inline_mode)
{
    static struct script c;
    static struct got g;
    struct model m = { .n = 0 };
    struct stream_settings set = script_settings();
    struct err err = { 0 };
    struct facts_maker *maker = facts_maker_new();
    unsigned segments = 1 + roll(d, MODEL_SEGMENTS - 1);
    uint8_t bytes[64];

    set.inline_mode = inline_mode;
    set.check_overlap = roll(d, 2);
    facts_maker_policy(maker, "0.0.0.0/0", policy, &err);
    struct facts *facts = facts_maker_done(maker);
    g = (struct got){ .appetite = 10 };
    open_session(&c, &g, &set, facts);
    /* Inline, bytes at the front are consumed as they come, and a segment that begins among them counts no more. */
    uint32_t floor = inline_mode ? 1 : 0;
    for (unsigned i = 0; i < segments; i++) {
        uint32_t left = floor + roll(d, MODEL_BYTES - 64), n = 1 + roll(d, 63);
        for (unsigned k = 0; k < n; k++) {
            bytes[k] = (uint8_t)('a' + roll(d, 26));
        }
        (void)script_segment(&c, TO_SERVER, left, bytes_of(bytes, n), 0);
        stream_prune(c.streams, c.flow);
        model_add(&m, policy, inline_mode, left, bytes_of(bytes, n));
    }
    if (inline_mode) {
        (void)script_segment(&c, TO_SERVER, 0, bytes_of("0", 1), 0);
        m.byte[0] = '0';
        m.there[0] = true;
    }
    /* All is acknowledged: what is not there is a gap. */
    (void)script_segment(&c, TO_CLIENT, 0, bytes_none(), MODEL_BYTES);
    (void)script_segment(&c, TO_SERVER, MODEL_BYTES, bytes_of("!", 1), 0);
    (void)script_segment(&c, TO_CLIENT, 0, bytes_none(), MODEL_BYTES + 1);
    bool good = !g.broken && g.next == MODEL_BYTES + 1;
    for (unsigned i = 0; i < MODEL_BYTES && good; i++) {
        good = !m.there[i] || g.byte[i] == m.byte[i];
        if (!good) {
            diag("policy %d inline %d: byte %u is %c, not %c", (int)policy, inline_mode, i, g.byte[i], m.byte[i]);
        }
    }
    good &= close_session(&c);
    facts_free(facts);
    return good;
}

/* One stream, cut and ordered and repeated at random: the parsers get it whole, and so do stream rules. */
static bool cut_round(struct dice *d, bool inline_mode)
{
    static struct script c;
    static struct got g;
    static uint8_t stream[STREAM_BYTES], seen[STREAM_BYTES];
    enum { IN_FLIGHT = 8000 }; /* below the handshake's window */
    struct stream_settings set = script_settings();
    uint32_t total = 1 + roll(d, STREAM_BYTES - 1), biggest = 1 + roll(d, roll(d, 2) ? 40 : 3000), sent = 0, acked = 0;

    set.inline_mode = inline_mode;
    set.to_server_chunk = 1 + roll(d, 3000);
    g = (struct got){ .appetite = 1 + roll(d, 10) };
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < total; i++) {
        stream[i] = (uint8_t)roll(d, 256);
    }
    open_session(&c, &g, &set, NULL);
    unsigned left_out = 0;
    uint32_t missing = 0, missing_n = 0; /* one hole at a time, filled later */
    while (acked < total) {
        uint32_t from = sent, n = 1 + roll(d, biggest);
        unsigned kind = roll(d, 10);
        if (kind == 0 && sent > acked) { /* once more, from anywhere that is not acknowledged */
            from = acked + roll(d, sent - acked);
        }
        n = from + n > total ? total - from : n;
        n = from + n > acked + IN_FLIGHT ? acked + IN_FLIGHT - from : n;
        if (kind == 1 && missing_n == 0 && from == sent && n > 0 && sent > 0) {
            missing = from;
            missing_n = n;
            sent += n;
            left_out++;
        } else if (n > 0 && !(missing_n && from < missing + missing_n && from + n > missing)) {
            (void)script_segment(&c, TO_SERVER, from, bytes_of(stream + from, n), 0);
            sent = from + n > sent ? from + n : sent;
        }
        struct stream_window w;
        if (stream_raw(c.streams, c.flow, TO_SERVER, false, &w)) {
            do {
                memset(seen + w.offset, 1, w.bytes.n);
            } while (stream_raw_next(c.streams, c.flow, TO_SERVER, &w));
            stream_raw_done(c.streams, c.flow, TO_SERVER, w.upto);
        }
        stream_prune(c.streams, c.flow);
        bool fill = missing_n && (roll(d, 4) == 0 || sent == total || sent - acked == IN_FLIGHT);
        if (fill) {
            (void)script_segment(&c, TO_SERVER, missing, bytes_of(stream + missing, missing_n), 0);
            missing_n = 0;
            stream_prune(c.streams, c.flow);
        }
        uint32_t edge = missing_n ? missing : sent;
        if (edge > acked && (roll(d, 3) == 0 || sent == total || sent - acked == IN_FLIGHT)) {
            acked += 1 + roll(d, edge - acked);
            (void)script_segment(&c, TO_CLIENT, 0, bytes_none(), acked);
            stream_prune(c.streams, c.flow);
        }
    }
    c.no_flow_end = true;
    stream_flush_side(c.streams, c.flow, TO_SERVER);
    struct stream_window w;
    if (stream_raw(c.streams, c.flow, TO_SERVER, true, &w)) {
        do {
            memset(seen + w.offset, 1, w.bytes.n);
        } while (stream_raw_next(c.streams, c.flow, TO_SERVER, &w));
    }
    bool good = !g.broken && g.gaps == 0 && g.next == total && memcmp(g.byte, stream, total) == 0;
    for (uint32_t i = 0; i < total && !inline_mode; i++) {
        good &= seen[i];
    }
    if (!good) {
        diag("inline %d total %u: got %llu, gaps %llu, holes %u", inline_mode, total, (unsigned long long)g.next,
             (unsigned long long)g.gaps, left_out);
    }
    return close_session(&c) && good;
}

int main(void)
{
    struct dice d = { 20240607 };

    for (enum os_policy p = 0; p < OS_POLICY_N; p++) {
        char why[80];
        unsigned good = 0;
        for (unsigned i = 0; i < ROUNDS; i++) {
            good += overlap_round(&d, p, false);
        }
        snprintf(why, sizeof why, "policy %s: the bytes its systems would take", os_policy_name(p));
        is_int(good, ROUNDS, why);
    }
    unsigned good = 0, cut = 0, cut_inline = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        good += overlap_round(&d, (enum os_policy)roll(&d, OS_POLICY_N), true);
        cut += cut_round(&d, false);
        cut_inline += cut_round(&d, true);
    }
    is_int(good, ROUNDS, "inline: what came first, whatever the policy");
    is_int(cut, ROUNDS, "passive: a stream comes whole, however it is cut, and stream rules see all of it");
    is_int(cut_inline, ROUNDS, "inline: a stream comes whole, however it is cut");
    return done_testing();
}
