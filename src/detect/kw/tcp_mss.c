/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL || !view_has(s->view, LAYER_TCP) || !s->view->tcp.has_mss) {
        return false;
    }
    *x = s->view->tcp.mss;
    return true;
}

KW_NUMBER(tcp_mss, "tcp.mss", NULL, UINT16_MAX, true, get, "maximum segment size that the TCP header offers");
