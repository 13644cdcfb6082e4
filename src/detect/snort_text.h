/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort_text - a packet as Snort prints it: addresses, headers with options, bytes beside their letters; detect/ only. */
#ifndef DETECT_SNORT_TEXT_H
#define DETECT_SNORT_TEXT_H

#include "detect/inspect.h"

const char *snort_proto(const struct look *l, const struct view *v);        /* "TCP", "ICMP", … "IP" */
void snort_flags(uint8_t flags, char out[9]);                               /* "***AP***" */
void snort_addresses(struct text *t, const struct look *l);                 /* "10.0.0.1:1 -> 10.0.0.2:80" */
void snort_headers(struct text *t, const struct look *l, const struct view *v, bool link);
void snort_dump(struct text *t, const char *name, struct bytes b);

#endif
