/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort3_more - options of the Snort 3 dialect that are written otherwise than here: one function each. */
#include "rule/snort3.h"

#include <ctype.h>

/* Names joined with & are one option each; with | they are alternatives, as there. */
SNORT_OPTION(snort3_flowbits)
{
    char text[SNORT_VALUE_MAX], *names = strchr(value, ',');
    struct words w;
    struct bytes name;

    (void)o;
    if (names == NULL || strchr(names, '&') == NULL) {
        return snort3_run_as(p, "flowbits", snort3_bare(p, value));
    }
    *names++ = '\0';
    w = words_of(names, '&');
    while (words_next(&w, &name)) {
        if ((size_t)snprintf(text, sizeof text, "%s,%.*s", snort3_bare(p, value), (int)name.n, (const char *)name.p) >= sizeof text) {
            return parse_fail(p, "flowbits: a name of more than %d bytes", SNORT_VALUE_MAX);
        }
        if (!snort3_run_as(p, "flowbits", text)) {
            return false;
        }
    }
    return true;
}

/* "uuid X,version <N,any_frag" */
SNORT_OPTION(snort3_dce_iface)
{
    char text[SNORT_VALUE_MAX] = "";
    struct words w = words_of(snort3_bare(p, value), ',');
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
    return snort3_run_as(p, "dcerpc.iface", text);
}

/* Any of several words is the whole buffer. */
SNORT_OPTION(snort3_one_of)
{
    char text[SNORT_VALUE_MAX] = "/^(?:";
    struct words w = words_of(snort3_bare(p, value), ',');
    struct bytes word;
    size_t n = strlen(text);

    if (rule_index_field(p->index, o->as) == NULL) {
        return snort3_run_as(p, o->as, NULL);
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
    return snort3_enter(p, o->as, NULL) && parse_pcre(p, text) && buffer_packet_data(p);
}

/* The field has that text in it, as it is written. */
SNORT_OPTION(snort3_has)
{
    char text[SNORT_VALUE_MAX] = "|";
    const char *what = snort3_bare(p, value);
    size_t n = 1;

    if (what == NULL || *what == '\0') {
        return parse_fail(p, "%s: a text is wanted", o->name);
    }
    for (; *what != '\0'; what++) {
        if (n + 5 >= sizeof text) {
            return parse_fail(p, "%s: the text is too long", o->name);
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%02x ", (unsigned)(uint8_t)*what);
    }
    memcpy(text + n, "|", 2);
    return snort3_enter(p, o->as, NULL) && parse_content(p, text) && buffer_packet_data(p);
}

/* "session, packets 5": type, unit and count as words. */
SNORT_OPTION(snort3_tag)
{
    char text[SNORT_VALUE_MAX];
    struct words w = words_of(snort3_bare(p, value), ',');
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
    return n < sizeof text ? snort3_run_as(p, "tag", text) : parse_fail(p, "tag: the value is too long");
}

/* "RANGE,to_client" */
SNORT_OPTION(snort3_stream_size)
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
            side = strcmp(snort3_blanks(comma), sides[i][0]) == 0 ? sides[i][1] : side;
        }
    }
    if (side == NULL) {
        return parse_fail(p, "stream_size: '%s' is no direction", comma);
    }
    if (!snort3_range(p, value, &r)) {
        return false;
    }
    if (r.op > RANGE_GE) {
        bool in = r.op == RANGE_IN_EQ;
        snprintf(text, sizeof text, "%s,%s,%llu", side, in ? "<=" : "<", (unsigned long long)r.high);
        if (!snort3_run_as(p, "stream_size", text)) {
            return false;
        }
        r.op = in ? RANGE_GE : RANGE_GT;
    }
    snprintf(text, sizeof text, "%s,%s,%llu", side, signs[r.op], (unsigned long long)r.low);
    return snort3_run_as(p, "stream_size", text);
}


/* "200,4": whole codes, and first digits of a class. */
SNORT_OPTION(snort3_sip_stat_code)
{
    char text[SNORT_VALUE_MAX] = "/^(?:";
    struct words w = words_of(snort3_bare(p, value), ',');
    struct bytes word;
    size_t n = strlen(text);
    int64_t code;

    while (words_next(&w, &word)) {
        if (!word_i64(word, 10, 1, 999, &code) || (code > 9 && code < 100)) {
            return parse_fail(p, "%s: '%.*s' is no code", o->name, (int)word.n, (const char *)word.p);
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%lld%s", text[n - 1] == ':' ? "" : "|", (long long)code, code < 10 ? "\\d\\d" : "");
        if (n + 3 >= sizeof text) {
            return parse_fail(p, "%s: the list is too long", o->name);
        }
    }
    memcpy(text + n, ")$/", 4);
    return snort3_enter(p, o->as, NULL) && parse_pcre(p, text) && buffer_packet_data(p);
}

SNORT_OPTION(snort3_target)
{
    const char *who = snort3_bare(p, value);

    (void)o;
    return snort3_run_as(p, "target", who && strcmp(who, "dst_ip") == 0 ? "dest_ip" : who);
}

/* A function's number or name, a unit's number: told as Suricata's keyword for all of them. */
SNORT_OPTION(snort3_modbus)
{
    static const struct {
        const char *name;
        unsigned number;
    } rows[] = { { "read_coils", 1 }, { "read_discrete_inputs", 2 }, { "read_holding_registers", 3 }, { "read_input_registers", 4 },
                 { "write_single_coil", 5 }, { "write_single_register", 6 }, { "read_exception_status", 7 }, { "diagnostics", 8 },
                 { "get_comm_event_counter", 11 }, { "get_comm_event_log", 12 }, { "write_multiple_coils", 15 }, { "write_multiple_registers", 16 },
                 { "report_slave_id", 17 }, { "read_file_record", 20 }, { "write_file_record", 21 }, { "mask_write_register", 22 },
                 { "read_write_multiple_registers", 23 }, { "read_fifo_queue", 24 }, { "encapsulated_interface_transport", 43 } };
    const char *what = snort3_bare(p, value);
    char text[64];

    if (what == NULL) {
        return false;
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strcmp(rows[i].name, what) == 0) {
            snprintf(text, sizeof text, "%s %u", o->as, rows[i].number);
            return snort3_run_as(p, "modbus", text);
        }
    }
    return (size_t)snprintf(text, sizeof text, "%s %s", o->as, what) < sizeof text ? snort3_run_as(p, "modbus", text)
                                                                                    : parse_fail(p, "%s: the value is too long", o->name);
}

/* "EXPRESSION",nocase,dotall,multiline,relative,fast_pattern */
SNORT_OPTION(snort3_regex)
{
    static const struct {
        const char *word, *flag;
    } flags[] = { { "nocase", "i" }, { "dotall", "s" }, { "multiline", "m" }, { "relative", "R" }, { "fast_pattern", "" } };
    char *at = snort3_blanks(value), *expression, text[4096];
    size_t n;

    p->negated = *at == '!';
    at += p->negated;
    expression = snort3_quoted(p, &at);
    if (expression == NULL) {
        return false;
    }
    n = (size_t)snprintf(text, sizeof text, *expression == '/' ? "%s" : "/%s/", expression);
    while (n < sizeof text && *at == ',') {
        char *word = snort3_blanks(at + 1);
        size_t len = strcspn(word, ", \t"), i = 0;

        while (i < ROWS(flags) && !word_is(bytes_of(word, len), flags[i].word)) {
            i++;
        }
        if (i == ROWS(flags)) {
            return parse_fail(p, "%s: '%.*s' is no option", o->name, (int)len, word);
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", flags[i].flag);
        at = snort3_blanks(word + len);
    }
    if (n >= sizeof text || *at != '\0') {
        return parse_fail(p, "%s: '%.32s' is not understood", o->name, n >= sizeof text ? expression : at);
    }
    return parse_pcre(p, text);
}
