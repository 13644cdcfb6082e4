/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_outputs - the list of outputs: which sinks there are, and what they ask of everybody else. */
#include "config/vars.h"
#include "engine/settings_eve.h"

#include <stdlib.h>
#include <string.h>

static bool switched_on(const struct conf *conf, const struct conf_node *at, bool preset)
{
    const struct conf_node *n = conf_child(conf, at, "enabled");
    bool on = preset;

    if (n != NULL && conf_value(n) != NULL) {
        (void)conf_text_bool(conf_value(n), &on);
    }
    return on;
}

static bool sink_add(struct engine_settings *s, const struct conf *conf, const struct conf_node *at, enum sink_kind kind, const char *preset,
                     struct err *err)
{
    const struct conf_node *file = conf_child(conf, at, "filename"), *append = conf_child(conf, at, "append");
    const struct conf_node *type = conf_child(conf, at, "filetype");

    if (s->output.n == SINKS_MAX) {
        struct conf_place p = conf_place(at);
        return err_set(err, "%s:%u:%u: more than %d outputs", p.file, p.line, p.column, SINKS_MAX);
    }
    struct sink_settings *sink = &s->output.sink[s->output.n++];
    *sink = (struct sink_settings){ .kind = kind, .file = file != NULL && conf_value(file) != NULL ? conf_value(file) : preset, .append = true };
    if (append != NULL && conf_value(append) != NULL) {
        (void)conf_text_bool(conf_value(append), &sink->append);
    }
    sink->console = type != NULL && conf_value(type) != NULL && strcmp(conf_value(type), "console") == 0;
    return true;
}

static bool eve_add(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    struct conf_place p = conf_place(at);
    unsigned i = s->event.n;

    if (i == EVES_MAX) {
        return err_set(err, "%s:%u:%u: eve-log: more than %d outputs", p.file, p.line, p.column, EVES_MAX);
    }
    s->event.n++;
    s->event.eve[i].index = i;
    if (!sink_add(s, conf, at, SINK_EVE, "eve.json", err)) {
        return false;
    }
    s->output.sink[s->output.n - 1].eve = i;
    return settings_eve(&s->event.eve[i], conf, at, log, err);
}

static bool fast_add(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    (void)log;
    s->event.fast_on = true;
    return sink_add(s, conf, at, SINK_FAST, "fast.log", err);
}

static bool capture_add(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    (void)log;
    s->event.capture_on = true;
    return sink_add(s, conf, at, SINK_CAPTURE, "log.pcap", err);
}

static bool stats_add(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    const struct {
        const char *key;
        bool *to;
    } switches[] = { { "totals", &s->event.stats_log.totals }, { "threads", &s->event.stats_log.threads }, { "null-values", &s->event.stats_log.nulls } };

    (void)log;
    s->event.stats_log = (struct stats_log){ .on = true, .totals = true };
    for (unsigned i = 0; i < ROWS(switches); i++) {
        const struct conf_node *n = conf_child(conf, at, switches[i].key);
        if (n != NULL && conf_value(n) != NULL && !conf_text_bool(conf_value(n), switches[i].to)) {
            struct conf_place p = conf_place(n);
            return err_set(err, "%s:%u:%u: stats.%s: '%s' is not yes or no", p.file, p.line, p.column, switches[i].key, conf_value(n));
        }
    }
    return sink_add(s, conf, at, SINK_STATS, "stats.log", err);
}

static bool files_add(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    (void)log;
    return settings_filestore(s, conf, at, err);
}

static const struct {
    const char *name;
    bool (*add)(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err);
} kinds[] = {
    { "eve-log", eve_add }, { "fast", fast_add }, { "pcap-log", capture_add }, { "file-store", files_add },
    { "stats", stats_add },
};

/* What all outputs together want of files. */
static void files_want(struct engine_settings *s)
{
    for (unsigned i = 0; i < s->event.n; i++) {
        const struct eve_settings *eve = &s->event.eve[i];
        s->proto.file_hashes |= eve->files.force_hash;
        s->proto.file_magic |= eve->files.force_magic;
        s->proto.store.force |= eve->files.force_store;
    }
}

/* Protocols with options for their records: those of each output. */
static bool protos_log(struct engine_settings *s, struct conf *conf, struct err *err)
{
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
        }
    }
    return true;
}

bool settings_outputs(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err)
{
    const struct conf_node *list = conf_node(conf, "outputs");

    conf_mark_used(conf, "outputs.**");
    conf_mark_used(conf, "sensor-name");
    conf_mark_used(conf, "stats.enabled");
    s->stats_record = true;
    if (!conf_bool(conf, "stats.enabled", &s->stats_record, err)) {
        return false;
    }
    for (const struct conf_node *n = list != NULL ? conf_first(list) : NULL; n != NULL; n = conf_next(n)) {
        const struct conf_node *at = conf_first(n);
        if (at == NULL || !switched_on(conf, at, false)) {
            continue;
        }
        for (unsigned i = 0; i < ROWS(kinds); i++) {
            if (strcmp(conf_name(at), kinds[i].name) == 0 && !kinds[i].add(s, conf, at, log, err)) {
                return false;
            }
        }
    }
    files_want(s);
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
