/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export - the map in formats of others: CSV (RFC 4180), nmap's XML, Graphviz, STIX 2.1. */
#include "aware/hosts.h"
#include "aware/software.h"
#include "base/hash.h"
#include "proto/proto.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct writer {
    struct text *out;
    const struct map *m;
    const struct host_filter *f;  /* NULL: all are wanted */
    unsigned n, away;             /* objects so far; hosts that have no address now */
    uint64_t *id;                 /* hashes of the ids that stand there, a table half empty at least; 0: free */
    size_t id_n, id_room;
    bool failed;                  /* there was no memory for one */
    char host[96];                /* STIX's id of the host in turn */
};

/* What it is called, where one word is wanted: no host is without. */
static void label(const struct host_row *r, char out[sizeof r->name])
{
    const char *what = r->name[0] != '\0' ? r->name : r->addresses[0] != '\0' ? r->addresses : r->mac;
    size_t n = what == r->addresses ? strcspn(what, ",") : strlen(what);

    if (n != 0) {
        snprintf(out, sizeof r->name, "%.*s", (int)(n < sizeof r->name ? n : sizeof r->name - 1), what);
    } else {
        snprintf(out, sizeof r->name, "#%llu", (unsigned long long)r->id);
    }
}

/* What came from the network is no formula for who opens it as a table: an apostrophe before it makes it text. */
static void csv_cell(struct text *out, const char *s, bool last)
{
    text_str(out, s[0] != '\0' && strchr("=+-@\t\r", s[0]) != NULL ? "\"'" : "\"");
    for (; *s != '\0'; s++) {
        text_str(out, *s == '"' ? "\"\"" : (char[2]){ *s, '\0' });
    }
    text_str(out, last ? "\"\r\n" : "\",");
}

static void iso(uint64_t ns, char out[CLOCK_TEXT_MAX])
{
    struct clock_zone zone = { 0 };

    clock_iso(&zone, ns, out);
}

static void csv(struct writer *w, const struct entity *e, const struct host_row *r)
{
    char id[24], vlan[24], tenant[24], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
    const char *cells[] = { id, r->addresses, r->mac, r->maker, r->name, r->kind, r->os, r->vm, vlan, tenant, r->vtep, r->services, r->roles, first, last, r->software, r->criticality, r->clients };

    snprintf(id, sizeof id, "%llu", (unsigned long long)e->id);
    snprintf(vlan, sizeof vlan, "%u", r->vlan);
    snprintf(tenant, sizeof tenant, "%u", r->tenant);
    iso(e->first, first);
    iso(e->last, last);
    for (unsigned i = 0; i < ROWS(cells); i++) {
        csv_cell(w->out, cells[i], i + 1 == ROWS(cells));
    }
}

/* ---- nmap: as its DTD wants it ---- */

static void xml(struct text *out, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        switch (b.p[i]) {
        case '<': text_str(out, "&lt;"); break;
        case '>': text_str(out, "&gt;"); break;
        case '&': text_str(out, "&amp;"); break;
        case '"': text_str(out, "&quot;"); break;
        default: text_byte(out, b.p[i] >= 0x20 && b.p[i] < 0x7f ? (char)b.p[i] : '?'); break;
        }
    }
}

static void xml_attribute(struct text *out, const char *name, struct bytes b)
{
    if (b.n != 0) {
        text_printf(out, " %s=\"", name);
        xml(out, b);
        text_byte(out, '"');
    }
}

/* conf: nmap's ten are our hundred. */
static void nmap_service(const struct map *m, const struct tenure *t, const struct service *v, struct text *out)
{
    char cpe[CPE_MAX];
    struct software s;

    software_of(m, t, v, &s);
    if (v->app == 0 && s.product.n == 0) {
        return;
    }
    text_printf(out, "<service name=\"%s\"", v->app != 0 ? proto_name(v->app) : "unknown");
    xml_attribute(out, "product", s.product);
    xml_attribute(out, "version", s.version);
    xml_attribute(out, "extrainfo", s.more);
    text_printf(out, " method=\"%s\" conf=\"%u\"", v->source == FUSE_IMPORT ? "table" : "probed", v->source == FUSE_IMPORT ? 3 : 10);
    software_cpe(&s, cpe);
    if (cpe[0] == '\0') {
        text_str(out, "/>");
        return;
    }
    text_str(out, "><cpe>");
    xml(out, bytes_str(cpe));
    text_str(out, "</cpe></service>");
}

/* A host's port stands there once, though it has several addresses: as one where it was recognised, of these the first. */
static bool nmap_elsewhere(const struct map *m, const struct tenure *t, const struct service *v)
{
    bool before = true, elsewhere = false;

    for (const struct tenure *x = t->entity->tenure; x != NULL && !elsewhere; x = x->next) {
        before &= x != t;
        for (const struct service *o = service_first(x); o != NULL && x != t && tenure_until(m, x) == 0; o = service_next(x, o)) {
            bool better = (o->app != 0) != (v->app != 0) ? o->app != 0 : before;
            elsewhere |= better && o->port == v->port && o->proto == v->proto;
        }
    }
    return elsewhere;
}

static void nmap_services(const struct map *m, const struct entity *e, struct text *out)
{
    text_str(out, "<ports>");
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && tenure_until(m, t) == 0; v = service_next(t, v)) {
            if (nmap_elsewhere(m, t, v)) {
                continue;
            }
            text_printf(out, "<port protocol=\"%s\" portid=\"%u\"><state state=\"open\" reason=\"passive\" reason_ttl=\"0\"/>", v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "sctp", v->port);
            nmap_service(m, t, v, out);
            text_str(out, "</port>");
        }
    }
    text_str(out, "</ports>");
}

static void nmap_addresses(const struct writer *w, const struct entity *e, const struct host_row *r)
{
    char text[ADDR_TEXT_MAX];

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (tenure_until(w->m, t) == 0) {
            tenure_text(t, text);
            text_printf(w->out, "<address addr=\"%s\" addrtype=\"%s\"", text, t->family == FAMILY_MAC ? "mac" : t->family == FAMILY_4 ? "ipv4" : "ipv6");
            xml_attribute(w->out, "vendor", bytes_str(t == e->mac ? r->maker : ""));
            text_str(w->out, "/>");
        }
    }
}

/* What it uses itself has no place there but among what scripts say of a host. */
static void nmap_clients(const struct writer *w, const struct host_row *r)
{
    if (r->clients[0] != '\0') {
        text_str(w->out, "<hostscript><script id=\"client-software\"");
        xml_attribute(w->out, "output", bytes_str(r->clients));
        text_str(w->out, "/></hostscript>");
    }
}

/* A host without an address is none there: it is counted as one that is down. */
static void nmap(struct writer *w, const struct entity *e, const struct host_row *r)
{
    w->n++;
    if (r->addresses[0] == '\0' && r->mac[0] == '\0') {
        w->away++;
        return;
    }
    text_printf(w->out, "<host starttime=\"%llu\" endtime=\"%llu\"", (unsigned long long)(e->first / CLOCK_SECOND), (unsigned long long)(e->last / CLOCK_SECOND));
    if (e->scope != 0) {
        text_printf(w->out, " comment=\"tenant %u\"", e->scope);
    }
    text_str(w->out, "><status state=\"up\" reason=\"passive\" reason_ttl=\"0\"/>");
    nmap_addresses(w, e, r);
    if (r->name[0] != '\0') {
        text_str(w->out, "<hostnames><hostname name=\"");
        xml(w->out, bytes_str(r->name));
        text_str(w->out, "\" type=\"user\"/></hostnames>");
    }
    nmap_services(w->m, e, w->out);
    if (r->os[0] != '\0') {
        text_str(w->out, "<os><osmatch name=\"");
        xml(w->out, bytes_str(r->os));
        text_printf(w->out, "\" accuracy=\"%u\" line=\"0\"/></os>", e->confidence);
    }
    nmap_clients(w, r);
    text_str(w->out, "</host>\n");
}

static void nmap_end(struct writer *w)
{
    text_printf(w->out, "<runstats><finished time=\"%llu\" elapsed=\"0\" exit=\"success\"/><hosts up=\"%u\" down=\"%u\" total=\"%u\"/></runstats>\n</nmaprun>\n",
                (unsigned long long)((w->m->at != 0 ? w->m->at : w->m->now) / CLOCK_SECOND), w->n - w->away, w->away, w->n);
}

/* ---- Graphviz: who uses whose services ---- */

static void dot_host(struct writer *w, const struct host_row *r)
{
    char name[sizeof r->name];

    label(r, name);
    text_printf(w->out, "  h%llu [label=\"", (unsigned long long)r->id);
    for (const char *s = name; *s != '\0'; s++) {
        text_str(w->out, *s == '"' || *s == '\\' ? "\\" : "");
        text_byte(w->out, *s);
    }
    text_printf(w->out, "\\n%s", r->kind);
    if (r->tenant != 0) {
        text_printf(w->out, "\\ntenant %u", r->tenant);
    }
    text_str(w->out, "\"];\n");
}

/* The client's end of an edge: a host that the filter leaves out has its label too, and where nobody has the address (now) it stands itself. */
static void dot_client(struct writer *w, const struct entity *e, const struct addr *a, unsigned family)
{
    const struct tenure *by = map_find(w->m, e->scope, a, family);
    char text[ADDR_TEXT_MAX];
    struct host_row r;

    if (by == NULL) {
        addr_text(a, (enum family)family, text);
        text_printf(w->out, "  \"%s", text);
        if (e->scope != 0) {
            text_printf(w->out, "\\ntenant %u", e->scope);
        }
        text_byte(w->out, '"');
        return;
    }
    if (w->f != NULL) {
        host_row_of(w->m, by->entity, &r);
        if (!filter_takes(w->f, w->m, by->entity, &r)) {
            dot_host(w, &r);
        }
    }
    text_printf(w->out, "  h%llu", (unsigned long long)by->entity->id);
}

static void dot(struct writer *w, const struct entity *e, const struct host_row *r)
{
    dot_host(w, r);
    if (r->vtep[0] != '\0') {
        text_printf(w->out, "  h%llu -> \"vtep %s\" [style=dotted];\n", (unsigned long long)e->id, r->vtep);
    }
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            for (unsigned i = 0; i < v->by_n; i++) {
                dot_client(w, e, &v->by[i], v->by_family);
                text_printf(w->out, " -> h%llu [label=\"%s/%u\"];\n", (unsigned long long)e->id, v->app != 0 ? proto_name(v->app) : "?", v->port);
            }
        }
    }
}

/* ---- STIX 2.1: an infrastructure for each host, consisting of its addresses and software ---- */

/* The same host has the same id in each export. */
static void stix_id(char out[96], const char *type, const char *text, uint64_t scope)
{
    uint64_t a = hash_bytes(text, strlen(text), 0x73746978 + scope), b = hash_bytes(text, strlen(text), 0x78697473 + scope);

    snprintf(out, 96, "%s--%08x-%04x-5%03x-%04x-%012llx", type, (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (b >> 48 & 0x3fff)), (unsigned long long)(b & 0xffffffffffffULL));
}

static void stix_time(char out[CLOCK_TEXT_MAX], uint64_t ns)
{
    time_t seconds = (time_t)(ns / CLOCK_SECOND);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL || strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S.000Z", &tm) == 0) {
        out[0] = '\0';
    }
}

static bool ids_grow(struct writer *w)
{
    size_t room = w->id_room != 0 ? 2 * w->id_room : 1024;
    uint64_t *id = calloc(room, sizeof *id);

    if (id == NULL) {
        w->failed = true;
        return false;
    }
    for (size_t i = 0; i < w->id_room; i++) {
        size_t at = w->id[i] & (room - 1);
        while (w->id[i] != 0 && id[at] != 0) {
            at = (at + 1) & (room - 1);
        }
        id[at] = w->id[i] != 0 ? w->id[i] : id[at];
    }
    free(w->id);
    w->id = id;
    w->id_room = room;
    return true;
}

/* Is it the first time that this id is asked for?  A bundle has each once. */
static bool id_first(struct writer *w, const char *text)
{
    uint64_t id = hash_bytes(text, strlen(text), 0x6f6e6365);

    id += id == 0;
    if (2 * w->id_n >= w->id_room && !ids_grow(w)) {
        return false;
    }
    size_t at = id & (w->id_room - 1);
    while (w->id[at] != 0 && w->id[at] != id) {
        at = (at + 1) & (w->id_room - 1);
    }
    bool first = w->id[at] == 0;
    w->id[at] = id;
    w->id_n += first;
    return first;
}

/* An object up to its id. */
static void stix_begin(struct writer *w, struct json *j, const char *type, const char *id)
{
    text_str(w->out, w->n++ != 0 ? ",\n" : "");
    json_init(j, w->out);
    json_object(j, NULL);
    json_string(j, "type", type);
    json_string(j, "spec_version", "2.1");
    json_string(j, "id", id);
}

/* as: what it is there; of: at which of the host's addresses; salt: … and port, or since when. */
struct link { const char *as, *of; uint64_t salt, since, until; };

static void stix_link(struct writer *w, const char *id, const struct link *l)
{
    char link[96], key[200 + ADDR_TEXT_MAX], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
    struct json j;

    snprintf(key, sizeof key, "%s %s%s%s", w->host, id, l->of[0] != '\0' ? " " : "", l->of);
    stix_id(link, "relationship", key, l->salt);
    if (!id_first(w, link)) {
        return;
    }
    stix_time(first, l->since);
    stix_time(last, l->until > l->since ? l->until : l->since);
    stix_begin(w, &j, "relationship", link);
    json_string(&j, "created", first);
    json_string(&j, "modified", last);
    json_string(&j, "relationship_type", "consists-of");
    if (l->as[0] != '\0') {
        json_string(&j, "description", l->as);
    }
    json_string(&j, "source_ref", w->host);
    json_string(&j, "target_ref", id);
    json_end_object(&j);
}

static void stix_address(struct writer *w, const struct tenure *t)
{
    char text[ADDR_TEXT_MAX], id[96];
    const char *type = t->family == FAMILY_MAC ? "mac-addr" : t->family == FAMILY_4 ? "ipv4-addr" : "ipv6-addr";
    struct json j;

    tenure_text(t, text);
    stix_id(id, type, text, t->scope);
    if (id_first(w, id)) {
        stix_begin(w, &j, type, id);
        json_string(&j, "value", text);
        json_end_object(&j);
    }
    stix_link(w, id, &(struct link){ .as = "", .of = "", .salt = t->since, .since = t->since, .until = t->last });
}

enum { CPE_STRING_MAX = 2 * CPE_MAX + 40 };

/* NISTIR 7695 6.2: "cpe:/a:f5:nginx:1.18.0" as "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*"; empty: it is no name of that kind. */
static void cpe_string(const char *uri, char out[CPE_STRING_MAX])
{
    enum { ATTRIBUTES = 11 };
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    unsigned parts = 1;
    bool said = false;

    if (strncmp(uri, "cpe:/", 5) != 0) {
        snprintf(out, CPE_STRING_MAX, "%s", strncmp(uri, "cpe:2.3:", 8) == 0 ? uri : "");
        return;
    }
    size_t n = (size_t)snprintf(out, CPE_STRING_MAX, "cpe:2.3:");
    for (const char *p = uri + 5; *p != '\0' && *p != '~' && parts < ATTRIBUTES; p++) { /* behind a '~' stands what few names have */
        uint64_t code = (uint8_t)tolower((unsigned char)*p);
        bool coded = *p == '%' && strlen(p) > 2 && bytes_hex(bytes_of(p + 1, 2), &code);
        p += coded ? 2 : 0;
        if (!coded && code == ':') {
            out[n] = '*'; /* nothing was said of it */
            n += !said;
            out[n++] = ':';
            parts++;
        } else if (coded && code <= 2) { /* 6.1.2.3.3: any one, any number */
            out[n++] = code == 1 ? '?' : '*';
        } else {
            out[n] = '\\';
            n += bytes_find_byte(bytes_str(plain), (uint8_t)code) == SIZE_MAX;
            out[n++] = (char)code;
        }
        said = out[n - 1] != ':' || coded;
    }
    n += (size_t)snprintf(out + n, CPE_STRING_MAX - n, "%s", said ? "" : "*");
    for (; parts < ATTRIBUTES; parts++) {
        n += (size_t)snprintf(out + n, CPE_STRING_MAX - n, ":*");
    }
}

/* 6.15: each program once for all who have it. */
static void stix_program(struct writer *w, const struct software *s, const struct link *l)
{
    char id[96], text[SOFTWARE_TEXT], uri[CPE_MAX], cpe[CPE_STRING_MAX], key[SOFTWARE_TEXT + 64 + CPE_STRING_MAX];
    struct json j;

    (void)software_text(s, text);
    software_cpe(s, uri);
    cpe_string(uri, cpe);
    snprintf(key, sizeof key, "%s\t%.*s\t%s", text, (int)(s->vendor.n < 60 ? s->vendor.n : 60), (const char *)s->vendor.p, cpe);
    stix_id(id, "software", key, 0);
    if (id_first(w, id)) {
        stix_begin(w, &j, "software", id);
        json_bytes(&j, "name", s->product);
        if (cpe[0] != '\0') {
            json_string(&j, "cpe", cpe);
        }
        if (s->vendor.n != 0) {
            json_bytes(&j, "vendor", s->vendor);
        }
        if (s->version.n != 0) {
            json_bytes(&j, "version", s->version);
        }
        json_end_object(&j);
    }
    stix_link(w, id, l);
}

/* What speaks at that address, and what its host uses there itself. */
static void stix_software(struct writer *w, const struct tenure *t)
{
    char address[ADDR_TEXT_MAX], as[32];
    struct software s;

    tenure_text(t, address);
    for (const struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
        software_of(w->m, t, v, &s);
        snprintf(as, sizeof as, "on port %u/%s", v->port, v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "sctp");
        if (s.product.n != 0) {
            stix_program(w, &s, &(struct link){ .as = as, .of = address, .salt = (uint64_t)v->proto << 16 | v->port, .since = v->first, .until = v->last });
        }
    }
    for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
        if (software_of_client(w->m, v, &s)) {
            stix_program(w, &s, &(struct link){ .as = "as a client", .of = address, .since = v->first, .until = v->last });
        }
    }
}

/* Of its addresses the hardware address that it had first, else what it had first: it keeps that, whatever comes. */
static void stix_key(const struct entity *e, char out[ADDR_TEXT_MAX])
{
    const struct tenure *oldest = NULL;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        bool mac = t->family == FAMILY_MAC, had = oldest != NULL && oldest->family == FAMILY_MAC;
        if (oldest == NULL || (mac != had ? mac : t->since < oldest->since || (t->since == oldest->since && memcmp(&t->addr, &oldest->addr, sizeof t->addr) < 0))) {
            oldest = t;
        }
    }
    out[0] = '\0';
    if (oldest != NULL) {
        (void)tenure_text(oldest, out);
    }
}

/* Of two hosts that had the same address first, one after the other, the younger has its number in its id: of all hosts, whichever are wanted. */
static void stix_host(struct writer *w, const struct entity *e)
{
    char key[ADDR_TEXT_MAX], own[ADDR_TEXT_MAX + 24];

    stix_key(e, key);
    stix_id(w->host, "infrastructure", key, e->scope);
    if (!id_first(w, w->host)) {
        snprintf(own, sizeof own, "%s #%llu", key, (unsigned long long)e->id);
        stix_id(w->host, "infrastructure", own, e->scope);
    }
}

static void stix(struct writer *w, const struct entity *e, const struct host_row *r)
{
    char name[sizeof r->name], what[sizeof r->os + 24], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
    struct json j;

    stix_time(first, e->first);
    stix_time(last, e->last);
    label(r, name);
    int n = snprintf(what, sizeof what, "%s", r->os[0] != '\0' ? r->os : r->kind);
    if (e->scope != 0) {
        snprintf(what + n, sizeof what - (size_t)n, ", tenant %u", e->scope);
    }
    stix_begin(w, &j, "infrastructure", w->host);
    json_string(&j, "created", first);
    json_string(&j, "modified", last);
    json_string(&j, "name", name);
    json_string(&j, "description", what);
    json_string(&j, "first_seen", first);
    json_string(&j, "last_seen", last);
    json_end_object(&j);
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (tenure_until(w->m, t) != 0) {
            continue;
        }
        stix_address(w, t);
        stix_software(w, t);
    }
}

static const struct {
    const char *name, *before, *after;
    void (*each)(struct writer *w, const struct entity *e); /* of all hosts, before it is asked whether they are wanted; may be NULL */
    void (*host)(struct writer *w, const struct entity *e, const struct host_row *r);
    void (*end)(struct writer *w);                          /* may be NULL */
} formats[] = {
    { "csv", "id,addresses,mac,maker,name,kind,os,hypervisor,vlan,tenant,vtep,services,roles,first_seen,last_seen,software,criticality,client_software\r\n", "", NULL, csv, NULL },
    { "nmap", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<nmaprun scanner=\"peccary\" args=\"peccary hosts\" version=\"" PECCARY_VERSION "\" xmloutputversion=\"1.05\">\n"
              "<verbose level=\"0\"/>\n<debugging level=\"0\"/>\n", "", NULL, nmap, nmap_end },
    { "dot", "digraph hosts {\n  rankdir=LR;\n", "}\n", NULL, dot, NULL },
    { "stix", "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-5000-8000-000000000001\",\"objects\":[\n", "\n]}\n", stix_host, stix, NULL },
};

static unsigned format_named(const char *format)
{
    unsigned k = 0;

    while (k < ROWS(formats) && strcmp(formats[k].name, format) != 0) {
        k++;
    }
    return k;
}

bool hosts_exports(const char *format, struct err *err)
{
    return format_named(format) < ROWS(formats) || err_set(err, "export: '%s' is none of csv, nmap, dot, stix", format);
}

bool hosts_export(struct hosts *h, const struct host_filter *f, const char *format, FILE *to, struct err *err)
{
    unsigned k = format_named(format);
    struct text out;
    bool whole = true;

    if (!hosts_exports(format, err)) {
        return false;
    }
    text_init(&out, 0);
    pthread_mutex_lock(&h->lock);
    map_thought(h->map);
    struct writer w = { .out = &out, .m = h->map, .f = f };
    text_str(&out, formats[k].before);
    for (const struct entity *e = h->map->first; e != NULL; e = e->next) {
        struct host_row r;
        host_row_of(h->map, e, &r);
        if (formats[k].each != NULL) {
            formats[k].each(&w, e);
        }
        if (f == NULL || filter_takes(f, h->map, e, &r)) {
            formats[k].host(&w, e, &r);
            whole &= text_to(&out, to);
        }
    }
    if (formats[k].end != NULL) {
        formats[k].end(&w);
    }
    text_str(&out, formats[k].after);
    whole &= text_to(&out, to) && !w.failed;
    pthread_mutex_unlock(&h->lock);
    free(w.id);
    text_fini(&out);
    return whole || err_set(err, "export: not enough memory: it is not whole");
}
