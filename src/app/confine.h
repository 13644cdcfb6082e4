/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine - what a program that looks at hostile traffic gives up before it does.
 *
 * No new privileges; no programs started (seccomp and Landlock; what is needed was started before: engine_open_helpers); files written only where logs, state and sockets are
 * (Landlock); none of the system calls that debug, mount, load code into the kernel or change namespaces (seccomp).  Reading stays: rules
 * and lists are read anew while it runs.  A kernel that has a part of this not goes without it, and that is said.
 */
#ifndef APP_CONFINE_H
#define APP_CONFINE_H

#include "app/app.h"

/* Before the engine's threads are made; what waits for signals is made anew (interrupt_anew).  What the command line names by its
 * whole path (given, may be NULL) may be written to.  files: false: folders to write to are told later, so any may be. */
bool confine(struct session *s, const struct arguments *given, bool files);
/* Only these capabilities stay over the change to another user: what live sources need. */
bool confine_keep_live(struct err *err);    /* before run_as_become */
bool confine_take_live(struct err *err);    /* behind it */

#endif
