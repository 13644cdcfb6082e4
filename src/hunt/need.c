/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/need.h"

#include <netinet/in.h>
#include <string.h>

static bool proto_bit(const struct rule *r, unsigned p) { return (r->ip_proto[p >> 6] >> (p & 63) & 1) != 0; }

/* Is a field of that name told to the recorder, by every protocol that has it? */
static bool field_told(const char *name)
{
    bool any = false;

    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            const struct field *f = &proto_table[i]->fields[k];
            if (strcmp(f->name, name) != 0) {
                continue;
            }
            if (f->bytes == NULL && f->body == NULL) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

static unsigned rule_sides(const struct rule *r) { return r->dialect == DIALECT_SURICATA && (r->sides & 3) != 0 ? r->sides & 3u : 3; }

/* Whose bytes a literal can be in, as sketches tell them apart: of decoded ones they do not. */
static unsigned literal_sides(const struct rule *r, const struct group *g) { return g->kind == BUFFER_PAYLOAD ? rule_sides(r) : 3; }

/* What a flow's filters must tell of, for all protocols that have the field. */
static unsigned field_parts(const char *name)
{
    unsigned parts = 0;

    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            const struct field *f = &proto_table[i]->fields[k];
            if (strcmp(f->name, name) == 0) {
                parts |= f->bytes == NULL || f->type == FIELD_BODY ? (f->sides & 3u) * FILTER_BODY : FILTER_FIELDS;
            }
        }
    }
    return parts;
}

static unsigned literal_parts(const struct rule *r, const struct group *g, unsigned sides)
{
    switch ((enum buffer_kind)g->kind) {
    case BUFFER_PAYLOAD: return r->dialect == DIALECT_SURICATA ? sides * FILTER_RAW : FILTER_ALL; /* Snort's PDUs may be decoded */
    case BUFFER_FILE_DATA:
    case BUFFER_FILE_FIELD: return 3 * FILTER_BODY;
    case BUFFER_FIELD: return field_parts(g->name);
    case BUFFER_BASE64:
    case BUFFER_FRAME:
    case BUFFER_PACKET:
    default: return 0;
    }
}

/* What the buffer's transforms leave of a literal's presence.  *skip: its first bytes may be theirs. */
static bool transforms_keep(const struct group *g, struct bytes literal, size_t *skip)
{
    *skip = 0;
    for (uint16_t i = 0; i < g->transform_n; i++) {
        const char *name = g->transform[i].name;
        if (strcmp(name, "dotprefix") == 0) {
            *skip += *skip < literal.n && literal.p[*skip] == '.';
        } else if (strcmp(name, "to_lowercase") != 0 && strcmp(name, "to_uppercase") != 0 && strcmp(name, "subslice") != 0) {
            return false;
        }
    }
    return true;
}

static bool group_told(const struct group *g)
{
    switch ((enum buffer_kind)g->kind) {
    case BUFFER_PAYLOAD:
    case BUFFER_FILE_DATA:
    case BUFFER_FRAME: return true;
    case BUFFER_FIELD: return g->name != NULL && field_told(g->name);
    case BUFFER_FILE_FIELD: return g->name != NULL && strcmp(g->name, "file.name") == 0;
    case BUFFER_BASE64:
    case BUFFER_PACKET:
    default: return false;
    }
}

/* The rule may match although this buffer has nothing of what it asks. */
static bool group_optional(const struct group *g)
{
    for (uint16_t i = 0; i < g->match_n; i++) {
        if (g->match[i]->kind == MATCH_ABSENT) {
            return true;
        }
    }
    return false;
}

/* Keeps the ones that tell most, in that order. */
static void literal_keep(struct need *n, const struct need_literal *l)
{
    unsigned at = n->literal_n;

    while (at > 0 && n->literal[at - 1].n < l->n) {
        at--;
    }
    if (at == NEED_LITERALS_MAX) {
        return;
    }
    unsigned last = n->literal_n < NEED_LITERALS_MAX ? n->literal_n++ : NEED_LITERALS_MAX - 1;
    memmove(&n->literal[at + 1], &n->literal[at], (last - at) * sizeof *n->literal);
    n->literal[at] = *l;
}

static void literal_add(struct need *n, const struct group *g, struct bytes b)
{
    size_t skip;

    if (!transforms_keep(g, b, &skip)) {
        return;
    }
    for (b = bytes_from(b, skip); b.n >= SKETCH_GRAM; b = bytes_from(b, SKETCH_WINDOW)) { /* pieces: each is somewhere in the flow */
        struct need_literal l;
        l.n = sketch_ask(b, l.bit);
        l.sides = (uint8_t)literal_sides(n->rule, g);
        l.parts = (uint8_t)literal_parts(n->rule, g, l.sides);
        literal_keep(n, &l);
    }
}

/* Is it a body, of every protocol that has it?  A request's: HTTP alone has such. */
static bool field_body(const char *name)
{
    bool any = false;

    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            const struct field *f = &proto_table[i]->fields[k];
            if (strcmp(f->name, name) == 0) {
                if (f->body == NULL || f->type != FIELD_BODY) {
                    return false;
                }
                any = true;
            }
        }
    }
    return any;
}

/* Fields of which HTTP/1 has the bytes in it as they were sent: lines of values with a blank, a NUL or ", " between them; first lines; names and values. */
static const char *const head_fields = "http.accept http.accept_enc http.accept_lang http.connection http.content_type http.cookie http.location http.referer "
                                       "http.server http.user_agent http.method http.request_line http.response_line http.uri.raw http.stat_msg http.header http.header.raw";
/* … in another spelling: lower case, decoded, without what is between slashes. */
static const char *const uri_fields = "http.uri http.host";
/* What is in nearly all of it tells nothing. */
static const char *const usual = "GET Host HTTP/1.1 HTTP/1.0 User-Agent Accept Accept-Language Accept-Encoding Connection Content-Type Content-Length Mozilla/5.0";

static bool head_byte(uint8_t c) { return c > ' ' && c != ',' && c != ':'; }

/* One that no part of a URI ends at, and that nothing but itself or its code stands for. */
static bool uri_byte(uint8_t c) { return (unsigned)(c - '0') < 10 || (unsigned)((c | 0x20) - 'a') < 26 || c == '-' || c == '_' || c == '.' || c == '~'; }

/* The longest piece of it that has such bytes alone. */
static struct bytes longest(struct bytes b, bool (*in)(uint8_t))
{
    struct bytes best = bytes_none();

    for (size_t from = 0, i = 0; i <= b.n; i++) {
        if (i == b.n || !in(b.p[i])) {
            best = i - from > best.n ? bytes_of(b.p + from, i - from) : best;
            from = i + 1;
        }
    }
    return best;
}

static int hex_value(uint8_t c) { return (unsigned)(c - '0') < 10 ? c - '0' : (unsigned)((c | 0x20) - 'a') < 6 ? (c | 0x20) - 'a' + 10 : -1; }

bool need_respelled(struct bytes b)
{
    enum { UTF8_LEAST = 0xc0 /* that characters of several bytes begin with */ };
    uint8_t most = 0;

    for (size_t i = 0; i < b.n; i++) {
        most = b.p[i] > most ? b.p[i] : most;
    }
    if (most >= UTF8_LEAST) {
        return true;
    }
    for (size_t at; (at = bytes_find_byte(b, '%')) != SIZE_MAX && at + 2 < b.n;) {
        int high = hex_value(b.p[at + 1]), low = hex_value(b.p[at + 2]), c = high * 16 + low;
        if (high < 0 || low < 0 || c == '%' || c >= UTF8_LEAST || uri_byte((uint8_t)c)) {
            return true;
        }
        b = bytes_from(b, at + 3);
    }
    return false;
}

/* Whether it can be looked for in what was sent, and as what. */
static bool word_make(const struct need *n, const struct group *g, const struct match *m, struct need_word *w)
{
    bool field = g->kind == BUFFER_FIELD;

    *w = (struct need_word){ .bytes = m->content.bytes, .sides = (uint8_t)rule_sides(n->rule), .nocase = (m->content.flags & CONTENT_NOCASE) != 0 };
    w->body = g->kind == BUFFER_FILE_DATA || (field && field_body(g->name));
    w->asked = field && strcmp(g->name, "http.request_body") == 0;
    w->uri = field && bytes_among(bytes_str(g->name), uri_fields);
    w->head = field && (w->uri || bytes_among(bytes_str(g->name), head_fields));
    if (w->asked || w->uri) { /* whichever way the packet goes that the rule is about */
        w->sides = 1u << TO_SERVER;
    }
    if (w->head) {
        w->bytes = longest(w->bytes, w->uri ? uri_byte : head_byte);
        w->nocase |= w->uri;
    }
    w->bytes = bytes_head(w->bytes, NEED_WORD_MAX);
    return (g->kind == BUFFER_PAYLOAD || w->body || w->head) && w->bytes.n >= NEED_WORD_LEAST && !(w->head && bytes_among(w->bytes, usual));
}

/* Only where payloads are looked at as they come. */
static void word_add(struct need *n, const struct group *g, const struct match *m)
{
    struct need_word w;
    unsigned at = 0;

    if (n->rule->dialect != DIALECT_SURICATA || g->transform_n != 0 || !word_make(n, g, m, &w)) {
        return;
    }
    while (at < n->word_n && n->word[at].bytes.n >= w.bytes.n) {
        at++;
    }
    if (at < NEED_WORDS_MAX) {
        unsigned last = n->word_n < NEED_WORDS_MAX ? n->word_n++ : NEED_WORDS_MAX - 1;
        memmove(&n->word[at + 1], &n->word[at], (last - at) * sizeof *n->word);
        n->word[at] = w;
    }
}

/* Conditions about several flows, or about what is no flow's: nothing can be left out. */
static bool asks_everything(const struct rule *r)
{
    static const char *const all = "decode-event engine-event snort-event stream-event";

    for (uint16_t i = 0; i < r->packet_n; i++) {
        if (r->packet[i]->kind == MATCH_KEYWORD && bytes_among(bytes_str(r->packet[i]->keyword.row->name), all)) {
            return true;
        }
    }
    return (r->header_flags & (HEADER_ARP | HEADER_ETHER)) != 0 || r->firewall;
}

void need_make(struct need *n, const struct rule *r)
{
    *n = (struct need){ .rule = r, .everything = asks_everything(r) };
    n->app = r->app_proto != PROTO_NONE || (r->app_set[0] | r->app_set[1]) != 0;
    for (uint16_t i = 0; i < r->group_n; i++) {
        const struct group *g = &r->group[i];
        if (!group_told(g) || group_optional(g)) {
            continue;
        }
        for (uint16_t k = 0; k < g->match_n; k++) {
            const struct match *m = g->match[k];
            if (m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) == 0) {
                literal_add(n, g, m->content.bytes);
                word_add(n, g, m);
            } else if (m->kind == MATCH_PCRE && (m->pcre.flags & PCRE_NEGATED) == 0) {
                struct bytes run[NEED_RUNS_MAX];
                uint8_t room[NEED_ROOM];
                unsigned runs = need_regex(m->pcre.pattern, m->pcre.options, room, run);
                for (unsigned x = 0; x < runs; x++) {
                    literal_add(n, g, run[x]);
                }
            }
        }
    }
}

/* ---- head ---- */

void need_apps(struct need_apps *out, const struct index_about *about)
{
    out->n = about->app_n;
    for (unsigned i = 0; i < out->n; i++) {
        out->id[i] = proto_by_name(about->app[i]);
    }
}

static bool app_among(const struct need *n, const struct need_apps *a, const struct flow_part *p)
{
    const struct rule *r = n->rule;

    if ((p->flags & RECORD_APPS_MORE) != 0) {
        return true;
    }
    for (unsigned i = 0; i < p->app_n; i++) {
        unsigned id = p->app[i] < a->n ? a->id[p->app[i]] : PROTO_NONE;
        if (id == PROTO_NONE || id == r->app_proto || (id < 128 && (r->app_set[id >> 6] >> (id & 63) & 1) != 0)) {
            return true;
        }
    }
    return false;
}

static bool ends_fit(const struct rule *r, const struct flow_key *k, unsigned from)
{
    enum family family = (enum family)k->family;
    bool ports = (r->header_flags & HEADER_SERVICE) == 0 && (k->proto == IPPROTO_TCP || k->proto == IPPROTO_UDP || k->proto == IPPROTO_SCTP);

    return (r->src == NULL || addr_set_has(r->src, &k->addr[from], family)) && (r->dst == NULL || addr_set_has(r->dst, &k->addr[1 - from], family)) &&
           (!ports || r->sport == NULL || port_set_has(r->sport, k->port[from])) &&
           (!ports || r->dport == NULL || port_set_has(r->dport, k->port[1 - from]));
}

/* Which way the packets go that the rule is about; both where it is not certain who the flow's client was all the time. */
static unsigned head_ways(const struct rule *r, const struct flow_part *p)
{
    enum { UNSURE = RECORD_SWAPPED | RECORD_MIDSTREAM | RECORD_CONTINUED };

    return (r->header_flags & HEADER_BOTH_WAYS) != 0 || (p->flags & UNSURE) != 0 ? 3 : rule_sides(r);
}

bool need_head(const struct need *n, const struct need_apps *a, const struct flow_part *p, bool apps)
{
    const struct rule *r = n->rule;

    if ((p->flags & (RECORD_LOOSE | RECORD_FRAGMENTS)) != 0) {
        return true;
    }
    if ((p->flags & RECORD_STRANGERS) != 0 && (proto_bit(r, IPPROTO_ICMP) || proto_bit(r, IPPROTO_ICMPV6))) {
        return true; /* errors are in the flows they are about, and come from anywhere */
    }
    if (!proto_bit(r, p->key.proto)) {
        return false;
    }
    if (apps && n->app && (p->flags & RECORD_BLIND) == 0 && !app_among(n, a, p)) {
        return false;
    }
    unsigned ways = head_ways(r, p);
    return ((ways >> TO_SERVER & 1) != 0 && ends_fit(r, &p->key, 0)) || ((ways >> TO_CLIENT & 1) != 0 && ends_fit(r, &p->key, 1));
}
