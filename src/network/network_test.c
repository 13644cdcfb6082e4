/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network/network.h"

#include "base/clock.h"
#include "base/text.h"
#include "tap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

static struct addr ip(unsigned last)
{
    uint8_t b[4] = { 192, 0, 2, (uint8_t)last };

    return addr_from4(b);
}

/* Hands over one packet; the names of what it noted go into `told`, each once. */
static enum network_verdict give(struct network *n, struct view *v, const struct flow *f, uint64_t second, struct text *told)
{
    struct packet frame = { .number = 1 };
    struct network_packet p = { .view = v, .flow = f, .ts = second * CLOCK_SECOND };

    v->packet = &frame;
    v->note_n = 0;
    enum network_verdict r = network_look(n, &p);
    for (unsigned i = 0; i < v->note_n; i++) {
        text_printf(told, "%s%s", told->n != 0 ? " " : "", note_of_view(v->note[i])->name);
    }
    return r;
}

/* ---- scans ---- */

enum { SYN = 2, RST = 4 };
static struct view tcp(unsigned from, unsigned to, uint16_t port, uint8_t flags)
{
    struct view v = { .src = ip(from), .dst = ip(to), .family = FAMILY_4, .proto = IPPROTO_TCP, .present = LAYER_IPV4 | LAYER_TCP };

    v.sport = flags == RST ? port : 40000;
    v.dport = flags == RST ? 40000 : port;
    v.tcp.flags = flags;
    return v;
}

/* `n` questions of one or of many hosts, to one or to many, on one or on many ports; refused or not. */
struct scan_row {
    unsigned n;
    bool many_from, many_to, many_ports, refused;
    enum scan_level level;
    unsigned seconds;          /* between two */
    const char *want, *why;
};
static const struct scan_row rows[] = {
    { 20, false, false, true, true, SCAN_LOW, 0, "port_scan.tcp_portscan", "many ports of one host, refused" },
    { 4, false, false, true, true, SCAN_LOW, 0, "", "four are too few at the low level" },
    { 300, false, false, true, false, SCAN_LOW, 0, "", "the low level counts refusals alone" },
    { 300, false, false, true, false, SCAN_MEDIUM, 0, "port_scan.tcp_filtered_portscan", "many ports, nobody answers" },
    { 20, false, true, false, true, SCAN_LOW, 0, "port_scan.tcp_portsweep", "one port of many hosts, refused" },
    { 40, false, true, false, false, SCAN_MEDIUM, 0, "port_scan.tcp_filtered_portsweep", "one port of many hosts, nobody answers" },
    { 80, true, false, true, true, SCAN_LOW, 0, "port_scan.tcp_distributed_portscan", "many hosts ask many ports of one" },
    { 20, false, false, false, true, SCAN_LOW, 0, "", "the same port again and again is no scan" },
    { 20, false, false, true, true, SCAN_LOW, 70, "", "slower than the window" },
};

static void test_scans(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct scan_row *r = &rows[i];
        struct network_settings s = { .scan = { .on = true, .protos = 15, .types = 15, .memcap = 1 << 20 } };
        struct text told;
        scan_preset(&s.scan, r->level);
        struct network *n = network_new(&s, NULL);
        text_init(&told, 0);
        for (unsigned k = 0; k < r->n; k++) {
            unsigned from = r->many_from ? 100 + k % 150 : 1, to = r->many_to ? 100 + k % 150 : 2;
            uint16_t port = (uint16_t)(r->many_ports ? 1000 + k : 80);
            struct view ask = tcp(from, to, port, SYN), answer = tcp(to, from, port, RST);
            give(n, &ask, NULL, 1000 + (uint64_t)k * r->seconds, &told);
            if (r->refused) {
                give(n, &answer, NULL, 1000 + (uint64_t)k * r->seconds, &told);
            }
        }
        text_byte(&told, '\0');
        is_str(told.p, r->want, r->why);
        text_fini(&told);
        network_free(n);
    }
}

static void test_scan_settings(void)
{
    struct network_settings s = { .scan = { .on = true, .protos = 15, .types = 15, .memcap = 1 << 20 } };
    struct addr_range range = { ip(1), ip(1) };
    struct addr_set one = { .range4 = &range, .n4 = 1 };
    struct text told;

    scan_preset(&s.scan, SCAN_LOW);
    s.scan.ignore_scanners = &one;
    struct network *n = network_new(&s, NULL);
    text_init(&told, 0);
    for (unsigned k = 0; k < 50; k++) {
        struct view ask = tcp(1, 2, (uint16_t)(1000 + k), SYN), answer = tcp(2, 1, (uint16_t)(1000 + k), RST);
        give(n, &ask, NULL, 1000, &told);
        give(n, &answer, NULL, 1000, &told);
    }
    is_int((long long)told.n, 0, "a host that may scan is not told");
    network_free(n);
    s.scan.ignore_scanners = NULL;
    s.scan.memcap = 1; /* room for two */
    n = network_new(&s, NULL);
    for (unsigned k = 0; k < 10000; k++) {
        struct view ask = tcp(k % 200, 2, (uint16_t)k, SYN);
        give(n, &ask, NULL, 1000, &told);
    }
    ok(true, "with room for two trackers the longest unused gives way");
    network_free(n);
    text_fini(&told);
}

/* ---- ARP ---- */

static const struct {
    const char *frame_to, *frame_from, *sender, *target; /* last byte of hardware addresses; "ff": broadcast */
    uint16_t op;
    unsigned sender_ip;
    const char *want, *why;
} arp_rows[] = {
    { "ff", "1", "1", "0", 1, 9, "", "a request to all" },
    { "2", "1", "1", "0", 1, 9, "arp_spoof.unicast_request", "a request to one" },
    { "ff", "1", "3", "0", 1, 9, "arp_spoof.source_mismatch", "a request in another's name" },
    { "1", "2", "2", "1", 2, 9, "", "a reply" },
    { "1", "2", "3", "1", 2, 9, "arp_spoof.source_mismatch", "a reply in another's name" },
    { "1", "2", "2", "3", 2, 9, "arp_spoof.target_mismatch", "a reply for another" },
    { "1", "2", "2", "1", 2, 5, "arp_spoof.cache_overwrite", "another station says it has the known host's address" },
    { "1", "7", "7", "1", 2, 5, "", "the known host itself" },
};

static void test_arp(void)
{
    struct arp_host known = { { 192, 0, 2, 5 }, { 2, 0, 0, 0, 0, 7 } };
    struct network_settings s = { .arp = { .on = true, .hosts = &known, .host_n = 1 } };
    struct network *n = network_new(&s, NULL);

    for (size_t i = 0; i < ROWS(arp_rows); i++) {
        const char *const macs[] = { arp_rows[i].frame_to, arp_rows[i].frame_from, arp_rows[i].sender, arp_rows[i].target };
        uint8_t mac[4][6], ether[14], sender[4] = { 192, 0, 2, (uint8_t)arp_rows[i].sender_ip };
        for (unsigned k = 0; k < 4; k++) {
            memset(mac[k], strcmp(macs[k], "ff") == 0 ? 0xff : 0, 6);
            if (mac[k][0] == 0) {
                mac[k][0] = 2;
                mac[k][5] = (uint8_t)atoi(macs[k]);
            }
        }
        memcpy(ether, mac[0], 6);
        memcpy(ether + 6, mac[1], 6);
        ether[12] = 8;
        ether[13] = 6;
        struct view v = { .present = LAYER_ARP | LAYER_ETHER, .ether = bytes_of(ether, 14) };
        v.arp.op = arp_rows[i].op;
        v.arp.sender_mac = bytes_of(mac[2], 6);
        v.arp.target_mac = bytes_of(mac[3], 6);
        v.arp.sender_ip = bytes_of(sender, 4);
        struct text told;
        text_init(&told, 0);
        give(n, &v, NULL, 1, &told);
        text_byte(&told, '\0');
        is_str(told.p, arp_rows[i].want, arp_rows[i].why);
        text_fini(&told);
    }
    network_free(n);
}

/* ---- lists ---- */

static void list_file(struct address_list *l, enum list_action action, const char *text, unsigned bad_want)
{
    char path[] = "/tmp/list-test-XXXXXX";
    int fd = mkstemp(path);
    unsigned bad = 0;
    struct err err = { "" };

    *l = (struct address_list){ .action = (uint8_t)action, .all = true };
    ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && address_list_read(l, path, &bad, &err), "a list is read");
    is_int(bad, bad_want, "lines that are no addresses are counted");
    close(fd);
    unlink(path);
}

static void test_lists(void)
{
    struct address_list list[3];
    struct network_settings s = { .lists = { .on = true, .list = list, .list_n = 3 } };
    struct text told;

    list_file(&list[0], LIST_BLOCK, "# bad ones\n192.0.2.1\n192.0.2.8/29\nnonsense\n\n10.0.0.1\n", 1);
    list_file(&list[1], LIST_ALLOW, "192.0.2.9\n", 0);
    list_file(&list[2], LIST_MONITOR, "192.0.2.20-192.0.2.30\n", 0);
    static const struct {
        unsigned from, to;
        bool block_first, trust;
        enum network_verdict verdict;
        const char *want, *why;
    } list_rows[] = {
        { 1, 50, false, false, NETWORK_BLOCK, "address_list.block_source", "a source that is blocked" },
        { 50, 1, false, false, NETWORK_BLOCK, "address_list.block_destination", "a destination that is blocked" },
        { 9, 50, false, false, NETWORK_NOTHING, "address_list.allow_source", "on both lists: allowed" },
        { 9, 50, true, false, NETWORK_BLOCK, "address_list.block_source", "… or blocked, as the settings say" },
        { 9, 50, false, true, NETWORK_TRUST, "address_list.allow_source", "allowed and trusted" },
        { 25, 50, false, false, NETWORK_NOTHING, "address_list.monitor_source", "watched alone" },
        { 50, 51, false, false, NETWORK_NOTHING, "", "on no list" },
        { 1, 9, false, false, NETWORK_NOTHING, "address_list.block_source address_list.allow_destination", "each end is told; the allowed end decides" },
    };
    for (size_t i = 0; i < ROWS(list_rows); i++) {
        s.lists.block_first = list_rows[i].block_first;
        s.lists.trust = list_rows[i].trust;
        struct network *n = network_new(&s, NULL);
        struct view v = tcp(list_rows[i].from, list_rows[i].to, 80, SYN);
        text_init(&told, 0);
        enum network_verdict r = give(n, &v, NULL, 1, &told);
        text_byte(&told, '\0');
        is_str(told.p, list_rows[i].want, list_rows[i].why);
        is_int(r, list_rows[i].verdict, list_rows[i].why);
        text_fini(&told);
        network_free(n);
    }
    struct flow old = { .packets = { 2, 1 } };
    struct network *n = network_new(&s, NULL);
    struct view v = tcp(1, 50, 80, SYN);
    text_init(&told, 0);
    give(n, &v, &old, 1, &told);
    is_int((long long)told.n, 0, "a flow is told with its first packet alone");
    text_fini(&told);
    network_free(n);
    for (unsigned i = 0; i < 3; i++) {
        addr_set_fini(&list[i].set);
    }
}

int main(void)
{
    test_scans();
    test_scan_settings();
    test_arp();
    test_lists();
    return done_testing();
}
