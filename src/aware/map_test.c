/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds which address: README.md's rules as scripts.  A step is "SECONDS WHAT MAC ADDRESS [TTL, or what is said]"; what comes of it are the hosts,
 * each with the addresses it holds, and the events that are neither `new` nor one more address.
 */
#include "tap.h"

#include "aware/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *why, *script, *hosts, *events;
} rows[] = {
    { "ARP joins address and hardware address", "1 arp a 10.0.0.1", "a 10.0.0.1", "" },
    { "an address seen first is the host whose hardware address is told later", "1 ip - 10.0.0.1 64; 2 arp a 10.0.0.1", "a 10.0.0.1", "" },
    { "one machine with several addresses", "1 arp a 10.0.0.1; 2 arp a 10.0.0.2; 3 arp a fe80::1", "a 10.0.0.1 10.0.0.2 fe80::1", "" },
    { "a router does not swallow what is behind it", "1 arp a 10.0.0.1; 2 ip a 192.0.2.1 60; 3 ip a 192.0.2.2 50; 4 ip a 192.0.2.3 50",
      "a 10.0.0.1 | 192.0.2.1 | 192.0.2.2 | 192.0.2.3", "" },
    { "nor where the captures' TTL shows nothing: a fifth address sets all free that are held so",
      "1 ip a 10.0.0.1 64; 2 ip a 10.0.0.2 64; 3 ip a 10.0.0.3 64; 4 ip a 10.0.0.4 64; 5 ip a 10.0.0.5 64",
      "a | 10.0.0.4 | 10.0.0.3 | 10.0.0.2 | 10.0.0.1 | 10.0.0.5", "" },
    { "what ARP said stays when the others are set free",
      "1 arp a 10.0.0.9; 1 ip a 10.0.0.1 64; 2 ip a 10.0.0.2 64; 3 ip a 10.0.0.3 64; 4 ip a 10.0.0.4 64; 5 ip a 10.0.0.5 64",
      "a 10.0.0.9 | 10.0.0.4 | 10.0.0.3 | 10.0.0.2 | 10.0.0.1 | 10.0.0.5", "" },
    { "an address changes hands after its holder is silent", "1 arp a 10.0.0.1; 200 arp b 10.0.0.1", "a | b 10.0.0.1", "changed address 10.0.0.1" },
    { "two claim it at once", "1 arp a 10.0.0.1; 2 arp b 10.0.0.1", "a | b 10.0.0.1", "conflict address 10.0.0.1" },
    { "of a quarrel one event a second is told", "1 arp a 10.0.0.1; 2 arp b 10.0.0.1; 2 arp a 10.0.0.1; 2 arp b 10.0.0.1; 5 arp a 10.0.0.1", "a 10.0.0.1 | b",
      "conflict address 10.0.0.1; conflict address 10.0.0.1; conflict address 10.0.0.1" },
    { "a lease hands it over at once, without conflict", "1 lease a 10.0.0.1; 2 arp a 10.0.0.1; 3 lease b 10.0.0.1", "a | b 10.0.0.1", "changed address 10.0.0.1" },
    { "a lease in a file takes nothing from who was seen with the address", "1 arp a 10.0.0.1; 200 file b 10.0.0.1", "a 10.0.0.1", "" },
    { "but from an earlier one in a file, and it gives way to who is seen", "1 file a 10.0.0.1; 2 file b 10.0.0.1; 3 arp c 10.0.0.1", "a | b | c 10.0.0.1",
      "changed address 10.0.0.1; changed address 10.0.0.1" },
    { "also if that is by TTL alone", "1 file a 10.0.0.1; 2 ip b 10.0.0.1 64", "a | b 10.0.0.1", "changed address 10.0.0.1" },
    { "not from a later one", "10 file a 10.0.0.1; 2 file b 10.0.0.1", "a 10.0.0.1", "" },
    { "whoever is seen with what a file gave him holds it by that", "1 file a 10.0.0.1; 2 arp a 10.0.0.1; 200 file b 10.0.0.1", "a 10.0.0.1", "" },
    { "an address seen from afar gets its hardware address from a lease in a file", "1 ip - 10.0.0.1 50; 2 file a 10.0.0.1", "a 10.0.0.1", "" },
    { "if it had not ended before", "9000 ip - 10.0.0.1 50; 2 file a 10.0.0.1", "10.0.0.1", "" },
    { "a scan from before its holder was seen last", "100 arp a 10.0.0.1; 50 scan b 10.0.0.1", "a 10.0.0.1", "" },
    { "a scan of later, of a holder that is gone", "100 arp a 10.0.0.1; 900 scan b 10.0.0.1", "a | b 10.0.0.1", "changed address 10.0.0.1" },
    { "who took an address by TTL and lost it again may hold others so", "1 ip a 10.0.0.1 64; 700 ip b 10.0.0.1 64; 1400 ip a 10.0.0.1 64; 1401 ip b 10.0.0.2 64", "a 10.0.0.1 | b 10.0.0.2",
      "changed address 10.0.0.1; changed address 10.0.0.1" },
    { "what TTL suggests takes nothing away from who said it", "1 arp a 10.0.0.1; 2 ip b 10.0.0.1 64", "a 10.0.0.1 | b", "" },
    { "a virtual router's address stays its own, whoever answers with their own", "1 arp v 10.0.0.1; 2 arp a 10.0.0.2; 3 arp a 10.0.0.1", "v 10.0.0.1 | a 10.0.0.2", "" },
    { "the same addresses in two tenants are two hosts", "1 arp a 10.0.0.1; 2 tenant; 2 arp a 10.0.0.1", "a 10.0.0.1 | a 10.0.0.1", "" },
    { "another VLAN is another place", "1 arp a 10.0.0.1; 20 vlan; 20 arp a 10.0.0.1", "a 10.0.0.1", "moved place" },
    { "an announcement alone", "1 garp a 10.0.0.1; 9 arp b 10.0.0.2", "a 10.0.0.1 | b 10.0.0.2", "changed announced 10.0.0.1" },
    { "a probe before it: it started", "1 probe a 10.0.0.1; 2 garp a 10.0.0.1", "a 10.0.0.1", "changed announced 10.0.0.1; changed boot 10.0.0.1" },
    { "a port is another protocol's when flows of that one alone ended there for a minute",
      "1 arp a 10.0.0.1; 2 serves - 10.0.0.1 80; 3 ended - 10.0.0.1 2; 30 ended - 10.0.0.1 2; 64 ended - 10.0.0.1 2; 65 ended - 10.0.0.1 2", "a 10.0.0.1", "changed service 10.0.0.1" },
    { "and not while the old one goes on, or others come between",
      "1 arp a 10.0.0.1; 2 serves - 10.0.0.1 80; 3 ended - 10.0.0.1 2; 40 ended - 10.0.0.1 1; 64 ended - 10.0.0.1 2; 90 ended - 10.0.0.1 3; 125 ended - 10.0.0.1 2", "a 10.0.0.1", "" },
    { "a session goes on after it: it moved live", "1 arp a 10.0.0.1; 2 rarp a -; 3 goes a 10.0.0.1", "a 10.0.0.1", "changed announced 10.0.0.1; moved live 10.0.0.1" },
};

/* What was told in a stretch of time another worker tells again ("+"), one that told it does not: nothing of the map or its events shows whether. */
static const struct {
    const char *why, *script;
} again[] = {
    { "hosts that were set free are new at once",
      "1 ip a 10.0.0.1; 2 ip a 10.0.0.2; 3 ip a 10.0.0.3; 4 ip a 10.0.0.4; 5 ip a 10.0.0.5; +6 ip a 10.0.0.1; 7 ip b 10.0.0.9; 80 ip a 10.0.0.1" },
    { "of two that send with one address the first of a stretch has it",
      "1 arp a 10.0.0.1; 70 link a 10.0.0.1; 71 link b 10.0.0.1; +72 link a 10.0.0.1; 150 link b 10.0.0.1; 151 link a 10.0.0.1; +152 link b 10.0.0.1" },
    { "a clock goes back once a stretch",
      "1 arp a 10.0.0.1; 2 clock - 10.0.0.1 1600; 3 clock - 10.0.0.1 160; +4 clock - 10.0.0.1 1600; +5 clock - 10.0.0.1 160; 70 clock - 10.0.0.1 160" },
    { "what was said of an address while another had it", "1 arp a 10.0.0.1; 2 agent - 10.0.0.1 1; 3 arp b 10.0.0.1; +4 agent - 10.0.0.1 1; 70 agent - 10.0.0.1 1" },
    { "what who has it now said before it had it",
      "1 arp a 10.0.0.1; 2 ip b 10.0.0.1; 2 agent b 10.0.0.1 1; 3 arp b 10.0.0.1; +4 ip b 10.0.0.1; +4 agent b 10.0.0.1 1; 70 agent b 10.0.0.1 1" },
    { "a service that was told of who had the address before",
      "1 arp a 10.0.0.1; 2 serves - 10.0.0.1 80; 200 arp b 10.0.0.1; +201 serves - 10.0.0.1 80; 1200 serves - 10.0.0.1 80" },
    { "far addresses behind a host that became part of another",
      "1 ip - 10.0.0.1; 2 ip a 192.0.2.1 60; 3 arp a 10.0.0.1; +4 ip a 192.0.2.1 60; 5 ip a 192.0.2.2 50; 6 ip a 192.0.2.3 50" },
    { "connections that go on after it is decided", "1 arp a 10.0.0.1; 2 rarp a -; 3 goes a 10.0.0.1; 3 vlan; 4 arp a 10.0.0.1; 4 home; +5 goes a 10.0.0.1; 70 arp b 10.0.0.2" },
    { "more names of an address than are kept before it is seen",
      "101 answer - 10.0.0.1 1; 102 answer - 10.0.0.1 2; 103 answer - 10.0.0.1 3; 104 ip a 10.0.0.1; +105 answer - 10.0.0.1 3; 170 answer - 10.0.0.1 4" },
};

struct run {
    struct map *m;
    uint32_t tenant;
    uint16_t vlan;
    bool again;               /* steps with a plus are made */
    char told[512];
    struct text *every;       /* event; NULL: nobody asks */
};

static void tell(void *ctx, const struct map *m, const struct told *t)
{
    struct run *r = ctx;
    char text[ADDR_TEXT_MAX] = "";
    size_t n = strlen(r->told);
    const struct tenure *about = t->tenure;

    (void)m;
    if (r->every != NULL) {
        text_printf(r->every, "%llu %s %s %llu %s\n", (unsigned long long)t->ts, told_name(t->kind), t->what, (unsigned long long)(t->entity != NULL ? t->entity->id : 0), t->to);
    }
    if (t->entity == NULL || t->kind == TOLD_NEW || (strcmp(t->what, "address") == 0 && t->other == NULL)) {
        return;
    }
    for (const struct tenure *x = t->entity->tenure; about == NULL && x != NULL && t->kind != TOLD_CONFLICT && strcmp(t->what, "place") != 0; x = x->next) {
        about = x->family == FAMILY_4 ? x : NULL;
    }
    if (about != NULL && about->family == FAMILY_4) {
        tenure_text(about, text);
    }
    snprintf(r->told + n, sizeof r->told - n, "%s%s %s%s%s", n != 0 ? "; " : "", told_name(t->kind), t->what, text[0] != '\0' ? " " : "", text);
}

static void mac_of(uint8_t mac[6], char letter)
{
    static const uint8_t vrrp[] = { 0x00, 0x00, 0x5e, 0x00, 0x01, 0x07 }, own[] = { 0x00, 0x1b, 0x21, 0, 0, 0 };

    memcpy(mac, letter == 'v' ? vrrp : own, 6);
    mac[5] = letter == 'v' ? 7 : (uint8_t)letter;
}

static void observe(struct run *r, const char *what, const char *mac, const char *address, unsigned ttl, double at)
{
    static const struct { const char *what; uint8_t kind, flags, sign; } kinds[] = {
        { "arp", SEEN_BIND, SEEN_LINK, 0 }, { "ip", SEEN_PRESENT, SEEN_FLOW, 0 }, { "link", SEEN_PRESENT, SEEN_FLOW | SEEN_LINK, 0 }, { "garp", SEEN_ANNOUNCE, SEEN_LINK, 0 },
        { "rarp", SEEN_ANNOUNCE, SEEN_LINK | SEEN_SELF, 0 }, { "probe", SEEN_PROBE, SEEN_LINK, 0 }, { "goes", SEEN_CONTINUES, 0, 0 }, { "lease", SEEN_SIGN, 0, SIGN_LEASE },
        { "agent", SEEN_SIGN, 0, SIGN_HTTP_USER_AGENT }, { "clock", SEEN_SIGN, 0, SIGN_CLOCK }, { "answer", SEEN_SIGN, 0, SIGN_DNS_ANSWER }, { "serves", SEEN_SERVICE, 0, 0 },
        { "ended", SEEN_END, SEEN_ANSWERED, 0 }, { "file", SEEN_SIGN, 0, SIGN_LEASE }, { "scan", SEEN_BIND, SEEN_LINK, 0 },
    };
    struct seen s = { .ts = (uint64_t)(at * 1e9), .scope = r->tenant, .vlan = r->vlan, .ttl = (uint8_t)ttl };
    char text[96] = "";
    enum family family;

    s.clock = s.ts;
    for (unsigned i = 0; i < ROWS(kinds); i++) {
        if (strcmp(kinds[i].what, what) == 0) {
            s.kind = kinds[i].kind;
            s.flags = kinds[i].flags;
            s.sign = kinds[i].sign;
        }
    }
    if (mac[0] != '-') {
        s.has_mac = 1;
        mac_of(s.mac, mac[0]);
    }
    if (addr_parse(address, &s.addr, &family)) {
        s.family = (uint8_t)family;
    }
    if (s.kind == SEEN_PRESENT) {
        s.flags |= ttl == 64 ? SEEN_NEAR : SEEN_FAR;
    }
    if (s.kind == SEEN_SERVICE) {
        s.port = (uint16_t)ttl;
        s.proto = 6;
        s.app = 1;
    }
    if (s.kind == SEEN_END) {
        s.port = 80;
        s.proto = 6;
        s.app = (uint16_t)ttl;
        s.peer = s.addr;
        s.addr = (struct addr){ .q = { 0, 0 } };
    }
    if (s.kind == SEEN_SIGN || s.kind == SEEN_SERVICE || s.kind == SEEN_END) {
        s.ttl = 0;
        s.text_n = s.kind == SEEN_SIGN ? (uint16_t)snprintf(text, sizeof text, "%u", ttl) : 0;
    }
    s.said = strcmp(what, "file") == 0 ? 1 + FUSE_IMPORT : strcmp(what, "scan") == 0 ? 1 + FUSE_SCANNER : 0;
    if (s.sign == SIGN_LEASE) {
        snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x %s 3600", s.mac[0], s.mac[1], s.mac[2], s.mac[3], s.mac[4], s.mac[5], address);
        s.text_n = (uint16_t)strlen(text);
    }
    if (strcmp(what, "garp") == 0) { /* as the tap tells it */
        s.kind = SEEN_BIND;
        map_apply(r->m, &s, "");
        s.kind = SEEN_ANNOUNCE;
    }
    map_apply(r->m, &s, text);
}

static void script(struct run *r, const char *text)
{
    char copy[1024], *save = NULL;

    snprintf(copy, sizeof copy, "%s", text);
    for (char *step = strtok_r(copy, ";", &save); step != NULL; step = strtok_r(NULL, ";", &save)) {
        char what[16] = "", mac[8] = "-", address[48] = "-";
        double at = 0;
        unsigned ttl = 64;
        step += strspn(step, " ");
        if (*step == '+' && !r->again) {
            continue;
        }
        if (sscanf(step, "%lf %15s %7s %47s %u", &at, what, mac, address, &ttl) < 2) {
            continue;
        }
        r->tenant += strcmp(what, "tenant") == 0;
        r->vlan = (uint16_t)(r->vlan + (strcmp(what, "vlan") == 0));
        r->vlan = strcmp(what, "home") == 0 ? 0 : r->vlan;
        if (strcmp(what, "tenant") != 0 && strcmp(what, "vlan") != 0 && strcmp(what, "home") != 0) {
            observe(r, what, mac, address, ttl, at);
        }
    }
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* One host: its letter, then its addresses in order. */
static void host_text(const struct entity *e, char *out, size_t room)
{
    char list[8][ADDR_TEXT_MAX];
    unsigned n = 0;

    out[0] = '\0';
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->until == 0 && t->family == FAMILY_MAC) {
            snprintf(out, room, "%c", t->addr.b[5] == 7 ? 'v' : t->addr.b[5]);
        } else if (t->until == 0 && n < 8) {
            tenure_text(t, list[n++]);
            if (t->family == FAMILY_6) {
                snprintf(list[n - 1], ADDR_TEXT_MAX, "fe80::1");
            }
        }
    }
    qsort(list, n, sizeof list[0], by_text);
    for (unsigned i = 0; i < n; i++) {
        size_t at = strlen(out);
        snprintf(out + at, room - at, "%s%s", at != 0 ? " " : "", list[i]);
    }
}

static bool row(unsigned i)
{
    static const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 30 };
    struct run r = { .m = map_new(&settings, NULL) };
    char hosts[1024] = "", one[256];

    r.m->tell = tell;
    r.m->tell_ctx = &r;
    script(&r, rows[i].script);
    map_settle(r.m);
    for (const struct entity *e = r.m->first; e != NULL; e = e->next) {
        size_t n = strlen(hosts);
        host_text(e, one, sizeof one);
        snprintf(hosts + n, sizeof hosts - n, "%s%s", n != 0 ? " | " : "", one);
    }
    bool good = strcmp(hosts, rows[i].hosts) == 0 && strcmp(r.told, rows[i].events) == 0;
    if (!good) {
        printf("# hosts  %s\n# not    %s\n# events %s\n# not    %s\n", hosts, rows[i].hosts, r.told, rows[i].events);
    }
    map_free(r.m);
    return good;
}

/* Events, then hosts with all that is known of them. */
static void all_of(const char *text, bool twice, struct text *out)
{
    static const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 30 };
    struct run r = { .m = map_new(&settings, NULL), .again = twice, .every = out };
    struct json j;

    text_init(out, 0);
    r.m->tell = tell;
    r.m->tell_ctx = &r;
    script(&r, text);
    map_settle(r.m);
    json_init(&j, out);
    json_object(&j, NULL);
    for (const struct entity *e = r.m->first; e != NULL; e = e->next) {
        json_object(&j, "\nhost");
        entity_json(r.m, e, &j, true);
        json_end_object(&j);
    }
    json_end_object(&j);
    map_free(r.m);
}

static bool told_again(unsigned i)
{
    struct text once, twice;

    all_of(again[i].script, false, &once);
    all_of(again[i].script, true, &twice);
    bool good = bytes_equal(text_bytes(&once), text_bytes(&twice));
    if (!good) {
        diag("once:  %.*s", (int)once.n, once.p);
        diag("twice: %.*s", (int)twice.n, twice.p);
    }
    text_fini(&once);
    text_fini(&twice);
    return good;
}

/* A person says it. */
static void say(struct run *r, const char *address, enum sign sign, const char *text, double at)
{
    struct seen s = { .ts = (uint64_t)(at * 1e9), .kind = SEEN_SIGN, .sign = (uint8_t)sign, .flags = SEEN_LINK, .said = 1 + FUSE_USER, .ttl = 64, .text_n = (uint16_t)strlen(text) };
    enum family family;

    s.family = addr_parse(address, &s.addr, &family) ? (uint8_t)family : FAMILY_NONE;
    map_apply(r->m, &s, text);
}

/* Invented addresses stay below the cap, and known hosts stay, and those of which a person said something, though they never sent. */
static bool flood(void)
{
    enum { SAID = 100 };
    char address[32];
    const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 4 << 20 };
    struct run r = { .m = map_new(&settings, NULL) };
    struct addr known;
    enum family family;
    uint64_t most = 0;
    unsigned there = 0;

    addr_parse("10.0.0.1", &known, &family);
    for (unsigned i = 0; i < SAID; i++) {
        snprintf(address, sizeof address, "10.0.1.%u", i);
        say(&r, address, SIGN_NAME, "crown", 0.5);
    }
    observe(&r, "arp", "a", "10.0.0.1", 64, 1);
    observe(&r, "arp", "a", "10.0.0.1", 64, 200); /* in another stretch of time: no invention */
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(address, sizeof address, "172.%u.%u.%u", 16 + (i >> 16), i >> 8 & 255, i & 255);
        observe(&r, "ip", "-", address, 50, 201 + i * 1e-5);
        most = map_bytes(r.m) > most ? map_bytes(r.m) : most;
    }
    bool good = most <= settings.memcap && map_find(r.m, 0, &known, FAMILY_4) != NULL && r.m->counter[AWARE_EVICTED] > 50000;
    for (unsigned i = 0; i < SAID; i++) {
        snprintf(address, sizeof address, "10.0.1.%u", i);
        addr_parse(address, &known, &family);
        there += map_find(r.m, 0, &known, FAMILY_4) != NULL;
    }
    good &= there == SAID;
    map_free(r.m);
    return good;
}

/* A host has had more addresses than it may hold at a time: it is one host all the same, and those that it was seen with lately are its own. */
static void addresses(void)
{
    enum { ALL = 150, APART = 100 /* s: more than a stretch of time */ };
    static const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 30 };
    struct run r = { .m = map_new(&settings, NULL) };
    struct addr first, last;
    enum family family;
    char address[32];

    say(&r, "10.0.1.0", SIGN_NAME, "crown", 1);
    for (unsigned i = 0; i < ALL; i++) {
        snprintf(address, sizeof address, "10.0.1.%u", i);
        observe(&r, "arp", "a", address, 64, 2 + i * APART);
    }
    is_int((long)r.m->n, 1, "an address each stretch of time: one host");
    is_int(r.m->first->open, TENURES_OPEN_MAX, "as many addresses as it may hold");
    is_int((long)r.m->counter[AWARE_ADDRESSES], ALL + 1 - TENURES_OPEN_MAX, "the others are counted");
    addr_parse("10.0.1.1", &first, &family);
    addr_parse(address, &last, &family);
    ok(map_find(r.m, 0, &first, FAMILY_4) == NULL && map_find(r.m, 0, &last, FAMILY_4) != NULL, "the oldest ended");
    addr_parse("10.0.1.0", &first, &family);
    ok(map_find(r.m, 0, &first, FAMILY_4) != NULL, "but not the one that a person named");
    for (unsigned i = 0; i < ALL; i++) {
        snprintf(address, sizeof address, "10.0.2.%u", i);
        observe(&r, "arp", "a", address, 64, 2 + (ALL + 1) * APART);
    }
    is_int((long)r.m->n, 1 + ALL - (TENURES_OPEN_MAX - 2), "all of them at once: those that do not fit stand alone");
    map_free(r.m);
}

/* What a person says of a system is known at once, though the host never sent. */
static void said_os(void)
{
    static const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 30 };
    struct err err;
    struct prints *prints = prints_load(NULL, NULL, NULL, &err);
    struct run r = { .m = map_new(&settings, prints) };

    r.m->board = host_board_new(1, 16);
    say(&r, "10.0.0.1", SIGN_OS, "Windows 10", 1);
    is_int(r.m->first->family, OS_FAMILY_WINDOWS, "its system is known");
    publish_issue(r.m, 1);
    (void)host_board_take(r.m->board, 0, 1, 0);
    const struct host_fact *f = host_fact(r.m->board, 0, 0, &r.m->first->tenure->addr, FAMILY_4);
    ok(f != NULL && f->os == OS_FAMILY_WINDOWS, "and rules know it");
    host_board_free(r.m->board);
    map_free(r.m);
    prints_free(prints);
}

/* A hundred thousand hosts announce themselves within five seconds: each waits for what it was, and none for the others. */
static bool announced(void)
{
    enum { HOSTS = 100000 };
    const struct aware_settings settings = { .on = true, .ordered = true };
    struct run r = { .m = map_new(&settings, NULL) };
    unsigned waited = 0, decided = 0;

    for (unsigned i = 0; i < HOSTS; i++) {
        struct seen s = { .ts = 1000000000ULL + i * 40000ULL, .kind = SEEN_ANNOUNCE, .flags = SEEN_LINK | SEEN_SELF, .has_mac = 1,
                          .mac = { 0, 0x1b, 0x21, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
        s.clock = s.ts;
        map_apply(r.m, &s, "");
    }
    for (const struct entity *e = r.m->waiting; e != NULL; e = e->waiting) {
        waited++;
    }
    entity_free(r.m, r.m->waiting->waiting); /* one of them goes meanwhile */
    map_settle(r.m);
    for (const struct entity *e = r.m->first; e != NULL; e = e->next) {
        decided += e->boot == BOOT_ANNOUNCED && !e->waits;
    }
    bool good = waited == HOSTS && decided == HOSTS - 1 && r.m->waiting == NULL && r.m->waiting_last == NULL;
    map_free(r.m);
    return good;
}

/* PECCARY_MAP_HOSTS: so many, to see what they take. */
static void many(void)
{
    const struct aware_settings settings = { .on = true, .ordered = true };
    const char *asked = getenv("PECCARY_MAP_HOSTS");
    unsigned n = asked != NULL ? (unsigned)strtoul(asked, NULL, 10) : 0;
    struct run r = { .m = n != 0 ? map_new(&settings, NULL) : NULL };
    uint64_t began = clock_monotonic();

    for (unsigned i = 0; i < n; i++) {
        struct seen s = { .ts = 1000000000ULL + i * 1000ULL, .kind = SEEN_BIND, .flags = SEEN_LINK, .has_mac = 1, .family = FAMILY_4,
                          .mac = { 0, 0x1b, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
        const uint8_t ip[] = { (uint8_t)(10 + (i >> 24)), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
        char text[64];
        s.clock = s.ts;
        s.addr = addr_from4(ip);
        map_apply(r.m, &s, "");
        s.kind = SEEN_SIGN;
        s.ttl = 64;
        for (unsigned k = 0; k < 4; k++) {
            s.sign = (uint8_t)(SIGN_DHCP_PARAMS + k);
            s.text_n = (uint16_t)snprintf(text, sizeof text, k == 2 ? "host-%u" : "sign %u", k == 2 ? i : k);
            map_apply(r.m, &s, text);
        }
    }
    if (n != 0) {
        printf("# %u hosts: %zu MB counted, %.0f ns an observation\n", n, map_bytes(r.m) >> 20, (double)(clock_monotonic() - began) / n / 5);
        map_free(r.m);
    }
}

/* What there is no room for is counted: six services beyond 64; of a kind of sign the seventh, once in a stretch of time, and one that takes another's place. */
static void crowded(void)
{
    static const struct aware_settings settings = { .on = true, .ordered = true, .memcap = 1 << 30 };
    struct run r = { .m = map_new(&settings, NULL) };

    observe(&r, "arp", "a", "10.0.0.1", 64, 1);
    for (unsigned i = 1; i <= 70; i++) {
        observe(&r, "serves", "-", "10.0.0.1", i, 2);
    }
    is_int((long)r.m->counter[AWARE_CROWDED], 6, "services beyond those that are kept");
    for (unsigned i = 1; i <= 9; i++) {
        observe(&r, "agent", "-", "10.0.0.1", i, 3);
    }
    is_int((long)r.m->counter[AWARE_CROWDED], 7, "a sign that is not taken");
    observe(&r, "agent", "-", "10.0.0.1", 20, 200);
    is_int((long)r.m->counter[AWARE_CROWDED], 8, "one that gave way");
    map_free(r.m);
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        ok(row(i), rows[i].why);
    }
    for (unsigned i = 0; i < ROWS(again); i++) {
        ok(told_again(i), again[i].why);
    }
    ok(flood(), "a flood of invented addresses stays below the cap and keeps the known hosts, and those that a person named");
    ok(announced(), "announcements of a hundred thousand hosts within five seconds");
    many();
    crowded();
    addresses();
    said_os();
    return done_testing();
}
