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
#include "packet/tenant.h"

struct decode_settings {
    bool checksums;                     /* look at IP, TCP, UDP, ICMP checksums */
    uint32_t off;                       /* bit per enum overlay: tunnels that are not decoded */
    uint8_t blind[OVERLAY_N];           /* enum view_reader: whose rules do not look inside */
    const struct port_set *ports[OVERLAY_N]; /* of overlays over UDP; NULL: the registered port */
    const struct tenant_map *tenants;   /* NULL: an overlay's network is a tenant, a VLAN is none */
    uint32_t max_layers;                /* headers per frame before "too many layers"; default 16 */
};

/* Tunnels over UDP, which are recognised by port. */
enum {
    OVERLAYS_UDP = 0
#define TAG(id, name, source)
#define TUNNEL(id, name, source, key, readers, help)
#define UDP_TUNNEL(id, name, source, key, port, readers, help) | 1u << id
#include "packet/overlays.list"
#undef TAG
#undef TUNNEL
#undef UDP_TUNNEL
};

/* What settings say of tunnels.  `auto`: decoded; whose rules look inside is as packet/overlays.list has it. */
struct tunnel_options {
    uint32_t enabled[OVERLAY_N];        /* enum tunnel_choice */
    const char *ports[OVERLAY_N];
};
enum tunnel_choice { TUNNEL_AUTO, TUNNEL_NO, TUNNEL_YES };
extern const struct option_row tunnel_rows[]; /* of struct tunnel_options */
extern const unsigned tunnel_row_n;
/* Decides `off` and `blind`.  home: one engine's reading alone counts (enum view_reader), and where nothing is said what it
 * does not decode is not decoded; 0: nobody's. */
void decode_tunnels(struct decode_settings *s, const struct tunnel_options *o, uint8_t home);

enum decode_note { /* row order of packet/notes.list */
#define NOTE(id, name, gid, sid, help) id,
#include "packet/notes.list"
#undef NOTE
    DECODE_NOTE_N
};
extern const struct note_row decode_notes[]; /* DECODE_NOTE_N rows */
/* Rows from here on are peccary's own: Suricata 8 has neither such rules nor such counters. */
#define DECODE_NOTES_SHARED NOTE_IPV4_UNKNOWN_PROTOCOL

enum decode_counter {
#define COUNTER(id, name, kind, help) id,
#include "packet/counters.list"
#undef COUNTER
    DECODE_COUNTER_N
};
extern const struct counter_row decode_counters[];
#define DECODE_COUNTERS_SHARED COUNT_ETAG /* as DECODE_NOTES_SHARED */

enum ip_option { /* bits of view.ip_options */
    IP_OPTION_EOL = 1 << 0, IP_OPTION_NOP = 1 << 1, IP_OPTION_RR = 1 << 2, IP_OPTION_TS = 1 << 3, IP_OPTION_QS = 1 << 4,
    IP_OPTION_LSRR = 1 << 5, IP_OPTION_SSRR = 1 << 6, IP_OPTION_SATID = 1 << 7, IP_OPTION_SEC = 1 << 8,
    IP_OPTION_ESEC = 1 << 9, IP_OPTION_CIPSO = 1 << 10, IP_OPTION_RTRALT = 1 << 11,
    IP_OPTION_OTHER = 1 << 12, /* any option of another type */
};

enum ext_header { /* bits of view.ext_headers */
    EXT_HOP = 1 << 0, EXT_ROUTING = 1 << 1, EXT_FRAGMENT = 1 << 2, EXT_DEST = 1 << 3, EXT_AH = 1 << 4, EXT_ESP = 1 << 5,
    EXT_MOBILITY = 1 << 6, EXT_HIP = 1 << 7, EXT_SHIM6 = 1 << 8, EXT_NONE = 1 << 9,
};

struct decoder {
    struct decode_settings settings;
    uint64_t counter[DECODE_COUNTER_N];
    uint64_t note[DECODE_NOTE_N];       /* how often each note was raised: "decoder.event.…" */
};

/* Decodes packet p of the batch from its frame, wire_len and link: fills its views.  A frame that cannot be decoded at
 * all still has one view (VIEW_INVALID).  Counts what it met and what it noted; notes that others add to a view
 * (the defragmenter) are counted by decode_note. */
void packet_decode(struct decoder *d, struct batch *b, struct packet *p);

/* Decodes a reassembled datagram as a view like `from`, the fragment that completed it, which it inherits link data, tags and
 * overlays from.  The view comes from the batch; NULL when there is no room (counted) or its IP header does not hold.  Inner views are linked in front:
 * the view returned is the one to work on first, and following ->next one comes to the datagram (VIEW_REASSEMBLED) and
 * then to `from`. */
struct view *packet_decode_datagram(struct decoder *d, struct batch *b, struct view *from, struct datagram datagram);

/* What view_spread (packet/spread.h) would say of a frame, read without decoding it: of a whole Ethernet frame without tags, IPv4
 * or IPv6 without extension headers, TCP or UDP, no fragment, and no port of an overlay.  False: any other frame. */
bool packet_peek(const struct decode_settings *s, const struct packet *p, uint32_t *spread);

static inline void decode_note(struct decoder *d, struct view *v, enum decode_note note)
{
    d->note[note]++;
    view_note(v, (uint16_t)note);
}
/* Brings counters that follow from others (averages) up to date; before they are read. */
void decode_settle(struct decoder *d);

/* The checksums of the view's IP and transport headers: true when right or absent; computed on demand (rule keywords). */
bool view_ip_checksum_ok(const struct view *v);
bool view_l4_checksum_ok(const struct view *v);
/* The sum (RFC 1071) over its TCP or UDP header, what it covers, and the addresses; not complemented. */
uint16_t view_l4_sum(const struct view *v);

/* Its name, and where its packets come from, as they stand in records. */
const char *overlay_name(enum overlay o);
const char *overlay_source(enum overlay o);

#endif
