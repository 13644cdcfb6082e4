/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues through the real driver: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/http/http.h"
#include "proto/test_rig.h"

#include <zlib.h>

static void say_field(struct text *out, const char *label, const char *name, const struct txn *t, enum side side)
{
    for (unsigned i = 0; i < HTTP_FIELDS; i++) {
        struct bytes b;
        if (strcmp(http_fields[i].name, name) == 0 && http_fields[i].bytes != NULL && http_fields[i].bytes(t, side, 0, &b)) {
            rig_say_bytes(out, label, b);
        }
    }
}

static void say_body(struct text *out, const char *label, struct txn *t, enum side side)
{
    const struct http_half *h = http_seen(http_of(t), side);

    if (h->body != NULL) {
        rig_say_bytes(out, label, bytes_of(h->body->p, h->body->n));
    }
}

static void say_txn(struct text *out, struct txn *t)
{
    say_field(out, "", "http.method", t, TO_SERVER);
    say_field(out, " ", "http.uri", t, TO_SERVER);
    say_field(out, " host=", "http.host", t, TO_SERVER);
    say_body(out, " sent=", t, TO_SERVER);
    say_field(out, " -> ", "http.stat_code", t, TO_CLIENT);
    say_body(out, " got=", t, TO_CLIENT);
    for (struct file *f = t->files; f != NULL; f = f->next) {
        text_printf(out, " file%s=", f->side == TO_SERVER ? "Up" : "");
        rig_say_bytes(out, "", f->name);
        text_printf(out, ":%u%s", (unsigned)f->size, f->state == FILE_CLOSED ? "" : "!");
    }
    rig_say_end(out, t);
}

static const struct rig_how how = { .proto = "http", .say = say_txn };
static const struct rig_how one_packet = { .proto = "http", .say = say_txn, .one_packet = true };

#define CRLF "%0d%0a"
#define GET(uri) ">GET " uri " HTTP/1.1" CRLF "Host: h" CRLF CRLF
#define SAID(uri) "GET " uri " host=h"
#define OKAY "<HTTP/1.1 200 OK" CRLF

static const struct rig_row rows[] = {
    { "a request and its answer", GET("/a") OKAY "Content-Length: 2" CRLF CRLF "hi", SAID("/a") " -> 200 got=hi file=/a:2\n" },
    { "no answer yet", GET("/a"), SAID("/a") " (waiting)\n" },
    { "pipelined requests, answered in order", GET("/1") "GET /2 HTTP/1.1" CRLF "Host: h" CRLF CRLF OKAY "Content-Length: 1" CRLF CRLF "1HTTP/1.1 404 No" CRLF
      "Content-Length: 1" CRLF CRLF "2", SAID("/1") " -> 200 got=1 file=/1:1\n" SAID("/2") " -> 404 got=2 file=/2:1\n" },
    { "bare line feeds", ">GET /a HTTP/1.0%0aHost: h%0a%0a<HTTP/1.0 200 OK%0aContent-Length: 2%0a%0ahi", SAID("/a") " -> 200 got=hi file=/a:2\n" },
    { "empty lines between requests", GET("/1") ">" CRLF CRLF "GET /2 HTTP/1.1" CRLF "Host: h" CRLF CRLF, SAID("/1") " (waiting)\n" SAID("/2") " (waiting)\n" },
    { "until the end", GET("/a") OKAY CRLF "some" "<thing$", SAID("/a") " -> 200 got=something file=/a:9\n" },
    { "chunks", GET("/a") OKAY "Transfer-Encoding: chunked" CRLF CRLF "3" CRLF "abc" CRLF "2;x=y" CRLF "de" CRLF "0" CRLF CRLF,
      SAID("/a") " -> 200 got=abcde file=/a:5 #RESPONSE_CHUNK_EXTENSION\n" },
    { "chunks and a trailer", GET("/a") OKAY "Transfer-Encoding: chunked" CRLF CRLF "1" CRLF "a" CRLF "0" CRLF "X: y" CRLF CRLF,
      SAID("/a") " -> 200 got=a file=/a:1\n" },
    { "both lengths: chunks count (RFC 9112 6.3)", GET("/a") OKAY "Content-Length: 3" CRLF "Transfer-Encoding: chunked" CRLF CRLF "1" CRLF "a" CRLF "0" CRLF CRLF,
      SAID("/a") " -> 200 got=a file=/a:1\n" },
    { "a chunk without a length: browsers take the rest", GET("/a") OKAY "Transfer-Encoding: chunked" CRLF CRLF "zzz" CRLF "abc$",
      SAID("/a") " -> 200 got=zzz%0d%0aabc file=/a:8 #INVALID_RESPONSE_CHUNK_LEN\n" },
    { "HEAD has no body", ">HEAD /a HTTP/1.1" CRLF "Host: h" CRLF CRLF OKAY "Content-Length: 9" CRLF CRLF, "HEAD /a host=h -> 200\n" },
    { "304 has no body", GET("/a") "<HTTP/1.1 304 Not" CRLF CRLF, SAID("/a") " -> 304\n" },
    { "100 and then the answer", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Length: 2" CRLF "Expect: 100-continue" CRLF CRLF "<HTTP/1.1 100 Continue" CRLF CRLF
      ">xy" OKAY "Content-Length: 0" CRLF CRLF, "POST /a host=h sent=xy -> 200 fileUp=/a:2\n" },
    { "HTTP/0.9", ">GET /a" CRLF "<hello there$", "GET /a got=hello there file=/a:11\n" },
    { "a response nobody asked for", OKAY "Content-Length: 2" CRLF CRLF "hi",
      " -> 200 got=hi file=/libhtp::request_uri_not_seen:2 #UNABLE_TO_MATCH_RESPONSE_TO_REQUEST\n" },
    { "a folded field", ">GET /a HTTP/1.1" CRLF "Host:" CRLF " h" CRLF CRLF, SAID("/a") " (waiting)\n" },
    { "no colon", ">GET /a HTTP/1.1" CRLF "Host: h" CRLF "junk" CRLF CRLF, SAID("/a") " #REQUEST_FIELD_MISSING_COLON (waiting)\n" },
    { "a field again is joined", ">GET /a HTTP/1.1" CRLF "Host: h" CRLF "Host: i" CRLF CRLF, "GET /a host=h, i #REQUEST_HEADER_REPETITION #REQUEST_HEADER_HOST_INVALID (waiting)\n" },
    { "two lengths", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Length: 1" CRLF "Content-Length: 2" CRLF CRLF "x",
      "POST /a host=h sent=x fileUp=/a:1 #REQUEST_HEADER_REPETITION #DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST (waiting)\n" },
    { "no host", ">GET /a HTTP/1.1" CRLF CRLF, "GET /a #MISSING_HOST_HEADER (waiting)\n" },
    { "a path is decoded, slashes pressed, dots removed", GET("/%25%34%31//b/./c/../%2525d"), SAID("/A/b/%d") " (waiting)\n" },
    { "a query is decoded", GET("/a?b=%2525c+d"), SAID("/a?b=%c+d") " (waiting)\n" },
    { "%u and full width forms", GET("/%25u0041%25uff21"), SAID("/AA") " (waiting)\n" },
    { "a backslash is a slash", GET("/a\\b"), SAID("/a/b") " (waiting)\n" },
    { "a space in the URI", GET("/a b?c d"), SAID("/a b?c d") " (waiting)\n" },
    { "an absolute URI's host counts", ">GET http://X.y:81/a HTTP/1.1" CRLF "Host: h" CRLF CRLF, "GET /a host=x.y #HOST_HEADER_AMBIGUOUS (waiting)\n" },
    { "a gap in a body", GET("/a") OKAY "Content-Length: 14" CRLF CRLF "ab^<cd", SAID("/a") " -> 200 got=abcd file=/a:14!\n" },
    { "a gap between messages: on with the next one", GET("/a") OKAY "Content-Length: 2" CRLF CRLF "hi" GET("/b") "<^<HTTP/1.1 404 No" CRLF
      "Content-Length: 0" CRLF CRLF GET("/c"), SAID("/a") " -> 200 got=hi file=/a:2\n" SAID("/b") " -> 404\n" SAID("/c") " (waiting)\n" },
    { "a gap within a message's head: that side is not read any more", GET("/a") "<HTTP/1.1 404 No" CRLF "Con^<tent-Length: 0" CRLF CRLF GET("/b") "<HTTP/1.1 404 No" CRLF
      "Content-Length: 0" CRLF CRLF, SAID("/a") " -> 404 #INVALID_GAP\n" SAID("/b") " (waiting)\n" },
    { "a gap that goes beyond a chunk: on with the next message", GET("/a") OKAY "Transfer-Encoding: chunked" CRLF CRLF "6" CRLF "abc^" GET("/b") "<HTTP/1.1 404 No" CRLF
      "Content-Length: 0" CRLF CRLF, SAID("/a") " -> 200 got=abc file=/a:6! #INVALID_GAP\n" SAID("/b") " -> 404\n" },
    { "a form with other cases and line feeds alone", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Type: multipart/form-data; Boundary=B" CRLF "Content-Length: 77" CRLF CRLF
      "--B%0aContent-Disposition: form-data; name=\"f\"; FileName=\"u.txt\"%0a%0aab%0a-cd%0a--B--%0a", "POST /a host=h sent=--B%0aContent-Disposition: form-data; name=\"f\"; FileName=\"u.txt\"%0a%0aab%0a-cd%0a--B--%0a fileUp=u.txt:6 (waiting)\n" },
    { "a change of protocol that nobody asked for", GET("/a") "<HTTP/1.1 101 Go" CRLF "Upgrade: x" CRLF CRLF GET("/b") "<HTTP/1.1 404 No" CRLF "Content-Length: 0" CRLF CRLF, SAID("/a") " -> 101\n" SAID("/b") " -> 404\n" },
    { "a form with a file, a part of which is missing", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Type: multipart/form-data; boundary=B" CRLF "Content-Length: 91" CRLF CRLF
      "--B" CRLF "Content-Disposition: form-data; name=\"f\"; filename=\"u.txt\"" CRLF CRLF "ab^>cd" CRLF "--B--" CRLF, "POST /a host=h sent=--B%0d%0aContent-Disposition: form-data; name=\"f\"; filename=\"u.txt\"%0d%0a%0d%0aabcd%0d%0a--B--%0d%0a"
      " fileUp=u.txt:14! (asking) (waiting)\n" },
    { "a form whose part's head is missing", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Type: multipart/form-data; boundary=B" CRLF "Content-Length: 41" CRLF CRLF
      "--B" CRLF "Content-Disp^>" CRLF "x" CRLF CRLF "--B--" CRLF, "POST /a host=h sent=--B%0d%0aContent-Disp%0d%0ax%0d%0a%0d%0a--B--%0d%0a #MULTIPART_GENERIC_ERROR (waiting)\n" },
    { "a name from Content-Disposition", GET("/a") OKAY "Content-Disposition: attachment; filename=\"n.exe\"" CRLF "Content-Length: 1" CRLF CRLF "x",
      SAID("/a") " -> 200 got=x file=n.exe:1\n" },
    { "a form with a file", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Type: multipart/form-data; boundary=B" CRLF "Content-Length: 111" CRLF CRLF
      "--B" CRLF "Content-Disposition: form-data; name=\"f\"; filename=\"u.txt\"" CRLF "X: y" CRLF CRLF "ab" CRLF "-cd" CRLF "--B--" CRLF "12345678$",
      "POST /a host=h sent=--B%0d%0aContent-Disposition: form-data; name=\"f\"; filename=\"u.txt\"%0d%0aX: y%0d%0a%0d%0aab%0d%0a-cd%0d%0a--B--%0d%0a12345678"
      " fileUp=u.txt:7\n" },
    { "carriage returns alone, as browsers take them in a response", GET("/a") "<HTTP/1.1 200 OK%0dContent-Length: 2%0d%0dhi", SAID("/a") " -> 200 got=hi file=/a:2\n" },
    { "a blank before the colon", GET("/a") OKAY "Content-Length : 2" CRLF CRLF "hi", SAID("/a") " -> 200 got=hi file=/a:2 #RESPONSE_INVALID_LWS_AFTER_NAME\n" },
    { "NULs in names and values", GET("/a") OKAY "Transfer-%00Encoding: chu%00nked" CRLF CRLF "1" CRLF "a" CRLF "0" CRLF CRLF,
      SAID("/a") " -> 200 got=a file=/a:1 #RESPONSE_HEADER_NAME_NOT_TOKEN #RESPONSE_ABNORMAL_TRANSFER_ENCODING\n" },
    { "a junk line before the status", GET("/a") "<junk" CRLF "HTTP/1.1 200 OK" CRLF "Content-Length: 2" CRLF CRLF "hi", SAID("/a") " -> 200 got=hi file=/a:2\n" },
    { "CONNECT refused: HTTP goes on", ">CONNECT h:443 HTTP/1.1" CRLF "Host: h:443" CRLF CRLF "<HTTP/1.1 403 No" CRLF "Content-Length: 0" CRLF CRLF
      GET("/b"), "CONNECT host=h -> 403\n" SAID("/b") " (waiting)\n" },
};

/* What the packet that ended a message holds besides counts as its body and its file; the same bytes in a later packet do not. */
static void test_behind(void)
{
    static const struct rig_row behind[] = {
        { "a form and the line end of an old browser", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Length: 1" CRLF CRLF "x" CRLF,
          "POST /a host=h sent=x%0d%0a fileUp=/a:3 (waiting)\n" },
        { "a line end and a line that begins nothing", ">POST /a HTTP/1.1" CRLF "Host: h" CRLF "Content-Length: 1" CRLF CRLF "x" CRLF "--B--" CRLF,
          "POST /a host=h sent=x%0d%0a--B--%0d%0a fileUp=/a:10 #REQUEST_BODY_UNEXPECTED (waiting)\n" },
        { "more than was announced", GET("/a") OKAY "Content-Length: 2" CRLF CRLF "hi there", SAID("/a") " -> 200 got=hi there file=/a:8 #RESPONSE_BODY_UNEXPECTED\n" },
        { "in a packet of its own it answers nothing", GET("/a") OKAY "Content-Length: 2" CRLF CRLF "hi" "<there$",
          SAID("/a") " -> 200 got=hi file=/a:2\n got=there file=/libhtp::request_uri_not_seen:5 #UNABLE_TO_MATCH_RESPONSE_TO_REQUEST\n" },
    };
    struct text out;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(behind); i++) {
        rig_run(&how, behind[i].script, false, RIG_HELD, &out);
        is_str(out.p, behind[i].want, behind[i].why);
        for (size_t step = 1; step < 4; step++) {
            rig_run(&one_packet, behind[i].script, false, step, &out);
            is_str(out.p, behind[i].want, "the same in pieces of one packet");
        }
    }
    text_fini(&out);
}

static size_t packed(uint8_t *out, size_t room, const char *plain, int bits)
{
    z_stream z = { 0 };

    if (deflateInit2(&z, 9, Z_DEFLATED, bits, 8, 0) != Z_OK) {
        return 0;
    }
    z.next_in = (z_const Bytef *)(uintptr_t)plain;
    z.avail_in = (uInt)strlen(plain);
    z.next_out = out;
    z.avail_out = (uInt)room;
    (void)deflate(&z, Z_FINISH);
    size_t n = room - z.avail_out;
    deflateEnd(&z);
    return n;
}

static void test_codings(void)
{
    static const struct {
        const char *why, *name;
        int bits;
    } codings[] = {
        { "gzip", "gzip", 31 }, { "deflate is raw", "deflate", -15 }, { "deflate is zlib, as it should be", "deflate", 15 },
        { "gzip called deflate", "deflate", 31 }, { "zlib called gzip", "gzip", 15 }, { "nothing compressed at all", "gzip", 0 },
    };
    static const char plain[] = "the quick brown fox jumps over the lazy dog, and over the lazy dog again";
    struct text script, want;

    text_init(&script, 0);
    text_init(&want, 0);
    for (size_t i = 0; i < ROWS(codings); i++) {
        uint8_t body[512];
        size_t n = codings[i].bits != 0 ? packed(body, sizeof body, plain, codings[i].bits) : sizeof plain - 1;
        if (codings[i].bits == 0) {
            memcpy(body, plain, n);
        }
        text_clear(&script);
        text_str(&script, GET("/a") OKAY "Content-Encoding: ");
        text_str(&script, codings[i].name);
        text_str(&script, CRLF "Content-Length: ");
        text_u64(&script, n);
        text_str(&script, CRLF CRLF "{");
        for (size_t k = 0; k < n; k++) {
            text_printf(&script, "%02x", body[k]);
        }
        text_str(&script, "}");
        text_byte(&script, '\0');
        text_clear(&want);
        text_printf(&want, "GET /a host=h -> 200 got=%s file=/a:%zu%s\n", plain, sizeof plain - 1, codings[i].bits == 0 ? " #GZIP_DECOMPRESSION_FAILED" : "");
        text_byte(&want, '\0');
        const struct rig_row row = { .why = codings[i].why, .script = script.p, .want = want.p };
        rig_rows(&row, 1, &how);
    }
    text_fini(&script);
    text_fini(&want);
}

/* Nothing is said of it: it must be known by its first bytes. */
static void test_known(void)
{
    static const struct rig_row known[] = {
        { "an empty line before a request (RFC 9112 2.2)", ">" CRLF "GET /a HTTP/1.1" CRLF "Host: h" CRLF CRLF, SAID("/a") " (waiting)\n" },
        { "line feeds", ">%0a%0aPOST /a HTTP/1.1" CRLF "Host: h" CRLF CRLF, "POST /a host=h (waiting)\n" },
        { "a method of nobody's, at HTTP's port", ">X-Y /a HTTP/1.1" CRLF "Host: h" CRLF CRLF, "X-Y /a host=h (waiting)\n" },
        { "empty lines and no request", ">" CRLF CRLF "hello there" CRLF, "" },
        { "words that are no request", ">HELLO there HTTP" CRLF, "" },
    };

    rig_rows(known, ROWS(known), &(struct rig_how){ .port = 80, .say = say_txn });
}

static bool everything(void *ctx, const struct txn *t) { return ctx == NULL && t != NULL; }

/* At a ceiling the oldest transaction goes within its response: where the next one begins is known all the same. */
static void test_gone(void)
{
    static const struct {
        const char *why, *begin, *end;
    } gone[] = {
        { "of a length", OKAY "Content-Length: 8" CRLF CRLF "abcd", "<efgh" },
        { "in chunks", OKAY "Transfer-Encoding: chunked" CRLF CRLF "8" CRLF "abcd", "<efgh" CRLF "3;x" CRLF "ijk" CRLF "0" CRLF "X: y" CRLF CRLF },
    };
    struct text out, script;

    text_init(&out, 0);
    text_init(&script, 0);
    for (size_t i = 0; i < ROWS(gone); i++) {
        struct rig *r = rig_open(&how, false);
        text_clear(&script);
        text_str(&script, GET("/1"));
        text_str(&script, gone[i].begin);
        text_byte(&script, '\0');
        rig_play(r, script.p, RIG_HELD, &out);
        struct txn *t = txn_first(r->flow.app);
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
        t->logged = true;
        proto_release(&r->flow, TO_SERVER, &(struct proto_release){ everything, NULL }, true);
        ok(txn_first(r->flow.app) == NULL, gone[i].why);
        text_clear(&script);
        text_str(&script, gone[i].end);
        text_str(&script, GET("/2") "<HTTP/1.1 404 No" CRLF "Content-Length: 0" CRLF CRLF);
        text_byte(&script, '\0');
        rig_play(r, script.p, RIG_HELD, &out);
        is_str(out.p, SAID("/2") " -> 404\n", gone[i].why);
        rig_free(r);
    }
    text_fini(&script);
    text_fini(&out);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &how);
    test_known();
    test_gone();
    test_behind();
    test_codings();
    return done_testing();
}
