/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network - what packets say of hosts rather than of their own contents: port scans, spoofed ARP, addresses on lists.
 *
 * Each finding is a note of the packet (ids from NOTE_NETWORK_BASE on), which rules ask by Snort's generator and number and
 * records tell as anomalies.  One `struct network` for all workers: its settings and lists are read-only, the trackers of
 * scans are one table under a lock, capped, whose operations happen in capture order (base/turn.h).
 */
#ifndef NETWORK_NETWORK_H
#define NETWORK_NETWORK_H

#include "base/turn.h"
#include "flow/stream.h"

#define NOTE_NETWORK_BASE 1024

enum network_note {
#define NOTE(id, name, gid, sid, help) id,
#include "network/notes.list"
#undef NOTE
    NETWORK_NOTE_END,
};
enum { NETWORK_NOTE_N = NETWORK_NOTE_END - NOTE_NETWORK_BASE };
extern const struct note_row network_notes[];

/* The row of any note of a packet: the decoders', the stream's, or one of these; NULL: there is no such note. */
const struct note_row *note_of_view(uint16_t id);

/* ---- port scans ---- */

enum scan_proto { SCAN_TCP, SCAN_UDP, SCAN_IP, SCAN_ICMP, SCAN_PROTOS };
enum scan_type { SCAN_PORTS, SCAN_DECOY, SCAN_SWEEP, SCAN_DISTRIBUTED, SCAN_TYPES };
enum scan_level { SCAN_LOW, SCAN_MEDIUM, SCAN_HIGH, SCAN_LEVELS };

/* What a host must have reached to be told: connections without answer (0: they are not told), refusals, other hosts, ports. */
struct scan_limit {
    uint16_t scans, rejects, nets, ports;
};
struct scan_settings {
    bool on;
    bool alert_all;            /* each packet beyond the limits, not once a window */
    bool midstream;            /* sessions without their begin count */
    uint8_t protos, types;     /* a bit each */
    uint32_t window[SCAN_PROTOS]; /* seconds */
    struct scan_limit limit[SCAN_PROTOS][SCAN_TYPES];
    const struct addr_set *watch, *ignore_scanners, *ignore_scanned; /* NULL: all, none, none */
    uint64_t memcap;           /* bytes; the longest unused tracker gives way */
};
/* Windows and limits of a level of attention. */
void scan_preset(struct scan_settings *s, enum scan_level level);

/* ---- ARP ---- */

enum { ARP_HOSTS_MAX = 4096 };
struct arp_host {
    uint8_t ip[4], mac[6];
};
struct arp_settings {
    bool on;
    const struct arp_host *hosts; /* whose hardware address is known */
    unsigned host_n;
};

/* ---- lists of addresses ---- */

enum list_action { LIST_BLOCK, LIST_ALLOW, LIST_MONITOR, LIST_ACTIONS };
enum { LISTS_MAX = 64 };
struct address_list {
    struct addr_set set;
    uint8_t action;            /* enum list_action */
    bool all;                  /* of every tenant; else of this one */
    uint32_t tenant;
};
struct list_settings {
    bool on;
    struct address_list *list;
    unsigned list_n;
    bool block_first;          /* an address on both: the block list decides */
    bool trust;                /* an allowed flow is not inspected */
    bool scan_local;           /* private addresses (RFC 1918) are looked up too */
};
/* A file of addresses and networks, one a line, '#' begins a comment; lines that are none count in *bad. */
bool address_list_read(struct address_list *l, const char *path, unsigned *bad, struct err *err);

/* ---- the whole ---- */

struct network_settings {
    struct scan_settings scan;
    struct arp_settings arp;
    struct list_settings lists;
};

struct network;
struct network *network_new(const struct network_settings *s, struct turns *turns); /* NULL: nothing is switched on, or no memory */
void network_free(struct network *n);
bool network_wanted(const struct network_settings *s);

/* A packet, after its flow and its session took it. */
struct network_packet {
    struct view *view;
    const struct flow *flow;   /* NULL: none */
    enum side side;
    uint8_t before, now;       /* enum tcp_state of the session, before this packet and with it */
    uint64_t ts;
    unsigned worker;
};
/* What a list says of the packet. */
enum network_verdict { NETWORK_NOTHING, NETWORK_BLOCK, NETWORK_TRUST };
enum network_verdict network_look(struct network *n, const struct network_packet *p);

#endif
