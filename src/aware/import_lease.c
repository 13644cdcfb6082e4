/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import_lease - what DHCP servers lent, for IPv4 and IPv6: the files of ISC's, Kea's and dnsmasq's. */
#include "aware/import.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const uint64_t never = UINT64_MAX; /* a lease's end, in seconds */

static struct given lease_begin(void) { return (struct given){ .said = 1 + FUSE_IMPORT, .lent = true, .name = bytes_none(), .os = bytes_none(), .criticality = bytes_none() }; }

/* From when to when, in seconds since 1970; 0: it is not known. */
static void lease_times(struct import *in, struct given *g, uint64_t starts, uint64_t ends)
{
    ends = ends != 0 ? ends : never;
    starts = (starts != 0 ? import_time(in, starts) : clock_now()) / CLOCK_SECOND;
    starts = ends > starts ? starts : ends - 1; /* of one that ran out its end is known */
    g->ts = starts * CLOCK_SECOND;
    g->seconds = ends - starts < UINT32_MAX ? ends - starts : UINT32_MAX; /* RFC 2131 3.3: without end */
}

/* Its host holds it no more, if it did: nobody is there by that. */
static void lease_over(struct import *in, struct given *g, uint64_t ends)
{
    uint64_t now = clock_now();

    import_note(in, HOST_NOTE_OVER, bytes_none());
    g->ts = ends != 0 && ends < now / CLOCK_SECOND ? ends * CLOCK_SECOND : now;
    g->seconds = 0;
    if (g->has_mac && g->family != FAMILY_NONE) {
        (void)import_bind(in, g);
    }
}

/* What no hardware address ties to a host says nothing of who has the address since it ran out.  Where another than the card that its DUID has (RFC 8415
 * 11: one of its host's, perhaps not this) was seen with the address, and it runs, that is who has the name too. */
static void lease_take(struct import *in, struct given *g, uint64_t starts, uint64_t ends)
{
    bool over = ends != 0 && ends <= clock_now() / CLOCK_SECOND;

    if (!g->has_mac && over) {
        lease_over(in, g, ends);
        return;
    }
    lease_times(in, g, starts, ends);
    g->has_mac &= !g->card || over || import_bind(in, g);
    in->got.hosts += import_host(in, g);
}

/* RFC 8415 11.2, 11.4: what names a client of DHCPv6, in hexadecimal, may hold the hardware address of a card of its; of Ethernet here. */
static struct bytes duid_mac(struct bytes duid)
{
    enum { MAC_TEXT = MAC_TEXT_MAX - 1, LINK = 12 + MAC_TEXT, LINK_TIME = LINK + 12 };
    bool has = (duid.n == LINK && bytes_starts(duid, "00:03:00:01:")) || (duid.n == LINK_TIME && bytes_starts(duid, "00:01:00:01:"));

    return has ? bytes_from(duid, duid.n - MAC_TEXT) : bytes_none();
}

/* "4 2026/11/26 12:00:00" (the day of the week from 0), UTC; "epoch 1796000000"; "never". */
static uint64_t isc_time(struct bytes text)
{
    char room[40];
    struct tm tm = { 0 };
    uint64_t v;

    if (bytes_is(text, "never")) {
        return never;
    }
    if (bytes_starts(text, "epoch ")) {
        return bytes_u64(bytes_trim(bytes_from(text, 6), " \t"), &v) && v < UINT32_MAX ? v : 0;
    }
    text = bytes_from(text, 2);
    snprintf(room, sizeof room, "%.*s", (int)(text.n < sizeof room ? text.n : 0), (const char *)text.p);
    return strptime(room, "%Y/%m/%d %H:%M:%S", &tm) != NULL ? (uint64_t)timegm(&tm) : 0;
}

static struct bytes word(struct rd *r)
{
    bool found;

    (void)rd_skip_any(r, " \t");
    return rd_until(r, ' ', &found);
}

struct isc_lease {
    struct given host, client; /* client: of whom several addresses are */
    uint64_t starts, ends;
    bool over;
};

static void isc_ends(struct import *in, struct isc_lease *l)
{
    struct given *g = &l->host;

    if (g->family == FAMILY_NONE) {
        return;
    }
    if (l->over) {
        lease_over(in, g, l->ends);
    } else {
        lease_take(in, g, l->starts, l->ends);
    }
    g->family = FAMILY_NONE;
}

/* The client of DHCPv6 behind the number of its interface: a text with octal signs, or (lease-id-format) in hexadecimal. */
static struct isc_lease isc_client(struct import *in, struct bytes id)
{
    enum { NUMBER = 12 };
    struct isc_lease l = { .client = lease_begin(), .ends = never };
    char hex[3 * 24] = "";
    size_t n = 0;

    id = bytes_trim(id, " \t{");
    if (bytes_starts(id, "\"")) {
        for (struct rd r = rd_of(bytes_from(bytes_head(id, id.n - 1), 1)); rd_left(&r) != 0 && n + 4 < sizeof hex; n += 3) {
            uint8_t b = rd_u8(&r);
            bool marked = b == '\\';
            b = marked ? rd_u8(&r) : b;
            if (marked && b >= '0' && b <= '7') {
                unsigned eights = rd_u8(&r) & 7u;
                b = (uint8_t)((b & 3u) << 6 | eights << 3 | (rd_u8(&r) & 7u));
            }
            snprintf(hex + n, sizeof hex - n, "%02x:", b);
        }
        id = bytes_of(hex, n != 0 ? n - 1 : 0);
    }
    import_mac(in, duid_mac(bytes_from(id, NUMBER)), &l.client);
    l.client.card = true;
    return l;
}

static void isc_line(struct import *in, struct bytes line, struct isc_lease *l)
{
    struct bytes line_text = bytes_trim(line, " \t\r;");
    struct rd r = rd_of(line_text);
    struct bytes key = word(&r), rest = rd_peek(&r), value = bytes_trim(bytes_head(rest, bytes_find_byte(rest, ';')), " \t");

    if (bytes_is(key, "lease")) {
        *l = (struct isc_lease){ .host = lease_begin(), .ends = never };
        (void)import_addr(in, word(&r), &l->host);
    } else if (bytes_among(key, "ia-na ia-ta ia-pd")) {
        *l = isc_client(in, rest);
    } else if (bytes_is(key, "iaaddr")) {
        *l = (struct isc_lease){ .host = l->client, .client = l->client, .starts = l->starts, .ends = never };
        (void)import_addr(in, word(&r), &l->host);
    } else if (bytes_is(key, "iaprefix")) {
        import_note(in, HOST_NOTE_PREFIX, word(&r));
    } else if (bytes_is(key, "starts") || (bytes_is(key, "cltt") && l->host.family == FAMILY_NONE)) {
        l->starts = isc_time(value);
    } else if (bytes_is(key, "ends")) {
        l->ends = isc_time(value);
    } else if (bytes_is(key, "binding")) {
        l->over = !bytes_is(value, "state active") && !bytes_is(value, "state bootp");
    } else if (bytes_is(key, "hardware")) {
        r = rd_of(value);
        (void)word(&r);
        import_mac(in, bytes_trim(rd_peek(&r), " \t"), &l->host);
    } else if (bytes_is(key, "client-hostname")) {
        l->host.name = bytes_trim(rest, "\"");
    } else if (bytes_starts(line_text, "set ddns-fwd-name = ") && l->host.name.n == 0) {
        l->host.name = bytes_trim(bytes_from(line_text, strlen("set ddns-fwd-name = ")), "\"");
    } else if (bytes_is(key, "}")) {
        isc_ends(in, l);
    }
}

void import_isc(struct import *in, struct bytes all)
{
    struct isc_lease l = { .host = lease_begin() };
    struct rd r = rd_of(all);
    bool found;

    while (rd_left(&r) != 0) {
        in->line++;
        isc_line(in, rd_line(&r, &found), &l);
    }
}

/* Where in a line each stands that is wanted, from 1, as the head of the table says; 0: nowhere. */
enum kea_cell { KEA_ADDRESS, KEA_HARDWARE, KEA_DUID, KEA_LIFETIME, KEA_EXPIRE, KEA_NAME, KEA_STATE, KEA_TYPE, KEA_CELLS };
struct kea_table {
    uint8_t at[KEA_CELLS];
};

static void kea_head(struct bytes whole, struct kea_table *t)
{
    static const char *const names[KEA_CELLS] = { "address", "hwaddr", "duid", "valid_lifetime", "expire", "hostname", "state", "lease_type" };
    struct rd line = rd_of(whole);
    bool more = true;

    *t = (struct kea_table){ 0 };
    for (uint8_t at = 1; more && at < UINT8_MAX; at++) {
        struct bytes name = rd_until(&line, ',', &more);
        for (unsigned i = 0; i < KEA_CELLS; i++) {
            t->at[i] = bytes_is(name, names[i]) ? at : t->at[i];
        }
    }
}

static void kea_line(struct import *in, struct bytes whole, const struct kea_table *t)
{
    struct rd line = rd_of(whole);
    struct bytes cell[KEA_CELLS];
    struct given g = lease_begin();
    uint64_t seconds, expire;
    bool more = true;

    for (unsigned i = 0; i < KEA_CELLS; i++) {
        cell[i] = bytes_none();
    }
    for (uint8_t at = 1; more && at < UINT8_MAX; at++) {
        struct bytes one = rd_until(&line, ',', &more);
        for (unsigned i = 0; i < KEA_CELLS; i++) {
            cell[i] = t->at[i] == at ? one : cell[i];
        }
    }
    if (bytes_is(cell[KEA_TYPE], "2")) {
        import_note(in, HOST_NOTE_PREFIX, cell[KEA_ADDRESS]);
        return;
    }
    if (!bytes_u64(cell[KEA_LIFETIME], &seconds) || !bytes_u64(cell[KEA_EXPIRE], &expire) || seconds > UINT32_MAX || expire >= 2ull * UINT32_MAX ||
        !import_addr(in, cell[KEA_ADDRESS], &g)) {
        return;
    }
    g.card = cell[KEA_HARDWARE].n == 0;
    import_mac(in, g.card ? duid_mac(cell[KEA_DUID]) : cell[KEA_HARDWARE], &g);
    g.name = bytes_trim(cell[KEA_NAME], ".");
    bool endless = seconds == UINT32_MAX;
    if (seconds == 0 || (cell[KEA_STATE].n != 0 && !bytes_among(cell[KEA_STATE], "0 4"))) { /* in use; by an address that its host made itself and told of (RFC 9686) */
        lease_over(in, &g, endless ? never : expire);
        return;
    }
    lease_take(in, &g, expire > seconds ? expire - seconds : 0, endless ? never : expire);
}

void import_kea(struct import *in, struct bytes all)
{
    struct kea_table t = { 0 };
    struct rd r = rd_of(all);
    size_t had;

    while (rd_left(&r) != 0) {
        struct bytes whole = import_line(in, &r, &had);
        bool head = bytes_starts(whole, "address,");
        if (head) {
            kea_head(whole, &t);
        } else {
            kea_line(in, whole, &t);
        }
        import_line_end(in, head ? bytes_none() : whole, had);
    }
}

/* expiry mac address name client-id; expiry 0: never.  Of IPv6 the second is the number of the client's interface, with a 'T' before it of a temporary address. */
static void dnsmasq_line(struct import *in, struct bytes whole)
{
    struct rd line = rd_of(whole);
    struct bytes expiry = word(&line), id = word(&line), address = word(&line), name = word(&line), client = word(&line);
    struct given g = lease_begin();
    uint64_t end, n;

    if (!bytes_u64(expiry, &end) || end >= UINT32_MAX || (!mac_read(id, g.mac) && !bytes_u64(bytes_trim(id, "T"), &n)) || !import_addr(in, address, &g)) {
        return;
    }
    g.card = g.family == FAMILY_6;
    import_mac(in, g.card ? duid_mac(client) : id, &g);
    g.name = bytes_is(name, "*") ? bytes_none() : name;
    lease_take(in, &g, 0, end != 0 ? end : never);
}

void import_dnsmasq(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    size_t had;

    while (rd_left(&r) != 0) {
        struct bytes whole = import_line(in, &r, &had);
        bool own = bytes_starts(whole, "duid "); /* the server's */
        if (!own) {
            dnsmasq_line(in, whole);
        }
        import_line_end(in, own ? bytes_none() : whole, had);
    }
}
