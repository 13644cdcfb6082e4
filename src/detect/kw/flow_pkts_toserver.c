/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->flow == NULL) {
        return false;
    }
    *x = s->flow->packets[TO_SERVER];
    return true;
}

KW_NUMBER(flow_pkts_toserver, "flow.pkts_toserver", NULL, UINT32_MAX, true, get, "packets of the flow to the server so far");
