/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->flow == NULL) {
        return false;
    }
    *x = s->flow->bytes[TO_CLIENT];
    return true;
}

KW_NUMBER(flow_bytes_toclient, "flow.bytes_toclient", NULL, UINT64_MAX, true, get, "bytes of the flow to the client so far");
