/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pgsql - the row: recognition, framing, the dialogue and its steps, rule buffers, notes, settings. */
#include "proto/pgsql/pgsql.h"

enum { UNIT_MESSAGE, UNIT_START, UNIT_ANSWER, UNIT_HEAD, UNIT_LENGTH };
enum pgsql_note { INVALID_LENGTH, MALFORMED_REQUEST, MALFORMED_RESPONSE, TOO_MANY_TRANSACTIONS, TOO_MANY_RESPONSES };
enum { DONE = 1, LENGTH = 4, START_MIN = 8, HEAD = 5, ROW_HEAD = 7, SYNC = 6, PROBE_MAX = 16, MESSAGE_MAX = 4 << 20 };

/* What was said last. */
enum stage { IDLE, STARTUP, SSL_REQUEST, SSL_NO, SSL_YES, CANCEL, PASSWORD, SASL_FIRST, SASL_NEXT, QUERY, TERMINATED, AUTH_SIMPLE, AUTH_SASL, AUTH_SASL_MORE,
             AUTH_SASL_LAST, AUTH_OK, PARAMETERS, KEY, READY, ROW_HEADS, ROWS_COME, COMPLETE, FAILED, COPY_IN, COPY_IN_FIRST, COPY_IN_MORE, COPY_OUT,
             COPY_OUT_DATA, COPY_DONE, COPY_FAILED, KEEP };

static const struct {
    bool opens;             /* a message at this stage begins a transaction */
    bool whole[2];          /* the request, the response is complete */
} stages[KEEP] = {
    [IDLE] = { true, { false, false } },      [STARTUP] = { true, { true, false } },        [SSL_REQUEST] = { true, { true, false } },
    [PASSWORD] = { true, { true, false } },   [SASL_FIRST] = { true, { true, false } },     [SASL_NEXT] = { true, { true, false } },
    [QUERY] = { true, { true, false } },      [TERMINATED] = { true, { true, true } },      [CANCEL] = { true, { true, true } },
    [COPY_IN_FIRST] = { true, { false, false } }, [COPY_DONE] = { false, { true, false } }, [COPY_FAILED] = { false, { true, false } },
    [READY] = { false, { false, true } },     [SSL_NO] = { false, { false, true } },        [SSL_YES] = { false, { false, true } },
    [AUTH_SIMPLE] = { false, { false, true } }, [AUTH_SASL] = { false, { false, true } },   [AUTH_SASL_MORE] = { false, { false, true } },
    [AUTH_SASL_LAST] = { false, { false, true } }, [COPY_IN] = { false, { false, true } },
};

static const uint8_t stage_after[PGSQL_KINDS] = {
    [PGSQL_OTHER] = KEEP,          [PGSQL_STARTUP] = STARTUP,         [PGSQL_SSL_REQUEST] = SSL_REQUEST,   [PGSQL_CANCEL] = CANCEL,
    [PGSQL_PASSWORD] = PASSWORD,   [PGSQL_SASL_FIRST] = SASL_FIRST,   [PGSQL_SASL_NEXT] = SASL_NEXT,       [PGSQL_QUERY] = QUERY,
    [PGSQL_COPY_FAIL] = COPY_FAILED, [PGSQL_TERMINATE] = TERMINATED,  [PGSQL_COPY_DATA] = COPY_OUT_DATA,   [PGSQL_COPY_DONE] = COPY_DONE,
    [PGSQL_SSL_YES] = SSL_YES,     [PGSQL_SSL_NO] = SSL_NO,           [PGSQL_AUTH_OK] = AUTH_OK,           [PGSQL_AUTH_CLEAR] = AUTH_SIMPLE,
    [PGSQL_AUTH_MD5] = AUTH_SIMPLE, [PGSQL_AUTH_SASL] = AUTH_SASL,    [PGSQL_AUTH_SASL_MORE] = AUTH_SASL_MORE, [PGSQL_AUTH_SASL_LAST] = AUTH_SASL_LAST,
    [PGSQL_PARAMETER] = PARAMETERS, [PGSQL_BACKEND_KEY] = KEY,        [PGSQL_READY] = READY,               [PGSQL_ROW_HEAD] = ROW_HEADS,
    [PGSQL_ROW] = ROWS_COME,       [PGSQL_COPY_IN] = COPY_IN,         [PGSQL_COPY_OUT] = COPY_OUT,         [PGSQL_COMPLETE] = COMPLETE,
    [PGSQL_ERROR] = FAILED,
};

/* Messages by their type: what they are, and the length (of itself and the content) they have, or have at least. */
struct message_row {
    char type;
    uint8_t kind, length;
    bool exact;
};
static const struct message_row of_client[] = {
    { 'Q', PGSQL_QUERY, 4, false },     { 'X', PGSQL_TERMINATE, 4, true }, { 'd', PGSQL_COPY_DATA, 5, false },
    { 'c', PGSQL_COPY_DONE, 4, true },  { 'f', PGSQL_COPY_FAIL, 5, false }, { 0, PGSQL_OTHER, 4, false },
};
static const struct message_row of_server[] = {
    { 'R', PGSQL_AUTH_OK, 8, false },   { 'S', PGSQL_PARAMETER, 4, false }, { 'K', PGSQL_BACKEND_KEY, 12, true }, { 'C', PGSQL_COMPLETE, 4, false },
    { 'Z', PGSQL_READY, 5, true },      { 'T', PGSQL_ROW_HEAD, 6, false },  { 'D', PGSQL_ROW, 6, false },         { 'E', PGSQL_ERROR, 11, false },
    { 'N', PGSQL_OTHER, 11, false },    { 'A', PGSQL_OTHER, 10, false },    { 'H', PGSQL_COPY_OUT, 7, false },    { 'G', PGSQL_COPY_IN, 7, false },
    { 'd', PGSQL_COPY_DATA, 5, false }, { 'c', PGSQL_COPY_DONE, 4, true },  { 0, PGSQL_OTHER, 4, false },
};

struct state {
    uint64_t ids;           /* transactions so far */
    uint8_t stage;
    bool depth_set;
    uint8_t body_kind[2];   /* of the message whose content goes by */
    uint64_t body_size[2];  /* what counts of it */
    uint64_t skip[2];       /* its bytes that are still to come, before the first of them */
};

static const struct message_row *row_of(enum side side, uint8_t type)
{
    const struct message_row *row = side == TO_SERVER ? of_client : of_server;

    while (row->type != 0 && (uint8_t)row->type != type) {
        row++;
    }
    return row;
}

static bool length_good(const struct message_row *row, uint32_t n) { return row->exact ? n == row->length : n >= row->length; }

/* ------- recognition ------- */

/* On other ports: SSLRequest, GSSENCRequest, and a startup whose first parameter is the user (libpq sends it first). */
static const struct proto_pattern pgsql_patterns[] = {
    { "\x00\x00\x00\x08\x04\xd2\x16\x2f", 8, 0, 0, TO_SERVER, false }, { "\x00\x00\x00\x08\x04\xd2\x16\x30", 8, 0, 0, TO_SERVER, false },
    { "\x00\x03\x00\x00user", 9, 4, 0, TO_SERVER, false },
};

static enum probe not_yet(bool whole) { return whole ? PROBE_NO : PROBE_MORE; }

static enum probe probe_start(struct rd data, bool whole)
{
    uint32_t n = rd_be32(&data);

    if (!rd_ok(&data)) {
        return not_yet(whole);
    }
    if (n < START_MIN) {
        return PROBE_NO;
    }
    struct rd content = rd_sub(&data, n - LENGTH);
    return !rd_ok(&content) ? not_yet(whole) : pgsql_is_start(content) ? PROBE_YES : PROBE_NO;
}

/* Any message of a client, one of a server, or its answer to the question for TLS; for a type that is not known a few bytes are waited. */
static enum probe pgsql_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    struct rd start = data;
    uint8_t type = rd_u8(&data);

    if (side == TO_CLIENT && (type == 'N' || type == 'S')) {
        return PROBE_YES;
    }
    if (side == TO_SERVER && type == 0) {
        return probe_start(start, whole);
    }
    uint32_t n = rd_be32(&data);
    const struct message_row *row = row_of(side, type);
    if (!rd_ok(&data)) {
        return not_yet(whole);
    }
    if (!length_good(row, n)) {
        return PROBE_NO;
    }
    return rd_left(&data) >= n - LENGTH ? PROBE_YES : not_yet(whole || (row->type == 0 && have > PROBE_MAX));
}

/* ------- framing ------- */

/* The client's next message is a password, or what SASL has instead. */
static bool secret_due(const struct state *st)
{
    return st->stage == AUTH_SIMPLE || st->stage == AUTH_SASL || st->stage == AUTH_SASL_MORE || st->stage == SASL_FIRST;
}

static struct frame frame_typed(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    size_t have = rd_left(&data);
    uint8_t type = rd_u8(&data);
    uint32_t n = rd_be32(&data);
    const struct message_row *row = row_of(side, type);
    bool counted = (type == 'D' && side == TO_CLIENT) || type == 'd';

    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, HEAD };
    }
    if (!length_good(row, n)) {
        return (struct frame){ FRAME_UNIT, UNIT_LENGTH, HEAD };
    }
    if (counted || n > MESSAGE_MAX) {
        size_t head = type == 'D' && side == TO_CLIENT ? ROW_HEAD : HEAD;
        st->skip[side] = 1 + (uint64_t)n - head;
        return have >= head ? (struct frame){ FRAME_UNIT, UNIT_HEAD, head } : (struct frame){ FRAME_MORE, 0, head };
    }
    return have >= 1 + (size_t)n ? (struct frame){ FRAME_UNIT, UNIT_MESSAGE, 1 + (uint64_t)n } : (struct frame){ FRAME_MORE, 0, 1 + (uint64_t)n };
}

static struct frame pgsql_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    const struct pgsql_settings *set = conn_settings(c);
    size_t have = rd_left(&data);
    uint8_t type = rd_peek(&data).p[0];

    if (!st->depth_set) {
        st->depth_set = true;
        conn_depth(c, set->depth);
    }
    if (st->body_kind[side] != 0) {
        return (struct frame){ FRAME_BODY, 0, st->skip[side] };
    }
    if (side == TO_CLIENT && st->stage == SSL_REQUEST && (type == 'S' || type == 'N')) {
        return (struct frame){ FRAME_UNIT, UNIT_ANSWER, 1 };
    }
    if (side == TO_CLIENT || type != 0 || secret_due(st)) {
        return frame_typed(c, side, data);
    }
    uint32_t n = rd_be32(&data);
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, LENGTH };
    }
    if (n < START_MIN || n > MESSAGE_MAX) {
        return (struct frame){ FRAME_UNIT, UNIT_LENGTH, LENGTH };
    }
    return have >= n ? (struct frame){ FRAME_UNIT, UNIT_START, n } : (struct frame){ FRAME_MORE, 0, n };
}

/* ------- the dialogue ------- */

static struct txn *step_new(struct conn *c)
{
    struct state *st = conn_state(c);
    struct txn *t = txn_new(c);

    st->ids++;
    if (t != NULL) {
        struct pgsql *d = txn_data(t);
        d->id = st->ids;
    }
    return t;
}

/* Something is wrong with a message: a transaction of its own tells so. */
static void broken(struct conn *c, unsigned note)
{
    struct txn *t = step_new(c);

    if (t != NULL) {
        txn_note(t, note);
    }
}

static void keep(struct conn *c, struct txn *t, enum side side, const struct pgsql_message *m)
{
    const struct pgsql_settings *set = conn_settings(c);
    struct pgsql *d = txn_data(t);
    struct pgsql_message *copy;

    if (side == TO_CLIENT && d->kept[side] >= set->response_max) {
        txn_note(t, TOO_MANY_RESPONSES);
        return;
    }
    if ((copy = arena_take(txn_arena(t), sizeof *copy)) == NULL) {
        return;
    }
    *copy = *m;
    *(d->last[side] != NULL ? &d->last[side]->next : &d->first[side]) = copy;
    d->last[side] = copy;
    d->kept[side]++;
}

/* What was counted is told of in front of the message that ends it. */
static void keep_counted(struct conn *c, struct txn *t, enum side side, uint8_t kind)
{
    struct pgsql *d = txn_data(t);
    struct pgsql_message m = { .kind = kind, .count = d->count, .size = d->size };

    if (d->count != 0) {
        keep(c, t, side, &m);
        d->count = d->size = 0;
    }
}

/* The stage a message leads to. */
static uint8_t stage_next(const struct state *st, enum side side, uint8_t kind)
{
    if (side == TO_SERVER && kind == PGSQL_COPY_DATA) {
        return st->stage == COPY_IN ? COPY_IN_FIRST : st->stage == COPY_IN_FIRST || st->stage == COPY_IN_MORE ? COPY_IN_MORE : KEEP;
    }
    return stage_after[kind];
}

/* The transaction that the next message belongs to, after it has moved the dialogue; NULL: none. */
static struct txn *step_of(struct conn *c, enum side side, uint8_t kind, bool *moved)
{
    struct state *st = conn_state(c);
    uint8_t next = stage_next(st, side, kind);

    *moved = next != KEEP;
    st->stage = *moved ? next : st->stage;
    struct txn *t = stages[st->stage].opens ? step_new(c) : txn_last(c);
    if (t != NULL) {
        txn_touch(t, side);
    }
    return t;
}

static void count(struct txn *t, uint64_t size)
{
    struct pgsql *d = txn_data(t);

    d->count++;
    d->size += size;
}

/* A message is there: m's texts lie in t. */
static void message_add(struct conn *c, struct txn *t, enum side side, const struct pgsql_message *m)
{
    struct state *st = conn_state(c);
    const bool *whole = stages[st->stage].whole;

    if (side == TO_SERVER && (st->stage == COPY_DONE || st->stage == COPY_FAILED)) {
        keep_counted(c, t, side, PGSQL_COPY_DATA);
    } else if (side == TO_CLIENT && (st->stage == COMPLETE || st->stage == COPY_DONE)) {
        keep_counted(c, t, side, st->stage == COMPLETE ? PGSQL_ROW : PGSQL_COPY_DATA);
    }
    if (side == TO_SERVER) {
        if (whole[0]) {
            keep(c, t, side, m);
            txn_done(t, TO_SERVER);
        }
        if (whole[1]) { /* nothing is answered to it */
            txn_done(t, TO_CLIENT);
        }
        return;
    }
    keep(c, t, side, m);
    if (whole[1]) {
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
    }
}

static enum outcome parse_answer(struct conn *c, enum side side, struct rd bytes)
{
    struct pgsql_message m = { .kind = rd_u8(&bytes) == 'S' ? PGSQL_SSL_YES : PGSQL_SSL_NO };
    bool moved;
    struct txn *t = step_of(c, side, m.kind, &moved);

    if (t != NULL) {
        message_add(c, t, side, &m);
    }
    if (m.kind == PGSQL_SSL_YES) {
        (void)proto_switch(c, "tls", 443);
    }
    return OUTCOME_OK;
}

/* Which message it is, by its type and by what was said before; false: not the one that was due. */
static bool kind_of(const struct state *st, enum side side, uint8_t type, uint8_t *kind)
{
    if (side == TO_SERVER && secret_due(st)) {
        *kind = st->stage == AUTH_SIMPLE ? PGSQL_PASSWORD : st->stage == AUTH_SASL ? PGSQL_SASL_FIRST : PGSQL_SASL_NEXT;
        return type == 'p';
    }
    *kind = row_of(side, type)->kind;
    return true;
}

/* A message is checked first, as it may begin the transaction whose arena then holds its texts. */
static enum outcome parse_message(struct conn *c, enum side side, struct rd bytes, bool start)
{
    struct state *st = conn_state(c);
    struct pgsql_message m = { .kind = PGSQL_OTHER };
    bool foreign = false, moved, good = true;
    uint8_t type = start ? 0 : rd_u8(&bytes);

    rd_skip(&bytes, LENGTH);
    if (!start) {
        good = kind_of(st, side, type, &m.kind);
    }
    const struct pgsql_message before = m;
    good = good && (start ? pgsql_read_start(&m, NULL, bytes, &foreign) : pgsql_read(&m, NULL, bytes, &foreign));
    if (!good && foreign) {
        broken(c, side == TO_SERVER ? MALFORMED_REQUEST : MALFORMED_RESPONSE);
    } else if (!good) {
        st->ids++; /* passed over */
    }
    struct txn *t = good ? step_of(c, side, m.kind, &moved) : NULL;
    if (t == NULL || !moved) {
        return OUTCOME_OK;
    }
    m = before;
    (void)(start ? pgsql_read_start(&m, txn_arena(t), bytes, &foreign) : pgsql_read(&m, txn_arena(t), bytes, &foreign));
    message_add(c, t, side, &m);
    return OUTCOME_OK;
}

/* The head of rows and copied data, of which only the size is wanted, and of what is too long to be kept. */
static enum outcome parse_head(struct conn *c, enum side side, struct rd bytes)
{
    struct state *st = conn_state(c);
    uint8_t type = rd_u8(&bytes), kind = row_of(side, type)->kind;
    uint32_t n = rd_be32(&bytes);
    uint64_t columns = rd_be16(&bytes);

    st->body_kind[side] = kind;
    st->body_size[side] = n - LENGTH;
    if (kind == PGSQL_ROW) { /* two bytes for the number of values, four for the length of each */
        st->body_size[side] = n >= LENGTH + 2 + 4 * columns ? n - LENGTH - 2 - 4 * columns : 0;
    } else if (kind != PGSQL_COPY_DATA) {
        st->body_kind[side] = KEEP;
    }
    return OUTCOME_OK;
}

static void pgsql_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct state *st = conn_state(c);
    uint8_t kind = st->body_kind[side];
    bool moved;

    st->skip[side] -= chunk.n < st->skip[side] ? chunk.n : st->skip[side];
    if (!last) {
        return;
    }
    st->body_kind[side] = 0;
    struct txn *t = step_of(c, side, kind == KEEP ? (uint8_t)PGSQL_OTHER : kind, &moved);
    if (t != NULL && moved) {
        count(t, st->body_size[side]);
    }
}

static enum outcome pgsql_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    switch (unit) {
    case UNIT_ANSWER: return parse_answer(c, side, bytes);
    case UNIT_HEAD: return parse_head(c, side, bytes);
    case UNIT_LENGTH: /* where the next message begins is lost */
        broken(c, INVALID_LENGTH);
        conn_opaque(c, side);
        return OUTCOME_BAD;
    default: return parse_message(c, side, bytes, unit == UNIT_START);
    }
}

static void pgsql_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct state *st = conn_state(c);

    if (in_body) {
        st->skip[side] -= n < st->skip[side] ? n : st->skip[side];
    }
}

/* A place that is hardly anything else: the server is ready, or a query that is not long. */
static bool sync_here(enum side side, struct rd r)
{
    uint8_t type = rd_u8(&r);
    uint32_t n = rd_be32(&r);
    uint8_t first = rd_u8(&r);

    return side == TO_CLIENT ? type == 'Z' && n == HEAD && (first == 'I' || first == 'T' || first == 'E') : type == 'Q' && n > HEAD && n < 65536 && first >= ' ';
}

/* After a gap: the next such place. */
static struct frame pgsql_resync(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    (void)c;
    for (; rd_left(&data) >= SYNC; rd_skip(&data, 1)) {
        if (sync_here(side, data)) {
            return (struct frame){ FRAME_SKIP, 0, have - rd_left(&data) };
        }
    }
    return (struct frame){ FRAME_MORE, 0, have < SYNC ? have : SYNC - 1 };
}

/* ------- row ------- */

static bool query(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct pgsql *d = txn_data_const(t);

    (void)side;
    for (const struct pgsql_message *m = d->first[TO_SERVER]; m != NULL; m = m->next) {
        if (m->kind == PGSQL_QUERY && i-- == 0) {
            *out = m->text;
            return true;
        }
    }
    return false;
}

static bool pair_of(const struct pgsql_message *m, const char *name, struct bytes *out)
{
    for (const struct pgsql_pair *p = m->pairs; p != NULL; p = p->next) {
        if (bytes_is(p->name, name) && p->value.n != 0) {
            *out = p->value;
            return true;
        }
    }
    return false;
}

static bool parameter(const struct txn *t, enum side side, enum pgsql_kind kind, const char *name, struct bytes *out)
{
    const struct pgsql *d = txn_data_const(t);
    const struct pgsql_message *m = d->first[side];

    while (m != NULL && !(m->kind == kind && pair_of(m, name, out))) {
        m = m->next;
    }
    return m != NULL;
}

static bool server_version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    return i == 0 && parameter(t, side, PGSQL_PARAMETER, "server_version", out);
}

static bool application(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    return i == 0 && parameter(t, side, PGSQL_STARTUP, "application_name", out);
}

static bool user(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return i == 0 && parameter(t, side, PGSQL_STARTUP, "user", out); }

static const struct field fields[] = {
    { .name = "pgsql.query", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { DONE, DONE }, .bytes = query, .help = "text of a simple query" },
    { .name = "pgsql.server_version", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { DONE, DONE }, .bytes = server_version, .sign = SIGN_SOFTWARE,
      .help = "the server's version, as it tells it after the login" },
    { .name = "pgsql.application", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { DONE, DONE }, .bytes = application, .sign = SIGN_CLIENT,
      .help = "application_name of the login" },
    { .name = "pgsql.user", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { DONE, DONE }, .bytes = user, .help = "who logs in" },
};

static const struct note_row notes[] = {
    [INVALID_LENGTH] = { "invalid_length", 0, 0, "a message's length cannot be: the direction is not read any more" },
    [MALFORMED_REQUEST] = { "malformed_request", 0, 0, "a client's message of a version that is not known" },
    [MALFORMED_RESPONSE] = { "malformed_response", 0, 0, "a server's message that is not known" },
    [TOO_MANY_TRANSACTIONS] = { "too_many_transactions", 0, 0, "more open transactions than max-tx" },
    [TOO_MANY_RESPONSES] = { "too_many_responses", 0, 0, "more answers to a request than max-responses" },
};

static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", DONE }, { NULL, 0 } };

#define PGSQL "app-layer.protocols.pgsql."
#define AT(member) offsetof(struct pgsql_settings, member)
static const struct option_row options[] = {
    { PGSQL "stream-depth", OPTION_BYTES, AT(depth), "0", NULL, 0, 0, "bytes", "of a direction that are read; 0: all" },
    { PGSQL "max-tx", OPTION_U32, AT(txn_max), "1024", NULL, 0, 0, NULL, "live transactions of a flow" },
    { PGSQL "max-responses", OPTION_U32, AT(response_max), "64", NULL, 21, 64, NULL, "answers kept of a transaction" },
    { "log.passwords", OPTION_BOOL, AT(passwords), "no", NULL, 0, 0, NULL, "passwords stand in records" },
};

extern const struct proto proto_pgsql;
const struct proto proto_pgsql = {
    .name = "pgsql",
    .ports = "tcp/5432",
    .patterns = pgsql_patterns,
    .pattern_n = ROWS(pgsql_patterns),
    .transports = 1,
    .probe = pgsql_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct pgsql),
    .unit_max = MESSAGE_MAX + HEAD,
    .max_tx = MAX_TX(struct pgsql_settings, txn_max), .max_tx_note = TOO_MANY_TRANSACTIONS,
    .txn_bytes_max = 2 * MESSAGE_MAX,
    .frame = pgsql_frame,
    .parse = pgsql_parse,
    .body = pgsql_body,
    .gap = pgsql_gap,
    .resync = pgsql_resync,
    .states = { request_states, response_states },
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = pgsql_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct pgsql_settings),
};
