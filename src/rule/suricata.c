/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suricata - the Suricata dialect: options one by one, then the rule as a whole. */
#include "rule/parse.h"

#include <ctype.h>

/* clang-format off */
const struct option suricata_options[] = {
    { "sid", NULL, OPTION_FIRST, parse_sid, "number of the rule" },
    { "requires", NULL, OPTION_FIRST, parse_requires, "what the program must have for the rule to be read" },
    { "msg", NULL, OPTION_QUOTED, parse_msg, "what the alert says" },
    { "gid", NULL, 0, parse_gid, "group that the number belongs to" },
    { "rev", NULL, 0, parse_rev, "revision of the rule" },
    { "classtype", NULL, 0, parse_classtype, "class of the alert, which brings its priority" },
    { "reference", NULL, 0, parse_reference, "where more is told" },
    { "priority", NULL, 0, parse_priority, "1 is the most urgent" },
    { "metadata", NULL, 0, parse_metadata, "keys and values that go with the alert" },
    { "target", NULL, 0, parse_target, "which end is the victim" },
    { "flow", NULL, 0, parse_flow, "direction and state of the flow" },
    { "threshold", NULL, 0, parse_threshold, "alerts are limited or counted together" },
    { "detection_filter", NULL, 0, parse_detection_filter, "alerts only from that rate on" },
    { "noalert", NULL, OPTION_NO_VALUE, parse_noalert, "matches, and says nothing" },
    { "alert", NULL, OPTION_NO_VALUE, parse_alert, "says something where noalert would be implied" },
    { "prefilter", NULL, OPTION_NO_VALUE, parse_prefilter, "this condition is what the rule is looked up by" },
    { "content", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_content, "bytes that are there" },
    { "uricontent", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_uricontent, "bytes in the normalized URI" },
    { "tls.subject", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_tls_text, "text in the certificate's subject" },
    { "tls.issuerdn", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_tls_text, "text in the certificate's issuer" },
    { "tls.fingerprint", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_tls_text, "SHA-1 of the certificate" },
    { "nocase", NULL, OPTION_NO_VALUE, parse_nocase, "the content before it, in any case" },
    { "depth", NULL, 0, parse_depth, "the content before it, within so many first bytes" },
    { "offset", NULL, 0, parse_offset, "the content before it, from there on" },
    { "distance", NULL, 0, parse_distance, "the content before it, so far behind the match before" },
    { "within", NULL, 0, parse_within, "the content before it, within so many bytes of the match before" },
    { "startswith", NULL, OPTION_NO_VALUE, parse_startswith, "the content before it stands at the beginning" },
    { "endswith", NULL, OPTION_NO_VALUE, parse_endswith, "the content before it stands at the end" },
    { "rawbytes", NULL, OPTION_NO_VALUE, parse_rawbytes, "taken, without effect" },
    { "fast_pattern", NULL, OPTION_MAY_VALUE, parse_fast_pattern, "the content before it is what the rule is looked up by" },
    { "replace", NULL, OPTION_QUOTED | OPTION_NEGATION, parse_replace, "bytes put in place of the content before it, inline" },
    { "pcre", NULL, OPTION_MAY_QUOTED | OPTION_NEGATION, parse_pcre, "a regular expression matches" },
    { "isdataat", NULL, 0, parse_isdataat, "there are bytes that far" },
    { "absent", NULL, OPTION_MAY_VALUE, parse_absent, "the buffer is not there" },
    { "bsize", NULL, 0, parse_bsize, "size of the buffer" },
    { "urilen", NULL, 0, parse_urilen, "size of the URI" },
    { "byte_test", NULL, 0, parse_byte_test, "a number in the bytes compares so" },
    { "byte_jump", NULL, 0, parse_byte_jump, "goes on as far as a number in the bytes says" },
    { "byte_extract", NULL, 0, parse_byte_extract, "keeps a number of the bytes by name" },
    { "byte_math", NULL, 0, parse_byte_math, "keeps the result of a calculation with a number of the bytes" },
    { "base64_decode", NULL, OPTION_MAY_VALUE, parse_base64_decode, "decodes base64 from here" },
    { "base64_data", NULL, OPTION_NO_VALUE, parse_base64_data, "what base64_decode decoded" },
    { "pkt_data", NULL, OPTION_NO_VALUE, parse_pkt_data, "back to the payload" },
    { "frame", NULL, OPTION_MAY_QUOTED, parse_frame, "a part of the protocol's messages as they came" },
    { "file.data", "file_data", OPTION_MAY_VALUE | OPTION_SIDE, parse_file_data, "what files hold" },
    { "file.name", NULL, OPTION_MAY_VALUE | OPTION_SIDE, parse_file_field, "names of files" },
    { "file.magic", NULL, OPTION_MAY_VALUE | OPTION_SIDE, parse_file_field, "kinds of files by their content" },
    { NULL, NULL, 0, NULL, NULL },
};
/* clang-format on */

/* ---- what keywords in detect/kw may ask ---- */

struct arena *rule_parse_arena(struct rule_parse *p) { return p->arena; }
enum dialect rule_parse_dialect(const struct rule_parse *p) { return (enum dialect)p->rule->dialect; }
const struct keyword *rule_parse_keyword(const struct rule_parse *p) { return p->keyword; }
const char *rule_parse_buffer(const struct rule_parse *p) { return p->active < 0 ? NULL : p->group[p->active].g.name; }
bool rule_parse_negated(const struct rule_parse *p) { return p->negated; }
int rule_parse_side(const struct rule_parse *p) { return p->side_forced; }
const struct rule_context *rule_parse_context(const struct rule_parse *p) { return p->context; }
void rule_parse_leave_out(struct rule_parse *p) { p->left_out = true; }
void rule_parse_warn(struct rule_parse *p, const char *text) { parse_warn(p, "%s", text); }

const char *rule_parse_file(const struct rule_parse *p)
{
    return p->rule->source < p->rules->source_n ? p->rules->source[p->rule->source] : NULL;
}

bool rule_parse_literal(struct rule_parse *p, const char *keyword, const char *value, struct bytes *out)
{
    return literal_parse(p, keyword, value, out);
}

uint32_t rule_parse_name(struct rule_parse *p, const char *kind, const char *name) { return rule_names_put(p->rules->names, kind, name); }

uint32_t rule_parse_script(struct rule_parse *p) { return p->rules->script_n++; }

bool rule_parse_protos(const struct rule_parse *p, const char *name, uint64_t bits[2])
{
    struct proto_set s;
    bool found = rule_index_protos(p->index, name, &s);

    memcpy(bits, s.bits, sizeof s.bits);
    return found;
}

bool rule_parse_bind(struct rule_parse *p, const char *name, struct err *err)
{
    return protos_bind_name(p, name, NULL) || err_set(err, "%s", p->err.text);
}

bool rule_parse_is_bound(const struct rule_parse *p) { return p->bound; }

const void *rule_parse_earlier(const struct rule_parse *p, const struct keyword *k, unsigned i)
{
    for (unsigned n = 0; n < p->packet_n; n++) {
        if (p->packet[n]->keyword.row == k && i-- == 0) {
            return p->packet[n]->keyword.data;
        }
    }
    for (unsigned n = 0; n < p->match_n; n++) {
        const struct match *m = p->match[n].match;
        if (m->kind == MATCH_KEYWORD && m->keyword.row == k && i-- == 0) {
            return m->keyword.data;
        }
    }
    return NULL;
}

bool rule_parse_take_side(struct rule_parse *p, uint8_t side, struct err *err)
{
    const uint16_t flag[2] = { RULE_TO_SERVER, RULE_TO_CLIENT };

    if (p->rule->flow_flags & flag[!side]) {
        return err_set(err, "rule %u mixes keywords with conflicting directions", p->rule->sid);
    }
    p->rule->flow_flags |= flag[side];
    return true;
}

bool rule_parse_variable(const struct rule_parse *p, const char *name) { return variable_find(p, bytes_str(name), -1) >= 0; }

void *rule_parse_kept(const struct rule_parse *p, const char *key)
{
    for (const struct rule_kept *k = p->rules->kept; k; k = k->next) {
        if (strcmp(k->key, key) == 0) {
            return k->thing;
        }
    }
    return NULL;
}

bool rule_parse_keep(struct rule_parse *p, const char *key, void *thing, void (*fini)(void *thing), struct err *err)
{
    struct rule_kept *k = arena_zero(p->arena, sizeof *k);

    if (k == NULL) {
        fini(thing);
        return err_set(err, "out of memory for rules");
    }
    *k = (struct rule_kept){ .next = p->rules->kept, .key = key, .thing = thing, .fini = fini };
    p->rules->kept = k;
    return true;
}

static bool keyword_match(struct rule_parse *p, const struct keyword *k, const void *data, uint8_t place)
{
    struct match *m;
    int group = -1;

    if (place == KEYWORD_PACKET || place == KEYWORD_POST) {
        unsigned *n = place == KEYWORD_PACKET ? &p->packet_n : &p->post_n;

        if (*n == DRAFT_MATCHES_MAX) {
            return parse_fail(p, "more than %u conditions in a rule", DRAFT_MATCHES_MAX);
        }
        m = match_new(p, MATCH_KEYWORD);
        if (m) {
            (place == KEYWORD_PACKET ? p->packet : p->post)[(*n)++] = m;
        }
    } else {
        if (place == KEYWORD_BUFFER && p->active < 0) {
            return parse_fail(p, "%s needs a sticky buffer before it", k->name);
        }
        group = place == KEYWORD_BUFFER || place == KEYWORD_BYTES ? buffer_active(p)
              : place == KEYWORD_PAYLOAD ? buffer_payload(p)
              : buffer_condition(p, place == KEYWORD_FILE ? BUFFER_FILE_FIELD : BUFFER_FIELD);
        m = buffer_add(p, group, MATCH_KEYWORD);
        p->files |= place == KEYWORD_FILE;
    }
    if (m == NULL) {
        return false;
    }
    if (place == KEYWORD_TXN || place == KEYWORD_FILE) {
        buffer_turn(p, group);
    }
    m->keyword.row = k;
    m->keyword.data = data;
    m->negated = false; /* the keyword's own */
    return true;
}

bool keyword_parse(struct rule_parse *p, const struct keyword *k, const char *value)
{
    uint8_t place = k->place;
    const void *data = NULL;
    struct err err = { "" };

    p->keyword = k;
    if (!k->parse(p, p->rule, value, &place, &data, &err)) {
        return p->failed ? false : parse_fail(p, "%s", err.text[0] ? err.text : "invalid value");
    }
    if (k->proto && !protos_bind_name(p, k->proto, "the keyword belongs to another protocol than the rule")) {
        return false;
    }
    p->rule->needs_packet |= k->needs_packet;
    return k->match == NULL || place == KEYWORD_NOWHERE || keyword_match(p, k, data, place);
}

/* ---- one option ---- */

struct written {
    char *name, *value;        /* value NULL: none */
};

uint16_t option_flags(const struct rule_parse *p, const struct name_row *row)
{
    uint16_t flags;

    switch ((enum name_kind)row->kind) {
    case NAME_OPTION:
        return row->option->flags;
    case NAME_KEYWORD:
        flags = row->keyword->value;
        break;
    case NAME_FIELD:
        if (row->uses->field->type == FIELD_NUMBER) {
            return OPTION_MAY_QUOTED;
        }
        if (row->uses->field->type == FIELD_FLAG) {
            return OPTION_MAY_VALUE;
        }
        return row->uses->field->sides == SIDE_BOTH_BITS ? OPTION_MAY_VALUE | OPTION_SIDE : OPTION_NO_VALUE;
    case NAME_TRANSFORM:
        for (const struct transform_row *t = p->context->transforms; t && t->name; t++) {
            if (strcmp(t->name, row->text) == 0) {
                flags = t->value ? t->value : t->parse == NULL ? KEYWORD_VALUE_NONE : t->argument_optional ? KEYWORD_VALUE_OPTIONAL : 0;
                goto translated;
            }
        }
        return OPTION_NO_VALUE;
    case NAME_MODIFIER:
    case NAME_HEADER:
    case NAME_KNOWN:
    default:
        return OPTION_NO_VALUE;
    }
translated:
    return (uint16_t)((flags & KEYWORD_VALUE_NONE ? OPTION_NO_VALUE : 0) | (flags & KEYWORD_VALUE_OPTIONAL ? OPTION_MAY_VALUE : 0) |
                      (flags & KEYWORD_VALUE_QUOTED ? OPTION_QUOTED : 0) | (flags & KEYWORD_VALUE_MAY_QUOTED ? OPTION_MAY_QUOTED : 0) |
                      (flags & KEYWORD_VALUE_NEGATION ? OPTION_NEGATION : 0) | (flags & KEYWORD_VALUE_SIDE ? OPTION_SIDE : 0));
}

/* "to_server" or "to_client" in front of the value, and the comma behind it, taken off. */
static bool side_take(struct rule_parse *p, char **value, bool only)
{
    static const char *const words[2] = { "to_server", "to_client" };

    for (int side = 0; side < 2; side++) {
        size_t n = strlen(words[side]);
        char *rest = *value + n;

        if (strncmp(*value, words[side], n) != 0) {
            continue;
        }
        while (isblank((unsigned char)*rest)) {
            rest++;
        }
        if (*rest && *rest != ',') {
            continue;
        }
        if (*rest && only) {
            return parse_fail(p, "unknown option: only accepts to_server or to_client");
        }
        rest += *rest == ',';
        while (isblank((unsigned char)*rest)) {
            rest++;
        }
        p->side_forced = side;
        if (!(p->rule->header_flags & HEADER_TXN_BOTH)) {
            const uint16_t flag[2] = { RULE_TO_SERVER, RULE_TO_CLIENT };

            if (p->rule->flow_flags & flag[!side]) {
                return parse_fail(p, "contradictory directions");
            }
            p->rule->flow_flags |= flag[side];
        }
        *value = rest;
        return true;
    }
    return !only || parse_fail(p, "unknown option: only accepts to_server or to_client");
}

/* Blanks, negation and quotes around a value taken off, as the option allows them. */
static bool value_clean(struct rule_parse *p, struct written *w, uint16_t flags)
{
    char *v = w->value;
    size_t n;

    while (isblank((unsigned char)*v)) {
        v++;
    }
    if (flags & OPTION_NEGATION && *v == '!') {
        p->negated = true;
        for (v++; isblank((unsigned char)*v); v++) {
        }
    }
    n = strlen(v);
    if (n == 0) {
        return parse_fail(p, "invalid formatting or malformed option to %s keyword: '%s'", w->name, w->name);
    }
    if (flags & OPTION_QUOTED && *v != '"') {
        return parse_fail(p, "invalid formatting to %s keyword: value must be double quoted '%s'", w->name, w->name);
    }
    if (*v == '"') {
        if (!(flags & (OPTION_QUOTED | OPTION_MAY_QUOTED))) {
            return parse_fail(p, "quotes on %s keyword that doesn't support them: '%s'", w->name, w->name);
        }
        if (v[n - 1] != '"') {
            return parse_fail(p, "bad option value formatting (possible missing semicolon) for keyword %s: '%s'", w->name, w->value);
        }
        if (n <= 2) {
            return parse_fail(p, "bad input for keyword %s: '%s'", w->name, w->value);
        }
        v[n - 1] = '\0';
        v++;
    }
    w->value = v;
    return true;
}

static bool option_unknown(struct rule_parse *p, const char *name)
{
    const char *proto = known_keyword(name);

    if (proto == NULL) {
        return parse_fail(p, "unknown rule keyword '%s'.", name);
    }
    if (*proto) {
        struct proto_set s;

        if (!rule_index_protos(p->index, proto, &s)) {
            return parse_fail(p, "keyword '%s' needs protocol %s, which is not built in", name, proto);
        }
    }
    return parse_fail(p, "keyword '%s' is not built in", name);
}

static bool option_run(struct rule_parse *p, struct written *w)
{
    const struct name_row *row = rule_index_find(p->index, w->name, strlen(w->name));
    uint16_t flags;
    bool good;

    if (p->rule->dialect == DIALECT_SNORT2 && snort2_option(p, w->name, w->value, &good)) {
        return good;
    }

    if (row == NULL || (row->kind == NAME_KEYWORD && row->keyword->dialects != 0 && (row->keyword->dialects & 1 << DIALECT_SURICATA) == 0)) {
        return option_unknown(p, w->name);
    }
    flags = option_flags(p, row);
    p->option = w->name;
    p->negated = false;
    p->side_forced = -1;
    if (w->value && *w->value == '\0') {
        w->value = NULL;
    }
    if (flags & OPTION_NO_VALUE ? w->value != NULL : w->value == NULL && !(flags & OPTION_MAY_VALUE)) {
        return parse_fail(p, flags & OPTION_NO_VALUE ? "unexpected option to %s keyword: '%s'" : "invalid formatting or malformed option to %s keyword: '%s'",
            w->name, w->name);
    }
    if (w->value && (!value_clean(p, w, flags) || (flags & OPTION_SIDE && !side_take(p, &w->value, (flags & OPTION_MAY_VALUE) != 0)))) {
        return false;
    }
    if (w->value && *w->value == '\0') {
        w->value = NULL;
    }
    switch ((enum name_kind)row->kind) {
    case NAME_OPTION: return row->option->parse(p, w->value);
    case NAME_KEYWORD: return keyword_parse(p, row->keyword, w->value);
    case NAME_FIELD:
    case NAME_HEADER: return buffer_sticky(p, row, w->value);
    case NAME_MODIFIER: return buffer_modifier(p, row, NULL);
    case NAME_TRANSFORM: return transform_parse(p, row->text, w->value);
    case NAME_KNOWN:
    default: return false;
    }
}

/* ---- options ---- */

static void trim_end(char *s, size_t n)
{
    while (n && isblank((unsigned char)s[n - 1])) {
        s[--n] = '\0';
    }
}

/* sid and requires are wanted before everything else. */
static bool wanted_first(const char *name) { return strcasecmp(name, "sid") == 0 || strcasecmp(name, "requires") == 0; }

/* Runs the options of one pass over `s` (a copy, cut in place).  `base` is where s stands in the rule's text. */
static bool options_pass(struct rule_parse *p, char *s, size_t base, bool first)
{
    char *at = s;

    while (*at) {
        struct written w;
        char *end = at, *colon;

        while (isblank((unsigned char)*at)) {
            at++;
        }
        p->column = (uint32_t)(base + (size_t)(at - s)) + 1;
        for (end = at; (end = strchr(end, ';')) != NULL && end > at && end[-1] == '\\';) {
            end++;
        }
        if (end == NULL) {
            return parse_fail(p, "no terminating \";\" found");
        }
        *end = '\0';
        w = (struct written){ .name = at };
        colon = strchr(at, ':');
        if (colon) {
            *colon = '\0';
            w.value = colon + 1;
            trim_end(w.value, strlen(w.value));
        }
        trim_end(w.name, strlen(w.name));
        if (wanted_first(w.name) == first && !option_run(p, &w)) {
            return false;
        }
        at = end + 1;
    }
    return true;
}

static bool text_check(struct rule_parse *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            p->column = (uint32_t)i + 1;
            return parse_fail(p, "rule contains invalid (control) characters");
        }
        if (c >= 0x80) {
            size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 9;

            for (size_t k = 1; k <= more; k++) {
                if (more == 9 || i + k >= n || ((uint8_t)text[i + k] & 0xc0) != 0x80) {
                    p->column = (uint32_t)i + 1;
                    return parse_fail(p, "rule is not valid UTF-8");
                }
            }
            i += more;
        }
    }
    return true;
}

bool rule_options(struct rule_parse *p, const char *text, size_t n, struct header *h, rule_pass *pass, const char *no_sid)
{
    size_t end = n;

    while (end > h->options && (isspace((unsigned char)text[end - 1]) || text[end - 1] == ')')) {
        end--;
    }
    for (int round = 0; round < 2; round++) {
        memcpy(p->scratch, text + h->options, end - h->options);
        p->scratch[end - h->options] = '\0';
        if (!pass(p, p->scratch, h->options, round == 0)) {
            return false;
        }
        if (round == 0 && p->rule->sid == 0) {
            p->column = (uint32_t)h->options + 1;
            return parse_fail(p, "%s", no_sid);
        }
        if (round == 0 && !header_parse(p, h)) {
            return false;
        }
    }
    return true;
}

bool suricata_rule(struct rule_parse *p, const char *text, size_t n)
{
    struct header h;

    if (!text_check(p, text, n) || !header_scan(p, text, n, &h) ||
        !rule_options(p, text, n, &h, options_pass, "Signature missing required value \"sid\".")) {
        return false;
    }
    p->column = 0;
    return (p->rule->dialect != DIALECT_SNORT2 || snort2_buffers(p)) && rule_validate(p);
}
