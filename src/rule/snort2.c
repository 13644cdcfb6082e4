/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort2 - the Snort 2.9 dialect: written as Suricata's with content modifiers, read with Snort's meaning.
 *
 * Its options are read by the readers of the Suricata dialect but for those below; what its buffers hold, and which packets
 * and PDUs a rule sees, is as in Snort 3.
 */
#include "rule/snort3.h"

#include <ctype.h>

struct snort2_option {
    const char *name;
    bool (*parse)(struct rule_parse *p, const struct snort2_option *o, char *value);
    const char *as;            /* why it is refused, or that it takes no value; NULL: it needs one */
};

/* "…, service http, service smtp": beside ports, the flows of these protocols are meant. */
static bool option_metadata(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    struct words w = words_of(value, ',');
    struct bytes word;

    (void)o;
    while (words_next(&w, &word)) {
        if (bytes_starts(word, "service ")) {
            const char *name = parse_str(p, bytes_trim(bytes_from(word, 8), " \t"));

            if (name == NULL || !snort3_service(p, name)) {
                return false;
            }
        }
    }
    return parse_metadata(p, value);
}

/* "A<>B", here with both ends in, as "A-B", "A-" and "-B" of ttl: true and the range when it is one that is written so. */
static bool range_ends(const char *value, const char *sign, uint64_t max, struct range *out)
{
    struct bytes v = bytes_trim(bytes_str(value), " \t"), low, high;
    size_t at = bytes_find(v, bytes_str(sign));
    int64_t a = 0, b = (int64_t)max;

    if (at == SIZE_MAX) {
        return false;
    }
    low = bytes_trim(bytes_head(v, at), " \t");
    high = bytes_trim(bytes_from(v, at + strlen(sign)), " \t");
    if ((low.n != 0 && !word_i64(low, 10, 0, (int64_t)max, &a)) || (high.n != 0 && !word_i64(high, 10, 0, (int64_t)max, &b)) || a > b || low.n + high.n == 0) {
        return false;
    }
    *out = (struct range){ .op = RANGE_IN_EQ, .low = (uint64_t)a, .high = (uint64_t)b };
    return true;
}

/* A range whose ends are in, and else what Suricata's keyword takes. */
static bool option_range(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    bool ttl = strcmp(o->name, "ttl") == 0;
    struct range r;

    return range_ends(value, ttl ? "-" : "<>", ttl ? UINT8_MAX : UINT16_MAX, &r) ? snort3_run_range(p, o->name, value, &r)
                                                                                  : snort3_run_as(p, o->name, value);
}

/* The raw URI's length, unless told otherwise. */
static bool option_urilen(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    char text[64], *comma = strchr(value, ',');
    struct range r;

    snprintf(text, sizeof text, "%.*s", (int)(comma ? comma - value : (long)strlen(value)), value);
    if (range_ends(text, "<>", UINT16_MAX, &r)) {
        return snort3_run_range(p, o->name, comma ? comma : ",raw", &r);
    }
    snprintf(text, sizeof text, "%.50s%s", value, comma == NULL ? ",raw" : "");
    return parse_urilen(p, text);
}

/* "2,credit_card": how many of which. */
static bool option_sd_pattern(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    const struct name_row *row = rule_index_find(p->index, "sd_pattern", 10);
    char text[512], *comma = strchr(value, ',');
    int64_t n;

    (void)o;
    if (row == NULL || row->kind != NAME_KEYWORD || comma == NULL || !word_i64(bytes_trim(bytes_of(value, (size_t)(comma - value)), " "), 10, 1, 255, &n)) {
        return parse_fail(p, "sd_pattern: '%s' is not understood", value) || parse_hint(p, "write COUNT,PATTERN");
    }
    comma += 1 + strspn(comma + 1, " ");
    if ((size_t)snprintf(text, sizeof text, "\"%s\",threshold %lld", comma, (long long)n) >= sizeof text) {
        return parse_fail(p, "sd_pattern: the pattern is too long");
    }
    return keyword_parse(p, row->keyword, text);
}

/* "file_data:mime": the attachment, which is what file_data is here in any case. */
static bool option_file_data(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    (void)o;
    (void)value;
    return parse_file_data(p, NULL);
}

/* Written and meant as in Snort 3. */
static bool option_snort3(struct rule_parse *p, const struct snort2_option *o, char *value) { return snort3_option(p, o->name, value); }

/* The same bytes as http_cookie's, as they came: a group of its own until snort2_buffers knows what is made of each. */
const char snort2_raw_cookie[] = "http.cookie.raw";

static bool option_raw_cookie(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    const struct name_row *row = rule_index_find(p->index, o->as, strlen(o->as));

    (void)value;
    return row != NULL && row->kind == NAME_MODIFIER ? buffer_modifier(p, row, snort2_raw_cookie) : parse_fail(p, "option '%s' is not built in", o->name);
}

static bool option_refused(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    (void)value;
    return parse_fail(p, "option '%s' is not built in: %s", o->name, o->as);
}

static bool option_remark(struct rule_parse *p, const struct snort2_option *o, char *value)
{
    (void)p;
    (void)o;
    (void)value;
    return true;
}

static const struct snort2_option options[] = {
    { "metadata", option_metadata, NULL },
    { "isdataat", option_snort3, NULL },
    { "sd_pattern", option_sd_pattern, NULL },
    { "urilen", option_urilen, NULL },
    { "dsize", option_range, NULL },
    { "ttl", option_range, NULL },
    { "flowbits", option_snort3, NULL },
    { "file_data", option_file_data, NULL },
    { "sip_method", option_snort3, NULL },
    { "sip_stat_code", option_snort3, NULL },
    { "sip_header", option_snort3, "a buffer" },
    { "sip_body", option_snort3, "a buffer" },
    { "modbus_func", option_snort3, NULL },
    { "modbus_unit", option_snort3, NULL },
    { "modbus_data", option_snort3, "a buffer" },
    { "soid", option_remark, NULL },
    { "activates", option_refused, "rules that switch others on" },
    { "activated_by", option_refused, "rules that switch others on" },
    { "count", option_refused, "rules that switch others on" },
    { "logto", option_refused, "a rule cannot name a file" },
    { "session", option_refused, "a rule cannot print a session" },
    { "resp", option_refused, "write reject as the action" },
    { "react", option_refused, "write reject as the action" },
    { "so", option_refused, "compiled rules of another program" },
    { "appid", option_refused, "applications are told by protocol only" },
    { "cvs", option_snort3, NULL },
    { "http_encode", option_refused, "how a message was encoded is not kept" },
    { "stream_reassemble", option_refused, "a rule cannot switch reassembly" },
    { "http_raw_cookie", option_raw_cookie, "http_cookie" },
    { "gtp_type", option_snort3, NULL },
    { "gtp_info", option_snort3, NULL },
    { "gtp_version", option_snort3, NULL },
    { "protected_content", option_refused, "bytes that are known by their hash alone: write md5, sha256 or sha512 as Snort 3 has them" },
    { "file_type", option_snort3, NULL },
    { "file_group", option_refused, "types of files come from Snort's own file rules" },
};

bool snort2_option(struct rule_parse *p, const char *name, char *value, bool *good)
{
    for (size_t i = 0; i < ROWS(options); i++) {
        if (strcasecmp(options[i].name, name) == 0) {
            p->option = options[i].name;
            p->negated = false;
            p->side_forced = -1;
            *good = (value || options[i].parse == option_file_data || options[i].as || options[i].parse == option_remark)
                        ? options[i].parse(p, &options[i], value) : parse_fail(p, "option '%s' needs a value", name);
            return true;
        }
    }
    return false;
}

/* What Suricata's names of buffers are to Snort: its own field, and what its HTTP inspector makes of the bytes. */
bool snort2_buffers(struct rule_parse *p)
{
    static const struct {
        const char *name, *field, *transform;
    } rows[] = { { "http.uri", "http.uri.raw", "snort_normalize_uri" }, { "http.header", "http.header.plain", "snort_normalize" },
                 { "http.cookie", "http.cookie", "snort_normalize" },   { "http.request_body", "http.request_body", "snort_normalize" },
                 { snort2_raw_cookie, "http.cookie", NULL } };

    for (unsigned i = 0; i < p->group_n; i++) {
        struct draft_group *g = &p->group[i];

        for (size_t k = 0; g->g.kind == BUFFER_FIELD && g->g.name && g->g.transform_n == 0 && k < ROWS(rows); k++) {
            const struct field_use *uses = strcmp(g->g.name, rows[k].name) == 0 ? rule_index_field(p->index, rows[k].field) : NULL;

            if (uses == NULL) {
                continue;
            }
            g->uses = uses;
            g->g.name = uses->field->name;
            if (rows[k].transform == NULL) {
                break;
            }
            g->g.transform = parse_zero(p, sizeof *g->g.transform);
            if (g->g.transform == NULL) {
                return false;
            }
            g->g.transform[0].name = rows[k].transform;
            g->g.transform_n = 1;
        }
    }
    return true;
}
