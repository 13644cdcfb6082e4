/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp_syns.h"

void syn_list_free(struct streams *s, struct session *ssn)
{
    if (ssn->queue) {
        pages_give(s->side, ssn->queue, ssn->queue->room);
        ssn->queue = NULL;
    }
}

bool syn_list_push(struct turn *t, unsigned max, const struct promise *p)
{
    struct syn_list *l = t->ssn->queue;

    if (l == NULL) {
        size_t got;
        l = pages_take(t->s->side, sizeof *l + max * sizeof *p, &got);
        if (l == NULL) {
            return false;
        }
        l->room = got;
        l->n = 0;
        t->ssn->queue = l;
    }
    if (l->n >= max || sizeof *l + (l->n + 1) * sizeof *p > l->room) {
        return false;
    }
    l->p[l->n++] = *p;
    return true;
}

struct promise promise_of(const struct turn *t)
{
    const struct view_tcp *h = &t->v->tcp;

    return (struct promise){
        .seq = t->seq,
        .ts = h->has_ts ? h->ts_value : 0,
        .sec = t->sec,
        .window = (uint16_t)t->window,
        .flags = (uint8_t)((h->has_ts ? PROMISE_TS : 0) | (h->has_wscale ? PROMISE_WSCALE : 0) |
                           (h->has_sackok ? PROMISE_SACK : 0)),
        .wscale = h->has_wscale ? h->wscale : 0,
    };
}

void take_syn(struct session *ssn, const struct promise *p)
{
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    if (p->flags & PROMISE_TS) {
        client->last_sec = p->sec;
        client->last_ts = p->ts;
        client->flags |= DIR_TIMESTAMP;
    }
    set_flag(ssn, SESSION_SYN_WSCALE, (p->flags & PROMISE_WSCALE) != 0);
    server->wscale = p->wscale;
    server->window = p->window;
    set_flag(ssn, SESSION_SYN_SACK, (p->flags & PROMISE_SACK) != 0);
    dir_start(client, p->seq);
}

void take_synack(struct turn *t, const struct promise *p)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    tcp_set_state(t, TCP_SYN_RECV);
    dir_start(server, p->seq);
    client->window = p->window;
    if ((p->flags & PROMISE_TS) && (client->flags & DIR_TIMESTAMP)) {
        dir_timestamp(server, p->ts);
        server->last_sec = p->sec;
        ssn->flags |= SESSION_TIMESTAMPS;
    } else {
        no_timestamps(ssn);
        client->flags &= (uint16_t)~DIR_ZERO_TIMESTAMP;
    }
    client->last_ack = p->ack;
    server->last_ack = server->isn + 1;
    client->wscale = (ssn->flags & SESSION_SYN_WSCALE) && (p->flags & PROMISE_WSCALE) ? p->wscale : 0;
    set_flag(ssn, SESSION_SACK, (ssn->flags & SESSION_SYN_SACK) && (p->flags & PROMISE_SACK));
    server->next_win = server->last_ack + server->window;
    client->next_win = client->last_ack + client->window;
    ssn->flags &= (uint16_t)~SESSION_CROSSED;
}
