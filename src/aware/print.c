/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All tables together: where they are read from, and which is asked for a sign. */
#include "aware/print_table.h"

#include "base/file.h"
#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAMES(n) const char *const n
NAMES(os_family_names[OS_FAMILY_N]) = { "unknown", "windows", "linux", "android", "macos", "ios", "bsd", "solaris", "unix", "cisco", "juniper", "network",
                                        "embedded", "hypervisor" };
NAMES(device_names[DEVICE_N]) = { "unknown", "computer", "server", "phone", "tablet", "printer", "router", "switch", "access-point", "firewall", "load-balancer",
                                  "nat", "camera", "media", "voip", "storage", "controller", "iot" };
NAMES(hypervisor_names[HYPERVISOR_N]) = { "none", "vmware", "hyper-v", "kvm", "xen", "virtualbox", "parallels", "bhyve", "container", "cloud", "other" };

static const char P0F[] = "/etc/p0f/p0f.fp";
static const char *const makers[] = { "/usr/share/ieee-data/oui.csv", "/usr/share/ieee-data/mam.csv", "/usr/share/ieee-data/oui36.csv" };

/* ---- loading ---- */

static bool built_read(struct print_reader *r, unsigned which, const char *name)
{
    for (size_t i = 0; i < prints_built_n; i++) {
        if (strcmp(prints_built[i].name, name) == 0) {
            print_table_read(r, which, bytes_of(prints_built[i].text, prints_built[i].n));
            return true;
        }
    }
    return false;
}

/* NAME.prints of `dir`, or the one built in; what is not there stays empty. */
static void own_read(struct print_reader *r, const char *dir, unsigned which)
{
    const char *name = print_table_name(which);
    char file[128], path[4096];
    struct bytes text;
    struct err err;

    if (name[0] == '\0') {
        return;
    }
    snprintf(file, sizeof file, "%s.prints", name);
    r->file = file;
    r->line = 0;
    if (!dir) {
        built_read(r, which, file);
    } else if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, file) < sizeof path && access(path, F_OK) == 0) {
        if (file_read(path, PRINT_FILE_MAX, &text, &err)) {
            print_table_read(r, which, text);
            file_free(text);
        } else {
            print_bad(r, 0, &err);
        }
    }
}

/* A file of the system: none is no fault. */
static void system_read(struct print_reader *r, const char *path, const char *name, void (*read)(struct print_reader *, struct bytes))
{
    struct bytes text;
    struct err err;

    r->file = name;
    r->line = 0;
    if (access(path, R_OK) != 0) {
        return;
    }
    if (!file_read(path, PRINT_FILE_MAX, &text, &err)) {
        print_bad(r, 0, &err);
        return;
    }
    read(r, text);
    file_free(text);
}

struct prints *prints_load(const char *dir, void (*bad)(void *ctx, const struct err *e), void *ctx, struct err *err)
{
    struct prints *p;
    struct print_reader r = { .bad = bad, .ctx = ctx };

    if (dir && access(dir, R_OK | X_OK) != 0) {
        err_sys(err, "%s", dir);
        return NULL;
    }
    p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, "not enough memory for tables of fingerprints");
        return NULL;
    }
    arena_init(&p->arena, NULL, 64 << 20);
    r.prints = p;
    for (unsigned i = 0; i < TABLE_N; i++) {
        own_read(&r, dir, i);
        if (i != SIGN_TCP_SYN && i != SIGN_TCP_SYNACK && i != SIGN_MAC) {
            print_table_index(&p->table[i]);
        }
    }
    system_read(&r, P0F, "p0f.fp", print_p0f_read);
    for (unsigned i = 0; i < ROWS(makers); i++) {
        system_read(&r, makers[i], "ieee-data", print_makers_read);
    }
    if (p->arena.full) {
        err_set(err, "not enough memory for tables of fingerprints");
        prints_free(p);
        return NULL;
    }
    return p;
}

void prints_free(struct prints *p)
{
    if (!p) {
        return;
    }
    for (unsigned i = 0; i < TABLE_N; i++) {
        free(p->table[i].rows);
    }
    free(p->p0f_syn.rows);
    free(p->p0f_synack.rows);
    free(p->makers);
    arena_fini(&p->arena);
    free(p);
}

/* ---- asking ---- */

/* The first row that fits, else the first that nearly does. */
static const struct print_row *tcp_row(const struct print_table *t, const struct tcp_print *seen, uint32_t peer_mss, enum tcp_fit *fit)
{
    const struct print_row *near = NULL;

    for (size_t i = 0; i < t->n; i++) {
        enum tcp_fit f = tcp_print_fits(&t->rows[i].tcp, seen, peer_mss);
        if (f == TCP_FIT) {
            *fit = f;
            return &t->rows[i];
        }
        near = near || f == TCP_FIT_NOT ? near : &t->rows[i];
    }
    *fit = near ? TCP_FIT_NEAR : TCP_FIT_NOT;
    return near;
}

/* Our own rows before p0f's, and what fits before what nearly fits. */
unsigned print_tcp_match(const struct prints *p, bool answer, struct bytes text, struct guess *out)
{
    struct rd r = rd_of(text);
    bool blank;
    struct bytes own = rd_until(&r, ' ', &blank);
    struct tcp_print seen, peer;
    struct err err;
    size_t column;
    enum tcp_fit fit, theirs;
    const struct print_row *row, *other;
    uint32_t peer_mss = 0;
    unsigned n;

    if (!tcp_print_read(own, false, &seen, &column, &err)) {
        return 0;
    }
    if (blank && tcp_print_read(rd_rest(&r), false, &peer, &column, &err)) {
        peer_mss = (uint32_t)peer.mss;
    }
    row = tcp_row(&p->table[answer ? SIGN_TCP_SYNACK : SIGN_TCP_SYN], &seen, peer_mss, &fit);
    other = fit == TCP_FIT ? NULL : tcp_row(answer ? &p->p0f_synack : &p->p0f_syn, &seen, peer_mss, &theirs);
    if (other && (!row || theirs > fit)) {
        row = other;
        fit = theirs;
    }
    n = row ? print_guesses(row, text, NULL, out, 0) : 0;
    for (unsigned i = 0; i < n && fit == TCP_FIT_NEAR; i++) {
        out[i].strength = (uint8_t)(out[i].strength - out[i].strength / 3);
    }
    return n;
}

unsigned prints_match(const struct prints *p, enum sign sign, struct bytes text, struct guess out[GUESSES_MAX])
{
    unsigned n;

    if (sign <= SIGN_NONE || sign >= SIGN_N || text.n == 0) {
        return 0;
    }
    n = sign == SIGN_MAC ? print_mac_match(p, text, out) :
        sign == SIGN_TCP_SYN || sign == SIGN_TCP_SYNACK ? print_tcp_match(p, sign == SIGN_TCP_SYNACK, text, out) :
        print_table_match(&p->table[sign], text, out, 0);
    for (unsigned i = 1; i < n; i++) { /* strongest first, else as they stand */
        struct guess g = out[i];
        unsigned at = i;
        for (; at > 0 && out[at - 1].strength < g.strength; at--) {
            out[at] = out[at - 1];
        }
        out[at] = g;
    }
    return n;
}
