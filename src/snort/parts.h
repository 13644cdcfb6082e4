/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parts - what both readers tell, for the files of snort/ alone. */
#ifndef SNORT_PARTS_H
#define SNORT_PARTS_H

#include "snort/snort.h"

bool snort_lua_read(struct snort_config *c, const char *path, const char *const *chunks, unsigned chunk_n, struct err *err);
bool snort_conf_text(struct snort_config *c, const char *name, struct bytes text, struct err *err);
bool snort_conf_read(struct snort_config *c, const char *path, struct err *err);

void part_set(struct snort_config *c, const char *key, const char *value);
void part_unused(struct snort_config *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A variable of addresses or ports: "[a,b]" from whatever stands between entries. */
void part_group(struct snort_config *c, const char *group, const char *name, const char *value);
void part_variable(struct snort_config *c, const char *name, const char *value);
/* One setting by what it is called in either configuration ("stream_tcp.policy"); false: it is not known. */
bool part_value(struct snort_config *c, const char *path, const char *value);
/* A binding: packets on these ports are of that inspector's protocol. */
void part_bind(struct snort_config *c, const char *inspector, const char *proto, const char *ports);
/* $NAME in a text replaced; the caller frees.  NULL: no memory. */
char *part_expand(const struct snort_config *c, const char *text);
/* An option of an output: a line of YAML, whatever stands in the value. */
void part_option(struct text *t, const char *key, const char *value);
/* The file's place: as it is, or below the configuration's folder where it is there.  The caller frees. */
char *part_place(const struct snort_config *c, const char *path);
/* Scan types by Snort's names. */
void part_scan_types(struct snort_config *c, const char *names);
void part_arp_host(struct snort_config *c, const char *address, const char *mac);
void part_list(struct snort_config *c, const char *file, const char *action);
/* Rules as a text, which may include files; name: where they stand. */
bool part_rules_text(struct snort_config *c, const char *name, struct bytes text, unsigned depth, struct err *err);
/* One rule that stands on this line of the file. */
void part_rule(struct snort_config *c, const char *name, unsigned line, const char *action, struct bytes rest);
#define PART_EVERYWHERE "0.0.0.0/0,::/0"
/* Snort's policy for hosts of these networks, as the inspector says. */
void part_policy(struct snort_config *c, const char *by, const char *policy, const char *networks);
/* What is written when all is read. */
void parts_end(struct snort_config *c);
/* A file's size as an option of an output: "128" and a unit ("mb"); 0 is none. */
void part_limit(struct text *t, const char *key, const char *value, const char *unit);

#endif
