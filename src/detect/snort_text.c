/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/snort_text.h"

#include <netinet/in.h>
#include <stdio.h>

const char *snort_proto(const struct look *l, const struct view *v)
{
    if (v && view_has(v, LAYER_ARP)) {
        return "ARP";
    }
    switch (l->proto) {
    case IPPROTO_TCP: return "TCP";
    case IPPROTO_UDP: return "UDP";
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: return "ICMP";
    default: return l->family == FAMILY_NONE ? "None" : "IP";
    }
}

void snort_flags(uint8_t flags, char out[9])
{
    static const char letters[] = "12UAPRSF";

    for (unsigned i = 0; i < 8; i++) {
        out[i] = (flags >> (7 - i) & 1) != 0 ? letters[i] : '*';
    }
    out[8] = '\0';
}

void snort_addresses(struct text *t, const struct look *l)
{
    bool ports = !l->fragment && (l->proto == IPPROTO_TCP || l->proto == IPPROTO_UDP);
    char src[ADDR_TEXT_MAX] = "", dst[ADDR_TEXT_MAX] = "";

    if (l->family != FAMILY_NONE) {
        addr_text(&l->src, l->family, src);
        addr_text(&l->dst, l->family, dst);
    }
    if (ports) {
        text_printf(t, "%s:%u -> %s:%u", src, l->sport, dst, l->dport);
    } else {
        text_printf(t, "%s -> %s", src, dst);
    }
}

/* ---- options ---- */

/* Walks options of a type, a length that counts both, and a value; end (0) and filler (1) are of one byte.  False: no more. */
static bool option_next(struct rd *r, uint8_t *type, struct bytes *value)
{
    if (rd_left(r) == 0) {
        return false;
    }
    *type = rd_u8(r);
    *value = bytes_none();
    if (*type <= 1) {
        return true;
    }
    uint8_t n = rd_u8(r);
    *value = rd_bytes(r, n >= 2 ? n - 2u : SIZE_MAX);
    return rd_ok(r);
}

static unsigned options_count(struct bytes options)
{
    struct rd r = rd_of(options);
    struct bytes value;
    unsigned n = 0;
    uint8_t type;

    while (option_next(&r, &type, &value)) {
        n++;
        if (type == 0) {
            break;
        }
    }
    return n;
}

static void option_bytes(struct text *t, struct bytes value, const char *end)
{
    for (size_t i = 0; i < value.n; i++) {
        text_printf(t, i == 0 ? " |%02X" : " %02X", value.p[i]);
    }
    text_str(t, value.n != 0 ? end : "");
}

/* RFC 791 3.1 */
static void ip_options(struct text *t, struct bytes options)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = { { 0, "EOL" },    { 1, "NOP" },    { 7, "RR" },     { 68, "TS" },      { 130, "SEC" },   { 131, "LSRR" },
                  { 132, "LSRR" }, { 133, "ESEC" }, { 136, "SID" },  { 137, "SSRR" },   { 148, "RTRALT" } };
    struct rd r = rd_of(options);
    struct bytes value;
    unsigned n = options_count(options);
    uint8_t type = 1;

    if (n == 0) {
        return;
    }
    text_printf(t, "IP Options (%u) => ", n);
    while (type != 0 && option_next(&r, &type, &value)) {
        unsigned i = 0;
        while (i < ROWS(names) && names[i].type != type) {
            i++;
        }
        if (i < ROWS(names)) {
            text_printf(t, "%s ", names[i].name);
        } else {
            text_printf(t, "Type %u, Len %zu", type, value.n + 2);
            option_bytes(t, value, "| ");
        }
    }
    text_byte(t, '\n');
}

/* RFC 9293 3.1; RFC 7323; RFC 2018 */
static void tcp_option(struct text *t, uint8_t type, struct bytes value)
{
    struct rd r = rd_of(value);
    uint32_t a, b;

    switch (type) {
    case 0: text_str(t, " EOL"); return;
    case 1: text_str(t, " NOP"); return;
    case 2: text_printf(t, " MSS: %u", rd_be16(&r)); return;
    case 3: text_printf(t, " WS: %u", rd_u8(&r)); return;
    case 4: text_str(t, " SackOK "); return;
    case 5:
        a = rd_be16(&r);
        b = rd_be16(&r);
        text_printf(t, " Sack: %u@%u", a, b);
        return;
    case 8:
        a = rd_be32(&r);
        b = rd_be32(&r);
        text_printf(t, " TS: %u %u", a, b);
        return;
    default:
        text_printf(t, " Kind %u, Len %zu", type, value.n + 2);
        option_bytes(t, value, "|");
    }
}

static void tcp_options(struct text *t, struct bytes options)
{
    struct rd r = rd_of(options);
    struct bytes value;
    unsigned n = options_count(options);
    uint8_t type = 1;

    if (n == 0) {
        return;
    }
    text_printf(t, "TCP Options (%u) =>", n);
    while (type != 0 && option_next(&r, &type, &value)) {
        tcp_option(t, type, value);
    }
    text_byte(t, '\n');
}

/* ---- headers ---- */

static void link_header(struct text *t, const struct view *v)
{
    const uint8_t *e = v->ether.p;

    if (v->ether.n >= 14) {
        text_printf(t, "%02X:%02X:%02X:%02X:%02X:%02X -> %02X:%02X:%02X:%02X:%02X:%02X type:0x%X len:0x%X\n", e[6], e[7], e[8], e[9], e[10], e[11],
                    e[0], e[1], e[2], e[3], e[4], e[5], (unsigned)e[12] << 8 | e[13], v->packet->wire_len);
    }
}

static void ip_header(struct text *t, const struct look *l, const struct view *v)
{
    static const char *const flag[] = { " RB", " DF", " MF" };
    char room[12];
    const char *proto = l->proto == IPPROTO_ICMPV6 ? "IPV6-ICMP" : event_proto_name(l->proto, room);
    bool four = view_has(v, LAYER_IPV4);
    size_t header = four ? v->ip_header.n : 40; /* RFC 8200 3 */

    text_printf(t, "%s TTL:%u TOS:0x%X ID:%u IpLen:%zu DgmLen:%zu", proto, v->ttl, v->tos, four ? v->ip_id : v->frag_id, header, v->ip.n);
    for (unsigned i = 0; i < ROWS(flag); i++) {
        text_str(t, (v->frag_flags >> (2 - i) & 1) != 0 ? flag[i] : "");
    }
    text_byte(t, '\n');
    if (four && header > 20) {
        ip_options(t, bytes_from(v->ip_header, 20));
    }
    if ((v->flags & VIEW_FRAGMENT) != 0) {
        text_printf(t, "Frag Offset: 0x%04X   Frag Size: 0x%04X\n", v->frag_offset, v->frag_total);
    }
}

static void tcp_header(struct text *t, const struct view *v)
{
    char flags[9];

    snort_flags(v->tcp.flags, flags);
    text_printf(t, "%s Seq: 0x%X  Ack: 0x%X  Win: 0x%X  TcpLen: %u", flags, v->tcp.seq, v->tcp.ack, v->tcp.window, v->tcp.header_len);
    if ((v->tcp.flags & 32) != 0) {
        text_printf(t, "  UrgPtr: 0x%X", v->tcp.urgent);
    }
    text_byte(t, '\n');
    tcp_options(t, bytes_from(v->l4_header, 20));
}

/* RFC 792 */
static void icmp_header(struct text *t, const struct view *v)
{
    static const struct {
        uint8_t type;
        bool numbers;
        const char *name;
    } names[] = { { 0, true, "ECHO REPLY" },
                  { 3, false, "DESTINATION UNREACHABLE" },
                  { 4, false, "SOURCE QUENCH" },
                  { 5, false, "REDIRECT" },
                  { 8, true, "ECHO" },
                  { 9, false, "ROUTER ADVERTISEMENT" },
                  { 10, false, "ROUTER SOLICITATION" },
                  { 11, false, "TTL EXCEEDED" },
                  { 12, false, "PARAMETER PROBLEM" },
                  { 13, true, "TIMESTAMP REQUEST" },
                  { 14, true, "TIMESTAMP REPLY" },
                  { 15, true, "INFO REQUEST" },
                  { 16, true, "INFO REPLY" },
                  { 17, true, "ADDRESS REQUEST" },
                  { 18, true, "ADDRESS REPLY" } };
    unsigned i = 0;

    while (i < ROWS(names) && names[i].type != v->icmp.type) {
        i++;
    }
    text_printf(t, "Type:%u  Code:%u  ", v->icmp.type, v->icmp.code);
    if (i < ROWS(names) && names[i].numbers) {
        text_printf(t, v->icmp.type == 0 ? "ID:%u  Seq:%u  " : "ID:%u   Seq:%u  ", v->icmp.id, v->icmp.seq);
    }
    text_printf(t, "%s\n", i < ROWS(names) ? names[i].name : "UNKNOWN");
}

void snort_headers(struct text *t, const struct look *l, const struct view *v, bool link)
{
    if (link) {
        link_header(t, v);
    }
    snort_addresses(t, l);
    text_byte(t, link ? ' ' : '\n');
    ip_header(t, l, v);
    if ((v->flags & VIEW_FRAGMENT) != 0) {
        return;
    }
    if (view_has(v, LAYER_TCP)) {
        tcp_header(t, v);
    } else if (view_has(v, LAYER_UDP)) {
        text_printf(t, "Len: %d\n", (int)v->udp.length - 8);
    } else if (view_has(v, LAYER_ICMP4)) {
        icmp_header(t, v);
    }
}

/* ---- bytes ---- */

static void dump_line(struct text *t, struct bytes b)
{
    for (size_t i = 0; i < 16; i++) {
        if (i < b.n) {
            text_printf(t, "%02X ", b.p[i]);
        } else {
            text_str(t, "   ");
        }
        text_str(t, i == 7 ? " " : "");
    }
    text_byte(t, ' ');
    for (size_t i = 0; i < b.n; i++) {
        text_byte(t, b.p[i] > 0x1f && b.p[i] < 0x7f ? (char)b.p[i] : '.');
        text_str(t, i == 7 ? " " : "");
    }
    text_byte(t, '\n');
}

void snort_dump(struct text *t, const char *name, struct bytes b)
{
    static const char rule[] = "- - - - - - - - - - - -  - - - - - - - - - - - -  - - - - - - - - -\n";

    if (b.n == 0) {
        return;
    }
    text_printf(t, "\n%s[%zu]:\n%s", name, b.n, rule);
    for (size_t i = 0; i < b.n; i += 16) {
        dump_line(t, bytes_head(bytes_from(b, i), 16));
    }
    text_str(t, rule);
}
