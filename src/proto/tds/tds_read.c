/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tds_read - what is in messages.
 */
#include "proto/tds/tds.h"
#include "wire/ntlmssp.h"
#include "wire/utf16.h"

enum { OPTION_VERSION = 0, OPTION_ENCRYPTION = 1, OPTION_INSTANCE = 2, OPTION_END = 0xff, OPTIONS_MAX = 32 };
enum { LOGIN_TABLE = 36, PASSWORD_AT = 44, SSPI_AT = 78 };
enum { TOKEN_ERROR = 0xaa, TOKEN_INFO = 0xab, TOKEN_LOGIN = 0xad, TOKEN_STATUS = 0x79, TOKEN_DONE = 0xfd, TOKENS_MAX = 256 };
enum { DONE_SIZE = 13, DONE_ERROR = 0x02, DONE_COUNT = 0x10 };
enum { TYPE_INTEGER = 0x26, TYPE_NVARCHAR = 0xe7, LONG_LENGTH = 0xffff };

static struct tds *of(struct txn *t) { return txn_data(t); }
static struct bytes text(struct txn *t, struct bytes b) { return utf16_text(b, txn_arena(t), TDS_TEXT_MAX); }

static struct bytes version_text(struct arena *a, struct bytes version)
{
    struct rd r = rd_of(version);
    char room[24];
    size_t n = text_digits(rd_u8(&r), room);

    room[n++] = '.';
    n += text_digits(rd_u8(&r), &room[n]);
    room[n++] = '.';
    n += text_digits(rd_be16(&r), &room[n]);
    return rd_ok(&r) ? arena_copy(a, bytes_of(room, n)) : bytes_none();
}

/* 2.2.6.5 */
void tds_prelogin(struct txn *t, enum side side, struct bytes b)
{
    struct tds *d = of(t);
    struct rd r = rd_of(b);

    for (unsigned i = 0; i < OPTIONS_MAX; i++) {
        uint8_t token = rd_u8(&r);
        if (token == OPTION_END || !rd_ok(&r)) {
            break;
        }
        size_t offset = rd_be16(&r), n = rd_be16(&r);
        struct bytes value = bytes_head(bytes_from(b, offset), n);
        if (!rd_ok(&r) || value.n < n) {
            txn_note(t, TDS_MALFORMED_PRELOGIN);
            return;
        }
        if (token == OPTION_VERSION) {
            d->version[side] = version_text(txn_arena(t), value);
        } else if (token == OPTION_ENCRYPTION && n != 0) {
            d->encryption[side] = (uint8_t)(value.p[0] + 1);
        } else if (token == OPTION_INSTANCE && n > 1) {
            d->instance = arena_copy(txn_arena(t), bytes_head(value, bytes_find_byte(value, 0)));
        }
    }
    if (!rd_ok(&r)) {
        txn_note(t, TDS_MALFORMED_PRELOGIN);
    }
}

/* Offset and length in letters, in the table at `at`. */
static struct bytes login_text(struct txn *t, struct bytes b, size_t at)
{
    struct rd r = rd_of(bytes_from(b, at));
    size_t offset = rd_le16(&r), n = 2 * (size_t)rd_le16(&r);
    struct bytes value = bytes_head(bytes_from(b, offset), n);

    if (value.n < n) {
        txn_note(t, TDS_MALFORMED_LOGIN);
    }
    return text(t, value);
}

/* A login by NTLM names its user in the message that ends it. */
void tds_sspi(struct txn *t, struct bytes b)
{
    struct tds *d = of(t);
    struct ntlmssp n;

    if (ntlmssp_find(b, txn_arena(t), &n) && n.type == NTLMSSP_AUTHENTICATE) {
        d->user = n.user;
        d->domain = n.domain;
    }
}

/* 2.2.6.4 */
void tds_login(struct txn *t, struct bytes b)
{
    struct tds *d = of(t);
    struct rd r = rd_of(b);
    uint32_t length = rd_le32(&r);

    d->protocol = rd_le32(&r);
    if (b.n < SSPI_AT + 8 || length > b.n) {
        txn_note(t, TDS_MALFORMED_LOGIN);
        return;
    }
    d->client = login_text(t, b, LOGIN_TABLE);
    d->user = login_text(t, b, 40);
    d->app = login_text(t, b, 48);
    d->server = login_text(t, b, 52);
    d->library = login_text(t, b, 60);
    d->language = login_text(t, b, 64);
    d->database = login_text(t, b, 68);
    struct rd password = rd_of(bytes_from(b, PASSWORD_AT + 2)), sspi = rd_of(bytes_from(b, SSPI_AT));
    if (rd_le16(&password) != 0) {
        txn_note(t, TDS_CLEARTEXT_LOGIN);
    }
    size_t offset = rd_le16(&sspi), n = rd_le16(&sspi);
    if (n != 0) {
        tds_sspi(t, bytes_head(bytes_from(b, offset), n));
    }
}

/* 2.2.5.3: since 7.2 requests have headers in front, each with its length and one of three types. */
static struct rd headers_skip(struct bytes b)
{
    struct rd r = rd_of(b), at = r;
    uint32_t all = rd_le32(&at), one = rd_le32(&at);
    uint16_t type = rd_le16(&at);

    if (rd_ok(&at) && all >= 10 && all <= b.n && one >= 6 && one <= all - 4 && type >= 1 && type <= 3) {
        rd_skip(&r, all);
    }
    return r;
}

/* 2.2.6.7 */
void tds_batch(struct txn *t, struct bytes b)
{
    struct rd r = headers_skip(b);

    of(t)->text = text(t, rd_rest(&r));
}

/* A value of several parts: its length, then parts with theirs up to one of none (2.2.5.2.3); the first part is enough. */
static struct bytes long_value(struct rd *r)
{
    uint64_t all = rd_le64(r);
    struct bytes first = bytes_none();

    for (unsigned i = 0; all != UINT64_MAX && rd_ok(r); i++) {
        uint32_t n = rd_le32(r);
        if (n == 0) {
            break;
        }
        struct bytes b = bytes_head(rd_peek(r), n);
        rd_skip(r, n);
        first = i == 0 ? b : first;
    }
    return first;
}

/* One parameter of a call: name, status, type, value.  False: of a type that is not read, or there is none. */
static bool parameter_read(struct rd *r, bool *is_text, struct bytes *value)
{
    rd_skip(r, 2 * (size_t)rd_u8(r) + 1);
    uint8_t type = rd_u8(r);
    *value = bytes_none();
    *is_text = type == TYPE_NVARCHAR;
    if (type == TYPE_INTEGER) {
        rd_skip(r, 1);
        rd_skip(r, rd_u8(r));
        return rd_ok(r);
    }
    if (type != TYPE_NVARCHAR) {
        return false;
    }
    uint16_t max = rd_le16(r);
    rd_skip(r, 5);
    if (max == LONG_LENGTH) {
        *value = long_value(r);
    } else {
        uint16_t n = rd_le16(r);
        *value = n != LONG_LENGTH ? rd_bytes(r, n) : bytes_none();
    }
    return value->n != 0 || rd_ok(r);
}

static const char *const procedures[] = { NULL, "sp_cursor", "sp_cursoropen", "sp_cursorprepare", "sp_cursorexecute", "sp_cursorprepexec", "sp_cursorunprepare",
    "sp_cursorfetch", "sp_cursoroption", "sp_cursorclose", "sp_executesql", "sp_prepare", "sp_execute", "sp_prepexec", "sp_prepexecrpc", "sp_unprepare" };

/* Which of a procedure's texts is the statement. */
static unsigned statement_of(unsigned procedure)
{
    return procedure == 3 || procedure == 5 || procedure == 11 || procedure == 13 ? 1 : 0;
}

/* 2.2.6.6 */
void tds_rpc(struct txn *t, struct bytes b)
{
    struct tds *d = of(t);
    struct rd r = headers_skip(b);
    uint16_t n = rd_le16(&r);
    unsigned known = 0, texts = 0;

    if (n == LONG_LENGTH) {
        known = rd_le16(&r);
        d->procedure = known < ROWS(procedures) && known != 0 ? bytes_str(procedures[known]) : bytes_str("unknown");
    } else {
        d->procedure = text(t, rd_bytes(&r, 2 * (size_t)n));
    }
    rd_skip(&r, 2);
    if (!rd_ok(&r)) {
        txn_note(t, TDS_MALFORMED_REQUEST);
        return;
    }
    bool is_text;
    struct bytes value;
    while (rd_left(&r) != 0 && parameter_read(&r, &is_text, &value)) {
        if (is_text && texts++ == statement_of(known)) {
            d->text = text(t, value);
            return;
        }
    }
}

/* ------- responses ------- */

static struct bytes short_text(struct txn *t, struct rd *r) { return text(t, rd_bytes(r, 2 * (size_t)rd_u8(r))); }

/* 2.2.7.10 */
static void error_read(struct txn *t, struct rd r)
{
    struct tds *d = of(t);

    if (d->error_n == TDS_ERRORS_MAX) {
        return;
    }
    struct tds_error *e = &d->error[d->error_n++];
    e->number = rd_le32(&r);
    e->state = rd_u8(&r);
    e->severity = rd_u8(&r);
    e->message = text(t, rd_bytes(&r, 2 * (size_t)rd_le16(&r)));
    e->server = short_text(t, &r);
    e->procedure = short_text(t, &r);
    e->line = rd_left(&r) >= 4 ? rd_le32(&r) : rd_le16(&r);
    d->failed = true;
}

/* 2.2.7.14: interface, the protocol's version, the program's name */
static void login_ack_read(struct txn *t, struct rd r)
{
    struct tds *d = of(t);

    rd_skip(&r, 1);
    d->protocol = rd_be32(&r);
    d->program = short_text(t, &r);
    d->accepted = rd_ok(&r);
}

void tds_response_head(struct txn *t, struct bytes b)
{
    struct rd r = rd_of(b);

    for (unsigned i = 0; i < TOKENS_MAX && rd_left(&r) != 0; i++) {
        uint8_t token = rd_u8(&r);
        if (token == TOKEN_STATUS) {
            rd_skip(&r, 4);
            continue;
        }
        if (token >= TOKEN_DONE) {
            rd_skip(&r, rd_left(&r) < DONE_SIZE - 1 ? rd_left(&r) : DONE_SIZE - 1);
            continue;
        }
        if ((token & 0xf0) != 0xa0 && token != 0xe3 && token != 0xed) { /* 2.2.4.2.1: of these alone the length is told here */
            return;
        }
        if (token == 0xac || token == 0xae) { /* a value, features: in other ways */
            return;
        }
        struct rd value = rd_sub(&r, rd_le16(&r));
        if (!rd_ok(&r)) {
            txn_note(t, TDS_MALFORMED_RESPONSE);
            return;
        }
        if (token == TOKEN_ERROR) {
            error_read(t, value);
        } else if (token == TOKEN_LOGIN) {
            login_ack_read(t, value);
        }
    }
}

/* 2.2.7.6: status, command, rows */
void tds_response_end(struct txn *t, struct bytes b)
{
    struct tds *d = of(t);
    struct rd r = rd_of(bytes_from(b, b.n < DONE_SIZE ? b.n : b.n - DONE_SIZE));
    uint8_t token = rd_u8(&r);
    uint16_t status = rd_le16(&r);

    rd_skip(&r, 2);
    uint64_t rows = rd_le64(&r);
    if (!rd_ok(&r) || token < TOKEN_DONE) {
        return;
    }
    d->failed |= (status & DONE_ERROR) != 0;
    d->has_rows = (status & DONE_COUNT) != 0;
    d->rows = rows;
}
