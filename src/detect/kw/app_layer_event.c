/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-layer-event:http.request_field_missing_colon, app-layer-event:applayer_wrong_direction_first_data. */
#include "detect/scope.h"
#include "rule/keyword.h"
#include "rule/rule.h"

struct app_event {
    bool driver;            /* a note of recognition, not of a protocol */
    uint64_t protos[2];     /* whose note */
    const char *name;
};

static bool note_called(const struct note_row *n, const char *name)
{
    return strcasecmp(n->name, name) == 0 || (n->alias != NULL && strcasecmp(n->alias, name) == 0);
}

static bool driver_parse(const char *name, struct app_event *e)
{
    for (unsigned i = 0; i < DRIVER_NOTE_N; i++) {
        if (strcasecmp(driver_notes[i].name, name) == 0) {
            e->driver = true;
            return true;
        }
    }
    return false;
}

static bool has_note(const struct app_event *e)
{
    for (unsigned id = 1; id <= proto_n && id < 128; id++) {
        const struct proto *p = proto_table[id - 1];
        for (unsigned i = 0; (e->protos[id >> 6] >> (id & 63) & 1) != 0 && i < p->note_n; i++) {
            if (note_called(&p->notes[i], e->name)) {
                return true;
            }
        }
    }
    return false;
}

/* Rules of earlier years name events that are no more, and those of years to come others: they are left out, and strictly read refused. */
static bool unknown(struct rule_parse *p, const char *argument, const char *proto, const char *event, struct err *err)
{
    static const char gone[] = "tls.certificate_missing_element tls.certificate_unknown_element tls.certificate_invalid_string";

    if (!rule_strict(rule_parse_context(p), "app-layer-event")) {
        rule_parse_leave_out(p);
    }
    return bytes_among(bytes_str(argument), gone) ? err_set(err, "app-layer-event keyword no longer supports event \"%s\"", argument)
                                                   : err_set(err, "app-layer-event keyword's protocol \"%s\" doesn't have event \"%s\" registered", proto, event);
}

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct app_event *e = arena_zero(rule_parse_arena(p), sizeof *e);
    const char *dot = strchr(argument, '.');

    (void)r;
    if (!e) {
        return err_set(err, "no memory for app-layer-event");
    }
    *data = e;
    if (!dot) {
        *place = KEYWORD_PACKET;
        e->name = arena_str(rule_parse_arena(p), bytes_str(argument));
        return driver_parse(argument, e) || err_set(err, "app-layer-event: unknown event \"%s\"", argument);
    }
    const char *name = arena_str(rule_parse_arena(p), bytes_of(argument, (size_t)(dot - argument)));
    e->name = arena_str(rule_parse_arena(p), bytes_str(dot + 1));
    *place = KEYWORD_TXN;
    if (!name || !e->name || !rule_parse_protos(p, name, e->protos)) {
        return err_set(err, "app-layer-event: unknown protocol \"%s\"", name ? name : "");
    }
    return (has_note(e) || unknown(p, argument, name, e->name, err)) && rule_parse_bind(p, name, err);
}

static bool driver_match(const struct detect_scope *s, const struct app_event *e)
{
    const struct conn *c = s->flow ? s->flow->app : NULL;

    for (unsigned i = 0; c && c->notes && i < c->notes->driver_n; i++) {
        if (strcasecmp(driver_notes[c->notes->driver[i]].name, e->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct app_event *e = data;
    const struct txn *t = s->txn;

    (void)r;
    if (e->driver) {
        return driver_match(s, e);
    }
    for (unsigned i = 0; t && i < t->note_n; i++) {
        if (t->note[i] < t->proto->note_n && note_called(&t->proto->notes[t->note[i]], e->name)) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_app_layer_event = { .name = "app-layer-event", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_TXN,
                                                 .parse = parse, .match = match, .help = "an oddity found by a protocol's parser, or by recognition" };
