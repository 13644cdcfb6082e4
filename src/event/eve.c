/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eve - the head that every EVE record opens with, in the order and spelling of Suricata 8.
 */
#include "event/event.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint8_t proto;
    const char *name;
} proto_names[] = {
    { 1, "ICMP" },      { 2, "IGMP" },   { 4, "IPv4-ENCAP" }, { 6, "TCP" },   { 17, "UDP" },      { 33, "DCCP" },    { 41, "IPv6" },
    { 44, "IPv6-Frag" }, { 47, "GRE" },  { 50, "ESP" },       { 51, "AH" },   { 58, "IPv6-ICMP" }, { 59, "IPv6-NoNxt" },
    { 88, "EIGRP" },    { 89, "OSPFIGP" }, { 103, "PIM" },    { 108, "IPComp" }, { 112, "VRRP" },  { 115, "L2TP" },   { 132, "SCTP" },
    { 136, "UDPLite" }, { 137, "MPLS-in-IP" },
};

const char *event_proto_name(uint8_t proto, char room[12])
{
    for (size_t i = 0; i < sizeof proto_names / sizeof proto_names[0]; i++) {
        if (proto_names[i].proto == proto) {
            return proto_names[i].name;
        }
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

static void head_addresses(struct json *j, const struct event_head *h)
{
    char text[ADDR_TEXT_MAX];

    addr_text(&h->src, h->family, text);
    json_string(j, "src_ip", text);
    if (h->has_ports) {
        json_u64(j, "src_port", h->sport);
    }
    addr_text(&h->dst, h->family, text);
    json_string(j, "dest_ip", text);
    if (h->has_ports) {
        json_u64(j, "dest_port", h->dport);
    }
    char room[12];
    json_string(j, "proto", event_proto_name(h->proto, room));
    if (h->ip_v != 0) {
        json_u64(j, "ip_v", h->ip_v);
    }
    if (h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) {
        json_u64(j, "icmp_type", h->icmp_type);
        json_u64(j, "icmp_code", h->icmp_code);
    }
}

struct json *eve_begin(struct event_out *o, const struct event_head *h, const char *event_type)
{
    struct json *j = &o->json;
    char when[CLOCK_TEXT_MAX];

    text_clear(&o->line);
    json_init(j, &o->line);
    json_object(j, NULL);
    clock_iso(&o->zone, h->ts, when);
    json_string(j, "timestamp", when);
    if (h->flow_id != 0) {
        json_u64(j, "flow_id", h->flow_id);
    }
    if (h->parent != 0) {
        json_u64(j, "parent_id", h->parent);
    }
    if (h->in_iface != NULL) {
        json_string(j, "in_iface", h->in_iface);
    }
    if (h->number != 0) {
        json_u64(j, "pcap_cnt", h->number);
    }
    json_string(j, "event_type", event_type);
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
    if (h->community_id != NULL) {
        json_string(j, "community_id", h->community_id);
    }
    if (o->eve->ether && h->src_mac != NULL) {
        json_object(j, "ether");
        head_mac(j, "src_mac", h->src_mac);
        head_mac(j, "dest_mac", h->dst_mac);
        json_end_object(j);
    }
    if (o->eve->pcap_file && h->capture_file != NULL) {
        json_string(j, "pcap_filename", h->capture_file);
    }
    if (o->eve->suricata_version) {
        json_string(j, "suricata_version", PECCARY_VERSION);
    }
    return j;
}

void eve_end(struct event_out *o, enum event_kind kind)
{
    json_end_object(&o->json);
    text_byte(&o->line, '\n');
    event_put(o, kind, text_bytes(&o->line));
}
