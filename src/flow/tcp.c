/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

void turn_note(struct turn *t, enum stream_note n)
{
    t->s->note[n]++;
    if (t->v) {
        view_note(t->v, (uint16_t)(NOTE_STREAM_BASE + n));
    }
}

void turn_sides(struct turn *t, enum side side)
{
    t->side = side;
    t->snd = &t->ssn->dir[side];
    t->rcv = &t->ssn->dir[side_other(side)];
}

/* The flow's state, and with it its timeout, follows the session's. */
void tcp_set_state(struct turn *t, enum tcp_state state)
{
    static const uint8_t flow_state[] = {
        [TCP_ESTABLISHED] = FLOW_ESTABLISHED, [TCP_FIN_WAIT1] = FLOW_ESTABLISHED, [TCP_FIN_WAIT2] = FLOW_ESTABLISHED,
        [TCP_CLOSING] = FLOW_ESTABLISHED, [TCP_CLOSE_WAIT] = FLOW_ESTABLISHED, [TCP_LAST_ACK] = FLOW_CLOSED,
        [TCP_TIME_WAIT] = FLOW_CLOSED, [TCP_CLOSED] = FLOW_CLOSED,
    };
    struct session *ssn = t->ssn;

    if (state == ssn->state || t->end) {
        return;
    }
    ssn->before = ssn->state;
    ssn->state = (uint8_t)state;
    if (flow_state[state] != FLOW_NEW) {
        flow_set_state(t->s->flows, t->f, (enum flow_state)flow_state[state]);
    }
}

/* RFC 9293 3.8.4: no data or one byte, just before what comes next.  Guarded, a byte that is not acknowledged may be the stream's last, sent again as
 * it was lost behind us. */
static bool is_keepalive(struct turn *t)
{
    bool again = t->s->set.guarded && t->len == 1 && seq_gt(t->snd->next_seq, t->snd->last_ack);

    if (again || t->len > 1 || (t->flags & (TCP_SYN | TCP_FIN | TCP_RST)) || t->ack != t->rcv->last_ack ||
        t->seq != t->snd->next_seq - 1) {
        return false;
    }
    t->snd->flags |= DIR_KEEPALIVE;
    return true;
}

static bool is_keepalive_ack(struct turn *t)
{
    if (t->len > 0 || (t->flags & (TCP_SYN | TCP_FIN | TCP_RST)) || t->window == 0 || !(t->rcv->flags & DIR_KEEPALIVE) ||
        t->window << t->rcv->wscale != t->rcv->window || t->ack != t->rcv->last_ack || t->seq != t->snd->next_seq) {
        return false;
    }
    t->rcv->flags &= (uint16_t)~DIR_KEEPALIVE;
    return true;
}

static bool is_bare_ack(const struct turn *t)
{
    return t->ssn->state >= TCP_ESTABLISHED && t->len == 0 &&
           (t->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK;
}

static bool is_probe_ack(const struct turn *t)
{
    return is_bare_ack(t) && (t->rcv->flags & DIR_PROBE) && t->window == 0 && t->rcv->window == 0 &&
           t->seq == t->snd->next_seq && t->ack == t->rcv->last_ack;
}

static bool is_shutdown_ack(const struct turn *t)
{
    enum tcp_state s = (enum tcp_state)t->ssn->state;

    return (s == TCP_TIME_WAIT || s == TCP_CLOSE_WAIT || s == TCP_LAST_ACK) && t->flags == TCP_ACK && t->len == 0 &&
           t->seq == t->snd->next_seq + 1 && t->ack == t->rcv->next_seq + 1;
}

static bool is_window_update(const struct turn *t)
{
    return t->ssn->state >= TCP_ESTABLISHED && t->len == 0 && !(t->flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
           t->window != 0 && t->window << t->rcv->wscale != t->rcv->window && t->ack == t->rcv->last_ack &&
           t->seq == t->snd->next_seq;
}

/* The window shrinks by more than the data that came in explains, and both numbers are ahead of the session: somebody
 * tries to close the window for us.  A little overrun is usual with large windows. */
static bool is_bad_window_update(struct turn *t)
{
    enum { LARGE = 1024, MARGIN = 32 };
    uint32_t window = t->window << t->rcv->wscale;

    if (t->ssn->state < TCP_ESTABLISHED || t->ssn->state == TCP_CLOSED || (t->flags & (TCP_SYN | TCP_FIN | TCP_RST)) ||
        window >= t->rcv->window) {
        return false;
    }
    uint32_t shrink = t->rcv->window - window, acked = t->ack - t->rcv->last_ack;
    if (shrink <= t->len || !seq_gt(t->ack, t->rcv->next_seq) || !seq_gt(t->seq, t->snd->next_seq) ||
        shrink <= acked + (window > LARGE ? MARGIN : 0)) {
        return false;
    }
    turn_note(t, STREAM_NOTE_PKT_BAD_WINDOW_UPDATE);
    return true;
}

static bool is_outdated_ack(const struct turn *t)
{
    return is_bare_ack(t) && t->seq == t->snd->next_seq && seq_lt(t->ack, t->rcv->last_ack) &&
           (t->v->tcp.sack_n == 0 || sack_is_old(t->rcv, t->v));
}

/* Whether data was acknowledged before; *skip when it is before all that is kept, so that nothing of it is used. */
static bool is_spurious(const struct turn *t, bool *skip)
{
    if (t->len == 0) {
        return false;
    }
    *skip = !(t->snd->flags & DIR_OFF) && seq_le(t->seq + t->len, t->snd->base_seq);
    return *skip || seq_le(t->seq + t->len, t->snd->last_ack);
}

/* Packets that change nothing, or pretend to; true: the state machine does not see them. */
static bool is_no_news(struct turn *t)
{
    if (is_keepalive(t)) {
        return true;
    }
    bool keepalive_ack = is_keepalive_ack(t);
    t->snd->flags &= (uint16_t)~DIR_KEEPALIVE;
    if (keepalive_ack) {
        return true;
    }
    bool probe_ack = is_probe_ack(t);
    t->rcv->flags &= (uint16_t)~DIR_PROBE;
    if (probe_ack) {
        return true;
    }
    if (!is_shutdown_ack(t) && !is_window_update(t) && (is_bad_window_update(t) || is_outdated_ack(t))) {
        return true;
    }
    bool skip = false;
    if (is_spurious(t, &skip)) {
        turn_note(t, STREAM_NOTE_PKT_SPURIOUS_RETRANSMISSION);
    }
    return skip;
}

static bool tcp_dispatch(struct turn *t, enum tcp_state state);

/* A session that was closed by a RST nobody could verify goes on when its receiver goes on. */
static bool tcp_closed(struct turn *t)
{
    struct session *ssn = t->ssn;

    if ((t->flags & TCP_RST) || (t->snd->flags & DIR_RST_DOUBT) || !(t->rcv->flags & DIR_RST_DOUBT)) {
        return true;
    }
    if (!tcp_dispatch(t, (enum tcp_state)ssn->before)) {
        return false;
    }
    if (ssn->state == TCP_CLOSED) {
        ssn->state = ssn->before;
    }
    return true;
}

static bool tcp_dispatch(struct turn *t, enum tcp_state state)
{
    switch (state) {
    case TCP_SYN_SENT:
        return tcp_syn_sent(t);
    case TCP_SYN_RECV:
        return tcp_syn_recv(t);
    case TCP_ESTABLISHED:
        return tcp_established(t);
    case TCP_CLOSED:
        /* Not again from within itself: the state before is never "closed". */
        return t->ssn->before == TCP_CLOSED || tcp_closed(t);
    case TCP_FIN_WAIT1:
    case TCP_FIN_WAIT2:
    case TCP_TIME_WAIT:
    case TCP_LAST_ACK:
    case TCP_CLOSE_WAIT:
    case TCP_CLOSING:
        return tcp_closing(t, state);
    case TCP_NONE:
        return true;
    }
    return true;
}

bool tcp_packet(struct turn *t)
{
    struct session *ssn = t->ssn;

    if (ssn == NULL || ssn->state == TCP_NONE) {
        return tcp_none(t);
    }
    t->r->repeated = t->len > 0 && (t->snd->flags & (DIR_STORED | DIR_OFF)) == DIR_STORED && seq_le(t->seq + t->len, t->snd->right_seq) && !store_has_holes(t->snd);
    if (!is_no_news(t) && !tcp_dispatch(t, (enum tcp_state)ssn->state)) {
        return false;
    }
    /* The host that a RST was meant to come from keeps talking. */
    if (!(t->flags & TCP_RST) && (t->rcv->flags & DIR_RST_DOUBT)) {
        t->rcv->flags &= (uint16_t)~DIR_RST_DOUBT;
        ssn->flags &= (uint16_t)~SESSION_RESET;
        turn_note(t, STREAM_NOTE_SUSPECTED_RST_INJECT);
    }
    return true;
}
