/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a lane does with each frame: whose it is, whether it is kept. */
#include "record/lane.h"

#include "base/clock.h"
#include "base/hash.h"

#include <netinet/in.h>
#include <stdlib.h>

const struct counter_row recorder_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "record/counters.list"
#undef COUNTER
};

/* Is there anything that is kept only when its flow alerts? */
static bool leaves_out(const struct recorder_settings *s)
{
    uint64_t any = s->cutoff_unknown;

    for (unsigned i = 0; i < s->app_n; i++) {
        any |= s->cutoff_app[i];
    }
    return (s->mode == RECORD_ALERTS || any != 0) && !s->index_only;
}

struct record_lane *lane_new(struct recorder *r, unsigned lane, struct err *err)
{
    struct record_lane *l = calloc(1, sizeof *l);

    bool waits = r->settings.before != 0 && leaves_out(&r->settings);
    size_t size = sizeof(struct record_flow) + (waits ? sizeof(struct flow_about) : 0);
    if (l != NULL) {
        l->recorder = r;
        l->lane = lane;
    }
    if (l == NULL || (l->flows = slab_new(size, 0)) == NULL || (waits && !ring_open(l))) {
        slab_free(l != NULL ? l->flows : NULL);
        free(l);
        err_set(err, "recorder: not enough memory");
        return NULL;
    }
    atomic_fetch_add(&r->lanes, 1);
    l->tick = clock_monotonic();
    return l;
}

void lane_close(struct record_lane *l)
{
    if (l != NULL) {
        ring_pass(l, UINT64_MAX);
        if (l->sealing != NULL && l->ring.head != NULL) {
            l->sealing->waiting = l->ring.head;
            l->sealing->waiting_fd = l->ring.fd;
            l->ring = (struct lane_ring){ .p = NULL };
        }
        lane_seal(l);
        ring_close(&l->ring);
        lane_flows_fini(&l->table);
        slab_free(l->flows);
        atomic_fetch_sub(&l->recorder->lanes, 1);
        free(l);
    }
}

const uint64_t *lane_counters(struct record_lane *l) { return l->counter; }

/* ---- whose a frame is ---- */

static uint32_t piece_new(struct record_lane *l, const struct flow_key *key, uint16_t flags)
{
    uint32_t at = ledger_piece(l->ledger);

    if (at != UINT32_MAX) {
        l->ledger->piece[at].key = *key;
        l->ledger->piece[at].flags = flags;
    }
    return at;
}

/* The flow may have been turned round since: what is kept by side follows. */
static void flow_turned(struct record_lane *l, struct record_flow *r, struct flow *f)
{
    bool turned = (f->flags & FLOW_SWAPPED) != 0;

    if (turned == r->turned) {
        return;
    }
    struct tail t[2] = { r->tail[0][0], r->tail[0][1] };
    memcpy(r->tail[0], r->tail[1], sizeof t);
    memcpy(r->tail[1], t, sizeof t);
    r->turned = turned;
    if (r->segment == l->segment) {
        l->ledger->piece[r->piece].key = f->key;
        l->ledger->piece[r->piece].flags ^= RECORD_SWAPPED;
    }
    if (r->said != 0) { /* under the other side */
        lane_blind(l, f);
    }
}

struct piece *lane_piece(struct record_lane *l, struct flow *f, struct record_flow **of)
{
    struct record_flow *r = lane_flow_get(&l->table, f);

    if (l->ledger == NULL) {
        *of = NULL;
        return NULL;
    }
    if (r == NULL) {
        r = slab_take(l->flows);
        if (r != NULL && !lane_flow_put(&l->table, f, r)) {
            slab_give(l->flows, r);
            r = NULL;
        }
        if (r == NULL) {
            l->counter[RECORDER_FLOWS_REFUSED]++;
            *of = NULL;
            return NULL;
        }
        memset(r, 0, sizeof *r);
        r->turned = (f->flags & FLOW_SWAPPED) != 0;
    }
    flow_turned(l, r, f);
    *of = r;
    const struct flow_about about = { .key = f->key, .id = f->id, .parent = f->parent, .first = f->first, .last = f->last,
                                      .icmp = { f->icmp_type[0], f->icmp_code[0], f->icmp_type[1], f->icmp_code[1] } };
    if (l->ring.p != NULL) {
        r->about[0] = about;
    }
    return lane_piece_of(l, r, &about);
}

struct piece *lane_piece_of(struct record_lane *l, struct record_flow *r, const struct flow_about *a)
{
    if (r->segment != l->segment) {
        uint16_t flags = r->flags;
        uint32_t before = r->piece, back = (flags & RECORD_CONTINUED) != 0 ? l->segment - r->segment : 0;
        r->piece = piece_new(l, &a->key, flags);
        if (r->piece == UINT32_MAX) {
            return NULL;
        }
        r->segment = l->segment;
        struct piece *p = &l->ledger->piece[r->piece];
        p->before = before;
        p->before_back = back;
        p->id = a->id;
        p->first = a->first;
        p->last = a->last;
        p->parent = a->parent;
        memcpy(p->icmp, a->icmp, sizeof p->icmp);
        p->app_n = r->app_n;
        memcpy(p->app, r->app, sizeof p->app);
        r->flags |= RECORD_CONTINUED;
        if ((flags & RECORD_BLIND) != 0) {
            ledger_key(l->ledger, r->piece, record_key_hash(KEY_BLIND, bytes_str("blind")));
        }
    }
    ledger_touch(l->ledger, r->piece);
    return &l->ledger->piece[r->piece];
}

static void mine_add(struct record_lane *l, uint32_t piece, struct record_flow *of, enum side side)
{
    if (l->mine_n < PIECES_MAX) {
        ledger_touch(l->ledger, piece);
        l->mine[l->mine_n] = piece;
        l->mine_of[l->mine_n] = of;
        l->mine_side[l->mine_n++] = (uint8_t)side;
    }
}

static uint32_t pair_find(struct record_lane *l, const struct view *v)
{
    struct flow_key key = { .family = (uint8_t)v->family, .proto = v->proto };
    bool turn = memcmp(&v->src, &v->dst, sizeof v->src) > 0;

    key.addr[0] = turn ? v->dst : v->src;
    key.addr[1] = turn ? v->src : v->dst;
    struct pair *p = &l->pair[hash_bytes(key.addr, sizeof key.addr, 0) % PAIRS];
    if (p->segment == l->segment && addr_equal(&p->addr[0], &key.addr[0]) && addr_equal(&p->addr[1], &key.addr[1])) {
        return p->piece;
    }
    uint32_t at = piece_new(l, &key, RECORD_FRAGMENTS);
    if (at != UINT32_MAX) {
        *p = (struct pair){ .addr = { key.addr[0], key.addr[1] }, .piece = at, .segment = l->segment };
    }
    return at;
}

uint32_t lane_loose(struct record_lane *l)
{
    if (l->loose_segment != l->segment) {
        l->loose = piece_new(l, &(struct flow_key){ 0 }, RECORD_LOOSE);
        l->loose_segment = l->segment;
    }
    return l->loose;
}

/* The piece of what has no flow. */
static uint32_t loose_piece(struct record_lane *l, const struct view *v)
{
    if ((v->flags & VIEW_FRAGMENT) != 0 && v->family != FAMILY_NONE) {
        return pair_find(l, v);
    }
    return lane_loose(l);
}

static void view_filter(struct record_lane *l, struct piece *p, unsigned side, struct bytes b)
{
    if (side == UNIT_BOTH) {
        p->untold |= 3 * FILTER_RAW;
    } else {
        ledger_filter(l->ledger, p, FILTER_RAW << side, b);
    }
}

/* Payload that no stream has taken as it is; what stands in front of it where a rule may look at that too. */
static void view_sketch(struct record_lane *l, const struct view *v, struct piece *p, struct record_flow *r, unsigned side)
{
    bool ported = view_has(v, LAYER_TCP | LAYER_UDP) && (v->flags & VIEW_FRAGMENT) == 0;
    struct bytes b = ported ? v->payload : v->l4;

    if ((v->flags & VIEW_CARRIER) != 0 && v->payload.n == 0) {
        return;
    }
    if (b.n != 0 && b.p != l->covered) {
        if (r != NULL) {
            r->said += b.n;
        }
        view_filter(l, p, side, b);
        ledger_sketch(l->ledger, p, side, b, false);
    }
    if (!ported && v->payload.n != 0 && (v->payload.p < b.p || v->payload.p + v->payload.n > b.p + b.n)) {
        view_filter(l, p, side, v->payload);
        ledger_sketch(l->ledger, p, side, v->payload, false);
    }
}

/* Errors about a flow come from anywhere. */
static bool ends_own(const struct view *v, const struct flow *f)
{
    const struct addr *a = f->key.addr;

    return v->proto == f->key.proto && ((addr_equal(&v->src, &a[0]) && addr_equal(&v->dst, &a[1])) || (addr_equal(&v->src, &a[1]) && addr_equal(&v->dst, &a[0])));
}

/* What the view was put together from fragments for: itself, or a tunnel around it. */
static uint16_t fragments(const struct view *v)
{
    uint16_t flags = (v->flags & VIEW_REASSEMBLED) != 0 ? RECORD_REASSEMBLED : 0;

    for (const struct view *around = v->next; around != NULL; around = around->next) {
        flags |= (around->flags & VIEW_REASSEMBLED) != 0 ? RECORD_CARRIED : 0;
    }
    return flags;
}

void lane_dropped(struct record_lane *l, uint64_t frames)
{
    if (l->ledger != NULL && frames > l->dropped) {
        l->ledger->dropped += frames - l->dropped;
        l->dropped = frames;
    }
}

bool lane_time(struct record_lane *l)
{
    enum { FLUSH = 500 /* ms: what was captured can be found within a second */ };
    uint64_t now = clock_monotonic(), before = l->recorder->settings.before_time * (uint64_t)CLOCK_SECOND;

    bool due = now - l->flushed >= FLUSH * (CLOCK_SECOND / 1000);
    l->tick = now;
    if (due) {
        l->flushed = now;
        ring_back(&l->ring); /* those that left half a second ago, and are on the disk by now */
        if (now > before) {
            ring_pass(l, now - before);
        }
        if (l->ledger != NULL) {
            lane_flush(l);
        }
    }
    ring_tell(&l->ring);
    return due;
}

void lane_begin(struct record_lane *l, const struct packet *p, const char *capture)
{
    if (l->recorder->settings.index_only) {
        (void)foreign_segment(l, p, capture);
    } else {
        (void)lane_segment(l, p);
    }
    l->mine_n = 0;
    l->wanted = false;
    l->covered = NULL;
}

/* Is it within what is kept of it?  Of several protocols the one counts of which most is. */
static bool flow_wanted(const struct record_lane *l, const struct record_flow *r)
{
    const struct recorder_settings *s = &l->recorder->settings;
    uint64_t limit = r->app_n == 0 ? s->cutoff_unknown : s->cutoff_app[r->app[0]];

    if ((r->flags & RECORD_ALERTED) != 0 || s->mode == RECORD_ALERTS) {
        return (r->flags & RECORD_ALERTED) != 0;
    }
    for (unsigned i = 1; i < r->app_n && limit != 0; i++) {
        uint64_t other = s->cutoff_app[r->app[i]];
        limit = other == 0 || other > limit ? other : limit;
    }
    return limit == 0 || r->kept <= limit;
}

static void piece_blind(struct record_lane *l, struct piece *p, struct record_flow *r)
{
    if ((p->flags & RECORD_BLIND) == 0) {
        ledger_key(l->ledger, (uint32_t)(p - l->ledger->piece), record_key_hash(KEY_BLIND, bytes_str("blind")));
    }
    p->flags |= RECORD_BLIND;
    if (r != NULL) {
        l->counter[RECORDER_BLIND] += (r->flags & RECORD_BLIND) == 0;
        r->flags |= RECORD_BLIND;
    }
}

/* Not all of its packets are this flow's: who has memory for them sees one flow. */
static void piece_torn(struct record_lane *l, struct piece *p, struct record_flow *r)
{
    piece_blind(l, p, r);
    p->flags |= RECORD_MIDSTREAM;
    r->flags |= RECORD_MIDSTREAM;
}

/* A flow's first packet here: others of it may have come while there was no memory. */
static bool begun_before(const struct record_lane *l, const struct view *v)
{
    enum { TCP_SYN = 2, TCP_ACK = 16, LONG = 3600 /* s: flows are not waited for longer */ };
    bool begins = view_has(v, LAYER_TCP) && (v->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

    return l->torn != 0 && !begins && v->packet->ts < l->torn + LONG * CLOCK_SECOND;
}

void lane_view(struct record_lane *l, const struct view *v, struct flow *f, enum side side, bool blind)
{
    struct record_flow *r = NULL;
    struct piece *p = f != NULL ? lane_piece(l, f, &r) : NULL;

    if (l->ledger == NULL) {
        return;
    }
    if (p == NULL) {
        uint32_t at = loose_piece(l, v);
        if (at == UINT32_MAX) {
            return;
        }
        p = &l->ledger->piece[at];
        if (p->packets[0] == 0) {
            p->first = v->packet->ts;
        }
        l->wanted = true;
        if (f != NULL || blind) {
            l->torn = v->packet->ts;
            piece_blind(l, p, NULL);
        }
    } else {
        p->flags |= fragments(v);
        r->flags |= p->flags & (RECORD_REASSEMBLED | RECORD_CARRIED);
        if (!ends_own(v, f)) {
            p->flags |= RECORD_STRANGERS;
            r->flags |= RECORD_STRANGERS;
        }
        if (r->kept == 0 && begun_before(l, v)) {
            piece_torn(l, p, r);
        }
        if (blind) {
            piece_blind(l, p, r);
        }
        r->kept += v->packet->frame.n;
        l->wanted |= flow_wanted(l, r);
    }
    p->first = v->packet->ts < p->first ? v->packet->ts : p->first; /* clocks are set back */
    p->last = v->packet->ts > p->last ? v->packet->ts : p->last;
    if (f == NULL || (f->flags & FLOW_NO_PAYLOAD_INSPECTION) == 0) {
        view_sketch(l, v, p, r, r != NULL && (p->flags & RECORD_STRANGERS) == 0 ? side : UNIT_BOTH);
    }
    mine_add(l, (uint32_t)(p - l->ledger->piece), r, side);
}

void lane_cut(struct record_lane *l, const struct record_frame *f)
{
    for (unsigned i = 0; i < l->mine_n; i++) {
        struct piece *piece = &l->ledger->piece[l->mine[i]];
        piece->cut++;
        piece->flags |= RECORD_CUT;
        ledger_touch(l->ledger, l->mine[i]);
    }
    l->ledger->cut_packets++;
    l->ledger->cut_bytes += f->frame.n;
    l->counter[RECORDER_CUT_PACKETS]++;
    l->counter[RECORDER_CUT_BYTES] += f->frame.n;
}

void lane_lost(struct record_lane *l)
{
    l->counter[RECORDER_LOST]++;
    if (l->ledger != NULL) {
        l->ledger->lost_packets++;
    } else {
        l->lost++;
    }
}

static void frame_count(struct record_lane *l, const struct record_frame *f)
{
    struct ledger *g = l->ledger;
    uint32_t ordinal = l->recorder->settings.index_only ? foreign_count(l, f) : (uint32_t)g->packets;

    for (unsigned i = 0; i < l->mine_n; i++) {
        struct piece *piece = &g->piece[l->mine[i]];
        ledger_packet(g, piece, ordinal);
        piece->packets[l->mine_side[i]]++;
        piece->bytes[l->mine_side[i]] += f->frame.n;
    }
    l->counter[RECORDER_UNTOLD] += l->file != NULL && !journal_packet(&l->journal, l->mine, l->mine_side, l->mine_n);
    if (l->block.p != NULL && l->block.about.packets % RECORD_MARK == 1 && l->block.about.packets != 1) {
        chain_varint(g, &g->marks, (l->block.last - l->mark) / 4);
        l->mark = l->block.last;
    }
    g->first_ts = g->packets == 0 || f->ts < g->first_ts ? f->ts : g->first_ts;
    g->last_ts = f->ts > g->last_ts ? f->ts : g->last_ts;
    g->packets++;
    g->bytes += f->frame.n;
    l->counter[RECORDER_PACKETS]++;
    l->counter[RECORDER_BYTES] += f->frame.n;
}

void lane_keep(struct record_lane *l, const struct record_frame *f)
{
    if (l->recorder->settings.index_only) {
        frame_count(l, f);
        return;
    }
    if (l->block.p == NULL && !lane_room(l)) {
        lane_lost(l);
        return;
    }
    if (!block_add(&l->block, &l->ledger->links, f) && (!lane_room(l) || !block_add(&l->block, &l->ledger->links, f))) {
        lane_lost(l);
        return;
    }
    frame_count(l, f);
    if (journal_full(&l->journal)) {
        lane_flush(l);
    }
}

void lane_frame(struct record_lane *l, const struct packet *p)
{
    const struct record_frame f = { .frame = p->frame, .ts = p->ts, .number = p->number, .wire_len = p->wire_len, .link = p->link,
                                    .offset = p->offset };

    if (l->mine_n == 0 && l->ledger != NULL) {
        return; /* nothing of it is this worker's */
    }
    if (l->ledger == NULL) {
        lane_lost(l);
    } else if (l->ring.p != NULL) {
        ring_put(l, &f);
    } else if (l->wanted) {
        lane_keep(l, &f);
    } else {
        lane_cut(l, &f);
    }
}

/* ---- what is told of flows ---- */

void lane_app(struct record_lane *l, struct flow *f, unsigned app)
{
    struct record_flow *r = lane_flow_get(&l->table, f);

    if (app == 0 || app > l->recorder->settings.app_n || app > (unsigned)RECORD_APPS_MAX) {
        return;
    }
    for (unsigned i = 0; r != NULL && i < r->app_n; i++) {
        if (r->app[i] == app - 1) {
            return;
        }
    }
    struct piece *p = lane_piece(l, f, &r);
    if (p == NULL) {
        return;
    }
    if (r->app_n == PIECE_APPS) {
        r->flags |= RECORD_APPS_MORE;
        p->flags |= RECORD_APPS_MORE;
        return;
    }
    r->app[r->app_n++] = (uint8_t)(app - 1);
    p->app[p->app_n++] = (uint8_t)(app - 1);
}

void lane_alert(struct record_lane *l, struct flow *f, uint32_t gid, uint32_t sid)
{
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);
    uint8_t id[8];

    if (p == NULL) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        id[i] = (uint8_t)(gid >> (24 - 8 * i));
        id[4 + i] = (uint8_t)(sid >> (24 - 8 * i));
    }
    r->flags |= RECORD_ALERTED;
    p->flags |= RECORD_ALERTED;
    lane_key(l, f, KEY_ALERT, bytes_of(id, sizeof id));
}

void lane_key(struct record_lane *l, struct flow *f, enum record_key kind, struct bytes value)
{
    enum { VALUE_MAX = 256 };
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);
    uint8_t lower[VALUE_MAX];

    if (p == NULL || value.n == 0) {
        return;
    }
    bool text = kind == KEY_NAME || kind == KEY_USER || kind == KEY_TEXT || kind == KEY_PRINT;
    value = bytes_head(value, VALUE_MAX);
    for (size_t i = 0; text && i < value.n; i++) {
        lower[i] = (unsigned)(value.p[i] - 'A') < 26 ? (uint8_t)(value.p[i] + 32) : value.p[i];
    }
    ledger_key(l->ledger, (uint32_t)(p - l->ledger->piece), record_key_hash(kind, text ? bytes_of(lower, value.n) : value));
}

void lane_coded(struct record_lane *l, struct flow *f)
{
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);

    if (p != NULL) {
        r->flags |= RECORD_CODED;
        p->flags |= RECORD_CODED;
    }
}

void lane_blind(struct record_lane *l, struct flow *f)
{
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);

    if (p != NULL) {
        piece_blind(l, p, r);
    }
}

void lane_midstream(struct record_lane *l, struct flow *f)
{
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);

    if (p != NULL && (p->flags & RECORD_MIDSTREAM) == 0) {
        ledger_key(l->ledger, (uint32_t)(p - l->ledger->piece), record_key_hash(KEY_BLIND, bytes_str("midstream")));
        p->flags |= RECORD_MIDSTREAM; /* later pieces say it again with their first payload */
    }
}

/* What comes behind it is another flow, and would not be where there is more memory, or no rule that let go of it. */
static bool ended_early(const struct flow *f)
{
    return (f->reason == FLOW_ENDED_FORCED && f->state != FLOW_CLOSED) ||
           (f->reason == FLOW_ENDED_TIMEOUT && f->state == FLOW_BYPASSED && (f->flags & FLOW_PAYLOAD_ENDS) == 0);
}

void lane_flow_end(struct record_lane *l, struct flow *f)
{
    struct record_flow *r = lane_flow_get(&l->table, f), *same;

    if (r == NULL) {
        return;
    }
    bool early = ended_early(f);
    struct piece *torn = early ? lane_piece(l, f, &same) : NULL; /* NULL: no segment is under way */
    l->torn = early ? f->ended : l->torn;
    if (torn != NULL) {
        piece_torn(l, torn, r);
    }
    if (l->ledger != NULL && r->segment == l->segment) {
        struct piece *p = &l->ledger->piece[r->piece];
        ledger_touch(l->ledger, r->piece);
        flow_turned(l, r, f);
        p->last = f->last;
        p->parent = f->parent;
        p->flags |= RECORD_ENDED;
    }
    lane_flow_drop(&l->table, f);
    r->ended = true;
    if (r->waiting == 0) {
        slab_give(l->flows, r);
    }
}
