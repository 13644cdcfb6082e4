/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_outputs - the list of outputs: which sinks there are, and what they ask of everybody else. */
#include "config/vars.h"
#include "detect/alert_snort.h"
#include "engine/settings_eve.h"

#include <stdlib.h>
#include <string.h>

/* What is neither yes nor no is no, as Suricata has it. */
static bool switched_on(const struct conf *conf, const struct conf_node *at, struct log *log)
{
    const struct conf_node *n = conf_read(conf, at, "enabled");
    bool on = false;

    if (n != NULL && conf_value(n) != NULL && !conf_text_bool(conf_value(n), &on)) {
        struct conf_place p = conf_place(n);
        log_say(log, LOG_WARNING, "%s:%u:%u: %s: '%s' is not yes or no: it is off", p.file, p.line, p.column, conf_name(at), conf_value(n));
    }
    return on;
}

/* All below is understood, or not looked at. */
static void all_read(struct conf *conf, const struct conf_node *at)
{
    char path[512];

    (void)conf_path(at, path, sizeof path - 4);
    strcat(path, ".**");
    conf_mark_used(conf, path);
}

static bool wrong(const struct conf_node *n, const char *want, struct err *err)
{
    struct conf_place p = conf_place(n);

    return err_set(err, "%s:%u:%u: %s: '%s' is not %s", p.file, p.line, p.column, conf_name(n), conf_value(n), want);
}

/* A value below an output; NULL: not there. */
static const struct conf_node *value_of(const struct conf *conf, const struct conf_node *at, const char *key)
{
    const struct conf_node *n = conf_read(conf, at, key);

    return n != NULL && conf_value(n) != NULL ? n : NULL;
}

static bool read_bool(const struct conf *conf, const struct conf_node *at, const char *key, bool *to, struct err *err)
{
    const struct conf_node *n = value_of(conf, at, key);

    return n == NULL || conf_text_bool(conf_value(n), to) || wrong(n, "yes or no", err);
}

struct word {
    const char *name;
    int value;
};

static bool read_word(const struct conf_node *n, const struct word *words, const char *want, int *to, struct err *err)
{
    for (; n != NULL && words->name != NULL; words++) {
        if (strcasecmp(words->name, conf_value(n)) == 0) {
            *to = words->value;
            return true;
        }
    }
    return n == NULL || wrong(n, want, err);
}

/* "minute", "hour", "day", or seconds with a unit. */
static bool read_interval(const struct conf_node *n, uint32_t *to, struct err *err)
{
    static const struct word words[] = { { "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { NULL, 0 } };
    int seconds = 0;
    struct err ignored;

    if (n == NULL || conf_text_seconds(conf_value(n), to)) {
        return true;
    }
    if (!read_word(n, words, "", &seconds, &ignored)) {
        return wrong(n, "minute, hour, day or a time", err);
    }
    *to = (uint32_t)seconds;
    return true;
}

/* At rotate-size a file is put aside; of those rotate-keep stay. */
static bool aside_read(struct sink_settings *sink, const struct conf *conf, const struct conf_node *at, struct err *err)
{
    const struct conf_node *size = value_of(conf, at, "rotate-size"), *keep = value_of(conf, at, "rotate-keep");
    uint64_t n = 0;

    if (size != NULL && !conf_text_size(conf_value(size), &sink->size)) {
        return wrong(size, "a size", err);
    }
    if (keep != NULL && (!conf_text_u64(conf_value(keep), &n) || n > 65536)) {
        return wrong(keep, "a number up to 65536", err);
    }
    sink->keep = (uint32_t)n;
    return true;
}

static bool redis_read(struct redis_settings *x, const struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    static const struct word modes[] = { { "list", REDIS_LPUSH }, { "lpush", REDIS_LPUSH }, { "rpush", REDIS_RPUSH }, { "channel", REDIS_PUBLISH },
                                         { "publish", REDIS_PUBLISH }, { "xadd", REDIS_XADD }, { "stream", REDIS_XADD }, { NULL, 0 } };
    const struct conf_node *redis = conf_child(conf, at, "redis");
    uint64_t port = 6379;
    int mode = REDIS_LPUSH;

    *x = (struct redis_settings){ .server = "127.0.0.1", .key = "suricata", .maxlen = 100000 };
    if (redis != NULL) {
        const struct conf_node *server = value_of(conf, redis, "server"), *key = value_of(conf, redis, "key"), *number = value_of(conf, redis, "port");
        const struct conf_node *most = value_of(conf, redis, "stream-maxlen");
        x->server = server != NULL ? conf_value(server) : x->server;
        x->key = key != NULL ? conf_value(key) : x->key;
        const struct conf_node *user = value_of(conf, redis, "username"), *password = value_of(conf, redis, "password");
        x->username = user != NULL ? conf_value(user) : NULL;
        x->password = password != NULL ? conf_value(password) : NULL;
        if (x->username != NULL && strlen(x->username) > 256) {
            return wrong(user, "a name of at most 256 bytes", err);
        }
        if (x->password != NULL && strlen(x->password) > 512) {
            struct conf_place p = conf_place(password);
            return err_set(err, "%s:%u:%u: password: more than 512 bytes", p.file, p.line, p.column);
        }
        if (x->username != NULL && x->password == NULL) {
            struct conf_place p = conf_place(user);
            log_say(log, LOG_WARNING, "%s:%u:%u: redis.username without a password: who we are is not said", p.file, p.line, p.column);
        }
        if (number != NULL && (!conf_text_u64(conf_value(number), &port) || port == 0 || port > 65535)) {
            return wrong(number, "a port", err);
        }
        if (most != NULL && !conf_text_u64(conf_value(most), &x->maxlen)) {
            return wrong(most, "a number", err);
        }
        if (!read_word(value_of(conf, redis, "mode"), modes, "list, lpush, rpush, channel, publish, xadd or stream", &mode, err) ||
            !read_bool(conf, redis, "stream-trim-exact", &x->exact, err)) {
            return false;
        }
        if (strlen(x->key) > 256) {
            return wrong(key, "a key of at most 256 bytes", err);
        }
    }
    x->port = (uint32_t)port;
    x->mode = (enum redis_mode)mode;
    return true;
}

static bool sink_read(struct sink_settings *sink, const struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    static const struct word types[] = { { "regular", SINK_FILE }, { "file", SINK_FILE }, { "console", SINK_CONSOLE },
                                         { "unix_stream", SINK_UNIX_STREAM }, { "unix_dgram", SINK_UNIX_DGRAM }, { "syslog", SINK_SYSLOG }, { "redis", SINK_REDIS }, { NULL, 0 } };
    enum { LOCAL0 = 128, ERROR = 3 };
    static const struct word facilities[] = { { "kern", 0 }, { "user", 8 }, { "mail", 16 }, { "daemon", 24 }, { "auth", 32 }, { "syslog", 40 },
                                              { "lpr", 48 }, { "news", 56 }, { "uucp", 64 }, { "cron", 72 }, { "authpriv", 80 }, { "ftp", 88 },
                                              { "local0", LOCAL0 }, { "local1", 136 }, { "local2", 144 }, { "local3", 152 }, { "local4", 160 },
                                              { "local5", 168 }, { "local6", 176 }, { "local7", 184 }, { NULL, 0 } }; /* RFC 5424 6.2.1, times eight */
    static const struct word levels[] = { { "emergency", 0 }, { "alert", 1 }, { "critical", 2 }, { "error", ERROR }, { "warning", 4 }, { "notice", 5 },
                                          { "info", 6 }, { "debug", 7 }, { NULL, 0 } };
    const struct conf_node *file = value_of(conf, at, "filename"), *mode = value_of(conf, at, "filemode"), *prefix = value_of(conf, at, "prefix");
    const struct conf_node *identity = value_of(conf, at, "identity"), *socket = value_of(conf, at, "syslog-socket");
    int type = SINK_FILE;
    char *end;

    sink->append = true;
    sink->syslog = (struct syslog_settings){ identity != NULL ? conf_value(identity) : "suricata", socket != NULL ? conf_value(socket) : "/dev/log", LOCAL0, ERROR }; /* Suricata's presets */
    if (!read_bool(conf, at, "append", &sink->append, err) || !read_interval(value_of(conf, at, "rotate-interval"), &sink->rotate, err) ||
        !read_word(value_of(conf, at, "filetype"), types, "regular, console, unix_stream, unix_dgram, syslog or redis; no other is built in", &type, err) ||
        !read_word(value_of(conf, at, "facility"), facilities, "a facility of syslog", &sink->syslog.facility, err) ||
        !read_word(value_of(conf, at, "level"), levels, "a level of syslog", &sink->syslog.level, err)) {
        return false;
    }
    sink->type = (enum sink_type)type;
    if (!aside_read(sink, conf, at, err) || (type == SINK_REDIS && !redis_read(&sink->redis, conf, at, log, err))) {
        return false;
    }
    sink->file = file != NULL ? conf_value(file) : sink->file;
    sink->prefix = prefix != NULL ? conf_value(prefix) : NULL;
    if (mode != NULL) {
        unsigned long m = strtoul(conf_value(mode), &end, 8);
        if (*end != '\0' || m > 0777) {
            return wrong(mode, "a mode in octal", err);
        }
        sink->mode = (unsigned)m;
    }
    return true;
}

static struct sink_settings *sink_new(struct engine_settings *s, const struct conf_node *at, enum sink_kind kind, const char *file, struct err *err)
{
    if (s->output.n == SINKS_MAX) {
        struct conf_place p = conf_place(at);
        err_set(err, "%s:%u:%u: more than %d outputs", p.file, p.line, p.column, SINKS_MAX);
        return NULL;
    }
    struct sink_settings *sink = &s->output.sink[s->output.n++];
    *sink = (struct sink_settings){ .kind = kind, .file = file };
    return sink;
}

/* Where an output is added: what all that add have in common. */
struct adding {
    struct engine_settings *s;
    struct conf *conf;
    const struct conf_node *at;
    struct log *log;
};

static bool sink_add(const struct adding *a, enum sink_kind kind, const char *preset, struct err *err)
{
    struct sink_settings *sink = sink_new(a->s, a->at, kind, preset, err);

    return sink != NULL && sink_read(sink, a->conf, a->at, a->log, err);
}

static bool eve_add(const struct adding *a, struct err *err)
{
    struct conf_place p = conf_place(a->at);
    struct engine_settings *s = a->s;
    unsigned i = s->event.n;

    if (i == EVES_MAX) {
        return err_set(err, "%s:%u:%u: eve-log: more than %d outputs", p.file, p.line, p.column, EVES_MAX);
    }
    s->event.n++;
    s->event.eve[i].index = i;
    s->event.eve[i].strict = s->event.strict;
    if (!sink_add(a, SINK_EVE, "eve.json", err)) {
        return false;
    }
    s->output.sink[s->output.n - 1].eve = i;
    return settings_eve(&s->event.eve[i], a->conf, a->at, a->log, err);
}

static bool fast_add(const struct adding *a, struct err *err)
{
    a->s->event.fast_on = true;
    return sink_add(a, SINK_FAST, "fast.log", err);
}

/* ---- pcap-log ---- */

static bool capture_read(struct capture_settings *c, const struct adding *a, struct err *err)
{
    static const struct word modes[] = { { "normal", 0 }, { "multi", 1 }, { NULL, 0 } }, stamps[] = { { "sec", 0 }, { "usec", 1 }, { NULL, 0 } };
    static const struct word packed[] = { { "none", 0 }, { "lz4", 1 }, { NULL, 0 } };
    const struct conf_node *limit = value_of(a->conf, a->at, "limit"), *files = value_of(a->conf, a->at, "max-files"), *dir = value_of(a->conf, a->at, "dir");
    const struct conf_node *level = value_of(a->conf, a->at, "lz4-level"), *compression = value_of(a->conf, a->at, "compression");
    enum { LIMIT_PRESET = 100 << 20, LIMIT_LEAST = 4096 };
    int multi = 0, usec = 0, lz4 = 0;
    uint64_t n = 0;

    if (dir == NULL) {
        dir = value_of(a->conf, a->at, "sguil-base-dir");
    }
    c->dir = dir != NULL ? conf_value(dir) : NULL;
    if (!read_word(value_of(a->conf, a->at, "mode"), modes, "normal or multi", &multi, err) ||
        !read_word(value_of(a->conf, a->at, "ts-format"), stamps, "sec or usec", &usec, err) ||
        !read_word(compression, packed, "none or lz4", &lz4, err) || !read_bool(a->conf, a->at, "lz4-checksum", &c->lz4_checksum, err)) {
        return false;
    }
    c->multi = multi != 0;
    c->usec = usec != 0;
    c->lz4 = lz4 != 0;
#ifndef HAVE_LIBLZ4
    if (c->lz4) {
        return wrong(compression, "built in", err);
    }
#endif
    c->limit = LIMIT_PRESET;
    if (limit != NULL && !conf_text_size(conf_value(limit), &c->limit)) {
        return wrong(limit, "a size", err);
    }
    if (c->limit != 0 && c->limit < LIMIT_LEAST) { /* as Suricata has it */
        log_say(a->log, LOG_INFO, "pcap-log: a limit of %llu is taken to be of so many MB", (unsigned long long)c->limit);
        c->limit <<= 20;
    }
    if (files != NULL && (!conf_text_u64(conf_value(files), &n) || n > UINT32_MAX)) {
        return wrong(files, "a number", err);
    }
    c->max_files = (uint32_t)n;
    n = 0;
    if (level != NULL && (!conf_text_u64(conf_value(level), &n) || n > 16)) {
        return wrong(level, "a number up to 16", err);
    }
    c->lz4_level = (int)n;
    return true;
}

static bool capture_add(const struct adding *a, struct err *err)
{
    static const struct word when[] = { { "all", PCAP_LOG_ALL }, { "alerts", PCAP_LOG_ALERTS }, { "tag", PCAP_LOG_TAGGED }, { NULL, 0 } };
    const struct conf_node *file = value_of(a->conf, a->at, "filename"), *filter = value_of(a->conf, a->at, "bpf-filter");
    struct engine_settings *s = a->s;
    struct sink_settings *sink;
    int condition = PCAP_LOG_ALL;

    if (s->pcap_log.on) {
        struct conf_place p = conf_place(a->at);
        return err_set(err, "%s:%u:%u: pcap-log: a second one is not possible", p.file, p.line, p.column);
    }
    s->pcap_log.on = true;
    s->pcap_log.filter = filter != NULL && conf_value(filter)[0] != '\0' ? conf_value(filter) : NULL;
    sink = sink_new(s, a->at, SINK_CAPTURE, file != NULL ? conf_value(file) : "pcaplog", err);
    if (sink == NULL || !capture_read(&sink->capture, a, err) || !read_bool(a->conf, a->at, "honor-pass-rules", &s->pcap_log.honor_pass, err) ||
        !read_bool(a->conf, a->at, "use-stream-depth", &s->pcap_log.use_depth, err) ||
        !read_word(value_of(a->conf, a->at, "conditional"), when, "all, alerts or tag", &condition, err)) {
        return false;
    }
    s->pcap_log.when = (enum pcap_log_when)condition;
    return true;
}

static bool stats_add(const struct adding *a, struct err *err)
{
    struct stats_log *x = &a->s->event.stats_log;

    *x = (struct stats_log){ .on = true, .totals = true };
    return read_bool(a->conf, a->at, "totals", &x->totals, err) && read_bool(a->conf, a->at, "threads", &x->threads, err) &&
           read_bool(a->conf, a->at, "null-values", &x->nulls, err) && sink_add(a, SINK_STATS, "stats.log", err);
}

static bool files_add(const struct adding *a, struct err *err) { return settings_filestore(a->s, a->conf, a->at, a->log, err); }

static bool unified2_add(const struct adding *a, struct err *err)
{
    const struct conf_node *file = value_of(a->conf, a->at, "filename"), *limit = value_of(a->conf, a->at, "limit");
    struct sink_settings *sink = sink_new(a->s, a->at, SINK_UNIFIED2, file != NULL ? conf_value(file) : "unified2.alert", err);

    a->s->event.unified2_on = true;
    return sink != NULL && (limit == NULL || conf_text_size(conf_value(limit), &sink->size) || wrong(limit, "a size", err));
}

static bool certs_add(const struct adding *a, struct err *err)
{
    const struct conf_node *dir = value_of(a->conf, a->at, "certs-log-dir");

    a->s->event.certs_on = true;
    return sink_new(a->s, a->at, SINK_CERTS, dir != NULL ? conf_value(dir) : "certs", err) != NULL;
}

/* Snort's loggers, by these names.  Their file's name is Snort's; without `file` they write to standard output. */
static bool snort_add(const struct adding *a, unsigned which, struct err *err)
{
    static const char *const files[SNORT_LOGS] = { "alert_fast.txt", "alert_full.txt", "alert_csv.txt", "alert_json.txt" };
    struct snort_settings *snort = &a->s->event.snort;
    struct snort_log *log = &snort->log[which];
    const struct conf_node *fields = value_of(a->conf, a->at, "fields"), *separator = value_of(a->conf, a->at, "separator");

    log->on = snort->any = true;
    log->separator = separator != NULL ? conf_value(separator) : ", ";
    if (!snort_fields_parse(fields != NULL ? conf_value(fields) : NULL, log, err)) {
        struct conf_place p = conf_place(fields);
        return err_add(err, "%s:%u:%u", p.file, p.line, p.column);
    }
    return read_bool(a->conf, a->at, "old", &snort->old, err) && read_bool(a->conf, a->at, "year", &snort->year, err) &&
           read_bool(a->conf, a->at, "link", &snort->link, err) && read_bool(a->conf, a->at, "packet", &snort->data, err) &&
           sink_add(a, SINK_SNORT_FAST + which, files[which], err);
}

#define SNORT_ADD(name, which) static bool name(const struct adding *a, struct err *err) { return snort_add(a, which, err); }
SNORT_ADD(alert_fast_add, 0)
SNORT_ADD(alert_full_add, 1)
SNORT_ADD(alert_csv_add, 2)
SNORT_ADD(alert_json_add, 3)
#undef SNORT_ADD

static const struct {
    const char *name;
    bool (*add)(const struct adding *a, struct err *err);
} kinds[] = {
    { "eve-log", eve_add }, { "fast", fast_add }, { "pcap-log", capture_add }, { "file-store", files_add },
    { "stats", stats_add }, { "tls-store", certs_add }, { "unified2-alert", unified2_add }, { "unified2", unified2_add },
    { "alert-fast", alert_fast_add }, { "alert-full", alert_full_add }, { "alert-csv", alert_csv_add }, { "alert-json", alert_json_add },
};

/* What all outputs together want of files and flows. */
static void outputs_want(struct engine_settings *s)
{
    for (unsigned i = 0; i < s->event.n; i++) {
        const struct eve_settings *eve = &s->event.eve[i];
        s->proto.file_hashes |= eve->files.force_hash;
        s->proto.file_magic |= eve->files.force_magic;
        s->proto.store.force |= eve->files.force_store;
        s->flow.macs |= eve->ether;
    }
}

/* Protocols with options for their records: those of each output. */
static bool protos_log(struct engine_settings *s, struct conf *conf, struct err *err)
{
    for (unsigned i = 0; i < proto_n; i++) {
        s->proto.asked[i] |= s->event.certs_on && proto_table[i]->keep != NULL;
    }
    for (unsigned k = 0; k < s->event.n; k++) {
        for (unsigned i = 0; i < proto_n; i++) {
            const struct conf_node *options = s->event.eve[k].proto_options[i];
            if (proto_table[i]->settings_size == 0) {
                continue;
            }
            s->proto.log_settings[k][i] = calloc(1, proto_table[i]->settings_size);
            if (s->proto.log_settings[k][i] == NULL) {
                return err_set(err, "settings: not enough memory");
            }
            if (!settings_proto(conf, i, options, s->proto.log_settings[k][i], err)) {
                return false;
            }
            s->proto.asked[i] |= proto_table[i]->log_asks != NULL && proto_table[i]->log_asks(s->proto.log_settings[k][i]);
        }
    }
    return true;
}

const struct option_row stats_options[] = {
    { "stats.enabled", OPTION_BOOL, offsetof(struct stats_settings, enabled), "yes", NULL, 0, 0, NULL, "records of statistics" },
    { "stats.decoder-events", OPTION_BOOL, offsetof(struct stats_settings, decoder_events), "yes", NULL, 0, 0, NULL, "the decoders' notes among them" },
    { "stats.decoder-events-prefix", OPTION_STRING, offsetof(struct stats_settings, decoder_prefix), "decoder.event", NULL, 0, 0, NULL,
      "what stands before their names" },
    { "stats.stream-events", OPTION_BOOL, offsetof(struct stats_settings, stream_events), "no", NULL, 0, 0, NULL, "the stream's notes among them" },
};
const unsigned stats_option_n = ROWS(stats_options);

bool settings_outputs(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err)
{
    const struct conf_node *list = conf_node(conf, "outputs");

    conf_mark_used(conf, "sensor-name");
    if (!conf_apply(conf, stats_options, stats_option_n, &s->stats, err)) {
        return false;
    }
    for (const struct conf_node *n = list != NULL ? conf_first(list) : NULL; n != NULL; n = conf_next(n)) {
        const struct adding a = { s, conf, conf_first(n), log };
        if (a.at == NULL || !switched_on(conf, a.at, log)) {
            all_read(conf, n);
            continue;
        }
        bool known = false;
        for (unsigned i = 0; i < ROWS(kinds); i++) {
            bool is = strcmp(conf_name(a.at), kinds[i].name) == 0;
            if (is && !kinds[i].add(&a, err)) {
                return false;
            }
            known |= is;
        }
        if (!known) {
            struct conf_place p = conf_place(a.at);
            log_say(log, LOG_WARNING, "%s:%u: output '%s' is not built in", p.file, p.line, conf_name(a.at));
            all_read(conf, n);
        }
    }
    outputs_want(s);
    return protos_log(s, conf, err) && settings_eve_share(s, err);
}

bool settings_proto(struct conf *conf, unsigned i, const struct conf_node *log, void *to, struct err *err)
{
    const struct proto *p = proto_table[i];

    for (unsigned k = 0; k < p->option_n; k++) {
        struct option_row row = p->options[k];
        bool ok;
        if (strncmp(row.path, "log.", 4) == 0) {
            row.path += 4;
            ok = conf_apply_at(conf, log, &row, 1, to, err);
        } else {
            ok = conf_apply(conf, &row, 1, to, err);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

void settings_outputs_free(struct engine_settings *s)
{
    for (unsigned k = 0; k < EVES_MAX; k++) {
        for (unsigned i = 0; i < PROTO_IDS; i++) {
            free(s->proto.log_settings[k][i]);
        }
    }
}

const struct port_set *settings_ports(struct engine_settings *s, struct conf *conf, const char *text, struct err *err)
{
    struct port_set **more = realloc(s->port_sets, (s->port_set_n + 1) * sizeof *more);

    if (more == NULL) {
        err_set(err, "ports: not enough memory");
        return NULL;
    }
    s->port_sets = more;
    struct port_set *set = s->port_sets[s->port_set_n] = calloc(1, sizeof *set);
    if (set == NULL) {
        err_set(err, "ports: not enough memory");
        return NULL;
    }
    s->port_set_n++;
    return vars_ports(conf, text, set, err) ? set : NULL;
}

void settings_ports_free(struct engine_settings *s)
{
    for (unsigned i = 0; i < s->port_set_n; i++) {
        free(s->port_sets[i]);
    }
    free(s->port_sets);
}
