/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control - a running engine commanded over a local socket.
 *
 * One thread of its own serves all clients: JSON messages as Suricata's socket has them (a hello with the version, then
 * {"command": ..., "arguments": {...}} answered by {"return": "OK" or "NOK", "message": ...}), whether they end in a newline
 * or not.  Clients are not trusted with time or memory: messages, waiting answers, clients and idle half messages are capped.
 * A command is a row of commands.list.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "engine/engine.h"

struct control_settings {
    const char *path;            /* of the socket */
    uint32_t mode;               /* its permissions; 0: 0660 */
    bool jobs;                   /* captures are read as they are asked for (pcap-file) */
    const char *running_mode, *capture_mode; /* as these commands tell them */
    const char *reload_refused;  /* why rules cannot be loaded again; NULL: they can */
};

struct control;
/* Listens and starts the thread; what was left of an earlier socket of that name goes, one that answers stays: then it fails. */
struct control *control_open(const struct control_settings *s, struct engine *e, struct err *err);
void control_close(struct control *c); /* NULL: nothing */

/* A capture that somebody wants read. */
struct control_job {
    char *file, *dir;
    bool erase;                  /* the capture, afterwards */
    bool continuous;             /* a folder: captures that come into it, until it is interrupted */
    uint32_t poll, delay;        /* s */
    uint32_t tenant;             /* whose it is; 0: nobody's */
};
/* The next one, waited for; false: the program is to end (*stop, or by command).  The caller frees with control_job_fini. */
bool control_job_next(struct control *c, struct control_job *job, const _Atomic bool *stop);
/* What is read now; NULL: nothing any more.  Its run stops when *this is true. */
const _Atomic bool *control_job_begin(struct control *c, const char *file);
void control_job_done(struct control *c, uint64_t last);
void control_job_fini(struct control_job *j);

#endif
