/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suricata_live - Suricata's ways to name devices, as ours: before the settings are settled.
 */
#ifndef APP_SURICATA_LIVE_H
#define APP_SURICATA_LIVE_H

#include "app/app.h"

struct suricata_live {
    struct paths paths;       /* paths_fini */
    bool inline_devices;      /* what they give waits for a verdict */
    bool only_copied;         /* … which is not asked for (copy-mode: tap) */
    unsigned workers, queues;
    int checksums;            /* 0: not looked at; -1: not said */
    char *queue_list;         /* while it reads: "0,2-5" */
    bool filtered;            /* the command line has a filter, in place of all others */
    const char *first;        /* the first interface, and its entry: the others have to be like it */
    const struct conf_node *first_entry;
    const char *bpf, *mode;   /* mode: as the control socket tells it */
};
bool suricata_live_asked(const struct arguments *a);
/* Settings of the devices' entries go into the tree.  False: a name or an entry that cannot be. */
bool suricata_live_read(struct suricata_live *l, struct conf *conf, const struct arguments *a, struct err *err);

#endif
