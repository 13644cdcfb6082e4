/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink - one place that records go to, for the files of output/ alone.
 *
 * A kind of sink is a row of functions; `struct output` calls them from its one thread.  put() never fails: what cannot be
 * written is counted in `lost` and told once in a while through sink_fail.
 */
#ifndef OUTPUT_SINK_H
#define OUTPUT_SINK_H

#include "output/output.h"

#include <limits.h>

struct sink;
struct sink_ops {
    bool (*open)(struct sink *s, struct err *err);
    void (*put)(struct sink *s, const struct event *e);
    void (*flush)(struct sink *s);
    void (*close)(struct sink *s);
    bool (*reopen)(struct sink *s, struct err *err); /* false: it could not be, which is told, and tried again; NULL: nothing to open anew */
};
extern const struct sink_ops sink_lines, sink_socket, sink_syslog, sink_pcap_log, sink_certs, sink_redis, sink_unified2;

struct sink {
    const struct sink_settings *settings;
    const struct sink_ops *ops;
    const char *dir;       /* the log folder */
    struct log *log;
    void *state;           /* the kind's own */
    bool waits;            /* output_settings.waits */
    uint64_t lost;         /* records not written */
    bool told[2];          /* a failure was reported: one that loses no record, and one that does */
    uint64_t tell[2];      /* ns, monotonic: … and no other of these before that */
    uint64_t again;        /* ns, monotonic: when what failed is tried again */
};

/* n records could not be written, for errno's reason; 0: something else, which is tried again.  errno stays. */
void sink_fail(struct sink *s, const char *path, uint64_t n);
void sink_say(struct sink *s, const char *path, const char *what); /* … or which is as `what` says */
void sink_fail_with(struct sink *s, const char *path, uint64_t n, const char *reason); /* sink_fail, for a reason that is no errno's */
/* Records are written: a failure from now on is news (but once a minute is enough). */
void sink_well(struct sink *s);
/* It is time to try again; once a second. */
bool sink_again(struct sink *s);
/* The settings' file name below the log folder, with the time's parts (%Y …) written out; false: too long. */
bool sink_path(const struct sink *s, const char *file, uint64_t seconds, char path[PATH_MAX], struct err *err);

#endif
