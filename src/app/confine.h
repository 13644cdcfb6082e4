/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine - what a program that looks at hostile traffic gives up before it does.
 *
 * Another user where the settings name one (run-as); no new privileges; of the capabilities only those that devices are read with, and
 * none but those over files where captures are.  No programs started (seccomp and Landlock; what is needed was started before:
 * engine_open_helpers); files written only where logs, state and sockets are (Landlock): what a setting or an option names is written
 * where it is in a list of those, and read else; none of the system calls that debug, mount, load code into the kernel or change
 * namespaces (seccomp).  Reading stays: rules and lists are read anew while it runs.  A kernel that has a part of this not goes without
 * it, and that is said.  Without confine.enabled all of it stays as it was, but for run-as.
 */
#ifndef APP_CONFINE_H
#define APP_CONFINE_H

#include "app/app.h"

/* First: the user, the capabilities.  What is started behind it has no more than these. */
bool confine_become(struct session *s, bool live); /* false: the session's err, as of confine */
/* Before the engine's threads are made; what waits for signals is made anew (interrupt_anew).  What the command line (given, may be NULL)
 * names to be written may be.  files: false: folders to write to are told later, so any may be.  run: live, its devices. */
bool confine(struct session *s, const struct arguments *given, bool files, const struct run *run);

/* All of it for a command that reads what it is given, tells what that is, and ends: without another user, and with the few things that it
 * writes (NULL: none) beside what settings name.  s->conf: NULL: it has no settings. */
struct confine_once {
    const char *folder[2];      /* made where they are not there */
    const char *there;          /* a folder that is not */
    const char *around;         /* whose folders go at the end */
    const char *file;
    const char *mark;           /* a file that goes at the end */
    bool devices;               /* it reads those */
};
bool confine_once(struct session *s, const struct confine_once *w, const _Atomic bool *stop); /* stop: NULL: nothing waits for signals yet */
/* Its part for a process that must start others: no new privileges, no capabilities but those over files. */
bool confine_rights(struct err *err);

#endif
