/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/events.h"

#include "network/network.h"
#include "packet/decode.h"

#include <stdio.h>

static bool event_id(const char *name, uint16_t *out)
{
    for (unsigned i = 0; i < DECODE_NOTE_N; i++) {
        if (strcasecmp(decode_notes[i].name, name) == 0) {
            *out = (uint16_t)i;
            return true;
        }
    }
    for (unsigned i = 0; i < STREAM_NOTE_N; i++) {
        if (strcasecmp(stream_notes[i].name, name) == 0) {
            *out = (uint16_t)(NOTE_STREAM_BASE + i);
            return true;
        }
    }
    for (unsigned i = 0; i < NETWORK_NOTE_N; i++) {
        if (strcasecmp(network_notes[i].name, name) == 0) {
            *out = (uint16_t)(NOTE_NETWORK_BASE + i);
            return true;
        }
    }
    return false;
}

/* Names that rules of earlier years have. */
static const struct { const char *was, *is; } renamed[] = {
    { "stream.est_synack_resend_with_different_ack", "stream.est_synack_resend_with_diff_ack" },
    { "stream.3whs_synack_resend_with_different_ack", "stream.3whs_synack_resend_with_diff_ack" },
};

static const char *name_now(const char *name)
{
    for (size_t i = 0; i < ROWS(renamed); i++) {
        if (strcasecmp(renamed[i].was, name) == 0) {
            return renamed[i].is;
        }
    }
    return name;
}

/* What no packet raises any more: such rules load unless they are read strictly. */
static bool outdated(struct rule_parse *p, const char *name, struct err *err)
{
    char text[256];

    if (strcmp(name, "udp.hlen_invalid") != 0) {
        return false;
    }
    snprintf(text, sizeof text, "decode-event keyword no longer supports event \"decoder.%s\"", name);
    if (rule_strict(rule_parse_context(p), "decode-event")) {
        return !err_set(err, "%s", text);
    }
    rule_parse_warn(p, text);
    return false;
}

bool event_parse(struct rule_parse *p, const char *prefix, const char *name, const void **data, struct err *err)
{
    uint16_t *id = arena_zero(rule_parse_arena(p), sizeof *id);
    char whole[128];

    if (strncasecmp(name, "decoder.", 8) == 0) {
        name += 8;
    }
    snprintf(whole, sizeof whole, "%s%s", strncasecmp(name, prefix, strlen(prefix)) == 0 ? "" : prefix, name);
    *data = id;
    if (id == NULL || outdated(p, whole, err)) {
        return false;
    }
    return event_id(name_now(whole), id) || err_set(err, "unknown decode event \"%s\"", whole);
}

bool event_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const uint16_t id = *(const uint16_t *)data;

    (void)r;
    for (unsigned i = 0; s->view && i < s->view->note_n; i++) {
        if (s->view->note[i] == id) {
            return true;
        }
    }
    return false;
}
