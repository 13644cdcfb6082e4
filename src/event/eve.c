/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eve - the head that every EVE record opens with, in the order and spelling of Suricata 8.
 */
#include "event/event.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* By number; NULL has no name of its own. */
static const char *const proto_names[] = {
    "HOPOPT", "ICMP", "IGMP", "GGP", "IP-in-IP", "ST", "TCP", "CBT", "EGP", "IGP", "BBN-RCC-MON", "NVP-II", "PUP", "ARGUS", "EMCON",
    "XNET", "CHAOS", "UDP", "MUX", "DCN-MEAS", "HMP", "PRM", "XNS-IDP", "TRUNK-1", "TRUNK-2", "LEAF-1", "LEAF-2", "RDP", "IRTP",
    "ISO-TP4", "NETBLT", "MFE-NSP", "MERIT-INP", "DCCP", "3PC", "IDPR", "XTP", "DDP", "IDPR-CMTP", "TP++", "IL", "IPv6", "SDRP",
    "IPv6-Route", "IPv6-Frag", "IDRP", "RSVP", "GRE", "DSR", "BNA", "ESP", "AH", "I-NLSP", "SwIPe", "NARP", "MOBILE", "TLSP",
    "SKIP", "IPv6-ICMP", "IPv6-NoNxt", "IPv6-Opts", NULL, "CFTP", NULL, "SAT-EXPAK", "KRYPTOLAN", "RVD", "IPPC", NULL, "SAT-MON",
    "VISA", "IPCU", "CPNX", "CPHB", "WSN", "PVP", "BR-SAT-MON", "SUN-ND", "WB-MON", "WB-EXPAK", "ISO-IP", "VMTP", "SECURE-VMTP",
    "VINES", "TTP", "NSFNET-IGP", "DGP", "TCF", "EIGRP", "OSPF", "Sprite-RPC", "LARP", "MTP", "AX.25", "OS", "MICP", "SCC-SP",
    "ETHERIP", "ENCAP", NULL, "GMTP", "IFMP", "PNNI", "PIM", "ARIS", "SCPS", "QNX", "A/N", "IPComp", "SNP", "Compaq-Peer",
    "IPX-in-IP", "VRRP", "PGM", NULL, "L2TP", "DDX", "IATP", "STP", "SRP", "UTI", "SMP", "SM", "PTP", "IS-IS over IPv4", "FIRE",
    "CRTP", "CRUDP", "SSCOPMCE", "IPLT", "SPS", "PIPE", "SCTP", "FC", "RSVP-E2E-IGNORE", "Mobility Header", "UDPLite", "MPLS-in-IP",
    "manet", "HIP", "Shim6", "WESP", "ROHC", "Ethernet",
};
_Static_assert(sizeof proto_names / sizeof proto_names[0] == 144, "a row per number up to 143");

const char *event_proto_name(uint8_t proto, char room[12])
{
    if (proto < sizeof proto_names / sizeof proto_names[0] && proto_names[proto] != NULL) {
        return proto_names[proto];
    }
    snprintf(room, 12, "%03u", proto);
    return room;
}

static void head_mac(struct json *j, const char *key, const uint8_t *mac)
{
    char room[18];

    snprintf(room, sizeof room, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    json_string(j, key, room);
}

static void head_macs(struct json *j, const char *key, const uint8_t (*mac)[6], unsigned n)
{
    json_array(j, key);
    for (unsigned i = 0; i < n; i++) {
        head_mac(j, NULL, mac[i]);
    }
    json_end_array(j);
}

/* A packet's hardware addresses, or all those of a flow. */
static void head_ether(struct json *j, const struct event_head *h)
{
    if (h->src_mac == NULL && h->src_mac_n == 0) {
        return;
    }
    json_object(j, "ether");
    if (h->ether_type != 0) {
        json_u64(j, "ether_type", h->ether_type);
    }
    if (h->src_mac != NULL) {
        head_mac(j, "src_mac", h->src_mac);
        head_mac(j, "dest_mac", h->dst_mac);
    } else {
        head_macs(j, "dest_macs", h->dst_macs, h->dst_mac_n);
        head_macs(j, "src_macs", h->src_macs, h->src_mac_n);
    }
    json_end_object(j);
}

/* Most of a head are numbers and words of the program: written one behind the other, with room asked for once. */
enum { HEAD_TIME_ROOM = 160, HEAD_ADDRESSES_ROOM = 320 };

#define PUT_TEXT(p, text) ((char *)memcpy(p, text, sizeof(text) - 1) + sizeof(text) - 1)

static inline char *put_number(char *p, uint64_t v) { return p + text_digits(v, p); }

/* When, and of which flow. */
static void head_time(struct json *j, struct clock_zone *zone, const struct event_head *h)
{
    char *p = json_room(j, HEAD_TIME_ROOM);

    if (p == NULL) {
        return;
    }
    p = PUT_TEXT(p, "\"timestamp\":\"");
    p += clock_iso(zone, h->ts, p);
    *p++ = '"';
    if (h->flow_id != 0) {
        p = PUT_TEXT(p, ",\"flow_id\":");
        p = put_number(p, h->flow_id);
    }
    if (h->parent != 0) {
        p = PUT_TEXT(p, ",\"parent_id\":");
        p = put_number(p, h->parent);
    }
    json_wrote(j, p);
}

static char *put_ports(char *p, const struct event_head *h, uint16_t port, bool source)
{
    if (h->has_ports) {
        p = source ? PUT_TEXT(p, ",\"src_port\":") : PUT_TEXT(p, ",\"dest_port\":");
        p = put_number(p, port);
    }
    return p;
}

static void head_addresses(struct json *j, const struct event_head *h)
{
    char room[12];
    const char *proto = event_proto_name(h->proto, room); /* no name of ours needs an escape */
    char *p = json_room(j, HEAD_ADDRESSES_ROOM);

    if (p == NULL) {
        return;
    }
    p = PUT_TEXT(p, "\"src_ip\":\"");
    p += addr_text(&h->src, h->family, p);
    *p++ = '"';
    p = put_ports(p, h, h->sport, true);
    p = PUT_TEXT(p, ",\"dest_ip\":\"");
    p += addr_text(&h->dst, h->family, p);
    *p++ = '"';
    p = put_ports(p, h, h->dport, false);
    p = PUT_TEXT(p, ",\"proto\":\"");
    p = stpcpy(p, proto);
    *p++ = '"';
    if (h->ip_v != 0) {
        p = PUT_TEXT(p, ",\"ip_v\":");
        p = put_number(p, h->ip_v);
    }
    if (h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) {
        p = PUT_TEXT(p, ",\"icmp_type\":");
        p = put_number(p, h->icmp_type);
        p = PUT_TEXT(p, ",\"icmp_code\":");
        p = put_number(p, h->icmp_code);
    }
    json_wrote(j, p);
}

static uint32_t renders_for(const struct eve_settings *e, enum event_kind kind, unsigned proto)
{
    return kind == EVENT_TXN ? e->txn_to[proto - 1] : e->to[kind];
}

const struct eve_settings *eve_next(struct event_out *o, enum event_kind kind, unsigned proto, const struct eve_settings *prev)
{
    const struct event_settings *s = o->settings;

    for (unsigned i = prev != NULL ? prev->index + 1 : 0; i < s->n; i++) {
        o->to = renders_for(&s->eve[i], kind, proto);
        if (o->to != 0) {
            return &s->eve[i];
        }
    }
    o->to = 0;
    return NULL;
}

bool eve_wants(const struct event_out *o, enum event_kind kind, unsigned proto)
{
    for (unsigned i = 0; i < o->settings->n; i++) {
        if (renders_for(&o->settings->eve[i], kind, proto) != 0) {
            return true;
        }
    }
    return false;
}

struct json *eve_begin(struct event_out *o, const struct event_head *h, const char *event_type)
{
    o->beside_due = o->settings->beside != NULL && strcmp(event_type, "alert") == 0;
    if (o->beside_due) {
        o->beside_head = (struct event_head){ .ts = h->ts, .src = h->src, .dst = h->dst, .family = h->family, .sport = h->sport, .dport = h->dport, .has_ports = h->has_ports,
                                              .proto = h->proto, .tenant = h->tenant };
    }
    struct json *j = &o->json;

    text_clear(&o->line);
    json_init(j, &o->line);
    j->strict = o->eve->strict;
    json_object(j, NULL);
    head_time(j, &o->zone, h);
    if (o->settings->live && h->capture_file != NULL) {
        json_string(j, "in_iface", h->capture_file);
    }
    if (h->number != 0 && !o->settings->live) {
        json_u64(j, "pcap_cnt", h->number);
    }
    json_string(j, "event_type", event_type);
    if (o->eve->host != NULL) {
        json_string(j, "host", o->eve->host);
    }
    if (h->vlan_n != 0) {
        json_array(j, "vlan");
        for (unsigned i = 0; i < h->vlan_n; i++) {
            json_u64(j, NULL, h->vlan[i]);
        }
        json_end_array(j);
    }
    if (h->family != FAMILY_NONE) {
        head_addresses(j, h);
    }
    if (h->pkt_src != NULL) {
        json_string(j, "pkt_src", h->pkt_src);
    }
    if (h->direction != NULL) {
        json_string(j, "direction", h->direction);
    }
    if (h->flow != NULL && o->of_flow != NULL) {
        o->of_flow(o->ctx, h->flow, o->eve, j);
    }
    if (o->eve->ether) {
        head_ether(j, h);
    }
    if (o->eve->pcap_file && h->capture_file != NULL && !o->settings->live) {
        json_string(j, "pcap_filename", h->capture_file);
    }
    if (o->eve->suricata_version) {
        json_string(j, "suricata_version", PECCARY_VERSION);
    }
    return j;
}

struct bytes eve_finish(struct event_out *o)
{
    if (o->beside_due) {
        json_object(&o->json, "hunt");
        o->settings->beside(o->settings->beside_ctx, &o->beside_head, &o->json);
        json_end_object(&o->json);
    }
    json_end_object(&o->json);
    text_byte(&o->line, '\n');
    return text_bytes(&o->line);
}

void eve_end(struct event_out *o, enum event_kind kind) { (void)event_put(o, kind, eve_finish(o)); }
