/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures that are read as they are asked for. */
#include "control/command.h"
#include "control/inside.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

bool jobs_init(struct jobs *j, struct err *err)
{
    *j = (struct jobs){ 0 };
    j->end = &j->first;
    return (pthread_mutex_init(&j->lock, NULL) == 0 && pthread_cond_init(&j->bell, NULL) == 0) || err_set(err, "control: not enough memory");
}

void control_job_fini(struct control_job *j)
{
    free(j->file);
    free(j->dir);
    *j = (struct control_job){ 0 };
}

void jobs_fini(struct jobs *j)
{
    while (j->first != NULL) {
        struct job_entry *e = j->first;
        j->first = e->next;
        control_job_fini(&e->job);
        free(e);
    }
    free(j->current);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->bell);
}

void jobs_end(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->ending = j->interrupted = true;
    pthread_cond_broadcast(&j->bell);
    pthread_mutex_unlock(&j->lock);
}

bool control_job_next(struct control *c, struct control_job *job, const _Atomic bool *stop)
{
    struct jobs *j = &c->jobs;
    bool got = false;

    pthread_mutex_lock(&j->lock);
    while (j->first == NULL && !j->ending && !*stop) { /* a signal rings no bell */
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&j->bell, &j->lock, &until);
    }
    if (j->first != NULL && !j->ending && !*stop) {
        struct job_entry *e = j->first;
        j->first = e->next;
        j->end = j->first != NULL ? j->end : &j->first;
        j->n--;
        *job = e->job;
        free(e);
        got = true;
    }
    pthread_mutex_unlock(&j->lock);
    return got;
}

const _Atomic bool *control_job_begin(struct control *c, const char *file)
{
    pthread_mutex_lock(&c->jobs.lock);
    free(c->jobs.current);
    c->jobs.current = strdup(file);
    c->jobs.interrupted = c->jobs.ending;
    pthread_mutex_unlock(&c->jobs.lock);
    return &c->jobs.interrupted;
}

void control_job_done(struct control *c, uint64_t last)
{
    pthread_mutex_lock(&c->jobs.lock);
    free(c->jobs.current);
    c->jobs.current = NULL;
    c->jobs.last = last != 0 ? last / 1000000 : c->jobs.last;
    pthread_mutex_unlock(&c->jobs.lock);
}

/* ---- commands ---- */

static bool job_add(struct jobs *j, const struct control_job *job, struct err *err)
{
    struct job_entry *e = calloc(1, sizeof *e);

    if (e == NULL) {
        return err_set(err, "not enough memory");
    }
    e->job = *job;
    pthread_mutex_lock(&j->lock);
    bool room = j->n < JOBS_MAX;
    if (room) {
        *j->end = e;
        j->end = &e->next;
        j->n++;
        pthread_cond_broadcast(&j->bell);
    }
    pthread_mutex_unlock(&j->lock);
    if (!room) {
        free(e);
        return err_set(err, "%d captures are waiting already", JOBS_MAX);
    }
    return true;
}

static bool job_ask(struct request *r, bool continuous)
{
    const char *file = request_text(r, "filename"), *dir = request_text(r, "output-dir");
    struct control_job job = { .continuous = continuous, .erase = request_flag(r, "delete-when-done") || request_flag(r, "should-delete") };
    struct stat st;
    uint64_t n;

    if (file == NULL || stat(file, &st) != 0) {
        return err_set(&r->err, "filename does not exist");
    }
    if (dir == NULL) {
        return err_set(&r->err, "output-dir param is mandatory");
    }
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return err_set(&r->err, "output-dir does not exist");
    }
    job.poll = request_number(r, "poll-interval", &n) && n != 0 && n < UINT32_MAX ? (uint32_t)n : 5;
    job.delay = request_number(r, "delay", &n) && n != 0 && n < UINT32_MAX ? (uint32_t)n : 30;
    job.tenant = request_number(r, "tenant", &n) && n < UINT32_MAX ? (uint32_t)n : 0;
    job.file = strdup(file);
    job.dir = strdup(dir);
    if (job.file == NULL || job.dir == NULL || !job_add(&r->control->jobs, &job, &r->err)) {
        control_job_fini(&job);
        return false;
    }
    json_string(r->out, MESSAGE, "Successfully added file to list");
    return true;
}

bool command_pcap_file(struct request *r) { return job_ask(r, false); }
bool command_pcap_file_continuous(struct request *r) { return job_ask(r, true); }

bool command_pcap_file_number(struct request *r)
{
    pthread_mutex_lock(&r->control->jobs.lock);
    json_u64(r->out, MESSAGE, r->control->jobs.n);
    pthread_mutex_unlock(&r->control->jobs.lock);
    return true;
}

bool command_pcap_file_list(struct request *r)
{
    struct jobs *j = &r->control->jobs;

    pthread_mutex_lock(&j->lock);
    json_object(r->out, MESSAGE);
    json_u64(r->out, "count", j->n);
    json_array(r->out, "files");
    for (const struct job_entry *e = j->first; e != NULL; e = e->next) {
        json_string(r->out, NULL, e->job.file);
    }
    json_end_array(r->out);
    json_end_object(r->out);
    pthread_mutex_unlock(&j->lock);
    return true;
}

bool command_pcap_current(struct request *r)
{
    struct jobs *j = &r->control->jobs;

    pthread_mutex_lock(&j->lock);
    json_string(r->out, MESSAGE, j->current != NULL ? j->current : "None");
    pthread_mutex_unlock(&j->lock);
    return true;
}

bool command_pcap_last_processed(struct request *r)
{
    struct jobs *j = &r->control->jobs;

    pthread_mutex_lock(&j->lock);
    json_u64(r->out, MESSAGE, j->last);
    pthread_mutex_unlock(&j->lock);
    return true;
}

bool command_pcap_interrupt(struct request *r)
{
    struct jobs *j = &r->control->jobs;

    pthread_mutex_lock(&j->lock);
    j->interrupted = true;
    pthread_mutex_unlock(&j->lock);
    json_string(r->out, MESSAGE, "Interrupted");
    return true;
}
