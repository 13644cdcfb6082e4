/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Per protocol and side: which buffers have literals to look for, and which rules have none, from which stage on. */
#include "detect/compiler.h"

#include <stdlib.h>

struct want {
    uint16_t proto;
    uint8_t side, stage;
    bool always, grows, hook;
    uint16_t buffer;   /* NO_BUFFER: a rule without literal */
    uint32_t rule;     /* NO_RULE: the buffer's literals */
};

struct wants {
    struct want *want;
    size_t n, room;
    bool failed;
};

static void wants_add(struct wants *w, struct want one)
{
    if (w->n == w->room) {
        size_t room = w->room ? w->room * 2 : 1024;
        struct want *more = realloc(w->want, room * sizeof *more);
        if (!more) {
            w->failed = true;
            return;
        }
        w->want = more;
        w->room = room;
    }
    w->want[w->n++] = one;
}

static uint64_t want_key(const struct want *w)
{
    return (uint64_t)w->proto << 48 | (uint64_t)w->side << 40 | (uint64_t)w->stage << 32 | (uint64_t)w->always << 31 | (uint64_t)w->grows << 30 | w->buffer;
}

static int want_compare(const void *a, const void *b)
{
    const struct want *x = a, *y = b;
    const uint64_t k = want_key(x), l = want_key(y);

    if (k != l) {
        return k < l ? -1 : 1;
    }
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static bool same_engine(const struct want *a, const struct want *b) { return want_key(a) == want_key(b); }

/* Is the plan found by the literal of one of its buffers? */
static bool plan_filters_buffer(const struct plan *p)
{
    return p->fast_buffer != NO_BUFFER && (p->flags & PLAN_FAST_NEGATED) == 0;
}

/* When the buffer is to be looked at for that protocol: at a stage, or whenever something is new. */
static bool buffer_when(const struct buffer *b, unsigned proto, unsigned side, struct want *w)
{
    const struct field *f = b->field[side][proto];

    if (b->kind == BUFFER_FILE_FIELD || (b->kind == BUFFER_FILE_DATA && !f)) {
        w->always = true; /* whatever the files of a transaction hold by now */
        return true;
    }
    if (!f) {
        return false;
    }
    w->always = f->type == FIELD_BODY || (f->flags & FIELD_OPEN) != 0;
    w->grows = !w->always && (f->flags & FIELD_GROWS) != 0;
    w->stage = w->always ? 0 : f->stage[side];
    return true;
}

static void want_buffer(struct wants *out, const struct ruleset *r, const struct plan *p, uint16_t buffer, unsigned side, uint32_t rule)
{
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        struct want w = { .proto = (uint16_t)id, .side = (uint8_t)side, .buffer = rule == NO_RULE ? buffer : NO_BUFFER, .rule = rule };
        if (plan_app(p, id) && buffer_when(&r->buffer[buffer], id, side, &w)) {
            wants_add(out, w);
        }
    }
}

static void want_rule(struct wants *out, const struct plan *p, const struct step *s, uint32_t rule)
{
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        if (plan_app(p, id)) {
            wants_add(out, (struct want){ .proto = (uint16_t)id, .side = s->side, .stage = s->stage, .always = s->kind != STEP_HOOK, .hook = s->kind == STEP_HOOK,
                                          .buffer = NO_BUFFER, .rule = rule });
        }
    }
}

static void wants_of_plan(struct wants *out, const struct ruleset *r, uint32_t rule)
{
    const struct plan *p = &r->plan[rule];
    bool payload = p->fast && p->fast_group->kind == BUFFER_PAYLOAD && (p->flags & PLAN_FAST_NEGATED) == 0;

    if (plan_filters_buffer(p)) {
        for (uint8_t i = 0; i < p->step_n; i++) {
            if (p->step[i].fast && p->step[i].kind == STEP_BUFFER) {
                want_buffer(out, r, p, p->step[i].buffer, p->step[i].side, NO_RULE);
            }
        }
        return;
    }
    for (uint8_t i = 0; i < p->step_n && !payload; i++) {
        const struct step *s = &p->step[i];
        if (s->kind == STEP_BUFFER || s->kind == STEP_NUMBER) {
            want_buffer(out, r, p, s->buffer, s->side, rule);
        } else if (s->kind != STEP_EVENT && s->kind != STEP_STREAM) {
            want_rule(out, p, s, rule);
        }
    }
}

static bool engine_store(struct ruleset *r, const struct want *w, size_t n)
{
    struct txn_index *x = &r->txn[w->proto][w->side];
    struct engine *e = &x->engine[x->engine_n++];

    x->hooked |= w->hook;
    *e = (struct engine){ .buffer = w->buffer, .stage = w->stage, .always = w->always, .grows = w->grows };
    if (w->buffer != NO_BUFFER) {
        e->prefilter = buffer_prefilter(r, w->buffer, w->side);
        return true;
    }
    e->list.rule = arena_take(&r->arena, n * sizeof *e->list.rule);
    for (size_t i = 0; e->list.rule && i < n; i++) {
        if (e->list.n == 0 || e->list.rule[e->list.n - 1] != w[i].rule) {
            e->list.rule[e->list.n++] = w[i].rule;
        }
    }
    return e->list.rule != NULL;
}

/* ---- file.data where a body is all of it ---- */

static bool is_file_data(const struct buffer *b)
{
    return b->kind == BUFFER_FILE_DATA && b->transform_n == 0;
}

/* Has the buffer, byte for byte, what file.data has in that protocol?  Then its literals are looked for in one go. */
static bool holds_file_data(const struct buffer *b, unsigned proto, unsigned side)
{
    const struct field *f = b->field[side][proto];

    return b->kind == BUFFER_FIELD && b->transform_n == 0 && f && f->type == FIELD_BODY && (f->flags & FIELD_FILE_DATA) != 0;
}

static bool serves_file_data(const struct buffer *b, unsigned side)
{
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        if (holds_file_data(b, id, side)) {
            return true;
        }
    }
    return false;
}

/* Is that file.data looked through with a body of the same protocol? */
static bool is_covered(const struct ruleset *r, const struct wants *w, const struct want *one)
{
    if (one->buffer == NO_BUFFER || !is_file_data(&r->buffer[one->buffer])) {
        return false;
    }
    for (size_t i = 0; i < w->n; i++) {
        const struct want *x = &w->want[i];
        if (x->proto == one->proto && x->side == one->side && x->buffer != NO_BUFFER && holds_file_data(&r->buffer[x->buffer], x->proto, x->side)) {
            return true;
        }
    }
    return false;
}

static size_t engine_length(const struct wants *w, size_t from)
{
    size_t to = from + 1;

    while (to < w->n && same_engine(&w->want[to], &w->want[from])) {
        to++;
    }
    return to - from;
}

static bool engines_store(struct ruleset *r, const struct wants *w)
{
    for (size_t i = 0; i < w->n; i += engine_length(w, i)) { /* count, then fill */
        if (!is_covered(r, w, &w->want[i])) {
            r->txn[w->want[i].proto][w->want[i].side].engine_n++;
        }
    }
    for (unsigned id = 0; id < DETECT_PROTOS; id++) {
        for (unsigned side = 0; side < 2; side++) {
            struct txn_index *x = &r->txn[id][side];
            x->engine = x->engine_n ? arena_zero(&r->arena, x->engine_n * sizeof *x->engine) : NULL;
            if (x->engine_n && !x->engine) {
                return false;
            }
            x->engine_n = 0;
        }
    }
    for (size_t i = 0, n; i < w->n; i += n) {
        n = engine_length(w, i);
        if (!is_covered(r, w, &w->want[i]) && !engine_store(r, &w->want[i], n)) {
            return false;
        }
    }
    return true;
}

/* ---- literals of buffers ---- */

static bool found_in(const struct plan *p, uint32_t buffer, unsigned side)
{
    for (uint8_t k = 0; p->fast_buffer == buffer && plan_filters_buffer(p) && k < p->step_n; k++) {
        if (p->step[k].fast && p->step[k].side == side) {
            return true;
        }
    }
    return false;
}

/* How many rules each buffer's side has of its own. */
static void own_count(const struct ruleset *r, uint32_t *own)
{
    for (uint32_t i = 0; i < r->plan_n; i++) {
        for (unsigned side = 0; side < 2 && r->plan[i].fast_buffer != NO_BUFFER; side++) {
            own[r->plan[i].fast_buffer * 2u + side] += found_in(&r->plan[i], r->plan[i].fast_buffer, side);
        }
    }
}

/* The rules that are found in the buffer on that side, with those found in the file.data that it holds. */
static uint32_t rules_of(const struct ruleset *r, uint32_t buffer, unsigned side, uint32_t *rule)
{
    bool serves = serves_file_data(&r->buffer[buffer], side);
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->plan_n; i++) {
        const struct plan *p = &r->plan[i];
        if (found_in(p, buffer, side) || (serves && p->fast_buffer != NO_BUFFER && is_file_data(&r->buffer[p->fast_buffer]) && found_in(p, p->fast_buffer, side))) {
            rule[n++] = i;
        }
    }
    return n;
}

static bool literals_make(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;
    uint32_t *rule = calloc(r->plan_n + 1, sizeof *rule), *own = calloc((size_t)r->buffer_n * 2 + 1, sizeof *own);
    bool good = (rule != NULL && own != NULL) || err_set(err, "not enough memory to index rules");

    if (good) {
        own_count(r, own);
    }
    r->buffer_fast = arena_zero(&r->arena, (size_t)r->buffer_n * 2 * sizeof *r->buffer_fast + 1);
    for (uint32_t b = 0; b < r->buffer_n * 2u && good; b++) {
        good = own[b] == 0 || prefilter_make(c, &r->buffer_fast[b], rule, rules_of(r, b / 2, b % 2, rule), err);
    }
    free(rule);
    free(own);
    return good;
}

/* ---- app-layer-event, frames ---- */

/* Rules of one kind, by protocol and side. */
struct kind {
    uint32_t *rule;
    uint32_t n;
};

static bool asks_event(const struct plan *p) { return p->type == PLAN_TXN && p->step[0].kind == STEP_EVENT; }
static bool asks_frame(const struct plan *p) { return p->type == PLAN_FRAME; }

static bool kind_init(struct kind *k, const struct ruleset *r, bool (*is)(const struct plan *p))
{
    *k = (struct kind){ malloc((r->plan_n + 1u) * sizeof *k->rule), 0 };
    for (uint32_t i = 0; k->rule != NULL && i < r->plan_n; i++) {
        if (is(&r->plan[i])) {
            k->rule[k->n++] = i;
        }
    }
    return k->rule != NULL;
}

/* Those about protocol id on this side, into the list. */
static bool kind_list(struct ruleset *r, const struct kind *k, unsigned id, unsigned side, struct rule_list *l)
{
    uint32_t n = 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        n = 0;
        for (uint32_t i = 0; i < k->n; i++) {
            const struct plan *p = &r->plan[k->rule[i]];
            if (!plan_app(p, id) || (p->sides >> side & 1) == 0) {
                continue;
            }
            if (pass == 1) {
                l->rule[n] = k->rule[i];
            }
            n++;
        }
        if (pass == 0 && !(l->rule = arena_take(&r->arena, n * sizeof *l->rule + 1))) {
            return false;
        }
    }
    l->n = n;
    return true;
}

static bool kinds_store(struct ruleset *r, const struct kind *events, const struct kind *frames)
{
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        for (unsigned side = 0; side < 2; side++) {
            if (!kind_list(r, events, id, side, &r->txn[id][side].event) || !kind_list(r, frames, id, side, &r->frame[id][side])) {
                return false;
            }
            r->has_frames |= r->frame[id][side].n != 0;
        }
    }
    return true;
}

/* Rules that ask for events of a protocol, and those about its frames. */
static bool kinds_make(struct ruleset *r)
{
    struct kind events = { NULL, 0 }, frames = { NULL, 0 };
    bool good = kind_init(&events, r, asks_event) && kind_init(&frames, r, asks_frame) && kinds_store(r, &events, &frames);

    free(events.rule);
    free(frames.rule);
    return good;
}

bool ruleset_index_txns(struct compiler *c, struct err *err)
{
    struct ruleset *r = c->r;
    struct wants w = { 0 };

    if (!literals_make(c, err)) {
        return false;
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        if (r->plan[i].type == PLAN_TXN) {
            wants_of_plan(&w, r, i);
        }
        if (r->plan[i].type == PLAN_TXN || r->plan[i].type == PLAN_FIREWALL) {
            r->has_files |= (r->plan[i].flags & PLAN_FILES) != 0;
        }
    }
    if (w.n) {
        qsort(w.want, w.n, sizeof *w.want, want_compare);
    }
    bool good = !w.failed && engines_store(r, &w) && kinds_make(r);
    free(w.want);
    return good || err_set(err, "not enough memory to index rules");
}
