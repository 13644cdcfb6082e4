/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buffer - which buffer a match belongs to: sticky buffers, content modifiers, transforms. */
#include "rule/parse.h"

struct match *match_new(struct rule_parse *p, enum match_kind kind)
{
    struct match *m = parse_zero(p, sizeof *m);

    if (m) {
        m->kind = (uint8_t)kind;
        m->column = (uint16_t)p->column;
        m->negated = p->negated;
    }
    return m;
}

static int group_new(struct rule_parse *p, enum buffer_kind kind, const char *name)
{
    struct draft_group *g;

    if (p->group_n == DRAFT_GROUPS_MAX) {
        parse_fail(p, "more than %u buffers in a rule", DRAFT_GROUPS_MAX);
        return -1;
    }
    g = &p->group[p->group_n];
    memset(g, 0, sizeof *g);
    g->g = (struct group){ .kind = (uint8_t)kind, .name = name, .side = 2, .column = (uint16_t)p->column };
    if (p->side_forced >= 0) {
        g->forced[p->side_forced] = true;
        g->g.side = (uint8_t)p->side_forced;
    }
    return (int)p->group_n++;
}

int buffer_payload(struct rule_parse *p)
{
    if (p->payload < 0) {
        int side = p->side_forced;

        p->side_forced = -1;
        p->payload = group_new(p, BUFFER_PAYLOAD, NULL);
        p->side_forced = side;
    }
    return p->payload;
}

/* ---- protocols ---- */

static void set_text(const struct rule_parse *p, const struct proto_set *s, char *out, size_t room)
{
    size_t n = 0;

    out[0] = '\0';
    for (unsigned i = 0; p->context->protos && p->context->protos[i] && n < room; i++) {
        if (proto_set_has(s, i + 1)) {
            n += (size_t)snprintf(out + n, room - n, "%s%s", n ? " or " : "", p->context->protos[i]->name);
        }
    }
}

bool protos_bind(struct rule_parse *p, const struct proto_set *s, const char *why)
{
    struct proto_set both = *s;
    char have[128], want[128];

    if (p->bound) {
        for (unsigned i = 0; i < PROTO_SET_WORDS; i++) {
            both.bits[i] &= p->protos.bits[i];
        }
    }
    if (proto_set_count(&both) == 0) {
        set_text(p, &p->protos, have, sizeof have);
        set_text(p, s, want, sizeof want);
        parse_fail(p, "rule contains conflicting protocols: %s asked for, already set to %s", want, have);
        return parse_hint(p, why);
    }
    p->protos = both;
    p->bound = true;
    return true;
}

/* A name says whose it is: "http.uri" is of http, and of those that answer to that name; others have it as guests only, and their
 * traffic is meant when a rule's header says so.  Names of no protocol ("file.data") are everybody's. */
static bool guest(const struct rule_parse *p, const struct field_use *u)
{
    const char *name = u->field->name, *dot = strchr(name, '.');
    char owner[32];
    struct proto_set s;

    if (dot == NULL || (size_t)(dot - name) >= sizeof owner) {
        return false;
    }
    memcpy(owner, name, (size_t)(dot - name));
    owner[dot - name] = '\0';
    return rule_index_protos(p->index, owner, &s) && !proto_set_has(&s, u->proto);
}

bool protos_bind_uses(struct rule_parse *p, const struct field_use *u, const char *why)
{
    struct proto_set s = { 0 };

    for (; u; u = u->next) {
        if (p->context->field_enabled && !p->context->field_enabled(p->context->ctx, u->proto, u->field)) {
            return parse_fail(p, "%s is switched off by the settings", u->field->name);
        }
        if (p->bound || !guest(p, u)) {
            proto_set_add(&s, u->proto);
        }
    }
    return protos_bind(p, &s, why);
}

bool protos_bind_name(struct rule_parse *p, const char *name, const char *why)
{
    struct proto_set s;

    if (!rule_index_protos(p->index, name, &s)) {
        return parse_fail(p, "protocol %s is not built in", name);
    }
    return protos_bind(p, &s, why);
}

/* ---- sticky buffers ---- */

static bool leave_buffer(struct rule_parse *p)
{
    if (p->active >= 0 && p->group[p->active].g.kind == BUFFER_BASE64) {
        return parse_fail(p, "Rule buffer cannot be reset after base64_data.");
    }
    if (p->transform_n) {
        return parse_fail(p, "no matches following transform(s)");
    }
    if (p->current >= 0 && p->group[p->current].g.match_n == 0) {
        return parse_fail(p, "previous sticky buffer has no matches");
    }
    return true;
}

static int group_find(struct rule_parse *p, enum buffer_kind kind, const char *name)
{
    for (unsigned i = 0; i < p->group_n; i++) {
        const struct draft_group *g = &p->group[i];

        if (g->g.kind == kind && g->g.transform_n == 0 && (name == g->g.name || (name && g->g.name && strcmp(name, g->g.name) == 0))) {
            return (int)i;
        }
    }
    return -1;
}

/* Makes `name` the buffer in force. */
static bool buffer_enter(struct rule_parse *p, enum buffer_kind kind, const char *name, const struct field_use *uses, bool list)
{
    int at;

    if (!leave_buffer(p)) {
        return false;
    }
    at = group_find(p, kind, name);
    if (at >= 0 && p->group[at].by_keyword) {
        p->group[at].by_keyword = false;
    } else if (at >= 0 && !list && p->rule->dialect == DIALECT_SURICATA && (p->side_forced < 0 || p->group[at].forced[p->side_forced])) {
        parse_warn(p, "duplicate instance for %s", name);
    } else {
        at = group_new(p, kind, name);
    }
    if (at < 0) {
        return false;
    }
    p->group[at].uses = uses;
    p->group[at].list = list;
    p->active = p->current = at;
    p->fresh = true;
    return true;
}

static bool uses_list(const struct field_use *u) { return u && u->field->type == FIELD_LIST; }

/* The only side a field can be asked on, over all its protocols; 2: both. */
static uint8_t uses_side(const struct field_use *u)
{
    unsigned sides = 0;

    for (; u; u = u->next) {
        sides |= u->field->sides;
    }
    return sides == SIDE_SERVER_BIT ? TO_SERVER : sides == SIDE_CLIENT_BIT ? TO_CLIENT : 2;
}

static bool enter_field(struct rule_parse *p, const struct name_row *row)
{
    const struct field *f = row->uses->field;

    if (!protos_bind_uses(p, row->uses, "the buffer belongs to another protocol than the rule")) {
        return false;
    }
    if (!buffer_enter(p, BUFFER_FIELD, f->name, row->uses, uses_list(row->uses))) {
        return false;
    }
    if (p->group[p->active].g.side == 2) {
        p->group[p->active].g.side = uses_side(row->uses);
    }
    return true;
}

/* "0" the first, "-1" the last, "any", "all" (none at all counts), "all1" (at least one), "or_absent". */
static bool number_index(struct rule_parse *p, struct bytes word, struct match *m)
{
    static const struct {
        const char *word;
        uint8_t mode;
    } modes[] = { { "any", NUMBER_ANY }, { "all", NUMBER_ALL }, { "all1", NUMBER_ALL1 }, { "all_or_absent", NUMBER_ALL }, { "or_absent", NUMBER_OR_ABSENT } };
    int64_t v;

    for (size_t i = 0; i < ROWS(modes); i++) {
        if (word_is(word, modes[i].word)) {
            m->number.index_mode = modes[i].mode;
            return true;
        }
    }
    if (!word_i64(word, 10, INT16_MIN, INT16_MAX, &v)) {
        return parse_fail(p, "'%.*s' is no index for %s", (int)word.n, (const char *)word.p, p->option);
    }
    m->number.index_mode = NUMBER_AT;
    m->number.index = (int16_t)v;
    return true;
}

/* A range, or a name with or without '!'. */
static bool field_range(const struct rule_parse *p, const struct field *f, const char *text, struct range *out)
{
    uint64_t max = f->bits && f->bits < 64 ? (1ull << f->bits) - 1 : UINT64_MAX;
    struct bytes name = bytes_trim(bytes_str(text), " ");
    bool not = bytes_starts(name, "!");

    if (p->range != NULL) {
        return rule_parse_range(p, text, max, out, NULL);
    }
    if (range_parse_as(text, max, (f->flags & FIELD_INCLUSIVE) != 0, out)) {
        return true;
    }
    *out = (struct range){ .op = not ? RANGE_NE : RANGE_EQ };
    return field_named(f, bytes_from(name, not), &out->low);
}

/* "dup,!retain": bits that must be set and, with '!', not.  FIELD_ANY: not all of those named are clear. */
static bool field_bits(const struct field *f, const char *value, struct range *out)
{
    struct words w = words_of(value, ',');
    bool any = (f->flags & FIELD_ANY) != 0;
    struct bytes word;

    *out = (struct range){ .op = any ? RANGE_BITS_NOT : RANGE_BITS };
    while (words_next(&w, &word)) {
        bool not = bytes_starts(word, "!");
        uint64_t bit;

        if ((any && not) || !field_named(f, bytes_trim(bytes_from(word, not), " \t"), &bit) || (out->low & bit) != 0) {
            return false;
        }
        out->low |= bit;
        out->high |= not || any ? 0 : bit;
    }
    return out->low != 0;
}

static bool field_number(struct rule_parse *p, const struct name_row *row, const char *value)
{
    const struct field *f = row->uses->field;
    const char *comma = value && !(f->flags & (FIELD_BITS | FIELD_WHOLE)) ? strchr(value, ',') : NULL;
    char text[256];
    struct match *m;
    struct bytes word;
    int at;

    if (value == NULL) {
        return parse_fail(p, "invalid formatting or malformed option to %s keyword: '%s'", p->option, p->option);
    }
    if (!protos_bind_uses(p, row->uses, "the keyword belongs to another protocol than the rule")) {
        return false;
    }
    at = group_new(p, BUFFER_FIELD, row->uses->field->name);
    m = at < 0 ? NULL : match_new(p, MATCH_NUMBER);
    if (m == NULL) {
        return false;
    }
    p->group[at].uses = row->uses;
    p->group[at].g.side = p->side_forced >= 0 ? (uint8_t)p->side_forced : uses_side(row->uses);
    word = bytes_of(value, comma ? (size_t)(comma - value) : strlen(value));
    if (word.n >= sizeof text) {
        return parse_fail(p, "%s: the value is too long", p->option);
    }
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    if (!(f->flags & FIELD_BITS && field_bits(f, text, &m->number.range)) && !field_range(p, f, text, &m->number.range)) {
        return parse_fail(p, "%s: '%s' is no number%s or range", p->option, text, field_has_names(f) ? ", name" : "");
    }
    if (f->toward && m->number.range.op == RANGE_EQ && p->rule->hook == NULL) {
        p->group[at].g.side = (uint8_t)f->toward(m->number.range.low);
    }
    m->number.index_mode = NUMBER_ANY;
    if (comma && !number_index(p, bytes_trim(bytes_str(comma + 1), " "), m)) {
        return false;
    }
    p->match[p->match_n++] = (struct draft_match){ .match = m, .order = (uint16_t)p->order++, .group = (int16_t)at };
    p->group[at].g.match_n++;
    buffer_turn(p, at);
    return true;
}

bool buffer_number_also(struct rule_parse *p, const struct range *also, uint8_t n)
{
    struct range *kept = arena_take(rule_parse_arena(p), n * sizeof *kept);
    struct match *m = p->match[p->match_n - 1].match;

    if (kept == NULL) {
        return parse_fail(p, "not enough memory for a rule");
    }
    memcpy(kept, also, n * sizeof *kept);
    m->number.also = kept;
    m->number.also_n = n;
    return true;
}

static bool field_flag(struct rule_parse *p, const struct name_row *row, const char *value)
{
    int at;
    struct match *m;

    if (!protos_bind_uses(p, row->uses, "the keyword belongs to another protocol than the rule")) {
        return false;
    }
    at = group_new(p, BUFFER_FIELD, row->uses->field->name);
    m = at < 0 ? NULL : match_new(p, MATCH_PRESENT);
    if (m == NULL) {
        return false;
    }
    p->group[at].uses = row->uses;
    p->group[at].g.side = uses_side(row->uses);
    if (value && (strcasecmp(value, "no") == 0 || strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0)) {
        m->negated = true;
    } else if (value && strcasecmp(value, "yes") != 0 && strcasecmp(value, "true") != 0 && strcmp(value, "1") != 0) {
        return parse_fail(p, "%s: '%s' is neither yes nor no", p->option, value);
    }
    p->match[p->match_n++] = (struct draft_match){ .match = m, .order = (uint16_t)p->order++, .group = (int16_t)at };
    p->group[at].g.match_n++;
    buffer_turn(p, at);
    return true;
}

void buffer_turn(struct rule_parse *p, int group)
{
    p->current = group;
    if (p->active >= 0 && p->active != group) {
        p->active = -1;
        p->fresh = false;
    }
}

bool buffer_sticky(struct rule_parse *p, const struct name_row *row, const char *value)
{
    if (p->match_n == DRAFT_MATCHES_MAX) {
        return parse_fail(p, "more than %u matches in a rule", DRAFT_MATCHES_MAX);
    }
    if (row->kind == NAME_FIELD && row->uses->field->type == FIELD_NUMBER) {
        return field_number(p, row, value);
    }
    if (row->kind == NAME_FIELD && row->uses->field->type == FIELD_FLAG) {
        return field_flag(p, row, value);
    }
    if (value && *value) {
        return parse_fail(p, "unexpected option to %s keyword: '%s'", p->option, value);
    }
    if (row->kind == NAME_HEADER) {
        return buffer_enter(p, BUFFER_PACKET, row->text, NULL, false);
    }
    return enter_field(p, row);
}

bool buffer_packet_data(struct rule_parse *p)
{
    if (!leave_buffer(p)) {
        return false;
    }
    p->active = p->current = -1;
    p->fresh = false;
    return true;
}

int buffer_named(struct rule_parse *p, const char *name, const char *as)
{
    const struct field_use *u = rule_index_field(p->index, name);
    int at;

    if (u == NULL) {
        parse_fail(p, "buffer '%s' is not built in", name);
        return -1;
    }
    if (!protos_bind_uses(p, u, "the buffer belongs to another protocol than the rule")) {
        return -1;
    }
    as = as ? as : u->field->name;
    at = group_find(p, BUFFER_FIELD, as);
    if (at < 0) {
        at = group_new(p, BUFFER_FIELD, as);
        if (at < 0) {
            return -1;
        }
        p->group[at].uses = u;
        p->group[at].list = uses_list(u);
        p->group[at].by_keyword = true;
        p->group[at].g.side = uses_side(u);
    }
    return at;
}

/* Conditions on a file are about one and the same file; those on a transaction stand each for themselves. */
int buffer_condition(struct rule_parse *p, enum buffer_kind kind)
{
    int at = kind == BUFFER_FILE_FIELD ? group_find(p, kind, NULL) : -1;

    return at >= 0 ? at : group_new(p, kind, NULL);
}

PARSER(parse_pkt_data)
{
    (void)value;
    return buffer_packet_data(p);
}

PARSER(parse_file_data)
{
    (void)value;
    p->files = true;
    return buffer_enter(p, BUFFER_FILE_DATA, "file.data", NULL, true);
}

PARSER(parse_file_field)
{
    (void)value;
    p->files = true;
    return buffer_enter(p, BUFFER_FILE_FIELD, strcasecmp(p->option, "file.name") == 0 ? "file.name" : "file.magic", NULL, true);
}

/* The protocols among `of` (NULL: all) that have spans of that kind. */
static struct proto_set span_protos(const struct rule_parse *p, const struct proto_set *of, const char *kind)
{
    struct proto_set out = { 0 };

    for (unsigned i = 0; p->context->protos && p->context->protos[i]; i++) {
        const char *const *span = p->context->protos[i]->spans;

        for (; span && *span && (of == NULL || proto_set_has(of, i + 1)); span++) {
            if (strcmp(*span, kind) == 0 || strcmp("stream", kind) == 0) {
                proto_set_add(&out, i + 1);
            }
        }
    }
    return out;
}

/* "PROTOCOL.KIND", or "KIND" of the rule's protocol; a kind may have dots in it. */
PARSER(parse_frame)
{
    const char *dot = strchr(value, '.'), *kind = value;
    struct proto_set of, found = { 0 };
    char proto[64];

    if (dot && (size_t)(dot - value) < sizeof proto) {
        memcpy(proto, value, (size_t)(dot - value));
        proto[dot - value] = '\0';
        if (rule_index_protos(p->index, proto, &of)) {
            found = span_protos(p, &of, dot + 1);
            kind = proto_set_count(&found) ? dot + 1 : kind;
        }
    }
    if (proto_set_count(&found) == 0 && p->bound) {
        found = span_protos(p, &p->protos, kind);
    }
    if (proto_set_count(&found) == 0) {
        return parse_fail(p, "frame '%s' is not known%s", value, p->bound ? " to the rule's protocol" : "; without a protocol in the rule's header write PROTOCOL.KIND");
    }
    kind = parse_str(p, bytes_str(kind));
    return kind && protos_bind(p, &found, "the frame belongs to another protocol than the rule") && buffer_enter(p, BUFFER_FRAME, kind, NULL, false);
}

PARSER(parse_base64_data)
{
    (void)value;
    if (buffer_last(p, KIND(MATCH_BASE64_DECODE)) == NULL) {
        return parse_fail(p, "\"base64_data\" keyword seen without preceding base64_decode.");
    }
    p->active = group_new(p, BUFFER_BASE64, NULL);
    if (p->active < 0) {
        return false;
    }
    p->group[p->active].g.relative_to_previous = true;
    p->current = p->active;
    p->fresh = false;
    return true;
}

int buffer_active(struct rule_parse *p)
{
    struct draft_group *g;
    int at = p->active;

    if (at < 0) {
        return buffer_payload(p);
    }
    if (p->transform_n == 0) {
        return at;
    }
    g = &p->group[at];
    if (g->g.match_n) {
        const struct draft_group *old = g;

        at = group_new(p, old->g.kind, old->g.name);
        if (at < 0) {
            return -1;
        }
        p->group[at].uses = old->uses;
        p->group[at].list = old->list;
        p->group[at].g.side = old->g.side;
        g = &p->group[at];
    }
    g->g.transform = parse_zero(p, p->transform_n * sizeof *g->g.transform);
    if (g->g.transform == NULL) {
        return -1;
    }
    memcpy(g->g.transform, p->transform, p->transform_n * sizeof *g->g.transform);
    g->g.transform_n = (uint16_t)p->transform_n;
    p->transform_n = 0;
    p->fresh = false;
    p->active = p->current = at;
    return at;
}

/* ---- matches ---- */

struct match *buffer_add(struct rule_parse *p, int group, enum match_kind kind)
{
    struct match *m;

    if (group < 0) {
        return NULL;
    }
    if (p->match_n == DRAFT_MATCHES_MAX) {
        parse_fail(p, "more than %u matches in a rule", DRAFT_MATCHES_MAX);
        return NULL;
    }
    m = match_new(p, kind);
    if (m) {
        p->match[p->match_n++] = (struct draft_match){ .match = m, .order = (uint16_t)p->order++, .group = (int16_t)group };
        p->group[group].g.match_n++;
    }
    return m;
}

/* Groups of one buffer: a list named twice, a file's body named again. */
static bool same_list(const struct rule_parse *p, int a, int b)
{
    const struct group *x = &p->group[a].g, *y = &p->group[b].g;

    return a == b || (x->kind == y->kind && x->transform_n == 0 && y->transform_n == 0 &&
                      (x->name == y->name || (x->name && y->name && strcmp(x->name, y->name) == 0)));
}

/*
 * As Suricata looks back: of each buffer and kind the match that stands last (one moved by a modifier stands last in its
 * new buffer), and of these the one that came last in the text.
 */
static struct draft_match *last_match(struct rule_parse *p, int group, bool payload, unsigned kinds)
{
    struct draft_match *last = NULL;
    uint64_t seen[DRAFT_GROUPS_MAX] = { 0 };

    for (unsigned i = p->match_n; i-- > 0;) {
        struct draft_match *m = &p->match[i];
        uint64_t kind = 1ull << m->match->kind;

        if (!(kinds & kind) || seen[m->group] & kind || (group >= 0 && !same_list(p, m->group, group)) || (!payload && m->group == p->payload)) {
            continue;
        }
        seen[m->group] |= kind;
        if (last == NULL || m->order > last->order) {
            last = m;
        }
    }
    return last;
}

struct draft_match *buffer_last_in(struct rule_parse *p, int group, unsigned kinds) { return last_match(p, group, true, kinds); }

struct draft_match *buffer_last(struct rule_parse *p, unsigned kinds) { return last_match(p, p->active, true, kinds); }

/* What fast_pattern means: as above, or the last literal of any named buffer. */
struct draft_match *buffer_last_literal(struct rule_parse *p)
{
    struct draft_match *here = last_match(p, p->active, true, KIND(MATCH_CONTENT));
    struct draft_match *named = last_match(p, -1, false, KIND(MATCH_CONTENT));

    return here == NULL || (named && named->order > here->order) ? named : here;
}

struct draft_match *buffer_before(struct rule_parse *p, const struct draft_match *m, unsigned kinds)
{
    for (struct draft_match *b = &p->match[m - p->match]; b-- > p->match;) {
        if (b->group == m->group && (kinds >> b->match->kind & 1)) {
            return b;
        }
    }
    return NULL;
}

static void match_move(struct rule_parse *p, struct draft_match *m, int to)
{
    struct draft_match moved = *m;

    p->group[moved.group].g.match_n--;
    memmove(m, m + 1, (size_t)(&p->match[p->match_n] - (m + 1)) * sizeof *m);
    moved.group = (int16_t)to;
    p->match[p->match_n - 1] = moved;
    p->group[to].g.match_n++;
}

bool buffer_modifier(struct rule_parse *p, const struct name_row *row, const char *name)
{
    struct draft_match *m;
    int at;

    name = name ? name : row->uses->field->name;
    bool sticky = p->active >= 0 && p->rule->dialect == DIALECT_SNORT2; /* there the content behind file_data may be moved too */
    int from = sticky ? p->active : p->payload;

    if (p->active >= 0 && !sticky) {
        return parse_fail(p,
            "\"%s\" keyword seen with a sticky buffer still set.  Reset sticky buffer with pkt_data before using the modifier.", row->name);
    }
    m = from < 0 ? NULL : buffer_last_in(p, from, KIND(MATCH_CONTENT));
    if (m == NULL) {
        return parse_fail(p,
            "\"%s\" keyword found inside the rule without a content context.  Please use a \"content\" keyword before using the \"%s\" keyword",
            row->name, row->name);
    }
    if (!protos_bind_uses(p, row->uses, "rule contains conflicting alprotos set")) {
        return false;
    }
    if (m->match->content.flags & (CONTENT_RAW | CONTENT_REPLACE)) {
        return parse_fail(p, "%s rule can not be used with the %s rule keyword", row->name,
            m->match->content.flags & CONTENT_RAW ? "rawbytes" : "replace");
    }
    if (!sticky && p->current >= 0 && p->group[p->current].g.match_n == 0) {
        return parse_fail(p, "no matches for previous buffer");
    }
    at = group_find(p, BUFFER_FIELD, name);
    if (at < 0) {
        at = group_new(p, BUFFER_FIELD, name);
        if (at < 0) {
            return false;
        }
        p->group[at].uses = row->uses;
        p->group[at].g.side = uses_side(row->uses);
    }
    p->current = sticky ? p->current : at;
    match_move(p, m, at);
    return true;
}

/* ---- transforms ---- */

static const struct transform_row *transform_row(const struct rule_parse *p, const char *name)
{
    for (const struct transform_row *t = p->context->transforms; t && t->name; t++) {
        if (strcmp(t->name, name) == 0) {
            return t;
        }
    }
    return NULL;
}

/* The argument's data: made once for the same text. */
static bool transform_data(struct rule_parse *p, const struct transform_row *row, const char *value, const void **data)
{
    const void **kept = rule_index_transform(p->index, p->arena, row->name, value ? value : "");
    struct err err = { "" };

    if (kept && *kept) {
        *data = *kept;
        return true;
    }
    if (!row->parse(p, value, data, &err)) {
        return parse_fail(p, "%s: %s", row->name, err.text);
    }
    if (kept) {
        *kept = *data;
    }
    return true;
}

bool transform_parse(struct rule_parse *p, const char *name, const char *value)
{
    const struct transform_row *row = transform_row(p, name);
    const void *data = NULL;

    if (p->active < 0 || !p->fresh) {
        return parse_fail(p, "transforms must directly follow stickybuffers");
    }
    if (p->transform_n == DRAFT_TRANSFORMS_MAX) {
        return parse_fail(p, "more than %u transforms of a buffer", DRAFT_TRANSFORMS_MAX);
    }
    if (row == NULL) {
        return parse_fail(p, "transform '%s' is not built in", name);
    }
    if (row->parse && !transform_data(p, row, value, &data)) {
        return false;
    }
    p->transform[p->transform_n++] = (struct transform){ .name = row->name, .data = data };
    return true;
}
