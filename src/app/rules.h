/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules - the parts of `peccary rules`: each returns the exit code; EXIT_USAGE with s->err. */
#ifndef APP_RULES_H
#define APP_RULES_H

#include "app/app.h"

/* --dialect; -1: by itself. */
bool rules_dialect(const struct arguments *a, int *dialect, struct err *err);
/* Loads what -r names. */
bool rules_given(struct session *s, const struct arguments *a);
/* Runs them over the captures that a->rest names from `first` on; *r is for run_result_fini in any case. */
bool rules_over(struct session *s, const struct arguments *a, unsigned first, struct run_result *r);
int rules_cost(struct session *s, const struct arguments *a);
int rules_test(struct session *s, const struct arguments *a);
/* Folders with what is expected of their rules and captures (rules_expect.c). */
bool rules_expected(const char *path);
int rules_expect(struct session *s, const struct arguments *a);
int rules_convert(struct session *s, const struct arguments *a);
int rules_update(struct session *s, const struct arguments *a);
int rules_why(struct session *s, const struct arguments *a);

#endif
