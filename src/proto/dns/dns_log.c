/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/dns/dns.h"

static struct dnsmsg_shown shown(const struct dns_settings *s)
{
    return s != NULL ? (struct dnsmsg_shown){ s->formats, s->types } : (struct dnsmsg_shown){ NULL, NULL };
}

bool dns_log_wanted(const struct txn *t)
{
    const struct dnsmsg *d = txn_data_const(t);
    const struct dns_settings *s = txn_settings(t);

    if (s != NULL && (dnsmsg_response(d) ? !s->responses : !s->requests)) {
        return false;
    }
    struct dnsmsg_shown how = shown(s);
    return dnsmsg_is_shown(d, &how);
}

/* Records of version 2 do not tell the way of a message; they look as the flow does. */
static bool by_question(const struct txn *t)
{
    const struct dns_settings *s = txn_settings(t);

    return s != NULL && s->version < 3;
}

enum side dns_log_side(const struct txn *t, enum side turn)
{
    (void)turn;
    return by_question(t) || t->skip_inspect[TO_CLIENT] ? TO_SERVER : TO_CLIENT;
}

void dns_log(const struct txn *t, struct json *j)
{
    struct dnsmsg_shown how = shown(txn_settings(t));

    dnsmsg_log(j, txn_data_const(t), t->id, &how);
}

/* A question of a request, as version 2 has it. */
static void log_query_v2(const struct txn *t, const struct dnsmsg_query *q, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);

    json_u64(j, "version", 2);
    json_string(j, "type", "query");
    json_u64(j, "id", d->id);
    dnsmsg_log_query(j, q);
    json_u64(j, "tx_id", t->id);
    if ((d->flags & DNSMSG_Z) != 0) {
        json_bool(j, "z", true);
    }
    json_u64(j, "opcode", DNSMSG_OPCODE(d->flags));
}

static void log_answer_v2(const struct txn *t, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);
    struct dnsmsg_shown how = shown(txn_settings(t));

    json_u64(j, "version", 2);
    json_string(j, "type", "answer");
    json_u64(j, "id", d->id);
    dnsmsg_log_flags(j, d->flags);
    json_u64(j, "opcode", DNSMSG_OPCODE(d->flags));
    if (d->query_n != 0) {
        dnsmsg_log_query(j, &d->query[0]);
    }
    dnsmsg_log_rcode(j, d);
    dnsmsg_log_records(j, d, &how);
}

unsigned dns_log_parts(const struct txn *t)
{
    const struct dnsmsg *d = txn_data_const(t);
    unsigned n = 1;

    if (by_question(t) && !dnsmsg_response(d)) {
        struct dnsmsg_shown how = shown(txn_settings(t));
        for (n = 0; dnsmsg_shown_query(d, &how, n) != NULL; n++) {
        }
    }
    return n;
}

void dns_log_part(const struct txn *t, unsigned i, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);

    if (!by_question(t)) {
        dns_log(t, j);
    } else if (dnsmsg_response(d)) {
        log_answer_v2(t, j);
    } else {
        struct dnsmsg_shown how = shown(txn_settings(t));
        log_query_v2(t, dnsmsg_shown_query(d, &how, i), j);
    }
}
