/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/stats.h"

#include "base/hash.h"
#include "proto/protos_counters.h"

#include <stdlib.h>
#include <string.h>

struct stat {
    char name[96];
    uint64_t value, before; /* before: in the record before this one */
    int kind;
};

/* Numbers by name, added up where a name comes again. */
struct stat_list {
    struct stat *stat;
    size_t n, room;
    uint32_t *slot;         /* 2 * room of them: index + 1 of a name at its hash, or behind it; 0: none */
    uint64_t now;           /* ns: of a worker's, where its traffic is */
};

/* What a record shows of the numbers. */
struct shape {
    bool totals, threads, deltas, nulls, strict;
};

/* Where the name stands, or would. */
static uint32_t *slot_of(const struct stat_list *l, const char *name)
{
    const size_t mask = 2 * l->room - 1;
    size_t k = hash_bytes(name, strlen(name), 0) & mask;

    while (l->slot[k] != 0 && strcmp(l->stat[l->slot[k] - 1].name, name) != 0) {
        k = (k + 1) & mask;
    }
    return &l->slot[k];
}

static bool list_grow(struct stat_list *l)
{
    size_t room = l->room != 0 ? l->room * 2 : 1024;
    struct stat *more = realloc(l->stat, room * sizeof *more);
    uint32_t *slot = calloc(2 * room, sizeof *slot);

    l->stat = more != NULL ? more : l->stat;
    if (more == NULL || slot == NULL) {
        free(slot);
        return false;
    }
    free(l->slot);
    l->slot = slot;
    l->room = room;
    for (size_t i = 0; i < l->n; i++) {
        *slot_of(l, l->stat[i].name) = (uint32_t)i + 1;
    }
    return true;
}

static void stat_add(struct stat_list *l, const char *name, uint64_t value, int kind)
{
    if (l->n == l->room && !list_grow(l)) {
        return;
    }
    uint32_t *slot = slot_of(l, name);
    if (*slot == 0) {
        struct stat *s = &l->stat[l->n++];
        *s = (struct stat){ .value = value, .kind = kind };
        snprintf(s->name, sizeof s->name, "%s", name);
        *slot = (uint32_t)l->n;
        return;
    }
    uint64_t *to = &l->stat[*slot - 1].value;
    *to = (kind & COUNTER_HOW) == COUNTER_MAX ? (value > *to ? value : *to) : *to + value;
}

static uint64_t stat_value(const struct stat_list *l, const char *name)
{
    uint32_t at = l->n != 0 ? *slot_of(l, name) : 0;

    return at != 0 ? l->stat[at - 1].value : 0;
}

static void rows_add(struct stat_list *l, const struct counter_row *rows, unsigned n, const uint64_t *values)
{
    for (unsigned i = 0; i < n; i++) {
        stat_add(l, rows[i].name, values[i], rows[i].kind);
    }
}

/* Events of a header stand together; one that is no header's own stands beside them. */
static void decode_notes_add(struct stat_list *l, const char *prefix, const uint64_t *values)
{
    char name[sizeof l->stat->name];

    for (unsigned i = 0; i < DECODE_NOTE_N; i++) {
        bool of_header = strchr(decode_notes[i].name, '.') != NULL;
        snprintf(name, sizeof name, "%s.%s", of_header ? prefix : "decoder", decode_notes[i].name);
        stat_add(l, name, values[i], i >= DECODE_NOTES_SHARED ? COUNTER_SUM | COUNTER_OWN : COUNTER_SUM);
    }
}

static void protos_add(struct stat_list *l, const struct proto_settings *s, struct protos *p)
{
    static const struct { const char *before, *after; unsigned each, transport; } shapes[] = {
        { "app_layer.flow.", "", PROTOS_FLOW_TCP, 1 }, { "app_layer.flow.", "", PROTOS_FLOW_UDP, 2 },
        { "app_layer.tx.", "", PROTOS_TX_TCP, 1 },     { "app_layer.tx.", "", PROTOS_TX_UDP, 2 },
        { "app_layer.error.", ".parser", PROTOS_ERROR_PARSER, 3 }, { "app_layer.error.", ".gap", PROTOS_ERROR_GAP, 1 },
        { "app_layer.error.", ".alloc", PROTOS_ERROR_ALLOC, 3 },
    };
    char name[80];

    for (unsigned id = 1; id <= proto_n; id++) {
        const struct proto *row = proto_by_id(id);
        bool both = (row->transports & ~row->own_transports) == 3;
        for (unsigned k = 0; k < ROWS(shapes); k++) {
            if ((row->transports & s->enabled[id - 1] & shapes[k].transport) == 0) {
                continue;
            }
            bool own = (row->transports & ~row->own_transports & shapes[k].transport) == 0;
            const char *suffix = (!both && !own) || (own && shapes[k].transport == 3) ? "" : shapes[k].transport == 2 ? "_udp" : "_tcp";
            snprintf(name, sizeof name, "%s%s%s%s%s", own ? "peccary." : "", shapes[k].before, row->name, suffix, shapes[k].after);
            stat_add(l, name, protos_each(p, id, shapes[k].each), own ? COUNTER_SUM | COUNTER_OWN : COUNTER_SUM);
        }
    }
    stat_add(l, "app_layer.flow.failed_tcp", protos_each(p, 0, PROTOS_FLOW_TCP), COUNTER_SUM);
    stat_add(l, "app_layer.flow.failed_udp", protos_each(p, 0, PROTOS_FLOW_UDP), COUNTER_SUM);
}

static int by_name(const void *a, const void *b)
{
    const char *x = ((const struct stat *)a)->name, *y = ((const struct stat *)b)->name;

    for (;; x++, y++) { /* a dot sorts before everything, so that an object's members stand together */
        int p = *x == '.' ? 1 : (unsigned char)*x, q = *y == '.' ? 1 : (unsigned char)*y;
        if (p != q || p == 0) {
            return p - q;
        }
    }
}

struct engine_rules {
    unsigned loaded, failed, skipped;
};

static void engine_add(struct json *j, uint32_t id, const char *when, const struct engine_rules *r)
{
    json_object(j, NULL);
    json_u64(j, "id", id);
    json_string(j, "last_reload", when);
    json_u64(j, "rules_loaded", r->loaded);
    json_u64(j, "rules_failed", r->failed);
    json_u64(j, "rules_skipped", r->skipped);
    json_end_object(j);
}

/* Rules of the engine; an object of its own among the counters of detection. */
static void engines_add(const struct engine *e, struct json *j)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    json_array(j, "engines");
    clock_iso(&zone, e->loaded != 0 ? e->loaded : e->started, when);
    engine_add(j, 0, when, &(struct engine_rules){ e->rules_loaded, e->rules_refused, e->rules_skipped });
    const struct generation *g = e->generations.last;
    for (unsigned i = 0; g != NULL && i < g->tenant_n; i++) {
        const struct rules *all = ruleset_source(g->tenant[i].rules);
        engine_add(j, g->tenant[i].id, when, &(struct engine_rules){ ruleset_rules(g->tenant[i].rules), all->failed_n, all->skipped });
    }
    json_end_array(j);
}

static void member(struct json *j, const struct shape *shape, const char *name, const struct stat *s)
{
    char delta[112];

    json_u64(j, name, s->value);
    if (shape->deltas) {
        snprintf(delta, sizeof delta, "%s_delta", name);
        json_i64(j, delta, (int64_t)(s->value - s->before));
    }
}

/* Opens and closes objects between one name and the next.  e: the rules are told too; NULL: they are not. */
static void nested(const struct stat_list *l, const struct shape *shape, const struct engine *e, struct json *j)
{
    char open[8][80];
    unsigned depth = 0;

    for (size_t i = 0; i < l->n; i++) {
        const char *at = l->stat[i].name, *dot;
        unsigned d = 0;
        if ((l->stat[i].value == 0 && !shape->nulls) || (shape->strict && (l->stat[i].kind & COUNTER_OWN) != 0)) {
            continue;
        }
        while ((dot = strchr(at, '.')) != NULL && d < depth && strlen(open[d]) == (size_t)(dot - at) &&
               memcmp(open[d], at, (size_t)(dot - at)) == 0) {
            at = dot + 1;
            d++;
        }
        for (; depth > d; depth--) {
            json_end_object(j);
        }
        while ((dot = strchr(at, '.')) != NULL && depth < 8) {
            snprintf(open[depth], sizeof open[depth], "%.*s", (int)(dot - at), at);
            json_object(j, open[depth]);
            if (e != NULL && depth == 0 && strcmp(open[0], "detect") == 0) {
                engines_add(e, j);
                e = NULL;
            }
            depth++;
            at = dot + 1;
        }
        member(j, shape, at, &l->stat[i]);
    }
    for (; depth > 0; depth--) {
        json_end_object(j);
    }
    if (e != NULL) {
        json_object(j, "detect");
        engines_add(e, j);
        json_end_object(j);
    }
}

static void decoder_add(struct stat_list *l, const struct decoder *d, const struct engine_settings *s)
{
    rows_add(l, decode_counters, DECODE_COUNTER_N, d->counter);
    if (s->stats.decoder_events) {
        decode_notes_add(l, s->stats.decoder_prefix, d->note);
    }
}

/* What the first worker's list has of all of them. */
static void shared_add(struct stat_list *l, const struct worker *w)
{
    for (unsigned i = 0; w->settings->live && w->blocks != NULL && i < BLOCKS_COUNTER_N; i++) {
        stat_add(l, blocks_counters[i].name, blocks_count(w->blocks, i), blocks_counters[i].kind);
    }
    if (w->aware != NULL) { /* one map for all */
        uint64_t counts[AWARE_COUNTER_N];
        aware_counts(w->aware, counts);
        rows_add(l, aware_counters, AWARE_COUNTER_N, counts);
    }
}

static void worker_add(struct stat_list *l, const struct worker *w)
{
    const struct engine_settings *s = w->settings;

    l->now = w->now;
    if (s->live) {
        rows_add(l, source_counters, SOURCE_COUNTER_N, source_counts(w->source));
        rows_add(l, respond_counters, RESPOND_COUNTER_N, respond_counts(w->respond));
    }
    if (s->in_turns) { /* else: what others passed on, which they counted */
        decoder_add(l, w->decoder, s);
    }
    if (w->index == 0 || !s->in_turns) { /* what every worker decodes; and each runs every fragment.  Else each has frames of its own */
        decoder_add(l, w->common, s);
        rows_add(l, defrag_counters_rows, defrag_counter_n, defrag_counters(w->defrag));
    }
    rows_add(l, flow_counters, FLOW_COUNTER_N, flow_table_counters(w->flows));
    rows_add(l, stream_counters, STREAM_COUNTER_N, streams_counters(w->streams));
    for (unsigned i = 0; s->stats.stream_events && i < STREAM_NOTE_N; i++) {
        stat_add(l, stream_notes[i].name, streams_note_counts(w->streams)[i], COUNTER_SUM);
    }
    rows_add(l, proto_counters, proto_counter_n, protos_counters(w->protos));
    for (unsigned i = 0; i < w->tenant_n; i++) {
        rows_add(l, detect_counter_rows, detect_counter_n, detect_counters(w->tenant[i].detect));
    }
    for (unsigned i = 0; i < WORKER_COUNTER_N; i++) {
        if (s->detect.firewall != NULL || strncmp(worker_counters[i].name, "firewall.", 9) != 0) {
            rows_add(l, &worker_counters[i], 1, &w->counter[i]);
        }
    }
    protos_add(l, &s->proto, w->protos);
    if (w->pcap_log != NULL) {
        rows_add(l, pcap_log_counters, PCAP_LOG_COUNTER_N, pcap_log_values(w->pcap_log));
    }
    if (w->recording != NULL) {
        rows_add(l, recorder_counters, RECORDER_COUNTER_N, recording_values(w->recording));
    }
}

/* ---- the numbers of a run ---- */

struct numbers {
    struct stat_list total, *thread; /* a list per worker, then what belongs to none */
    unsigned thread_n;
    uint64_t now;                    /* ns */
    uint64_t uptime;                 /* s */
};

static void outputs_add(struct stat_list *l, const struct output *out)
{
    const uint64_t *files = output_file_counters(out);
    uint64_t outputs[OUTPUT_COUNTER_N];

    output_count(out, outputs);
    rows_add(l, output_counters, OUTPUT_COUNTER_N, outputs);
    if (files != NULL) {
        rows_add(l, filestore_counters, FILESTORE_COUNTER_N, files);
    }
}

/* All are there: what follows from others, and the order; names are not looked up any more. */
static void list_finish(struct stat_list *l, bool of_packets)
{
    uint64_t packets = stat_value(l, "decoder.pkts"), bytes = stat_value(l, "decoder.bytes");

    if (of_packets) {
        stat_add(l, "decoder.avg_pkt_size", packets != 0 ? bytes / packets : 0, COUNTER_GAUGE);
    }
    free(l->slot);
    l->slot = NULL;
    if (l->n != 0) {
        qsort(l->stat, l->n, sizeof *l->stat, by_name);
    }
}

/* On the worker's own thread. */
static void numbers_ask(struct worker *w, void *ctx)
{
    struct numbers *x = ctx;

    worker_add(&x->thread[w->index], w);
}

static void numbers_join(struct numbers *x)
{
    for (unsigned i = 0; i < x->thread_n; i++) {
        const struct stat_list *l = &x->thread[i];
        for (size_t k = 0; k < l->n; k++) {
            stat_add(&x->total, l->stat[k].name, l->stat[k].value, l->stat[k].kind);
        }
        x->now = l->now > x->now ? l->now : x->now;
    }
    list_finish(&x->total, true);
    for (unsigned i = 0; i < x->thread_n; i++) {
        list_finish(&x->thread[i], i + 1 != x->thread_n);
    }
}

static void numbers_free(struct numbers *x)
{
    for (unsigned i = 0; i < x->thread_n; i++) {
        free(x->thread[i].stat);
        free(x->thread[i].slot);
    }
    free(x->thread);
    free(x->total.stat);
    *x = (struct numbers){ 0 };
}

/* False with err: no memory, or a worker is busy. */
static bool numbers_make(struct numbers *x, const struct engine *e, const struct inside *in, struct err *err)
{
    *x = (struct numbers){ .thread_n = in->n + 1, .uptime = (clock_now() - e->started) / CLOCK_SECOND };
    x->thread = calloc(x->thread_n, sizeof *x->thread);
    if (x->thread == NULL) {
        return err_set(err, "not enough memory");
    }
    uint64_t busy = inside_ask(in, numbers_ask, x);
    if (busy != 0) {
        numbers_free(x);
        return err_set(err, "worker %d is busy", __builtin_ctzll(busy));
    }
    shared_add(&x->thread[0], &in->worker[0]);
    outputs_add(&x->thread[in->n], in->out);
    numbers_join(x);
    return true;
}

/* What each was then: both lists are in order. */
static void list_since(struct stat_list *l, const struct stat_list *then)
{
    for (size_t i = 0, k = 0; i < l->n; i++) {
        while (k < then->n && by_name(&then->stat[k], &l->stat[i]) < 0) {
            k++;
        }
        l->stat[i].before = k < then->n && by_name(&then->stat[k], &l->stat[i]) == 0 ? then->stat[k].value : 0;
    }
}

static void numbers_since(struct numbers *x, const struct numbers *then)
{
    list_since(&x->total, &then->total);
    for (unsigned i = 0; i < x->thread_n && i < then->thread_n; i++) {
        list_since(&x->thread[i], &then->thread[i]);
    }
}

static void thread_name(const struct numbers *x, unsigned i, char name[32])
{
    if (i + 1 == x->thread_n) {
        snprintf(name, 32, "Global");
    } else {
        snprintf(name, 32, "W#%02u", i + 1);
    }
}

/* ---- EVE ---- */

static void eve_record(const struct engine *e, const struct numbers *x, const struct eve_settings *eve, struct output *out)
{
    const struct shape shape = { eve->stats.totals, eve->stats.threads, eve->stats.deltas, eve->stats.null_values, eve->strict };
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX], name[32];
    struct text line;
    struct json j;

    text_init(&line, 0);
    json_init(&j, &line);
    json_object(&j, NULL);
    clock_iso(&zone, x->now, when);
    json_string(&j, "timestamp", when);
    json_string(&j, "event_type", "stats");
    if (eve->host != NULL) {
        json_string(&j, "host", eve->host);
    }
    json_object(&j, "stats");
    json_u64(&j, "uptime", x->uptime);
    if (shape.totals) {
        nested(&x->total, &shape, e->rules != NULL ? e : NULL, &j);
    }
    if (shape.threads) {
        json_object(&j, "threads");
        for (unsigned i = 0; i < x->thread_n; i++) {
            thread_name(x, i, name);
            json_object(&j, name);
            nested(&x->thread[i], &shape, NULL, &j);
            json_end_object(&j);
        }
        json_end_object(&j);
    }
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&line, '\n');
    output_write(out, &(struct event){ EVENT_STATS, eve->to[EVENT_STATS], text_bytes(&line) });
    text_fini(&line);
}

/* ---- stats.log ---- */

static void log_list(struct text *t, const struct stat_list *l, const char *who, bool nulls)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->stat[i].value != 0 || nulls) {
            text_printf(t, "%-45s | %-25s | %-llu\n", l->stat[i].name, who, (unsigned long long)l->stat[i].value);
        }
    }
}

static void log_record(const struct numbers *x, const struct stats_log *s, struct output *out)
{
    static const char rule[] = "------------------------------------------------------------------------------------\n";
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX], name[32];
    struct text t;
    unsigned long long up = x->uptime;

    text_init(&t, 0);
    clock_fast(&zone, x->now, when);
    text_str(&t, rule);
    text_printf(&t, "Date: %.2s/%.2s/%.4s -- %.8s (uptime: %llud, %02lluh %02llum %02llus)\n", when, when + 3, when + 6, when + 11, up / 86400,
                up / 3600 % 24, up / 60 % 60, up % 60);
    text_str(&t, rule);
    text_printf(&t, "%-45s | %-25s | %-s\n", "Counter", "TM Name", "Value");
    text_str(&t, rule);
    if (s->totals) {
        log_list(&t, &x->total, "Total", s->nulls);
    }
    for (unsigned i = 0; s->threads && i < x->thread_n; i++) {
        thread_name(x, i, name);
        log_list(&t, &x->thread[i], name, s->nulls);
    }
    output_write(out, &(struct event){ EVENT_STATS_LOG, 0, text_bytes(&t) });
    text_fini(&t);
}

void stats_record(const struct engine *e, const struct inside *in)
{
    const struct event_settings *s = &e->settings->event;
    bool any = s->stats_log.on, deltas = false;
    struct numbers x;
    struct err err;

    for (unsigned i = 0; i < s->n; i++) {
        any |= s->eve[i].to[EVENT_STATS] != 0;
        deltas |= s->eve[i].to[EVENT_STATS] != 0 && s->eve[i].stats.deltas;
    }
    if (!any || !e->settings->stats.enabled) {
        return;
    }
    if (!numbers_make(&x, e, in, &err)) {
        log_say(e->log, LOG_WARNING, "no statistics: %s", err.text);
        return;
    }
    if (*in->told != NULL) {
        numbers_since(&x, *in->told);
    }
    for (unsigned i = 0; i < s->n; i++) {
        if (s->eve[i].to[EVENT_STATS] != 0) {
            eve_record(e, &x, &s->eve[i], in->out);
        }
    }
    if (s->stats_log.on) {
        log_record(&x, &s->stats_log, in->out);
    }
    stats_forget(in->told);
    *in->told = deltas ? malloc(sizeof x) : NULL;
    if (*in->told != NULL) {
        **in->told = x;
    } else {
        numbers_free(&x);
    }
}

void stats_forget(struct numbers **told)
{
    if (*told != NULL) {
        numbers_free(*told);
        free(*told);
        *told = NULL;
    }
}

/* ---- asked from outside ---- */

/* With the engine's lock held. */
static bool counters_make(struct numbers *x, const struct engine *e, struct err *err)
{
    return e->inside != NULL ? numbers_make(x, e, e->inside, err) : err_set(err, "nothing is being read");
}

bool engine_counters(struct engine *e, void (*each)(void *ctx, const char *name, uint64_t value, int kind), void *ctx, struct err *err)
{
    struct numbers x;

    pthread_mutex_lock(&e->lock);
    bool ok = counters_make(&x, e, err);
    for (size_t i = 0; ok && i < x.total.n; i++) {
        each(ctx, x.total.stat[i].name, x.total.stat[i].value, x.total.stat[i].kind & COUNTER_HOW);
    }
    if (ok) {
        numbers_free(&x);
    }
    pthread_mutex_unlock(&e->lock);
    return ok;
}

bool engine_counters_json(struct engine *e, struct json *j, const char *key, struct err *err)
{
    const struct shape all = { .totals = true, .nulls = true };
    struct numbers x;

    pthread_mutex_lock(&e->lock);
    bool ok = counters_make(&x, e, err);
    if (ok) {
        json_object(j, key);
        json_u64(j, "uptime", x.uptime);
        nested(&x.total, &all, e->rules != NULL ? e : NULL, j);
        json_end_object(j);
        numbers_free(&x);
    }
    pthread_mutex_unlock(&e->lock);
    return ok;
}
