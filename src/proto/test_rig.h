/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_rig - for the protocols' tests: a dialogue through the real driver, and what comes of it as text.
 *
 * A script is text: '>' and '<' begin what client and server send, {10 2f 00} are bytes in hexadecimal, "%0a" is one byte, '|' parts
 * deliveries, '^' is a gap of ten bytes in the direction sent last, '$' closes both sides.  rig_rows() plays each row whole and, over
 * TCP, cut into pieces of many sizes: the same must come out.  What comes out is a line for each transaction, in order: its
 * object as records have it, its notes as " #name" and, while it is not complete, " (open)"; or what the test's own `say` tells.
 * Notes of the connection follow, a line each. 
 */
#ifndef PROTO_TEST_RIG_H
#define PROTO_TEST_RIG_H

#include "config/config.h"
#include "proto/driver.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { RIG_HELD = 1 << 18 };

typedef void (*rig_say)(struct text *out, struct txn *t);

struct rig_how {
    uint16_t port;     /* the server's */
    const char *proto; /* taken for this protocol, whatever the bytes look like; NULL: recognised */
    void *settings;    /* of that protocol, in place of the presets */
    rig_say say;       /* NULL: the record's object, notes, " (open)" */
    bool datagrams;    /* all rows, and not only those that say so */
    bool one_packet;   /* the pieces of a delivery come in one turn */
};

struct rig_row {
    const char *why, *script, *want;
    bool datagrams;
};

struct rig {
    struct rig_how how;
    struct proto_settings settings;
    void *presets[PROTO_IDS];
    struct protos *protos;
    struct flow flow;
    struct streams *streams;
    struct conf *conf;
    uint8_t held[2][RIG_HELD];
    size_t held_n[2];
    uint64_t offset[2], number;
    bool datagrams;
};

/* Every protocol with its presets. */
static inline struct rig *rig_open(const struct rig_how *how, bool datagrams)
{
    struct rig *r = calloc(1, sizeof *r);
    struct err err = { "" };

    r->how = *how;
    r->conf = conf_new();
    r->datagrams = datagrams;
    r->flow.key.port[1] = how->port;
    r->flow.key.port[0] = 40000;
    for (unsigned i = 0; i < proto_n; i++) {
        const struct proto *p = proto_table[i];
        r->settings.enabled[i] = 3;
        if (p->settings_size != 0) {
            r->settings.settings[i] = r->presets[i] = calloc(1, p->settings_size);
            (void)conf_apply_at(r->conf, NULL, p->options, p->option_n, r->presets[i], &err);
        }
        if (how->proto != NULL && strcmp(p->name, how->proto) == 0) {
            r->flow.flags = FLOW_EXPECTED;
            r->flow.expected_proto = (uint16_t)(i + 1);
            r->settings.settings[i] = how->settings != NULL ? how->settings : r->presets[i];
        }
    }
    r->settings.memcap = 64 << 20;
    r->settings.file_data = true;
    r->settings.detect_max = 4096;
    r->settings.ports = proto_ports_new(&r->settings);
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    return r;
}

static inline struct rig *rig_new(bool datagrams, uint16_t port) { return rig_open(&(struct rig_how){ .port = port }, datagrams); }

static inline void rig_free(struct rig *r)
{
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
    proto_ports_free(r->settings.ports);
    for (unsigned i = 0; i < proto_n; i++) {
        free(r->presets[i]);
    }
    conf_free(r->conf);
    free(r);
}

static inline void rig_turn(struct rig *r)
{
    r->number++;
    proto_turn(r->protos, r->number, r->number);
}

static inline void rig_deliver(struct rig *r, enum side side, unsigned flags, uint64_t gap)
{
    struct stream_part part = { bytes_of(r->held[side], r->held_n[side]), r->offset[side], gap, flags };
    size_t done = proto_stream_data(r->protos, &r->flow, side, &part);

    done = done < r->held_n[side] ? done : r->held_n[side];
    memmove(r->held[side], r->held[side] + done, r->held_n[side] - done);
    r->held_n[side] -= done;
    r->offset[side] += done;
}

/* step: bytes of a piece. */
static inline void rig_send(struct rig *r, enum side side, const uint8_t *bytes, size_t n, size_t step)
{
    if (r->datagrams) {
        rig_turn(r);
        proto_datagram(r->protos, &r->flow, &side, bytes_of(bytes, n));
        return;
    }
    for (size_t at = 0; at < n; at += step) {
        size_t k = n - at < step ? n - at : step;
        k = k < RIG_HELD - r->held_n[side] ? k : RIG_HELD - r->held_n[side];
        memcpy(r->held[side] + r->held_n[side], bytes + at, k);
        r->held_n[side] += k;
        if (at == 0 || !r->how.one_packet) {
            rig_turn(r);
        }
        rig_deliver(r, side, 0, 0);
    }
}

static inline int rig_hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* One delivery of the script into `to`; where it ends. */
static inline const char *rig_read(const char *p, uint8_t *to, size_t *n)
{
    bool hex = false;

    for (*n = 0; *p != '\0' && (hex || strchr("><|^$", *p) == NULL); p++) {
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

/* ------- saying ------- */

static inline void rig_say_bytes(struct text *out, const char *name, struct bytes b)
{
    text_str(out, name);
    for (size_t i = 0; i < b.n; i++) {
        text_printf(out, b.p[i] >= 0x20 && b.p[i] < 0x7f ? "%c" : "%%%02x", b.p[i]);
    }
}

/* " NAME=first|second" of a field, of the first side that has it; nothing when it is not there. */
static inline void rig_say_field(struct text *out, const struct txn *t, const char *name)
{
    for (unsigned i = 0; i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        bool said = false;
        for (unsigned side = 0; side < 2 && strcmp(f->name, name) == 0 && !said; side++) {
            struct bytes b;
            uint64_t v;
            for (unsigned k = 0; f->bytes != NULL && (f->sides >> side & 1) != 0 && f->bytes(t, (enum side)side, k, &b); k++) {
                text_printf(out, k == 0 ? " %s=" : "%.0s|", name);
                rig_say_bytes(out, "", b);
                said = true;
            }
            for (unsigned k = 0; f->number != NULL && (f->sides >> side & 1) != 0 && f->number(t, (enum side)side, k, &v); k++) {
                text_printf(out, k == 0 ? " %s=" : "%.0s|", name);
                text_u64(out, v);
                said = true;
            }
        }
    }
}

static inline void rig_say_notes(struct text *out, const struct note_row *names, const uint8_t *note, unsigned n, const char *before, const char *after)
{
    for (unsigned i = 0; i < n; i++) {
        text_str(out, before);
        text_str(out, names[note[i]].name);
        text_str(out, after);
    }
}

/* Notes, and which sides are not complete. */
static inline void rig_say_end(struct text *out, const struct txn *t)
{
    rig_say_notes(out, t->proto->notes, t->note, t->note_n, " #", "");
    text_printf(out, "%s%s\n", t->complete[TO_SERVER] ? "" : " (asking)", t->complete[TO_CLIENT] ? "" : " (waiting)");
}

static inline void rig_say_record(struct rig *r, struct text *out, struct txn *t)
{
    static const struct eve_settings plain = { 0 };
    struct json j;

    json_init(&j, out);
    json_object(&j, NULL);
    (void)proto_log_object(r->protos, t, &plain, &j);
    json_end_object(&j);
    rig_say_notes(out, t->proto->notes, t->note, t->note_n, " #", "");
    text_str(out, t->complete[0] && t->complete[1] ? "\n" : " (open)\n");
}

static inline void rig_tell(struct rig *r, struct text *out)
{
    text_clear(out);
    for (struct conn *c = r->flow.app; c != NULL; c = conn_next(&r->flow, c)) {
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            if (r->how.say != NULL) {
                r->how.say(out, t);
            } else {
                rig_say_record(r, out, t);
            }
        }
        if (c->proto != NULL && c->notes != NULL) {
            rig_say_notes(out, c->proto->notes, c->notes->note, c->notes->n, "#", "\n");
        }
    }
    text_byte(out, '\0');
}

/* For tests/schema: each transaction's record as a line of the file that PECCARY_RECORDS names, as Suricata's schema has it and whole. */
static inline void rig_keep_records(struct rig *r)
{
    static const struct eve_settings plain = { 0 };
    const char *path = getenv("PECCARY_RECORDS");
    FILE *to = path != NULL ? fopen(path, "a") : NULL;
    struct text line;

    text_init(&line, 0);
    for (struct conn *c = to != NULL ? r->flow.app : NULL; c != NULL; c = conn_next(&r->flow, c)) {
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            for (unsigned strict = 0; strict < 2; strict++) {
                struct json j;
                json_init(&j, &line);
                j.strict = strict != 0;
                json_object(&j, NULL);
                json_string(&j, "timestamp", "2026-01-01T00:00:00.000000+0000");
                json_string(&j, "event_type", t->proto->log_event != NULL ? t->proto->log_event(t) : t->proto->log_name != NULL ? t->proto->log_name : t->proto->name);
                json_bool(&j, "strict", j.strict);
                (void)proto_log_object(r->protos, t, &plain, &j);
                json_end_object(&j);
                text_byte(&line, '\n');
            }
        }
    }
    if (to != NULL) {
        (void)fwrite(line.p, 1, line.n, to);
        (void)fclose(to);
    }
    text_fini(&line);
}

/* ------- playing ------- */

static inline void rig_play(struct rig *r, const char *script, size_t step, struct text *out)
{
    uint8_t *bytes = malloc(RIG_HELD);
    enum side side = TO_SERVER;

    for (const char *p = script; *p != '\0';) {
        size_t n;
        if (*p == '>' || *p == '<' || *p == '|') {
            side = *p == '>' ? TO_SERVER : *p == '<' ? TO_CLIENT : side;
            p = rig_read(p + 1, bytes, &n);
            rig_send(r, side, bytes, n, step);
            continue;
        }
        if (*p != '^' && *p != '$') {
            ok(false, "a script of >, <, |, ^, $");
            diag("and not: %s", p);
            break;
        }
        rig_turn(r);
        if (*p == '^') {
            rig_deliver(r, side, STREAM_GAP, 10);
            r->offset[side] += 10;
        } else if (!r->datagrams) {
            rig_deliver(r, TO_SERVER, STREAM_EOF, 0);
            rig_deliver(r, TO_CLIENT, STREAM_EOF, 0);
        }
        p++;
    }
    rig_tell(r, out);
    if (step == RIG_HELD) {
        rig_keep_records(r);
    }
    free(bytes);
}

/* A whole life: made, played, told, gone. */
static inline void rig_run(const struct rig_how *how, const char *script, bool datagrams, size_t step, struct text *out)
{
    struct rig *r = rig_open(how, datagrams);

    rig_play(r, script, step, out);
    rig_free(r);
}

/* Checks each row. */
static inline void rig_rows(const struct rig_row *rows, size_t n, const struct rig_how *how)
{
    struct text whole, cut;

    text_init(&whole, 0);
    text_init(&cut, 0);
    for (size_t i = 0; i < n; i++) {
        bool datagrams = how->datagrams || rows[i].datagrams;
        rig_run(how, rows[i].script, datagrams, RIG_HELD, &whole);
        is_str(whole.p, rows[i].want, rows[i].why);
        for (size_t step = 1; step < 40 && !datagrams && getenv("PECCARY_RECORDS") == NULL; step += step < 8 ? 1 : 5) {
            rig_run(how, rows[i].script, false, step, &cut);
            if (strcmp(whole.p, cut.p) != 0) {
                diag("cut into pieces of %zu bytes: %s", step, rows[i].why);
                is_str(cut.p, whole.p, "the same however it is cut");
                break;
            }
        }
    }
    text_fini(&whole);
    text_fini(&cut);
}

/* The script in one go; over TCP also byte by byte: *same says whether that came to the same. */
static inline void rig_cuts(const char *script, bool datagrams, uint16_t port, struct text *out, bool *same)
{
    const struct rig_how how = { .port = port };
    struct text cut;

    rig_run(&how, script, datagrams, RIG_HELD, out);
    text_init(&cut, 0);
    rig_run(&how, script, datagrams, datagrams ? RIG_HELD : 1, &cut);
    *same = strcmp(cut.p, out->p) == 0;
    text_fini(&cut);
}

#endif
