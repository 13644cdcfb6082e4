/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * packet - one frame, its stack of views, and the batch they travel in.
 *
 * A frame is decoded into one or more *views*: the outer packet, and one more for each tunnelled packet found inside
 * (IP in IP, GRE, VXLAN, Teredo, ...).  VLAN tags and MPLS labels do not make a view.  Each view is treated as a packet of
 * its own with its own flow; views of a frame are worked on innermost first (that is the order Suricata raises alerts in).
 * A datagram reassembled from fragments is a view too, over bytes that the defragmenter owns until the end of the turn.
 *
 * Owner: the batch owns packets and views, its source owns the frame bytes, until source_release.  One worker's thread.
 */
#ifndef PACKET_PACKET_H
#define PACKET_PACKET_H

#include "base/addr.h"
#include "base/rd.h"

#define BATCH_MAX 256       /* frames in a batch */
#define VIEWS_MAX 16        /* views of one frame, the outer one counted; more: note "ipraw/tunnel depth" and undecoded */
#define VIEW_NOTES_MAX 16   /* notes kept per view; further ones only count */
#define VIEW_VLANS_MAX 3
#define VIEW_OVERLAYS_MAX 4

/* Note ids of a packet are one space: decoder notes (packet/notes.list) below, stream notes (flow/notes.list) above. */
#define NOTE_STREAM_BASE 512

enum link_type { /* DLT_/LINKTYPE_ numbers as in the capture file */
    LINK_NULL = 0, LINK_ETHERNET = 1, LINK_TOKEN_RING = 6, LINK_PPP = 9, LINK_FDDI = 10, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14,
    LINK_PPP_SERIAL = 50, LINK_PPP_ETHER = 51, LINK_RAW = 101, LINK_CHDLC = 104, LINK_IEEE802_11 = 105, LINK_LOOP = 108,
    LINK_SLL = 113, LINK_PRISM = 119, LINK_RADIOTAP = 127, LINK_PPI = 192, LINK_WPAN = 195, LINK_IPV4 = 228, LINK_IPV6 = 229,
    LINK_WPAN_NOFCS = 230, LINK_NFLOG = 239, LINK_SLL2 = 276,
};

/* What carried an inner view; the stack of them is kept on each view, outermost first. */
enum overlay {
#define TAG(id, name, source) id,
#define TUNNEL(id, name, source, key, readers, help) id,
#define UDP_TUNNEL(id, name, source, key, port, readers, help) id,
#include "packet/overlays.list"
#undef TAG
#undef TUNNEL
#undef UDP_TUNNEL
    OVERLAY_N
};

/* Rules of which engine look at a view (bits, by enum dialect): inside a tunnel those whose engine decodes it. */
enum view_reader {
    READER_SURICATA = 1 << 0, READER_SNORT2 = 1 << 1, READER_SNORT3 = 1 << 2,
    READERS_SNORT = READER_SNORT2 | READER_SNORT3, READERS_ALL = READER_SURICATA | READERS_SNORT,
};

enum view_flag {
    VIEW_FRAGMENT = 1 << 0,      /* one fragment of a datagram: l4 is what it carries, no transport header is decoded */
    VIEW_REASSEMBLED = 1 << 1,   /* a whole datagram from the defragmenter */
    VIEW_BAD_CHECKSUM = 1 << 2,  /* a checksum that was looked at is wrong (only with checksum checking on) */
    VIEW_INVALID = 1 << 3,       /* a header was malformed; it may have a flow all the same: ask VIEW_NO_FLOW */
    VIEW_ICMP_ERROR = 1 << 4,    /* quotes a packet: quoted_* hold */
    VIEW_TRUNCATED = 1 << 5,     /* the capture holds less than the frame had */
    VIEW_NO_FLOW = 1 << 6,       /* never gets a flow (ARP, unknown ether type, fragments, malformed headers, GRE, ...) */
    VIEW_TUNNELED = 1 << 7,      /* not the outermost */
    VIEW_CARRIER = 1 << 8,       /* its payload is an inner view: not inspected as a payload of its own */
    VIEW_BAD_IP_CHECKSUM = 1 << 9, /* as VIEW_BAD_CHECKSUM, which is the transport's, for the IPv4 header */
};

/* Frames between neighbours, told by their link header; what they say is in view.l4. */
enum link_control {
    CONTROL_NONE, CONTROL_LLDP, CONTROL_CDP, CONTROL_STP, CONTROL_SLOW, CONTROL_EAPOL, CONTROL_RARP, CONTROL_PAUSE,
    CONTROL_LOOPBACK, CONTROL_FDP, CONTROL_VTP, CONTROL_DTP, CONTROL_PVST, CONTROL_ISIS, CONTROL_CFM, CONTROL_PPPOE,
    CONTROL_PPP, CONTROL_SLARP, CONTROL_WLAN, CONTROL_PROFINET,
};

/* Bits of view.present: which headers are there. */
enum view_layer {
    LAYER_ETHER = 1 << 0, LAYER_IPV4 = 1 << 1, LAYER_IPV6 = 1 << 2, LAYER_TCP = 1 << 3, LAYER_UDP = 1 << 4, LAYER_ICMP4 = 1 << 5,
    LAYER_ICMP6 = 1 << 6, LAYER_SCTP = 1 << 7, LAYER_ARP = 1 << 8, LAYER_ESP = 1 << 9, LAYER_IGMP = 1 << 10, LAYER_AH = 1 << 11,
};

struct view_tcp {
    uint32_t seq, ack;
    uint16_t window, urgent;
    uint8_t flags;           /* the low eight bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 */
    uint8_t header_len;      /* bytes */
    uint8_t wscale;          /* valid when has_wscale */
    uint8_t sack_n;          /* SACK blocks, at `sack` */
    bool has_ts, has_mss, has_wscale, has_sackok, has_tfo;
    uint16_t mss;
    uint32_t ts_value, ts_echo;
    struct bytes sack;       /* 8 bytes a block */
};

struct view {
    struct packet *packet;
    struct view *outer;      /* NULL for the outermost */
    struct view *next;       /* the view to work on after this one (one step outwards) */

    /* Bytes: each names a part of the frame (or of the reassembled datagram), empty when absent. */
    struct bytes bytes;      /* everything of this view from its first header on */
    struct bytes ip;         /* from the IP header to the end of the IP packet, padding cut off */
    struct bytes ip_header;  /* with options; for IPv6 with the extension headers in front of what it carries */
    struct bytes l4;         /* from the transport header on */
    struct bytes l4_header;
    struct bytes payload;    /* after the last decoded header: what dsize and packet rules look at */
    struct bytes ether;      /* the 14 bytes of the nearest Ethernet header; empty when none */

    struct addr src, dst;
    enum family family;
    uint16_t sport, dport;
    uint8_t proto;           /* IP protocol of the transport header found (after IPv6 extension headers) */
    uint8_t ttl, tos;
    uint16_t ip_id;          /* IPv4 */
    uint16_t frag_offset;    /* in 8-byte units, as rules count it */
    uint8_t frag_flags;      /* 4 reserved, 2 don't fragment, 1 more fragments */
    uint32_t frag_id;        /* 16 bits for IPv4 */
    uint16_t frag_total;     /* bytes this fragment carries */
    uint16_t frag_prev;      /* IPv6: offset in `ip` of the byte that names the fragment header */
    uint8_t frag_next;       /* protocol of the datagram's first header after the fragment header */
    uint8_t control;         /* enum link_control */
    uint32_t ip_options;     /* bit per IPv4 option class met (enum ip_option in decode.h) */
    uint16_t ext_headers;    /* IPv6: bit per extension header met (enum ext_header in decode.h) */

    union {
        struct view_tcp tcp;
        struct { uint16_t length, checksum; } udp;
        struct { uint8_t type, code; uint16_t id, seq; uint32_t mtu; bool has_id; } icmp;
        struct { uint32_t vtag; } sctp;
        struct { uint16_t op; struct bytes sender_mac, target_mac; struct bytes sender_ip, target_ip; } arp;
    };
    /* The packet an ICMP error quotes. */
    struct addr quoted_src, quoted_dst;
    uint16_t quoted_sport, quoted_dport;
    uint8_t quoted_proto;
    enum family quoted_family;

    uint16_t present;        /* enum view_layer */
    uint16_t flags;          /* enum view_flag */
    uint16_t ether_type;     /* of what follows the tags */
    uint8_t level;           /* recursion level: 0 outermost */
    uint8_t vlan_n;          /* tags seen; VIEW_VLANS_MAX kept */
    uint16_t vlan[VIEW_VLANS_MAX]; /* ids, outermost first */
    uint8_t overlay_n;
    uint8_t overlay[VIEW_OVERLAYS_MAX]; /* enum overlay, outermost first */
    uint8_t readers;         /* enum view_reader */
    uint32_t network;        /* VNI, VSID or service number of the overlay it came in; 0 none */
    uint32_t tenant;         /* what network or VLAN means (packet/tenant.h): symmetric; 0 none */
    uint32_t gre_key, teid;  /* attributes, never key */
    uint8_t mpls_n;

    uint8_t note_n;          /* notes seen; VIEW_NOTES_MAX kept */
    uint16_t note[VIEW_NOTES_MAX];

    uint64_t hash;           /* symmetric flow hash; set by flow_prepare */
};

/* A reassembled datagram: what stood in front of its first fragment, then the IP packet; and the IP packet alone. */
struct datagram {
    struct bytes whole, ip;
};

enum verdict { VERDICT_PASS = 0, VERDICT_DROP, VERDICT_REJECT };
enum reject_to { REJECT_SOURCE = 1, REJECT_TARGET = 2 }; /* bits: who is told of a VERDICT_REJECT */

enum drop_reason {
    DROP_NOT,
#define DROP(id, name, counter, kind) id,
#include "packet/drops.list"
#undef DROP
    DROP_REASON_N
};

struct packet {
    struct bytes frame;
    uint64_t ts;             /* ns since 1970 */
    uint64_t number;         /* 1-based over the whole input: pcap_cnt */
    uint32_t wire_len;       /* bytes on the wire; >= frame.n */
    uint16_t link;           /* enum link_type */
    uint8_t verdict;         /* enum verdict: strictest of its views */
    uint8_t view_n;
    struct view *first;      /* the view to work on first: the innermost; follow ->next */
    struct view *outermost;
    uint32_t input;          /* which input file or device it came from */
    uint64_t offset;         /* of its record in that file; 0: not known */
    bool alone;              /* decoded by the worker that it belongs to alone */
    bool unsummed;           /* its transport checksum is the network card's business, not there yet or looked at by it: taken as right */
    bool partial;            /* … not there yet: the device that sends it on works it out */
    bool handed;             /* live: came from the worker that received it, for what of it is this one's */
    bool bypassed;           /* of a flow that needs no more inspection */
    bool rewritten;          /* inline: not as it came in, `frame` is what goes on */
    bool unread;             /* its headers go on where the decoder does not (a ceiling, a length of 0): what is there nobody has looked at */
};

struct batch {
    unsigned n;
    uint64_t now;            /* the batch's clock, ns: the last packet's time, or the wall clock of an idle live source */
    bool end;                /* no further batch will come */
    struct packet packet[BATCH_MAX];
    struct view *views;      /* room for batch_views_max views, handed out by the decoder */
    unsigned view_n, view_max;
};

/* Appends a note; only counted once there are VIEW_NOTES_MAX. */
static inline void view_note(struct view *v, uint16_t note)
{
    if (v->note_n < VIEW_NOTES_MAX) {
        v->note[v->note_n++] = note;
    }
}

/* A view that a frame carries has no number of its own in records: the frame's stands with the tunnel's object. */
static inline bool view_carried(const struct view *v) { return (v->flags & (VIEW_TUNNELED | VIEW_REASSEMBLED)) != 0; }

static inline bool view_has(const struct view *v, unsigned layers) { return (v->present & layers) != 0; }

#endif
