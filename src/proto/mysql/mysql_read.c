/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mysql_read - logins, query attributes, and the server's packets one after the other.
 */
#include "proto/mysql/mysql.h"

enum { ERROR_MARK = 0xff, END_MARK = 0xfe, MORE_MARK = 0x01, FILE_MARK = 0xfb, END_LENGTH = 9, HUGE_LENGTH = 0xffffff };
enum { STATUS_MORE_RESULTS = 0x08, STATUS_CURSOR = 0x40 };

/* ------- the client's ------- */

static struct bytes attribute_of(const struct mysql *d, const char *name)
{
    struct bytes value = bytes_none();

    for (unsigned i = 0; i < d->attribute_n; i++) {
        value = bytes_is(d->attribute[i].name, name) ? d->attribute[i].value : value;
    }
    return value;
}

static struct bytes client_of(struct txn *t, const struct mysql *d)
{
    enum { LONGEST = 128 };
    struct bytes name = attribute_of(d, "_client_name"), number = attribute_of(d, "_client_version");
    struct arena_text all;

    if (name.n == 0 || number.n == 0) {
        return bytes_none();
    }
    arena_text_init(&all, txn_arena(t), LONGEST);
    arena_text_add(&all, name);
    arena_text_byte(&all, '/');
    arena_text_add(&all, number);
    return arena_text_bytes(&all);
}

static void attributes_read(struct txn *t, struct rd *r)
{
    struct mysql *d = txn_data(t);
    struct rd all = rd_sub(r, mysql_number(r));

    d->attribute = arena_zero(txn_arena(t), MYSQL_ATTRIBUTES_MAX * sizeof *d->attribute);
    while (d->attribute != NULL && rd_left(&all) != 0 && d->attribute_n < MYSQL_ATTRIBUTES_MAX) {
        struct bytes name = rd_bytes(&all, mysql_number(&all)), value = rd_bytes(&all, mysql_number(&all));
        if (!rd_ok(&all)) {
            txn_note(t, MYSQL_MALFORMED_LOGIN);
            return;
        }
        d->attribute[d->attribute_n++] = (struct mysql_attribute){ arena_copy(txn_arena(t), name), arena_copy(txn_arena(t), value) };
    }
    d->client = client_of(t, d);
}

static void plugin_set(struct txn *t, struct bytes name)
{
    struct mysql *d = txn_data(t);

    d->plugin = arena_copy(txn_arena(t), name);
    if (bytes_is(name, "mysql_clear_password")) {
        txn_note(t, MYSQL_CLEARTEXT_PASSWORD);
    }
}

/* Protocol::HandshakeResponse41 from the user on. */
static void login_41(struct mysql_state *s, struct txn *t, struct rd *r)
{
    struct mysql *d = txn_data(t);

    d->user = arena_copy(txn_arena(t), mysql_text(r));
    if ((s->can & CAN_AUTH_LENENC) != 0) {
        rd_skip(r, mysql_number(r));
    } else if ((s->can & CAN_SECURE) != 0) {
        rd_skip(r, rd_u8(r));
    } else {
        (void)mysql_text(r);
    }
    if ((s->can & CAN_CONNECT_WITH_DB) != 0) {
        d->database = arena_copy(txn_arena(t), mysql_text(r));
    }
    if ((s->can & CAN_PLUGIN_AUTH) != 0 && rd_left(r) != 0) {
        plugin_set(t, mysql_text(r));
    }
    if ((s->can & CAN_ATTRIBUTES) != 0 && rd_left(r) != 0) {
        attributes_read(t, r);
    }
}

/* Protocol::HandshakeResponse320 */
static void login_320(struct mysql_state *s, struct txn *t, struct rd *r)
{
    struct mysql *d = txn_data(t);

    rd_skip(r, 3);
    d->user = arena_copy(txn_arena(t), mysql_text(r));
    (void)mysql_text(r);
    if ((s->can & CAN_CONNECT_WITH_DB) != 0) {
        d->database = arena_copy(txn_arena(t), mysql_text(r));
    }
}

void mysql_login(struct conn *c, struct txn *t, struct rd r)
{
    struct mysql_state *s = conn_state(c);
    struct mysql *d = txn_data(t);
    struct rd head = r;
    uint32_t can = rd_le16(&head);
    bool modern = (can & CAN_PROTOCOL_41) != 0;

    if (modern) {
        can |= (uint32_t)rd_le16(&head) << 16;
        rd_skip(&head, 4 + 1 + 23);
    }
    s->known = rd_ok(&head);
    s->can = can & s->server_can;
    /* Protocol::SSLRequest: a login that ends before the user. */
    if (modern && (can & CAN_SSL) != 0 && rd_done(&head)) {
        d->tls = true;
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
        (void)proto_switch(c, "tls", 0);
        return;
    }
    (modern ? login_41 : login_320)(s, t, &head);
    if (!rd_ok(&head)) {
        txn_note(t, MYSQL_MALFORMED_LOGIN);
    }
    txn_done(t, TO_SERVER);
}

/* COM_CHANGE_USER */
void mysql_user_change(struct conn *c, struct txn *t, struct rd r)
{
    const struct mysql_state *s = conn_state(c);
    struct mysql *d = txn_data(t);

    d->user = arena_copy(txn_arena(t), mysql_text(&r));
    if ((s->can & CAN_SECURE) != 0 || !s->known) {
        rd_skip(&r, rd_u8(&r));
    } else {
        (void)mysql_text(&r);
    }
    d->database = arena_copy(txn_arena(t), mysql_text(&r));
    if (!rd_ok(&r)) {
        txn_note(t, MYSQL_MALFORMED_COMMAND);
    }
    if (rd_left(&r) > 2) {
        rd_skip(&r, 2);
        plugin_set(t, mysql_text(&r));
    }
}

/* The bytes of a binary value of that type (Binary Protocol Value). */
static void value_skip(struct rd *r, unsigned type)
{
    switch (type) {
    case 0x06: break;                                                                 /* NULL */
    case 0x01: rd_skip(r, 1); break;                                                  /* TINY */
    case 0x02: case 0x0d: rd_skip(r, 2); break;                                       /* SHORT, YEAR */
    case 0x03: case 0x04: case 0x09: rd_skip(r, 4); break;                            /* LONG, FLOAT, INT24 */
    case 0x05: case 0x08: rd_skip(r, 8); break;                                       /* DOUBLE, LONGLONG */
    case 0x07: case 0x0a: case 0x0b: case 0x0c: rd_skip(r, rd_u8(r)); break;          /* dates and times */
    default: rd_skip(r, mysql_number(r)); break;
    }
}

/* COM_QUERY with CLIENT_QUERY_ATTRIBUTES: a count, which are NULL, type and name of each, values, then the query. */
bool mysql_query_attributes(struct rd *r)
{
    uint64_t n = mysql_number(r);

    (void)mysql_number(r); /* of sets: 1 */
    if (n == 0 || n > 4096) {
        return rd_ok(r) && n == 0;
    }
    struct bytes nulls = rd_bytes(r, ((size_t)n + 7) / 8);
    if (rd_u8(r) != 1) { /* types are told */
        return false;
    }
    struct rd types = *r;
    for (uint64_t i = 0; i < n && rd_ok(r); i++) {
        rd_skip(r, 2);
        rd_skip(r, mysql_number(r));
    }
    for (uint64_t i = 0; i < n && rd_ok(r); i++) {
        unsigned type = rd_le16(&types) & 0xff;
        rd_skip(&types, mysql_number(&types));
        if ((nulls.p[i / 8] >> (i % 8) & 1) == 0) {
            value_skip(r, type);
        }
    }
    return rd_ok(r);
}

/* ------- the server's ------- */

static void finished(struct txn *t, bool good)
{
    struct mysql *d = txn_data(t);

    d->ok = good;
    d->error = !good;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

/* ERR_Packet */
static void error_read(const struct mysql_state *s, struct txn *t, struct rd r)
{
    struct mysql *d = txn_data(t);

    rd_skip(&r, 1);
    d->error_code = rd_le16(&r);
    if (!rd_ok(&r)) {
        txn_note(t, MYSQL_MALFORMED_RESPONSE);
    }
    struct bytes rest = rd_peek(&r);
    if ((!s->known || (s->can & CAN_PROTOCOL_41) != 0) && rest.n > 5 && rest.p[0] == '#') {
        rd_skip(&r, 1);
        d->error_state = arena_copy(txn_arena(t), rd_bytes(&r, 5));
    }
    d->error_text = arena_copy(txn_arena(t), rd_rest(&r));
    finished(t, false);
}

/* OK_Packet; its status. */
static uint16_t ok_read(struct txn *t, struct rd r)
{
    struct mysql *d = txn_data(t);

    rd_skip(&r, 1);
    d->affected += mysql_number(&r);
    (void)mysql_number(&r);
    uint16_t status = rd_le16(&r);
    if (!rd_ok(&r)) {
        txn_note(t, MYSQL_MALFORMED_RESPONSE);
    }
    return status;
}

/* A result is over: the next one follows, or it was the last. */
static void result_over(struct txn *t, uint16_t status)
{
    struct mysql *d = txn_data(t);

    if ((status & STATUS_MORE_RESULTS) != 0) {
        d->expect = EXPECT_RESULT;
        txn_touch(t, TO_CLIENT);
    } else {
        finished(t, true);
    }
}

/* EOF_Packet: warnings, status. */
static uint16_t end_status(struct rd r)
{
    rd_skip(&r, 1 + 2);
    return rd_le16(&r);
}

static void auth_reply(struct conn *c, struct txn *t, uint8_t first, struct rd r)
{
    struct mysql_state *s = conn_state(c);
    struct mysql *d = txn_data(t);

    if (first == 0) {
        s->squeezed = d->login && (s->can & (CAN_COMPRESS | CAN_ZSTD)) != 0;
        finished(t, true);
    } else if (first == END_MARK) { /* Protocol::AuthSwitchRequest; alone: the way before 4.1 */
        rd_skip(&r, 1);
        plugin_set(t, rd_left(&r) == 0 ? bytes_str("mysql_old_password") : mysql_text(&r));
    } else if (first != MORE_MARK) {
        txn_note(t, MYSQL_MALFORMED_RESPONSE);
    }
}

static void result_reply(struct txn *t, uint8_t first, struct mysql_packet p)
{
    struct mysql *d = txn_data(t);

    if (first == 0) {
        result_over(t, ok_read(t, p.r));
    } else if (first == END_MARK && p.length < END_LENGTH) {
        finished(t, true);
    } else if (first != FILE_MARK) { /* LOCAL INFILE: the client sends the file, then comes the result */
        d->left = mysql_number(&p.r);
        d->expect = EXPECT_COLUMNS;
        d->has_rows = true;
        if (!rd_ok(&p.r) || d->left == 0) {
            txn_note(t, MYSQL_MALFORMED_RESPONSE);
            finished(t, true);
        }
    }
}

/* COM_STMT_PREPARE_OK: definitions of what it takes and of what it gives follow, each lot with its end. */
static void prepared_reply(const struct mysql_state *s, struct txn *t, struct rd r)
{
    struct mysql *d = txn_data(t);
    bool ends = (s->can & CAN_DEPRECATE_EOF) == 0;

    rd_skip(&r, 1);
    d->statement = rd_le32(&r);
    uint16_t gives = rd_le16(&r), takes = rd_le16(&r);
    d->has_statement = rd_ok(&r);
    d->left = (uint64_t)gives + takes + (ends ? (gives != 0) + (takes != 0) : 0);
    d->expect = EXPECT_DEFINITIONS;
    if (!d->has_statement) {
        txn_note(t, MYSQL_MALFORMED_RESPONSE);
    }
    if (d->left == 0) {
        finished(t, true);
    }
}

static void row_reply(const struct mysql_state *s, struct txn *t, uint8_t first, struct mysql_packet p)
{
    struct mysql *d = txn_data(t);
    bool short_end = first == END_MARK && p.length < END_LENGTH && (s->can & CAN_DEPRECATE_EOF) == 0;
    bool ok_end = first == END_MARK && p.length < HUGE_LENGTH && (s->can & CAN_DEPRECATE_EOF) != 0;

    if (short_end) {
        result_over(t, end_status(p.r));
    } else if (ok_end) {
        result_over(t, ok_read(t, p.r));
    } else {
        d->rows++;
        d->has_rows = true;
    }
}

void mysql_reply(struct conn *c, struct txn *t, struct mysql_packet p)
{
    const struct mysql_state *s = conn_state(c);
    struct mysql *d = txn_data(t);
    struct bytes b = rd_peek(&p.r);
    uint8_t first = b.n != 0 ? b.p[0] : 0;

    if (b.n == 0) {
        return; /* the end of a packet that fills its length to the brim */
    }
    if (first == ERROR_MARK && d->expect != EXPECT_TEXT) {
        error_read(s, t, p.r);
        return;
    }
    switch (d->expect) {
    case EXPECT_AUTH: auth_reply(c, t, first, p.r); break;
    case EXPECT_RESULT: result_reply(t, first, p); break;
    case EXPECT_PREPARED: prepared_reply(s, t, p.r); break;
    case EXPECT_COLUMNS:
        if (--d->left == 0) {
            d->expect = (s->can & CAN_DEPRECATE_EOF) != 0 ? EXPECT_ROWS : EXPECT_COLUMNS_END;
        }
        break;
    case EXPECT_COLUMNS_END:
        d->expect = EXPECT_ROWS;
        if ((end_status(p.r) & STATUS_CURSOR) != 0) { /* COM_STMT_FETCH will get them */
            finished(t, true);
        }
        break;
    case EXPECT_ROWS: row_reply(s, t, first, p); break;
    case EXPECT_DEFINITIONS:
        if (--d->left == 0) {
            finished(t, true);
        }
        break;
    case EXPECT_FIELDS:
        if (first == END_MARK) {
            finished(t, true);
        }
        break;
    default: finished(t, true); break;
    }
}
