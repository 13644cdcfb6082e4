/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suricata_files - captures as Suricata takes them: files and folders of -r, and those that clients of its socket ask for.
 *
 * Of the settings below pcap-file: recursive, continuous, delete-when-done, poll-interval and delay (seconds).
 */
#ifndef APP_SURICATA_FILES_H
#define APP_SURICATA_FILES_H

#include "app/app.h"

/* The filter: words after the options, or a file's text; "" when there is none.  The caller frees.  NULL: err says why. */
char *suricata_filter(const struct arguments *a, struct err *err);
/* Those of -r.  False: s->err says why not; else *code is what the program ends with. */
bool suricata_captures(struct session *s, const struct arguments *a, int *code);
/* What clients of the control socket ask for, until the program ends.  False: s->err says why not. */
bool suricata_socket(struct session *s, const struct arguments *a);

#endif
