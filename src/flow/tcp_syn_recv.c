/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp_syns.h"

/* Another SYN/ACK: the ACK will tell which one the client took. */
static bool repeated_synack(struct turn *t)
{
    struct session *ssn = t->ssn;

    if (t->side == TO_SERVER) {
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_TOSERVER_ON_SYN_RECV);
        return false;
    }
    if (t->ack != ssn->dir[TO_SERVER].last_ack) {
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_RESEND_DIFF_ACK);
        return false;
    }
    if (t->seq == ssn->dir[TO_CLIENT].isn) {
        return true;
    }
    struct promise p = promise_of(t);
    p.ack = t->ack;
    for (unsigned i = 0; ssn->queue && i < ssn->queue->n; i++) {
        struct promise q = ssn->queue->p[i];
        q.sec = p.sec;
        if (memcmp(&p, &q, sizeof p) == 0) {
            return true;
        }
    }
    unsigned n = ssn->queue ? ssn->queue->n : 0;
    if (n == t->s->set.max_synack_queued) {
        turn_note(t, STREAM_NOTE_3WHS_SYNACK_FLOOD);
        return false;
    }
    return syn_list_push(t, t->s->set.max_synack_queued, &p);
}

static bool syn_recv_reset(struct turn *t)
{
    if (!tcp_rst_ok(t)) {
        return false;
    }
    enum os_policy p = tcp_policy(t, t->side);
    /* These take the RST that answers a wrong handshake ACK for a stray one, and go on. */
    if ((t->ssn->flags & SESSION_EVASION) && (p == OS_LINUX || p == OS_OLD_LINUX || p == OS_SOLARIS)) {
        return true;
    }
    tcp_close_by_reset(t);
    (void)tcp_timestamp_take(t);
    return true;
}

/* What the acknowledging side grants. */
static void grant(struct turn *t)
{
    t->rcv->window = t->window << t->rcv->wscale;
    t->rcv->next_win = t->rcv->last_ack + t->rcv->window;
}

/* Without the SYNs nothing is known of scale and SACK. */
static void assume_options(struct session *ssn)
{
    ssn->dir[0].wscale = TCP_WSCALE_MAX;
    ssn->dir[1].wscale = TCP_WSCALE_MAX;
    ssn->flags |= SESSION_SACK;
}

/* The end of crossing SYNs: the ACK comes from the server. */
static bool crossed_ack(struct turn *t)
{
    if (t->seq != t->snd->next_seq) {
        turn_note(t, STREAM_NOTE_4WHS_WRONG_SEQ);
        return false;
    }
    if (!tcp_ack_ok(t)) {
        turn_note(t, STREAM_NOTE_4WHS_INVALID_ACK);
        return false;
    }
    (void)tcp_timestamp_take(t);
    dir_ack(t->rcv, t->ack);
    dir_next(t->ssn, t->snd, t->snd->next_seq + t->len);
    grant(t);
    tcp_set_state(t, TCP_ESTABLISHED);
    stream_segment(t);
    return true;
}

/* The ACK that ends the handshake. */
static void handshake_done(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    (void)tcp_timestamp_take(t);
    dir_ack(server, t->ack);
    dir_next(ssn, client, client->next_seq + t->len);
    server->window = t->window << server->wscale;
    server->next_win = server->last_ack + server->window;
    if (ssn->flags & SESSION_MIDSTREAM) {
        client->window = t->window << client->wscale;
        client->next_win = client->last_ack + client->window;
        if (!(ssn->flags & SESSION_MIDSTREAM_SYNACK)) {
            assume_options(ssn);
        }
    }
    tcp_set_state(t, TCP_ESTABLISHED);
    t->r->established |= t->len > 0;
    t->snd = client;
    t->rcv = server;
    stream_segment(t);
}

/* One-sided after a SYN/ACK: the server's next segment. */
static void async_server(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    ssn->flags |= SESSION_ASYNC;
    server->next_seq += t->len;
    server->last_ack = t->seq;
    client->window = t->window << client->wscale;
    client->last_ack = t->ack;
    (void)tcp_timestamp_take(t);
    if (ssn->flags & SESSION_MIDSTREAM) {
        server->window = t->window;
        server->next_win = server->last_ack + server->window;
        assume_options(ssn);
    }
    tcp_set_state(t, TCP_ESTABLISHED);
    t->snd = server;
    t->rcv = client;
    stream_segment(t);
}

/* The handshake's ACK was not seen; this is something later from the client (missed) or the server. */
static void late_client(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    (void)tcp_timestamp_take(t);
    client->next_seq = t->seq + t->len;
    dir_ack(server, t->ack);
    server->window = t->window << server->wscale;
    server->next_win = server->last_ack + server->window;
    if (ssn->flags & SESSION_MIDSTREAM) {
        client->window = t->window;
        assume_options(ssn);
    }
    tcp_set_state(t, TCP_ESTABLISHED);
    t->snd = client;
    t->rcv = server;
    stream_segment(t);
}

static void late_server(struct turn *t, bool missed_data)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];

    if (missed_data) {
        (void)tcp_timestamp_take(t);
        dir_ack(client, t->ack);
        server->next_seq = t->seq + t->len;
        client->next_win = client->last_ack + (t->window << client->wscale);
        client->window = t->window;
    } else {
        dir_next(ssn, server, t->seq + t->len);
        server->window = t->window << server->wscale;
    }
    server->next_win = server->last_ack + server->window;
    tcp_set_state(t, TCP_ESTABLISHED);
    t->snd = server;
    t->rcv = client;
    stream_segment(t);
}

/* An ACK from the server where the client's is awaited: loss when passive, an injection for inline; *missed says that
 * the client's ACK is taken for lost. */
static bool ack_from_server(struct turn *t, bool *missed)
{
    const struct session *ssn = t->ssn;

    if (ssn->flags & (SESSION_MIDSTREAM_SYNACK | SESSION_FAST_OPEN)) {
        return true;
    }
    if (t->s->set.inline_mode) {
        bool data = t->len > 0 && t->ack == t->rcv->last_ack && t->seq == t->snd->next_seq;
        turn_note(t, data ? STREAM_NOTE_3WHS_ACK_DATA_INJECT : STREAM_NOTE_3WHS_ACK_IN_WRONG_DIR);
        return false;
    }
    *missed = true;
    return true;
}

static void choose_synack(struct turn *t)
{
    const struct syn_list *l = t->ssn->queue;

    for (unsigned i = l ? l->n : 0; i > 0; i--) {
        const struct promise *p = &l->p[i - 1];
        if (p->seq == t->ack - 1 && p->ack == t->seq) {
            take_synack(t, p);
            return;
        }
    }
}

static bool syn_recv_ack(struct turn *t)
{
    struct session *ssn = t->ssn;
    const struct tcp_dir *client = &ssn->dir[TO_SERVER], *server = &ssn->dir[TO_CLIENT];
    bool missed = false;

    choose_synack(t);
    if ((ssn->flags & SESSION_TIMESTAMPS) && !tcp_timestamp_ok(t)) {
        return false;
    }
    if ((ssn->flags & SESSION_CROSSED) && t->side == TO_CLIENT) {
        return crossed_ack(t);
    }
    if (t->side == TO_CLIENT && !ack_from_server(t, &missed)) {
        return false;
    }
    if (t->seq == client->next_seq && t->ack == server->next_seq) {
        handshake_done(t);
    } else if (t->s->set.async_oneway && t->seq == server->next_seq) {
        async_server(t);
    } else if (t->seq == client->next_seq) {
        ssn->flags |= SESSION_EVASION;
        turn_note(t, STREAM_NOTE_3WHS_RIGHT_SEQ_WRONG_ACK_EVASION);
        return false;
    } else if (t->side == TO_CLIENT && !t->s->set.inline_mode && seq_gt(t->seq, client->next_seq) &&
               seq_gt(t->ack, client->last_ack)) {
        late_server(t, true);
    } else if (seq_gt(t->seq, client->next_seq) && seq_le(t->seq, client->next_win) && t->ack == server->next_seq) {
        late_client(t);
    } else if ((missed || (ssn->flags & SESSION_FAST_OPEN)) && t->ack == client->last_ack && t->seq == server->next_seq) {
        late_server(t, false);
    } else {
        turn_note(t, STREAM_NOTE_3WHS_WRONG_SEQ_WRONG_ACK);
        return false;
    }
    return true;
}

bool tcp_syn_recv(struct turn *t)
{
    if (t->flags & TCP_RST) {
        return syn_recv_reset(t);
    }
    if (t->flags & TCP_FIN) {
        return ((t->ssn->flags & SESSION_TIMESTAMPS) == 0 || tcp_timestamp_ok(t)) && tcp_fin(t);
    }
    if ((t->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
        return repeated_synack(t);
    }
    if (t->flags & TCP_SYN) {
        if (t->side == TO_CLIENT) {
            turn_note(t, STREAM_NOTE_3WHS_SYN_TOCLIENT_ON_SYN_RECV);
            return false;
        }
        if (t->seq != t->ssn->dir[TO_SERVER].isn) {
            turn_note(t, STREAM_NOTE_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
            return false;
        }
        return true;
    }
    if (!(t->flags & TCP_ACK)) {
        return true;
    }
    bool valid = syn_recv_ack(t);
    if (t->ssn->state != TCP_SYN_RECV) {
        syn_list_free(t->s, t->ssn);
    }
    return valid;
}
