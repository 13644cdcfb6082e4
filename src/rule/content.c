/* SPDX-License-Identifier: GPL-2.0-or-later */
/* content - the literal and everything that may stand behind it. */
#include "rule/parse.h"

#include <ctype.h>

#define CONTENT_VALUE_MAX 1048576 /* of distance and within */

static const char mixed[] =
    "can't use a relative keyword like within/distance with a absolute relative keyword like depth/offset for the same content.";

static bool content_case(struct rule_parse *p, int group, const char *value, struct content *c)
{
    const struct draft_group *g = &p->group[group];

    for (unsigned i = 0; i < g->g.transform_n && !(c->flags & CONTENT_NEGATED); i++) {
        const char *t = g->g.transform[i].name;
        bool bad = false;

        for (size_t k = 0; k < c->bytes.n; k++) {
            uint8_t b = c->bytes.p[k];

            bad |= (strcmp(t, "to_lowercase") == 0 && isupper(b)) || (strcmp(t, "to_uppercase") == 0 && islower(b)) ||
                   (strcmp(t, "strip_whitespace") == 0 && isspace(b)) ||
                   (strcmp(t, "compress_whitespace") == 0 && k && isspace(b) && isspace(c->bytes.p[k - 1]));
        }
        if (bad) {
            return parse_fail(p, "content string \"%s\" incompatible with %s transform", value, t);
        }
    }
    return true;
}

static struct match *content_add(struct rule_parse *p, int group, const char *keyword, const char *value)
{
    struct bytes b;
    struct match *m;

    if (group < 0 || !literal_parse(p, keyword, value, &b)) {
        return NULL;
    }
    m = buffer_add(p, group, MATCH_CONTENT);
    if (m == NULL) {
        return NULL;
    }
    m->content.bytes = b;
    m->content.flags = p->negated ? CONTENT_NEGATED : 0;
    m->content.offset.variable = m->content.depth.variable = -1;
    m->content.distance.variable = m->content.within.variable = -1;
    return content_case(p, group, value, &m->content) ? m : NULL;
}

PARSER(parse_content) { return content_add(p, buffer_active(p), "content", value) != NULL; }

/* The old spelling of content in the normalised URI. */
PARSER(parse_uricontent)
{
    if (p->active >= 0) {
        return parse_fail(p,
            "\"uricontent\" keyword seen with a sticky buffer still set.  Reset sticky buffer with pkt_data before using the modifier.");
    }
    return content_add(p, buffer_named(p, "http.uri", NULL), "uricontent", value) != NULL;
}

/*
 * tls.subject:"…", tls.issuerdn:"…", tls.fingerprint:"…": a plain text somewhere in the field (the whole of the
 * fingerprint), a match of its own that no buffer is in force after.
 */
PARSER(parse_tls_text)
{
    static const struct {
        const char *option, *field;
    } rows[] = { { "tls.subject", "tls.cert_subject" }, { "tls.issuerdn", "tls.cert_issuer" }, { "tls.fingerprint", "tls.cert_fingerprint" } };
    size_t i = 0;
    struct match *m;
    int at;

    while (strcasecmp(p->option, rows[i].option) != 0) {
        i++;
    }
    at = buffer_named(p, rows[i].field, NULL);
    m = buffer_add(p, at, MATCH_CONTENT);
    if (m == NULL) {
        return false;
    }
    buffer_turn(p, at);
    m->content.bytes = arena_copy(p->arena, bytes_str(value));
    m->content.flags = p->negated ? CONTENT_NEGATED : 0;
    m->content.offset.variable = m->content.depth.variable = -1;
    m->content.distance.variable = m->content.within.variable = -1;
    if (i == 2) {
        m->content.flags |= CONTENT_STARTSWITH | CONTENT_DEPTH | CONTENT_ENDSWITH;
        m->content.depth.value = (int64_t)m->content.bytes.n;
    }
    return true;
}

static struct content *content_of(struct rule_parse *p, const char *complaint)
{
    struct draft_match *m = buffer_last(p, KIND(MATCH_CONTENT));

    if (m == NULL) {
        parse_fail(p, "%s", complaint);
        return NULL;
    }
    return &m->match->content;
}

PARSER(parse_nocase)
{
    struct content *c = content_of(p, "nocase needs preceding content option");

    (void)value;
    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_NOCASE) {
        return parse_fail(p, "can't use multiple nocase modifiers with the same content");
    }
    c->flags |= CONTENT_NOCASE;
    c->bytes = arena_lower(p->arena, c->bytes);
    return true;
}

static bool not_marked(struct rule_parse *p, const struct content *c)
{
    if (c->flags & CONTENT_NEGATED && c->flags & CONTENT_FAST) {
        return parse_fail(p, "can't have a relative negated keyword set along with 'fast_pattern'.");
    }
    if (c->flags & CONTENT_FAST_ONLY) {
        return parse_fail(p, "can't have a relative keyword set along with 'fast_pattern:only;'.");
    }
    return true;
}

PARSER(parse_depth)
{
    struct content *c = content_of(p,
        "depth needs preceding content, uricontent option, http_client_body, http_server_body, http_header option, http_raw_header "
        "option, http_method option, http_cookie, http_raw_uri, http_stat_msg, http_stat_code, http_user_agent, http_host, "
        "http_raw_host or file_data/dce_stub_data sticky buffer options.");

    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_DEPTH) {
        return parse_fail(p, "can't use multiple depths for the same content.");
    }
    if (c->flags & CONTENT_RELATIVE) {
        return parse_fail(p, "%s", mixed);
    }
    if (!not_marked(p, c)) {
        return false;
    }
    if (isalpha((unsigned char)value[0])) {
        c->depth.variable = (int16_t)variable_find(p, bytes_str(value), -1);
        if (c->depth.variable < 0) {
            return parse_fail(p, "unknown byte_ keyword var seen in depth - %s.", value);
        }
    } else {
        if (!word_i64(bytes_str(value), 0, 0, UINT16_MAX, &c->depth.value)) {
            return parse_fail(p, "invalid value for depth: %s.", value);
        }
        if ((size_t)c->depth.value < c->bytes.n) {
            return parse_fail(p, "depth:%u smaller than content of len %zu.", (unsigned)c->depth.value, c->bytes.n);
        }
        if (c->offset.variable < 0) {
            c->depth.value += c->offset.value;
        }
    }
    c->flags |= CONTENT_DEPTH;
    return true;
}

PARSER(parse_startswith)
{
    struct content *c = content_of(p, "startswith needs a preceding content option.");

    (void)value;
    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_DEPTH) {
        return parse_fail(p, "can't use multiple depth/startswith settings for the same content.");
    }
    if (c->flags & CONTENT_RELATIVE) {
        return parse_fail(p, "%s", mixed);
    }
    if (!not_marked(p, c)) {
        return false;
    }
    if (c->flags & CONTENT_OFFSET) {
        return parse_fail(p, "can't mix offset with startswith.");
    }
    c->depth.value = (int64_t)c->bytes.n;
    c->flags |= CONTENT_DEPTH | CONTENT_STARTSWITH;
    return true;
}

PARSER(parse_endswith)
{
    struct content *c = content_of(p, "endswith needs a preceding content option");

    (void)value;
    if (c) {
        c->flags |= CONTENT_ENDSWITH;
    }
    return c != NULL;
}

PARSER(parse_offset)
{
    struct content *c = content_of(p, "offset needs preceding content option.");

    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_STARTSWITH) {
        return parse_fail(p, "can't use offset with startswith.");
    }
    if (c->flags & CONTENT_OFFSET) {
        return parse_fail(p, "can't use multiple offsets for the same content.");
    }
    if (c->flags & CONTENT_RELATIVE) {
        return parse_fail(p, "%s", mixed);
    }
    if (!not_marked(p, c)) {
        return false;
    }
    if (isalpha((unsigned char)value[0])) {
        c->offset.variable = (int16_t)variable_find(p, bytes_str(value), -1);
        if (c->offset.variable < 0) {
            return parse_fail(p, "unknown byte_ keyword var seen in offset - %s.", value);
        }
    } else {
        if (!word_i64(bytes_str(value), 0, 0, UINT16_MAX, &c->offset.value)) {
            return parse_fail(p, "invalid value for offset: %s.", value);
        }
        if (c->flags & CONTENT_DEPTH && c->depth.variable < 0) {
            c->depth.value += c->offset.value;
        }
    }
    c->flags |= CONTENT_OFFSET;
    return true;
}

/* distance and within: what they share. */
static bool relative_parse(struct rule_parse *p, struct content *c, const char *name, const char *value, struct operand *out)
{
    struct draft_match *at = buffer_last(p, KIND(MATCH_CONTENT));
    struct draft_match *before = buffer_before(p, at, KIND(MATCH_CONTENT) | KIND(MATCH_PCRE));

    if (c->flags & (CONTENT_DEPTH | CONTENT_OFFSET)) {
        return parse_fail(p, "%s", mixed);
    }
    if (c->flags & CONTENT_NEGATED && c->flags & CONTENT_FAST) {
        return parse_fail(p, "can't have a relative negated keyword set along with a fast_pattern");
    }
    if (c->flags & CONTENT_FAST_ONLY) {
        return parse_fail(p, "can't have a relative keyword set along with a fast_pattern:only;");
    }
    if (isalpha((unsigned char)value[0])) {
        out->variable = (int16_t)variable_find(p, bytes_str(value), -1);
        if (out->variable < 0) {
            return parse_fail(p, "unknown byte_ keyword var seen in %s - %s", name, value);
        }
    } else if (!word_i64(bytes_str(value), 0, -CONTENT_VALUE_MAX, CONTENT_VALUE_MAX, &out->value)) {
        return parse_fail(p, "invalid value for %s: %s", name, value);
    }
    if (p->rule->dialect != DIALECT_SNORT2 && before && before->match->kind == MATCH_CONTENT && before->match->content.flags & CONTENT_FAST_ONLY) {
        return parse_fail(p,
            "previous keyword has a fast_pattern:only; set. Can't have relative keywords around a fast_pattern only content");
    }
    return true;
}

PARSER(parse_distance)
{
    struct content *c = content_of(p,
        "distance needs preceding content, uricontent option, http_client_body, http_server_body, http_header option, http_raw_header "
        "option, http_method option, http_cookie, http_raw_uri, http_stat_msg, http_stat_code, http_user_agent or "
        "file_data/dce_stub_data sticky buffer option");

    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_DISTANCE) {
        return parse_fail(p, "can't use multiple distances for the same content.");
    }
    if (!relative_parse(p, c, "distance", value, &c->distance)) {
        return false;
    }
    c->flags |= CONTENT_DISTANCE | CONTENT_RELATIVE;
    return true;
}

PARSER(parse_within)
{
    struct content *c = content_of(p, "within needs preceding content option");

    if (c == NULL) {
        return false;
    }
    if (c->flags & CONTENT_WITHIN) {
        return parse_fail(p, "can't use multiple withins for the same content.");
    }
    if (!relative_parse(p, c, "within", value, &c->within)) {
        return false;
    }
    if (c->within.variable < 0 && c->within.value < (int64_t)c->bytes.n) {
        return parse_fail(p,
            "within argument \"%d\" is less than the content length \"%zu\" which is invalid, since this will never match.  "
            "Invalidating signature", (int)c->within.value, c->bytes.n);
    }
    c->flags |= CONTENT_WITHIN | CONTENT_RELATIVE;
    return true;
}

PARSER(parse_rawbytes)
{
    struct draft_match *m;

    (void)value;
    if (p->active >= 0) {
        return parse_fail(p, "\"rawbytes\" cannot be combined with the \"%s\" sticky buffer",
            p->group[p->active].g.name ? p->group[p->active].g.name : "base64_data");
    }
    m = p->payload < 0 ? NULL : buffer_last_in(p, p->payload, KIND(MATCH_CONTENT));
    if (m == NULL) {
        return parse_fail(p, "\"rawbytes\" needs a preceding content option");
    }
    if (m->match->content.flags & CONTENT_RAW) {
        return parse_fail(p, "can't use multiple rawbytes modifiers for the same content. ");
    }
    m->match->content.flags |= CONTENT_RAW;
    return true;
}

static bool fast_chop(struct rule_parse *p, struct content *c, const char *value)
{
    struct words w = words_of(value, ',');
    struct bytes part[2] = { bytes_none(), bytes_none() };
    int64_t offset, length;

    if (!words_next(&w, &part[0]) || !words_next(&w, &part[1]) || !w.done || !word_i64(part[0], 10, 0, UINT16_MAX, &offset) ||
        !word_i64(part[1], 10, 0, UINT16_MAX, &length)) {
        return parse_fail(p, "'%s' is no fast_pattern argument", value) || parse_hint(p, "write fast_pattern, fast_pattern:only or fast_pattern:OFFSET,LENGTH");
    }
    if ((size_t)(offset + length) > c->bytes.n) {
        return parse_fail(p, "Fast pattern (length + offset (%d)) exceeds pattern length (%zu)", (int)(offset + length), c->bytes.n);
    }
    c->chop_offset = (uint16_t)offset;
    c->chop_length = (uint16_t)length;
    c->flags |= CONTENT_FAST_CHOP;
    return true;
}

PARSER(parse_fast_pattern)
{
    struct draft_match *m = buffer_last_literal(p);
    struct content *c;
    const uint16_t placed = CONTENT_DISTANCE | CONTENT_WITHIN | CONTENT_OFFSET | CONTENT_DEPTH;

    if (m == NULL) {
        return parse_fail(p,
            "fast_pattern found inside the rule, without a content context. Please use a content based keyword before using fast_pattern");
    }
    c = &m->match->content;
    if (c->flags & CONTENT_NEGATED && c->flags & placed) {
        return parse_fail(p, "fast_pattern; cannot be used with negated content, along with relative modifiers");
    }
    if (value == NULL || *value == '\0') {
        if (c->flags & CONTENT_FAST) {
            return parse_fail(p, "can't use multiple fast_pattern options for the same content");
        }
        for (unsigned i = 0; i < p->match_n; i++) {
            const struct draft_match *o = &p->match[i];

            if (o->group == p->payload && o->match->kind == MATCH_CONTENT && o->match->content.flags & CONTENT_FAST) {
                return parse_fail(p, "fast_pattern can be used on only one content in a rule");
            }
        }
        if (p->group[m->group].g.kind == BUFFER_BASE64) {
            return parse_fail(p, "fast_pattern cannot be used with base64_data");
        }
    } else if (strcmp(value, "only") == 0) {
        if (c->flags & (placed | CONTENT_NEGATED)) {
            return parse_fail(p,
                "fast_pattern: only; cannot be used with negated content or with any of the relative modifiers like distance, within, "
                "offset, depth");
        }
        c->flags |= CONTENT_FAST_ONLY;
    } else if (!fast_chop(p, c, value)) {
        return false;
    }
    c->flags |= CONTENT_FAST;
    return true;
}

PARSER(parse_replace)
{
    struct draft_match *m = p->payload < 0 ? NULL : buffer_last_in(p, p->payload, KIND(MATCH_CONTENT));
    struct content *c;
    struct bytes b;

    if (p->negated) {
        return parse_fail(p, "Can't negate replacement string: %s", value);
    }
    if (m == NULL) {
        return parse_fail(p, "replace needs preceding content option for raw sig");
    }
    c = &m->match->content;
    if (c->flags & CONTENT_NEGATED) {
        return parse_fail(p, "can't have a relative negated keyword set along with a replacement");
    }
    if (c->flags & CONTENT_REPLACE) {
        return parse_fail(p, "can't use multiple replacements for the same content");
    }
    if (p->rule->replaces == REPLACES_MAX) {
        return parse_fail(p, "a rule replaces at most %d literals", REPLACES_MAX);
    }
    if (!literal_parse(p, "replace", value, &b)) {
        return false;
    }
    if (b.n != c->bytes.n) {
        return parse_fail(p, "Can't have a content length different from replace length: %zu bytes for %zu", b.n, c->bytes.n);
    }
    c->replace = b;
    c->flags |= CONTENT_REPLACE;
    p->rule->needs_packet = true;
    p->rule->replaces++;
    return true;
}
