/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output - takes what workers tell to its sinks: eve.json, fast.log, stats.log, captures, sockets, the system's log.
 *
 * One `struct output` per log folder, used by the output thread only (or by the one thread there is).  Lines are written
 * whole and buffered; a full disk or another failing write is counted and reported once per sink, never fatal.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include "base/err.h"
#include "base/log.h"
#include "event/event.h"
#include "output/filestore.h"

enum sink_kind { SINK_EVE, SINK_FAST, SINK_STATS, SINK_CAPTURE, SINK_CERTS,
                 SINK_SNORT_FAST, SINK_SNORT_FULL, SINK_SNORT_CSV, SINK_SNORT_JSON, SINK_UNIFIED2 }; /* what it wants */
enum sink_type { SINK_FILE, SINK_CONSOLE, SINK_UNIX_STREAM, SINK_UNIX_DGRAM, SINK_SYSLOG, SINK_REDIS, SINK_TYPE_N }; /* where it goes */

struct capture_settings {
    uint64_t limit;         /* bytes a file; 0: none */
    uint32_t max_files;     /* the oldest go beyond; 0: none does */
    const char *dir;        /* NULL: the log folder */
    bool multi;             /* a file per thread, %n in its name */
    bool usec;              /* microseconds in the name */
    bool lz4, lz4_checksum;
    int lz4_level;
};

enum redis_mode { REDIS_LPUSH, REDIS_RPUSH, REDIS_PUBLISH, REDIS_XADD };
struct redis_settings {
    const char *server, *key;
    const char *username, *password; /* NULL: none is said */
    uint32_t port;
    enum redis_mode mode;
    uint64_t maxlen;        /* of a stream; 0: no limit */
    bool exact;             /* … and to the record */
};

struct syslog_settings {
    const char *identity, *socket; /* who says it; where the system's log listens */
    int facility, level;           /* times eight; as it is */
};

struct sink_settings {
    enum sink_kind kind;
    enum sink_type type;
    unsigned eve;           /* SINK_EVE: which of the eve-log outputs */
    const char *file;       /* name (SINK_CERTS: of a folder) within the log folder, or an absolute path; times as strftime has them */
    const char *prefix;     /* before each line; NULL */
    bool append;
    unsigned mode;          /* permissions; 0: 0640 less the mask */
    uint32_t rotate;        /* seconds: a new file at each full so many; 0: never */
    uint64_t size;          /* bytes: the file is put aside when it would grow beyond; 0: never */
    uint32_t keep;          /* of those put aside; 0: all */
    struct redis_settings redis;
    struct syslog_settings syslog;
    struct capture_settings capture;
};

#define SINKS_MAX 32
struct output_settings {
    struct sink_settings sink[SINKS_MAX];
    unsigned n;
    struct filestore_settings files;
    bool waits;             /* who makes the records can wait: sockets and servers that are slow lose none at once */
};

struct output;
/* Makes the folder when it is not there. */
struct output *output_open(const struct output_settings *s, const char *dir, struct log *log, struct err *err);
void output_write(struct output *o, const struct event *e);
enum output_counter {
#define COUNTER(id, name, kind, help) id,
#include "output/output.list"
#undef COUNTER
    OUTPUT_COUNTER_N
};
extern const struct counter_row output_counters[];
void output_count(const struct output *o, uint64_t values[OUTPUT_COUNTER_N]);
const uint64_t *output_file_counters(const struct output *o); /* of enum filestore_counter; NULL: no files are kept */
void output_flush(struct output *o);
/* Files anew under their names: somebody has moved them away.  False with err: which could not be opened, and why; it is tried again. */
bool output_reopen(struct output *o, struct err *err);
/* Flushes and closes.  False when anything could not be written; *lost: records that were not. */
bool output_close(struct output *o, uint64_t *lost);

#endif
