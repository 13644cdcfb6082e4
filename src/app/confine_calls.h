/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine_calls - none of the system calls that start programs, debug, mount, load code into the kernel or change namespaces, from here
 * on and for all threads (seccomp).  No new privileges are taken before.  A kernel that has no seccomp goes without, and that is said.
 */
#ifndef APP_CONFINE_CALLS_H
#define APP_CONFINE_CALLS_H

#include "base/err.h"
#include "base/log.h"

/* bpf: programs and tables in the kernel are made and changed later (source/bpf.h). */
bool confine_calls(struct log *log, bool bpf, struct err *err);

#endif
