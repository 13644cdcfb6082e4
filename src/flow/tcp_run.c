/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

void tcp_close_by_reset(struct turn *t)
{
    t->ssn->flags |= SESSION_RESET;
    tcp_set_state(t, TCP_CLOSED);
}

/* What a valid RST still tells: what its sender had received and sent. */
static bool reset_take(struct turn *t)
{
    if ((t->flags & TCP_ACK) && tcp_ack_ok(t)) {
        dir_ack(t->rcv, t->ack);
    }
    dir_ack(t->snd, t->seq);
    (void)tcp_timestamp_take(t);
    stream_segment(t);
    return true;
}

bool tcp_reset(struct turn *t)
{
    if (!tcp_rst_ok(t)) {
        return false;
    }
    tcp_close_by_reset(t);
    return reset_take(t);
}

static bool established_reset(struct turn *t)
{
    if (!tcp_rst_ok(t)) {
        return false;
    }
    tcp_close_by_reset(t);
    t->rcv->next_seq = t->ack;
    t->snd->next_seq = t->seq + t->len + (t->side == TO_CLIENT ? 1 : 0);
    t->snd->window = t->window << t->snd->wscale;
    return reset_take(t);
}

/* The first FIN of a session. */
bool tcp_fin(struct turn *t)
{
    struct tcp_dir *snd = t->snd, *rcv = t->rcv;

    if (!tcp_ack_ok(t)) {
        turn_note(t, STREAM_NOTE_FIN_INVALID_ACK);
        return false;
    }
    if (!seq_ge(t->seq, snd->last_ack) || !seq_le(t->seq + t->len, snd->next_win)) {
        turn_note(t, STREAM_NOTE_FIN_OUT_OF_WINDOW);
        return false;
    }
    if (t->flags & TCP_SYN) {
        turn_note(t, STREAM_NOTE_FIN_SYN);
        return false;
    }
    tcp_set_state(t, t->side == TO_SERVER ? TCP_CLOSE_WAIT : TCP_FIN_WAIT1);
    snd->next_seq = t->seq + t->len + (t->side == TO_CLIENT ? 1 : 0);
    rcv->window = t->window << rcv->wscale;
    (void)tcp_timestamp_take(t);
    if (seq_lt(rcv->next_seq, t->ack)) {
        rcv->next_seq = t->ack; /* missed here, acknowledged there */
    }
    if (t->flags & TCP_ACK) {
        dir_ack(rcv, t->ack);
    }
    stream_segment(t);
    return true;
}

static bool established_synack(struct turn *t)
{
    const struct session *ssn = t->ssn;
    enum stream_note n = STREAM_NOTE_N;

    if (t->side == TO_SERVER) {
        n = STREAM_NOTE_EST_SYNACK_TOSERVER;
    } else if (t->ack != t->rcv->last_ack) {
        n = STREAM_NOTE_EST_SYNACK_RESEND_DIFF_ACK;
    } else if (t->seq != t->snd->isn) {
        n = STREAM_NOTE_EST_SYNACK_RESEND_DIFF_SEQ;
    } else if (ssn->flags & SESSION_CONFIRMED) {
        n = STREAM_NOTE_EST_SYNACK_RESEND;
    }
    /* Else the handshake's ACK was lost on its way to the server. */
    if (n != STREAM_NOTE_N) {
        turn_note(t, n);
    }
    return n == STREAM_NOTE_N;
}

static bool established_syn(struct turn *t)
{
    if (t->side == TO_CLIENT) {
        turn_note(t, STREAM_NOTE_EST_SYN_TOCLIENT);
    } else {
        turn_note(t, t->ack == t->snd->isn ? STREAM_NOTE_EST_SYN_RESEND : STREAM_NOTE_EST_SYN_RESEND_DIFF_SEQ);
    }
    return false;
}

/* Whether a segment that ends before what is acknowledged counts all the same. */
static bool before_last_ack_ok(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *snd = t->snd;
    bool pick_up = t->side == TO_SERVER && t->s->set.async_oneway && (ssn->flags & SESSION_MIDSTREAM) &&
                   (snd->next_seq == t->seq || snd->last_ack == snd->isn + 1);

    if ((ssn->flags & SESSION_ASYNC) || pick_up) {
        /* Nobody else moves last_ack in a one-sided session. */
        if (t->side == TO_SERVER) {
            dir_ack(snd, t->seq);
        } else {
            snd->last_ack = t->seq;
        }
        ssn->flags |= SESSION_ASYNC;
        return true;
    }
    /* Bytes that were acknowledged before they came. */
    if (seq_gt(snd->last_ack, snd->next_seq) && seq_gt(t->seq + t->len, snd->next_seq)) {
        return true;
    }
    turn_note(t, STREAM_NOTE_EST_PKT_BEFORE_LAST_ACK);
    return false;
}

static bool established_ack_ok(struct turn *t)
{
    if (!(t->flags & TCP_ACK)) {
        return true;
    }
    if ((t->rcv->flags & DIR_PROBE) && t->ack == t->rcv->next_seq + 1) {
        turn_note(t, STREAM_NOTE_EST_ACK_ZWP_DATA);
        return true;
    }
    if (!tcp_ack_ok(t)) {
        turn_note(t, STREAM_NOTE_EST_INVALID_ACK);
        return false;
    }
    return true;
}

/* A segment of an established session.  Suricata counts none of these refusals as an invalid packet. */
static void established_data(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *snd = t->snd, *rcv = t->rcv;
    uint32_t end = t->seq + t->len;

    if (!established_ack_ok(t)) {
        t->refused = true;
        return;
    }
    if (snd->unseen) {
        snd->window = t->window << snd->wscale;
        snd->next_win = snd->last_ack + snd->window;
        snd->unseen = false;
    }
    bool keepalive = t->len <= 1 && t->seq == snd->next_seq - 1;
    if (!keepalive && !seq_ge(end, snd->last_ack) && !before_last_ack_ok(t)) {
        return;
    }
    if (t->len == 1 && t->seq == snd->next_seq && snd->window == 0) {
        snd->flags |= DIR_PROBE; /* RFC 9293 3.8.6.1 */
        stream_segment(t);
        return;
    }
    if (seq_ge(end, snd->next_seq)) {
        dir_next(ssn, snd, end);
    }
    if (!tcp_in_window(t)) {
        turn_note(t, STREAM_NOTE_EST_PACKET_OUT_OF_WINDOW);
        t->refused = true;
        return;
    }
    rcv->window = t->window << rcv->wscale;
    if (t->flags & TCP_ACK) {
        dir_ack(rcv, t->ack);
        if (!(ssn->flags & SESSION_ASYNC) && seq_gt(rcv->last_ack, rcv->next_seq)) {
            t->s->counter[STREAM_COUNT_ACK_UNSEEN]++;
        }
    }
    (void)tcp_timestamp_take(t);
    sack_update(t);
    dir_widen(rcv);
    stream_segment(t);
}

bool tcp_established(struct turn *t)
{
    struct session *ssn = t->ssn;

    if (t->flags & TCP_RST) {
        return established_reset(t);
    }
    if (t->flags & TCP_FIN) {
        return (!(ssn->flags & SESSION_TIMESTAMPS) || tcp_timestamp_ok(t)) && tcp_fin(t);
    }
    if ((t->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
        return established_synack(t);
    }
    if (t->flags & TCP_SYN) {
        return established_syn(t);
    }
    if (!(t->flags & TCP_ACK)) {
        return true;
    }
    if ((ssn->flags & SESSION_TIMESTAMPS) && !tcp_timestamp_ok(t)) {
        return false;
    }
    if (t->side == TO_CLIENT) {
        ssn->flags |= SESSION_CONFIRMED;
    }
    established_data(t);
    return true;
}
