/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control's own inside, for the files of control/ alone.
 */
#ifndef CONTROL_INSIDE_H
#define CONTROL_INSIDE_H

#include "control/control.h"

#include <pthread.h>

enum { JOBS_MAX = 65536 };

struct job_entry {
    struct job_entry *next;
    struct control_job job;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t bell;
    struct job_entry *first, **end;
    unsigned n;
    char *current;               /* NULL: nothing is read */
    _Atomic bool interrupted, ending;
    uint64_t last;               /* ms: when the last one was done */
};

struct control {
    struct control_settings settings;
    struct engine *engine;
    char *path;
    int fd, bell[2];             /* listening; written to when the thread is to end */
    pthread_t thread;
    struct jobs jobs;
    const char *reload_said;     /* what the reload under way is answered with; NULL: done */
    uint32_t reload_fresh;       /* a tenant that is registered by it; 0: none */
};

bool jobs_init(struct jobs *j, struct err *err);
void jobs_fini(struct jobs *j);
void jobs_end(struct jobs *j);   /* nobody waits for the next any more */

#endif
