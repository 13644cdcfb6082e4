/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues of HTTP/2: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/http2/http2.h"
#include "proto/test_rig.h"
#include "tap.h"

#define MAGIC "PRI * HTTP/2.0{0d0a0d0a}SM{0d0a0d0a}"
#define REQUEST "{000010 01 05 00000001 828784 410b}example.com"
#define ANSWER "{000001 01 04 00000001 88}"
#define REQUEST_LOG "\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"},{\"name\":\":scheme\",\"value\":\"https\"},{\"name\":\":path\",\"value\":\"/\"}," \
    "{\"name\":\":authority\",\"value\":\"example.com\"}]"
#define OK_LOG "\"response_headers\":[{\"name\":\":status\",\"value\":\"200\"}]"
#define RECORD(middle) "{\"http\":{\"version\":\"2\"," middle "}}"
#define STREAM(n) "\"http2\":{\"stream_id\":" #n "}"
#define EXCHANGE RECORD(REQUEST_LOG "," OK_LOG ",\"http_method\":\"GET\",\"url\":\"/\",\"status\":200," STREAM(1))
#define NOTHING(n) RECORD("\"http2\":{\"stream_id\":" #n "}")
#define QUERY "{0000010000010000 00000000 07}example{03}com{0000010001}"
#define DNS_QUERIES "\"queries\":[{\"rrname\":\"example.com\",\"rrtype\":\"A\"}]"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "an exchange: a stream is one transaction", ">" MAGIC REQUEST "<" ANSWER "{000002 00 01 00000001}ok", EXCHANGE "\n" },
    { "an answer may end with an empty frame", ">" MAGIC REQUEST "<" ANSWER "{000002 00 00 00000001}ok{000000 00 01 00000001}", EXCHANGE "\n" },
    { "an answer is waited for", ">" MAGIC REQUEST, RECORD(REQUEST_LOG ",\"http_method\":\"GET\",\"url\":\"/\"," STREAM(1)) " (open)\n" },
    { "settings, and what else is said of the connection", ">" MAGIC "{00000c 04 00 00000000 000300000064 000a00000001}<{000000 04 00 00000000}>{000000 04 01 00000000}"
      "{000008 06 00 00000000 0000000000000000}{000004 08 00 00000000 00000005}{000008 07 00 00000000 00000000 00000001}",
      RECORD("\"http2\":{\"stream_id\":0,\"request\":{\"settings\":[{\"settings_id\":\"SETTINGSMAXCONCURRENTSTREAMS\",\"settings_value\":100}]}}") "\n"
      NOTHING(0) "\n" NOTHING(0) "\n" RECORD("\"http2\":{\"stream_id\":0,\"request\":{\"error_code\":\"PROTOCOLERROR\"}}") "\n" },
    { "padding and priority are no part of the block", ">" MAGIC "{000018 01 2d 00000001 02 00000003 07 828784 410b}example.com{0000}<" ANSWER "{000006 00 09 00000001 03}ok{000000}",
      RECORD(REQUEST_LOG "," OK_LOG ",\"http_method\":\"GET\",\"url\":\"/\",\"status\":200,\"http2\":{\"stream_id\":1,\"request\":{\"priority\":7}}") "\n" },
    { "a block goes on in further frames, and its stream ends with it", ">" MAGIC "{000004 01 01 00000001 82878441}{000002 09 00 00000001 0b65}{00000a 09 04 00000001}xample.com<" ANSWER
      "{000002 00 01 00000001}ok", EXCHANGE "\n" },
    { "a promise: its fields are the promised stream's", ">" MAGIC REQUEST "<{000014 05 04 00000001 00000002 828784 410b}example.com{000001 01 05 00000002 88}",
      RECORD(REQUEST_LOG ",\"http_method\":\"GET\",\"url\":\"/\"," STREAM(1)) " (open)\n"
      RECORD("\"response_headers\":[{\"name\":\":method\",\"value\":\"GET\"},{\"name\":\":scheme\",\"value\":\"https\"},{\"name\":\":path\",\"value\":\"/\"},"
             "{\"name\":\":authority\",\"value\":\"example.com\"},{\"name\":\":status\",\"value\":\"200\"}],\"http_method\":\"GET\",\"url\":\"/\",\"status\":200," STREAM(2)) " (open)\n" },
    { "a stream that is reset", ">" MAGIC REQUEST "<{000004 03 00 00000001 00000008}",
      RECORD(REQUEST_LOG ",\"http_method\":\"GET\",\"url\":\"/\",\"http2\":{\"stream_id\":1,\"response\":{\"error_code\":\"Cancel\"}}") " (open)\n" },
    { "the table's new size is told", ">" MAGIC "{000002 01 05 00000001 2082}",
      RECORD("\"request_headers\":[{\"table_size_update\":0},{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(1)) " (open)\n" },
    { "frames of unknown kinds go by", ">" MAGIC "{000002 0a 00 00000001}xx" REQUEST "<" ANSWER "{000002 00 01 00000001}ok", EXCHANGE "\n" },
    { "another host than the authority", ">" MAGIC "{000010 01 05 00000001 82 4105}a%40b.c{40 04}host{01}x", RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"},"
      "{\"name\":\":authority\",\"value\":\"a@b.c\"},{\"name\":\"host\",\"value\":\"x\"}],\"http_method\":\"GET\",\"hostname\":\"x\"," STREAM(1)) " #userinfo_in_uri"
      " #authority_host_mismatch (open)\n" },
    { "an index that means nothing: the rest of the block is read", ">" MAGIC "{000002 01 05 00000001 ff82}{000003 01 05 00000003 fe8180}{000002 01 05 00000005 80 82}",
      RECORD(STREAM(1)) " #invalid_frame_data (open)\n" RECORD("\"request_headers\":[{\"name\":\":authority\",\"value\":\"\"}]," STREAM(3)) " #invalid_header (open)\n"
      RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(5)) " #invalid_header (open)\n" },
    { "a number beyond all bounds", ">" MAGIC "{00000c 01 05 00000001 82 ffffffffffffffffffff01}",
      RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(1)) " #header_integer_overflow (open)\n" },
    { "frames of wrong lengths", ">" MAGIC "{000003 08 00 00000000 000000}{000004 07 00 00000000 00000000}{000004 02 00 00000001 00000000}{000005 04 00 00000000 0003000000}",
      NOTHING(0) " #invalid_frame_length\n" NOTHING(0) " #invalid_frame_length\n" NOTHING(1) " #invalid_frame_length (open)\n" NOTHING(0) " #invalid_frame_data\n" },
    { "data on stream 0, and on one that is closed", ">" MAGIC "{000002 00 00 00000000}xx" REQUEST "<" ANSWER "{000002 00 01 00000001}ok>{000001 00 00 00000001}x",
      NOTHING(0) " #data_stream_zero\n" EXCHANGE " #stream_id_reuse\n" },
    { "a body that is not what it says", ">" MAGIC REQUEST "<{000007 01 04 00000001 88 5a 04}gzip{000002 00 00 00000001}no{000002 00 01 00000001}no",
      RECORD(REQUEST_LOG ",\"response_headers\":[{\"name\":\":status\",\"value\":\"200\"},{\"name\":\"content-encoding\",\"value\":\"gzip\"}],\"http_method\":\"GET\",\"url\":\"/\","
             "\"status\":200," STREAM(1)) " #failed_decompression\n" },
    { "a part that makes no sense", ">" MAGIC REQUEST "<{000010 01 04 00000001 88 5e0d}bytes 9-5/100{000002 00 01 00000001}no",
      RECORD(REQUEST_LOG ",\"response_headers\":[{\"name\":\":status\",\"value\":\"200\"},{\"name\":\"content-range\",\"value\":\"bytes 9-5/100\"}],\"http_method\":\"GET\","
             "\"url\":\"/\",\"status\":200," STREAM(1)) " #invalid_range\n" },
    { "no preface, and yet HTTP/2 by what the server says", ">{000008 06 00 00000000 00000000 00000000}<{000000 04 00 00000000}>{000008 06 00 00000000 00000000 00000000}",
      NOTHING(0) "\n" NOTHING(0) "\n#invalid_client_magic\n" },
    { "an upgrade: the request in HTTP/1 is stream 1", ">GET / HTTP/1.1%0d%0aHost: example.com%0d%0aUpgrade: h2c%0d%0aHTTP2-Settings: AAMAAABk%0d%0a%0d%0a"
      "<HTTP/1.1 101 Switching%0d%0aUpgrade: h2c%0d%0a%0d%0a{000000 04 00 00000000}" ANSWER "{000002 00 01 00000001}ok>" MAGIC "{000000 04 01 00000000}",
      "{\"http\":{\"hostname\":\"example.com\",\"url\":\"/\"}}\n"
      RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"},{\"name\":\":path\",\"value\":\"/\"},{\"name\":\":authority\",\"value\":\"example.com\"},"
             "{\"name\":\"Upgrade\",\"value\":\"h2c\"}]," OK_LOG ",\"http_method\":\"GET\",\"url\":\"/\",\"status\":200," STREAM(1)) "\n"
      RECORD("\"http2\":{\"stream_id\":0,\"request\":{\"settings\":[{\"settings_id\":\"SETTINGSMAXCONCURRENTSTREAMS\",\"settings_value\":100}]}}") "\n" },
    { "DNS in a query", ">" MAGIC "{000051 01 05 00000001 82 44 2e}/d?dns=AAABAAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE{40 06}accept{17}application/dns-message",
      "{\"http\":{\"version\":\"2\",\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"},{\"name\":\":path\",\"value\":\"/d?dns=AAABAAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE\"},"
      "{\"name\":\"accept\",\"value\":\"application/dns-message\"}],\"http_method\":\"GET\",\"url\":\"/d?dns=AAABAAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE\"," STREAM(1) "},"
      "\"dns\":{\"version\":3,\"type\":\"request\",\"tx_id\":0,\"id\":0,\"flags\":\"100\",\"rd\":true,\"opcode\":0,\"rcode\":\"NOERROR\"," DNS_QUERIES "}} (open)\n" },
    { "DNS in a body", ">" MAGIC "{000019 01 04 00000001 5f 17}application/dns-message{00001d 00 01 00000001}" QUERY,
      "{\"http\":{\"version\":\"2\",\"request_headers\":[{\"name\":\"content-type\",\"value\":\"application/dns-message\"}]," STREAM(1) "},"
      "\"dns\":{\"version\":3,\"type\":\"request\",\"tx_id\":0,\"id\":0,\"flags\":\"100\",\"rd\":true,\"opcode\":0,\"rcode\":\"NOERROR\"," DNS_QUERIES "}} (open)\n" },
    { "what is said to be DNS and is not", ">" MAGIC "{000019 01 04 00000001 5f 17}application/dns-message{000002 00 01 00000001}no",
      RECORD("\"request_headers\":[{\"name\":\"content-type\",\"value\":\"application/dns-message\"}]," STREAM(1)) " (open)\n" },
};
/* clang-format on */

static unsigned row_of(const char *name) { return proto_by_name(name) - 1; }

static struct http2 *last_stream(struct rig *r)
{
    struct conn *c = r->flow.app;
    return txn_data(txn_last(c));
}

/* What rules see of a body, in pieces and compressed. */
static void test_bodies(void)
{
    static const struct {
        const char *why, *head, *data;
    } bodies[] = {
        { "a body in several frames", "{000001 01 04 00000001 88}", "{000006 00 00 00000001}hello {00000b 00 01 00000001}hello hello" },
        { "raw deflate", "{00000a 01 04 00000001 88 5a07}deflate", "{00000a 00 01 00000001 cb48cdc9c957c8409000}" },
        { "deflate as RFC 9110 has it", "{00000a 01 04 00000001 88 5a07}deflate", "{000004 00 00 00000001 789ccb48}{00000c 00 01 00000001 cdc9c957c84090003a2e067d}" },
    };

    for (size_t i = 0; i < ROWS(bodies); i++) {
        struct rig *r = rig_new(false, 80);
        struct text out, script;
        text_init(&out, 0);
        text_init(&script, 0);
        text_printf(&script, ">" MAGIC REQUEST "<%s%s", bodies[i].head, bodies[i].data);
        text_byte(&script, '\0');
        rig_play(r, script.p, RIG_HELD, &out);
        const struct http2_half *h = &last_stream(r)->half[TO_CLIENT];
        is_mem(h->body.p, h->body.n, "hello hello hello", 17, bodies[i].why);
        text_fini(&script);
        text_fini(&out);
        rig_free(r);
    }
}

/* A frame longer than any that is read whole: DATA is seen all the same, of others the beginning. */
static void test_long(void)
{
    struct rig *r = rig_new(false, 80);
    size_t n = 70000;
    uint8_t *bytes = calloc(1, n);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" MAGIC REQUEST "<" ANSWER "{011170 00 01 00000001}", RIG_HELD, &out);
    rig_send(r, TO_CLIENT, bytes, n, 1000);
    ok(last_stream(r)->half[TO_CLIENT].plain == n && last_stream(r)->stage == HTTP2_CLOSED, "a long DATA frame is seen to its end");
    rig_play(r, ">{011170 01 05 00000003 82}", RIG_HELD, &out);
    memset(bytes, 0xff, n);
    rig_send(r, TO_SERVER, bytes, n - 1, 1000);
    rig_play(r, ">{000001 01 05 00000005 82}", RIG_HELD, &out);
    is_str(out.p, EXCHANGE " #long_frame_data\n"
           RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(3)) " #long_frame_data #header_integer_overflow (open)\n"
           RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(5)) " (open)\n", "and reading goes on behind a long frame");
    free(bytes);
    text_fini(&out);
    rig_free(r);
}

static bool logged(void *ctx, const struct txn *t) { return ctx == NULL && t != NULL; }

/* Of four streams the last is open: it is found, also when those before it are let go, and when it is done nothing is. */
static void test_open(struct rig *r)
{
    struct conn *c = r->flow.app;
    struct txn *last = txn_last(c);

    ok(txn_first(c) != last && txn_first_open(c) == last, "the first that is open");
    for (struct txn *t = txn_first(c); t != NULL; t = t->next) {
        t->logged = true;
    }
    proto_release(&r->flow, TO_SERVER, &(struct proto_release){ logged, NULL }, true);
    ok(txn_first(c) == last && txn_first_open(c) == last, "those before it are gone");
    txn_done(last, TO_SERVER);
    txn_done(last, TO_CLIENT);
    ok(txn_first_open(c) == NULL, "all are done");
    struct txn *next = txn_new(c);
    ok(txn_first_open(c) == next, "and one that comes then");
}

static void test_caps(void)
{
    struct rig *r = rig_new(false, 80);
    struct http2_settings *s = r->settings.settings[row_of("http2")];
    struct text out;

    text_init(&out, 0);
    s->streams_max = 2;
    s->block_max = 4;
    rig_play(r, ">" MAGIC "{000001 01 04 00000001 82}{000001 01 04 00000003 82}{000001 01 04 00000005 82}{000003 01 00 00000007 828784}{000003 09 04 00000007 828784}", RIG_HELD, &out);
    is_str(out.p, RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(1)) " #too_many_streams\n"
           RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(3)) " #too_many_streams\n"
           RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\"," STREAM(5)) " #too_many_streams\n"
           RECORD("\"request_headers\":[{\"name\":\":method\",\"value\":\"GET\"},{\"name\":\":scheme\",\"value\":\"https\"},{\"name\":\":path\",\"value\":\"/\"},"
                  "{\"name\":\":method\",\"value\":\"GET\"}],\"http_method\":\"GET\",\"url\":\"/\"," STREAM(7)) " #reassembly_limit_reached (open)\n",
           "beyond the ceilings: streams end, blocks are cut");
    test_open(r);
    text_fini(&out);
    rig_free(r);
}

/* Buffers made of the fields. */
static void test_fields(void)
{
    static const struct {
        const char *field;
        enum side side;
        const char *want, *why;
    } asks[] = {
        { "http.uri", TO_SERVER, "/x", ":path" },
        { "http.host", TO_SERVER, "b.c", "lower case, without user and port" },
        { "http.host.raw", TO_SERVER, "u@B.c:8", "as it came" },
        { "http.cookie", TO_SERVER, "a=1, b=2", "fields of one name are one value" },
        { "http.header", TO_SERVER, ":method: GET\r\n:path: /x\r\n:authority: u@B.c:8\r\nx: y\r\n", "cookies left out, blanks too" },
        { "http.header.plain", TO_SERVER, ":method: GET\r\n:path: /x\r\n:authority: u@B.c:8\r\nx: y", "no end" },
        { "http.header.raw", TO_SERVER, ":method: GET\r\n:path: /x\r\n:authority: u@B.c:8\r\ncookie: a=1\r\ncookie: b=2\r\nx:   y \r\n", "all as it came" },
        { "http.header_names", TO_SERVER, "\r\n:method\r\n:path\r\n:authority\r\ncookie\r\ncookie\r\nx\r\n\r\n", "names" },
        { "http.request_line", TO_SERVER, "GET /x HTTP/2\r\n", "a line as HTTP/1 has it" },
        { "http.response_line", TO_CLIENT, "HTTP/2 \r\n", "also when there is no status" },
        { "http.request_header", TO_SERVER, ":method: GET", "the first of the fields" },
        { "http2.header_name", TO_SERVER, ":method", "the first of the names" },
        { "http.stat_msg", TO_CLIENT, "", "there is none in HTTP/2, and it is empty" },
    };
    struct rig *r = rig_new(false, 80);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" MAGIC "{000027 01 04 00000001 82 4402}/x{4107}u%40B.c:8{40 06}cookie{03}a=1{60 03}b=2{40 01}x{04}  y ", RIG_HELD, &out);
    for (size_t i = 0; i < ROWS(asks); i++) {
        struct bytes b = bytes_of("?", 1);
        for (unsigned k = 0; k < HTTP2_FIELDS; k++) {
            if (strcmp(http2_fields[k].name, asks[i].field) == 0) {
                (void)http2_fields[k].bytes(txn_last(r->flow.app), asks[i].side, 0, &b);
            }
        }
        is_mem(b.p, b.n, asks[i].want, strlen(asks[i].want), asks[i].field);
    }
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 80, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    test_bodies();
    test_long();
    test_caps();
    test_fields();
    return done_testing();
}
