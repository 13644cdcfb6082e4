/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf - snort.conf of Snort 2: a directive a line, continued behind a backslash. */
#include "snort/parts.h"

#include "base/file.h"
#include "base/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_ROOM = 65536 };

struct conf_reading {
    struct snort_config *c;
    const char *file;
    uint32_t line;
    unsigned depth;
    struct err *err;
};

static bool file_take(struct conf_reading *g, const char *path);

/* The first word of a line taken off; what is left begins with no blank. */
static struct bytes word_take(struct bytes *rest)
{
    size_t n = 0;

    while (n < rest->n && !isspace(rest->p[n])) {
        n++;
    }
    struct bytes word = bytes_head(*rest, n);
    *rest = bytes_trim(bytes_from(*rest, n), " \t\r");
    return word;
}

/* What stands before a colon; behind it is what is left. */
static struct bytes colon_take(struct bytes *rest)
{
    struct bytes name = bytes_head(*rest, bytes_find_byte(*rest, ':'));

    *rest = bytes_trim(bytes_from(*rest, name.n + 1), " \t");
    return bytes_trim(name, " \t");
}

static const char *as_text(struct bytes b, char *room, size_t n)
{
    snprintf(room, n, "%.*s", (int)(b.n < n ? b.n : n - 1), (const char *)b.p);
    return room;
}

/* The value behind a key in "key value, key value" or "key value key value"; NULL: it is not there. */
static const char *option(struct bytes options, const char *key, char *room, size_t n)
{
    struct rd r = rd_of(options);

    for (;;) {
        rd_skip_any(&r, " \t,");
        if (rd_left(&r) == 0) {
            return NULL;
        }
        struct bytes word = rd_until_any(&r, " \t,");
        if (bytes_is_nocase(word, key)) {
            rd_skip_any(&r, " \t");
            return as_text(rd_until_any(&r, " \t,"), room, n);
        }
    }
}

/* ---- variables ---- */

/* Written as addresses are: var names paths and addresses alike. */
static bool is_addresses(const char *v)
{
    bool digits = strcmp(v, "any") == 0 || strchr(v, '$') != NULL || strchr(v, ':') != NULL;

    for (const char *p = v; *p != '\0'; p++) {
        digits |= isdigit((unsigned char)*p) != 0;
        if (strchr("0123456789abcdefABCDEF.:/,!$[]_ ", *p) == NULL && !isalpha((unsigned char)*p)) {
            return false;
        }
    }
    return digits && strncmp(v, "..", 2) != 0 && v[0] != '/' && v[0] != '.';
}

static bool take_var(struct conf_reading *g, const char *word, struct bytes rest)
{
    struct bytes name = word_take(&rest);
    char room[256], *value = rest.n != 0 ? strndup((const char *)rest.p, rest.n) : NULL;

    as_text(name, room, sizeof room);
    if (value == NULL || name.n == 0) {
        free(value);
        return err_set(g->err, "%s:%u: %s NAME VALUE is wanted", g->file, g->line, word);
    }
    if (strcmp(word, "var") == 0) {
        char *path = part_expand(g->c, value);
        part_variable(g->c, room, path != NULL ? path : value);
        free(path);
    }
    if (strcmp(word, "portvar") == 0) {
        part_group(g->c, "port-groups", room, value);
    } else if (strcmp(word, "ipvar") == 0 || is_addresses(value)) {
        part_group(g->c, "address-groups", room, value);
    }
    free(value);
    return true;
}

static bool take_include(struct conf_reading *g, const char *word, struct bytes rest)
{
    char name[1024];

    (void)word;
    char *expanded = part_expand(g->c, as_text(rest, name, sizeof name));
    char *path = expanded != NULL ? part_place(g->c, expanded) : NULL;
    size_t n = path != NULL ? strlen(path) : 0;
    bool ok = path != NULL || err_set(g->err, "not enough memory");

    if (ok && n > 6 && strcmp(path + n - 6, ".rules") == 0) {
        ok = snort_rules_add(g->c, path, g->err);
    } else if (ok) {
        struct conf_reading below = { .c = g->c, .depth = g->depth + 1, .err = g->err };
        ok = file_take(&below, path);
    }
    free(expanded);
    free(path);
    return ok;
}

/* ---- config ---- */

static const struct {
    const char *name, *path;   /* path: as part_value has it; NULL: nothing is missed without it */
} config_rows[] = {
    { "checksum_mode", "network.checksum_eval" }, { "logdir", "output.logdir" }, { "pcre_match_limit", "detection.pcre_match_limit" },
    { "pcre_match_limit_recursion", "detection.pcre_match_limit_recursion" }, { "policy_mode", "ips.mode" },
    { "set_uid", "process.set_uid" }, { "set_gid", "process.set_gid" }, { "umask", "process.umask" }, { "daemon", "process.daemon" }, { "utc", "process.utc" },
    { "disable_decode_alerts", NULL }, { "disable_tcpopt_experimental_alerts", NULL }, { "disable_tcpopt_obsolete_alerts", NULL },
    { "disable_tcpopt_ttcp_alerts", NULL }, { "disable_tcpopt_alerts", NULL }, { "disable_ipopt_alerts", NULL }, { "enable_decode_oversized_alerts", NULL },
    { "detection", NULL }, { "paf_max", NULL }, { "daq", NULL }, { "daq_dir", NULL }, { "daq_mode", NULL }, { "daq_var", NULL }, { "pkt_count", NULL },
};

static bool take_config(struct conf_reading *g, const char *word, struct bytes rest)
{
    struct bytes value = rest, name = colon_take(&value);
    char room[256], text[4096];

    (void)word;
    as_text(name, room, sizeof room);
    as_text(value, text, sizeof text);
    if (strcmp(room, "classification") == 0 || strcmp(room, "reference") == 0) {
        struct text *to = room[0] == 'c' ? &g->c->classes : &g->c->references;
        text_printf(to, "config %s: %s\n", room, text);
        return true;
    }
    if (strcmp(room, "autogenerate_preprocessor_decoder_rules") == 0) {
        g->c->builtin = true;
        return true;
    }
    if (strcmp(room, "event_queue") == 0) {
        const char *log = option(value, "log", text, sizeof text);
        return log == NULL || part_value(g->c, "event_queue.log", log);
    }
    for (size_t i = 0; i < ROWS(config_rows); i++) {
        if (strcmp(config_rows[i].name, room) == 0) {
            return config_rows[i].path == NULL || part_value(g->c, config_rows[i].path, text);
        }
    }
    part_unused(g->c, "config %s", room);
    return true;
}

/* ---- preprocessors ---- */

static const struct {
    const char *preprocessor, *key, *path;
} preprocessor_rows[] = {
    { "stream5_tcp", "timeout", "stream_tcp.session_timeout" },
    { "stream5_udp", "timeout", "stream_udp.session_timeout" }, { "stream5_icmp", "timeout", "stream_icmp.session_timeout" },
    { "frag3_engine", "timeout", "stream_ip.session_timeout" },
    { "frag3_global", "max_frags", "stream_ip.max_frags" },
};
/* What is done here without being asked. */
static const char preprocessors_natural[] = " stream5_global stream5_ip http_inspect ftp_telnet ftp_telnet_protocol smtp ssh dcerpc2"
                                            " dcerpc2_server dns ssl sip imap pop modbus dnp3 normalize_ip4 normalize_tcp normalize_icmp4 normalize_ip6"
                                            " normalize_icmp6 rpc_decode gtp sensitive_data ";

/* sfportscan: proto { all } scan_type { all } sense_level { low } memcap { … } ignore_scanners { … } */
static void take_sfportscan(struct snort_config *c, struct bytes options)
{
    static const char *const keys[][2] = { { "proto", "port-scan.protocols" },       { "sense_level", "port-scan.sense-level" }, { "memcap", "port-scan.memcap" },
                                           { "watch_ip", "port-scan.watch-ip" },     { "ignore_scanners", "port-scan.ignore-scanners" },
                                           { "ignore_scanned", "port-scan.ignore-scanned" }, { "scan_type", NULL } };
    struct rd r = rd_of(options);

    part_set(c, "port-scan.enabled", "yes");
    for (rd_skip_any(&r, " \t,"); rd_left(&r) != 0; rd_skip_any(&r, " \t,}")) {
        struct bytes key = rd_until_any(&r, " \t{,");
        char text[512];
        rd_skip_any(&r, " \t");
        if (!bytes_starts(rd_peek(&r), "{")) {
            continue; /* a switch: detect_ack_scans */
        }
        rd_skip(&r, 1);
        as_text(bytes_trim(rd_until_any(&r, "}"), " \t"), text, sizeof text);
        for (size_t i = 0; i < ROWS(keys); i++) {
            if (!bytes_is(key, keys[i][0])) {
                continue;
            }
            if (keys[i][1] == NULL) {
                part_scan_types(c, text);
            } else {
                part_set(c, keys[i][1], text);
            }
        }
    }
}

/* reputation: blacklist FILE, whitelist FILE, priority whitelist, scan_local */
static void take_reputation(struct snort_config *c, struct bytes options)
{
    static const char *const lists[][2] = { { "blacklist", "block" }, { "whitelist", "allow" } };
    char file[1024], priority[32];

    part_set(c, "address-lists.enabled", "yes");
    for (size_t i = 0; i < ROWS(lists); i++) {
        if (option(options, lists[i][0], file, sizeof file) != NULL) {
            part_list(c, file, lists[i][1]);
        }
    }
    const char *first = option(options, "priority", priority, sizeof priority);
    part_set(c, "address-lists.priority", first != NULL && strcmp(first, "blacklist") == 0 ? "block" : "allow");
    part_set(c, "address-lists.scan-local", bytes_find(options, bytes_str("scan_local")) != SIZE_MAX ? "yes" : "no");
    part_set(c, "address-lists.trust", bytes_find(options, bytes_str("white trust")) != SIZE_MAX ? "yes" : "no");
}

/* arpspoof_detect_host: ADDRESS HARDWARE-ADDRESS */
static void take_arp_host(struct snort_config *c, struct bytes options)
{
    struct bytes rest = options, address = word_take(&rest);
    char a[64], mac[64];

    part_arp_host(c, as_text(address, a, sizeof a), as_text(rest, mac, sizeof mac));
}

static void take_arpspoof(struct snort_config *c, struct bytes options)
{
    (void)options;
    part_set(c, "arp-spoof.enabled", "yes");
}

/* "policy windows, bind_to [10.1.0.0/16,10.2.0.0/16]": without networks it is for all that no other one names. */
static void take_target(struct snort_config *c, const char *by, struct bytes options)
{
    char policy[32];
    struct rd r = rd_of(options);
    struct text t;

    if (option(options, "policy", policy, sizeof policy) == NULL) {
        return;
    }
    text_init(&t, LINE_ROOM);
    for (rd_skip_any(&r, " \t,"); rd_left(&r) != 0; rd_skip_any(&r, " \t,")) {
        if (bytes_is_nocase(rd_until_any(&r, " \t,"), "bind_to")) {
            rd_skip_any(&r, " \t");
            bool list = bytes_starts(rd_peek(&r), "[");
            rd_skip(&r, list);
            struct bytes nets = rd_until_any(&r, list ? "]" : " \t,");
            text_add(&t, nets.p, nets.n);
        }
    }
    text_byte(&t, '\0');
    part_policy(c, by, policy, t.n > 1 && strcmp(t.p, "any") != 0 ? t.p : PART_EVERYWHERE);
    text_fini(&t);
}

static void take_tcp(struct snort_config *c, struct bytes options) { take_target(c, "stream5_tcp", options); }
static void take_frag(struct snort_config *c, struct bytes options) { take_target(c, "frag3_engine", options); }

/* "decompress_pdf { deflate }" */
static void take_http_server(struct snort_config *c, struct bytes options)
{
    static const char *const names[] = { "decompress_pdf", "decompress_swf" };

    for (size_t i = 0; i < ROWS(names); i++) {
        char path[64];
        snprintf(path, sizeof path, "http_inspect.%s", names[i]);
        if (bytes_find(options, bytes_str(names[i])) != SIZE_MAX) {
            (void)part_value(c, path, "yes");
        }
    }
}

static const struct {
    const char *preprocessor;
    void (*take)(struct snort_config *c, struct bytes options);
} preprocessor_takers[] = { { "stream5_tcp", take_tcp }, { "frag3_engine", take_frag }, { "http_inspect_server", take_http_server }, { "sfportscan", take_sfportscan }, { "reputation", take_reputation }, { "arpspoof", take_arpspoof },
                            { "arpspoof_detect_host", take_arp_host } };

static bool take_preprocessor(struct conf_reading *g, const char *word, struct bytes rest)
{
    struct bytes options = rest, name = colon_take(&options);
    char room[80], text[256], spaced[82];
    bool known = false;

    (void)word;
    as_text(name, room, sizeof room);
    for (size_t i = 0; i < ROWS(preprocessor_rows); i++) {
        if (strcmp(preprocessor_rows[i].preprocessor, room) == 0) {
            const char *v = option(options, preprocessor_rows[i].key, text, sizeof text);
            known = true;
            if (v != NULL) {
                (void)part_value(g->c, preprocessor_rows[i].path, v);
            }
        }
    }
    for (size_t i = 0; i < ROWS(preprocessor_takers); i++) {
        if (strcmp(preprocessor_takers[i].preprocessor, room) == 0) {
            known = true;
            preprocessor_takers[i].take(g->c, options);
        }
    }
    snprintf(spaced, sizeof spaced, " %s ", room);
    if (!known && strstr(preprocessors_natural, spaced) == NULL) {
        part_unused(g->c, "preprocessor %s", room);
    }
    return true;
}

/* ---- outputs ---- */

/* Where the last word begins. */
static size_t last_blank(struct bytes b)
{
    size_t n = b.n;

    while (n != 0 && !isspace(b.p[n - 1])) {
        n--;
    }
    return n;
}

static void output_file(struct snort_config *c, const char *name, struct bytes arguments, const char *fields)
{
    struct rd r = rd_of(arguments);
    char file[1024];
    struct text t;

    as_text(rd_until_any(&r, " \t,"), file, sizeof file);
    struct bytes rest = rd_rest(&r);
    text_init(&t, 4096);
    if (file[0] != '\0' && strcmp(file, "stdout") != 0) {
        part_option(&t, "filename", file);
    }
    if (fields != NULL) {
        part_option(&t, "separator", ",");
        part_option(&t, "fields", fields);
    }
    if (option(arguments, "packet", (char[8]){ 0 }, 8) != NULL) {
        text_str(&t, "      packet: yes\n");
    }
    /* The last word may be the size of a file: "128M". */
    struct bytes last = bytes_from(rest, last_blank(rest));
    size_t digits = 0;
    while (digits < last.n && isdigit(last.p[digits])) {
        digits++;
    }
    if (digits != 0 && digits + 1 >= last.n) {
        static const char *const units[][2] = { { "G", "gb" }, { "M", "mb" }, { "K", "kb" }, { "", "" } };
        char number[24];
        for (size_t i = 0; i < ROWS(units); i++) {
            if (bytes_is_nocase(bytes_from(last, digits), units[i][0])) {
                part_limit(&t, "rotate-size", as_text(bytes_head(last, digits), number, sizeof number), units[i][1]);
            }
        }
    }
    text_byte(&t, '\0');
    snort_output_add(c, name, strcmp(file, "stdout") != 0, t.p);
    text_fini(&t);
}

/* "alert_csv: FILE timestamp,msg,…": Snort 2's names of fields are other ones. */
static void output_csv(struct snort_config *c, struct bytes arguments)
{
    static const char *const names[][2] = {
        { "timestamp", "timestamp" }, { "sig_generator", "gid" }, { "sig_id", "sid" },  { "sig_rev", "rev" },     { "msg", "msg" },       { "proto", "proto" },
        { "src", "src_addr" },        { "srcport", "src_port" },  { "dst", "dst_addr" }, { "dstport", "dst_port" }, { "ethsrc", "eth_src" }, { "ethdst", "eth_dst" },
        { "ethlen", "eth_len" },      { "tcpflags", "tcp_flags" }, { "tcpseq", "tcp_seq" }, { "tcpack", "tcp_ack" }, { "tcplen", "tcp_len" }, { "tcpwindow", "tcp_win" },
        { "ttl", "ttl" },             { "tos", "tos" },           { "id", "ip_id" },     { "dgmlen", "pkt_len" },  { "iplen", "ip_len" },   { "icmptype", "icmp_type" },
        { "icmpcode", "icmp_code" },  { "icmpid", "icmp_id" },    { "icmpseq", "icmp_seq" },
    };
    struct rd r = rd_of(arguments);
    struct text t;

    text_init(&t, 4096);
    (void)rd_until_any(&r, " \t");
    for (rd_skip_any(&r, " \t,"); rd_left(&r) != 0; rd_skip_any(&r, " \t,")) {
        struct bytes word = rd_until_any(&r, " \t,");
        for (size_t i = 0; i < ROWS(names); i++) {
            if (bytes_is(word, names[i][0]) || bytes_is(word, "default")) {
                text_printf(&t, "%s ", names[i][1]);
            }
        }
    }
    text_byte(&t, '\0');
    output_file(c, "alert_csv", arguments, t.n > 1 ? t.p : NULL);
    text_fini(&t);
}

/* "unified2: filename snort.log, limit 128": in MB. */
static void output_unified2(struct snort_config *c, struct bytes arguments)
{
    char file[1024], limit[24];
    struct text t;

    text_init(&t, 4096);
    part_option(&t, "filename", option(arguments, "filename", file, sizeof file) != NULL ? file : "snort.unified2");
    if (option(arguments, "limit", limit, sizeof limit) != NULL) {
        part_limit(&t, "limit", limit, "mb");
    }
    text_byte(&t, '\0');
    snort_output_add(c, "unified2", true, t.p);
    text_fini(&t);
}

static bool take_output(struct conf_reading *g, const char *word, struct bytes rest)
{
    struct bytes arguments = rest, name = colon_take(&arguments);
    char file[1024];

    (void)word;
    if (bytes_is(name, "alert_fast") || bytes_is(name, "alert_full")) {
        output_file(g->c, bytes_is(name, "alert_fast") ? "alert_fast" : "alert_full", arguments, NULL);
    } else if (bytes_is(name, "alert_csv")) {
        output_csv(g->c, arguments);
    } else if (bytes_is(name, "unified2") || bytes_is(name, "alert_unified2")) {
        output_unified2(g->c, arguments);
    } else if (bytes_is(name, "log_tcpdump")) {
        as_text(word_take(&arguments), file, sizeof file);
        text_str(&g->c->outputs, "  - pcap-log:\n      enabled: yes\n      conditional: alerts\n");
        part_option(&g->c->outputs, "filename", file[0] != '\0' ? file : "tcpdump.log");
    } else {
        part_unused(g->c, "output %s", as_text(name, file, sizeof file));
    }
    return true;
}

/* ---- lines ---- */

static bool take_filter(struct conf_reading *g, const char *word, struct bytes rest)
{
    text_printf(&g->c->thresholds, "%s %.*s\n", word, (int)rest.n, (const char *)rest.p);
    return true;
}

static bool take_rule(struct conf_reading *g, const char *word, struct bytes rest)
{
    part_rule(g->c, g->file, g->line, word, rest);
    return true;
}

static bool take_nothing(struct conf_reading *g, const char *word, struct bytes rest)
{
    (void)rest;
    part_unused(g->c, "%s", word);
    return true;
}

static const struct {
    const char *word;
    bool (*take)(struct conf_reading *g, const char *word, struct bytes rest);
} directives[] = {
    { "var", take_var },          { "ipvar", take_var },        { "portvar", take_var },   { "include", take_include }, { "config", take_config },
    { "output", take_output },    { "suppress", take_filter },  { "event_filter", take_filter }, { "threshold", take_filter },
    { "rate_filter", take_filter }, { "alert", take_rule },     { "log", take_rule },      { "pass", take_rule },       { "drop", take_rule },
    { "reject", take_rule },      { "sdrop", take_rule },       { "preprocessor", take_preprocessor },                  { "dynamicpreprocessor", take_nothing },
    { "dynamicengine", take_nothing }, { "dynamicdetection", take_nothing }, { "attribute_table", take_nothing }, { "file", take_nothing },
    { "ruletype", take_nothing }, { "activate", take_nothing }, { "dynamic", take_nothing }, { "rule_state", take_nothing }, { "sidechannel", take_nothing },
};

static bool line_take(struct conf_reading *g, struct bytes line)
{
    struct bytes rest = line, word = word_take(&rest);

    for (size_t i = 0; i < ROWS(directives); i++) {
        if (bytes_is(word, directives[i].word)) {
            return directives[i].take(g, directives[i].word, rest);
        }
    }
    return err_set(g->err, "%s:%u: '%.*s' is no directive", g->file, g->line, (int)(word.n < 64 ? word.n : 64), (const char *)word.p);
}

static bool lines_take(struct conf_reading *g, struct bytes text, char *joined)
{
    struct rd r = rd_of(text);
    uint32_t number = 0;
    size_t have = 0;
    bool found;

    while (rd_left(&r) != 0) {
        struct bytes one = bytes_trim(rd_line(&r, &found), " \t\r");
        number++;
        if (have == 0) {
            g->line = number;
        }
        if (have == 0 && (one.n == 0 || one.p[0] == '#' || one.p[0] == ';')) {
            continue;
        }
        bool more = one.n != 0 && one.p[one.n - 1] == '\\' && rd_left(&r) != 0;
        one = more ? bytes_head(one, one.n - 1) : one;
        if (have + one.n + 1 > LINE_ROOM) {
            return err_set(g->err, "%s:%u: longer than %d bytes", g->file, g->line, LINE_ROOM);
        }
        memcpy(joined + have, one.p, one.n);
        have += one.n;
        if (more) {
            joined[have++] = ' ';
            continue;
        }
        if (!line_take(g, bytes_trim(bytes_of(joined, have), " \t"))) {
            return false;
        }
        have = 0;
    }
    return true;
}

static bool text_take(struct conf_reading *g, struct bytes text)
{
    char *joined = malloc(LINE_ROOM);
    bool ok = joined != NULL ? lines_take(g, text, joined) : err_set(g->err, "%s: not enough memory", g->file);

    free(joined);
    return ok;
}

static bool file_take(struct conf_reading *g, const char *path)
{
    struct bytes text;

    g->file = path;
    if (g->depth > SNORT_DEPTH_MAX) {
        return err_set(g->err, "%s: more than %d includes deep", path, SNORT_DEPTH_MAX);
    }
    if (!file_read(path, SNORT_FILE_MAX, &text, g->err)) {
        return false;
    }
    bool ok = text_take(g, text);
    file_free(text);
    return ok;
}

bool snort_conf_text(struct snort_config *c, const char *name, struct bytes text, struct err *err)
{
    struct conf_reading g = { .c = c, .file = name, .err = err };

    return text_take(&g, text);
}

bool snort_conf_read(struct snort_config *c, const char *path, struct err *err)
{
    struct conf_reading g = { .c = c, .err = err };

    return file_take(&g, path);
}
