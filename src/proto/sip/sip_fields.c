/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/sip/sip.h"

static const struct sip *of(const struct txn *t) { return txn_data_const(t); }

#define SIP_BYTES(name, member)                                                                                        \
    static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)                               \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        *out = of(t)->member;                                                                                          \
        return i == 0 && out->n != 0;                                                                                  \
    }
SIP_BYTES(method, method)
SIP_BYTES(headers, headers)
SIP_BYTES(body, body)
SIP_BYTES(uri, uri)
SIP_BYTES(version, version)
SIP_BYTES(code, code)
SIP_BYTES(reason, reason)

static bool request_line(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    *out = of(t)->line;
    return i == 0 && !of(t)->response && out->n != 0;
}

static bool response_line(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    *out = of(t)->line;
    return i == 0 && of(t)->response && out->n != 0;
}

#define SIP_HEADER(fn, name, compact)                                                                                  \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        return sip_header_value(of(t), name, compact, i, out);                                                         \
    }
SIP_HEADER(from, "From", "f")
SIP_HEADER(to, "To", "t")
SIP_HEADER(via, "Via", "v")
SIP_HEADER(user_agent, "User-Agent", NULL)
SIP_HEADER(server, "Server", NULL)
SIP_HEADER(content_type, "Content-Type", "c")
SIP_HEADER(content_length, "Content-Length", "l")

/* Whom credentials are of (RFC 3261 22.4, RFC 7616 3.4). */
static bool user(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct bytes name = bytes_str("username=\"");
    struct bytes value;
    bool found = false;

    (void)side;
    if (i != 0 || (!sip_header_value(of(t), "Authorization", NULL, 0, &value) && !sip_header_value(of(t), "Proxy-Authorization", NULL, 0, &value))) {
        return false;
    }
    struct rd r = rd_of(bytes_from(value, bytes_find(value, name)));
    rd_skip(&r, name.n);
    *out = rd_until(&r, '"', &found);
    return found && out->n != 0;
}

#define SDP_BYTES(name, member)                                                                                        \
    static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)                               \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        *out = of(t)->sdp.member;                                                                                      \
        return i == 0 && of(t)->has_sdp && out->p != NULL;                                                             \
    }
SDP_BYTES(sdp_origin, origin)
SDP_BYTES(sdp_name, name)
SDP_BYTES(sdp_info, part.info)
SDP_BYTES(sdp_uri, uri)
SDP_BYTES(sdp_email, email)
SDP_BYTES(sdp_phone, phone)
SDP_BYTES(sdp_connection, part.connection)
SDP_BYTES(sdp_timezone, timezone)
SDP_BYTES(sdp_key, part.key)

static bool line_at(const struct sdp_line *x, unsigned i, struct bytes *out)
{
    while (x != NULL && i-- != 0) {
        x = x->next;
    }
    if (x != NULL) {
        *out = x->value;
    }
    return x != NULL;
}

static bool sdp_bandwidth(const struct txn *t, enum side s, unsigned i, struct bytes *out) { (void)s; return line_at(of(t)->sdp.part.bandwidths.first, i, out); }
static bool sdp_attribute(const struct txn *t, enum side s, unsigned i, struct bytes *out) { (void)s; return line_at(of(t)->sdp.part.attributes.first, i, out); }

static const struct sdp_time *time_at(const struct txn *t, unsigned i)
{
    const struct sdp_time *x = of(t)->sdp.times;

    while (x != NULL && i-- != 0) {
        x = x->next;
    }
    return x;
}

static bool sdp_time(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct sdp_time *x = time_at(t, i);

    (void)side;
    *out = x != NULL ? x->time : bytes_none();
    return x != NULL;
}

/* Of each time that has one: an item without is empty, so that the numbers of items go together. */
static bool sdp_repeat(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct sdp_time *x = time_at(t, i);

    (void)side;
    *out = x != NULL && x->repeat.p != NULL ? x->repeat : bytes_none();
    return x != NULL;
}

static const struct sdp_media *media_at(const struct txn *t, unsigned i)
{
    const struct sdp_media *m = of(t)->sdp.media;

    while (m != NULL && i-- != 0) {
        m = m->next;
    }
    return m;
}

#define SDP_MEDIA(name, member)                                                                                        \
    static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)                               \
    {                                                                                                                  \
        const struct sdp_media *m = media_at(t, i);                                                                    \
        (void)side;                                                                                                    \
        *out = m != NULL && m->member.p != NULL ? m->member : bytes_none();                                            \
        return m != NULL;                                                                                              \
    }
SDP_MEDIA(media, media)
SDP_MEDIA(media_info, part.info)
SDP_MEDIA(media_connection, part.connection)
SDP_MEDIA(media_key, part.key)

#define ONE .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
#define LIST .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
const struct field sip_fields[SIP_FIELDS] = {
    { .name = "sip.method", .snort = "sip_method", ONE, .bytes = method, .log = "method", .help = "method of a request" },
    { .name = "sip.uri", ONE, .bytes = uri, .log = "uri", .help = "whom or what a request is for" },
    { .name = "sip.protocol", ONE, .bytes = version, .log = "version", .help = "SIP/2.0" },
    { .name = "sip.stat_code", ONE, .bytes = code, .log = "code", .help = "status of a response" },
    { .name = "sip.stat_msg", ONE, .bytes = reason, .log = "reason", .help = "the words behind the status" },
    { .name = "sip.request_line", ONE, .bytes = request_line, .log = "request_line", .help = "first line of a request" },
    { .name = "sip.response_line", ONE, .bytes = response_line, .log = "response_line", .help = "first line of a response" },
    { .name = "sip.headers", .snort = "sip_header", ONE, .bytes = headers, .help = "the header block as it came" },
    { .name = "sip.body", .snort = "sip_body", ONE, .bytes = body, .help = "the body as it came" },
    { .name = "sip.from", LIST, .bytes = from, .help = "each From" },
    { .name = "sip.to", LIST, .bytes = to, .help = "each To" },
    { .name = "sip.via", LIST, .bytes = via, .help = "each Via" },
    { .name = "sip.user_agent", LIST, .bytes = user_agent, .sign = SIGN_SIP_AGENT, .help = "each User-Agent" },
    { .name = "sip.user", ONE, .bytes = user, .help = "whom a request's credentials are of" },
    { .name = "sip.server", LIST, .bytes = server, .sign = SIGN_SIP_AGENT, .help = "each Server" },
    { .name = "sip.content_type", LIST, .bytes = content_type, .help = "each Content-Type" },
    { .name = "sip.content_length", LIST, .bytes = content_length, .help = "each Content-Length" },
    { .name = "sdp.origin", ONE, .bytes = sdp_origin, .help = "o= of a session description" },
    { .name = "sdp.session_name", ONE, .bytes = sdp_name, .help = "s=" },
    { .name = "sdp.session_info", ONE, .bytes = sdp_info, .help = "i= of the session" },
    { .name = "sdp.uri", ONE, .bytes = sdp_uri, .help = "u=" },
    { .name = "sdp.email", ONE, .bytes = sdp_email, .help = "e=" },
    { .name = "sdp.phone_number", ONE, .bytes = sdp_phone, .help = "p=" },
    { .name = "sdp.connection_data", ONE, .bytes = sdp_connection, .help = "c= of the session" },
    { .name = "sdp.timezone", ONE, .bytes = sdp_timezone, .help = "z=" },
    { .name = "sdp.encryption_key", ONE, .bytes = sdp_key, .help = "k= of the session" },
    { .name = "sdp.bandwidth", LIST, .bytes = sdp_bandwidth, .help = "each b= of the session" },
    { .name = "sdp.attribute", LIST, .bytes = sdp_attribute, .help = "each a= of the session" },
    { .name = "sdp.time", LIST, .bytes = sdp_time, .help = "each t=" },
    { .name = "sdp.repeat_time", LIST, .bytes = sdp_repeat, .help = "r= of each t=" },
    { .name = "sdp.media.media", LIST, .bytes = media, .help = "each m=" },
    { .name = "sdp.media.media_info", LIST, .bytes = media_info, .help = "i= of each medium" },
    { .name = "sdp.media.connection_data", LIST, .bytes = media_connection, .help = "c= of each medium" },
    { .name = "sdp.media.encryption_key", LIST, .bytes = media_key, .help = "k= of each medium" },
};
_Static_assert(ROWS(sip_fields) == SIP_FIELDS, "sip.h counts the rows");
