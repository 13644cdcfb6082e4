/* SPDX-License-Identifier: GPL-2.0-or-later */
/* import_nmap - nmap's XML: its tags matter, and of these attributes; and the text of one, cpe. */
#include "aware/import.h"

#include "base/arena.h"
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

struct scan {
    struct import *in;
    struct arena arena;       /* texts of a host whose entities are resolved */
    struct given host;
    struct { struct addr addr; uint8_t family; } more[TENURES_OPEN_MAX]; /* of its addresses the others */
    unsigned more_n;
    struct bytes also[4];     /* names beside the first */
    unsigned also_n;
    uint64_t port;
    unsigned proto;           /* 0: neither TCP nor UDP */
    bool down, open, waits;   /* waits: the port is not told yet */
    struct bytes told[SERVICE_TEXTS];
};

/* The sign an entity stands for, without '&' and ';'; 0: none that is read. */
static uint8_t entity_sign(struct bytes name)
{
    static const struct { const char *name; uint8_t sign; } rows[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
    uint64_t v = 0;

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (bytes_is(name, rows[i].name)) {
            return rows[i].sign;
        }
    }
    bool good = bytes_starts(name, "#x") ? bytes_hex(bytes_from(name, 2), &v) : bytes_starts(name, "#") && bytes_u64(bytes_from(name, 1), &v);
    return good && v >= 0x20 && v < 0x7f ? (uint8_t)v : 0;
}

static struct bytes plain(struct scan *x, struct bytes text)
{
    struct rd r = rd_of(text);
    struct arena_text out;
    bool found;
    struct bytes part = rd_until(&r, '&', &found);

    if (!found) {
        return text;
    }
    arena_text_init(&out, &x->arena, text.n);
    while (arena_text_add(&out, part), found) {
        struct rd ahead = r;
        bool ends;
        struct bytes name = rd_until(&ahead, ';', &ends);
        uint8_t sign = ends ? entity_sign(name) : 0;
        arena_text_byte(&out, sign != 0 ? sign : '&');
        r = sign != 0 ? ahead : r;
        part = rd_until(&r, '&', &found);
    }
    return out.cut ? text : arena_text_bytes(&out);
}

/* The value of an attribute within a tag, in quotation marks of either kind; empty: none. */
static struct bytes attribute(struct scan *x, struct bytes tag, const char *name)
{
    static const char blanks[] = " \t\r\n";
    struct rd r = rd_of(tag);
    bool found = true;

    (void)rd_until_any(&r, blanks);
    while (rd_left(&r) != 0 && found) {
        struct bytes key = bytes_trim(rd_until(&r, '=', &found), blanks);
        (void)rd_skip_any(&r, blanks);
        uint8_t quote = rd_u8(&r);
        if (quote != '"' && quote != '\'') {
            break;
        }
        struct bytes value = rd_until(&r, quote, &found);
        if (bytes_is(key, name)) {
            return plain(x, value);
        }
    }
    return bytes_none();
}

static void nmap_port_begins(struct scan *x, struct bytes tag)
{
    struct bytes over = attribute(x, tag, "protocol");
    uint64_t v;

    x->port = bytes_u64(attribute(x, tag, "portid"), &v) && v <= UINT16_MAX ? v : 0;
    x->proto = bytes_is(over, "tcp") ? 6 : bytes_is(over, "udp") ? 17 : 0;
    x->open = false;
    x->waits = true;
    for (unsigned i = 0; i < SERVICE_TEXTS; i++) {
        x->told[i] = bytes_none();
    }
}

/* "tenant 5001", as exports have it (export.c); 0: it says none. */
static uint32_t nmap_tenant(struct bytes comment)
{
    uint64_t v;

    return bytes_starts(comment, "tenant ") && bytes_u64(bytes_from(comment, strlen("tenant ")), &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static void nmap_host_begins(struct scan *x, struct bytes tag)
{
    struct given *g = &x->host;
    uint64_t v = 0;

    arena_fini(&x->arena);
    nmap_port_begins(x, bytes_none());
    x->down = false;
    x->more_n = x->also_n = 0;
    *g = (struct given){ .said = 1 + FUSE_SCANNER, .name = bytes_none(), .os = bytes_none(), .criticality = bytes_none(),
                          .tenant = nmap_tenant(attribute(x, tag, "comment")) };
    bool known = (bytes_u64(attribute(x, tag, "endtime"), &v) || bytes_u64(attribute(x, tag, "starttime"), &v)) && v < UINT32_MAX;
    g->ts = known ? import_time(x->in, v) : clock_now();
}

/* Is it one that can be told?  Those of hosts that are left out are, with them. */
static bool nmap_port_opens(struct scan *x, struct bytes state)
{
    bool is = bytes_is(state, "open") && x->host.family != FAMILY_NONE;

    if (is && (x->port == 0 || x->proto == 0)) {
        import_note(x->in, x->port == 0 ? HOST_NOTE_PORT : HOST_NOTE_TRANSPORT, bytes_none());
        return false;
    }
    return is;
}

/* What a table of ports says is a guess. */
static void nmap_service(struct scan *x, struct bytes tag)
{
    struct given g = x->host;

    g.said = bytes_is(attribute(x, tag, "method"), "table") ? 1 + FUSE_IMPORT : g.said;
    import_port(x->in, &g, x->proto, x->port, bytes_is(attribute(x, tag, "tunnel"), "ssl") ? proto_by_name("tls") : import_protocol(x->in, attribute(x, tag, "name")));
    x->waits = false;
    x->told[SERVICE_PRODUCT] = attribute(x, tag, "product");
    x->told[SERVICE_VERSION] = attribute(x, tag, "version");
    x->told[SERVICE_MORE] = attribute(x, tag, "extrainfo");
}

static void nmap_port_ends(struct scan *x)
{
    if (x->open && x->waits) {
        import_port(x->in, &x->host, x->proto, x->port, PROTO_NONE);
    }
    if (x->open) {
        import_software(x->in, &x->host, x->proto, x->port, x->told);
    }
    x->open = false;
}

static void nmap_address(struct scan *x, struct bytes tag)
{
    struct given *g = &x->host, other;
    struct bytes value = attribute(x, tag, "addr");

    if (bytes_is(attribute(x, tag, "addrtype"), "mac")) {
        import_mac(x->in, value, g);
    } else if (g->family == FAMILY_NONE) {
        (void)import_addr(x->in, value, g);
    } else if (import_addr(x->in, value, &other)) {
        if (x->more_n == ROWS(x->more)) {
            import_note(x->in, HOST_NOTE_MORE, value);
            return;
        }
        x->more[x->more_n].addr = other.addr;
        x->more[x->more_n++].family = other.family;
    }
}

/* With its other addresses, which its hardware address ties to it, and names. */
static bool nmap_take(struct scan *x)
{
    struct given one = x->host;
    bool is = import_host(x->in, &x->host);

    for (unsigned i = 0; i < x->more_n; i++) {
        one.addr = x->more[i].addr;
        one.family = x->more[i].family;
        if (!one.has_mac || !import_bind(x->in, &one)) {
            import_note_addr(x->in, one.has_mac ? HOST_NOTE_HELD : HOST_NOTE_MORE, &one);
        }
    }
    for (unsigned i = 0; i < x->also_n && is; i++) {
        import_name(x->in, &x->host, x->also[i]);
    }
    x->more_n = x->also_n = 0;
    return is;
}

/* What was asked for, and what its address is called (nmap has no more). */
static void nmap_name(struct scan *x, struct bytes name)
{
    if (x->host.name.n == 0) {
        x->host.name = name;
    } else if (x->also_n < ROWS(x->also)) {
        x->also[x->also_n++] = name;
    } else {
        x->in->got.refused++;
    }
}

/* text: what stands before the tag. */
static void nmap_tag(struct scan *x, struct bytes text, struct bytes tag)
{
    struct given *g = &x->host;

    if (bytes_is(tag, "host") || bytes_starts(tag, "host ")) {
        nmap_host_begins(x, tag);
    } else if (bytes_starts(tag, "status ") && bytes_is(attribute(x, tag, "state"), "down")) {
        x->down = true;
        import_note(x->in, HOST_NOTE_DOWN, bytes_none());
    } else if (bytes_starts(tag, "address ") && !x->down) {
        nmap_address(x, tag);
    } else if (bytes_starts(tag, "hostname ")) {
        nmap_name(x, attribute(x, tag, "name"));
    } else if (bytes_starts(tag, "ports")) {
        g->is = nmap_take(x);
        g->name = bytes_none();
        g->has_mac = false;
    } else if (bytes_starts(tag, "port ")) {
        nmap_port_begins(x, tag);
    } else if (bytes_starts(tag, "state ")) {
        x->open = nmap_port_opens(x, attribute(x, tag, "state"));
    } else if (bytes_starts(tag, "service ") && x->open) {
        nmap_service(x, tag);
    } else if (bytes_is(tag, "/cpe") && x->told[SERVICE_CPE].n == 0 && bytes_starts(text, "cpe:/a:")) {
        x->told[SERVICE_CPE] = plain(x, text);
    } else if (bytes_is(tag, "/port")) {
        nmap_port_ends(x);
    } else if (bytes_starts(tag, "osmatch ") && g->os.n == 0) { /* the first is the best */
        g->os = attribute(x, tag, "name");
    } else if (bytes_is(tag, "/host")) {
        x->in->got.hosts += nmap_take(x) || g->is;
    }
}

static size_t lines_in(struct bytes text)
{
    struct rd r = rd_of(text);
    size_t n = 0;

    for (bool found = true; found; n += found) {
        (void)rd_until(&r, '\n', &found);
    }
    return n;
}

void import_nmap(struct import *in, struct bytes all)
{
    struct scan x = { .in = in };
    struct rd r = rd_of(all);
    bool found = true;

    in->line = 1;
    arena_init(&x.arena, NULL, 1 << 20);
    nmap_host_begins(&x, bytes_none());
    while (rd_left(&r) != 0 && found) {
        struct bytes text = rd_until(&r, '<', &found), tag = rd_until(&r, '>', &found);
        in->line += lines_in(text);
        nmap_tag(&x, text, tag);
        in->line += lines_in(tag);
    }
    arena_fini(&x.arena);
}
