/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ike2 - version 2: payloads (RFC 7296 3), and what is weak in proposals. */
#include "proto/ike/ike.h"

enum { NONE = 0, SA = 33, NOTIFY = 41, ENCRYPTED = 46, PAYLOAD_HEAD = 4, PROTOCOL_AH = 2, NOTIFY_ERROR_MAX = 16383, PROPOSALS_MAX = 64 };

/* Algorithms by number: bit sets of up to 64. */
#define BIT(n) (1ull << (n))
static const uint64_t weak_enc = BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(11);
static const uint64_t aead_enc = BIT(14) | BIT(15) | BIT(16) | BIT(18) | BIT(19) | BIT(20) | BIT(28);
static const uint64_t weak_prf = BIT(1) | BIT(2);
static const uint64_t weak_auth = BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7);
static const uint64_t weak_dh = BIT(1) | BIT(2) | BIT(5) | BIT(22);

static bool among(uint64_t set, uint16_t n) { return n < 64 && (set >> n & 1) != 0; }

static void look_at(struct txn *t, uint8_t kind, uint16_t id)
{
    switch (kind) {
    case IKE_ENC:
        if (among(weak_enc, id)) {
            txn_note(t, IKE_WEAK_ENC);
        }
        break;
    case IKE_PRF:
        if (id == 0) {
            txn_note(t, IKE_INVALID_PROPOSAL);
        } else if (among(weak_prf, id)) {
            txn_note(t, IKE_WEAK_PRF);
        }
        break;
    case IKE_AUTH:
        if (among(weak_auth, id)) {
            txn_note(t, IKE_WEAK_AUTH);
        }
        break;
    case IKE_DH:
        if (id == 0) {
            txn_note(t, IKE_INVALID_PROPOSAL);
        } else if (among(weak_dh, id)) {
            txn_note(t, IKE_WEAK_DH);
        }
        break;
    case IKE_ESN: break;
    default: txn_note(t, IKE_UNKNOWN_PROPOSAL); break;
    }
}

/* RFC 7296 3.3.1, 3.3.2: transforms of one proposal. */
static void read_proposal(struct conn *c, struct txn *t, struct rd r, uint8_t protocol)
{
    struct ike_state *st = conn_state(c);
    struct ike *d = txn_data(t);
    bool dh = false, auth = false, aead = false;

    while (rd_left(&r) >= 8) {
        rd_skip(&r, 2);
        uint16_t n = rd_be16(&r);
        struct rd one = rd_sub(&r, n >= PAYLOAD_HEAD ? n - (size_t)PAYLOAD_HEAD : SIZE_MAX);
        uint8_t kind = rd_u8(&one);
        rd_skip(&one, 1);
        uint16_t id = rd_be16(&one);
        if (!rd_ok(&one)) {
            return;
        }
        look_at(t, kind, id);
        dh |= kind == IKE_DH;
        auth |= kind == IKE_AUTH && id != 0;
        aead |= kind == IKE_ENC && among(aead_enc, id);
        if (d->side == TO_CLIENT && kind >= IKE_ENC && kind < IKE_KINDS) {
            st->algorithm[kind] = id;
            if (d->chosen_n < IKE_TRANSFORMS_MAX) {
                d->chosen[d->chosen_n++] = (uint32_t)kind << 16 | id;
            }
        }
    }
    if (!dh) {
        txn_note(t, IKE_WEAK_NO_DH);
    }
    if (protocol == PROTOCOL_AH) {
        txn_note(t, IKE_NO_ENCRYPTION);
    }
    if (!auth && !aead) {
        txn_note(t, IKE_WEAK_NO_AUTH);
    }
}

static void read_association(struct conn *c, struct txn *t, struct rd r)
{
    for (unsigned i = 0; i < PROPOSALS_MAX && rd_left(&r) >= 8; i++) {
        rd_skip(&r, 2);
        uint16_t n = rd_be16(&r);
        struct rd one = rd_sub(&r, n >= PAYLOAD_HEAD ? n - (size_t)PAYLOAD_HEAD : SIZE_MAX);
        rd_skip(&one, 1);
        uint8_t protocol = rd_u8(&one), spi = rd_u8(&one);
        rd_skip(&one, 1 + (size_t)spi);
        if (!rd_ok(&one)) {
            return;
        }
        read_proposal(c, t, one, protocol);
    }
}

/* RFC 7296 3.10 */
static void read_notify(struct ike *d, struct rd r)
{
    rd_skip(&r, 2);
    uint16_t type = rd_be16(&r);

    if (rd_ok(&r) && d->notify_n < IKE_LIST_MAX) {
        d->notify[d->notify_n++] = type;
        d->errors += type <= NOTIFY_ERROR_MAX;
    }
}

void ike2_read(struct conn *c, struct txn *t, struct rd r, uint8_t next)
{
    struct ike *d = txn_data(t);
    uint8_t type = next;

    d->payload[d->payload_n++] = type;
    while (type != NONE && rd_left(&r) >= PAYLOAD_HEAD && d->payload_n < IKE_LIST_MAX) {
        next = rd_u8(&r);
        rd_skip(&r, 1);
        uint16_t n = rd_be16(&r);
        struct rd content = rd_sub(&r, n >= PAYLOAD_HEAD ? n - (size_t)PAYLOAD_HEAD : SIZE_MAX);
        if (!rd_ok(&content)) {
            break;
        }
        if (type == SA) {
            read_association(c, t, content);
        } else if (type == NOTIFY) {
            read_notify(d, content);
        }
        d->payload[d->payload_n++] = next;
        if (type == ENCRYPTED) { /* what it says comes next is inside (3.14) */
            break;
        }
        type = next;
    }
}
