/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suricata_live - Suricata's ways to name devices (-i, --af-packet, --pcap, -q; the sections af-packet, pcap and nfq) as ours.
 */
#include "app/suricata_live.h"

#include <stdlib.h>
#include <string.h>

/* How a flag is written, which section of the settings lists its devices, which kind reads them. */
static const struct way {
    const char *flag, *section, *kind, *mode;
} ways[] = {
    { "i", "af-packet", "ring", "AF_PACKET_DEV" },
    { "af-packet", "af-packet", "ring", "AF_PACKET_DEV" },
    { "af-xdp", "af-xdp", "xdp", "AF_XDP_DEV" },
    { "pcap", "pcap", "pcap", "PCAP_DEV" },
    { "q", "nfq", "nfq", "NFQ" },
};

static bool is_given(const struct given *g, const char *name)
{
    return (name[1] == '\0' && g->flag->letter == name[0]) || (g->flag->name != NULL && strcmp(g->flag->name, name) == 0);
}

bool suricata_live_asked(const struct arguments *a)
{
    for (size_t i = 0; i < ROWS(ways); i++) {
        if (argument_given(a, ways[i].flag)) {
            return true;
        }
    }
    return false;
}

/* The section's entry for an interface, else the one for `default`; NULL. */
static const struct conf_node *entry_of(const struct conf *conf, const char *section, const char *device)
{
    const struct conf_node *list = conf_node(conf, section), *preset = NULL;

    for (const struct conf_node *e = list != NULL ? conf_first(list) : NULL; e != NULL; e = conf_next(e)) {
        const struct conf_node *name = conf_child(conf, e, "interface");
        const char *v = name != NULL ? conf_value(name) : NULL;
        if (v != NULL && strcmp(v, device) == 0) {
            return e;
        }
        preset = v != NULL && strcmp(v, "default") == 0 ? e : preset;
    }
    return preset;
}

static const char *said(const struct conf *conf, const struct conf_node *entry, const char *key)
{
    const struct conf_node *n = entry != NULL ? conf_child(conf, entry, key) : NULL;

    return n != NULL ? conf_value(n) : NULL;
}

static bool set(struct conf *conf, const char *key, const char *value, struct err *err)
{
    char line[256];

    (void)snprintf(line, sizeof line, "%s=%s", key, value);
    return conf_set(conf, line, err);
}

static bool add(struct suricata_live *l, const char *kind, const char *in, const char *out, struct err *err)
{
    char name[1024];

    if (strlen(in) > sizeof name / 2) {
        return err_set(err, "%s: too long a name", in);
    }
    (void)snprintf(name, sizeof name, "%s:%s%s%s", kind, in, out != NULL ? "+" : "", out != NULL ? out : "");
    for (size_t i = 0; i < l->paths.n; i++) {
        if (strcmp(l->paths.path[i], name) == 0) {
            return true;
        }
    }
    return paths_add(&l->paths, name, err);
}

/* What of an entry holds for a whole run, as it is meant, where that is not as it is said. */
static const char *sums(const struct conf *conf, const struct conf_node *e)
{
    const char *v = said(conf, e, "checksum-checks");

    return v != NULL && strcmp(v, "no") == 0 ? "no" : "yes";
}

static const char *promiscuous(const struct conf *conf, const struct conf_node *e)
{
    const char *off = said(conf, e, "disable-promisc"), *on = said(conf, e, "promisc");
    bool v;

    return (off != NULL && conf_text_bool(off, &v) && v) || (on != NULL && conf_text_bool(on, &v) && !v) ? "no" : "yes";
}

struct alike_row {
    const char *key, *preset;
    const char *(*of)(const struct conf *conf, const struct conf_node *e); /* NULL: what is said */
};

static const char *meant(const struct alike_row *r, const struct conf *conf, const struct conf_node *e)
{
    const char *v = r->of != NULL ? r->of(conf, e) : said(conf, e, r->key);

    return v != NULL ? v : r->preset;
}

/* Interfaces of one run are read in one way: what would hold for one of them alone is refused. */
static bool alike(struct suricata_live *l, const struct conf *conf, const char *device, const struct conf_node *entry, struct err *err)
{
    static const struct alike_row rows[] = { { "copy-mode", "none", NULL }, { "bpf-filter", "", NULL }, { "checksum-checks", NULL, sums }, { "promisc", NULL, promiscuous },
                                             { "force-xdp-mode", "none", NULL }, { "force-bind-mode", "none", NULL } };

    if (l->first == NULL) {
        l->first = device;
        l->first_entry = entry;
        return true;
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *here = meant(&rows[i], conf, entry), *there = meant(&rows[i], conf, l->first_entry);
        if (strcmp(here, there) == 0 || (l->filtered && strcmp(rows[i].key, "bpf-filter") == 0)) {
            continue;
        }
        struct conf_place p = entry != NULL ? conf_place(entry) : (struct conf_place){ .file = "-i", .line = 0, .column = 0 };
        return err_set(err, "%s:%u:%u: %s: %s is '%s', of %s '%s': the interfaces of a run have one of all; start one for each", p.file, p.line, p.column, device,
                       rows[i].key, here, l->first, there);
    }
    return true;
}

/* The largest of all holds. */
static bool set_larger(const struct suricata_live *l, struct conf *conf, const char *key, const char *value, struct err *err)
{
    const char *was = l->paths.n != 0 ? conf_get(conf, key) : NULL;
    uint64_t old, new;

    return (was != NULL && conf_text_size(was, &old) && conf_text_size(value, &new) && old >= new) || set(conf, key, value, err);
}

/* Their words for what is a setting of ours. */
static bool words_take(struct conf *conf, const struct conf_node *entry, struct err *err)
{
    static const struct {
        const char *key, *ours, *word[3][2];
    } rows[] = {
        { "force-xdp-mode", "capture.xdp-mode", { { "none", "auto" }, { "skb", "generic" }, { "drv", "native" } } },
        { "force-bind-mode", "capture.xdp-bind", { { "none", "auto" }, { "copy", "copy" }, { "zero", "zero-copy" } } },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *v = said(conf, entry, rows[i].key), *ours = NULL;
        for (size_t k = 0; v != NULL && k < ROWS(rows[i].word); k++) {
            ours = strcmp(rows[i].word[k][0], v) == 0 ? rows[i].word[k][1] : ours;
        }
        if (v != NULL && ours == NULL) {
            struct conf_place p = conf_place(conf_child(conf, entry, rows[i].key));
            return err_set(err, "%s:%u:%u: %s '%s' is none of %s, %s, %s", p.file, p.line, p.column, rows[i].key, v, rows[i].word[0][0], rows[i].word[1][0], rows[i].word[2][0]);
        }
        if (v != NULL && !set(conf, rows[i].ours, ours, err)) {
            return false;
        }
    }
    return true;
}

/* What an entry says of how it is read. */
static bool entry_take(struct suricata_live *l, struct conf *conf, const struct conf_node *entry, struct err *err)
{
    static const struct { const char *theirs, *ours; } keys[] = {
        { "block-timeout", "capture.block-timeout" }, { "buffer-size", "capture.ring" },
    };
    const char *v;
    uint64_t n;

    for (size_t i = 0; i < ROWS(keys); i++) {
        if ((v = said(conf, entry, keys[i].theirs)) != NULL && !set_larger(l, conf, keys[i].ours, v, err)) {
            return false;
        }
    }
    if ((v = said(conf, entry, "ring-size")) != NULL && conf_text_u64(v, &n)) { /* packets */
        char bytes[32];
        (void)snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)(n * 2048 < 1 << 20 ? 1 << 20 : n * 2048));
        if (!set_larger(l, conf, "capture.ring", bytes, err)) {
            return false;
        }
    }
    if (!words_take(conf, entry, err)) {
        return false;
    }
    if (strcmp(promiscuous(conf, entry), "no") == 0 && !set(conf, "capture.promiscuous", "no", err)) {
        return false;
    }
    if ((v = said(conf, entry, "threads")) != NULL && conf_text_u64(v, &n) && n > l->workers && n <= TURN_WORKERS_MAX) {
        l->workers = (unsigned)n;
    } else if (v != NULL && strcmp(v, "auto") == 0) {
        l->workers = live_workers();
    }
    l->checksums = strcmp(sums(conf, entry), "no") == 0 ? 0 : l->checksums;
    v = said(conf, entry, "bpf-filter");
    l->bpf = v != NULL && v[0] != '\0' ? v : l->bpf;
    return true;
}

/* An interface: watched, or one side of a bridge, as its entry says. */
static bool device_take(struct suricata_live *l, struct conf *conf, const struct way *w, const char *device, struct err *err)
{
    const struct conf_node *entry = entry_of(conf, w->section, device);
    const char *copy = said(conf, entry, "copy-mode"), *to = said(conf, entry, "copy-iface");
    bool ips = copy != NULL && strcmp(copy, "ips") == 0, tap = copy != NULL && strcmp(copy, "tap") == 0;

    if (copy != NULL && !ips && !tap && strcmp(copy, "none") != 0) {
        return err_set(err, "%s: copy-mode '%s' is none of ips, tap, none", device, copy);
    }
    if ((ips || tap) && to == NULL) {
        return err_set(err, "%s: copy-mode %s needs a copy-iface", device, copy);
    }
    if (!alike(l, conf, device, entry, err)) {
        return false;
    }
    l->mode = w->mode;
    l->inline_devices |= ips || tap;
    l->only_copied |= tap;
    return entry_take(l, conf, entry, err) && add(l, ips || tap ? "bridge" : w->kind, device, ips || tap ? to : NULL, err);
}

/* All of a section. */
static bool section_take(struct suricata_live *l, struct conf *conf, const struct way *w, struct err *err)
{
    const struct conf_node *list = conf_node(conf, w->section);
    unsigned n = 0;

    for (const struct conf_node *e = list != NULL ? conf_first(list) : NULL; e != NULL; e = conf_next(e)) {
        const char *device = said(conf, e, "interface");
        if (device != NULL && strcmp(device, "default") != 0) {
            n++;
            if (!device_take(l, conf, w, device, err)) {
                return false;
            }
        }
    }
    return n != 0 || err_set(err, "--%s: the settings' section %s names no interface", w->flag, w->section);
}

/* -q 0, -q 0:3 */
static bool queue_take(struct suricata_live *l, const struct way *w, const char *value, struct err *err)
{
    const char *colon = strchr(value, ':');
    char range[64];
    unsigned long first = strtoul(value, NULL, 10), last = colon != NULL ? strtoul(colon + 1, NULL, 10) : first;

    (void)snprintf(range, sizeof range, colon != NULL ? "%lu-%lu" : "%lu", first, last);
    if (value[strspn(value, "0123456789:")] != '\0' || last < first) {
        return err_set(err, "-q %s: a queue's number, or the first and the last with a : between them", value);
    }
    l->mode = w->mode;
    l->inline_devices = true;
    l->queues += (unsigned)(last - first + 1);
    l->workers = l->queues > l->workers ? l->queues : l->workers;
    /* One device for all of them, whose workers share them out. */
    char *all = NULL;
    if (l->queue_list != NULL && asprintf(&all, "%s,%s", l->queue_list, range) < 0) {
        return err_set(err, "not enough memory");
    }
    if (l->queue_list == NULL && (all = strdup(range)) == NULL) {
        return err_set(err, "not enough memory");
    }
    free(l->queue_list);
    l->queue_list = all;
    return true;
}

bool suricata_live_read(struct suricata_live *l, struct conf *conf, const struct arguments *a, struct err *err)
{
    l->checksums = -1;
    l->filtered = a->rest_n != 0 || argument_given(a, "F");
    for (unsigned i = 0; i < a->n; i++) {
        const struct given *g = &a->given[i];
        for (size_t k = 0; k < ROWS(ways); k++) {
            const struct way *w = &ways[k];
            if (!is_given(g, w->flag)) {
                continue;
            }
            bool ok = strcmp(w->flag, "q") == 0 ? queue_take(l, w, g->value, err)
                      : g->value != NULL        ? device_take(l, conf, w, g->value, err) : section_take(l, conf, w, err);
            if (!ok) {
                return false;
            }
        }
    }
    bool good = l->queue_list == NULL || add(l, "nfq", l->queue_list, NULL, err);
    free(l->queue_list);
    l->queue_list = NULL;
    if (!good) {
        return false;
    }
    if (l->workers == 0) {
        l->workers = live_workers();
    }
    l->workers = l->workers > TURN_WORKERS_MAX ? TURN_WORKERS_MAX : l->workers;
    return true;
}
