/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arp_spoof - ARP packets that contradict their own frame, or what is known of a host (RFC 826). */
#include "network/parts.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

static bool is_broadcast(struct bytes mac)
{
    for (size_t i = 0; i < mac.n; i++) {
        if (mac.p[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static const struct arp_host *host_of(const struct arp_settings *s, struct bytes ip)
{
    for (unsigned i = 0; i < s->host_n; i++) {
        if (bytes_equal(bytes_of(s->hosts[i].ip, 4), ip)) {
            return &s->hosts[i];
        }
    }
    return NULL;
}

void arp_look(const struct arp_settings *s, struct view *v)
{
    struct rd r = rd_of(v->ether);
    struct bytes to = rd_bytes(&r, 6), from = rd_bytes(&r, 6);

    if (!rd_ok(&r)) {
        return; /* no Ethernet */
    }
    bool mine = bytes_equal(from, v->arp.sender_mac);
    if (v->arp.op == ARP_REQUEST && !is_broadcast(to)) {
        view_note(v, NETWORK_NOTE_ARP_UNICAST);
    } else if ((v->arp.op == ARP_REQUEST || v->arp.op == ARP_REPLY) && !mine) {
        view_note(v, NETWORK_NOTE_ARP_SOURCE);
    } else if (v->arp.op == ARP_REPLY && !bytes_equal(to, v->arp.target_mac)) {
        view_note(v, NETWORK_NOTE_ARP_TARGET);
    }
    const struct arp_host *host = host_of(s, v->arp.sender_ip);
    struct bytes known = host != NULL ? bytes_of(host->mac, 6) : bytes_none();
    if (host != NULL && (!bytes_equal(from, known) || !bytes_equal(v->arp.sender_mac, known))) {
        view_note(v, NETWORK_NOTE_ARP_OVERWRITE);
    }
}
