/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/stats.h"

#include "proto/protos_counters.h"

#include <stdlib.h>
#include <string.h>

struct stat {
    char name[80];
    uint64_t value;
};

struct stat_list {
    struct stat *stat;
    size_t n, room;
};

static void stat_add(struct stat_list *l, const char *name, uint64_t value, int kind)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->stat[i].name, name) == 0) {
            l->stat[i].value = kind == COUNTER_MAX ? (value > l->stat[i].value ? value : l->stat[i].value) : l->stat[i].value + value;
            return;
        }
    }
    if (l->n == l->room) {
        size_t room = l->room != 0 ? l->room * 2 : 512;
        struct stat *more = realloc(l->stat, room * sizeof *more);
        if (more == NULL) {
            return;
        }
        l->stat = more;
        l->room = room;
    }
    struct stat *s = &l->stat[l->n++];
    snprintf(s->name, sizeof s->name, "%s", name);
    s->value = value;
}

static void rows_add(struct stat_list *l, const struct counter_row *rows, unsigned n, const uint64_t *values)
{
    for (unsigned i = 0; i < n; i++) {
        stat_add(l, rows[i].name, values[i], rows[i].kind);
    }
}

static void notes_add(struct stat_list *l, const char *prefix, const struct note_row *rows, unsigned n, const uint64_t *values)
{
    char name[80];

    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        stat_add(l, name, values[i], COUNTER_SUM);
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
        bool both = row->transports == 3;
        for (unsigned k = 0; s->enabled[id - 1] && k < ROWS(shapes); k++) {
            if ((row->transports & shapes[k].transport) == 0) {
                continue;
            }
            const char *suffix = !both ? "" : shapes[k].transport == 2 ? "_udp" : "_tcp";
            snprintf(name, sizeof name, "%s%s%s%s", shapes[k].before, row->name, suffix, shapes[k].after);
            stat_add(l, name, protos_each(p, id, shapes[k].each), COUNTER_SUM);
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

/* Opens and closes objects between one name and the next. */
static void nested(const struct stat_list *l, struct json *j)
{
    char open[8][80];
    unsigned depth = 0;

    for (size_t i = 0; i < l->n; i++) {
        const char *at = l->stat[i].name, *dot;
        unsigned d = 0;
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
            json_object(j, open[depth++]);
            at = dot + 1;
        }
        json_u64(j, at, l->stat[i].value);
    }
    for (; depth > 0; depth--) {
        json_end_object(j);
    }
}

static void worker_add(struct stat_list *l, const struct worker *w, const struct engine_settings *s)
{
    if (w->index == 0) { /* every worker decodes every frame, and runs every fragment */
        rows_add(l, decode_counters, DECODE_COUNTER_N, w->decoder->counter);
        notes_add(l, "decoder.event.", decode_notes, DECODE_NOTE_N, w->decoder->note);
        rows_add(l, defrag_counters_rows, defrag_counter_n, defrag_counters(w->defrag));
    }
    rows_add(l, flow_counters, FLOW_COUNTER_N, flow_table_counters(w->flows));
    rows_add(l, stream_counters, STREAM_COUNTER_N, streams_counters(w->streams));
    notes_add(l, "stream.", stream_notes, STREAM_NOTE_N, streams_note_counts(w->streams));
    rows_add(l, proto_counters, proto_counter_n, protos_counters(w->protos));
    rows_add(l, detect_counter_rows, detect_counter_n, detect_counters(w->detect));
    rows_add(l, worker_counters, WORKER_COUNTER_N, w->counter);
    protos_add(l, &s->proto, w->protos);
}

static void engines_add(const struct engine *e, struct json *j)
{
    json_array(j, "engines");
    json_object(j, NULL);
    json_u64(j, "id", 0);
    json_u64(j, "rules_loaded", e->rules_loaded);
    json_u64(j, "rules_failed", e->rules_refused);
    json_u64(j, "rules_skipped", e->rules_skipped);
    json_end_object(j);
    json_end_array(j);
}

void stats_record(const struct engine *e, const struct worker *workers, unsigned n, struct output *out)
{
    struct stat_list l = { 0 };
    struct text line;
    struct json j;
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];
    uint64_t now = 0;

    for (unsigned i = 0; i < n; i++) {
        worker_add(&l, &workers[i], e->settings);
        now = workers[i].now > now ? workers[i].now : now;
    }
    const uint64_t *files = output_file_counters(out);
    if (files != NULL) {
        rows_add(&l, filestore_counters, FILESTORE_COUNTER_N, files);
    }
    if (l.n != 0) {
        qsort(l.stat, l.n, sizeof *l.stat, by_name);
    }
    text_init(&line, 0);
    json_init(&j, &line);
    json_object(&j, NULL);
    clock_iso(&zone, now, when);
    json_string(&j, "timestamp", when);
    json_string(&j, "event_type", "stats");
    json_object(&j, "stats");
    json_u64(&j, "uptime", 0);
    if (e->rules != NULL) {
        engines_add(e, &j);
    }
    nested(&l, &j);
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&line, '\n');
    output_write(out, EVENT_STATS, text_bytes(&line));
    text_fini(&line);
    free(l.stat);
}
