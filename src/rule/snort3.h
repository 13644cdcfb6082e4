/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort3 - what the files of the Snort 3 dialect share: an option as a row, and how it is told in the tree's terms.
 *
 * Included by rule/snort3*.c only.
 */
#ifndef RULE_SNORT3_H
#define RULE_SNORT3_H

#include "rule/parse.h"

enum { SNORT_VALUE_MAX = 512 };

/* What stands for one option of Snort 3. */
struct snort_option {
    const char *name;
    bool (*parse)(struct rule_parse *p, const struct snort_option *o, char *value); /* value NULL: none */
    const char *as;            /* the option, keyword, field, transform or reason that its parser goes by; NULL */
    bool valued;               /* means nothing without a value */
};
#define SNORT_OPTION(fn) bool fn(struct rule_parse *p, const struct snort_option *o, char *value)

char *snort3_blanks(char *s);                          /* behind the blanks */
char *snort3_quoted(struct rule_parse *p, char **at);  /* a quoted string at *at: its inside; *at moves behind; NULL after a failure */
char *snort3_bare(struct rule_parse *p, char *value);  /* the value without quotes around it */
/* Runs the option, keyword or field of the Suricata dialect that has this meaning. */
bool snort3_run_as(struct rule_parse *p, const char *name, const char *value);
/* N, <N, <=N, >N, >=N, =N, !N, !=N, N<>M (bounds left out), N<=>M (bounds in) */
bool snort3_range(struct rule_parse *p, const char *value, struct range *out);
bool snort3_run_range(struct rule_parse *p, const char *name, const char *value, const struct range *r); /* the same with a range that is read */
/* A buffer begins anew each time it is named; one in which nothing was asked is as if it had not been named. */
void snort3_leave(struct rule_parse *p);
/* transform: what Snort makes of the bytes before rules see them; NULL: nothing. */
bool snort3_enter(struct rule_parse *p, const char *field, const char *transform);

SNORT_OPTION(snort3_buffer);          /* the field whose row has this option of Snort */
/* snort3_http.c */
SNORT_OPTION(snort3_http_header);
SNORT_OPTION(snort3_http_header_test);
SNORT_OPTION(snort3_http_param);
SNORT_OPTION(snort3_http_version_match);
/* snort3_more.c */
SNORT_OPTION(snort3_flowbits);
SNORT_OPTION(snort3_dce_iface);
SNORT_OPTION(snort3_one_of);
SNORT_OPTION(snort3_has);
SNORT_OPTION(snort3_sip_stat_code);
SNORT_OPTION(snort3_tag);
SNORT_OPTION(snort3_target);
SNORT_OPTION(snort3_stream_size);
SNORT_OPTION(snort3_modbus);
SNORT_OPTION(snort3_regex);
/* snort3_proto.c */
SNORT_OPTION(snort3_numbers);
SNORT_OPTION(snort3_request);
SNORT_OPTION(snort3_response);
SNORT_OPTION(snort3_gtp_info);

#endif
