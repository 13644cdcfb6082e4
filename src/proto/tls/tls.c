/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls - SSL 2 to TLS 1.3: records (RFC 8446 5.1), handshake messages over them, and the end of what can be read.
 */
#include "proto/tls/tls.h"

#include "base/digest.h"

enum { RECORD_CHANGE_CIPHER = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23, RECORD_HEARTBEAT = 24 };
enum { HANDSHAKE_CLIENT_HELLO = 1, HANDSHAKE_SERVER_HELLO = 2, HANDSHAKE_TICKET = 4, HANDSHAKE_CERTIFICATE = 11, HANDSHAKE_REQUEST = 13,
       HANDSHAKE_SERVER_DONE = 14,
       HANDSHAKE_KEY_EXCHANGE = 16 };
enum { UNIT_RECORD, UNIT_SSL2 };
enum { RECORD_HEAD = 5, RECORD_MAX = 16384 + 2048, HANDSHAKE_MAX = 512 * 1024 };
enum tls_note { TLS_INVALID_SSL2_HEADER, TLS_INVALID_HEADER, TLS_INVALID_VERSION, TLS_INVALID_TYPE, TLS_INVALID_LENGTH, TLS_INVALID_HANDSHAKE,
                TLS_HEARTBEAT, TLS_INVALID_HEARTBEAT, TLS_OVERFLOW_HEARTBEAT, TLS_DATALEAK_HEARTBEAT, TLS_HANDSHAKE_LENGTH, TLS_MULTIPLE_SNI,
                TLS_INVALID_SNI_TYPE, TLS_INVALID_SNI_LENGTH, TLS_TOO_MANY_RECORDS, TLS_INVALID_ALERT, TLS_INVALID_CERTIFICATE,
                TLS_CERTIFICATE_LENGTH, TLS_ERROR_MESSAGE, TLS_INVALID_RECORD, TLS_TOO_MANY_NAMES,
                TLS_CERTIFICATE_BAD, TLS_NOTES = TLS_CERTIFICATE_BAD + X509_BAD_EXTENSIONS };
/* The note of a certificate's problem. */
#define CERTIFICATE_NOTE(problem) (TLS_CERTIFICATE_BAD + (problem)-1)
enum tls_span { SPAN_PDU, SPAN_HDR, SPAN_DATA, SPAN_ALERT, SPAN_HEARTBEAT, SPAN_SSL2_HDR, SPAN_SSL2_PDU };

struct tls_state {
    struct txn *txn;
    struct arena_text part[2];   /* a handshake message that records cut */
    bool over;                   /* its transaction has been let go */
    bool encrypted[2];           /* that side's handshake bytes can't be read any more */
    bool hidden;                 /* all is cipher now; records are followed for their own sake */
    bool cipher_told, end_told;  /* the driver knows: there is cipher; there is nothing else */
    uint16_t beat[2];            /* length of that side's encrypted heartbeat that has no answer yet */
};

static const struct x509 no_certificate;
static const struct tls_prints no_prints = { .fingerprint = BYTES(""), .ja3 = BYTES(""), .ja3_hash = BYTES(""), .ja4 = BYTES("") };

static struct txn *tls_txn(struct conn *c)
{
    struct tls_state *s = conn_state(c);

    if (s->txn == NULL && !s->over) {
        s->txn = txn_new(c);
        if (s->txn != NULL) {
            struct tls *t = txn_data(s->txn);
            t->txn = s->txn;
            for (unsigned i = 0; i < 2; i++) {
                t->end[i].hello_bytes = bytes_none();
                t->end[i].first = &no_certificate;
                t->end[i].printed = &no_prints;
            }
        }
    }
    return s->txn;
}

/* ------- recognition and framing ------- */

static bool known_version(uint16_t v)
{
    return (v >= 0x0300 && v <= TLS_1_3) || (v >= 0x7f00 && v <= 0x7f20) || v == 0xfb1a /* drafts of 1.3 */;
}

static enum probe tls_probe(struct rd data, enum side side, bool whole)
{
    struct rd r = data;
    uint8_t first = rd_u8(&r);

    if (first & 0x80) { /* SSL 2: two octets of length, then a hello */
        uint8_t low = rd_u8(&r), message = rd_u8(&r);
        uint16_t version = rd_be16(&r);
        if (!rd_ok(&r)) {
            return whole ? PROBE_NO : PROBE_MORE;
        }
        bool client = message == 1 && side == TO_SERVER;
        return client && (low | (first & 0x7f)) >= 9 && (version == 2 || known_version(version)) ? PROBE_YES : PROBE_NO;
    }
    uint16_t version = rd_be16(&r), length = rd_be16(&r);
    uint8_t message = rd_u8(&r);
    if (!rd_ok(&r)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (!known_version(version) || length == 0 || length > RECORD_MAX) {
        return PROBE_NO;
    }
    if (first == RECORD_HANDSHAKE) {
        return message == HANDSHAKE_CLIENT_HELLO || message == HANDSHAKE_SERVER_HELLO || message == 0 ? PROBE_YES : PROBE_NO;
    }
    return first == RECORD_ALERT && length == 2 ? PROBE_YES : PROBE_NO;
}

static struct frame frame_ssl2(struct rd data, size_t have)
{
    uint8_t high = rd_u8(&data), low = rd_u8(&data);
    uint64_t n = 2 + ((uint64_t)(high & 0x7f) << 8 | low);

    if (!rd_ok(&data) || have < n) {
        return (struct frame){ FRAME_MORE, 0, rd_ok(&data) ? n : 2 };
    }
    return (struct frame){ FRAME_UNIT, UNIT_SSL2, n };
}

static struct frame tls_frame(struct conn *c, enum side side, struct rd data)
{
    struct tls_state *s = conn_state(c);
    struct tls *t = s->txn != NULL ? txn_data(s->txn) : NULL;
    size_t have = rd_left(&data);
    struct rd r = data;
    uint8_t type = rd_u8(&r);

    if ((type & 0x80) && (t == NULL || t->ssl2 || !t->end[side].hello_seen) && !(t != NULL && t->end[side].hello_seen && !t->ssl2)) {
        return frame_ssl2(data, have);
    }
    uint16_t version = rd_be16(&r), length = rd_be16(&r);
    if (!rd_ok(&r)) {
        return (struct frame){ FRAME_MORE, 0, RECORD_HEAD };
    }
    if (!known_version(version)) {
        conn_note(c, side, t == NULL ? TLS_INVALID_HEADER : TLS_INVALID_VERSION);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (type < RECORD_CHANGE_CIPHER || type > RECORD_HEARTBEAT) {
        conn_note(c, side, TLS_INVALID_TYPE);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (length > RECORD_MAX) {
        conn_note(c, side, TLS_INVALID_LENGTH);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    uint64_t n = (uint64_t)RECORD_HEAD + length;
    t = t == NULL && tls_txn(c) != NULL ? txn_data(s->txn) : t; /* a handshake has begun, whether its first record is whole or not */
    if (t != NULL && !t->end[side].hello_seen) {
        t->end[side].record_version = version;
    }
    if (type == RECORD_DATA && t != NULL) { /* its content is not ours to read: only that it was there */
        t->end[side].data_seen = true;
    }
    return have >= n ? (struct frame){ FRAME_UNIT, UNIT_RECORD, n } : (struct frame){ FRAME_MORE, 0, n };
}

/* ------- handshake ------- */

static bool switched_on(const char *setting, bool preset)
{
    return setting == NULL || bytes_is(bytes_str(setting), "auto") ? preset : bytes_is(bytes_str(setting), "yes") || bytes_is(bytes_str(setting), "true");
}

static struct bytes sha1_text(struct bytes der, struct memo *memo, struct arena *a)
{
    static const char digits[] = "0123456789abcdef";
    struct bytes known = memo_find(memo, MEMO_SHA1, der);
    uint8_t sum[DIGEST_SHA1];
    struct arena_text t;

    if (known.n != 0) {
        return arena_copy(a, known);
    }
    digest_sha1(der, sum);
    arena_text_init(&t, a, 64);
    for (unsigned i = 0; i < sizeof sum; i++) {
        if (i != 0) {
            arena_text_byte(&t, ':');
        }
        arena_text_byte(&t, (uint8_t)digits[sum[i] >> 4]);
        arena_text_byte(&t, (uint8_t)digits[sum[i] & 15]);
    }
    memo_keep(memo, MEMO_SHA1, der, arena_text_bytes(&t));
    return arena_text_bytes(&t);
}

const struct tls_end *tls_end_printed(const struct txn *t, enum side side, unsigned prints)
{
    const struct tls *d = txn_data_const(t);
    struct tls *own = txn_data(d->txn);
    struct tls_end *e = &own->end[side];
    struct arena *a = txn_arena(d->txn);
    struct memo *memo = conn_memo(d->txn->conn);

    prints &= e->prints;
    if (prints == 0) {
        return e;
    }
    struct tls_prints *p = arena_take(a, sizeof *p);
    if (p == NULL) {
        return e;
    }
    *p = *e->printed;
    e->printed = p;
    e->prints &= (uint8_t)~prints;
    if ((prints & TLS_PRINT_JA3) != 0) {
        p->ja3 = tlshello_ja3(&e->hello, a);
        p->ja3_hash = tlshello_md5(p->ja3, memo, a);
    }
    if ((prints & TLS_PRINT_JA4) != 0) {
        p->ja4 = tlshello_ja4(&e->hello, 't', memo, a);
    }
    if ((prints & TLS_PRINT_CERTIFICATE) != 0) {
        p->fingerprint = sha1_text(e->cert[0], memo, a);
    }
    return e;
}

/* A hello itself names 1.3 only before draft 16; later it stands in an extension. */
static uint16_t version_of(uint16_t hello) { return hello == TLS_1_3 ? TLS_1_3_OLD : hello; }

static bool read_hello(struct conn *c, struct txn *x, enum side side, struct rd body)
{
    struct tls *t = txn_data(x);
    struct tls_end *e = &t->end[side];
    struct tlshello hello;

    if (e->hello_seen) { /* again, after a retry request (RFC 8446 4.1.4): the first one counts */
        if (side == TO_SERVER && tlshello_client(body, &hello) && hello.has_sni && e->hello.has_sni) {
            txn_note(x, TLS_MULTIPLE_SNI);
        }
        return true;
    }
    e->hello_bytes = arena_copy(txn_arena(x), rd_rest(&body));
    bool ok = side == TO_SERVER ? tlshello_client(rd_of(e->hello_bytes), &hello) : tlshello_server(rd_of(e->hello_bytes), &hello);
    e->hello = hello;
    e->hello_seen = true;
    if (hello.has_sni) {
        conn_host(c, hello.sni);
    }
    if (hello.bad_sni) {
        txn_note(x, TLS_INVALID_SNI_LENGTH);
    }
    if (hello.bad_sni_type) {
        txn_note(x, TLS_INVALID_SNI_TYPE);
    }
    if (hello.more_sni) {
        txn_note(x, TLS_MULTIPLE_SNI);
    }
    if (!ok) {
        txn_note(x, TLS_HANDSHAKE_LENGTH);
        return false;
    }
    const struct tls_settings *settings = conn_settings(c);
    bool ja3 = switched_on(settings != NULL ? settings->ja3 : NULL, true), ja4 = hello.client && switched_on(settings != NULL ? settings->ja4 : NULL, true);
    e->prints |= (ja3 ? TLS_PRINT_JA3 : 0) | (ja4 ? TLS_PRINT_JA4 : 0);
    if (side == TO_SERVER) {
        t->version = version_of(hello.version);
        txn_raise(x, TO_SERVER, TLS_CLIENT_HELLO_DONE);
    } else {
        t->version = hello.best != 0 ? hello.best : version_of(hello.version);
        struct bytes offered = t->end[TO_SERVER].hello.session;
        t->resumed = t->version < TLS_1_3 && t->end[TO_SERVER].hello_seen && offered.n != 0 && bytes_equal(offered, hello.session);
        txn_raise(x, TO_CLIENT, TLS_SERVER_HELLO);
    }
    return true;
}

/* Room for a list's certificates beside those that are there: a second message adds to the first. */
static bool certificates_room(struct txn *x, struct tls_end *e, struct rd list)
{
    unsigned n = e->cert_n;

    while (rd_left(&list) != 0 && rd_ok(&list) && n < TLS_CERTS_MAX) {
        (void)rd_vec24(&list);
        n++;
    }
    if (n == e->cert_n) {
        return true;
    }
    struct bytes *cert = arena_zero(txn_arena(x), n * sizeof *cert);
    for (unsigned i = 0; cert != NULL && i < e->cert_n; i++) {
        cert[i] = e->cert[i];
    }
    e->cert = cert != NULL ? cert : e->cert;
    return cert != NULL;
}

static bool read_certificates(struct txn *x, enum side side, struct rd body)
{
    struct tls *t = txn_data(x);
    struct tls_end *e = &t->end[side];
    struct rd list = rd_vec24(&body);

    if (!rd_ok(&body)) {
        txn_note(x, TLS_INVALID_CERTIFICATE);
        return false;
    }
    bool room = certificates_room(x, e, list), asked = conn_asked(x->conn);
    while (room && rd_left(&list) != 0 && e->cert_n < TLS_CERTS_MAX) {
        struct rd one = rd_vec24(&list);
        if (!rd_ok(&list)) {
            txn_note(x, TLS_INVALID_CERTIFICATE);
            return false;
        }
        struct bytes der = e->cert_n == 0 || asked ? arena_copy(txn_arena(x), rd_rest(&one)) : bytes_none();
        struct x509 *first = e->cert_n == 0 && der.n != 0 ? arena_zero(txn_arena(x), sizeof *first) : NULL;
        if (first != NULL) {
            enum x509_problem bad = x509_read(rd_of(der), txn_arena(x), first);
            e->first = first;
            e->prints |= TLS_PRINT_CERTIFICATE;
            if (bad != X509_GOOD) {
                txn_note(x, bad == X509_CUT ? TLS_CERTIFICATE_LENGTH : CERTIFICATE_NOTE(bad));
            }
            if (e->first->more_names) {
                txn_note(x, TLS_TOO_MANY_NAMES);
            }
        }
        e->cert[e->cert_n++] = der;
    }
    e->cert_seen = e->cert_n != 0;
    txn_raise(x, side, side == TO_SERVER ? TLS_CLIENT_CERT_DONE : TLS_SERVER_CERT_DONE);
    return true;
}

/* RFC 5246 7.4, RFC 6066 2, RFC 5077 3.3: what may come in the clear. */
static bool message_known(uint8_t type) { return type <= 2 || type == 4 || (type >= 11 && type <= 16) || (type >= 20 && type <= 22); }

static bool read_message(struct conn *c, struct txn *x, enum side side, uint8_t type, struct rd body)
{
    struct tls *t = txn_data(x);
    bool right = true;

    switch (type) {
    case HANDSHAKE_CLIENT_HELLO: right = side == TO_SERVER && read_hello(c, x, side, body); break;
    case HANDSHAKE_SERVER_HELLO: right = side == TO_CLIENT && read_hello(c, x, side, body); break;
    case HANDSHAKE_CERTIFICATE:
        if (t->version < TLS_1_3) {
            right = read_certificates(x, side, body);
        }
        break;
    case HANDSHAKE_REQUEST: t->cert_wanted |= side == TO_CLIENT; break;
    case HANDSHAKE_SERVER_DONE: txn_raise(x, TO_CLIENT, TLS_SERVER_HELLO_DONE); break;
    case HANDSHAKE_KEY_EXCHANGE: txn_raise(x, TO_SERVER, TLS_CLIENT_CERT_DONE); break;
    default: right = message_known(type); break;
    }
    if (!right) {
        txn_note(x, TLS_INVALID_HANDSHAKE);
    }
    return true;
}

/* Handshake bytes of one record, after what earlier ones left. */
static void read_handshake(struct conn *c, struct txn *x, enum side side, struct bytes b)
{
    struct tls_state *s = conn_state(c);
    struct arena_text *part = &s->part[side];
    bool joined = part->n != 0;

    if (joined) {
        arena_text_add(part, b);
        b = arena_text_bytes(part);
    }
    struct rd r = rd_of(b);
    while (rd_left(&r) != 0) {
        struct rd whole = r;
        uint8_t type = rd_u8(&r);
        struct rd body = rd_vec24(&r);
        if (!rd_ok(&r)) {
            struct bytes rest = rd_rest(&whole);
            if (joined && rest.n == b.n) {
                return; /* still not whole */
            }
            struct bytes keep = arena_copy(conn_arena(c), rest);
            arena_text_init(part, conn_arena(c), HANDSHAKE_MAX);
            arena_text_add(part, keep);
            return;
        }
        read_message(c, x, side, type, body);
    }
    if (joined) {
        arena_text_init(part, conn_arena(c), HANDSHAKE_MAX);
    }
}

/* Data of either side: what follows is cipher, though the other side's handshake may not be over. */
static void tell_cipher(struct conn *c, bool beats)
{
    struct tls_state *s = conn_state(c);

    if (!s->cipher_told || (s->hidden && !s->end_told)) {
        s->cipher_told = true;
        s->end_told = s->hidden;
        conn_encrypted(c, !s->hidden || beats || conn_spans_wanted(c));
    }
}

/* Both ends talk in cipher: the handshake is over and so is what can be read. */
static void settle(struct conn *c, struct txn *x)
{
    struct tls_state *s = conn_state(c);
    struct tls *t = txn_data(x);
    struct tls_end *client = &t->end[TO_SERVER], *server = &t->end[TO_CLIENT];

    if (client->changed_cipher || client->data_seen) {
        txn_raise(x, TO_SERVER, TLS_CLIENT_HANDSHAKE_DONE);
    }
    if (server->changed_cipher || server->data_seen) {
        txn_raise(x, TO_CLIENT, TLS_SERVER_HANDSHAKE_DONE);
    }
    bool hidden = t->version >= TLS_1_3 ? client->data_seen && server->data_seen
                                       : (client->changed_cipher && server->changed_cipher) || (client->data_seen && server->data_seen);
    bool beats = client->hello.heartbeat || server->hello.heartbeat;
    if (hidden && !s->hidden) {
        s->hidden = true;
        if (!beats) {
            txn_done(x, TO_SERVER);
            txn_done(x, TO_CLIENT);
        }
    }
    if (server->hello_seen && (client->data_seen || server->data_seen)) { /* before it, it is early data (RFC 8446 2.3) */
        tell_cipher(c, beats);
    }
}

/* RFC 6520 4: an answer is as long as what it answers. */
static void follow_heartbeat(struct tls_state *s, struct txn *x, enum side side, size_t n)
{
    uint16_t *asked = &s->beat[side_other(side)];

    if (*asked == 0) {
        s->beat[side] = (uint16_t)n;
        return;
    }
    if (n > *asked) { /* CVE-2014-0160, under cipher */
        txn_note(x, TLS_DATALEAK_HEARTBEAT);
    }
    *asked = 0;
}

static void read_heartbeat(struct conn *c, struct txn *x, enum side side, struct rd r)
{
    struct tls_state *s = conn_state(c);

    txn_note(x, TLS_HEARTBEAT);
    size_t have = rd_left(&r);
    if (s->encrypted[side] || s->hidden) {
        follow_heartbeat(s, x, side, have);
        return;
    }
    uint8_t type = rd_u8(&r);
    uint16_t length = rd_be16(&r);
    if (!rd_ok(&r) || (type != 1 && type != 2)) { /* RFC 6520 3 */
        txn_note(x, TLS_INVALID_HEARTBEAT);
    } else if ((size_t)length + 3 > have) { /* RFC 6520 4: CVE-2014-0160 */
        txn_note(x, TLS_OVERFLOW_HEARTBEAT);
    }
}

static enum outcome parse_ssl2(struct conn *c, struct txn *x, enum side side, struct rd r)
{
    struct tls *t = txn_data(x);

    conn_span(c, side, SPAN_SSL2_HDR, 0, 2, x);
    conn_span(c, side, SPAN_SSL2_PDU, 0, rd_left(&r), x);
    rd_skip(&r, 2);
    uint8_t message = rd_u8(&r);
    if (side == TO_SERVER && message == 1) {
        uint16_t version = rd_be16(&r);
        t->version = version;
        t->ssl2 = version == 2;
        t->end[side].record_version = version;
        t->end[side].hello_seen = true;
        txn_raise(x, side, TLS_CLIENT_HELLO_DONE);
    } else if (side == TO_CLIENT && message == 4) {
        t->end[side].record_version = 2;
        t->end[side].hello_seen = true;
        txn_raise(x, side, TLS_SERVER_HELLO);
    } else if (message == 0) {
        txn_note(x, TLS_ERROR_MESSAGE);
    }
    if (!rd_ok(&r)) {
        txn_note(x, TLS_INVALID_SSL2_HEADER);
        return OUTCOME_BAD;
    }
    return OUTCOME_OK;
}

static void record_spans(struct conn *c, const struct txn *x, enum side side, struct rd r)
{
    uint64_t n = rd_left(&r);
    uint8_t type = rd_u8(&r);

    conn_span(c, side, SPAN_PDU, 0, n, x);
    conn_span(c, side, SPAN_HDR, 0, RECORD_HEAD, x);
    conn_span(c, side, SPAN_DATA, RECORD_HEAD, n - RECORD_HEAD, x);
    if (type == RECORD_ALERT || type == RECORD_HEARTBEAT) {
        conn_span(c, side, type == RECORD_ALERT ? SPAN_ALERT : SPAN_HEARTBEAT, RECORD_HEAD, n - RECORD_HEAD, x);
    }
}

static enum outcome tls_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct txn *x = tls_txn(c);
    struct tls_state *s = conn_state(c);

    if (unit == UNIT_RECORD) {
        record_spans(c, x, side, r);
    }
    if (x == NULL) {
        if (s->over && rd_u8(&r) == RECORD_DATA) {
            tell_cipher(c, false);
        }
        return OUTCOME_OK;
    }
    if (unit == UNIT_SSL2) {
        return parse_ssl2(c, x, side, r);
    }
    struct tls *t = txn_data(x);
    struct tls_end *e = &t->end[side];
    uint8_t type = rd_u8(&r);
    e->record_version = rd_be16(&r);
    struct rd body = rd_vec16(&r);
    if (!rd_ok(&r)) {
        txn_note(x, TLS_INVALID_RECORD);
        return OUTCOME_BAD;
    }
    txn_touch(x, side);
    switch (type) {
    case RECORD_CHANGE_CIPHER:
        e->changed_cipher = true;
        s->encrypted[side] = t->version < TLS_1_3;
        break;
    case RECORD_HANDSHAKE:
        if (!s->encrypted[side]) {
            if (rd_left(&body) < 4 && s->part[side].n == 0) { /* RFC 8446 5.1: it begins with a message's head */
                txn_note(x, TLS_INVALID_RECORD);
            }
            read_handshake(c, x, side, rd_rest(&body));
        }
        break;
    case RECORD_DATA: e->data_seen = true; break;
    case RECORD_HEARTBEAT: read_heartbeat(c, x, side, body); break;
    case RECORD_ALERT:
        if (!s->encrypted[side] && rd_left(&body) != 2 && t->version < TLS_1_3) {
            txn_note(x, TLS_INVALID_ALERT);
        }
        break;
    default: break;
    }
    conn_whole(c, side);
    settle(c, x);
    return OUTCOME_OK;
}

static void tls_eof(struct conn *c, enum side side)
{
    struct tls_state *s = conn_state(c);

    if (s != NULL && s->txn != NULL) {
        txn_done(s->txn, side);
    }
}

/* The driver lets the transaction go: nothing more is kept of this session. */
static void tls_txn_fini(struct txn *t)
{
    struct tls_state *s = conn_state(t->conn);

    if (s != NULL && s->txn == t) {
        s->txn = NULL;
        s->over = true;
    }
}

/* ------- row ------- */

static const struct proto_pattern tls_patterns[] = {
    { "\x16\x03", 2, 0, 0, TO_SERVER, false }, { "\x16\x03", 2, 0, 0, TO_CLIENT, false }, { "\x15\x03", 2, 0, 0, TO_CLIENT, false },
    { "\x01\x00\x02", 3, 2, 0, TO_SERVER, false }, { "\x01\x03", 2, 2, 0, TO_SERVER, false },
};

static const struct proto_state client_states[] = { { "client_in_progress", TLS_CLIENT_IN_PROGRESS }, { "client_hello_done", TLS_CLIENT_HELLO_DONE },
    { "client_cert_done", TLS_CLIENT_CERT_DONE }, { "client_handshake_done", TLS_CLIENT_HANDSHAKE_DONE }, { "client_finished", TLS_CLIENT_FINISHED },
    { NULL, 0 } };
static const struct proto_state server_states[] = { { "server_in_progress", TLS_SERVER_IN_PROGRESS }, { "server_hello", TLS_SERVER_HELLO },
    { "server_cert_done", TLS_SERVER_CERT_DONE }, { "server_hello_done", TLS_SERVER_HELLO_DONE },
    { "server_handshake_done", TLS_SERVER_HANDSHAKE_DONE }, { "server_finished", TLS_SERVER_FINISHED }, { NULL, 0 } };

static const struct note_row tls_notes[] = {
    [TLS_INVALID_SSL2_HEADER] = { "INVALID_SSLV2_HEADER", 0, 0, "an SSL 2 hello is malformed" },
    [TLS_INVALID_HEADER] = { "INVALID_TLS_HEADER", 0, 0, "the first record has no known version" },
    [TLS_INVALID_VERSION] = { "INVALID_RECORD_VERSION", 0, 0, "a record has no known version" },
    [TLS_INVALID_TYPE] = { "INVALID_RECORD_TYPE", 0, 0, "a record has no known type" },
    [TLS_INVALID_LENGTH] = { "INVALID_RECORD_LENGTH", 0, 0, "a record is longer than records may be" },
    [TLS_INVALID_HANDSHAKE] = { "INVALID_HANDSHAKE_MESSAGE", 0, 0, "a handshake message is malformed, or of the wrong side" },
    [TLS_HEARTBEAT] = { "HEARTBEAT_MESSAGE", 0, 0, "a heartbeat" },
    [TLS_INVALID_HEARTBEAT] = { "INVALID_HEARTBEAT_MESSAGE", 0, 0, "a malformed heartbeat" },
    [TLS_OVERFLOW_HEARTBEAT] = { "OVERFLOW_HEARTBEAT_MESSAGE", 0, 0, "a heartbeat asks for more than it sent" },
    [TLS_DATALEAK_HEARTBEAT] = { "DATALEAK_HEARTBEAT_MISMATCH", 0, 0, "a heartbeat's answer is longer than its request" },
    [TLS_HANDSHAKE_LENGTH] = { "HANDSHAKE_INVALID_LENGTH", 0, 0, "the lengths in a hello do not fit" },
    [TLS_MULTIPLE_SNI] = { "MULTIPLE_SNI_EXTENSIONS", 0, 0, "more than one server name extension, in one hello or two" },
    [TLS_INVALID_SNI_TYPE] = { "INVALID_SNI_TYPE", 0, 0, "a server name that is no host name" },
    [TLS_INVALID_SNI_LENGTH] = { "INVALID_SNI_LENGTH", 0, 0, "a server name's length does not fit" },
    [TLS_TOO_MANY_RECORDS] = { "TOO_MANY_RECORDS_IN_PACKET", 0, 0, "never raised: each record is read once" },
    [TLS_INVALID_ALERT] = { "INVALID_ALERT_MESSAGE", 0, 0, "an alert in the clear that is not two octets" },
    [TLS_INVALID_CERTIFICATE] = { "INVALID_CERTIFICATE", 0, 0, "the lengths in a certificate message do not fit" },
    [TLS_CERTIFICATE_LENGTH] = { "CERTIFICATE_INVALID_LENGTH", 0, 0, "the first certificate says that it is longer" },
    [TLS_ERROR_MESSAGE] = { "ERROR_MESSAGE_ENCOUNTERED", 0, 0, "an SSL 2 error message" },
    [TLS_INVALID_RECORD] = { "INVALID_SSL_RECORD", 0, 0, "a record that is not one" },
    [TLS_TOO_MANY_NAMES] = { "TOO_MANY_SUBJECT_ALTERNATIVE_NAMES", 0, 0, "the first certificate has more alternative names than are kept" },
    [CERTIFICATE_NOTE(X509_BAD_DER)] = { "CERTIFICATE_INVALID_DER", 0, 0, "the first certificate is no DER" },
    [CERTIFICATE_NOTE(X509_BAD_VERSION)] = { "CERTIFICATE_INVALID_VERSION", 0, 0, "its version cannot be read" },
    [CERTIFICATE_NOTE(X509_BAD_SERIAL)] = { "CERTIFICATE_INVALID_SERIAL", 0, 0, "its serial number cannot be read" },
    [CERTIFICATE_NOTE(X509_BAD_ALGORITHM)] = { "CERTIFICATE_INVALID_ALGORITHMIDENTIFIER", 0, 0, "its algorithm cannot be read" },
    [CERTIFICATE_NOTE(X509_BAD_ISSUER)] = { "CERTIFICATE_INVALID_X509NAME", 0, 0, "its issuer cannot be read", "certificate_invalid_issuer" },
    [CERTIFICATE_NOTE(X509_BAD_DATE)] = { "CERTIFICATE_INVALID_DATE", 0, 0, "its validity cannot be read", "certificate_invalid_validity" },
    [CERTIFICATE_NOTE(X509_BAD_SUBJECT)] = { "CERTIFICATE_INVALID_X509NAME", 0, 0, "its subject cannot be read", "certificate_invalid_subject" },
    [CERTIFICATE_NOTE(X509_BAD_EXTENSIONS)] = { "CERTIFICATE_INVALID_EXTENSIONS", 0, 0, "its extensions cannot be read" },
};

_Static_assert(ROWS(tls_notes) == TLS_NOTES, "a row for each problem of a certificate");

static const char *const tls_spans[] = { [SPAN_PDU] = "pdu", [SPAN_HDR] = "hdr", [SPAN_DATA] = "data", [SPAN_ALERT] = "alert",
                                         [SPAN_HEARTBEAT] = "heartbeat", [SPAN_SSL2_HDR] = "ssl2.hdr", [SPAN_SSL2_PDU] = "ssl2.pdu", NULL };

static const struct option_row tls_options[] = {
    { "app-layer.protocols.tls.ja3-fingerprints", OPTION_STRING, offsetof(struct tls_settings, ja3), "auto", NULL, 0, 0, NULL, "JA3 and JA3S: yes, no, auto" },
    { "app-layer.protocols.tls.ja4-fingerprints", OPTION_STRING, offsetof(struct tls_settings, ja4), "auto", NULL, 0, 0, NULL, "JA4: yes, no, auto" },
    { "log.extended", OPTION_BOOL, offsetof(struct tls_settings, extended), "no", NULL, 0, 0, NULL, "all usual keys" },
    { "log.session-resumption", OPTION_BOOL, offsetof(struct tls_settings, session_resumption), "yes", NULL, 0, 0, NULL, "records of resumed sessions" },
    { "log.custom", OPTION_LIST, offsetof(struct tls_settings, custom), NULL, NULL, 0, 0, NULL, "just these keys" },
};

const struct proto proto_tls = {
    .name = "tls",
    .aliases = "ssl",
    .ports = "tcp/443",
    .transports = 1,
    .first_server = false,
    .patterns = tls_patterns,
    .pattern_n = ROWS(tls_patterns),
    .probe = tls_probe,
    .state_size = sizeof(struct tls_state),
    .txn_size = sizeof(struct tls),
    .unit_max = RECORD_HEAD + RECORD_MAX,
    .txn_max = 4,
    .conn_bytes_max = 4 * HANDSHAKE_MAX,
    .frame = tls_frame,
    .parse = tls_parse,
    .eof = tls_eof,
    .txn_fini = tls_txn_fini,
    .states = { client_states, server_states },
    .fields = tls_fields,
    .field_n = TLS_FIELDS,
    .spans = tls_spans,
    .notes = tls_notes,
    .note_n = ROWS(tls_notes),
    .log = tls_log, .log_asks = tls_log_asks,
    .keep = tls_keep,
    .log_wanted = tls_log_wanted,
    .log_ready = tls_log_ready,
    .log_stage = { TLS_CLIENT_HELLO_DONE, TLS_SERVER_CERT_DONE },
    .options = tls_options,
    .option_n = ROWS(tls_options),
    .settings_size = sizeof(struct tls_settings),
};
