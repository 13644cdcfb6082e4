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
    EVENT_ALERT, EVENT_ANOMALY, EVENT_DROP, EVENT_FLOW, EVENT_NETFLOW, EVENT_TXN, EVENT_FILE, EVENT_STATS, EVENT_FRAME, EVENT_METADATA, EVENT_ARP, EVENT_ENGINE,
    EVENT_FAST,      /* a line of the fast log */
    EVENT_STATS_LOG, /* the statistics as a table */
    EVENT_CAPTURE,   /* a frame for a capture file: struct capture_event and bytes */
    EVENT_STORE,     /* of a file to keep: struct store_event and bytes */
    EVENT_ENTITY,    /* about a host, from the map */
    EVENT_CERT,      /* certificates to keep: struct cert_event, lines about them, and they as PEM (RFC 7468) */
    EVENT_SNORT_FAST, EVENT_SNORT_FULL, EVENT_SNORT_CSV, EVENT_SNORT_JSON, /* an alert as Snort's loggers of these names write it */
    EVENT_UNIFIED2,  /* an alert and its packet as Snort 2 writes them in binary */
    EVENT_KIND_N
};

enum { EVES_MAX = 16 };

/* Which records one eve-log output wants and what they carry.  Made from the settings at start, read by all renderers.  Each
 * distinct set of options is rendered once: of outputs that want the same of a kind the first renders for all. */
struct eve_settings {
    unsigned index;            /* of event_settings.eve, and the output's bit */
    bool community_id;
    uint16_t community_seed;
    bool ether, pcap_file, suricata_version, metadata /* bits and numbers of the flow */;
    bool strict;               /* nothing but what Suricata's published schema has: json_own */
    const char *host;          /* sensor-name; NULL: none */
    struct eve_xff { bool on, overwrite, forward /* the first address, not the last */; const char *header; } xff;
    struct {
        bool on, payload, payload_printable, payload_length, packet, http_body, http_body_printable, websocket_payload,
            websocket_payload_printable, flow, app_layer, rule_metadata, raw_rule, reference, tagged, verdict, evidence;
        uint32_t payload_buffer_size;
        struct eve_xff xff;
    } alert;
    struct { bool on, packethdr, decode, stream, applayer; } anomaly;
    struct { bool on; bool all_alerts; bool flows_start; bool verdict; } drop;
    struct { bool on; } flow, netflow, metadata_record, arp, entity;
    struct { bool on; uint32_t payload_buffer_size; } frame;
    struct { bool on, totals, threads, deltas, null_values; } stats;
    struct { bool on, force_magic, force_store; uint32_t force_hash; } files;  /* force_hash: enum file_hash */
    /* Transactions: by protocol id - 1 a switch, and its options as the settings tree has them (the protocol reads them once). */
    bool proto_on[PROTO_IDS];
    const struct conf_node *proto_options[PROTO_IDS];
    /* Whom this one renders for: a bit per output; 0: nobody. */
    uint32_t to[EVENT_KIND_N], txn_to[PROTO_IDS];
};
/* Alerts as Snort's loggers write them: which, and how. */
enum { SNORT_LOGS = EVENT_SNORT_JSON - EVENT_SNORT_FAST + 1, SNORT_FIELDS_MAX = 64 };
struct snort_settings {
    struct snort_log {
        bool on;
        uint8_t field[SNORT_FIELDS_MAX], field_n; /* csv, json: rows of detect/alert_snort.c */
        const char *separator;                    /* csv */
    } log[SNORT_LOGS];         /* by kind of event */
    bool any;                  /* one of them is on */
    bool old;                  /* Snort 2's spelling: no quotes around the message */
    bool year, link, data;     /* times with the year; the Ethernet header and the payload beside what is told */
};
struct event_head;
struct event_settings {
    struct snort_settings snort;
    struct eve_settings eve[EVES_MAX];
    unsigned n;
    bool strict;               /* what outputs are that do not say (eve_settings.strict) */
    struct stats_log { bool on, totals, threads, nulls; } stats_log;
    bool fast_on;              /* lines for the fast log */
    bool unified2_on;          /* records for unified2 */
    bool live;                 /* frames come from devices: records name the device, not the packet number and the file */
    bool certs_on;             /* certificates that rules ask for are kept */
    /* Members of the object `hunt` of alerts; NULL: there is none. */
    void (*beside)(void *ctx, const struct event_head *head, struct json *j);
    void *beside_ctx;
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
    const void *flow;         /* for what records tell of the flow (event_out.of_flow); NULL: none */
    const char *direction;    /* NULL: none; "to_server", … */
    const char *capture_file; /* or the device, live; NULL */
    const char *pkt_src;      /* "wire/pcap", "stream (flow timeout)", …; NULL: none */
    const uint8_t *src_mac, *dst_mac; /* of the packet; NULL: none */
    const uint8_t (*src_macs)[6], (*dst_macs)[6]; /* of the flow, where there is no packet */
    uint8_t src_mac_n, dst_mac_n;
    uint16_t ether_type;      /* of the packet's Ethernet header; 0: none */
    uint8_t ip_v;             /* 4, 6, 0 */
};

struct event_ring;            /* a worker's way out */
struct event_out {            /* what a renderer holds: one per worker */
    const struct event_settings *settings;
    const struct eve_settings *eve; /* whose record is being made: within EVE_EACH */
    uint32_t to;              /* … and the outputs that get it */
    struct event_ring *ring;
    struct text line;         /* the record being made */
    bool beside_due;          /* … gets settings->beside at its end */
    struct event_head beside_head; /* … of this head: its ends and time */
    struct json json;
    struct clock_zone zone;
    uint64_t emitted[EVENT_KIND_N], dropped[EVENT_KIND_N];
    uint64_t turn, sequence;  /* the worker's turn; event number within it */
    /* Members of any record about a flow: what rules keep with it, and its community id. */
    void (*of_flow)(void *ctx, const void *flow, const struct eve_settings *eve, struct json *j);
    void *ctx;
};

/* Once for each distinct set of options that wants records of a kind (EVENT_TXN: of that protocol): o->eve. */
#define EVE_EACH(o, kind, proto) \
    for ((o)->eve = eve_next((o), (kind), (proto), NULL); (o)->eve != NULL; (o)->eve = eve_next((o), (kind), (proto), (o)->eve))
const struct eve_settings *eve_next(struct event_out *o, enum event_kind kind, unsigned proto, const struct eve_settings *prev);
/* Does anybody want them at all? */
bool eve_wants(const struct event_out *o, enum event_kind kind, unsigned proto);

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
/* Before the bytes of a frame for a capture file. */
struct capture_event {
    uint64_t ts;
    uint32_t link, original; /* link type; bytes on the wire */
    uint32_t thread;
};
struct cert_event {
    uint64_t ts;
    uint32_t about_n;        /* bytes of the lines about them */
    bool client;             /* the client's */
};
/* A record with a head of its own in front. */
bool event_put_headed(struct event_out *o, enum event_kind kind, struct bytes head, struct bytes body);

/* The name of an IP protocol as records have it: "TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP", or the number as text. */
const char *event_proto_name(uint8_t proto, char room[12]);

void event_out_init(struct event_out *o, const struct event_settings *s, struct event_ring *ring);
void event_out_fini(struct event_out *o);

/* The ring and its reader. */
struct event_ring *event_ring_new(size_t bytes, bool block);
void event_ring_free(struct event_ring *r);
struct event {
    enum event_kind kind;
    uint32_t to;              /* eve-log outputs, a bit each */
    struct bytes line;
};
/* Reader: the next record; false when there is none within the time. */
bool event_ring_next(struct event_ring *r, struct event *out, unsigned milliseconds);
void event_ring_release(struct event_ring *r);
void event_ring_wake(struct event_ring *r); /* the writer's: what is in it is not to wait for more */
void event_ring_share_bell(struct event_ring *r, struct event_ring *first); /* who reads both sleeps once for both */

#endif
