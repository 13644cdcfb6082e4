/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import_lease - what DHCP servers lent: the files of ISC's, Kea's and dnsmasq's. */
#include "aware/import.h"

#include <stdio.h>
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
    struct given host;
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
        lease_times(in, g, l->starts, l->ends);
        in->got.hosts += import_host(in, g);
    }
    g->family = FAMILY_NONE;
}

static void isc_line(struct import *in, struct bytes line, struct isc_lease *l)
{
    struct rd r = rd_of(bytes_trim(line, " \t\r;"));
    struct bytes key = word(&r), rest = rd_peek(&r), value = bytes_trim(bytes_head(rest, bytes_find_byte(rest, ';')), " \t");

    if (bytes_is(key, "lease")) {
        *l = (struct isc_lease){ .host = lease_begin(), .ends = never };
        (void)import_addr(in, word(&r), &l->host);
    } else if (bytes_is(key, "starts")) {
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

/* address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,… */
static void kea_line(struct import *in, struct bytes whole)
{
    enum { ADDRESS, HARDWARE, LIFETIME = 3, EXPIRE, NAME = 8, STATE, CELLS };
    struct rd line = rd_of(whole);
    struct bytes cell[CELLS];
    struct given g = lease_begin();
    uint64_t seconds, expire;
    bool found;

    for (unsigned i = 0; i < CELLS; i++) {
        cell[i] = rd_until(&line, ',', &found);
    }
    if (bytes_starts(whole, "address,") || !bytes_u64(cell[LIFETIME], &seconds) || !bytes_u64(cell[EXPIRE], &expire) || seconds > UINT32_MAX || expire >= 2ull * UINT32_MAX ||
        !import_addr(in, cell[ADDRESS], &g)) {
        return;
    }
    import_mac(in, cell[HARDWARE], &g);
    g.name = cell[NAME];
    bool endless = seconds == UINT32_MAX;
    if (seconds == 0 || (cell[STATE].n != 0 && !bytes_is(cell[STATE], "0"))) {
        lease_over(in, &g, endless ? never : expire);
        return;
    }
    lease_times(in, &g, expire > seconds ? expire - seconds : 0, endless ? never : expire);
    in->got.hosts += import_host(in, &g);
}

void import_kea(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    size_t had;

    while (rd_left(&r) != 0) {
        struct bytes whole = import_line(in, &r, &had);
        kea_line(in, whole);
        import_line_end(in, bytes_starts(whole, "address,") ? bytes_none() : whole, had);
    }
}

/* expiry mac address name client-id; expiry 0: never */
void import_dnsmasq(struct import *in, struct bytes all)
{
    struct rd r = rd_of(all);
    size_t had;

    while (rd_left(&r) != 0) {
        struct bytes whole = import_line(in, &r, &had);
        struct rd line = rd_of(whole);
        struct bytes expiry = word(&line), mac = word(&line), address = word(&line), name = word(&line);
        struct given g = lease_begin();
        uint64_t end;
        if (bytes_u64(expiry, &end) && end < UINT32_MAX && mac_read(mac, g.mac) && import_addr(in, address, &g)) {
            import_mac(in, mac, &g);
            g.name = bytes_is(name, "*") ? bytes_none() : name;
            lease_times(in, &g, 0, end != 0 ? end : never);
            in->got.hosts += import_host(in, &g);
        }
        import_line_end(in, whole, had);
    }
}
