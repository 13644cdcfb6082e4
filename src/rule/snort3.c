/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort3 - the Snort 3 dialect: headers with or without networks, options whose modifiers stand in their values.
 *
 * What an option means here is told in the tree's own terms, most of them by the readers of the Suricata dialect; where the
 * two dialects differ, the difference is a row or a function here: ranges, isdataat, buffers that begin anew each time they
 * are named, services beside ports.
 */
#include "rule/parse.h"

#include <ctype.h>

enum { VALUE_MAX = 512 };

/* What stands for one option of Snort 3. */
struct snort_option {
    const char *name;
    bool (*parse)(struct rule_parse *p, const struct snort_option *o, char *value); /* value NULL: none */
    const char *as;            /* the option, keyword or field that means the same here; NULL */
    bool valued;               /* means nothing without a value */
};

/* ---- pieces ---- */

static char *skip_blanks(char *s)
{
    while (isspace((unsigned char)*s)) {
        s++;
    }
    return s;
}

/* A quoted string at *at: its inside, NUL behind it; *at moves behind the quote. NULL after a failure. */
static char *quoted(struct rule_parse *p, char **at)
{
    char *from = skip_blanks(*at), *end;

    if (*from != '"') {
        parse_fail(p, "%s: the value must stand in double quotes", p->option);
        return NULL;
    }
    for (end = ++from; *end && *end != '"'; end++) {
        end += *end == '\\' && end[1];
    }
    if (*end == '\0') {
        parse_fail(p, "%s: the closing quote is missing", p->option);
        return NULL;
    }
    *end = '\0';
    *at = skip_blanks(end + 1);
    return from;
}

/* The value without quotes around it. */
static char *bare(struct rule_parse *p, char *value)
{
    char *at = skip_blanks(value);

    return *at == '"' ? quoted(p, &at) : at;
}

/* Runs the option, keyword or field of the Suricata dialect that has this meaning. */
static bool run_as(struct rule_parse *p, const char *name, const char *value)
{
    const struct name_row *row = rule_index_find(p->index, name, strlen(name));
    const char *proto;

    if (row == NULL || row->kind == NAME_KNOWN) {
        proto = known_keyword(name);
        return proto && *proto ? parse_fail(p, "option '%s' needs protocol %s, which is not built in", p->option, proto)
                               : parse_fail(p, "option '%s' is not built in", p->option);
    }
    if (value == NULL && (option_flags(p, row) & (OPTION_NO_VALUE | OPTION_MAY_VALUE)) == 0) {
        return parse_fail(p, "option '%s' needs a value", p->option);
    }
    switch ((enum name_kind)row->kind) {
    case NAME_OPTION: return row->option->parse(p, value);
    case NAME_KEYWORD: return keyword_parse(p, row->keyword, value);
    case NAME_FIELD:
    case NAME_HEADER: return buffer_sticky(p, row, value);
    case NAME_MODIFIER:
    case NAME_TRANSFORM:
    case NAME_KNOWN:
    default: return parse_fail(p, "option '%s' is not built in", p->option);
    }
}

/* ---- ranges: N, <N, <=N, >N, >=N, =N, !N, !=N, N<>M (bounds left out), N<=>M (bounds in) ---- */

static bool range_read(struct rule_parse *p, const char *value, struct range *out)
{
    struct bytes v = bytes_trim(bytes_str(value), " \t"), low, high;
    static const struct {
        const char *sign;
        uint8_t op;
    } signs[] = { { "<=", RANGE_LE }, { ">=", RANGE_GE }, { "!=", RANGE_NE }, { "<", RANGE_LT }, { ">", RANGE_GT }, { "=", RANGE_EQ }, { "!", RANGE_NE } };
    int64_t a, b = 0;
    size_t in = bytes_find(v, bytes_str("<=>")), between = bytes_find(v, bytes_str("<>"));

    if (in != SIZE_MAX || between != SIZE_MAX) {
        size_t at = in != SIZE_MAX ? in : between;

        low = bytes_trim(bytes_head(v, at), " \t");
        high = bytes_trim(bytes_from(v, at + (in != SIZE_MAX ? 3 : 2)), " \t");
        if (!word_i64(low, 0, 0, UINT32_MAX, &a) || !word_i64(high, 0, 0, UINT32_MAX, &b) || a > b) {
            return parse_fail(p, "%s: '%s' is no range", p->option, value);
        }
        *out = (struct range){ .op = in != SIZE_MAX ? RANGE_IN_EQ : RANGE_IN, .low = (uint64_t)a, .high = (uint64_t)b };
        return true;
    }
    *out = (struct range){ .op = RANGE_EQ };
    for (size_t i = 0; i < ROWS(signs); i++) {
        if (bytes_starts(v, signs[i].sign)) {
            out->op = signs[i].op;
            v = bytes_trim(bytes_from(v, strlen(signs[i].sign)), " \t");
            break;
        }
    }
    if (!word_i64(v, 0, 0, UINT32_MAX, &a)) {
        return parse_fail(p, "%s: '%s' is no number or range", p->option, value) ||
               parse_hint(p, "write N, <N, <=N, >N, >=N, !N, N<>M or N<=>M");
    }
    out->low = (uint64_t)a;
    return true;
}

/* The range as the Suricata dialect writes it. */
static void range_write(const struct range *r, char *out, size_t room)
{
    static const char *const signs[] = { [RANGE_EQ] = "", [RANGE_NE] = "!", [RANGE_LT] = "<", [RANGE_LE] = "<=", [RANGE_GT] = ">", [RANGE_GE] = ">=" };

    if (r->op == RANGE_IN || r->op == RANGE_IN_EQ) {
        bool in = r->op == RANGE_IN_EQ;

        snprintf(out, room, "%llu-%llu", (unsigned long long)(in && r->low ? r->low - 1 : r->low), (unsigned long long)(in ? r->high + 1 : r->high));
    } else {
        snprintf(out, room, "%s%llu", r->op <= RANGE_GE ? signs[r->op] : "", (unsigned long long)r->low);
    }
}

static bool option_range(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[64];
    struct range r;

    if (!range_read(p, bare(p, value), &r)) {
        return false;
    }
    range_write(&r, text, sizeof text);
    return run_as(p, o->as ? o->as : o->name, text);
}

/* ---- options that are written alike ---- */

static bool option_same(struct rule_parse *p, const struct snort_option *o, char *value)
{
    return run_as(p, o->as ? o->as : o->name, value ? bare(p, value) : NULL);
}

static bool option_remark(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)p;
    (void)o;
    (void)value;
    return true;
}

static bool option_refused(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)value;
    return parse_fail(p, "option '%s' is not built in: %s", o->name, o->as);
}

/* ---- content and its modifiers ---- */

static bool modifier_run(struct rule_parse *p, char *word, int64_t chop[2])
{
    static const struct {
        const char *name;
        bool (*parse)(struct rule_parse *p, const char *value);
        bool value;
    } rows[] = { { "nocase", parse_nocase, false },     { "depth", parse_depth, true },   { "offset", parse_offset, true },
                 { "distance", parse_distance, true },  { "within", parse_within, true }, { "fast_pattern", parse_fast_pattern, false } };
    char *value = word + strcspn(word, " \t");

    if (*value) {
        *value++ = '\0';
        value = skip_blanks(value);
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strcmp(rows[i].name, word) == 0) {
            if (rows[i].value != (*value != '\0')) {
                return parse_fail(p, "content: %s %s a value", word, rows[i].value ? "needs" : "takes no");
            }
            return rows[i].parse(p, *value ? value : NULL);
        }
    }
    for (int i = 0; i < 2; i++) {
        if (strcmp(word, i == 0 ? "fast_pattern_offset" : "fast_pattern_length") == 0) {
            return word_i64(bytes_str(value), 10, 0, UINT16_MAX, &chop[i]) || parse_fail(p, "content: '%s' is no value of %s", value, word);
        }
    }
    return parse_fail(p, "content: unknown modifier '%s'", word) ||
           parse_hint(p, "nocase, depth, offset, distance, within, fast_pattern, fast_pattern_offset, fast_pattern_length");
}

/* A part of the literal is the fast pattern. */
static bool content_chop(struct rule_parse *p, const int64_t chop[2])
{
    struct draft_match *m = buffer_last(p, KIND(MATCH_CONTENT));
    struct content *c = m ? &m->match->content : NULL;
    int64_t offset = chop[0] < 0 ? 0 : chop[0], length;

    if (c == NULL || (chop[0] < 0 && chop[1] < 0)) {
        return true;
    }
    length = chop[1] < 0 ? (int64_t)c->bytes.n - offset : chop[1];
    if (length <= 0 || (uint64_t)(offset + length) > c->bytes.n) {
        return parse_fail(p, "content: fast_pattern_offset %lld and length %lld reach beyond the %zu bytes of the literal", (long long)offset,
            (long long)length, c->bytes.n);
    }
    c->chop_offset = (uint16_t)offset;
    c->chop_length = (uint16_t)length;
    c->flags |= CONTENT_FAST_CHOP | CONTENT_FAST;
    return true;
}

static bool option_content(struct rule_parse *p, const struct snort_option *o, char *value)
{
    int64_t chop[2] = { -1, -1 };
    char *at = skip_blanks(value), *literal;

    (void)o;
    p->negated = *at == '!';
    at += p->negated;
    literal = quoted(p, &at);
    if (literal == NULL || !parse_content(p, literal)) {
        return false;
    }
    p->negated = false;
    if (*at && *at != ',') {
        return parse_fail(p, "content: '%.32s' behind the literal: modifiers follow a comma", at);
    }
    while (*at == ',') {
        char *word = skip_blanks(at + 1), *end = word + strcspn(word, ",");
        bool more = *end == ',';
        char *last = end;

        *end = '\0';
        while (last > word && isspace((unsigned char)last[-1])) {
            *--last = '\0';
        }
        if (!modifier_run(p, word, chop)) {
            return false;
        }
        at = more ? end : last;
        *at = more ? ',' : '\0';
    }
    return content_chop(p, chop);
}

static bool option_pcre(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char *at = skip_blanks(value), *text;

    (void)o;
    p->negated = *at == '!';
    at += p->negated;
    text = quoted(p, &at);
    return text && (*at == '\0' || parse_fail(p, "%s: '%.32s' behind the expression", p->option, at)) && parse_pcre(p, text);
}

/* ---- bytes ---- */

/* Snort asks for a byte AT that place: one more than Suricata, which asks for so many bytes. */
static bool option_isdataat(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[VALUE_MAX];
    struct words w = words_of(skip_blanks(value), ',');
    struct bytes count = bytes_none(), extra;
    bool relative = false, negated;
    int64_t n;

    (void)o;
    words_next(&w, &count);
    while (words_next(&w, &extra)) {
        relative |= word_is(extra, "relative");
    }
    negated = bytes_starts(count, "!");
    count = bytes_trim(bytes_from(count, negated), " ");
    if (!relative || !word_i64(count, 10, 0, UINT16_MAX - 1, &n)) {
        return parse_isdataat(p, bare(p, value));
    }
    snprintf(text, sizeof text, "%s%lld,relative", negated ? "!" : "", (long long)n + 1);
    return parse_isdataat(p, text);
}

static bool option_bufferlen(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char *comma = strchr(value, ',');
    struct range r;
    struct match *m;

    (void)o;
    if (comma) {
        *comma++ = '\0';
        comma = skip_blanks(comma);
        if (strcmp(comma, "relative") != 0) {
            return parse_fail(p, "bufferlen: '%s' is not 'relative'", comma);
        }
        return parse_fail(p, "bufferlen relative to the cursor is not built in");
    }
    if (!range_read(p, value, &r)) {
        return false;
    }
    m = buffer_add(p, buffer_active(p), MATCH_BSIZE);
    if (m) {
        m->size.range = r;
    }
    return m != NULL;
}

/* ---- buffers ---- */

/* The field that says it is this buffer of Snort. */
static const struct field *buffer_field(const struct rule_parse *p, const char *name)
{
    for (const struct proto *const *pr = p->context->protos; pr && *pr; pr++) {
        for (unsigned i = 0; i < (*pr)->field_n; i++) {
            if (bytes_among(bytes_str(name), (*pr)->fields[i].snort)) {
                return &(*pr)->fields[i];
            }
        }
    }
    return NULL;
}

/* A buffer begins anew each time it is named; one in which nothing was asked is as if it had not been named. */
static void buffer_leave(struct rule_parse *p)
{
    p->transform_n = 0;
    if (p->current >= 0 && p->current == (int)p->group_n - 1 && p->group[p->current].g.match_n == 0 && p->current != p->payload) {
        p->group_n--;
        p->active = p->current = -1;
    }
}

/* transform: what Snort makes of the bytes before rules see them; NULL: nothing. */
static bool buffer_enter_field(struct rule_parse *p, const char *field, const char *transform)
{
    const struct name_row *row = rule_index_find(p->index, field, strlen(field));

    buffer_leave(p);
    if (row == NULL) {
        return parse_fail(p, "option '%s' is not built in", p->option);
    }
    return buffer_sticky(p, row, NULL) && (transform == NULL || transform_parse(p, transform, NULL));
}

static bool option_buffer(struct rule_parse *p, const struct snort_option *o, char *value)
{
    const struct field *f = buffer_field(p, o->name);

    if (value && *skip_blanks(value)) {
        return parse_fail(p, "%s: '%s' is not built in", o->name, value);
    }
    if (f == NULL) {
        return parse_fail(p, "buffer '%s' is not built in", o->name);
    }
    return buffer_enter_field(p, f->name, o->as);
}

/* http_header: field NAME, request, with_header … : one field's value, where it has a buffer of its own. */
static bool option_header(struct rule_parse *p, const struct snort_option *o, char *value)
{
    static const struct {
        const char *header, *field;
    } rows[] = { { "user-agent", "http.user_agent" },   { "host", "http.host.raw" },         { "referer", "http.referer" },
                 { "accept", "http.accept" },           { "accept-encoding", "http.accept_enc" }, { "accept-language", "http.accept_lang" },
                 { "connection", "http.connection" },   { "content-type", "http.content_type" },  { "content-length", "http.content_len" },
                 { "cookie", "http.cookie" },           { "server", "http.server" },              { "location", "http.location" } };
    struct words w = words_of(value ? value : "", ',');
    struct bytes word;
    const char *field = NULL;

    while (value && words_next(&w, &word)) {
        bool named = bytes_starts(word, "field");

        if (!named && word.n && !word_is(word, "request")) {
            return parse_fail(p, "%s: '%.*s' is not built in", o->name, (int)word.n, (const char *)word.p);
        }
        word = bytes_trim(bytes_from(word, 5), " \t:");
        for (size_t i = 0; named && i < ROWS(rows); i++) {
            field = word_is_nocase(word, rows[i].header) ? rows[i].field : field;
        }
        if (named && field == NULL) {
            return parse_fail(p, "%s: the header '%.*s' has no buffer of its own", o->name, (int)word.n, (const char *)word.p);
        }
    }
    return field ? buffer_enter_field(p, field, o->as) : option_buffer(p, o, NULL);
}

static bool option_pkt_data(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)o;
    (void)value;
    buffer_leave(p);
    return buffer_packet_data(p);
}

/* What came off the wire: where bodies stand for the packets of a protocol there is none. */
static bool option_raw_data(struct rule_parse *p, const struct snort_option *o, char *value)
{
    p->rule->raw_data = true;
    return option_pkt_data(p, o, value);
}

static bool option_file_data(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)o;
    (void)value;
    buffer_leave(p);
    return parse_file_data(p, NULL);
}

/* ---- the rest ---- */

/* Names joined with & are one option each; with | they are alternatives, as there. */
static bool option_flowbits(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[VALUE_MAX], *names = strchr(value, ',');
    struct words w;
    struct bytes name;

    (void)o;
    if (names == NULL || strchr(names, '&') == NULL) {
        return run_as(p, "flowbits", bare(p, value));
    }
    *names++ = '\0';
    w = words_of(names, '&');
    while (words_next(&w, &name)) {
        if ((size_t)snprintf(text, sizeof text, "%s,%.*s", bare(p, value), (int)name.n, (const char *)name.p) >= sizeof text) {
            return parse_fail(p, "flowbits: a name of more than %d bytes", VALUE_MAX);
        }
        if (!run_as(p, "flowbits", text)) {
            return false;
        }
    }
    return true;
}

static bool option_service(struct rule_parse *p, const struct snort_option *o, char *value)
{
    struct words w = words_of(bare(p, value), ',');
    struct bytes word;

    (void)o;
    while (words_next(&w, &word)) {
        const char *name = parse_str(p, word);

        if (name == NULL || !snort3_service(p, name)) {
            return false;
        }
    }
    return true;
}

/* "uuid X,version <N,any_frag" */
static bool option_dce_iface(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[VALUE_MAX] = "";
    struct words w = words_of(bare(p, value), ',');
    struct bytes word;
    size_t n = 0;

    (void)o;
    while (words_next(&w, &word)) {
        if (bytes_starts(word, "uuid ")) {
            word = bytes_trim(bytes_from(word, 5), " ");
        } else if (bytes_starts(word, "version ")) {
            word = bytes_trim(bytes_from(word, 8), " ");
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", n ? "," : "", (int)word.n, (const char *)word.p);
        if (n >= sizeof text) {
            return parse_fail(p, "dce_iface: the value is too long");
        }
    }
    return run_as(p, "dcerpc.iface", text);
}

/* Any of several words is the whole buffer. */
static bool option_one_of(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[VALUE_MAX] = "/^(?:";
    struct words w = words_of(bare(p, value), ',');
    struct bytes word;
    size_t n = strlen(text);

    if (rule_index_field(p->index, o->as) == NULL) {
        return run_as(p, o->as, NULL);
    }
    while (words_next(&w, &word)) {
        for (size_t i = 0; i < word.n; i++) {
            if (!isalnum(word.p[i]) && word.p[i] != '-' && word.p[i] != '_') {
                return parse_fail(p, "%s: '%.*s' is no name", o->name, (int)word.n, (const char *)word.p);
            }
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", text[n - 1] == ':' ? "" : "|", (int)word.n, (const char *)word.p);
        if (n + 4 >= sizeof text) {
            return parse_fail(p, "%s: the list is too long", o->name);
        }
    }
    memcpy(text + n, ")$/i", 5);
    return buffer_enter_field(p, o->as, NULL) && parse_pcre(p, text) && buffer_packet_data(p);
}

/* "session, packets 5": type, unit and count as words. */
static bool option_tag(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[VALUE_MAX];
    struct words w = words_of(bare(p, value), ',');
    struct bytes kind = bytes_none(), limit;
    size_t n;

    (void)o;
    words_next(&w, &kind);
    n = (size_t)snprintf(text, sizeof text, "%.*s", (int)kind.n, (const char *)kind.p);
    while (n < sizeof text && words_next(&w, &limit)) {
        size_t blank = bytes_find_byte(limit, ' ');
        struct bytes unit = bytes_head(limit, blank), count = blank == SIZE_MAX ? bytes_none() : bytes_trim(bytes_from(limit, blank), " ");

        n += (size_t)snprintf(text + n, sizeof text - n, ",%.*s%s%.*s", (int)count.n, (const char *)count.p, count.n ? "," : "", (int)unit.n,
            (const char *)unit.p);
    }
    return n < sizeof text ? run_as(p, "tag", text) : parse_fail(p, "tag: the value is too long");
}

/* "RANGE,to_client" */
static bool option_stream_size(struct rule_parse *p, const struct snort_option *o, char *value)
{
    static const char *const sides[][2] = { { "to_server", "client" }, { "to_client", "server" }, { "either", "either" }, { "both", "both" } };
    static const char *const signs[] = { [RANGE_EQ] = "=", [RANGE_NE] = "!=", [RANGE_LT] = "<", [RANGE_LE] = "<=", [RANGE_GT] = ">", [RANGE_GE] = ">=" };
    char *comma = strchr(value, ','), text[64];
    const char *side = "either";
    struct range r;

    (void)o;
    if (comma) {
        *comma++ = '\0';
        side = NULL;
        for (size_t i = 0; i < ROWS(sides); i++) {
            side = strcmp(skip_blanks(comma), sides[i][0]) == 0 ? sides[i][1] : side;
        }
    }
    if (side == NULL) {
        return parse_fail(p, "stream_size: '%s' is no direction", comma);
    }
    if (!range_read(p, value, &r)) {
        return false;
    }
    if (r.op > RANGE_GE) {
        return parse_fail(p, "stream_size: two bounds are not built in");
    }
    snprintf(text, sizeof text, "%s,%s,%llu", side, signs[r.op], (unsigned long long)r.low);
    return run_as(p, "stream_size", text);
}

#define ELSEWHERE "its preprocessor has no counterpart"
/* clang-format off */
static const struct snort_option options[] = {
    { "sid", option_same, NULL },           { "gid", option_same, NULL },             { "rev", option_same, NULL },
    { "msg", option_same, NULL },           { "classtype", option_same, NULL },       { "reference", option_same, NULL },
    { "priority", option_same, NULL },      { "metadata", option_same, NULL },        { "rem", option_remark, NULL },
    { "enable", option_remark, NULL },      { "service", option_service, NULL, true },      { "flow", option_same, NULL },
    { "flowbits", option_flowbits, NULL, true },  { "content", option_content, NULL, true },      { "pcre", option_pcre, NULL, true },
    { "regex", option_pcre, NULL, true },         { "byte_test", option_same, NULL },       { "byte_jump", option_same, NULL },
    { "byte_extract", option_same, NULL },  { "byte_math", option_same, NULL },       { "isdataat", option_isdataat, NULL, true },
    { "bufferlen", option_bufferlen, NULL, true },{ "dsize", option_range, NULL, true },          { "itype", option_range, NULL, true },
    { "icode", option_range, NULL, true },        { "icmp_id", option_range, NULL, true },        { "icmp_seq", option_range, NULL, true },
    { "id", option_range, NULL, true },           { "ttl", option_range, NULL, true },            { "tos", option_range, NULL, true },
    { "seq", option_range, NULL, true },          { "ack", option_range, NULL, true },            { "window", option_range, NULL, true },
    { "fragoffset", option_range, NULL, true },   { "ip_proto", option_same, NULL },        { "fragbits", option_same, NULL },
    { "ipopts", option_same, NULL },        { "flags", option_same, "tcp.flags" },    { "rpc", option_same, NULL },
    { "asn1", option_same, NULL },          { "detection_filter", option_same, NULL },{ "base64_decode", option_same, NULL },
    { "base64_data", option_same, NULL },   { "ssl_state", option_same, NULL },       { "ssl_version", option_same, NULL },
    { "stream_size", option_stream_size, NULL, true }, { "tag", option_tag, NULL, true },         { "dce_iface", option_dce_iface, NULL, true },
    { "dce_opnum", option_same, "dcerpc.opnum" }, { "dce_stub_data", option_buffer, NULL }, { "sip_method", option_one_of, "sip.method", true },
    { "sip_stat_code", option_same, "sip.stat_code" }, { "modbus_func", option_refused, ELSEWHERE }, { "modbus_unit", option_refused, ELSEWHERE },
    { "modbus_data", option_buffer, NULL }, { "sip_header", option_buffer, NULL },    { "sip_body", option_buffer, NULL },
    { "pkt_data", option_pkt_data, NULL },  { "raw_data", option_raw_data, NULL },    { "file_data", option_file_data, NULL },
    { "js_data", option_refused, "scripts are not normalised yet" },                  { "vba_data", option_refused, "macros are not unpacked yet" },
    { "http_uri", option_buffer, "snort_normalize_uri" },    { "http_raw_uri", option_buffer, NULL },  { "http_header", option_header, "snort_normalize" },
    { "http_raw_header", option_header, NULL }, { "http_cookie", option_buffer, "snort_normalize" },{ "http_raw_cookie", option_buffer, NULL },
    { "http_client_body", option_buffer, "snort_normalize" }, { "http_raw_body", option_buffer, NULL }, { "http_method", option_buffer, NULL },
    { "http_version", option_buffer, NULL },{ "http_stat_code", option_buffer, NULL },{ "http_stat_msg", option_buffer, NULL },
    { "http_raw_request", option_buffer, NULL }, { "http_raw_status", option_buffer, NULL }, { "http_true_ip", option_buffer, NULL },
    { "http_trailer", option_header, "snort_normalize" },{ "http_raw_trailer", option_header, NULL }, { "http_param", option_refused, "parameters have no buffer of their own yet" },
    { "so", option_refused, "compiled rules of another program" },                    { "soid", option_remark, NULL },
    { "ber_data", option_refused, "not yet" }, { "ber_skip", option_refused, "not yet" },
};
/* clang-format on */

static bool option_run(struct rule_parse *p, char *name, char *value)
{
    for (size_t i = 0; i < ROWS(options); i++) {
        if (strcmp(options[i].name, name) == 0) {
            const struct snort_option *o = &options[i];

            p->option = o->name;
            p->negated = false;
            p->side_forced = -1;
            if (value == NULL && o->valued) {
                return parse_fail(p, "option '%s' needs a value", name);
            }
            return o->parse(p, o, value);
        }
    }
    return parse_fail(p, "unknown rule option '%s'", name);
}

/* The options of one pass; sid comes first, so that every complaint can name it. */
static bool options_pass(struct rule_parse *p, char *s, size_t base, bool first)
{
    char *at = s;

    for (;;) {
        char *name = skip_blanks(at), *end = name, *colon = NULL;
        bool in_quotes = false;

        if (*name == '\0') {
            return true;
        }
        p->column = (uint32_t)(base + (size_t)(name - s)) + 1;
        for (; *end && (in_quotes || *end != ';'); end++) {
            if (*end == '\\' && end[1]) {
                end++;
            } else if (*end == '"') {
                in_quotes = !in_quotes;
            } else if (*end == ':' && colon == NULL) {
                colon = end;
            }
        }
        if (*end == '\0') {
            return parse_fail(p, in_quotes ? "the closing quote is missing" : "no terminating \";\" found");
        }
        *end = '\0';
        if (colon) {
            *colon = '\0';
        }
        for (char *last = name + strlen(name); last > name && isspace((unsigned char)last[-1]);) {
            *--last = '\0';
        }
        if ((strcmp(name, "sid") == 0) == first && !option_run(p, name, colon ? colon + 1 : NULL)) {
            return false;
        }
        at = end + 1;
    }
}

bool snort3_rule(struct rule_parse *p, const char *text, size_t n)
{
    uint8_t action, scope;
    struct header h;

    if (!snort3_header(p, text, n, &h)) {
        return false;
    }
    action = p->rule->action;
    scope = p->rule->scope;
    h.part[0] = (struct header_token){ "alert", 5 }; /* what it is was read above */
    if (!rule_options(p, text, n, &h, options_pass, "the rule has no sid")) {
        return false;
    }
    p->rule->action = action;
    p->rule->scope = scope;
    buffer_leave(p);
    p->column = 0;
    return rule_validate(p);
}
