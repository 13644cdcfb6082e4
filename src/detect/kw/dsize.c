/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->view == NULL) {
        return false;
    }
    *x = s->view->payload.n;
    return true;
}

KW_NUMBER(dsize, "dsize", NULL, UINT16_MAX, true, get, "bytes of the packet's payload");
