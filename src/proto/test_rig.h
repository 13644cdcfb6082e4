/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_rig - for the protocols' tests: a dialogue through the real driver, and the records and notes that come of it.
 *
 * A script is text: '>' and '<' begin what client and server send, {10 2f 00} are bytes in hexadecimal, "%0a" is one byte, '|' parts
 * deliveries, '@' is a gap of ten bytes in the direction of the server's answers, '$' closes both sides.  rig_play() gives, for each transaction in
 * order, its object as records have it, its notes as " #name" and, while it is not complete, " (open)", a line each.
 * rig_cuts() plays it whole and byte by byte and tells whether that makes a difference.
 */
#ifndef PROTO_TEST_RIG_H
#define PROTO_TEST_RIG_H

#include "config/config.h"
#include "proto/driver.h"

#include <stdlib.h>
#include <string.h>

enum { RIG_HELD = 1 << 18 };

struct rig {
    struct proto_settings settings;
    struct protos *protos;
    struct flow flow;
    struct streams *streams;
    struct conf *conf;
    uint8_t held[2][RIG_HELD];
    size_t held_n[2];
    uint64_t offset[2], number;
    bool datagrams;
};

/* Every protocol with its presets.  port: the server's. */
static struct rig *rig_new(bool datagrams, uint16_t port)
{
    struct rig *r = calloc(1, sizeof *r);
    struct err err = { "" };

    r->conf = conf_new();
    r->datagrams = datagrams;
    r->flow.key.port[1] = port;
    r->flow.key.port[0] = 40000;
    for (unsigned i = 0; i < proto_n; i++) {
        r->settings.enabled[i] = true;
        if (proto_table[i]->settings_size != 0) {
            r->settings.settings[i] = calloc(1, proto_table[i]->settings_size);
            (void)conf_apply_at(r->conf, NULL, proto_table[i]->options, proto_table[i]->option_n, r->settings.settings[i], &err);
        }
    }
    r->settings.memcap = 64 << 20;
    r->settings.detect_max = 4096;
    r->settings.ports = proto_ports_new(&r->settings);
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    return r;
}

static void rig_free(struct rig *r)
{
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
    proto_ports_free(r->settings.ports);
    for (unsigned i = 0; i < proto_n; i++) {
        free(r->settings.settings[i]);
    }
    conf_free(r->conf);
    free(r);
}

static void rig_deliver(struct rig *r, enum side side, unsigned flags, uint64_t gap)
{
    struct stream_part part = { bytes_of(r->held[side], r->held_n[side]), r->offset[side], gap, flags };

    r->number++;
    proto_turn(r->protos, r->number, r->number);
    size_t done = proto_stream_data(r->protos, &r->flow, side, &part);
    done = done < r->held_n[side] ? done : r->held_n[side];
    memmove(r->held[side], r->held[side] + done, r->held_n[side] - done);
    r->held_n[side] -= done;
    r->offset[side] += done;
}

static void rig_send(struct rig *r, enum side side, const uint8_t *bytes, size_t n, size_t step)
{
    if (r->datagrams) {
        r->number++;
        proto_turn(r->protos, r->number, r->number);
        proto_datagram(r->protos, &r->flow, &side, bytes_of(bytes, n));
        return;
    }
    for (size_t at = 0; at < n; at += step) {
        size_t k = n - at < step ? n - at : step;
        k = k < RIG_HELD - r->held_n[side] ? k : RIG_HELD - r->held_n[side];
        memcpy(r->held[side] + r->held_n[side], bytes + at, k);
        r->held_n[side] += k;
        rig_deliver(r, side, 0, 0);
    }
}

static int rig_hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* One delivery of the script into `to`; where it ends. */
static const char *rig_read(const char *p, uint8_t *to, size_t *n)
{
    bool hex = false;

    for (*n = 0; *p != '\0' && (hex || strchr("><|@$", *p) == NULL); p++) {
        if (*p == '{' || *p == '}') {
            hex = *p == '{';
        } else if ((hex || *p == '%') && rig_hex(p[hex ? 0 : 1]) >= 0) {
            p += hex ? 0 : 1;
            to[(*n)++] = (uint8_t)(rig_hex(p[0]) << 4 | rig_hex(p[1]));
            p++;
        } else if (!hex) {
            to[(*n)++] = (uint8_t)*p;
        }
    }
    return p;
}

static void rig_say(struct rig *r, struct text *out)
{
    static const struct eve_settings plain = { 0 };

    for (struct conn *c = r->flow.app; c != NULL; c = conn_next(&r->flow, c)) {
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            struct json j;
            json_init(&j, out);
            json_object(&j, NULL);
            (void)proto_log_object(r->protos, t, &plain, &j);
            json_end_object(&j);
            for (unsigned i = 0; i < t->note_n; i++) {
                text_printf(out, " #%s", t->proto->notes[t->note[i]].name);
            }
            text_str(out, t->complete[0] && t->complete[1] ? "\n" : " (open)\n");
        }
        for (unsigned i = 0; c->proto != NULL && i < c->note_n; i++) {
            text_printf(out, "#%s\n", c->proto->notes[c->note[i]].name);
        }
    }
}

static void rig_play(struct rig *r, const char *script, size_t step, struct text *out)
{
    uint8_t *bytes = malloc(RIG_HELD);
    enum side side = TO_SERVER;

    for (const char *p = script; *p != '\0';) {
        size_t n;
        if (*p == '>' || *p == '<' || *p == '|') {
            side = *p == '>' ? TO_SERVER : *p == '<' ? TO_CLIENT : side;
            p = rig_read(p + 1, bytes, &n);
            rig_send(r, side, bytes, n, step);
        } else if (*p == '@') {
            rig_deliver(r, TO_CLIENT, STREAM_GAP, 10);
            r->offset[TO_CLIENT] += 10;
            p++;
        } else {
            if (!r->datagrams) {
                rig_deliver(r, TO_SERVER, STREAM_EOF, 0);
                rig_deliver(r, TO_CLIENT, STREAM_EOF, 0);
            }
            p++;
        }
    }
    text_clear(out);
    rig_say(r, out);
    text_byte(out, '\0');
    free(bytes);
}

/* Plays the script in one go; over TCP also byte by byte: *same says whether that came to the same. */
static void rig_cuts(const char *script, bool datagrams, uint16_t port, struct text *out, bool *same)
{
    struct rig *r = rig_new(datagrams, port);
    struct text cut;

    rig_play(r, script, RIG_HELD, out);
    rig_free(r);
    *same = true;
    if (!datagrams) {
        text_init(&cut, 0);
        r = rig_new(false, port);
        rig_play(r, script, 1, &cut);
        rig_free(r);
        *same = cut.n == out->n && memcmp(cut.p, out->p, cut.n) == 0;
        text_fini(&cut);
    }
}

#endif
