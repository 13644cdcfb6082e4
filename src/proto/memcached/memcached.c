/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcached - the protocols of memcached: text, also with meta commands, and binary, over TCP and, behind a head of their own, over UDP.
 *
 * A command and its response are a transaction.  Values flow by.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_COMMAND, NOTE_MALFORMED_RESPONSE, NOTE_LINE_TOO_LONG };
enum { UNIT_LINE, UNIT_BINARY, UNIT_DATAGRAM };
enum { LINE_MAX = 8192, KEYS_MAX = 32, KEY_KEPT = 250 /* as long as keys may be */, HEAD = 24, UDP_HEAD = 8 };
enum { MAGIC_REQUEST = 0x80, MAGIC_RESPONSE = 0x81 };

struct memcached {
    bool asked, answered, binary, quiet;
    uint8_t opcode;
    uint32_t opaque;
    struct bytes command, key[KEYS_MAX];
    unsigned key_n, keys;
    uint64_t size;             /* of what is stored */
    struct bytes status;       /* the response's first word */
    struct bytes version;      /* the word behind VERSION */
    uint16_t code;             /* of a binary response */
    uint64_t values, value_bytes;
};

struct memcached_state {
    uint64_t skip[2];
};

/* ------- commands ------- */

enum takes { KEYS, KEY, DATA, META, META_DATA, TIME_KEYS, WORDS };
static const struct {
    const char *name;
    uint8_t takes;
} commands[] = {
    { "get", KEYS }, { "gets", KEYS }, { "gat", TIME_KEYS }, { "gats", TIME_KEYS }, { "set", DATA }, { "add", DATA }, { "replace", DATA }, { "append", DATA },
    { "prepend", DATA }, { "cas", DATA }, { "delete", KEY }, { "incr", KEY }, { "decr", KEY }, { "touch", KEY }, { "mg", META }, { "ms", META_DATA }, { "md", META },
    { "ma", META }, { "me", META }, { "mn", WORDS }, { "stats", WORDS }, { "flush_all", WORDS }, { "version", WORDS }, { "verbosity", WORDS }, { "quit", WORDS },
    { "slabs", WORDS }, { "lru", WORDS }, { "lru_crawler", WORDS }, { "watch", WORDS }, { "cache_memlimit", WORDS }, { "shutdown", WORDS },
};

static unsigned command_row(struct bytes word)
{
    unsigned i = 0;

    while (i < ROWS(commands) && !bytes_is(word, commands[i].name)) {
        i++;
    }
    return i;
}

static const char *const opcodes[] = { "get", "set", "add", "replace", "delete", "increment", "decrement", "quit", "flush", "getq", "noop", "version", "getk", "getkq", "append",
    "prepend", "stat", "setq", "addq", "replaceq", "deleteq", "incrementq", "decrementq", "quitq", "flushq", "appendq", "prependq", "verbosity", "touch", "gat", "gatq", NULL,
    "sasl_list", "sasl_auth", "sasl_step" };

static bool opcode_quiet(uint8_t opcode) { return opcode == 0x09 || opcode == 0x0d || (opcode >= 0x11 && opcode <= 0x1a) || opcode == 0x1e; }

/* ------- recognition ------- */

static enum probe text_likely(struct rd r, bool whole)
{
    struct bytes line = rd_peek(&r);
    size_t lf = bytes_find_byte(bytes_head(line, LINE_MAX), '\n');
    struct bytes word = rd_until_any(&r, " \r\n");

    if (lf == SIZE_MAX) {
        return whole || line.n > 1024 ? PROBE_NO : PROBE_MORE;
    }
    struct bytes rest = bytes_trim(bytes_from(bytes_head(line, lf), word.n), " \r");
    bool http = bytes_starts(rest, "/") || bytes_starts_nocase(rest, "http:") || bytes_find(rest, bytes_str("HTTP/")) != SIZE_MAX; /* "get" is a method, too */
    return command_row(word) < ROWS(commands) && !http ? PROBE_YES : PROBE_NO;
}

static bool response_likely(struct rd r)
{
    static const char words[] = "VALUE END STORED NOT_STORED EXISTS NOT_FOUND DELETED TOUCHED STAT OK RESET VERSION ERROR CLIENT_ERROR SERVER_ERROR HD VA EN NF NS EX MN ME";
    struct bytes first = rd_until_any(&r, " \r\n");
    uint64_t number;

    return bytes_among(first, words) || (first.n != 0 && first.p[0] == MAGIC_RESPONSE) || bytes_u64(first, &number);
}

static enum probe memcached_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);
    struct rd udp = data;

    if (b.n == 0) {
        return PROBE_NO;
    }
    if (side == TO_CLIENT) {
        rd_skip(&udp, UDP_HEAD);
        return response_likely(data) || (whole && rd_ok(&udp) && response_likely(udp)) ? PROBE_YES : PROBE_NO;
    }
    if (b.p[0] == MAGIC_REQUEST) {
        rd_skip(&data, 1);
        uint8_t opcode = rd_u8(&data);
        uint32_t key = rd_be16(&data), extras = rd_u8(&data), type = rd_u8(&data);
        rd_skip(&data, 2);
        uint32_t body = rd_be32(&data);
        return !rd_ok(&data) ? whole ? PROBE_NO : PROBE_MORE : opcode < ROWS(opcodes) && type == 0 && body >= key + extras && body < 1u << 27 ? PROBE_YES : PROBE_NO;
    }
    /* Over UDP: a number, this datagram's and how many, two zeros. */
    rd_skip(&udp, 4);
    uint16_t all = rd_be16(&udp), zero = rd_be16(&udp);
    if (whole && rd_ok(&udp) && all == 1 && zero == 0) {
        return text_likely(udp, true);
    }
    return text_likely(data, whole);
}

/* ------- framing ------- */

static struct frame memcached_frame(struct conn *c, enum side side, struct rd data)
{
    struct memcached_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, UNIT_DATAGRAM, b.n };
    }
    if (s->skip[side] != 0) {
        uint64_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (b.p[0] == (side == TO_SERVER ? MAGIC_REQUEST : MAGIC_RESPONSE)) {
        if (b.n < HEAD) {
            return (struct frame){ FRAME_MORE, 0, HEAD };
        }
        rd_skip(&data, 2);
        uint32_t key = rd_be16(&data), extras = rd_u8(&data);
        rd_skip(&data, 3);
        uint64_t body = rd_be32(&data);
        size_t unit = HEAD + (extras + key < body ? extras + key : (size_t)body);
        unit = unit < LINE_MAX ? unit : LINE_MAX;
        if (b.n < unit) {
            return (struct frame){ FRAME_MORE, 0, unit };
        }
        s->skip[side] = HEAD + body - unit;
        return (struct frame){ FRAME_UNIT, UNIT_BINARY, unit };
    }
    size_t looked = conn_looked(c, side), lf = bytes_find_byte(bytes_from(bytes_head(b, LINE_MAX), looked), '\n');
    if (lf == SIZE_MAX && b.n >= LINE_MAX) {
        conn_note(c, side, NOTE_LINE_TOO_LONG);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    return lf == SIZE_MAX ? frame_searched(b, b.n) : (struct frame){ FRAME_UNIT, UNIT_LINE, looked + lf + 1 };
}

/* ------- text ------- */

static void key_add(struct txn *t, struct bytes key)
{
    struct memcached *d = txn_data(t);

    d->keys++;
    if (d->key_n < KEYS_MAX) {
        d->key[d->key_n++] = arena_copy(txn_arena(t), bytes_head(key, KEY_KEPT));
    }
}

static struct bytes word_next(struct rd *r)
{
    rd_skip_any(r, " ");
    return rd_until_any(r, " \r\n");
}

/* The size of what follows is the number `at` words behind the key. */
static void stored_size(struct conn *c, struct txn *t, struct rd r, unsigned at)
{
    struct memcached_state *s = conn_state(c);
    struct memcached *d = txn_data(t);
    struct bytes word = bytes_none();

    for (unsigned i = 0; i < at; i++) {
        word = word_next(&r);
    }
    if (!bytes_u64(word, &d->size) || d->size > UINT32_MAX) {
        d->size = 0;
        txn_note(t, NOTE_MALFORMED_COMMAND);
        return;
    }
    s->skip[TO_SERVER] = conn_datagram(c) ? 0 : d->size + 2;
}

static void command_line(struct conn *c, struct bytes line)
{
    struct rd r = rd_of(bytes_trim(line, "\r\n"));
    struct bytes word = word_next(&r);
    unsigned row = command_row(word);
    struct txn *t = txn_new(c);

    if (t == NULL) {
        return;
    }
    struct memcached *d = txn_data(t);
    d->asked = true;
    d->command = arena_copy(txn_arena(t), bytes_head(word, KEY_KEPT));
    uint8_t takes = row < ROWS(commands) ? commands[row].takes : WORDS;
    if (row == ROWS(commands)) {
        txn_note(t, NOTE_MALFORMED_COMMAND);
    }
    if (takes == TIME_KEYS) {
        (void)word_next(&r);
    }
    if (takes == KEY || takes == DATA || takes == META || takes == META_DATA) {
        key_add(t, word_next(&r));
    }
    if (takes == DATA || takes == META_DATA) {
        stored_size(c, t, r, takes == DATA ? 3 : 1);
    }
    while ((takes == KEYS || takes == TIME_KEYS || takes == WORDS) && (word = word_next(&r)).n != 0) {
        key_add(t, word);
    }
    struct bytes rest = bytes_trim(line, "\r\n ");
    d->quiet = takes != KEYS && rest.n > 8 && bytes_is(bytes_from(rest, rest.n - 7), "noreply");
    txn_done(t, TO_SERVER);
    if (d->quiet || bytes_is(d->command, "quit")) {
        t->skip_inspect[TO_CLIENT] = true;
        txn_done(t, TO_CLIENT);
    }
}

static struct txn *waiting(struct conn *c)
{
    struct txn *t = txn_first(c);

    while (t != NULL && t->complete[TO_CLIENT]) {
        t = t->next;
    }
    if (t == NULL && (t = txn_new(c)) != NULL) {
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
    }
    return t;
}

static void response_line(struct conn *c, struct bytes line)
{
    struct memcached_state *s = conn_state(c);
    struct rd r = rd_of(bytes_trim(line, "\r\n"));
    struct bytes word = word_next(&r);
    struct txn *t = waiting(c);
    uint64_t size = 0;

    if (t == NULL) {
        return;
    }
    struct memcached *d = txn_data(t);
    bool value = bytes_is(word, "VALUE"), meta = bytes_is(word, "VA"), more = value || bytes_among(word, "stat item");
    if (value) {
        (void)word_next(&r);
        (void)word_next(&r);
    }
    if (value || meta) {
        if (!bytes_u64(word_next(&r), &size) || size > UINT32_MAX) {
            txn_note(t, NOTE_MALFORMED_RESPONSE);
            size = 0;
        }
        s->skip[TO_CLIENT] = conn_datagram(c) ? 0 : size + 2;
        d->value_bytes += size;
    }
    d->values += value || meta || more;
    if (!d->answered) {
        d->status = arena_copy(txn_arena(t), bytes_head(word, KEY_KEPT));
        d->version = bytes_is(word, "VERSION") ? arena_copy(txn_arena(t), bytes_head(word_next(&r), KEY_KEPT)) : bytes_none();
        d->answered = true;
    }
    if (more && !conn_datagram(c)) {
        txn_touch(t, TO_CLIENT);
    } else {
        txn_done(t, TO_CLIENT);
    }
}

/* ------- binary ------- */

static void binary_request(struct conn *c, struct rd r)
{
    struct txn *t = txn_new(c);

    if (t == NULL) {
        return;
    }
    struct memcached *d = txn_data(t);
    d->asked = d->binary = true;
    rd_skip(&r, 1);
    d->opcode = rd_u8(&r);
    uint16_t key = rd_be16(&r);
    uint8_t extras = rd_u8(&r);
    rd_skip(&r, 3);
    uint32_t body = rd_be32(&r);
    d->opaque = rd_be32(&r);
    rd_skip(&r, 8);
    rd_skip(&r, extras);
    if (key != 0) {
        key_add(t, rd_bytes(&r, key));
    }
    d->size = body >= (uint32_t)key + extras ? body - key - extras : 0;
    if (!rd_ok(&r) || body < (uint32_t)key + extras) {
        txn_note(t, NOTE_MALFORMED_COMMAND);
    }
    d->command = d->opcode < ROWS(opcodes) && opcodes[d->opcode] != NULL ? bytes_str(opcodes[d->opcode]) : bytes_str("unknown");
    txn_done(t, TO_SERVER);
    if (opcode_quiet(d->opcode)) {
        t->skip_inspect[TO_CLIENT] = true;
        txn_done(t, TO_CLIENT);
    }
}

static void binary_response(struct conn *c, struct rd r)
{
    rd_skip(&r, 1);
    uint8_t opcode = rd_u8(&r);
    uint16_t key = rd_be16(&r);
    uint8_t extras = rd_u8(&r);
    rd_skip(&r, 1);
    uint16_t code = rd_be16(&r);
    uint32_t body = rd_be32(&r), opaque = rd_be32(&r);
    struct txn *t = txn_first(c);

    for (; t != NULL; t = t->next) {
        const struct memcached *d = txn_data_const(t);
        if (!t->complete[TO_CLIENT] && d->binary && d->opcode == opcode && d->opaque == opaque) {
            break;
        }
    }
    if (t == NULL) {
        return; /* a quiet command's, that did not stay so */
    }
    struct memcached *d = txn_data(t);
    d->answered = true;
    d->code = code;
    d->value_bytes += body >= (uint32_t)key + extras ? body - key - extras : 0;
    if (opcode == 0x10 && key != 0) { /* statistics: one more, up to one without a key */
        d->values++;
        txn_touch(t, TO_CLIENT);
        return;
    }
    txn_done(t, TO_CLIENT);
}

static enum outcome memcached_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    if (unit == UNIT_DATAGRAM) {
        struct rd head = r;
        rd_skip(&head, 2);
        uint16_t number = rd_be16(&head);
        rd_skip(&head, 4);
        bool headed = rd_ok(&head) && rd_peek(&r).p[6] == 0 && rd_peek(&r).p[7] == 0;
        r = headed ? head : r;
        if ((headed && number != 0) || rd_left(&r) == 0) {
            return OUTCOME_OK;
        }
        unit = rd_peek(&r).p[0] == (side == TO_SERVER ? MAGIC_REQUEST : MAGIC_RESPONSE) ? UNIT_BINARY : UNIT_LINE;
        if (unit == UNIT_BINARY && rd_left(&r) < HEAD) {
            return OUTCOME_BAD;
        }
    }
    if (unit == UNIT_BINARY) {
        (side == TO_SERVER ? binary_request : binary_response)(c, r);
        return OUTCOME_OK;
    }
    bool found;
    struct bytes line = rd_line(&r, &found);
    if (line.n != 0) {
        (side == TO_SERVER ? command_line : response_line)(c, bytes_head(line, LINE_MAX));
    }
    return OUTCOME_OK;
}

/* ------- fields, records ------- */

static bool command(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct memcached *d = txn_data_const(t);

    (void)side;
    *out = d->command;
    return i == 0 && out->p != NULL;
}

static bool key(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct memcached *d = txn_data_const(t);

    (void)side;
    *out = i < d->key_n ? d->key[i] : bytes_none();
    return i < d->key_n;
}

static bool status(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct memcached *d = txn_data_const(t);

    (void)side;
    *out = d->status;
    return i == 0 && out->p != NULL;
}

static bool version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct memcached *d = txn_data_const(t);

    (void)side;
    *out = d->version;
    return i == 0 && out->p != NULL && out->n != 0;
}

#define CLIENTS .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }
static const struct field fields[] = {
    { .name = "memcached.command", .type = FIELD_BYTES, CLIENTS, .bytes = command, .help = "the command; of a binary one its name" },
    { .name = "memcached.key", .type = FIELD_LIST, CLIENTS, .bytes = key, .help = "each key, or word behind a command that has none: the first 32" },
    { .name = "memcached.status", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .bytes = status, .help = "first word of a response in text: STORED, VALUE, STAT, ERROR, ..." },
    { .name = "memcached.version", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .bytes = version, .sign = SIGN_SOFTWARE,
      .help = "the server's version, of its answer to version" },
};

static void memcached_log(const struct txn *t, struct json *j)
{
    const struct memcached *d = txn_data_const(t);

    json_string(j, "protocol", d->binary ? "binary" : "text");
    if (d->asked) {
        json_bytes(j, "command", d->command);
        json_array(j, "keys");
        for (unsigned i = 0; i < d->key_n; i++) {
            json_bytes(j, NULL, d->key[i]);
        }
        json_end_array(j);
        json_u64(j, "key_count", d->keys);
        json_u64(j, "size", d->size);
    }
    if (d->answered) {
        json_object(j, "response");
        if (d->binary) {
            json_u64(j, "code", d->code);
        } else {
            json_bytes(j, "status", d->status);
        }
        json_u64(j, "values", d->values);
        json_u64(j, "bytes", d->value_bytes);
        json_end_object(j);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_COMMAND] = { "malformed_command", 0, 0, "a command that is not defined, or without the size it needs" },
    [NOTE_MALFORMED_RESPONSE] = { "malformed_response", 0, 0, "a value without its size" },
    [NOTE_LINE_TOO_LONG] = { "line_too_long", 0, 0, "a line of 8 KB or more; nothing is read behind it" },
};

static const struct proto_pattern patterns[] = { { "get ", 4, 0, 0, TO_SERVER, false }, { "gets ", 5, 0, 0, TO_SERVER, false } };

extern const struct proto proto_memcached;
const struct proto proto_memcached = {
    .name = "memcached",
    .ports = "tcp/11211 udp/11211",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = memcached_probe,
    .state_size = sizeof(struct memcached_state),
    .txn_size = sizeof(struct memcached),
    .unit_max = 65536,
    .txn_bytes_max = 32 * 1024,
    .frame = memcached_frame,
    .parse = memcached_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = memcached_log,
};
