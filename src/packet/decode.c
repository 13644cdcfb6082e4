/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/decode.h"

#include "packet/layers.h"

const struct note_row decode_notes[] = {
#define NOTE(id, name, gid, sid, help) { name, gid, sid, help },
#include "packet/notes.list"
#undef NOTE
};
_Static_assert(ROWS(decode_notes) == DECODE_NOTE_N, "a row per note");
_Static_assert(DECODE_NOTE_N <= NOTE_STREAM_BASE, "decoder notes stay below stream notes");

const struct counter_row decode_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "packet/counters.list"
#undef COUNTER
};
_Static_assert(ROWS(decode_counters) == DECODE_COUNTER_N, "a row per counter");

#define LAYERS_PRESET 16
#define LAYERS_LIMIT  64 /* what max_layers may be raised to: each may be a call deep */

/* A view with everything set that is not guarded by a count, a flag or a layer bit; NULL when the frame has its
 * share, which also keeps the batch's room sufficient. */
static struct view *view_take(struct walk *w, struct bytes bytes)
{
    if (w->p->view_n >= VIEWS_MAX || w->b->view_n >= w->b->view_max) {
        count(w, COUNT_VIEWS_REFUSED);
        return NULL;
    }
    struct view *v = &w->b->views[w->b->view_n++];
    w->p->view_n++;

    v->packet = w->p;
    v->outer = NULL;
    v->next = NULL;
    v->bytes = bytes;
    v->ip = v->ip_header = v->l4 = v->l4_header = v->payload = v->ether = bytes_none();
    v->src = v->dst = (struct addr){ .q = { 0, 0 } };
    v->family = FAMILY_NONE;
    v->sport = v->dport = 0;
    v->proto = v->ttl = v->tos = 0;
    v->ip_id = v->frag_offset = 0;
    v->frag_flags = 0;
    v->frag_id = 0;
    v->frag_total = v->frag_prev = 0;
    v->frag_next = 0;
    v->control = CONTROL_NONE;
    v->ip_options = 0;
    v->ext_headers = 0;
    v->quoted_sport = v->quoted_dport = 0;
    v->quoted_proto = 0;
    v->quoted_family = FAMILY_NONE;
    v->present = 0;
    v->flags = w->p->wire_len > w->p->frame.n ? VIEW_NO_FLOW | VIEW_TRUNCATED : VIEW_NO_FLOW;
    v->ether_type = 0;
    v->level = 0;
    v->vlan_n = 0;
    v->overlay_n = 0;
    v->readers = READERS_ALL;
    v->network = v->tenant = v->gre_key = v->teid = 0;
    v->mpls_n = 0;
    v->note_n = 0;
    v->hash = 0;
    return v;
}

static void view_inherit(struct view *v, const struct view *from)
{
    v->overlay_n = from->overlay_n;
    for (unsigned i = 0; i < from->overlay_n; i++) {
        v->overlay[i] = from->overlay[i];
    }
    v->readers = from->readers;
    v->network = from->network;
    v->gre_key = from->gre_key;
    v->teid = from->teid;
}

bool layer_tunnel(struct walk *w, struct view *v, const struct tunnel *t, struct bytes data)
{
    uint32_t layers = w->layers;
    uint8_t packet_views = w->p->view_n;
    unsigned batch_views = w->b->view_n;

    if ((w->d->settings.off >> t->overlay & 1) != 0) {
        return false;
    }
    if (layers + 1 >= w->max_layers) {
        return layer_ceiling(w, v, NOTE_TOO_MANY_LAYERS);
    }
    struct view *inner = view_take(w, data);
    if (inner == NULL) {
        return layer_ceiling(w, v, NOTE_TOO_MANY_LAYERS);
    }
    inner->outer = v;
    inner->next = v;
    inner->level = (uint8_t)(v->level + 1);
    inner->flags |= VIEW_TUNNELED;
    view_inherit(inner, v);
    layer_overlay(inner, t->overlay);
    inner->readers &= (uint8_t)~w->d->settings.blind[t->overlay];
    if (t->network != 0) {
        inner->network = t->network;
    }
    if (t->gre_key != 0) {
        inner->gre_key = t->gre_key;
    }
    if (t->teid != 0) {
        inner->teid = t->teid;
    }
    w->layers = layers + 1;
    w->first = inner;
    bool good = t->decode(w, inner, data);
    w->layers = layers;
    if (!good || (t->whole && (inner->flags & VIEW_INVALID) != 0)) {
        if (w->deep) {
            count(w, COUNT_VIEWS_REFUSED);
            w->deep = false;
        }
        w->first = v;
        w->p->view_n = packet_views;
        w->b->view_n = batch_views;
        return false;
    }
    v->flags |= VIEW_CARRIER;
    return true;
}

/* Counts the notes of the views from `first` out to and with `last`, tells their tenants, and looks at checksums when told to. */
static void views_finish(struct walk *w, struct view *first, const struct view *last)
{
    for (struct view *v = first; v != NULL; v = v == last ? NULL : v->next) {
        for (unsigned i = 0; i < v->note_n; i++) {
            w->d->note[v->note[i]]++;
        }
        v->tenant = tenant_of(w->d->settings.tenants, v);
        if (w->d->settings.checksums) {
            if (!view_ip_checksum_ok(v)) {
                v->flags |= VIEW_BAD_IP_CHECKSUM;
            }
            if (!view_l4_checksum_ok(v)) {
                v->flags |= VIEW_BAD_CHECKSUM;
            }
        }
    }
}

static struct walk walk_of(struct decoder *d, struct batch *b, struct packet *p)
{
    uint32_t max = d->settings.max_layers == 0 ? LAYERS_PRESET : d->settings.max_layers;

    return (struct walk){ .d = d, .b = b, .p = p, .max_layers = max < LAYERS_LIMIT ? max : LAYERS_LIMIT };
}

void packet_decode(struct decoder *d, struct batch *b, struct packet *p)
{
    struct walk w = walk_of(d, b, p);

    d->counter[COUNT_PKTS]++;
    d->counter[COUNT_BYTES] += p->frame.n;
    if (p->frame.n > d->counter[COUNT_MAX_PKT_SIZE]) {
        d->counter[COUNT_MAX_PKT_SIZE] = p->frame.n;
    }
    p->view_n = 0;
    p->verdict = VERDICT_PASS;
    p->rewritten = false;
    p->unread = false;
    struct view *v = view_take(&w, p->frame);
    bug_if(v == NULL); /* a batch has room for VIEWS_MAX views of each of its packets */
    p->outermost = v;
    w.first = v;
    (void)layer_link(&w, v, p->link, p->frame);
    if ((v->flags & VIEW_INVALID) != 0) {
        d->counter[COUNT_INVALID]++;
    }
    p->first = w.first;
    views_finish(&w, w.first, v);
}

struct view *packet_decode_datagram(struct decoder *d, struct batch *b, struct view *from, struct datagram datagram)
{
    struct walk w = walk_of(d, b, from->packet);
    unsigned batch_views = b->view_n;
    struct view *v = view_take(&w, datagram.whole);

    if (v == NULL) {
        return NULL;
    }
    v->outer = from->outer;
    v->next = from;
    v->level = from->level;
    v->flags |= (uint16_t)(VIEW_REASSEMBLED | (from->flags & VIEW_TUNNELED));
    v->ether = from->ether;
    v->present = from->present & LAYER_ETHER;
    v->ether_type = from->ether_type;
    v->mpls_n = from->mpls_n;
    v->vlan_n = from->vlan_n;
    for (unsigned i = 0; i < VIEW_VLANS_MAX && i < from->vlan_n; i++) {
        v->vlan[i] = from->vlan[i];
    }
    view_inherit(v, from);
    w.first = v;
    if (!(from->family == FAMILY_6 ? layer_ipv6 : layer_ipv4)(&w, v, datagram.ip)) {
        from->packet->view_n--;
        b->view_n = batch_views;
        return NULL;
    }
    from->flags |= VIEW_CARRIER;
    views_finish(&w, w.first, v);
    return w.first;
}

void decode_settle(struct decoder *d)
{
    uint64_t n = d->counter[COUNT_PKTS];

    d->counter[COUNT_AVG_PKT_SIZE] = n == 0 ? 0 : d->counter[COUNT_BYTES] / n;
}
