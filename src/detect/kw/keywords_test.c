/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords over packets and flows: what they take, what they match, what they refuse. */
#include "detect/scope.h"

#include "packet/decode.h"
#include "tap.h"

/* ---- packets to ask ---- */

static const uint8_t payload[] = { 'p', 'a', 'y', 'l', 'o', 'a', 'd' };
static const uint8_t call[] = { 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa0, 0, 0, 0, 2, 0, 0, 0, 4 };

static struct view tcp4(void)
{
    struct view v = { .present = LAYER_IPV4 | LAYER_TCP, .family = FAMILY_4, .ttl = 64, .tos = 8, .ip_id = 4711, .frag_flags = 2, .proto = 6 };

    v.payload = bytes_of(payload, sizeof payload);
    v.tcp = (struct view_tcp){ .seq = 100, .ack = 200, .window = 300, .flags = 0x12, .has_mss = true, .mss = 1460, .has_wscale = true, .wscale = 7 };
    v.vlan_n = 2;
    v.vlan[0] = 100;
    v.vlan[1] = 200;
    v.tenant = 7;
    v.src.b[15] = 1;
    v.dst.b[15] = 2;
    return v;
}

static struct view udp6(void)
{
    struct view v = { .present = LAYER_IPV6 | LAYER_UDP, .family = FAMILY_6, .ttl = 1, .tos = 8, .proto = 17 };

    v.payload = bytes_of(call, sizeof call);
    return v;
}

static struct view echo(void)
{
    struct view v = { .present = LAYER_IPV4 | LAYER_ICMP4, .family = FAMILY_4, .ttl = 255, .proto = 1, .ip_options = IP_OPTION_RR | IP_OPTION_EOL,
                      .frag_flags = 3, .frag_offset = 20 };

    v.icmp.type = 8;
    v.icmp.code = 3;
    v.icmp.id = 5;
    v.icmp.seq = 6;
    v.icmp.has_id = true;
    return v;
}

static struct view big(void)
{
    struct view v = { .present = LAYER_IPV6 | LAYER_ICMP6, .family = FAMILY_6, .proto = 58, .ext_headers = EXT_FRAGMENT, .frag_offset = 2 };

    v.icmp.type = 2;
    v.icmp.mtu = 1280;
    return v;
}

static struct view more(void)
{
    struct view v = echo();

    v.frag_flags = 1;
    return v;
}

static struct view ecn(void)
{
    struct view v = tcp4();

    v.tcp.flags = 0xd0;
    return v;
}

/* clang-format off */
static const struct {
    const char *why;
    struct view (*packet)(void);
    const char *option;
    bool matches;
} rows[] = {
    { "payload of just that size", tcp4, "dsize:7", true },
    { "bounds are not part of a range", tcp4, "dsize:7<>20", false },
    { "but what is between", tcp4, "dsize:6-8", true },
    { "outside of a range", tcp4, "dsize:!6-8", false },
    { "an empty payload", big, "dsize:0", true },
    { "another size", tcp4, "dsize:!8", true },
    { "but not none at all", big, "dsize:!8", false },
    { "time to live", tcp4, "ttl:>63", true },
    { "hop limit", udp6, "ttl:1", true },
    { "type of service", tcp4, "tos:8", true },
    { "in hexadecimal", tcp4, "tos:x08", true },
    { "another one", tcp4, "tos:!8", false },
    { "IPv6 has none", udp6, "tos:8", false },
    { "identification", tcp4, "id:4711", true },
    { "in quotes", tcp4, "id:\"4711\"", true },
    { "IPv6 has none", udp6, "id:0", false },
    { "sequence number", tcp4, "seq:100", true },
    { "by its other name", tcp4, "tcp.seq:101", false },
    { "acknowledged", tcp4, "ack:200", true },
    { "UDP has none", udp6, "ack:0", false },
    { "window", tcp4, "window:300", true },
    { "not that window", tcp4, "tcp.window:!300", false },
    { "segment size", tcp4, "tcp.mss:1000-1500", true },
    { "window scale", tcp4, "tcp.wscale:>7", false },
    { "just these flags", tcp4, "flags:SA", true },
    { "not these alone", tcp4, "flags:S", false },
    { "these and more", tcp4, "flags:S+", true },
    { "any of these", tcp4, "flags:*RS", true },
    { "not all of these", tcp4, "flags:!SF", true },
    { "not URG asks for ECE or CWR", tcp4, "flags:!U", false },
    { "one does not count", tcp4, "flags:S,A", true },
    { "no flag at all", tcp4, "flags:0", false },
    { "anything but none", tcp4, "flags:!0", true },
    { "don't fragment", tcp4, "fragbits:D", true },
    { "more fragments and others", echo, "fragbits:+M", true },
    { "just more fragments", echo, "fragbits:M", false },
    { "others are asked for", more, "fragbits:+M", false },
    { "the sign behind is not read", more, "fragbits:M+", true },
    { "not more fragments", tcp4, "fragbits:!M", true },
    { "fragment offset", echo, "fragoffset:20", true },
    { "beyond it", echo, "fragoffset:>20", false },
    { "of IPv6", big, "fragoffset:<3", true },
    { "not a fragment in IPv6", udp6, "fragoffset:0", false },
    { "record route", echo, "ipopts:rr", true },
    { "no time stamp", echo, "ipopts:ts", false },
    { "any means all", echo, "ipopts:any", false },
    { "echo request", echo, "itype:8", true },
    { "its code", echo, "icode:>2", true },
    { "its identifier", echo, "icmp_id:5", true },
    { "its number", echo, "icmp_seq:7", false },
    { "none in an error", big, "icmp_id:0", false },
    { "MTU of packet too big", big, "icmpv6.mtu:<1500", true },
    { "ICMPv4 has none", echo, "icmpv6.mtu:<1500", false },
    { "different addresses", tcp4, "sameip", false },
    { "the same address", udp6, "sameip", true },
    { "a tag", tcp4, "vlan.id:200", true },
    { "the outermost tag", tcp4, "vlan.id:200,0", false },
    { "the innermost tag", tcp4, "vlan.id:200,-1", true },
    { "every tag", tcp4, "vlan.id:>50,all", true },
    { "not every tag", tcp4, "vlan.id:>100,all", false },
    { "number of tags", tcp4, "vlan.layers:2", true },
    { "the tenant", tcp4, "tenant:7", true },
    { "another tenant", tcp4, "tenant:>7", false },
    { "an RPC call", udp6, "rpc:100000,2,4", true },
    { "of any version", udp6, "rpc:100000,*,4", true },
    { "another procedure", udp6, "rpc:100000,*,5", false },
    { "IP protocol by name", tcp4, "ip_proto:tcp", true },
    { "flow: packets to the server", tcp4, "flow.pkts_toserver:3", true },
    { "flow: packets to either side", tcp4, "flow.pkts:either,7", true },
    { "flow: packets to both sides", tcp4, "flow.pkts:both,>2", true },
    { "flow: … to one of them more", tcp4, "flow.pkts:both,>3", false },
    { "flow: bytes to the client", tcp4, "flow.bytes:toclient,>1kb", true },
    { "flow: age", tcp4, "flow.age:10", true },
};

/* The same options as Snort means them. */
static const struct {
    const char *why;
    enum dialect dialect;
    struct view (*packet)(void);
    const char *option;
    bool matches;
} snort_rows[] = {
    { "the ends of a size are in it", DIALECT_SNORT2, tcp4, "dsize:7<>20", true },
    { "both of them", DIALECT_SNORT2, tcp4, "dsize:6<>7", true },
    { "and nothing need be between", DIALECT_SNORT2, tcp4, "dsize:5<>6", false },
    { "ends of a time to live", DIALECT_SNORT2, tcp4, "ttl:64-70", true },
    { "from there on", DIALECT_SNORT2, tcp4, "ttl:64-", true },
    { "up to there", DIALECT_SNORT2, tcp4, "ttl:-64", true },
    { "and not beyond", DIALECT_SNORT2, tcp4, "ttl:-63", false },
    { "ends that are not", DIALECT_SNORT3, tcp4, "dsize:7<>20", false },
    { "none at all is in it", DIALECT_SNORT3, big, "dsize:0<=>7", true },
    { "and is another size", DIALECT_SNORT3, big, "dsize:!8", true },
    { "up to the largest", DIALECT_SNORT3, tcp4, "dsize:7<=>65535", true },
    { "a byte's largest", DIALECT_SNORT3, echo, "ttl:200<=>255", true },
    { "a byte's smallest", DIALECT_SNORT3, big, "ttl:0<=>5", true },
    { "a range of a service", DIALECT_SNORT3, tcp4, "tos:<9", true },
    { "not that service", DIALECT_SNORT3, tcp4, "tos:!8", false },
    { "a range of a window", DIALECT_SNORT3, tcp4, "window:200<=>300", true },
    { "not that identification", DIALECT_SNORT3, tcp4, "id:!4711", false },
    { "a range of them", DIALECT_SNORT3, tcp4, "id:>4000", true },
    { "sequence numbers below", DIALECT_SNORT3, tcp4, "seq:<101", true },
    { "another acknowledged", DIALECT_SNORT3, tcp4, "ack:!200", false },
    { "not that offset", DIALECT_SNORT3, echo, "fragoffset:!20", false },
    { "that or beyond", DIALECT_SNORT3, echo, "fragoffset:>=20", true },
    { "more fragments and perhaps others", DIALECT_SNORT2, more, "fragbits:M+", true },
    { "the sign in front", DIALECT_SNORT3, more, "fragbits:+M", true },
    { "with others", DIALECT_SNORT3, echo, "fragbits:+M", true },
    { "none of these", DIALECT_SNORT3, tcp4, "fragbits:!MD", false },
    { "none of these indeed", DIALECT_SNORT3, more, "fragbits:!DR", true },
    { "no SYN, on what only acknowledges", DIALECT_SNORT3, ecn, "flags:!S", true },
    { "neither of these", DIALECT_SNORT3, tcp4, "flags:!SF", false },
    { "no URG", DIALECT_SNORT2, tcp4, "flags:!U", true },
    { "bits that do not count", DIALECT_SNORT2, ecn, "flags:A,12", true },
    { "are none", DIALECT_SNORT2, ecn, "flags:0,A12", true },
    { "small letters", DIALECT_SNORT3, tcp4, "flags:sa", true },
    { "any option", DIALECT_SNORT3, echo, "ipopts:any", true },
    { "no option", DIALECT_SNORT3, tcp4, "ipopts:any", false },
};

static const struct {
    const char *why, *option, *reason;
} refusals[] = {
    { "more than a byte", "ttl:256", NULL },
    { "never", "ttl:<0", NULL },
    { "always", "dsize:<=65535", NULL },
    { "nothing in between", "dsize:5<>6", NULL },
    { "the wrong way", "dsize:9-5", NULL },
    { "beyond a byte in hexadecimal", "tos:x100", NULL },
    { "no option of IP", "ipopts:nothing", "unknown IP option specified \"nothing\"" },
    { "no flag", "flags:X", "'X' is no TCP flag: F S R P A U E C, or 0 for none" },
    { "two modifiers", "flags:+*S", "\"flags\" supports only one modifier at a time" },
    { "no bit", "fragbits:X", NULL },
    { "a value where there is none", "sameip:1", "unexpected option to sameip keyword: 'sameip'" },
    { "beyond twelve bits", "vlan.id:4096", NULL },
    { "a fourth tag", "vlan.id:1,3", NULL },
    { "no protocol", "ip_proto:nothing", "Unknown protocol name: \"nothing\"" },
    { "equal twice", "ip_proto:6; ip_proto:17", NULL },
    { "none left", "ip_proto:>50; ip_proto:<40", NULL },
    { "neither side", "flow.pkts:none,1", NULL },
    { "a side alone", "flow.elephant:either,1", NULL },
    { "no phase", "tcp.session:opened", NULL },
    { "no chunk", "sctp.chunk_type:initial", NULL },
    { "no comparison", "stream_size:client,5", NULL },
    { "neither valid nor invalid", "tcpv4-csum:maybe", "'maybe' is neither valid nor invalid" },
    { "a word nobody knows", "asn1:oversize 5", "Malformed asn1 argument: oversize 5" },
    { "without a value", "entropy:bytes 5", "required entropy parameter missing: value" },
    { "no database", "geoip:src,DE", NULL },
    { "no protocol", "app-layer-protocol:nothing", "app-layer-protocol keyword supplied with unknown protocol \"nothing\"" },
    { "a negation that means nothing", "app-layer-protocol:!unknown", "app-layer-protocol keyword can't use negation with protocol 'unknown'" },
    { "positive and negative", "app-layer-protocol:failed; app-layer-protocol:!failed", "can't mix positive app-layer-protocol match with negated match or match for 'failed'." },
};

/* Matches on bytes: buffer, cursor. */
static const struct {
    const char *why, *option, *bytes;
    size_t n;
    uint32_t cursor;
    bool matches;
} byte_rows[] = {
    { "an element longer than that", "asn1:oversize_length 3", "\x04\x04" "abcd", 6, 0, true },
    { "not longer", "asn1:oversize_length 4", "\x04\x04" "abcd", 6, 0, false },
    { "an element within", "asn1:oversize_length 5", "\x30\x0a\x04\x08" "abcdefgh", 12, 0, true },
    { "cut off: no element", "asn1:oversize_length 3", "\x04\x7f" "abcd", 6, 0, false },
    { "from where the last match ended", "asn1:oversize_length 3, relative_offset 1", "xy\x04\x04" "abcd", 8, 1, true },
    { "before the start", "asn1:oversize_length 3, relative_offset -2", "xy\x04\x04" "abcd", 8, 1, false },
    { "from a fixed place", "asn1:oversize_length 3, absolute_offset 2", "xy\x04\x04" "abcd", 8, 0, true },
    { "more unused bits than bits", "asn1:bitstring_overflow", "\x03\x01\x20", 3, 0, true },
    { "fewer unused bits than bits", "asn1:bitstring_overflow", "\x03\x02\x03\xa8", 4, 0, false },
    { "one letter has no entropy", "entropy:value <1", "aaaaaaaa", 8, 0, true },
    { "four letters have two bits", "entropy:value 2", "abcdabcd", 8, 0, true },
    { "of a part", "entropy:offset 4, bytes 2, value 1", "aaaaab", 6, 0, true },
    { "beyond the end", "entropy:offset 9, value >=0", "aaaaab", 6, 0, false },
    { "between", "entropy:value 1.5-2.5", "abcdabcd", 8, 0, true },
};
/* clang-format on */

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };

    (void)ctx;
    (void)dialect;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static const struct proto *const no_protos[] = { NULL };
static const struct transform_row no_transforms[] = { { .name = NULL } };

static void read_option(struct rules *rules, const char *option, enum dialect dialect)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = no_transforms, .protos = no_protos, .addresses = any_addresses, .ports = any_ports };
    char text[256];

    snprintf(text, sizeof text, "alert ip any any -> any any (%s; sid:1;)", option);
    rules_init(rules);
    rules_read_text(rules, &c, "test", text, strlen(text), dialect);
}

static void test_match(const char *why, struct view v, const char *option, enum dialect dialect, bool matches)
{
    struct rules rules;
    struct flow f = { .first = 5 * CLOCK_SECOND, .last = 15 * CLOCK_SECOND + 1, .packets = { 3, 7 }, .bytes = { 100, 2000 } };
    struct detect_turn turn = { .number = 1, .ts = f.last, .view = &v, .flow = &f };
    struct detect_scope s = { .turn = &turn, .view = &v, .flow = &f };
    bool all = true;

    read_option(&rules, option, dialect);
    if (rules.failed_n) {
        diag("%s: %s", option, rules.failure[0].reason);
    }
    if (ok(rules.rule_n == 1, why)) {
        const struct rule *r = rules.rule[0];

        all = r->ip_proto[v.proto >> 6] >> (v.proto & 63) & 1;
        for (unsigned k = 0; k < r->packet_n; k++) {
            all &= r->packet[k]->keyword.row->match(&s, r, r->packet[k]->keyword.data);
        }
        is_int(all, matches, why);
        /* A turn without a packet: nothing is there to match. */
        s.view = turn.view = NULL;
        for (unsigned k = 0; k < r->packet_n; k++) {
            (void)r->packet[k]->keyword.row->match(&s, r, r->packet[k]->keyword.data);
        }
    }
    rules_fini(&rules);
}

static void test_refusal(size_t i)
{
    struct rules rules;

    read_option(&rules, refusals[i].option, DIALECT_SURICATA);
    ok(rules.rule_n == 0 && rules.failed_n == 1, refusals[i].why);
    if (refusals[i].reason && rules.failure_n) {
        is_str(rules.failure[0].reason, refusals[i].reason, refusals[i].why);
    }
    rules_fini(&rules);
}

static void test_bytes(size_t i)
{
    struct rules rules;
    struct detect_scope s = { .buffer = bytes_of(byte_rows[i].bytes, byte_rows[i].n), .cursor = byte_rows[i].cursor };

    read_option(&rules, byte_rows[i].option, DIALECT_SURICATA);
    if (ok(rules.rule_n == 1 && rules.rule[0]->group_n == 1, byte_rows[i].why)) {
        const struct match *m = rules.rule[0]->group[0].match[0];

        is_int(m->keyword.row->match(&s, rules.rule[0], m->keyword.data), byte_rows[i].matches, byte_rows[i].why);
    }
    rules_fini(&rules);
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_match(rows[i].why, rows[i].packet(), rows[i].option, DIALECT_SURICATA, rows[i].matches);
    }
    for (size_t i = 0; i < ROWS(snort_rows); i++) {
        test_match(snort_rows[i].why, snort_rows[i].packet(), snort_rows[i].option, snort_rows[i].dialect, snort_rows[i].matches);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        test_refusal(i);
    }
    for (size_t i = 0; i < ROWS(byte_rows); i++) {
        test_bytes(i);
    }
    return done_testing();
}
