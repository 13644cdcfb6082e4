/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aware_map - what the map takes: memory a host, time an observation; with a folder, time to load it and to ask as of a time (CPU of all threads).
 *
 *   bench_aware_map HOSTS [DIR [CHANGES]]
 *
 * HOSTS machines, each with a hardware and an IPv4 address, a SYN's shape, two DHCP signs of its own kind, a name, a service.  DIR (an empty
 * folder) keeps them with their history, and CHANGES addresses change hands over a year.  Printed is a JSON object.
 */
#include "aware/history.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BEGIN = 1700000000, YEAR = 365 * 86400 };

struct bench {
    struct hosts hosts;
    struct history *history;
    unsigned n;
    uint64_t observations;
};

static struct seen host(unsigned i, unsigned address, uint64_t seconds)
{
    struct seen s = { .ts = (BEGIN + seconds) * CLOCK_SECOND + i * 1000ULL, .family = FAMILY_4, .has_mac = 1, .flags = SEEN_LINK, .ttl = 64,
                      .mac = { 0, 0x1b, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
    const uint8_t ip[] = { (uint8_t)(10 + (address >> 24)), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };

    s.addr = addr_from4(ip);
    s.clock = s.ts;
    return s;
}

static void tell(struct bench *b, struct seen *s, enum seen_kind kind, unsigned sign, const char *text)
{
    s->kind = (uint8_t)kind;
    s->sign = (uint8_t)sign;
    s->text_n = (uint16_t)strlen(text);
    pthread_mutex_lock(&b->hosts.lock);
    map_apply(b->hosts.map, s, text);
    pthread_mutex_unlock(&b->hosts.lock);
    b->observations++;
}

static void fill(struct bench *b)
{
    char text[80];

    for (unsigned i = 0; i < b->n; i++) {
        struct seen s = host(i, i, 0);
        tell(b, &s, SEEN_BIND, 0, "");
        tell(b, &s, SEEN_SIGN, SIGN_TCP_SYN, i % 3 != 0 ? "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0" : "4:128+0:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0");
        tell(b, &s, SEEN_SIGN, SIGN_DHCP_VENDOR, i % 3 != 0 ? "dhcpcd-9.4.1:Linux-5.10" : "MSFT 5.0");
        tell(b, &s, SEEN_SIGN, SIGN_DHCP_PARAMS, i % 3 != 0 ? "1,3,6,15,26,28,51,54,58,59" : "1,3,6,15,31,33,43,44,46,47,119,121,249,252");
        snprintf(text, sizeof text, "host-%u", i);
        tell(b, &s, SEEN_SIGN, SIGN_DHCP_NAME, text);
        s.port = 22;
        s.proto = 6;
        tell(b, &s, SEEN_SERVICE, 0, "");
    }
}

/* Addresses change hands, evenly over a year. */
static void change(struct bench *b, unsigned changes)
{
    for (unsigned i = 0; i < changes; i++) {
        struct seen s = host((i * 7919u + 1) % b->n, i % b->n, (uint64_t)i * YEAR / changes);
        tell(b, &s, SEEN_BIND, 0, "");
    }
}

/* CPU of all threads: on a busy machine the clock says more of the others. */
static uint64_t cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

static bool timed(const char *dir, uint64_t at, const char *which, double *took)
{
    struct err err = { 0 };
    uint64_t began = cpu();
    struct hosts *h = hosts_open(dir, at, which, &err);

    *took = (double)(cpu() - began) / 1e6;
    if (h == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    hosts_close(h);
    return true;
}

static bool asked(const char *dir, unsigned n)
{
    double load = 0, one[21] = { 0 }, all = 0;
    char which[40];

    if (!timed(dir, 0, NULL, &load) || !timed(dir, (uint64_t)(BEGIN + YEAR / 2) * CLOCK_SECOND, NULL, &all)) {
        return false;
    }
    for (unsigned i = 0; i < ROWS(one); i++) {
        unsigned a = i * 4801u % n;
        snprintf(which, sizeof which, "10.%u.%u.%u", a >> 16 & 255, a >> 8 & 255, a & 255);
        if (!timed(dir, (uint64_t)(BEGIN + (uint64_t)i * YEAR / ROWS(one)) * CLOCK_SECOND, which, &one[i])) {
            return false;
        }
        for (unsigned k = i; k > 0 && one[k] < one[k - 1]; k--) {
            double swap = one[k];
            one[k] = one[k - 1];
            one[k - 1] = swap;
        }
    }
    printf(", \"load_cpu_ms\": %.0f, \"as_of_all_cpu_ms\": %.0f, \"as_of_host_cpu_ms\": {\"median\": %.1f, \"worst\": %.1f}", load, all, one[ROWS(one) / 2], one[ROWS(one) - 1]);
    return true;
}

int main(int argc, char **argv)
{
    struct aware_settings settings = { .on = true, .ordered = true };
    struct bench b = { .n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000 };
    const char *dir = argc > 2 ? argv[2] : NULL;
    unsigned changes = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    struct err err = { 0 };
    struct rusage usage;

    settings.tables = prints_load(NULL, NULL, NULL, &err);
    b.hosts.map = map_new(&settings, settings.tables);
    pthread_mutex_init(&b.hosts.lock, NULL);
    if (b.n == 0 || b.hosts.map == NULL || (dir != NULL && ((b.history = history_open(dir, 0, &err)) == NULL || !history_start(b.history, &b.hosts, &err)))) {
        fprintf(stderr, "bench_aware_map: %s\n", err.text);
        return 1;
    }
    b.hosts.map->history = b.history;
    uint64_t began = cpu();
    fill(&b);
    change(&b, changes);
    double took = (double)(cpu() - began) / 1e6;
    if (!history_close(b.history, &err)) {
        fprintf(stderr, "bench_aware_map: %s\n", err.text);
        return 1;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"hosts\": %zu, \"ns_an_observation\": %.0f, \"bytes_a_host\": %zu, \"counted_mb\": %zu, \"resident_mb\": %ld", b.hosts.map->n, took * 1e6 / (double)b.observations,
           map_bytes(b.hosts.map) / b.hosts.map->n, map_bytes(b.hosts.map) >> 20, usage.ru_maxrss >> 10);
    map_free(b.hosts.map);
    bool ok = dir == NULL || asked(dir, b.n);
    puts("}");
    return ok ? 0 : 1;
}
