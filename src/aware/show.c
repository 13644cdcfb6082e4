/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show - one host in full, for people. */
#include "aware/hosts.h"
#include "aware/roles.h"
#include "aware/software.h"
#include "proto/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void when(struct text *out, uint64_t ns)
{
    struct clock_zone zone = { 0 };
    char text[CLOCK_TEXT_MAX];

    text_add(out, text, clock_iso(&zone, ns, text));
}

static void printable(struct text *out, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        text_byte(out, b.p[i] == '\t' ? ' ' : b.p[i] >= 0x20 && b.p[i] != 0x7f ? (char)b.p[i] : '.');
    }
}

static struct bytes text_of(const struct evidence *v) { return bytes_of(v->word->text, v->word->n); }

static void show_addresses(const struct map *m, const struct entity *e, struct text *out)
{
    char text[ADDR_TEXT_MAX];

    text_str(out, "\naddresses\n");
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        uint64_t until = tenure_until(m, t), lent = until == 0 ? lease_end(t) : 0;
        tenure_text(t, text);
        text_printf(out, "  %-40s %-6s since ", text, hold_name(t));
        when(out, t->since);
        text_str(out, until != 0 ? " until " : " last ");
        when(out, until != 0 ? until : t->last);
        if (lent != 0) {
            text_str(out, ", lent until ");
            when(out, lent);
        }
        text_byte(out, '\n');
    }
}

static void show_places(const struct entity *e, struct text *out)
{
    char text[ADDR_TEXT_MAX];

    for (unsigned i = 0; i < e->place_n; i++) {
        const struct place *p = &e->place[i];
        text_printf(out, "%s%s vlan %u", i == 0 ? "\nplaces\n" : "", i == e->place_now ? "  now " : "  then", p->vlan);
        if (p->vtep_family != FAMILY_NONE) {
            addr_text(&p->vtep, (enum family)p->vtep_family, text);
            text_printf(out, ", network %u behind %s", p->network, text);
        }
        text_str(out, " since ");
        when(out, p->first);
        text_byte(out, '\n');
    }
}

static void show_roles(const struct entity *e, struct text *out)
{
    struct role role[ROLES_MAX];

    for (unsigned i = 0, n = roles_of(e, role); i < n; i++) {
        text_printf(out, "%s  %s %s (confidence %u, by %s, last ", i == 0 ? "\nroles\n" : "", role[i].kind, role[i].what, role[i].confidence, sign_rows[role[i].by->sign].name);
        when(out, role[i].by->last);
        text_str(out, ")\n");
    }
}

static void show_parts(const struct software *s, struct text *out)
{
    printable(out, s->product);
    if (s->version.n != 0) {
        text_byte(out, ' ');
        printable(out, s->version);
    }
    if (s->more.n != 0) {
        text_str(out, " (");
        printable(out, s->more);
        text_byte(out, ')');
    }
    for (unsigned i = 0; i < s->part_n; i++) {
        text_str(out, i == 0 ? ", with " : ", ");
        printable(out, s->part[i].name);
        text_str(out, s->part[i].version.n != 0 ? " " : "");
        printable(out, s->part[i].version);
    }
}

/* What speaks there, and with which certificate. */
static void show_software(const struct map *m, const struct tenure *t, const struct service *v, struct text *out)
{
    static const struct { uint8_t sign; const char *what; } encrypted[] = {
        { SIGN_TLS_SUBJECT, "certificate" }, { SIGN_TLS_ISSUER, "issued by" }, { SIGN_TLS_FINGERPRINT, "SHA-1" }, { SIGN_TLS_JA3S, "JA3S" },
    };
    struct software s;

    software_of(m, t, v, &s);
    if (s.product.n != 0 || s.part_n != 0) {
        text_printf(out, "%13s", "");
        show_parts(&s, out);
        text_printf(out, "  (confidence %u, %s)\n", s.confidence, s.by->source == FUSE_SENSOR ? sign_rows[s.by->sign].name : source_name(s.by->source));
    } else if (s.by != NULL) {
        text_printf(out, "%13s\"", "");
        printable(out, text_of(s.by));
        text_str(out, "\"\n");
    }
    for (unsigned i = 0; i < ROWS(encrypted); i++) {
        const struct evidence *e = i < 3 ? software_certificate(t, v, encrypted[i].sign) : software_sign(t, v, encrypted[i].sign);
        if (e != NULL) {
            text_printf(out, "%13s%s ", "", encrypted[i].what);
            printable(out, text_of(e));
            text_byte(out, '\n');
        }
    }
}

static void show_clients(const struct map *m, const struct entity *e, struct text *out)
{
    struct software s;
    bool any = false;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (software_of_client(m, v, &s)) {
                text_str(out, any ? "  " : "\nclients\n  ");
                any = true;
                show_parts(&s, out);
                text_printf(out, "  (%s, confidence %u, last ", sign_rows[v->sign].name, s.confidence);
                when(out, v->last);
                text_str(out, ")\n");
            }
        }
    }
}

static void show_services(const struct map *m, const struct entity *e, struct text *out)
{
    bool any = false;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
            text_str(out, any ? "" : "\nservices\n");
            any = true;
            text_printf(out, "  %5u/%s  %-12s ", v->port, v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "sctp", v->app != 0 ? proto_name(v->app) : "not recognised");
            text_printf(out, v->flows != 0 || m->at == 0 ? "%llu flows, last " : "last ", (unsigned long long)v->flows);
            when(out, v->last);
            if (service_clients(v) != 0) {
                text_printf(out, ", %u client%s", service_clients(v), service_clients(v) == 1 ? "" : "s");
            }
            text_byte(out, '\n');
            show_software(m, t, v, out);
        }
    }
}

static void show_marks(const struct entity *e, struct text *out)
{
    bool any = false;

    for (unsigned i = 0; i < entity_mark_n; i++) {
        if ((e->flags & entity_marks[i].flag) != 0) {
            text_printf(out, "%s%s", any ? ", " : "marks      ", entity_marks[i].name);
            any = true;
        }
    }
    text_str(out, any ? "\n" : "");
}

static void show_evidence(const struct entity *e, struct text *out)
{
    char text[ADDR_TEXT_MAX];
    bool any = false;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (evidence_is_mark(v)) {
                continue;
            }
            text_str(out, any ? "" : "\nevidence\n");
            any = true;
            text_printf(out, "  %-16s ", sign_rows[v->sign].name);
            printable(out, bytes_of(v->word->text, v->word->n));
            tenure_text(t, text);
            text_printf(out, "  (%s", text);
            if (v->port != 0) {
                text_printf(out, " port %u", v->port);
            }
            if (v->source != FUSE_SENSOR) {
                text_printf(out, ", %s", source_name(v->source));
            }
            text_str(out, ", last ");
            when(out, v->last);
            text_str(out, ")\n");
        }
    }
}

/* By which rows of the tables; each once, though several addresses show it. */
static void show_reasons(const struct map *m, const struct identity *id, struct text *out)
{
    for (unsigned i = 0; i < id->evidence_n; i++) {
        const struct fuse_sign *s = derive_sign(m, id->evidence[i].sign);
        const char *row = s->guesses[id->evidence[i].guess].row;
        bool told = false;
        for (unsigned k = 0; k < i; k++) {
            const struct fuse_sign *x = derive_sign(m, id->evidence[k].sign);
            told |= x->sign == s->sign && strcmp(x->guesses[id->evidence[k].guess].row, row) == 0;
        }
        if (!told) {
            text_printf(out, "%-10s %s, %s\n", i == 0 ? "by" : "", sign_rows[s->sign].name, row);
        }
    }
}

static void show(const struct map *m, const struct entity *e, struct text *out)
{
    struct host_row r;
    struct identity id;

    host_row_of(m, e, &r);
    derive_identity(m, e, &id);
    text_printf(out, "#%llu  %s%s%s\n", (unsigned long long)e->id, r.kind, r.name[0] != '\0' ? "  " : "", r.name);
    if (r.os[0] != '\0') {
        text_printf(out, "system     %s (confidence %u%s)\n", r.os, id.confidence, id.conflict ? ", evidence conflicts" : "");
    }
    show_reasons(m, &id, out);
    if (r.vm[0] != '\0') {
        text_printf(out, "machine    virtual: %s\n", r.vm);
    }
    if (e->scope != 0) {
        text_printf(out, "tenant     %u\n", e->scope);
    }
    if (r.criticality[0] != '\0') {
        text_printf(out, "critical   %s\n", r.criticality);
    }
    show_marks(e, out);
    text_str(out, "seen       ");
    when(out, e->first);
    text_str(out, " to ");
    when(out, e->last);
    text_byte(out, '\n');
    if (m->at == 0 || e->flows != 0 || e->sent != 0 || e->received != 0) { /* as of then there is no count of what went on */
        text_printf(out, "traffic    %llu flows, %llu bytes sent, %llu received\n", (unsigned long long)e->flows, (unsigned long long)e->sent, (unsigned long long)e->received);
    }
    show_addresses(m, e, out);
    show_places(e, out);
    show_roles(e, out);
    show_services(m, e, out);
    show_clients(m, e, out);
    show_evidence(e, out);
}

bool hosts_show(struct hosts *h, const struct host_filter *f, struct text *out)
{
    bool any = false;

    pthread_mutex_lock(&h->lock);
    map_thought(h->map);
    for (const struct entity *e = h->map->first; e != NULL; e = e->next) {
        struct host_row r;
        host_row_of(h->map, e, &r);
        if (filter_takes(f, h->map, e, &r)) {
            text_str(out, any ? "\n" : "");
            any = true;
            show(h->map, e, out);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return any;
}

struct tenures {
    void (*each)(void *ctx, const struct host_tenure *t);
    void *ctx;
};

static size_t tenures_of(void *ctx, const struct map *m, const struct entity *e, size_t n)
{
    const struct tenures *x = ctx;

    (void)n;
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->family == FAMILY_4 || t->family == FAMILY_6) {
            x->each(x->ctx, &(struct host_tenure){ e->id, t->addr, t->since, tenure_until(m, t), e->scope });
        }
    }
    return 1;
}

size_t hosts_tenures(struct hosts *h, const char *which, void (*each)(void *ctx, const struct host_tenure *t), void *ctx)
{
    return hosts_find(h, which, tenures_of, &(struct tenures){ each, ctx });
}
