/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/outside.h"

#include "engine/engine.h"
#include "engine/kept.h"
#include "engine/settings_eve.h"

#include <string.h>

/* ---- memory caps ---- */

static uint64_t *flow_value(struct engine_settings *s) { return &s->flow.memcap; }
static void flow_set(struct worker *w, uint64_t bytes) { flow_table_cap(w->flows, bytes); }
static uint64_t flow_used(const struct worker *w) { return flow_table_counters(w->flows)[FLOW_MEMUSE]; }
static uint64_t *stream_value(struct engine_settings *s) { return &s->stream.memcap; }
static void stream_set(struct worker *w, uint64_t bytes) { streams_cap(w->streams, bytes); }
static uint64_t stream_used(const struct worker *w) { return streams_counters(w->streams)[STREAM_COUNT_MEMUSE]; }
static uint64_t *reassembly_value(struct engine_settings *s) { return &s->stream.reassembly_memcap; }
static void reassembly_set(struct worker *w, uint64_t bytes) { streams_reassembly_cap(w->streams, bytes); }
static uint64_t reassembly_used(const struct worker *w) { return streams_counters(w->streams)[STREAM_COUNT_REASSEMBLY_MEMUSE]; }
static uint64_t *app_value(struct engine_settings *s) { return &s->proto.memcap; }
static void app_set(struct worker *w, uint64_t bytes) { protos_cap(w->protos, bytes); }
static uint64_t app_used(const struct worker *w) { return protos_used(w->protos); }
static uint64_t *defrag_value(struct engine_settings *s) { return &s->defrag.memcap; }
static void defrag_set(struct worker *w, uint64_t bytes) { defrag_cap(w->defrag, bytes); }
static uint64_t defrag_memory(const struct worker *w) { return defrag_used(w->defrag); }

const struct memory_cap memory_caps[] = {
    { "stream", "stream.memcap", "TCP sessions", stream_value, stream_set, stream_used },
    { "stream-reassembly", "stream.reassembly.memcap", "bytes of TCP streams", reassembly_value, reassembly_set, reassembly_used },
    { "flow", "flow.memcap", "flows", flow_value, flow_set, flow_used },
    { "applayer", "app-layer.memcap", "what protocols keep", app_value, app_set, app_used },
    { "defrag", "defrag.memcap", "fragments", defrag_value, defrag_set, defrag_memory },
};
const unsigned memory_cap_n = ROWS(memory_caps);

struct cap_change {
    const struct memory_cap *cap;
    uint64_t bytes;
};

static void cap_change(struct worker *w, void *ctx)
{
    const struct cap_change *c = ctx;

    c->cap->set(w, settings_share(c->bytes, w->workers));
}

bool engine_memory_set(struct engine *e, const struct memory_cap *c, uint64_t bytes, struct err *err)
{
    struct cap_change change = { c, bytes };
    struct err nothing_runs;

    pthread_mutex_lock(&e->lock);
    bool runs = e->inside != NULL;
    pthread_mutex_unlock(&e->lock);
    if (!engine_ask(e, cap_change, &change, runs ? err : &nothing_runs) && runs) {
        return false;
    }
    *c->value(e->settings) = settings_share(bytes, e->settings->workers); /* for the next run */
    return true;
}

struct cap_sum {
    const struct memory_cap *cap;
    uint64_t bytes;
};

static void cap_sum(const struct inside *in, void *ctx)
{
    struct cap_sum *s = ctx;

    for (unsigned i = 0; in != NULL && i < in->n; i++) {
        s->bytes += s->cap->used(&in->worker[i]);
    }
}

uint64_t engine_memory_used(struct engine *e, const struct memory_cap *c)
{
    struct cap_sum s = { c, 0 };

    engine_look(e, cap_sum, &s);
    return s.bytes;
}

/* ---- sets and bits ---- */

bool engine_open_lists(struct engine *e, struct err *err)
{
    if (!kept_load(e, err)) {
        return false;
    }
    datasets_open(e->datasets);
    return true;
}

const char *engine_dataset(struct engine *e, const struct dataset_call *c, struct err *err) { return dataset_outside(e->datasets, c, err); }

void engine_datasets_tell(struct engine *e, struct json *j) { datasets_tell(e->datasets, j); }
void engine_datasets_written(const struct engine *e, void (*tell)(void *ctx, const char *path), void *ctx) { datasets_written(e->datasets, tell, ctx); }
bool engine_datasets_save(struct engine *e, struct err *err) { return datasets_save(e->datasets, err); }

static void now_say(struct worker *w, void *ctx) { ((uint64_t *)ctx)[w->index] = w->now; }

/* With the engine's lock held: the host's bits at the traffic's time, which is the latest of the workers'.  False: nothing runs, or a worker is busy. */
static bool host_of(const struct engine *e, const char *address, struct host_bits_of *h, struct err *err)
{
    const struct inside *in = e->inside;

    if (in == NULL) {
        return err_set(err, "nothing is being read");
    }
    uint64_t now[TURN_WORKERS_MAX], busy = inside_ask(in, now_say, now);
    if (busy != 0) {
        return err_set(err, "worker %d is busy", __builtin_ctzll(busy));
    }
    *h = (struct host_bits_of){ in->shared, e->names, address, 0 };
    for (unsigned i = 0; i < in->n; i++) {
        h->now = now[i] > h->now ? now[i] : h->now;
    }
    return true;
}

bool engine_host_bit_set(struct engine *e, const char *address, const char *bit, uint32_t seconds, struct err *err)
{
    struct host_bits_of h;

    pthread_mutex_lock(&e->lock);
    bool ok = host_of(e, address, &h, err) && host_bit_set(&h, bit, seconds, err);
    pthread_mutex_unlock(&e->lock);
    return ok;
}

bool engine_host_bit_clear(struct engine *e, const char *address, const char *bit, struct err *err)
{
    struct host_bits_of h;

    pthread_mutex_lock(&e->lock);
    bool ok = host_of(e, address, &h, err) && host_bit_clear(&h, bit, err);
    pthread_mutex_unlock(&e->lock);
    return ok;
}

bool engine_host_bits_tell(struct engine *e, const char *address, struct json *j, const char *key, struct err *err)
{
    struct host_bits_of h;

    pthread_mutex_lock(&e->lock);
    bool ok = host_of(e, address, &h, err) && host_bits_tell(&h, j, key, err);
    pthread_mutex_unlock(&e->lock);
    return ok;
}

/* ---- a flow ---- */

struct flow_search {
    uint64_t id;
    struct flow_numbers *out;
    bool found;
};

static void flow_search(struct worker *w, void *ctx)
{
    struct flow_search *s = ctx;
    const struct flow *f = s->found ? NULL : flow_by_id(w->flows, s->id);

    if (f != NULL) {
        *s->out = (struct flow_numbers){ { f->packets[0], f->packets[1] }, { f->bytes[0], f->bytes[1] }, f->first, f->last };
        s->found = true;
    }
}

bool engine_flow(struct engine *e, uint64_t id, struct flow_numbers *out, struct err *err)
{
    struct flow_search s = { .id = id, .out = out };

    return engine_ask(e, flow_search, &s, err) && (s.found || err_set(err, "no flow of that id is live"));
}
