/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roles - what hosts do for a virtual infrastructure: they move machines, are managed or manage, hold or use shared disks.
 *
 * A flow's end tells it of both of its ends (the sign "role"), by the protocol or, where none of ours reads it, the application; what a
 * server says of itself tells it too.
 */
#include "aware/roles.h"

#include "aware/taps.h"

#include <stdio.h>
#include <string.h>

/* By what a flow is.  strength: of a hundred such hosts so many are it; likely: … of those with that family of systems. */
static const struct role_row {
    const char *app, *kind, *server, *client, *source;
    uint8_t strength, likely, family;
} flows[] = {
    { "qemu-migration", "migration", "qemu", "qemu", "by its head", 95, 95, 0 },
    { "vmotion", "migration", "vmotion", "vmotion", "by port alone; ESXi's other signs make it certain", 40, 85, OS_FAMILY_HYPERVISOR },
    { "hyper-v-migration", "migration", "hyper-v", "hyper-v", "by port alone", 40, 75, OS_FAMILY_WINDOWS },
    { "libvirt", "management", "libvirt", "libvirt-client", "by its head", 95, 95, 0 },
    { "vmware-authd", "management", "esxi", "esxi-client", "by its greeting", 95, 95, 0 },
    { "vmware-nfc", "management", "esxi", NULL, "by port alone", 40, 85, OS_FAMILY_HYPERVISOR },
    { "iscsi", "storage", "iscsi-target", "iscsi-initiator", "RFC 7143", 95, 95, 0 },
    { "nfs", "storage", "nfs-server", "nfs-client", "RFC 1813, RFC 8881", 90, 90, 0 },
    { "ceph", "storage", "ceph", "ceph", "by its banner", 90, 90, 0 },
    { "nbd", "storage", "nbd-server", "nbd-client", "by its greeting", 90, 90, 0 },
};

/* By a part of what a server says. */
static const struct {
    uint8_t sign, strength;
    const char *part, *kind, *what, *source;
} says[] = {
    { SIGN_BANNER, 95, "VMware Authentication Daemon", "management", "esxi", "greeting on TCP 902" },
    { SIGN_TLS_SUBJECT, 95, "OU=VMware ESX Server Default Certificate", "management", "esxi", "the certificate that it is installed with" },
    { SIGN_TLS_ISSUER, 85, "OU=VMware Engineering", "management", "vmware", "vCenter's own authority, which certifies ESXi hosts too" },
    { SIGN_HTTP_SERVER, 95, "pve-api-daemon", "management", "proxmox", "the daemon on TCP 8006" },
    { SIGN_TLS_ISSUER, 90, "PVE Cluster Manager CA", "management", "proxmox", "a cluster's own authority" },
};

unsigned role_named(const char *app)
{
    unsigned i = 0;

    while (i < ROWS(flows) && strcmp(flows[i].app, app) != 0) {
        i++;
    }
    return i < ROWS(flows) ? i + 1 : 0;
}

static void tell_role(struct aware_tap *t, const struct flow *f, unsigned end, const struct role_row *row)
{
    const char *what = end == 1 ? row->server : row->client;
    char text[64];

    if (what == NULL) {
        return;
    }
    struct seen *s = tap_begin(t, SEEN_SIGN);
    s->sign = SIGN_ROLE;
    tap_end(s, f, NULL, end);
    int n = snprintf(text, sizeof text, "%s %s", row->kind, what);
    tap_tell(t, s, bytes_of(text, (size_t)n), TELL_NEWS);
}

void tap_roles(struct aware_tap *t, const struct flow *f)
{
    unsigned id = f->app->id, role = id < PROTO_IDS ? t->tells[id].role : 0;

    if (id == PROTO_NONE || id == PROTO_FAILED) {
        const char *app = proto_app_name(f);
        role = app != NULL ? role_named(app) : 0;
    }
    for (unsigned end = 0; end < 2 && role != 0; end++) {
        tell_role(t, f, end, &flows[role - 1]);
    }
}

/* Of one kind and thing the strongest is kept. */
static unsigned role_add(struct role out[ROLES_MAX], unsigned n, struct role r)
{
    unsigned i = 0;

    while (i < n && !(strcmp(out[i].kind, r.kind) == 0 && strcmp(out[i].what, r.what) == 0)) {
        i++;
    }
    if (i < ROLES_MAX && (i == n || out[i].confidence < r.confidence)) {
        out[i] = r;
    }
    return i == n && n < ROLES_MAX ? n + 1 : n;
}

static bool is_role(struct bytes text, const char *kind, const char *what)
{
    size_t n = strlen(kind);

    return what != NULL && bytes_starts(text, kind) && text.n > n && bytes_is(bytes_from(text, n + 1), what);
}

static unsigned roles_by(const struct entity *e, const struct evidence *v, struct role out[ROLES_MAX], unsigned n)
{
    struct bytes text = bytes_of(v->word->text, v->word->n);

    for (unsigned i = 0; i < ROWS(flows) && v->sign == SIGN_ROLE; i++) {
        const struct role_row *r = &flows[i];
        bool server = is_role(text, r->kind, r->server);
        if (server || is_role(text, r->kind, r->client)) {
            uint8_t confidence = r->family != 0 && e->family == r->family ? r->likely : r->strength;
            n = role_add(out, n, (struct role){ r->kind, server ? r->server : r->client, v, confidence });
            break; /* what is known by port alone stands behind */
        }
    }
    for (unsigned i = 0; i < ROWS(says); i++) {
        if (v->sign == says[i].sign && bytes_find(text, bytes_str(says[i].part)) != SIZE_MAX) {
            n = role_add(out, n, (struct role){ says[i].kind, says[i].what, v, says[i].strength });
        }
    }
    return n;
}

unsigned roles_of(const struct entity *e, struct role out[ROLES_MAX])
{
    unsigned n = 0;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            n = roles_by(e, v, out, n);
        }
    }
    return n;
}

void roles_json(const struct entity *e, struct json *j)
{
    struct role role[ROLES_MAX];
    unsigned n = roles_of(e, role);

    for (unsigned i = 0; i < n; i++) {
        if (i == 0) {
            json_array(j, "roles");
        }
        json_object(j, NULL);
        json_string(j, "kind", role[i].kind);
        json_string(j, "what", role[i].what);
        json_string(j, "by", sign_rows[role[i].by->sign].name);
        json_string(j, "source", source_name(role[i].by->source));
        json_u64(j, "confidence", role[i].confidence);
        json_end_object(j);
        if (i + 1 == n) {
            json_end_array(j);
        }
    }
}
