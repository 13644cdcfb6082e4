/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snort's builtin rules: an oddity by the number of its generator and its own, as the rows of notes have them. */
#include "detect/kw/kw.h"
#include "network/network.h"
#include "packet/decode.h"

#include <stdio.h>

struct numbered_event {
    uint16_t gid, sid;
    bool app;               /* a protocol's note */
};

static bool rows_have(const struct note_row *rows, unsigned n, const struct numbered_event *e)
{
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].gid == e->gid && rows[i].sid == e->sid) {
            return true;
        }
    }
    return false;
}

/* The protocol whose note it is; NULL: none. */
static const struct proto *event_proto(const struct numbered_event *e)
{
    for (unsigned i = 0; i < proto_n; i++) {
        if (rows_have(proto_table[i]->notes, proto_table[i]->note_n, e)) {
            return proto_table[i];
        }
    }
    return NULL;
}

/* "GID,SID" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct numbered_event *e = kw_data(p, sizeof *e, err);
    unsigned gid, sid;

    (void)r;
    *data = e;
    if (e == NULL) {
        return false;
    }
    if (sscanf(argument, "%u,%u", &gid, &sid) != 2 || gid == 0 || gid > UINT16_MAX || sid > UINT16_MAX) {
        return err_set(err, "'%.32s' is no generator and number", argument);
    }
    e->gid = (uint16_t)gid;
    e->sid = (uint16_t)sid;
    if (rows_have(decode_notes, DECODE_NOTE_N, e) || rows_have(stream_notes, STREAM_NOTE_N, e) || rows_have(network_notes, NETWORK_NOTE_N, e)) {
        return true;
    }
    const struct proto *of = event_proto(e);
    e->app = true;
    *place = KEYWORD_TXN;
    return of != NULL ? rule_parse_bind(p, of->name, err) : err_set(err, "nothing is noted here that is event %u:%u", gid, sid);
}

static bool view_match(const struct view *v, const struct numbered_event *e)
{
    for (unsigned i = 0; v && i < v->note_n; i++) {
        const struct note_row *n = note_of_view(v->note[i]);
        if (n && n->gid == e->gid && n->sid == e->sid) {
            return true;
        }
    }
    return false;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct numbered_event *e = data;
    const struct txn *t = s->txn;

    (void)r;
    if (!e->app) {
        return view_match(s->view, e);
    }
    for (unsigned i = 0; t && i < t->note_n; i++) {
        const struct note_row *n = t->note[i] < t->proto->note_n ? &t->proto->notes[t->note[i]] : NULL;
        if (n && n->gid == e->gid && n->sid == e->sid) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_snort_event = { .name = "snort-event", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_PACKET,
                                             .parse = parse, .match = match, .help = "an oddity by Snort's generator and number: 116,45" };
