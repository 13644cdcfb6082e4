/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output - writes what workers tell to files: eve.json, fast.log, stats.log, captures.
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

enum sink_kind { SINK_EVE, SINK_FAST, SINK_STATS, SINK_CAPTURE };

struct sink_settings {
    enum sink_kind kind;
    unsigned eve;           /* SINK_EVE: which of the eve-log outputs */
    const char *file;       /* name within the log folder, or an absolute path */
    bool append;
    bool console;           /* standard output instead of a file */
    uint64_t limit;         /* capture: bytes a file; 0 none */
};

#define SINKS_MAX 32
struct output_settings {
    struct sink_settings sink[SINKS_MAX];
    unsigned n;
    struct filestore_settings files;
};

struct output;
/* Makes the folder when it is not there. */
struct output *output_open(const struct output_settings *s, const char *dir, struct log *log, struct err *err);
void output_write(struct output *o, const struct event *e);
const uint64_t *output_file_counters(const struct output *o); /* of enum filestore_counter; NULL: no files are kept */
void output_flush(struct output *o);
/* Flushes and closes.  False when anything could not be written; *lost: lines that were not. */
bool output_close(struct output *o, uint64_t *lost);

#endif
