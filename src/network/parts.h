/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parts - the three mechanisms, for the files of network/ alone. */
#ifndef NETWORK_PARTS_H
#define NETWORK_PARTS_H

#include "network/network.h"

void arp_look(const struct arp_settings *s, struct view *v);
enum network_verdict lists_look(const struct list_settings *s, const struct network_packet *p);

struct scans;
struct scans *scans_new(const struct scan_settings *s);
void scans_free(struct scans *x);
void scans_look(struct scans *x, const struct network_packet *p, struct turns *turns);

#endif
