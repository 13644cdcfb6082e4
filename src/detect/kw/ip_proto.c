/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include <ctype.h>

/* Names as IANA has them, for the protocols one meets; others go by number. */
static const struct {
    const char *name;
    uint8_t number;
} protos[] = {
    { "ip", 0 },          { "hopopt", 0 },      { "icmp", 1 },       { "igmp", 2 },       { "ggp", 3 },         { "ipv4", 4 },        { "ip-encap", 4 },
    { "st", 5 },          { "tcp", 6 },         { "cbt", 7 },        { "egp", 8 },        { "igp", 9 },         { "pup", 12 },        { "udp", 17 },
    { "hmp", 20 },        { "xns-idp", 22 },    { "rdp", 27 },       { "iso-tp4", 29 },   { "dccp", 33 },       { "xtp", 36 },        { "ddp", 37 },
    { "idpr-cmtp", 38 },  { "ipv6", 41 },       { "sdrp", 42 },      { "ipv6-route", 43 }, { "ipv6-frag", 44 }, { "idrp", 45 },       { "rsvp", 46 },
    { "gre", 47 },        { "dsr", 48 },        { "esp", 50 },       { "ah", 51 },        { "swipe", 53 },      { "narp", 54 },       { "mobile", 55 },
    { "skip", 57 },       { "ipv6-icmp", 58 },  { "icmpv6", 58 },    { "ipv6-nonxt", 59 }, { "ipv6-opts", 60 }, { "rspf", 73 },       { "vmtp", 81 },
    { "eigrp", 88 },      { "ospf", 89 },       { "ospfigp", 89 },   { "mtp", 92 },       { "ax.25", 93 },      { "ipip", 94 },       { "etherip", 97 },
    { "encap", 98 },      { "pim", 103 },       { "ipcomp", 108 },   { "vrrp", 112 },     { "pgm", 113 },       { "l2tp", 115 },      { "isis", 124 },
    { "fire", 125 },      { "crtp", 126 },      { "sctp", 132 },     { "fc", 133 },       { "mobility-header", 135 }, { "udplite", 136 }, { "mpls-in-ip", 137 },
    { "manet", 138 },     { "hip", 139 },       { "shim6", 140 },    { "wesp", 141 },     { "rohc", 142 },      { "ethernet", 143 },
};

/* Names stand in one case: "tcp", "TCP". */
static bool all_upper(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (islower(b.p[i])) {
            return false;
        }
    }
    return true;
}

static bool number_of(struct bytes b, uint64_t *out)
{
    if (b.n && isdigit(b.p[0])) {
        return bytes_u64(b, out) && *out <= UINT8_MAX;
    }
    for (size_t i = 0; i < ROWS(protos); i++) {
        if (bytes_is(b, protos[i].name) || (bytes_is_nocase(b, protos[i].name) && all_upper(b))) {
            *out = protos[i].number;
            return true;
        }
    }
    return false;
}

/* "tcp", "!17", ">50", "<60": narrows the header's protocols, which are all (ip) before the first. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct bytes b = bytes_str(argument);
    char how = b.n && (b.p[0] == '!' || b.p[0] == '<' || b.p[0] == '>') ? (char)b.p[0] : '=';
    uint64_t x;
    bool some = false;

    (void)p;
    (void)place;
    (void)data;
    if (!number_of(bytes_trim(bytes_from(b, how != '='), " \t"), &x)) {
        return err_set(err, "Unknown protocol name: \"%.64s\"", argument);
    }
    if (!(r->header_flags & (HEADER_ANY_PROTO | HEADER_IP_PROTO))) {
        return err_set(err, "Signature can use ip_proto keyword only when we use alert ip, in which case the _ANY flag is set on the sig and "
                            "the if condition should match.");
    }
    if (how == '=' && r->header_flags & HEADER_IP_PROTO) {
        return err_set(err, "can't use a eq ipproto without any operators attached to them in the same sig");
    }
    r->header_flags = (uint16_t)((r->header_flags & ~HEADER_ANY_PROTO) | HEADER_IP_PROTO);
    for (unsigned i = 0; i < 256; i++) {
        bool keep = how == '=' ? i == x : how == '!' ? i != x : how == '<' ? i < x : i > x;

        if (!keep) {
            r->ip_proto[i >> 6] &= ~(1ull << (i & 63));
        }
        some |= r->ip_proto[i >> 6] >> (i & 63) & 1;
    }
    return some || err_set(err, "can't have both gt and lt ipprotos, with the lt being lower than gt value");
}

const struct keyword keyword_ip_proto = {
    .name = "ip_proto",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = NULL, /* the header's set of protocols holds it */
    .help = "protocol of the IP header, by name or number",
};
