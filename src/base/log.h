/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log - what peccary says about itself: control code only, workers count instead.
 *
 * A line goes to standard error (what is no error where `mild` says) as "level: text", and to every further sink (a file, lines of JSON) whose level allows it.
 * What is said and where is fixed at start by app/ and passed in `struct log`; the sinks' files are app/'s to open and close.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum { LOG_SINKS_MAX = 4 };

struct log_sink {
    FILE *to;
    char *path;                     /* to open it anew by */
    enum log_level level;
    bool json;                      /* {"timestamp", "log_level", "event_type": "engine", "engine": {"message", "module"}} */
};

struct log {
    FILE *to;                       /* standard error; NULL: silent */
    FILE *mild;                     /* where all but errors goes instead; NULL: the same */
    enum log_level level;
    _Atomic bool hurried;           /* a sensor at work: what standard error has no room for now is not said there, nobody waits for who reads it */
    _Atomic unsigned long unsaid;   /* so many lines, since the last one that was */
    _Atomic unsigned long warnings, errors; /* how many lines of these were said: the exit code asks */
    struct log_sink sink[LOG_SINKS_MAX];
    unsigned sink_n;
};

void log_say(struct log *log, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with the part of the program that speaks, which files and JSON tell ("detect"). */
void log_say_as(struct log *log, enum log_level level, const char *module, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A sensor begins to work, or has ended: hurried or not; what was not said is told then. */
void log_hurry(struct log *log, bool on);

/* Files that were moved away are made anew: under the same streams, so that other threads go on.  False with err: one could not be, which
 * is told, too.  Any thread. */
bool log_reopen(struct log *log, struct err *err);

#endif
