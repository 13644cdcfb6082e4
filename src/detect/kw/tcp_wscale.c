/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL || !view_has(s->view, LAYER_TCP) || !s->view->tcp.has_wscale) {
        return false;
    }
    *x = s->view->tcp.wscale;
    return true;
}

KW_NUMBER(tcp_wscale, "tcp.wscale", NULL, UINT8_MAX, true, get, "window scale that the TCP header offers");
