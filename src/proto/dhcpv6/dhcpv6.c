/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcpv6 - Dynamic Host Configuration Protocol for IPv6 (RFC 8415): messages of clients, servers and relays.
 *
 * A datagram is a transaction of its own.  What relays wrapped is looked into; of nested messages the innermost one's options are told.
 */
#include "base/addr.h"
#include "proto/proto.h"

enum dhcpv6_note { DHCPV6_MALFORMED, DHCPV6_TOO_DEEP };
enum { TYPE_RELAY_FORWARD = 12, TYPE_RELAY_REPLY = 13, RELAYS_MAX = 8 /* RFC 8415 7.6: HOP_COUNT_LIMIT */, RELAY_HEAD = 34, DEPTH_MAX = 4, LISTED_MAX = 64 };
/* RFC 8415 21, RFC 3646, RFC 4704 */
enum { OPTION_CLIENT_ID = 1, OPTION_SERVER_ID = 2, OPTION_IA_NA = 3, OPTION_IA_TA = 4, OPTION_ADDRESS = 5, OPTION_REQUESTED = 6, OPTION_ELAPSED = 8,
       OPTION_RELAYED = 9, OPTION_STATUS = 13, OPTION_VENDOR_CLASS = 16, OPTION_DNS_SERVERS = 23, OPTION_IA_PD = 25, OPTION_PREFIX = 26, OPTION_FQDN = 39 };

struct dhcpv6_lease {
    struct bytes address;
    uint32_t preferred, valid;
    uint8_t length;           /* of a prefix */
};

struct dhcpv6 {
    uint8_t type;             /* of the innermost message */
    uint8_t relays;           /* that wrapped it */
    uint32_t id;
    struct bytes link, peer;  /* of the relay nearest the client */
    struct bytes vendor_data; /* the vendor class as it came */
    struct bytes client, server, vendor, requested, dns, fqdn;
    struct dhcpv6_lease *address, *prefix;
    uint16_t address_n, prefix_n;
    bool has_elapsed, has_status;
    uint16_t elapsed, status;
    struct bytes status_text;
};

enum { TYPE_ADVERTISE = 2, TYPE_REPLY = 7 };
static const char *const types[] = { NULL, "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release", "decline", "reconfigure",
                                     "information_request", "relay_forward", "relay_reply" };

/* ------- recognition ------- */

/* Options must fill the message to its end. */
static bool options_fit(struct rd r)
{
    while (rd_left(&r) != 0) {
        rd_skip(&r, 2);
        (void)rd_vec16(&r);
    }
    return rd_ok(&r);
}

static enum probe dhcpv6_probe(struct rd data, enum side side, bool whole)
{
    uint8_t type = rd_u8(&data);

    (void)side;
    (void)whole;
    if (type == 0 || type >= ROWS(types)) {
        return PROBE_NO;
    }
    rd_skip(&data, type >= TYPE_RELAY_FORWARD ? RELAY_HEAD - 1 : 3);
    return rd_ok(&data) && rd_left(&data) != 0 && options_fit(data) ? PROBE_YES : PROBE_NO;
}

static struct frame dhcpv6_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static struct frame dhcpv6_resync(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_SKIP, 0, rd_left(&data) };
}

/* ------- reading ------- */

struct reading {
    struct txn *t;
    struct dhcpv6 *d;
    bool bad;
};

static struct bytes kept(struct reading *g, struct rd r) { return arena_copy(txn_arena(g->t), rd_rest(&r)); }

/* RFC 8415 21.6, 21.22 */
static void lease_read(struct reading *g, struct rd r, bool prefix)
{
    struct dhcpv6 *d = g->d;
    struct dhcpv6_lease **list = prefix ? &d->prefix : &d->address;
    uint16_t *n = prefix ? &d->prefix_n : &d->address_n;
    struct dhcpv6_lease x = { .address = bytes_none() };

    if (!prefix) {
        x.address = rd_bytes(&r, 16);
    }
    x.preferred = rd_be32(&r);
    x.valid = rd_be32(&r);
    if (prefix) {
        x.length = rd_u8(&r);
        x.address = rd_bytes(&r, 16);
    }
    g->bad |= !rd_ok(&r);
    if (*list == NULL) {
        *list = arena_zero(txn_arena(g->t), LISTED_MAX * sizeof **list);
    }
    if (rd_ok(&r) && *list != NULL && *n < LISTED_MAX) {
        x.address = arena_copy(txn_arena(g->t), x.address);
        (*list)[(*n)++] = x;
    }
}

static void status_read(struct reading *g, struct rd r)
{
    g->d->status = rd_be16(&r);
    g->d->has_status = rd_ok(&r);
    g->bad |= !rd_ok(&r);
    g->d->status_text = kept(g, r);
}

static void options_read(struct reading *g, struct rd r, unsigned depth);

static void option_read(struct reading *g, uint16_t code, struct rd r, unsigned depth)
{
    struct dhcpv6 *d = g->d;

    switch (code) {
    case OPTION_CLIENT_ID: d->client = kept(g, r); break;
    case OPTION_SERVER_ID: d->server = kept(g, r); break;
    case OPTION_REQUESTED: d->requested = kept(g, r); break;
    case OPTION_DNS_SERVERS: d->dns = kept(g, r); break;
    case OPTION_ELAPSED:
        d->elapsed = rd_be16(&r);
        d->has_elapsed = rd_ok(&r);
        break;
    case OPTION_STATUS: status_read(g, r); break;
    case OPTION_VENDOR_CLASS: /* 21.16: an enterprise's number, then its texts; the first */
        d->vendor_data = kept(g, r);
        rd_skip(&r, 4);
        d->vendor = kept(g, rd_vec16(&r));
        break;
    case OPTION_FQDN: /* RFC 4704 4: flags, then labels */
        rd_skip(&r, 1);
        d->fqdn = kept(g, r);
        break;
    case OPTION_IA_NA:
    case OPTION_IA_PD: /* 21.4, 21.21: identifier and two times, then options */
        rd_skip(&r, 12);
        options_read(g, r, depth + 1);
        break;
    case OPTION_IA_TA:
        rd_skip(&r, 4);
        options_read(g, r, depth + 1);
        break;
    case OPTION_ADDRESS: lease_read(g, r, false); break;
    case OPTION_PREFIX: lease_read(g, r, true); break;
    default: break;
    }
}

/* No deeper than options in an identity association, which DEPTH_MAX bounds. */
static void options_read(struct reading *g, struct rd r, unsigned depth)
{
    while (rd_left(&r) != 0 && depth < DEPTH_MAX) {
        uint16_t code = rd_be16(&r);
        struct rd one = rd_vec16(&r);
        if (rd_ok(&r)) {
            option_read(g, code, one, depth);
        }
    }
    g->bad |= !rd_ok(&r);
}

/* RFC 8415 9: what a relay's message carries; false when it carries none. */
static bool relayed(struct reading *g, struct rd r, struct rd *inner)
{
    struct dhcpv6 *d = g->d;

    rd_skip(&r, 1); /* hops */
    d->link = arena_copy(txn_arena(g->t), rd_bytes(&r, 16));
    d->peer = arena_copy(txn_arena(g->t), rd_bytes(&r, 16));
    while (rd_left(&r) != 0) {
        uint16_t code = rd_be16(&r);
        *inner = rd_vec16(&r);
        if (code == OPTION_RELAYED && rd_ok(&r)) {
            return true;
        }
    }
    return false;
}

static void message_read(struct reading *g, struct rd r)
{
    struct dhcpv6 *d = g->d;
    struct rd inner;

    for (d->type = rd_u8(&r); d->type == TYPE_RELAY_FORWARD || d->type == TYPE_RELAY_REPLY; d->type = rd_u8(&r)) {
        if (d->relays == RELAYS_MAX) {
            txn_note(g->t, DHCPV6_TOO_DEEP);
            return;
        }
        d->relays++;
        if (!relayed(g, r, &inner)) {
            g->bad = true;
            return;
        }
        r = inner;
    }
    d->id = rd_be24(&r);
    g->bad |= !rd_ok(&r) || d->type == 0 || d->type >= ROWS(types);
    options_read(g, r, 0);
}

static enum outcome dhcpv6_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct txn *t = txn_new(c);

    (void)unit;
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct reading g = { t, txn_data(t), false };
    message_read(&g, bytes);
    if (g.bad) {
        txn_note(t, DHCPV6_MALFORMED);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

FIELD_OFFSET_NUMBER(type_of, struct dhcpv6, type)

#define BYTES_FIELD(fn, member)                                                                                        \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct dhcpv6 *d = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && d->member.n != 0;                                                                             \
    }
BYTES_FIELD(client, client)
BYTES_FIELD(server, server)
BYTES_FIELD(vendor, vendor)
/* Of a client's own messages. */
#define ASKED_FIELD(fn, member)                                                                                        \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct dhcpv6 *d = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && d->member.n != 0 && d->type != TYPE_ADVERTISE && d->type != TYPE_REPLY;                       \
    }
ASKED_FIELD(requested, requested)
ASKED_FIELD(vendor_data, vendor_data)
ASKED_FIELD(fqdn, fqdn)
ASKED_FIELD(own_duid, client)

static const struct field fields[] = {
    { .name = "dhcpv6.type", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = type_of, .bits = 8, .names = NAMES_LIST(types),
      .help = "kind of message: 1 solicit, ..." },
    { .name = "dhcpv6.client_duid", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = client, .help = "the client's identifier" },
    { .name = "dhcpv6.server_duid", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = server, .help = "the server's identifier" },
    { .name = "dhcpv6.vendor_class", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = vendor, .help = "what the client says it is" },
    { .name = "dhcpv6.vendor_data", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = vendor_data, .sign = SIGN_DHCPV6_VENDOR,
      .help = "the same as it came: enterprise number, texts with their lengths" },
    { .name = "dhcpv6.requested", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = requested, .sign = SIGN_DHCPV6_PARAMS,
      .help = "the options a client asks for, two bytes each" },
    { .name = "dhcpv6.own_duid", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = own_duid, .sign = SIGN_DHCPV6_DUID,
      .help = "the identifier in a client's own message" },
    { .name = "dhcpv6.fqdn", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fqdn, .sign = SIGN_DHCPV6_NAME,
      .help = "a client's name, as labels with their lengths" },
};

/* ------- records ------- */

static void log_address(struct json *j, const char *key, struct bytes b)
{
    char text[ADDR_TEXT_MAX];

    if (b.n == 16) {
        struct addr a = addr_from6(b.p);
        addr_text(&a, FAMILY_6, text);
        json_string(j, key, text);
    }
}

static void log_leases(struct json *j, const char *key, const struct dhcpv6_lease *list, unsigned n)
{
    if (n == 0) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; i < n; i++) {
        json_object(j, NULL);
        log_address(j, "ip", list[i].address);
        if (list[i].length != 0) {
            json_u64(j, "prefix_len", list[i].length);
        }
        json_u64(j, "preferred_lifetime", list[i].preferred);
        json_u64(j, "valid_lifetime", list[i].valid);
        json_end_object(j);
    }
    json_end_array(j);
}

/* Labels as a name with dots (RFC 8415 10); no pointers are allowed there. */
static void log_name(struct json *j, const char *key, struct bytes labels)
{
    struct rd r = rd_of(labels);
    char text[256];
    size_t n = 0;

    while (rd_left(&r) != 0) {
        struct rd label = rd_vec8(&r);
        if (!rd_ok(&r) || rd_left(&label) == 0) {
            break;
        }
        if (n != 0 && n < sizeof text) {
            text[n++] = '.';
        }
        while (rd_left(&label) != 0 && n < sizeof text) {
            text[n++] = (char)rd_u8(&label);
        }
    }
    if (n != 0) {
        json_bytes(j, key, bytes_of(text, n));
    }
}

static void log_lists(struct json *j, const struct dhcpv6 *d)
{
    struct rd asked = rd_of(d->requested), servers = rd_of(d->dns);

    if (rd_left(&asked) >= 2) {
        json_array(j, "requested_options");
        while (rd_left(&asked) >= 2) {
            json_u64(j, NULL, rd_be16(&asked));
        }
        json_end_array(j);
    }
    if (rd_left(&servers) >= 16) {
        json_array(j, "dns_servers");
        while (rd_left(&servers) >= 16) {
            log_address(j, NULL, rd_bytes(&servers, 16));
        }
        json_end_array(j);
    }
}

static void dhcpv6_log(const struct txn *t, struct json *j)
{
    const struct dhcpv6 *d = txn_data_const(t);

    json_string(j, "type", names_or_unknown(NAMES_LIST(types), d->type));
    json_u64(j, "id", d->id);
    if (d->relays != 0) {
        json_u64(j, "relays", d->relays);
        log_address(j, "link_address", d->link);
        log_address(j, "peer_address", d->peer);
    }
    if (d->client.n != 0) {
        json_hex(j, "client_duid", d->client, ':');
    }
    if (d->server.n != 0) {
        json_hex(j, "server_duid", d->server, ':');
    }
    if (d->has_elapsed) {
        json_u64(j, "elapsed_ms", (uint64_t)d->elapsed * 10); /* 21.9: hundredths of a second */
    }
    if (d->has_status) {
        json_u64(j, "status", d->status);
        json_bytes(j, "status_message", d->status_text);
    }
    log_leases(j, "addresses", d->address, d->address_n);
    log_leases(j, "prefixes", d->prefix, d->prefix_n);
    log_name(j, "fqdn", d->fqdn);
    if (d->vendor.n != 0) {
        json_bytes(j, "vendor_class", d->vendor);
    }
    log_lists(j, d);
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [DHCPV6_MALFORMED] = { "malformed_data", 0, 0, "a message or one of its options does not follow its grammar" },
    [DHCPV6_TOO_DEEP] = { "too_many_relays", 0, 0, "more relays wrapped the message than may" },
};

extern const struct proto proto_dhcpv6;
const struct proto proto_dhcpv6 = {
    .name = "dhcpv6",
    .ports = "udp/546 udp/547",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .first_server = true,
    .probe = dhcpv6_probe,
    .txn_size = sizeof(struct dhcpv6),
    .unit_max = 65536,
    .txn_bytes_max = 256 * 1024,
    .frame = dhcpv6_frame,
    .parse = dhcpv6_parse,
    .resync = dhcpv6_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = dhcpv6_log,
    .log_side = txn_log_message,
};
