/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meta - what a rule says about itself: msg, sid, classtype, reference, metadata; and how often it may alert. */
#include "rule/parse.h"

#include <ctype.h>

#define VERSION_MAJOR 8        /* the Suricata whose rules are read: `requires: version` compares with it */
#define VERSION_MINOR 0
#define VERSION_PATCH 6

PARSER(parse_msg)
{
    size_t n = strlen(value), k = 0;
    char *to;

    if (p->rule->msg) {
        return parse_fail(p, "duplicated 'msg' keyword detected");
    }
    to = parse_zero(p, n + 1);
    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (value[i] == '\\' && i + 1 < n) {
            i++;
        }
        to[k++] = value[i];
    }
    p->rule->msg = to;
    return true;
}

static bool number_u32(struct rule_parse *p, const char *value, uint32_t *out)
{
    int64_t v;

    if (!word_i64(bytes_str(value), 10, 0, UINT32_MAX, &v)) {
        return parse_fail(p, "invalid input as arg to %s keyword", p->option);
    }
    *out = (uint32_t)v;
    return true;
}

PARSER(parse_sid)
{
    uint32_t v;

    if (!number_u32(p, value, &v)) {
        return false;
    }
    if (v == 0) {
        return parse_fail(p, "sid value 0 is invalid");
    }
    if (p->rule->sid) {
        return parse_fail(p, "duplicated 'sid' keyword detected");
    }
    p->rule->sid = v;
    return true;
}

PARSER(parse_gid) { return number_u32(p, value, &p->rule->gid); }

PARSER(parse_rev)
{
    uint32_t v;

    if (!number_u32(p, value, &v)) {
        return false;
    }
    if (v == 0) {
        return parse_fail(p, "rev value 0 is invalid");
    }
    if (p->rule->rev) {
        return parse_fail(p, "duplicated 'rev' keyword detected");
    }
    p->rule->rev = v;
    return true;
}

static bool classtype_word(struct bytes w)
{
    if (w.n == 0 || w.n >= 64 || !isalpha(w.p[0])) {
        return false;
    }
    for (size_t i = 0; i < w.n; i++) {
        if (!isalnum(w.p[i]) && w.p[i] != '-' && w.p[i] != '_') {
            return false;
        }
    }
    return true;
}

PARSER(parse_classtype)
{
    struct bytes w = bytes_trim(bytes_str(value), " \t");
    const struct rule_context *c = p->context;
    struct rule_class class = { .priority = 3 };
    const char *name;
    bool known, first = p->rule->classtype == NULL;

    if (!classtype_word(w)) {
        return parse_fail(p, "invalid value for classtype keyword: \"%s\"", value);
    }
    name = parse_str(p, w);
    if (name == NULL) {
        return false;
    }
    if (!first) {
        if (rule_strict(c, "classtype")) {
            return parse_fail(p, "duplicated 'classtype' keyword detected.");
        }
        parse_warn(p, "duplicated 'classtype' keyword detected. Using instance with highest priority");
    }
    known = c->classtype && c->classtype(c->ctx, name, &class);
    if (!known) {
        if (rule_strict(c, "classtype")) {
            return parse_fail(p, "unknown classtype '%s'", name);
        }
        char once[80];

        snprintf(once, sizeof once, "classtype %s", name);
        parse_warn_once(p, once,
            "signature sid:%u uses unknown classtype: \"%s\", using default priority 3. This message won't be shown again for this classtype",
            p->rule->sid, name);
        class = (struct rule_class){ .priority = 3 };
    }
    p->rule->priority_said |= known;
    if (first || p->priority_set || class.priority < p->rule->priority) {
        p->rule->classtype = name;
        p->rule->class_text = class.text ? parse_str(p, bytes_str(class.text)) : NULL;
        p->rule->class_id = class.number;
        if (!p->priority_set) {
            p->rule->priority = class.priority;
        }
    }
    return true;
}

PARSER(parse_priority)
{
    struct bytes w = bytes_trim(bytes_str(value), " \t");
    int64_t v;

    if (!word_i64(w, 10, 0, INT32_MAX, &v)) {
        return parse_fail(p, "Invalid Priority in Signature - %s", value);
    }
    if (p->priority_set) {
        parse_warn(p, "duplicate priority keyword. Using highest priority in the rule");
        v = v < (int64_t)p->rule->priority ? v : (int64_t)p->rule->priority;
    }
    p->rule->priority = (uint32_t)v;
    p->priority_set = p->rule->priority_said = true;
    return true;
}

static size_t span(struct bytes b, size_t from, bool (*in)(uint8_t c))
{
    size_t n = from;

    while (n < b.n && in(b.p[n])) {
        n++;
    }
    return n;
}

static bool is_key(uint8_t c) { return isalnum(c); }
static bool is_address(uint8_t c) { return isalnum(c) || (c && strchr("-_./?=", c) != NULL); }
static bool is_lead(uint8_t c) { return c == '"' || isspace(c); }
static bool is_alpha(uint8_t c) { return isalpha(c); }

/* reference:KEY,[SCHEME://]ADDRESS; what follows the address is left out, as Suricata does. */
PARSER(parse_reference)
{
    struct bytes v = bytes_trim(bytes_str(value), " \t");
    size_t key = span(v, 0, is_key), at = key, end, scheme;
    struct rule_reference *r;
    const char *prefix = NULL;

    while (at < v.n && isspace(v.p[at])) {
        at++;
    }
    if (key == 0 || at == v.n || v.p[at] != ',') {
        return parse_fail(p, "Unable to parse \"reference\" keyword argument - \"%s\".   Invalid argument.", value);
    }
    at = span(v, at + 1, is_lead);
    scheme = span(v, at, is_alpha);
    if (scheme > at && bytes_starts(bytes_from(v, scheme), "://")) {
        prefix = parse_str(p, bytes_of(v.p + at, scheme + 3 - at));
        at = scheme + 3;
    }
    end = span(v, at, is_address);
    if (end == at) {
        return parse_fail(p, "Unable to parse \"reference\" keyword argument - \"%s\".   Invalid argument.", value);
    }
    if (p->reference_n == ROWS(p->reference)) {
        return parse_fail(p, "more than %zu references", ROWS(p->reference));
    }
    r = &p->reference[p->reference_n];
    r->key = parse_str(p, bytes_head(v, key));
    r->id = parse_str(p, bytes_of(v.p + at, end - at));
    if (r->key == NULL || r->id == NULL) {
        return false;
    }
    if (prefix == NULL && !(p->context->reference && p->context->reference(p->context->ctx, r->key, &prefix))) {
        if (rule_strict(p->context, "reference")) {
            return parse_fail(p, "unknown reference key \"%s\"", r->key);
        }
        {
            char once[80];

            snprintf(once, sizeof once, "reference %s", r->key);
            parse_warn_once(p, once, "unknown reference key \"%s\"", r->key);
        }
        prefix = NULL;
    }
    r->prefix = prefix ? parse_str(p, bytes_str(prefix)) : NULL;
    p->reference_n++;
    return true;
}

/* metadata:key value, key value: what has no value says nothing. */
PARSER(parse_metadata)
{
    const char *at = value;

    while (*at) {
        size_t n = strcspn(at, ",");
        struct bytes part = bytes_of(at, n), key, rest;
        struct rd r;

        while (part.n && (part.p[0] == ' ' || part.p[0] == '\t')) {
            part = bytes_from(part, 1);
        }
        r = rd_of(part);
        key = rd_until_any(&r, " ");
        rd_skip_any(&r, " \t");
        rest = rd_rest(&r);
        at += n + (at[n] == ',');
        if (key.n == 0 || rest.n == 0) {
            continue;
        }
        if (p->meta_n == ROWS(p->meta)) {
            return parse_fail(p, "more than %zu metadata entries", ROWS(p->meta));
        }
        p->meta[p->meta_n].key = parse_str(p, key);
        p->meta[p->meta_n].value = parse_str(p, rest);
        if (p->meta[p->meta_n].key == NULL || p->meta[p->meta_n].value == NULL) {
            return false;
        }
        p->meta_n++;
    }
    return true;
}

PARSER(parse_target)
{
    struct bytes w = bytes_trim(bytes_str(value), " \t");
    const char *to = word_is(w, "src_ip") ? "src_ip" : word_is(w, "dest_ip") ? "dest_ip" : NULL;

    if (to == NULL) {
        return parse_fail(p, "only 'src_ip' and 'dest_ip' are supported as target value");
    }
    if (p->rule->target && strcmp(p->rule->target, to) != 0) {
        return parse_fail(p, "Conflicting values of target keyword");
    }
    p->rule->target = to;
    return true;
}

PARSER(parse_noalert)
{
    (void)value;
    if (p->rule->alert) {
        return parse_fail(p, "\"noalert\" and \"alert\" contradict each other");
    }
    p->rule->noalert = true;
    return true;
}

PARSER(parse_alert)
{
    (void)value;
    if (p->rule->noalert) {
        return parse_fail(p, "\"noalert\" and \"alert\" contradict each other");
    }
    p->rule->alert = true;
    return true;
}

PARSER(parse_prefilter)
{
    struct draft_match *m = buffer_last_in(p, -1, ~0u);

    (void)value;
    if (m == NULL && p->packet_n == 0) {
        return parse_fail(p, "prefilter needs preceding match");
    }
    if (m && m->match->kind == MATCH_CONTENT && (p->packet_n == 0 || p->packet[p->packet_n - 1]->column < m->match->column)) {
        p->option = "prefilter";
        return parse_fast_pattern(p, NULL);
    }
    p->rule->prefilter = true;
    if (p->packet_n != 0 && (m == NULL || p->packet[p->packet_n - 1]->column > m->match->column)) {
        p->rule->prefilter_by = p->packet[p->packet_n - 1]->keyword.row->name;
    }
    return true;
}

/* ---- thresholds ---- */

static bool threshold_track(struct bytes v, struct threshold *t)
{
    static const struct {
        const char *word;
        uint8_t track;
    } tracks[] = { { "by_src", TRACK_SRC }, { "by_dst", TRACK_DST }, { "by_both", TRACK_BOTH }, { "by_rule", TRACK_RULE }, { "by_flow", TRACK_FLOW } };

    for (size_t i = 0; i < ROWS(tracks); i++) {
        if (word_is(v, tracks[i].word)) {
            t->track = tracks[i].track;
            return true;
        }
    }
    return false;
}

static bool threshold_type(struct bytes v, struct threshold *t)
{
    static const struct {
        const char *word;
        uint8_t type;
    } types[] = { { "limit", THRESHOLD_LIMIT }, { "threshold", THRESHOLD_THRESHOLD }, { "both", THRESHOLD_BOTH }, { "backoff", THRESHOLD_BACKOFF } };

    for (size_t i = 0; i < ROWS(types); i++) {
        if (word_is(v, types[i].word)) {
            t->type = types[i].type;
            return true;
        }
    }
    return false;
}

enum { SAID_TYPE = 1, SAID_TRACK = 2, SAID_COUNT = 4, SAID_SECONDS = 8, SAID_MULTIPLIER = 16 };

static bool threshold_word(struct bytes part, struct threshold *t, unsigned *said)
{
    struct rd r = rd_of(part);
    struct bytes name = rd_until_any(&r, " \t"), v = bytes_trim(rd_rest(&r), " \t");
    uint32_t *number = NULL;
    unsigned bit;
    int64_t n;

    if (word_is(name, "type")) {
        bit = SAID_TYPE;
    } else if (word_is(name, "track")) {
        bit = SAID_TRACK;
    } else if (word_is(name, "count")) {
        bit = SAID_COUNT;
        number = &t->count;
    } else if (word_is(name, "seconds")) {
        bit = SAID_SECONDS;
        number = &t->seconds;
    } else if (word_is(name, "multiplier")) {
        bit = SAID_MULTIPLIER;
        number = &t->multiplier;
    } else {
        return false;
    }
    if (*said & bit) {
        return false;
    }
    *said |= bit;
    if (bit == SAID_TYPE) {
        return threshold_type(v, t);
    }
    if (bit == SAID_TRACK) {
        return threshold_track(v, t);
    }
    if (!word_i64(v, 10, 0, UINT32_MAX, &n)) {
        return false;
    }
    *number = (uint32_t)n;
    return true;
}

static bool threshold_read(struct rule_parse *p, const char *value, struct threshold *t, unsigned *said)
{
    struct words w = words_of(value, ',');
    struct bytes part;

    while (words_next(&w, &part)) {
        if (!threshold_word(part, t, said)) {
            return parse_fail(p, "invalid %s: '%.*s'", p->option, (int)part.n, (const char *)part.p) ||
                   parse_hint(p, "write type limit|threshold|both, track by_src|by_dst|by_both|by_rule|by_flow, count N, seconds N");
        }
    }
    return true;
}

static bool threshold_add(struct rule_parse *p, const struct threshold *t)
{
    struct threshold *to = parse_zero(p, sizeof *to), **end = &p->rule->threshold;

    if (to) {
        *to = *t;
        while (*end) {
            end = &(*end)->next;
        }
        *end = to;
    }
    return to != NULL;
}

/* The one before; under a sticky buffer Suricata does not see it, and both count. */
static const struct threshold *threshold_before(const struct rule_parse *p) { return p->active < 0 ? p->rule->threshold : NULL; }

PARSER(parse_threshold)
{
    struct threshold t = { 0 };
    unsigned said = 0;

    if (threshold_before(p)) {
        return parse_fail(p, threshold_before(p)->type == THRESHOLD_DETECTION_FILTER
                                 ? "\"detection_filter\" and \"threshold\" are not allowed in the same rule"
                                 : "multiple \"threshold\" options are not allowed in the same rule");
    }
    if (!threshold_read(p, value, &t, &said)) {
        return false;
    }
    if (said != (SAID_TYPE | SAID_TRACK | SAID_COUNT | (t.type == THRESHOLD_BACKOFF ? SAID_MULTIPLIER : SAID_SECONDS))) {
        return parse_fail(p, "threshold needs type, track, count and seconds once each") || parse_hint(p, "type backoff has a multiplier instead of seconds");
    }
    if (t.type == THRESHOLD_BACKOFF) {
        if (t.count == 0 || t.count >= 65536) {
            return parse_fail(p, "invalid count value '%u': must be in the range 1-65535", t.count);
        }
        if (t.multiplier < 2 || t.multiplier >= 65536) {
            return parse_fail(p, "invalid multiplier value '%u': must be in the range 2-65535", t.multiplier);
        }
        if (t.track != TRACK_FLOW) {
            return parse_fail(p, "invalid track value: type backoff only supported for track by_flow");
        }
    }
    return threshold_add(p, &t);
}

PARSER(parse_detection_filter)
{
    struct threshold t = { .type = THRESHOLD_DETECTION_FILTER };
    unsigned said = 0;

    if (threshold_before(p)) {
        return parse_fail(p, threshold_before(p)->type == THRESHOLD_DETECTION_FILTER
                                 ? "At most one \"detection_filter\" is allowed per rule"
                                 : "\"detection_filter\" and \"threshold\" are not allowed in the same rule");
    }
    if (!threshold_read(p, value, &t, &said)) {
        return false;
    }
    if (said != (SAID_TRACK | SAID_COUNT | SAID_SECONDS) || t.track == TRACK_BOTH || t.track == TRACK_RULE) {
        return parse_fail(p, "detection_filter needs track by_src, by_dst or by_flow, count and seconds, once each");
    }
    if (t.count == 0 || t.seconds == 0) {
        return parse_fail(p, "found an invalid value");
    }
    return threshold_add(p, &t);
}

/* ---- requires ---- */

/* "8.0.1" as one number to compare; false on anything else. */
static bool version_read(struct rd *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 3; i++) {
        struct bytes w = rd_until_any(r, ".- <>|");
        int64_t v = 0;

        if (!word_i64(w, 10, 0, 255, &v)) {
            return false;
        }
        *out = *out << 8 | (uint32_t)v;
        if (rd_left(r) == 0 || (rd_peek(r).p[0] != '.' && rd_peek(r).p[0] != '-')) {
            *out <<= 8 * (2 - i);
            return true;
        }
        if (i < 2) {
            rd_skip(r, 1);
        }
    }
    return true;
}

static bool version_compare(struct rd *r, bool *holds)
{
    const uint32_t own = VERSION_MAJOR << 16 | VERSION_MINOR << 8 | VERSION_PATCH;
    bool greater, equal = false;
    uint32_t want;
    uint8_t sign;

    rd_skip_any(r, " \t");
    sign = rd_u8(r);
    if (sign != '<' && sign != '>') {
        return false;
    }
    greater = sign == '>';
    if (rd_left(r) && rd_peek(r).p[0] == '=') {
        equal = true;
        rd_skip(r, 1);
    }
    rd_skip_any(r, " \t");
    if (!version_read(r, &want)) {
        return false;
    }
    *holds = (greater ? own > want : own < want) || (equal && own == want);
    return true;
}

/* ">= 7.0.3 < 8 | >= 8.0.3": all of one side of a bar. */
static bool version_check(struct rule_parse *p, struct bytes v, bool *met)
{
    struct rd r = rd_of(v);
    bool all = true, some = false;

    *met = false;
    while (rd_skip_any(&r, " \t"), rd_left(&r)) {
        bool holds;

        if (rd_peek(&r).p[0] == '|') {
            rd_skip(&r, 1);
            *met |= all && some;
            all = true;
            some = false;
            continue;
        }
        if (!version_compare(&r, &holds)) {
            return parse_fail(p, "Failed to parse requires expression");
        }
        all &= holds;
        some = true;
    }
    *met |= all && some;
    return true;
}

static bool keyword_there(const struct rule_parse *p, struct bytes name)
{
    return rule_index_find(p->index, (const char *)name.p, name.n) != NULL;
}

/* requires: version …, feature …, keyword … */
PARSER(parse_requires)
{
    struct words w = words_of(value, ',');
    struct bytes part;
    const char *missing = NULL;
    bool version_seen = false;

    while (words_next(&w, &part)) {
        struct rd r = rd_of(part);
        struct bytes name = rd_until_any(&r, " \t<>="), rest = bytes_trim(rd_rest(&r), " \t");
        bool one = false;

        if (part.n == 0) {
            continue;
        }
        if (word_is(name, "version")) {
            if (version_seen) {
                return parse_fail(p, "Version may only be specified once");
            }
            version_seen = true;
            if (!version_check(p, rest, &one)) {
                return false;
            }
        } else if (word_is(name, "feature")) {
            const char *s = parse_str(p, rest);
            one = s && p->context->feature && p->context->feature(p->context->ctx, s);
            missing = one ? missing : "feature";
        } else if (word_is(name, "keyword")) {
            one = keyword_there(p, rest);
            missing = one ? missing : "keyword";
        } else {
            parse_warn(p, "Unknown requires keyword: %.*s", (int)name.n, (const char *)name.p);
        }
        if (!one) {
            p->requires_unmet = true;
            return missing ? parse_fail(p, "missing a required %s: %.*s", missing, (int)part.n, (const char *)part.p)
                           : parse_fail(p, "requires is not met: %.*s", (int)part.n, (const char *)part.p);
        }
    }
    return true;
}
