/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog - records to the system's log, under the facility, level and name of the settings. */
#include "output/sink.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static bool syslog_open(struct sink *s, struct err *err)
{
    (void)err;
    openlog(s->settings->identity != NULL ? s->settings->identity : "suricata", LOG_PID | LOG_NDELAY, s->settings->facility);
    return true;
}

static void syslog_put(struct sink *s, const struct event *e)
{
    size_t n = e->line.n != 0 && e->line.p[e->line.n - 1] == '\n' ? e->line.n - 1 : e->line.n;

    if (n > INT_MAX) {
        s->lost++;
        return;
    }
    syslog(s->settings->facility | s->settings->level, "%s%.*s", s->settings->prefix != NULL ? s->settings->prefix : "", (int)n,
           (const char *)e->line.p);
}

static void syslog_flush(struct sink *s) { (void)s; }

static void syslog_close(struct sink *s)
{
    (void)s;
    closelog();
}

const struct sink_ops sink_syslog = { syslog_open, syslog_put, syslog_flush, syslog_close };
