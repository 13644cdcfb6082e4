/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table against a plain model: a list searched from the start, no hash, no wheel. Random traffic with pauses, disorder and
 * jumps; the same ends must be told whatever the batch size.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "flow/test_views.h"
#include "tap.h"

enum { PACKETS = 6000, FLOWS_MAX = PACKETS };

/* One packet of the traffic. */
struct step {
    uint64_t ts;
    uint8_t proto, src, dst, port;
    uint8_t state; /* set on its flow afterwards: FLOW_NEW is none */
};

/* What is told of a flow. */
struct told {
    uint64_t first_packet, first, last, ended, packets[2], bytes[2];
    uint8_t reason, state;
};

struct run {
    struct told *list;
    unsigned n;
};

static uint64_t random_state;
static uint64_t dice(uint64_t n)
{
    random_state += 0x9e3779b97f4a7c15ULL;
    return hash_word(random_state) % n;
}

/* disorder: some time stamps go back. */
static void make_steps(struct step *s, uint64_t seed, bool disorder)
{
    static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP };
    uint64_t now = T0;

    random_state = seed;
    for (unsigned i = 0; i < PACKETS; i++) {
        uint64_t what = dice(1000);
        now += what < 900 ? dice(CLOCK_SECOND / 2) : what < 990 ? dice(40 * CLOCK_SECOND) : what < 998 ? dice(2000 * CLOCK_SECOND) : 0;
        if (what == 998 && disorder) {
            now -= 9000 * CLOCK_SECOND;
        }
        s[i] = (struct step){ .ts = what >= 999 && disorder ? now - 20 * CLOCK_SECOND : now, .proto = protos[dice(ROWS(protos))], .src = (uint8_t)dice(12),
                              .dst = (uint8_t)dice(12), .port = (uint8_t)dice(2) };
        if (dice(10) == 0) {
            s[i].state = (uint8_t)(1 + dice(3));
        }
    }
}

/* The model. */
struct model_flow {
    struct told told;
    uint8_t proto, src, dst;
    uint16_t port[2];
    uint64_t deadline;
    bool seen[2], live;
};

static uint64_t model_timeout(const struct flow_settings *s, const struct model_flow *f)
{
    unsigned row = f->proto == IPPROTO_TCP ? 1 : f->proto == IPPROTO_UDP ? 2 : f->proto == IPPROTO_ICMP ? 3 : 0;
    return CLOCK_SECOND * (f->told.state == FLOW_BYPASSED ? s->timeout_bypassed[row] : s->timeout[row][f->told.state]);
}

static void model_end(struct run *out, struct model_flow *f, uint8_t reason, uint64_t at)
{
    f->live = false;
    f->told.reason = reason;
    f->told.ended = at;
    out->list[out->n++] = f->told;
}

static struct model_flow *model_find(struct model_flow *flows, unsigned n, const struct step *s, const uint16_t port[2], int *side)
{
    for (unsigned i = 0; i < n; i++) {
        struct model_flow *f = &flows[i];
        if (!f->live || f->proto != s->proto) {
            continue;
        }
        if (f->src == s->src && f->dst == s->dst && f->port[0] == port[0] && f->port[1] == port[1]) {
            *side = 0;
            return f;
        }
        if (f->src == s->dst && f->dst == s->src && f->port[0] == port[1] && f->port[1] == port[0]) {
            *side = 1;
            return f;
        }
    }
    return NULL;
}

static void step_ports(const struct step *s, uint16_t port[2])
{
    bool icmp = s->proto == IPPROTO_ICMP;
    port[0] = icmp ? (s->port ? 8 : 0) : (uint16_t)(1000 + s->port);
    port[1] = icmp ? (s->port ? 0 : 8) : (uint16_t)(1001 - s->port);
}

/* What sweeps go by after packet i: the earliest of the block of 128 before this one and of this one. */
static uint64_t model_safe(const struct step *steps, unsigned i)
{
    unsigned blocks = (i + 1) / 128;
    uint64_t safe = UINT64_MAX;

    for (unsigned k = blocks ? (blocks - 1) * 128 : 0; k <= i; k++) {
        safe = steps[k].ts < safe ? steps[k].ts : safe;
    }
    return blocks ? safe : 0;
}

static void model_sweep(struct run *out, struct model_flow *flows, unsigned n, uint64_t safe)
{
    for (unsigned k = 0; k < n; k++) {
        if (flows[k].live && flows[k].deadline <= safe) {
            model_end(out, &flows[k], FLOW_ENDED_TIMEOUT, flows[k].deadline);
        }
    }
}

static void run_model(const struct step *steps, const struct flow_settings *set, struct run *out)
{
    struct model_flow *flows = calloc(FLOWS_MAX, sizeof(*flows));
    unsigned n = 0;

    for (unsigned i = 0; i < PACKETS; i++) {
        const struct step *s = &steps[i];
        uint16_t port[2];
        int side = 0;
        model_sweep(out, flows, n, model_safe(steps, i));
        step_ports(s, port);
        struct model_flow *f = model_find(flows, n, s, port, &side);
        if (f && s->ts >= f->deadline) {
            model_end(out, f, FLOW_ENDED_TIMEOUT, f->deadline);
            f = NULL;
            side = 0;
        }
        if (!f) {
            f = &flows[n++];
            *f = (struct model_flow){ .told = { .first_packet = i + 1, .first = s->ts, .last = s->ts }, .proto = s->proto, .src = s->src,
                                      .dst = s->dst, .port = { port[0], port[1] }, .live = true };
        }
        if (s->proto == IPPROTO_ICMP) { /* the address alone tells: who pings itself is always the client */
            side = s->src != f->src;
        }
        f->told.packets[side]++;
        f->told.bytes[side] += 100;
        f->told.last = s->ts > f->told.last ? s->ts : f->told.last;
        f->seen[side] = true;
        if (f->proto != IPPROTO_TCP && f->told.state == FLOW_NEW && f->seen[0] && f->seen[1]) {
            f->told.state = FLOW_ESTABLISHED;
        }
        if (s->state) {
            f->told.state = s->state;
        }
        f->deadline = f->told.last + model_timeout(set, f);
    }
    model_sweep(out, flows, n, model_safe(steps, PACKETS - 1));
    for (unsigned k = 0; k < n; k++) {
        if (flows[k].live) {
            model_end(out, &flows[k], FLOW_ENDED_SHUTDOWN, steps[PACKETS - 1].ts);
        }
    }
    free(flows);
}

static void on_end(void *ctx, struct flow *f)
{
    struct run *r = ctx;

    r->list[r->n++] = (struct told){ f->first_packet, f->first, f->last, f->ended, { f->packets[0], f->packets[1] },
                                     { f->bytes[0], f->bytes[1] }, f->reason, f->state };
}

static void run_table(const struct step *steps, const struct flow_settings *set, unsigned batch, struct run *out)
{
    static struct view views[256];
    static struct batch b;
    struct flow_table *t = flow_table_new(set, (struct flow_sink){ out, on_end });

    for (unsigned at = 0; at < PACKETS; at += batch) {
        b = (struct batch){ .n = PACKETS - at < batch ? PACKETS - at : batch, .views = views, .view_max = 256 };
        b.view_n = b.n;
        for (unsigned i = 0; i < b.n; i++) {
            const struct step *s = &steps[at + i];
            uint16_t port[2];
            test_view(&views[i], &b.packet[i], s->proto, 100u + s->src, 100u + s->dst);
            b.packet[i].ts = s->ts;
            b.packet[i].number = at + i + 1;
            step_ports(s, port);
            if (s->proto == IPPROTO_ICMP) {
                views[i].icmp.type = (uint8_t)port[0];
            } else {
                test_ports(&views[i], port[0], port[1]);
            }
        }
        flow_prepare(t, &b);
        for (unsigned i = 0; i < b.n; i++) {
            enum side side;
            flow_sweep(t, b.packet[i].ts);
            struct flow *f = flow_resolve(t, &views[i], &side);
            if (f && steps[at + i].state) {
                flow_set_state(t, f, (enum flow_state)steps[at + i].state);
            }
        }
    }
    flow_end_all(t);
    is_int(flow_live(t), 0, "no flow is left");
    flow_table_free(t);
}

static int compare(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    return x->first_packet < y->first_packet ? -1 : x->first_packet > y->first_packet;
}

static void same(struct run *model, struct run *table, const char *why)
{
    qsort(table->list, table->n, sizeof(table->list[0]), compare);
    if (!is_int(table->n, model->n, why)) {
        return;
    }
    for (unsigned i = 0; i < model->n; i++) {
        if (memcmp(&model->list[i], &table->list[i], sizeof(model->list[0])) != 0) {
            is_mem(&table->list[i], sizeof(model->list[0]), &model->list[i], sizeof(model->list[0]), why);
            return;
        }
    }
    ok(true, why);
}

int main(void)
{
    static const struct {
        unsigned batch;
        const char *why;
    } ways[] = { { 1, "one packet a batch" }, { 7, "small batches" }, { 256, "large batches" } };
    struct step *steps = calloc(PACKETS, sizeof(*steps));
    struct run model = { .list = calloc(FLOWS_MAX, sizeof(struct told)) }, table = { .list = calloc(FLOWS_MAX, sizeof(struct told)) };
    struct flow_settings set = test_settings();

    set.hash_size = 1; /* so that the table grows under way */
    for (uint64_t seed = 1; seed <= 6; seed++) {
        bool disorder = seed % 2;
        make_steps(steps, seed * 1000003, disorder);
        model.n = 0;
        run_model(steps, &set, &model);
        qsort(model.list, model.n, sizeof(model.list[0]), compare);
        for (unsigned i = 0; i < ROWS(ways); i++) {
            table.n = 0;
            run_table(steps, &set, ways[i].batch, &table);
            same(&model, &table, ways[i].why);
        }
    }
    free(steps);
    free(model.list);
    free(table.list);
    return done_testing();
}
