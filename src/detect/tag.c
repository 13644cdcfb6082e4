/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/tag.h"

#include "detect/record.h"
#include "detect/shared.h"

/* What is kept of a tag. */
struct running {
    uint64_t start;       /* ns */
    uint64_t so_far;      /* packets or bytes, of those before */
    uint32_t count;
    uint8_t metric;
};

/* The packet after those before: does the tag still hold for it? */
static bool running_holds(const struct detect *d, struct running *r)
{
    r->so_far += r->metric == TAG_BYTES ? d->turn->view->packet->frame.n : 1;
    if (r->metric == TAG_SECONDS) {
        return d->turn->ts / CLOCK_SECOND - r->start / CLOCK_SECOND <= r->count;
    }
    return r->so_far <= r->count;
}

/* ---- flows ---- */

static bool session_tagged(struct detect *d)
{
    const struct flow_detect *s = d->turn->flow ? d->turn->flow->detect : NULL;
    bool tagged = false;

    for (struct flow_entry *e = s ? s->head : NULL; e; e = e->next) {
        if (e->kind != ENTRY_TAG || !e->on) {
            continue;
        }
        struct running r = { e->extra[0], e->extra[1], e->value, (uint8_t)e->extra[2] };
        e->on = running_holds(d, &r);
        e->extra[1] = r.so_far;
        tagged |= e->on;
    }
    return tagged;
}

static void session_tag(struct detect *d, uint32_t id, const struct tag *t)
{
    struct flow_entry *e = d->turn->flow ? flow_entry_get(d, d->turn->flow, ENTRY_TAG, id) : NULL;

    if (e) {
        e->on = true;
        e->value = t->count;
        e->extra[0] = d->turn->ts;
        e->extra[1] = t->metric == TAG_BYTES ? d->turn->view->packet->frame.n : 1;
        e->extra[2] = t->metric;
    }
}

/* ---- hosts ---- */

static struct shared_key host_key(const struct detect *d, const struct addr *a)
{
    return (struct shared_key){ .a = *a, .family = (uint8_t)d->look.family, .kind = SHARED_TAG, .tenant = d->turn->view->tenant };
}

static bool host_tagged(struct detect *d, const struct addr *a)
{
    struct shared_key k = host_key(d, a);
    struct shared_entry *e = shared_get(d->shared, d->worker, &k, d->turn->ts, NULL);
    bool tagged = false;

    if (e && e->expires >= d->turn->ts) {
        struct running r = { e->start, e->extra[0], e->count, (uint8_t)e->extra[1] };
        tagged = running_holds(d, &r);
        e->extra[0] = r.so_far;
        e->expires = d->turn->ts + TAG_IDLE * CLOCK_SECOND;
    }
    if (e && !tagged) {
        shared_remove(d->shared, &k);
    }
    shared_done(d->shared, &k);
    return tagged;
}

static void host_tag(struct detect *d, const struct tag *t)
{
    struct shared_key k = host_key(d, t->dst ? &d->look.dst : &d->look.src);
    bool made;
    struct shared_entry *e = shared_get(d->shared, d->worker, &k, d->turn->ts, &made);

    if (e) {
        e->start = d->turn->ts;
        e->expires = d->turn->ts + TAG_IDLE * CLOCK_SECOND;
        e->count = t->count;
        e->extra[0] = t->metric == TAG_BYTES ? d->turn->view->packet->frame.n : 1;
        e->extra[1] = t->metric;
    }
    d->counter[DETECT_SHARED_FULL] += e == NULL;
    shared_done(d->shared, &k);
}

/* ---- a turn ---- */

bool tag_packet(struct detect *d)
{
    if (!d->rules->has_tags || !d->turn->view) {
        return false;
    }
    bool tagged = session_tagged(d);
    if (d->rules->has_host_tags && d->look.family != FAMILY_NONE) {
        tagged |= host_tagged(d, &d->look.src);
        tagged |= !addr_equal(&d->look.src, &d->look.dst) && host_tagged(d, &d->look.dst);
    }
    return tagged;
}

void tag_alert(struct detect *d, const struct plan *p)
{
    const struct rule *r = p->rule;

    for (uint16_t i = 0; d->rules->has_tags && d->turn->view && i < r->post_n; i++) {
        const struct match *m = r->post[i];
        if (m->kind != MATCH_KEYWORD || strcmp(m->keyword.row->name, "tag") != 0) {
            continue;
        }
        const struct tag *t = m->keyword.data;
        d->tagging = true;
        if (t->kind == TAG_SESSION) {
            session_tag(d, plan_id(d, p) ^ (uint32_t)i << 24, t);
        } else if (d->look.family != FAMILY_NONE) {
            host_tag(d, t);
        }
    }
}

void tag_write(struct detect *d)
{
    struct event_head h;

    detect_head(d->turn, &h);
    EVE_EACH(d->out, EVENT_ALERT, 0) {
        if (!d->out->eve->alert.tagged) {
            continue;
        }
        struct json *j = eve_begin(d->out, &h, "packet");
        record_packet(d, j);
        eve_end(d->out, EVENT_ALERT);
    }
}
