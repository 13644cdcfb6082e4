/* SPDX-License-Identifier: GPL-2.0-or-later */
/* builtin - a rule for each of Snort's events that something here notes: enable_builtin_rules. */
#include "engine/engine.h"

struct seen_events {
    uint32_t id[1024];         /* generator << 16 | number */
    unsigned n;
};

/* Several notes may be one event of Snort's. */
static bool seen_new(struct seen_events *s, const struct note_row *n)
{
    uint32_t id = (uint32_t)n->gid << 16 | n->sid;

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

static void rows_tell(struct text *out, struct seen_events *seen, const char *of, const struct note_row *rows, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].gid != 0 && seen_new(seen, &rows[i])) {
            text_printf(out, "alert ( msg:\"%s%s%s%s\"; gid:%u; sid:%u; rev:1; )\n", of[0] != '\0' ? "(" : "", of, of[0] != '\0' ? ") " : "",
                        rows[i].help != NULL ? rows[i].help : rows[i].name, rows[i].gid, rows[i].sid);
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
}
