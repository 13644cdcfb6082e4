/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL) {
        return false;
    }
    *x = s->view->vlan_n;
    return true;
}

KW_NUMBER(vlan_layers, "vlan.layers", NULL, UINT8_MAX, true, get, "number of VLAN tags");
