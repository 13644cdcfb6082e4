/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings - every module's typed settings in one place, made from the settings tree before anything else is.
 *
 * Read-only once made; shared by all threads; owned by the engine.  Key names are Suricata's where the concept is.
 */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include "aware/aware.h"
#include "base/arena.h"
#include "config/config.h"
#include "detect/detect.h"
#include "engine/cpus.h"
#include "engine/pcap_log.h"
#include "engine/rounds_settings.h"
#include "event/event.h"
#include "flow/defrag.h"
#include "flow/stream.h"
#include "network/network.h"
#include "output/output.h"
#include "packet/decode.h"
#include "proto/driver.h"
#include "respond/blocks.h"
#include "respond/respond.h"
#include "source/source.h"
#include "record/recorder.h"

/* Which counters are told. */
struct stats_settings {
    bool enabled, decoder_events, stream_events;
    const char *decoder_prefix;
};

/* Scripts of rules. */
struct script_settings {
    bool allowed;
    uint64_t memory, steps;        /* of each script, a call */
};

struct engine_settings {
    struct aware_settings aware;
    struct network_settings network;
    struct network_owned *network_owned; /* what its pointers lead to */
    struct script_settings script;
    struct device_settings devices;
    struct respond_settings respond;
    struct blocks_settings blocks;
    struct decode_settings decode;
    struct flow_settings flow;
    struct defrag_settings defrag;
    struct stream_settings stream;
    struct proto_settings proto;
    struct detect_settings detect;
    struct event_settings event;
    struct output_settings output;
    struct pcap_log_settings pcap_log;
    struct recorder_settings recorder;
    const char *log_dir;           /* default-log-dir */
    const char *rule_path;         /* default-rule-path */
    const char *class_file, *reference_file;
    const char *const *rule_files; /* rule-files, below default-rule-path */
    unsigned rule_file_n;
    struct arena names;            /* of those */
    char **firewall_files;         /* the firewall's rules, in order */
    unsigned firewall_file_n;
    struct port_set **port_sets;   /* made from port expressions of the settings */
    unsigned port_set_n;
    struct tenants *multi;         /* multi-detect; NULL: none */
    struct facts *facts;           /* host-os-policy, as first published */
    char *cache_dir;               /* the user's, when the settings name none */
    unsigned workers;
    struct cpus cpus;              /* that they run on */
    unsigned batch;
    size_t ring_bytes;             /* of each worker's event ring */
    bool live;                     /* frames come from devices, as time goes by */
    bool in_turns;                 /* of this run: each worker gets all frames, in turns, and all that is made waits for room (engine_run); else each has frames of its own */
    bool inline_devices;           /* what they give waits for a verdict */
    bool simulate_ips;             /* verdicts hold: inline, or as if */
    uint32_t exception[6];         /* enum exception_policy, by bit of enum flow_exception */
    struct stats_settings stats;
    struct rounds_settings rounds;
};

struct tenants;
/* What the command line says over the tree; NULL or 0: not said. */
struct engine_overrides {
    const char *log_dir;
    unsigned workers, batch;
    int checksums;                 /* -1 not said, 0 off, 1 on */
    bool simulate_ips;
    bool live;
    bool inline_devices;
    uint8_t reader;                /* enum view_reader: the engine whose place the program takes; 0: none's */
    bool suricata;                 /* the settings are Suricata's own: protocols that it has not are off unless they name them, and records are as its schema has them */
    const char *firewall_file;     /* there is a firewall, and these are its rules */
};

extern const struct option_row exception_options[];
extern const unsigned exception_option_n;

/* Fills s from the tree.  Errors name file, line, column, key; warnings go to the log. */
bool engine_settings_make(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct log *log, struct err *err);
void engine_settings_fini(struct engine_settings *s);
/* The names of rule-files, those that do not begin with / below default-rule-path, and room for so many more; the arena's.  NULL: no memory. */
const char **settings_rule_files(const struct conf *conf, struct arena *a, unsigned more, unsigned *n);

#endif
