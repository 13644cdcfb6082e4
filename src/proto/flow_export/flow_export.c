/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_export - what routers and switches tell of traffic elsewhere: NetFlow 5 and 9, IPFIX, sFlow 5, over UDP.
 *
 * Each datagram is a one-sided message.  Its rows are what the map takes as weak evidence: somebody else saw a host send.
 */
#include "proto/flow_export/flow_export.h"

#include "base/clock.h"

static enum probe export_probe(struct rd data, enum side side, bool whole)
{
    (void)whole;
    if (!netflow_is(data) && !sflow_is(data)) {
        return PROBE_NO;
    }
    return side == TO_SERVER ? PROBE_YES : PROBE_REVERSED;
}

static struct frame export_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

struct export_row *export_row_new(struct txn *t)
{
    struct export *e = txn_data(t);

    if (e->row == NULL) {
        e->row = arena_zero(txn_arena(t), EXPORT_ROWS_MAX * sizeof *e->row);
    }
    return e->row != NULL && e->n < EXPORT_ROWS_MAX ? &e->row[e->n++] : NULL;
}

/* "SOURCE DESTINATION PROTOCOL PORT PORT FLAGS PACKETS BYTES LAST", numbers in decimal, the last in milliseconds: base/signs.list has it too. */
static void row_text(struct txn *t, const struct export_row *row, struct bytes *out)
{
    const uint64_t numbers[] = { row->proto, row->port[0], row->port[1], row->tcp_flags, row->packets, row->bytes, row->last };
    char text[ADDR_TEXT_MAX];
    struct arena_text to;

    arena_text_init(&to, txn_arena(t), 2 * ADDR_TEXT_MAX + ROWS(numbers) * 21);
    arena_text_add(&to, bytes_of(text, addr_text(&row->addr[0], (enum family)row->family, text)));
    arena_text_byte(&to, ' ');
    arena_text_add(&to, bytes_of(text, addr_text(&row->addr[1], (enum family)row->family, text)));
    for (unsigned i = 0; i < ROWS(numbers); i++) {
        arena_text_byte(&to, ' ');
        arena_text_add(&to, bytes_of(text, text_digits(numbers[i], text)));
    }
    *out = arena_text_bytes(&to);
}

static enum outcome export_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct rd version = bytes;
    uint16_t v = rd_be16(&version);
    bool netflow = netflow_is(bytes);

    (void)unit;
    if (!netflow && !sflow_is(bytes)) {
        conn_note(c, side, NOTE_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct export *e = txn_data(t);
    if (!(netflow ? netflow_read(c, t, v, version) : sflow_read(t, bytes))) {
        txn_note(t, NOTE_MALFORMED);
    }
    e->text = e->n != 0 ? arena_zero(txn_arena(t), e->n * sizeof *e->text) : NULL;
    for (unsigned i = 0; e->text != NULL && i < e->n; i++) {
        row_text(t, &e->row[i], &e->text[i]);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ---- fields, records ---- */

static bool row_field(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct export *e = txn_data_const(t);

    (void)side;
    *out = i < e->n && e->text != NULL ? e->text[i] : bytes_none();
    return out->n != 0;
}

static bool format(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct export *e = txn_data_const(t);

    (void)side;
    *out = e->format != NULL && i == 0 ? bytes_str(e->format) : bytes_none();
    return out->n != 0;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "flow_export.format", .type = FIELD_BYTES, BOTH, .bytes = format, .help = "netflow_5, netflow_9, ipfix or sflow_5" },
    { .name = "flow_export.flow", .type = FIELD_LIST, BOTH, .bytes = row_field, .sign = SIGN_FLOW_EXPORT,
      .help = "each flow told of: source, destination, protocol, ports, TCP flags, packets, bytes, last in ms; blanks between" },
};

static void log_row(struct json *j, const struct export_row *row)
{
    static const char *const names[2][2] = { { "src_ip", "src_port" }, { "dest_ip", "dest_port" } };
    char text[ADDR_TEXT_MAX];

    json_object(j, NULL);
    for (unsigned i = 0; i < 2; i++) {
        addr_text(&row->addr[i], (enum family)row->family, text);
        json_string(j, names[i][0], text);
        if (row->proto == 6 || row->proto == 17) {
            json_u64(j, names[i][1], row->port[i]);
        }
    }
    json_u64(j, "proto", row->proto);
    if (row->proto == 6) {
        json_u64(j, "tcp_flags", row->tcp_flags);
    }
    if (row->vlan != 0) {
        json_u64(j, "vlan", row->vlan);
    }
    json_u64(j, "pkts", row->packets);
    json_u64(j, "bytes", row->bytes);
    if (row->first != 0) {
        json_u64(j, "start_ms", row->first);
    }
    if (row->last != 0) {
        json_u64(j, "end_ms", row->last);
    }
    json_end_object(j);
}

static void export_log(const struct txn *t, struct json *j)
{
    const struct export *e = txn_data_const(t);

    json_string(j, "format", e->format != NULL ? e->format : "");
    json_u64(j, "source_id", e->source);
    json_u64(j, "sequence", e->sequence);
    if (e->time != 0) {
        json_u64(j, "time", e->time);
    }
    if (e->templates != 0) {
        json_u64(j, "templates", e->templates);
    }
    if (e->skipped != 0) {
        json_u64(j, "not_read", e->skipped);
    }
    if (e->n != 0) {
        json_array(j, "flows");
        for (unsigned i = 0; i < e->n; i++) {
            log_row(j, &e->row[i]);
        }
        json_end_array(j);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED] = { "malformed_data", 0, 0, "a set or sample that runs on beyond the datagram, or a template that is none" },
    [NOTE_NO_TEMPLATE] = { "no_template", 0, 0, "records whose template was not seen; or they are about options" },
    [NOTE_TOO_MANY] = { "too_many_flows", 0, 0, "more than 64 flows in a datagram; the others are not read" },
    [NOTE_TEMPLATES_FULL] = { "too_many_templates", 0, 0, "an exporter's templates beyond 64" },
};

extern const struct proto proto_flow_export;
const struct proto proto_flow_export = {
    .name = "flow_export",
    .aliases = "netflow ipfix sflow",
    .ports = "udp/2055 udp/4739 udp/6343 udp/9555 udp/9995 udp/9996",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = export_probe,
    .state_size = sizeof(struct export_state),
    .txn_size = sizeof(struct export),
    .unit_max = 65536,
    .txn_max = 512,
    .txn_bytes_max = 64 * 1024,
    .frame = export_frame,
    .parse = export_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = export_log,
};
