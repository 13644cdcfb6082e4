/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp - Dynamic Host Configuration Protocol for IPv4 (RFC 2131, 2132) and the BOOTP it grew from (RFC 951).
 *
 * A datagram is a message, a message a transaction of its own.  Options are kept as they stood on the wire, checked once.
 */
#include "base/addr.h"
#include "proto/proto.h"

enum dhcp_note { DHCP_MALFORMED, DHCP_TRUNCATED };
enum { OP_REQUEST = 1, OP_REPLY = 2, MAGIC = 0x63825363, HEADER_LEN = 236, HARDWARE_MAX = 16, SNAME_LEN = 64, FILE_LEN = 128 };
/* RFC 2132 */
enum option {
    OPTION_PAD = 0, OPTION_SUBNET_MASK = 1, OPTION_ROUTERS = 3, OPTION_DNS_SERVERS = 6, OPTION_HOSTNAME = 12, OPTION_REQUESTED_IP = 50,
    OPTION_LEASE = 51, OPTION_OVERLOAD = 52, OPTION_KIND = 53, OPTION_PARAMETERS = 55, OPTION_RENEWAL = 58, OPTION_REBINDING = 59, OPTION_VENDOR_CLASS = 60,
    OPTION_CLIENT_ID = 61, OPTION_FQDN = 81, OPTION_END = 255
};
enum { KIND_DISCOVER = 1, KIND_REQUEST = 3, KIND_ACK = 5, KIND_RELEASE = 7 };

struct dhcp {
    uint8_t op;
    uint32_t id;
    struct bytes mac, client, assigned, server, relay;
    struct bytes lease;      /* of an acknowledged one, or one given back (0 seconds): address, seconds (4 bytes each); else none */
    struct bytes options;    /* whole ones only, those that overflowed into other fields behind the others */
};

struct settings {
    bool extended;           /* log.extended */
};

/* ------- recognition ------- */

/* Where options may stand besides their own place. */
struct overflow {
    struct bytes name, file;
};

static bool read_header(struct rd *r, struct dhcp *d, struct overflow *o)
{
    d->op = rd_u8(r);
    rd_skip(r, 1); /* kind of hardware */
    uint8_t hardware = rd_u8(r);
    rd_skip(r, 1); /* hops */
    d->id = rd_be32(r);
    rd_skip(r, 4); /* seconds, flags */
    d->client = rd_bytes(r, 4);
    d->assigned = rd_bytes(r, 4);
    d->server = rd_bytes(r, 4);
    d->relay = rd_bytes(r, 4);
    d->mac = bytes_head(rd_bytes(r, HARDWARE_MAX), hardware);
    o->name = rd_bytes(r, SNAME_LEN);
    o->file = rd_bytes(r, FILE_LEN);
    return rd_be32(r) == MAGIC && rd_ok(r); /* RFC 2131 3 */
}

static enum probe dhcp_probe(struct rd data, enum side side, bool whole)
{
    struct dhcp d;
    struct overflow o;

    (void)side;
    (void)whole;
    return read_header(&data, &d, &o) ? PROBE_YES : PROBE_NO;
}

static struct frame dhcp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static struct frame dhcp_resync(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_SKIP, 0, rd_left(&data) };
}

/* ------- reading ------- */

struct dhcp_option {
    uint8_t code;
    struct bytes data;
};

/* The next option; false at the end, or, r failed, when it is cut short. */
static bool option_next(struct rd *r, struct dhcp_option *o)
{
    do {
        o->code = rd_u8(r);
    } while (o->code == OPTION_PAD && rd_ok(r)); /* RFC 2132 3.1: no length */
    if (o->code == OPTION_END || !rd_ok(r)) {
        return false;
    }
    struct rd v = rd_sub(r, rd_u8(r));
    o->data = rd_rest(&v);
    return rd_ok(r);
}

static bool is_time(uint8_t code) { return code == OPTION_LEASE || code == OPTION_RENEWAL || code == OPTION_REBINDING; }

/* RFC 2132 9.2, 9.11, 9.12: 32 bits; 9.14: a kind and at least one byte. */
static size_t option_least(uint8_t code) { return is_time(code) ? 4 : code == OPTION_CLIENT_ID ? 2 : 0; }

/* The whole options at the head of b; *ended: their end mark is there. */
static struct bytes options_of(struct bytes b, bool *ended)
{
    struct rd r = rd_of(b);
    struct dhcp_option o;
    size_t good = 0;

    while (option_next(&r, &o) && o.data.n >= option_least(o.code)) {
        good = b.n - rd_left(&r);
    }
    *ended = o.code == OPTION_END && rd_ok(&r);
    return bytes_head(b, good);
}

static bool option_find(const struct dhcp *d, uint8_t code, bool last, struct bytes *out);

static void read_options(struct txn *t, struct bytes all, const struct overflow *over)
{
    struct dhcp *d = txn_data(t);
    struct arena_text kept;
    struct bytes which;
    bool ended;

    d->options = options_of(all, &ended);
    if (!ended) {
        txn_note(t, DHCP_TRUNCATED);
    }
    arena_text_init(&kept, txn_arena(t), UINT16_MAX);
    arena_text_add(&kept, d->options);
    /* RFC 2132 9.3: 1 the file's place holds options too, 2 the server name's, 3 both */
    if (option_find(d, OPTION_OVERLOAD, false, &which) && which.n == 1) {
        arena_text_add(&kept, (which.p[0] & 1) != 0 ? options_of(over->file, &ended) : bytes_none());
        arena_text_add(&kept, (which.p[0] & 2) != 0 ? options_of(over->name, &ended) : bytes_none());
    }
    d->options = arena_text_bytes(&kept);
}

/* RFC 2131 3.1: acknowledged, or (4.4.6) given back. */
static void read_lease(struct txn *t)
{
    static const uint8_t none[4];
    struct dhcp *d = txn_data(t);
    struct bytes kind, seconds = bytes_none();
    struct arena_text lease;

    d->lease = bytes_none();
    if (!option_find(d, OPTION_KIND, false, &kind) || kind.n != 1) {
        return;
    }
    bool given = kind.p[0] == KIND_ACK && option_find(d, OPTION_LEASE, false, &seconds), back = kind.p[0] == KIND_RELEASE && d->op == OP_REQUEST;
    if (given || back) {
        arena_text_init(&lease, txn_arena(t), 8);
        arena_text_add(&lease, given ? d->assigned : d->client);
        arena_text_add(&lease, given ? bytes_head(seconds, 4) : bytes_of(none, 4));
        d->lease = arena_text_bytes(&lease);
    }
}

static enum outcome dhcp_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct dhcp d = { 0 };
    struct overflow over;

    (void)unit;
    if (!read_header(&bytes, &d, &over)) {
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct dhcp *kept = txn_data(t);
    *kept = d;
    struct bytes *copies[] = { &kept->mac, &kept->client, &kept->assigned, &kept->server, &kept->relay };
    for (unsigned i = 0; i < ROWS(copies); i++) {
        *copies[i] = arena_copy(txn_arena(t), *copies[i]);
    }
    read_options(t, rd_peek(&bytes), &over);
    read_lease(t);
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

/* The first option of that code (which rules match), or the last (which records show). */
static bool option_find(const struct dhcp *d, uint8_t code, bool last, struct bytes *out)
{
    struct rd r = rd_of(d->options);
    struct dhcp_option o;
    bool found = false;

    while ((last || !found) && option_next(&r, &o)) {
        if (o.code == code) {
            found = true;
            *out = o.data;
        }
    }
    return found;
}

static bool option_time(const struct txn *t, uint8_t code, unsigned i, uint64_t *out)
{
    struct bytes b;

    if (i != 0 || !option_find(txn_data_const(t), code, false, &b)) {
        return false;
    }
    struct rd r = rd_of(b);
    *out = rd_be32(&r);
    return rd_ok(&r);
}

#define TIME_FIELD(fn, code)                                                                                           \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        return option_time(t, code, i, out);                                                                           \
    }
TIME_FIELD(lease, OPTION_LEASE)
TIME_FIELD(rebinding, OPTION_REBINDING)
TIME_FIELD(renewal, OPTION_RENEWAL)

/* Of the client's own messages: what a server or relay says of it is not its word. */
static bool asked_option(const struct txn *t, uint8_t code, unsigned i, struct bytes *out)
{
    const struct dhcp *d = txn_data_const(t);

    return i == 0 && d->op == OP_REQUEST && option_find(d, code, false, out);
}

#define ASKED_FIELD(fn, code)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        return asked_option(t, code, i, out);                                                                          \
    }
ASKED_FIELD(parameters_asked, OPTION_PARAMETERS)
ASKED_FIELD(vendor_class, OPTION_VENDOR_CLASS)
FIELD_OFFSET_BYTES(client_mac, struct dhcp, mac)

/* Option 12, or the name of option 81 behind its three bytes of flags and results (RFC 4702 2). */
static bool host_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    struct bytes fqdn;

    (void)side;
    if (asked_option(t, OPTION_HOSTNAME, i, out)) {
        return true;
    }
    if (!asked_option(t, OPTION_FQDN, i, &fqdn) || fqdn.n <= 3 || (fqdn.p[0] & 4) != 0) { /* 4: in DNS's own encoding */
        return false;
    }
    *out = bytes_from(fqdn, 3);
    return true;
}

static bool lease_given(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dhcp *d = txn_data_const(t);

    (void)side;
    *out = d->lease;
    return i == 0 && d->lease.n == 8;
}

/* RFC 2131 4.4.1: a client that begins has no address of its own. */
static bool starts(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dhcp *d = txn_data_const(t);
    struct bytes kind;

    (void)side;
    *out = bytes_str("dhcp");
    return i == 0 && d->op == OP_REQUEST && option_find(d, OPTION_KIND, false, &kind) && kind.n == 1 &&
           (kind.p[0] == KIND_DISCOVER || kind.p[0] == KIND_REQUEST) && d->client.n == 4 && (d->client.p[0] | d->client.p[1] | d->client.p[2] | d->client.p[3]) == 0;
}

#define ONE .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "dhcp.client_mac", ONE, .bytes = client_mac, .sign = SIGN_SUBJECT, .help = "the client's hardware address, as the message has it" },
    { .name = "dhcp.params", ONE, .bytes = parameters_asked, .sign = SIGN_DHCP_PARAMS, .help = "option 55: the options a client asks for, a byte each" },
    { .name = "dhcp.vendor_class", ONE, .bytes = vendor_class, .sign = SIGN_DHCP_VENDOR, .help = "option 60: what a client says it is" },
    { .name = "dhcp.hostname", ONE, .bytes = host_name, .sign = SIGN_DHCP_NAME, .help = "a client's name: option 12, or that of option 81" },
    { .name = "dhcp.lease", ONE, .bytes = lease_given, .sign = SIGN_LEASE, .help = "of an acknowledged lease the address and the seconds, four bytes each; of one given back no seconds" },
    { .name = "dhcp.start", ONE, .bytes = starts, .sign = SIGN_START, .help = "'dhcp' where a client without an address asks for one" },
    { .name = "dhcp.leasetime", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = lease, .help = "seconds an address is lent for" },
    { .name = "dhcp.rebinding_time", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = rebinding,
      .help = "seconds until the client asks any server" },
    { .name = "dhcp.renewal_time", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = renewal,
      .help = "seconds until the client asks its server" },
};

/* ------- records ------- */

static void log_address(struct json *j, const char *key, struct bytes b)
{
    char text[ADDR_TEXT_MAX];

    if (b.n == 4) {
        struct addr a = addr_from4(b.p);
        addr_text(&a, FAMILY_4, text);
        json_string(j, key, text);
    }
}

static void log_addresses(struct json *j, const char *key, struct bytes b)
{
    struct rd r = rd_of(b);

    if (b.n < 4) {
        return;
    }
    json_array(j, key);
    while (rd_left(&r) >= 4) {
        log_address(j, NULL, rd_bytes(&r, 4));
    }
    json_end_array(j);
}

/* RFC 2132 9.6 */
static const char *const kinds[] = { NULL, "discover", "offer", "request", "decline", "ack", "nak", "release", "inform" };

static void log_kind(struct json *j, const char *key, struct bytes b)
{
    if (b.n != 0) {
        json_string(j, key, names_or_unknown(NAMES_LIST(kinds), b.p[0]));
    }
}

/* The parameters that have names in records; RFC 2132 9.8. */
static const struct { uint8_t code; const char *name; } parameters[] = {
    { 1, "subnet_mask" }, { 3, "router" }, { 6, "dns_server" }, { 15, "domain" }, { 35, "arp_timeout" }, { 42, "ntp_server" },
    { 66, "tftp_server_name" }, { 150, "tftp_server_ip" },
};

static const char *parameter_name(uint8_t code)
{
    for (unsigned i = 0; i < ROWS(parameters); i++) {
        if (parameters[i].code == code) {
            return parameters[i].name;
        }
    }
    return NULL;
}

static void log_parameters(struct json *j, const char *key, struct bytes b)
{
    struct rd r = rd_of(b);

    json_array(j, key);
    while (rd_left(&r) != 0) {
        const char *name = parameter_name(rd_u8(&r));
        if (name != NULL) {
            json_string(j, NULL, name);
        }
    }
    json_end_array(j);
}

static void log_time(struct json *j, const char *key, struct bytes b)
{
    struct rd r = rd_of(b);

    json_u64(j, key, rd_be32(&r));
}

static void log_text(struct json *j, const char *key, struct bytes b)
{
    if (b.n != 0) {
        json_bytes(j, key, b);
    }
}

static void log_client_id(struct json *j, const char *key, struct bytes b) { json_hex(j, key, bytes_from(b, 1), ':'); }

/* What records tell of options, in the order of the message; `extended`: only with that setting. */
static const struct {
    uint8_t code;
    bool extended;
    const char *key;
    void (*log)(struct json *j, const char *key, struct bytes b);
} shown[] = {
    { OPTION_KIND, false, "dhcp_type", log_kind },
    { OPTION_LEASE, true, "lease_time", log_time },
    { OPTION_RENEWAL, false, "renewal_time", log_time },
    { OPTION_REBINDING, true, "rebinding_time", log_time },
    { OPTION_CLIENT_ID, false, "client_id", log_client_id },
    { OPTION_HOSTNAME, false, "hostname", log_text },
    { OPTION_SUBNET_MASK, true, "subnet_mask", log_address },
    { OPTION_ROUTERS, true, "routers", log_addresses },
    { OPTION_DNS_SERVERS, true, "dns_servers", log_addresses },
    { OPTION_REQUESTED_IP, true, "requested_ip", log_address },
    { OPTION_PARAMETERS, true, "params", log_parameters },
    { OPTION_VENDOR_CLASS, true, "vendor_class_identifier", log_text },
};

static bool extended(const struct txn *t)
{
    const struct settings *s = txn_settings(t);

    return s != NULL && s->extended;
}

static void dhcp_log(const struct txn *t, struct json *j)
{
    const struct dhcp *d = txn_data_const(t);

    json_string(j, "type", d->op == OP_REQUEST ? "request" : d->op == OP_REPLY ? "reply" : "<unknown>");
    json_u64(j, "id", d->id);
    json_hex(j, "client_mac", d->mac, ':');
    log_address(j, "assigned_ip", d->assigned);
    if (extended(t)) {
        log_address(j, "client_ip", d->client);
        if (d->op == OP_REPLY) {
            log_address(j, "relay_ip", d->relay);
            log_address(j, "next_server_ip", d->server);
        }
    }
    for (unsigned i = 0; i < ROWS(shown); i++) {
        struct bytes b;
        if ((!shown[i].extended || extended(t)) && option_find(d, shown[i].code, true, &b)) {
            shown[i].log(j, shown[i].key, b);
        }
    }
}

/* Without `extended` only what binds a hardware address to an address is told. */
static bool dhcp_log_wanted(const struct txn *t)
{
    struct bytes kind;

    return extended(t) || (option_find(txn_data_const(t), OPTION_KIND, false, &kind) && kind.n != 0 && kind.p[0] == KIND_ACK);
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [DHCP_MALFORMED] = { "malformed_options", 0, 0, "never raised (Suricata neither): what is wrong with options is that they are cut short" },
    [DHCP_TRUNCATED] = { "truncated_options", 0, 0, "an option is shorter than its code asks for, or the options end without their end mark" },
};

static const struct option_row options[] = {
    { "log.extended", OPTION_BOOL, offsetof(struct settings, extended), "no", NULL, 0, 0, NULL,
      "records of all messages with all that is known; no: of acknowledged leases, address and hardware address" },
};

extern const struct proto proto_dhcp;
const struct proto proto_dhcp = {
    .name = "dhcp",
    .ports = "udp/67 udp/68",
    .transports = 2,
    .first_server = true,
    .probe = dhcp_probe,
    .txn_size = sizeof(struct dhcp),
    .unit_max = 65536,
    .txn_bytes_max = 128 * 1024,
    .frame = dhcp_frame,
    .parse = dhcp_parse,
    .resync = dhcp_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = dhcp_log,
    .log_wanted = dhcp_log_wanted,
    .log_side = txn_log_message,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct settings),
};
