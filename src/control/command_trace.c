/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that follow traffic: one conversation through all stages; the capture log on and off. */
#include "control/command.h"

#include "engine/trace.h"

#include <string.h>

enum { PACKETS_PRESET = 100, PACKETS_MAX = 10000 };

bool command_trace(struct request *r)
{
    const char *what = request_text(r, "what");
    struct trace_wish w = { .packets = PACKETS_PRESET };
    uint64_t n;

    if (!addr_parse(what, &w.addr, &w.family) && (!conf_text_u64(what, &w.flow) || w.flow == 0)) {
        return err_set(&r->err, "'%s' is neither an address nor a flow's id", what);
    }
    if (request_number(r, "port", &n)) {
        if (n > UINT16_MAX) {
            return err_set(&r->err, "port is no port");
        }
        w.port = (uint16_t)n;
    }
    if (request_number(r, "packets", &n)) {
        if (n == 0 || n > PACKETS_MAX) {
            return err_set(&r->err, "packets is a number from 1 to %d", PACKETS_MAX);
        }
        w.packets = (uint32_t)n;
    }
    if (!engine_trace(r->engine, &w, &r->err)) {
        return false;
    }
    json_string(r->out, MESSAGE, "tracing; trace-show tells what was seen");
    return true;
}

bool command_trace_show(struct request *r)
{
    engine_trace_tell(r->engine, r->out, MESSAGE);
    return true;
}

bool command_trace_stop(struct request *r)
{
    engine_trace_stop(r->engine);
    return true;
}

bool command_capture(struct request *r)
{
    const char *state = request_text(r, "state");
    bool on;

    if (!conf_text_bool(state, &on)) {
        return err_set(&r->err, "state is on or off");
    }
    if (!r->engine->settings->pcap_log.on) {
        return err_set(&r->err, "no pcap-log output is set up");
    }
    atomic_store(&r->engine->settings->pcap_log.paused, !on);
    json_string(r->out, MESSAGE, on ? "packets are written" : "no packets are written");
    return true;
}
