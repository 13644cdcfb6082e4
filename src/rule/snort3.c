/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort3 - the Snort 3 dialect: headers with or without networks, options whose modifiers stand in their values.
 *
 * What an option means here is told in the tree's own terms, most of them by the readers of the Suricata dialect; where the
 * two dialects differ, the difference is a row or a function here: ranges, isdataat, buffers that begin anew each time they
 * are named, services beside ports.
 */
#include "rule/snort3.h"

#include <ctype.h>

/* ---- pieces ---- */

char *snort3_blanks(char *s)
{
    while (isspace((unsigned char)*s)) {
        s++;
    }
    return s;
}

/* A quoted string at *at: its inside, NUL behind it; *at moves behind the quote. NULL after a failure. */
char *snort3_quoted(struct rule_parse *p, char **at)
{
    char *from = snort3_blanks(*at), *end;

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
    *at = snort3_blanks(end + 1);
    return from;
}

char *snort3_bare(struct rule_parse *p, char *value)
{
    char *at = snort3_blanks(value);

    return *at == '"' ? snort3_quoted(p, &at) : at;
}

bool snort3_run_as(struct rule_parse *p, const char *name, const char *value)
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
    case NAME_MODIFIER: return buffer_modifier(p, row, NULL);
    case NAME_TRANSFORM:
    case NAME_KNOWN:
    default: return parse_fail(p, "option '%s' is not built in", p->option);
    }
}

/* ---- ranges: N, <N, <=N, >N, >=N, =N, !N, !=N, N<>M (bounds left out), N<=>M (bounds in) ---- */

bool snort3_range(struct rule_parse *p, const char *value, struct range *out)
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

bool snort3_run_range(struct rule_parse *p, const char *name, const char *value, const struct range *r)
{
    bool good;

    p->range = r;
    good = snort3_run_as(p, name, value);
    p->range = NULL;
    return good;
}

static bool option_range(struct rule_parse *p, const struct snort_option *o, char *value)
{
    struct range r;

    value = snort3_bare(p, value);
    return value && snort3_range(p, value, &r) && snort3_run_range(p, o->as ? o->as : o->name, value, &r);
}

/* ---- options that are written alike ---- */

static bool option_same(struct rule_parse *p, const struct snort_option *o, char *value)
{
    return snort3_run_as(p, o->as ? o->as : o->name, value ? snort3_bare(p, value) : NULL);
}

/* A keyword of detect/kw takes the value as it stands. */
static bool option_keyword(struct rule_parse *p, const struct snort_option *o, char *value)
{
    return snort3_run_as(p, o->name, snort3_blanks(value));
}

/* Names of types with commas, blanks or bars between them; a version of one is refused with them. */
static bool option_file_type(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char *names = snort3_bare(p, value);

    (void)o;
    for (char *at = names; at != NULL && *at != '\0'; at++) {
        *at = *at == '|' || *at == ' ' ? ',' : *at;
    }
    return names != NULL && snort3_run_as(p, "filetype", names);
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
        value = snort3_blanks(value);
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
    char *at = snort3_blanks(value), *literal;

    (void)o;
    p->negated = *at == '!';
    at += p->negated;
    literal = snort3_quoted(p, &at);
    if (literal == NULL || !parse_content(p, literal)) {
        return false;
    }
    p->negated = false;
    if (*at && *at != ',') {
        return parse_fail(p, "content: '%.32s' behind the literal: modifiers follow a comma", at);
    }
    while (*at == ',') {
        char *word = snort3_blanks(at + 1), *end = word + strcspn(word, ",");
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
    char *at = snort3_blanks(value), *text;

    (void)o;
    p->negated = *at == '!';
    at += p->negated;
    text = snort3_quoted(p, &at);
    return text && (*at == '\0' || parse_fail(p, "%s: '%.32s' behind the expression", p->option, at)) && parse_pcre(p, text);
}

/* ---- bytes ---- */

/* Snort asks for a byte AT that place: one more than Suricata, which asks for so many bytes. */
static bool option_isdataat(struct rule_parse *p, const struct snort_option *o, char *value)
{
    char text[SNORT_VALUE_MAX];
    struct words w = words_of(snort3_blanks(value), ',');
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
        bool good = parse_isdataat(p, snort3_bare(p, value));
        struct draft_match *last = good && relative ? buffer_last(p, KIND(MATCH_ISDATAAT)) : NULL;

        if (last != NULL && last->match->isdataat.n.variable >= 0) {
            last->match->isdataat.more = 1;
        }
        return good;
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
        comma = snort3_blanks(comma);
        if (strcmp(comma, "relative") != 0) {
            return parse_fail(p, "bufferlen: '%s' is not 'relative'", comma);
        }
        return snort3_range(p, value, &r) && snort3_run_range(p, "bufferlen_left", value, &r);
    }
    if (!snort3_range(p, value, &r)) {
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
void snort3_leave(struct rule_parse *p)
{
    p->transform_n = 0;
    if (p->current >= 0 && p->current == (int)p->group_n - 1 && p->group[p->current].g.match_n == 0 && p->current != p->payload) {
        p->group_n--;
        p->active = p->current = -1;
    }
}

/* transform: what Snort makes of the bytes before rules see them; NULL: nothing. */
bool snort3_enter(struct rule_parse *p, const char *field, const char *transform)
{
    const struct name_row *row = rule_index_find(p->index, field, strlen(field));

    snort3_leave(p);
    if (row == NULL) {
        return parse_fail(p, "option '%s' is not built in", p->option);
    }
    return buffer_sticky(p, row, NULL) && (transform == NULL || transform_parse(p, transform, NULL));
}

SNORT_OPTION(snort3_buffer)
{
    const struct field *f = buffer_field(p, o->name);

    if (value && *snort3_blanks(value)) {
        return parse_fail(p, "%s: '%s' is not built in", o->name, value);
    }
    if (f == NULL) {
        return parse_fail(p, "buffer '%s' is not built in", o->name);
    }
    return snort3_enter(p, f->name, o->as);
}

static bool option_pkt_data(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)o;
    (void)value;
    snort3_leave(p);
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
    snort3_leave(p);
    return parse_file_data(p, NULL);
}

/* The body, made into what is in it. */
static bool option_body_as(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)value;
    snort3_leave(p);
    return parse_file_data(p, NULL) && transform_parse(p, o->as, NULL);
}

/* ---- the rest ---- */

static bool option_service(struct rule_parse *p, const struct snort_option *o, char *value)
{
    struct words w = words_of(snort3_bare(p, value), ',');
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

/* Of a protocol that is not built in. */
static bool option_proto(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)value;
    return parse_fail(p, "option '%s' needs protocol %s, which is not built in", o->name, o->as);
}

/* The rule is there for whoever switches it on. */
static bool option_enable(struct rule_parse *p, const struct snort_option *o, char *value)
{
    (void)o;
    p->requires_unmet = strcmp(snort3_blanks(value), "no") == 0;
    return !p->requires_unmet || parse_fail(p, "the rule is switched off: enable:no");
}

/* clang-format off */
static const struct snort_option options[] = {
    { "ack", option_range, NULL, true },
    { "appids", option_refused, "applications are told by protocol only" },
    { "asn1", option_same, NULL },
    { "base64_data", option_same, NULL },
    { "base64_decode", option_same, NULL },
    { "ber_data", option_keyword, NULL, true },
    { "ber_skip", option_keyword, NULL, true },
    { "bufferlen", option_bufferlen, NULL, true },
    { "byte_extract", option_same, NULL },
    { "byte_jump", option_same, NULL },
    { "byte_math", option_same, NULL },
    { "byte_test", option_same, NULL },
    { "cip_attribute", option_range, "enip.cip_attribute", true },
    { "cip_class", option_range, "enip.cip_class", true },
    { "cip_conn_path_class", option_range, "enip.cip_opened_class", true },
    { "cip_instance", option_range, "enip.cip_instance", true },
    { "cip_req", snort3_request, "enip.cip_service" },
    { "cip_rsp", snort3_response, "enip.cip_service" },
    { "cip_service", option_range, "cip_service", true },
    { "cip_status", option_range, "enip.cip_status", true },
    { "classtype", option_same, NULL },
    { "content", option_content, NULL, true },
    { "cvs", option_keyword, NULL, true },
    { "dce_iface", snort3_dce_iface, NULL, true },
    { "dce_opnum", option_same, "dcerpc.opnum" },
    { "dce_stub_data", snort3_buffer, NULL },
    { "detection_filter", option_same, NULL },
    { "dnp3_data", option_same, NULL },
    { "dnp3_func", option_same, NULL },
    { "dnp3_ind", option_same, NULL },
    { "dnp3_obj", option_same, NULL },
    { "dsize", option_range, NULL, true },
    { "enable", option_enable, NULL, true },
    { "enip_command", option_range, "enip_command", true },
    { "enip_req", snort3_request, "enip.command" },
    { "enip_rsp", snort3_response, "enip.command" },
    { "file_data", option_file_data, NULL },
    { "file_meta", option_refused, "types of files come from Snort's own file rules" },
    { "file_type", option_file_type, NULL },
    { "flags", option_same, "tcp.flags" },
    { "flow", option_same, NULL },
    { "flowbits", snort3_flowbits, NULL, true },
    { "fragbits", option_same, NULL },
    { "fragoffset", option_range, NULL, true },
    { "gid", option_same, NULL },
    { "gtp_info", snort3_gtp_info, NULL, true },
    { "gtp_type", snort3_numbers, "gtp.message_type", true },
    { "gtp_version", option_range, "gtp.version", true },
    { "http2_decoded_header", option_refused, "frames of HTTP/2 are no buffers" },
    { "http2_frame_data", option_refused, "frames of HTTP/2 are no buffers" },
    { "http2_frame_header", option_refused, "frames of HTTP/2 are no buffers" },
    { "http_client_body", snort3_buffer, "snort_normalize" },
    { "http_cookie", snort3_buffer, "snort_normalize" },
    { "http_decoded_uri", snort3_buffer, "snort_normalize" },
    { "http_header", snort3_http_header, "snort_normalize" },
    { "http_header_test", snort3_http_header_test, "snort_normalize", true },
    { "http_max_header_line", option_range, "http.header_longest", true },
    { "http_max_trailer_line", option_range, "http.trailer_longest", true },
    { "http_method", snort3_buffer, NULL },
    { "http_num_cookies", option_range, "http.cookie_count", true },
    { "http_num_headers", option_range, "http.header_count", true },
    { "http_num_trailers", option_range, "http.trailer_count", true },
    { "http_param", snort3_http_param, NULL, true },
    { "http_raw_body", snort3_buffer, NULL },
    { "http_raw_cookie", snort3_buffer, NULL },
    { "http_raw_header", snort3_http_header, NULL },
    { "http_raw_request", snort3_buffer, NULL },
    { "http_raw_status", snort3_buffer, NULL },
    { "http_raw_trailer", snort3_http_header, NULL },
    { "http_raw_uri", snort3_buffer, NULL },
    { "http_stat_code", snort3_buffer, NULL },
    { "http_stat_msg", snort3_buffer, NULL },
    { "http_trailer", snort3_http_header, "snort_normalize" },
    { "http_trailer_test", snort3_http_header_test, "snort_normalize", true },
    { "http_true_ip", snort3_buffer, NULL },
    { "http_uri", snort3_buffer, "snort_normalize_uri" },
    { "http_version", snort3_buffer, NULL },
    { "http_version_match", snort3_http_version_match, NULL, true },
    { "icmp_id", option_range, NULL, true },
    { "icmp_seq", option_range, NULL, true },
    { "icode", option_range, NULL, true },
    { "id", option_range, NULL, true },
    { "iec104_apci_type", snort3_numbers, "iec104.frame", true },
    { "iec104_asdu_func", snort3_numbers, "iec104.type", true },
    { "ip_proto", option_same, NULL },
    { "ipopts", option_same, NULL },
    { "isdataat", option_isdataat, NULL, true },
    { "itype", option_range, NULL, true },
    { "js_data", option_body_as, "snort_script" },
    { "md5", option_keyword, NULL, true },
    { "metadata", option_same, NULL },
    { "mms_data", option_proto, "mms" },
    { "mms_func", option_proto, "mms" },
    { "modbus_data", snort3_buffer, NULL },
    { "modbus_func", snort3_modbus, "function", true },
    { "modbus_unit", snort3_modbus, "unit", true },
    { "msg", option_same, NULL },
    { "opcua_msg_service", snort3_numbers, "opcua.service", true },
    { "opcua_msg_type", snort3_numbers, "opcua.message", true },
    { "opcua_node_id", snort3_numbers, "opcua.node", true },
    { "opcua_node_namespace_index", snort3_numbers, "opcua.namespace", true },
    { "pcre", option_pcre, NULL, true },
    { "pkt_data", option_pkt_data, NULL },
    { "priority", option_same, NULL },
    { "raw_data", option_raw_data, NULL },
    { "reference", option_same, NULL },
    { "regex", snort3_regex, NULL, true },
    { "rem", option_remark, NULL },
    { "replace", option_same, NULL },
    { "rev", option_same, NULL },
    { "rpc", option_same, NULL },
    { "s7commplus_content", snort3_buffer, NULL },
    { "s7commplus_func", snort3_numbers, "s7comm.plus_function", true },
    { "s7commplus_opcode", snort3_numbers, "s7comm.plus_opcode", true },
    { "sd_pattern", option_keyword, NULL, true },
    { "seq", option_range, NULL, true },
    { "service", option_service, NULL, true },
    { "sha256", option_keyword, NULL, true },
    { "sha512", option_keyword, NULL, true },
    { "sid", option_same, NULL },
    { "sip_body", snort3_buffer, NULL },
    { "sip_header", snort3_buffer, NULL },
    { "sip_method", snort3_one_of, "sip.method", true },
    { "sip_stat_code", snort3_sip_stat_code, "sip.stat_code", true },
    { "so", option_refused, "compiled rules of another program" },
    { "socks_address_type", snort3_numbers, "socks.address_type", true },
    { "socks_command", snort3_numbers, "socks.command", true },
    { "socks_remote_address", snort3_has, "socks.address", true },
    { "socks_remote_port", option_range, "socks.port", true },
    { "socks_state", snort3_numbers, "socks.state", true },
    { "socks_version", option_range, "socks.version", true },
    { "soid", option_remark, NULL },
    { "ssl_state", option_same, NULL },
    { "ssl_version", option_same, NULL },
    { "stream_reassemble", option_refused, "a rule cannot switch reassembly" },
    { "stream_size", snort3_stream_size, NULL, true },
    { "tag", snort3_tag, NULL, true },
    { "target", snort3_target, NULL, true },
    { "tos", option_range, NULL, true },
    { "ttl", option_range, NULL, true },
    { "vba_data", option_body_as, "snort_macro" },
    { "window", option_range, NULL, true },
};
/* clang-format on */

bool snort3_option(struct rule_parse *p, const char *name, char *value)
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
        char *name = snort3_blanks(at), *end = name, *colon = NULL;
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
        if ((strcmp(name, "sid") == 0) == first && !snort3_option(p, name, colon ? colon + 1 : NULL)) {
            return false;
        }
        at = end + 1;
    }
}

bool snort3_rule(struct rule_parse *p, const char *text, size_t n)
{
    uint8_t action, scope;
    struct header h = { 0 };

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
    if (h.builtin) {
        char event[32];

        snprintf(event, sizeof event, "%u,%u", p->rule->gid, p->rule->sid);
        p->option = "gid";
        if (!snort3_run_as(p, "snort-event", event)) {
            return false;
        }
    }
    snort3_leave(p);
    p->column = 0;
    return rule_validate(p);
}
