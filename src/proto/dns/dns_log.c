/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/dns/dns.h"

/* Is `word` among the comma-separated words of `list`?  NULL lists everything. */
static bool listed(const char *list, const char *word)
{
    if (list == NULL) {
        return true;
    }
    struct rd r = rd_of(bytes_str(list));
    while (rd_left(&r) != 0) {
        bool found;
        struct bytes one = bytes_trim(rd_until(&r, ',', &found), " ");
        if (bytes_is_nocase(one, word)) {
            return true;
        }
    }
    return false;
}

/* The i-th question of a type that records are wanted of. */
static const struct dnsmsg_query *question_wanted(const struct dnsmsg *d, const struct dns_settings *s, unsigned i)
{
    char room[8];

    for (unsigned k = 0; k < d->query_n; k++) {
        if (listed(s != NULL ? s->types : NULL, dnsmsg_type_name(d->query[k].type, room)) && i-- == 0) {
            return &d->query[k];
        }
    }
    return NULL;
}

bool dns_log_wanted(const struct txn *t)
{
    const struct dnsmsg *d = txn_data_const(t);
    const struct dns_settings *s = txn_settings(t);

    if (s != NULL && (dnsmsg_response(d) ? !s->responses : !s->requests)) {
        return false;
    }
    return s == NULL || s->types == NULL || d->query_n == 0 || question_wanted(d, s, 0) != NULL;
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

static void log_rcode(struct json *j, const struct dnsmsg *d)
{
    char room[8];

    json_string(j, "rcode", dnsmsg_rcode_name(DNSMSG_RCODE(d->flags), room));
}

static void log_records(struct json *j, const struct dnsmsg *d, const struct dns_settings *s)
{
    const char *formats = s != NULL ? s->formats : NULL;

    if (listed(formats, "detailed")) {
        dnsmsg_log_section(j, "answers", d, DNSMSG_ANSWERS);
    }
    if (d->record_n[DNSMSG_ANSWERS] != 0 && listed(formats, "grouped")) {
        dnsmsg_log_grouped(j, d);
    }
    dnsmsg_log_section(j, "authorities", d, DNSMSG_AUTHORITIES);
}

void dns_log(const struct txn *t, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);

    json_u64(j, "version", 3);
    json_string(j, "type", dnsmsg_response(d) ? "response" : "request");
    json_u64(j, "tx_id", t->id);
    json_u64(j, "id", d->id);
    dnsmsg_log_flags(j, d->flags);
    json_u64(j, "opcode", DNSMSG_OPCODE(d->flags));
    log_rcode(j, d);
    if (d->query_n != 0) {
        json_array(j, "queries");
        for (unsigned i = 0; i < d->query_n; i++) {
            json_object(j, NULL);
            dnsmsg_log_query(j, &d->query[i]);
            json_end_object(j);
        }
        json_end_array(j);
    }
    log_records(j, d, txn_settings(t));
    dnsmsg_log_section(j, "additionals", d, DNSMSG_ADDITIONALS);
}

/* A question of a request, as version 2 has it. */
static void log_query_v2(const struct txn *t, const struct dnsmsg_query *q, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);

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

    json_u64(j, "version", 2);
    json_string(j, "type", "answer");
    json_u64(j, "id", d->id);
    dnsmsg_log_flags(j, d->flags);
    json_u64(j, "opcode", DNSMSG_OPCODE(d->flags));
    if (d->query_n != 0) {
        dnsmsg_log_query(j, &d->query[0]);
    }
    log_rcode(j, d);
    log_records(j, d, txn_settings(t));
}

bool dns_log_part(const struct txn *t, unsigned i, struct json *j)
{
    const struct dnsmsg *d = txn_data_const(t);

    if (by_question(t) && !dnsmsg_response(d)) {
        const struct dnsmsg_query *q = question_wanted(d, txn_settings(t), i);
        if (q != NULL) {
            log_query_v2(t, q, j);
        }
        return q != NULL;
    }
    if (i == 0) {
        (by_question(t) ? log_answer_v2 : dns_log)(t, j);
    }
    return i == 0;
}
