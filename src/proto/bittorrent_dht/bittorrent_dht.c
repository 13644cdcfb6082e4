/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bittorrent_dht - BitTorrent's distributed hash table over UDP (BEP 5, with the nodes of IPv6 of BEP 32): bencoded messages.
 *
 * A message is a transaction of its own.  Lists of nodes are kept as they came, and told apart for a record.
 */
#include "proto/proto.h"

enum dht_note { DHT_MALFORMED };
enum { NODE_4 = 26, NODE_6 = 38, PEER_4 = 6, PEER_6 = 18, ID_LEN = 20, DEPTH_MAX = 32, PEERS_MAX = 1024 };

struct dht {
    bool has_version, has_type, has_error, has_request, has_response;
    struct bytes transaction, version, type;
    int64_t error;
    struct bytes message;     /* of the error */
    struct bytes id;
    bool has_target, has_hash, has_token, has_implied, has_port, has_nodes, has_nodes6, has_values;
    struct bytes target, hash, token, nodes, nodes6;
    int64_t implied, port;
    struct bytes *value;      /* peers, each as it came */
    unsigned value_n;
};

/* ------- bencoding (BEP 3) ------- */

struct item {
    enum { ITEM_NUMBER, ITEM_STRING, ITEM_LIST, ITEM_DICTIONARY } kind;
    int64_t number;
    struct rd inside;         /* a string's bytes; what a list or dictionary holds */
};

static bool number_read(struct rd *r, int64_t *out)
{
    bool found;
    struct bytes b = rd_until(r, 'e', &found);
    bool minus = bytes_starts(b, "-");
    uint64_t v;

    if (!found || !bytes_u64(bytes_from(b, minus), &v) || v > INT64_MAX) {
        return false;
    }
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool string_read(struct rd *r, struct rd *out)
{
    bool found;
    struct bytes b = rd_until(r, ':', &found);
    uint64_t n;

    if (!found || !bytes_u64(b, &n) || n > rd_left(r)) {
        return false;
    }
    *out = rd_sub(r, (size_t)n);
    return true;
}

/* Past one item of any depth. */
static bool item_skip(struct rd *r)
{
    unsigned depth = 0;

    do {
        struct rd here = *r, string;
        int64_t number;
        uint8_t c = rd_u8(&here);
        if (!rd_ok(&here) || depth == DEPTH_MAX) {
            return false;
        }
        if (c == 'e' && depth != 0) {
            depth--;
        } else if (c == 'l' || c == 'd') {
            depth++;
        } else if (c == 'i' ? !number_read(&here, &number) : (here = *r, !string_read(&here, &string))) {
            return false;
        }
        *r = here;
    } while (depth != 0);
    return true;
}

static bool item_next(struct rd *r, struct item *out)
{
    struct rd here = *r;
    size_t have = rd_left(r);
    uint8_t c = rd_u8(&here);

    if (c == 'i') {
        out->kind = ITEM_NUMBER;
        *r = here;
        return number_read(r, &out->number);
    }
    if (c != 'l' && c != 'd') {
        out->kind = ITEM_STRING;
        return string_read(r, &out->inside);
    }
    struct rd all = *r;
    if (!item_skip(r)) {
        return false;
    }
    out->kind = c == 'l' ? ITEM_LIST : ITEM_DICTIONARY;
    struct rd whole = rd_sub(&all, have - rd_left(r));
    rd_skip(&whole, 1);
    out->inside = rd_sub(&whole, rd_left(&whole) - 1);
    return true;
}

/* The next key of a dictionary, and its value.  False at its end, or, *bad, when that is none. */
static bool entry_next(struct rd *r, struct bytes *key, struct item *value, bool *bad)
{
    struct rd name;

    if (rd_left(r) == 0) {
        return false;
    }
    if (!string_read(r, &name) || !item_next(r, value)) {
        *bad = true;
        return false;
    }
    *key = rd_rest(&name);
    return true;
}

/* ------- messages ------- */

struct reading {
    struct txn *t;
    struct dht *d;
    bool bad;
};

static void take_bytes(struct reading *g, struct item *v, struct bytes *to, bool *has)
{
    if (v->kind != ITEM_STRING) {
        g->bad = true;
        return;
    }
    *to = arena_copy(txn_arena(g->t), rd_rest(&v->inside));
    *has = true;
}

static void take_number(struct reading *g, const struct item *v, int64_t max, int64_t *to, bool *has)
{
    if (v->kind != ITEM_NUMBER || v->number < 0 || v->number > max) {
        g->bad = true;
        return;
    }
    *to = v->number;
    *has = true;
}

static void request_read(struct reading *g, struct item *v)
{
    struct dht *d = g->d;
    struct bytes key;
    struct item one;

    g->bad |= v->kind != ITEM_DICTIONARY;
    while (!g->bad && entry_next(&v->inside, &key, &one, &g->bad)) {
        if (bytes_is(key, "id")) {
            take_bytes(g, &one, &d->id, &d->has_request);
        } else if (bytes_is(key, "target")) {
            take_bytes(g, &one, &d->target, &d->has_target);
        } else if (bytes_is(key, "info_hash")) {
            take_bytes(g, &one, &d->hash, &d->has_hash);
        } else if (bytes_is(key, "token")) {
            take_bytes(g, &one, &d->token, &d->has_token);
        } else if (bytes_is(key, "implied_port")) {
            take_number(g, &one, UINT8_MAX, &d->implied, &d->has_implied);
        } else if (bytes_is(key, "port")) {
            take_number(g, &one, UINT16_MAX, &d->port, &d->has_port);
        }
    }
    g->bad |= !d->has_request;
}

static void values_read(struct reading *g, struct item *v)
{
    struct dht *d = g->d;
    struct item one;

    g->bad |= v->kind != ITEM_LIST;
    d->value = g->bad ? NULL : arena_zero(txn_arena(g->t), PEERS_MAX * sizeof *d->value);
    d->has_values = d->value != NULL;
    while (d->has_values && d->value_n < PEERS_MAX && rd_left(&v->inside) != 0) {
        bool whole = item_next(&v->inside, &one) && one.kind == ITEM_STRING && (rd_left(&one.inside) == PEER_4 || rd_left(&one.inside) == PEER_6);
        if (!whole) {
            g->bad = true;
            return;
        }
        d->value[d->value_n++] = arena_copy(txn_arena(g->t), rd_rest(&one.inside));
    }
}

static void response_read(struct reading *g, struct item *v)
{
    struct dht *d = g->d;
    struct bytes key;
    struct item one;

    g->bad |= v->kind != ITEM_DICTIONARY;
    while (!g->bad && entry_next(&v->inside, &key, &one, &g->bad)) {
        if (bytes_is(key, "id")) {
            take_bytes(g, &one, &d->id, &d->has_response);
        } else if (bytes_is(key, "nodes")) {
            take_bytes(g, &one, &d->nodes, &d->has_nodes);
        } else if (bytes_is(key, "nodes6")) {
            take_bytes(g, &one, &d->nodes6, &d->has_nodes6);
        } else if (bytes_is(key, "token")) {
            take_bytes(g, &one, &d->token, &d->has_token);
        } else if (bytes_is(key, "values")) {
            values_read(g, &one);
        }
    }
    g->bad |= !d->has_response;
}

/* "e": a number and a text */
static void error_read(struct reading *g, struct item *v)
{
    struct dht *d = g->d;
    struct item one;

    if (v->kind != ITEM_LIST || !item_next(&v->inside, &one) || one.kind != ITEM_NUMBER || one.number < 0 || one.number > UINT16_MAX) {
        g->bad = true;
        return;
    }
    d->error = one.number;
    d->has_error = item_next(&v->inside, &one) && one.kind == ITEM_STRING;
    g->bad |= !d->has_error;
    d->message = d->has_error ? arena_copy(txn_arena(g->t), rd_rest(&one.inside)) : bytes_none();
}

static void message_read(struct reading *g, struct rd r)
{
    struct dht *d = g->d;
    struct item all, one;
    struct bytes key, kind = bytes_none();
    bool has_transaction = false, has_kind = false;

    g->bad = !item_next(&r, &all) || all.kind != ITEM_DICTIONARY;
    while (!g->bad && entry_next(&all.inside, &key, &one, &g->bad)) {
        switch (key.n == 1 ? key.p[0] : 0) {
        case 'a': request_read(g, &one); break;
        case 'e': error_read(g, &one); break;
        case 'q': take_bytes(g, &one, &d->type, &d->has_type); break;
        case 'r': response_read(g, &one); break;
        case 't': take_bytes(g, &one, &d->transaction, &has_transaction); break;
        case 'v': take_bytes(g, &one, &d->version, &d->has_version); break;
        case 'y': take_bytes(g, &one, &kind, &has_kind); break;
        default: break;
        }
    }
    g->bad |= !text_is_utf8(d->type) || !has_transaction || !has_kind || (bytes_is(kind, "q") ? !d->has_type || !d->has_request : bytes_is(kind, "r") ? !d->has_response
                                                                       : !bytes_is(kind, "e") || !d->has_error);
}

/* What such a message begins with: its first key is "a", "e", "r", or "ip" (BEP 42). */
static bool likely(struct rd r)
{
    struct bytes b = rd_peek(&r);

    return bytes_starts(b, "d1:ad") || bytes_starts(b, "d1:rd") || bytes_starts(b, "d2:ip") || bytes_starts(b, "d1:el");
}

static struct frame dht_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ likely(data) ? FRAME_UNIT : FRAME_SKIP, 0, rd_left(&data) };
}

static enum outcome dht_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct txn *t = txn_new(c);

    (void)unit;
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct reading g = { t, txn_data(t), false };
    message_read(&g, bytes);
    if (g.bad) {
        txn_note(t, DHT_MALFORMED);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* A message of the kinds that open a conversation. */
static const struct proto_pattern patterns[] = {
    { "d1:ad2:id20:", 12, 0, 0, TO_SERVER, false },
    { "d1:rd2:id20:", 12, 0, 0, TO_SERVER, false },
    { "d1:ad2:id20:", 12, 0, 0, TO_CLIENT, false },
    { "d1:rd2:id20:", 12, 0, 0, TO_CLIENT, false },
    { "d1:eli2", 7, 0, 0, TO_CLIENT, false }, /* all codes of errors are 2xx */
    { "d2:ip", 5, 0, 0, TO_CLIENT, false },
};

/* ------- records ------- */

static void put_decimal(char *text, size_t *n, uint8_t v)
{
    char digits[20];
    size_t k = text_digits(v, digits);

    for (size_t i = 0; i < k; i++) {
        text[(*n)++] = digits[i];
    }
}

/* Of IPv6 all digits, as Suricata has them here. */
static void log_address(struct json *j, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    char text[48];
    size_t n = 0;

    for (size_t i = 0; i < b.n && i < 16; i++) {
        if (b.n == 4) {
            put_decimal(text, &n, b.p[i]);
        } else {
            text[n++] = digits[b.p[i] >> 4];
            text[n++] = digits[b.p[i] & 15];
        }
        if (i + 1 < b.n && (b.n == 4 || i % 2 == 1)) {
            text[n++] = b.n == 4 ? '.' : ':';
        }
    }
    json_bytes(j, "ip", bytes_of(text, n));
}

static void log_peer(struct json *j, struct rd *r, size_t address)
{
    struct bytes b = rd_bytes(r, address);

    log_address(j, b);
    json_u64(j, "port", rd_be16(r));
}

static void log_nodes(struct json *j, const char *key, struct bytes nodes, size_t length)
{
    struct rd r = rd_of(nodes);

    if (nodes.n < length) {
        return;
    }
    json_array(j, key);
    while (rd_left(&r) >= length) {
        json_object(j, NULL);
        json_hex(j, "id", rd_bytes(&r, ID_LEN), 0);
        log_peer(j, &r, length - ID_LEN - 2);
        json_end_object(j);
    }
    json_end_array(j);
}

static void log_hex(struct json *j, const char *key, bool there, struct bytes b)
{
    if (there) {
        json_hex(j, key, b, 0);
    }
}

static void log_request(struct json *j, const struct dht *d)
{
    json_object(j, "request");
    json_hex(j, "id", d->id, 0);
    log_hex(j, "target", d->has_target, d->target);
    log_hex(j, "info_hash", d->has_hash, d->hash);
    log_hex(j, "token", d->has_token, d->token);
    if (d->has_implied) {
        json_i64(j, "implied_port", d->implied);
    }
    if (d->has_port) {
        json_i64(j, "port", d->port);
    }
    json_end_object(j);
}

static void log_response(struct json *j, const struct dht *d)
{
    json_object(j, "response");
    json_hex(j, "id", d->id, 0);
    log_nodes(j, "nodes", d->nodes, NODE_4);
    log_nodes(j, "nodes6", d->nodes6, NODE_6);
    if (d->value_n != 0) {
        json_array(j, "values");
        for (unsigned i = 0; i < d->value_n; i++) {
            struct rd r = rd_of(d->value[i]);
            json_object(j, NULL);
            log_peer(j, &r, d->value[i].n - 2);
            json_end_object(j);
        }
        json_end_array(j);
    }
    log_hex(j, "token", d->has_token, d->token);
    json_end_object(j);
}

static void dht_log(const struct txn *t, struct json *j)
{
    const struct dht *d = txn_data_const(t);

    json_hex(j, "transaction_id", d->transaction, 0);
    log_hex(j, "client_version", d->has_version, d->version);
    if (d->has_type) {
        json_bytes(j, "request_type", d->type);
    }
    if (d->has_error) {
        json_object(j, "error");
        json_i64(j, "num", d->error);
        json_bytes(j, "msg", d->message);
        json_end_object(j);
    }
    if (d->has_request) {
        log_request(j, d);
    }
    if (d->has_response) {
        log_response(j, d);
    }
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [DHT_MALFORMED] = { "malformed_packet", 0, 0, "a message is not bencoded, or lacks what its kind needs; what could be read is there" },
};

extern const struct proto proto_bittorrent_dht;
const struct proto proto_bittorrent_dht = {
    .name = "bittorrent-dht",
    .log_name = "bittorrent_dht",
    .transports = 2,
    .first_server = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .txn_size = sizeof(struct dht),
    .unit_max = 65536,
    .frame = dht_frame,
    .parse = dht_parse,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = dht_log,
    .log_side = txn_log_message,
};
