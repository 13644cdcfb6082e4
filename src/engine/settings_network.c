/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_network - the sections port-scan, arp-spoof and address-lists. */
#include "config/vars.h"
#include "engine/settings_eve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets of addresses and lists that the settings own. */
struct network_owned {
    struct addr_set watch, ignore_scanners, ignore_scanned;
    struct arp_host *host;
    struct address_list list[LISTS_MAX];
};

static const char *value_at(struct conf *conf, const char *path)
{
    conf_mark_used(conf, path);
    return conf_get(conf, path);
}

static bool switch_at(struct conf *conf, const char *path, bool *on, struct err *err)
{
    conf_mark_used(conf, path);
    return conf_bool(conf, path, on, err);
}

/* A value, or a list's with commas between; NULL: none. */
static const char *list_at(struct conf *conf, const char *path, struct err *err)
{
    const struct option_row row = { .path = path, .type = OPTION_LIST };
    const char *v = NULL;

    return conf_apply(conf, &row, 1, &v, err) ? v : NULL;
}

static bool set_at(struct conf *conf, const char *path, struct addr_set *set, const struct addr_set **out, struct err *err)
{
    const char *v = list_at(conf, path, err);

    if (v == NULL) {
        return true;
    }
    *out = set;
    return vars_addresses(conf, v, set, err) || err_add(err, "%s", path);
}

/* Words of a value, or of a list: a bit each. */
static bool words_at(struct conf *conf, const char *path, const char *const *names, unsigned n, uint8_t *bits, struct err *err)
{
    const char *v = list_at(conf, path, err);
    char copy[256], *save = NULL;

    if (v == NULL || strcmp(v, "all") == 0) {
        *bits = (uint8_t)((1u << n) - 1);
        return true;
    }
    *bits = 0;
    snprintf(copy, sizeof copy, "%s", v);
    for (const char *w = strtok_r(copy, " ,[]", &save); w != NULL; w = strtok_r(NULL, " ,[]", &save)) {
        unsigned i = 0;
        while (i < n && strcmp(names[i], w) != 0) {
            i++;
        }
        if (i == n) {
            return err_set(err, "%s: '%s' is not known", path, w);
        }
        *bits |= (uint8_t)(1u << i);
    }
    return true;
}

static bool number_at(struct conf *conf, const char *path, uint64_t max, uint64_t *out, struct err *err)
{
    conf_mark_used(conf, path);
    return conf_u64(conf, path, out, err) && (*out <= max || err_set(err, "%s: more than %llu", path, (unsigned long long)max));
}

/* port-scan.tcp.sweep.nets and the like, over the level's presets. */
static bool limits_make(struct scan_settings *s, struct conf *conf, const char *const *protos, const char *const *types, struct err *err)
{
    static const struct {
        const char *name;
        size_t at;
    } parts[] = { { "scans", offsetof(struct scan_limit, scans) }, { "rejects", offsetof(struct scan_limit, rejects) },
                  { "nets", offsetof(struct scan_limit, nets) },   { "ports", offsetof(struct scan_limit, ports) } };
    char path[96];

    for (unsigned i = 0; i < SCAN_PROTOS; i++) {
        uint64_t n = s->window[i];
        snprintf(path, sizeof path, "port-scan.%s.window", protos[i]);
        if (!number_at(conf, path, UINT32_MAX, &n, err)) {
            return false;
        }
        s->window[i] = (uint32_t)n;
        for (unsigned k = 0; k < SCAN_TYPES * ROWS(parts); k++) {
            uint16_t *to = (uint16_t *)(void *)((char *)&s->limit[i][k / ROWS(parts)] + parts[k % ROWS(parts)].at);
            n = *to;
            snprintf(path, sizeof path, "port-scan.%s.%s.%s", protos[i], types[k / ROWS(parts)], parts[k % ROWS(parts)].name);
            if (!number_at(conf, path, UINT16_MAX, &n, err)) {
                return false;
            }
            *to = (uint16_t)n;
        }
    }
    return true;
}

static bool scan_make(struct scan_settings *s, struct network_owned *own, struct conf *conf, struct err *err)
{
    static const char *const protos[] = { "tcp", "udp", "ip", "icmp" }, *const types[] = { "portscan", "decoy", "portsweep", "distributed" };
    static const char *const levels[] = { "low", "medium", "high" };
    const char *level = value_at(conf, "port-scan.sense-level");
    unsigned at = level == NULL ? SCAN_LOW : 0;

    while (level != NULL && at < SCAN_LEVELS && strcmp(levels[at], level) != 0) {
        at++;
    }
    if (at == SCAN_LEVELS) {
        return err_set(err, "port-scan.sense-level: '%s' is none of low, medium, high", level);
    }
    scan_preset(s, (enum scan_level)at);
    s->memcap = 10 << 20;
    conf_mark_used(conf, "port-scan.memcap");
    return switch_at(conf, "port-scan.enabled", &s->on, err) && switch_at(conf, "port-scan.alert-all", &s->alert_all, err) &&
           switch_at(conf, "port-scan.include-midstream", &s->midstream, err) && conf_size(conf, "port-scan.memcap", &s->memcap, err) &&
           words_at(conf, "port-scan.protocols", protos, ROWS(protos), &s->protos, err) &&
           words_at(conf, "port-scan.types", types, ROWS(types), &s->types, err) && limits_make(s, conf, protos, types, err) &&
           set_at(conf, "port-scan.watch-ip", &own->watch, &s->watch, err) &&
           set_at(conf, "port-scan.ignore-scanners", &own->ignore_scanners, &s->ignore_scanners, err) &&
           set_at(conf, "port-scan.ignore-scanned", &own->ignore_scanned, &s->ignore_scanned, err);
}

/* arp-spoof.hosts: entries "192.0.2.1 00:11:22:33:44:55". */
static bool arp_make(struct arp_settings *s, struct network_owned *own, struct conf *conf, struct err *err)
{
    const struct conf_node *hosts = conf_node(conf, "arp-spoof.hosts");

    conf_mark_used(conf, "arp-spoof.hosts.**");
    if (!switch_at(conf, "arp-spoof.enabled", &s->on, err)) {
        return false;
    }
    own->host = hosts != NULL ? calloc(ARP_HOSTS_MAX, sizeof *own->host) : NULL;
    s->hosts = own->host;
    for (const struct conf_node *n = hosts != NULL ? conf_first(hosts) : NULL; n != NULL && own->host != NULL; n = conf_next(n)) {
        struct arp_host *h = &own->host[s->host_n];
        const char *v = conf_value(n) != NULL ? conf_value(n) : "";
        unsigned b[10];
        bool ok = sscanf(v, "%u.%u.%u.%u %2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7], &b[8], &b[9]) == 10;
        for (unsigned i = 0; ok && i < 10; i++) {
            ok = b[i] <= 255;
            *(i < 4 ? &h->ip[i] : &h->mac[i - 4]) = (uint8_t)b[i];
        }
        if (!ok || s->host_n == ARP_HOSTS_MAX - 1) {
            struct conf_place p = conf_place(n);
            return err_set(err, "%s:%u:%u: arp-spoof.hosts: '%s' is not 'ADDRESS HARDWARE-ADDRESS', or there are more than %d", p.file, p.line, p.column, v,
                           ARP_HOSTS_MAX - 1);
        }
        s->host_n++;
    }
    return true;
}

/* One file of addresses. */
struct list_entry {
    const char *file, *tenant; /* NULL: of all */
    enum list_action action;
};

static bool list_add(struct engine_settings *settings, struct conf *conf, const struct list_entry *e, struct log *log, struct err *err)
{
    struct list_settings *s = &settings->network.lists;
    const char *folder = value_at(conf, "address-lists.folder");
    char path[4096];
    unsigned bad = 0;
    uint64_t id = 0;

    if (s->list_n == LISTS_MAX) {
        return err_set(err, "address-lists: more than %d", LISTS_MAX);
    }
    if (e->tenant != NULL && (!conf_text_u64(e->tenant, &id) || id > UINT32_MAX)) {
        return err_set(err, "address-lists: tenant '%s' is no number", e->tenant);
    }
    struct address_list *l = &settings->network_owned->list[s->list_n];
    *l = (struct address_list){ .action = (uint8_t)e->action, .all = e->tenant == NULL, .tenant = (uint32_t)id };
    bool below = folder != NULL && e->file[0] != '/';
    snprintf(path, sizeof path, "%s%s%s", below ? folder : "", below ? "/" : "", e->file);
    if (!address_list_read(l, path, &bad, err)) {
        return err_add(err, "address-lists");
    }
    s->list_n++;
    if (bad != 0) {
        log_say(log, LOG_WARNING, "%s: %u lines are no addresses", path, bad);
    }
    return true;
}

static const char *value_of(const struct conf *conf, const struct conf_node *at, const char *key)
{
    const struct conf_node *n = conf_child(conf, at, key);

    return n != NULL ? conf_value(n) : NULL;
}

static bool lists_make(struct engine_settings *settings, struct conf *conf, struct log *log, struct err *err)
{
    struct list_settings *s = &settings->network.lists;
    static const char *const actions[] = { "block", "allow", "monitor" };
    const struct conf_node *lists = conf_node(conf, "address-lists.lists");
    const char *priority = value_at(conf, "address-lists.priority");

    conf_mark_used(conf, "address-lists.lists.**");
    s->list = settings->network_owned->list;
    s->block_first = priority != NULL && strcmp(priority, "block") == 0;
    if (!switch_at(conf, "address-lists.enabled", &s->on, err) || !switch_at(conf, "address-lists.scan-local", &s->scan_local, err) ||
        !switch_at(conf, "address-lists.trust", &s->trust, err)) {
        return false;
    }
    for (const struct conf_node *n = s->on && lists != NULL ? conf_first(lists) : NULL; n != NULL; n = conf_next(n)) {
        const char *action = value_of(conf, n, "action");
        unsigned i = 0;
        while (action != NULL && i < LIST_ACTIONS && strcmp(actions[i], action) != 0) {
            i++;
        }
        struct list_entry e = { value_of(conf, n, "file"), value_of(conf, n, "tenant"), (enum list_action)i };
        if (e.file == NULL || action == NULL || i == LIST_ACTIONS) {
            struct conf_place p = conf_place(n);
            return err_set(err, "%s:%u:%u: address-lists: an entry has file, and action: block, allow or monitor", p.file, p.line, p.column);
        }
        if (!list_add(settings, conf, &e, log, err)) {
            return false;
        }
    }
    return true;
}

bool settings_network(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err)
{
    s->network_owned = calloc(1, sizeof *s->network_owned);
    return s->network_owned != NULL ? scan_make(&s->network.scan, s->network_owned, conf, err) && arp_make(&s->network.arp, s->network_owned, conf, err) &&
                                          lists_make(s, conf, log, err)
                                    : err_set(err, "settings: not enough memory");
}

void settings_network_free(struct engine_settings *s)
{
    struct network_owned *own = s->network_owned;

    if (own == NULL) {
        return;
    }
    addr_set_fini(&own->watch);
    addr_set_fini(&own->ignore_scanners);
    addr_set_fini(&own->ignore_scanned);
    for (unsigned i = 0; i < s->network.lists.list_n; i++) {
        addr_set_fini(&own->list[i].set);
    }
    free(own->host);
    free(own);
}
