/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ike1 - version 1: payloads (RFC 2408 3). */
#include "proto/ike/ike.h"

enum { SA = 1, PROPOSAL = 2, TRANSFORM = 3, KEY_EXCHANGE = 4, NONCE = 10, VENDOR = 13, PAYLOAD_HEAD = 4, DOI_IPSEC = 1, TYPES = 32, ATTRIBUTE_SHORT = 0x8000 };

/* RFC 2408 3.2: the next payload's type, the length of this one; *next becomes that type. */
static bool payload_next(struct rd *r, uint8_t *next, struct rd *content)
{
    if (rd_left(r) < PAYLOAD_HEAD) {
        return false;
    }
    *next = rd_u8(r);
    rd_skip(r, 1);
    uint16_t n = rd_be16(r);
    if (n > PAYLOAD_HEAD && rd_left(r) < n - (size_t)PAYLOAD_HEAD) {
        return false;
    }
    *content = rd_sub(r, n > PAYLOAD_HEAD ? n - (size_t)PAYLOAD_HEAD : 0);
    return true;
}

static void type_seen(struct ike *d, uint8_t type)
{
    if (type < TYPES) {
        d->types |= 1u << type;
    }
}

/* RFC 2408 3.3 */
static void read_attributes(struct ike_transform *f, struct rd r)
{
    while (rd_left(&r) >= 4 && f->n < IKE_ATTRIBUTES_MAX) {
        struct ike_attribute *a = &f->attribute[f->n];
        uint16_t type = rd_be16(&r);
        a->type = type & (ATTRIBUTE_SHORT - 1);
        a->word = rd_be16(&r);
        if ((type & ATTRIBUTE_SHORT) != 0) {
            a->has_number = true;
            a->number = a->word;
        } else if (a->word == 4) {
            a->has_number = true;
            a->number = rd_be32(&r);
        } else {
            struct bytes b = rd_bytes(&r, a->word);
            for (; a->n < b.n && a->n < IKE_LONG_MAX; a->n++) {
                a->bytes[a->n] = b.p[a->n];
            }
        }
        if (!rd_ok(&r)) {
            return;
        }
        f->n++;
    }
}

static void read_transform(struct txn *t, struct rd r)
{
    struct ike *d = txn_data(t);
    struct ike_transform *f = d->transform_n < IKE_TRANSFORMS_MAX ? arena_zero(txn_arena(t), sizeof *f) : NULL;

    rd_skip(&r, 4); /* number, identifier */
    if (f == NULL || !rd_ok(&r)) {
        return;
    }
    read_attributes(f, r);
    *(d->transform_end != NULL ? d->transform_end : &d->transforms) = f;
    d->transform_end = &f->next;
    d->transform_n++;
}

/* RFC 2408 3.5: transforms follow the proposal's identifier. */
static void read_proposal(struct txn *t, struct rd r)
{
    struct rd content;
    uint8_t type = TRANSFORM, next;

    rd_skip(&r, 2);
    uint8_t spi = rd_u8(&r);
    rd_skip(&r, 1 + (size_t)spi);
    while (payload_next(&r, &next, &content)) {
        type_seen(txn_data(t), type);
        if (type == TRANSFORM) {
            read_transform(t, content);
        }
        type = next;
    }
}

/* RFC 2408 3.4 */
static void read_association(struct conn *c, struct txn *t, struct rd r)
{
    struct ike_state *st = conn_state(c);
    struct rd content;
    uint8_t type = PROPOSAL, next;

    st->doi = rd_be32(&r);
    st->has_doi = rd_ok(&r);
    if (st->doi != DOI_IPSEC) {
        return;
    }
    rd_skip(&r, 4);
    while (payload_next(&r, &next, &content)) {
        type_seen(txn_data(t), type);
        if (type == PROPOSAL) {
            read_proposal(t, content);
        }
        type = next;
    }
}

static void read_vendor(struct txn *t, struct bytes id)
{
    static const uint8_t digits[] = "0123456789abcdef";
    struct ike *d = txn_data(t);
    struct arena_text text;

    if (d->vendor_n == IKE_LIST_MAX) {
        return;
    }
    arena_text_init(&text, txn_arena(t), 1024);
    for (size_t i = 0; i < id.n; i++) {
        arena_text_byte(&text, digits[id.p[i] >> 4]);
        arena_text_byte(&text, digits[id.p[i] & 15]);
    }
    d->vendor[d->vendor_n++] = arena_text_bytes(&text);
}

static uint16_t keep(uint8_t *to, size_t max, struct bytes b)
{
    size_t n = 0;

    for (; n < b.n && n < max; n++) {
        to[n] = b.p[n];
    }
    return (uint16_t)n;
}

/* What the flow knows of the side that spoke.  A new association begins anew. */
static void side_known(struct conn *c, struct txn *t, enum side side)
{
    struct ike_state *st = conn_state(c);
    const struct ike *d = txn_data_const(t);
    struct ike_end *end = &st->end[side];

    if (side == TO_CLIENT && (d->types >> SA & 1) != 0) {
        st->chosen_n = 0;
    }
    end->key_n = keep(end->key, IKE_KEY_MAX, d->key);
    end->nonce_n = keep(end->nonce, IKE_NONCE_MAX, d->nonce);
    if (side == TO_SERVER) {
        return;
    }
    if (st->chosen_n <= 1 && st->chosen_n + d->transform_n > 1) {
        txn_note(t, IKE_MULTIPLE_PROPOSALS);
    }
    if (st->chosen_n == 0 && d->transforms != NULL) {
        st->chosen = *d->transforms;
    }
    st->chosen_n += d->transform_n;
}

void ike1_read(struct conn *c, struct txn *t, struct rd r, uint8_t next)
{
    struct ike *d = txn_data(t);
    uint8_t type = next;
    struct rd content;

    d->key = d->nonce = bytes_none();
    type_seen(d, type);
    if ((d->flags & IKE_ENCRYPTED) != 0) {
        return;
    }
    while (payload_next(&r, &next, &content)) {
        type_seen(d, type);
        switch (type) {
        case SA: read_association(c, t, content); break;
        case KEY_EXCHANGE: d->key = arena_copy(txn_arena(t), rd_rest(&content)); break;
        case NONCE: d->nonce = arena_copy(txn_arena(t), rd_rest(&content)); break;
        case VENDOR: read_vendor(t, rd_rest(&content)); break;
        default: break;
        }
        type = next;
    }
    side_known(c, t, d->side);
    if (rd_left(&r) != 0) {
        txn_note(t, IKE_EXTRA_DATA);
    }
}
