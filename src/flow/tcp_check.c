/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

enum { PAWS_IDLE_MAX = 24 * 24 * 3600 }; /* RFC 7323 5.5: 24 days, in seconds */

/* How a system treats timestamps. */
enum {
    TS_ZERO_OK = 1 << 0,      /* takes the value 0 in a session that uses timestamps */
    TS_OFF_BY_ONE = 1 << 1,   /* takes a value that is one too old */
    TS_ZERO_STOPS = 1 << 2,   /* after a 0 in the handshake it does without timestamps */
    TS_ZERO_RESTARTS = 1 << 3, /* after a 0 in the handshake the next segment in order sets the value */
    TS_IN_ORDER = 1 << 4,     /* looks at segments in order only */
    TS_MISSING_STOPS = 1 << 5, /* a segment without one ends their use */
};
static const uint8_t ts_policy[OS_POLICY_N] = {
    [OS_LINUX] = TS_OFF_BY_ONE | TS_ZERO_STOPS,
    [OS_OLD_LINUX] = TS_ZERO_OK | TS_ZERO_RESTARTS,
    [OS_WINDOWS] = TS_ZERO_OK | TS_ZERO_RESTARTS,
    [OS_VISTA] = TS_ZERO_OK | TS_ZERO_RESTARTS,
    [OS_WINDOWS2K3] = TS_ZERO_OK | TS_ZERO_STOPS,
    [OS_SOLARIS] = TS_ZERO_OK | TS_MISSING_STOPS,
    [OS_HPUX11] = TS_IN_ORDER,
};

enum os_policy tcp_policy(struct turn *t, enum side side)
{
    struct tcp_dir *d = &t->ssn->dir[side];

    if (!(d->flags & DIR_POLICY)) {
        const struct view *v = t->v;
        enum os_policy p = OS_BSD;
        if (v) {
            p = facts_policy(t->facts, side == t->side ? &v->dst : &v->src, v->family);
        }
        p = p == OS_BSD_RIGHT ? OS_BSD : p == OS_OLD_SOLARIS ? OS_SOLARIS : p;
        d->policy = (uint8_t)p;
        d->flags |= v ? DIR_POLICY : 0;
    }
    return (enum os_policy)d->policy;
}

/* RFC 7323 5.3 as the receiving system does it.  `since`: capture time of the sender's last valid timestamp. */
static bool timestamp_fresh(const struct turn *t, uint8_t policy, uint32_t last, uint32_t since)
{
    bool off_by_one = (policy & TS_OFF_BY_ONE) || t->s->set.liberal_timestamps;
    int32_t ahead = (int32_t)(t->v->tcp.ts_value - last + (off_by_one ? 1 : 0));
    bool idle = t->sec > since + (uint32_t)PAWS_IDLE_MAX;

    if (ahead >= 0 && !(t->snd->last_ts != 0 && idle)) {
        return true;
    }
    /* RFC 7323 5.5: a value may have wrapped while the connection was idle. */
    return t->snd->next_seq == t->seq && idle;
}

static bool timestamp_refused(const struct turn *t, uint8_t policy)
{
    return t->v->tcp.ts_value == 0 && !(policy & TS_ZERO_OK);
}

bool tcp_timestamp_ok(struct turn *t)
{
    bool in_order = t->snd->next_seq == t->seq;

    if (!t->v->tcp.has_ts) {
        return true;
    }
    uint8_t policy = ts_policy[tcp_policy(t, t->side)];
    bool good = !timestamp_refused(t, policy);
    bool zero = (t->snd->flags & DIR_ZERO_TIMESTAMP) != 0;
    bool check = !(zero && ((policy & TS_ZERO_STOPS) || ((policy & TS_ZERO_RESTARTS) && in_order))) &&
                 !((policy & TS_IN_ORDER) && !in_order);
    if (good && check) {
        uint32_t since = t->snd->last_sec == 0 && (t->ssn->flags & SESSION_MIDSTREAM) ? t->sec : t->snd->last_sec;
        good = timestamp_fresh(t, policy, t->snd->last_ts, since);
    }
    if (!good) {
        turn_note(t, STREAM_NOTE_PKT_INVALID_TIMESTAMP);
    }
    return good;
}

bool tcp_timestamp_take(struct turn *t)
{
    struct tcp_dir *d = t->snd;
    bool in_order = d->next_seq == t->seq, check = true;

    if (!(t->ssn->flags & SESSION_TIMESTAMPS)) {
        return true;
    }
    uint8_t policy = ts_policy[tcp_policy(t, t->side)];
    if (!t->v->tcp.has_ts) {
        if (policy & TS_MISSING_STOPS) {
            t->ssn->flags &= (uint16_t)~SESSION_TIMESTAMPS;
        }
        return true;
    }
    if (d->flags & DIR_ZERO_TIMESTAMP) {
        if (policy & TS_ZERO_STOPS) {
            t->ssn->flags &= (uint16_t)~SESSION_TIMESTAMPS;
            check = false;
        } else if (policy & TS_ZERO_RESTARTS) {
            d->flags &= (uint16_t)~DIR_ZERO_TIMESTAMP;
            if (in_order) {
                d->last_ts = t->v->tcp.ts_value;
                check = false;
            }
        }
    }
    if ((policy & TS_IN_ORDER) && !in_order) {
        check = false;
    }
    if (timestamp_refused(t, policy)) {
        turn_note(t, STREAM_NOTE_PKT_INVALID_TIMESTAMP);
        return false;
    }
    if (!check) {
        return true;
    }
    if (d->last_sec == 0 && (t->ssn->flags & SESSION_MIDSTREAM)) {
        d->last_sec = t->sec;
    }
    if (!timestamp_fresh(t, policy, d->last_ts, d->last_sec)) {
        turn_note(t, STREAM_NOTE_PKT_INVALID_TIMESTAMP);
        return false;
    }
    if (in_order) {
        d->last_ts = t->v->tcp.ts_value;
    }
    d->last_sec = t->sec;
    return true;
}

/* RFC 9293 3.10.7.4: an acknowledgment may repeat, may be a window old, and may not pass what was granted. */
bool tcp_ack_ok(struct turn *t)
{
    const struct tcp_dir *d = t->rcv;
    const struct session *ssn = t->ssn;

    if (!(t->flags & TCP_ACK) || t->ack == d->last_ack || (seq_gt(t->ack, d->last_ack) && seq_le(t->ack, d->next_win))) {
        return true;
    }
    if (seq_lt(t->ack, d->last_ack)) {
        if (d->window == 0 || !seq_lt(t->ack, d->last_ack - d->window)) {
            return true;
        }
    } else if (ssn->flags & SESSION_ASYNC) {
        return true;
    } else if (!(ssn->state > TCP_SYN_SENT && seq_gt(t->ack, d->next_win)) && ssn->state == TCP_SYN_SENT &&
               t->side == TO_CLIENT && (t->flags & TCP_RST) && t->ack == d->isn + 1) {
        return true; /* a refused SYN: no window is known yet */
    }
    turn_note(t, STREAM_NOTE_PKT_INVALID_ACK);
    return false;
}

/* Signed segments (RFC 2385, RFC 5925) cannot be verified here. */
static bool rst_is_signed(const struct view *v)
{
    enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MD5 = 19, OPTION_MD5_LEN = 18, OPTION_AO = 29, FIXED = 20 };
    struct rd r = rd_of(bytes_from(v->l4_header, FIXED));

    while (rd_left(&r) > 0) {
        uint8_t kind = rd_u8(&r);
        if (kind == OPTION_END) {
            return false;
        }
        if (kind == OPTION_NOP) {
            continue;
        }
        uint8_t len = rd_u8(&r);
        if (len < 2) {
            return false;
        }
        rd_skip(&r, len - 2u);
        if (rd_ok(&r) && ((kind == OPTION_MD5 && len == OPTION_MD5_LEN) || (kind == OPTION_AO && len >= 4))) {
            return true;
        }
    }
    return false;
}

/* Where a RST's number must lie (RFC 5961 3.2 says exactly next; systems differ). */
enum { RST_EXACT, RST_NOT_BEFORE, RST_IN_WINDOW };
static const uint8_t rst_policy[OS_POLICY_N] = {
    [OS_HPUX11] = RST_NOT_BEFORE, [OS_OLD_LINUX] = RST_IN_WINDOW, [OS_LINUX] = RST_IN_WINDOW, [OS_SOLARIS] = RST_IN_WINDOW,
};

bool tcp_rst_ok(struct turn *t)
{
    const struct tcp_dir *d = t->snd;

    if (t->ssn->flags & SESSION_LOSSY) {
        return true;
    }
    if ((t->ssn->flags & SESSION_TIMESTAMPS) && !tcp_timestamp_ok(t)) {
        return false;
    }
    if (t->len > 0) {
        turn_note(t, STREAM_NOTE_RST_WITH_DATA);
    }
    enum os_policy policy = tcp_policy(t, t->side);
    if ((t->flags & TCP_ACK) && t->ack != 0 && !tcp_ack_ok(t)) {
        turn_note(t, STREAM_NOTE_RST_INVALID_ACK);
        return false;
    }
    if (rst_is_signed(t->v)) {
        t->rcv->flags |= DIR_RST_DOUBT;
    }
    unsigned rule = (t->ssn->flags & SESSION_ASYNC) ? RST_NOT_BEFORE : rst_policy[policy];
    switch (rule) {
    case RST_NOT_BEFORE:
        return seq_ge(t->seq, d->next_seq);
    case RST_IN_WINDOW:
        return seq_ge(t->seq + t->len, d->last_ack) && seq_lt(t->seq, d->next_seq + d->window);
    default:
        return t->seq == d->next_seq;
    }
}

bool tcp_repeated(struct turn *t)
{
    uint32_t end = t->seq + t->len;

    if (t->len == 0 || !((seq_lt(t->seq, t->snd->last_ack) && seq_gt(end, t->snd->last_ack)) ||
                         seq_le(end, t->snd->last_ack) || seq_le(end, t->snd->next_seq))) {
        return false;
    }
    turn_note(t, STREAM_NOTE_PKT_RETRANSMISSION);
    return true;
}

bool tcp_in_window(const struct turn *t)
{
    return seq_le(t->seq + t->len, t->snd->next_win) || (t->ssn->flags & (SESSION_MIDSTREAM | SESSION_ASYNC));
}
