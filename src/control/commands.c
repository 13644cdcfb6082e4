/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands; those about the program, its settings, its counters and where frames come from. */
#include "control/command.h"
#include "control/inside.h"

#include "base/clock.h"
#include "base/rows.h"
#include "engine/outside.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

const struct control_command control_commands[] = {
#define COMMAND(name, function, jobs, help, ...) { name, function, jobs, help, { __VA_ARGS__ } },
#include "control/commands.list"
#undef COMMAND
};
const unsigned control_command_n = ROWS(control_commands);

const struct control_command *control_command_named(struct bytes name)
{
    for (unsigned i = 0; i < control_command_n; i++) {
        if (bytes_is(name, control_commands[i].name)) {
            return &control_commands[i];
        }
    }
    return NULL;
}

/* ---- the program ---- */

bool command_shutdown(struct request *r)
{
    json_string(r->out, MESSAGE, "Closing peccary");
    jobs_end(&r->control->jobs);
    kill(getpid(), SIGTERM); /* the run ends as it does when it is interrupted */
    return true;
}

bool command_list(struct request *r)
{
    unsigned n = 0;

    json_object(r->out, MESSAGE);
    json_array(r->out, "commands");
    for (unsigned i = 0; i < control_command_n; i++) {
        if (!control_commands[i].jobs || r->control->settings.jobs) {
            json_string(r->out, NULL, control_commands[i].name);
            n++;
        }
    }
    json_end_array(r->out);
    json_u64(r->out, "count", n);
    json_end_object(r->out);
    return true;
}

bool command_version(struct request *r)
{
    json_string(r->out, MESSAGE, PECCARY_VERSION);
    return true;
}

static uint64_t uptime(const struct engine *e) { return (clock_now() - e->started) / CLOCK_SECOND; }

bool command_uptime(struct request *r)
{
    json_u64(r->out, MESSAGE, uptime(r->engine));
    return true;
}

bool command_running_mode(struct request *r)
{
    json_string(r->out, MESSAGE, r->control->settings.running_mode);
    return true;
}

bool command_capture_mode(struct request *r)
{
    json_string(r->out, MESSAGE, r->control->settings.capture_mode);
    return true;
}

bool command_conf_get(struct request *r)
{
    const char *value = conf_get(r->engine->conf, request_text(r, "variable"));

    if (value == NULL) {
        return err_set(&r->err, "Unable to get value");
    }
    json_string(r->out, MESSAGE, value);
    return true;
}

bool command_counters(struct request *r)
{
    return engine_counters_json(r->engine, r->out, MESSAGE, &r->err);
}

bool command_reopen(struct request *r)
{
    return engine_reopened_logs(r->engine, &r->err);
}

/* ---- what runs ---- */

struct seen {
    struct json *j;
    const char *iface;           /* NULL: all */
    uint64_t packets, bytes, dropped;
    size_t ifaces;               /* so many there are */
    bool found;
};

static void runs(const struct inside *in, void *ctx) { *(bool *)ctx = in != NULL; }

static void seen_add(struct worker *w, void *ctx)
{
    struct seen *s = ctx;
    size_t n;
    const struct source_input *inputs = source_inputs(w->source, &n);

    for (size_t k = 0; k < n && (w->index == 0 || w->settings->live); k++) { /* reading files each reads them all */
        s->packets += inputs[k].packets;
        s->bytes += inputs[k].bytes;
    }
}

struct counter_wish {
    const char *name;
    uint64_t value;
};

static void counter_find(void *ctx, const char *name, uint64_t value, int kind)
{
    struct counter_wish *w = ctx;

    (void)kind;
    for (; w->name != NULL; w++) {
        w->value = strcmp(w->name, name) == 0 ? value : w->value;
    }
}

/* Where nothing runs they stay as they are. */
static bool counters_find(struct request *r, struct counter_wish *w)
{
    bool any;

    engine_look(r->engine, runs, &any);
    return !any || engine_counters(r->engine, counter_find, w, &r->err);
}

bool command_status(struct request *r)
{
    struct counter_wish c[] = { { "capture.kernel_drops", 0 }, { "peccary.views_uninspected", 0 }, { "peccary.handover.ring_full", 0 }, { "flow.active", 0 },
                                { "detect.alert", 0 }, { NULL, 0 } };
    struct engine *e = r->engine;
    struct seen s = { 0 };

    engine_look(e, runs, &s.found);
    if (s.found && (!engine_ask(e, seen_add, &s, &r->err) || !counters_find(r, c))) {
        return false;
    }
    json_object(r->out, MESSAGE);
    json_string(r->out, "version", PECCARY_VERSION);
    json_u64(r->out, "uptime", uptime(e));
    json_string(r->out, "capture", r->control->settings.capture_mode);
    json_bool(r->out, "running", s.found);
    json_u64(r->out, "workers", e->settings->workers);
    json_u64(r->out, "packets", s.packets);
    json_u64(r->out, "bytes", s.bytes);
    json_u64(r->out, "kernel_drops", c[0].value);
    json_u64(r->out, "uninspected", c[1].value);
    json_u64(r->out, "lost_between_workers", c[2].value);
    json_u64(r->out, "flows", c[3].value);
    json_u64(r->out, "alerts", c[4].value);
    pthread_mutex_lock(&e->lock);
    json_u64(r->out, "rules", e->rules_loaded);
    json_u64(r->out, "rules_refused", e->rules_refused);
    json_u64(r->out, "rulesets", generations_held(&e->generations));
    pthread_mutex_unlock(&e->lock);
    json_bool(r->out, "reloading", engine_reloading(e));
    json_end_object(r->out);
    return true;
}

static void ifaces(const struct inside *in, void *ctx)
{
    struct seen *s = ctx;
    size_t n = 0;
    const struct source_input *inputs = in != NULL ? source_inputs(in->worker[0].source, &n) : NULL;

    json_object(s->j, MESSAGE);
    json_u64(s->j, "count", n);
    json_array(s->j, "ifaces");
    for (size_t i = 0; i < n; i++) {
        json_string(s->j, NULL, inputs[i].path != NULL ? inputs[i].path : "-");
    }
    json_end_array(s->j);
    json_end_object(s->j);
}

bool command_iface_list(struct request *r)
{
    struct seen s = { .j = r->out };

    engine_look(r->engine, ifaces, &s);
    return true;
}

static void iface_add(struct worker *w, void *ctx)
{
    struct seen *s = ctx;
    const struct source_input *inputs = source_inputs(w->source, &s->ifaces);

    for (size_t k = 0; k < s->ifaces && (w->index == 0 || w->settings->live); k++) {
        bool is = strcmp(inputs[k].path != NULL ? inputs[k].path : "-", s->iface) == 0;
        s->found |= is;
        s->packets += is ? inputs[k].packets : 0;
        s->dropped += is ? inputs[k].dropped : 0;
    }
}

bool command_iface_stat(struct request *r)
{
    struct counter_wish c[] = { { "flow_bypassed.local_pkts", 0 }, { "tcp.invalid_checksum", 0 }, { NULL, 0 } };
    struct seen s = { .iface = request_text(r, "iface") };

    if (!counters_find(r, c)) { /* what the kernel dropped is asked with it */
        return false;
    }
    (void)engine_ask(r->engine, iface_add, &s, &r->err);
    if (!s.found) {
        return err_set(&r->err, "Iface does not exist");
    }
    json_object(r->out, MESSAGE);
    json_u64(r->out, "pkts", s.packets);
    json_u64(r->out, "drop", s.dropped);
    if (s.ifaces == 1) { /* these are counted for all of them together: nothing is said of one (dump-counters has them) */
        json_u64(r->out, "invalid-checksums", c[1].value);
        json_u64(r->out, "bypassed", c[0].value);
    }
    json_end_object(r->out);
    return true;
}

bool command_iface_bypassed(struct request *r)
{
    struct counter_wish c[] = { { "flow_bypassed.local_pkts", 0 }, { "flow_bypassed.local_bytes", 0 }, { NULL, 0 } };

    if (!counters_find(r, c)) {
        return false;
    }
    json_object(r->out, MESSAGE);
    json_u64(r->out, "bypassed_packets", c[0].value);
    json_u64(r->out, "bypassed_bytes", c[1].value);
    json_end_object(r->out);
    return true;
}

bool command_ebpf_bypassed(struct request *r)
{
    struct counter_wish c[] = { { "peccary.flows_offloaded", 0 }, { "peccary.capture.offloaded", 0 }, { NULL, 0 } };

    if (!r->engine->settings->devices.offload) {
        return err_set(&r->err, "No interface using eBPF bypass");
    }
    if (!counters_find(r, c)) {
        return false;
    }
    json_object(r->out, MESSAGE);
    json_u64(r->out, "flows", c[0].value);
    json_u64(r->out, "packets", c[1].value);
    json_end_object(r->out);
    return true;
}

bool command_flow(struct request *r)
{
    struct flow_numbers f;
    uint64_t id;

    if (!request_number(r, "flow_id", &id)) {
        return err_set(&r->err, "flow_id is no flow's number");
    }
    if (!engine_flow(r->engine, id, &f, &r->err)) {
        return false;
    }
    json_object(r->out, MESSAGE);
    json_u64(r->out, "pkts_toclient", f.packets[1]);
    json_u64(r->out, "pkts_toserver", f.packets[0]);
    json_u64(r->out, "bytes_toclient", f.bytes[1]);
    json_u64(r->out, "bytes_toserver", f.bytes[0]);
    json_u64(r->out, "age", f.last / CLOCK_SECOND - f.first / CLOCK_SECOND);
    json_end_object(r->out);
    return true;
}
