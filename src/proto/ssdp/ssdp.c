/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ssdp - Simple Service Discovery Protocol, of UPnP (UPnP Device Architecture 2.0, 1.2 and 1.3): what devices say of themselves and
 * who looks for them, over UDP.
 *
 * A message is a transaction of its own.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_HEADER, NOTE_TOO_MANY_HEADERS };
enum { HEADERS_MAX = 64 };
enum { KIND_SEARCH, KIND_NOTIFY, KIND_RESPONSE };

struct header {
    struct bytes name, value;
};

struct ssdp {
    uint8_t kind;
    struct header *header;
    unsigned n;
};

static const struct {
    const char *line, *name;
} kinds[] = { [KIND_SEARCH] = { "M-SEARCH * HTTP/1.", "m-search" }, [KIND_NOTIFY] = { "NOTIFY * HTTP/1.", "notify" }, [KIND_RESPONSE] = { "HTTP/1.1 200", "response" } };

static unsigned kind_of(struct bytes line)
{
    unsigned k = 0;

    while (k < ROWS(kinds) && !bytes_starts_nocase(line, kinds[k].line)) {
        k++;
    }
    return k;
}

/* A response has to name what was searched for (1.3.3), else it is HTTP's, which goes over UDP too. */
static enum probe ssdp_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);
    unsigned k = kind_of(b);

    (void)side;
    (void)whole;
    while (k == KIND_RESPONSE && rd_left(&data) != 0) {
        bool found;
        struct bytes line = rd_line(&data, &found);
        if (bytes_starts_nocase(line, "ST:") || bytes_starts_nocase(line, "USN:")) {
            return PROBE_YES;
        }
    }
    return k < KIND_RESPONSE ? PROBE_YES : PROBE_NO;
}

static struct frame ssdp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static void headers_read(struct txn *t, struct rd *r)
{
    struct ssdp *d = txn_data(t);
    bool found = true;

    d->header = arena_zero(txn_arena(t), HEADERS_MAX * sizeof *d->header);
    while (d->header != NULL && rd_left(r) != 0) {
        struct bytes line = rd_line(r, &found);
        size_t colon = bytes_find_byte(line, ':');
        if (line.n == 0) {
            return;
        }
        if (colon == SIZE_MAX || colon == 0) {
            txn_note(t, NOTE_MALFORMED_HEADER);
            continue;
        }
        if (d->n == HEADERS_MAX) {
            txn_note(t, NOTE_TOO_MANY_HEADERS);
            return;
        }
        d->header[d->n++] = (struct header){ arena_copy(txn_arena(t), bytes_trim(bytes_head(line, colon), " \t")),
                                             arena_copy(txn_arena(t), bytes_trim(bytes_from(line, colon + 1), " \t")) };
    }
}

static enum outcome ssdp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    bool found;
    unsigned k = kind_of(rd_line(&r, &found));

    (void)unit;
    if (k == ROWS(kinds)) {
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t != NULL) {
        struct ssdp *d = txn_data(t);
        d->kind = (uint8_t)k;
        headers_read(t, &r);
        txn_message(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool value_of(const struct txn *t, const char *name, struct bytes *out)
{
    const struct ssdp *d = txn_data_const(t);

    for (unsigned i = 0; i < d->n; i++) {
        if (bytes_is_nocase(d->header[i].name, name)) {
            *out = d->header[i].value;
            return true;
        }
    }
    return false;
}

static bool method(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ssdp *d = txn_data_const(t);

    (void)side;
    *out = bytes_str(kinds[d->kind].name);
    return i == 0;
}

#define SSDP_HEADER(fn, name)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        return i == 0 && value_of(t, name, out);                                                                       \
    }
SSDP_HEADER(unique, "USN")
SSDP_HEADER(location, "LOCATION")
SSDP_HEADER(server, "SERVER")
SSDP_HEADER(agent, "USER-AGENT")
SSDP_HEADER(state, "NTS")

/* What is searched, or what it is: ST, in notifications NT. */
static bool target(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return i == 0 && (value_of(t, "ST", out) || value_of(t, "NT", out));
}

static bool header(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ssdp *d = txn_data_const(t);

    (void)side;
    *out = i < d->n ? d->header[i].name : bytes_none();
    return i < d->n;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "ssdp.method", .type = FIELD_BYTES, BOTH, .bytes = method, .log = "method", .help = "m-search, notify or response" },
    { .name = "ssdp.target", .type = FIELD_BYTES, BOTH, .bytes = target, .log = "target", .help = "what is searched for, or what tells of itself (ST, NT)" },
    { .name = "ssdp.usn", .type = FIELD_BYTES, BOTH, .bytes = unique, .log = "usn", .help = "unique name of a service" },
    { .name = "ssdp.nts", .type = FIELD_BYTES, BOTH, .bytes = state, .log = "nts", .help = "what a notification is: ssdp:alive, ssdp:byebye, ssdp:update" },
    { .name = "ssdp.location", .type = FIELD_BYTES, BOTH, .bytes = location, .log = "location", .help = "where a device describes itself" },
    { .name = "ssdp.server", .type = FIELD_BYTES, BOTH, .bytes = server, .log = "server", .sign = SIGN_SSDP_SERVER, .help = "system and product of a device" },
    { .name = "ssdp.user_agent", .type = FIELD_BYTES, BOTH, .bytes = agent, .log = "user_agent", .sign = SIGN_SSDP_SERVER, .help = "system and product of who searches" },
    { .name = "ssdp.header_name", .type = FIELD_LIST, BOTH, .bytes = header, .help = "the name of each header field" },
};

static void ssdp_log(const struct txn *t, struct json *j)
{
    const struct ssdp *d = txn_data_const(t);

    json_u64(j, "header_count", d->n);
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_HEADER] = { "malformed_header", 0, 0, "a header field without a name or a colon" },
    [NOTE_TOO_MANY_HEADERS] = { "too_many_headers", 0, 0, "more than 64 header fields; the others are not read" },
};

static const struct proto_pattern patterns[] = {
    { "M-SEARCH * HTTP/1.", 18, 0, 0, TO_SERVER, true }, { "NOTIFY * HTTP/1.", 16, 0, 0, TO_SERVER, true },
    { "M-SEARCH * HTTP/1.", 18, 0, 0, TO_CLIENT, true }, { "NOTIFY * HTTP/1.", 16, 0, 0, TO_CLIENT, true },
    { "HTTP/1.1 200", 12, 0, 0, TO_SERVER, true }, { "HTTP/1.1 200", 12, 0, 0, TO_CLIENT, true },
};

extern const struct proto proto_ssdp;
const struct proto proto_ssdp = {
    .name = "ssdp",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = ssdp_probe,
    .txn_size = sizeof(struct ssdp),
    .unit_max = 65536,
    .txn_bytes_max = 16 * 1024,
    .frame = ssdp_frame,
    .parse = ssdp_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = ssdp_log,
    .log_side = txn_log_message,
};
