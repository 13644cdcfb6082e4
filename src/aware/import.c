/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import - what others know of hosts: nmap's XML, leases of DHCP servers (ISC, Kea, dnsmasq), and what a person says, in JSON lines.
 *
 * Each file becomes observations like a tap's, with who says it; so the map's rules hold for them, and a person's word weighs more than
 * a scanner's, a scanner's more than the sensor's.  Files are read with base/rd: they may hold anything.
 */
#include "aware/import.h"

#include "aware/history.h"
#include "base/file.h"
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 256, ATTRIBUTE_MAX = 127, ATTRIBUTE_NAME_MAX = 63 };

const struct host_note_row host_note_rows[HOST_NOTES] = {
    [HOST_NOTE_HELD] = { "held", "hosts left out, as another was seen with their address, or since" },
    [HOST_NOTE_OVER] = { "over", "leases left out that were given back, ran out or are declined" },
    [HOST_NOTE_PREFIX] = { "prefix", "prefixes left out that were lent to routers" },
    [HOST_NOTE_DOWN] = { "down", "hosts left out that are down" },
    [HOST_NOTE_FUTURE] = { "future", "times later than now, taken as now" },
    [HOST_NOTE_ADDRESS] = { "address", "addresses left out that no host has" },
    [HOST_NOTE_MAC] = { "mac", "hardware addresses left out that are none of one station" },
    [HOST_NOTE_MORE] = { "more", "more addresses left out of hosts that have no hardware address, or too many" },
    [HOST_NOTE_MEMBER] = { "member", "members other than address mac name os criticality tenant vlan services attributes, and of services port transport app vendor product version more cpe" },
    [HOST_NOTE_VALUE] = { "value", "members left out whose value means nothing here" },
    [HOST_NOTE_LONG] = { "long", "texts that are too long, cut or left out" },
    [HOST_NOTE_PORT] = { "port", "services left out without a port from 1 to 65535" },
    [HOST_NOTE_TRANSPORT] = { "transport", "services left out that are over neither TCP nor UDP" },
    [HOST_NOTE_HOSTLESS] = { "hostless", "services left out, as their host has no address" },
    [HOST_NOTE_PROTOCOL] = { "protocol", "services whose protocol is not known by that name" },
};

void import_note(struct import *in, enum host_note why, struct bytes what)
{
    char *to = in->got.note[why].what;
    size_t room = sizeof in->got.note[why].what - 1;

    if (in->got.note[why].n++ != 0) {
        return;
    }
    in->got.note[why].line = in->line;
    for (size_t i = 0; i < what.n && i < room; i++) {
        to[i] = what.p[i] >= 0x20 && what.p[i] < 0x7f ? (char)what.p[i] : '?';
    }
}

void import_note_addr(struct import *in, enum host_note why, const struct given *g)
{
    char address[ADDR_TEXT_MAX];
    size_t n = addr_text(&g->addr, (enum family)g->family, address);

    import_note(in, why, bytes_of(address, n));
}

uint64_t import_time(struct import *in, uint64_t seconds)
{
    uint64_t now = clock_now();

    if (seconds <= now / CLOCK_SECOND) {
        return seconds * CLOCK_SECOND;
    }
    import_note(in, HOST_NOTE_FUTURE, bytes_none());
    return now;
}

/* One at a time: a map that is being kept goes on meanwhile.  False: another has the address. */
static bool apply(struct import *in, const struct seen *s, const char *text)
{
    struct map *m = in->h->map;

    pthread_mutex_lock(&in->h->lock);
    uint64_t before = m->counter[AWARE_UNLEARNED], claims = m->counter[AWARE_CLAIMS_REFUSED];
    map_apply(m, s, text);
    in->got.refused += m->counter[AWARE_UNLEARNED] - before;
    bool taken = m->counter[AWARE_CLAIMS_REFUSED] == claims;
    pthread_mutex_unlock(&in->h->lock);
    return taken;
}

struct bytes import_line(struct import *in, struct rd *r, size_t *had)
{
    bool found;

    in->line++;
    *had = in->got.hosts;
    return bytes_trim(rd_line(r, &found), " \t\r");
}

void import_line_end(struct import *in, struct bytes line, size_t had)
{
    if (line.n != 0 && in->got.hosts == had) {
        in->got.line = in->got.left_out++ == 0 ? in->line : in->got.line;
    }
}

bool import_addr(struct import *in, struct bytes text, struct given *g)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    enum family family;

    if (text.n == 0) {
        return false;
    }
    bool good = addr_text_read(text, &g->addr, &family);
    family = good && family == FAMILY_6 && memcmp(g->addr.b, mapped, sizeof mapped) == 0 ? FAMILY_4 : family; /* RFC 4291 2.5.5.2: an IPv4 host */
    if (!good || !addr_of_host(&g->addr, family)) {
        import_note(in, HOST_NOTE_ADDRESS, text);
        return false;
    }
    g->family = (uint8_t)family;
    return true;
}

void import_mac(struct import *in, struct bytes text, struct given *g)
{
    g->has_mac = mac_read(text, g->mac) && mac_own(g->mac);
    if (text.n != 0 && !g->has_mac) {
        import_note(in, HOST_NOTE_MAC, text);
    }
}

static struct seen seen_of(const struct given *g, enum seen_kind kind)
{
    struct seen s = { .ts = g->ts, .clock = 0, .kind = (uint8_t)kind, .addr = g->addr, .family = g->family, .has_mac = g->has_mac, .said = g->said, .flags = SEEN_LINK,
                      .scope = g->tenant, .vlan = g->vlan };

    memcpy(s.mac, g->mac, 6);
    return s;
}

static bool sign(struct import *in, const struct given *g, enum sign sign, struct bytes text)
{
    struct seen s = seen_of(g, SEEN_SIGN);

    s.sign = (uint8_t)sign;
    s.ttl = 64; /* it is there, though no packet says so */
    s.text_n = (uint16_t)text.n;
    s.has_mac = g->family == FAMILY_NONE && g->has_mac;
    return text.n == 0 || text.n > SEEN_TEXT_MAX || apply(in, &s, (const char *)text.p);
}

/* Empty: it is too long for a sign. */
static struct bytes fitting(struct import *in, struct bytes text)
{
    if (text.n > SEEN_TEXT_MAX) {
        import_note(in, HOST_NOTE_LONG, text);
    }
    return text.n > SEEN_TEXT_MAX ? bytes_none() : text;
}

void import_name(struct import *in, const struct given *g, struct bytes name) { (void)sign(in, g, SIGN_NAME, fitting(in, name)); }

void import_attribute(struct import *in, const struct given *g, struct bytes name, struct bytes value)
{
    char pair[TEXT_ROOM];

    if (name.n > ATTRIBUTE_NAME_MAX || value.n > ATTRIBUTE_MAX) {
        import_note(in, HOST_NOTE_LONG, name.n > ATTRIBUTE_NAME_MAX ? name : value);
        name = bytes_head(name, ATTRIBUTE_NAME_MAX);
        value = bytes_head(value, ATTRIBUTE_MAX);
    }
    int n = snprintf(pair, sizeof pair, "%.*s=%.*s", (int)name.n, (const char *)name.p, (int)value.n, (const char *)value.p);
    (void)sign(in, g, SIGN_ATTRIBUTE, bytes_of(pair, n > 0 && n < (int)sizeof pair ? (size_t)n : 0));
}

bool import_bind(struct import *in, const struct given *g)
{
    if (!g->lent) {
        struct seen s = seen_of(g, SEEN_BIND);
        return apply(in, &s, "");
    }
    char text[TEXT_ROOM], address[ADDR_TEXT_MAX], mac[MAC_TEXT_MAX];
    addr_text(&g->addr, (enum family)g->family, address);
    mac_text(g->mac, mac);
    int n = snprintf(text, sizeof text, "%s %s %llu", mac, address, (unsigned long long)g->seconds);
    return sign(in, g, SIGN_LEASE, bytes_of(text, (size_t)n));
}

bool import_host(struct import *in, struct given *g)
{
    if (g->family == FAMILY_NONE && !g->has_mac) {
        return false;
    }
    if (g->family != FAMILY_NONE && g->has_mac && !import_bind(in, g)) {
        import_note_addr(in, HOST_NOTE_HELD, g);
        g->family = FAMILY_NONE;
        g->has_mac = false;
        return false;
    }
    g->name = fitting(in, g->name);
    g->os = fitting(in, g->os);
    (void)sign(in, g, SIGN_NAME, g->name);
    (void)sign(in, g, SIGN_OS, g->os);
    if (g->criticality.n != 0) {
        import_attribute(in, g, bytes_str("criticality"), g->criticality);
    }
    if (g->name.n == 0 && g->os.n == 0 && !g->has_mac) {
        (void)sign(in, g, SIGN_ATTRIBUTE, bytes_str("known"));
    }
    return true;
}

unsigned import_protocol(struct import *in, struct bytes name)
{
    static const struct { const char *ours, *theirs; } rows[] = {
        { "tls", "https https-alt smtps imaps pop3s ldaps globalcatldapssl ftps ftps-data telnets ircs ircs-u sips sip-tls domain-s secure-mqtt wsmans nntps" },
        { "http", "http-alt http-mgmt http-proxy www wsman ipp upnp vnc-http" }, { "dns", "domain" }, { "smb", "microsoft-ds netbios-ssn" }, { "rdp", "ms-wbt-server" },
        { "krb5", "kerberos kerberos-sec" }, { "ldap", "globalcatldap" }, { "smtp", "submission" }, { "pgsql", "postgresql" }, { "tds", "ms-sql-s" }, { "rfb", "vnc" },
        { "dcerpc", "msrpc epmap" }, { "nbns", "netbios-ns" }, { "dhcp", "dhcps dhcpc bootps bootpc" }, { "mdns", "zeroconf" }, { "ike", "isakmp" }, { "snmp", "snmptrap" },
        { "socks", "socks4 socks5" }, { "memcached", "memcache" }, { "xmpp", "xmpp-client xmpp-server" }, { "enip", "ethernetip-1 ethernetip-2 ethernet-ip-1 ethernet-ip-2" },
        { "iec104", "iec-104" }, { "opcua", "opcua-tcp" }, { "libvirt", "libvirt-rpc" },
    };
    char text[64] = "";

    if (name.n == 0 || bytes_among(name, "unknown tcpwrapped")) {
        return PROTO_NONE;
    }
    if (bytes_starts_nocase(name, "ssl/")) {
        return proto_by_name("tls");
    }
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (bytes_among(name, rows[i].theirs)) {
            return proto_by_name(rows[i].ours);
        }
    }
    for (size_t i = 0; i < name.n && name.n < sizeof text; i++) {
        text[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : (char)name.p[i];
    }
    unsigned id = proto_by_name(text);
    if (id == PROTO_NONE) {
        import_note(in, HOST_NOTE_PROTOCOL, name);
    }
    return id;
}

void import_port(struct import *in, const struct given *g, unsigned proto, uint64_t number, unsigned app)
{
    struct seen s = seen_of(g, SEEN_SERVICE);

    s.proto = (uint8_t)proto;
    s.port = (uint16_t)number;
    s.app = (uint16_t)app;
    s.has_mac = 0;
    (void)apply(in, &s, "");
}

void import_software(struct import *in, const struct given *g, unsigned proto, uint64_t number, const struct bytes told[SERVICE_TEXTS])
{
    struct seen s = seen_of(g, SEEN_SIGN);
    char text[SEEN_TEXT_MAX];

    s.sign = SIGN_SERVICE;
    s.ttl = 64;
    s.has_mac = 0;
    s.proto = (uint8_t)proto;
    s.port = (uint16_t)number;
    s.text_n = (uint16_t)software_said(told, text);
    if (s.text_n != 0) {
        (void)apply(in, &s, text);
    }
}

/* ---- which it is ---- */

/* A file begins so, behind blanks; or a line of its first does; or it stands anywhere in these. */
enum where { FIRST, IN_A_LINE, ANYWHERE };
static const struct {
    const char *name, *begins;
    enum where where;
    void (*read)(struct import *in, struct bytes all);
} formats[] = {
    { "json", "{", FIRST, import_person }, { "nmap", "<nmaprun", ANYWHERE, import_nmap }, { "kea", "address,hwaddr,", ANYWHERE, import_kea }, { "kea", "address,duid,", ANYWHERE, import_kea },
    { "isc", "lease ", IN_A_LINE, import_isc }, { "isc", "ia-na ", IN_A_LINE, import_isc }, { "isc", "server-duid ", IN_A_LINE, import_isc }, { "dnsmasq", "", FIRST, import_dnsmasq },
};

static bool begins(struct bytes head, const char *with, enum where where)
{
    char line[32];

    snprintf(line, sizeof line, "\n%s", with);
    return where == FIRST ? bytes_starts(bytes_trim(head, " \t\r\n"), with)
                          : (where == IN_A_LINE && (bytes_starts(head, with) || bytes_find(head, bytes_str(line)) != SIZE_MAX)) ||
                                (where == ANYWHERE && bytes_find(head, bytes_str(with)) != SIZE_MAX);
}

/* Why of all that stands there nothing is a host; known: it is of that format for sure. */
static bool no_host(const struct host_import *got, const char *format, bool known, struct err *err)
{
    for (unsigned i = 0; i < HOST_NOTES; i++) {
        if (got->note[i].n != 0) {
            return err_set(err, "no host is in it (read as %s): %s: %zu, in line %zu the first", format, host_note_rows[i].text, got->note[i].n, got->note[i].line);
        }
    }
    return known ? err_set(err, "no host is in it (read as %s)", format) : err_set(err, "no host is in it: none of nmap's XML, leases of ISC, Kea or dnsmasq, and JSON lines");
}

bool import_read(struct hosts *h, struct bytes all, struct host_import *got, struct err *err)
{
    struct import in = { .h = h };
    struct bytes head = bytes_head(all, 4096);

    for (unsigned i = 0; i < ROWS(formats); i++) {
        if (begins(head, formats[i].begins, formats[i].where)) {
            formats[i].read(&in, all);
            *got = in.got;
            if (in.got.hosts != 0) {
                return true;
            }
            return no_host(got, formats[i].name, formats[i].begins[0] != '\0', err);
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
