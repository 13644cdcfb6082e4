/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dcerpc_log - the record's object. */
#include "proto/dcerpc/dcerpc.h"

static void log_version(struct json *j, const char *key, uint16_t major, uint16_t minor)
{
    char text[44];
    size_t n = text_digits(major, text);

    text[n++] = '.';
    n += text_digits(minor, &text[n]);
    json_bytes(j, key, bytes_of(text, n));
}

/* 8-4-4-4-12 hexadecimal digits. */
static void log_uuid(struct json *j, const char *key, const uint8_t uuid[16])
{
    static const char digits[] = "0123456789abcdef";
    char text[36];
    size_t n = 0;

    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[n++] = '-';
        }
        text[n++] = digits[uuid[i] >> 4];
        text[n++] = digits[uuid[i] & 15];
    }
    json_bytes(j, key, bytes_of(text, n));
}

static void log_interface(struct json *j, const struct dceiface *f)
{
    json_object(j, NULL);
    log_uuid(j, "uuid", f->context.uuid);
    log_version(j, "version", f->context.major, f->context.minor);
    if (f->acked) {
        json_u64(j, "ack_result", f->result);
    }
    json_end_object(j);
}

static void log_half(struct json *j, const struct dcerpc *d, enum side side)
{
    const struct dcerpc_half *h = &d->half[side];

    json_object(j, side == TO_SERVER ? "req" : "res");
    if (side == TO_SERVER) {
        json_u64(j, "opnum", d->opnum);
    }
    json_u64(j, "frag_cnt", h->fragments);
    json_u64(j, "stub_data_size", h->stub.n);
    json_end_object(j);
}

void dcerpc_log(const struct txn *t, struct json *j)
{
    const struct dcerpc *d = txn_data_const(t);
    const struct dcerpc_half *q = &d->half[TO_SERVER], *s = &d->half[TO_CLIENT];

    json_string(j, "request", q->seen ? dcepdu_type_name(q->type) : "REQUEST_LOST");
    if (q->seen && (d->offered_n != 0 || d->bound) && d->major != 4) {
        json_array(j, "interfaces");
        for (unsigned i = 0; i < d->offered_n; i++) {
            log_interface(j, &d->offered[i]);
        }
        if (d->bound) {
            log_interface(j, &d->interface);
        }
        json_end_array(j);
    }
    if (q->seen && q->type == DCE_REQUEST) {
        log_half(j, d, TO_SERVER);
    }
    json_string(j, "response", s->seen ? dcepdu_type_name(s->type) : "UNREPLIED");
    if (s->seen && s->type == DCE_RESPONSE) {
        log_half(j, d, TO_CLIENT);
    }
    if (d->major == 4) {
        log_uuid(j, "activityuuid", d->activity);
        json_u64(j, "seqnum", d->call);
    } else {
        json_u64(j, "call_id", d->call);
    }
    log_version(j, "rpc_version", d->major, d->minor);
}
