/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules about a transaction, one side at a time.  What a rule has matched so far stays with the transaction, so that a
 * rule whose buffers come in different packets goes on where it stood; each alerts once.
 */
#include "detect/firewall_tables.h"
#include "detect/flow_state.h"
#include "detect/txn_detect.h"
#include "file/file.h"

enum { ITEM_FULL = 1u << 30, ITEM_NEVER = 1u << 31, ITEMS_FIRST = 4 };

/* The rules were replaced: how far the same ones came still holds, and that one of the same number has alerted. */
static void txn_follow(const struct detect *d, struct txn_detect *s)
{
    uint16_t kept = 0;

    for (uint16_t i = 0; i < s->n; i++) {
        struct txn_item item = s->item[i];
        item.rule = ruleset_find(d->rules, item.identity.id);
        bool same = item.rule != NO_RULE && d->rules->identity[item.rule].text == item.identity.text;
        if (item.rule == NO_RULE || (!same && (item.flags & ITEM_FULL) == 0)) {
            continue;
        }
        item.flags = same ? item.flags : ITEM_FULL;
        item.identity = d->rules->identity[item.rule];
        item.evidence = NULL; /* it points into the rules before */
        s->item[kept++] = item;
    }
    s->n = kept;
    s->generation = d->generation;
    s->followed = true;
}

struct txn_detect *txn_detect_of(struct detect *d, struct txn *t, unsigned side)
{
    struct txn_detect *s = t->detect[side];

    if (!s) {
        s = arena_zero(&t->arena, sizeof *s);
        if (!s) {
            d->counter[DETECT_STATE_FULL]++;
            return NULL;
        }
        s->generation = d->generation;
        t->detect[side] = s;
    } else if (s->generation != d->generation) {
        txn_follow(d, s);
    }
    return s;
}

static struct txn_item *txn_item_store(struct detect *d, struct txn *t, struct txn_detect *s, uint32_t rule, uint32_t flags)
{
    if (s->n == s->room) {
        uint16_t room = s->room ? (uint16_t)(s->room * 2) : ITEMS_FIRST;
        struct txn_item *more = s->room < 0x4000 ? arena_take(&t->arena, room * sizeof *more) : NULL;
        if (!more) {
            d->counter[DETECT_STATE_FULL]++;
            return NULL;
        }
        if (s->n) {
            memcpy(more, s->item, s->n * sizeof *more);
        }
        s->item = more;
        s->room = room;
    }
    s->item[s->n] = (struct txn_item){ rule, flags, NULL, d->rules->identity[rule] };
    return &s->item[s->n++];
}

static struct txn_item *txn_item_find(struct txn_detect *s, uint32_t rule)
{
    for (uint16_t i = 0; i < s->n; i++) {
        if (s->item[i].rule == rule) {
            return &s->item[i];
        }
    }
    return NULL;
}

bool txn_item_full(struct txn_detect *s, uint32_t rule)
{
    const struct txn_item *i = txn_item_find(s, rule);

    return i && (i->flags & ITEM_FULL) != 0;
}

void txn_item_fill(struct detect *d, struct txn *t, struct txn_detect *s, uint32_t rule)
{
    (void)txn_item_store(d, t, s, rule, ITEM_FULL);
}

static struct txn_bit *txn_bit_find(const struct detect_scope *s, uint32_t id)
{
    struct txn_detect *kept = s->txn ? txn_detect_of(s->detect, s->txn, TO_SERVER) : NULL;
    struct txn_bit *b = kept ? kept->bits : NULL;

    while (b && b->id != id) {
        b = b->next;
    }
    return b;
}

bool scope_txnbit(const struct detect_scope *s, uint32_t id)
{
    const struct txn_bit *b = txn_bit_find(s, id);

    return b && b->on;
}

void scope_txnbit_set(struct detect_scope *s, uint32_t id, bool on)
{
    struct txn_bit *b = txn_bit_find(s, id);
    struct txn_detect *kept = s->txn ? s->txn->detect[TO_SERVER] : NULL;

    if (b) {
        b->on = on;
    } else if (kept && on) {
        b = arena_take(&s->txn->arena, sizeof *b);
        if (!b) {
            s->detect->counter[DETECT_STATE_FULL]++;
            return;
        }
        *b = (struct txn_bit){ kept->bits, id, true };
        kept->bits = b;
    }
}

/* ---- steps ---- */

enum step_result { STEP_NO, STEP_YES, STEP_NEVER, STEP_NEVER_FILES, STEP_MORE_FILES, STEP_NOT_YET, STEP_OTHER };

static enum step_result result_of(enum verify_result r, bool last)
{
    return r == VERIFY_YES ? STEP_YES : last ? STEP_NEVER : STEP_NO;
}

static enum step_result step_list(struct detect *d, const struct step *s, const struct buffer *b, const struct txn *t, bool last)
{
    struct verify_buffer data;
    unsigned item = 0;

    for (; buffer_item(d, b, t, s->side, item, &data); item++) {
        if ((b->kind != BUFFER_FILE_DATA || data.bytes.n != 0) && verify_program(&d->verifier, s->program, &data) == VERIFY_YES) {
            return STEP_YES;
        }
    }
    return item == 0 && last && s->program->on_absent ? STEP_YES : STEP_NO;
}

/* Is what field f says of that side final? */
static bool field_settled(const struct field *f, const struct txn *t, unsigned side)
{
    if ((f->flags & FIELD_OPEN) != 0) {
        return t->complete[side];
    }
    return (f->flags & FIELD_GROWS) != 0 ? t->complete[side] || t->progress[side] > f->stage[side] : t->progress[side] >= f->stage[side];
}

static enum step_result step_buffer(struct detect *d, const struct step *s, const struct txn *t)
{
    const struct buffer *b = &d->rules->buffer[s->buffer];
    const struct field *f = b->field[s->side][txn_proto(t)];
    struct verify_buffer data;
    bool last = f && f->type != FIELD_BODY ? field_settled(f, t, s->side) : t->complete[s->side] || d->turn->end;

    if (!f && b->kind == BUFFER_FIELD) {
        return STEP_OTHER;
    }
    if (f && f->type != FIELD_BODY && t->progress[s->side] < f->stage[s->side]) {
        return STEP_NOT_YET;
    }
    if (buffer_is_list(b, txn_proto(t), s->side)) {
        return step_list(d, s, b, t, last);
    }
    if (!buffer_single(d, b, t, s->side, &data)) {
        return last && s->program->on_absent ? STEP_YES : last ? STEP_NEVER : STEP_NO;
    }
    last |= data.end;
    return result_of(verify_program(&d->verifier, s->program, &data), last);
}

static bool number_is(const struct match *m, uint64_t x)
{
    bool yes = range_has(&m->number.range, x);

    for (uint8_t i = 0; !yes && i < m->number.also_n; i++) {
        yes = range_has(&m->number.also[i], x);
    }
    return yes;
}

/* Value i of a number; past those that rules see there is none. */
static bool number_at(struct detect *d, const struct field *f, const struct txn *t, unsigned side, unsigned i, uint64_t *x)
{
    bool there = f->number(t, (enum side)side, i, x);

    d->counter[DETECT_ITEMS] += there && i == BUFFER_ITEMS_MAX;
    return there && i < BUFFER_ITEMS_MAX;
}

static bool number_matches(struct detect *d, const struct field *f, const struct txn *t, unsigned side, const struct match *m)
{
    uint64_t x;
    unsigned n = 0, yes = 0;

    if (m->number.index_mode == NUMBER_AT) {
        while (m->number.index < 0 && number_at(d, f, t, side, n, &x)) {
            n++;
        }
        int64_t at = m->number.index < 0 ? (int64_t)n + m->number.index : m->number.index;
        return at >= 0 && f->number(t, (enum side)side, (unsigned)at, &x) && number_is(m, x);
    }
    for (; number_at(d, f, t, side, n, &x); n++) {
        yes += number_is(m, x);
    }
    switch ((enum number_index)m->number.index_mode) {
    case NUMBER_ALL: return yes == n;
    case NUMBER_ALL1: return n != 0 && yes == n;
    case NUMBER_OR_ABSENT: return n == 0 || yes != 0;
    case NUMBER_ANY:
    case NUMBER_AT: return yes != 0;
    default: return false;
    }
}

static enum step_result step_number(struct detect *d, const struct step *s, const struct txn *t)
{
    const struct field *f = d->rules->buffer[s->buffer].field[s->side][txn_proto(t)];

    if (!f) {
        return STEP_OTHER;
    }
    if (t->progress[s->side] < f->stage[s->side]) {
        return STEP_NOT_YET;
    }
    for (uint16_t i = 0; i < s->group->match_n; i++) {
        const struct match *m = s->group->match[i];
        uint64_t x;
        struct bytes bytes;
        bool yes = false;
        if (m->kind == MATCH_NUMBER) {
            yes = f->number && number_matches(d, f, t, s->side, m);
        } else if (m->kind == MATCH_PRESENT) {
            yes = f->number ? f->number(t, (enum side)s->side, 0, &x) && x != 0 : f->bytes && f->bytes(t, (enum side)s->side, 0, &bytes);
        }
        if (yes == m->negated) {
            return STEP_NO;
        }
    }
    return STEP_YES;
}

static enum step_result step_file(struct detect *d, const struct step *s, struct txn *t)
{
    const struct plan *p = d->plan;
    enum step_result r = STEP_NO;
    bool any = false;

    for (struct file *f = t->files; f; f = f->next) {
        if (f->side != s->side || f->passed) {
            continue;
        }
        enum file_answer a = file_asked(d, p, f);
        r = a == FILE_LATER ? STEP_NO : a == FILE_YES ? STEP_YES : STEP_NEVER_FILES;
        any |= a == FILE_YES;
        if (a == FILE_YES) {
            d->file_matched = f;
        }
    }
    if (any && r == STEP_NO) {
        return STEP_MORE_FILES;
    }
    return any ? STEP_YES : r;
}

static enum step_result step_stream(struct detect *d, const struct step *s, const struct txn *t)
{
    if (d->look.class == CLASS_UDP) {
        struct verify_buffer b = { .bytes = d->look.payload, .end = true };
        return result_of(verify_program(&d->verifier, s->program, &b), false);
    }
    if (d->look.class != CLASS_TCP) {
        return STEP_YES;
    }
    if ((d->plan->flags & PLAN_PDU) != 0) {
        return pdu_matches(d, d->plan, s->program, t) ? STEP_YES : STEP_NO;
    }
    return result_of(stream_matches(d, s->program), false);
}

/* At a hook a condition that does not hold once the state is passed will not hold later. */
static bool hook_passed(const struct detect *d, const struct step *s, const struct txn *t)
{
    const struct plan *p = d->plan;

    if (!p || p->rule != d->scope.rule || p->rule->firewall || !p->rule->hook) {
        return false;
    }
    for (uint8_t i = 0; s->kind == STEP_KEYWORD && i < p->step_n; i++) {
        if (p->step[i].kind == STEP_HOOK) {
            return t->progress[s->side] > p->step[i].stage || t->complete[s->side];
        }
    }
    return false;
}

static enum step_result step_keyword(struct detect *d, const struct step *s, const struct txn *t)
{
    for (uint16_t i = 0; i < s->group->match_n; i++) {
        const struct match *m = s->group->match[i];
        if (m->kind == MATCH_KEYWORD && !m->keyword.row->match(&d->scope, d->scope.rule, m->keyword.data)) {
            return hook_passed(d, s, t) ? STEP_NEVER : STEP_NO;
        }
    }
    return STEP_YES;
}

static enum step_result step_run(struct detect *d, const struct step *s, struct txn *t)
{
    switch ((enum step_kind)s->kind) {
    case STEP_BUFFER: return step_buffer(d, s, t);
    case STEP_NUMBER: return step_number(d, s, t);
    case STEP_STREAM: return step_stream(d, s, t);
    case STEP_KEYWORD:
    case STEP_EVENT: return step_keyword(d, s, t);
    case STEP_FILE: return step_file(d, s, t);
    case STEP_HOOK: return t->progress[s->side] < s->stage ? STEP_NOT_YET : STEP_YES;
    default: return STEP_NO;
    }
}

bool txn_step_holds(struct detect *d, const struct step *s, struct txn *t)
{
    enum step_result r = step_run(d, s, t);

    return r == STEP_YES || r == STEP_MORE_FILES || r == STEP_OTHER;
}

void txn_buffers_forget(struct detect *d)
{
    if (++d->txn_stamp == 0) {
        memset(d->slot, 0, d->rules->buffer_n * sizeof *d->slot);
        d->txn_stamp = 1;
    }
}

/* Is this step's buffer whole: will it never be looked at again for its literal? */
static bool step_whole(const struct detect *d, const struct step *s, const struct txn *t)
{
    if (s->kind == STEP_BUFFER) {
        const struct field *f = d->rules->buffer[s->buffer].field[s->side][txn_proto(t)];
        if (f && f->type != FIELD_BODY) {
            return field_settled(f, t, s->side);
        }
        return t->complete[s->side];
    }
    return false;
}

/* ---- one rule ---- */

struct progress {
    uint32_t flags;
    unsigned matched;
    bool all;          /* every step was passed */
    bool fast_whole, fast_open;
    bool no_file;
};

/* Walks the steps from where the rule stood; stops at the first that does not match or is not there yet. */
static void steps_walk(struct detect *d, const struct plan *p, struct txn *t, struct progress *at)
{
    const unsigned side = d->look.side;

    for (uint8_t i = 0; i < p->step_n; i++) {
        const struct step *s = &p->step[i];
        if ((at->flags >> s->bit & 1) != 0) {
            continue;
        }
        if (s->side != side) {
            if ((p->flags & PLAN_BOTH_SIDES) == 0) {
                continue;
            }
            if (side == TO_SERVER) {
                if (i + 1 == p->step_n) {
                    return; /* not on the request alone */
                }
                continue;
            }
        }
        enum step_result r = step_run(d, s, t);
        if (r == STEP_OTHER) {
            continue;
        }
        if (s->fast && r != STEP_NOT_YET) {
            at->fast_whole |= step_whole(d, s, t);
            at->fast_open |= !step_whole(d, s, t);
        }
        if (r == STEP_YES || r == STEP_MORE_FILES) {
            at->flags |= r == STEP_YES ? 1u << s->bit : 0;
            at->matched++;
            continue;
        }
        if (r == STEP_NEVER || r == STEP_NEVER_FILES || (r == STEP_NO && s->fast && at->fast_whole)) {
            at->flags |= ITEM_NEVER | 1u << s->bit;
            at->no_file = r == STEP_NEVER_FILES;
        }
        return;
    }
    at->all = true;
}

/* Should what was found be kept for a later turn? */
static bool progress_kept(const struct progress *at)
{
    if ((at->flags & ITEM_NEVER) != 0) {
        return at->no_file; /* another file of the transaction may match */
    }
    if ((at->flags & ITEM_FULL) == 0 && at->fast_open) {
        return false;       /* its literal will bring it again */
    }
    return at->flags != 0;
}

/* Is the rule about a state alone, and the transaction in that very state?  Then it is told whenever there is something new. */
static bool rule_at_hook(const struct plan *p, const struct txn *t, unsigned side)
{
    return p->step_n == 1 && p->step[0].kind == STEP_HOOK && p->step[0].side == side && t->progress[side] == p->step[0].stage;
}

static void rule_run(struct detect *d, struct txn *t, struct txn_detect *s, uint32_t rule)
{
    const struct plan *p = &d->rules->plan[rule];
    struct txn_item *item = txn_item_find(s, rule);
    bool again = rule_at_hook(p, t, d->look.side);
    struct progress at = { .flags = item && !again ? item->flags : 0 };

    if ((p->flags & PLAN_PDU) != 0 ? d->look.hidden : d->look.unasked) {
        return;
    }
    if (item && !again && (item->flags & (ITEM_FULL | ITEM_NEVER)) != 0) {
        return;
    }
    d->file_matched = NULL;
    d->plan = p;
    scope_begin(d, p, t);
    if (!item && (!header_matches(d, p->header) || !plan_app(p, txn_proto(t)) || !plan_conditions(d, p))) {
        scope_end(d);
        return;
    }
    if (item && item->evidence) {
        evidence_go_on(&d->verifier, item->evidence);
    }
    steps_walk(d, p, t, &at);
    bool matched = at.all && at.matched != 0;
    if (matched && !again) { /* at a hook the state of the transaction decides, not the rule's */
        at.flags |= ITEM_FULL;
    }
    if (item) {
        item->flags = at.flags;
    } else if (progress_kept(&at)) {
        item = txn_item_store(d, t, s, rule, at.flags);
        struct txn_detect *other = (p->flags & PLAN_BOTH_SIDES) != 0 ? txn_detect_of(d, t, d->look.side ^ 1u) : NULL;
        if (other && !txn_item_find(other, rule)) {
            txn_item_store(d, t, other, rule, at.flags);
        }
    }
    if (item && !matched && d->verifier.evidence != item->evidence) {
        item->evidence = evidence_keep(&t->arena, d->verifier.evidence);
    }
    if (matched) {
        if (p->store) {
            files_store(d, p, t);
        }
        d->scope.file = d->file_matched;
        plan_matched(d, p);
        queue_add(d, p, t, QUEUED_TXN | QUEUED_STATE);
    }
    scope_end(d);
}

/* ---- candidates ---- */

static void candidates_of_buffer(struct detect *d, const struct engine *e, struct txn *t, struct txn_detect *s, unsigned side)
{
    const struct buffer *b = &d->rules->buffer[e->buffer];
    struct verify_buffer data;

    if (!e->prefilter->db) {
        return;
    }
    if (!buffer_is_list(b, txn_proto(t), side)) {
        if (buffer_single(d, b, t, side, &data)) {
            candidates_of_window(d, t, s, e->prefilter, &data);
        }
        return;
    }
    for (unsigned item = 0; buffer_item(d, b, t, side, item, &data); item++) {
        candidates_of_window(d, t, s, e->prefilter, &data);
    }
}

static void candidates_of_txn(struct detect *d, struct txn *t, struct txn_detect *s, unsigned side)
{
    const struct txn_index *x = &d->rules->txn[txn_proto(t)][side];

    for (uint16_t i = 0; i < x->engine_n; i++) {
        const struct engine *e = &x->engine[i];
        if (e->stage > t->progress[side]) {
            break;
        }
        bool passed = !e->always && e->stage + (unsigned)e->grows < s->done;
        if (passed && !s->followed) {
            continue;
        }
        d->new_only = passed;
        if (e->buffer != NO_BUFFER) {
            candidates_of_buffer(d, e, t, s, side);
        }
        for (uint32_t k = 0; k < e->list.n; k++) {
            candidate_add(d, e->list.rule[k]);
        }
    }
    d->new_only = false;
    for (uint32_t i = 0; i < x->event.n && t->note_n != s->notes; i++) {
        candidate_add(d, x->event.rule[i]);
    }
    for (uint32_t i = 0; i < d->state_n; i++) {
        candidate_add(d, d->state[i]);
    }
}

/* Rules that wait stand apart: their header was asked when they began. */
static void candidates_waiting(struct detect *d, const struct txn_detect *s)
{
    for (uint16_t i = 0; i < s->n; i++) {
        uint32_t rule = s->item[i].rule;
        if ((s->item[i].flags & (ITEM_FULL | ITEM_NEVER)) == 0 && d->rule_stamp[rule] != d->pass_stamp) {
            d->rule_stamp[rule] = d->pass_stamp;
            d->candidate[d->candidate_n++] = rule;
        }
    }
}

/* What was enough to look at has been: the bodies' look-back begins here. */
static void bodies_seen(const struct detect *d, struct txn *t, unsigned side)
{
    const struct proto *p = t->proto;

    for (unsigned i = 0; p && i < p->field_n; i++) {
        if (p->fields[i].type == FIELD_BODY && (p->fields[i].sides >> side & 1) != 0) {
            struct body *b = p->fields[i].body(t, (enum side)side);
            if (b && (b->ended || body_enough(d, b))) {
                b->inspected = b->total;
            }
        }
    }
    for (struct file *f = t->files; f; f = f->next) {
        if (f->side == side && f->data && (f->data->ended || body_enough(d, f->data))) {
            f->data->inspected = f->data->total;
        }
    }
}

static unsigned files_of(const struct txn *t, unsigned side)
{
    unsigned n = 0;

    for (const struct file *f = t->files; f; f = f->next) {
        n += f->side == side;
    }
    return n;
}

/* A further file: what rules about files found of those before does not hold for it. */
static void files_begin(struct detect *d, struct txn *t, struct txn_detect *s, unsigned side)
{
    unsigned n = files_of(t, side);

    for (uint16_t i = 0; n > s->files && s->files != 0 && i < s->n; i++) {
        const struct plan *p = &d->rules->plan[s->item[i].rule];
        for (uint8_t k = 0; (p->flags & PLAN_FILES) != 0 && k < p->step_n; k++) {
            const struct step *step = &p->step[k];
            if (step->side == side && step->group && (step->group->kind == BUFFER_FILE_FIELD || step->group->kind == BUFFER_FILE_DATA)) {
                s->item[i].flags &= ~(ITEM_FULL | ITEM_NEVER | 1u << step->bit);
            }
        }
    }
    s->files = (uint8_t)n;
    for (struct file *f = t->files; d->rules->has_magic && f; f = f->next) {
        proto_file_magic(d->protos, t, f);
    }
}

/* Bytes of a protocol came in this turn, in the packet's direction, and the firewall has not let the packet through yet. */
static bool firewall_due(const struct detect *d)
{
    return d->rules->firewall && d->turn->app_updated && !d->accepted && (d->turn->flow->flags & FLOW_ACCEPTED) == 0;
}

static void txn_inspect(struct detect *d, struct txn *t, unsigned side)
{
    const struct txn_index *x = &d->rules->txn[txn_proto(t)][side];
    bool last = t->complete[side] || t->progress[side] >= proto_complete(t->proto, side);

    if (!t->skip_inspect[side] && firewall_due(d) && !firewall_txn(d, t, side)) {
        return;
    }
    bool updated = t->updated[side] || (x->hooked && t->beyond[side]);
    t->beyond[side] = false;
    if (t->skip_inspect[side] || (!updated && !last && !d->turn->end)) {
        return;
    }
    struct txn_detect *s = txn_detect_of(d, t, side);
    if (!s || s->inspected) {
        return;
    }
    if (t->files && d->rules->has_files) {
        files_begin(d, t, s, side);
    }
    if (!d->others_off && (x->engine_n != 0 || x->event.n != 0 || d->state_n != 0 || s->n != 0)) {
        txn_buffers_forget(d);
        candidates_begin(d);
        candidates_waiting(d, s);
        candidates_of_txn(d, t, s, side);
        candidates_sort(d);
        for (uint32_t i = 0; i < d->candidate_n; i++) {
            rule_run(d, t, s, d->candidate[i]);
        }
    }
    bodies_seen(d, t, side);
    s->done = (uint8_t)(t->progress[side] + 1);
    s->notes = t->note_n;
    s->followed = false;
    s->inspected = t->gone[side] = last;
    t->updated[side] = false;
}

/* ---- all of a flow ---- */

bool txn_waits(const struct txn *t, unsigned side)
{
    const struct txn_detect *s = t->detect[side];

    return !t->skip_inspect[side] && (!s || !s->inspected);
}

struct txn *txn_next_to_inspect(const struct detect *d, const struct conn *c, unsigned side)
{
    (void)d;
    for (struct txn *t = c->head; t; t = t->next) {
        if (txn_waits(t, side)) {
            return t;
        }
    }
    return NULL;
}

/* Nothing but this one lives, but for one message the other way. */
bool txn_is_only(const struct txn *t, unsigned side)
{
    return !t->next || (!t->next->next && t->next->skip_inspect[side]);
}

bool txns_all(const struct detect *d)
{
    return d->turn->end || firewall_due(d) || !d->turn->flow->app->inspected; /* then what came while nobody looked waits too */
}

static void conn_inspect(struct detect *d, struct conn *c, unsigned side)
{
    const bool all = txns_all(d);
    uint16_t app = d->look.app;

    for (struct conn *child = c->child; child && !d->drop_reason; child = child->sibling) {
        conn_inspect(d, child, side);
    }
    for (struct txn *t = txn_first_due(c, side, all); t && !d->drop_reason; t = txn_next_due(t, side, all)) {
        if (txn_waits(t, side)) {
            d->look.app = (uint16_t)txn_proto(t); /* an inner conversation, or one before a change, is of its own protocol */
            txn_inspect(d, t, side);
        }
    }
    d->look.app = app;
}

/* RFC 7413: what the parsers were given before the session is established. */
static bool syn_data(const struct detect_turn *t)
{
    return t->in_stream && t->view && view_has(t->view, LAYER_TCP) && (t->view->tcp.flags & 2) != 0;
}

void txns_inspect(struct detect *d)
{
    const struct detect_turn *t = d->turn;
    const struct flow *f = t->flow;

    if (!f || !f->app || (f->key.proto == 6 && !(f->tcp && (stream_established(f) || syn_data(t))))) {
        return;
    }
    conn_inspect(d, f->app, d->look.side);
}

bool detect_txn_passed(const struct detect *d, const struct ruleset *rules, const struct txn *t)
{
    (void)d;
    (void)rules;
    return !txn_waits(t, TO_SERVER) && !txn_waits(t, TO_CLIENT);
}
