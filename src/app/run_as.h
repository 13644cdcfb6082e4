/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_as - the settings' run-as section: whom the process becomes before it looks at traffic, and never back.
 */
#ifndef APP_RUN_AS_H
#define APP_RUN_AS_H

#include "config/config.h"

#include <sys/types.h>

struct run_as {
    bool on;
    uid_t user;
    gid_t group;
};
bool run_as_read(struct conf *conf, struct run_as *out, struct err *err); /* false: it names nobody */
bool run_as_become(const struct run_as *r, struct err *err);

#endif
