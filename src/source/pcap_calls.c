/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/pcap_calls.h"

#include "base/library.h"
#include "base/rows.h"

bool pcap_calls_open(struct pcap_calls *c, struct err *err)
{
    static const char *const files[] = { "libpcap.so.0.8", "libpcap.so.1", NULL };
    static const struct library_call calls[] = {
#define CALL(name) { "pcap_" #name, offsetof(struct pcap_calls, name) },
#include "source/pcap_calls.list"
#undef CALL
        { "bpf_filter", offsetof(struct pcap_calls, run) },
    };

    c->library = library_open(files, calls, ROWS(calls), c);
    return c->library != NULL || err_set(err, "filters and such devices need libpcap (Debian: libpcap0.8)");
}

void pcap_calls_close(struct pcap_calls *c)
{
    library_close(c->library);
    c->library = NULL;
}
