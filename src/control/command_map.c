/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about the hosts on the map that is being kept. */
#include "control/command.h"

#include "aware/read.h"
#include "base/file.h"
#include "engine/inside.h"

enum { HOSTS_LIMIT = 1000 };

struct question {
    struct request *r;
    struct host_filter *filter;
    const char *which;
    struct bytes all;         /* of the file that is imported */
    uint64_t limit;
    bool evidence, kept, failed;
};

/* With the engine's lock held: the map stays as long. */
static void list_look(const struct inside *in, void *ctx)
{
    struct question *q = ctx;
    struct aware *map = in != NULL ? in->worker[0].aware : NULL;

    if ((q->kept = map != NULL)) {
        json_object(q->r->out, MESSAGE);
        json_u64(q->r->out, "count", hosts_rows(aware_hosts(map), q->filter, q->limit, q->r->out, "hosts"));
        json_end_object(q->r->out);
    }
}

static bool not_kept(struct request *r) { return err_set(&r->err, "no map is kept: aware.enabled is wanted, and something that is read"); }

bool command_map(struct request *r)
{
    struct question q = { .r = r, .limit = HOSTS_LIMIT };
    const char *filter = request_text(r, "filter");

    if (filter != NULL && filter[0] != '\0' && (q.filter = host_filter_parse(filter, &r->err)) == NULL) {
        return false;
    }
    (void)request_number(r, "limit", &q.limit);
    engine_look(r->engine, list_look, &q);
    host_filter_free(q.filter);
    return q.kept || not_kept(r);
}

static void one_look(const struct inside *in, void *ctx)
{
    struct question *q = ctx;
    struct aware *map = in != NULL ? in->worker[0].aware : NULL;

    if ((q->kept = map != NULL)) {
        (void)hosts_one(aware_hosts(map), q->which, q->evidence, q->r->out, MESSAGE);
    }
}

bool command_map_host(struct request *r)
{
    struct question q = { .r = r, .which = request_text(r, "which"), .evidence = request_flag(r, "evidence") };

    engine_look(r->engine, one_look, &q);
    return q.kept || not_kept(r);
}

static void notes_json(struct json *j, const struct host_import *got)
{
    bool any = false;

    for (unsigned i = 0; i < HOST_NOTES; i++) {
        if (got->note[i].n == 0) {
            continue;
        }
        if (!any) {
            json_array(j, "notes");
        }
        any = true;
        json_object(j, NULL);
        json_string(j, "note", host_note_rows[i].name);
        json_string(j, "text", host_note_rows[i].text);
        json_u64(j, "count", got->note[i].n);
        json_u64(j, "first_line", got->note[i].line);
        if (got->note[i].what[0] != '\0') {
            json_string(j, "first", got->note[i].what);
        }
        json_end_object(j);
    }
    if (any) {
        json_end_array(j);
    }
}

static void import_look(const struct inside *in, void *ctx)
{
    struct question *q = ctx;
    struct aware *map = in != NULL ? in->worker[0].aware : NULL;
    struct host_import got = { 0 };

    if ((q->kept = map != NULL) && !(q->failed = !hosts_take(aware_hosts(map), q->all, &got, &q->r->err))) {
        const struct { const char *name; size_t n; } rows[] = {
            { "hosts", got.hosts }, { "lines_left_out", got.left_out }, { "first_line_left_out", got.line }, { "signs_refused", got.refused },
        };
        json_object(q->r->out, MESSAGE);
        for (unsigned i = 0; i < ROWS(rows); i++) {
            json_u64(q->r->out, rows[i].name, rows[i].n);
        }
        notes_json(q->r->out, &got);
        json_end_object(q->r->out);
    }
}

bool command_map_import(struct request *r)
{
    const char *path = request_text(r, "filename");
    struct question q = { .r = r, .all = bytes_none() };

    if (!file_read_plain(path, HOST_FILE_MAX, &q.all, &r->err)) {
        return false;
    }
    engine_look(r->engine, import_look, &q);
    file_free(q.all);
    return (q.kept || not_kept(r)) && (!q.failed || err_add(&r->err, "%s", path));
}
