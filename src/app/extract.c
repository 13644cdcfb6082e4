/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extract - packets out of a record: by flow, by its ends, by names, by time.
 */
#include "app/app.h"

#include "app/confine.h"
#include "app/coverage.h"
#include "app/selector.h"
#include "aware/read.h"
#include "base/clock.h"
#include "base/digest.h"
#include "engine/recorded.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 0, "record", "DIR", "the record's folder" },
    { 'w', "write", "TO", "pcapng: a file, - for standard output, tcp:HOST:PORT, or tcp-listen:[HOST:]PORT (pcap-over-IP)" },
    { 0, "flows", NULL, "the flows, a JSON object a line, in place of packets" },
    { 0, "flow", "ID", "flow_id of an alert or record" },
    { 0, "community-id", "ID", "1:…" },
    { 0, "community-seed", "NUMBER", "with which ids are made: community-id-seed of who told it (default 0)", 0, UINT16_MAX },
    { 0, "five-tuple", "TUPLE", "'tcp 192.0.2.1:1024 198.51.100.1:80', either way round; without ports (ICMP has none) all between the two" },
    { 0, "host", "ADDRESS", "either end; a network: peccary hunt --address" },
    { 0, "entity", "WHICH", "with --map: a host whatever address it had when: an address, a hardware address, a name, #number" },
    { 0, "map", "DIR", "the map that is kept there (aware.dir)" },
    { 0, "at", "TIME", "with --entity: who that was then, not who it is now" },
    { 0, "port", "PORT", "the server's" },
    { 0, "vlan", "ID", "any of a flow's VLANs" },
    { 0, "tenant", "NUMBER", "of an overlay, or as the settings map VLANs to it; 0: flows of none" },
    { 0, "app", "PROTOCOL", "dns, http, tls, …" },
    { 0, "name", "NAME", "looked up, or asked for (DNS, SNI, Host), as it is; with what is below it: peccary hunt --domain" },
    { 0, "print", "TEXT", "fingerprint: JA3, JA4, HASSH" },
    { 0, "hash", "HEX", "of a file: SHA-256, SHA-1 or MD5" },
    { 0, "user", "NAME", "who logged in" },
    { 0, "alert", "SID", "flows that alerted while they were recorded: SID, or GID:SID" },
    { 0, "from", "TIME", WHEN_HELP },
    { 0, "to", "TIME", "before it" },
    { 0, "bpf", "EXPRESSION", "of what was found, only frames that match" },
    { 0, "hold", NULL, "what was found stays: segments with any of it go neither for the budget nor for their age, as long as a file NAME.hold is beside them" },
    { 0, "key", "FILE", "that opens encrypted segments (record.key-file)" },
    { 'q', "quiet", NULL, "say nothing of what was found" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary extract: %s\n", err->text);
    return EXIT_USAGE;
}

/* ---- what is asked ---- */

struct asked {
    const struct arguments *args;
    struct record *record;
    struct choice *found;          /* so far; NULL: nothing was asked yet */
    struct recorded_limits limits;
    uint64_t flow;
    uint16_t seed;                 /* of community ids */
    bool seed_unsaid, hash_short;  /* a community id without it; a hash that is not worked out of each file */
};

static bool end_read(char *word, struct flow *f, unsigned *ends, unsigned *ports, struct err *err)
{
    enum family family;
    uint64_t port;
    char *colon = strrchr(word, ':'), *address = word;

    if (conf_text_u64(word, &port) && port <= UINT16_MAX) {
        if (*ports < 2) {
            f->key.port[(*ports)++] = (uint16_t)port;
            return true;
        }
        return err_set(err, "--five-tuple: '%s': a third port", word);
    }
    if (word[0] == '[' && strchr(word, ']') != NULL) {
        address = word + 1;
        char *close = strchr(word, ']');
        colon = close[1] == ':' ? close + 1 : NULL;
        *close = '\0';
    } else if (colon != NULL && strchr(word, ':') != colon) { /* IPv6 alone */
        colon = NULL;
    }
    if (colon != NULL) {
        *colon = '\0';
    }
    if (*ends == 2 || !addr_parse(address, &f->key.addr[*ends], &family)) {
        return err_set(err, "--five-tuple: '%s' is no address", address);
    }
    f->key.family = (uint8_t)family;
    (*ends)++;
    if (colon != NULL) {
        if (!conf_text_u64(colon + 1, &port) || port > UINT16_MAX || *ports == 2) {
            return err_set(err, "--five-tuple: '%s' is no port", colon + 1);
        }
        f->key.port[(*ports)++] = (uint16_t)port;
    }
    return true;
}

/* Two ends of a protocol; *ports: how many are said. */
static bool tuple_read(const char *text, struct flow *f, unsigned *ports, struct err *err)
{
    static const struct { const char *name; uint8_t proto; } protos[] = {
        { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP }, { "icmp", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
    };
    unsigned ends = 0;
    char *copy = strdup(text), *save = NULL;
    bool good = copy != NULL;

    for (char *w = good ? strtok_r(copy, " ,\t", &save) : NULL; good && w != NULL; w = strtok_r(NULL, " ,\t", &save)) {
        bool named = false;
        for (size_t i = 0; i < ROWS(protos); i++) {
            if (strcasecmp(protos[i].name, w) == 0) {
                f->key.proto = protos[i].proto;
                named = true;
            }
        }
        good = named || strcmp(w, "->") == 0 || strcmp(w, "-") == 0 || end_read(w, f, &ends, ports, err);
    }
    free(copy);
    if (good && (ends != 2 || f->key.proto == 0)) {
        good = err_set(err, "--five-tuple '%s': a protocol, two addresses and their ports are wanted", text);
    }
    if (good && *ports == 1) {
        good = err_set(err, "--five-tuple '%s': both ports are wanted, or none", text);
    }
    return good;
}

/* By this program, or by one that recorded any of it. */
static bool app_known(const struct record *r, const char *name, struct err *err)
{
    bool known = false;

    for (unsigned i = 0; i < proto_n; i++) {
        known |= strcasecmp(proto_table[i]->name, name) == 0;
    }
    for (size_t i = 0; i < r->n; i++) {
        for (unsigned k = 0; k < r->segment[i].about->app_n; k++) {
            known |= strcasecmp(r->segment[i].about->app[k], name) == 0;
        }
    }
    return known || err_set(err, "--app %s: no such protocol", name);
}

/* Flows whose key has a number; not what has no flow. */
struct numbered {
    uint64_t number;
    bool vlan;
};

static bool flow_numbered(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct numbered *want = ctx;
    bool has = !want->vlan && p->key.tenant == want->number;

    (void)segment;
    (void)flow;
    for (unsigned i = 0; want->vlan && i < p->key.vlan_n; i++) {
        has |= p->key.vlan[i] == want->number;
    }
    return has && (p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0;
}

static bool ask_number(const struct asked *a, struct choice *c, const struct given *g, struct err *err)
{
    struct numbered want = { .vlan = strcmp(g->flag->name, "vlan") == 0 };
    const uint64_t most = want.vlan ? 4095 : UINT32_MAX;

    if (!conf_text_u64(g->value, &want.number) || want.number > most) {
        return err_set(err, "--%s %s: a number up to %llu is wanted", g->flag->name, g->value, (unsigned long long)most);
    }
    choice_each(c, a->record, flow_numbered, &want);
    return true;
}

static bool flow_is(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct asked *a = ctx;

    (void)segment;
    (void)flow;
    return p->id == a->flow && (p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0;
}

static void part_community(const struct flow_part *p, uint16_t seed, char out[FLOW_COMMUNITY_MAX])
{
    const struct flow f = { .key = p->key, .icmp_type = { p->icmp[0], p->icmp[2] }, .icmp_code = { p->icmp[1], p->icmp[3] } };

    flow_community_id(&f, seed, out);
}

struct seeded {
    const char *id;
    uint16_t seed;
};

static bool flow_seeded(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct seeded *want = ctx;
    char id[FLOW_COMMUNITY_MAX];

    (void)segment;
    (void)flow;
    if (p->key.family == FAMILY_NONE) {
        return false;
    }
    part_community(p, want->seed, id);
    return strcmp(id, want->id) == 0;
}

/* ---- a host by the map ---- */

struct tenancy {
    struct asked *asked;
    struct choice *all, *one;
    uint64_t since, until;
    uint32_t tenant;
    bool failed;
};

static bool flow_in_tenure(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct tenancy *t = ctx;

    (void)segment;
    (void)flow;
    return p->key.tenant == t->tenant && p->last >= t->since && (t->until == 0 || p->first <= t->until);
}

/* Flows of an address while the host had it: it is seen by its first packet, which may tell of it only a moment later. */
static void tenure_add(void *ctx, const struct host_tenure *of)
{
    struct tenancy *t = ctx;

    t->one = choice_new(t->asked->record, false);
    if (t->one == NULL) {
        t->failed = true;
        return;
    }
    t->since = of->since > CLOCK_SECOND ? of->since - CLOCK_SECOND : 0;
    t->until = of->until;
    t->tenant = of->tenant;
    choice_find(t->one, t->asked->record, KEY_ADDRESS, bytes_of(of->addr.b, sizeof of->addr.b));
    choice_keep(t->one, t->asked->record, flow_in_tenure, t);
    choice_or(t->all, t->one);
    choice_free(t->one);
}

static void tenure_id(void *ctx, const struct host_tenure *of) { *(uint64_t *)ctx = of->id; }

static bool ask_entity(struct asked *a, struct choice *c, const char *which, struct err *err)
{
    const char *map = argument_value(a->args, "map"), *at = argument_value(a->args, "at");
    struct tenancy t = { .asked = a, .all = c };
    uint64_t when = 0;
    char number[32];

    if (map == NULL) {
        return err_set(err, "--entity %s: --map DIR is wanted", which);
    }
    if (at != NULL && !when_read(at, &when, err)) {
        return err_add(err, "--at");
    }
    struct hosts *h = hosts_open(map, when, which[0] == '#' ? NULL : which, err); /* a number is looked for among all */
    if (h != NULL && when != 0) { /* who that was then; then all that is known of it */
        uint64_t id = 0;
        const char *asked = which;
        size_t n = hosts_tenures(h, which, tenure_id, &id);
        hosts_close(h);
        snprintf(number, sizeof number, "#%llu", (unsigned long long)id);
        which = number;
        h = n != 0 ? hosts_open(map, 0, NULL, err) : NULL;
        if (n == 0) {
            return err_set(err, "--entity %s: no such host in %s at %s", asked, map, at);
        }
    }
    if (h == NULL) {
        return false;
    }
    size_t n = hosts_tenures(h, which, tenure_add, &t);
    hosts_close(h);
    if (t.failed) {
        return err_set(err, "not enough memory");
    }
    return n != 0 || err_set(err, "--entity %s: no such host in %s", which, map);
}

static bool flow_in_time(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct asked *a = ctx;

    (void)segment;
    (void)flow;
    return p->last >= a->limits.from && (a->limits.to == 0 || p->first < a->limits.to);
}

static bool flow_between(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    const struct flow_key *k = ctx, *have = &p->key;
    bool same = addr_equal(&k->addr[0], &have->addr[0]) && addr_equal(&k->addr[1], &have->addr[1]);
    bool other = addr_equal(&k->addr[0], &have->addr[1]) && addr_equal(&k->addr[1], &have->addr[0]);

    (void)segment;
    (void)flow;
    return have->family == k->family && have->proto == k->proto && (same || other);
}

/* With ports by the index; without, as ICMP has none, all of the protocol between the two. */
static bool ask_tuple(struct asked *a, struct choice *c, const char *text, struct err *err)
{
    struct flow f = { .key.proto = 0 };
    char community[FLOW_COMMUNITY_MAX];
    unsigned ports = 0;

    if (!tuple_read(text, &f, &ports, err)) {
        return false;
    }
    if (ports == 0) {
        choice_find(c, a->record, KEY_ADDRESS, bytes_of(f.key.addr[0].b, sizeof f.key.addr[0].b));
        choice_keep(c, a->record, flow_between, &f.key);
    } else {
        flow_community_id(&f, 0, community);
        choice_find(c, a->record, KEY_TUPLE, bytes_str(community));
    }
    return true;
}

/* One selector's flows; several of different kinds: those in all of them. */
static bool ask(struct asked *a, const struct given *g, struct err *err)
{
    struct choice *c = choice_new(a->record, false);
    struct selector_key sought;

    if (c == NULL) {
        return err_set(err, "not enough memory");
    }
    if (strcmp(g->flag->name, "flow") == 0) {
        if (!conf_text_u64(g->value, &a->flow)) {
            choice_free(c);
            return err_set(err, "--flow %s: a number is wanted", g->value);
        }
        choice_each(c, a->record, flow_is, a);
    } else if (strcmp(g->flag->name, "port") == 0) {
        uint64_t port;
        if (!conf_text_u64(g->value, &port) || port > UINT16_MAX) {
            choice_free(c);
            return err_set(err, "--port %s: a port is wanted", g->value);
        }
        for (unsigned i = 0; i < 2; i++) {
            uint8_t key[3] = { i == 0 ? IPPROTO_TCP : IPPROTO_UDP, (uint8_t)(port >> 8), (uint8_t)port };
            choice_find(c, a->record, KEY_PORT, bytes_of(key, sizeof key));
        }
    } else if (bytes_among(bytes_str(g->flag->name), "entity five-tuple vlan tenant")) {
        bool good = strcmp(g->flag->name, "entity") == 0       ? ask_entity(a, c, g->value, err)
                    : strcmp(g->flag->name, "five-tuple") == 0 ? ask_tuple(a, c, g->value, err)
                                                               : ask_number(a, c, g, err);
        if (!good) {
            choice_free(c);
            return false;
        }
    } else if (!selector_read(g->flag->name, g->value, &sought, err) || (sought.kind == KEY_PROTOCOL && !app_known(a->record, g->value, err))) {
        choice_free(c);
        return false;
    } else if (sought.kind == KEY_TUPLE && a->seed != 0) { /* the index has ids of seed 0 */
        choice_each(c, a->record, flow_seeded, &(struct seeded){ g->value, a->seed });
    } else {
        a->seed_unsaid |= sought.kind == KEY_TUPLE;
        a->hash_short |= sought.kind == KEY_HASH && sought.n < DIGEST_SHA256;
        choice_find(c, a->record, sought.kind, bytes_of(sought.b, sought.n));
    }
    if (a->found == NULL) {
        a->found = c;
        return true;
    }
    choice_and(a->found, c);
    choice_free(c);
    return true;
}

static bool ask_all(struct asked *a, const struct arguments *args, struct err *err)
{
    static const char *const selectors = "flow community-id five-tuple host entity port vlan tenant app name print hash user alert";
    static const char *const of_all_parts = "flow community-id five-tuple host vlan tenant"; /* each part of a flow has the same */
    const char *from = argument_value(args, "from"), *to = argument_value(args, "to"), *seed = argument_value(args, "community-seed");
    uint64_t number = 0;
    bool parts = false;

    if ((from != NULL && !when_read(from, &a->limits.from, err)) || (to != NULL && !when_read(to, &a->limits.to, err))) {
        return err_add(err, "--from, --to");
    }
    if (a->limits.to != 0 && a->limits.to <= a->limits.from) {
        return err_set(err, "--to %s: there is nothing between it and --from", to);
    }
    if (argument_value(args, "at") != NULL && argument_value(args, "entity") == NULL) {
        return err_set(err, "--at: who that was then is asked of --entity; packets of a time: --from, --to");
    }
    a->seed = seed != NULL && conf_text_u64(seed, &number) ? (uint16_t)number : 0; /* its bounds are its flag's */
    a->limits.bpf = argument_value(args, "bpf");
    if (a->limits.bpf != NULL && argument_value(args, "write") == NULL) {
        return err_set(err, "--bpf: it chooses among packets that are written (--write), not among flows");
    }
    for (unsigned i = 0; i < args->n; i++) {
        const struct given *g = &args->given[i];
        if (g->flag->name != NULL && bytes_among(bytes_str(g->flag->name), selectors)) {
            parts |= !bytes_among(bytes_str(g->flag->name), of_all_parts);
            if (!ask(a, g, err)) {
                return false;
            }
        }
    }
    if (a->found == NULL && (a->found = choice_new(a->record, true)) == NULL) {
        return err_set(err, "not enough memory");
    }
    if (a->limits.from != 0 || a->limits.to != 0) {
        choice_keep(a->found, a->record, flow_in_time, a);
    }
    if (parts) {
        choice_whole(a->found, a->record);
    } else {
        choice_beyond(a->found, a->record);
    }
    return true;
}

/* ---- what is told ---- */

struct telling {
    struct asked *asked;
    struct text line;
    uint64_t flows, cut_flows, cut_packets, waiting;
    const _Atomic bool *stop;
    bool print;
};

static void flow_json(struct text *t, const struct record_segment *s, const struct flow_part *p, uint16_t seed)
{
    struct clock_zone zone = { 0 };
    char text[CLOCK_TEXT_MAX], address[ADDR_TEXT_MAX], community[FLOW_COMMUNITY_MAX], room[12];
    struct json j;

    json_init(&j, t);
    json_object(&j, NULL);
    clock_iso(&zone, p->first, text);
    json_string(&j, "start", text);
    clock_iso(&zone, p->last, text);
    json_string(&j, "end", text);
    json_u64(&j, "flow_id", p->id);
    if (p->parent != 0) {
        json_u64(&j, "parent_id", p->parent);
    }
    if (p->key.family != FAMILY_NONE) {
        addr_text(&p->key.addr[0], (enum family)p->key.family, address);
        json_string(&j, "src_ip", address);
        json_u64(&j, "src_port", p->key.port[0]);
        addr_text(&p->key.addr[1], (enum family)p->key.family, address);
        json_string(&j, "dest_ip", address);
        json_u64(&j, "dest_port", p->key.port[1]);
        json_string(&j, "proto", event_proto_name(p->key.proto, room));
        part_community(p, seed, community);
        json_string(&j, "community_id", community);
    }
    if (p->key.vlan_n != 0) {
        json_array(&j, "vlan");
        for (unsigned i = 0; i < p->key.vlan_n; i++) {
            json_u64(&j, NULL, p->key.vlan[i]);
        }
        json_end_array(&j);
    }
    if (p->key.tenant != 0) {
        json_u64(&j, "tenant", p->key.tenant);
    }
    json_array(&j, "app_proto");
    for (unsigned i = 0; i < p->app_n; i++) {
        if (p->app[i] < s->about->app_n) {
            json_string(&j, NULL, s->about->app[p->app[i]]);
        }
    }
    json_end_array(&j);
    json_u64(&j, "pkts_toserver", p->packets[0]);
    json_u64(&j, "bytes_toserver", p->bytes[0]);
    json_u64(&j, "pkts_toclient", p->packets[1]);
    json_u64(&j, "bytes_toclient", p->bytes[1]);
    json_u64(&j, "pkts_not_recorded", p->cut);
    json_bool(&j, "alerted", (p->flags & RECORD_ALERTED) != 0);
    if (s->waits) {
        json_bool(&j, "waits", true);
    }
    json_string(&j, "segment", s->path);
    json_end_object(&j);
    text_byte(t, '\n');
}

static bool tell_flow(void *ctx, size_t segment, uint32_t flow, const struct flow_part *p)
{
    struct telling *t = ctx;

    (void)flow;
    t->flows++;
    t->cut_flows += p->cut != 0;
    t->cut_packets += p->cut;
    t->waiting += t->asked->record->segment[segment].waits ? p->packets[0] + p->packets[1] : 0;
    if (t->print && !*t->stop && ferror(stdout) == 0) {
        text_clear(&t->line);
        flow_json(&t->line, &t->asked->record->segment[segment], p, t->asked->seed);
        fwrite(t->line.p, 1, t->line.n, stdout);
    }
    return true;
}

/* Segments that any of what was found is in.  False: one could not be, or some of it is in none yet. */
static bool hold(const struct asked *a, uint64_t waiting, bool quiet)
{
    struct err err;
    bool good = waiting == 0;
    size_t held = 0, n = 0;

    for (size_t i = 0; i < a->record->n; i++) {
        const struct record_segment *s = &a->record->segment[i];
        uint64_t any = 0;
        if (s->waits) {
            continue;
        }
        n++;
        for (size_t w = 0; w <= s->about->flows / 64; w++) {
            any |= a->found->bit[i][w];
        }
        if (any != 0 && !record_hold(s, &err)) {
            fprintf(stderr, "peccary extract: %s\n", err.text);
            good = false;
        } else {
            held += any != 0;
        }
    }
    if (!quiet) {
        fprintf(stderr, "held: %zu of %zu segments\n", held, n);
    }
    if (waiting != 0) {
        fprintf(stderr, "peccary extract: not held, for it waits in memory: %llu packets; --write keeps them\n", (unsigned long long)waiting);
    }
    return good;
}

/* ---- packets out ---- */

struct writing {
    int fd;
    struct pcapng_out *out;
    uint64_t packets, bytes, of;   /* of: all that there will be, but what a filter leaves out */
    uint64_t told;                 /* ns: when progress was */
    bool failed, shows;
};

/* On a terminal, twice a second. */
static void progress(struct writing *w)
{
    enum { EACH = 1024 };
    uint64_t now = w->shows && w->packets % EACH == 0 ? clock_monotonic() : 0;

    if (now > w->told + CLOCK_SECOND / 2) {
        w->told = now;
        fprintf(stderr, "\r%llu of %llu packets, %.1f MB", (unsigned long long)w->packets, (unsigned long long)w->of, (double)w->bytes / 1e6);
    }
}

static bool packet_out(void *ctx, const struct packet *p)
{
    struct writing *w = ctx;
    const struct record_frame f = { .frame = p->frame, .ts = p->ts, .number = p->number, .wire_len = p->wire_len, .link = p->link };

    w->packets++;
    w->bytes += p->frame.n;
    w->failed = !pcapng_out_frame(w->out, &f);
    progress(w);
    return !w->failed;
}

static int write_packets(struct asked *a, const char *to, bool quiet, const _Atomic bool *stop)
{
    struct err err = { "" };
    struct writing w = { .fd = extract_output(to, a->record, stop, &err), .shows = !quiet && isatty(STDERR_FILENO) };
    struct recorded x = { 0 };

    if (w.fd < 0) {
        return fail(&err);
    }
    if ((w.out = pcapng_out_new(w.fd)) == NULL) {
        (void)err_sys(&err, "%s", to);
        return fail(&err);
    }
    bool good = recorded_make(&x, a->found, a->record, 0, NULL, &err);
    w.of = x.packets;
    good = good && recorded_each(&x, &a->limits, packet_out, &w, stop, &err);
    w.failed |= !pcapng_out_free(w.out);
    good = good && !w.failed;
    if (w.failed) {
        (void)err_sys(&err, "write %s", to);
    }
    if (w.fd != STDOUT_FILENO) {
        good = close(w.fd) == 0 && good;
    }
    recorded_fini(&x);
    if (!quiet && !w.failed) {
        fprintf(stderr, "%swritten: %llu packets, %llu bytes%s\n", w.told != 0 ? "\r" : "", (unsigned long long)w.packets, (unsigned long long)w.bytes,
                *stop ? ", when it was interrupted" : "");
    }
    if (err.text[0] != '\0') {
        fprintf(stderr, "peccary extract: %s\n", err.text);
    }
    return good && !*stop ? EXIT_DONE : EXIT_SOME;
}

static void found_tell(const struct asked *a, const struct telling *t, uint64_t began)
{
    fprintf(stderr, "found: %llu flows, in %.1f ms%s\n", (unsigned long long)t->flows, (double)(clock_monotonic() - began) / 1e6,
            t->print && *t->stop ? ", when it was interrupted" : "");
    if (t->flows == 0 && a->seed_unsaid) {
        fprintf(stderr, "community ids with a seed of their own (community-id-seed): --community-seed\n");
    }
    if (a->hash_short) {
        fprintf(stderr, "SHA-1 and MD5 are known of files where a rule or a record asked for them; of all: peccary hunt --hash\n");
    }
    if (t->cut_packets != 0) {
        fprintf(stderr, "not recorded, beyond the cut-off: %llu packets of %llu of these flows\n", (unsigned long long)t->cut_packets,
                (unsigned long long)t->cut_flows);
    }
    if (t->waiting != 0) {
        fprintf(stderr, "waiting in memory, kept if their flows alert or are within what is kept: %llu packets\n", (unsigned long long)t->waiting);
    }
}

static int extract(const struct arguments *args)
{
    struct err err = { "" };
    uint64_t began = clock_monotonic();
    const char *to = argument_value(args, "write");
    const char *record = argument_value(args, "record");
    bool holds = argument_given(args, "hold");
    const struct confine_once gives = { .folder = { holds && access(record, F_OK) == 0 ? record : NULL }, .there = argument_value(args, "map"),
                                        .file = to != NULL && extract_to_file(to) ? to : NULL };
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };

    if (!confine_once(&s, &gives, NULL)) { /* what was recorded is what anybody sent */
        return fail(&s.err);
    }
    const _Atomic bool *stop = interrupt_watch(); /* a thread, which would have to be made anew */
    if (stop == NULL) {
        (void)err_sys(&err, "start");
        return fail(&err);
    }
    struct asked a = { .args = args, .record = record_open_with(record, argument_value(args, "key"), &err) };
    struct telling t = { .asked = &a, .stop = stop, .print = argument_given(args, "flows") };
    bool quiet = argument_given(args, "quiet");
    int code = EXIT_DONE;

    if (a.record == NULL) {
        return fail(&err);
    }
    text_init(&t.line, 0);
    if (!ask_all(&a, args, &err)) {
        code = fail(&err);
    } else {
        choice_keep(a.found, a.record, tell_flow, &t);
        if (!quiet) {
            found_tell(&a, &t, began);
            coverage_tell(a.record, a.limits.from, a.limits.to);
        }
        bool held = !holds || hold(&a, t.waiting, quiet);
        code = t.print || to == NULL ? (*stop ? EXIT_SOME : EXIT_DONE) : write_packets(&a, to, quiet, stop);
        code = code == EXIT_DONE && !held ? EXIT_SOME : code;
    }
    record_damaged(a.record);
    for (size_t i = 0; i < a.record->problem_n; i++) {
        fprintf(stderr, "peccary extract: %s\n", a.record->problem[i].text);
        code = code == EXIT_DONE ? EXIT_SOME : code;
    }
    text_fini(&t.line);
    if (a.found != NULL) {
        choice_free(a.found);
    }
    record_close(a.record);
    return code;
}

static int extract_run(int argc, char **argv)
{
    struct arguments a;
    struct err err;

    /* A look-up takes less time than reading the library's settings, naming all that it has, and its end. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL);
    if (!arguments_read(flags, argc, argv, &a, &err)) {
        return fail(&err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_extract, stdout);
        return EXIT_DONE;
    }
    if (a.rest_n != 0 || argument_value(&a, "record") == NULL || (argument_value(&a, "write") == NULL && !argument_given(&a, "flows") && !argument_given(&a, "hold"))) {
        command_usage(&command_extract, stderr);
        return EXIT_USAGE;
    }
    if (argument_given(&a, "flows") && argument_value(&a, "write") != NULL) {
        (void)err_set(&err, "--flows and --write: one of the two is wanted");
        return fail(&err);
    }
    return extract(&a);
}

const struct command command_extract = {
    "extract", extract_run, "find packets in a record", "--record DIR (-w FILE | --flows | --hold) [SELECTOR…]",
    "Finds flows in a record and writes their packets, in the order of time, as pcapng; or tells of the flows; or holds them.\n"
    "Several selectors: flows that fit them all.  What was not recorded of it is said.",
    flags,
};
