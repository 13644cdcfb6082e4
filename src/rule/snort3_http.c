/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort3_http - the options of the Snort 3 dialect about HTTP that take arguments. */
#include "rule/snort3.h"

#include <ctype.h>

/* Header fields that have a buffer of their own here; of all others the value is looked up in the header block. */
static const struct {
    const char *header, *field;
} header_fields[] = {
    { "user-agent", "http.user_agent" },     { "host", "http.host.raw" },             { "referer", "http.referer" },
    { "accept", "http.accept" },             { "accept-encoding", "http.accept_enc" }, { "accept-language", "http.accept_lang" },
    { "connection", "http.connection" },     { "content-type", "http.content_type" }, { "content-length", "http.content_len" },
    { "cookie", "http.cookie" },             { "set-cookie", "http.cookie" },
};

/* The field's value becomes the buffer. */
static bool enter_header(struct rule_parse *p, const struct snort_option *o, struct bytes name)
{
    bool trailer = strstr(o->name, "trailer") != NULL;
    const char *block = trailer ? "http.trailer" : strcmp(o->name, "http_raw_header") == 0 ? "http.header.raw" : "http.header.plain", *text = parse_str(p, name);

    for (size_t i = 0; !trailer && i < ROWS(header_fields); i++) {
        if (word_is_nocase(name, header_fields[i].header)) {
            return snort3_enter(p, header_fields[i].field, o->as);
        }
    }
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum(name.p[i]) && strchr("!#$%&'*+-.^_`|~", name.p[i]) == NULL) { /* RFC 9110 5.6.2 */
            return parse_fail(p, "%s: '%.*s' is no name of a header field", o->name, (int)name.n, (const char *)name.p);
        }
    }
    return text && snort3_enter(p, block, NULL) && transform_parse(p, "snort_field", text) && (o->as == NULL || transform_parse(p, o->as, NULL));
}

/* Whether a word only says what is asked when: which part of a message must have come (each buffer is asked as soon as it is
 * there), and whether it is the request's (asked_side). */
static bool word_of_part(struct bytes word)
{
    static const char *const words[] = { "request", "with_header", "with_body", "with_trailer" };

    for (size_t i = 0; i < ROWS(words); i++) {
        if (word_is(word, words[i])) {
            return true;
        }
    }
    return word.n == 0;
}

/* `request`: the request's header alone.  Snort looks at it from the response too: such a rule is refused as one of conflicting
 * directions, since it is not both sides that a rule here asks. */
static int asked_side(const char *value)
{
    struct words w = words_of(value, ',');
    struct bytes word;

    while (words_next(&w, &word)) {
        if (word_is(word, "request")) {
            return TO_SERVER;
        }
    }
    return -1;
}

/* http_header: field NAME, request, with_header … */
SNORT_OPTION(snort3_http_header)
{
    const char *text = value ? snort3_bare(p, value) : "";
    struct words w = words_of(text, ',');
    struct bytes word, field = bytes_none();

    p->side_forced = asked_side(text);
    while (words_next(&w, &word)) {
        if (bytes_starts(word, "field") && word.n > 5) {
            field = bytes_trim(bytes_from(word, 5), " \t:\"");
        } else if (!word_of_part(word)) {
            return parse_fail(p, "%s: '%.*s' is not known", o->name, (int)word.n, (const char *)word.p) ||
                   parse_hint(p, "field NAME, request, with_header, with_body, with_trailer");
        }
    }
    return field.n ? enter_header(p, o, field) : snort3_buffer(p, o, NULL);
}

/* A number of a field's text against a bound. */
static bool check_number(struct rule_parse *p, uint8_t op, uint64_t bound)
{
    static const char *const signs[] = { [RANGE_EQ] = "=", [RANGE_NE] = "!=", [RANGE_LT] = "<", [RANGE_LE] = "<=", [RANGE_GT] = ">", [RANGE_GE] = ">=" };
    char text[64];

    snprintf(text, sizeof text, "0,%s,%llu,0,string,dec", signs[op], (unsigned long long)bound);
    return parse_byte_test(p, text);
}

static bool check_range(struct rule_parse *p, const char *value)
{
    struct range r;

    if (!snort3_range(p, value, &r)) {
        return false;
    }
    if (r.op <= RANGE_GE) {
        return check_number(p, r.op, r.low);
    }
    return check_number(p, r.op == RANGE_IN_EQ ? RANGE_GE : RANGE_GT, r.low) && check_number(p, r.op == RANGE_IN_EQ ? RANGE_LE : RANGE_LT, r.high);
}

/* http_header_test: field NAME, check RANGE, numeric true, absent */
SNORT_OPTION(snort3_http_header_test)
{
    const char *all = snort3_bare(p, value);
    struct words w = words_of(all, ',');
    struct bytes word;
    char text[SNORT_VALUE_MAX];
    bool entered = false, asked = false;

    p->side_forced = asked_side(all);
    while (words_next(&w, &word)) {
        bool good = true;

        if (bytes_starts(word, "field") && word.n > 5) {
            good = entered = enter_header(p, o, bytes_trim(bytes_from(word, 5), " \t:\""));
            continue;
        }
        if (!entered) {
            return parse_fail(p, "%s: field NAME comes first", o->name);
        }
        if (bytes_starts(word, "check ") && word.n < sizeof text) {
            snprintf(text, sizeof text, "%.*s", (int)word.n - 6, (const char *)word.p + 6);
            good = check_range(p, text);
        } else if (bytes_starts(word, "numeric ")) {
            p->negated = !word_is(bytes_trim(bytes_from(word, 8), " "), "true");
            good = parse_pcre(p, "/^\\s*\\d+\\s*$/");
            p->negated = false;
        } else if (word_is(word, "absent")) {
            good = parse_absent(p, NULL);
        } else if (!word_of_part(word)) {
            return parse_fail(p, "%s: '%.*s' is not known", o->name, (int)word.n, (const char *)word.p);
        } else {
            continue;
        }
        asked = true;
        if (!good) {
            return false;
        }
    }
    return (asked && buffer_packet_data(p)) || parse_fail(p, "%s: nothing is asked", o->name);
}

/* http_param: "NAME",nocase: there is such a parameter, and its value is the buffer. */
SNORT_OPTION(snort3_http_param)
{
    char *at = value, *name = snort3_quoted(p, &at), text[SNORT_VALUE_MAX];
    struct match *m;
    bool nocase;

    (void)o;
    if (name == NULL) {
        return false;
    }
    nocase = *at == ',' && strcmp(snort3_blanks(at + 1), "nocase") == 0;
    if (*at != '\0' && !nocase) {
        return parse_fail(p, "http_param: '%.32s' is not nocase", at);
    }
    if ((size_t)snprintf(text, sizeof text, "%s%s", name, nocase ? ",nocase" : "") >= sizeof text) {
        return parse_fail(p, "http_param: the name is too long");
    }
    if (!snort3_enter(p, "http.params", NULL) || !transform_parse(p, "snort_param", text)) {
        return false;
    }
    m = buffer_add(p, buffer_active(p), MATCH_BSIZE);
    if (m) {
        m->size.range = (struct range){ .op = RANGE_GE };
    }
    return m != NULL;
}

/* http_version_match: "1.0 1.1 malformed other" */
SNORT_OPTION(snort3_http_version_match)
{
    static const struct {
        const char *word, *pattern;
    } rows[] = { { "malformed", "(?!HTTP\\/\\d\\.\\d$).*" }, { "other", "HTTP\\/(?!0\\.9|1\\.[01]|2\\.0|3\\.0)\\d\\.\\d" }, { "0.9", "HTTP\\/0\\.9" },
                 { "1.0", "HTTP\\/1\\.0" }, { "1.1", "HTTP\\/1\\.1" }, { "2.0", "HTTP\\/2(?:\\.0)?" }, { "3.0", "HTTP\\/3(?:\\.0)?" } };
    char text[SNORT_VALUE_MAX] = "/^(?:";
    size_t n = strlen(text);
    char *at = snort3_bare(p, value);

    (void)o;
    while (at && *(at += strspn(at, " ,\t")) != '\0') {
        size_t len = strcspn(at, " ,\t"), i = 0;

        while (i < ROWS(rows) && !word_is(bytes_of(at, len), rows[i].word)) {
            i++;
        }
        if (i == ROWS(rows)) {
            return parse_fail(p, "http_version_match: '%.*s' is no version", (int)len, at);
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", text[n - 1] == ':' ? "" : "|", rows[i].pattern);
        if (n + 4 >= sizeof text) {
            return parse_fail(p, "http_version_match: the list is too long");
        }
        at += len;
    }
    memcpy(text + n, ")$/", 4);
    return n > 5 && snort3_enter(p, "http.protocol", NULL) && parse_pcre(p, text) && buffer_packet_data(p);
}
