/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network/parts.h"

#include "packet/decode.h"

#include <stdlib.h>

const struct note_row network_notes[] = {
#define NOTE(id, name, gid, sid, help) { name, gid, sid, help, NULL },
#include "network/notes.list"
#undef NOTE
};

const struct note_row *note_of_view(uint16_t id)
{
    if (id >= NOTE_NETWORK_BASE) {
        return id - NOTE_NETWORK_BASE < NETWORK_NOTE_N ? &network_notes[id - NOTE_NETWORK_BASE] : NULL;
    }
    if (id >= NOTE_STREAM_BASE) {
        return id - NOTE_STREAM_BASE < STREAM_NOTE_N ? &stream_notes[id - NOTE_STREAM_BASE] : NULL;
    }
    return id < DECODE_NOTE_N ? &decode_notes[id] : NULL;
}

struct network {
    struct network_settings settings;
    struct turns *turns;
    struct scans *scans;       /* NULL: scans are not looked for */
};

bool network_wanted(const struct network_settings *s) { return s->scan.on || s->arp.on || s->lists.on; }

struct network *network_new(const struct network_settings *s, struct turns *turns)
{
    struct network *n = network_wanted(s) ? calloc(1, sizeof *n) : NULL;

    if (n == NULL) {
        return NULL;
    }
    n->settings = *s;
    n->turns = turns;
    if (s->scan.on && (n->scans = scans_new(&n->settings.scan)) == NULL) {
        free(n);
        return NULL;
    }
    return n;
}

void network_free(struct network *n)
{
    if (n != NULL) {
        scans_free(n->scans);
        free(n);
    }
}

enum network_verdict network_look(struct network *n, const struct network_packet *p)
{
    enum network_verdict verdict = NETWORK_NOTHING;

    if (n->settings.arp.on && view_has(p->view, LAYER_ARP)) {
        arp_look(&n->settings.arp, p->view);
    }
    if (p->view->family == FAMILY_NONE || (p->view->flags & VIEW_FRAGMENT) != 0) {
        return verdict;
    }
    if (n->settings.lists.on) {
        verdict = lists_look(&n->settings.lists, p);
    }
    if (n->scans != NULL) {
        scans_look(n->scans, p, n->turns);
    }
    return verdict;
}
