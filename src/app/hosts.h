/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts - the parts of `peccary hosts`. */
#ifndef APP_HOSTS_H
#define APP_HOSTS_H

#include "app/app.h"

/* The hosts as a table, as wide as the terminal. */
void hosts_table(struct hosts *h, const struct host_filter *f, const struct arguments *a);
bool hosts_columns(const char *columns, struct err *err); /* are these its columns?  NULL: all */
/* What happened, from a folder, of all or of those that the filter takes; text or JSON. */
int hosts_print_changes(const char *dir, const struct arguments *a, const struct host_filter *f, struct err *err);

#endif
