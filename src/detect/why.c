/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/why.h"

#include "detect/flow_state.h"
#include "detect/txn_detect.h"
#include "rule/rule.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 16384, MATCHES = 64 };

static const struct {
    const char *name, *text;
} stages[WHY_STAGES] = {
    [WHY_PROTOCOL] = { "protocol", "another transport or kind of packet" },
    [WHY_DIRECTION] = { "direction", "the other direction" },
    [WHY_FLOW_STATE] = { "flow", "the flow's state" },
    [WHY_PORTS] = { "ports", "the ports" },
    [WHY_ADDRESSES] = { "addresses", "the addresses" },
    [WHY_TUNNEL] = { "tunnel", "a tunnel that its own engine does not look into (decoder.KIND.enabled: yes)" },
    [WHY_APP] = { "app-protocol", "the application protocol" },
    [WHY_PACKET] = { "packet", "something the packet does not have" },
    [WHY_GROUP] = { "group", "a buffer that was not there" },
    [WHY_LITERAL] = { "literal", "a literal" },
    [WHY_OPTION] = { "option", "an option" },
    [WHY_STATE] = { "state", "a state that was not reached" },
    [WHY_CONDITION] = { "condition", "a condition" },
    [WHY_FLOWBIT] = { "flowbit", "a bit or number kept from before" },
    [WHY_NOALERT] = { "noalert", "it matched and does not alert" },
    [WHY_PASSED] = { "pass", "it matched behind a pass rule" },
    [WHY_SUPPRESSED] = { "suppression", "it matched and is suppressed" },
    [WHY_THRESHOLD] = { "threshold", "it matched and waits for its threshold" },
    [WHY_LIMIT] = { "limit", "it matched beyond packet-alert-max" },
    [WHY_ALERT] = { "alert", "it alerted" },
};

const char *why_stage_name(enum why_stage s) { return s < WHY_STAGES ? stages[s].name : "?"; }
const char *why_stage_text(enum why_stage s) { return s < WHY_STAGES ? stages[s].text : "?"; }

struct why {
    uint32_t gid, sid;
    const struct ruleset *rules; /* that `plan` is of */
    const struct plan *plan;     /* NULL: the rule is not there */
    bool known;
    struct why_entry *entry;
    uint32_t *next, bucket[BUCKETS]; /* index + 1; 0: none */
    uint32_t n, room;
    uint64_t lost;
    uint32_t match[MATCHES], match_n; /* entries that matched in this turn */
    uint32_t alerts;                  /* the rule's, before this turn */
};

struct why *why_new(uint32_t gid, uint32_t sid)
{
    struct why *w = calloc(1, sizeof *w);

    if (w != NULL) {
        w->gid = gid;
        w->sid = sid;
    }
    return w;
}

void why_free(struct why *w)
{
    if (w != NULL) {
        free(w->entry);
        free(w->next);
        free(w);
    }
}

const struct why_entry *why_entries(const struct why *w, size_t *n)
{
    *n = w->n;
    return w->entry;
}

bool why_known(const struct why *w) { return w->known; }
uint64_t why_lost(const struct why *w) { return w->lost; }

/* ---- entries ---- */

static struct why_entry *entry_add(struct why *w)
{
    if (w->n == w->room) {
        uint32_t room = w->room != 0 ? w->room * 2 : 256;
        struct why_entry *entry = room <= WHY_ENTRIES ? realloc(w->entry, room * sizeof *entry) : NULL;
        if (entry == NULL) {
            w->lost++;
            return NULL;
        }
        w->entry = entry;
        uint32_t *next = realloc(w->next, room * sizeof *next);
        if (next == NULL) {
            w->lost++;
            return NULL;
        }
        w->next = next;
        w->room = room;
    }
    return &w->entry[w->n++];
}

/* The entry of this turn's flow (or packet), or of a transaction of it. */
static struct why_entry *entry_of(struct detect *d, struct why *w, const struct txn *t)
{
    const struct flow *f = d->turn->flow;
    uint64_t flow = f ? f->id : 0, packet = d->turn->number;
    uint32_t *bucket = &w->bucket[(flow != 0 ? flow ^ flow >> 20 : packet) % BUCKETS];

    for (uint32_t i = *bucket; i != 0; i = w->next[i - 1]) {
        struct why_entry *e = &w->entry[i - 1];
        if (e->flow == flow && (flow != 0 || e->packet == packet) && e->has_txn == (t != NULL) && (!t || e->txn == t->id)) {
            return e;
        }
    }
    struct why_entry *e = entry_add(w);
    if (e) {
        const struct look *l = &d->look;
        bool back = f && l->side == TO_CLIENT;
        *e = (struct why_entry){ .flow = flow, .packet = packet, .has_txn = t != NULL, .txn = t ? t->id : 0, .family = (uint8_t)l->family, .proto = l->proto };
        e->src = back ? l->dst : l->src;
        e->dst = back ? l->src : l->dst;
        e->sport = back ? l->dport : l->sport;
        e->dport = back ? l->sport : l->dport;
        w->next[w->n - 1] = *bucket;
        *bucket = w->n;
    }
    return e;
}

/* How far it came in this turn. */
struct reached {
    enum why_stage stage;
    uint32_t depth;
    const struct match *match; /* what did not hold; NULL: `what` says it */
    const char *what;
    bool matched;
};

/* A keyword's own words, as the rules' analysis has them. */
static void match_tell(const struct why *w, const struct match *m, struct text *t)
{
    struct json j;

    if (m->kind != MATCH_KEYWORD || !m->keyword.row->tell) {
        return;
    }
    text_byte(t, ' ');
    json_init(&j, t);
    json_object(&j, NULL);
    m->keyword.row->tell(m->keyword.data, ruleset_source(w->rules)->names, &j);
    json_end_object(&j);
}

static void told(struct detect *d, struct why *w, struct why_entry *e, const struct reached *r)
{
    if (!e) {
        return;
    }
    if (r->matched && w->match_n < MATCHES) {
        w->match[w->match_n++] = (uint32_t)(e - w->entry);
    }
    if (r->matched || r->stage < e->stage || (r->stage == e->stage && r->depth <= e->depth && e->what[0] != '\0')) {
        return;
    }
    e->stage = (uint8_t)r->stage;
    e->depth = r->depth;
    e->packet = d->turn->number != 0 ? d->turn->number : e->packet;
    if (r->match) {
        struct text t;
        text_init(&t, WHY_TEXT * 4);
        rule_print_match(w->plan->rule, r->match, &t);
        match_tell(w, r->match, &t);
        snprintf(e->what, sizeof e->what, "%s%s%.*s", r->what ? r->what : "", r->what ? ": " : "", (int)t.n, t.p ? t.p : "");
        text_fini(&t);
    } else {
        snprintf(e->what, sizeof e->what, "%s", r->what ? r->what : "");
    }
}

/* ---- one program over bytes ---- */

/* How many instructions hold, in order: the longest part of the program that matches.  What must not be asked is taken to hold. */
static uint32_t program_holds(struct detect *d, const struct program *p, const struct verify_buffer *b)
{
    uint32_t n = 0;

    while (n < p->n) {
        const struct match *m = p->op[n].match;
        if (m && m->kind == MATCH_KEYWORD && m->keyword.row->changes) {
            return p->n;
        }
        struct program part = { .op = p->op, .n = (uint16_t)(n + 1), .on_absent = p->on_absent };
        if (verify_program(&d->verifier, &part, b) != VERIFY_YES) {
            break;
        }
        n++;
    }
    return n;
}

/* Adds what a program said of some bytes to what is known of the turn. */
static void program_reached(struct detect *d, const struct program *p, const struct verify_buffer *b, struct reached *r)
{
    uint32_t n = program_holds(d, p, b);

    if (n == p->n) {
        r->matched = true;
    } else if (!r->matched && (n >= r->depth || !r->match)) {
        r->match = p->op[n].match;
        r->depth = n;
        r->stage = r->match && r->match->kind == MATCH_CONTENT ? WHY_LITERAL : WHY_OPTION;
    }
}

/* ---- a rule about packets ---- */

static void payload_reached(struct detect *d, const struct plan *p, struct reached *r)
{
    const struct look *l = &d->look;
    bool any = false;

    for (unsigned i = 0; (p->flags & PLAN_NEEDS_STREAM) != 0 && l->stream_ready && !l->unasked && i < l->window_n; i++) {
        struct verify_buffer b = { .bytes = l->window[i].bytes };
        program_reached(d, p->payload, &b, r);
        any = true;
    }
    for (unsigned i = 0; (p->flags & PLAN_PDU) != 0 && i < l->pdu_n; i++) {
        struct verify_buffer b = { .bytes = l->pdu[i].bytes, .end = true };
        program_reached(d, p->payload, &b, r);
        any = true;
    }
    bool stream_alone = (p->flags & PLAN_ONLY_STREAM) != 0 ||
                        ((p->flags & (PLAN_NEEDS_STREAM | PLAN_PDU)) == PLAN_NEEDS_STREAM && (p->flags & PLAN_NEEDS_PACKET) == 0 && d->turn->in_stream && !l->unasked);
    if (d->turn->view && l->payload.n != 0 && !stream_alone) {
        struct verify_buffer b = { .bytes = l->payload, .end = true };
        program_reached(d, p->payload, &b, r);
        any = true;
    }
    if (!any) {
        *r = (struct reached){ .stage = WHY_GROUP, .what = "payload: there were no bytes to look at" };
    }
}

/* Conditions on packet and flow; true: all hold. */
static bool conditions_hold(struct detect *d, const struct plan *p, struct reached *r)
{
    static const char *const kept[] = { "flowbits", "flowint", "xbits", "hostbits" };
    const struct rule *rule = p->rule;

    for (uint16_t i = 0; i < rule->packet_n; i++) {
        const struct match *m = rule->packet[i];
        if (m->kind != MATCH_KEYWORD || m->keyword.row->changes || m->keyword.row->match(&d->scope, rule, m->keyword.data)) {
            continue;
        }
        *r = (struct reached){ .stage = WHY_CONDITION, .depth = i, .match = m };
        for (unsigned k = 0; k < ROWS(kept); k++) {
            r->stage = strcmp(kept[k], m->keyword.row->name) == 0 ? WHY_FLOWBIT : r->stage;
        }
        return false;
    }
    for (uint8_t i = 0; i < p->packet_buffer_n; i++) {
        const struct packet_buffer *b = &p->packet_buffer[i];
        struct verify_buffer data;
        struct reached x = { .stage = WHY_GROUP, .what = d->rules->buffer[b->buffer].name };
        for (unsigned k = 0; !x.matched && buffer_packet(d, &d->rules->buffer[b->buffer], k, &data); k++) {
            program_reached(d, b->program, &data, &x);
        }
        if (!x.matched) {
            *r = x;
            return false;
        }
    }
    return true;
}

static void packet_why(struct detect *d, struct why *w, const struct plan *p)
{
    struct reached r = { .stage = WHY_PACKET, .matched = false };
    bool frames = p->type == PLAN_FRAME;

    if ((!d->turn->view && p->type == PLAN_PACKET) || (p->need & ~d->look.need) != 0) {
        r.what = "the packet, its payload or its flags";
        told(d, w, entry_of(d, w, NULL), &r);
        return;
    }
    scope_begin(d, p, NULL);
    r.matched = !p->payload && !frames;
    if (p->payload) {
        payload_reached(d, p, &r);
    } else if (frames) {
        r = (struct reached){ .stage = WHY_GROUP, .what = "frames are not followed here" };
    }
    if (r.matched && !conditions_hold(d, p, &r)) {
        r.matched = false;
    }
    d->verifier.captured_n = 0;
    told(d, w, entry_of(d, w, NULL), &r);
}

/* ---- a rule about transactions ---- */

static void buffer_reached(struct detect *d, const struct step *s, struct txn *t, struct reached *r)
{
    const struct buffer *b = &d->rules->buffer[s->buffer];
    struct verify_buffer data;
    bool any = false;

    r->what = b->name;
    if (!buffer_is_list(b, txn_proto(t), s->side)) {
        any = buffer_single(d, b, t, s->side, &data);
        if (any) {
            program_reached(d, s->program, &data, r);
        }
    }
    for (unsigned i = 0; !any || i != 0; i++) {
        if (any && i == 0) {
            break;
        }
        if (!buffer_item(d, b, t, s->side, i, &data)) {
            break;
        }
        program_reached(d, s->program, &data, r);
        any = true;
        if (i == 255) {
            break;
        }
    }
    if (!any) {
        *r = (struct reached){ .stage = WHY_GROUP, .what = b->name };
    }
}

/* The first step that does not hold. */
static void step_why(struct detect *d, const struct step *s, struct txn *t, struct reached *r)
{
    const struct match *first = s->group && s->group->match_n != 0 ? s->group->match[0] : NULL;

    switch ((enum step_kind)s->kind) {
    case STEP_BUFFER:
        buffer_reached(d, s, t, r);
        r->matched = false;
        break;
    case STEP_HOOK: *r = (struct reached){ .stage = WHY_STATE, .what = d->plan->rule->hook }; break;
    case STEP_NUMBER: *r = (struct reached){ .stage = WHY_OPTION, .match = first, .what = s->group ? s->group->name : NULL }; break;
    case STEP_STREAM: payload_reached(d, d->plan, r); break;
    case STEP_KEYWORD:
    case STEP_EVENT:
    case STEP_FILE:
    default: *r = (struct reached){ .stage = WHY_CONDITION, .match = first }; break;
    }
}

static bool step_changes(const struct step *s)
{
    for (uint16_t i = 0; s->group && i < s->group->match_n; i++) {
        if (s->group->match[i]->kind == MATCH_KEYWORD && s->group->match[i]->keyword.row->changes) {
            return true;
        }
    }
    return false;
}

static void txn_why(struct detect *d, struct why *w, const struct plan *p, struct txn *t)
{
    struct reached r = { .matched = true };

    txn_buffers_forget(d);
    d->plan = p;
    scope_begin(d, p, t);
    for (uint32_t i = 0, held = 0; r.matched && i < p->step_n; i++) {
        const struct step *s = &p->step[i];
        if (s->side != d->look.side) {
            continue;
        }
        if (step_changes(s) || txn_step_holds(d, s, t)) {
            held++;
            continue;
        }
        r = (struct reached){ .stage = WHY_GROUP };
        step_why(d, s, t, &r);
        r.depth += held * 1000;
        r.matched = false;
    }
    if (r.matched && !conditions_hold(d, p, &r)) {
        r.matched = false;
    }
    d->verifier.captured_n = 0;
    txn_buffers_forget(d);
    told(d, w, entry_of(d, w, t), &r);
}

static void txns_why(struct detect *d, struct why *w, const struct plan *p)
{
    const struct conn *c = d->turn->flow ? d->turn->flow->app : NULL;
    bool any = false;

    for (struct txn *t = c ? c->head : NULL; t; t = t->next) {
        if (txn_waits(t, d->look.side) && plan_app(p, txn_proto(t))) {
            txn_why(d, w, p, t);
            any = true;
        }
    }
    if (!any) {
        struct reached r = { .stage = WHY_APP, .what = "no transaction of the rule's protocol" };
        told(d, w, entry_of(d, w, NULL), &r);
    }
}

/* ---- a turn ---- */

static void rule_find(struct detect *d, struct why *w)
{
    w->rules = d->rules;
    w->plan = NULL;
    for (uint32_t i = 0; i < d->rules->plan_n; i++) {
        const struct rule *r = d->rules->plan[i].rule;
        if (r->sid == w->sid && r->gid == w->gid) {
            w->plan = &d->rules->plan[i];
            w->known = true;
        }
    }
}

void why_before(struct detect *d)
{
    static const enum why_stage parts[] = { [HEADER_TUNNEL] = WHY_TUNNEL, [HEADER_SIDE] = WHY_DIRECTION, [HEADER_FLOW] = WHY_FLOW_STATE, [HEADER_PROTO] = WHY_PROTOCOL,
                                            [HEADER_PORTS] = WHY_PORTS, [HEADER_ADDRESSES] = WHY_ADDRESSES };
    struct why *w = d->settings.why;

    if (w->rules != d->rules) {
        rule_find(d, w);
    }
    w->match_n = 0;
    const struct plan *p = w->plan;
    if (!p) {
        return;
    }
    w->alerts = d->rule_alerts[p - d->rules->plan];
    enum header_part part = header_refuses(d, p->header);
    if (part != HEADER_HOLDS) {
        struct reached r = { .stage = parts[part], .what = "" };
        told(d, w, entry_of(d, w, NULL), &r);
    } else if (p->type == PLAN_TXN) {
        txns_why(d, w, p);
    } else if (!plan_app(p, d->look.app)) {
        struct reached r = { .stage = WHY_APP, .what = proto_name(d->look.app) };
        told(d, w, entry_of(d, w, NULL), &r);
    } else {
        packet_why(d, w, p);
    }
}

/* It matched and nothing was told of it. */
static void silent(struct detect *d, const struct plan *p, struct reached *r)
{
    const struct rule *rule = p->rule;

    for (const struct threshold *t = rule->threshold; t; t = t->next) {
        bool src = !t->addresses || addr_set_has(t->addresses, &d->look.src, d->look.family);
        bool dst = !t->addresses || addr_set_has(t->addresses, &d->look.dst, d->look.family);
        if (t->type == THRESHOLD_SUPPRESS && (t->track == TRACK_SRC ? src : t->track == TRACK_DST ? dst : src || dst)) {
            *r = (struct reached){ .stage = WHY_SUPPRESSED, .what = t->addresses ? "of these addresses" : "of all" };
            return;
        }
    }
    if (rule->noalert || rule->action == ACTION_CONFIG || (rule->action == ACTION_PASS && !rule->alert)) {
        *r = (struct reached){ .stage = WHY_NOALERT, .what = rule->action == ACTION_PASS ? "a pass rule tells nothing" : "" };
    } else if (rule->threshold) {
        static const char *const types[] = { "none", "limit", "threshold", "both", "detection_filter", "rate", "suppress", "backoff" };
        *r = (struct reached){ .stage = WHY_THRESHOLD, .what = types[rule->threshold->type % ROWS(types)] };
    } else if (d->passed) {
        *r = (struct reached){ .stage = WHY_PASSED };
    } else if (d->discarded != 0) {
        *r = (struct reached){ .stage = WHY_LIMIT };
    }
}

void why_after(struct detect *d)
{
    struct why *w = d->settings.why;
    const struct plan *p = w->plan;

    if (!p) {
        return;
    }
    uint32_t alerts = d->rule_alerts[p - d->rules->plan] - w->alerts;
    if (alerts != 0 && w->match_n == 0) { /* not seen coming: the flow's own entry says that it alerted */
        struct why_entry *e = entry_of(d, w, NULL);
        w->match[w->match_n++] = e ? (uint32_t)(e - w->entry) : 0;
        w->match_n = e ? 1 : 0;
    }
    for (uint32_t i = 0; i < w->match_n; i++) {
        struct why_entry *e = &w->entry[w->match[i]];
        struct reached r = { .stage = WHY_STAGES };
        if (alerts != 0) {
            r = (struct reached){ .stage = WHY_ALERT, .what = " " };
            e->alerts++;
            alerts--;
        } else {
            silent(d, p, &r);
        }
        if (r.stage != WHY_STAGES) {
            told(d, w, e, &r);
        }
    }
}
