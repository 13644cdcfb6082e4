/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/driver.h"

#include <string.h>

#define PROTO(name) extern const struct proto proto_##name;
#include "proto/protocols.list"
#undef PROTO

const struct proto *const proto_table[] = {
#define PROTO(name) &proto_##name,
#include "proto/protocols.list"
#undef PROTO
    NULL,
};
const unsigned proto_n = ROWS(proto_table) - 1;
_Static_assert(ROWS(proto_table) - 1 < PROTO_IDS, "base/rows.h has room for the ids");

const struct note_row driver_notes[] = {
#define NOTE(id, name, gid, sid, help) { name, gid, sid, help },
#include "proto/notes.list"
#undef NOTE
};

const struct proto *proto_by_id(unsigned id) { return id >= 1 && id <= proto_n ? proto_table[id - 1] : NULL; }

unsigned proto_by_name(const char *name)
{
    for (unsigned i = 0; i < proto_n; i++) {
        if (strcmp(proto_table[i]->name, name) == 0) {
            return i + 1;
        }
    }
    for (unsigned i = 0; i < proto_n; i++) {
        if (bytes_among(bytes_str(name), proto_table[i]->aliases)) {
            return i + 1;
        }
    }
    return PROTO_NONE;
}

const struct proto_state *proto_states(const struct proto *p, enum side side)
{
    static const struct proto_state plain[2][3] = {
        [TO_SERVER] = { { "request_started", 0 }, { "request_complete", 1 } },
        [TO_CLIENT] = { { "response_started", 0 }, { "response_complete", 1 } },
    };

    return p->states[side] != NULL ? p->states[side] : plain[side];
}

uint8_t proto_complete(const struct proto *p, enum side side)
{
    const struct proto_state *s = proto_states(p, side);

    while (s[1].name != NULL) {
        s++;
    }
    return s->progress;
}

const char *proto_name(unsigned id)
{
    if (id == PROTO_FAILED) {
        return "failed";
    }
    const struct proto *p = proto_by_id(id);
    return p != NULL ? p->name : NULL;
}

bool field_named(const struct field *f, struct bytes name, uint64_t *number)
{
    return (f->names != NULL && names_number(f->names, name, number)) || (f->named != NULL && f->named(name, number));
}
