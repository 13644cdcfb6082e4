/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * updates - new and changed rules are hunted over what was recorded, by themselves.
 *
 * A sensor that records starts a helper, as the user that it goes on as and before it confines itself: `peccary hunt --follow` with its own rules, record and settings.
 * With each reload it says a line to it; the helper finds what is new in the rule files and hunts with that alone, in a process of
 * its own at idle priority that is stopped and let go on again so that it takes no more than its share of a processor.
 */
#ifndef APP_UPDATES_H
#define APP_UPDATES_H

#include "app/app.h"

struct updates {
    int fd;                      /* -1: no helper */
};
/* A command line of peccary's own: what does not fit is left out, and n is WORDS_MAX then. */
enum { WORDS_MAX = 2 * GIVEN_MAX + 32 };
struct words {
    char *word[WORDS_MAX + 1];  /* the last one is NULL */
    unsigned n;
};
void words_add(struct words *l, const char *word);
void words_option(struct words *l, const char *name, const char *value); /* both, unless value is NULL */

/* False with err; where nothing is recorded or the setting is off it does nothing. */
bool updates_open(struct updates *u, struct session *s, const struct arguments *a, struct err *err);
void updates_close(struct updates *u); /* the helper ends, and a hunt under way with it */
/* The helper: hunt --follow. */
int updates_follow(const struct arguments *a, struct err *err);

#endif
