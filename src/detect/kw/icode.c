/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL || !view_has(s->view, LAYER_ICMP4 | LAYER_ICMP6)) {
        return false;
    }
    *x = s->view->icmp.code;
    return true;
}

KW_NUMBER(icode, "icode", NULL, UINT8_MAX, true, get, "ICMP code");
