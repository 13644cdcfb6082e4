/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/pcap_log.h"

#include "base/arena.h"
#include "flow/stream.h"
#include "source/filter.h"

#include <stdlib.h>
#include <string.h>

enum { FLOW_BYTES_MAX = 64 * 1024, MEMORY_MAX = 64 * 1024 * 1024 };

/* A frame that waits; its bytes follow. */
struct waiting {
    struct waiting *next;
    size_t room;
    struct capture_event head;
    uint32_t n;
};
struct flow_frames {
    struct waiting *first, *last;
    size_t room, bytes;
    uint64_t lost;               /* frames that found no room */
};

struct pcap_log {
    const struct pcap_log_settings *settings;
    uint64_t depth;
    struct event_out *out;
    struct filter *filter;
    struct pages *pages;
    unsigned thread;
    bool due, silent;            /* of the frame in turn: it is to be written; it is not, whatever else */
    uint64_t counter[PCAP_LOG_COUNTER_N];
};

const struct counter_row pcap_log_counters[] = {
    { "pcap_log.written", "frames for the output pcap-log", COUNTER_SUM },
    { "pcap_log.filtered_bpf", "frames that its filter did not want", COUNTER_SUM },
    { "pcap_log.not_kept", "frames from before a flow's alert that found no room: beyond 64 KB a flow, or no memory", COUNTER_SUM | COUNTER_OWN },
};

struct pcap_log *pcap_log_new(const struct pcap_log_settings *s, uint64_t depth, struct event_out *out, unsigned thread, struct err *err)
{
    struct pcap_log *l = calloc(1, sizeof *l);

    if (l == NULL) {
        err_set(err, "pcap-log: not enough memory");
        return NULL;
    }
    *l = (struct pcap_log){ .settings = s, .depth = depth, .out = out, .thread = thread, .pages = pages_new(MEMORY_MAX) };
    if (l->pages == NULL || (s->filter != NULL && (l->filter = filter_new(s->filter, err)) == NULL)) {
        pcap_log_free(l);
        return NULL;
    }
    return l;
}

void pcap_log_free(struct pcap_log *l)
{
    if (l != NULL) {
        filter_free(l->filter);
        pages_free(l->pages);
        free(l);
    }
}

const uint64_t *pcap_log_values(const struct pcap_log *l) { return l->counter; }

void pcap_log_begin(struct pcap_log *l)
{
    l->due = l->settings->when == PCAP_LOG_ALL;
    l->silent = false;
}

static void frame_out(struct pcap_log *l, const struct capture_event *e, struct bytes frame)
{
    if (event_put_headed(l->out, EVENT_CAPTURE, bytes_of(e, sizeof *e), frame)) {
        l->counter[PCAP_LOG_WRITTEN]++;
    }
}

/* ---- frames that wait ---- */

static void first_drop(struct pcap_log *l, struct flow_frames *f)
{
    struct waiting *w = f->first;

    f->first = w->next;
    f->bytes -= w->n;
    pages_give(l->pages, w, w->room);
}

static void waiting_end(struct pcap_log *l, struct flow *f, bool write)
{
    struct flow_frames *x = f->frames;

    if (x == NULL) {
        return;
    }
    while (x->first != NULL) {
        if (write) {
            frame_out(l, &x->first->head, bytes_of(x->first + 1, x->first->n));
        }
        first_drop(l, x);
    }
    l->counter[PCAP_LOG_NOT_KEPT] += write ? x->lost : 0;
    pages_give(l->pages, x, x->room);
    f->frames = NULL;
}

static void waiting_add(struct pcap_log *l, struct flow *f, const struct packet *p)
{
    struct flow_frames *x = f->frames;
    size_t got;

    if (x == NULL) {
        x = pages_take(l->pages, sizeof *x, &got);
        if (x == NULL) {
            l->counter[PCAP_LOG_NOT_KEPT]++;
            return;
        }
        *x = (struct flow_frames){ .room = got };
        f->frames = x;
    }
    while (x->first != NULL && x->bytes + p->frame.n > FLOW_BYTES_MAX) {
        first_drop(l, x);
        x->lost++;
    }
    struct waiting *w = p->frame.n <= FLOW_BYTES_MAX ? pages_take(l->pages, sizeof *w + p->frame.n, &got) : NULL;
    if (w == NULL) {
        x->lost++;
        return;
    }
    *w = (struct waiting){ .room = got, .n = (uint32_t)p->frame.n,
                           .head = { .ts = p->ts, .link = p->link, .original = p->wire_len, .thread = l->thread } };
    memcpy(w + 1, p->frame.p, p->frame.n);
    *(x->first != NULL ? &x->last->next : &x->first) = w;
    x->last = w;
    x->bytes += w->n;
}

/* ---- turns ---- */

static bool condition(const struct pcap_log *l, const struct flow *f, const struct detect_result *r)
{
    switch (l->settings->when) {
    case PCAP_LOG_ALERTS: return r->alerts != 0 || (f != NULL && (f->flags & FLOW_HAS_ALERTS) != 0);
    case PCAP_LOG_TAGGED: return r->tagged;
    case PCAP_LOG_ALL:
    default: return true;
    }
}

void pcap_log_view(struct pcap_log *l, const struct detect_turn *t, const struct detect_result *r)
{
    struct flow *f = t->flow;

    if (f != NULL && ((l->settings->honor_pass && (f->flags & FLOW_PASSED) != 0) ||
                      (l->settings->use_depth && l->depth != 0 && f->tcp != NULL && stream_bytes(f, t->side) > l->depth))) {
        l->silent = true;
        return;
    }
    if (l->settings->when == PCAP_LOG_ALL) {
        return;
    }
    if (condition(l, f, r)) {
        if (f != NULL) {
            waiting_end(l, f, true);
        }
        l->due = true;
    } else if (f != NULL && f->tcp != NULL && t->view->payload.n != 0) {
        waiting_add(l, f, t->view->packet);
    }
}

void pcap_log_frame(struct pcap_log *l, const struct packet *p, bool owned)
{
    const struct capture_event e = { .ts = p->ts, .link = p->link, .original = p->wire_len, .thread = l->thread };
    struct err err;

    if (!l->due || l->silent || atomic_load_explicit(&l->settings->paused, memory_order_relaxed) || (l->settings->when == PCAP_LOG_ALL && !owned)) {
        return;
    }
    if (l->filter != NULL) {
        struct record r = { .frame = p->frame, .ts = p->ts, .wire_len = p->wire_len, .link = p->link };
        if (!filter_wants(l->filter, &r, &err)) {
            l->counter[PCAP_LOG_FILTERED]++;
            return;
        }
    }
    frame_out(l, &e, p->frame);
}

void pcap_log_flow_end(struct pcap_log *l, struct flow *f)
{
    waiting_end(l, f, l->settings->when == PCAP_LOG_ALERTS && (f->flags & FLOW_HAS_ALERTS) != 0); /* the end itself may have alerted */
}
