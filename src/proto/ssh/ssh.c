/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ssh - secure shell up to where it is encrypted (RFC 4253): banners, key exchange, HASSH.
 *
 * A flow has one transaction.  Each side: a banner line, then binary records until its NEWKEYS.
 */
#include "proto/proto.h"
#include "wire/tlshello.h"

enum { SSH_STARTED, SSH_BANNER_WAITS, SSH_BANNER, SSH_FINISHED }; /* progress, either side */
enum { UNIT_BANNER, UNIT_BANNER_CUT, UNIT_KEXINIT, UNIT_NEWKEYS };
enum { SPAN_HEAD, SPAN_DATA, SPAN_RECORD };
enum { NOTE_BANNER, NOTE_BANNER_LONG, NOTE_RECORD, NOTE_KEX_LONG };
enum { BANNER_MAX = 256, IDENT_MAX = 64, RECORD_HEAD = 6, LENGTH_FIELD = 4, KEX_MAX = 65535, NEWKEYS_MAX = 35000 /* RFC 4253 6.1 */ };
enum { MESSAGE_KEXINIT = 20, MESSAGE_NEWKEYS = 21 };

struct ssh_end {
    struct bytes version, software; /* version p NULL: no banner yet */
    struct bytes ident;             /* software and comments, IDENT_MAX at most */
    struct bytes hassh_text, hassh; /* n 0: none */
    bool new_keys;
};

struct ssh_state;

struct ssh {
    struct ssh_state *state;
    struct ssh_end end[2];          /* by side of the bytes: [TO_SERVER] the client's */
    bool hassh_wanted;
};

struct ssh_state {
    struct txn *txn;                /* NULL: none yet, or let go */
    bool begun;
    struct {
        bool banner, skip_line;     /* the banner was seen; the rest of it is too long */
        bool head;                  /* the record at hand was looked at */
    } lane[2];
};

struct ssh_settings {
    const char *hassh;
};

static struct ssh *ssh_of(struct conn *c)
{
    struct ssh_state *s = conn_state(c);

    if (!s->begun) {
        const struct ssh_settings *set = conn_settings(c);
        struct bytes said = bytes_str(set != NULL && set->hassh != NULL ? set->hassh : "auto");
        s->txn = txn_new(c);
        if (s->txn != NULL) {
            struct ssh *x = txn_data(s->txn);
            s->begun = true;
            x->state = s;
            x->hassh_wanted = bytes_is(said, "yes") || bytes_is(said, "true") || (bytes_is(said, "auto") && conn_asked(c));
        }
    }
    return s->txn != NULL ? txn_data(s->txn) : NULL;
}

/* ------- framing ------- */

/* RFC 4253 4.2: a line; CR LF, but either alone is taken. */
static struct frame banner_frame(struct conn *c, enum side side, struct bytes b)
{
    struct ssh_state *s = conn_state(c);
    size_t lf = bytes_find_byte(b, '\n'), cr = bytes_find_byte(b, '\r');

    if (cr != SIZE_MAX && cr + 1 < b.n && (lf == SIZE_MAX || cr + 1 < lf)) {
        lf = cr; /* a CR alone ends the line */
    }
    if (s->lane[side].skip_line) {
        s->lane[side].skip_line = lf == SIZE_MAX;
        return (struct frame){ FRAME_SKIP, 0, lf == SIZE_MAX ? b.n : lf + 1 };
    }
    if (lf == SIZE_MAX ? b.n >= BANNER_MAX : lf >= BANNER_MAX) {
        return (struct frame){ FRAME_UNIT, UNIT_BANNER_CUT, BANNER_MAX };
    }
    if (lf == SIZE_MAX) {
        return (struct frame){ FRAME_MORE, 0, 0 };
    }
    return (struct frame){ FRAME_UNIT, UNIT_BANNER, lf + 1 };
}

/* RFC 4253 6: length, length of padding, message. */
static struct frame record_frame(struct conn *c, enum side side, struct rd r)
{
    struct ssh_state *s = conn_state(c);
    uint64_t length = rd_be32(&r), whole = length + LENGTH_FIELD;
    uint8_t message;

    rd_skip(&r, 1);
    message = rd_u8(&r);
    if (!rd_ok(&r)) {
        return (struct frame){ FRAME_MORE, 0, RECORD_HEAD };
    }
    if (length <= 1) {
        conn_note(c, side, NOTE_RECORD);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (!s->lane[side].head) {
        s->lane[side].head = true;
        conn_span(c, side, SPAN_HEAD, 0, RECORD_HEAD, s->txn);
        conn_span(c, side, SPAN_DATA, RECORD_HEAD, length - 2, s->txn);
        conn_span(c, side, SPAN_RECORD, 0, whole, s->txn);
    }
    if (message == MESSAGE_KEXINIT && length - 2 >= KEX_MAX) {
        conn_note(c, side, NOTE_KEX_LONG);
    } else if (message == MESSAGE_KEXINIT || (message == MESSAGE_NEWKEYS && length <= NEWKEYS_MAX)) {
        if (rd_left(&r) < length - 2) {
            return (struct frame){ FRAME_MORE, 0, whole };
        }
        s->lane[side].head = false;
        return (struct frame){ FRAME_UNIT, message == MESSAGE_KEXINIT ? UNIT_KEXINIT : UNIT_NEWKEYS, whole };
    }
    s->lane[side].head = false;
    return (struct frame){ FRAME_BODY, 0, whole };
}

static struct frame ssh_frame(struct conn *c, enum side side, struct rd data)
{
    struct ssh_state *s = conn_state(c);
    struct ssh *x = ssh_of(c);

    if (x == NULL || x->end[side].new_keys) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    return s->lane[side].banner && !s->lane[side].skip_line ? record_frame(c, side, data) : banner_frame(c, side, rd_peek(&data));
}

/* ------- units ------- */

/* SSH-version-software comment */
static enum outcome banner(struct conn *c, struct ssh *x, enum side side, struct bytes line, bool cut)
{
    struct ssh_state *s = conn_state(c);
    struct rd r = rd_of(bytes_trim(line, "\r\n"));
    struct bytes head = rd_bytes(&r, 4);
    bool found;
    struct bytes version = rd_until(&r, '-', &found);

    s->lane[side].banner = true;
    s->lane[side].skip_line = cut;
    if (!bytes_is(head, "SSH-") || !found || version.n == 0) {
        conn_note(c, side, NOTE_BANNER);
        return OUTCOME_BAD;
    }
    if (cut) {
        conn_note(c, side, NOTE_BANNER_LONG);
    }
    x->end[side].version = arena_copy(txn_arena(s->txn), version);
    struct bytes ident = arena_copy(txn_arena(s->txn), rd_until_any(&r, "\r\n"));
    x->end[side].software = bytes_head(ident, bytes_find_byte(ident, ' '));
    x->end[side].ident = bytes_head(ident, IDENT_MAX);
    txn_raise(s->txn, side, SSH_BANNER);
    conn_whole(c, side);
    return OUTCOME_OK;
}

static struct bytes list_of(struct rd *r) { return rd_bytes(r, rd_be32(r)); }

/* RFC 4253 7.1; HASSH joins key exchange, cipher, MAC and compression lists of the sender's direction. */
static void kexinit(struct conn *c, struct ssh *x, enum side side, struct bytes b)
{
    struct ssh_state *s = conn_state(c);
    struct rd r = rd_of(bytes_from(b, RECORD_HEAD));
    struct bytes list[8];
    struct arena_text text;

    rd_skip(&r, 16);
    for (unsigned i = 0; i < ROWS(list); i++) {
        list[i] = list_of(&r);
    }
    if (!rd_ok(&r)) {
        return;
    }
    arena_text_init(&text, txn_arena(s->txn), KEX_MAX);
    arena_text_add(&text, list[0]);
    for (unsigned i = 2 + (side == TO_CLIENT); i < ROWS(list); i += 2) {
        arena_text_byte(&text, ';');
        arena_text_add(&text, list[i]);
    }
    x->end[side].hassh_text = arena_text_bytes(&text);
    x->end[side].hassh = tlshello_md5(x->end[side].hassh_text, conn_memo(s->txn->conn), txn_arena(s->txn));
    txn_touch(s->txn, side);
}

static enum outcome ssh_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct ssh_state *s = conn_state(c);
    struct ssh *x = ssh_of(c);
    struct bytes b = rd_rest(&r);

    if (x == NULL) {
        return OUTCOME_BAD;
    }
    switch (unit) {
    case UNIT_BANNER:
    case UNIT_BANNER_CUT:
        if (banner(c, x, side, b, unit == UNIT_BANNER_CUT) == OUTCOME_BAD) {
            conn_opaque(c, side_other(side));
            return OUTCOME_BAD;
        }
        break;
    case UNIT_KEXINIT:
        if (x->hassh_wanted) {
            kexinit(c, x, side, b);
        }
        break;
    case UNIT_NEWKEYS:
    default:
        x->end[side].new_keys = true;
        if (x->end[side_other(side)].new_keys) {
            txn_done(s->txn, TO_SERVER);
            txn_done(s->txn, TO_CLIENT);
            conn_encrypted(c, false);
        }
        break;
    }
    return OUTCOME_OK;
}

static void ssh_txn_fini(struct txn *t)
{
    struct ssh *x = txn_data(t);

    if (x->state != NULL) {
        x->state->txn = NULL;
    }
}

/* ------- fields, log ------- */

#define END_BYTES(fn, member)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct ssh *x = txn_data_const(t);                                                                       \
        *out = x->end[side].member;                                                                                    \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
END_BYTES(version, version)
END_BYTES(software, software)
END_BYTES(ident, ident)
END_BYTES(hassh, hassh)
END_BYTES(hassh_text, hassh_text)

#define GROWS .flags = FIELD_GROWS | FIELD_DEMAND, .stage = { SSH_BANNER, SSH_BANNER }
static const struct field ssh_fields[] = {
    { .name = "ssh.proto", .aliases = "ssh_proto", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { SSH_BANNER, SSH_BANNER },
      .bytes = version, .help = "the protocol's version in a banner" },
    { .name = "ssh.software", .aliases = "ssh_software", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { SSH_BANNER, SSH_BANNER },
      .bytes = software, .help = "the software in a banner" },
    { .name = "ssh.ident", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { SSH_BANNER, SSH_BANNER }, .bytes = ident, .sign = SIGN_SSH_SOFTWARE,
      .help = "the software in a banner and its comments, in which distributions sign" },
    { .name = "ssh.hassh", .aliases = "ssh-hassh", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, GROWS, .bytes = hassh, .sign = SIGN_SSH_HASSH, .help = "HASSH of the client" },
    { .name = "ssh.hassh.server", .aliases = "ssh-hassh-server", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, GROWS, .bytes = hassh, .sign = SIGN_SSH_HASSH,
      .help = "HASSH of the server" },
    { .name = "ssh.hassh.string", .aliases = "ssh-hassh-string", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, GROWS, .bytes = hassh_text,
      .help = "the lists that the client's HASSH is made of" },
    { .name = "ssh.hassh.server.string", .aliases = "ssh-hassh-server-string", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, GROWS,
      .bytes = hassh_text, .help = "the lists that the server's HASSH is made of" },
};

static void log_end(struct json *j, const char *key, const struct ssh_end *e)
{
    if (e->version.p == NULL) {
        return;
    }
    json_object(j, key);
    json_bytes(j, "proto_version", bytes_head(e->version, BANNER_MAX));
    if (e->software.n != 0) {
        json_bytes(j, "software_version", bytes_head(e->software, BANNER_MAX));
    }
    if (e->hassh.n != 0) {
        json_object(j, "hassh");
        json_bytes(j, "hash", e->hassh);
        json_bytes(j, "string", e->hassh_text);
        json_end_object(j);
    }
    json_end_object(j);
}

static void ssh_log(const struct txn *t, struct json *j)
{
    const struct ssh *x = txn_data_const(t);

    log_end(j, "client", &x->end[TO_SERVER]);
    log_end(j, "server", &x->end[TO_CLIENT]);
}

/* With HASSH the record waits for the key exchange. */
static bool ssh_log_ready(const struct txn *t)
{
    const struct ssh *x = txn_data_const(t);
    return !x->hassh_wanted || (t->complete[TO_SERVER] && t->complete[TO_CLIENT]);
}

static bool ssh_log_wanted(const struct txn *t)
{
    const struct ssh *x = txn_data_const(t);
    return x->end[TO_SERVER].version.p != NULL || x->end[TO_CLIENT].version.p != NULL;
}

/* ------- row ------- */

static const struct proto_pattern ssh_patterns[] = {
    { "SSH-", 4, 0, 0, TO_SERVER, true }, { "SSH-", 4, 0, 0, TO_CLIENT, true },
};

static const struct proto_state request_states[] = { { "request_in_progress", SSH_STARTED }, { "request_banner_wait_eol", SSH_BANNER_WAITS },
    { "request_banner_done", SSH_BANNER }, { "request_finished", SSH_FINISHED }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_in_progress", SSH_STARTED }, { "response_banner_wait_eol", SSH_BANNER_WAITS },
    { "response_banner_done", SSH_BANNER }, { "response_finished", SSH_FINISHED }, { NULL, 0 } };

static const char *const ssh_spans[] = { [SPAN_HEAD] = "record.hdr", [SPAN_DATA] = "record.data", [SPAN_RECORD] = "record.pdu", NULL };

static const struct note_row ssh_notes[] = {
    [NOTE_BANNER] = { "invalid_banner", 0, 0, "a first line that is no banner" },
    [NOTE_BANNER_LONG] = { "long_banner", 0, 0, "a banner of more than 255 bytes" },
    [NOTE_RECORD] = { "invalid_record", 0, 0, "a record without a message" },
    [NOTE_KEX_LONG] = { "long_kex_record", 0, 0, "a key exchange too long to be read" },
};

static const struct option_row ssh_options[] = {
    { "app-layer.protocols.ssh.hassh", OPTION_STRING, offsetof(struct ssh_settings, hassh), "auto", NULL, 0, 0, NULL, "HASSH: yes, no, auto (when rules ask)" },
};

const struct proto proto_ssh = {
    .name = "ssh",
    .pdu_span = "record.pdu",
    .transports = 1,
    .first_server = true,
    .whole_never = true,
    .cipher_at_end = true,
    .patterns = ssh_patterns,
    .pattern_n = ROWS(ssh_patterns),
    .state_size = sizeof(struct ssh_state),
    .txn_size = sizeof(struct ssh),
    .unit_max = KEX_MAX + RECORD_HEAD,
    .txn_max = 1,
    .frame = ssh_frame,
    .parse = ssh_parse,
    .txn_fini = ssh_txn_fini,
    .states = { request_states, response_states },
    .fields = ssh_fields,
    .field_n = ROWS(ssh_fields),
    .spans = ssh_spans,
    .notes = ssh_notes,
    .note_n = ROWS(ssh_notes),
    .log = ssh_log,
    .log_ready = ssh_log_ready,
    .log_wanted = ssh_log_wanted,
    .log_stage = { SSH_BANNER, SSH_BANNER },
    .options = ssh_options,
    .option_n = ROWS(ssh_options),
    .settings_size = sizeof(struct ssh_settings),
};
