/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per thing a decoder must see: a frame in hex, and what its views say, outermost first, in words:
 * layers, VLANs, addresses' family and protocol, ports, bytes of payload, flags, overlays, notes.
 */
#include "packet/decode.h"
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#define ETHER(type) "000000000001 000000000002" type
/* total length, flags and offset, protocol */
#define IP4F(total, frag, proto) "4500" total "0001" frag "40" proto "0000 0a000001 0a000002"
#define IP4(total, proto) IP4F(total, "0000", proto)
/* payload length, next header, hop limit */
#define IP6H(length, next, hops) "60000000" length next hops \
    "20010db8000000000000000000000001 20010db8000000000000000000000002"
#define IP6(length, next) IP6H(length, next, "40")
#define UDP(from, to, length) from to length "0000"
/* offset and flags; no options */
#define TCP(offset, flags) "0400 0050 00000001 00000002" offset flags "2000 0000 0000"
#define TCP20 TCP("50", "10")
#define UDP0 UDP("0400", "0035", "0008")
#define WHOLE4 IP4("001c", "11") UDP0 /* 28 bytes */
#define WHOLE6 IP6("0008", "11") UDP0 /* 48 bytes */

struct row {
    const char *why;
    uint16_t link;
    const char *hex;
    const char *want;
};

static const struct row link_rows[] = {
    { "a frame shorter than an Ethernet header has a view all the same", LINK_ETHERNET, "000000000001 0000",
      "invalid [ethernet.pkt_too_small]" },
    { "an empty frame too", LINK_ETHERNET, "", "invalid [ethernet.pkt_too_small]" },
    { "the plain case", LINK_ETHERNET, ETHER("0800") WHOLE4, "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "padding behind the IP packet is no payload", LINK_ETHERNET, ETHER("0800") WHOLE4 "00000000",
      "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "an unknown ether type is noted, the frame is not invalid", LINK_ETHERNET, ETHER("fbb7") "00",
      "eth [ethernet.unknown_ethertype]" },
    { "raw IP goes by its version", LINK_RAW, WHOLE6, "ip6/17 udp 1024>53 pay=0 flow" },
    { "raw IP under its IPv4 number", LINK_IPV4, WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "raw, of no version", LINK_RAW, "7500001c 00010000 40110000 0a000001 0a000002 00000000", "[ipraw.invalid_ip_version]" },
    { "raw, too short to be either", LINK_RAW, "4500001c", "invalid [ipv4.pkt_too_small]" },
    { "loopback, little endian", LINK_NULL, "02000000" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "loopback, captured on a big-endian machine", LINK_NULL, "0000001e" WHOLE6, "ip6/17 udp 1024>53 pay=0 flow" },
    { "OpenBSD loopback is in network order", LINK_LOOP, "00000002" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "loopback of another family", LINK_NULL, "07000000 00", "[ltnull.unsupported_type]" },
    { "loopback cut", LINK_NULL, "0200", "invalid [ltnull.pkt_too_small]" },
    { "Linux cooked", LINK_SLL, "0000 0001 0006 000000000001 0000 0800" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "Linux cooked, cut", LINK_SLL, "0000 0001 0006", "invalid [sll.pkt_too_small]" },
    { "Linux cooked 2", LINK_SLL2, "0800 0000 00000001 0001 00 06 0000000000010000" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "Linux cooked 2, cut", LINK_SLL2, "0800 0000 00000001", "invalid [sll2.pkt_too_small]" },
    { "Cisco HDLC", LINK_CHDLC, "0f00 0800" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "Cisco HDLC keep-alive", LINK_CHDLC, "8f00 8035 00000002", "control=17 [ethernet.unknown_ethertype]" },
    { "Cisco HDLC, cut", LINK_CHDLC, "0f00", "invalid [chdlc.pkt_too_small]" },
    { "PPP, protocol alone", LINK_PPP, "0021" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "PPP with HDLC address and control", LINK_PPP, "ff03 0021" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "PPP with the protocol in one byte", LINK_PPP, "ff03 57" WHOLE6, "ip6/17 udp 1024>53 pay=0 flow" },
    { "PPP LCP is no oddity", LINK_PPP, "ff03 c021 01010004", "control=16" },
    { "PPP with a protocol that nobody decodes", LINK_PPP, "ff03 002b 00", "[ppp.unsup_proto]" },
    { "PPP with a protocol that does not exist", LINK_PPP, "ff03 4444 00", "invalid [ppp.wrong_type]" },
    { "PPP, nothing at all", LINK_PPP, "", "invalid [ppp.pkt_too_small]" },
    { "PPP, IPv4 cut", LINK_PPP, "ff03 0021 4500", "invalid [ppp.ip4_pkt_too_small]" },
    { "PPP, IPv6 cut", LINK_PPP, "ff03 0057 6000", "invalid [ppp.ip6_pkt_too_small]" },
    { "PPP, uncompressed VJ in one byte: protocol 0 is TCP", LINK_PPP, "2f" IP4("0028", "00") TCP20,
      "ip4/6 tcp 1024>80 pay=0 flow" },
    { "PPP, VJ cut", LINK_PPP, "ff03 002f 45", "invalid [ppp.vju_pkt_too_small]" },
    { "PPP serial is Cisco HDLC by its first byte", LINK_PPP_SERIAL, "0f00 0800" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "PPP serial is PPP otherwise", LINK_PPP_SERIAL, "ff03 0021" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "PPI names the link inside", LINK_PPI, "00 00 0800 01000000" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "PPI with a header longer than the frame", LINK_PPI, "00 00 ff00 01000000", "invalid [ppi.header_invalid]" },
    { "PPI in PPI in PPI ends at the layer limit", LINK_PPI,
      "00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000"
      "00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000"
      "00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000 00000800c0000000",
      "invalid [too_many_layers]" },
    { "netfilter log: the packet is attribute 9", LINK_NFLOG, "02 00 0000 0600 0a00 41410000 2000 0900" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "netfilter log from a big-endian machine", LINK_NFLOG, "02 00 0000 0006 000a 41410000 0020 0009" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "netfilter log without a packet", LINK_NFLOG, "02 00 0000 0600 0a00 4141", "invalid [nflog.header_invalid]" },
    { "a link type nobody knows", 999, "00", "invalid [link.unsupported]" },
    { "802.11 data with LLC", LINK_IEEE802_11,
      "0801 0000 000000000001 000000000002 000000000003 0000 aaaa03000000 0800" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "802.11 QoS data", LINK_IEEE802_11,
      "8801 0000 000000000001 000000000002 000000000003 0000 0000 aaaa03000000 0800" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "802.11 between access points: four addresses", LINK_IEEE802_11,
      "0803 0000 000000000001 000000000002 000000000003 0000 000000000004 aaaa03000000 0800" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "802.11 aggregate: its first part", LINK_IEEE802_11,
      "8801 0000 000000000001 000000000002 000000000003 0000 8000 000000000001000000000002 0024 aaaa03000000 0800" WHOLE4
      "ffff", "ip4/17 udp 1024>53 pay=0 flow" },
    { "802.11 encrypted is not looked into", LINK_IEEE802_11,
      "0841 0000 000000000001 000000000002 000000000003 0000 00112233 44556677", "control=18" },
    { "802.11 beacon", LINK_IEEE802_11, "8000 0000 ffffffffffff 000000000002 000000000003 0000 00112233", "control=18" },
    { "802.11 cut in the header", LINK_IEEE802_11, "8801 0000 000000000001 000000000002", "invalid [wlan.header_too_small]" },
    { "802.11 cut in LLC", LINK_IEEE802_11, "0801 0000 000000000001 000000000002 000000000003 0000 aaaa03",
      "invalid [llc.header_too_small]" },
    { "radiotap with clock and flags: check sum at the end", LINK_RADIOTAP,
      "00 00 1100 03000000 0000000000000000 10"
      "0801 0000 000000000001 000000000002 000000000003 0000 aaaa03000000 0800" WHOLE4 "ffffffff",
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "radiotap longer than the frame", LINK_RADIOTAP, "00 00 ff00 00000000", "invalid [wlan.header_too_small]" },
    { "radiotap that hides its fields behind endless presence words", LINK_RADIOTAP,
      "00 00 1000 ffffffff ffffffff ffffffff", "invalid [wlan.header_too_small]" },
    { "AVS header says its length", LINK_PRISM,
      "80211001 00000010 0000000000000000 0801 0000 000000000001 000000000002 000000000003 0000 aaaa03000000 0800" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "802.15.4 with uncompressed IPv6", LINK_WPAN_NOFCS, "4188 01 1111 2222 3333 41" WHOLE6,
      "ip6/17 udp 1024>53 pay=0 flow" },
    { "802.15.4 with a check sum", LINK_WPAN, "4188 01 1111 2222 3333 41" WHOLE6 "0000", "ip6/17 udp 1024>53 pay=0 flow" },
    { "802.15.4 with a reserved address mode", LINK_WPAN_NOFCS, "4184 01 1111 2222 3333", "invalid [wpan.header_too_small]" },
    { "802.15.4 cut", LINK_WPAN_NOFCS, "41", "invalid [wpan.header_too_small]" },
    { "FDDI", LINK_FDDI, "50 000000000001 000000000002 aaaa03000000 0800" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow" },
    { "FDDI's own frames", LINK_FDDI, "c2 000000000001 000000000002 00", "control=8" },
    { "token ring with a source route", LINK_TOKEN_RING, "10 40 000000000001 800000000002 0420 0010 aaaa03000000 0800" WHOLE4,
      "ip4/17 udp 1024>53 pay=0 flow" },
    { "token ring cut in the source route", LINK_TOKEN_RING, "10 40 000000000001 800000000002 1f20",
      "invalid [llc.header_too_small]" },
    { "PPPoE as a link", LINK_PPP_ETHER, "11 00 0001 001e 0021" WHOLE4, "ip4/17 udp 1024>53 pay=0 flow over=pppoe" },
};

static const struct row tag_rows[] = {
    { "one VLAN", LINK_ETHERNET, ETHER("8100") "2005 0800" WHOLE4, "eth vlan=5 ip4/17 udp 1024>53 pay=0 flow" },
    { "two, the service tag in front", LINK_ETHERNET, ETHER("88a8") "0007 8100 0005 0800" WHOLE4,
      "eth vlan=7,5 ip4/17 udp 1024>53 pay=0 flow" },
    { "three", LINK_ETHERNET, ETHER("9100") "0007 8100 0005 8100 0006 0800" WHOLE4,
      "eth vlan=7,5,6 ip4/17 udp 1024>53 pay=0 flow" },
    { "a fourth is too many, and not invalid", LINK_ETHERNET, ETHER("8100") "0001 8100 0002 8100 0003 8100 0004 0800" WHOLE4,
      "eth vlan=1,2,3 [vlan.too_many_layers]" },
    { "a VLAN tag cut", LINK_ETHERNET, ETHER("8100") "0001", "eth invalid [vlan.header_too_small]" },
    { "a VLAN tag before something unknown is invalid", LINK_ETHERNET, ETHER("8100") "0001 fbb7",
      "eth vlan=1 invalid [ethernet.unknown_ethertype vlan.unknown_type]" },
    { "VN-Tag", LINK_ETHERNET, ETHER("8926") "00010002 0800" WHOLE4, "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "VN-Tag cut", LINK_ETHERNET, ETHER("8926") "0001", "eth invalid [vntag.header_too_small]" },
    { "VN-Tag before something unknown", LINK_ETHERNET, ETHER("8926") "00010002 fbb7",
      "eth invalid [ethernet.unknown_ethertype vntag.unknown_type]" },
    { "E-Tag", LINK_ETHERNET, ETHER("893f") "000100020003 0800" WHOLE4, "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "E-Tag cut", LINK_ETHERNET, ETHER("893f") "0001", "eth invalid [etag.header_too_small]" },
    { "backbone bridge: the service is the tenant", LINK_ETHERNET,
      ETHER("88e7") "00000102 000000000003 000000000004 0800" WHOLE4, "eth ip4/17 udp 1024>53 pay=0 flow tenant=258" },
    { "backbone bridge cut", LINK_ETHERNET, ETHER("88e7") "00000102", "eth invalid [ieee8021ah.header_too_small]" },
    { "FabricPath wraps a whole frame", LINK_ETHERNET, ETHER("8903") "0000" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "FabricPath cut", LINK_ETHERNET, ETHER("8903") "0000", "eth invalid [dce.pkt_too_small]" },
    { "MPLS, two labels", LINK_ETHERNET, ETHER("8847") "00010040 00011140" WHOLE4, "eth ip4/17 udp 1024>53 pay=0 flow over=mpls" },
    { "MPLS explicit null for IPv6", LINK_ETHERNET, ETHER("8847") "00002140" WHOLE6, "eth ip6/17 udp 1024>53 pay=0 flow over=mpls" },
    { "MPLS pseudo-wire with control word", LINK_ETHERNET, ETHER("8847") "00011140 00000000" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow over=mpls" },
    { "MPLS without bottom", LINK_ETHERNET, ETHER("8847") "00011040", "eth invalid over=mpls [mpls.header_too_small]" },
    { "MPLS router alert at the bottom", LINK_ETHERNET, ETHER("8847") "00001140 45000000",
      "eth over=mpls [mpls.bad_label_router_alert]" },
    { "MPLS implicit null", LINK_ETHERNET, ETHER("8847") "00003140 45000000", "eth over=mpls [mpls.bad_label_implicit_null]" },
    { "MPLS reserved label", LINK_ETHERNET, ETHER("8847") "0000a140 45000000", "eth over=mpls [mpls.bad_label_reserved]" },
    { "MPLS with too little to tell", LINK_ETHERNET, ETHER("8847") "00011140 45", "eth invalid over=mpls [mpls.pkt_too_small]" },
    { "MPLS with something else", LINK_ETHERNET, ETHER("8847") "00011140 a0000000",
      "eth invalid over=mpls [mpls.unknown_payload_type]" },
    { "PPPoE session", LINK_ETHERNET, ETHER("8864") "11 00 0001 001e 0021" WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow over=pppoe" },
    { "PPPoE session, protocol in one byte", LINK_ETHERNET, ETHER("8864") "11 00 0001 001e 21" WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow over=pppoe" },
    { "PPPoE session, no length", LINK_ETHERNET, ETHER("8864") "11 00 0001 0000 0021", "eth" },
    { "PPPoE session, cut", LINK_ETHERNET, ETHER("8864") "11 00 0001 001e", "eth invalid [pppoe.pkt_too_small]" },
    { "PPPoE session, protocol cut", LINK_ETHERNET, ETHER("8864") "11 00 0001 001e 00", "eth invalid [pppoe.pkt_too_small]" },
    { "PPPoE discovery", LINK_ETHERNET, ETHER("8863") "11 09 0000 0004 01010000", "eth control=15" },
    { "PPPoE discovery of no code", LINK_ETHERNET, ETHER("8863") "11 aa 0000 0004 01010000", "eth invalid [pppoe.wrong_code]" },
    { "PPPoE discovery, tags cut", LINK_ETHERNET, ETHER("8863") "11 09 0000 0104 01010000",
      "eth invalid [pppoe.malformed_tags]" },
    { "NSH with IPv4", LINK_ETHERNET, ETHER("894f") "0fc6 01 01 000001ff 00000000000000000000000000000000" WHOLE4,
      "eth ip4/17 udp 1024>53 pay=0 flow over=nsh" },
    { "NSH cut", LINK_ETHERNET, ETHER("894f") "0fc6", "eth invalid [nsh.header_too_small]" },
    { "NSH of another version", LINK_ETHERNET, ETHER("894f") "4fc6 01 01 000001ff", "eth [nsh.unsupported_version]" },
    { "NSH longer than the packet", LINK_ETHERNET, ETHER("894f") "0fc6 01 01 000001ff", "eth invalid [nsh.bad_header_length]" },
    { "NSH of type 1 has one length", LINK_ETHERNET, ETHER("894f") "0fc2 01 01 000001ff 00", "eth invalid [nsh.bad_header_length]" },
    { "NSH of a reserved type", LINK_ETHERNET, ETHER("894f") "0fc2 00 01 000001ff 00", "eth [nsh.reserved_type]" },
    { "NSH of an unknown type", LINK_ETHERNET, ETHER("894f") "0fc2 03 01 000001ff 00", "eth [nsh.unsupported_type]" },
    { "NSH with something else", LINK_ETHERNET, ETHER("894f") "0fc2 02 09 000001ff 00", "eth over=nsh [nsh.unknown_payload]" },
    { "ARP", LINK_ETHERNET, ETHER("0806") "0001 0800 06 04 0001 000000000001 0a000001 000000000000 0a000002", "eth arp=1" },
    { "ARP cut in the fixed part", LINK_ETHERNET, ETHER("0806") "0001 0800", "eth invalid [arp.pkt_too_small]" },
    { "ARP cut in the addresses", LINK_ETHERNET, ETHER("0806") "0001 0800 06 04 0001 000000000001", "eth invalid [arp.invalid_pkt]" },
    { "ARP for other hardware", LINK_ETHERNET, ETHER("0806") "0002 0800 06 04 0001", "eth invalid [arp.unsupported_hardware]" },
    { "ARP for another protocol", LINK_ETHERNET, ETHER("0806") "0001 86dd 06 04 0001", "eth invalid [arp.unsupported_protocol]" },
    { "ARP hardware length", LINK_ETHERNET, ETHER("0806") "0001 0800 07 04 0001 000000000001 0a000001 000000000000 0a000002",
      "eth invalid [arp.invalid_hardware_size]" },
    { "ARP protocol length", LINK_ETHERNET, ETHER("0806") "0001 0800 06 05 0001 000000000001 0a000001 000000000000 0a000002",
      "eth invalid [arp.invalid_protocol_size]" },
    { "ARP operation", LINK_ETHERNET, ETHER("0806") "0001 0800 06 04 0009 000000000001 0a000001 000000000000 0a000002",
      "eth invalid [arp.unsupported_opcode]" },
    { "RARP is told apart, and unknown to rules", LINK_ETHERNET,
      ETHER("8035") "0001 0800 06 04 0003 000000000001 00000000 000000000001 00000000",
      "eth control=6 [ethernet.unknown_ethertype]" },
    { "LLDP", LINK_ETHERNET, ETHER("88cc") "0207", "eth control=1 [ethernet.unknown_ethertype]" },
    { "CDP", LINK_ETHERNET, ETHER("0020") "aaaa03 00000c 2000 02b4", "eth control=2 [ethernet.unknown_ethertype]" },
    { "spanning tree", LINK_ETHERNET, ETHER("0026") "424203 0000000000", "eth control=3 [ethernet.unknown_ethertype]" },
    { "an 802.3 frame of no known service", LINK_ETHERNET, ETHER("0003") "e0e003", "eth [ethernet.unknown_ethertype]" },
};

static const struct row ip_rows[] = {
    { "IPv4 cut", LINK_ETHERNET, ETHER("0800") "4500001c", "eth invalid [ipv4.pkt_too_small]" },
    { "IPv4 of another version", LINK_ETHERNET, ETHER("0800") "6500001c 00010000 40110000 0a000001 0a000002",
      "eth invalid [ipv4.wrong_ip_version]" },
    { "IPv4 header length below 20", LINK_ETHERNET, ETHER("0800") "4400001c 00010000 40110000 0a000001 0a000002",
      "eth invalid [ipv4.hlen_too_small]" },
    { "IPv4 total length below the header", LINK_ETHERNET, ETHER("0800") IP4("0013", "11"),
      "eth invalid [ipv4.iplen_smaller_than_hlen]" },
    { "IPv4 total length beyond the frame: nothing of it is used", LINK_ETHERNET, ETHER("0800") IP4("001d", "11") UDP0,
      "eth invalid [ipv4.trunc_pkt]" },
    { "a first fragment: no ports, no flow", LINK_ETHERNET, ETHER("0800") IP4F("001c", "2000", "11") UDP0,
      "eth ip4/17 frag=0+" },
    { "a last fragment", LINK_ETHERNET, ETHER("0800") IP4F("001c", "0003", "11") UDP0, "eth ip4/17 frag=3" },
    { "an IPv4 protocol nobody decodes has no payload and no flow", LINK_ETHERNET, ETHER("0800") IP4("0018", "58") "00000000",
      "eth ip4/88" },
    { "ICMPv6 in IPv4", LINK_ETHERNET, ETHER("0800") IP4("001c", "3a") "8000000000000000", "eth ip4/58 invalid [ipv4.icmpv6]" },
    { "options: record route is met, end of list ends", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 07070400000000 00" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=5" },
    { "options not a multiple of eight", LINK_ETHERNET, ETHER("0800") "46000020 00010000 40110000 0a000001 0a000002 94040000" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=800 [ipv4.opt_pad_required]" },
    { "an option of length 0 would never end", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 0700000000000000" UDP0, "eth invalid [ipv4.opt_invalid_len]" },
    { "an option longer than the header", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 0709000000000000" UDP0, "eth invalid [ipv4.opt_invalid_len]" },
    { "a source route whose pointer is off: noted, the packet is decoded", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 83070500000000 00" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow invalid opts=1 [ipv4.opt_malformed]" },
    { "the same option twice", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 9404000094040000" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=800 [ipv4.opt_duplicate]" },
    { "an option of no known type", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 5504000001010100" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=1003 [ipv4.opt_invalid]" },
    { "one byte left over that is no end", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 0101010101010155" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=2 [ipv4.opt_eol_required]" },
    { "router alert of a wrong length", LINK_ETHERNET,
      ETHER("0800") "47000024 00010000 40110000 0a000001 0a000002 9405000000010101" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow invalid opts=2 [ipv4.opt_invalid_len]" },
    { "time stamps with addresses come in eights", LINK_ETHERNET,
      ETHER("0800") "49000024 00010000 40010000 0a000001 0a000002 440c 05 01 0000000000000000 01010101",
      "eth ip4/1 invalid opts=a [icmpv4.pkt_too_small]" },
    { "CIPSO with a good tag", LINK_ETHERNET,
      ETHER("0800") "4800002800010000 40110000 0a000001 0a000002 860a 00000003 0104 0001 0000" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow opts=401 [ipv4.opt_pad_required]" },
    { "CIPSO with a tag longer than the option", LINK_ETHERNET,
      ETHER("0800") "4800002800010000 40110000 0a000001 0a000002 860a 00000003 0109 0001 0000" UDP0,
      "eth ip4/17 udp 1024>53 pay=0 flow invalid opts=1 [ipv4.opt_pad_required ipv4.opt_malformed]" },
    { "an authentication header over IPv4 is as far as it goes", LINK_ETHERNET,
      ETHER("0800") IP4("0020", "33") "0604 0000", "eth invalid [ipv4.trunc_pkt]" },
    { "IPv6", LINK_ETHERNET, ETHER("86dd") WHOLE6, "eth ip6/17 udp 1024>53 pay=0 flow" },
    { "IPv6 cut", LINK_ETHERNET, ETHER("86dd") "60000000", "eth invalid [ipv6.pkt_too_small]" },
    { "IPv6 payload length beyond the frame", LINK_ETHERNET, ETHER("86dd") IP6("0009", "11") UDP0, "eth invalid [ipv6.trunc_pkt]" },
    { "IPv6 of another version", LINK_ETHERNET, ETHER("86dd") "45000000 00081140"
      "00000000000000000000000000000001 00000000000000000000000000000002" UDP0, "eth invalid [ipv6.wrong_ip_version]" },
    { "hop-by-hop router alert, then UDP", LINK_ETHERNET, ETHER("86dd") IP6("0010", "00") "1100 05020000 0000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=1" },
    { "hop-by-hop with nothing but padding", LINK_ETHERNET, ETHER("86dd") IP6("0010", "00") "1100 010400000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=1 [ipv6.hopopts_only_padding]" },
    { "PadN without bytes", LINK_ETHERNET, ETHER("86dd") IP6("0010", "3c") "1100 0100 05020000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=8 [ipv6.zero_len_padn]" },
    { "unknown destination option", LINK_ETHERNET, ETHER("86dd") IP6("0010", "3c") "1100 1e0400000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=8 [ipv6.dstopts_unknown_opt]" },
    { "an option that runs over its header: noted, the chain goes on", LINK_ETHERNET,
      ETHER("86dd") IP6("0010", "00") "1100 1e0900000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow invalid ext=1 [ipv6.exthdr_invalid_optlen]" },
    { "two hop-by-hop headers", LINK_ETHERNET, ETHER("86dd") IP6("0018", "00") "0000 05020000 0000 1100 05020000 0000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=1 [ipv6.exthdr_dupl_hh]" },
    { "destination options may stand twice, not three times", LINK_ETHERNET,
      ETHER("86dd") IP6("0020", "3c") "3c00 c9ff00000000 3c00 05020000 0000 1100 05020000 0000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow invalid ext=8 [ipv6.exthdr_invalid_optlen ipv6.exthdr_dupl_dh]" },
    { "routing header of type 0", LINK_ETHERNET, ETHER("86dd") IP6("0010", "2b") "1100 0000 00000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=2 [ipv6.rh_type_0]" },
    { "two routing headers", LINK_ETHERNET, ETHER("86dd") IP6("0018", "2b") "2b00 0400 00000000 1100 0400 00000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=2 [ipv6.exthdr_dupl_rh]" },
    { "an extension header over the end", LINK_ETHERNET, ETHER("86dd") IP6("0008", "00") "1101 05020000 0000",
      "eth ip6/0 invalid [ipv6.trunc_exthdr]" },
    { "a chain that stops after one byte", LINK_ETHERNET, ETHER("86dd") IP6("0009", "00") "2b00 05020000 0000 11",
      "eth ip6/0 invalid ext=1 [ipv6.trunc_exthdr]" },
    { "a fragment header on a whole packet", LINK_ETHERNET, ETHER("86dd") IP6("0010", "2c") "1100 0000 00000007" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=4 [ipv6.exthdr_useless_fh]" },
    { "two fragment headers", LINK_ETHERNET, ETHER("86dd") IP6("0018", "2c") "2c00 0000 00000007 1100 0000 00000008" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=4 [ipv6.exthdr_useless_fh ipv6.exthdr_dupl_fh]" },
    { "a first fragment of IPv6", LINK_ETHERNET, ETHER("86dd") IP6("0010", "2c") "1100 0001 00000007" UDP0,
      "eth ip6/44 frag=0+ ext=4" },
    { "a fragment behind hop-by-hop", LINK_ETHERNET, ETHER("86dd") IP6("0018", "00") "2c00 05020000 0000 1100 0008 00000007" UDP0,
      "eth ip6/44 frag=1 ext=5" },
    { "more fragments, and no multiple of eight", LINK_ETHERNET, ETHER("86dd") IP6("0009", "2c") "1100 0001 00000007 00",
      "eth ip6/44 frag=0+ ext=4 [ipv6.frag_invalid_length]" },
    { "reserved byte of the fragment header", LINK_ETHERNET, ETHER("86dd") IP6("0010", "2c") "1101 0001 00000007" UDP0,
      "eth ip6/44 frag=0+ ext=4 [ipv6.fh_non_zero_reserved_field]" },
    { "a fragment header cut", LINK_ETHERNET, ETHER("86dd") IP6("0004", "2c") "1100 0001", "eth ip6/44 invalid [ipv6.trunc_exthdr]" },
    { "authentication header, then UDP", LINK_ETHERNET, ETHER("86dd") IP6("0014", "33") "1101 0000 00000001 00000001" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=10" },
    { "authentication header with reserved bits", LINK_ETHERNET, ETHER("86dd") IP6("0014", "33") "1101 0100 00000001 00000001" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=10 [ipv6.exthdr_ah_res_not_null]" },
    { "ESP", LINK_ETHERNET, ETHER("86dd") IP6("000a", "32") "0000000100000001 abcd", "eth ip6/50 esp pay=2 flow ext=20" },
    { "nothing follows", LINK_ETHERNET, ETHER("86dd") IP6("0000", "3b"), "eth ip6/0 ext=200" },
    { "nothing should follow, but something does", LINK_ETHERNET, ETHER("86dd") IP6("0001", "3b") "00",
      "eth ip6/0 ext=200 [ipv6.data_after_none_header]" },
    { "ICMPv4 in IPv6", LINK_ETHERNET, ETHER("86dd") IP6("0008", "01") "0800000000000000", "eth ip6/0 [ipv6.icmpv4]" },
    { "a next header nobody knows", LINK_ETHERNET, ETHER("86dd") IP6("0001", "fd") "00", "eth ip6/253 [ipv6.unknown_next_header]" },
    { "mobility is stepped over", LINK_ETHERNET, ETHER("86dd") IP6("0010", "87") "1100 0000 00000000" UDP0,
      "eth ip6/17 udp 1024>53 pay=0 flow ext=40" },
};

static const struct row transport_rows[] = {
    { "TCP with payload", LINK_ETHERNET, ETHER("0800") IP4("002a", "06") TCP20 "4142", "eth ip4/6 tcp 1024>80 pay=2 flow" },
    { "TCP cut: the protocol stays, ports are none", LINK_ETHERNET, ETHER("0800") IP4("0018", "06") "04000050",
      "eth ip4/6 invalid [tcp.pkt_too_small]" },
    { "TCP header beyond the packet", LINK_ETHERNET, ETHER("0800") IP4("0028", "06") TCP("60", "10"),
      "eth ip4/6 invalid [tcp.hlen_too_small]" },
    { "TCP header length below 20", LINK_ETHERNET, ETHER("0800") IP4("0028", "06") TCP("40", "10"),
      "eth ip4/6 invalid [tcp.invalid_optlen]" },
    { "TCP options of a usual SYN", LINK_ETHERNET,
      ETHER("0800") IP4("003c", "06") TCP("a0", "02") "020405b4 0402 080a00000001 00000000 01 030307",
      "eth ip4/6 tcp 1024>80 mss=1460 ws=7 sackok ts=1/0 pay=0 flow" },
    { "the time stamps that most segments have", LINK_ETHERNET, ETHER("0800") IP4("0034", "06") TCP("80", "10") "0101080a0000000100000002",
      "eth ip4/6 tcp 1024>80 ts=1/2 pay=0 flow" },
    { "window scale above 14 counts as none", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "02") "03030f01",
      "eth ip4/6 tcp 1024>80 ws=0 pay=0 flow" },
    { "SACK with two blocks", LINK_ETHERNET, ETHER("0800") IP4("003c", "06") TCP("a0", "10")
      "0101 0512 0000000100000002 0000000300000004", "eth ip4/6 tcp 1024>80 sack=2 pay=0 flow" },
    { "an empty SACK is let pass", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "10") "05020101",
      "eth ip4/6 tcp 1024>80 pay=0 flow" },
    { "SACK with half a block", LINK_ETHERNET, ETHER("0800") IP4("0034", "06") TCP("80", "10") "0506000000010101 00000000",
      "eth ip4/6 tcp 1024>80 pay=0 flow [tcp.opt_invalid_len]" },
    { "a TCP option longer than the header: invalid, but it has a flow", LINK_ETHERNET,
      ETHER("0800") IP4("002c", "06") TCP("60", "10") "08ff0101", "eth ip4/6 tcp 1024>80 pay=0 flow invalid [tcp.opt_invalid_len]" },
    { "a TCP option of length 1 would never end", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "10") "08010101",
      "eth ip4/6 tcp 1024>80 pay=0 flow invalid [tcp.opt_invalid_len]" },
    { "MSS of a wrong length is only noted", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "02") "02030501",
      "eth ip4/6 tcp 1024>80 pay=0 flow [tcp.opt_invalid_len]" },
    { "MSS twice: the first counts", LINK_ETHERNET, ETHER("0800") IP4("0030", "06") TCP("70", "02") "020405b4 02040001",
      "eth ip4/6 tcp 1024>80 mss=1460 pay=0 flow [tcp.opt_duplicate]" },
    { "fast open by its experimental number", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "02") "fe04f989",
      "eth ip4/6 tcp 1024>80 tfo pay=0 flow" },
    { "an MD5 signature of a wrong length is invalid", LINK_ETHERNET, ETHER("0800") IP4("002c", "06") TCP("60", "02") "13040000",
      "eth ip4/6 tcp 1024>80 pay=0 flow invalid [tcp.opt_invalid_len]" },
    { "UDP with trailing bytes behind its length", LINK_ETHERNET, ETHER("0800") IP4("001e", "11") UDP0 "4142",
      "eth ip4/17 udp 1024>53 pay=0 flow" },
    { "UDP cut", LINK_ETHERNET, ETHER("0800") IP4("0018", "11") "04000035", "eth ip4/17 invalid [udp.hlen_too_small]" },
    { "UDP length beyond the packet", LINK_ETHERNET, ETHER("0800") IP4("001c", "11") UDP("0400", "0035", "0009"),
      "eth ip4/17 invalid [udp.pkt_too_small]" },
    { "UDP length below its header", LINK_ETHERNET, ETHER("0800") IP4("001c", "11") UDP("0400", "0035", "0007"),
      "eth ip4/17 invalid [udp.len_invalid]" },
    { "UDP-Lite has ports and no flow", LINK_ETHERNET, ETHER("0800") IP4("001c", "88") "0400 0035 0008 0000",
      "eth ip4/136 1024>53" },
    { "UDP-Lite covering less than its header", LINK_ETHERNET, ETHER("0800") IP4("001c", "88") "0400 0035 0007 0000",
      "eth ip4/136 [udplite.coverage_invalid]" },
    { "SCTP: the payload is all chunks", LINK_ETHERNET,
      ETHER("0800") IP4("0034", "84") "0007 0007 00000001 00000000 0003 0014 00000001 00000000 00000000 41424344",
      "eth ip4/132 sctp 7>7 pay=20 flow" },
    { "SCTP cut", LINK_ETHERNET, ETHER("0800") IP4("0018", "84") "00070007", "eth ip4/132 invalid [sctp.pkt_too_small]" },
    { "SCTP chunk longer than the packet", LINK_ETHERNET, ETHER("0800") IP4("0024", "84") "0007 0007 00000001 00000000 0300 0014",
      "eth ip4/132 sctp 7>7 pay=4 flow [sctp.chunk_len_invalid]" },
    { "SCTP chunk of length 0 would never end", LINK_ETHERNET, ETHER("0800") IP4("0024", "84") "0007 0007 00000001 00000000 0300 0000",
      "eth ip4/132 sctp 7>7 pay=4 flow [sctp.chunk_len_invalid]" },
    { "SCTP INIT with company and a tag", LINK_ETHERNET,
      ETHER("0800") IP4("0028", "84") "0007 0007 00000001 00000000 0100 0004 0300 0004",
      "eth ip4/132 sctp 7>7 pay=8 flow [sctp.init_with_non_zero_vtag sctp.init_chunk_bundled]" },
    { "SCTP DATA without a tag", LINK_ETHERNET, ETHER("0800") IP4("0024", "84") "0007 0007 00000000 00000000 0000 0004",
      "eth ip4/132 sctp 7>7 pay=4 flow [sctp.data_with_zero_vtag]" },
    { "ESP over IPv4", LINK_ETHERNET, ETHER("0800") IP4("001e", "32") "0000000100000001 abcd", "eth ip4/50 esp pay=2 flow" },
    { "ESP cut", LINK_ETHERNET, ETHER("0800") IP4("0018", "32") "00000001", "eth ip4/50 invalid [esp.pkt_too_small]" },
    { "IGMPv2", LINK_ETHERNET, ETHER("0800") IP4("001c", "02") "1600 0000 e0000001", "eth ip4/2 igmp" },
    { "IGMPv3 report with a record over the end", LINK_ETHERNET,
      ETHER("0800") IP4("0024", "02") "2200 0000 0000 0001 04ff 0000 e0000001", "eth ip4/2 [igmp.malformed]" },
    { "ping", LINK_ETHERNET, ETHER("0800") IP4("001e", "01") "0800 0000 0102 0003 4142", "eth ip4/1 icmp=8/0 id=258/3 pay=2 flow" },
    { "ping with a code", LINK_ETHERNET, ETHER("0800") IP4("001c", "01") "0809 0000 0102 0003",
      "eth ip4/1 icmp=8/9 id=258/3 pay=0 flow [icmpv4.unknown_code]" },
    { "ICMP of no known type", LINK_ETHERNET, ETHER("0800") IP4("001c", "01") "6300 0000 0000 0000",
      "eth ip4/1 icmp=99/0 pay=0 flow [icmpv4.unknown_type]" },
    { "ICMP cut", LINK_ETHERNET, ETHER("0800") IP4("0018", "01") "08000000", "eth ip4/1 invalid [icmpv4.pkt_too_small]" },
    { "port unreachable quotes a packet", LINK_ETHERNET, ETHER("0800") IP4("0038", "01") "0303 0000 00000000" WHOLE4,
      "eth ip4/1 icmp=3/3 quotes 17 1024>53 pay=28 flow" },
    { "a quoted TCP needs its ports only", LINK_ETHERNET, ETHER("0800") IP4("0034", "01") "0301 0000 00000000" IP4("0028", "06") "04000050",
      "eth ip4/1 icmp=3/1 quotes 6 1024>80 pay=24 flow" },
    { "a quoted UDP without all of its header is not known", LINK_ETHERNET,
      ETHER("0800") IP4("0034", "01") "0301 0000 00000000" IP4("0028", "11") "04000050", "eth ip4/1 icmp=3/1 quotes 0 0>0 pay=24 flow" },
    { "options in the quoted header are stepped over", LINK_ETHERNET,
      ETHER("0800") IP4("0038", "01") "0301 0000 00000000" "4600002c 00010000 40060000 0a000001 0a000002 01010100 04000050",
      "eth ip4/1 icmp=3/1 quotes 6 1024>80 pay=28 flow" },
    { "a quote cut: invalid, but it has a flow", LINK_ETHERNET, ETHER("0800") IP4("0020", "01") "0300 0000 00000000 45000000",
      "eth ip4/1 icmp=3/0 pay=4 flow invalid [icmpv4.ipv4_trunc_pkt]" },
    { "a quote of another version", LINK_ETHERNET,
      ETHER("0800") IP4("0030", "01") "0300 0000 00000000 6500001c 00010000 40110000 0a000001 0a000002",
      "eth ip4/1 icmp=3/0 pay=20 flow invalid [icmpv4.ipv4_unknown_ver]" },
    { "time stamps belong to the header", LINK_ETHERNET,
      ETHER("0800") IP4("0028", "01") "0d00 0000 0001 0001 00000001 00000000 00000000", "eth ip4/1 icmp=13/0 id=1/1 pay=0 flow" },
    { "time stamps cut", LINK_ETHERNET, ETHER("0800") IP4("001c", "01") "0d00 0000 0001 0001",
      "eth ip4/1 icmp=13/0 id=1/1 pay=0 flow [icmpv4.ipv4_trunc_pkt]" },
    { "router advertisement lists more than there is", LINK_ETHERNET, ETHER("0800") IP4("001c", "01") "0900 0000 ff02 0000",
      "eth ip4/1 icmp=9/0 pay=0 flow [icmpv4.ipv4_trunc_pkt]" },
    { "ICMPv6 echo", LINK_ETHERNET, ETHER("86dd") IP6("000a", "3a") "8000 0000 0001 0002 4142",
      "eth ip6/58 icmp=128/0 id=1/2 pay=2 flow" },
    { "ICMPv6 cut", LINK_ETHERNET, ETHER("86dd") IP6("0004", "3a") "80000000", "eth ip6/58 invalid [icmpv6.pkt_too_small]" },
    { "neighbour solicitation: payload from the fourth byte, eight short", LINK_ETHERNET,
      ETHER("86dd") IP6H("0018", "3a", "ff") "8700 0000 00000000 fe800000000000000000000000000001",
      "eth ip6/58 icmp=135/0 pay=12 flow" },
    { "a listener report with a large hop limit", LINK_ETHERNET,
      ETHER("86dd") IP6("0018", "3a") "8300 0000 00000000 ff020000000000000000000000000001",
      "eth ip6/58 icmp=131/0 pay=12 flow [icmpv6.mld_message_with_invalid_hl]" },
    { "an ICMPv6 type that is not assigned", LINK_ETHERNET, ETHER("86dd") IP6("0008", "3a") "3200 0000 00000000",
      "eth ip6/58 icmp=50/0 pay=0 flow [icmpv6.unassigned_type]" },
    { "one for experiments", LINK_ETHERNET, ETHER("86dd") IP6("0008", "3a") "6400 0000 00000000",
      "eth ip6/58 icmp=100/0 pay=0 flow [icmpv6.experimentation_type]" },
    { "one that is reserved", LINK_ETHERNET, ETHER("86dd") IP6("0008", "3a") "7f00 0000 00000000",
      "eth ip6/58 icmp=127/0 pay=0 flow [icmpv6.unknown_type]" },
    { "an ICMPv6 code that its type lacks", LINK_ETHERNET, ETHER("86dd") IP6("0008", "3a") "0109 0000 00000000",
      "eth ip6/58 icmp=1/9 pay=0 flow [icmpv6.unknown_code]" },
    { "packet too big quotes a packet", LINK_ETHERNET, ETHER("86dd") IP6("0038", "3a") "0200 0000 00000500" WHOLE6,
      "eth ip6/58 icmp=2/0 mtu=1280 quotes 17 1024>53 pay=48 flow" },
    { "an ICMPv6 quote cut", LINK_ETHERNET, ETHER("86dd") IP6("000c", "3a") "0100 0000 00000000 60000000",
      "eth ip6/58 icmp=1/0 pay=4 flow invalid [icmpv6.ipv6_trunc_pkt]" },
    { "RPL codes have a gap", LINK_ETHERNET, ETHER("86dd") IP6("0008", "3a") "9b04 0000 00000000",
      "eth ip6/58 icmp=155/4 pay=0 flow [icmpv6.unknown_code]" },
};

static const struct row overlay_rows[] = {
    { "IPv4 in IPv4: two views, two flows", LINK_ETHERNET, ETHER("0800") IP4("0030", "04") WHOLE4,
      "eth ip4/4 flow carrier | ip4/17 udp 1024>53 pay=0 flow over=ipip" },
    { "an inner packet that does not hold leaves no view", LINK_ETHERNET, ETHER("0800") IP4("0030", "04") IP4("001d", "11") UDP0,
      "eth ip4/4 flow" },
    { "IPv6 in IPv4", LINK_ETHERNET, ETHER("0800") IP4("0044", "29") WHOLE6,
      "eth ip4/41 flow carrier | ip6/17 udp 1024>53 pay=0 flow over=6in4" },
    { "IPv4 in IPv6", LINK_ETHERNET, ETHER("86dd") IP6("001c", "04") WHOLE4,
      "eth ip6/4 flow carrier | ip4/17 udp 1024>53 pay=0 flow over=4in6" },
    { "IPv6 in IPv6", LINK_ETHERNET, ETHER("86dd") IP6("0030", "29") WHOLE6,
      "eth ip6/41 flow carrier | ip6/17 udp 1024>53 pay=0 flow over=6in6" },
    { "IPv6 in IPv6, cut", LINK_ETHERNET, ETHER("86dd") IP6("0004", "29") "60000000", "eth ip6/41 invalid [ipv6.ipv6_in_ipv6_too_small]" },
    { "IPv4 announced in IPv6, but it is not", LINK_ETHERNET, ETHER("86dd") IP6("0030", "04") WHOLE6,
      "eth ip6/4 invalid [ipv6.ipv4_in_ipv6_wrong_version]" },
    { "three levels", LINK_ETHERNET, ETHER("0800") IP4("0044", "04") IP4("0030", "04") WHOLE4,
      "eth ip4/4 flow carrier | ip4/4 flow carrier over=ipip | ip4/17 udp 1024>53 pay=0 flow over=ipip,ipip" },
    { "GRE: the outer packet has no flow", LINK_ETHERNET, ETHER("0800") IP4("0034", "2f") "0000 0800" WHOLE4,
      "eth ip4/47 carrier | ip4/17 udp 1024>53 pay=0 flow over=gre" },
    { "GRE with check sum, key and sequence", LINK_ETHERNET,
      ETHER("0800") IP4("0040", "2f") "b000 0800 00000000 00000007 00000001" WHOLE4,
      "eth ip4/47 carrier key=7 | ip4/17 udp 1024>53 pay=0 flow over=gre key=7" },
    { "GRE with a source route", LINK_ETHERNET, ETHER("0800") IP4("0048", "2f") "4000 0800 00000000 0800 0004 0a000001 0000 0000 00000000" WHOLE4,
      "eth ip4/47" },
    { "GRE with a source route, rightly read", LINK_ETHERNET, ETHER("0800") IP4("0044", "2f") "4000 0800 00000000 0800 0004 0a000001 0000 0000" WHOLE4,
      "eth ip4/47 carrier | ip4/17 udp 1024>53 pay=0 flow over=gre" },
    { "GRE source route over the end", LINK_ETHERNET, ETHER("0800") IP4("0020", "2f") "4000 0800 00000000 0800 00ff",
      "eth ip4/47 invalid [gre.version0_malformed_sre_hdr]" },
    { "GRE cut", LINK_ETHERNET, ETHER("0800") IP4("0016", "2f") "0000", "eth ip4/47 invalid [gre.pkt_too_small]" },
    { "GRE fields over the end", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "2000 0800", "eth ip4/47 invalid [gre.version0_hdr_too_big]" },
    { "GRE of version 2", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "0002 0800", "eth ip4/47 invalid [gre.wrong_version]" },
    { "GRE with recursion", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "0100 0800", "eth ip4/47 invalid [gre.version0_recur]" },
    { "GRE with reserved flags", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "0008 0800", "eth ip4/47 invalid [gre.version0_flags]" },
    { "PPTP", LINK_ETHERNET, ETHER("0800") IP4("0042", "2f") "3081 880b 001e 0001 00000001 00000000 0021" WHOLE4,
      "eth ip4/47 carrier key=1966081 | ip4/17 udp 1024>53 pay=0 flow over=pptp key=1966081" },
    { "PPTP acknowledgement alone", LINK_ETHERNET, ETHER("0800") IP4("0020", "2f") "2081 880b 0000 0001 00000001", "eth ip4/47 key=1" },
    { "PPTP without a key", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "0001 880b", "eth ip4/47 invalid [gre.version1_no_key]" },
    { "PPTP with something else", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "2001 0800", "eth ip4/47 invalid [gre.version1_wrong_protocol]" },
    { "PPTP with a check sum", LINK_ETHERNET, ETHER("0800") IP4("0018", "2f") "a001 880b", "eth ip4/47 invalid [gre.version1_chksum]" },
    { "PPTP cut", LINK_ETHERNET, ETHER("0800") IP4("001c", "2f") "3001 880b 001e 0001", "eth ip4/47 invalid [gre.version1_hdr_too_big]" },
    { "Ethernet in GRE", LINK_ETHERNET, ETHER("0800") IP4("0042", "2f") "0000 6558" ETHER("0800") WHOLE4,
      "eth ip4/47 carrier | eth ip4/17 udp 1024>53 pay=0 flow over=gre" },
    { "NVGRE: the virtual subnet is the tenant", LINK_ETHERNET, ETHER("0800") IP4("0046", "2f") "2000 6558 00138800" ETHER("0800") WHOLE4,
      "eth ip4/47 carrier key=1280000 | eth ip4/17 udp 1024>53 pay=0 flow over=nvgre tenant=5000 key=1280000" },
    { "a VLAN tag in GRE", LINK_ETHERNET, ETHER("0800") IP4("0038", "2f") "0000 8100 0005 0800" WHOLE4,
      "eth ip4/47 carrier | vlan=5 ip4/17 udp 1024>53 pay=0 flow over=gre" },
    { "ERSPAN I has no header", LINK_ETHERNET, ETHER("0800") IP4("0042", "2f") "0000 88be" ETHER("0800") WHOLE4,
      "eth ip4/47 carrier | eth ip4/17 udp 1024>53 pay=0 flow over=erspan1" },
    { "ERSPAN II names the VLAN", LINK_ETHERNET, ETHER("0800") IP4("004e", "2f") "1000 88be 00000001 1017 0000 00000000" ETHER("0800") WHOLE4,
      "eth ip4/47 carrier | eth vlan=23 ip4/17 udp 1024>53 pay=0 flow over=erspan2" },
    { "ERSPAN II of another version leaves no view", LINK_ETHERNET, ETHER("0800") IP4("004e", "2f")
      "1000 88be 00000001 2017 0000 00000000" ETHER("0800") WHOLE4, "eth ip4/47" },
    { "ERSPAN III", LINK_ETHERNET, ETHER("0800") IP4("0052", "2f")
      "1000 22eb 00000001 2017 0000 00000000 0000 0000" ETHER("0800") WHOLE4,
      "eth ip4/47 carrier | eth vlan=23 ip4/17 udp 1024>53 pay=0 flow over=erspan3" },
    { "ERSPAN III with the optional part, of IP", LINK_ETHERNET, ETHER("0800") IP4("004c", "2f")
      "1000 22eb 00000001 2000 0000 00000000 0000 0801 0000000000000000" WHOLE4,
      "eth ip4/47 carrier | ip4/17 udp 1024>53 pay=0 flow over=erspan3" },
    { "VXLAN", LINK_ETHERNET, ETHER("0800") IP4("004e", "11") UDP("c000", "12b5", "003a") "08000000 00007b00" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 49152>4789 pay=50 flow carrier | eth ip4/17 udp 1024>53 pay=0 flow over=vxlan tenant=123" },
    { "VXLAN goes by the destination port only", LINK_ETHERNET,
      ETHER("0800") IP4("004e", "11") UDP("12b5", "c000", "003a") "08000000 00007b00" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 4789>49152 pay=50 flow" },
    { "VXLAN without the flag is ordinary payload", LINK_ETHERNET,
      ETHER("0800") IP4("004e", "11") UDP("c000", "12b5", "003a") "00000000 00007b00" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 49152>4789 pay=50 flow" },
    { "VXLAN with a frame nobody decodes", LINK_ETHERNET,
      ETHER("0800") IP4("0032", "11") UDP("c000", "12b5", "001e") "08000000 00007b00" ETHER("88cc"),
      "eth ip4/17 udp 49152>4789 pay=22 flow invalid [vxlan.unknown_payload_type]" },
    { "VXLAN with a generic protocol", LINK_ETHERNET,
      ETHER("0800") IP4("0040", "11") UDP("c000", "12b6", "002c") "0c000001 00007b00" WHOLE4,
      "eth ip4/17 udp 49152>4790 pay=36 flow carrier | ip4/17 udp 1024>53 pay=0 flow over=vxlan-gpe tenant=123" },
    { "Geneve with an option", LINK_ETHERNET,
      ETHER("0800") IP4("0056", "11") UDP("c000", "17c1", "0042") "02006558 00007b00 0102 03 01 00000000" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 49152>6081 pay=58 flow carrier | eth ip4/17 udp 1024>53 pay=0 flow over=geneve tenant=123" },
    { "Geneve whose options do not add up", LINK_ETHERNET,
      ETHER("0800") IP4("0056", "11") UDP("c000", "17c1", "0042") "02006558 00007b00 0102 03 02 00000000" ETHER("0800") WHOLE4,
      "eth ip4/17 udp 49152>6081 pay=58 flow" },
    { "Geneve with something else", LINK_ETHERNET, ETHER("0800") IP4("0024", "11") UDP("c000", "17c1", "0010") "0000fbb7 00007b00",
      "eth ip4/17 udp 49152>6081 pay=8 flow invalid [geneve.unknown_payload_type]" },
    { "Teredo", LINK_ETHERNET, ETHER("0800") IP4("004c", "11") UDP("0dd8", "c000", "0038") WHOLE6,
      "eth ip4/17 udp 3544>49152 pay=48 flow carrier | ip6/17 udp 1024>53 pay=0 flow over=teredo" },
    { "Teredo behind an origin indication", LINK_ETHERNET,
      ETHER("0800") IP4("0054", "11") UDP("0dd8", "c000", "0040") "0000 f227 80fffffe" WHOLE6,
      "eth ip4/17 udp 3544>49152 pay=56 flow carrier | ip6/17 udp 1024>53 pay=0 flow over=teredo" },
    { "Teredo whose length does not fit is chance", LINK_ETHERNET, ETHER("0800") IP4("004d", "11") UDP("0dd8", "c000", "0039") WHOLE6 "00",
      "eth ip4/17 udp 3544>49152 pay=49 flow" },
    { "Teredo with anything malformed inside is chance", LINK_ETHERNET,
      ETHER("0800") IP4("004c", "11") UDP("0dd8", "c000", "0038") IP6("0008", "11") UDP("0400", "0035", "0007"),
      "eth ip4/17 udp 3544>49152 pay=48 flow" },
    { "GTP-U", LINK_ETHERNET, ETHER("0800") IP4("0040", "11") UDP("0868", "0868", "002c") "30ff001c 00000007" WHOLE4,
      "eth ip4/17 udp 2152>2152 pay=36 flow carrier | ip4/17 udp 1024>53 pay=0 flow over=gtpu teid=7" },
    { "GTP-U with an extension header", LINK_ETHERNET,
      ETHER("0800") IP4("0048", "11") UDP("0868", "0868", "0034") "34ff0024 00000007 0000 00 85 01 0000 00" WHOLE4,
      "eth ip4/17 udp 2152>2152 pay=44 flow carrier | ip4/17 udp 1024>53 pay=0 flow over=gtpu teid=7" },
    { "GTP-U with extension headers over the end", LINK_ETHERNET,
      ETHER("0800") IP4("0048", "11") UDP("0868", "0868", "0034") "34ff0024 00000007 0000 00 85 ff 0000 00" WHOLE4,
      "eth ip4/17 udp 2152>2152 pay=44 flow [gtp.header_invalid]" },
    { "an overlay in an overlay", LINK_ETHERNET,
      ETHER("0800") IP4("0062", "11") UDP("c000", "12b5", "004e") "08000000 00007b00" ETHER("0800") IP4("0030", "04") WHOLE4,
      "eth ip4/17 udp 49152>4789 pay=70 flow carrier | eth ip4/4 flow carrier over=vxlan tenant=123 | "
      "ip4/17 udp 1024>53 pay=0 flow over=vxlan,ipip tenant=123" },
};

/* clang-format on */

static const struct decode_settings everything = { .teredo = true, .vxlan = true, .geneve = true, .gtpu = true };

struct scene {
    struct decoder decoder;
    struct batch batch;
    struct view views[VIEWS_MAX * 2];
    uint8_t frame[2048];
    char said[4096];
    size_t n;
};

static size_t unhex(const char *hex, uint8_t *out, size_t room)
{
    size_t n = 0;

    for (const char *c = hex; *c != 0;) {
        unsigned byte = 0;
        int used = 0;
        if (*c == ' ') {
            c++;
        } else if (n < room && sscanf(c, "%2x%n", &byte, &used) == 1 && used == 2) {
            out[n++] = (uint8_t)byte;
            c += 2;
        } else {
            return SIZE_MAX;
        }
    }
    return n;
}

__attribute__((format(printf, 2, 3))) static void say(struct scene *s, const char *format, ...)
{
    va_list args;

    if (s->n > 0 && s->said[s->n - 1] != ' ') {
        s->said[s->n++] = ' ';
    }
    va_start(args, format);
    s->n += (size_t)vsnprintf(s->said + s->n, sizeof(s->said) - s->n, format, args);
    va_end(args);
}

static void say_tcp(struct scene *s, const struct view *v)
{
    const struct view_tcp *t = &v->tcp;

    say(s, "tcp %u>%u", v->sport, v->dport);
    if (t->has_mss) {
        say(s, "mss=%u", t->mss);
    }
    if (t->has_wscale) {
        say(s, "ws=%u", t->wscale);
    }
    if (t->has_sackok) {
        say(s, "sackok");
    }
    if (t->sack_n > 0) {
        say(s, "sack=%u", t->sack_n);
    }
    if (t->has_tfo) {
        say(s, "tfo");
    }
    if (t->has_ts) {
        say(s, "ts=%u/%u", t->ts_value, t->ts_echo);
    }
}

static void say_icmp(struct scene *s, const struct view *v)
{
    say(s, "icmp=%u/%u", v->icmp.type, v->icmp.code);
    if (v->icmp.has_id) {
        say(s, "id=%u/%u", v->icmp.id, v->icmp.seq);
    }
    if (v->icmp.mtu != 0) {
        say(s, "mtu=%u", v->icmp.mtu);
    }
    if ((v->flags & VIEW_ICMP_ERROR) != 0) {
        say(s, "quotes %u %u>%u", v->quoted_proto, v->quoted_sport, v->quoted_dport);
    }
}

static void say_network(struct scene *s, const struct view *v)
{
    static const struct {
        unsigned layer;
        const char *name;
    } names[] = { { LAYER_UDP, "udp" }, { LAYER_SCTP, "sctp" } };

    if (v->family != FAMILY_NONE) {
        say(s, "ip%d/%u", (int)v->family, v->proto);
    }
    if ((v->flags & VIEW_FRAGMENT) != 0) {
        say(s, "frag=%u%s", v->frag_offset, (v->frag_flags & 1) != 0 ? "+" : "");
    }
    for (size_t i = 0; i < ROWS(names); i++) {
        if (view_has(v, names[i].layer)) {
            say(s, "%s %u>%u", names[i].name, v->sport, v->dport);
        }
    }
    if (!view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP) && v->sport != 0) {
        say(s, "%u>%u", v->sport, v->dport);
    }
    if (view_has(v, LAYER_TCP)) {
        say_tcp(s, v);
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        say_icmp(s, v);
    }
    if (view_has(v, LAYER_IGMP)) {
        say(s, "igmp");
    }
    if (view_has(v, LAYER_ESP)) {
        say(s, "esp");
    }
    if (view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP | LAYER_ICMP4 | LAYER_ICMP6 | LAYER_ESP)) {
        say(s, "pay=%zu", v->payload.n);
    }
}

static void say_rest(struct scene *s, const struct view *v)
{
    if ((v->flags & VIEW_NO_FLOW) == 0) {
        say(s, "flow");
    }
    if ((v->flags & VIEW_INVALID) != 0) {
        say(s, "invalid");
    }
    if ((v->flags & VIEW_CARRIER) != 0) {
        say(s, "carrier");
    }
    for (unsigned i = 0; i < v->overlay_n; i++) {
        say(s, "%s%s", i == 0 ? "over=" : ",", overlay_name((enum overlay)v->overlay[i]));
    }
    if (v->tenant != 0) {
        say(s, "tenant=%u", v->tenant);
    }
    if (v->gre_key != 0) {
        say(s, "key=%u", v->gre_key);
    }
    if (v->teid != 0) {
        say(s, "teid=%u", v->teid);
    }
    if (v->ip_options != 0 && v->family == FAMILY_4) {
        say(s, "opts=%x", v->ip_options);
    }
    if (v->ext_headers != 0) {
        say(s, "ext=%x", v->ext_headers);
    }
    for (unsigned i = 0; i < v->note_n; i++) {
        say(s, "%s%s%s", i == 0 ? "[" : "", decode_notes[v->note[i]].name, i + 1 == v->note_n ? "]" : "");
    }
}

/* Outermost first. */
static void say_view(struct scene *s, const struct view *v)
{
    if (v->outer != NULL) {
        say_view(s, v->outer);
        say(s, "|");
    }
    if (view_has(v, LAYER_ETHER)) {
        say(s, "eth");
    }
    for (unsigned i = 0; i < v->vlan_n; i++) {
        say(s, "%s%u", i == 0 ? "vlan=" : ",", v->vlan[i]);
    }
    if (view_has(v, LAYER_ARP)) {
        say(s, "arp=%u", v->arp.op);
    }
    if (v->control != CONTROL_NONE) {
        say(s, "control=%u", v->control);
    }
    say_network(s, v);
    say_rest(s, v);
}

static void scene_decode(struct scene *s, uint16_t link, const char *hex)
{
    struct packet *p = &s->batch.packet[0];
    size_t n = unhex(hex, s->frame, sizeof(s->frame));

    bug_if(n == SIZE_MAX);
    /* A copy of exactly that size, so that a sanitizer sees a byte too far; stale views, so that it shows when
     * something is left unset. */
    uint8_t *exact = malloc(n + 1);
    memcpy(exact, s->frame, n);
    memset(s->views, 0xa5, sizeof(s->views));
    s->decoder = (struct decoder){ .settings = everything };
    s->batch.views = s->views;
    s->batch.view_n = 0;
    s->batch.view_max = VIEWS_MAX * 2;
    *p = (struct packet){ .frame = bytes_of(exact, n), .link = link, .wire_len = (uint32_t)n, .number = 1 };
    packet_decode(&s->decoder, &s->batch, p);
    s->n = 0;
    s->said[0] = 0;
    say_view(s, p->first);
    /* "a ,b" reads better as "a,b" */
    char *to = s->said;
    for (const char *c = s->said; *c != 0; c++) {
        if (!(*c == ' ' && c[1] == ',')) {
            *to++ = *c;
        }
    }
    *to = 0;
    free(exact);
}

static void run_rows(struct scene *s, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        scene_decode(s, rows[i].link, rows[i].hex);
        is_str(s->said, rows[i].want, rows[i].why);
    }
}

/* Every frame of the tables, cut at every length: nothing is read behind the cut (sanitizers look), and a view stays.
 */
static void test_cuts(struct scene *s, const struct row *rows, size_t n)
{
    bool views = true;

    for (size_t i = 0; i < n; i++) {
        size_t full = unhex(rows[i].hex, s->frame, sizeof(s->frame));
        for (size_t cut = 0; cut < full; cut++) {
            char hex[4096];
            for (size_t k = 0; k < cut; k++) {
                (void)snprintf(hex + 2 * k, 3, "%02x", s->frame[k]);
            }
            hex[2 * cut] = 0;
            scene_decode(s, rows[i].link, hex);
            views = views && s->batch.packet[0].view_n >= 1;
            (void)unhex(rows[i].hex, s->frame, sizeof(s->frame));
        }
    }
    ok(views, "cut anywhere, a frame still has a view");
}

static void test_limits(struct scene *s)
{
    char hex[4096] = "";
    size_t at = (size_t)snprintf(hex, sizeof(hex), ETHER("0800"));

    for (unsigned i = 0; i < 20; i++) { /* IPv4 in IPv4, twenty deep */
        at +=
            (size_t)snprintf(hex + at, sizeof(hex) - at, "4500%04x000100004004 0000 0a000001 0a000002", 20 * (20 - i));
    }
    scene_decode(s, LINK_ETHERNET, hex);
    is_int(s->batch.packet[0].view_n, 7, "each inner packet costs two layers: sixteen are reached after seven views");
    is_int(s->decoder.note[NOTE_TOO_MANY_LAYERS], 0, "the note goes with the view that it would have been on");
    is_int(s->decoder.counter[COUNT_VIEWS_REFUSED], 1, "but it is counted");
    is_int(s->decoder.counter[COUNT_INVALID], 0, "the frame is not invalid");
    s->decoder.settings.max_layers = 60;
    s->batch.view_n = 0;
    uint8_t *exact = malloc(2048);
    size_t n = unhex(hex, exact, 2048);
    s->batch.packet[0].frame = bytes_of(exact, n);
    packet_decode(&s->decoder, &s->batch, &s->batch.packet[0]);
    is_int(s->batch.packet[0].view_n, VIEWS_MAX, "with more layers allowed, views are the limit");
    is_int(s->decoder.counter[COUNT_VIEWS_REFUSED], 2, "which is counted");
    unsigned level = VIEWS_MAX;
    bool order = true;
    for (struct view *v = s->batch.packet[0].first; v != NULL; v = v->next) {
        order = order && v->level == --level &&
                v->overlay_n == (v->level < VIEW_OVERLAYS_MAX ? v->level : VIEW_OVERLAYS_MAX);
    }
    ok(order, "views are worked on from the innermost out");
    free(exact);
}

static void test_datagram(struct scene *s)
{
    uint8_t whole[64];
    size_t n = unhex(ETHER("0800") IP4("001c", "11") UDP0, whole, sizeof(whole));
    struct datagram datagram = { bytes_of(whole, n), bytes_of(whole + 14, n - 14) };

    scene_decode(s, LINK_ETHERNET, ETHER("8100") "0005 0800" IP4F("001c", "0003", "11") UDP0);
    struct view *fragment = s->batch.packet[0].first;
    struct view *v = packet_decode_datagram(&s->decoder, &s->batch, fragment, datagram);
    ok(v != NULL && v->next == fragment, "a datagram is worked on before the fragment that completed it");
    ok(v != NULL && (v->flags & VIEW_REASSEMBLED) != 0 && v->sport == 1024 && v->vlan_n == 1 && v->vlan[0] == 5,
       "it has the fragment's tags and ports of its own");
    ok(v != NULL && v->bytes.n == n && v->ip.n == n - 14, "its bytes begin with the first fragment's link header");
    ok((fragment->flags & VIEW_CARRIER) != 0, "the fragment's payload is its");
    unsigned views = s->batch.view_n;
    whole[14] = 0x44;
    ok(packet_decode_datagram(&s->decoder, &s->batch, fragment, datagram) == NULL && s->batch.view_n == views,
       "a datagram whose header does not hold leaves no view");
    n = unhex(IP4("0030", "04") WHOLE4, whole, sizeof(whole));
    datagram.whole = datagram.ip = bytes_of(whole, n);
    v = packet_decode_datagram(&s->decoder, &s->batch, fragment, datagram);
    ok(v != NULL && v->level == 1 && v->next->level == 0 && v->next->next == fragment,
       "a packet inside the datagram comes before it");
}

static void test_checksums(struct scene *s)
{
    static const struct {
        const char *why, *hex;
        bool ip, l4;
    } rows[] = {
        { "right in IPv4 and UDP", ETHER("0800") "4500001d00010000401166cd 0a000001 0a000002 04000035 0009 a6a4 41",
          true, true },
        { "one bit off in the header", ETHER("0800") "4500001d00010000411166cd 0a000001 0a000002 04000035 0009 a6a4 41",
          false, true },
        { "one bit off in the payload",
          ETHER("0800") "4500001d00010000401166cd 0a000001 0a000002 04000035 0009 a6a4 40", true, false },
        { "UDP without", ETHER("0800") "4500001d00010000401166cd 0a000001 0a000002 04000035 0009 0000 41", true, true },
        { "right in ICMP", ETHER("0800") "4500001c00010000400166de 0a000001 0a000002 0800f7fc 0001 0002", true, true },
        { "wrong in ICMP", ETHER("0800") "4500001c00010000400166de 0a000001 0a000002 0800f7fc 0001 0003", true, false },
        { "wrong in TCP over IPv6", ETHER("86dd") IP6("0014", "06") TCP20, true, false },
        { "a fragment cannot be told", ETHER("0800") IP4F("001c", "2000", "11") UDP0, false, true },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct packet *p = &s->batch.packet[0];
        uint8_t frame[128];
        size_t n = unhex(rows[i].hex, frame, sizeof(frame));
        s->decoder.settings.checksums = true;
        s->batch.view_n = 0;
        *p = (struct packet){ .frame = bytes_of(frame, n), .link = LINK_ETHERNET, .wire_len = (uint32_t)n };
        packet_decode(&s->decoder, &s->batch, p);
        ok(view_ip_checksum_ok(p->first) == rows[i].ip && view_l4_checksum_ok(p->first) == rows[i].l4, rows[i].why);
        ok(((p->first->flags & VIEW_BAD_IP_CHECKSUM) == 0) == rows[i].ip &&
               ((p->first->flags & VIEW_BAD_CHECKSUM) == 0) == rows[i].l4,
           "and the flags say so");
    }
}

/* What the header buffers of rules hold. */
static void test_headers(struct scene *s)
{
    const struct view *v = s->views;

    scene_decode(s, LINK_ETHERNET, ETHER("86dd") IP6("0018", "00") "2c00 05020000 0000 1100 0008 00000007" UDP0);
    is_int(v->ip_header.n, 48, "an IPv6 header holds its extension headers, up to the fragment header");
    is_int(v->frag_prev, 40, "the hop-by-hop header names the fragment header");
    is_int(v->frag_next, 17, "which names UDP");
    scene_decode(s, LINK_ETHERNET, ETHER("86dd") IP6("0014", "33") "1101 0000 00000001 00000001" UDP0);
    is_int(v->ip_header.n, 52, "up to the transport header");
    scene_decode(s, LINK_ETHERNET, ETHER("86dd") WHOLE6);
    is_int(v->ip_header.n, 40, "and alone");
    scene_decode(s, LINK_ETHERNET, ETHER("0800") IP4("0028", "01") "0d00 0000 0001 0001 00000001 00000000 00000000");
    is_int(v->l4_header.n, 20, "an ICMP header holds its time stamps");
}

static void test_settings(struct scene *s)
{
    static const char *const vxlan =
        ETHER("0800") IP4("004e", "11") UDP("c000", "12b5", "003a") "08000000 00007b00" ETHER("0800") WHOLE4;
    uint8_t frame[256];
    struct port_set *ports = calloc(1, sizeof(*ports));
    struct packet *p = &s->batch.packet[0];
    size_t n = unhex(vxlan, frame, sizeof(frame));

    s->decoder = (struct decoder){ .settings = { .vxlan = true, .vxlan_ports = ports } };
    *p = (struct packet){ .frame = bytes_of(frame, n), .link = LINK_ETHERNET, .wire_len = (uint32_t)n };
    s->batch.view_n = 0;
    packet_decode(&s->decoder, &s->batch, p);
    is_int(p->view_n, 1, "a set of ports replaces the registered one");
    ports->bits[4789 >> 6] |= (uint64_t)1 << (4789 & 63);
    s->batch.view_n = 0;
    packet_decode(&s->decoder, &s->batch, p);
    is_int(p->view_n, 2, "the port is in the set");
    is_int(s->decoder.counter[COUNT_PKTS], 2, "frames are counted");
    is_int(s->decoder.counter[COUNT_IPV4], 3, "headers are counted");
    is_int(s->decoder.counter[COUNT_ETHERNET], 2, "the frame inside VXLAN is not");
    decode_settle(&s->decoder);
    is_int(s->decoder.counter[COUNT_AVG_PKT_SIZE], (long long)n, "the average follows");
    p->wire_len = 2000;
    s->batch.view_n = 0;
    packet_decode(&s->decoder, &s->batch, p);
    ok((p->first->flags & VIEW_TRUNCATED) != 0 && (p->outermost->flags & VIEW_TRUNCATED) != 0,
       "a frame captured in part says so on each of its views");
    free(ports);
}

int main(void)
{
    static const struct {
        const struct row *rows;
        size_t n;
    } tables[] = {
        { link_rows, ROWS(link_rows) },           { tag_rows, ROWS(tag_rows) },         { ip_rows, ROWS(ip_rows) },
        { transport_rows, ROWS(transport_rows) }, { overlay_rows, ROWS(overlay_rows) },
    };
    struct scene *s = calloc(1, sizeof(*s));

    for (size_t i = 0; i < ROWS(tables); i++) {
        run_rows(s, tables[i].rows, tables[i].n);
        test_cuts(s, tables[i].rows, tables[i].n);
    }
    test_limits(s);
    test_datagram(s);
    test_checksums(s);
    test_headers(s);
    test_settings(s);
    free(s);
    return done_testing();
}
