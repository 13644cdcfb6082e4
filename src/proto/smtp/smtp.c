/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp - mail transfer (RFC 5321): where commands, replies and data end, and the row.
 */
#include "proto/smtp/smtp.h"

void smtp_note(struct smtp_state *s, unsigned note)
{
    if (s->txn != NULL) {
        txn_note(s->txn, note);
    }
}

/* ------- framing ------- */

static struct frame unit(enum smtp_unit kind, size_t n) { return (struct frame){ FRAME_UNIT, (uint16_t)kind, n }; }

static struct frame line_frame(struct conn *c, enum side side, struct bytes b)
{
    static const uint16_t units[2][2] = { [TO_SERVER] = { UNIT_COMMAND, UNIT_COMMAND_CUT }, [TO_CLIENT] = { UNIT_REPLY, UNIT_REPLY_CUT } };
    struct smtp_state *s = conn_state(c);
    struct frame f = frame_line(c, side, b, SMTP_LINE_MAX, &s->discard[side]);

    if (f.kind == FRAME_MORE && conn_eof(c, side)) {
        f = (struct frame){ FRAME_UNIT, 0, b.n };
    }
    if (f.kind == FRAME_UNIT) {
        f.unit = units[side][f.unit];
    }
    return f;
}

/* Data up to a line that begins with a dot.  RFC 5321 4.5.2: a dot alone ends it. */
static struct frame data_frame(struct smtp_state *s, struct bytes b, bool eof)
{
    if (s->line_start && b.p[0] == '.') {
        size_t cr = b.n > 1 && b.p[1] == '\r', end = 2 + cr;
        if (b.n < end && !eof) {
            return (struct frame){ FRAME_MORE, 0, end };
        }
        if (b.n >= end && b.p[end - 1] == '\n') {
            return unit(UNIT_DATA_END, end);
        }
    }
    size_t at = bytes_find(b, bytes_str("\n.")), n = at == SIZE_MAX ? b.n : at + 1;
    s->line_start = b.p[n - 1] == '\n';
    return unit(UNIT_DATA, n);
}

static struct frame smtp_frame(struct conn *c, enum side side, struct rd data)
{
    struct smtp_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    bool eof = conn_eof(c, side);

    if (side == TO_SERVER && s->data_mode && !s->discard[TO_SERVER]) {
        if (s->command == COMMAND_DATA) {
            return data_frame(s, b, eof);
        }
        if (s->chunk_n != 0) {
            uint32_t n = s->chunk_n;
            s->chunk_n = 0;
            return (struct frame){ FRAME_BODY, 0, n };
        }
        s->data_mode = false;
    }
    return line_frame(c, side, b);
}

/* A mail's last line. */
static void data_over(struct conn *c, size_t n)
{
    struct smtp_state *s = conn_state(c);
    struct txn *t = s->txn;

    s->data_mode = false;
    conn_span_end(c, TO_SERVER, SMTP_SPAN_DATA, n);
    smtp_wait_add(c, COMMAND_DATA_END, t);
    if (t != NULL) {
        smtp_mail_end(t, false);
        txn_done(t, TO_SERVER);
    }
}

static enum outcome smtp_parse(struct conn *c, enum side side, unsigned kind, struct rd r)
{
    struct smtp_state *s = conn_state(c);
    struct bytes b = rd_rest(&r);
    enum outcome out = OUTCOME_OK;

    switch ((enum smtp_unit)kind) {
    case UNIT_COMMAND: smtp_command(c, b); break;
    case UNIT_COMMAND_CUT:
        smtp_command(c, b);
        smtp_note(s, NOTE_TRUNCATED_LINE);
        break;
    case UNIT_REPLY: out = smtp_reply(c, b); break;
    case UNIT_REPLY_CUT:
        smtp_note(s, NOTE_TRUNCATED_LINE);
        out = smtp_reply(c, b);
        break;
    case UNIT_DATA:
        if (s->txn != NULL) {
            smtp_mail_data(s->txn, b);
        }
        break;
    case UNIT_DATA_END: data_over(c, b.n); break;
    }
    s->line_over[side] = out == OUTCOME_BAD; /* counted, and on with the next line */
    return out;
}

static void smtp_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct smtp_state *s = conn_state(c);

    if (s == NULL || side != TO_SERVER) {
        return;
    }
    if (s->txn != NULL && chunk.n != 0) {
        smtp_mail_data(s->txn, chunk);
    }
    if (!last) {
        return;
    }
    s->data_mode = false;
    if (s->command == COMMAND_BDAT_LAST && s->txn != NULL) {
        smtp_mail_end(s->txn, false);
        txn_done(s->txn, TO_SERVER);
    }
}

/* ------- missing bytes, ends ------- */

static void smtp_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct smtp_state *s = conn_state(c);

    if (s != NULL) {
        s->line_over[side] = false;
    }
    if (s != NULL && side == TO_SERVER && s->data_mode && (in_body || s->command == COMMAND_DATA) && s->txn != NULL) {
        smtp_mail_gap(s->txn, n);
    }
}

/* Goes on with the next line. */
static struct frame smtp_resync(struct conn *c, enum side side, struct rd data)
{
    struct smtp_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    if (s->line_over[side]) {
        s->line_over[side] = false;
        return (struct frame){ FRAME_SKIP, 0, 0 };
    }
    if (lf == SIZE_MAX) {
        return (struct frame){ FRAME_MORE, 0, 0 };
    }
    s->discard[side] = false;
    if (side == TO_SERVER) {
        s->line_start = true;
        if (s->data_mode && s->command == COMMAND_DATA && s->txn != NULL) {
            smtp_mail_data(s->txn, bytes_str("\n"));
        }
    }
    return (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

static void smtp_end(struct conn *c, enum side side)
{
    struct smtp_state *s = conn_state(c);

    if (s != NULL && side == TO_SERVER && s->txn != NULL && !s->txn->complete[TO_SERVER]) {
        smtp_mail_end(s->txn, true);
    }
}

static void smtp_txn_fini(struct txn *t)
{
    struct smtp *x = txn_data(t);

    if (x->mail != NULL) {
        txn_mail_fini(x->mail);
    }
    if (x->state != NULL) { /* of the flow, also after another protocol took over */
        x->state->txn = x->state->txn == t ? NULL : x->state->txn;
        x->state->live--;
    }
}

/* ------- recognition ------- */

/* A greeting names the server: 220 mail.example.org … */
static enum probe greeting(struct bytes b, bool whole)
{
    struct bytes code = bytes_head(b, 4), name = bytes_from(b, 4);
    size_t lf = bytes_find_byte(b, '\n'), n = 0;

    if (!bytes_equal(bytes_head(code, 3), bytes_head(bytes_str("220"), code.n)) || (code.n == 4 && code.p[3] != ' ' && code.p[3] != '-')) {
        return PROBE_NO;
    }
    while (n < name.n && ((name.p[n] >= '0' && name.p[n] <= '9') || ((name.p[n] | 0x20) >= 'a' && (name.p[n] | 0x20) <= 'z') ||
                          name.p[n] == '.' || name.p[n] == '-' || name.p[n] == '_')) {
        n++;
    }
    if (lf == SIZE_MAX) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return n != 0 && (name.p[n] == ' ' || name.p[n] == '\r' || name.p[n] == '\n') ? PROBE_YES : whole ? PROBE_NO : PROBE_MORE;
}

static enum probe smtp_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);

    if (side == TO_CLIENT) {
        return greeting(b, whole);
    }
    return bytes_starts_nocase(b, "ehlo") || bytes_starts_nocase(b, "helo") || bytes_starts_nocase(b, "quit") ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern smtp_patterns[] = {
    { "EHLO", 4, 0, 0, TO_SERVER, true }, { "HELO", 4, 0, 0, TO_SERVER, true }, { "QUIT", 4, 0, 0, TO_SERVER, true },
};

/* ------- row ------- */

static const struct proto_state request_states[] = { { "request_started", SMTP_STARTED }, { "request_data", SMTP_DATA },
    { "request_complete", SMTP_COMPLETE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", SMTP_STARTED }, { "response_data", SMTP_DATA },
    { "response_complete", SMTP_COMPLETE }, { NULL, 0 } };

static const struct note_row smtp_notes[] = {
#define NOTE(id, name, help) [id] = { name, 0, 0, help },
#include "smtp_notes.list"
#undef NOTE
};

static const char *const smtp_spans[] = { [SMTP_SPAN_COMMAND] = "command_line", [SMTP_SPAN_DATA] = "data", [SMTP_SPAN_RESPONSE] = "response_line", NULL };

#define SMTP "app-layer.protocols.smtp."
#define AT(member) offsetof(struct smtp_settings, member)
#define SWITCH(key, member, preset, help) { key, OPTION_BOOL, AT(member), preset, NULL, 0, 0, NULL, help }
static const struct option_row smtp_options[] = {
    SWITCH(SMTP "raw-extraction", raw_extraction, "no", "a mail's data is one file \"rawmsg\"; only without decode-mime"),
    SWITCH(SMTP "mime.decode-mime", decode_mime, "yes", "read mails: fields, attachments, addresses"),
    SWITCH(SMTP "mime.decode-base64", mime.decode_base64, "yes", "decode base64"),
    SWITCH(SMTP "mime.decode-quoted-printable", mime.decode_quoted, "yes", "decode quoted-printable"),
    SWITCH(SMTP "mime.unstuff-dots", mime.dots, "yes", "a dot that begins a line of data is one too many (RFC 5321 4.5.2)"),
    { SMTP "mime.header-value-depth", OPTION_U32, AT(mime.value_max), "2000", NULL, 0, 0, "bytes", "of a field's value, beyond which it is noted" },
    SWITCH(SMTP "mime.extract-urls", mime.links, "yes", "find addresses in bodies"),
    { SMTP "mime.extract-urls-schemes", OPTION_LIST, AT(mime.schemes), "http", NULL, 0, 0, NULL, "the schemes of addresses looked for" },
    SWITCH(SMTP "mime.log-url-scheme", mime.link_schemes_kept, "no", "addresses with their scheme"),
    SWITCH(SMTP "mime.body-md5", mime.digest, "no", "MD5 of bodies"),
    { SMTP "inspected-tracker.content-limit", OPTION_BYTES, AT(ignored_limit), "100000", NULL, 0, 0, "bytes", "taken for Suricata's sake; all is inspected" },
    { SMTP "inspected-tracker.content-inspect-min-size", OPTION_BYTES, AT(min_inspect), "32768", NULL, 0, 0, "bytes", "gathered before rules look" },
    { SMTP "inspected-tracker.content-inspect-window", OPTION_BYTES, AT(window), "4096", NULL, 0, 0, "bytes", "looked at again with what follows" },
    { SMTP "max-tx", OPTION_U32, AT(txn_max), "256", NULL, 0, 0, NULL, "live transactions of a flow" },
    SWITCH("log.extended", extended, "no", "bcc, message-id, subject, x-mailer, user-agent"),
    { "log.custom", OPTION_LIST, AT(custom), NULL, NULL, 0, 0, NULL, "header fields to record" },
    { "log.md5", OPTION_LIST, AT(md5), NULL, NULL, 0, 0, NULL, "MD5 of: body, subject" },
};

const struct smtp_settings smtp_presets = {
    .decode_mime = true, .txn_max = 256, .min_inspect = 32768, .window = 4096,
    .mime = { .decode_base64 = true, .decode_quoted = true, .links = true, .value_max = 2000, .dots = true, .schemes = "http" },
};

const struct proto proto_smtp = {
    .name = "smtp",
    .ports = "tcp/25 tcp/465",
    .transports = 1,
    .files = true,
    .first_server = true,
    .whole_never = true, /* a command asks itself; the end of a mail is no reason */
    .patterns = smtp_patterns,
    .pattern_n = ROWS(smtp_patterns),
    .probe = smtp_probe,
    .state_size = sizeof(struct smtp_state),
    .txn_size = sizeof(struct smtp),
    .unit_max = 64 * 1024,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = smtp_frame,
    .parse = smtp_parse,
    .body = smtp_body,
    .gap = smtp_gap,
    .resync = smtp_resync,
    .eof = smtp_end,
    .txn_fini = smtp_txn_fini,
    .states = { request_states, response_states },
    .fields = smtp_fields,
    .field_n = SMTP_FIELDS,
    .spans = smtp_spans,
    .notes = smtp_notes,
    .note_n = ROWS(smtp_notes),
    .log_beside = smtp_log_email,
    .options = smtp_options,
    .option_n = ROWS(smtp_options),
    .settings_size = sizeof(struct smtp_settings),
};
