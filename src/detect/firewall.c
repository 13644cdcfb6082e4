/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet's and a transaction's way through the firewall's tables. */
#include "detect/firewall_tables.h"

#include "detect/txn_detect.h"

const char *firewall_action_name(uint8_t action)
{
    switch ((enum rule_action)action) {
    case ACTION_DROP: return "drop";
    case ACTION_REJECT: return "reject";
    case ACTION_REJECT_DST: return "rejectdst";
    case ACTION_REJECT_BOTH: return "rejectboth";
    case ACTION_ALERT:
    case ACTION_PASS:
    case ACTION_CONFIG:
    case ACTION_ACCEPT:
    case ACTION_LOG:
    case ACTION_REWRITE:
    default: return "accept";
    }
}

const char *firewall_scope_name(uint8_t scope)
{
    switch ((enum rule_scope)scope) {
    case SCOPE_PACKET: return "packet";
    case SCOPE_FLOW: return "flow";
    case SCOPE_TXN: return "tx";
    case SCOPE_HOOK:
    case SCOPE_DEFAULT:
    default: return "hook";
    }
}

/* What follows from a table. */
enum way { WAY_ON, WAY_END, WAY_DROP };

/* What is being decided, and by whom. */
struct decision {
    const struct firewall_table *table;
    const struct plan *plan;       /* NULL: the policy */
    struct txn *txn;
    struct firewall_policy what;
    bool silent;                   /* the rule matched before, and was told then */
    uint8_t reason;                /* enum drop_reason, when it drops */
};

static enum way accept(struct detect *d, const struct decision *x)
{
    struct flow *f = d->turn->flow;
    bool whole = x->what.scope == SCOPE_FLOW && f;

    if (x->what.pass && whole) {
        f->flags |= FLOW_PASSED;
    }
    d->others_off |= x->what.pass;
    switch ((enum rule_scope)x->what.scope) {
    case SCOPE_FLOW:
        if (whole) {
            f->flags |= FLOW_ACCEPTED;
        }
        d->accepted = true;
        return WAY_END;
    case SCOPE_PACKET: d->accepted = true; return WAY_END;
    case SCOPE_TXN:
        for (unsigned side = 0; x->txn && side < 2; side++) {
            struct txn_detect *s = txn_detect_of(d, x->txn, side);
            if (s) {
                s->accepted = true;
            }
        }
        return WAY_END;
    case SCOPE_HOOK:
    case SCOPE_DEFAULT:
    default: return WAY_ON;
    }
}

static enum way decide(struct detect *d, const struct decision *x)
{
    const struct firewall *f = d->rules->firewall;
    struct flow *flow = d->turn->flow;

    if (x->what.alert && !x->silent) {
        const struct plan *p = x->plan ? x->plan : &d->rules->plan[f->policy_rule[x->txn != NULL]];
        queue_firewall(d, p, x->txn, x->table, x->what.action);
    }
    if (x->what.action == ACTION_ACCEPT) {
        return accept(d, x);
    }
    d->dropped = true;
    d->rejected |= x->what.action != ACTION_DROP;
    d->drop = x->plan;
    d->drop_action = x->what.action;
    d->drop_reason = x->reason;
    if (x->what.scope == SCOPE_FLOW && flow) {
        flow->flags |= FLOW_DROPPED | FLOW_DROPPED_BY_FIREWALL;
    }
    return WAY_DROP;
}

static struct firewall_policy policy_of(const struct rule *r)
{
    return (struct firewall_policy){ .action = r->action, .scope = r->scope, .alert = r->alert, .pass = r->also_pass };
}

/* ---- packets ---- */

static bool packet_fits(struct detect *d, const struct firewall_entry *e)
{
    const struct plan *p = &d->rules->plan[e->rule];
    const struct flow *f = d->turn->flow;
    unsigned flags = 0;

    if (!d->turn->view && (p->rule->flow_flags & RULE_ESTABLISHED) != 0) { /* a flow's end is in no state */
        return false;
    }
    if ((e->flow_start && !(f && f->packets[d->look.side] == 1)) || (p->need & ~d->look.need) != 0 || !plan_app(p, d->look.app) ||
        !header_matches(d, p->header)) {
        return false;
    }
    scope_begin(d, p, NULL);
    bool fits = plan_conditions(d, p) && (!p->payload || plan_payload(d, p, &flags));
    if (fits) {
        plan_matched(d, p);
    }
    scope_end(d);
    return fits;
}

bool firewall_packet(struct detect *d, enum firewall_hook hook)
{
    static const uint8_t by_rule[] = { DROP_FW_PRE_FLOW, DROP_FW_PRE_STREAM, DROP_FW_RULES };
    static const uint8_t by_policy[] = { DROP_FW_PRE_FLOW, DROP_FW_PRE_STREAM, DROP_FW_PACKET_POLICY };
    const struct firewall_table *t = &d->rules->firewall->packet[hook];

    for (uint32_t i = 0; i < t->n; i++) {
        if (packet_fits(d, &t->entry[i])) {
            const struct plan *p = &d->rules->plan[t->entry[i].rule];
            if (!d->turn->view && p->rule->action != ACTION_ACCEPT) {
                return true;
            }
            return decide(d, &(struct decision){ .table = t, .plan = p, .what = policy_of(p->rule), .reason = by_rule[hook] }) != WAY_DROP;
        }
    }
    return !d->turn->view || decide(d, &(struct decision){ .table = t, .what = t->policy, .reason = by_policy[hook] }) != WAY_DROP;
}

/* ---- transactions ---- */

/* Does the rule ask for something of the transaction itself?  What it found once holds for the transaction. */
static bool asks_content(const struct plan *p)
{
    for (uint8_t i = 0; i < p->step_n; i++) {
        if (p->step[i].kind != STEP_HOOK && p->step[i].kind != STEP_KEYWORD) {
            return true;
        }
    }
    return false;
}

static bool steps_fit(struct detect *d, const struct plan *p, struct txn *t, unsigned side)
{
    for (uint8_t i = 0; i < p->step_n; i++) {
        const struct step *s = &p->step[i];
        if (s->side == side && !txn_step_holds(d, s, t)) {
            return false;
        }
    }
    return true;
}

/* Does the rule match in this turn? */
static bool txn_fits(struct detect *d, const struct firewall_entry *e, struct txn *t, struct txn_detect *s)
{
    const struct plan *p = &d->rules->plan[e->rule];
    unsigned side = d->look.side;

    if (!header_matches(d, p->header)) {
        return false;
    }
    scope_begin(d, p, t);
    bool fits = plan_conditions(d, p) && steps_fit(d, p, t, side);
    if (fits) {
        plan_matched(d, p);
    }
    scope_end(d);
    if (fits && asks_content(p)) {
        txn_item_fill(d, t, s, e->rule);
    }
    return fits;
}

/* The first rule that matches decides.  One that asks about contents matches a transaction once, and leaves later packets to those
 * behind it; when none of them matches, what it decided holds on. */
static enum way state_way(struct detect *d, const struct firewall_table *table, struct txn *t, struct txn_detect *s)
{
    const struct firewall_entry *held = NULL, *e = NULL;
    uint32_t i;

    for (i = 0; i < table->n; i++) {
        e = &table->entry[i];
        if (!e->before && txn_item_full(s, e->rule)) {
            held = held ? held : e;
        } else if (e->before ? header_matches(d, d->rules->plan[e->rule].header) : txn_fits(d, e, t, s)) {
            break;
        }
    }
    bool again = i == table->n;
    e = again ? held : e;
    if (e) {
        const struct plan *p = &d->rules->plan[e->rule];
        struct decision x = { .table = table, .plan = p, .txn = t, .what = policy_of(p->rule), .silent = again || e->before, .reason = DROP_FW_RULES };
        if (e->before) {
            x.what = (struct firewall_policy){ .action = ACTION_ACCEPT, .scope = SCOPE_HOOK };
        }
        return decide(d, &x);
    }
    struct decision x = { .table = table, .txn = t, .what = table->policy, .reason = DROP_FW_APP_POLICY };
    x.what.pass |= x.what.action == ACTION_ACCEPT && x.what.scope == SCOPE_FLOW; /* a protocol let through unseen is left alone by all */
    return decide(d, &x);
}

bool firewall_txn(struct detect *d, struct txn *t, unsigned side)
{
    const struct firewall *f = d->rules->firewall;
    const unsigned app = txn_proto(t);
    struct txn_detect *s = txn_detect_of(d, t, side);
    enum way way = WAY_ON;

    if (!s || s->accepted || app >= DETECT_PROTOS) {
        return true;
    }
    txn_buffers_forget(d);
    /* The state it stood at is asked again: it may have gone on since; those before are behind it. */
    for (unsigned i = s->state; way == WAY_ON && i < f->app_n[app][side] && f->app[app][side][i].stage <= t->progress[side]; i++) {
        s->state = (uint8_t)i;
        way = state_way(d, &f->app[app][side][i], t, s);
    }
    return way != WAY_DROP;
}
