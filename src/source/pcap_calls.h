/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcap_calls - libpcap's calls, for those few who need them: filters, and devices that only it reads.  It is opened then: it brings five libraries
 * along.
 *
 * Opened by each who needs it, and closed when what was made with it is gone.
 */
#ifndef SOURCE_PCAP_CALLS_H
#define SOURCE_PCAP_CALLS_H

#include "base/err.h"

#include <pcap/pcap.h>

struct pcap_calls {
    void *library;
#define CALL(name) __typeof__(pcap_##name) *name;
#include "source/pcap_calls.list"
#undef CALL
    __typeof__(bpf_filter) *run; /* a program, over a frame */
};
bool pcap_calls_open(struct pcap_calls *c, struct err *err);
void pcap_calls_close(struct pcap_calls *c); /* zeroed, too */

#endif
