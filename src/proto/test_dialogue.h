/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dialogue - for tests of protocols: plays a written dialogue through the real driver, cut in any way, and asks the test to say
 * what became of it.
 *
 * A dialogue is text: '>' and '<' begin what client and server send (at the head of a delivery), '$' closes both sides, '^' is a gap
 * of 10 bytes in the direction of the turn before it; "%" and two hexadecimal digits are one byte.
 */
#ifndef PROTO_TEST_DIALOGUE_H
#define PROTO_TEST_DIALOGUE_H

#include "proto/driver.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DIALOGUE_TURNS = 64, DIALOGUE_TURN_BYTES = 8192 };

struct dialogue {
    struct {
        enum side side;
        bool gap;
        size_t n;
        uint8_t bytes[DIALOGUE_TURN_BYTES];
    } turn[DIALOGUE_TURNS];
    unsigned n;
    bool close;
};

struct dialogue_row {
    const char *why, *script, *want;
};

struct dialogue_rig {
    struct proto_settings settings;
    struct protos *protos;
    struct flow flow;
    struct streams *streams;
    uint8_t held[2][65536];
    size_t held_n[2];
    uint64_t offset[2], number;
};

typedef void (*dialogue_say)(struct text *out, struct txn *t);

static inline void dialogue_read(struct dialogue *d, const char *script)
{
    d->n = 0;
    d->close = false;
    for (const char *p = script; *p != '\0'; p++) {
        unsigned byte = (uint8_t)*p;
        if (*p == '>' || *p == '<' || *p == '^') {
            d->turn[d->n].side = *p == '>' ? TO_SERVER : *p == '<' ? TO_CLIENT : d->turn[d->n - 1].side;
            d->turn[d->n].gap = *p == '^';
            d->turn[d->n++].n = 0;
            continue;
        }
        if (*p == '$') {
            d->close = true;
            continue;
        }
        if (*p == '%') {
            (void)sscanf(p + 1, "%2x", &byte);
            p += 2;
        }
        d->turn[d->n - 1].bytes[d->turn[d->n - 1].n++] = (uint8_t)byte;
    }
}

static inline void dialogue_deliver(struct dialogue_rig *r, enum side side, unsigned flags, uint64_t gap)
{
    struct stream_part part = { bytes_of(r->held[side], r->held_n[side]), r->offset[side], gap, flags };
    size_t done = proto_stream_data(r->protos, &r->flow, side, &part);

    done = done > r->held_n[side] ? r->held_n[side] : done;
    memmove(r->held[side], r->held[side] + done, r->held_n[side] - done);
    r->held_n[side] -= done;
    r->offset[side] += done;
}

/* set: the settings of the protocol's own by row index, or NULL for all cleared.  step: bytes of a delivery. */
static inline void dialogue_play(const struct dialogue *d, const struct proto *row, void *set, size_t step, dialogue_say say, struct text *out)
{
    struct dialogue_rig *r = calloc(1, sizeof *r);

    text_clear(out);
    for (unsigned i = 0; i < proto_n; i++) {
        r->settings.enabled[i] = true;
        r->settings.settings[i] = proto_table[i] == row ? set : NULL;
    }
    r->settings.memcap = 64 << 20;
    r->settings.file_data = true;
    r->settings.detect_max = 4096;
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    r->flow.flags = FLOW_EXPECTED;
    r->flow.expected_proto = (uint16_t)proto_by_name(row->name);
    for (unsigned i = 0; i < d->n; i++) {
        enum side side = d->turn[i].side;
        for (size_t at = 0; at < d->turn[i].n; at += step) {
            size_t n = d->turn[i].n - at < step ? d->turn[i].n - at : step;
            r->number++;
            proto_turn(r->protos, r->number, r->number);
            memcpy(r->held[side] + r->held_n[side], d->turn[i].bytes + at, n);
            r->held_n[side] += n;
            dialogue_deliver(r, side, 0, 0);
        }
        if (d->turn[i].gap) {
            dialogue_deliver(r, side, STREAM_GAP, 10);
            r->offset[side] += 10;
        }
    }
    if (d->close) {
        r->number++;
        proto_turn(r->protos, r->number, r->number);
        dialogue_deliver(r, TO_SERVER, STREAM_EOF, 0);
        dialogue_deliver(r, TO_CLIENT, STREAM_EOF, 0);
    }
    for (struct conn *c = conn_next(&r->flow, NULL); c != NULL; c = conn_next(&r->flow, c)) {
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            say(out, t);
        }
    }
    text_byte(out, '\0');
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
    free(r);
}

/* Plays each row whole and cut into pieces of 1 to 40 bytes: the same must come out. */
static inline void dialogue_rows(const struct dialogue_row *rows, size_t row_n, const struct proto *row, void *set, dialogue_say say)
{
    struct dialogue *d = malloc(sizeof *d);
    struct text got, cut;

    text_init(&got, 0);
    text_init(&cut, 0);
    for (size_t i = 0; i < row_n; i++) {
        dialogue_read(d, rows[i].script);
        dialogue_play(d, row, set, DIALOGUE_TURN_BYTES, say, &got);
        is_str(got.p, rows[i].want, rows[i].why);
        for (size_t step = 1; step < 40; step += step < 8 ? 1 : 5) {
            dialogue_play(d, row, set, step, say, &cut);
            if (strcmp(got.p, cut.p) != 0) {
                diag("cut into pieces of %zu bytes: %s", step, rows[i].why);
                is_str(cut.p, got.p, "the same however it is cut");
                break;
            }
        }
    }
    text_fini(&got);
    text_fini(&cut);
    free(d);
}

/* ------- saying ------- */

static inline void dialogue_bytes(struct text *out, const char *name, struct bytes b)
{
    text_str(out, name);
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] >= 0x20 && b.p[i] < 0x7f) {
            text_byte(out, (char)b.p[i]);
        } else {
            text_printf(out, "%%%02x", b.p[i]);
        }
    }
}

/* " NAME=first|second" of a field, of the first side that has it; nothing when it is not there. */
static inline void dialogue_field(struct text *out, const struct txn *t, const char *name)
{
    for (unsigned i = 0; i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        bool said = false;
        for (unsigned side = 0; side < 2 && strcmp(f->name, name) == 0 && !said; side++) {
            struct bytes b;
            uint64_t v;
            for (unsigned k = 0; f->bytes != NULL && (f->sides >> side & 1) != 0 && f->bytes(t, (enum side)side, k, &b); k++) {
                text_printf(out, k == 0 ? " %s=" : "%.0s|", name);
                dialogue_bytes(out, "", b);
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

/* Notes, and which sides are not complete. */
static inline void dialogue_end(struct text *out, const struct txn *t)
{
    for (unsigned i = 0; i < t->note_n; i++) {
        text_str(out, " #");
        for (const char *p = t->proto->notes[t->note[i]].name; *p != '\0'; p++) {
            text_byte(out, (char)tolower((unsigned char)*p));
        }
    }
    text_printf(out, "%s%s\n", t->complete[TO_SERVER] ? "" : " (asking)", t->complete[TO_CLIENT] ? "" : " (waiting)");
}

#endif
