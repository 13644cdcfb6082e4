/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export - the map in formats of others: CSV (RFC 4180), nmap's XML, Graphviz, STIX 2.1. */
#include "aware/hosts.h"
#include "aware/software.h"
#include "base/hash.h"
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct writer {
    struct text *out;
    const struct map *m;
    unsigned n;
};

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
    const char *cells[] = { id, r->addresses, r->mac, r->maker, r->name, r->kind, r->os, r->vm, vlan, tenant, r->vtep, r->services, r->roles, first, last, r->software };

    if (w->n++ == 0) {
        text_str(w->out, "id,addresses,mac,maker,name,kind,os,hypervisor,vlan,tenant,vtep,services,roles,first_seen,last_seen,software\r\n");
    }
    snprintf(id, sizeof id, "%llu", (unsigned long long)e->id);
    snprintf(vlan, sizeof vlan, "%u", r->vlan);
    snprintf(tenant, sizeof tenant, "%u", r->tenant);
    iso(e->first, first);
    iso(e->last, last);
    for (unsigned i = 0; i < ROWS(cells); i++) {
        csv_cell(w->out, cells[i], i + 1 == ROWS(cells));
    }
}

/* ---- nmap ---- */

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

static void nmap_services(const struct map *m, const struct entity *e, struct text *out)
{
    text_str(out, "<ports>");
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            text_printf(out, "<port protocol=\"%s\" portid=\"%u\"><state state=\"open\" reason=\"passive\"/>", v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "sctp", v->port);
            nmap_service(m, t, v, out);
            text_str(out, "</port>");
        }
    }
    text_str(out, "</ports>");
}

static void nmap(struct writer *w, const struct entity *e, const struct host_row *r)
{
    char text[ADDR_TEXT_MAX];

    text_printf(w->out, "<host starttime=\"%llu\" endtime=\"%llu\"><status state=\"up\" reason=\"passive\"/>", (unsigned long long)(e->first / CLOCK_SECOND),
                (unsigned long long)(e->last / CLOCK_SECOND));
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (tenure_until(w->m, t) == 0) {
            tenure_text(t, text);
            text_printf(w->out, "<address addr=\"%s\" addrtype=\"%s\"/>", text, t->family == FAMILY_MAC ? "mac" : t->family == FAMILY_4 ? "ipv4" : "ipv6");
        }
    }
    if (r->name[0] != '\0') {
        text_str(w->out, "<hostnames><hostname name=\"");
        xml(w->out, bytes_str(r->name));
        text_str(w->out, "\" type=\"user\"/></hostnames>");
    }
    nmap_services(w->m, e, w->out);
    if (r->os[0] != '\0') {
        text_str(w->out, "<os><osmatch name=\"");
        xml(w->out, bytes_str(r->os));
        text_printf(w->out, "\" accuracy=\"%u\"/></os>", e->confidence);
    }
    text_str(w->out, "</host>\n");
}

/* ---- Graphviz: who uses whose services ---- */

static void dot(struct writer *w, const struct entity *e, const struct host_row *r)
{
    char first[64];

    snprintf(first, sizeof first, "%.*s", (int)strcspn(r->addresses, ","), r->addresses);
    text_printf(w->out, "  h%llu [label=\"", (unsigned long long)e->id);
    for (const char *s = r->name[0] != '\0' ? r->name : first[0] != '\0' ? first : r->mac; *s != '\0'; s++) {
        text_str(w->out, *s == '"' || *s == '\\' ? "\\" : "");
        text_byte(w->out, *s);
    }
    text_printf(w->out, "\\n%s\"];\n", r->kind);
    if (r->vtep[0] != '\0') {
        text_printf(w->out, "  h%llu -> \"vtep %s\" [style=dotted];\n", (unsigned long long)e->id, r->vtep);
    }
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            for (unsigned i = 0; i < v->by_n; i++) {
                const struct tenure *by = map_find(w->m, e->scope, &v->by[i], v->by_family);
                if (by != NULL) {
                    text_printf(w->out, "  h%llu -> h%llu [label=\"%s/%u\"];\n", (unsigned long long)by->entity->id, (unsigned long long)e->id,
                                v->app != 0 ? proto_name(v->app) : "?", v->port);
                }
            }
        }
    }
}

/* ---- STIX 2.1: an infrastructure for each host, consisting of its addresses ---- */

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

static void stix_link(struct writer *w, const char *host, const char *id, uint64_t salt, uint64_t since, uint64_t until)
{
    char link[96], key[200], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
    struct json j;

    snprintf(key, sizeof key, "%s %s", host, id);
    stix_id(link, "relationship", key, salt);
    stix_time(first, since);
    stix_time(last, until);
    text_str(w->out, ",\n");
    json_init(&j, w->out);
    json_object(&j, NULL);
    json_string(&j, "type", "relationship");
    json_string(&j, "spec_version", "2.1");
    json_string(&j, "id", link);
    json_string(&j, "created", first);
    json_string(&j, "modified", last);
    json_string(&j, "relationship_type", "consists-of");
    json_string(&j, "source_ref", host);
    json_string(&j, "target_ref", id);
    json_end_object(&j);
}

static void stix_address(struct writer *w, const struct tenure *t, const char *host)
{
    char text[ADDR_TEXT_MAX], id[96];
    const char *type = t->family == FAMILY_MAC ? "mac-addr" : t->family == FAMILY_4 ? "ipv4-addr" : "ipv6-addr";
    struct json j;

    tenure_text(t, text);
    stix_id(id, type, text, t->scope);
    text_str(w->out, ",\n");
    json_init(&j, w->out);
    json_object(&j, NULL);
    json_string(&j, "type", type);
    json_string(&j, "id", id);
    json_string(&j, "value", text);
    json_end_object(&j);
    stix_link(w, host, id, t->since, t->since, t->last);
}

/* 6.15: each program once for all who have it. */
static void stix_software(struct writer *w, const struct tenure *t, const struct service *v, const char *host)
{
    char id[96], text[SOFTWARE_TEXT], cpe[CPE_MAX];
    struct software s;
    struct json j;

    software_of(w->m, t, v, &s);
    if (s.product.n == 0) {
        return;
    }
    (void)software_text(&s, text);
    software_cpe(&s, cpe);
    stix_id(id, "software", text, 0);
    text_str(w->out, ",\n");
    json_init(&j, w->out);
    json_object(&j, NULL);
    json_string(&j, "type", "software");
    json_string(&j, "spec_version", "2.1");
    json_string(&j, "id", id);
    json_bytes(&j, "name", s.product);
    if (s.vendor.n != 0) {
        json_bytes(&j, "vendor", s.vendor);
    }
    if (s.version.n != 0) {
        json_bytes(&j, "version", s.version);
    }
    json_end_object(&j);
    stix_link(w, host, id, v->port, v->first, v->last);
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

static void stix(struct writer *w, const struct entity *e, const struct host_row *r)
{
    char host[96], key[ADDR_TEXT_MAX], first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
    struct json j;

    stix_key(e, key);
    stix_id(host, "infrastructure", key, e->scope);
    stix_time(first, e->first);
    stix_time(last, e->last);
    text_str(w->out, w->n++ != 0 ? ",\n" : "");
    json_init(&j, w->out);
    json_object(&j, NULL);
    json_string(&j, "type", "infrastructure");
    json_string(&j, "spec_version", "2.1");
    json_string(&j, "id", host);
    json_string(&j, "created", first);
    json_string(&j, "modified", last);
    json_string(&j, "name", r->name[0] != '\0' ? r->name : r->addresses[0] != '\0' ? r->addresses : r->mac);
    json_string(&j, "description", r->os[0] != '\0' ? r->os : r->kind);
    json_string(&j, "first_seen", first);
    json_string(&j, "last_seen", last);
    json_end_object(&j);
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->until == 0) {
            stix_address(w, t, host);
        }
        for (const struct service *v = service_first(t); v != NULL && t->until == 0; v = service_next(t, v)) {
            stix_software(w, t, v, host);
        }
    }
}

static const struct {
    const char *name, *before, *after;
    void (*host)(struct writer *w, const struct entity *e, const struct host_row *r);
} formats[] = {
    { "csv", "", "", csv },
    { "nmap", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<nmaprun scanner=\"peccary\" version=\"" PECCARY_VERSION "\" xmloutputversion=\"1.05\">\n", "</nmaprun>\n", nmap },
    { "dot", "digraph hosts {\n  rankdir=LR;\n", "}\n", dot },
    { "stix", "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-5000-8000-000000000001\",\"objects\":[\n", "\n]}\n", stix },
};

bool hosts_export(struct hosts *h, const struct host_filter *f, const char *format, FILE *to, struct err *err)
{
    struct text out;
    bool whole = true;
    unsigned k = 0;

    while (k < ROWS(formats) && strcmp(formats[k].name, format) != 0) {
        k++;
    }
    if (k == ROWS(formats)) {
        return err_set(err, "export: '%s' is none of csv, nmap, dot, stix", format);
    }
    text_init(&out, 0);
    pthread_mutex_lock(&h->lock);
    struct writer w = { .out = &out, .m = h->map };
    text_str(&out, formats[k].before);
    for (const struct entity *e = h->map->first; e != NULL; e = e->next) {
        struct host_row r;
        host_row_of(h->map, e, &r);
        if (f == NULL || filter_takes(f, h->map, e, &r)) {
            formats[k].host(&w, e, &r);
            whole &= text_to(&out, to);
        }
    }
    text_str(&out, formats[k].after);
    whole &= text_to(&out, to);
    pthread_mutex_unlock(&h->lock);
    text_fini(&out);
    return whole || err_set(err, "export: not enough memory: it is not whole");
}
