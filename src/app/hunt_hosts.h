/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hunt_hosts - what the map says of an alert's hosts as of its time, for the alerts of a hunt.
 *
 * Any thread may ask.  What was asked before is kept; after so many hosts nothing more is looked up, and that is told.
 */
#ifndef APP_HUNT_HOSTS_H
#define APP_HUNT_HOSTS_H

#include "engine/engine.h"

struct hunt_hosts;
struct hunt_hosts *hunt_hosts_new(const char *map, struct err *err); /* NULL: no memory */
void hunt_hosts_free(struct hunt_hosts *h);
/* An event_beside: members `source` and `target` with what was known of them then, and `impact`. */
void hunt_hosts_tell(void *hunt_hosts, const struct event_head *head, struct json *j);

#endif
