/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redis - the serialization protocol of Redis and its kin, versions 2 and 3 (RESP2, RESP3), and commands as plain lines.
 *
 * A unit is a line, or a string whose length a line told.  A transaction is a command and its reply, in order; what the server
 * sends unasked is one of its own.  Of strings and lists the heads are kept, the rest flows by.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_COMMAND, NOTE_MALFORMED_REPLY, NOTE_TOO_DEEP };
enum { UNIT_LINE, UNIT_STRING };
enum { LINE_MAX = 64 * 1024 /* of a plain command: PROTO_INLINE_MAX_SIZE */, STRING_KEPT = 1024, ARGUMENTS_KEPT = 64, DEPTH_MAX = 32 };
enum { COUNT_MAX = 1024 * 1024 /* arguments of a command */, STRING_MAX = 512 * 1024 * 1024 /* proto-max-bulk-len */ };

enum { REPLY_OFF = 1, REPLY_SKIP_NEXT = 2 };

struct redis_state;

struct redis {
    struct redis_state *state;
    bool asked, answered;
    struct bytes command, argument[ARGUMENTS_KEPT];
    unsigned kept;
    uint64_t argument_n;      /* behind the command */
    uint8_t type;             /* of the reply: the byte it begins with; 'n': nothing */
    struct bytes value;       /* of a plain one */
    uint64_t count;           /* of a list's elements */
};

struct redis_state {
    uint64_t skip[2];         /* of a string longer than what is kept */
    uint64_t string[2];       /* bytes of the string that comes next, and 1; 0: a line comes */
    uint64_t left[DEPTH_MAX]; /* elements still to come of each list the reply is in */
    unsigned depth;
    bool aside;               /* what comes is about the next reply (RESP3's attributes) */
    uint64_t arguments;       /* still to come of the client's command */
    struct txn *now[2];       /* the command, the reply under way */
    uint8_t quiet;            /* CLIENT REPLY */
    bool lost[2];             /* bytes are missing: not at a line's begin */
    bool copies;              /* replication was asked for: what follows is no reply */
};

static struct redis *of(struct txn *t) { return txn_data(t); }

/* ------- recognition ------- */

/* "*2\r\n$4\r\n": how many, and how long the first is. */
static enum probe count_likely(struct rd *r, uint8_t mark)
{
    uint8_t c;
    unsigned digits = 0;

    if (rd_left(r) == 0) {
        return PROBE_MORE;
    }
    if (rd_u8(r) != mark) {
        return PROBE_NO;
    }
    while (rd_left(r) != 0 && (c = rd_u8(r)) != '\r') {
        if (c < '0' || c > '9' || ++digits > 9) {
            return PROBE_NO;
        }
    }
    if (rd_left(r) == 0) {
        return PROBE_MORE;
    }
    return digits != 0 && rd_u8(r) == '\n' ? PROBE_YES : PROBE_NO;
}

static enum probe redis_probe(struct rd data, enum side side, bool whole)
{
    static const char types[] = "+-:$*_,#!=(%~>|";
    static const char plain[] = "ping info auth select keys get set config client command quit echo dbsize flushall flushdb monitor slaveof replicaof "
                                "eval subscribe publish hello save bgsave shutdown time slowlog exists del";
    struct bytes b = rd_peek(&data);

    if (side == TO_CLIENT) {
        return b.n != 0 && bytes_find_byte(bytes_str(types), b.p[0]) != SIZE_MAX ? PROBE_YES : PROBE_NO;
    }
    if (b.n != 0 && b.p[0] != '*') {
        bool ended = bytes_find_byte(bytes_head(b, 64), '\n') != SIZE_MAX;
        return bytes_among(rd_until_any(&data, " \r\n"), plain) && ended ? PROBE_YES : ended || b.n >= 64 || whole ? PROBE_NO : PROBE_MORE;
    }
    enum probe r = count_likely(&data, '*');
    if (r == PROBE_YES) {
        r = count_likely(&data, '$');
    }
    if (r == PROBE_YES && rd_left(&data) != 0) {
        uint8_t first = rd_u8(&data) | 0x20;
        return first >= 'a' && first <= 'z' ? PROBE_YES : PROBE_NO;
    }
    return r == PROBE_NO || whole ? PROBE_NO : PROBE_MORE;
}

/* ------- framing ------- */

static struct frame redis_frame(struct conn *c, enum side side, struct rd data)
{
    struct redis_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);

    if (s->skip[side] != 0) {
        uint64_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (s->string[side] != 0) {
        uint64_t n = s->string[side] - 1 + 2;
        uint64_t unit = n < STRING_KEPT ? n : STRING_KEPT;
        if (b.n < unit) {
            return (struct frame){ FRAME_MORE, 0, unit };
        }
        s->string[side] = 0;
        s->skip[side] = n - unit;
        return (struct frame){ FRAME_UNIT, UNIT_STRING, unit };
    }
    size_t looked = conn_looked(c, side), lf = bytes_find_byte(bytes_from(bytes_head(b, LINE_MAX), looked), '\n');
    if (lf == SIZE_MAX) {
        return b.n >= LINE_MAX ? (struct frame){ FRAME_BAD, 0, 0 } : frame_searched(b, b.n);
    }
    return (struct frame){ FRAME_UNIT, UNIT_LINE, looked + lf + 1 };
}

static struct txn *exchange_new(struct conn *c)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        of(t)->state = conn_state(c);
    }
    return t;
}

/* ------- commands ------- */

static void argument(struct txn *t, struct bytes b)
{
    struct redis *d = txn_data(t);
    struct bytes kept = bytes_head(b, STRING_KEPT);

    if (d->command.p == NULL) {
        d->command = arena_copy(txn_arena(t), kept);
    } else if (d->argument_n++, d->kept < ARGUMENTS_KEPT) {
        d->argument[d->kept++] = arena_copy(txn_arena(t), kept);
    }
}

static bool command_is(const struct redis *d, const char *command, const char *first)
{
    return bytes_is_nocase(d->command, command) && (first == NULL || (d->kept != 0 && bytes_is_nocase(d->argument[0], first)));
}

/* CLIENT REPLY: OFF, no replies from now on; SKIP, none for the next command; neither is answered itself. */
static bool stays_quiet(struct redis_state *s, const struct redis *d)
{
    bool quiet = s->quiet != 0;

    s->quiet &= (uint8_t)~REPLY_SKIP_NEXT;
    if (command_is(d, "client", "reply") && d->kept == 2) {
        if (bytes_is_nocase(d->argument[1], "on")) {
            s->quiet = 0;
            return false;
        }
        s->quiet |= bytes_is_nocase(d->argument[1], "skip") ? REPLY_SKIP_NEXT : REPLY_OFF;
        return true;
    }
    return quiet;
}

static void command_over(struct conn *c, struct txn *t)
{
    struct redis_state *s = conn_state(c);
    struct redis *d = txn_data(t);

    s->now[TO_SERVER] = NULL;
    txn_done(t, TO_SERVER);
    if (stays_quiet(s, d)) {
        t->skip_inspect[TO_CLIENT] = true;
        txn_done(t, TO_CLIENT);
    }
}

static struct txn *command_new(struct conn *c)
{
    struct txn *t = exchange_new(c);

    if (t != NULL) {
        of(t)->asked = true;
    }
    return t;
}

/* A command as words of a line. */
static enum outcome plain_command(struct conn *c, struct bytes line)
{
    struct rd r = rd_of(line);
    struct txn *t = NULL;

    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] < 0x20 && line.p[i] != '\t') {
            conn_note(c, TO_SERVER, NOTE_MALFORMED_COMMAND);
            return OUTCOME_BAD;
        }
    }
    while (rd_skip_any(&r, " \t"), rd_left(&r) != 0) {
        if (t == NULL && (t = command_new(c)) == NULL) {
            return OUTCOME_OK;
        }
        argument(t, rd_until_any(&r, " \t"));
    }
    if (t != NULL) {
        command_over(c, t);
    }
    return OUTCOME_OK;
}

static enum outcome bad(struct conn *c, enum side side, struct txn *t, unsigned note)
{
    struct redis_state *s = conn_state(c);

    s->string[side] = 0;
    s->now[side] = NULL;
    if (side == TO_SERVER) {
        s->arguments = 0;
    } else {
        s->depth = 0;
    }
    if (t != NULL) {
        txn_note(t, note);
        txn_done(t, side);
    } else {
        conn_note(c, side, note);
    }
    return OUTCOME_BAD;
}

static enum outcome command_line(struct conn *c, struct bytes line)
{
    struct redis_state *s = conn_state(c);
    uint8_t mark = line.n != 0 ? line.p[0] : 0;
    uint64_t n;
    bool good = bytes_u64(bytes_from(line, 1), &n);

    if (s->arguments != 0) {
        if (!good || mark != '$' || n > STRING_MAX) {
            return bad(c, TO_SERVER, s->now[TO_SERVER], NOTE_MALFORMED_COMMAND);
        }
        s->string[TO_SERVER] = n + 1;
        return OUTCOME_OK;
    }
    if (mark != '*') {
        return plain_command(c, line);
    }
    if (bytes_starts(line, "*-") || (good && n == 0)) { /* no command */
        return OUTCOME_OK;
    }
    if (!good || n > COUNT_MAX) {
        return bad(c, TO_SERVER, NULL, NOTE_MALFORMED_COMMAND);
    }
    s->arguments = n;
    s->now[TO_SERVER] = command_new(c);
    return OUTCOME_OK;
}

static enum outcome command_string(struct conn *c, struct bytes b)
{
    struct redis_state *s = conn_state(c);
    struct txn *t = s->now[TO_SERVER];

    s->arguments -= s->arguments != 0;
    if (t != NULL) {
        argument(t, b);
        if (s->arguments == 0) {
            command_over(c, t);
        }
    }
    return OUTCOME_OK;
}

/* ------- replies ------- */

/* The command that waits for its reply longest; a push answers only who asked to be subscribed. */
static struct txn *reply_begin(struct conn *c, uint8_t type)
{
    struct txn *t = txn_first_open(c);

    while (t != NULL && (t->complete[TO_CLIENT] || !of(t)->asked)) {
        t = t->next;
    }
    const struct redis *d = t != NULL ? txn_data_const(t) : NULL;
    if (d == NULL || !t->complete[TO_SERVER] ||
        (type == '>' && !bytes_among(d->command, "subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe"))) {
        t = exchange_new(c);
        if (t != NULL) {
            t->skip_inspect[TO_SERVER] = true;
            txn_done(t, TO_SERVER);
        }
    }
    return t;
}

static void reply_over(struct conn *c)
{
    struct redis_state *s = conn_state(c);
    struct txn *t = s->now[TO_CLIENT];

    s->now[TO_CLIENT] = NULL;
    if (t != NULL) {
        const struct redis *d = txn_data_const(t);
        s->copies = bytes_among(d->command, "sync psync") && d->type != '-';
        txn_done(t, TO_CLIENT);
    }
    if (s->copies) { /* a snapshot follows, then the commands that change it */
        conn_opaque(c, TO_CLIENT);
        conn_opaque(c, TO_SERVER);
    }
}

/* A value of the reply is whole, and with it the lists that it ends. */
static void value_over(struct conn *c)
{
    struct redis_state *s = conn_state(c);

    while (s->depth != 0 && --s->left[s->depth - 1] == 0) {
        s->depth--;
    }
    if (s->depth == 0) {
        if (s->aside) {
            s->aside = false;
        } else {
            reply_over(c);
        }
    }
}

static enum outcome list_begin(struct conn *c, uint8_t type, struct bytes count)
{
    struct redis_state *s = conn_state(c);
    struct txn *t = s->now[TO_CLIENT];
    uint64_t n;

    if (bytes_is(count, "-1")) { /* RESP2's null */
        if (s->depth == 0 && t != NULL) {
            of(t)->type = '_';
        }
        value_over(c);
        return OUTCOME_OK;
    }
    if (!bytes_u64(count, &n) || n > UINT32_MAX) {
        return bad(c, TO_CLIENT, t, NOTE_MALFORMED_REPLY);
    }
    if (s->depth == DEPTH_MAX) {
        (void)bad(c, TO_CLIENT, t, NOTE_TOO_DEEP);
        conn_opaque(c, TO_CLIENT);
        return OUTCOME_BAD;
    }
    if (s->depth == 0 && t != NULL && type != '|') {
        of(t)->count = n;
    }
    n *= type == '%' || type == '|' ? 2 : 1;
    if (n == 0) {
        s->aside &= s->depth != 0;
        if (type != '|') {
            value_over(c);
        }
        return OUTCOME_OK;
    }
    if (s->depth != 0 && type == '|') { /* attributes inside a list are none of its elements */
        s->left[s->depth - 1]++;
    }
    s->left[s->depth++] = n;
    return OUTCOME_OK;
}

static enum outcome reply_line(struct conn *c, struct bytes line)
{
    struct redis_state *s = conn_state(c);
    uint8_t type = line.n != 0 ? line.p[0] : 0;
    struct bytes rest = bytes_from(line, 1);
    uint64_t n;

    if (s->depth == 0 && line.n == 0) {
        return OUTCOME_OK; /* between replies it does no harm */
    }
    if (s->depth == 0 && type == '|') {
        s->aside = true;
    } else if (s->depth == 0 && !s->aside) {
        struct txn *t = s->now[TO_CLIENT] = reply_begin(c, type);
        if (t != NULL) {
            struct redis *d = txn_data(t);
            d->answered = true;
            d->type = type;
        }
    }
    struct txn *t = s->now[TO_CLIENT];
    switch (type) {
    case '+': case '-': case ':': case ',': case '#': case '(': case '_':
        if (s->depth == 0 && t != NULL) {
            of(t)->value = arena_copy(txn_arena(t), bytes_head(rest, STRING_KEPT));
        }
        value_over(c);
        return OUTCOME_OK;
    case '$': case '!': case '=':
        if (bytes_is(rest, "-1")) {
            if (s->depth == 0 && t != NULL) {
                of(t)->type = '_';
            }
            value_over(c);
            return OUTCOME_OK;
        }
        if (!bytes_u64(rest, &n) || n > STRING_MAX) {
            return bad(c, TO_CLIENT, t, NOTE_MALFORMED_REPLY);
        }
        s->string[TO_CLIENT] = n + 1;
        return OUTCOME_OK;
    case '*': case '~': case '%': case '>': case '|': return list_begin(c, type, rest);
    default: return bad(c, TO_CLIENT, t, NOTE_MALFORMED_REPLY);
    }
}

static enum outcome reply_string(struct conn *c, struct bytes b)
{
    struct redis_state *s = conn_state(c);
    struct txn *t = s->now[TO_CLIENT];

    if (s->depth == 0 && t != NULL) {
        of(t)->value = arena_copy(txn_arena(t), b);
    }
    value_over(c);
    return OUTCOME_OK;
}

static enum outcome redis_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    const struct redis_state *s = conn_state(c);
    struct bytes b = rd_rest(&r);

    if (unit == UNIT_STRING) {
        struct bytes text = bytes_head(b, s->skip[side] >= 2 ? b.n : b.n - (2 - (size_t)s->skip[side]));
        return side == TO_SERVER ? command_string(c, text) : reply_string(c, text);
    }
    struct bytes line = bytes_head(b, b.n - 1);
    line = bytes_head(line, line.n - (line.n != 0 && line.p[line.n - 1] == '\r'));
    return side == TO_SERVER ? command_line(c, line) : reply_line(c, line);
}

static void redis_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct redis_state *s = conn_state(c);

    (void)n;
    if (!in_body) {
        s->lost[side] = true;
        (void)bad(c, side, s->now[side], side == TO_SERVER ? NOTE_MALFORMED_COMMAND : NOTE_MALFORMED_REPLY);
    }
}

/* On with the next line that begins a command; of replies, with any line. */
static struct frame redis_resync(struct conn *c, enum side side, struct rd data)
{
    struct redis_state *s = conn_state(c);
    size_t have = rd_left(&data);
    bool found = true;

    if (s->lost[side]) {
        (void)rd_line(&data, &found);
        s->lost[side] = !found;
    }
    while (found && rd_left(&data) != 0) {
        struct bytes rest = rd_peek(&data);
        if (side == TO_CLIENT || rest.p[0] == '*') {
            return (struct frame){ FRAME_SKIP, 0, have - rest.n };
        }
        (void)rd_line(&data, &found);
        s->lost[side] = !found;
    }
    return (struct frame){ FRAME_MORE, 0, 0 };
}

static void redis_txn_fini(struct txn *t)
{
    struct redis_state *s = of(t)->state;

    for (unsigned side = 0; s != NULL && side < 2; side++) {
        if (s->now[side] == t) {
            s->now[side] = NULL;
        }
    }
}

/* ------- fields ------- */

static bool command(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct redis *d = txn_data_const(t);

    (void)side;
    *out = d->command;
    return i == 0 && d->command.p != NULL;
}

static bool arguments(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct redis *d = txn_data_const(t);

    (void)side;
    *out = i < d->kept ? d->argument[i] : bytes_none();
    return i < d->kept;
}

static bool reply(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct redis *d = txn_data_const(t);

    (void)side;
    *out = d->value;
    return i == 0 && d->value.p != NULL;
}

static bool error(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct redis *d = txn_data_const(t);

    return (d->type == '-' || d->type == '!') && reply(t, side, i, out);
}

/* What INFO tells of the server. */
static bool server_version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    static const char key[] = "redis_version:";
    const struct redis *d = txn_data_const(t);
    struct bytes all = d->value.p != NULL ? d->value : bytes_none();
    size_t at = i == 0 ? bytes_find(all, bytes_str(key)) : SIZE_MAX;

    (void)side;
    if (at == SIZE_MAX) {
        return false;
    }
    *out = bytes_from(all, at + sizeof key - 1);
    *out = bytes_head(*out, bytes_find_byte(*out, '\r'));
    return out->n != 0;
}

static const struct field fields[] = {
    { .name = "redis.command", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }, .bytes = command, .help = "the command's name, as sent" },
    { .name = "redis.argument", .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }, .bytes = arguments, .help = "what stands behind it: the first 64, up to 1 KB of each" },
    { .name = "redis.reply", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .bytes = reply, .help = "a reply that is no list: its text, number or string, up to 1 KB" },
    { .name = "redis.error", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .bytes = error, .help = "an error's text" },
    { .name = "redis.server_version", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .bytes = server_version, .sign = SIGN_SOFTWARE,
      .help = "the server's version, of its answer to INFO" },
};

/* ------- records ------- */

static const char *type_name(uint8_t type)
{
    switch (type) {
    case '+': return "status";
    case '-': case '!': return "error";
    case ':': return "integer";
    case ',': return "double";
    case '#': return "boolean";
    case '(': return "big_number";
    case '_': return "null";
    case '$': case '=': return "string";
    case '*': return "array";
    case '~': return "set";
    case '%': return "map";
    case '>': return "push";
    default: return "unknown";
    }
}

/* Passwords are not for records: AUTH [user] password; HELLO 3 AUTH user password; CONFIG SET requirepass password. */
static bool is_secret(const struct redis *d, unsigned i)
{
    if (command_is(d, "auth", NULL)) {
        return i + 1 == d->kept;
    }
    if (command_is(d, "hello", NULL)) {
        return i >= 2 && bytes_is_nocase(d->argument[i - 2], "auth");
    }
    return command_is(d, "config", "set") && i != 0 && bytes_among(d->argument[i - 1], "requirepass masterauth");
}

static void redis_log(const struct txn *t, struct json *j)
{
    const struct redis *d = txn_data_const(t);

    if (d->asked) {
        json_bytes(j, "command", d->command);
        json_array(j, "arguments");
        for (unsigned i = 0; i < d->kept; i++) {
            json_bytes(j, NULL, is_secret(d, i) ? bytes_str("***") : d->argument[i]);
        }
        json_end_array(j);
        json_u64(j, "argument_count", d->argument_n);
    }
    if (d->answered) {
        json_object(j, "reply");
        json_string(j, "type", type_name(d->type));
        if (d->value.p != NULL && d->type != '_') {
            json_bytes(j, "value", d->value);
        }
        if (bytes_find_byte(bytes_str("*~%>"), d->type) != SIZE_MAX) {
            json_u64(j, "count", d->count);
        }
        json_end_object(j);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_COMMAND] = { "malformed_command", 0, 0, "a command with lengths that are none, or a plain one with control characters" },
    [NOTE_MALFORMED_REPLY] = { "malformed_reply", 0, 0, "a reply of no known type, or with a length that is none" },
    [NOTE_TOO_DEEP] = { "too_deep", 0, 0, "lists in lists in a reply, more than 32" },
};

static const struct proto_pattern patterns[] = { { "*", 1, 0, 0, TO_SERVER, false } };

extern const struct proto proto_redis;
const struct proto proto_redis = {
    .name = "redis",
    .ports = "tcp/6379",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = redis_probe,
    .state_size = sizeof(struct redis_state),
    .txn_size = sizeof(struct redis),
    .unit_max = LINE_MAX,
    .txn_bytes_max = 128 * 1024,
    .frame = redis_frame,
    .parse = redis_parse,
    .gap = redis_gap,
    .resync = redis_resync,
    .txn_fini = redis_txn_fini,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = redis_log,
};
