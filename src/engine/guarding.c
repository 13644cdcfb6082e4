/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/guarding.h"

bool guarding_refuses(const struct worker *w, const struct view *v)
{
    const struct device_settings *s = &w->settings->devices;

    return (w->settings->stream.guarded && v->packet->unread) || ((v->flags & VIEW_FRAGMENT) != 0 && defrag_refused(w->defrag)) ||
           (v->outer == NULL && v->family != FAMILY_NONE && (v->ttl < s->ttl_min || (s->drop_routed && (v->ip_options & (IP_OPTION_LSRR | IP_OPTION_SSRR)) != 0)));
}

void guarding_anew(struct worker *w, struct detect_turn *t)
{
    if (w->settings->stream.guarded && ((t->flow->flags & FLOW_DROPPED) != 0 || t->flow->state == FLOW_BYPASSED) && stream_begins(t->flow, t->side, t->view)) {
        t->flow = flow_reuse(w->flows, t->flow, t->view, &t->side);
    }
}
