/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rows - the shapes of the tables that modules export: settings, counters, notes.
 *
 * All rows are constant program text; the engine collects them.  A fact stands in one row and the code, the logs and
 * the reference pages follow from it.
 */
#ifndef BASE_ROWS_H
#define BASE_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* A number a module counts.  Its value lives in the module's own array, in the order of the rows. */
struct counter_row {
    const char *name; /* dotted, as it stands in the stats record: "decoder.pkts", "tcp.sessions" */
    const char *help; /* what is counted, and for a ceiling: what happens when it is reached */
    enum {
        COUNTER_SUM, COUNTER_MAX, COUNTER_GAUGE, /* how workers' values are joined: */
        COUNTER_HOW = 3,       /* a mask */
        COUNTER_OWN = 4,       /* Suricata's published schema of statistics has no place for it */
    } kind;
};

/* Something odd seen in traffic: never a log line, always a counter and a rule hook. */
struct note_row {
    const char *name;     /* the event name rules use: "ipv4.pkt_too_small", "stream.pkt_invalid_ack", "malformed_data" */
    uint16_t gid;         /* Snort's generator and number for the same thing; 0: none */
    uint16_t sid;
    const char *help;
    const char *alias;    /* a second name that rules use; NULL */
};

/* A setting: where it stands in the settings file and in the module's typed struct. */
struct option_row {
    const char *path;     /* "stream.reassembly.depth" */
    enum {
        OPTION_BOOL,      /* yes/no/true/false/on/off/1/0 -> bool */
        OPTION_U32,
        OPTION_U64,
        OPTION_BYTES,     /* 64kb, 1mb, 2 GiB -> uint64_t bytes */
        OPTION_STRING,    /* -> const char *, owned by the settings */
        OPTION_ENUM,      /* one of `choices` (space separated) -> uint32_t index */
        OPTION_SECONDS,   /* -> uint32_t seconds */
        OPTION_LIST,      /* a list of scalars joined with ',' (a scalar stays as it is) -> const char * */
    } type;
    size_t offset;        /* offsetof in the module's settings struct */
    const char *preset;   /* default, as text */
    const char *choices;  /* for OPTION_ENUM */
    uint64_t min, max;    /* inclusive; both 0: any */
    const char *unit;     /* "bytes", "s", "packets"; NULL */
    const char *help;
    const char *environment; /* a variable whose value, when it is set, stands for the preset; NULL */
};

/* Protocols of the application layer have ids 1 (the first row of protocols.list) up to less than this: arrays over them
 * have so many places, bit sets so many bits. */
enum { PROTO_IDS = 128 };

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

#endif
