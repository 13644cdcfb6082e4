/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_eve - the options of one eve-log output: which records, with what in them. */
#include "engine/settings_eve.h"

#include <stdlib.h>
#include <string.h>

/* One switch or number of an eve-log output: where it stands under the output's node, and where it goes. */
struct eve_switch {
    const char *path;
    enum { SWITCH_BOOL, SWITCH_SIZE32, SWITCH_U16, SWITCH_TEXT, SWITCH_WORD /* is it `word`? */ } kind;
    size_t offset;
    const char *help, *word;
};
#define AT(member) offsetof(struct eve_settings, member)

/* clang-format off */
static const struct eve_switch head_switches[] = {
    { "community-id", SWITCH_BOOL, AT(community_id), "records have the flow's community id" },
    { "community-id-seed", SWITCH_U16, AT(community_seed), "its seed" },
    { "ethernet", SWITCH_BOOL, AT(ether), "records have hardware addresses" },
    { "pcap-file", SWITCH_BOOL, AT(pcap_file), "records name the capture" },
    { "metadata", SWITCH_BOOL, AT(metadata), "records have the flow's bits and variables" },
    { "suricata-version", SWITCH_BOOL, AT(suricata_version), "records say the version that they are like" },
    { "xff.enabled", SWITCH_BOOL, AT(xff.on), "alerts have the client that a proxy names" },
    { "published-schema", SWITCH_BOOL, AT(strict), "nothing that Suricata's schema does not have" },
    { "xff.mode", SWITCH_WORD, AT(xff.overwrite), "extra-data: beside the address; overwrite: in its place", "overwrite" },
    { "xff.deployment", SWITCH_WORD, AT(xff.forward), "reverse: the last address; forward: the first", "forward" },
    { "xff.header", SWITCH_TEXT, AT(xff.header), "the proxy's header" },
};
/* "metadata: no" is none of it; the parts below have the last word. */
static const struct eve_switch alert_switches[] = {
    { "payload", SWITCH_BOOL, AT(alert.payload), "the payload in base64" },
    { "payload-printable", SWITCH_BOOL, AT(alert.payload_printable), "the payload as text" },
    { "payload-length", SWITCH_BOOL, AT(alert.payload_length), "its length" },
    { "packet", SWITCH_BOOL, AT(alert.packet), "the packet in base64" },
    { "http-body", SWITCH_BOOL, AT(alert.http_body), "bodies of HTTP in base64" },
    { "http-body-printable", SWITCH_BOOL, AT(alert.http_body_printable), "bodies of HTTP as text" },
    { "websocket-payload", SWITCH_BOOL, AT(alert.websocket_payload), "payloads of WebSocket in base64" },
    { "websocket-payload-printable", SWITCH_BOOL, AT(alert.websocket_payload_printable), "payloads of WebSocket as text" },
    { "metadata", SWITCH_BOOL, AT(alert.flow), "no: none of metadata's parts" },
    { "metadata", SWITCH_BOOL, AT(alert.app_layer), "no: none of metadata's parts" },
    { "metadata", SWITCH_BOOL, AT(alert.rule_metadata), "no: none of metadata's parts" },
    { "metadata.flow", SWITCH_BOOL, AT(alert.flow), "the flow" },
    { "metadata.app-layer", SWITCH_BOOL, AT(alert.app_layer), "the transaction" },
    { "metadata.rule.raw", SWITCH_BOOL, AT(alert.raw_rule), "the rule's text" },
    { "metadata.rule.metadata", SWITCH_BOOL, AT(alert.rule_metadata), "the rule's metadata" },
    { "metadata.rule.reference", SWITCH_BOOL, AT(alert.reference), "the rule's references" },
    { "tagged-packets", SWITCH_BOOL, AT(alert.tagged), "packets that rules tagged" },
    { "verdict", SWITCH_BOOL, AT(alert.verdict), "what became of the packet" },
    { "evidence", SWITCH_BOOL, AT(alert.evidence), "where the rule's literals were found" },
    { "payload-buffer-size", SWITCH_SIZE32, AT(alert.payload_buffer_size), "bytes of a payload at most" },
    { "xff.enabled", SWITCH_BOOL, AT(alert.xff.on), "the client that a proxy names" },
    { "xff.mode", SWITCH_WORD, AT(alert.xff.overwrite), "extra-data: beside the address; overwrite: in its place", "overwrite" },
    { "xff.deployment", SWITCH_WORD, AT(alert.xff.forward), "reverse: the last address; forward: the first", "forward" },
    { "xff.header", SWITCH_TEXT, AT(alert.xff.header), "the proxy's header" },
};
static const struct eve_switch anomaly_switches[] = {
    { "enabled", SWITCH_BOOL, AT(anomaly.on), "such records" },
    { "packethdr", SWITCH_BOOL, AT(anomaly.packethdr), "the packet's headers in base64" },
    { "types.decode", SWITCH_BOOL, AT(anomaly.decode), "of decoders" },
    { "types.stream", SWITCH_BOOL, AT(anomaly.stream), "of TCP" },
    { "types.applayer", SWITCH_BOOL, AT(anomaly.applayer), "of protocols" },
};
static const struct eve_switch drop_switches[] = {
    { "enabled", SWITCH_BOOL, AT(drop.on), "such records" },
    { "alerts", SWITCH_BOOL, AT(drop.all_alerts), "all alerts of the packet, not the one that dropped it alone" },
    { "verdict", SWITCH_BOOL, AT(drop.verdict), "what became of the packet" },
    { "flows", SWITCH_WORD, AT(drop.flows_start), "start: the flow's first packets alone; all", "start" },
};
static const struct eve_switch stats_switches[] = {
    { "enabled", SWITCH_BOOL, AT(stats.on), "such records" },
    { "totals", SWITCH_BOOL, AT(stats.totals), "of all threads together" },
    { "threads", SWITCH_BOOL, AT(stats.threads), "of each thread" },
    { "deltas", SWITCH_BOOL, AT(stats.deltas), "what came since the record before" },
    { "null-values", SWITCH_BOOL, AT(stats.null_values), "counters that are 0" },
};
static const struct eve_switch files_switches[] = {
    { "enabled", SWITCH_BOOL, AT(files.on), "such records" },
    { "force-magic", SWITCH_BOOL, AT(files.force_magic), "of each file its type" },
    { "force-filestore", SWITCH_BOOL, AT(files.force_store), "each file is kept" },
};
static const struct eve_switch flow_switches[] = { { "enabled", SWITCH_BOOL, AT(flow.on), "such records" } };
static const struct eve_switch netflow_switches[] = { { "enabled", SWITCH_BOOL, AT(netflow.on), "such records" } };
static const struct eve_switch frame_switches[] = {
    { "enabled", SWITCH_BOOL, AT(frame.on), "such records" },
    { "payload-buffer-size", SWITCH_SIZE32, AT(frame.payload_buffer_size), "bytes of a frame at most" },
};
static const struct eve_switch arp_switches[] = { { "enabled", SWITCH_BOOL, AT(arp.on), "such records" } };
static const struct eve_switch entity_switches[] = { { "enabled", SWITCH_BOOL, AT(entity.on), "such records" } };
static const struct eve_switch metadata_switches[] = { { "enabled", SWITCH_BOOL, AT(metadata_record.on), "such records" } };

/* The record types that are not a protocol's; what of the options differs from output to output is `part`. */
static const struct {
    const char *name;
    const struct eve_switch *rows;
    unsigned n;
    size_t on;
    enum event_kind kind;
    size_t part, part_size;
    bool objects;              /* transactions' objects are part of it */
    bool once;                 /* only one output may have it */
} eve_types[] = {
#define PART(member) AT(member), sizeof ((struct eve_settings *)0)->member
    { "alert", alert_switches, ROWS(alert_switches), AT(alert.on), EVENT_ALERT, PART(alert), true },
    { "anomaly", anomaly_switches, ROWS(anomaly_switches), AT(anomaly.on), EVENT_ANOMALY, PART(anomaly), false, true },
    { "drop", drop_switches, ROWS(drop_switches), AT(drop.on), EVENT_DROP, PART(drop), false, true },
    { "stats", stats_switches, ROWS(stats_switches), AT(stats.on), EVENT_STATS, PART(stats), false },
    { "files", files_switches, ROWS(files_switches), AT(files.on), EVENT_FILE, PART(files), true },
    { "flow", flow_switches, ROWS(flow_switches), AT(flow.on), EVENT_FLOW, PART(flow), false },
    { "netflow", netflow_switches, ROWS(netflow_switches), AT(netflow.on), EVENT_NETFLOW, PART(netflow), false },
    { "frame", frame_switches, ROWS(frame_switches), AT(frame.on), EVENT_FRAME, PART(frame), false },
    { "metadata", metadata_switches, ROWS(metadata_switches), AT(metadata_record.on), EVENT_METADATA, PART(metadata_record), false },
    { "arp", arp_switches, ROWS(arp_switches), AT(arp.on), EVENT_ARP, PART(arp), false },
    { "entity", entity_switches, ROWS(entity_switches), AT(entity.on), EVENT_ENTITY, PART(entity), false },
#undef PART
};
/* clang-format on */

void settings_eve_each(void (*row)(const char *path, const char *help))
{
    char path[128];

    for (unsigned i = 0; i < ROWS(head_switches); i++) {
        snprintf(path, sizeof path, "outputs.eve-log.%s", head_switches[i].path);
        row(path, head_switches[i].help);
    }
    for (unsigned i = 0; i < ROWS(eve_types); i++) {
        for (unsigned k = 0; k < eve_types[i].n; k++) {
            const struct eve_switch *s = &eve_types[i].rows[k];
            if (k == 0 || strcmp(s->path, s[-1].path) != 0) { /* one that sets several is one */
                snprintf(path, sizeof path, "outputs.eve-log.types.%s.%s", eve_types[i].name, s->path);
                row(path, s->help);
            }
        }
    }
}

/* False: the text is not of that kind. */
static bool switch_read(struct eve_settings *eve, const struct eve_switch *row, const char *v)
{
    char *to = (char *)eve + row->offset;
    uint64_t n;

    switch (row->kind) {
    case SWITCH_BOOL: return conf_text_bool(v, (bool *)to);
    case SWITCH_SIZE32:
        if (!conf_text_size(v, &n) || n > UINT32_MAX) {
            return false;
        }
        *(uint32_t *)(void *)to = (uint32_t)n;
        return true;
    case SWITCH_U16:
        if (!conf_text_u64(v, &n) || n > UINT16_MAX) {
            return false;
        }
        *(uint16_t *)(void *)to = (uint16_t)n;
        return true;
    case SWITCH_TEXT: *(const char **)(void *)to = v; return true;
    case SWITCH_WORD: *(bool *)to = strcasecmp(v, row->word) == 0; return true;
    default: return false;
    }
}

static bool switches_read(struct eve_settings *eve, const struct conf *conf, const struct conf_node *at, const struct eve_switch *rows,
                          unsigned n, struct err *err)
{
    static const char *const wanted[] = { "yes or no", "a size", "a number up to 65535", "", "" };

    for (unsigned i = 0; i < n; i++) {
        const struct conf_node *node = at != NULL ? conf_read(conf, at, rows[i].path) : NULL;
        const char *v = node != NULL ? conf_value(node) : NULL;
        if (v != NULL && !switch_read(eve, &rows[i], v)) {
            struct conf_place p = conf_place(node);
            return err_set(err, "%s:%u:%u: %s: '%s' is not %s", p.file, p.line, p.column, rows[i].path, v, wanted[rows[i].kind]);
        }
    }
    return true;
}

unsigned settings_hashes(const struct conf *conf, const struct conf_node *at, struct log *log)
{
    const struct conf_node *list = at != NULL ? conf_read(conf, at, "force-hash") : NULL;
    unsigned hashes = 0;

    for (const struct conf_node *n = list != NULL ? conf_first(list) : NULL; n != NULL; n = conf_next(n)) {
        uint32_t bit = 0;
        struct err err;
        if (conf_value(conf_read(conf, n, "")) == NULL) {
            continue;
        }
        if (conf_word(conf, n, "", "md5 sha1 sha256", &bit, &err)) {
            hashes |= 1u << bit;
        } else {
            log_say(log, LOG_WARNING, "%s", err.text);
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

/* An entry of the types: a name, or one with options. */
static bool type_read(struct eve_settings *eve, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    const struct conf_node *options = conf_first(conf_read(conf, at, ""));
    const char *name = conf_value(at) != NULL ? conf_value(at) : options != NULL ? conf_name(options) : "";

    if (options != NULL) {
        (void)conf_read(conf, options, "");
    }
    for (unsigned i = 0; i < ROWS(eve_types); i++) {
        if (strcmp(eve_types[i].name, name) != 0) {
            continue;
        }
        *(bool *)((char *)eve + eve_types[i].on) = true;
        if (eve_types[i].kind == EVENT_FILE) {
            eve->files.force_hash = settings_hashes(conf, options, log);
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
        struct conf_place p = conf_place(at);
        log_say(log, LOG_WARNING, "%s:%u:%u: eve-log: there are no records of type '%s'", p.file, p.line, p.column, name);
        return true;
    }
    const struct conf_node *on = options != NULL ? conf_read(conf, options, "enabled") : NULL;
    eve->proto_on[id - 1] = true;
    if (on != NULL && conf_value(on) != NULL && !conf_text_bool(conf_value(on), &eve->proto_on[id - 1])) {
        struct conf_place p = conf_place(on);
        return err_set(err, "%s:%u:%u: eve-log %s.enabled: '%s' is not yes or no", p.file, p.line, p.column, name, conf_value(on));
    }
    eve->proto_options[id - 1] = options;
    for (unsigned i = 0; i < proto_n; i++) {
        if (proto_table[i]->log_with != NULL && strcmp(proto_table[i]->log_with, name) == 0) {
            eve->proto_on[i] = eve->proto_on[id - 1];
        }
    }
    return true;
}

bool settings_eve(struct eve_settings *eve, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err)
{
    const struct conf_node *types = conf_read(conf, at, "types");

    eve->metadata = true;
    eve->host = conf_get(conf, "sensor-name");
    eve->alert.flow = eve->alert.app_layer = eve->alert.tagged = eve->alert.rule_metadata = eve->alert.verdict = true;
    eve->alert.payload_buffer_size = eve->frame.payload_buffer_size = 4096;
    eve->anomaly.applayer = true;
    eve->stats.totals = eve->stats.null_values = true;
    eve->drop.flows_start = true;
    eve->xff.header = "X-Forwarded-For";
    if (!switches_read(eve, conf, at, head_switches, ROWS(head_switches), err)) {
        return false;
    }
    eve->alert.xff = eve->xff;
    for (const struct conf_node *n = types != NULL ? conf_first(types) : NULL; n != NULL; n = conf_next(n)) {
        if (!type_read(eve, conf, n, log, err)) {
            return false;
        }
    }
    return true;
}

/* ---- outputs that want the same ---- */

static bool text_same(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

static bool heads_same(const struct eve_settings *a, const struct eve_settings *b)
{
    return a->community_id == b->community_id && a->community_seed == b->community_seed && a->ether == b->ether && a->pcap_file == b->pcap_file &&
           a->suricata_version == b->suricata_version && a->metadata == b->metadata && a->strict == b->strict && text_same(a->host, b->host) &&
           a->xff.on == b->xff.on && a->xff.overwrite == b->xff.overwrite && a->xff.forward == b->xff.forward &&
           text_same(a->xff.header, b->xff.header);
}

/* Is protocol i's object the same in both outputs' records? */
static bool proto_same(const struct engine_settings *s, unsigned a, unsigned b, unsigned i)
{
    const void *x = s->proto.log_settings[a][i], *y = s->proto.log_settings[b][i];

    return (x == NULL && y == NULL) || (x != NULL && y != NULL && memcmp(x, y, proto_table[i]->settings_size) == 0);
}

static bool protos_same(const struct engine_settings *s, unsigned a, unsigned b)
{
    for (unsigned i = 0; i < proto_n; i++) {
        if (!proto_same(s, a, b, i)) {
            return false;
        }
    }
    return true;
}

/* Output b's records of a type are rendered by the first output that wants the same. */
static void share_type(struct engine_settings *s, unsigned type, unsigned b)
{
    struct eve_settings *eve = s->event.eve;
    const size_t on = eve_types[type].on, part = eve_types[type].part;

    for (unsigned a = 0; a <= b && *(bool *)((char *)&eve[b] + on); a++) {
        if (a == b || (*(bool *)((char *)&eve[a] + on) && heads_same(&eve[a], &eve[b]) &&
                       memcmp((char *)&eve[a] + part, (char *)&eve[b] + part, eve_types[type].part_size) == 0 &&
                       (!eve_types[type].objects || protos_same(s, a, b)))) {
            eve[a].to[eve_types[type].kind] |= 1u << b;
            return;
        }
    }
}

static void share_proto(struct engine_settings *s, unsigned i, unsigned b)
{
    struct eve_settings *eve = s->event.eve;

    for (unsigned a = 0; a <= b && eve[b].proto_on[i]; a++) {
        if (a == b || (eve[a].proto_on[i] && heads_same(&eve[a], &eve[b]) && proto_same(s, a, b, i))) {
            eve[a].txn_to[i] |= 1u << b;
            return;
        }
    }
}

bool settings_eve_share(struct engine_settings *s, struct err *err)
{
    for (unsigned i = 0; i < ROWS(eve_types); i++) {
        unsigned n = 0;
        for (unsigned b = 0; eve_types[i].once && b < s->event.n; b++) {
            n += *(bool *)((char *)&s->event.eve[b] + eve_types[i].on);
        }
        if (n > 1) { /* as Suricata has it, whose settings these are */
            return err_set(err, "eve-log: only one '%s' logger can be enabled", eve_types[i].name);
        }
    }
    for (unsigned b = 0; b < s->event.n; b++) {
        for (unsigned i = 0; i < ROWS(eve_types); i++) {
            share_type(s, i, b);
        }
        for (unsigned i = 0; i < proto_n; i++) {
            share_proto(s, i, b);
        }
    }
    return true;
}
