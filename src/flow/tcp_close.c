/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

/*
 * The states of closing.  FIN_WAIT1 is entered by the server's FIN, CLOSE_WAIT by the client's, and the numbers of the
 * two count a FIN differently (the server's is part of next_seq, the client's is not): hence rows per direction.
 *
 * A row tells, in the order of the checks: when a segment is a repetition, where its number must lie, what follows.
 */
enum { /* repetition, beside data that was sent before */
    AGAIN_DATA,      /* nothing else */
    AGAIN_FIN_FIRST, /* the same FIN, looked at before the data */
    AGAIN_FIN_LAST,  /* the same FIN, looked at after the data */
};
enum { /* where the sequence number must lie */
    SEQ_ANY,
    SEQ_FIN_1,       /* from next_seq - 1 to the window's end */
    SEQ_FIN_0,       /* from next_seq to the window's end */
    SEQ_END_IN_WINDOW, /* the last byte within next_win */
    SEQ_FIN_WAIT1_ACK, /* the same, when it acknowledges all */
    SEQ_CLOSE_WAIT,  /* not behind what is acknowledged, not beyond the window */
    SEQ_NEXT,        /* exactly next, repeated or not */
    SEQ_NEXT_OR_FIN, /* next, or one more */
    SEQ_OLD_OR_NEXT, /* older ones change nothing; else next, or one more */
    SEQ_NEXT_LESS_FIN, /* next, or one less */
};
enum { /* when the state moves, given that the segment is no repetition */
    MOVE_ALWAYS,
    MOVE_NEXT,       /* when it is exactly next and acknowledges all */
    MOVE_NEXT_1,     /* when it is next less its FIN */
    MOVE_NOT_OLD,
};
enum { NEXT_STAYS, NEXT_IF_NEXT, NEXT_IF_NEXT_1, NEXT_IF_NEXT_FRESH }; /* when the sender's next_seq moves on */
enum { PEER_STAYS, PEER_1, PEER_0 }; /* the receiver's next_seq catches up with the acknowledgment: from next - 1, from next */
enum { ROW_SEQ_FIRST = 1, ROW_ACK_FLAG = 2, ROW_SACK = 4, ROW_FRESH_ONLY = 8, ROW_OWN_WINDOW = 16 };

struct close_row {
    uint8_t again, seq, move, next, peer;
    uint8_t flags;
    uint8_t to;              /* enum tcp_state; TCP_NONE: stays */
    uint16_t seq_note, ack_note; /* enum stream_note */
};

enum { KIND_FIN_ACK, KIND_FIN, KIND_ACK, KIND_N };

#define N(x) STREAM_NOTE_##x
/* [state - TCP_FIN_WAIT1][kind][side] */
static const struct close_row rows[TCP_CLOSING - TCP_FIN_WAIT1 + 1][KIND_N][2] = {
    [TCP_FIN_WAIT1 - TCP_FIN_WAIT1] = {
        [KIND_FIN_ACK] = {
            { AGAIN_DATA, SEQ_FIN_1, MOVE_ALWAYS, NEXT_IF_NEXT, PEER_1, ROW_SEQ_FIRST, TCP_TIME_WAIT,
              N(FIN1_FIN_WRONG_SEQ), N(FIN1_INVALID_ACK) },
            { AGAIN_FIN_LAST, SEQ_FIN_1, MOVE_ALWAYS, NEXT_IF_NEXT_1, PEER_1, ROW_SEQ_FIRST | ROW_FRESH_ONLY, TCP_TIME_WAIT,
              N(FIN1_FIN_WRONG_SEQ), N(FIN1_INVALID_ACK) },
        },
        [KIND_FIN] = {
            { AGAIN_DATA, SEQ_FIN_1, MOVE_ALWAYS, NEXT_IF_NEXT_1, PEER_1, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_CLOSING,
              N(FIN1_FIN_WRONG_SEQ), N(FIN1_INVALID_ACK) },
            { AGAIN_DATA, SEQ_FIN_1, MOVE_ALWAYS, NEXT_IF_NEXT_1, PEER_1, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_CLOSING,
              N(FIN1_FIN_WRONG_SEQ), N(FIN1_INVALID_ACK) },
        },
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_FIN_WAIT1_ACK, MOVE_NEXT, NEXT_IF_NEXT, PEER_1, ROW_SACK, TCP_FIN_WAIT2,
              N(FIN1_ACK_WRONG_SEQ), N(FIN1_INVALID_ACK) },
            { AGAIN_DATA, SEQ_END_IN_WINDOW, MOVE_NEXT_1, NEXT_IF_NEXT_1, PEER_1, ROW_SACK, TCP_FIN_WAIT2,
              N(FIN1_ACK_WRONG_SEQ), N(FIN1_INVALID_ACK) },
        },
    },
    [TCP_FIN_WAIT2 - TCP_FIN_WAIT1] = {
        [KIND_FIN] = {
            { AGAIN_FIN_FIRST, SEQ_FIN_0, MOVE_ALWAYS, NEXT_IF_NEXT_FRESH, PEER_0, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_TIME_WAIT,
              N(FIN2_FIN_WRONG_SEQ), N(FIN2_INVALID_ACK) },
            { AGAIN_FIN_FIRST, SEQ_FIN_0, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_TIME_WAIT,
              N(FIN2_FIN_WRONG_SEQ), N(FIN2_INVALID_ACK) },
        },
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_END_IN_WINDOW, MOVE_ALWAYS, NEXT_IF_NEXT, PEER_STAYS, ROW_SACK, TCP_NONE,
              N(FIN2_ACK_WRONG_SEQ), N(FIN2_INVALID_ACK) },
            { AGAIN_DATA, SEQ_END_IN_WINDOW, MOVE_ALWAYS, NEXT_IF_NEXT, PEER_STAYS, ROW_SACK, TCP_NONE,
              N(FIN2_ACK_WRONG_SEQ), N(FIN2_INVALID_ACK) },
        },
    },
    [TCP_TIME_WAIT - TCP_FIN_WAIT1] = {
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_NEXT_OR_FIN, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST, TCP_CLOSED,
              N(TIMEWAIT_ACK_WRONG_SEQ), N(TIMEWAIT_INVALID_ACK) },
            { AGAIN_DATA, SEQ_NEXT_LESS_FIN, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST, TCP_CLOSED,
              N(TIMEWAIT_ACK_WRONG_SEQ), N(TIMEWAIT_INVALID_ACK) },
        },
    },
    [TCP_LAST_ACK - TCP_FIN_WAIT1] = {
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_OLD_OR_NEXT, MOVE_NOT_OLD, NEXT_STAYS, PEER_0, 0, TCP_CLOSED,
              N(LASTACK_ACK_WRONG_SEQ), N(LASTACK_INVALID_ACK) },
            { 0 }, /* the server said its last: nothing counts */
        },
    },
    [TCP_CLOSE_WAIT - TCP_FIN_WAIT1] = {
        [KIND_FIN] = {
            { AGAIN_DATA, SEQ_FIN_0, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_NONE,
              N(CLOSEWAIT_FIN_OUT_OF_WINDOW), N(CLOSEWAIT_INVALID_ACK) },
            { AGAIN_DATA, SEQ_FIN_0, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST | ROW_ACK_FLAG, TCP_LAST_ACK,
              N(CLOSEWAIT_FIN_OUT_OF_WINDOW), N(CLOSEWAIT_INVALID_ACK) },
        },
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_CLOSE_WAIT, MOVE_ALWAYS, NEXT_IF_NEXT, PEER_0, ROW_SEQ_FIRST, TCP_NONE,
              N(CLOSEWAIT_ACK_OUT_OF_WINDOW), N(CLOSEWAIT_INVALID_ACK) },
            { AGAIN_DATA, SEQ_CLOSE_WAIT, MOVE_ALWAYS, NEXT_IF_NEXT, PEER_0, ROW_SEQ_FIRST, TCP_NONE,
              N(CLOSEWAIT_ACK_OUT_OF_WINDOW), N(CLOSEWAIT_INVALID_ACK) },
        },
    },
    [TCP_CLOSING - TCP_FIN_WAIT1] = {
        [KIND_ACK] = {
            { AGAIN_DATA, SEQ_NEXT, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST | ROW_OWN_WINDOW, TCP_TIME_WAIT,
              N(CLOSING_ACK_WRONG_SEQ), N(CLOSING_INVALID_ACK) },
            { AGAIN_DATA, SEQ_NEXT, MOVE_ALWAYS, NEXT_STAYS, PEER_0, ROW_SEQ_FIRST, TCP_TIME_WAIT,
              N(CLOSING_ACK_WRONG_SEQ), N(CLOSING_INVALID_ACK) },
        },
    },
};
#undef N

static bool is_repeated_fin(const struct turn *t)
{
    return t->seq == t->snd->next_seq - 1 && t->ack == t->rcv->last_ack;
}

static bool is_again(struct turn *t, const struct close_row *row)
{
    if (row->again == AGAIN_FIN_FIRST && is_repeated_fin(t)) {
        return true;
    }
    return tcp_repeated(t) || (row->again == AGAIN_FIN_LAST && is_repeated_fin(t));
}

/* The verdict of a row's sequence check: wrong ones are noted and refused, some are passed over without a word. */
enum seq_verdict { SEQ_GOOD, SEQ_WRONG, SEQ_SILENT };

static enum seq_verdict seq_check(struct turn *t, const struct close_row *row, bool again)
{
    const struct tcp_dir *d = t->snd;
    uint32_t end = d->last_ack + d->window;
    bool good = true;

    switch (row->seq) {
    case SEQ_FIN_1:
        good = again || (!seq_lt(t->seq, d->next_seq - 1) && !seq_gt(t->seq, end));
        break;
    case SEQ_FIN_0:
        good = again || (!seq_lt(t->seq, d->next_seq) && !seq_gt(t->seq, end));
        break;
    case SEQ_END_IN_WINDOW:
        good = again || tcp_in_window(t);
        break;
    case SEQ_FIN_WAIT1_ACK:
        good = again || t->ack != t->rcv->next_seq || tcp_in_window(t);
        break;
    case SEQ_CLOSE_WAIT:
        if (t->len > 0 && seq_le(t->seq + t->len, d->last_ack)) {
            turn_note(t, STREAM_NOTE_CLOSEWAIT_PKT_BEFORE_LAST_ACK);
            return SEQ_WRONG;
        }
        good = !seq_gt(t->seq, end);
        break;
    case SEQ_NEXT:
        good = t->seq == d->next_seq;
        break;
    case SEQ_NEXT_OR_FIN:
        good = again || t->seq == d->next_seq || t->seq == d->next_seq + 1;
        break;
    case SEQ_OLD_OR_NEXT:
        good = again || seq_lt(t->seq, d->next_seq) || t->seq == d->next_seq || t->seq == d->next_seq + 1;
        break;
    case SEQ_NEXT_LESS_FIN:
        good = again || t->seq == d->next_seq - 1 || t->seq == d->next_seq;
        if (!good && t->len > 0 && t->seq == d->last_ack) {
            return SEQ_SILENT; /* data after the FIN, acknowledged nowhere */
        }
        break;
    default:
        break;
    }
    if (!good) {
        turn_note(t, (enum stream_note)row->seq_note);
    }
    return good ? SEQ_GOOD : SEQ_WRONG;
}

static bool moves(const struct turn *t, const struct close_row *row)
{
    switch (row->move) {
    case MOVE_NEXT:
        return t->ack == t->rcv->next_seq && t->seq == t->snd->next_seq;
    case MOVE_NEXT_1:
        return t->seq == t->snd->next_seq - 1;
    case MOVE_NOT_OLD:
        return !seq_lt(t->seq, t->snd->next_seq);
    default:
        return true;
    }
}

/* The state and the window that the segment grants; nothing for repetitions. */
static void advance(struct turn *t, const struct close_row *row)
{
    struct tcp_dir *d = (row->flags & ROW_OWN_WINDOW) ? t->snd : t->rcv;

    if (row->to != TCP_NONE && moves(t, row)) {
        tcp_set_state(t, (enum tcp_state)row->to);
    }
    if (row->move != MOVE_NEXT || t->ack == t->rcv->next_seq) {
        d->window = t->window << d->wscale;
    }
}

/* The numbers that the segment tells. */
static void take_numbers(struct turn *t, const struct close_row *row)
{
    struct tcp_dir *snd = t->snd, *rcv = t->rcv;

    if (row->peer != PEER_STAYS && seq_lt(rcv->next_seq - (row->peer == PEER_1 ? 1 : 0), t->ack)) {
        rcv->next_seq = t->ack; /* missed here, acknowledged there */
    }
    if ((row->next == NEXT_IF_NEXT && snd->next_seq == t->seq) ||
        (row->next == NEXT_IF_NEXT_1 && snd->next_seq - 1 == t->seq)) {
        dir_next(t->ssn, snd, t->seq + t->len);
    }
    if (!(row->flags & ROW_ACK_FLAG) || (t->flags & TCP_ACK)) {
        dir_ack(rcv, t->ack);
    }
    if (row->flags & ROW_SACK) {
        sack_update(t);
        dir_widen(rcv);
    }
}

static bool closing_segment(struct turn *t, const struct close_row *row)
{
    if ((t->ssn->flags & SESSION_TIMESTAMPS) && !tcp_timestamp_ok(t)) {
        return false;
    }
    if (row->to == TCP_NONE && row->ack_note == 0 && row->seq_note == 0) {
        return true;
    }
    bool again = is_again(t, row);
    enum seq_verdict verdict = SEQ_GOOD;
    if (row->flags & ROW_SEQ_FIRST) {
        verdict = seq_check(t, row, again);
    }
    if (verdict != SEQ_GOOD) {
        return verdict == SEQ_SILENT;
    }
    if (!tcp_ack_ok(t)) {
        turn_note(t, (enum stream_note)row->ack_note);
        return false;
    }
    if (!(row->flags & ROW_SEQ_FIRST) && seq_check(t, row, again) != SEQ_GOOD) {
        return false;
    }
    if (!again) {
        advance(t, row);
        if (row->next == NEXT_IF_NEXT_FRESH && t->snd->next_seq == t->seq) {
            dir_next(t->ssn, t->snd, t->seq + t->len);
        }
    }
    (void)tcp_timestamp_take(t);
    if (!again || !(row->flags & ROW_FRESH_ONLY)) {
        take_numbers(t, row);
    }
    stream_segment(t);
    return true;
}

bool tcp_closing(struct turn *t, enum tcp_state state)
{
    const struct close_row (*kinds)[2] = rows[state - TCP_FIN_WAIT1];
    bool fin_counts = state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSE_WAIT;

    if (t->flags & TCP_RST) {
        return tcp_reset(t);
    }
    if ((t->flags & TCP_FIN) && state != TCP_CLOSING) {
        /* In TIME_WAIT and LAST_ACK a FIN is a repetition. */
        unsigned kind = state == TCP_FIN_WAIT1 && (t->flags & TCP_ACK) ? KIND_FIN_ACK : KIND_FIN;
        return !fin_counts || closing_segment(t, &kinds[kind][t->side]);
    }
    if (t->flags & TCP_SYN) {
        turn_note(t, STREAM_NOTE_SHUTDOWN_SYN_RESEND);
        return false;
    }
    return !(t->flags & TCP_ACK) || closing_segment(t, &kinds[KIND_ACK][t->side]);
}
