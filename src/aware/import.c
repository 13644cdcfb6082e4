/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import - what others know of hosts: nmap's XML, leases of DHCP servers (ISC, Kea, dnsmasq), and what a person says, in JSON lines.
 *
 * Each file becomes observations like a tap's, with who says it; so the map's rules hold for them, and a person's word weighs more than
 * a scanner's, a scanner's more than the sensor's.  Files are read with base/rd: they may hold anything.
 */
#include "aware/history.h"
#include "aware/software.h"
#include "base/file.h"
#include "base/json_read.h"
#include "proto/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_ROOM = 256 };

/* A host as a file has it. */
struct given {
    struct addr addr;
    uint8_t family, mac[6], said;  /* said: 1 + enum fuse_source */
    bool has_mac, is;              /* is: it was told of it that it is there */
    uint64_t ts, seconds;
    struct bytes name, os, criticality;
};

struct import {
    struct hosts *h;
    struct host_import got;
    size_t line;              /* of files that have a host in each */
};

/* One at a time: a map that is being kept goes on meanwhile. */
static void apply(struct import *in, const struct seen *s, const char *text)
{
    struct map *m = in->h->map;

    pthread_mutex_lock(&in->h->lock);
    uint64_t before = m->counter[AWARE_UNLEARNED];
    map_apply(m, s, text);
    in->got.refused += m->counter[AWARE_UNLEARNED] - before;
    pthread_mutex_unlock(&in->h->lock);
}

/* The next line; *had: hosts before it.  Empty ones count, but say nothing. */
static struct bytes next_line(struct import *in, struct rd *r, size_t *had)
{
    bool found;

    in->line++;
    *had = in->got.hosts;
    return bytes_trim(rd_line(r, &found), " \t\r");
}

static void line_read(struct import *in, struct bytes line, size_t had)
{
    if (line.n != 0 && in->got.hosts == had) {
        in->got.line = in->got.left_out++ == 0 ? in->line : in->got.line;
    }
}

static bool addr_read(struct bytes text, struct given *g)
{
    char room[ADDR_TEXT_MAX];
    enum family family;

    if (text.n == 0 || text.n >= sizeof room) {
        return false;
    }
    memcpy(room, text.p, text.n);
    room[text.n] = '\0';
    bool good = addr_parse(room, &g->addr, &family);
    g->family = (uint8_t)family;
    return good;
}

static struct seen seen_of(const struct given *g, enum seen_kind kind)
{
    struct seen s = { .ts = g->ts, .clock = 0, .kind = (uint8_t)kind, .addr = g->addr, .family = g->family, .has_mac = g->has_mac, .said = g->said, .flags = SEEN_LINK };

    memcpy(s.mac, g->mac, 6);
    return s;
}

static void sign(struct import *in, const struct given *g, enum sign sign, struct bytes text)
{
    struct seen s = seen_of(g, SEEN_SIGN);

    if (text.n != 0 && text.n <= SEEN_TEXT_MAX) {
        s.sign = (uint8_t)sign;
        s.ttl = 64; /* it is there, though no packet says so */
        s.text_n = (uint16_t)text.n;
        s.has_mac = g->family == FAMILY_NONE && g->has_mac;
        apply(in, &s, (const char *)text.p);
    }
}

/* False: it is none. */
static bool host(struct import *in, const struct given *g)
{
    if (g->family == FAMILY_NONE && !g->has_mac) {
        return false;
    }
    if (g->family != FAMILY_NONE && g->has_mac && mac_own(g->mac)) {
        if (g->seconds != 0) {
            char text[TEXT_ROOM], address[ADDR_TEXT_MAX], mac[MAC_TEXT_MAX];
            addr_text(&g->addr, (enum family)g->family, address);
            mac_text(g->mac, mac);
            int n = snprintf(text, sizeof text, "%s %s %llu", mac, address, (unsigned long long)g->seconds);
            sign(in, g, SIGN_LEASE, bytes_of(text, (size_t)n));
        } else {
            struct seen s = seen_of(g, SEEN_BIND);
            apply(in, &s, "");
        }
    }
    sign(in, g, SIGN_NAME, g->name);
    sign(in, g, SIGN_OS, g->os);
    if (g->criticality.n != 0) {
        char text[TEXT_ROOM];
        int n = snprintf(text, sizeof text, "criticality=%.*s", (int)(g->criticality.n < 127 ? g->criticality.n : 127), (const char *)g->criticality.p);
        sign(in, g, SIGN_ATTRIBUTE, bytes_of(text, n > 0 ? (size_t)n : 0));
    }
    if (g->name.n == 0 && g->os.n == 0 && !g->has_mac) {
        sign(in, g, SIGN_ATTRIBUTE, bytes_str("known"));
    }
    return true;
}

static void port(struct import *in, const struct given *g, unsigned proto, uint64_t number, struct bytes app)
{
    struct seen s = seen_of(g, SEEN_SERVICE);
    char name[64];

    if (number == 0 || number > 65535 || g->family == FAMILY_NONE) {
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(app.n < sizeof name ? app.n : 0), (const char *)app.p);
    s.proto = (uint8_t)proto;
    s.port = (uint16_t)number;
    s.app = (uint16_t)proto_by_name(name);
    s.has_mac = 0;
    apply(in, &s, "");
}

/* What speaks there, as it was said. */
static void port_software(struct import *in, const struct given *g, unsigned proto, uint64_t number, const struct bytes told[SERVICE_TEXTS])
{
    struct seen s = seen_of(g, SEEN_SIGN);
    char text[SEEN_TEXT_MAX];

    s.sign = SIGN_SERVICE;
    s.ttl = 64;
    s.has_mac = 0;
    s.proto = (uint8_t)proto;
    s.port = (uint16_t)number;
    s.text_n = (uint16_t)software_said(told, text);
    if (s.text_n != 0 && number != 0 && number <= 65535 && g->family != FAMILY_NONE) {
        apply(in, &s, text);
    }
}

/* ---- nmap's XML: its tags matter, and of these attributes; and the text of one, cpe ---- */

struct scan {
    struct import *in;
    struct given host;
    uint64_t port;
    unsigned proto;
    bool open, waits;         /* waits: the port is not told yet */
    struct bytes told[SERVICE_TEXTS];
};

/* The value of an attribute within a tag; empty: none. */
static struct bytes attribute(struct bytes tag, const char *name)
{
    char want[32];
    snprintf(want, sizeof want, " %s=\"", name);
    size_t at = bytes_find(tag, bytes_str(want));

    if (at == SIZE_MAX) {
        return bytes_none();
    }
    struct bytes value = bytes_from(tag, at + strlen(want));
    return bytes_head(value, bytes_find_byte(value, '"'));
}

/* What a table of ports says is a guess. */
static void nmap_service(struct scan *x, struct bytes tag)
{
    struct given g = x->host;

    g.said = bytes_is(attribute(tag, "method"), "table") ? 1 + FUSE_IMPORT : g.said;
    port(x->in, &g, x->proto, x->port, attribute(tag, "name"));
    x->waits = false;
    x->told[SERVICE_PRODUCT] = attribute(tag, "product");
    x->told[SERVICE_VERSION] = attribute(tag, "version");
    x->told[SERVICE_MORE] = attribute(tag, "extrainfo");
}

static void nmap_port_ends(struct scan *x)
{
    if (x->open && x->waits) {
        port(x->in, &x->host, x->proto, x->port, bytes_none());
    }
    if (x->open) {
        port_software(x->in, &x->host, x->proto, x->port, x->told);
    }
    x->open = false;
}

/* text: what stands before the tag. */
static void nmap_tag(struct scan *x, struct bytes text, struct bytes tag)
{
    struct given *g = &x->host;
    uint64_t v;

    if (bytes_is(tag, "host") || bytes_starts(tag, "host ")) {
        *g = (struct given){ .said = 1 + FUSE_SCANNER, .name = bytes_none(), .os = bytes_none(), .criticality = bytes_none() };
        g->ts = (bytes_u64(attribute(tag, "endtime"), &v) || bytes_u64(attribute(tag, "starttime"), &v)) && v < UINT32_MAX ? v * CLOCK_SECOND : clock_now();
    } else if (bytes_starts(tag, "address ")) {
        struct bytes value = attribute(tag, "addr");
        if (bytes_is(attribute(tag, "addrtype"), "mac")) {
            g->has_mac = mac_read(value, g->mac);
        } else if (g->family == FAMILY_NONE) {
            (void)addr_read(value, g);
        }
    } else if (bytes_starts(tag, "hostname ")) {
        g->name = attribute(tag, "name");
    } else if (bytes_starts(tag, "ports")) {
        g->is = host(x->in, g);
        g->name = bytes_none();
        g->has_mac = false;
    } else if (bytes_starts(tag, "port ")) {
        x->port = bytes_u64(attribute(tag, "portid"), &v) ? v : 0;
        x->proto = bytes_is(attribute(tag, "protocol"), "udp") ? 17 : 6;
        x->open = false;
        x->waits = true;
        for (unsigned i = 0; i < SERVICE_TEXTS; i++) {
            x->told[i] = bytes_none();
        }
    } else if (bytes_starts(tag, "state ")) {
        x->open = bytes_is(attribute(tag, "state"), "open");
    } else if (bytes_starts(tag, "service ") && x->open) {
        nmap_service(x, tag);
    } else if (bytes_is(tag, "/cpe") && x->told[SERVICE_CPE].n == 0 && bytes_starts(text, "cpe:/a:")) {
        x->told[SERVICE_CPE] = text;
    } else if (bytes_is(tag, "/port")) {
        nmap_port_ends(x);
    } else if (bytes_starts(tag, "osmatch ") && g->os.n == 0) { /* the first is the best */
        g->os = attribute(tag, "name");
    } else if (bytes_is(tag, "/host")) {
        x->in->got.hosts += host(x->in, g) || g->is;
    }
}

static void nmap_read(struct import *in, struct bytes all)
{
    struct scan x = { .in = in, .host = { .said = 1 + FUSE_SCANNER, .name = bytes_none(), .os = bytes_none(), .criticality = bytes_none() } };
    struct rd r = rd_of(all);
    bool found = true;

    while (rd_left(&r) != 0 && found) {
        struct bytes text = rd_until(&r, '<', &found);
        nmap_tag(&x, text, rd_until(&r, '>', &found));
    }
}

/* ---- leases ---- */

/* "4 2026/11/26 12:00:00", UTC; 0: none. */
static uint64_t isc_time(struct bytes text)
{
    char room[40];
    struct tm tm = { 0 };

    snprintf(room, sizeof room, "%.*s", (int)(text.n < sizeof room ? text.n : 0), (const char *)text.p);
    return strptime(room, "%u %Y/%m/%d %H:%M:%S", &tm) != NULL ? (uint64_t)timegm(&tm) : 0;
}

static struct bytes word(struct rd *r)
{
    bool found;

    (void)rd_skip_any(r, " \t");
    return rd_until(r, ' ', &found);
}

static void isc_line(struct import *in, struct bytes line, struct given *g, uint64_t *ends)
{
    struct rd r = rd_of(bytes_trim(line, " \t\r;"));
    struct bytes key = word(&r), rest = rd_peek(&r);

    if (bytes_is(key, "lease")) {
        *g = (struct given){ .said = 1 + FUSE_IMPORT, .name = bytes_none(), .os = bytes_none(), .criticality = bytes_none() };
        *ends = 0;
        (void)addr_read(word(&r), g);
    } else if (bytes_is(key, "starts")) {
        g->ts = isc_time(rest) * CLOCK_SECOND;
    } else if (bytes_is(key, "ends")) {
        *ends = isc_time(rest);
    } else if (bytes_is(key, "hardware")) {
        (void)word(&r);
        g->has_mac = mac_read(rd_peek(&r), g->mac);
    } else if (bytes_is(key, "client-hostname")) {
        g->name = bytes_trim(rest, "\"");
    } else if (bytes_is(key, "}") && g->family != FAMILY_NONE) {
        g->seconds = *ends > g->ts / CLOCK_SECOND ? *ends - g->ts / CLOCK_SECOND : 1;
        in->got.hosts += host(in, g);
        g->family = FAMILY_NONE;
    }
}

static void isc_read(struct import *in, struct bytes all)
{
    struct given g = { .name = bytes_none() };
    struct rd r = rd_of(all);
    uint64_t ends = 0;
    bool found;

    while (rd_left(&r) != 0) {
        isc_line(in, rd_line(&r, &found), &g, &ends);
    }
}

/* address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,… */
static void kea_read(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    size_t had;
    bool found;

    while (rd_left(&r) != 0) {
        struct bytes whole = next_line(in, &r, &had);
        struct rd line = rd_of(whole);
        struct bytes cell[9];
        for (unsigned i = 0; i < ROWS(cell); i++) {
            cell[i] = rd_until(&line, ',', &found);
        }
        struct given g = { .said = 1 + FUSE_IMPORT, .name = cell[8], .os = bytes_none(), .criticality = bytes_none() };
        uint64_t expire;
        if (addr_read(cell[0], &g) && bytes_u64(cell[3], &g.seconds) && bytes_u64(cell[4], &expire) && g.seconds != 0 && expire > g.seconds && expire < UINT32_MAX) {
            g.has_mac = mac_read(cell[1], g.mac);
            g.ts = (expire - g.seconds) * CLOCK_SECOND;
            in->got.hosts += host(in, &g);
        }
        line_read(in, bytes_starts(whole, "address,") ? bytes_none() : whole, had);
    }
}

/* expiry mac address name client-id */
static void dnsmasq_read(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    size_t had;

    while (rd_left(&r) != 0) {
        struct bytes whole = next_line(in, &r, &had);
        struct rd line = rd_of(whole);
        struct bytes expiry = word(&line), mac = word(&line), address = word(&line), name = word(&line);
        struct given g = { .said = 1 + FUSE_IMPORT, .name = bytes_is(name, "*") ? bytes_none() : name, .os = bytes_none(), .criticality = bytes_none(), .seconds = 1 };
        uint64_t end;
        if (bytes_u64(expiry, &end) && end < UINT32_MAX && mac_read(mac, g.mac) && addr_read(address, &g)) {
            g.has_mac = true;
            g.ts = clock_now();
            in->got.hosts += host(in, &g);
        }
        line_read(in, whole, had);
    }
}

/* ---- what a person says ---- */

static struct bytes member(struct arena *a, struct bytes value, const char *path)
{
    struct bytes found, text;
    enum json_kind kind;

    return json_find(value, path, &found, &kind) && kind == JSON_STRING && json_text(a, found, &text) ? text : bytes_none();
}

/* A text; a number, true and false as they stand. */
static struct bytes said(struct arena *a, struct bytes value, enum json_kind kind)
{
    struct bytes text;

    return kind == JSON_STRING ? (json_text(a, value, &text) ? text : bytes_none()) : kind == JSON_NUMBER || kind == JSON_TRUE || kind == JSON_FALSE ? value : bytes_none();
}

static struct bytes said_of(struct arena *a, struct bytes value, const char *path)
{
    struct bytes found;
    enum json_kind kind;

    return json_find(value, path, &found, &kind) ? said(a, found, kind) : bytes_none();
}

static void person_services(struct import *in, struct arena *a, struct bytes value, const struct given *g)
{
    struct bytes list, key, one, number;
    enum json_kind kind;

    if (!json_find(value, "services", &list, &kind) || kind != JSON_ARRAY) {
        return;
    }
    for (struct json_walk w = json_members(list); json_next(&w, &key, &one, &kind);) {
        uint64_t n;
        if (kind == JSON_OBJECT && json_find(one, "port", &number, &kind) && kind == JSON_NUMBER && bytes_u64(number, &n)) {
            unsigned proto = bytes_is(member(a, one, "transport"), "udp") ? 17 : 6;
            const struct bytes told[SERVICE_TEXTS] = { member(a, one, "vendor"), member(a, one, "product"), member(a, one, "version"), member(a, one, "more"), member(a, one, "cpe") };
            port(in, g, proto, n, member(a, one, "app"));
            port_software(in, g, proto, n, told);
        }
    }
}

static void person_attributes(struct import *in, struct arena *a, struct bytes value, const struct given *g)
{
    struct bytes list, key, one, text;
    enum json_kind kind;
    char pair[TEXT_ROOM];

    if (!json_find(value, "attributes", &list, &kind) || kind != JSON_OBJECT) {
        return;
    }
    for (struct json_walk w = json_members(list); json_next(&w, &key, &one, &kind);) {
        if ((text = said(a, one, kind)).n != 0) {
            struct bytes name = bytes_trim(key, "\"");
            int n = snprintf(pair, sizeof pair, "%.*s=%.*s", (int)(name.n < 63 ? name.n : 63), (const char *)name.p, (int)(text.n < 127 ? text.n : 127), (const char *)text.p);
            sign(in, g, SIGN_ATTRIBUTE, bytes_of(pair, n > 0 && n < (int)sizeof pair ? (size_t)n : 0));
        }
    }
}

static void person_read(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    struct arena a;
    size_t had;

    arena_init(&a, NULL, 1 << 20);
    while (rd_left(&r) != 0) {
        struct bytes value, whole = next_line(in, &r, &had);
        if (json_whole(whole, &value) != JSON_OBJECT) {
            line_read(in, whole, had);
            continue;
        }
        struct given g = { .said = 1 + FUSE_USER, .ts = clock_now(), .name = member(&a, value, "name"), .os = member(&a, value, "os"),
                           .criticality = said_of(&a, value, "criticality") };
        g.has_mac = mac_read(member(&a, value, "mac"), g.mac);
        if (!addr_read(member(&a, value, "address"), &g)) {
            g.family = FAMILY_NONE;
        }
        in->got.hosts += host(in, &g);
        g.has_mac &= g.family == FAMILY_NONE;
        person_services(in, &a, value, &g);
        person_attributes(in, &a, value, &g);
        line_read(in, whole, had);
        arena_fini(&a);
    }
    arena_fini(&a);
}

/* ---- which it is ---- */

static const struct {
    const char *name, *begins;
    void (*read)(struct import *in, struct bytes all);
} formats[] = {
    { "nmap", "<nmaprun", nmap_read }, { "isc", "lease ", isc_read }, { "kea", "address,hwaddr,", kea_read }, { "json", "{", person_read }, { "dnsmasq", "", dnsmasq_read },
};

bool import_read(struct hosts *h, struct bytes all, struct host_import *got, struct err *err)
{
    struct import in = { .h = h };
    struct bytes head = bytes_head(all, 4096);

    for (unsigned i = 0; i < ROWS(formats); i++) {
        bool is = formats[i].begins[0] == '{' ? bytes_starts(bytes_trim(head, " \t\r\n"), "{") : bytes_find(head, bytes_str(formats[i].begins)) != SIZE_MAX;
        if (is) {
            formats[i].read(&in, all);
            *got = in.got;
            if (in.got.hosts != 0) {
                return true;
            }
            return formats[i].begins[0] != '\0' ? err_set(err, "no host is in it (read as %s)", formats[i].name)
                                                : err_set(err, "no host is in it: none of nmap's XML, leases of ISC, Kea or dnsmasq, and JSON lines");
        }
    }
    return false; /* the last takes all */
}

/* A map that has a folder is written to it until its end. */
static bool written(struct hosts *h, struct err *err)
{
    pthread_mutex_lock(&h->lock);
    bool is = h->map->settings.dir == NULL || h->map->history != NULL;
    pthread_mutex_unlock(&h->lock);
    return is || err_set(err, "the map is written no more: its program ends");
}

bool hosts_take(struct hosts *h, struct bytes all, struct host_import *got, struct err *err)
{
    return written(h, err) && import_read(h, all, got, err) && written(h, err);
}

bool hosts_import(const char *dir, const char *path, struct host_import *got, struct err *err)
{
    struct aware_settings s = { .on = true, .ordered = true };
    struct prints *prints = prints_load(NULL, NULL, NULL, err);
    struct hosts h = { .map = prints != NULL ? map_new(&s, prints) : NULL };
    struct history *history = NULL;
    struct bytes all = bytes_none();
    bool good = h.map != NULL && file_read(path, HOST_FILE_MAX, &all, err);

    pthread_mutex_init(&h.lock, NULL);
    if (good && (history = history_open(dir, 0, err)) != NULL && history_load(h.map, dir, 0, NULL, err)) {
        h.map->history = history;
        good = import_read(&h, all, got, err) || err_add(err, "%s", path);
        map_settle(h.map);
        good = history_start(history, &h, err) && good;
    } else {
        good = false;
    }
    good = history_close(history, good ? err : NULL) && good;
    file_free(all);
    map_free(h.map);
    if (prints != NULL) {
        prints_free(prints);
    }
    pthread_mutex_destroy(&h.lock);
    return good;
}
