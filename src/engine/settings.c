/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings - from the settings tree to every module's typed struct.
 */
#include "engine/settings.h"

#include "base/hash.h"
#include "config/vars.h"
#include "engine/recording.h"
#include "engine/settings_eve.h"
#include "engine/tenants.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const checksum_modes[] = { "auto", "yes", "no" };

/* Over which transports a protocol is on, and only told by name.  What is said of a transport counts where nothing is said of all. */
static bool proto_enabled(struct engine_settings *s, struct conf *conf, unsigned i, bool preset, struct err *err)
{
    static const struct { const char *key; uint8_t transports; } places[] = { { "tcp.", 1 }, { "udp.", 2 }, { "", 3 } };
    enum { NO, YES, DETECTION_ONLY };

    s->proto.enabled[i] = preset ? 3 : 0;
    for (unsigned k = 0; k < ROWS(places); k++) {
        char path[128];
        uint32_t word = UINT32_MAX;
        uint8_t bits = places[k].transports;
        snprintf(path, sizeof path, "app-layer.protocols.%s.%senabled", proto_table[i]->name, places[k].key);
        if (!conf_word(conf, conf_root(conf), path, "no yes detection-only", &word, err)) {
            return false;
        }
        if (word != UINT32_MAX) {
            s->proto.enabled[i] = (uint8_t)((s->proto.enabled[i] & ~bits) | (word != NO ? bits : 0));
            s->proto.detection_only[i] = (uint8_t)((s->proto.detection_only[i] & ~bits) | (word == DETECTION_ONLY ? bits : 0));
        }
    }
    return true;
}

static bool proto_ports(struct engine_settings *s, struct conf *conf, unsigned i, const char *name, struct err *err)
{
    static const struct { const char *key; unsigned transports; } places[] = {
        { "tcp.detection-ports.dp", 1 }, { "udp.detection-ports.dp", 2 }, { "detection-ports.dp", 3 }, /* the last has the last word */
    };

    for (unsigned k = 0; k < ROWS(places); k++) {
        char path[128];
        const char *v;
        snprintf(path, sizeof path, "app-layer.protocols.%s.%s", name, places[k].key);
        conf_mark_used(conf, path);
        if ((v = conf_get(conf, path)) == NULL) {
            continue;
        }
        const struct port_set *set = settings_ports(s, conf, v, err);
        if (set == NULL) {
            return err_add(err, "%s", path);
        }
        if ((places[k].transports & proto_table[i]->transports & 1) != 0) {
            s->proto.ports_tcp[i] = set;
        }
        if ((places[k].transports & proto_table[i]->transports & 2) != 0) {
            s->proto.ports_udp[i] = set;
        }
    }
    return true;
}

/* What is done when a protocol's bytes are encrypted from some point on.  Another word is none to Suricata, and told here. */
static void proto_encryption(struct engine_settings *s, struct conf *conf, unsigned i, const char *name, struct log *log)
{
    char path[128];
    uint32_t word = 0;
    struct err err;

    snprintf(path, sizeof path, "app-layer.protocols.%s.encryption-handling", name);
    enum { DEFAULT = 3 }; /* as it was called before */
    if (!conf_word(conf, conf_root(conf), path, "track-only bypass full default", &word, &err)) {
        log_say(log, LOG_WARNING, "%s", err.text);
    }
    s->proto.encryption_handling[i] = (uint8_t)(word == DEFAULT ? 0 : word);
}

uint64_t settings_share(uint64_t cap, unsigned workers) { return cap != 0 && cap < workers ? 1 : cap / workers; }

static bool protos_make(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct log *log, struct err *err)
{
    s->proto.memcap = settings_share(s->proto.memcap, s->workers);
    if (s->proto.memcap == 0) {
        s->proto.memcap = s->stream.memcap + s->stream.reassembly_memcap;
    }
    s->proto.detect_max = 2048;
    s->proto.open.kinds = (s->proto.open_gzip ? OPENER_GZIP : 0u) | (s->proto.open_zip ? OPENER_ZIP : 0u) |
                          (s->proto.open_swf ? OPENER_SWF | OPENER_SWF_LZMA : 0u) | (s->proto.open_pdf ? OPENER_PDF : 0u) |
                          (s->proto.open_tar ? OPENER_TAR : 0u);
    s->proto.file_types &= !o->suricata;
    s->proto.nameless &= !o->suricata;
    if (s->proto.applications && !o->suricata && (s->proto.apps = apps_new()) == NULL) {
        return err_set(err, "applications: not enough memory");
    }
    for (unsigned i = 0; i < proto_n; i++) {
        const struct proto *p = proto_table[i];
        if (!proto_enabled(s, conf, i, !(p->by_name && o->suricata), err) || !proto_ports(s, conf, i, p->name, err)) {
            return false;
        }
        proto_encryption(s, conf, i, p->name, log);
        if (p->settings_size != 0) {
            s->proto.settings[i] = calloc(1, p->settings_size);
            if (s->proto.settings[i] == NULL || !settings_proto(conf, i, NULL, s->proto.settings[i], err)) {
                return false;
            }
        }
    }
    s->proto.ports = proto_ports_new(&s->proto);
    return s->proto.ports != NULL || err_set(err, "port table: not enough memory");
}

/* The networks of one policy: a list, or one string of networks with commas between them. */
static bool policy_networks(struct facts_maker *m, const struct conf_node *n, enum os_policy policy, struct err *err)
{
    const char *text = conf_value(n);
    char *copy = text != NULL ? strdup(text) : NULL, *save = NULL;
    bool ok = true;

    for (char *one = copy != NULL ? strtok_r(copy, "[], \t", &save) : NULL; ok && one != NULL; one = strtok_r(NULL, "[], \t", &save)) {
        ok = facts_maker_policy(m, one, policy, err);
    }
    free(copy);
    for (const struct conf_node *k = conf_first(n); ok && k != NULL; k = conf_next(k)) {
        ok = conf_value(k) == NULL || facts_maker_policy(m, conf_value(k), policy, err);
    }
    return ok || err_add(err, "host-os-policy.%s", conf_name(n));
}

static bool host_policies(struct engine_settings *s, struct conf *conf, struct err *err)
{
    const struct conf_node *at = conf_node(conf, "host-os-policy");
    struct facts_maker *m = facts_maker_new();
    bool ok = m != NULL || err_set(err, "host-os-policy: not enough memory");

    conf_mark_used(conf, "host-os-policy.**");
    for (const struct conf_node *n = at != NULL ? conf_first(at) : NULL; ok && n != NULL; n = conf_next(n)) {
        enum os_policy policy;
        if (!os_policy_parse(conf_name(n), &policy)) {
            struct conf_place p = conf_place(n);
            ok = err_set(err, "%s:%u:%u: host-os-policy: no policy is called '%s'", p.file, p.line, p.column, conf_name(n));
        } else {
            ok = policy_networks(m, n, policy, err);
        }
    }
    if (m != NULL) {
        s->facts = facts_maker_done(m);
    }
    return ok;
}

const struct option_row decode_options[] = {
    { "decoder.max-layers", OPTION_U32, offsetof(struct decode_settings, max_layers), "16", NULL, 1, 64, "headers",
      "headers of one frame that are decoded; more are noted" },
};
const unsigned decode_option_n = ROWS(decode_options);

static bool decode_make(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct err *err)
{
    struct tunnel_options tunnels = { 0 };

    if (!conf_apply(conf, tunnel_rows, tunnel_row_n, &tunnels, err) || !conf_apply(conf, decode_options, decode_option_n, &s->decode, err)) {
        return false;
    }
    decode_tunnels(&s->decode, &tunnels, o->reader);
    for (unsigned i = 0; i < OVERLAY_N; i++) {
        if (tunnels.ports[i] != NULL && (s->decode.ports[i] = settings_ports(s, conf, tunnels.ports[i], err)) == NULL) {
            return err_add(err, "decoder: ports of %s", overlay_name((enum overlay)i));
        }
    }
    conf_mark_used(conf, "pcap-file.checksum-checks");
    const char *mode = conf_get(conf, "pcap-file.checksum-checks");
    s->decode.checksums = mode == NULL || strcmp(mode, "no") != 0;
    bool validate = true;
    if (!conf_bool(conf, "stream.checksum-validation", &validate, err)) {
        return false;
    }
    s->decode.checksums &= validate;
    for (unsigned i = 0; mode != NULL && i < ROWS(checksum_modes); i++) {
        if (strcmp(mode, checksum_modes[i]) == 0) {
            mode = NULL;
        }
    }
    if (mode != NULL) {
        return err_set(err, "pcap-file.checksum-checks: '%s' is none of auto, yes, no", mode);
    }
    if (o->checksums >= 0) {
        s->decode.checksums = o->checksums != 0;
    }
    return true;
}

static const char *rule_file(const struct conf *conf, struct arena *a, const char *name)
{
    const char *folder = name[0] != '/' ? conf_get(conf, "default-rule-path") : NULL;
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "", name);
    return arena_str(a, bytes_str(path));
}

const char **settings_rule_files(const struct conf *conf, struct arena *a, unsigned more, unsigned *n)
{
    const struct conf_node *list = conf_node(conf, "rule-files");
    const char *alone = list != NULL && conf_first(list) == NULL ? conf_value(list) : NULL; /* a name in place of a list */
    unsigned room = more + 1;

    *n = 0;
    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; f != NULL; f = conf_next(f)) {
        room++;
    }
    const char **files = arena_zero(a, (room + 1u) * sizeof *files);
    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; files != NULL && f != NULL; f = conf_next(f)) {
        if (conf_value(f) != NULL) {
            files[(*n)++] = rule_file(conf, a, conf_value(f));
        }
    }
    if (files != NULL && alone != NULL && alone[0] != '\0') {
        files[(*n)++] = rule_file(conf, a, alone);
    }
    return a->full ? NULL : files;
}

static bool rule_files_make(struct engine_settings *s, struct conf *conf, struct err *err)
{
    s->rule_path = conf_get(conf, "default-rule-path");
    s->class_file = conf_get(conf, "classification-file");
    s->reference_file = conf_get(conf, "reference-config-file");
    conf_mark_used(conf, "rule-files.**");
    conf_mark_used(conf, "default-rule-path");
    conf_mark_used(conf, "classification-file");
    conf_mark_used(conf, "reference-config-file");
    s->rule_files = settings_rule_files(conf, &s->names, 0, &s->rule_file_n);
    return s->rule_files != NULL || err_set(err, "rule-files: not enough memory");
}

const struct option_row script_options[] = {
    { "security.lua.allow-rules", OPTION_BOOL, offsetof(struct script_settings, allowed), "yes", NULL, 0, 0, NULL, "rules may run scripts (lua:)" },
    { "security.lua.max-bytes", OPTION_BYTES, offsetof(struct script_settings, memory), "500000", NULL, 0, 0, "bytes", "memory of one script; 0: no limit" },
    { "security.lua.max-instructions", OPTION_U64, offsetof(struct script_settings, steps), "500000", NULL, 0, 0, "steps",
      "instructions of one call of a script; 0: no limit" },
};
const unsigned script_option_n = ROWS(script_options);

/* action-order: a list of all four kinds of actions, whose rules are to come first first. */
static bool action_order(struct engine_settings *s, struct conf *conf, struct err *err)
{
    static const char *const kinds[ORDER_N] = { "pass", "drop", "reject", "alert" };
    const struct conf_node *list = conf_node(conf, "action-order");
    unsigned n = 0, seen = 0;

    conf_mark_used(conf, "action-order.**");
    for (const struct conf_node *a = list != NULL ? conf_first(list) : NULL; a != NULL; a = conf_next(a)) {
        unsigned kind = 0;
        while (kind < ORDER_N && (conf_value(a) == NULL || strcasecmp(conf_value(a), kinds[kind]) != 0)) {
            kind++;
        }
        if (kind == ORDER_N || (seen >> kind & 1) != 0) {
            struct conf_place p = conf_place(a);
            return err_set(err, "%s:%u:%u: action-order: pass, drop, reject and alert are wanted, each once", p.file, p.line, p.column);
        }
        seen |= 1u << kind;
        s->detect.action_rank[kind] = (uint8_t)n++;
    }
    s->detect.action_ordered = n != 0;
    return n == 0 || n == ORDER_N || err_set(err, "action-order: all of pass, drop, reject and alert are wanted");
}

/* The folder for compiled databases: the settings', a service's, the user's.  None: nothing is kept. */
static void cache_dir_make(struct engine_settings *s)
{
    static const struct { const char *variable, *below; } places[] = {
        { "CACHE_DIRECTORY", "" }, { "XDG_CACHE_HOME", "/peccary" }, { "HOME", "/.cache/peccary" },
    };

    for (unsigned i = 0; s->detect.cache_on && s->detect.cache_dir == NULL && i < ROWS(places); i++) {
        const char *at = getenv(places[i].variable);
        if (at != NULL && at[0] == '/' && asprintf(&s->cache_dir, "%s%s", at, places[i].below) >= 0) {
            s->detect.cache_dir = s->cache_dir;
        }
    }
    if (!s->detect.cache_on) {
        s->detect.cache_dir = NULL;
    }
}

/* What is otherwise when frames come as time goes by. */
static void live_make(struct engine_settings *s, const struct engine_overrides *o)
{
    s->live = s->flow.live = s->event.live = o->live;
    s->inline_devices = o->live && o->inline_devices;
    s->respond.active = o->live && (!o->inline_devices || o->simulate_ips);
    s->respond.held = o->simulate_ips;
    s->blocks.active = s->respond.active && (o->inline_devices || s->blocks.nftables || s->blocks.xdp);
    if (s->stream.midstream_choice == STREAM_MIDSTREAM_AUTO && s->inline_devices && !o->suricata) {
        s->stream.midstream = true; /* what is under way when it begins goes on, and is looked at */
    }
    bool guards = s->inline_devices && o->simulate_ips && !o->suricata;
    s->stream.guarded = s->defrag.guarded = guards && s->devices.normalise;
    s->devices.ttl_min = guards ? s->devices.ttl_min : 0;
    s->devices.drop_routed &= guards;
    s->devices.gate_hosts = s->blocks.xdp && s->blocks.active;
    s->flow.device_in_key &= !s->inline_devices; /* a flow goes in by one device and comes back by the other */
    s->flow.seed = hash_random_seed(); /* nothing is told in the order of the tables */
    s->defrag.seed = hash_random_seed();
    s->defrag.any_vlan = !s->flow.vlan_in_key;
    s->defrag.any_tenant = !s->flow.tenant_in_key;
}

/* libmagic looks for that name, and with .mgc behind it. */
static void magic_look(struct engine_settings *s, struct log *log)
{
    const char *path = s->proto.magic_file;
    char compiled[PATH_MAX];

    if (path == NULL) {
        return;
    }
    snprintf(compiled, sizeof compiled, "%s.mgc", path);
    if (access(path, R_OK) != 0 && access(compiled, R_OK) != 0) {
        log_say(log, LOG_WARNING, "magic-file: %s cannot be read: libmagic's own database is used", path);
        s->proto.magic_file = NULL;
    }
}

static void say_warning(void *log, const struct err *e) { log_say(log, LOG_WARNING, "%s", e->text); }
static void say_record(void *log, const struct err *e) { log_say(log, LOG_ERROR, "frames are not recorded: %s", e->text); }

bool engine_settings_make(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct log *log, struct err *err)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->names, NULL, 0);
    if (!conf_apply(conf, flow_options, flow_option_n, &s->flow, err) || !conf_apply(conf, defrag_options, defrag_option_n, &s->defrag, err) ||
        !conf_apply(conf, stream_options, stream_option_n, &s->stream, err) ||
        !conf_apply(conf, aware_options, aware_option_n, &s->aware, err) ||
        !conf_apply(conf, driver_options, driver_option_n, &s->proto, err) ||
        !conf_apply(conf, detect_options, detect_option_n, &s->detect, err) ||
        !conf_apply(conf, blocks_options, blocks_option_n, &s->blocks, err) ||
        !conf_apply(conf, respond_options, respond_option_n, &s->respond, err) ||
        !conf_apply(conf, device_options, device_option_n, &s->devices, err) ||
        !conf_apply(conf, rounds_options, rounds_option_n, &s->rounds, err) ||
        !conf_apply(conf, recorder_options, recorder_option_n, &s->recorder, err) ||
        !conf_apply(conf, script_options, script_option_n, &s->script, err)) {
        return false;
    }
    cache_dir_make(s);
    magic_look(s, log);
    s->workers = o->workers != 0 ? o->workers : 1;
    s->batch = o->batch != 0 ? o->batch : BATCH_MAX;
    s->ring_bytes = 4 * 1024 * 1024;
    s->simulate_ips = o->simulate_ips;
    s->detect.inline_mode = o->simulate_ips;
    s->stream.inline_mode =
        s->stream.inline_choice == STREAM_INLINE_YES || (s->stream.inline_choice == STREAM_INLINE_AUTO && o->simulate_ips);
    s->stream.midstream = s->stream.midstream_choice == STREAM_MIDSTREAM_YES;
    s->stream.ips = o->simulate_ips;
    live_make(s, o);
    if (s->respond.active && s->blocks.when != BLOCK_NEVER && !s->blocks.active) {
        log_say(log, LOG_WARNING, "respond.block: no host is kept out, since neither respond.nftables nor respond.xdp is on");
    }
    s->aware.ordered = !s->live;
    s->aware.say = say_warning;
    s->aware.say_ctx = log;
    s->recorder.say = s->live ? say_record : NULL;
    s->recorder.warn = say_warning;
    s->recorder.say_ctx = log;
    if (s->aware.on) {
        aware_asks(s->proto.asked);
    }
    uint64_t *const caps[] = { &s->flow.memcap, &s->defrag.memcap, &s->stream.memcap, &s->stream.reassembly_memcap };
    for (unsigned i = 0; i < ROWS(caps); i++) {
        *caps[i] = settings_share(*caps[i], s->workers);
    }
    s->log_dir = o->log_dir != NULL ? o->log_dir : conf_get(conf, "default-log-dir");
    conf_mark_used(conf, "default-log-dir");
    s->event.strict = o->suricata;
    if (!cpus_make(&s->cpus, conf, err) || !action_order(s, conf, err) || !settings_firewall(s, conf, o, err) || !settings_exceptions(s, conf, log, err) ||
        !decode_make(s, conf, o, err) || !settings_tenants(s, conf, err) || !host_policies(s, conf, err) || !protos_make(s, conf, o, log, err) ||
        !recording_settings(s, conf, err) || !settings_network(s, conf, log, err) || !settings_outputs(s, conf, log, err)) {
        return false;
    }
    for (unsigned i = 0; i < s->event.n; i++) {
        s->proto.spans |= s->event.eve[i].frame.on;
    }
    if (s->recorder.on) {
        recording_asks(&s->proto);
    }
    struct err why;
    if (!vars_check(conf, &why)) { /* rules that name it are told of too, each; it may be that none does */
        log_say(log, LOG_WARNING, "%s", why.text);
    }
    return rule_files_make(s, conf, err);
}

void engine_settings_fini(struct engine_settings *s)
{
    for (unsigned i = 0; i < PROTO_IDS; i++) {
        free(s->proto.settings[i]);
    }
    proto_ports_free(s->proto.ports);
    apps_free((struct apps *)(uintptr_t)s->proto.apps);
    facts_free(s->facts);
    tenants_free(s->multi);
    free((void *)(uintptr_t)s->decode.tenants);
    settings_firewall_free(s);
    recorder_unprepare(&s->recorder);
    settings_network_free(s);
    settings_outputs_free(s);
    settings_ports_free(s);
    arena_fini(&s->names);
    free(s->cache_dir);
}
