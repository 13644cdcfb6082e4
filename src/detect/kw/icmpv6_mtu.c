/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    /* Packet too big (RFC 4443 3.2) alone carries one. */
    if (s->view == NULL || !view_has(s->view, LAYER_ICMP6) || s->view->icmp.type != 2 || s->view->icmp.code != 0) {
        return false;
    }
    *x = s->view->icmp.mtu;
    return true;
}

KW_NUMBER(icmpv6_mtu, "icmpv6.mtu", NULL, UINT32_MAX, true, get, "MTU that an ICMPv6 error tells");
