/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool get(const struct detect_scope *s, uint64_t *x)
{
    if (s->flow == NULL) {
        return false;
    }
    /* Whole seconds of both ends, as clocks show them. */
    *x = s->flow->last / CLOCK_SECOND - s->flow->first / CLOCK_SECOND;
    return true;
}

KW_NUMBER(flow_age, "flow.age", NULL, UINT32_MAX, true, get, "seconds since the flow began");
