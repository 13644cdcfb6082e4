/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snort/parts.h"

#include "base/file.h"
#include "base/rows.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void snort_config_init(struct snort_config *c)
{
    memset(c, 0, sizeof *c);
    struct text *all[] = { &c->settings, &c->outputs, &c->thresholds, &c->classes, &c->references, &c->unused };
    for (size_t i = 0; i < ROWS(all); i++) {
        text_init(all[i], 0);
    }
    c->folder = strdup(".");
    c->umask = -1;
}

void snort_config_fini(struct snort_config *c)
{
    struct text *all[] = { &c->settings, &c->outputs, &c->thresholds, &c->classes, &c->references, &c->unused };
    for (size_t i = 0; i < ROWS(all); i++) {
        text_fini(all[i]);
    }
    for (unsigned i = 0; i < c->rule_file_n; i++) {
        free(c->rule_file[i]);
    }
    while (c->rules != NULL) {
        struct snort_rules *r = c->rules;
        c->rules = r->next;
        text_fini(&r->text);
        free(r->name);
        free(r);
    }
    while (c->policies != NULL) {
        struct snort_policy *p = c->policies;
        c->policies = p->next;
        free(p->networks);
        free(p);
    }
    while (c->variables != NULL) {
        struct snort_variable *v = c->variables;
        c->variables = v->next;
        free(v->name);
        free(v->value);
        free(v);
    }
    free(c->folder);
}

bool snort_config_read(struct snort_config *c, const char *path, const char *const *chunks, unsigned chunk_n, struct err *err)
{
    size_t n = path != NULL ? strlen(path) : 0;
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    if (slash != NULL) {
        free(c->folder);
        c->folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    }
    if (c->folder == NULL) {
        return err_set(err, "not enough memory");
    }
    c->file = path == NULL ? "--lua" : slash != NULL ? slash + 1 : path;
    bool read = true;
    if (path != NULL && (n < 4 || strcmp(path + n - 4, ".lua") != 0)) {
        c->old = true;
        read = chunk_n == 0 ? snort_conf_read(c, path, err) : err_set(err, "--lua goes with a snort.lua");
    } else if (path != NULL || chunk_n != 0) {
        read = snort_lua_read(c, path, chunks, chunk_n, err);
    }
    parts_end(c);
    return read;
}

/* ---- settings ---- */

static void setting_end(struct snort_config *c)
{
    text_byte(&c->settings, '\0');
    text_printf(&c->settings, "%s%s%s", c->file != NULL ? c->file : "", c->origin != NULL ? ": " : "", c->origin != NULL ? c->origin : "");
    text_byte(&c->settings, '\0');
}

void part_set(struct snort_config *c, const char *key, const char *value)
{
    text_printf(&c->settings, "%s=%s", key, value);
    setting_end(c);
}

void part_unused(struct snort_config *c, const char *format, ...)
{
    char name[256];
    va_list ap;
    size_t n, at = 0;

    va_start(ap, format);
    vsnprintf(name, sizeof name, format, ap);
    va_end(ap);
    n = strlen(name) + 1;
    while (at < c->unused.n) {
        size_t m = strlen(c->unused.p + at) + 1;
        if (n == m && memcmp(c->unused.p + at, name, n) == 0) {
            return;
        }
        at += m;
    }
    text_add(&c->unused, name, n);
}

/* "80 443" and "80,443" are "[80,443]". */
void part_group(struct snort_config *c, const char *group, const char *name, const char *value)
{
    struct text t;
    char key[256];
    bool apart = false, many = false;

    text_init(&t, 0);
    for (const char *p = value; *p != '\0'; p++) {
        if (isspace((unsigned char)*p) || *p == ',') {
            apart = t.n != 0;
            continue;
        }
        if (apart && strchr("[,!", t.p[t.n - 1]) == NULL && *p != ']') {
            text_byte(&t, ',');
            many = true;
        }
        apart = false;
        text_byte(&t, *p);
    }
    snprintf(key, sizeof key, "vars.%s.%s", group, name);
    bool bare = many && t.p[0] != '[' && !(t.p[0] == '!' && t.p[1] == '[');
    text_printf(&c->settings, "%s=%s%.*s%s", key, bare ? "[" : "", (int)t.n, t.n != 0 ? t.p : "", bare ? "]" : "");
    setting_end(c);
    text_fini(&t);
}

void part_variable(struct snort_config *c, const char *name, const char *value)
{
    struct snort_variable *v = calloc(1, sizeof *v);

    if (v != NULL) {
        *v = (struct snort_variable){ .next = c->variables, .name = strdup(name), .value = strdup(value) };
        c->variables = v;
    }
}

static const char *variable(const struct snort_config *c, struct bytes name)
{
    for (const struct snort_variable *v = c->variables; v != NULL; v = v->next) {
        if (v->name != NULL && v->value != NULL && bytes_is(name, v->name)) {
            return v->value;
        }
    }
    return NULL;
}

char *part_expand(const struct snort_config *c, const char *text)
{
    struct text t;
    char *out;

    text_init(&t, 1 << 16);
    while (*text != '\0') {
        size_t n = 0;
        if (*text == '$') {
            const char *name = text + 1 + (text[1] == '(' || text[1] == '{');
            while (isalnum((unsigned char)name[n]) || name[n] == '_') {
                n++;
            }
            const char *value = n != 0 ? variable(c, bytes_of(name, n)) : NULL;
            if (value != NULL) {
                text_str(&t, value);
                text = name + n + (name != text + 1);
                continue;
            }
        }
        text_byte(&t, *text++);
    }
    text_byte(&t, '\0');
    out = t.n != 0 && t.p[t.n - 1] == '\0' ? strdup(t.p) : NULL; /* else memory ran out on the way */
    text_fini(&t);
    return out;
}

char *part_place(const struct snort_config *c, const char *path)
{
    char *below = NULL;

    if (path[0] != '/' && asprintf(&below, "%s/%s", c->folder, path) >= 0) {
        if (access(below, R_OK) == 0 || access(path, R_OK) != 0) {
            return below;
        }
        free(below);
    }
    return strdup(path);
}

/* ---- what means something here ---- */

/* All or none; less than all is all. */
static void set_checksums(struct snort_config *c, const char *value)
{
    struct rd words = rd_of(bytes_str(value));

    for (rd_skip_any(&words, " "); rd_left(&words) != 0; rd_skip_any(&words, " ")) {
        if (!bytes_among(rd_until_any(&words, " "), "all ip noip tcp notcp udp noudp icmp noicmp none")) {
            part_unused(c, "network.checksum_eval %s", value);
            return;
        }
    }
    part_set(c, "pcap-file.checksum-checks", strcmp(value, "none") == 0 ? "no" : "yes");
}

/* Names of Snort's policies and ours; what is not here exists there alone. */
static const char *const policy_names[][2] = {
    { "bsd", "bsd" },         { "bsd-right", "bsd-right" }, { "first", "first" },       { "grannysmith", "macos" }, { "hpux", "hpux11" },         { "hpux10", "hpux10" },
    { "hpux11", "hpux11" },   { "irix", "irix" },           { "last", "last" },         { "linux", "linux" },       { "macos", "macos" },         { "old-linux", "old-linux" },
    { "solaris", "solaris" }, { "vista", "vista" },         { "windows", "windows" },   { "win-2003", "windows2k3" }, { "win2003", "windows2k3" }, { "win2k3", "windows2k3" },
};

/* How streams and fragments are put together is one thing here: of two inspectors the first to name a policy for some networks has it. */
void part_policy(struct snort_config *c, const char *by, const char *policy, const char *networks)
{
    struct snort_policy **at = &c->policies, *p;
    char word[32];
    size_t n = 0, i = 0;

    for (; policy[n] != '\0' && n + 1 < sizeof word; n++) {
        word[n] = policy[n] == '_' ? '-' : (char)tolower((unsigned char)policy[n]);
    }
    word[n] = '\0';
    while (i < ROWS(policy_names) && strcmp(word, policy_names[i][0]) != 0) {
        i++;
    }
    if (i == ROWS(policy_names)) {
        part_unused(c, "%s: policy %s", by, policy);
        return;
    }
    if (strpbrk(networks, "$!") != NULL) {
        part_unused(c, "%s: policy %s for %s: networks as numbers are wanted", by, policy, networks);
        return;
    }
    for (; *at != NULL; at = &(*at)->next) {
        if (strcmp((*at)->networks, networks) != 0) {
            continue;
        }
        if (strcmp((*at)->name, policy_names[i][1]) != 0) {
            part_unused(c, "%s: policy %s, since %s has %s for the same hosts", by, policy, (*at)->by, (*at)->name);
        }
        return;
    }
    if ((p = calloc(1, sizeof *p)) != NULL) {
        *p = (struct snort_policy){ .name = policy_names[i][1], .by = by, .networks = strdup(networks) };
        if (p->networks == NULL) {
            free(p);
            return;
        }
        *at = p;
    }
}

/* A policy's networks are one setting. */
void parts_end(struct snort_config *c)
{
    for (const struct snort_policy *p = c->policies, *q; p != NULL; p = p->next) {
        for (q = c->policies; strcmp(q->name, p->name) != 0; q = q->next) {
        }
        if (q != p) {
            continue; /* it was written with the first of this name */
        }
        text_printf(&c->settings, "host-os-policy.%s=%s", p->name, p->networks);
        for (q = p->next; q != NULL; q = q->next) {
            if (strcmp(q->name, p->name) == 0) {
                text_printf(&c->settings, ",%s", q->networks);
            }
        }
        c->origin = p->by;
        setting_end(c);
        c->origin = NULL;
    }
}

static void set_tcp_policy(struct snort_config *c, const char *value) { part_policy(c, "stream_tcp", value, PART_EVERYWHERE); }
static void set_ip_policy(struct snort_config *c, const char *value) { part_policy(c, "stream_ip", value, PART_EVERYWHERE); }

static void set_mode(struct snort_config *c, const char *value)
{
    static const struct {
        const char *name;
        enum snort_mode mode;
    } modes[] = { { "tap", SNORT_TAP }, { "passive", SNORT_TAP }, { "inline", SNORT_INLINE }, { "inline-test", SNORT_INLINE_TEST }, { "inline_test", SNORT_INLINE_TEST } };

    for (size_t i = 0; i < ROWS(modes); i++) {
        if (strcmp(modes[i].name, value) == 0) {
            c->mode = modes[i].mode;
            return;
        }
    }
    part_unused(c, "the mode %s", value);
}
static void set_builtin(struct snort_config *c, const char *value) { c->builtin = strcmp(value, "no") != 0; }
static void set_daemon(struct snort_config *c, const char *value) { c->daemon = strcmp(value, "no") != 0; }
static void set_utc(struct snort_config *c, const char *value) { c->utc = strcmp(value, "no") != 0; }
static void set_umask(struct snort_config *c, const char *value) { c->umask = (int)strtol(value, NULL, c->old ? 8 : 10); }
static void set_udp(struct snort_config *c, const char *value)
{
    part_set(c, "flow-timeouts.udp.new", value);
    part_set(c, "flow-timeouts.udp.established", value);
}
static void set_icmp(struct snort_config *c, const char *value)
{
    part_set(c, "flow-timeouts.icmp.new", value);
    part_set(c, "flow-timeouts.icmp.established", value);
}
static void set_layers(struct snort_config *c, const char *value)
{
    enum { MOST = 64 }; /* of decoder.max-layers; 0 is no limit there */
    unsigned long n = strtoul(value, NULL, 10);

    part_set(c, "decoder.max-layers", n == 0 || n > MOST ? "64" : value);
}
static void set_nothing(struct snort_config *c, const char *value)
{
    (void)c;
    (void)value;
}

enum { TIMEOUT_MAX = 31536000, FRAGMENT_TIMEOUT_MAX = 86400 };

static const struct value_row {
    const char *path;
    const char *setting;                                        /* its value goes there as it is */
    void (*set)(struct snort_config *c, const char *value);     /* or so */
    unsigned long max;                                          /* what is more there is so much here; 0: its bounds are ours */
} value_rows[] = {
    { "network.checksum_eval", NULL, set_checksums },
    { "network.max_ip_layers", NULL, set_layers },
    { "ips.mode", NULL, set_mode },
    { "ips.enable_builtin_rules", NULL, set_builtin },
    { "ips.id", NULL, set_nothing },
    { "ips.uuid", NULL, set_nothing },
    { "detection.pcre_match_limit", "pcre.match-limit", NULL },
    { "detection.pcre_match_limit_recursion", "pcre.match-limit-recursion", NULL },
    { "event_queue.log", "packet-alert-max", NULL },
    { "event_queue.max_queue", NULL, set_nothing },
    { "output.logdir", "default-log-dir", NULL },
    { "http_inspect.decompress_pdf", "app-layer.file-data.pdf", NULL },
    { "http_inspect.decompress_swf", "app-layer.file-data.swf", NULL },
    { "http_inspect.decompress_zip", "app-layer.file-data.zip", NULL },
    { "process.daemon", NULL, set_daemon },
    { "process.dirty_pig", NULL, set_nothing },
    { "process.set_gid", "run-as.group", NULL },
    { "process.set_uid", "run-as.user", NULL },
    { "process.umask", NULL, set_umask },
    { "process.utc", NULL, set_utc },
    { "stream_tcp.policy", NULL, set_tcp_policy },
    { "stream_tcp.session_timeout", "flow-timeouts.tcp.established", NULL, TIMEOUT_MAX },
    { "stream_tcp.reassemble_async", "stream.async-oneside", NULL },
    { "stream_udp.session_timeout", NULL, set_udp, TIMEOUT_MAX },
    { "stream_icmp.session_timeout", NULL, set_icmp, TIMEOUT_MAX },
    { "stream_ip.policy", NULL, set_ip_policy },
    { "stream_ip.session_timeout", "defrag.timeout", NULL, FRAGMENT_TIMEOUT_MAX },
    { "stream_ip.max_frags", "defrag.max-frags", NULL },
};

bool part_value(struct snort_config *c, const char *path, const char *value)
{
    for (size_t i = 0; i < ROWS(value_rows); i++) {
        const struct value_row *row = &value_rows[i];
        if (strcmp(row->path, path) != 0) {
            continue;
        }
        char most[24];
        if (row->max != 0 && strtoul(value, NULL, 10) > row->max) {
            snprintf(most, sizeof most, "%lu", row->max);
            value = most;
        }
        c->origin = row->path;
        if (row->set != NULL) {
            row->set(c, value);
        } else {
            part_set(c, row->setting, value);
        }
        c->origin = NULL;
        return true;
    }
    return false;
}

void part_bind(struct snort_config *c, const char *inspector, const char *proto, const char *ports)
{
    static const char *const names[][2] = {
        { "http_inspect", "http" }, { "dns", "dns" },       { "ssl", "tls" },       { "ssh", "ssh" },           { "smtp", "smtp" },
        { "imap", "imap" },         { "pop", "pop3" },      { "ftp_server", "ftp" }, { "telnet", "telnet" },    { "sip", "sip" },
        { "modbus", "modbus" },     { "dnp3", "dnp3" },     { "cip", "enip" },      { "dce_smb", "smb" },       { "dce_tcp", "dcerpc" },
        { "dce_udp", "dcerpc" },    { "iec104", "iec104" }, { "http2_inspect", "http2" },
    };
    char key[128];
    struct text t;

    for (size_t i = 0; i < ROWS(names); i++) {
        if (strcmp(names[i][0], inspector) == 0) {
            text_init(&t, 4096);
            for (const char *p = ports; *p != '\0'; p++) {
                bool blank = isspace((unsigned char)*p) || *p == ',';
                text_byte(&t, blank ? ',' : *p);
            }
            text_byte(&t, '\0');
            snprintf(key, sizeof key, "app-layer.protocols.%s.%s.detection-ports.dp", names[i][1], proto);
            part_set(c, key, t.p != NULL ? t.p : "");
            text_fini(&t);
            return;
        }
    }
    part_unused(c, "binder to %s", inspector);
}

/* ---- between hosts ---- */

void part_scan_types(struct snort_config *c, const char *names)
{
    static const char *const other[][2] = { { "decoy_portscan", "decoy" }, { "distributed_portscan", "distributed" } };
    struct rd r = rd_of(bytes_str(names));
    struct text words;

    text_init(&words, 4096);
    for (rd_skip_any(&r, " \t\n,"); rd_left(&r) != 0; rd_skip_any(&r, " \t\n,")) {
        struct bytes word = rd_until_any(&r, " \t\n,");
        size_t i = 0;
        while (i < ROWS(other) && !bytes_is(word, other[i][0])) {
            i++;
        }
        text_str(&words, words.n != 0 ? " " : "");
        word = i < ROWS(other) ? bytes_str(other[i][1]) : word;
        text_add(&words, word.p, word.n);
    }
    text_byte(&words, '\0');
    part_set(c, "port-scan.types", words.n != 0 ? words.p : "");
    text_fini(&words);
}

void part_arp_host(struct snort_config *c, const char *address, const char *mac)
{
    char key[64], value[128];

    snprintf(key, sizeof key, "arp-spoof.hosts.%u", c->arp_host_n++);
    snprintf(value, sizeof value, "%s %s", address, mac);
    part_set(c, key, value);
}

void part_list(struct snort_config *c, const char *file, const char *action)
{
    char key[64], *expanded = part_expand(c, file), *path = expanded != NULL ? part_place(c, expanded) : NULL;

    if (path != NULL) {
        snprintf(key, sizeof key, "address-lists.lists.%u.file", c->list_n);
        part_set(c, key, path);
        snprintf(key, sizeof key, "address-lists.lists.%u.action", c->list_n++);
        part_set(c, key, action);
    }
    free(expanded);
    free(path);
}

/* ---- outputs ---- */

void part_option(struct text *t, const char *key, const char *value)
{
    text_printf(t, "      %s: '", key);
    for (; *value != '\0'; value++) {
        text_str(t, *value == '\'' ? "'" : "");
        text_byte(t, *value);
    }
    text_str(t, "'\n");
}

void part_limit(struct text *t, const char *key, const char *value, const char *unit)
{
    char size[64];

    if (strcmp(value, "0") != 0) {
        snprintf(size, sizeof size, "%.40s%s", value, unit);
        part_option(t, key, size);
    }
}

void snort_output_add(struct snort_config *c, const char *name, bool file, const char *options)
{
    text_printf(&c->outputs, "  - %s:\n      enabled: yes\n", name);
    if (strncmp(name, "alert_", 6) == 0) {
        text_printf(&c->outputs, "      filetype: %s\n%s%s", file ? "regular" : "console", c->old ? "      old: yes\n" : "", c->letters != NULL ? c->letters : "");
    }
    text_str(&c->outputs, options);
}

/* ---- rules ---- */

static bool rules_file(struct snort_config *c, const char *path, unsigned depth, struct err *err);

static bool starts_include(struct bytes line) { return bytes_starts(line, "include ") || bytes_starts(line, "include\t"); }

/* Those of a file; new: behind all others. */
static struct snort_rules *rules_named(struct snort_config *c, const char *name)
{
    struct snort_rules **at = &c->rules;

    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL && (*at = calloc(1, sizeof **at)) != NULL) {
        text_init(&(*at)->text, 0);
        if (((*at)->name = strdup(name)) == NULL) {
            free(*at);
            *at = NULL;
        }
    }
    return *at;
}

static void rules_line(struct snort_rules *own, struct bytes line)
{
    text_add(&own->text, line.p, line.n);
    text_byte(&own->text, '\n');
    own->lines++;
}

void part_rule(struct snort_config *c, const char *name, unsigned line, const char *action, struct bytes rest)
{
    struct snort_rules *own = rules_named(c, name);

    while (own != NULL && own->lines + 1 < line) {
        rules_line(own, bytes_none());
    }
    if (own != NULL) {
        text_printf(&own->text, "%s ", action);
        rules_line(own, rest);
    }
}

bool part_rules_text(struct snort_config *c, const char *name, struct bytes text, unsigned depth, struct err *err)
{
    struct snort_rules *own = rules_named(c, name);
    struct rd r = rd_of(text);
    bool found = true;

    if (own == NULL) {
        return err_set(err, "not enough memory");
    }
    while (rd_left(&r) != 0) {
        struct bytes whole = rd_line(&r, &found), line = bytes_trim(whole, " \t\r");
        rules_line(own, starts_include(line) ? bytes_none() : whole);
        if (!starts_include(line)) {
            continue;
        }
        char file[1024];
        struct bytes what = bytes_trim(bytes_from(line, 8), " \t'\"");
        snprintf(file, sizeof file, "%.*s", (int)(what.n < sizeof file ? what.n : sizeof file - 1), (const char *)what.p);
        char *expanded = part_expand(c, file), *path = expanded != NULL ? part_place(c, expanded) : NULL;
        bool ok = path != NULL && rules_file(c, path, depth + 1, err);
        free(expanded);
        free(path);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool rules_include(struct bytes text)
{
    struct rd r = rd_of(text);
    bool found = true;

    while (found && rd_left(&r) != 0) {
        if (starts_include(bytes_trim(rd_line(&r, &found), " \t"))) {
            return true;
        }
    }
    return false;
}

static bool rules_file(struct snort_config *c, const char *path, unsigned depth, struct err *err)
{
    struct bytes text;
    struct err no;

    if (depth > SNORT_DEPTH_MAX) {
        return err_set(err, "%s: more than %d includes deep", path, SNORT_DEPTH_MAX);
    }
    if (file_read(path, SNORT_FILE_MAX, &text, &no)) { /* what cannot be read so is told where rules are read */
        bool includes = rules_include(text);
        bool ok = !includes || part_rules_text(c, path, text, depth, err);
        file_free(text);
        if (includes || !ok) {
            return ok;
        }
    }
    if (c->rule_file_n == SNORT_RULE_FILES_MAX) {
        return err_set(err, "more than %d rule files", SNORT_RULE_FILES_MAX);
    }
    c->rule_file[c->rule_file_n] = strdup(path);
    return c->rule_file[c->rule_file_n++] != NULL || err_set(err, "not enough memory");
}

bool snort_rules_add(struct snort_config *c, const char *path, struct err *err) { return rules_file(c, path, 0, err); }
