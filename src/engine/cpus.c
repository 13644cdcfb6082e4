/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/cpus.h"

#include <errno.h>
#include <string.h>

static bool cpus_add(struct cpus *c, uint64_t from, uint64_t to)
{
    for (; from <= to; from++) {
        if (from >= CPU_SETSIZE || c->n == CPU_SETSIZE) {
            return false;
        }
        c->cpu[c->n++] = (uint16_t)from;
    }
    return true;
}

/* Those of the process. */
static void cpus_all(struct cpus *c)
{
    cpu_set_t set;

    for (unsigned i = 0; sched_getaffinity(0, sizeof set, &set) == 0 && i < CPU_SETSIZE && c->n < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) {
            c->cpu[c->n++] = (uint16_t)i;
        }
    }
}

/* "3", "0-3", "all"; several with commas. */
static bool cpus_read(struct cpus *c, const struct conf_node *n, struct err *err)
{
    struct rd r = rd_of(bytes_str(conf_value(n)));
    bool more = true;

    while (more) {
        struct bytes word = bytes_trim(rd_until(&r, ',', &more), " []");
        size_t dash = bytes_find_byte(word, '-');
        uint64_t from = 0, to;
        if (bytes_is(word, "all")) {
            cpus_all(c);
            continue;
        }
        bool good = bytes_u64(bytes_head(word, dash), &from);
        to = from;
        good = good && (dash == SIZE_MAX || bytes_u64(bytes_from(word, dash + 1), &to)) && from <= to;
        if (!good || !cpus_add(c, from, to)) {
            struct conf_place at = conf_place(n);
            return err_set(err, "%s:%u: '%.64s' is no CPU: numbers, ranges (0-3) and all are", at.file, at.line, conf_value(n));
        }
    }
    return true;
}

static bool set_read(struct cpus *c, struct conf *conf, const struct conf_node *set, struct err *err)
{
    const struct conf_node *cpu = conf_read(conf, set, "cpu");
    uint32_t mode = 0;
    bool ok = conf_word(conf, set, "mode", "exclusive balanced", &mode, err);

    c->balanced = mode == 1;
    if (ok && cpu != NULL && conf_value(cpu) != NULL) {
        ok = cpus_read(c, cpu, err);
    }
    for (const struct conf_node *n = cpu != NULL ? conf_first(cpu) : NULL; ok && n != NULL; n = conf_next(n)) {
        (void)conf_read(conf, n, "");
        ok = conf_value(n) == NULL || cpus_read(c, n, err);
    }
    return ok;
}

bool cpus_make(struct cpus *c, struct conf *conf, struct err *err)
{
    static const char name[] = "worker-cpu-set";
    const struct conf_node *all = conf_node(conf, "threading.cpu-affinity"), *set = conf_node(conf, "threading.cpu-affinity.worker-cpu-set");

    *c = (struct cpus){ 0 };
    conf_mark_used(conf, "threading.set-cpu-affinity");
    if (!conf_bool(conf, "threading.set-cpu-affinity", &c->on, err)) {
        return false;
    }
    for (const struct conf_node *n = set == NULL && all != NULL ? conf_first(all) : NULL; set == NULL && n != NULL; n = conf_next(n)) {
        set = conf_child(conf, n, name); /* Suricata 7 has a list */
    }
    return set == NULL || set_read(c, conf, set, err);
}

bool cpus_bind(const struct cpus *c, unsigned worker, pthread_t thread, struct err *err)
{
    cpu_set_t set;

    if (!c->on || c->n == 0) {
        return true;
    }
    CPU_ZERO(&set);
    for (unsigned i = 0; i < c->n; i++) {
        if (c->balanced || i == worker % c->n) {
            CPU_SET(c->cpu[i], &set);
        }
    }
    errno = pthread_setaffinity_np(thread, sizeof set, &set);
    return errno == 0 || err_sys(err, "worker %u cannot be bound to the CPUs of threading.cpu-affinity", worker);
}
