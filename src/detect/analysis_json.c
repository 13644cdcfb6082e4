/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's analysis as JSON: one object with what the compiler made of it. */
#include "detect/analysis.h"

#include "base/text.h"
#include "detect/kw/flowbits.h"
#include "detect/ruleset.h"

#include <stdio.h>
#include <stdlib.h>

const char *analysis_type(const struct plan *p)
{
    static const char *const names[] = {
        [PLAN_IP_ONLY] = "ip_only", [PLAN_IP_LIKE] = "like_ip_only", [PLAN_PROTO_ONLY] = "pd_only", [PLAN_EVENT_ONLY] = "de_only",
        [PLAN_PACKET] = "pkt", [PLAN_PACKET_STREAM] = "pkt_stream", [PLAN_STREAM] = "stream", [PLAN_APP] = "app_layer", [PLAN_TXN] = "app_tx", [PLAN_FRAME] = "app_tx",
    };
    return names[p->type];
}

void analysis_pattern(struct text *t, struct bytes literal)
{
    bool hex = false;

    for (size_t i = 0; i < literal.n; i++) {
        uint8_t c = literal.p[i];
        bool plain = c > 0x20 && c < 0x7f && strchr("\"|;:\\", c) == NULL;
        if (!plain) {
            text_printf(t, "%s%02X", hex ? " " : "|", c);
        } else {
            text_printf(t, "%s%c", hex ? "|" : "", c);
        }
        hex = !plain;
    }
    if (hex) {
        text_byte(t, '|');
    }
}

/* Names that Suricata's buffers have and our fields do not follow from; HTTP's are its modifiers'. */
const char *analysis_buffer_name(const char *name)
{
    static const struct {
        const char *ours, *theirs;
    } names[] = {
        { "file.data", "file_data" },
        { "http.response_body", "file_data" },
        { "http.request_body", "http_client_body" },
        { "http.uri", "http_uri" },
        { "http.uri.raw", "http_raw_uri" },
        { "http.method", "http_method" },
        { "http.header", "http_header" },
        { "http.header.raw", "http_raw_header" },
        { "http.host", "http_host" },
        { "http.host.raw", "http_raw_host" },
        { "http.cookie", "http_cookie" },
        { "http.user_agent", "http_user_agent" },
        { "http.stat_code", "http_stat_code" },
        { "http.stat_msg", "http_stat_msg" },
        { "dns.query", "dns_query" },
        { "dcerpc.stub_data", "dce_stub_data" },
    };

    for (size_t i = 0; name && i < ROWS(names); i++) {
        if (strcmp(name, names[i].ours) == 0) {
            return names[i].theirs;
        }
    }
    return name ? name : "content";
}

const char *analysis_buffer(const struct group *g)
{
    if (g->kind == BUFFER_PAYLOAD) {
        return "payload";
    }
    return g->kind == BUFFER_BASE64 ? "base64_data" : g->name ? analysis_buffer_name(g->name) : "generic";
}

/* ---- matches ---- */

static bool is_relative(const struct match *m)
{
    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: return (m->content.flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) != 0;
    case MATCH_PCRE: return (m->pcre.flags & PCRE_RELATIVE) != 0;
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: return m->byte.relative;
    case MATCH_ISDATAAT: return m->isdataat.relative;
    case MATCH_BASE64_DECODE: return m->base64.relative;
    case MATCH_BSIZE:
    case MATCH_URILEN:
    case MATCH_NUMBER:
    case MATCH_ABSENT:
    case MATCH_PRESENT:
    case MATCH_KEYWORD:
    default: return false;
    }
}

static void tell_operand(struct json *j, const char *key, const struct rule *r, const struct operand *o)
{
    if (o->variable >= 0) {
        json_string(j, key, o->variable < r->variable_n ? r->variable_names[o->variable] : "?");
    } else {
        json_i64(j, key, o->value);
    }
}

/* The literal is the rule's and nothing more is asked of it than to be there. */
static bool is_whole(const struct content *c, bool next)
{
    return (c->flags & ~(unsigned)(CONTENT_NOCASE | CONTENT_FAST | CONTENT_FAST_ONLY)) == 0 && !next;
}

static void tell_content(struct json *j, const struct plan *p, const struct content *c, bool next)
{
    static const struct {
        const char *key;
        unsigned flag;
        size_t at;
    } places[] = {
        { "offset", CONTENT_OFFSET, offsetof(struct content, offset) },
        { "depth", CONTENT_DEPTH, offsetof(struct content, depth) },
        { "distance", CONTENT_DISTANCE, offsetof(struct content, distance) },
        { "within", CONTENT_WITHIN, offsetof(struct content, within) },
    };
    struct text t;

    text_init(&t, 0);
    analysis_pattern(&t, c->bytes);
    json_bytes(j, "pattern", text_bytes(&t));
    text_fini(&t);
    json_u64(j, "length", c->bytes.n);
    json_bool(j, "nocase", (c->flags & CONTENT_NOCASE) != 0);
    json_bool(j, "negated", (c->flags & CONTENT_NEGATED) != 0);
    json_bool(j, "starts_with", (c->flags & CONTENT_STARTSWITH) != 0);
    json_bool(j, "ends_with", (c->flags & CONTENT_ENDSWITH) != 0);
    json_bool(j, "is_mpm", c == p->fast);
    json_bool(j, "no_double_inspect", c == p->fast && is_whole(c, next));
    for (size_t i = 0; i < ROWS(places); i++) {
        if ((c->flags & places[i].flag) != 0) {
            tell_operand(j, places[i].key, p->rule, (const struct operand *)((const char *)c + places[i].at));
        }
    }
    json_bool(j, "fast_pattern", (c->flags & CONTENT_FAST) != 0);
    json_bool(j, "relative_next", next);
}

static void tell_byte(struct json *j, const struct plan *p, const struct match *m)
{
    static const char *const operators[] = { "<", ">", "=", "<=", ">=", "&", "^", "!=", "+", "-", "/", "*", "<<", ">>" };
    const struct byte_op *b = &m->byte;
    const struct {
        const char *name;
        bool on;
    } flags[] = { { "from_beginning", b->from_beginning }, { "little_endian", b->little }, { "string", b->string }, { "relative", b->relative },
                  { "align", b->align }, { "dce", b->dce }, { "from_end", b->from_end }, { "negated", b->negated } };

    tell_operand(j, "nbytes", p->rule, &b->n);
    tell_operand(j, "offset", p->rule, &b->offset);
    if (m->kind == MATCH_BYTE_JUMP) {
        json_u64(j, "multiplier", b->multiplier);
        json_i64(j, "post_offset", b->post_offset);
    }
    if (m->kind == MATCH_BYTE_TEST || m->kind == MATCH_BYTE_MATH) {
        json_string(j, "operator", b->op < ROWS(operators) ? operators[b->op] : "");
        tell_operand(j, "value", p->rule, &b->value);
    }
    if ((m->kind == MATCH_BYTE_EXTRACT || m->kind == MATCH_BYTE_MATH) && b->result >= 0 && b->result < p->rule->variable_n) {
        json_string(j, "result", p->rule->variable_names[b->result]);
    }
    json_string(j, "base", b->base == 8 ? "oct" : b->base == 10 ? "dec" : b->base == 16 ? "hex" : "unset");
    json_array(j, "flags");
    for (size_t i = 0; i < ROWS(flags); i++) {
        if (flags[i].on) {
            json_string(j, NULL, flags[i].name);
        }
    }
    json_end_array(j);
}

static void tell_size(struct json *j, const struct range *x)
{
    static const char *const keys[] = { [RANGE_EQ] = "equal", [RANGE_NE] = "diff", [RANGE_LT] = "lt", [RANGE_LE] = "lte", [RANGE_GT] = "gt",
                                        [RANGE_GE] = "gte" };

    if (x->op < ROWS(keys)) {
        json_u64(j, keys[x->op], x->low);
    } else {
        json_u64(j, "min", x->low);
        json_u64(j, "max", x->high);
    }
}

static const char *const match_names[] = {
    [MATCH_CONTENT] = "content", [MATCH_PCRE] = "pcre", [MATCH_BYTE_TEST] = "byte_test", [MATCH_BYTE_JUMP] = "byte_jump",
    [MATCH_BYTE_EXTRACT] = "byte_extract", [MATCH_BYTE_MATH] = "byte_math", [MATCH_ISDATAAT] = "isdataat", [MATCH_BSIZE] = "bsize",
    [MATCH_URILEN] = "urilen", [MATCH_BASE64_DECODE] = "base64_decode", [MATCH_ABSENT] = "absent",
};

static void tell_inside(struct json *j, const struct plan *p, const struct match *m, bool next)
{
    switch ((enum match_kind)m->kind) {
    case MATCH_CONTENT: tell_content(j, p, &m->content, next); break;
    case MATCH_PCRE:
        json_bool(j, "relative", is_relative(m));
        json_bool(j, "relative_next", next);
        json_bool(j, "negated", (m->pcre.flags & PCRE_NEGATED) != 0);
        break;
    case MATCH_BYTE_TEST:
    case MATCH_BYTE_JUMP:
    case MATCH_BYTE_EXTRACT:
    case MATCH_BYTE_MATH: tell_byte(j, p, m); break;
    case MATCH_BSIZE:
    case MATCH_URILEN: tell_size(j, &m->size.range); break;
    case MATCH_ISDATAAT:
        tell_operand(j, "at", p->rule, &m->isdataat.n);
        json_bool(j, "relative", m->isdataat.relative);
        json_bool(j, "negated", m->negated);
        break;
    case MATCH_BASE64_DECODE:
        json_u64(j, "bytes", m->base64.bytes);
        json_u64(j, "offset", m->base64.offset);
        json_bool(j, "relative", m->base64.relative);
        break;
    case MATCH_ABSENT: json_bool(j, "or_else", m->absent.or_else); break;
    case MATCH_NUMBER:
    case MATCH_PRESENT:
    case MATCH_KEYWORD:
    default: break;
    }
}

static void tell_match(struct json *j, const struct ruleset *r, const struct plan *p, const struct group *g, const struct match *m, bool next)
{
    json_object(j, NULL);
    if (m->kind == MATCH_KEYWORD) {
        json_string(j, "name", m->keyword.row->name);
        if (m->keyword.row->tell && m->keyword.data) {
            m->keyword.row->tell(m->keyword.data, r->rules.names, j);
        }
    } else if (m->kind == MATCH_NUMBER || m->kind == MATCH_PRESENT) {
        json_string(j, "name", g && g->name ? g->name : "");
        if (m->kind == MATCH_NUMBER) {
            json_object(j, "number");
            tell_size(j, &m->number.range);
            json_end_object(j);
        }
    } else {
        json_string(j, "name", match_names[m->kind]);
        json_object(j, match_names[m->kind]);
        tell_inside(j, p, m, next);
        json_end_object(j);
    }
    json_end_object(j);
}

static void tell_matches(struct json *j, const struct ruleset *r, const struct plan *p, const struct group *g, struct match *const *m, uint16_t n)
{
    json_array(j, "matches");
    for (uint16_t i = 0; i < n; i++) {
        tell_match(j, r, p, g, m[i], i + 1 < n && is_relative(m[i + 1]));
    }
    json_end_array(j);
}

static void tell_transforms(struct json *j, const struct group *g)
{
    if (!g || g->transform_n == 0) {
        return;
    }
    json_array(j, "transforms");
    for (uint16_t i = 0; i < g->transform_n; i++) {
        json_object(j, NULL);
        json_string(j, "name", g->transform[i].name);
        json_end_object(j);
    }
    json_end_array(j);
}

/* ---- engines: what is asked where ---- */

/* Records call HTTP/1 "http"; rules about it, or HTTP/2, "http_any". */
static const char *app_name(const struct plan *p)
{
    const struct rule *r = p->rule;
    const char *name = r->app_proto != PROTO_NONE ? proto_name(r->app_proto) : NULL;

    if ((p->app[0] | p->app[1]) == 0) {
        return "unknown";
    }
    if (r->app_name && strcmp(r->app_name, "http1") == 0) {
        return "http1";
    }
    if (!name || strcmp(name, "http") == 0) {
        name = r->app_name ? r->app_name : name ? name : "unknown";
        return strcmp(name, "http") == 0 ? "http_any" : name;
    }
    return name;
}

static const char *step_name(const struct step *s, unsigned id, char room[64])
{
    switch ((enum step_kind)s->kind) {
    case STEP_STREAM: return "stream";
    case STEP_FILE: return "files";
    case STEP_EVENT: return "app-layer-event";
    case STEP_KEYWORD: snprintf(room, 64, "%s_generic", strcmp(proto_name(id), "dcerpc") == 0 || strcmp(proto_name(id), "smb") == 0 ? "dce" : proto_name(id)); return room;
    case STEP_HOOK: snprintf(room, 64, "%s:%s", proto_name(id), "state"); return room;
    case STEP_BUFFER:
    case STEP_NUMBER:
    default: return analysis_buffer(s->group);
    }
}

static const char *stage_name(unsigned id, unsigned side, unsigned stage)
{
    const struct proto_state *s = proto_states(proto_by_id(id), side);
    const char *name = s->name;

    for (; s->name && s->progress <= stage; s++) {
        name = s->name;
    }
    return name;
}

static void tell_engine(struct json *j, const struct ruleset *r, const struct plan *p, const struct step *s, unsigned id)
{
    const struct field *f = s->buffer != NO_BUFFER ? r->buffer[s->buffer].field[s->side][id] : NULL;
    char room[64];

    json_object(j, NULL);
    json_string(j, "name", step_name(s, id, room));
    json_string(j, "direction", s->side == TO_SERVER ? "toserver" : "toclient");
    json_bool(j, "is_mpm", s->fast);
    if (s->kind != STEP_STREAM) {
        json_string(j, "app_proto", proto_name(id));
        json_string(j, "progress", stage_name(id, s->side, f ? f->stage[s->side] : s->stage));
    }
    tell_transforms(j, s->group);
    if (s->group) {
        tell_matches(j, r, p, s->group, s->group->match, s->group->match_n);
    }
    json_end_object(j);
}

static bool step_is_of(const struct ruleset *r, const struct plan *p, const struct step *s, unsigned id)
{
    const struct buffer *b = s->buffer != NO_BUFFER ? &r->buffer[s->buffer] : NULL;

    if (!plan_app(p, id) || (s->proto != PROTO_NONE && s->proto != id)) {
        return false;
    }
    return !b || b->kind != BUFFER_FIELD || b->field[s->side][id] != NULL;
}

/* The literal's engines stand first and, as Suricata puts each in front of the last, backwards. */
static void tell_engines(struct json *j, const struct ruleset *r, const struct plan *p)
{
    json_array(j, "engines");
    for (uint8_t i = 0; i < p->step_n; i++) {
        const struct step *s = &p->step[i];
        if (s->kind == STEP_STREAM) {
            tell_engine(j, r, p, s, PROTO_NONE + 1);
            continue;
        }
        for (unsigned n = 1; n <= proto_n; n++) {
            unsigned id = s->fast ? proto_n + 1 - n : n;
            if (step_is_of(r, p, s, id)) {
                tell_engine(j, r, p, s, id);
            }
        }
    }
    json_end_array(j);
}

static void packet_engine(struct json *j, const char *name, bool mpm)
{
    json_object(j, NULL);
    json_string(j, "name", name);
    json_bool(j, "is_mpm", mpm);
    json_end_object(j);
}

static void tell_packet_engines(struct json *j, const struct ruleset *r, const struct plan *p)
{
    json_array(j, "pkt_engines");
    for (uint8_t i = 0; i < p->packet_buffer_n; i++) {
        const struct buffer *b = &r->buffer[p->packet_buffer[i].buffer];
        packet_engine(j, b->name, p->fast_group && p->fast_group->kind == BUFFER_PACKET && strcmp(p->fast_group->name, b->name) == 0);
    }
    if (p->payload && p->step_n == 0) {
        packet_engine(j, "payload", p->fast_group && p->fast_group->kind == BUFFER_PAYLOAD);
    }
    if (p->rule->packet_n != 0) {
        packet_engine(j, "packet", false);
    }
    json_end_array(j);
}

/* ---- the rule as a whole ---- */

static void tell_flags(struct json *j, const struct plan *p)
{
    const struct rule *r = p->rule;
    bool dsize = false, flowvar = false;

    for (uint16_t i = 0; i < r->packet_n; i++) {
        const char *name = r->packet[i]->kind == MATCH_KEYWORD ? r->packet[i]->keyword.row->name : "";
        dsize |= strcmp(name, "dsize") == 0;
        flowvar |= strcmp(name, "flowbits") == 0 || strcmp(name, "flowint") == 0;
    }
    const struct {
        const char *name;
        bool on;
    } flags[] = {
        { "src_any", !r->src || r->src->any }, { "dst_any", !r->dst || r->dst->any }, { "sp_any", !r->sport || r->sport->any },
        { "dp_any", !r->dport || r->dport->any }, { "noalert", r->noalert }, { "dsize", dsize }, { "applayer", (p->app[0] | p->app[1]) != 0 },
        { "need_packet", (p->flags & PLAN_NEEDS_PACKET) != 0 }, { "need_stream", (p->flags & PLAN_NEEDS_STREAM) != 0 },
        { "negated_mpm", (p->flags & PLAN_FAST_NEGATED) != 0 }, { "need_flowvar", flowvar },
        { "toserver", (p->sides >> TO_SERVER & 1) != 0 }, { "toclient", (p->sides >> TO_CLIENT & 1) != 0 },
        { "txboth", (p->flags & PLAN_BOTH_SIDES) != 0 }, { "target", r->target != NULL }, { "prefilter", p->fast != NULL || r->prefilter },
    };
    json_array(j, "flags");
    for (size_t i = 0; i < ROWS(flags); i++) {
        if (flags[i].on) {
            json_string(j, NULL, flags[i].name);
        }
    }
    json_end_array(j);
}

static void tell_requirements(struct json *j, const struct plan *p)
{
    static const struct {
        const char *name;
        unsigned need;
    } rows[] = { { "payload", NEED_PAYLOAD }, { "no_payload", NEED_NO_PAYLOAD }, { "flow", NEED_FLOW }, { "tcp_flags_init_deinit", NEED_SYN },
                 { "tcp_flags_unusual", NEED_UNUSUAL }, { "engine_event", NEED_EVENT }, { "real_pkt", NEED_PACKET } };

    unsigned need = p->need;

    for (uint16_t i = 0; i < p->rule->packet_n; i++) {
        const struct match *m = p->rule->packet[i];
        need |= m->kind == MATCH_KEYWORD && m->keyword.row->needs ? m->keyword.row->needs(m->keyword.data) : 0;
    }
    json_array(j, "requirements");
    for (size_t i = 0; i < ROWS(rows); i++) {
        if ((need & rows[i].need) != 0) {
            json_string(j, NULL, rows[i].name);
        }
    }
    json_end_array(j);
}

static void tell_lists(struct json *j, const struct ruleset *r, const struct plan *p)
{
    const struct rule *u = p->rule;

    json_object(j, "lists");
    if (u->packet_n != 0) {
        json_object(j, "packet");
        tell_matches(j, r, p, NULL, u->packet, u->packet_n);
        json_end_object(j);
    }
    for (uint16_t i = 0; i < u->group_n; i++) {
        const struct group *g = &u->group[i];
        if (g->kind == BUFFER_PAYLOAD || g->kind == BUFFER_PACKET || g->kind == BUFFER_BASE64) {
            json_object(j, analysis_buffer(g));
            tell_matches(j, r, p, g, g->match, g->match_n);
            json_end_object(j);
        }
    }
    if (u->post_n != 0) {
        uint16_t n = 0;
        struct match *told[32];
        for (uint16_t i = 0; i < u->post_n && n < ROWS(told); i++) {
            if (u->post[i]->keyword.data) { /* without: said when it was read, as noalert */
                told[n++] = u->post[i];
            }
        }
        json_object(j, "postmatch");
        tell_matches(j, r, p, NULL, told, n);
        json_end_object(j);
    }
    json_end_object(j);
}

static void tell_fast(struct json *j, const struct plan *p)
{
    if (p->rule->prefilter_by) {
        json_object(j, "prefilter");
        json_string(j, "buffer", "packet");
        json_string(j, "name", p->rule->prefilter_by);
        json_end_object(j);
    } else if (p->fast) {
        const struct group *g = p->fast_group;
        bool next = false;
        for (uint16_t i = 0; i + 1 < g->match_n; i++) {
            next |= &g->match[i]->content == p->fast && is_relative(g->match[i + 1]);
        }
        json_object(j, "mpm");
        json_string(j, "buffer", analysis_buffer(g));
        tell_content(j, p, p->fast, next);
        json_end_object(j);
    }
}

static void tell_texts(struct json *j, const struct plan *p)
{
    json_array(j, "notes");
    for (unsigned i = 0; analysis_note(p, i); i++) {
        json_string(j, NULL, analysis_note(p, i));
    }
    json_end_array(j);
}

/* ---- which rules set the bits that this one asks ---- */

static bool names_bit(struct match **list, uint16_t n, uint32_t id, uint8_t command)
{
    for (uint16_t i = 0; i < n; i++) {
        const struct flowbits *b = flowbits_of(list[i]);
        for (uint16_t k = 0; b && b->command == command && k < b->n; k++) {
            if (b->id[k] == id) {
                return true;
            }
        }
    }
    return false;
}

static bool sets_bit(const struct rule *r, uint32_t id) { return names_bit(r->post, r->post_n, id, BITS_SET); }
static bool asks_bit(const struct rule *r, uint32_t id) { return names_bit(r->packet, r->packet_n, id, BITS_ISSET); }
static bool on_transactions(const struct plan *p) { return p->type == PLAN_TXN || p->type == PLAN_FRAME; }

/* Transactions set it, and only packets and streams ask it. */
static bool bit_of_transactions(const struct ruleset *r, uint32_t id)
{
    bool set = false;

    for (uint32_t i = 0; i < r->plan_n; i++) {
        if (on_transactions(&r->plan[i]) && asks_bit(r->plan[i].rule, id)) {
            return false;
        }
        set |= on_transactions(&r->plan[i]) && sets_bit(r->plan[i].rule, id);
    }
    return set;
}

struct dependencies {
    uint32_t bit[64];
    unsigned n;
};

static void depend(struct dependencies *d, const struct ruleset *r, uint32_t id)
{
    if (d->n < ROWS(d->bit) && bit_of_transactions(r, id)) {
        d->bit[d->n++] = id;
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void tell_dependencies(struct json *j, const struct ruleset *r, const struct rule *u)
{
    struct dependencies d = { .n = 0 };

    for (uint16_t i = 0; i < u->packet_n; i++) {
        const struct flowbits *b = flowbits_of(u->packet[i]);
        for (uint16_t k = 0; b && b->command == BITS_ISSET && k < b->n; k++) {
            depend(&d, r, b->id[k]);
        }
    }
    if (d.n == 0) {
        return;
    }
    qsort(d.bit, d.n, sizeof d.bit[0], by_number);
    json_object(j, "dependencies");
    json_object(j, "flowbits");
    json_object(j, "upstream");
    json_object(j, "state_modifying_rules");
    json_array(j, "sids");
    for (unsigned i = 0; i < d.n; i++) {
        for (uint32_t k = 0; k < r->plan_n; k++) {
            if (sets_bit(r->plan[k].rule, d.bit[i])) {
                json_u64(j, NULL, r->plan[k].rule->sid);
            }
        }
    }
    json_end_array(j);
    json_array(j, "names");
    for (unsigned i = 0; i < d.n; i++) {
        json_string(j, NULL, rule_names_get(r->rules.names, "flowbits", d.bit[i]));
    }
    json_end_array(j);
    json_end_object(j);
    json_end_object(j);
    json_end_object(j);
    json_end_object(j);
}

void analysis_rule(const struct ruleset *r, const struct plan *p, struct json *j)
{
    const struct rule *u = p->rule;

    json_string(j, "raw", u->text);
    json_u64(j, "id", u->sid);
    json_u64(j, "gid", u->gid);
    json_u64(j, "rev", u->rev);
    if (u->msg) {
        json_string(j, "msg", u->msg);
    }
    json_string(j, "app_proto", app_name(p));
    tell_requirements(j, p);
    json_string(j, "type", analysis_type(p));
    tell_flags(j, p);
    tell_packet_engines(j, r, p);
    if (p->step_n != 0) {
        tell_engines(j, r, p);
    }
    tell_lists(j, r, p);
    tell_fast(j, p);
    tell_dependencies(j, r, u);
    if (analysis_note(p, 0)) {
        tell_texts(j, p);
    }
}
