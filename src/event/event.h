/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event - what peccary tells the world: a fixed head and its final JSON (or other) bytes, from workers to sinks.
 *
 * A worker renders an event once into its own line buffer with eve_begin/eve_end and hands it to event_put, which copies
 * it into the worker's ring; the output thread writes it to every sink that wants its kind.  Reading files a full ring
 * blocks the worker; live it drops by class, counted.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/rows.h"
#include "base/text.h"

enum event_kind {
    EVENT_ALERT, EVENT_ANOMALY, EVENT_DROP, EVENT_FLOW, EVENT_NETFLOW, EVENT_TXN, EVENT_FILE, EVENT_STATS, EVENT_FRAME, EVENT_ENGINE,
    EVENT_FAST,      /* a line of the fast log */
    EVENT_CAPTURE,   /* a frame for a capture file */
    EVENT_STORE,     /* of a file to keep: struct store_event and bytes */
    EVENT_KIND_N
};

/* Which records are wanted and what they carry: one eve-log output's options.  Made from the settings at start, read by
 * all renderers.  (Each distinct set of options is rendered once; the first issue has one set.) */
struct eve_settings {
    bool enabled;
    bool community_id;
    uint16_t community_seed;
    bool ether, pcap_file, suricata_version;
    struct {
        bool on, payload, payload_printable, payload_length, packet, http_body, http_body_printable, metadata, tagged, raw_rule, verdict,
            websocket_payload, reference;
        bool rule_metadata;
        uint32_t payload_buffer_size;
        bool xff_on, xff_overwrite; const char *xff_header; bool xff_reverse;
    } alert;
    struct { bool on, packethdr, decode, stream, applayer; } anomaly;
    struct { bool on; bool all_alerts; bool flows_start; bool verdict; } drop;
    struct { bool on; } flow, netflow;
    struct { bool on, totals, threads, deltas, null_values; } stats;
    struct { bool on, force_magic; uint32_t force_hash; } files;  /* force_hash: bit 0 md5, 1 sha1, 2 sha256 */
    bool metadata_on;
    bool frame_on;
    bool fast_on, capture_on;  /* lines for the fast log, frames for capture files */
    /* Transactions: by protocol id - 1 a switch, and its options as the settings tree has them (the protocol reads them once). */
    bool proto_on[PROTO_IDS];
    const struct conf_node *proto_options[PROTO_IDS];
};

/* What stands in every record's head. */
struct event_head {
    uint64_t ts;              /* ns */
    uint64_t flow_id;         /* 0: none */
    uint64_t number;          /* pcap_cnt; 0: none */
    uint64_t parent;          /* parent_id; 0: none */
    struct addr src, dst;
    enum family family;       /* FAMILY_NONE: no addresses */
    uint16_t sport, dport;
    bool has_ports;
    uint8_t proto;            /* IP protocol */
    uint8_t icmp_type, icmp_code;
    uint16_t vlan[3];
    uint8_t vlan_n;
    uint32_t tenant;
    const char *community_id; /* NULL: none */
    const char *direction;    /* NULL: none; "to_server", … */
    const char *in_iface;     /* NULL */
    const char *capture_file; /* NULL */
    const char *pkt_src;      /* "wire/pcap", "stream (flow timeout)", …; NULL: none */
    const uint8_t *src_mac, *dst_mac; /* NULL: none */
    uint8_t ip_v;             /* 4, 6, 0 */
};

struct event_ring;            /* a worker's way out */
struct event_out {            /* what a renderer holds: one per worker */
    const struct eve_settings *eve;
    struct event_ring *ring;
    struct text line;         /* the record being made */
    struct json json;
    struct clock_zone zone;
    uint64_t emitted[EVENT_KIND_N], dropped[EVENT_KIND_N];
    uint64_t turn, sequence;  /* the worker's turn; event number within it */
};

/* Opens a record: '{', head members in Suricata's order, and "event_type".  The caller adds its object and calls eve_end. */
struct json *eve_begin(struct event_out *o, const struct event_head *head, const char *event_type);
void eve_end(struct event_out *o, enum event_kind kind);  /* '}', newline, into the ring */
struct bytes eve_finish(struct event_out *o);             /* the same, but into the ring: the line, until the next begins */
bool event_put(struct event_out *o, enum event_kind kind, struct bytes line); /* false: dropped, and counted */

/* A step in the keeping of a file, before its bytes.  Files are apart by id; the steps of one come in order. */
enum store_op {
    STORE_DATA,  /* bytes at offset */
    STORE_DONE,  /* all was there: it is called by its hash; the bytes are its record, if any */
    STORE_DROP,  /* nobody wants it */
};
struct store_event {
    uint64_t id, offset, ts;
    uint8_t op;              /* enum store_op */
    uint8_t sha256[32];
};
bool event_put_store(struct event_out *o, const struct store_event *e, struct bytes b);

/* The name of an IP protocol as records have it: "TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP", or the number as text. */
const char *event_proto_name(uint8_t proto, char room[12]);

void event_out_init(struct event_out *o, const struct eve_settings *eve, struct event_ring *ring);
void event_out_fini(struct event_out *o);

/* The ring and its reader. */
struct event_ring *event_ring_new(size_t bytes, bool block);
void event_ring_free(struct event_ring *r);
/* Reader: the next record; false when there is none within the time. */
bool event_ring_next(struct event_ring *r, enum event_kind *kind, struct bytes *line, unsigned milliseconds);
void event_ring_release(struct event_ring *r);

#endif
