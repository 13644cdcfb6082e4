/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keep - cases, as `hunt` and `case` make them. */
#ifndef APP_KEEP_H
#define APP_KEEP_H

#include "hunt/case.h"

bool case_hosts_of(void *map, const char *address, uint64_t at, struct text *out, struct err *err); /* a case_hosts over the map's folder */
void case_about(struct text *out, const char *record, const char *map, const char *what);
/* An exit code; EXIT_USAGE with err. */
int case_keep(const struct case_wish *w, struct record *r, bool quiet, const _Atomic bool *stop, struct err *err);

#endif
