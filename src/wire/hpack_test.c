/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header blocks of HTTP/2, those of RFC 7541 appendix C and broken ones; the rows of a group share a table. */
#include "wire/hpack.h"
#include "base/rows.h"
#include "base/text.h"
#include "tap.h"

#include <string.h>

/* clang-format off */
static const struct {
    const char *why;
    bool fresh;          /* a new table */
    struct bytes in;
    const char *want;    /* "name: value|", and what is odd in brackets */
} rows[] = {
    { "RFC 7541 C.2.1: a literal that is kept", true, BYTES("\x40\x0a" "custom-key\x0d" "custom-header"), "custom-key: custom-header|" },
    { "... and is the newest entry afterwards", false, BYTES("\xbe"), "custom-key: custom-header|" },
    { "RFC 7541 C.2.2: a literal that is not", true, BYTES("\x04\x0c/sample/path"), ":path: /sample/path|" },
    { "... is no entry", false, BYTES("\xbe"), "[no entry]" },
    { "RFC 7541 C.2.3: one that never is", true, BYTES("\x10\x08password\x06secret"), "password: secret|" },
    { "RFC 7541 C.2.4: of the fixed table", true, BYTES("\x82"), ":method: GET|" },
    { "RFC 7541 C.4.1: encoded strings", true, BYTES("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"),
      ":method: GET|:scheme: http|:path: /|:authority: www.example.com|" },
    { "RFC 7541 C.4.2", false, BYTES("\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf"),
      ":method: GET|:scheme: http|:path: /|:authority: www.example.com|cache-control: no-cache|" },
    { "RFC 7541 C.4.3", false, BYTES("\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf"),
      ":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value|" },
    { "RFC 7541 C.6.1: a table of 256", true, BYTES("\x3f\xe1\x01\x48\x82\x64\x02\x58\x85\xae\xc3\x77\x1a\x4b\x61\x96\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66"
      "\xe0\x82\xa6\x2d\x1b\xff\x6e\x91\x9d\x29\xad\x17\x18\x63\xc7\x8f\x0b\x97\xc8\xe9\xae\x82\xae\x43\xd3"),
      "[size 256]:status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com|" },
    { "RFC 7541 C.6.2: the oldest entry goes", false, BYTES("\x48\x83\x64\x0e\xff\xc1\xc0\xbf"),
      ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com|" },
    { "RFC 7541 C.6.3", false, BYTES("\x88\xc1\x61\x96\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66\xe0\x84\xa6\x2d\x1b\xff\xc0\x5a\x83\x9b\xd9\xab\x77\xad"
      "\x94\xe7\x82\x1d\xd7\xf2\xe6\xc7\xb3\x35\xdf\xdf\xcd\x5b\x39\x60\xd5\xaf\x27\x08\x7f\x36\x72\xc1\xab\x27\x0f\xb5\x29\x1f\x95\x87\x31\x60\x65\xc0\x03\xed\x4e\xe5"
      "\xb1\x06\x3d\x50\x07"), ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|"
      "content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1|" },
    { "a size of 0 empties the table", false, BYTES("\x20\xbe"), "[size 0][no entry]" },
    { "an entry larger than the table empties it (4.4)", true, BYTES("\x40\x01" "a\x01" "b\x3f\x02\x40\x01" "a\x01" "b\xbe"), "a: b|[size 33]a: b|[no entry]" },
    { "what is kept is capped, whatever the peer allows", true, BYTES("\x3f\xe1\xff\xff\xff\x0f\x40\x01" "a\x01" "b\xbe"), "[size 4294967296]a: b|a: b|" },
    { "joined in the middle: what was kept before is not known, what stands behind it is", true, BYTES("\xc3\x7e\x01x\x40\x01y\x01z\xbe\xbf"),
      "[no entry][no entry]y: z|y: z|: x|" },
    { "index 0", true, BYTES("\x80\x82"), "[index 0]:method: GET|" },
    { "a number beyond 64 bits", true, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x82"), "[overflow]" },
    { "a length beyond 64 bits", true, BYTES("\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x82"), "[overflow]" },
    { "zeros without end are no number", true, BYTES("\xff\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
      "[overflow]" },
    { "cut in a number", true, BYTES("\x82\xff"), ":method: GET|[cut]" },
    { "cut in a string", true, BYTES("\x40\x03" "ab"), "[cut]" },
    { "cut before the value", true, BYTES("\x40\x02" "ab"), "[cut]" },
    { "the code's end mark ends a string", true, BYTES("\x00\x85\x1f\xff\xff\xff\xff\x01x"), "a: x|" },
};
/* clang-format on */

static void say(struct text *out, const struct hpack_item *it)
{
    static const char *const odd[] = { [HPACK_NO_ENTRY] = "[no entry]", [HPACK_INDEX_ZERO] = "[index 0]", [HPACK_OVERFLOW] = "[overflow]",
                                       [HPACK_TOO_MUCH] = "[too much]", [HPACK_CUT] = "[cut]" };

    if (it->kind == HPACK_FIELD) {
        text_add(out, it->name.p, it->name.n);
        text_str(out, ": ");
        text_add(out, it->value.p, it->value.n);
        text_byte(out, '|');
    } else if (it->kind == HPACK_SIZE) {
        text_printf(out, "[size %llu]", (unsigned long long)it->size);
    } else {
        text_str(out, odd[it->kind]);
    }
}

static void read_block(struct hpack *t, struct bytes in, struct arena *a, struct text *out)
{
    struct rd r = rd_of(in);

    text_clear(out);
    hpack_block(t);
    while (rd_left(&r) != 0) {
        struct hpack_item it = hpack_read(t, &r, a);
        say(out, &it);
        if (it.kind >= HPACK_OVERFLOW) {
            break;
        }
    }
    text_byte(out, '\0');
}

/* Many entries, of which each is asked for while newer ones go over the ring's seam. */
static void test_ring(struct arena *a)
{
    struct hpack t;
    bool same = true;
    uint8_t in[256] = { 0x40, 1, 'n' };

    hpack_init(&t, a, 65536);
    for (unsigned k = 0; k < 5000; k++) {
        size_t n = 1 + k * 7 % 120;
        in[3] = (uint8_t)n;
        memset(in + 4, 'a' + k % 26, n);
        struct rd r = rd_make(in, n + 4);
        (void)hpack_read(&t, &r, a);
        for (unsigned i = 0; i < t.n; i++) {
            uint8_t index = (uint8_t)(0x80 | (62 + i));
            struct rd q = rd_make(&index, 1);
            hpack_block(&t);
            struct hpack_item it = i < 64 ? hpack_read(&t, &q, a) : (struct hpack_item){ .value = bytes_none() };
            for (size_t at = 0; at < it.value.n; at++) {
                same &= it.value.p[at] == 'a' + (k - i) % 26;
            }
            same &= i >= 64 || it.value.n == 1 + (k - i) * 7 % 120;
        }
    }
    ok(same, "each entry is what it was while the ring turns");
    ok(t.size <= 4096 && t.n > 20, "the table is full, not more");
}

static void test_work(struct arena *a)
{
    uint8_t big[4000] = { 0x40, 0x7f, 0x81, 0x1c }; /* a name of 3,712 bytes */
    struct hpack t;
    struct rd r = rd_make(big, 4 + 3712 + 1);
    unsigned n = 0;

    hpack_init(&t, a, 65536);
    (void)hpack_read(&t, &r, a);
    hpack_block(&t);
    for (struct hpack_item it = { .kind = HPACK_FIELD }; it.kind == HPACK_FIELD && n < 100000; n++) {
        struct rd q = rd_make("\xbe", 1);
        it = hpack_read(&t, &q, a);
    }
    ok(n > 1000 && n < 2000, "a block can't have entries copied without end");
}

int main(void)
{
    struct arena a;
    struct text out;
    struct hpack t;

    arena_init(&a, NULL, 8 << 20);
    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        if (rows[i].fresh) {
            hpack_init(&t, &a, 65536);
        }
        read_block(&t, rows[i].in, &a, &out);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    test_ring(&a);
    test_work(&a);
    text_fini(&out);
    arena_fini(&a);
    return done_testing();
}
