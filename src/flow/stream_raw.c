/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

void dir_off(struct streams *s, struct tcp_dir *d)
{
    d->flags |= DIR_OFF;
    store_free(s->pages, d);
}

static uint32_t chunk_of(const struct streams *s, enum side side)
{
    return side == TO_SERVER ? s->set.to_server_chunk : s->set.to_client_chunk;
}

/* Whether stream rules look now: a full chunk of acknowledged bytes, or nothing to wait for. */
static bool raw_is_due(const struct streams *s, const struct session *ssn, enum side side, bool force)
{
    const struct tcp_dir *d = &ssn->dir[side];

    if ((d->flags & (DIR_DEPTH | DIR_TRIGGER | DIR_RAW_LAST)) || ssn->state > TCP_TIME_WAIT || force) {
        return true;
    }
    return (int64_t)chunk_of(s, side) <= (int64_t)(dir_acked(d) - d->raw);
}

/*
 * The window at run w->next, seen from the progress w->upto.  Behind a gap the progress stops at the window's start, so
 * that it is looked at again when the gap is filled; and only there may bytes be looked at that are not acknowledged.
 * Both are Suricata's ways.
 */
static bool raw_window(const struct tcp_dir *d, struct stream_window *w)
{
    const struct run *r = store_run(d, w->next);
    bool all = w->edge == UINT64_MAX;
    uint64_t acked = dir_acked(d);

    if (r == NULL || r->start + r->len <= w->upto) {
        return false;
    }
    uint64_t offset = r->start < w->upto ? w->upto : r->start;
    uint64_t n = r->start + r->len - offset;
    if (!all) {
        if (w->edge < w->upto) {
            return false;
        }
        if (w->upto + n > w->edge) {
            n = w->edge - w->upto;
        }
    }
    if (n == 0) {
        return false;
    }
    w->bytes = bytes_of(r->buf + r->head + (offset - r->start), (size_t)n);
    w->offset = offset;
    if (offset == w->upto) {
        w->upto += n;
    } else if (offset <= acked) {
        w->upto = offset;
    }
    w->next++;
    return true;
}

/* The part of [offset, offset + *n) to look at: `chunk` bytes around the packet's [left, right). */
static void inline_trim(uint64_t *offset, uint64_t *n, uint64_t left, uint64_t right, uint64_t chunk)
{
    uint64_t end = *offset + *n, room = chunk - (right - left);
    uint64_t before = left - *offset, after = end - right;

    if (*n <= chunk) {
        return;
    }
    if (end == right) {
        before = room;
    } else if (*offset == left) {
        after = room;
    } else if (after >= room / 2 && before >= room / 2) {
        before = room / 2;
        after = room / 2;
    } else if (after >= room / 2) {
        after = room - before;
    } else if (before >= room / 2) {
        before = room - after;
    }
    *offset = left - before;
    *n = right + after - *offset;
}

/* Inline: the packet's bytes with what is stored around them, up to a chunk. */
static bool raw_inline(const struct streams *s, const struct session *ssn, enum side side, struct stream_window *w)
{
    const struct tcp_dir *d = &ssn->dir[side];
    uint64_t chunk = chunk_of(s, side), n = s->own.bytes.n;
    uint64_t left = (uint64_t)dir_offset(d, ssn->turn_seq), right = left + n;
    uint32_t i = 0;

    if (chunk <= n || chunk / 3 * 2 < n) {
        chunk = n + chunk / 3;
    }
    bool holes = store_has_holes(d);
    const struct run *r = seq_lt(ssn->turn_seq, d->base_seq) ? NULL : holes ? store_find(d, left, &i) : store_run(d, 0);
    if (r == NULL || r->start > left || r->start + r->len < right) {
        w->bytes = s->own.bytes; /* not stored: the packet's own */
        w->offset = left;
    } else {
        uint64_t offset = r->start, len = r->len;
        inline_trim(&offset, &len, left, right, chunk);
        w->bytes = bytes_of(r->buf + r->head + (offset - r->start), (size_t)len);
        w->offset = offset;
    }
    uint64_t acked = dir_acked(d);
    w->fresh = w->offset;
    w->upto = w->offset + w->bytes.n;
    if (holes) {
        w->upto = d->raw >= acked ? d->raw : w->offset > acked ? acked : w->upto;
    }
    w->next = UINT32_MAX;
    return true;
}

bool stream_raw(const struct streams *s, struct flow *f, enum side side, bool force, struct stream_window *w)
{
    const struct session *ssn = f->tcp;

    if (ssn == NULL) {
        return false;
    }
    const struct tcp_dir *d = &ssn->dir[side];
    if (!store_has_segments(d) || (d->flags & (DIR_OFF | DIR_RAW_OFF))) {
        return false;
    }
    if (s->set.inline_mode) {
        return s->own.flow == f && s->own.bytes.n > 0 && ssn->turn_side == side && raw_inline(s, ssn, side, w);
    }
    if (d->raw == dir_end(d) || !raw_is_due(s, ssn, side, force)) {
        return false;
    }
    uint64_t from = d->raw;
    if ((d->flags & DIR_TRIGGER) && d->lookback > 0) {
        uint64_t back = d->app > d->lookback ? d->app - d->lookback : 0;
        from = back < from ? back : from;
    }
    w->fresh = d->raw;
    w->upto = from;
    w->edge = force ? UINT64_MAX : dir_acked(d);
    w->next = 0;
    if (store_find(d, from, &w->next) == NULL) {
        return false;
    }
    return raw_window(d, w);
}

bool stream_raw_next(const struct streams *s, struct flow *f, enum side side, struct stream_window *w)
{
    const struct session *ssn = f->tcp;

    return ssn && !s->set.inline_mode && raw_window(&ssn->dir[side], w);
}

void stream_raw_done(struct streams *s, struct flow *f, enum side side, uint64_t upto)
{
    struct session *ssn = f->tcp;

    (void)s;
    if (ssn == NULL) {
        return;
    }
    struct tcp_dir *d = &ssn->dir[side];
    bool looked = upto > 0;
    if (!looked) {
        upto = (d->flags & DIR_APP_OFF) ? dir_acked(d) : d->app;
    }
    if (upto > d->raw || !looked) {
        d->raw = upto > d->raw ? upto : d->raw;
        d->flags &= (uint16_t)~DIR_TRIGGER;
    }
    if (d->flags & DIR_RAW_LAST) {
        d->flags |= DIR_RAW_OFF;
    }
}

/* The stream offset up to which nobody needs the bytes any more. */
static uint64_t left_edge(const struct streams *s, const struct session *ssn, enum side side)
{
    enum { NO_WINDOW = 4096 };
    const struct tcp_dir *d = &ssn->dir[side];
    bool app = !(d->flags & DIR_APP_OFF), raw = !(d->flags & DIR_RAW_OFF);
    uint64_t left = UINT64_MAX, back = 0;

    if (raw) {
        back = (s->set.inline_mode ? chunk_of(s, side) : 0) + (app && ssn->state < TCP_CLOSED ? d->lookback : 0);
        left = d->raw > back ? d->raw - back : 0;
    }
    if (app) {
        left = d->app < left ? d->app : left;
        left = d->keep < left ? d->keep : left;
    }
    uint64_t acked = dir_acked(d);
    left = acked < left ? acked : left;
    if (s->set.check_overlap && !s->set.inline_mode) {
        /* What is injected may come after it was acknowledged. */
        uint32_t window = d->window ? d->window : NO_WINDOW;
        left = left > window ? left - window : 0;
    }
    return left;
}

static void prune_dir(struct streams *s, struct session *ssn, enum side side)
{
    struct tcp_dir *d = &ssn->dir[side];

    if (d->flags & DIR_OFF) {
        return;
    }
    if ((d->flags & DIR_DEPTH) || ((d->flags & DIR_APP_OFF) && (d->flags & DIR_RAW_OFF))) {
        dir_off(s, d);
        return;
    }
    uint64_t left = left_edge(s, ssn, side);
    if (left > d->base) {
        store_slide(s->pages, d, left);
    }
}

void stream_prune(struct streams *s, struct flow *f)
{
    struct session *ssn = f->tcp;

    s->own.flow = NULL;
    if (ssn && ssn->turn_prune) {
        ssn->turn_prune = false;
        prune_dir(s, ssn, (enum side)ssn->turn_side);
    }
}
