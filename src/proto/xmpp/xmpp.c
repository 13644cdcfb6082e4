/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xmpp - Extensible Messaging and Presence Protocol, once Jabber (RFC 6120): streams, logins, stanzas, up to TLS.
 *
 * A unit is one tag with the text before it.  The head of a stream, and each element right below it (a stanza, features, a step of a
 * login), is a transaction of its own: names, addresses and kinds, not what it says.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_TAG, NOTE_TAG_TOO_LONG, NOTE_TOO_DEEP, NOTE_CLEARTEXT_LOGIN };
enum { TAG_MAX = 16 * 1024, KEPT = 512, DEPTH_MAX = 255, CHILDREN_MAX = 8, HEAD_MAX = 1024 };

struct xmpp_state;

struct xmpp {
    struct xmpp_state *state;
    struct bytes name, from, to, type, id, space;
    struct bytes version, mechanism;
    struct bytes node;           /* of its entity's capabilities (XEP-0115): whose software it is, as an address */
    struct bytes child[CHILDREN_MAX], child_space[CHILDREN_MAX];
    unsigned child_n;
    bool server;
};

struct xmpp_state {
    struct txn *now[2];      /* the element below the stream that is open */
    uint8_t depth[2];
    bool passed[2];          /* the tag at hand is the one to be left behind */
};

/* ------- recognition ------- */

static enum probe xmpp_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = bytes_head(rd_peek(&data), HEAD_MAX);
    static const char head[] = "<stream:stream";

    (void)side;
    if (bytes_starts(b, "<?xml")) { /* RFC 6120 11.5: may stand before it */
        size_t end = bytes_find_byte(b, '>');
        b = end != SIZE_MAX ? bytes_trim(bytes_from(b, end + 1), " \r\n\t") : bytes_none();
    }
    if (!bytes_equal(bytes_head(b, sizeof head - 1), bytes_head(bytes_str(head), b.n))) {
        return PROBE_NO;
    }
    if (b.n >= sizeof head && (bytes_find(b, bytes_str("jabber:")) != SIZE_MAX || bytes_find(b, bytes_str("etherx.jabber.org")) != SIZE_MAX)) {
        return PROBE_YES;
    }
    return bytes_find_byte(b, '>') != SIZE_MAX || whole || rd_left(&data) >= HEAD_MAX ? PROBE_NO : PROBE_MORE;
}

/* ------- framing ------- */

/* Behind the end of the tag that begins b, quotes respected; 0: it is not there, and looking goes on from *from, where it begins. */
static size_t tag_end(struct bytes b, size_t *from)
{
    uint8_t quote = 0;

    for (size_t i = *from; i < b.n; i++) {
        *from = quote == 0 ? i : *from; /* of a quote its beginning */
        if (quote != 0) {
            quote = b.p[i] == quote ? 0 : quote;
        } else if (b.p[i] == '\'' || b.p[i] == '"') {
            quote = b.p[i];
        } else if (b.p[i] == '>') {
            return i + 1;
        }
    }
    return 0;
}

static struct frame xmpp_frame(struct conn *c, enum side side, struct rd data)
{
    struct xmpp_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    size_t open = bytes_find_byte(b, '<');

    if (open == SIZE_MAX) {
        return (struct frame){ FRAME_SKIP, 0, b.n };
    }
    if (open != 0) {
        return (struct frame){ FRAME_SKIP, 0, open };
    }
    size_t from = conn_looked(c, side), n = tag_end(bytes_head(b, TAG_MAX), &from);
    if (n == 0 && b.n >= TAG_MAX) {
        conn_note(c, side, NOTE_TAG_TOO_LONG);
        s->passed[side] = true;
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    return n == 0 ? frame_searched(b, from) : (struct frame){ FRAME_UNIT, 0, n };
}

static void xmpp_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* Depth is not known any more: on with the next stanza's name. */
static struct frame xmpp_resync(struct conn *c, enum side side, struct rd data)
{
    struct xmpp_state *s = conn_state(c);
    size_t from = s->passed[side] ? 1 : 0, at = SIZE_MAX;
    struct bytes b = bytes_from(rd_peek(&data), from);

    for (unsigned i = 0; i < 4; i++) {
        static const char *const heads[] = { "<message", "<presence", "<iq", "<stream:stream" };
        size_t one = bytes_find(b, bytes_str(heads[i]));
        at = one < at ? one : at;
    }
    s->passed[side] = false;
    if (at == SIZE_MAX) {
        return (struct frame){ FRAME_MORE, 0, b.n < 16 ? b.n : 16 };
    }
    s->depth[side] = 1;
    if (s->now[side] != NULL) {
        txn_message(s->now[side], side);
        s->now[side] = NULL;
    }
    return (struct frame){ FRAME_SKIP, 0, from + at };
}

/* ------- tags ------- */

static struct bytes attribute(struct txn *t, struct bytes tag, const char *name)
{
    struct rd r = rd_of(tag);

    (void)rd_until_any(&r, " \t\r\n");
    while (rd_skip_any(&r, " \t\r\n"), rd_left(&r) != 0) {
        struct bytes key = bytes_trim(rd_until_any(&r, "=>/"), " \t\r\n");
        rd_skip(&r, 1);
        rd_skip_any(&r, " \t\r\n");
        uint8_t quote = rd_left(&r) != 0 ? rd_u8(&r) : 0;
        if (quote != '\'' && quote != '"') {
            return bytes_none();
        }
        bool found;
        struct bytes value = rd_until(&r, quote, &found);
        if (bytes_is(key, name)) {
            return arena_copy(txn_arena(t), bytes_head(value, KEPT));
        }
    }
    return bytes_none();
}

static struct txn *element_new(struct conn *c, enum side side, struct bytes name, struct bytes tag)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        struct xmpp *d = txn_data(t);
        d->state = conn_state(c);
        d->server = side == TO_CLIENT;
        d->name = arena_copy(txn_arena(t), bytes_head(name, KEPT));
        d->from = attribute(t, tag, "from");
        d->to = attribute(t, tag, "to");
        d->type = attribute(t, tag, "type");
        d->id = attribute(t, tag, "id");
        d->space = attribute(t, tag, "xmlns");
        d->version = attribute(t, tag, "version");
        d->mechanism = attribute(t, tag, "mechanism");
        if (bytes_is(name, "auth") && bytes_is(d->mechanism, "PLAIN")) { /* RFC 4616: the password as it is */
            txn_note(t, NOTE_CLEARTEXT_LOGIN);
        }
    }
    return t;
}

static void child_add(struct txn *t, struct bytes name, struct bytes tag)
{
    struct xmpp *d = txn_data(t);

    if (d->child_n < CHILDREN_MAX) {
        d->child[d->child_n] = arena_copy(txn_arena(t), bytes_head(name, KEPT));
        d->child_space[d->child_n++] = attribute(t, tag, "xmlns");
    }
    if (bytes_is(name, "c")) {
        d->node = attribute(t, tag, "node");
    }
}

/* The element below the stream has ended. */
static void element_over(struct conn *c, enum side side, struct txn *t)
{
    struct xmpp_state *s = conn_state(c);
    const struct xmpp *d = txn_data_const(t);
    bool proceed = d->server && bytes_is(d->name, "proceed");

    s->now[side] = NULL;
    txn_message(t, side);
    if (proceed) { /* RFC 6120 5.4.2.3 */
        (void)proto_switch(c, "tls", 0);
    }
}

static enum outcome xmpp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct xmpp_state *s = conn_state(c);
    struct bytes all = rd_rest(&r), tag = bytes_from(bytes_head(all, all.n - 1), 1);
    bool end = bytes_starts(tag, "/"), alone = tag.n != 0 && tag.p[tag.n - 1] == '/';
    struct rd name_at = rd_of(bytes_from(tag, end));
    struct bytes name = rd_until_any(&name_at, " \t\r\n/");
    struct txn *t = s->now[side];

    (void)unit;
    if (bytes_starts(tag, "?") || bytes_starts(tag, "!")) {
        return OUTCOME_OK;
    }
    if (name.n == 0) {
        conn_note(c, side, NOTE_MALFORMED_TAG);
        return OUTCOME_OK;
    }
    if (end) {
        s->depth[side] = (uint8_t)(s->depth[side] != 0 ? s->depth[side] - 1 : 0);
        if (s->depth[side] == 1 && t != NULL) {
            element_over(c, side, t);
        }
        return OUTCOME_OK;
    }
    if (bytes_is(name, "stream:stream")) { /* also anew, after a login */
        s->depth[side] = 1;
        t = element_new(c, side, name, tag);
        if (t != NULL) {
            txn_message(t, side);
        }
        return OUTCOME_OK;
    }
    if (s->depth[side] == 1) {
        t = s->now[side] = element_new(c, side, name, tag);
    } else if (s->depth[side] == 2 && t != NULL) {
        child_add(t, name, tag);
    }
    if (alone) {
        if (s->depth[side] == 1 && t != NULL) {
            element_over(c, side, t);
        }
        return OUTCOME_OK;
    }
    if (s->depth[side] == DEPTH_MAX) {
        conn_note(c, side, NOTE_TOO_DEEP);
        conn_opaque(c, side);
        return OUTCOME_BAD;
    }
    s->depth[side]++;
    return OUTCOME_OK;
}

static void xmpp_txn_fini(struct txn *t)
{
    const struct xmpp *d = txn_data_const(t);
    struct xmpp_state *s = d->state;

    for (unsigned side = 0; s != NULL && side < 2; side++) {
        s->now[side] = s->now[side] == t ? NULL : s->now[side];
    }
}

/* ------- fields ------- */

#define XMPP_BYTES(fn, member)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct xmpp *d = txn_data_const(t);                                                                      \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
XMPP_BYTES(name, name)
XMPP_BYTES(from, from)
XMPP_BYTES(to, to)
XMPP_BYTES(type, type)
XMPP_BYTES(id, id)
XMPP_BYTES(space, space)
XMPP_BYTES(version, version)
XMPP_BYTES(mechanism, mechanism)
XMPP_BYTES(node, node)

/* A server's own features, a client's own presence: of others the server tells as well. */
#define XMPP_NODE(fn, element)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct xmpp *d = txn_data_const(t);                                                                      \
        return node(t, side, i, out) && bytes_is(d->name, element);                                                    \
    }
XMPP_NODE(client_node, "presence")
XMPP_NODE(server_node, "stream:features")

static bool child(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct xmpp *d = txn_data_const(t);

    (void)side;
    *out = i < d->child_n ? d->child[i] : bytes_none();
    return i < d->child_n;
}

static bool child_space(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct xmpp *d = txn_data_const(t);

    (void)side;
    *out = i < d->child_n ? d->child_space[i] : bytes_none();
    return i < d->child_n;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "xmpp.name", .type = FIELD_BYTES, BOTH, .bytes = name, .log = "name", .help = "the element: message, presence, iq, auth, stream:stream, ..." },
    { .name = "xmpp.from", .type = FIELD_BYTES, BOTH, .bytes = from, .log = "from", .help = "whose it is" },
    { .name = "xmpp.to", .type = FIELD_BYTES, BOTH, .bytes = to, .log = "to", .help = "whom it is for" },
    { .name = "xmpp.type", .type = FIELD_BYTES, BOTH, .bytes = type, .log = "type", .help = "its kind: get, set, result, error, chat, ..." },
    { .name = "xmpp.id", .type = FIELD_BYTES, BOTH, .bytes = id, .log = "id", .help = "its id" },
    { .name = "xmpp.namespace", .type = FIELD_BYTES, BOTH, .bytes = space, .log = "namespace", .help = "its namespace" },
    { .name = "xmpp.version", .type = FIELD_BYTES, BOTH, .bytes = version, .log = "version", .help = "a stream's version" },
    { .name = "xmpp.mechanism", .type = FIELD_BYTES, BOTH, .bytes = mechanism, .log = "mechanism", .help = "how a client logs in" },
    { .name = "xmpp.client_node", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { 1, 1 }, .bytes = client_node, .sign = SIGN_CLIENT,
      .help = "of a client's presence: the address that names its software (XEP-0115)" },
    { .name = "xmpp.server_node", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .bytes = server_node, .sign = SIGN_SOFTWARE,
      .help = "of a server's features: likewise" },
    { .name = "xmpp.child", .type = FIELD_LIST, BOTH, .bytes = child, .help = "the elements right within it: the first eight" },
    { .name = "xmpp.child_namespace", .type = FIELD_LIST, BOTH, .bytes = child_space, .help = "the namespace of each of these" },
};

static void xmpp_log(const struct txn *t, struct json *j)
{
    const struct xmpp *d = txn_data_const(t);

    if (d->child_n == 0) {
        return;
    }
    json_array(j, "children");
    for (unsigned i = 0; i < d->child_n; i++) {
        json_object(j, NULL);
        json_bytes(j, "name", d->child[i]);
        if (d->child_space[i].n != 0) {
            json_bytes(j, "namespace", d->child_space[i]);
        }
        json_end_object(j);
    }
    json_end_array(j);
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_TAG] = { "malformed_tag", 0, 0, "a tag without a name" },
    [NOTE_TAG_TOO_LONG] = { "tag_too_long", 0, 0, "a tag of 16 KB or more" },
    [NOTE_TOO_DEEP] = { "too_deep", 0, 0, "elements in elements, more than 255; nothing is read behind them" },
    [NOTE_CLEARTEXT_LOGIN] = { "cleartext_login", 0, 0, "a login with the password as it is, outside of TLS" },
};

static const struct proto_pattern patterns[] = {
    { "<?xml", 5, 0, 0, TO_SERVER, false }, { "<stream:stream", 14, 0, 0, TO_SERVER, false },
    { "<?xml", 5, 0, 0, TO_CLIENT, false }, { "<stream:stream", 14, 0, 0, TO_CLIENT, false },
};

extern const struct proto proto_xmpp;
const struct proto proto_xmpp = {
    .name = "xmpp",
    .aliases = "jabber",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = xmpp_probe,
    .state_size = sizeof(struct xmpp_state),
    .txn_size = sizeof(struct xmpp),
    .unit_max = TAG_MAX,
    .txn_max = 512,
    .txn_bytes_max = 32 * 1024,
    .frame = xmpp_frame,
    .parse = xmpp_parse,
    .gap = xmpp_gap,
    .resync = xmpp_resync,
    .txn_fini = xmpp_txn_fini,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = xmpp_log,
    .log_side = txn_log_message,
};
