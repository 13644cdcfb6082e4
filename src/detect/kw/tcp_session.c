/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include <netinet/in.h>

enum phase { SETUP = 1 << 0, ESTABLISHED = 1 << 1, CLOSING = 1 << 2 };

/* "setup,established": each once. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const char *const words[] = { "setup", "established", "closing" };
    unsigned *phases = kw_data(p, sizeof *phases, err);
    struct rd b = rd_of(bytes_str(argument));
    bool more = true;

    (void)place;
    *data = phases;
    if (phases == NULL) {
        return false;
    }
    if ((r->ip_proto[0] >> IPPROTO_TCP & 1) == 0) {
        return err_set(err, "tcp.session is about TCP, the rule is not");
    }
    while (more) {
        struct bytes word = rd_until(&b, ',', &more);
        unsigned i = 0;
        while (i < ROWS(words) && !bytes_is(word, words[i])) {
            i++;
        }
        if (i == ROWS(words) || (*phases >> i & 1) != 0) {
            return err_set(err, "'%.64s': write one or several of setup, established, closing, each once, with commas", argument);
        }
        *phases |= 1u << i;
    }
    return true;
}

/* A session that closes was established: its packets are of both. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const unsigned *phases = data;
    const struct flow *f = s->flow;

    (void)r;
    if (f == NULL || f->key.proto != IPPROTO_TCP) {
        return false;
    }
    bool known = f->tcp != NULL && !stream_unasked(f);
    enum tcp_state state = known ? stream_state(f) : TCP_NONE;
    unsigned now = known && s->turn->established ? ESTABLISHED : SETUP;
    now |= state >= TCP_FIN_WAIT1 && state < TCP_CLOSED ? CLOSING : 0;
    return (now & *phases) != 0;
}

const struct keyword keyword_tcp_session = {
    .name = "tcp.session",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .needs_flow = true,
    .parse = parse,
    .match = match,
    .help = "where in its life the TCP session is, one of these phases: tcp.session:setup,established,closing",
};
