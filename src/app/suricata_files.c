/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/suricata_files.h"

#include "app/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* What several runs came to. */
struct sum {
    uint64_t packets, alerts;
};

char *suricata_filter(const struct arguments *a, struct err *err)
{
    const char *file = argument_value(a, "F");
    struct text t;
    char line[4096], *out;

    text_init(&t, 65536);
    for (unsigned i = 0; i < a->rest_n; i++) {
        text_printf(&t, "%s%s", i != 0 ? " " : "", a->rest[i]);
    }
    if (file != NULL) {
        FILE *f = fopen(file, "r");
        if (f == NULL) {
            err_sys(err, "open filter file %s", file);
            text_fini(&t);
            return NULL;
        }
        while (fgets(line, sizeof line, f) != NULL) {
            line[strcspn(line, "#\r\n")] = '\0';
            text_printf(&t, " %s", line);
        }
        fclose(f);
    }
    text_byte(&t, '\0');
    out = t.n != 0 && t.p[t.n - 1] == '\0' ? strdup(t.p) : NULL; /* else memory ran out on the way */
    text_fini(&t);
    return out;
}

static void capture_erase(struct session *s, const char *path)
{
    if (remove(path) != 0) {
        log_say(&s->log, LOG_WARNING, "%s: cannot be removed: %s", path, strerror(errno));
    }
}

/* One capture of a folder, or one that somebody asked for; one that is damaged is never erased.  What it came to is added to *sum. */
static void job_read(struct session *s, const struct control_job *job, const char *path, const char *filter, const _Atomic bool *stop, struct sum *sum)
{
    struct run run = { .paths = &path, .path_n = 1, .log_dir = job->dir, .tenant = job->tenant, .hosts_unasked = true, .bpf = filter };
    struct run_result r = { 0 };

    if (!engine_run(&s->engine, &run, &r, stop, &s->err)) {
        log_say(&s->log, LOG_ERROR, "%s: %s", path, s->err.text);
    } else if (r.input_failed) {
        log_say(&s->log, LOG_ERROR, "%s", r.inputs[0].err.text);
    } else if (job->erase && !*stop) {
        capture_erase(s, path);
    }
    sum->packets += r.packets;
    sum->alerts += r.alerts;
    run_result_fini(&r);
}

static void nap(uint32_t seconds, const _Atomic bool *stop, const _Atomic bool *interrupted)
{
    for (uint64_t i = 0; i < (uint64_t)seconds * 10 && !*stop && !*interrupted; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    }
}

/* Captures of a folder as they come; a file that changed within `delay` is still being written.  c: whose job it is; NULL: the command line's. */
static struct sum job_run(struct session *s, struct control *c, const struct control_job *job, const char *filter, const _Atomic bool *stop)
{
    uint64_t done = 0; /* ns: captures up to that time were read */
    const _Atomic bool *interrupted = c != NULL ? control_job_begin(c, job->file) : stop;
    struct sum sum = { 0 };

    do {
        uint64_t until = clock_now() - (job->continuous ? job->delay * CLOCK_SECOND : 0), seen = done;
        struct paths paths = { 0 };
        if (!paths_add(&paths, job->file, &s->err)) {
            log_say(&s->log, LOG_ERROR, "%s", s->err.text);
        }
        for (size_t i = 0; i < paths.n && !*stop && !*interrupted; i++) {
            struct stat st;
            uint64_t changed = stat(paths.path[i], &st) == 0 ? (uint64_t)st.st_mtim.tv_sec * CLOCK_SECOND + (uint64_t)st.st_mtim.tv_nsec : 0;
            if (job->continuous && (changed <= done || changed > until)) {
                continue;
            }
            interrupted = c != NULL ? control_job_begin(c, paths.path[i]) : stop;
            job_read(s, job, paths.path[i], filter, interrupted, &sum);
            seen = changed > seen ? changed : seen;
        }
        paths_fini(&paths);
        done = seen;
        if (c != NULL) {
            control_job_done(c, done);
        }
        if (job->continuous) {
            nap(job->poll, stop, interrupted);
        }
    } while (job->continuous && !*stop && !*interrupted);
    return sum;
}

bool suricata_socket(struct session *s, const struct arguments *a)
{
    const _Atomic bool *stop = interrupt_watch();
    const char *path = argument_value(a, "unix-socket");
    struct serve_wish wish = { .socket = path != NULL ? path : conf_get(s->conf, "unix-command.filename") != NULL ? NULL : "suricata-command.socket",
                               .jobs = true, .wanted = true, .capture_mode = "UNIX_SOCKET" };
    struct serving serving = { .notify = { .fd = -1 } };
    struct control_job job;

    if (stop == NULL || !serve_begin(&serving, s, &wish, stop)) {
        serve_end(&serving);
        return false;
    }
    while (control_job_next(serving.control, &job, stop)) {
        (void)job_run(s, serving.control, &job, NULL, stop);
        control_job_fini(&job);
    }
    serve_end(&serving);
    return true;
}

static void sum_say(const struct sum *sum)
{
    printf("packets: %llu\nalerts: %llu\n", (unsigned long long)sum->packets, (unsigned long long)sum->alerts);
}

/* All at once: flows go on from one capture to the next. */
static bool captures_read(struct session *s, const struct control_job *job, bool below, const char *filter, const _Atomic bool *stop, int *code)
{
    struct paths paths = { 0 };
    struct run_result r = { 0 };
    bool done = (below ? paths_add_below : paths_add)(&paths, job->file, &s->err) && (paths.n != 0 || err_set(&s->err, "-r %s: the folder holds no captures", job->file));

    if (done) {
        struct run run = { .paths = paths.path, .path_n = paths.n, .hosts_unasked = true, .log_dir = job->dir, .bpf = filter };
        done = engine_run(&s->engine, &run, &r, stop, &s->err);
    }
    if (done) {
        inputs_told(s, &r);
        *code = r.lost != 0 || (r.input_failed && r.packets == 0 && r.input_n == 1) ? 1 : 0; /* of a folder the others count */
        for (size_t i = 0; job->erase && !*stop && i < r.input_n; i++) {
            if (r.inputs[i].err.text[0] == '\0') {
                capture_erase(s, paths.path[i]);
            }
        }
        sum_say(&(struct sum){ r.packets, r.alerts });
        (void)interrupt_tell(stop, &s->log);
    }
    run_result_fini(&r);
    paths_fini(&paths);
    return done;
}

/* The settings below pcap-file. */
static bool job_settings(struct session *s, struct control_job *job, bool *below)
{
    enum { POLL = 5, DELAY = 30 };
    struct conf *c = s->conf;
    struct stat st;

    job->poll = POLL;
    job->delay = DELAY;
    if (!conf_bool(c, "pcap-file.continuous", &job->continuous, &s->err) || !conf_bool(c, "pcap-file.recursive", below, &s->err) ||
        !conf_bool(c, "pcap-file.delete-when-done", &job->erase, &s->err) || !conf_seconds(c, "pcap-file.poll-interval", &job->poll, &s->err) ||
        !conf_seconds(c, "pcap-file.delay", &job->delay, &s->err)) {
        return false;
    }
    if (job->continuous && *below) {
        return err_set(&s->err, "a folder is read either as captures come into it (continuous), or with the folders below it (recursive)");
    }
    bool folder = strcmp(job->file, "-") != 0 && stat(job->file, &st) == 0 && S_ISDIR(st.st_mode);
    return folder || !job->continuous || err_set(&s->err, "-r %s: captures come into folders, and that is none", job->file);
}

bool suricata_captures(struct session *s, const struct arguments *a, int *code)
{
    char *path = strdup(argument_value(a, "r")), *dir = strdup(s->settings.log_dir != NULL ? s->settings.log_dir : ".");
    struct control_job job = { .file = path, .dir = dir };
    const _Atomic bool *stop = interrupt_watch();
    char *filter = NULL;
    bool below = false;
    bool good = (path != NULL && dir != NULL && stop != NULL) || err_set(&s->err, "not enough memory");

    good = good && job_settings(s, &job, &below) && (filter = suricata_filter(a, &s->err)) != NULL && confine_become(s, false) &&
           confine(s, a, !job.erase, NULL); /* captures that go are anywhere */
    if (stop != NULL) {
        interrupt_anew(stop);
    }
    if (good) {
        interrupt_serve(stop, &s->engine);
    }
    const char *bpf = filter != NULL && filter[0] != '\0' ? filter : NULL;
    if (good && job.continuous) {
        struct sum sum = job_run(s, NULL, &job, bpf, stop);
        sum_say(&sum);
    } else if (good) {
        good = captures_read(s, &job, below, bpf, stop, code);
    }
    if (stop != NULL) {
        interrupt_serve(stop, NULL);
    }
    free(filter);
    free(path);
    free(dir);
    return good;
}
