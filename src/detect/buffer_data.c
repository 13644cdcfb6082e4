/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes a rule's buffer has in a transaction or packet, with its transforms. */
#include "detect/inspect.h"

#include "file/file.h"
#include "packet/sctp.h"

bool buffer_transform(struct detect *d, const struct buffer *b, struct bytes in, struct bytes *out)
{
    *out = in;
    for (uint16_t i = 0; i < b->transform_n; i++) {
        struct bytes from = *out;
        if (!b->row[i]->run(&d->scope, b->data[i], from, out)) {
            return false;
        }
    }
    return true;
}

bool body_enough(const struct detect *d, const struct body *b) { return d->settings.inline_mode || b->total >= b->min_inspect; }

/* A body in pieces: what is new, with look-back.  Nothing before there is enough to be worth it. */
static bool body_window(const struct detect *d, const struct body *b, bool last, struct verify_buffer *out)
{
    bool more = !b->ended && !last && (b->limit == 0 || b->total < b->limit);
    uint64_t from = 0;

    if (!b->p || b->n == 0 || (more && !body_enough(d, b))) {
        return false;
    }
    if (b->inspected > b->min_inspect) {
        uint64_t fresh = b->total - b->inspected;
        if (fresh < b->window) {
            from = b->inspected > b->window - fresh ? b->inspected - (b->window - fresh) : 0;
        } else {
            from = b->inspected - b->window / 4;
        }
    }
    from = from > b->base ? from - b->base : 0;
    if (from >= b->n) {
        return false;
    }
    *out = (struct verify_buffer){ .bytes = bytes_of(b->p + from, b->n - from), .offset = b->base + from, .end = b->ended || last, .body = b };
    return true;
}

struct body *txn_body(const struct txn *t, unsigned side)
{
    for (unsigned i = 0; t->proto && i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        if (f->type == FIELD_BODY && (f->sides >> side & 1) != 0) {
            return f->body(t, (enum side)side);
        }
    }
    return NULL;
}

bool buffer_body(struct detect *d, const struct txn *t, unsigned side, struct verify_buffer *out)
{
    const struct body *b = txn_body(t, side);

    return b && body_window(d, b, d->turn->end || t->complete[side], out);
}

static const struct field *field_of(const struct buffer *b, const struct txn *t, unsigned side)
{
    return b->field[side][txn_proto(t)];
}

bool buffer_is_list(const struct buffer *b, unsigned proto, unsigned side)
{
    const struct field *f = proto < DETECT_PROTOS ? b->field[side][proto] : NULL;

    return f ? f->type == FIELD_LIST : b->kind == BUFFER_FILE_DATA || b->kind == BUFFER_FILE_FIELD;
}

static bool buffer_raw(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, struct verify_buffer *out)
{
    const struct field *f = field_of(b, t, side);

    if (!f) {
        return false;
    }
    if (f->type == FIELD_BODY) {
        struct body *body = f->body(t, (enum side)side);
        return body && body_window(d, body, d->turn->end || t->complete[side], out);
    }
    *out = (struct verify_buffer){ .end = true, .little = f->little && f->little(t, (enum side)side) ? f->little_for : 0 };
    return f->bytes && f->bytes(t, (enum side)side, 0, &out->bytes);
}

bool buffer_single(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, struct verify_buffer *out)
{
    struct buffer_slot *s = &d->slot[b->id];

    if (s->stamp != d->txn_stamp) {
        s->stamp = d->txn_stamp;
        s->there = buffer_raw(d, b, t, side, &s->data);
        if (s->there && b->transform_n != 0) {
            s->there = buffer_transform(d, b, s->data.bytes, &s->data.bytes);
            s->data.body = NULL;
        }
    }
    *out = s->data;
    return s->there;
}

static bool file_item(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, unsigned item, struct verify_buffer *out)
{
    bool last = d->turn->end || t->complete[side];
    struct file *f = t->files;

    for (; f; f = f->next) {
        if (f->side == side && !f->passed && item-- == 0) {
            break;
        }
    }
    if (!f) {
        return false;
    }
    *out = (struct verify_buffer){ .end = true, .bytes = bytes_none() };
    if (b->kind == BUFFER_FILE_DATA) {
        if (f->data) {
            (void)body_window(d, f->data, last, out);
        }
        return true;
    }
    out->bytes = strcmp(b->name, "file.magic") == 0 ? f->magic : f->name;
    return true;
}

bool buffer_item(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, unsigned item, struct verify_buffer *out)
{
    const struct field *f = field_of(b, t, side);

    if (f) {
        *out = (struct verify_buffer){ .end = true };
        if (!f->bytes || !f->bytes(t, (enum side)side, item, &out->bytes)) {
            return false;
        }
    } else if (!file_item(d, b, t, side, item, out)) {
        return false;
    }
    if (item >= BUFFER_ITEMS_MAX) {
        d->counter[DETECT_ITEMS]++;
        return false;
    }
    if (b->transform_n != 0) {
        out->body = NULL;
        if (!buffer_transform(d, b, out->bytes, &out->bytes)) {
            out->bytes = bytes_none();
        }
    }
    return true;
}

/* ---- packets ---- */

/* What the DATA chunks carry, those that carry nothing left out. */
static struct bytes chunk_data(const struct view *v, unsigned item)
{
    struct rd r = rd_of(v->payload);
    struct sctp_chunk c;

    for (unsigned n = 0, data = 0; n < SCTP_CHUNKS_MAX && data < SCTP_DATA_CHUNKS_MAX && sctp_chunk_take(&r, &c); n++) {
        struct bytes user = sctp_user_data(&c);
        data += c.type == SCTP_DATA;
        if (user.n != 0 && item-- == 0) {
            return user;
        }
    }
    return bytes_none();
}

static struct bytes packet_bytes(const struct view *v, const char *name)
{
    enum { ETHER, IP_HEADER, L4_HEADER, L4 };
    static const struct {
        const char *name;
        unsigned layers, part;
    } rows[] = {
        { "ether.hdr", LAYER_ETHER, ETHER },      { "ipv4.hdr", LAYER_IPV4, IP_HEADER },    { "ipv6.hdr", LAYER_IPV6, IP_HEADER },
        { "tcp.hdr", LAYER_TCP, L4_HEADER },      { "udp.hdr", LAYER_UDP, L4_HEADER },      { "icmpv4.hdr", LAYER_ICMP4, L4_HEADER },
        { "icmpv6.hdr", LAYER_ICMP6, L4_HEADER }, { "igmp.hdr", LAYER_IGMP, L4_HEADER },    { "sctp.hdr", LAYER_SCTP, L4 },
    };
    const struct bytes part[] = { [ETHER] = v->ether, [IP_HEADER] = v->ip_header, [L4_HEADER] = v->l4_header, [L4] = v->l4 };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return view_has(v, rows[i].layers) ? part[rows[i].part] : bytes_none();
        }
    }
    if (v->family != FAMILY_NONE && (strcmp(name, "ip.src") == 0 || strcmp(name, "ip.dst") == 0)) {
        const struct addr *a = name[3] == 's' ? &v->src : &v->dst;
        return v->family == FAMILY_4 ? bytes_of(a->b + 12, 4) : bytes_of(a->b, 16);
    }
    return bytes_none();
}

bool buffer_packet(struct detect *d, const struct buffer *b, unsigned item, struct verify_buffer *out)
{
    const struct view *v = d->turn->view;

    *out = (struct verify_buffer){ .end = true };
    if (!v) {
        return false;
    }
    bool list = strcmp(b->name, "sctp.chunk_data") == 0;
    if (list) {
        out->bytes = view_has(v, LAYER_SCTP) ? chunk_data(v, item) : bytes_none();
    } else if (item == 0) {
        out->bytes = packet_bytes(v, b->name);
    }
    if (out->bytes.n == 0) {
        return false;
    }
    if (!buffer_transform(d, b, out->bytes, &out->bytes)) {
        out->bytes = bytes_none();
        return list;
    }
    return true;
}
