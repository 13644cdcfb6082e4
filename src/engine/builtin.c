/* SPDX-License-Identifier: GPL-2.0-or-later */
/* builtin - a rule for each of Snort's events that something here notes: enable_builtin_rules. */
#include "detect/snort_events.h"
#include "engine/engine.h"

struct seen_events {
    uint32_t id[1024];         /* generator << 16 | number */
    unsigned n;
};

/* Several notes may be one event of Snort's. */
static bool seen_new(struct seen_events *s, unsigned gid, unsigned sid)
{
    uint32_t id = (uint32_t)gid << 16 | sid;

    for (unsigned i = 0; i < s->n; i++) {
        if (s->id[i] == id) {
            return false;
        }
    }
    if (s->n < ROWS(s->id)) {
        s->id[s->n++] = id;
    }
    return true;
}

static void rule_tell(struct text *out, const char *of, const char *help, unsigned gid, unsigned sid)
{
    text_printf(out, "alert ( msg:\"(%s) %s\"; gid:%u; sid:%u; rev:1; )\n", of, help, gid, sid);
}

static void rows_tell(struct text *out, struct seen_events *seen, const char *of, const struct note_row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].gid != 0 && rows[i].sid != 0 && seen_new(seen, rows[i].gid, rows[i].sid)) {
            rule_tell(out, of, rows[i].help != NULL ? rows[i].help : rows[i].name, rows[i].gid, rows[i].sid);
        }
    }
}

void engine_builtin_rules(struct text *out)
{
    struct seen_events seen = { .n = 0 };

    rows_tell(out, &seen, "decode", decode_notes, DECODE_NOTE_N);
    rows_tell(out, &seen, "stream", stream_notes, STREAM_NOTE_N);
    rows_tell(out, &seen, "network", network_notes, NETWORK_NOTE_N);
    for (unsigned i = 0; i < proto_n; i++) {
        rows_tell(out, &seen, proto_table[i]->name, proto_table[i]->notes, proto_table[i]->note_n);
    }
    for (unsigned i = 0; i < snort_event_n; i++) {
        const struct snort_event *e = &snort_events[i];
        if (seen_new(&seen, e->gid, e->sid)) {
            rule_tell(out, e->proto, e->note, e->gid, e->sid);
        }
    }
}
