/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"
#include "packet/sctp.h"

/* As RFC 9260 3.2 and RFC 3758 number them. */
static const struct {
    const char *name;
    uint8_t type;
} types[] = {
    { "data", 0 },        { "init", 1 },         { "init_ack", 2 },    { "sack", 3 },        { "heartbeat", 4 }, { "hb_ack", 5 },
    { "abort", 6 },       { "shutdown", 7 },     { "shutdown_ack", 8 }, { "error", 9 },      { "cookie_echo", 10 }, { "cookie_ack", 11 },
    { "ecne", 12 },       { "cwr", 13 },         { "shutdown_complete", 14 }, { "forward_tsn", 192 },
};

/* "init", "!data", or a range. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct range *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");
    bool not = bytes_starts(b, "!");
    struct bytes name = bytes_trim(bytes_from(b, not), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    for (size_t i = 0; i < ROWS(types); i++) {
        if (bytes_equal_nocase(name, bytes_str(types[i].name))) {
            *to = (struct range){ .op = not ? RANGE_NE : RANGE_EQ, .low = types[i].type };
            return true;
        }
    }
    return rule_parse_range(p, argument, UINT8_MAX, to, err);
}

/* One chunk is enough, whatever the others are. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    struct rd chunks = rd_of(s->view && view_has(s->view, LAYER_SCTP) ? s->view->payload : bytes_none());
    struct sctp_chunk c;

    (void)r;
    for (unsigned i = 0; i < SCTP_CHUNKS_MAX && sctp_chunk_take(&chunks, &c); i++) {
        if (range_has(data, c.type)) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_sctp_chunk_type = {
    .name = "sctp.chunk_type",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "the type of one of an SCTP packet's chunks, by name or number: sctp.chunk_type:init",
};
