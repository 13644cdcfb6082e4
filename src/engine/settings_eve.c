/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/settings_eve.h"

#include "config/vars.h"

#include <stdlib.h>
#include <string.h>

/* One switch or number of an eve-log output: where it stands under the output's node, and where it goes. */
struct eve_switch {
    const char *path;
    enum { SWITCH_BOOL, SWITCH_SIZE32 } kind;
    size_t offset;
};
#define AT(member) offsetof(struct eve_settings, member)

static const struct eve_switch head_switches[] = {
    { "community-id", SWITCH_BOOL, AT(community_id) }, { "ethernet", SWITCH_BOOL, AT(ether) }, { "pcap-file", SWITCH_BOOL, AT(pcap_file) },
    { "suricata-version", SWITCH_BOOL, AT(suricata_version) }, { "xff.enabled", SWITCH_BOOL, AT(alert.xff_on) },
};
static const struct eve_switch alert_switches[] = {
    { "payload", SWITCH_BOOL, AT(alert.payload) }, { "payload-printable", SWITCH_BOOL, AT(alert.payload_printable) },
    { "payload-length", SWITCH_BOOL, AT(alert.payload_length) }, { "packet", SWITCH_BOOL, AT(alert.packet) },
    { "http-body", SWITCH_BOOL, AT(alert.http_body) }, { "http-body-printable", SWITCH_BOOL, AT(alert.http_body_printable) },
    { "websocket-payload", SWITCH_BOOL, AT(alert.websocket_payload) }, { "metadata", SWITCH_BOOL, AT(alert.metadata) },
    { "tagged-packets", SWITCH_BOOL, AT(alert.tagged) }, { "metadata.rule.raw", SWITCH_BOOL, AT(alert.raw_rule) },
    { "metadata.rule.metadata", SWITCH_BOOL, AT(alert.rule_metadata) }, { "metadata.rule.reference", SWITCH_BOOL, AT(alert.reference) },
    { "verdict", SWITCH_BOOL, AT(alert.verdict) }, { "payload-buffer-size", SWITCH_SIZE32, AT(alert.payload_buffer_size) },
    { "xff.enabled", SWITCH_BOOL, AT(alert.xff_on) },
};
static const struct eve_switch anomaly_switches[] = {
    { "enabled", SWITCH_BOOL, AT(anomaly.on) }, { "packethdr", SWITCH_BOOL, AT(anomaly.packethdr) },
    { "types.decode", SWITCH_BOOL, AT(anomaly.decode) }, { "types.stream", SWITCH_BOOL, AT(anomaly.stream) },
    { "types.applayer", SWITCH_BOOL, AT(anomaly.applayer) },
};
static const struct eve_switch drop_switches[] = {
    { "enabled", SWITCH_BOOL, AT(drop.on) }, { "alerts", SWITCH_BOOL, AT(drop.all_alerts) }, { "verdict", SWITCH_BOOL, AT(drop.verdict) },
};
static const struct eve_switch stats_switches[] = {
    { "enabled", SWITCH_BOOL, AT(stats.on) }, { "totals", SWITCH_BOOL, AT(stats.totals) }, { "threads", SWITCH_BOOL, AT(stats.threads) },
    { "deltas", SWITCH_BOOL, AT(stats.deltas) }, { "null-values", SWITCH_BOOL, AT(stats.null_values) },
};
static const struct eve_switch files_switches[] = {
    { "enabled", SWITCH_BOOL, AT(files.on) }, { "force-magic", SWITCH_BOOL, AT(files.force_magic) },
};
static const struct eve_switch flow_switches[] = { { "enabled", SWITCH_BOOL, AT(flow.on) } };
static const struct eve_switch netflow_switches[] = { { "enabled", SWITCH_BOOL, AT(netflow.on) } };
static const struct eve_switch frame_switches[] = { { "enabled", SWITCH_BOOL, AT(frame_on) } };
static const struct eve_switch metadata_switches[] = { { "enabled", SWITCH_BOOL, AT(metadata_on) } };

/* The record types that are not a protocol's. */
static const struct {
    const char *name;
    const struct eve_switch *rows;
    unsigned n;
    size_t on;
} eve_types[] = {
    { "alert", alert_switches, ROWS(alert_switches), AT(alert.on) },       { "anomaly", anomaly_switches, ROWS(anomaly_switches), AT(anomaly.on) },
    { "drop", drop_switches, ROWS(drop_switches), AT(drop.on) },           { "stats", stats_switches, ROWS(stats_switches), AT(stats.on) },
    { "files", files_switches, ROWS(files_switches), AT(files.on) },       { "flow", flow_switches, ROWS(flow_switches), AT(flow.on) },
    { "netflow", netflow_switches, ROWS(netflow_switches), AT(netflow.on) }, { "frame", frame_switches, ROWS(frame_switches), AT(frame_on) },
    { "metadata", metadata_switches, ROWS(metadata_switches), AT(metadata_on) },
};

static bool switches_read(struct eve_settings *eve, const struct conf *conf, const struct conf_node *at, const struct eve_switch *rows,
                          unsigned n, struct err *err)
{
    for (unsigned i = 0; i < n; i++) {
        const struct conf_node *node = at != NULL ? conf_child(conf, at, rows[i].path) : NULL;
        const char *v = node != NULL ? conf_value(node) : NULL;
        uint64_t size;
        bool ok = true;
        if (v == NULL) {
            continue;
        }
        if (rows[i].kind == SWITCH_BOOL) {
            ok = conf_text_bool(v, (bool *)((char *)eve + rows[i].offset));
        } else if ((ok = conf_text_size(v, &size) && size <= UINT32_MAX)) {
            *(uint32_t *)(void *)((char *)eve + rows[i].offset) = (uint32_t)size;
        }
        if (!ok) {
            struct conf_place p = conf_place(node);
            return err_set(err, "%s:%u:%u: %s: '%s' is not %s", p.file, p.line, p.column, rows[i].path, v,
                           rows[i].kind == SWITCH_BOOL ? "yes or no" : "a size");
        }
    }
    return true;
}

unsigned settings_hashes(const struct conf *conf, const struct conf_node *at)
{
    static const char *const names[] = { "md5", "sha1", "sha256" };
    const struct conf_node *list = at != NULL ? conf_child(conf, at, "force-hash") : NULL;
    unsigned hashes = 0;

    for (const struct conf_node *n = list != NULL ? conf_first(list) : NULL; n != NULL; n = conf_next(n)) {
        for (unsigned i = 0; i < 3; i++) {
            hashes |= conf_value(n) != NULL && strcmp(conf_value(n), names[i]) == 0 ? 1u << i : 0;
        }
    }
    return hashes;
}

/* The protocol whose records an eve-log type names: its own name, or its records'. */
static unsigned proto_of_type(const char *type)
{
    unsigned id = proto_by_name(type);

    for (unsigned i = 0; id == PROTO_NONE && i < proto_n; i++) {
        if (proto_table[i]->log_name != NULL && strcmp(proto_table[i]->log_name, type) == 0) {
            id = i + 1;
        }
    }
    return id;
}

static bool type_read(struct engine_settings *s, struct conf *conf, const char *name, const struct conf_node *options, struct log *log, struct err *err)
{
    struct eve_settings *eve = &s->eve;

    for (unsigned i = 0; i < ROWS(eve_types); i++) {
        if (strcmp(eve_types[i].name, name) != 0) {
            continue;
        }
        *(bool *)((char *)eve + eve_types[i].on) = true;
        if (strcmp(name, "files") == 0) {
            eve->files.force_hash |= settings_hashes(conf, options);
        }
        return switches_read(eve, conf, options, eve_types[i].rows, eve_types[i].n, err);
    }
    if (strcmp(name, "protocols") == 0) { /* of all that are built in; types of their own bring options */
        for (unsigned i = 0; i < proto_n; i++) {
            eve->proto_on[i] = true;
        }
        return true;
    }
    unsigned id = proto_of_type(name);
    if (id == PROTO_NONE) {
        log_say(log, LOG_DEBUG, "eve-log: no records of type '%s' are built in", name);
        return true;
    }
    const struct conf_node *on = options != NULL ? conf_child(conf, options, "enabled") : NULL;
    eve->proto_on[id - 1] = true;
    if (on != NULL && conf_value(on) != NULL && !conf_text_bool(conf_value(on), &eve->proto_on[id - 1])) {
        struct conf_place p = conf_place(on);
        return err_set(err, "%s:%u:%u: eve-log %s.enabled: '%s' is not yes or no", p.file, p.line, p.column, name, conf_value(on));
    }
    eve->proto_options[id - 1] = options;
    return true;
}

static bool eve_read(struct engine_settings *s, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    struct eve_settings *eve = &s->eve;
    const struct conf_node *types = conf_child(conf, at, "types"), *seed = conf_child(conf, at, "community-id-seed");
    uint64_t v;

    eve->enabled = true;
    eve->alert.metadata = eve->alert.tagged = eve->alert.rule_metadata = eve->alert.verdict = true;
    eve->alert.payload_buffer_size = 4096;
    eve->anomaly.applayer = true;
    eve->stats.totals = true;
    if (seed != NULL && conf_value(seed) != NULL && conf_text_u64(conf_value(seed), &v)) {
        eve->community_seed = (uint16_t)v;
    }
    if (!switches_read(eve, conf, at, head_switches, ROWS(head_switches), err)) {
        return false;
    }
    for (const struct conf_node *n = types != NULL ? conf_first(types) : NULL; n != NULL; n = conf_next(n)) {
        const struct conf_node *options = conf_first(n);
        const char *name = conf_value(n) != NULL ? conf_value(n) : options != NULL ? conf_name(options) : "";
        if (!type_read(s, conf, name, options, log, err)) {
            return false;
        }
    }
    return true;
}

static bool switched_on(const struct conf *conf, const struct conf_node *at, bool preset)
{
    const struct conf_node *n = conf_child(conf, at, "enabled");
    bool on = preset;

    if (n != NULL && conf_value(n) != NULL) {
        (void)conf_text_bool(conf_value(n), &on);
    }
    return on;
}

static void sink_add(struct engine_settings *s, const struct conf *conf, const struct conf_node *at, enum sink_kind kind, const char *preset)
{
    const struct conf_node *file = conf_child(conf, at, "filename"), *append = conf_child(conf, at, "append");
    const struct conf_node *type = conf_child(conf, at, "filetype");

    if (s->output.n == SINKS_MAX) {
        return;
    }
    struct sink_settings *sink = &s->output.sink[s->output.n++];
    *sink = (struct sink_settings){ .kind = kind, .file = file != NULL && conf_value(file) != NULL ? conf_value(file) : preset, .append = true };
    if (append != NULL && conf_value(append) != NULL) {
        (void)conf_text_bool(conf_value(append), &sink->append);
    }
    sink->console = type != NULL && conf_value(type) != NULL && strcmp(conf_value(type), "console") == 0;
}

bool settings_outputs(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err)
{
    const struct conf_node *list = conf_node(conf, "outputs");

    conf_mark_used(conf, "outputs.**");
    for (const struct conf_node *n = list != NULL ? conf_first(list) : NULL; n != NULL; n = conf_next(n)) {
        const struct conf_node *at = conf_first(n);
        const char *name = at != NULL ? conf_name(at) : "";
        if (at == NULL || !switched_on(conf, at, false)) {
            continue;
        }
        if (strcmp(name, "eve-log") == 0 && !s->eve.enabled) {
            sink_add(s, conf, at, SINK_EVE, "eve.json");
            if (!eve_read(s, conf, at, log, err)) {
                return false;
            }
        } else if (strcmp(name, "fast") == 0) {
            sink_add(s, conf, at, SINK_FAST, "fast.log");
            s->eve.fast_on = true;
        } else if (strcmp(name, "pcap-log") == 0) {
            sink_add(s, conf, at, SINK_CAPTURE, "log.pcap");
            s->eve.capture_on = true;
        } else if (strcmp(name, "file-store") == 0 && !settings_filestore(s, conf, at, err)) {
            return false;
        }
    }
    s->proto.file_hashes |= s->eve.files.force_hash;
    s->proto.file_magic = s->eve.files.force_magic;
    for (unsigned i = 0; i < proto_n; i++) {
        if (s->proto.settings[i] != NULL && !settings_proto(s, conf, i, err)) {
            return false; /* again: its records' options are known only now */
        }
    }
    return true;
}

bool settings_proto(struct engine_settings *s, struct conf *conf, unsigned i, struct err *err)
{
    const struct proto *p = proto_table[i];

    for (unsigned k = 0; k < p->option_n; k++) {
        struct option_row row = p->options[k];
        bool ok;
        if (strncmp(row.path, "log.", 4) == 0) {
            row.path += 4;
            ok = conf_apply_at(conf, s->eve.proto_options[i], &row, 1, s->proto.settings[i], err);
        } else {
            ok = conf_apply(conf, &row, 1, s->proto.settings[i], err);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
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
