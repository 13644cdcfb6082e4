/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suricata_lists - what Suricata's command line lists of a program: words of rules, protocols, ways to get at packets.
 */
#ifndef APP_SURICATA_LISTS_H
#define APP_SURICATA_LISTS_H

#include "app/app.h"

bool suricata_list_asked(const struct arguments *a);
/* To standard output, in the form that scripts read.  False: there is no such word. */
bool suricata_list(const struct arguments *a);

#endif
