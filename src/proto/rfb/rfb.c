/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rfb - the Remote Framebuffer protocol of VNC (RFC 6143): its handshake.
 *
 * The whole handshake is one transaction; what follows it is not read.  Steps are a table: who speaks, how much, what it says.
 */
#include "proto/proto.h"

enum rfb_note { UNIMPLEMENTED_TYPE, UNKNOWN_RESULT, MALFORMED, CONFUSED };
enum { SPAN_PDU };
enum { PROGRESS_TYPE = 1, PROGRESS_RESULT, PROGRESS_DONE };
enum { TYPE_NONE = 1, TYPE_VNC = 2, RESULT_OK = 0, RESULT_FAIL = 1, VERSION_MAX = 12, SECRET = 16, INIT = 24, UNIT_CONFUSED = 255 };

enum step { SERVER_VERSION, CLIENT_VERSION, TYPES, TYPE_CHOSEN, TYPE_SET, CHALLENGE, RESPONSE, RESULT, REASON, CLIENT_INIT, SERVER_INIT, OVER };

struct version {
    struct bytes major, minor;
};

struct rfb {
    struct version version[2];      /* by side */
    bool has_type, has_result, has_shared, has_screen;
    bool shared;
    uint32_t type, result;
    struct bytes challenge, response, reason, name;
    uint16_t width, height, max[3]; /* red, green, blue */
    uint8_t bits, depth, big_endian, true_color, shift[3];
};

struct rfb_settings {
    uint64_t text_max;
};

struct state {
    uint8_t step;
    uint32_t skip;                  /* of a text that is longer than is kept */
};

/* ------- framing ------- */

static const struct {
    uint8_t side;
    uint8_t n;                      /* bytes that are there always */
    uint8_t count_at, count_size;   /* where among them the number of those that follow stands; size 0: none */
    bool text;                      /* what follows is text: not kept beyond the setting */
} steps[] = {
    [SERVER_VERSION] = { TO_CLIENT, VERSION_MAX, 0, 0, false }, [CLIENT_VERSION] = { TO_SERVER, VERSION_MAX, 0, 0, false },
    [TYPES] = { TO_CLIENT, 1, 0, 1, false },                    [TYPE_CHOSEN] = { TO_SERVER, 1, 0, 0, false },
    [TYPE_SET] = { TO_CLIENT, 4, 0, 0, false },                 [CHALLENGE] = { TO_CLIENT, SECRET, 0, 0, false },
    [RESPONSE] = { TO_SERVER, SECRET, 0, 0, false },            [RESULT] = { TO_CLIENT, 4, 0, 0, false },
    [REASON] = { TO_CLIENT, 4, 0, 4, true },                    [CLIENT_INIT] = { TO_SERVER, 1, 0, 0, false },
    [SERVER_INIT] = { TO_CLIENT, INIT, 20, 4, true },
};

static struct frame rfb_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    const struct rfb_settings *set = conn_settings(c);
    size_t have = rd_left(&data);
    uint64_t n, more = 0;

    if (st->skip != 0) {
        n = st->skip;
        st->skip = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (st->step == OVER) {
        return (struct frame){ FRAME_SKIP, 0, have }; /* not opaque: a handshake that stays open ends with the session */
    }
    if (steps[st->step].side != side) {
        return (struct frame){ FRAME_UNIT, UNIT_CONFUSED, have };
    }
    n = steps[st->step].n;
    if (have < n) {
        return (struct frame){ FRAME_MORE, 0, n };
    }
    if (steps[st->step].count_size != 0) {
        rd_skip(&data, steps[st->step].count_at);
        more = steps[st->step].count_size == 1 ? rd_u8(&data) : rd_be32(&data);
    }
    if (steps[st->step].text && more > set->text_max) {
        st->skip = (uint32_t)(more - set->text_max);
        more = set->text_max;
    }
    if (have < n + more) {
        st->skip = 0;
        return (struct frame){ FRAME_MORE, 0, n + more };
    }
    return (struct frame){ FRAME_UNIT, st->step, n + more };
}

/* ------- the steps ------- */

static void over(struct conn *c, struct txn *t)
{
    struct state *st = conn_state(c);

    st->step = OVER;
    st->skip = 0;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

static void give_up(struct conn *c, struct txn *t, unsigned note)
{
    struct state *st = conn_state(c);

    st->step = OVER;
    if (t != NULL) {
        txn_note(t, note);
        over(c, t);
    }
}

/* RFC 6143 7.1.1: "RFB 003.008\n" */
static bool read_version(struct rd *r, struct version *v, struct arena *a)
{
    bool good = bytes_is(rd_bytes(r, 4), "RFB ");
    struct bytes major = rd_bytes(r, 3), dot = rd_bytes(r, 1), minor = rd_bytes(r, 3), end = rd_bytes(r, 1);

    if (!good || !bytes_is(dot, ".") || !bytes_is(end, "\n") || !text_is_utf8(major) || !text_is_utf8(minor)) {
        return false;
    }
    if (v != NULL) {
        v->major = arena_copy(a, major);
        v->minor = arena_copy(a, minor);
    }
    return true;
}

static enum outcome parse_version(struct conn *c, enum side side, struct rd r)
{
    struct state *st = conn_state(c);

    if (!read_version(&(struct rd){ r.p, r.left, r.bad }, NULL, NULL)) {
        return OUTCOME_BAD;
    }
    struct txn *t = side == TO_CLIENT ? txn_new(c) : txn_first(c);
    if (t == NULL) {
        st->step = OVER;
        return OUTCOME_OK;
    }
    struct rfb *d = txn_data(t);
    (void)read_version(&r, &d->version[side], txn_arena(t));
    conn_span(c, side, SPAN_PDU, 0, VERSION_MAX, t);
    txn_touch(t, side);
    conn_whole(c, side);
    if (side == TO_CLIENT) {
        st->step = CLIENT_VERSION;
    } else { /* 7.1.2: in version 3.3 the server decides */
        st->step = bytes_is(d->version[side].major, "003") && bytes_is(d->version[side].minor, "003") ? TYPE_SET : TYPES;
    }
    return OUTCOME_OK;
}

/* Does the server tell the result when there is no authentication (7.1.3)?  Since version 3.8. */
static bool none_has_result(const struct rfb *d)
{
    uint64_t minor;

    return bytes_u64(d->version[TO_SERVER].minor, &minor) && minor >= 8;
}

static void type_known(struct conn *c, struct txn *t, uint32_t type, bool set)
{
    struct state *st = conn_state(c);
    struct rfb *d = txn_data(t);

    d->type = type;
    d->has_type = true;
    txn_raise(t, TO_SERVER, PROGRESS_TYPE);
    txn_raise(t, TO_CLIENT, PROGRESS_TYPE);
    if (type == TYPE_VNC) {
        st->step = CHALLENGE;
    } else if (type == TYPE_NONE) {
        st->step = !set && none_has_result(d) ? RESULT : CLIENT_INIT;
    } else if (type == 0 && set) {
        st->step = REASON;
    } else { /* of its own making: the rest of the session goes by */
        txn_note(t, UNIMPLEMENTED_TYPE);
        st->step = OVER;
    }
}

static void result_known(struct conn *c, struct txn *t, uint32_t result)
{
    struct state *st = conn_state(c);
    struct rfb *d = txn_data(t);

    d->result = result;
    d->has_result = true;
    txn_raise(t, TO_SERVER, PROGRESS_RESULT);
    txn_raise(t, TO_CLIENT, PROGRESS_RESULT);
    if (result == RESULT_OK) {
        st->step = CLIENT_INIT;
    } else if (result == RESULT_FAIL) {
        st->step = REASON;
    } else {
        give_up(c, t, UNKNOWN_RESULT);
    }
}

/* 7.3.2 */
static void read_screen(struct rfb *d, struct rd *r, struct arena *a)
{
    d->has_screen = true;
    d->width = rd_be16(r);
    d->height = rd_be16(r);
    d->bits = rd_u8(r);
    d->depth = rd_u8(r);
    d->big_endian = rd_u8(r);
    d->true_color = rd_u8(r);
    for (unsigned i = 0; i < 3; i++) {
        d->max[i] = rd_be16(r);
    }
    for (unsigned i = 0; i < 3; i++) {
        d->shift[i] = rd_u8(r);
    }
    rd_skip(r, 3 + 4);
    d->name = arena_copy(a, rd_rest(r));
}

static enum outcome rfb_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *st = conn_state(c);
    size_t n = rd_left(&bytes);

    if (unit == SERVER_VERSION || unit == CLIENT_VERSION) {
        return parse_version(c, side, bytes);
    }
    struct txn *t = txn_first(c);
    if (t == NULL || unit == UNIT_CONFUSED) {
        give_up(c, t, CONFUSED);
        return OUTCOME_OK;
    }
    struct rfb *d = txn_data(t);
    conn_span(c, side, SPAN_PDU, 0, n + st->skip, t);
    txn_touch(t, side);
    switch (unit) {
    case TYPES: st->step = n > 1 ? TYPE_CHOSEN : REASON; break;
    case TYPE_CHOSEN: type_known(c, t, rd_u8(&bytes), false); break;
    case TYPE_SET: type_known(c, t, rd_be32(&bytes), true); break;
    case CHALLENGE:
        d->challenge = arena_copy(txn_arena(t), rd_rest(&bytes));
        st->step = RESPONSE;
        break;
    case RESPONSE:
        d->response = arena_copy(txn_arena(t), rd_rest(&bytes));
        st->step = RESULT;
        break;
    case RESULT: result_known(c, t, rd_be32(&bytes)); break;
    case REASON:
        rd_skip(&bytes, 4);
        d->reason = arena_copy(txn_arena(t), rd_rest(&bytes));
        st->step = OVER; /* the server closes */
        if (!text_is_utf8(d->reason)) {
            give_up(c, t, MALFORMED);
        }
        break;
    case CLIENT_INIT:
        d->shared = rd_u8(&bytes) != 0;
        d->has_shared = true;
        st->step = SERVER_INIT;
        break;
    default:
        read_screen(d, &bytes, txn_arena(t));
        over(c, t);
        break;
    }
    conn_whole(c, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct rfb *d = txn_data_const(t);

    (void)side;
    *out = d->name;
    return i == 0 && d->has_screen;
}

static bool type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct rfb *d = txn_data_const(t);

    (void)side;
    *out = d->type;
    return i == 0 && d->has_type;
}

static bool result(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct rfb *d = txn_data_const(t);

    (void)side;
    *out = d->result;
    return i == 0 && d->has_result;
}

static const char *const results[] = { "ok", "fail", "toomany", "unknown" };

static const struct field fields[] = {
    { .name = "rfb.name", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { PROGRESS_DONE, PROGRESS_DONE }, .bytes = name, .help = "name of the desktop" },
    { .name = "rfb.sectype", .type = FIELD_NUMBER, .sides = SIDE_SERVER_BIT, .stage = { PROGRESS_TYPE, PROGRESS_TYPE }, .number = type, .bits = 32,
      .help = "security type: 1 none, 2 VNC authentication, ..." },
    { .name = "rfb.secresult", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { PROGRESS_RESULT, PROGRESS_RESULT }, .number = result, .bits = 32,
      .names = NAMES_LIST(results), .help = "result of the authentication: 0 ok, 1 fail, 2 toomany, 3 unknown" },
};

/* ------- records ------- */

static void log_version(struct json *j, const char *key, const struct version *v)
{
    if (v->major.n != 0) {
        json_object(j, key);
        json_bytes(j, "major", v->major);
        json_bytes(j, "minor", v->minor);
        json_end_object(j);
    }
}

static void log_authentication(struct json *j, const struct rfb *d)
{
    static const char *const names[] = { "OK", "FAIL", "TOOMANY", "UNKNOWN" };

    json_object(j, "authentication");
    if (d->has_type) {
        json_u64(j, "security_type", d->type);
    }
    if (d->has_type && d->type == TYPE_VNC) {
        json_object(j, "vnc");
        if (d->challenge.n != 0) {
            json_hex(j, "challenge", d->challenge, 0);
        }
        if (d->response.n != 0) {
            json_hex(j, "response", d->response, 0);
        }
        json_end_object(j);
    }
    if (d->has_result) {
        json_string(j, "security_result", names[d->result < ROWS(names) ? d->result : ROWS(names) - 1]);
    }
    json_end_object(j);
}

static void log_screen(struct json *j, const struct rfb *d)
{
    static const char *const max[] = { "red_max", "green_max", "blue_max" }, *const shift[] = { "red_shift", "green_shift", "blue_shift" };

    json_object(j, "framebuffer");
    json_u64(j, "width", d->width);
    json_u64(j, "height", d->height);
    json_bytes(j, "name", d->name);
    json_object(j, "pixel_format");
    json_u64(j, "bits_per_pixel", d->bits);
    json_u64(j, "depth", d->depth);
    json_bool(j, "big_endian", d->big_endian != 0);
    json_bool(j, "true_color", d->true_color != 0);
    for (unsigned i = 0; i < 3; i++) {
        json_u64(j, max[i], d->max[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        json_u64(j, shift[i], d->shift[i]);
    }
    json_end_object(j);
    json_end_object(j);
}

static void rfb_log(const struct txn *t, struct json *j)
{
    const struct rfb *d = txn_data_const(t);

    log_version(j, "server_protocol_version", &d->version[TO_CLIENT]);
    log_version(j, "client_protocol_version", &d->version[TO_SERVER]);
    log_authentication(j, d);
    if (d->reason.n != 0 && json_own(j)) {
        json_bytes(j, "server_security_failure_reason", d->reason);
    }
    if (d->has_shared) {
        json_bool(j, "screen_shared", d->shared);
    }
    if (d->has_screen) {
        log_screen(j, d);
    }
}

/* ------- row ------- */

static const struct proto_pattern patterns[] = {
    { "RFB ", 4, 0, 0, TO_SERVER, true },
    { "RFB ", 4, 0, 0, TO_CLIENT, true },
};

static const struct note_row notes[] = {
    [UNIMPLEMENTED_TYPE] = { "unimplemented_security_type", 0, 0, "a security type that is not read: the rest of the session goes by" },
    [UNKNOWN_RESULT] = { "unknown_security_result", 0, 0, "a result that is neither ok nor fail" },
    [MALFORMED] = { "malformed_message", 0, 0, "a message does not follow its grammar" },
    [CONFUSED] = { "confused_state", 0, 0, "the side spoke whose turn it was not" },
};

static const char *const spans[] = { [SPAN_PDU] = "pdu", NULL };
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", PROGRESS_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", PROGRESS_DONE }, { NULL, 0 } };
static const struct option_row options[] = {
    { "app-layer.protocols.rfb.max-string-length", OPTION_BYTES, offsetof(struct rfb_settings, text_max), "4 KiB", NULL, 1, 1 << 20, "bytes",
      "kept of the desktop's name and of a reason for failure" },
};

extern const struct proto proto_rfb;
const struct proto proto_rfb = {
    .name = "rfb",
    .transports = 1,
    .first_server = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct rfb),
    .unit_max = (1 << 20) + INIT,
    .txn_max = 1,
    .txn_bytes_max = 4 << 20,
    .frame = rfb_frame,
    .parse = rfb_parse,
    .states = { request_states, response_states },
    .fields = fields,
    .field_n = ROWS(fields),
    .spans = spans,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = rfb_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct rfb_settings),
};
