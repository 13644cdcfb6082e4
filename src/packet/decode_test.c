/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames through the decoder: the rows, the rows cut short, limits, datagrams, checksums, settings. */
#include "packet/decode_rows.h"
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct decode_settings everything;

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

/* A length of 0 says that an option tells it. */
static void test_lengths(struct scene *s)
{
    static const struct {
        const char *hex;
        bool unread;
    } rows[] = {
        { ETHER("86dd") IP6("0000", "00") "0600010400000000" UDP0, true },
        { ETHER("86dd") IP6("0000", "00"), false },
        { ETHER("86dd") IP6("0000", "3b") "000000000000", false },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        scene_decode(s, LINK_ETHERNET, rows[i].hex);
        is_int(s->batch.packet[0].unread, rows[i].unread, "a length of 0: whether its target may read on");
    }
}

/* More tags than are read, and as many. */
static void test_tags(struct scene *s)
{
    scene_decode(s, LINK_ETHERNET, ETHER("8100") "0000 8100 0000 8100 0000 8100 0000 0800" WHOLE4);
    ok(s->batch.packet[0].unread, "of a frame with four tags not all was read");
    scene_decode(s, LINK_ETHERNET, ETHER("8100") "0000 8100 0000 8100 0000 0800" WHOLE4);
    ok(!s->batch.packet[0].unread, "of one with three it was");
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
    ok(s->batch.packet[0].unread, "and whoever passes it on is told that not all of it was read");
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

    s->decoder = (struct decoder){ .settings = { .ports = { [OVERLAY_VXLAN] = ports } } };
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

/* Which tunnels are decoded, and whose rules look inside. */
static void test_tunnels(void)
{
    static const struct {
        const char *why;
        uint8_t overlay, choice, home;
        bool decoded;
        uint8_t readers;
    } rows[] = {
        { "what every engine decodes", OVERLAY_VXLAN, TUNNEL_AUTO, 0, true, READERS_ALL },
        { "what Snort alone decodes is decoded; Snort's rules look inside", OVERLAY_GTPU, TUNNEL_AUTO, 0, true, READERS_SNORT },
        { "in Suricata's place it is not decoded", OVERLAY_GTPU, TUNNEL_AUTO, READER_SURICATA, false, 0 },
        { "unless it is wanted: then for everybody", OVERLAY_GTPU, TUNNEL_YES, READER_SURICATA, true, READERS_ALL },
        { "wanted in nobody's place", OVERLAY_ERSPAN3, TUNNEL_YES, 0, true, READERS_ALL },
        { "what Suricata alone decodes", OVERLAY_ERSPAN1, TUNNEL_AUTO, READERS_SNORT, false, 0 },
        { "what no engine decodes is everybody's", OVERLAY_VXLAN_GPE, TUNNEL_AUTO, 0, true, READERS_ALL },
        { "but not decoded in another's place", OVERLAY_VXLAN_GPE, TUNNEL_AUTO, READER_SURICATA, false, 0 },
        { "switched off", OVERLAY_GRE, TUNNEL_NO, 0, false, 0 },
        { "a tag is no tunnel", OVERLAY_MPLS, TUNNEL_NO, 0, true, READERS_ALL },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct decode_settings s = { 0 };
        struct tunnel_options o = { 0 };
        o.enabled[rows[i].overlay] = rows[i].choice;
        decode_tunnels(&s, &o, rows[i].home);
        bool decoded = (s.off >> rows[i].overlay & 1) == 0;
        ok(decoded == rows[i].decoded, rows[i].why);
        ok(!decoded || (READERS_ALL & ~s.blind[rows[i].overlay]) == rows[i].readers, "and its rules");
    }
}

/* What is inside two tunnels is for those who look into both. */
static void test_readers(struct scene *s)
{
    static const char *const nested =
        ETHER("0800") IP4("0066", "11") UDP("c000", "12b5", "0052") "08000000 00007b00" ETHER("0800") IP4("0034", "04") IP4("0020", "11") "04000035000c0000 41424344";
    struct packet *p = &s->batch.packet[0];
    uint8_t frame[256];
    size_t n = unhex(nested, frame, sizeof(frame));

    s->decoder = (struct decoder){ .settings = { .blind = { [OVERLAY_VXLAN] = READER_SURICATA, [OVERLAY_IPIP] = READER_SNORT2 } } };
    *p = (struct packet){ .frame = bytes_of(frame, n), .link = LINK_ETHERNET, .wire_len = (uint32_t)n };
    s->batch.view_n = 0;
    packet_decode(&s->decoder, &s->batch, p);
    is_int(p->view_n, 3, "two tunnels");
    is_int(p->outermost->readers, READERS_ALL, "the outer packet is everybody's");
    is_int(p->first->next->readers, READERS_SNORT, "the first tunnel's");
    is_int(p->first->readers, READER_SNORT3, "the second's, in the first");
    s->decoder.settings.off = 1u << OVERLAY_IPIP;
    s->batch.view_n = 0;
    packet_decode(&s->decoder, &s->batch, p);
    is_int(p->view_n, 2, "a tunnel that is switched off is what it carries");
    is_int((long long)s->decoder.counter[COUNT_IPV4_IN_IPV4], 1, "and not counted as one");
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
    test_lengths(s);
    test_tags(s);
    test_limits(s);
    test_datagram(s);
    test_checksums(s);
    test_headers(s);
    test_settings(s);
    test_tunnels();
    test_readers(s);
    free(s);
    return done_testing();
}
