/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode - frames into views: link, tags, overlays, network and transport headers.
 *
 * One worker's thread; `struct decoder` is a worker's own (settings and counters), made and freed by the engine.
 * Nothing allocates: views come from the batch.  Every oddity is a note (packet/notes.list), never an error.
 */
#ifndef PACKET_DECODE_H
#define PACKET_DECODE_H

#include "base/rows.h"
#include "packet/packet.h"

struct decode_settings {
    bool checksums;                     /* look at IP, TCP, UDP, ICMP checksums */
    bool teredo, vxlan, geneve, gtpu;   /* overlays over UDP that are recognised by port */
    struct port_set *teredo_ports, *vxlan_ports, *geneve_ports, *gtpu_ports; /* NULL: the registered port */
    uint32_t max_layers;                /* headers per frame before "too many layers"; default 16 */
};

enum decode_note { /* row order of packet/notes.list */
#define NOTE(id, name, gid, sid, help) id,
#include "packet/notes.list"
#undef NOTE
    DECODE_NOTE_N
};
extern const struct note_row decode_notes[]; /* DECODE_NOTE_N rows */

enum decode_counter {
#define COUNTER(id, name, kind, help) id,
#include "packet/counters.list"
#undef COUNTER
    DECODE_COUNTER_N
};
extern const struct counter_row decode_counters[];

struct decoder {
    struct decode_settings settings;
    uint64_t counter[DECODE_COUNTER_N];
    uint64_t note[DECODE_NOTE_N];       /* how often each note was raised: "decoder.event.…" */
};

/* Decodes packet i of the batch from frame, link, ts, number: fills its views.  A frame that cannot be decoded at all
 * still has one view (VIEW_INVALID). */
void packet_decode(struct decoder *d, struct batch *b, struct packet *p);

/* Decodes an IP packet of its own (a reassembled datagram) as a view like `from`, which it inherits link data, tags and
 * overlays from.  The view comes from the batch; NULL when there is no room (counted). Inner views are linked in front. */
struct view *packet_decode_datagram(struct decoder *d, struct batch *b, const struct view *from, struct bytes datagram);

/* The checksums of the view's IP and transport headers: true when right or absent; computed on demand (rule keywords). */
bool view_ip_checksum_ok(const struct view *v);
bool view_l4_checksum_ok(const struct view *v);

/* The name of an overlay as it stands in records. */
const char *overlay_name(enum overlay o);

#endif
