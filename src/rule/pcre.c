/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcre - regular expressions of rules: "/pattern/options, captures". */
#include "rule/parse.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <ctype.h>

#define PCRE_NO_GROUP 115      /* PCRE2's error: reference to a group that is not there */

/* The pattern lies between the first slash and the last that is not escaped. */
static bool pcre_split(struct bytes v, struct bytes *pattern, struct bytes *options)
{
    size_t first = bytes_find_byte(v, '/'), last = v.n;

    if (first == SIZE_MAX) {
        return false;
    }
    while (--last > first) {
        bool escaped = v.p[last - 1] == '\\' && !(last >= 2 && v.p[last - 2] == '\\');

        if (v.p[last] == '/' && !escaped) {
            *pattern = bytes_of(v.p + first + 1, last - first - 1);
            *options = bytes_from(v, last + 1);
            return true;
        }
    }
    return false;
}

/* NULL: in this dialect it is none of a buffer. */
static const char *pcre_field_name(const struct rule_parse *p, char letter)
{
    static const struct {
        char letter;
        const char *name;
    } names[] = { { 'U', "http.uri" },        { 'I', "http.uri.raw" },   { 'H', "http.header" },       { 'D', "http.header.raw" },
                  { 'M', "http.method" },     { 'C', "http.cookie" },    { 'P', "http.request_body" }, { 'Q', "file.data" },
                  { 'S', "http.stat_code" },  { 'Y', "http.stat_msg" },  { 'V', "http.user_agent" },   { 'W', "http.host" },
                  { 'Z', "http.host.raw" },   { 'K', snort2_raw_cookie } };

    for (size_t i = 0; i < ROWS(names); i++) {
        if (names[i].letter == letter && (letter != 'K' || p->rule->dialect == DIALECT_SNORT2)) {
            return names[i].name;
        }
    }
    return NULL;
}

struct pcre_reading {
    struct pcre re;
    const char *field;         /* named by an option letter; NULL */
    bool raw;
};

static bool pcre_option(struct rule_parse *p, struct pcre_reading *x, char c)
{
    static const struct {
        char letter;
        uint32_t option;
    } plain[] = { { 'A', PCRE2_ANCHORED }, { 'E', PCRE2_DOLLAR_ENDONLY }, { 'G', PCRE2_UNGREEDY }, { 'i', PCRE2_CASELESS },
                  { 'm', PCRE2_MULTILINE }, { 's', PCRE2_DOTALL },        { 'x', PCRE2_EXTENDED } };

    for (size_t i = 0; i < ROWS(plain); i++) {
        if (plain[i].letter == c) {
            x->re.options |= plain[i].option;
            return true;
        }
    }
    if (c == 'R') {
        x->re.flags |= PCRE_RELATIVE;
    } else if (c == 'O') { /* the limits of the settings hold for all; none are lifted */
        return true;
    } else if (c == 'B') {
        if (x->field) {
            return parse_fail(p, "regex modifier 'B' inconsistent with chosen buffer");
        }
        x->raw = true;
        p->rule->notes |= RULE_NOTE_RAW;
    } else if (pcre_field_name(p, c)) {
        if (x->raw && strchr("DPQYS", c) == NULL) {
            return parse_fail(p, "regex modifier '%c' inconsistent with 'B'", c);
        }
        if (x->field) {
            return parse_fail(p, "only one pcre option to specify a buffer type is allowed");
        }
        x->field = pcre_field_name(p, c);
    } else {
        return parse_fail(p, "unknown regex modifier '%c'", c);
    }
    return true;
}

/* Letters that are not part of an escape: http.host is lower case, so they could never match. */
static bool pcre_has_upper(struct bytes re)
{
    for (size_t i = 0; i < re.n; i++) {
        if (re.p[i] == '\\') {
            i++;
            if (i < re.n && re.p[i] == 'x') {
                i += 2;
            }
        } else if (isupper(re.p[i])) {
            return true;
        }
    }
    return false;
}

static bool pcre_compiles(struct rule_parse *p, struct pcre *re, bool names)
{
    int code;
    PCRE2_SIZE at;
    PCRE2_UCHAR text[256];
    pcre2_code *c;

    if (!names) {
        re->options |= PCRE2_NO_AUTO_CAPTURE;
    }
    c = pcre2_compile((PCRE2_SPTR)re->pattern, PCRE2_ZERO_TERMINATED, re->options, &code, &at, NULL);
    if (c == NULL && code == PCRE_NO_GROUP) {
        re->options &= ~PCRE2_NO_AUTO_CAPTURE;
        c = pcre2_compile((PCRE2_SPTR)re->pattern, PCRE2_ZERO_TERMINATED, re->options, &code, &at, NULL);
    }
    if (c == NULL) {
        pcre2_get_error_message(code, text, sizeof text);
        return parse_fail(p, "pcre2 compile of \"%s\" failed at offset %d: %s", re->pattern, (int)at, (const char *)text);
    }
    pcre2_code_free(c);
    return true;
}

static bool capture_add(struct rule_parse *p, struct pcre *re, const char *kind, struct bytes name)
{
    const char *s = parse_str(p, name);
    struct pcre_capture *c;

    if (re->capture_n == ROWS(re->capture)) {
        return parse_fail(p, "rule can have maximally %zu pkt/flow var captures", ROWS(re->capture));
    }
    c = &re->capture[re->capture_n];
    c->group = (uint8_t)(re->capture_n + 1);
    c->flow = strcmp(kind, "flowvar") == 0;
    c->alert = strcmp(kind, "alertvar") == 0;
    c->variable = s ? rule_parse_name(p, kind, s) : RULE_NAME_NONE;
    if (c->variable == RULE_NAME_NONE) {
        return parse_fail(p, "too many variables");
    }
    re->capture_n++;
    return true;
}

/* (?P<flow_name>…): the part before the last '_' says where it goes. */
static bool capture_inline(struct rule_parse *p, struct pcre *re, struct bytes pattern)
{
    static const struct {
        const char *word, *kind;
    } kinds[] = { { "pkt", "pktvar" }, { "flow", "flowvar" }, { "alert", "alertvar" } };
    struct bytes rest = pattern;
    size_t at;

    while ((at = bytes_find(rest, bytes_str("(?P<"))) != SIZE_MAX) {
        struct rd r = rd_of(bytes_from(rest, at + 4));
        bool found;
        struct bytes name = rd_until(&r, '>', &found);
        size_t letters = 0, cut;

        rest = rd_peek(&r);
        while (letters < name.n && name.p[letters] >= 'A' && name.p[letters] <= 'z') {
            letters++;
        }
        for (cut = letters; cut > 0 && !(cut < name.n && name.p[cut] == '_'); cut--) {
        }
        if (!found || cut == 0 || cut + 1 >= name.n) {
            continue;
        }
        for (size_t i = 0; i < ROWS(kinds); i++) {
            if (word_is(bytes_head(name, cut), kinds[i].word) && !capture_add(p, re, kinds[i].kind, bytes_from(name, cut + 1))) {
                return false;
            }
        }
    }
    return true;
}

/* ", flow:name, pkt:name": behind the options. */
static bool capture_list(struct rule_parse *p, struct pcre *re, struct bytes list)
{
    struct rd r = rd_of(list);
    bool key = false;

    while (rd_skip_any(&r, " ,"), rd_left(&r)) {
        struct bytes w = rd_until_any(&r, " ,");

        if (word_is(w, "pkt:key")) {
            key = true;
            if (!capture_add(p, re, "pktvar", bytes_str("key"))) {
                return false;
            }
            re->capture[re->capture_n - 1].key = true;
        } else if (word_is(w, "pkt:value") != key) {
            return parse_fail(p, "pkt:key and pkt:value stand together");
        } else if (key) {
            key = false;
        } else if (bytes_starts(w, "flow:")) {
            if (!capture_add(p, re, "flowvar", bytes_from(w, 5))) {
                return false;
            }
        } else if (bytes_starts(w, "pkt:")) {
            if (!capture_add(p, re, "pktvar", bytes_from(w, 4))) {
                return false;
            }
        } else if (bytes_starts(w, "alert:")) {
            if (!capture_add(p, re, "alertvar", bytes_from(w, 6))) {
                return false;
            }
        } else {
            return parse_fail(p, "pkt/flow var capture names must start with 'pkt:' or 'flow:'");
        }
    }
    return true;
}

/* Where the list of captures begins: at the first of the words, blanks and commas before it taken off. */
static struct bytes capture_cut(struct bytes *v)
{
    static const char *const words[] = { "flow:", "pkt:", "alert:" };
    size_t first = SIZE_MAX, end;
    struct bytes list;

    for (size_t i = 0; i < ROWS(words); i++) {
        size_t at = bytes_find(*v, bytes_str(words[i]));

        first = at < first ? at : first;
    }
    if (first == SIZE_MAX || first < 2) {
        return bytes_none();
    }
    for (end = first; end > 1 && (v->p[end - 1] == ',' || v->p[end - 1] == ' '); end--) {
    }
    if (end == first) {
        return bytes_none();
    }
    list = bytes_from(*v, first);
    *v = bytes_head(*v, end);
    return list;
}

/* Whether the buffer in force is the one an option letter names; Q is file.data, which HTTP calls its response body. */
static bool same_buffer(const struct draft_group *g, const char *field)
{
    if (strcmp(field, "file.data") == 0) {
        return g->g.kind == BUFFER_FILE_DATA || (g->g.name && strcmp(g->g.name, "http.response_body") == 0);
    }
    return g->g.name && strcmp(g->g.name, field) == 0;
}

static int pcre_group(struct rule_parse *p, const struct pcre_reading *x)
{
    if (p->active < 0) {
        const char *name = x->field && strcmp(x->field, "file.data") == 0 ? "http.response_body" : x->field;

        if (name == snort2_raw_cookie) {
            return buffer_named(p, "http.cookie", name);
        }
        return name ? buffer_named(p, name, NULL) : buffer_payload(p);
    }
    if (x->field && !same_buffer(&p->group[p->active], x->field)) {
        parse_fail(p,
            "Expression seen with a sticky buffer still set; either (1) reset sticky buffer with pkt_data or (2) use a sticky buffer "
            "providing \"%s\".", x->field);
        return -1;
    }
    return buffer_active(p);
}

PARSER(parse_pcre)
{
    struct bytes v = bytes_str(value), list = capture_cut(&v), pattern, options;
    struct pcre_reading x = { 0 };
    const struct draft_match *before;
    struct match *m;
    int group;

    if (!pcre_split(v, &pattern, &options)) {
        return parse_fail(p, "pcre parse error: %s", value) || parse_hint(p, "write pcre:\"/pattern/options\"");
    }
    for (size_t i = 0; i < options.n && options.p[i] != '"'; i++) {
        if (!pcre_option(p, &x, (char)options.p[i])) {
            return false;
        }
    }
    if (x.field && strcmp(x.field, "http.host") == 0 && !(x.re.options & PCRE2_CASELESS) && pcre_has_upper(pattern)) {
        return parse_fail(p,
            "pcre host(\"W\") specified has an uppercase char.  Since the hostname buffer we match against is actually lowercase, "
            "please specify an all lowercase based pcre.");
    }
    x.re.pattern = parse_str(p, pattern);
    x.re.flags |= p->negated ? PCRE_NEGATED : 0;
    if (x.re.pattern == NULL || !pcre_compiles(p, &x.re, list.n > 0) || !capture_list(p, &x.re, list) || !capture_inline(p, &x.re, v)) {
        return false;
    }
    group = pcre_group(p, &x);
    before = group < 0 ? NULL : buffer_last_in(p, group, KIND(MATCH_CONTENT) | KIND(MATCH_PCRE));
    m = buffer_add(p, group, MATCH_PCRE);
    if (m == NULL) {
        return false;
    }
    if (x.re.flags & PCRE_RELATIVE && p->active < 0 && before == NULL && p->rule->dialect == DIALECT_SURICATA) {
        return parse_fail(p, "pcre with /R (relative) needs preceding match in the same buffer");
    }
    m->pcre = x.re;
    return true;
}
