/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snort's builtin rules: an oddity by the number of its generator and its own, as rows of notes or snort_events.list have them. */
#include "detect/kw/kw.h"
#include "detect/snort_events.h"
#include "network/network.h"
#include "packet/decode.h"

#include <stdio.h>

const struct snort_event snort_events[] = {
#define SNORT_EVENT(gid, sid, proto, note) { gid, sid, proto, note },
#include "detect/snort_events.list"
#undef SNORT_EVENT
};
const unsigned snort_event_n = ROWS(snort_events);

struct numbered_event {
    uint16_t gid, sid;
    const struct proto *app;   /* a protocol's note; NULL: the packet's */
    uint64_t notes[4];         /* … these of its notes */
    uint32_t told;             /* … told of the transaction: a bit of it */
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

/* Does the table say that this note of the protocol is the event? */
static bool listed(const struct numbered_event *e, const struct proto *p, const char *note)
{
    for (unsigned i = 0; i < snort_event_n; i++) {
        const struct snort_event *x = &snort_events[i];
        if (x->gid == e->gid && x->sid == e->sid && strcmp(x->proto, p->name) == 0 && strcasecmp(x->note, note) == 0) {
            return true;
        }
    }
    return false;
}

/* The protocol whose note it is, and which notes; false: none. */
static bool event_app(struct numbered_event *e)
{
    for (unsigned i = 0; i < proto_n; i++) {
        const struct proto *p = proto_table[i];
        for (unsigned k = 0; k < p->note_n && k < 256; k++) {
            const struct note_row *n = &p->notes[k];
            if (n->name != NULL && ((n->gid == e->gid && n->sid == e->sid) || listed(e, p, n->name))) {
                e->app = p;
                e->notes[k >> 6] |= 1ull << (k & 63);
            }
        }
        if (e->app != NULL) {
            return true;
        }
    }
    return false;
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
    *place = KEYWORD_TXN;
    e->told = rule_parse_name(p, "txnbits", argument);
    return event_app(e) ? rule_parse_bind(p, e->app->name, err) : err_set(err, "nothing is noted here that is event %u:%u", gid, sid);
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
    for (unsigned i = 0; t && t->proto == e->app && i < t->note_n; i++) {
        if ((e->notes[t->note[i] >> 6] >> (t->note[i] & 63) & 1) != 0) {
            bool first = !scope_txnbit(s, e->told); /* an event is no state: it is told once, whichever side is looked at */
            scope_txnbit_set(s, e->told, true);
            return first;
        }
    }
    return false;
}

const struct keyword keyword_snort_event = { .name = "snort-event", .dialects = 1 << DIALECT_SNORT3, .place = KEYWORD_PACKET, .changes = true,
                                             .parse = parse, .match = match, .help = "an oddity by Snort's generator and number: 116,45" };
