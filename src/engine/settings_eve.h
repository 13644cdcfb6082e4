/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings_eve - the parts of engine_settings_make that read lists: outputs, protocols' options, port expressions.
 *
 * Called by settings.c only, on the thread that starts the engine.
 */
#ifndef ENGINE_SETTINGS_EVE_H
#define ENGINE_SETTINGS_EVE_H

#include "engine/settings.h"

/* The outputs: which sinks, which records, with what in them. */
bool settings_outputs(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err);
/* The exception policies, each settled: none is EXCEPTION_AUTO. */
bool settings_exceptions(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err);
/* The firewall's settings. */
bool settings_network(struct engine_settings *s, struct conf *conf, struct log *log, struct err *err);
void settings_network_free(struct engine_settings *s);
bool settings_firewall(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct err *err);
void settings_firewall_free(struct engine_settings *s);
/* The output file-store under `at`. */
bool settings_filestore(struct engine_settings *s, const struct conf *conf, const struct conf_node *at, struct log *log, struct err *err);
/* The hashes that force-hash under `at` names: enum file_hash.  Others are told. */
unsigned settings_hashes(const struct conf *conf, const struct conf_node *at, struct log *log);
/* One eve-log output's options; *eve is clear but for `index` and `strict`, which stands where they do not say. */
bool settings_eve(struct eve_settings *eve, struct conf *conf, const struct conf_node *at, struct log *log, struct err *err);
/* Tells each option of an eve-log output, with its help: the manual. */
void settings_eve_each(void (*row)(const char *path, const char *help));
/* All are read: who renders for whom. */
bool settings_eve_share(struct engine_settings *s, struct err *err);
/* Protocol i's own option rows into its struct: from "app-layer.…", and "log.…" from its entry among an eve-log's types (NULL: none). */
bool settings_proto(struct conf *conf, unsigned i, const struct conf_node *log, void *to, struct err *err);
void settings_outputs_free(struct engine_settings *s);
extern const struct option_row decode_options[], script_options[], stats_options[]; /* of struct decode_settings; script_settings; stats_settings */
extern const unsigned decode_option_n, script_option_n, stats_option_n;
extern const struct option_row master_option; /* a word: of exceptions that say nothing themselves */
/* A worker's part of a cap; 0 stays no cap, and nothing else becomes it. */
uint64_t settings_share(uint64_t cap, unsigned workers);
/* A port expression; the set belongs to the settings.  NULL with err. */
const struct port_set *settings_ports(struct engine_settings *s, struct conf *conf, const char *text, struct err *err);
void settings_ports_free(struct engine_settings *s);

/* settings_tenants.c: `tenants`, a map of tenants' numbers to their `networks` and `vlans`. */
bool settings_tenants(struct engine_settings *s, struct conf *conf, struct err *err);

#endif
