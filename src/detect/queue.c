/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alerts of a turn: ordered, thresholded, capped; what the rules' actions do to the packet and the flow. */
#include "detect/tag.h"

#include <stdlib.h>

/* What the rule in scope wants replaced, inline; by other actions than `rewrite` Snort 3 replaces nothing. */
static struct replacement *replacements(struct detect *d, const struct rule *r)
{
    struct bytes payload = d->look.payload;
    struct replacement *all = NULL;

    if (!d->settings.inline_mode || payload.n == 0 || (r->dialect == DIALECT_SNORT3 && r->action != ACTION_REWRITE)) {
        return NULL;
    }
    for (unsigned i = 0; i < d->verifier.replace_n; i++) {
        const struct replacement *wanted = &d->verifier.replace[i];
        if (wanted->at < payload.p || wanted->at + wanted->content->bytes.n > payload.p + payload.n) {
            continue; /* it stands in no packet */
        }
        struct replacement *x = arena_take(&d->arena, sizeof *x);
        if (x == NULL) {
            d->replace_lost = true;
            return all;
        }
        *x = *wanted;
        x->next = all;
        all = x;
    }
    return all;
}

void queue_add(struct detect *d, const struct plan *p, struct txn *t, unsigned flags)
{
    if (d->queue_n == ALERTS_ROOM) {
        d->discarded++;
        return;
    }
    d->queue[d->queue_n++] = (struct queued){ .context = context_take(d), .evidence = d->verifier.evidence, .frame = d->frame, .replace = replacements(d, p->rule), .rule = (uint32_t)(p - d->rules->plan), .flags = (uint8_t)flags, .action = p->rule->action,
                                              .txn = (flags & QUEUED_TXN) != 0 ? t : NULL };
}

void queue_firewall(struct detect *d, const struct plan *p, struct txn *t, const struct firewall_table *table, uint8_t action)
{
    unsigned before = d->queue_n;

    queue_add(d, p, t, t ? QUEUED_TXN | QUEUED_STATE : 0);
    if (d->queue_n > before) {
        d->queue[before].table = table;
        d->queue[before].action = action;
    }
}

/* In the order of rules; of one rule the newest transaction first, none last. */
static int queued_compare(const void *a, const void *b)
{
    const struct queued *x = a, *y = b;

    if (x->rule != y->rule) {
        return x->rule < y->rule ? -1 : 1;
    }
    if (!x->txn || !y->txn) {
        return x->txn ? -1 : y->txn != NULL;
    }
    return x->txn->id > y->txn->id ? -1 : x->txn->id < y->txn->id;
}

/* With a firewall, the part of the packet's way a match belongs to: tables of packets, other rules on packets, tables of states,
 * other rules on transactions. */
static unsigned queued_phase(const struct queued *q)
{
    bool app = (q->flags & QUEUED_STATE) != 0;

    return app ? (q->table ? 2 : 3) : (q->table ? 0 : 1);
}

/* The same, in the order of the way first. */
static int phased_compare(const void *a, const void *b)
{
    unsigned x = queued_phase(a), y = queued_phase(b);

    return x != y ? (x < y ? -1 : 1) : queued_compare(a, b);
}

/* Does a matched rule's action hold for the whole flow? */
static bool action_on_flow(const struct plan *p, const struct queued *q)
{
    switch ((enum rule_scope)p->rule->scope) {
    case SCOPE_FLOW: return true;
    case SCOPE_PACKET:
    case SCOPE_TXN:
    case SCOPE_HOOK: return false;
    case SCOPE_DEFAULT: break;
    default: break;
    }
    switch ((enum plan_type)p->type) {
    case PLAN_IP_ONLY:
    case PLAN_IP_LIKE:
    case PLAN_PROTO_ONLY:
    case PLAN_APP:
    case PLAN_TXN:
    case PLAN_FRAME: return true;
    case PLAN_PACKET_STREAM:
    case PLAN_STREAM: return (q->flags & (QUEUED_STATE | QUEUED_STREAM)) != 0;
    case PLAN_EVENT_ONLY:
    case PLAN_FIREWALL:
    case PLAN_PACKET: return false;
    default: return false;
    }
}

static void replace_ask(struct detect *d, const struct plan *p, struct replacement *asked)
{
    struct replacement *last = asked;

    while (last->next != NULL) {
        last = last->next;
    }
    last->next = d->replacing;
    d->replacing = asked;
    d->replacer = d->replacer != NULL ? d->replacer : p;
}

/* The packet goes on with it, and so does what is sent again later; the alerts have shown it as it came.  Where that cannot be done it
 * does not go on. */
static void replace_all(struct detect *d)
{
    bool done = !d->replace_lost;

    for (struct replacement *x = d->replacing; x != NULL && done; x = x->next) {
        done = stream_replace(d->streams, d->turn->flow, d->turn->side, d->turn->view, (size_t)(x->at - d->look.payload.p), x->content->replace);
        d->counter[DETECT_REPLACED] += done;
    }
    if (!done) {
        d->counter[DETECT_REPLACE_FAILED]++;
        d->dropped = true;
        d->drop = d->replacer;
        d->drop_action = ACTION_DROP;
    }
}

static void action_apply(struct detect *d, const struct plan *p, struct queued *q)
{
    struct flow *f = d->turn->flow;
    bool drops = action_drops(q->action);

    if (q->replace != NULL && (p->flags & PLAN_SHADOW) == 0) {
        replace_ask(d, p, q->replace);
    } else if (q->replace != NULL) {
        q->flags |= QUEUED_SHADOW;
        d->counter[DETECT_SHADOWED] += !drops;
    }
    if (!drops && q->action != ACTION_PASS) {
        return;
    }
    if (drops && (p->flags & PLAN_SHADOW) != 0) {
        q->flags |= QUEUED_SHADOW;
        d->counter[DETECT_SHADOWED]++;
        return;
    }
    if (d->dropped && !drops) {
        return; /* a dropped packet is not passed any more */
    }
    if (action_on_flow(p, q)) {
        q->flags |= QUEUED_FLOW;
    }
    if (drops) {
        d->packet_dropped |= queued_phase(q) == 1;
        d->dropped = true;
        d->rejected |= q->action != ACTION_DROP;
        if (!d->drop && !d->drop_reason) {
            d->drop = p;
            d->drop_action = q->action;
            d->drop_by_rate = (q->flags & QUEUED_RATE) != 0;
        }
    } else {
        d->passed = true;
    }
    /* The first of drop and pass to hold for a flow stays. */
    if (f && (q->flags & QUEUED_FLOW) != 0 && (f->flags & (FLOW_DROPPED | FLOW_PASSED)) == 0) {
        f->flags |= drops ? FLOW_DROPPED : FLOW_PASSED;
    }
}

/* Is a match told?  `action` is what holds now: a rate filter may have changed the rule's. */
static bool rule_tells(const struct rule *r, uint8_t action)
{
    return action == ACTION_PASS ? r->alert : !r->noalert && action != ACTION_CONFIG;
}

/* One queued match.  False: a pass rule ends the list. */
static bool queue_take(struct detect *d, struct queued *q, unsigned *kept)
{
    const struct plan *p = &d->rules->plan[q->rule];
    const struct rule *r = p->rule;
    enum threshold_result t = threshold_check(d, p, q);

    if (q->table) { /* the firewall has acted already */
        d->suppressed += t != THRESHOLD_PASSES;
        d->discarded += t == THRESHOLD_PASSES && *kept >= d->settings.alert_max;
        if (t == THRESHOLD_PASSES && *kept < d->settings.alert_max) {
            d->queue[(*kept)++] = *q;
        }
        return true;
    }
    if (t != THRESHOLD_NOTHING) {
        tag_alert(d, p); /* whether it is told or not */
        action_apply(d, p, q);
    }
    if (t != THRESHOLD_PASSES || (!rule_tells(r, q->action) && q->action != ACTION_PASS)) {
        d->suppressed++;
        return true;
    }
    if (*kept >= d->settings.alert_max) {
        d->discarded++;
        return true;
    }
    if (rule_tells(r, q->action)) {
        d->queue[(*kept)++] = *q;
    }
    return q->action != ACTION_PASS;
}

void queue_finish(struct detect *d)
{
    unsigned kept = 0, n = d->queue_n;
    const bool phased = d->rules->firewall != NULL;

    if (n > 1) {
        qsort(d->queue, n, sizeof *d->queue, phased ? phased_compare : queued_compare);
    }
    for (unsigned i = 0; i < n; i++) {
        struct queued q = d->queue[i];
        if (phased && d->packet_dropped && queued_phase(&q) >= 2) {
            break;
        }
        if (!queue_take(d, &q, &kept)) {
            break;
        }
    }
    d->queue_n = kept;
    for (unsigned i = 0; i < kept; i++) {
        alert_write(d, &d->queue[i]);
        if (d->queue[i].table) {
            tag_alert(d, &d->rules->plan[d->queue[i].rule]);
        }
        d->rule_alerts[d->queue[i].rule]++;
        if (d->alerted && d->turn->flow) {
            const struct rule *r = d->rules->plan[d->queue[i].rule].rule;
            d->alerted(d->alerted_ctx, d->turn->flow, r->gid, r->sid);
        }
    }
    if ((d->replacing != NULL || d->replace_lost) && !d->dropped) {
        replace_all(d);
    }
    d->queue_n = 0;
    d->alerts = kept;
    d->counter[DETECT_ALERT] += kept;
    d->counter[DETECT_ALERT_OVERFLOW] += d->discarded;
    d->counter[DETECT_ALERTS_SUPPRESSED] += d->suppressed;
    struct flow *f = d->turn->flow;
    if (f && kept != 0) {
        f->flags |= FLOW_HAS_ALERTS;
        f->alerts = (uint16_t)(f->alerts + kept > UINT16_MAX ? UINT16_MAX : f->alerts + kept);
    }
}
