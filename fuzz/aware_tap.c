/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames as a worker's tap sees them, and what it tells as the map takes it: one tap for all, two that share the views as workers
 * do, and one that forgets at once what it told come to the same map and the same events.  Each frame: its length (two bytes, big endian), how much later it came (two bytes: the upper six bits shift
 * the lower ten, in microseconds; the uppermost: back), then it, as Ethernet.
 */
#include "aware/history.h"
#include "aware/taps.h"
#include "base/err.h"
#include "packet/decode.h"
#include "packet/spread.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAPS_MAX = 2, SIDES = 3, FLOWS = 64, FRAMES_MAX = 400, VIEWS_ROOM = 64 };

struct side_by_side {
    unsigned taps;
    struct aware_tap *tap[TAPS_MAX];
    struct map *m;
    struct flow flow[FLOWS];
    unsigned flows;
    bool forgets;
    struct text all;          /* events, then hosts */
};

static void tell(void *ctx, const struct map *m, const struct told *t)
{
    struct side_by_side *s = ctx;

    (void)m;
    text_printf(&s->all, "%llu %s %s %llu %s\n", (unsigned long long)t->ts, told_name(t->kind), t->what, (unsigned long long)(t->entity != NULL ? t->entity->id : 0), t->to);
}

static void init(struct side_by_side *s, unsigned taps, bool forgets)
{
    static const struct aware_settings settings = { .on = true, .ordered = true, .silent = 86400, .gone = 604800 };

    s->taps = taps;
    s->forgets = forgets;
    text_init(&s->all, 0);
    s->m = map_new(&settings, NULL);
    s->m->tell = tell;
    s->m->tell_ctx = s;
    for (unsigned i = 0; i < taps; i++) {
        s->tap[i] = tap_new(1 << 20);
        s->tap[i]->seed = s->m->seed;
    }
}

static void fini(struct side_by_side *s)
{
    for (unsigned i = 0; i < s->taps; i++) {
        tap_free(s->tap[i]);
    }
    map_free(s->m);
    text_fini(&s->all);
}

/* What the taps told in a turn, in the order of its views: none is of two taps. */
static void take(struct side_by_side *s)
{
    for (;;) {
        const struct seen *first = NULL;
        unsigned at = 0;
        size_t n, of_first = 0;
        for (unsigned i = 0; i < s->taps; i++) {
            const struct seen *x = ring_peek(s->tap[i]->ring, &n);
            if (x != NULL && (first == NULL || x->order < first->order)) {
                first = x;
                of_first = n;
                at = i;
            }
        }
        if (first == NULL) {
            return;
        }
        size_t head = first->tail != 0 ? sizeof *first : SEEN_HEAD;
        bug_if(of_first != head + first->text_n || first->text_n > SEEN_TEXT_MAX || first->kind >= SEEN_KINDS || first->sign >= SIGN_N);
        map_apply(s->m, first, (const char *)first + head);
        ring_release(s->tap[at]->ring);
    }
}

/* The view's flow: a new one while there is room. */
static struct flow *flow_of(struct side_by_side *s, const struct view *v, enum side *side)
{
    if ((v->flags & (VIEW_NO_FLOW | VIEW_FRAGMENT | VIEW_INVALID)) != 0) {
        return NULL;
    }
    struct flow_key k = { .addr = { v->src, v->dst }, .port = { v->sport, v->dport }, .proto = v->proto, .family = (uint8_t)v->family, .tenant = v->tenant };
    for (unsigned i = 0; i < s->flows; i++) {
        struct flow *f = &s->flow[i];
        for (unsigned end = 0; end < 2; end++) {
            if (f->key.proto == k.proto && f->key.family == k.family && f->key.tenant == k.tenant && f->key.port[0] == k.port[end] && f->key.port[1] == k.port[!end] &&
                addr_equal(&f->key.addr[0], &k.addr[end]) && addr_equal(&f->key.addr[1], &k.addr[!end])) {
                *side = end == 0 ? TO_SERVER : TO_CLIENT;
                return f;
            }
        }
    }
    if (s->flows == FLOWS) {
        return NULL;
    }
    struct flow *f = &s->flow[s->flows++];
    *f = (struct flow){ .key = k, .first = v->packet->ts, .first_packet = v->packet->number };
    *side = TO_SERVER;
    return f;
}

static void frame(struct side_by_side *s, struct packet *p)
{
    for (unsigned i = 0; i < s->taps; i++) {
        aware_tap_turn(s->tap[i], p->number, p->ts);
    }
    for (const struct view *v = p->first; v != NULL; v = v->next) {
        enum side side = TO_SERVER;
        for (unsigned i = 0; i < s->taps; i++) {
            aware_tap_passing(s->tap[i], v);
        }
        struct aware_tap *t = s->tap[view_spread(v) % s->taps];
        struct flow *f = flow_of(s, v, &side);
        if (f != NULL) {
            f->last = v->packet->ts;
            f->flags |= side == TO_SERVER ? FLOW_SEEN_SERVER : FLOW_SEEN_CLIENT;
            f->packets[side]++;
            f->bytes[side] += v->bytes.n;
        }
        aware_tap_view(t, v, f, side);
        aware_tap_through(t);
        if (s->forgets) {
            memset(t->told, 0, TOLD_HOSTS * sizeof *t->told);
        }
        bug_if(t->now.staged != 0 || t->staged_text_n != 0);
    }
    take(s);
}

static void flows_end(struct side_by_side *s, uint64_t number)
{
    for (unsigned i = 0; i < s->flows; i++) {
        struct aware_tap *t = s->tap[i % s->taps];
        aware_tap_turn(t, number + i, 0);
        s->flow[i].ended = s->flow[i].last;
        aware_tap_flow_end(t, &s->flow[i]);
        take(s);
    }
    map_settle(s->m);
}

static void hosts_add(const struct map *m, struct text *out)
{
    struct json j;

    json_init(&j, out);
    json_object(&j, NULL);
    for (const struct entity *e = m->first; e != NULL; e = e->next) {
        bug_if(e->open > 2 * TENURES_OPEN_MAX || e->closed > TENURES_CLOSED_MAX + 1 || e->place_n > PLACES_MAX);
        json_object(&j, "host");
        entity_json(m, e, &j, true);
        json_end_object(&j);
    }
    json_end_object(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    struct decoder *d = calloc(1, sizeof *d);
    struct batch *b = calloc(1, sizeof *b);
    struct side_by_side *side = calloc(SIDES, sizeof *side);
    uint64_t ts = 1700000000000000000ULL, number = 0;

    d->settings = (struct decode_settings){ .checksums = true, .max_layers = UINT32_MAX };
    b->view_max = VIEWS_ROOM;
    b->views = malloc(b->view_max * sizeof *b->views);
    init(&side[0], 1, false);
    init(&side[1], 2, false);
    init(&side[2], 1, true);
    while (rd_left(&r) >= 4 && number < FRAMES_MAX) {
        uint16_t n = rd_be16(&r), later = rd_be16(&r);
        uint64_t step = (uint64_t)(later & 1023) * 1000 << (later >> 10 & 31);
        ts = (later & 0x8000) == 0 ? ts + step : step < ts / 2 ? ts - step : ts;
        struct packet *p = &b->packet[0];
        *p = (struct packet){ .frame = rd_bytes(&r, n < rd_left(&r) ? n : rd_left(&r)), .link = LINK_ETHERNET, .number = ++number, .ts = ts };
        p->wire_len = (uint32_t)p->frame.n;
        b->view_n = 0;
        packet_decode(d, b, p);
        for (unsigned i = 0; i < SIDES; i++) {
            frame(&side[i], p);
        }
    }
    for (unsigned i = 0; i < SIDES; i++) {
        flows_end(&side[i], number + 1);
        hosts_add(side[i].m, &side[i].all);
        bug_if(!bytes_equal(text_bytes(&side[0].all), text_bytes(&side[i].all)));
    }
    for (unsigned i = 0; i < SIDES; i++) {
        fini(&side[i]);
    }
    free(side);
    free(b->views);
    free(b);
    free(d);
    return 0;
}
