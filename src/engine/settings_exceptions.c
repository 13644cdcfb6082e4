/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_exceptions - exception policies: one for all, one for each exception, and which make sense where. */
#include "engine/settings_eve.h"

#include <string.h>

#define ROW(path, bit, help) \
    { path, OPTION_ENUM, offsetof(struct engine_settings, exception[bit]), "auto", EXCEPTION_POLICIES, 0, 0, NULL, help }
const struct option_row exception_options[] = { /* in the order of enum flow_exception */
    ROW("defrag.memcap-policy", 0, "what becomes of a fragment that finds no memory"),
    ROW("stream.memcap-policy", 1, "what becomes of a packet whose session finds no memory"),
    ROW("stream.reassembly.memcap-policy", 2, "what becomes of a packet whose bytes find no memory"),
    ROW("flow.memcap-policy", 3, "what becomes of a packet whose flow finds no memory"),
    ROW("stream.midstream-policy", 4, "what becomes of packets of sessions whose SYN was not seen"),
    ROW("app-layer.error-policy", 5, "what becomes of a packet that made a parser give up"),
};
const unsigned exception_option_n = ROWS(exception_options);
const struct option_row master_option = { "exception-policy", OPTION_ENUM, 0, "auto", EXCEPTION_POLICIES, 0, 0, NULL,
                                                 "what becomes of traffic that meets any exception whose own policy is not said" };
enum { DEFRAG_MEMCAP, STREAM_MEMCAP, REASSEMBLY_MEMCAP, FLOW_MEMCAP_PLACE, MIDSTREAM, APP_ERROR };

/* What has no flow (yet) can only be done to the packet. */
static uint32_t of_packet(uint32_t policy)
{
    switch ((enum exception_policy)policy) {
    case EXCEPTION_DROP_FLOW: return EXCEPTION_DROP_PACKET;
    case EXCEPTION_PASS_FLOW:
    case EXCEPTION_BYPASS: return EXCEPTION_PASS_PACKET;
    case EXCEPTION_IGNORE:
    case EXCEPTION_DROP_PACKET:
    case EXCEPTION_PASS_PACKET:
    case EXCEPTION_REJECT:
    case EXCEPTION_REJECT_BOTH:
    case EXCEPTION_AUTO:
    default: return policy;
    }
}

/* A session without its SYN is one thing from its first packet on: what is done to it is done to all of it, and one that is
 * picked up cannot be dropped too. */
static bool midstream_may(const struct engine_settings *s, uint32_t policy)
{
    if (policy == EXCEPTION_DROP_PACKET || policy == EXCEPTION_PASS_PACKET || (policy == EXCEPTION_DROP_FLOW && !s->simulate_ips)) {
        return false;
    }
    return !s->stream.midstream || policy == EXCEPTION_IGNORE || policy == EXCEPTION_PASS_FLOW;
}

static bool place_settle(struct engine_settings *s, const struct conf *conf, unsigned place, uint32_t master, struct err *err)
{
    const struct conf_node *n = conf_node(conf, exception_options[place].path);
    bool said = n != NULL && conf_value(n) != NULL;
    uint32_t policy = said ? s->exception[place] : master;

    if (policy == EXCEPTION_AUTO) {
        policy = s->simulate_ips && (place != MIDSTREAM || !s->stream.midstream) ? EXCEPTION_DROP_FLOW : EXCEPTION_IGNORE;
    }
    if (place == DEFRAG_MEMCAP || place == FLOW_MEMCAP_PLACE) {
        policy = of_packet(policy);
    }
    if (place == MIDSTREAM && !midstream_may(s, policy)) {
        if (said) {
            struct conf_place p = conf_place(n);
            return err_set(err, "%s:%u:%u: stream.midstream-policy: '%s' is not valid %s", p.file, p.line, p.column, conf_value(n),
                           s->stream.midstream ? "when stream.midstream is enabled" : s->simulate_ips ? "for sessions" : "in IDS mode");
        }
        policy = EXCEPTION_IGNORE;
    }
    s->exception[place] = policy;
    return true;
}

bool settings_exceptions(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err)
{
    uint32_t master = EXCEPTION_AUTO;

    if (!conf_apply(conf, &master_option, 1, &master, err) || !conf_apply(conf, exception_options, exception_option_n, s, err)) {
        return false;
    }
    for (unsigned i = 0; i < ROWS(exception_options); i++) {
        if (!place_settle(s, conf, i, master, err)) {
            return false;
        }
    }
    const char *word = conf_get(conf, master_option.path);
    log_say_as(log, LOG_INFO, "exception-policy", "master exception-policy set to: %s", word != NULL ? word : "auto");
    s->stream.memcap_policy = s->exception[STREAM_MEMCAP];
    s->stream.reassembly_memcap_policy = s->exception[REASSEMBLY_MEMCAP];
    s->stream.midstream_policy = s->exception[MIDSTREAM];
    return true;
}
