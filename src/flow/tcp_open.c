/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp_syns.h"

/* Whether the settings let a session be picked up without its SYN; applies stream.midstream-policy. */
static bool midstream_allowed(struct turn *t, bool enabled)
{
    uint32_t policy = t->s->set.midstream_policy;

    policy_apply(t, POLICY_MIDSTREAM);
    return enabled && (policy == EXCEPTION_IGNORE || policy == EXCEPTION_PASS_FLOW);
}

static bool open_session(struct turn *t, bool midstream)
{
    if (t->ssn == NULL) {
        t->ssn = session_new(t, midstream);
    }
    if (t->ssn == NULL) {
        return false;
    }
    turn_sides(t, t->side);
    return true;
}

/* Picked up by data, a bare ACK or FIN: the sender is taken for the client where that was asked for, else (by Snort, and of what is under way when
 * a guard begins, whose two directions come in by two interfaces in any order) the one with the higher port. */
static bool pick_up(struct turn *t, enum tcp_state state)
{
    if (!open_session(t, true)) {
        return false;
    }
    if (t->s->set.midstream_choice == STREAM_MIDSTREAM_AUTO && t->v->sport <= t->v->dport && t->side == TO_SERVER) {
        flow_swap(t->s->flows, t->f);
        turn_sides(t, TO_CLIENT);
    }
    struct session *ssn = t->ssn;
    struct tcp_dir *snd = t->snd, *rcv = t->rcv;

    tcp_set_state(t, state);
    ssn->flags = SESSION_MIDSTREAM;
    set_flag(ssn, SESSION_UNASKED, t->s->set.midstream_unasked);
    set_flag(ssn, SESSION_ASYNC, t->s->set.async_oneway);
    /* The scale is unknown: the largest accepts everything that may be right. */
    snd->wscale = TCP_WSCALE_MAX;
    rcv->wscale = TCP_WSCALE_MAX;
    dir_start(snd, t->seq - 1);
    snd->next_seq = t->seq + t->len + (state == TCP_FIN_WAIT1 ? 1 : 0);
    snd->window = t->window << snd->wscale;
    snd->last_ack = t->seq;
    snd->next_win = snd->last_ack + snd->window;
    dir_start(rcv, t->ack - 1);
    rcv->last_ack = t->ack;
    rcv->next_win = t->ack;
    rcv->unseen = true;
    if (t->v->tcp.has_ts) {
        dir_timestamp(snd, t->v->tcp.ts_value);
        dir_timestamp(rcv, t->v->tcp.ts_echo);
        snd->last_sec = t->sec;
        ssn->flags |= SESSION_TIMESTAMPS;
    } else {
        no_timestamps(ssn);
    }
    stream_segment(t);
    t->ssn->flags |= SESSION_SACK;
    return true;
}

/* Picked up by a SYN/ACK: its sender is the server, so the flow turns round when the packet was its first. */
static bool pick_up_synack(struct turn *t)
{
    if (!open_session(t, true)) {
        return false;
    }
    flow_swap(t->s->flows, t->f);
    turn_sides(t, side_other(t->side));

    struct session *ssn = t->ssn;
    struct tcp_dir *server = &ssn->dir[TO_CLIENT], *client = &ssn->dir[TO_SERVER];

    tcp_set_state(t, TCP_SYN_RECV);
    ssn->flags |= SESSION_MIDSTREAM | SESSION_MIDSTREAM_SYNACK;
    set_flag(ssn, SESSION_UNASKED, t->s->set.midstream_unasked);
    set_flag(ssn, SESSION_ASYNC, t->s->set.async_oneway);
    dir_start(server, t->seq);
    server->window = t->window;
    dir_start(client, t->ack - 1);
    client->last_ack = t->ack;
    server->last_ack = t->seq;
    server->next_win = server->last_ack + server->window;
    if (t->v->tcp.has_wscale) {
        /* A server scales only when its client did. */
        client->wscale = t->v->tcp.wscale;
        server->wscale = TCP_WSCALE_MAX;
    }
    if (t->v->tcp.has_ts) {
        dir_timestamp(server, t->v->tcp.ts_value);
        dir_timestamp(client, t->v->tcp.ts_echo);
        server->last_sec = t->sec;
        ssn->flags |= SESSION_TIMESTAMPS;
    } else {
        no_timestamps(ssn);
    }
    if (t->v->tcp.has_sackok) {
        ssn->flags |= SESSION_SACK;
    }
    return true;
}

static bool open_syn(struct turn *t)
{
    if (!open_session(t, false)) {
        return false;
    }
    struct session *ssn = t->ssn;
    const struct view_tcp *h = &t->v->tcp;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    tcp_set_state(t, TCP_SYN_SENT);
    set_flag(ssn, SESSION_ASYNC, (ssn->flags & SESSION_ASYNC) || t->s->set.async_oneway);
    dir_start(client, t->seq);
    if (h->has_ts) {
        dir_timestamp(client, h->ts_value);
        client->last_sec = t->sec;
        client->flags |= DIR_TIMESTAMP;
    }
    server->window = t->window;
    if (h->has_wscale) {
        ssn->flags |= SESSION_SYN_WSCALE;
        server->wscale = h->wscale;
    }
    if (h->has_sackok) {
        ssn->flags |= SESSION_SYN_SACK;
    }
    if (h->has_tfo) { /* RFC 7413 */
        ssn->flags |= SESSION_FAST_OPEN;
        if (t->len > 0) {
            dir_next(ssn, client, client->next_seq + t->len);
            stream_segment(t);
            t->r->in_session = true;
        }
    }
    return true;
}

bool tcp_none(struct turn *t)
{
    const struct stream_settings *set = &t->s->set;

    if (t->flags & TCP_RST) {
        turn_note(t, STREAM_NOTE_RST_BUT_NO_SESSION);
        return false;
    }
    if (t->flags & TCP_FIN) {
        if (!midstream_allowed(t, set->midstream && t->len > 0)) {
            turn_note(t, STREAM_NOTE_FIN_BUT_NO_SESSION);
            return false;
        }
        return pick_up(t, TCP_FIN_WAIT1);
    }
    switch (t->flags & (TCP_SYN | TCP_ACK)) {
    case TCP_SYN | TCP_ACK:
        return !midstream_allowed(t, set->midstream || set->async_oneway) || pick_up_synack(t);
    case TCP_SYN:
        return open_syn(t);
    case TCP_ACK:
        return !midstream_allowed(t, set->midstream) || pick_up(t, TCP_ESTABLISHED);
    default:
        return true;
    }
}

/* RFC 7323 3.2: an answer to a SYN echoes its timestamp, and has none to echo when there was none. */
static bool synack_echo_ok(const struct turn *t)
{
    const struct tcp_dir *client = &t->ssn->dir[TO_SERVER];
    uint32_t echo = t->v->tcp.ts_echo;

    if (t->side == TO_SERVER || !t->v->tcp.has_ts || echo == 0) {
        return true;
    }
    return (client->flags & DIR_TIMESTAMP) ? client->last_ts == 0 || client->last_ts == echo : client->last_ts != 0;
}

/* The queued SYN that a SYN/ACK answers. */
static bool synack_answers_queued(struct turn *t)
{
    const struct syn_list *l = t->ssn->queue;
    const struct view_tcp *h = &t->v->tcp;

    for (unsigned i = 0; l && i < l->n; i++) {
        const struct promise *p = &l->p[i];
        if (p->seq != t->ack - 1) {
            continue;
        }
        if (h->has_ts ? (p->flags & PROMISE_TS) && p->ts == h->ts_echo : t->s->set.liberal_timestamps) {
            take_syn(t->ssn, p);
            return true;
        }
    }
    return false;
}

static bool synack_fits(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER];
    bool echo = t->s->set.liberal_timestamps || synack_echo_ok(t);
    bool fast = t->v->tcp.has_tfo || (ssn->flags & SESSION_FAST_OPEN);
    bool bare = t->ack == client->isn + 1;
    bool whole = fast ? t->ack == client->next_seq : bare;

    if (echo && whole) {
        set_flag(ssn, SESSION_FAST_OPEN, fast);
        return true;
    }
    if (echo && bare) { /* RFC 7413 3: the server may ignore the data in the SYN */
        client->next_seq = client->isn;
        ssn->flags |= SESSION_FAST_OPEN | SESSION_FAST_OPEN_IGNORED;
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_TFO_DATA_IGNORED);
        return true;
    }
    if (synack_answers_queued(t)) {
        set_flag(ssn, SESSION_FAST_OPEN, fast);
        return true;
    }
    if (!whole && !bare) {
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_WRONG_ACK);
    } else if (!echo) {
        turn_note(t, STREAM_NOTE_PKT_INVALID_TIMESTAMP);
    }
    return false;
}

/* SYN/ACK from the side that sent the first SYN: right only after the SYNs crossed. */
static bool crossed_synack(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];
    const struct view_tcp *h = &t->v->tcp;

    if (!(ssn->flags & SESSION_CROSSED)) {
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_IN_WRONG_DIRECTION);
        return false;
    }
    if (t->ack != server->isn + 1) {
        turn_note(t, STREAM_NOTE_4WHS_SYNACK_WRONG_ACK);
        return false;
    }
    if (t->seq != client->isn) {
        turn_note(t, STREAM_NOTE_4WHS_SYNACK_WRONG_SYN);
        return false;
    }
    tcp_set_state(t, TCP_SYN_RECV);
    dir_start(client, t->seq);
    server->window = t->window;
    if (h->has_ts && (server->flags & DIR_TIMESTAMP)) {
        dir_timestamp(client, h->ts_value);
        client->last_sec = t->sec;
        ssn->flags |= SESSION_TIMESTAMPS;
    } else {
        no_timestamps(ssn);
        server->flags &= (uint16_t)~DIR_ZERO_TIMESTAMP;
    }
    server->last_ack = t->ack;
    client->last_ack = client->isn + 1;
    server->wscale = (ssn->flags & SESSION_SYN_WSCALE) && h->has_wscale ? h->wscale : 0;
    if ((ssn->flags & SESSION_SYN_SACK) && h->has_sackok) {
        ssn->flags |= SESSION_SACK;
    }
    client->next_win = client->last_ack + client->window;
    server->next_win = server->last_ack + server->window;
    return true;
}

/* A SYN from the other side (RFC 9293 3.5, figure 7): the SYNs cross. */
static void crossing_syn(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *server = &ssn->dir[TO_CLIENT];
    const struct view_tcp *h = &t->v->tcp;

    ssn->flags |= SESSION_CROSSED;
    dir_start(server, t->seq);
    if (h->has_ts) {
        dir_timestamp(server, h->ts_value);
        server->last_sec = t->sec;
        server->flags |= DIR_TIMESTAMP;
    }
    server->window = t->window;
    set_flag(ssn, SESSION_SYN_WSCALE, h->has_wscale);
    server->wscale = h->has_wscale ? h->wscale : 0;
    set_flag(ssn, SESSION_SYN_SACK, h->has_sackok);
}

/* Another SYN from the client: the newest counts until a SYN/ACK chooses; older ones are queued. */
static void repeated_syn(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];
    struct promise now = promise_of(t);
    struct promise old = {
        .seq = client->isn,
        .ts = (client->flags & DIR_TIMESTAMP) ? client->last_ts : 0,
        .sec = client->last_sec,
        .window = (uint16_t)server->window,
        .flags = (uint8_t)(((client->flags & DIR_TIMESTAMP) ? PROMISE_TS : 0) |
                           ((ssn->flags & SESSION_SYN_WSCALE) ? PROMISE_WSCALE : 0) |
                           ((ssn->flags & SESSION_SYN_SACK) ? PROMISE_SACK : 0)),
        .wscale = (ssn->flags & SESSION_SYN_WSCALE) ? server->wscale : 0,
    };
    unsigned max = t->s->set.max_syn_queued;
    struct syn_list *l = ssn->queue;
    bool queued = memcmp(&old, &now, sizeof old) == 0;

    for (unsigned i = 0; l && i < l->n && !queued; i++) {
        queued = (old.flags & l->p[i].flags & PROMISE_TS) && old.ts == l->p[i].ts && old.seq == l->p[i].seq;
    }
    if (!queued && l && l->n > 0 && l->n == max) {
        turn_note(t, STREAM_NOTE_3WHS_SYN_FLOOD);
        memmove(l->p, l->p + 1, (l->n - 1) * sizeof l->p[0]);
        l->p[l->n - 1] = old;
    } else if (!queued && max > 0) {
        (void)syn_list_push(t, max, &old);
    }
    take_syn(ssn, &now);
}

/* Data after a SYN whose answer is not seen: the other side goes another way. */
static bool async_start(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    if (t->seq != client->next_seq) {
        turn_note(t, STREAM_NOTE_3WHS_ASYNC_WRONG_SEQ);
        return false;
    }
    ssn->flags |= SESSION_ASYNC;
    tcp_set_state(t, TCP_ESTABLISHED);
    syn_list_free(t->s, ssn);
    client->window = t->window;
    client->last_ack = t->seq;
    client->next_win = client->last_ack + client->window;
    dir_start(server, t->ack - 1);
    server->last_ack = server->next_seq;
    server->next_win = server->last_ack;
    if (ssn->flags & SESSION_SYN_WSCALE) {
        client->wscale = TCP_WSCALE_MAX;
    }
    if (t->v->tcp.has_ts && (client->flags & DIR_TIMESTAMP)) {
        ssn->flags |= SESSION_TIMESTAMPS;
        client->flags &= (uint16_t)~DIR_TIMESTAMP;
        client->last_sec = t->sec;
    } else {
        client->last_ts = 0;
        client->flags &= (uint16_t)~DIR_ZERO_TIMESTAMP;
    }
    if (ssn->flags & SESSION_SYN_SACK) {
        ssn->flags |= SESSION_SACK;
    }
    t->snd = client;
    t->rcv = server;
    stream_segment(t);
    return true;
}

/* RFC 9293 3.10.7.3: from the server any valid RST refuses; the client's must look like a port scanner's. */
static bool syn_sent_reset(struct turn *t)
{
    const struct tcp_dir *client = &t->ssn->dir[TO_SERVER];

    if (!tcp_rst_ok(t)) {
        return false;
    }
    if (t->side == TO_SERVER && (t->seq != client->isn || t->window != 0 || t->ack != client->isn + 1)) {
        return true;
    }
    t->rcv->flags |= DIR_RST_DOUBT;
    tcp_close_by_reset(t);
    syn_list_free(t->s, t->ssn);
    return true;
}

bool tcp_syn_sent(struct turn *t)
{
    if ((t->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
        if (t->side == TO_SERVER) {
            return crossed_synack(t);
        }
        if (!synack_fits(t)) {
            return false;
        }
        syn_list_free(t->s, t->ssn);
        struct promise p = promise_of(t);
        p.ack = t->ack;
        take_synack(t, &p);
        return true;
    }
    if (!synack_echo_ok(t)) {
        turn_note(t, STREAM_NOTE_PKT_INVALID_TIMESTAMP);
        return false;
    }
    if (t->flags & TCP_RST) {
        return syn_sent_reset(t);
    }
    if (t->flags & TCP_FIN) {
        return true;
    }
    if (t->flags & TCP_SYN) {
        if (t->side == TO_CLIENT) {
            crossing_syn(t);
        } else {
            repeated_syn(t);
        }
        return true;
    }
    return !(t->flags & TCP_ACK) || !t->s->set.async_oneway || async_start(t);
}
