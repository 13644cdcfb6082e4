/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/events.h"

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
    return id && (event_id(whole, id) || err_set(err, "unknown event \"%s\"", whole));
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
