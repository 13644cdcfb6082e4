/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often an alert may be told, and what a rate of matches does to a rule's action. */
#include "detect/flow_state.h"
#include "detect/shared.h"

#include "base/hash.h"

/* What is counted, wherever it is kept. */
struct tally {
    uint64_t start, timeout;
    uint32_t count, next;
};

static enum threshold_result tally_begin(const struct threshold *t, struct tally *y, uint64_t now)
{
    *y = (struct tally){ .start = now, .count = 1, .next = t->count };
    switch ((enum threshold_type)t->type) {
    case THRESHOLD_LIMIT:
    case THRESHOLD_RATE: return THRESHOLD_PASSES;
    case THRESHOLD_THRESHOLD:
    case THRESHOLD_BOTH: return t->count == 1 ? THRESHOLD_PASSES : THRESHOLD_NOTHING;
    case THRESHOLD_BACKOFF:
        if (t->count != 1) {
            return THRESHOLD_NOTHING;
        }
        y->next = t->multiplier;
        return THRESHOLD_PASSES;
    case THRESHOLD_DETECTION_FILTER:
    case THRESHOLD_NONE:
    case THRESHOLD_SUPPRESS: return THRESHOLD_NOTHING;
    default: return THRESHOLD_NOTHING;
    }
}

static void rate_act(const struct threshold *t, struct queued *q)
{
    q->flags |= QUEUED_RATE;
    q->action = t->new_action;
}

static enum threshold_result rate_update(const struct threshold *t, struct tally *y, uint64_t now, bool within, struct queued *q)
{
    if (y->timeout != 0) {
        if (now / CLOCK_SECOND - y->timeout / CLOCK_SECOND > t->timeout) {
            y->timeout = 0;
        } else {
            rate_act(t, q);
        }
    } else if (within) {
        y->count++;
        if (y->count > t->count) {
            y->timeout = now;
            rate_act(t, q);
        }
    } else {
        y->start = now;
        y->count = 1;
    }
    return THRESHOLD_PASSES;
}

static enum threshold_result backoff_update(const struct threshold *t, struct tally *y)
{
    if (y->count == UINT32_MAX) {
        return THRESHOLD_SILENT;
    }
    if (++y->count != y->next) {
        return THRESHOLD_SILENT;
    }
    y->next = t->multiplier != 0 && UINT32_MAX / t->multiplier < y->next ? UINT32_MAX : y->next * t->multiplier;
    return THRESHOLD_PASSES;
}

/* Suricata's seconds go from the first match on; Snort's are those of the clock. */
static bool tally_within(const struct rule *r, const struct threshold *t, const struct tally *y, uint64_t now)
{
    if (r->dialect != DIALECT_SURICATA) {
        return now / CLOCK_SECOND < y->start / CLOCK_SECOND + t->seconds;
    }
    return now <= y->start + t->seconds * CLOCK_SECOND;
}

static enum threshold_result tally_update(const struct threshold *t, struct tally *y, uint64_t now, bool within, struct queued *q)
{
    if (t->type == THRESHOLD_RATE) {
        return rate_update(t, y, now, within, q);
    }
    if (t->type == THRESHOLD_BACKOFF) {
        return backoff_update(t, y);
    }
    if (within) {
        y->count++;
    } else {
        y->start = now;
        y->count = 1;
    }
    switch ((enum threshold_type)t->type) {
    case THRESHOLD_LIMIT: return !within || y->count <= t->count ? THRESHOLD_PASSES : THRESHOLD_SILENT;
    case THRESHOLD_THRESHOLD:
        if (!within || y->count < t->count) {
            return THRESHOLD_NOTHING;
        }
        y->count = 0;
        return THRESHOLD_PASSES;
    case THRESHOLD_BOTH:
        return y->count == t->count ? THRESHOLD_PASSES : y->count > t->count && within ? THRESHOLD_SILENT : THRESHOLD_NOTHING;
    case THRESHOLD_DETECTION_FILTER: return within && y->count > t->count ? THRESHOLD_PASSES : THRESHOLD_NOTHING;
    case THRESHOLD_NONE:
    case THRESHOLD_RATE:
    case THRESHOLD_BACKOFF:
    case THRESHOLD_SUPPRESS: return THRESHOLD_PASSES;
    default: return THRESHOLD_PASSES;
    }
}

static enum threshold_result suppress_check(const struct detect *d, const struct threshold *t)
{
    const struct look *l = &d->look;
    bool src = !t->addresses || addr_set_has(t->addresses, &l->src, l->family);
    bool dst = !t->addresses || addr_set_has(t->addresses, &l->dst, l->family);
    bool hit = t->track == TRACK_SRC ? src : t->track == TRACK_DST ? dst : t->track == TRACK_EITHER ? src || dst : !t->addresses;

    return hit ? THRESHOLD_SILENT : THRESHOLD_PASSES;
}

/* No memory for a count: each match is like the first.  What is not told for want of a count is done all the same; only a rule whose
 * condition the count is does not hold. */
static enum threshold_result uncounted(const struct threshold *t, uint64_t now)
{
    struct tally y;
    enum threshold_result result = tally_begin(t, &y, now);

    return result == THRESHOLD_NOTHING && t->type != THRESHOLD_DETECTION_FILTER ? THRESHOLD_SILENT : result;
}

static enum threshold_result flow_check(struct detect *d, const struct plan *p, const struct threshold *t, struct queued *q)
{
    const struct rule *r = p->rule;
    struct flow *f = d->turn->flow;
    struct flow_entry *e = f ? flow_entry_get(d, f, ENTRY_THRESHOLD, (uint32_t)hash_word((uint64_t)plan_id(d, p) << 8 | t->type)) : NULL;
    enum threshold_result result;

    if (!e) {
        return f ? uncounted(t, d->turn->ts) : THRESHOLD_NOTHING;
    }
    struct tally y = { .start = e->extra[0], .timeout = e->extra[1], .count = (uint32_t)e->extra[2], .next = (uint32_t)e->extra[3] };
    result = e->on ? tally_update(t, &y, d->turn->ts, tally_within(r, t, &y, d->turn->ts), q) : tally_begin(t, &y, d->turn->ts);
    e->on = true;
    e->extra[0] = y.start;
    e->extra[1] = y.timeout;
    e->extra[2] = y.count;
    e->extra[3] = y.next;
    return result;
}

/* A rule may count for several ends at once: its own, and those of lines about it. */
static struct shared_key key_of(const struct detect *d, const struct plan *p, const struct threshold *t)
{
    const struct look *l = &d->look;
    struct shared_key k = { .id = (uint64_t)t->type << 32 | plan_id(d, p), .kind = SHARED_THRESHOLD, .track = t->track,
                            .tenant = d->turn->view ? d->turn->view->tenant : 0 };

    if (t->track != TRACK_RULE) {
        k.family = (uint8_t)l->family;
    }
    if (t->track == TRACK_SRC) {
        k.a = l->src;
    } else if (t->track == TRACK_DST) {
        k.a = l->dst;
    } else if (t->track == TRACK_BOTH) { /* the same for both directions */
        bool ordered = memcmp(l->src.b, l->dst.b, sizeof l->src.b) < 0;
        k.a = ordered ? l->src : l->dst;
        k.b = ordered ? l->dst : l->src;
    }
    return k;
}

static enum threshold_result shared_check(struct detect *d, const struct plan *p, const struct threshold *t, struct queued *q)
{
    const struct rule *r = p->rule;
    struct shared_key k = key_of(d, p, t);
    enum threshold_result result;
    uint64_t now = d->turn->ts;
    bool made;

    if (t->count == 1 && t->type == THRESHOLD_THRESHOLD) {
        return THRESHOLD_PASSES;
    }
    struct shared_entry *e = shared_get(d->shared, d->worker, &k, now, &made);
    if (e) {
        struct tally y = { e->start, e->timeout, e->count, e->next_count };
        result = made ? tally_begin(t, &y, now) : tally_update(t, &y, now, tally_within(r, t, &y, now), q);
        e->start = y.start;
        e->timeout = y.timeout;
        e->count = y.count;
        e->next_count = y.next;
        e->expires = y.start + (t->seconds + (t->type == THRESHOLD_RATE ? t->timeout : 0) + 1ULL) * CLOCK_SECOND;
    } else {
        d->counter[DETECT_SHARED_FULL]++;
        result = uncounted(t, now);
    }
    shared_done(d->shared, &k);
    return result;
}

enum threshold_result threshold_check(struct detect *d, const struct plan *p, struct queued *q)
{
    const struct rule *r = p->rule;

    if (d->look.family == FAMILY_NONE) {
        return THRESHOLD_PASSES;
    }
    const bool listed = r->dialect != DIALECT_SURICATA; /* in order (rule/thresholds.c); Suricata: suppressions first */
    for (unsigned pass = listed; pass < 2; pass++) {
        for (const struct threshold *t = r->threshold; t; t = t->next) {
            const bool suppresses = t->type == THRESHOLD_SUPPRESS;
            if ((!listed && suppresses != (pass == 0)) || t->type == THRESHOLD_NONE) {
                continue;
            }
            enum threshold_result x = suppresses               ? suppress_check(d, t)
                                      : t->track == TRACK_FLOW ? flow_check(d, p, t, q)
                                                               : shared_check(d, p, t, q);
            if (x != THRESHOLD_PASSES) {
                return x;
            }
        }
    }
    return THRESHOLD_PASSES;
}
