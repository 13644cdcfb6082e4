/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What parsers and loggers ask of a session, and tell it. */
#include "flow/tcp.h"

void stream_swap(struct flow *f)
{
    struct session *ssn = f->tcp;

    if (ssn == NULL) {
        return;
    }
    struct tcp_dir d = ssn->dir[0];
    ssn->dir[0] = ssn->dir[1];
    ssn->dir[1] = d;
    ssn->first_data = (uint8_t)(ssn->first_data ? 3 - ssn->first_data : 0);
    ssn->turn_side = !ssn->turn_side;
    ssn->swaps++;
}

static struct tcp_dir *dir_of(const struct flow *f, enum side side) { return f->tcp ? &f->tcp->dir[side] : NULL; }

static void raise(struct flow *f, enum side side, unsigned flag)
{
    if (f->tcp) {
        f->tcp->dir[side].flags |= (uint16_t)flag;
    }
}

void stream_app_off(struct flow *f, enum side side) { raise(f, side, DIR_APP_OFF); }
void stream_raw_off(struct flow *f, enum side side) { raise(f, side, DIR_RAW_LAST); }
void stream_raw_trigger(struct flow *f, enum side side) { raise(f, side, DIR_TRIGGER); }
void stream_app_hold(struct flow *f, enum side side) { raise(f, side, DIR_HOLD); }

void stream_reassembly_off(struct streams *s, struct flow *f, enum side side)
{
    if (f->tcp) {
        dir_off(s, &f->tcp->dir[side]);
    }
}

void stream_set_depth(struct flow *f, enum side side, uint64_t depth)
{
    struct tcp_dir *d = dir_of(f, side);

    if (d && (depth == 0 || depth > d->depth)) {
        d->depth = depth;
    }
}

void stream_app_need(struct flow *f, enum side side, uint32_t n)
{
    struct tcp_dir *d = dir_of(f, side);

    if (d) {
        d->need = n;
    }
}

void stream_app_again(struct streams *s, struct flow *f, enum side side)
{
    struct stream_result r = { .flow = f, .side = side };
    struct turn t = { .s = s, .f = f, .ssn = f->tcp, .r = &r };

    if (t.ssn == NULL) {
        return;
    }
    if (s->turn && s->turn->f == f) {
        /* Within the other side's call: no deeper than that. */
        stream_offer(s->turn, side, side == s->turn->side ? STREAM_UPDATE_PACKET : STREAM_UPDATE_OPPOSING);
        return;
    }
    turn_sides(&t, side);
    s->turn = &t;
    stream_offer(&t, side, STREAM_UPDATE_PACKET);
    s->turn = NULL;
}

void stream_keep(struct flow *f, enum side side, uint64_t offset)
{
    struct tcp_dir *d = dir_of(f, side);

    if (d) {
        d->keep = offset;
    }
}

void stream_raw_lookback(struct flow *f, enum side side, uint32_t n)
{
    struct tcp_dir *d = dir_of(f, side);

    if (d) {
        d->lookback = n;
    }
}

struct bytes stream_at(const struct flow *f, enum side side, uint64_t offset, size_t n)
{
    const struct tcp_dir *d = dir_of(f, side);

    return d ? bytes_head(store_at(d, offset), n) : bytes_none();
}

bool stream_stored(const struct flow *f, enum side side, uint64_t offset, uint64_t *start, struct bytes *run)
{
    const struct tcp_dir *d = dir_of(f, side);
    uint32_t i;
    const struct run *r = d ? store_find(d, offset, &i) : NULL;

    if (r == NULL) {
        return false;
    }
    *start = r->start;
    *run = bytes_of(r->buf + r->head, r->len);
    return true;
}

uint64_t stream_app_mark(const struct flow *f, enum side side)
{
    const struct tcp_dir *d = dir_of(f, side);

    return d ? d->app : 0;
}

enum tcp_state stream_state(const struct flow *f) { return f->tcp ? (enum tcp_state)f->tcp->state : TCP_NONE; }

const char *tcp_state_name(enum tcp_state s)
{
    static const char *const name[] = {
        [TCP_NONE] = "none", [TCP_SYN_SENT] = "syn_sent", [TCP_SYN_RECV] = "syn_recv", [TCP_ESTABLISHED] = "established",
        [TCP_FIN_WAIT1] = "fin_wait1", [TCP_FIN_WAIT2] = "fin_wait2", [TCP_TIME_WAIT] = "time_wait",
        [TCP_LAST_ACK] = "last_ack", [TCP_CLOSE_WAIT] = "close_wait", [TCP_CLOSING] = "closing", [TCP_CLOSED] = "closed",
    };
    return name[s];
}

bool stream_established(const struct flow *f)
{
    return f->state == FLOW_ESTABLISHED || (f->tcp && f->tcp->state >= TCP_ESTABLISHED);
}

uint8_t stream_tcp_flags(const struct flow *f, enum side side) { return f->tcp ? f->tcp->dir[side].tcp_flags : 0; }
uint8_t stream_tcp_flags_all(const struct flow *f) { return f->tcp ? f->tcp->tcp_flags : 0; }
uint64_t stream_bytes(const struct flow *f, enum side side)
{
    const struct tcp_dir *d = dir_of(f, side);

    return d ? d->next_seq - d->isn : 0;
}
bool stream_has_gap(const struct flow *f, enum side side) { return f->tcp && (f->tcp->dir[side].flags & DIR_GAP); }
bool stream_midstream(const struct flow *f) { return f->tcp && (f->tcp->flags & SESSION_MIDSTREAM); }
bool stream_unasked(const struct flow *f) { return f->tcp && (f->tcp->flags & SESSION_UNASKED); }

uint64_t stream_packet_end(const struct flow *f, enum side side, const struct view *v)
{
    const struct tcp_dir *d = dir_of(f, side);
    int64_t from = d ? dir_offset(d, f->tcp->turn_seq) : -1;

    return from >= 0 ? (uint64_t)from + v->payload.n : 0;
}
uint32_t stream_max_regions(const struct flow *f, enum side side) { return f->tcp ? f->tcp->dir[side].max_regions : 1; }
uint32_t stream_urgent_bytes(const struct flow *f, enum side side) { return f->tcp ? f->tcp->dir[side].urgent : 0; }
unsigned stream_first_data(const struct flow *f) { return f->tcp ? f->tcp->first_data : 0; }
