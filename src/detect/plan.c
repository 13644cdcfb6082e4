/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule's tree as a plan: its class, its header, what it asks of a packet, and the steps it asks of a transaction. */
#include "detect/compiler.h"

#include "base/hash.h"

#include <stdlib.h>

enum { STEPS_MAX = 30 }; /* a bit each in the state of a transaction */

static bool match_is(const struct match *m, const char *name)
{
    return m->kind == MATCH_KEYWORD && strcmp(m->keyword.row->name, name) == 0;
}

static bool any_is(struct match *const *m, uint16_t n, const char *name)
{
    for (uint16_t i = 0; i < n; i++) {
        if (match_is(m[i], name)) {
            return true;
        }
    }
    return false;
}

/* Is the rule about a protocol's flows only? */
static bool rule_bound(const struct rule *r)
{
    return (r->app_set[0] | r->app_set[1]) != 0 || r->app_proto != PROTO_NONE;
}

/* ---- header ---- */

_Static_assert(READER_SURICATA == 1 << DIALECT_SURICATA && READER_SNORT2 == 1 << DIALECT_SNORT2 && READER_SNORT3 == 1 << DIALECT_SNORT3,
               "a reader per dialect");

static bool header_same(const struct header *a, const struct header *b)
{
    return a->src == b->src && a->dst == b->dst && a->sport == b->sport && a->dport == b->dport && a->flags == b->flags &&
           a->flow == b->flow && a->sides == b->sides && a->reader == b->reader && a->own_proto == b->own_proto && memcmp(a->ip_proto, b->ip_proto, sizeof a->ip_proto) == 0 &&
           memcmp(a->service, b->service, sizeof a->service) == 0 && memcmp(a->told, b->told, sizeof a->told) == 0;
}

static bool header_make(struct compiler *c, struct plan *p, struct err *err)
{
    const struct rule *r = p->rule;
    struct ruleset *set = c->r;
    const void *parts[4] = { r->src, r->dst, r->sport, r->dport };
    struct header h = { .src = r->src && !r->src->any ? r->src : NULL, .dst = r->dst && !r->dst->any ? r->dst : NULL,
                        .sport = r->sport && !r->sport->any ? r->sport : NULL, .dport = r->dport && !r->dport->any ? r->dport : NULL,
                        .flags = r->header_flags, .flow = r->flow_flags, .sides = r->sides, .reader = (uint8_t)(1u << r->dialect),
                        .own_proto = r->own_proto };

    memcpy(h.ip_proto, r->ip_proto, sizeof h.ip_proto);
    memcpy(h.service, r->service, sizeof h.service);
    memcpy(h.told, r->told, sizeof h.told);
    uint64_t hash = hash_bytes(parts, sizeof parts, (uint64_t)h.flags << 32 | (uint64_t)h.flow << 8 | h.sides);
    for (uint32_t at = 0, i; (i = index_table_next(&c->headers, hash, &at)) != UINT32_MAX;) {
        if (header_same(&set->header[i], &h)) {
            p->header = i;
            return true;
        }
    }
    if (set->header_n == c->header_room) {
        uint32_t room = c->header_room ? c->header_room * 2 : 512;
        struct header *more = realloc(set->header, room * sizeof *more);
        if (!more) {
            return err_set(err, "not enough memory for rule headers");
        }
        set->header = more;
        c->header_room = room;
    }
    set->header[set->header_n] = h;
    p->header = set->header_n;
    return index_table_put(&c->headers, hash, set->header_n++) || err_set(err, "not enough memory for rule headers");
}

/* ---- steps ---- */

static bool group_is_txn(const struct group *g)
{
    return g->kind == BUFFER_FIELD || g->kind == BUFFER_FILE_DATA || g->kind == BUFFER_FILE_FIELD;
}

static uint8_t step_kind_of(const struct group *g)
{
    if (g->kind == BUFFER_FILE_FIELD && !g->name) {
        return STEP_FILE;
    }
    if (g->kind == BUFFER_FIELD && !g->name) {
        return g->match_n != 0 && (match_is(g->match[0], "app-layer-event") || match_is(g->match[0], "snort-event")) ? STEP_EVENT : STEP_KEYWORD;
    }
    for (uint16_t i = 0; i < g->match_n; i++) {
        if (g->match[i]->kind == MATCH_NUMBER || g->match[i]->kind == MATCH_PRESENT) {
            return STEP_NUMBER;
        }
    }
    return STEP_BUFFER;
}

/* The program of a group; base64_data groups are part of the group they follow. */
static const struct program *group_program(struct compiler *c, const struct rule *r, uint16_t g, struct err *err)
{
    const struct program *inner = NULL;

    if (g + 1 < r->group_n && r->group[g + 1].kind == BUFFER_BASE64) {
        inner = program_make(c, &r->group[g + 1], NULL, err);
        if (!inner) {
            return NULL;
        }
    }
    return program_make(c, &r->group[g], inner, err);
}

static bool step_is_script(const struct step *s) { return s->kind == STEP_KEYWORD && s->group->match_n != 0 && match_is(s->group->match[0], "lua"); }

/* The earliest stage at which some protocol of the plan has the buffer: steps are tried in this order. */
static unsigned step_stage(const struct compiler *c, const struct plan *p, const struct step *s)
{
    if (s->kind == STEP_HOOK) {
        return s->stage;
    }
    if (s->kind == STEP_STREAM) {
        return 255;
    }
    if (p->rule->hook && step_is_script(s)) {
        return 254; /* the hook says when */
    }
    if (s->kind != STEP_BUFFER && s->kind != STEP_NUMBER) {
        return 0;
    }
    for (unsigned id = 1; id < DETECT_PROTOS; id++) {
        const struct field *f = c->r->buffer[s->buffer].field[s->side][id];
        if (f && plan_app(p, id)) {
            return f->stage[s->side];
        }
    }
    return 254;
}

/* Does any protocol the rule can be about have this buffer on that side? */
static bool step_exists(const struct compiler *c, const struct plan *p, const struct step *s)
{
    if ((s->kind != STEP_BUFFER && s->kind != STEP_NUMBER) || c->r->buffer[s->buffer].kind != BUFFER_FIELD) {
        return true;
    }
    for (unsigned id = 1; id < DETECT_PROTOS; id++) {
        if (c->r->buffer[s->buffer].field[s->side][id] && plan_app(p, id)) {
            return true;
        }
    }
    return false;
}

struct step_list {
    struct step step[STEPS_MAX];
    unsigned n;
};

static bool steps_add(struct compiler *c, const struct plan *p, struct step_list *l, struct step s, struct err *err)
{
    const unsigned sides = s.group && s.group->side < 2 ? 1u << s.group->side : p->sides;

    for (unsigned side = 0; side < 2; side++) {
        s.side = (uint8_t)side;
        if ((sides >> side & 1) == 0 || !step_exists(c, p, &s)) {
            continue;
        }
        if (l->n == STEPS_MAX) {
            return err_set(err, "a rule can ask at most %d things of a transaction", STEPS_MAX);
        }
        s.bit = (uint8_t)l->n;
        l->step[l->n++] = s;
    }
    return true;
}

static bool steps_of_groups(struct compiler *c, struct plan *p, struct step_list *l, struct err *err)
{
    const struct rule *r = p->rule;
    bool file_done = false;

    for (uint16_t i = 0; i < r->group_n; i++) {
        const struct group *g = &r->group[i];
        struct step s = { .kind = step_kind_of(g), .group = g, .buffer = NO_BUFFER };
        if (!group_is_txn(g) || (s.kind == STEP_FILE && file_done)) {
            continue;
        }
        if (s.kind == STEP_BUFFER || s.kind == STEP_NUMBER) {
            s.buffer = buffer_of(c, g, err);
            s.program = s.kind == STEP_BUFFER ? group_program(c, r, i, err) : NULL;
            if (s.buffer == NO_BUFFER || (s.kind == STEP_BUFFER && !s.program)) {
                return false;
            }
        }
        /* Everything asked of a file is asked of the same one. */
        file_done |= s.kind == STEP_FILE;
        if (g->kind == BUFFER_FILE_DATA || g->kind == BUFFER_FILE_FIELD) {
            p->flags |= PLAN_FILES;
        }
        unsigned before = l->n;
        if (!steps_add(c, p, l, s, err)) {
            return false;
        }
        if (l->n == before) {
            return err_set(err, "no protocol of this rule has the buffer %s in this direction", g->name ? g->name : "");
        }
    }
    return true;
}

/* Every protocol has a state called …_started and one called …_complete: its first and its last. */
bool state_is(const struct proto *proto, unsigned side, const struct proto_state *st, const char *name)
{
    bool first = st == proto_states(proto, side), last = !st[1].name;

    return strcmp(st->name, name) == 0 || (first && strcmp(name, side == TO_SERVER ? "request_started" : "response_started") == 0) ||
           (last && strcmp(name, side == TO_SERVER ? "request_complete" : "response_complete") == 0);
}

static bool step_of_hook(const struct plan *p, struct step_list *l, struct err *err)
{
    const struct rule *r = p->rule;
    const struct proto *proto = proto_by_id(r->app_proto);

    if (!proto) {
        return err_set(err, "the hook %s needs a protocol", r->hook);
    }
    unsigned side = r->hook_side & 1;
    for (const struct proto_state *st = proto_states(proto, side); st->name; st++) {
        if (state_is(proto, side, st, r->hook)) {
            l->step[l->n] = (struct step){ .kind = STEP_HOOK, .side = (uint8_t)side, .stage = st->progress, .buffer = NO_BUFFER,
                                           .bit = (uint8_t)l->n };
            l->n++;
            return true;
        }
    }
    return err_set(err, "%s has no state called %s", proto->name, r->hook);
}

static int step_rank(const struct compiler *c, const struct plan *p, const struct step *s)
{
    return s->fast ? -1 : (int)step_stage(c, p, s);
}

static void steps_sort(const struct compiler *c, const struct plan *p, struct step_list *l)
{
    for (unsigned i = 1; i < l->n; i++) { /* few, and equals keep their order */
        struct step s = l->step[i];
        unsigned at = i;
        for (; at > 0 && step_rank(c, p, &l->step[at - 1]) > step_rank(c, p, &s); at--) {
            l->step[at] = l->step[at - 1];
        }
        l->step[at] = s;
    }
}

static bool steps_store(struct compiler *c, struct plan *p, const struct step_list *l, struct err *err)
{
    if (l->n == 0) {
        return true;
    }
    struct step *s = arena_take(&c->r->arena, l->n * sizeof *s);
    if (!s) {
        return err_set(err, "not enough memory for a rule");
    }
    memcpy(s, l->step, l->n * sizeof *s);
    p->step = s;
    p->step_n = (uint8_t)l->n;
    return true;
}

static const struct group *payload_group(const struct rule *r)
{
    for (uint16_t i = 0; i < r->group_n; i++) {
        if (r->group[i].kind == BUFFER_PAYLOAD) {
            return &r->group[i];
        }
    }
    return NULL;
}

/* Nothing but scripts is asked of the transaction: the hook says when. */
static bool only_scripts(const struct step_list *l)
{
    for (unsigned i = 0; i < l->n; i++) {
        if (!step_is_script(&l->step[i])) {
            return false;
        }
    }
    return true;
}

static bool steps_make(struct compiler *c, struct plan *p, struct err *err)
{
    struct step_list l = { .n = 0 };
    const struct rule *r = p->rule;
    const struct group *payload = payload_group(r);

    if (!steps_of_groups(c, p, &l, err)) {
        return false;
    }
    if (only_scripts(&l) && r->hook && r->app_proto != PROTO_NONE && !step_of_hook(p, &l, err)) {
        return false;
    }
    if (payload) {
        p->payload = group_program(c, r, (uint16_t)(payload - r->group), err);
        if (!p->payload) {
            return false;
        }
        if (l.n != 0 && !steps_add(c, p, &l, (struct step){ .kind = STEP_STREAM, .group = payload, .buffer = NO_BUFFER, .program = p->payload }, err)) {
            return false;
        }
    }
    if (!steps_store(c, p, &l, err)) {
        return false;
    }
    if (r->firewall) { /* looked at in its table's order: nothing filters it */
        return steps_store(c, p, &l, err);
    }
    plan_choose_fast(c, p);
    for (unsigned i = 0; i < l.n; i++) {
        l.step[i].fast = p->fast_group && l.step[i].group == p->fast_group;
    }
    steps_sort(c, p, &l);
    return steps_store(c, p, &l, err);
}

/* ---- buffers of packets and frames ---- */

static bool buffers_make(struct compiler *c, const struct rule *r, enum buffer_kind kind, const struct packet_buffer **out, uint8_t *out_n, struct err *err)
{
    unsigned n = 0;

    for (uint16_t i = 0; i < r->group_n; i++) {
        n += r->group[i].kind == kind;
    }
    struct packet_buffer *list = n ? arena_zero(&c->r->arena, n * sizeof *list) : NULL;
    if (n && (!list || n > UINT8_MAX)) {
        return err_set(err, "not enough memory for a rule");
    }
    *out = list;
    for (uint16_t i = 0; i < r->group_n; i++) {
        if (r->group[i].kind != kind) {
            continue;
        }
        struct packet_buffer *b = &list[(*out_n)++];
        b->buffer = buffer_of(c, &r->group[i], err);
        b->program = b->buffer != NO_BUFFER ? group_program(c, r, i, err) : NULL;
        if (!b->program) {
            return false;
        }
    }
    return true;
}

/* ---- class ---- */

/* Keywords that fit a rule which is decided once per flow and direction. */
static bool match_fits_address(const struct match *m)
{
    static const char *const names[] = { "hostbits", "xbits", "iprep", "tag" };

    if (match_is(m, "flowbits")) {
        return false; /* as a condition; setting one is done after the match and fits */
    }
    for (size_t i = 0; i < ROWS(names); i++) {
        if (match_is(m, names[i])) {
            return true;
        }
    }
    return false;
}

static bool set_negates(const char *text)
{
    return text && strchr(text, '!') != NULL;
}

static bool post_fits_address(const struct rule *r)
{
    for (uint16_t i = 0; i < r->post_n; i++) {
        if (!match_fits_address(r->post[i]) && !match_is(r->post[i], "flowbits")) {
            return false;
        }
    }
    return true;
}

static bool is_proto_only(const struct rule *r)
{
    bool found = false;

    if (rule_bound(r) || r->hook || r->group_n || (r->flow_flags & ~(RULE_TO_SERVER | RULE_TO_CLIENT)) != 0) {
        return false;
    }
    for (uint16_t i = 0; i < r->packet_n; i++) {
        bool proto = match_is(r->packet[i], "app-layer-protocol");
        if (!proto && !match_fits_address(r->packet[i])) {
            return false;
        }
        found |= proto;
    }
    return found;
}

static bool is_address_only(const struct rule *r)
{
    if (rule_bound(r) || r->hook || r->group_n || r->flow_flags || (r->header_flags & (HEADER_ARP | HEADER_ETHER)) != 0 || !post_fits_address(r)) {
        return false;
    }
    for (uint16_t i = 0; i < r->packet_n; i++) {
        if (!match_fits_address(r->packet[i])) {
            return false;
        }
    }
    return r->sides == 3;
}

static bool is_event_only(const struct rule *r)
{
    if (rule_bound(r) || r->hook || r->group_n || r->packet_n == 0) {
        return false;
    }
    for (uint16_t i = 0; i < r->packet_n; i++) {
        if (!match_is(r->packet[i], "decode-event") && !match_is(r->packet[i], "engine-event") &&
            !match_is(r->packet[i], "snort-event")) {
            return false;
        }
    }
    return true;
}

static uint8_t plan_class(const struct plan *p)
{
    const struct rule *r = p->rule;

    if (p->step_n != 0) {
        return PLAN_TXN;
    }
    if (p->frame_n != 0) {
        return PLAN_FRAME;
    }
    if (is_proto_only(r)) {
        return PLAN_PROTO_ONLY;
    }
    if (is_address_only(r)) {
        return set_negates(r->src_text) || set_negates(r->dst_text) ? PLAN_IP_LIKE : PLAN_IP_ONLY;
    }
    if (is_event_only(r)) {
        return PLAN_EVENT_ONLY;
    }
    if (p->packet_buffer_n != 0) {
        return PLAN_PACKET;
    }
    if (p->payload) {
        unsigned needs = p->flags & (PLAN_NEEDS_PACKET | PLAN_NEEDS_STREAM);
        return needs == PLAN_NEEDS_PACKET ? PLAN_PACKET : needs == PLAN_NEEDS_STREAM ? PLAN_STREAM : PLAN_PACKET_STREAM;
    }
    return r->packet_n == 0 && rule_bound(r) ? PLAN_APP : PLAN_PACKET;
}

/* Snort also asks packets without payload whether something is not there. */
static bool payload_may_be_empty(const struct plan *p)
{
    if ((p->flags & PLAN_PDU) == 0) {
        return false;
    }
    for (uint16_t i = 0; i < p->payload->n; i++) {
        const struct match *m = p->payload->op[i].match;
        bool not = m->kind == MATCH_CONTENT ? (m->content.flags & CONTENT_NEGATED) != 0
                   : m->kind == MATCH_PCRE  ? (m->pcre.flags & PCRE_NEGATED) != 0 : m->kind == MATCH_ISDATAAT && m->negated;
        if (!not) {
            return false;
        }
    }
    return true;
}

static uint8_t plan_needs(const struct plan *p)
{
    static const char *const events[] = { "decode-event", "stream-event", "app-layer-event", "engine-event", "snort-event" };
    const struct rule *r = p->rule;
    unsigned need = 0;

    if ((p->flags & (PLAN_NEEDS_PACKET | PLAN_NEEDS_STREAM)) == PLAN_NEEDS_PACKET) {
        need |= NEED_PACKET;
    }
    if (p->payload && !payload_may_be_empty(p)) {
        need |= NEED_PAYLOAD;
    }
    const unsigned no_state = RULE_TO_SERVER | RULE_TO_CLIENT | RULE_ONLY_STREAM | RULE_NO_STREAM;
    if (any_is(r->packet, r->packet_n, "flowbits") || any_is(r->packet, r->packet_n, "flowint") || (r->flow_flags & ~no_state) != 0 || rule_bound(r)) {
        need |= NEED_FLOW;
    }
    for (uint16_t i = 0; i < r->packet_n; i++) {
        const struct keyword *k = r->packet[i]->kind == MATCH_KEYWORD ? r->packet[i]->keyword.row : NULL;
        need |= k && k->needs ? k->needs(r->packet[i]->keyword.data) & (NEED_SYN | NEED_UNUSUAL) : 0;
    }
    if (r->hook && strcmp(r->hook, "flow_start") == 0) {
        need |= NEED_FIRST;
    }
    for (size_t i = 0; i < ROWS(events); i++) {
        need |= any_is(r->packet, r->packet_n, events[i]) ? NEED_EVENT : 0;
    }
    return (uint8_t)need;
}

/* Payload of TCP is matched in the stream, unless the rule ties it to packets; a fixed place is looked for in both. */
static void plan_stream_or_packet(struct plan *p)
{
    const struct rule *r = p->rule;

    p->flags |= (r->needs_packet ? PLAN_NEEDS_PACKET : 0) | (r->needs_stream ? PLAN_NEEDS_STREAM : 0);
    p->flags |= r->dialect != DIALECT_SURICATA ? PLAN_PDU : 0;
    if ((r->flow_flags & RULE_ONLY_STREAM) != 0 || (r->header_flags & HEADER_TCP_STREAM) != 0) {
        p->flags |= PLAN_ONLY_STREAM;
    }
}

bool plan_make(struct compiler *c, struct plan *p, const struct rule *r, struct err *err)
{
    *p = (struct plan){ .rule = r, .sides = r->sides & 3, .fast_buffer = NO_BUFFER, .app = { r->app_set[0], r->app_set[1] } };
    if ((p->app[0] | p->app[1]) == 0 && r->app_proto != PROTO_NONE && r->app_proto < 128) {
        p->app[r->app_proto >> 6] = 1ULL << (r->app_proto & 63);
    }
    if ((r->header_flags & HEADER_TXN_BOTH) != 0) {
        p->flags |= PLAN_BOTH_SIDES;
    }
    plan_stream_or_packet(p);
    if (!header_make(c, p, err) || !buffers_make(c, r, BUFFER_PACKET, &p->packet_buffer, &p->packet_buffer_n, err) ||
        !buffers_make(c, r, BUFFER_FRAME, &p->frame, &p->frame_n, err) || !steps_make(c, p, err)) {
        return false;
    }
    for (uint8_t i = 0; i < p->step_n; i++) {
        if (p->step[i].fast && p->step[i].kind == STEP_BUFFER) {
            p->fast_buffer = p->step[i].buffer;
        }
    }
    plan_files(p);
    p->type = r->firewall ? PLAN_FIREWALL : plan_class(p);
    p->need = plan_needs(p);
    if (r->variable_n > c->r->variables_max) {
        c->r->variables_max = r->variable_n;
    }
    return true;
}
