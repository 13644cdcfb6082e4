/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_script - TCP conversations in a small notation, and what the stream module does with them, as text; for tests.
 *
 * A script is a list of steps separated by `;`.  A step is a side, flags and options:
 *
 *   > S              from the client (`<` from the server); flags of F S R P A U, `-` for none
 *   @5               sequence number: the byte at stream offset 5 (0 is the first after SYN).  Default: what comes next;
 *                    a SYN has -1
 *   ack 7            acknowledgment: up to the other side's offset 7.  Default with A: all that came from there
 *   rawack N         the number itself
 *   "text"           payload; `x500` payload of 500 letters that follow from their stream offset
 *   win 100, ws 7, sackok, sack 3-5, ts 10 20, tfo, urg 1, md5
 *   wait 3           time goes on by 3 seconds before the packet
 *
 * Beside packets: `end` (the flow ends), `raw >` and `raw <` (stream rules look now, in the turn of the step before),
 * `look` (from here on they look in every turn, in the packet's own direction), `eat N` (the sink consumes up to N bytes of
 * what it is offered from here on; default all), `need N >` (the parser wants N bytes), `off >` (app), `rawoff >`,
 * `trigger >`, `back N >` (look-back of stream rules), `again >` (offer once more).
 *
 * The trace names each step that did something by its number from 1: `4:>0"abc"` bytes given to the parsers (the side they go
 * to, offset), `>gap3+2` a gap of 2 bytes at 3, `+eof`, `+depth` and `+mid` flags, `!name` a note, `=state` a new state, `raw>0"abc"`
 * a window of stream rules, `new` another flow, `drop`,
 * `wire` the payload as it goes on where it was rewritten.  Long texts are given as `#length`.
 */
#ifndef FLOW_STREAM_SCRIPT_H
#define FLOW_STREAM_SCRIPT_H

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "flow/tcp.h"
#include "flow/test_views.h"
#include "packet/decode.h"

enum { SCRIPT_CLIENT_ISN = 1000, SCRIPT_SERVER_ISN = 5000, SCRIPT_TRACE = 8192, SCRIPT_LONG = 40, SCRIPT_HEADER = 20 };

struct script {
    struct stream_settings set;
    struct flow_table *table;
    struct streams *streams;
    const struct facts *facts;
    struct flow *flow;
    uint32_t isn[2];          /* by the direction of bytes */
    uint32_t next[2];         /* stream offset that comes next, -1 before the SYN */
    uint64_t ts;
    uint64_t number;
    size_t eat;
    bool look;
    unsigned reset;           /* for the user of this header */
    uint8_t state;
    bool no_flow_end;
    struct stream_result result; /* of the last packet */
    struct view view;
    struct packet packet;
    uint8_t frame[SCRIPT_HEADER + STREAM_SEGMENT_MAX]; /* a TCP header, the payload */
    uint8_t sack[32], options[40];
    char trace[SCRIPT_TRACE];
    size_t trace_n;
    unsigned step;
    bool step_named;
};

static inline uint8_t *script_payload(struct script *c) { return c->frame + SCRIPT_HEADER; }

/* The letter that stands at a stream offset in `xN` payloads. */
static inline uint8_t script_letter(uint64_t offset) { return (uint8_t)('a' + offset * 7 % 23); }

__attribute__((format(printf, 2, 3))) static inline void script_say(struct script *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!c->step_named && c->trace_n < sizeof c->trace) {
        c->trace_n += (size_t)snprintf(c->trace + c->trace_n, sizeof c->trace - c->trace_n, "%s%u:", c->trace_n ? " " : "", c->step);
        c->step_named = true;
    } else if (c->trace_n < sizeof c->trace) {
        c->trace_n += (size_t)snprintf(c->trace + c->trace_n, sizeof c->trace - c->trace_n, " ");
    }
    if (c->trace_n < sizeof c->trace) {
        c->trace_n += (size_t)vsnprintf(c->trace + c->trace_n, sizeof c->trace - c->trace_n, format, args);
    }
    va_end(args);
}

static inline const char *script_bytes(struct bytes b, char *room)
{
    if (b.n > SCRIPT_LONG) {
        snprintf(room, SCRIPT_LONG + 8, "#%zu", b.n);
    } else {
        snprintf(room, SCRIPT_LONG + 8, "\"%.*s\"", (int)b.n, (const char *)b.p);
    }
    return room;
}

static inline size_t script_sink(void *ctx, struct flow *f, enum side side, const struct stream_part *part)
{
    struct script *c = ctx;
    struct bytes avail = part->avail;
    uint64_t offset = part->offset, gap = part->gap;
    unsigned flags = part->flags;
    char room[SCRIPT_LONG + 8], what[2 * SCRIPT_LONG];

    (void)f;
    if (flags & STREAM_GAP) {
        snprintf(what, sizeof what, "gap%llu+%llu", (unsigned long long)offset, (unsigned long long)gap);
    } else if (avail.n > 0) {
        snprintf(what, sizeof what, "%llu%s", (unsigned long long)offset, script_bytes(avail, room));
    } else {
        what[0] = 0;
    }
    script_say(c, "%c%s%s%s%s", side == TO_SERVER ? '>' : '<', what, flags & STREAM_EOF ? "+eof" : "", flags & STREAM_DEPTH ? "+depth" : "",
               flags & STREAM_MIDSTREAM ? "+mid" : "");
    return avail.n < c->eat ? avail.n : c->eat;
}

static inline void script_raw(struct script *c, enum side side, bool force)
{
    struct stream_window w;
    char room[SCRIPT_LONG + 8];

    if (!stream_raw(c->streams, c->flow, side, force, &w)) {
        return;
    }
    do {
        script_say(c, "raw%c%llu%s", side == TO_SERVER ? '>' : '<', (unsigned long long)w.offset, script_bytes(w.bytes, room));
    } while (stream_raw_next(c->streams, c->flow, side, &w));
    stream_raw_done(c->streams, c->flow, side, w.upto);
}

static inline void script_state(struct script *c)
{
    uint8_t state = (uint8_t)stream_state(c->flow);

    if (state != c->state) {
        script_say(c, "=%s", tcp_state_name((enum tcp_state)state));
        c->state = state;
    }
}

static inline void script_flow_end(void *ctx, struct flow *f)
{
    struct script *c = ctx;
    static const enum side sides[] = { TO_SERVER, TO_CLIENT };

    for (unsigned i = 0; i < 2 && !c->no_flow_end; i++) {
        if (stream_pending(f, sides[i])) {
            c->flow = f;
            stream_flush_side(c->streams, f, sides[i]);
            if (c->look) {
                script_raw(c, sides[i], true);
            }
            stream_prune(c->streams, f);
        }
    }
    stream_end(c->streams, f);
}

static inline void script_open(struct script *c)
{
    struct flow_settings flows = test_settings();

    flows.memcap = 1 << 24;
    flows.timeout[1][FLOW_ESTABLISHED] = 90 * 24 * 3600;
    c->table = flow_table_new(&flows, (struct flow_sink){ c, script_flow_end });
    c->streams = streams_new(&c->set, c->table, (struct stream_sink){ c, script_sink });
    c->isn[TO_SERVER] = SCRIPT_CLIENT_ISN;
    c->isn[TO_CLIENT] = SCRIPT_SERVER_ISN;
    c->next[0] = c->next[1] = UINT32_MAX;
    c->ts = T0;
    c->eat = SIZE_MAX;
}

static inline void script_close(struct script *c)
{
    flow_end_all(c->table);
    streams_free(c->streams);
    flow_table_free(c->table);
}

/* The settings that stream_options preset, with small chunks left to the caller. */
static inline struct stream_settings script_settings(void)
{
    return (struct stream_settings){
        .memcap = 1 << 24, .reassembly_memcap = 1 << 26, .depth = 1 << 20, .to_server_chunk = 2560, .to_client_chunk = 2560,
        .raw = true, .drop_invalid = true, .max_synack_queued = 5, .max_syn_queued = 10, .urgent_policy = STREAM_URGENT_OOB,
        .urgent_oob_limit = STREAM_URGENT_DROP, .liberal_timestamps = true, .checksum_validation = true, .max_regions = 8,
        .midstream_policy = EXCEPTION_IGNORE, .memcap_policy = EXCEPTION_IGNORE, .reassembly_memcap_policy = EXCEPTION_IGNORE,
    };
}

/* Gives the packet that stands in c->view to the module, and tells what came of it. */
static inline struct stream_result script_send(struct script *c)
{
    enum side found;
    struct view *v = &c->view;

    v->hash = flow_hash(&(struct flow_settings){ .seed = 7, .vlan_in_key = true, .level_in_key = true, .tenant_in_key = true,
                                                 .device_in_key = true }, v);
    flow_sweep(c->table, c->ts);
    c->flow = flow_resolve(c->table, v, &found);
    struct stream_result r = { .flow = c->flow, .side = found };
    stream_packet(c->streams, v, c->facts, &r);
    c->result = r;
    if (r.reused) {
        script_say(c, "new");
    }
    c->flow = r.flow;
    for (unsigned i = 0; i < v->note_n; i++) {
        script_say(c, "!%s", stream_notes[v->note[i] - NOTE_STREAM_BASE].name + strlen("stream."));
    }
    script_state(c);
    if (r.verdict != VERDICT_PASS) {
        script_say(c, "drop");
    }
    if (c->packet.rewritten) {
        char room[SCRIPT_LONG + 8];
        script_say(c, "wire%s%s", script_bytes(v->payload, room), view_l4_checksum_ok(v) ? "" : " wrong");
    }
    if (c->look && r.in_session) {
        script_raw(c, r.side, false);
    }
    streams_released(c->streams);
    return r;
}

/* The payload, behind a header, as the frame. */
static inline void script_load(struct script *c, struct bytes b)
{
    struct view *v = &c->view;

    if (b.n && b.p != script_payload(c)) {
        memmove(script_payload(c), b.p, b.n);
    }
    c->packet.frame = v->bytes = v->ip = v->l4 = bytes_of(c->frame, SCRIPT_HEADER + b.n);
    v->payload = bytes_of(script_payload(c), b.n);
}

struct script_reader {
    const char *p;
    char word[64];
};

/* The next word; false at the step's end. */
static inline bool script_word(struct script_reader *r)
{
    size_t n = 0;

    while (*r->p == ' ') {
        r->p++;
    }
    if (*r->p == 0 || *r->p == ';') {
        return false;
    }
    if (*r->p == '"') {
        strcpy(r->word, "\"");
        r->p++;
        return true;
    }
    while (*r->p && *r->p != ' ' && *r->p != ';' && n < sizeof r->word - 1) {
        r->word[n++] = *r->p++;
    }
    r->word[n] = 0;
    return true;
}

static inline long script_number(struct script_reader *r)
{
    return script_word(r) ? strtol(r->word, NULL, 0) : 0;
}

static inline enum side script_side(const char *word) { return word[0] == '<' ? TO_CLIENT : TO_SERVER; }

static inline uint8_t script_flags(const char *word)
{
    uint8_t f = 0;

    for (const char *names = "FSRPAU"; *word; word++) {
        const char *at = strchr(names, *word);
        f = (uint8_t)(at ? f | 1u << (at - names) : f);
    }
    return f;
}

/* What a packet's options say beside what goes into the view. */
struct script_packet {
    enum side side;
    uint8_t flags;
    uint32_t offset, ack;    /* stream offsets; ack as it is when raw_ack */
    bool raw_ack, fill;
    size_t n;
    uint64_t wait;
};

static inline void script_sack(struct script *c, struct script_reader *r, enum side other)
{
    struct view_tcp *h = &c->view.tcp;
    char *end;

    script_word(r);
    uint32_t edge[2] = { (uint32_t)strtol(r->word, &end, 10), 0 };
    edge[1] = (uint32_t)strtol(end + 1, NULL, 10);
    for (unsigned i = 0; i < 8; i++) {
        c->sack[h->sack_n * 8 + i] = (uint8_t)((edge[i / 4] + c->isn[other] + 1) >> (24 - i % 4 * 8));
    }
    h->sack_n++;
    h->sack = bytes_of(c->sack, h->sack_n * 8u);
}

/* An option that is a word and a number or none; false: there is none of that name. */
static inline bool script_number_option(struct script *c, struct script_reader *r, struct script_packet *p)
{
    struct view_tcp *h = &c->view.tcp;

    if (!strcmp(r->word, "ack") || !strcmp(r->word, "rawack")) {
        p->raw_ack = r->word[0] == 'r';
        p->ack = (uint32_t)script_number(r);
    } else if (!strcmp(r->word, "win")) {
        h->window = (uint16_t)script_number(r);
    } else if (!strcmp(r->word, "ws")) {
        h->has_wscale = true;
        h->wscale = (uint8_t)script_number(r);
    } else if (!strcmp(r->word, "sackok")) {
        h->has_sackok = true;
    } else if (!strcmp(r->word, "ts")) {
        h->has_ts = true;
        h->ts_value = (uint32_t)script_number(r);
        h->ts_echo = (uint32_t)script_number(r);
    } else if (!strcmp(r->word, "tfo")) {
        h->has_tfo = true;
    } else if (!strcmp(r->word, "badsum")) {
        c->view.flags |= VIEW_BAD_CHECKSUM;
    } else if (!strcmp(r->word, "urg")) {
        h->urgent = (uint16_t)script_number(r);
    } else if (!strcmp(r->word, "wait")) {
        p->wait = (uint64_t)script_number(r);
    } else {
        return false;
    }
    return true;
}

static inline void script_option(struct script *c, struct script_reader *r, struct script_packet *p)
{
    enum { MD5_OPTION = 19, MD5_LEN = 18 };

    if (r->word[0] == '@') {
        p->offset = (uint32_t)strtol(r->word + 1, NULL, 0);
    } else if (r->word[0] == '"') {
        while (*r->p && *r->p != '"') {
            script_payload(c)[p->n++] = (uint8_t)*r->p++;
        }
        r->p += *r->p == '"';
    } else if (r->word[0] == 'x' && isdigit((unsigned char)r->word[1])) {
        p->n = strtoul(r->word + 1, NULL, 10);
        p->fill = true;
    } else if (!strcmp(r->word, "sack")) {
        script_sack(c, r, side_other(p->side));
    } else if (!strcmp(r->word, "md5")) {
        c->options[20] = MD5_OPTION;
        c->options[21] = MD5_LEN;
        c->view.l4_header = bytes_of(c->options, 40);
    } else {
        bug_if(!script_number_option(c, r, p));
    }
}

static inline void script_packet(struct script *c, struct script_reader *r, enum side side)
{
    enum { CLIENT = 0x0a000001, SERVER = 0x0a000002, CLIENT_PORT = 40000, SERVER_PORT = 80 };
    struct view *v = &c->view;
    enum side other = side_other(side);
    bool client = side == TO_SERVER;

    test_view(v, &c->packet, IPPROTO_TCP, client ? CLIENT : SERVER, client ? SERVER : CLIENT);
    test_ports(v, client ? CLIENT_PORT : SERVER_PORT, client ? SERVER_PORT : CLIENT_PORT);
    script_word(r);
    struct script_packet p = { .side = side, .flags = script_flags(r->word) };
    p.offset = (p.flags & TCP_SYN) ? UINT32_MAX : c->next[side] == UINT32_MAX ? 0 : c->next[side];
    p.ack = c->next[other] == UINT32_MAX ? 0 : c->next[other];
    v->tcp.window = 8192;
    v->l4_header = bytes_of(c->options, 20);
    while (script_word(r)) {
        script_option(c, r, &p);
    }
    c->ts += p.wait * CLOCK_SECOND;
    c->packet.ts = c->ts;
    c->packet.number = ++c->number;
    for (size_t i = 0; p.fill && i < p.n; i++) {
        script_payload(c)[i] = script_letter(p.offset + i);
    }
    script_load(c, bytes_of(script_payload(c), p.n));
    v->tcp.flags = p.flags;
    v->tcp.seq = c->isn[side] + 1 + p.offset;
    v->tcp.ack = p.raw_ack ? p.ack : (p.flags & TCP_ACK) ? c->isn[other] + 1 + p.ack : 0;
    uint32_t after = p.offset + (uint32_t)p.n + ((p.flags & TCP_SYN) != 0) + ((p.flags & TCP_FIN) != 0);
    if (c->next[side] == UINT32_MAX || (int32_t)(after - c->next[side]) > 0) {
        c->next[side] = after;
    }
    (void)script_send(c);
}

/* A segment of its own, without a script: bytes at a stream offset, and an acknowledgment. */
static inline struct stream_result script_segment(struct script *c, enum side side, uint32_t offset, struct bytes b, uint32_t ack)
{
    enum { CLIENT = 0x0a000001, SERVER = 0x0a000002, CLIENT_PORT = 40000, SERVER_PORT = 80, WINDOW = 65535 };
    struct view *v = &c->view;
    bool client = side == TO_SERVER;

    test_view(v, &c->packet, IPPROTO_TCP, client ? CLIENT : SERVER, client ? SERVER : CLIENT);
    test_ports(v, client ? CLIENT_PORT : SERVER_PORT, client ? SERVER_PORT : CLIENT_PORT);
    v->l4_header = bytes_of(c->options, 20);
    script_load(c, b);
    c->packet.ts = c->ts;
    c->packet.number = ++c->number;
    v->tcp.window = WINDOW;
    v->tcp.flags = TCP_ACK | TCP_PSH;
    v->tcp.seq = c->isn[side] + 1 + offset;
    v->tcp.ack = c->isn[side_other(side)] + 1 + ack;
    return script_send(c);
}

static inline void script_command(struct script *c, struct script_reader *r)
{
    static const struct {
        const char *word;
        void (*call)(struct flow *f, enum side side);
    } calls[] = { { "off", stream_app_off }, { "rawoff", stream_raw_off }, { "trigger", stream_raw_trigger } };

    for (unsigned i = 0; i < ROWS(calls); i++) {
        if (!strcmp(r->word, calls[i].word)) {
            script_word(r);
            calls[i].call(c->flow, script_side(r->word));
            return;
        }
    }
    if (!strcmp(r->word, "look")) {
        c->look = true;
    } else if (!strcmp(r->word, "eat")) {
        c->eat = (size_t)script_number(r);
    } else if (!strcmp(r->word, "raw")) {
        script_word(r);
        script_raw(c, script_side(r->word), false);
    } else if (!strcmp(r->word, "need")) {
        uint32_t n = (uint32_t)script_number(r);
        script_word(r);
        stream_app_need(c->flow, script_side(r->word), n);
    } else if (!strcmp(r->word, "back")) {
        uint32_t n = (uint32_t)script_number(r);
        script_word(r);
        stream_raw_lookback(c->flow, script_side(r->word), n);
    } else if (!strcmp(r->word, "again")) {
        script_word(r);
        stream_app_again(c->streams, c->flow, script_side(r->word));
    } else if (!strcmp(r->word, "end")) {
        flow_end_all(c->table);
        c->flow = NULL;
    } else {
        bug_if(true);
    }
}

/* Runs a script whole; the trace is in c->trace. */
static inline void script_run(struct script *c, const char *text)
{
    struct script_reader r = { .p = text };

    script_open(c);
    for (c->step = 1;; c->step++) {
        c->step_named = false;
        if (script_word(&r)) {
            if (r.word[0] == '>' || r.word[0] == '<') {
                if (c->flow) {
                    stream_prune(c->streams, c->flow);
                }
                script_packet(c, &r, script_side(r.word));
            } else {
                script_command(c, &r);
            }
        }
        while (*r.p && *r.p != ';') {
            r.p++;
        }
        if (*r.p == 0) {
            break;
        }
        r.p++;
    }
    if (c->flow) {
        stream_prune(c->streams, c->flow);
    }
    c->no_flow_end = true;
    script_close(c);
}

#endif
