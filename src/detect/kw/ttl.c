/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL || !view_has(s->view, LAYER_IPV4 | LAYER_IPV6)) {
        return false;
    }
    *x = s->view->ttl;
    return true;
}

KW_NUMBER(ttl, "ttl", NULL, UINT8_MAX, true, get, "time to live (IPv4) or hop limit (IPv6)");
