/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rd.h"
#include "tap.h"

#define B(literal) bytes_of(literal, sizeof(literal) - 1)

static bool same(struct bytes b, const char *s) { return bytes_is(b, s); }

static void test_sticky(void)
{
    struct rd r = rd_make("\x01\x02\x03", 3);

    is_int(rd_be16(&r), 0x0102, "two bytes, the high one first");
    is_int(rd_be32(&r), 0, "a read that does not fit yields zero");
    ok(!rd_ok(&r), "and marks the reader bad");
    is_int(rd_left(&r), 0, "a failed reader is empty, so a loop over what is left ends");
    is_int(rd_u8(&r), 0, "the byte that was there is not given out after a failure");
    ok(!rd_done(&r), "a failed reader is not done, though nothing is left");
    is_int(rd_bytes(&r, 0).n, 0, "nothing can be read from it");
    ok(!rd_ok(&r), "reading nothing does not heal it");

    struct rd gone = rd_sub(&r, 0);
    ok(!rd_ok(&gone), "a sub-reader of length zero from a failed parent is failed");

    struct rd whole = rd_make("\x05" "ab", 3);
    struct rd part = rd_vec8(&whole);
    ok(!rd_ok(&part) && !rd_ok(&whole), "a length beyond the end fails both readers");

    struct rd parent = rd_make("\x02" "abcd", 5);
    struct rd child = rd_vec8(&parent);
    (void)rd_be32(&child);
    ok(!rd_ok(&child), "a read beyond a sub-reader's end fails it");
    ok(rd_ok(&parent), "failure does not travel from the child to the parent");
    is_int(rd_left(&parent), 2, "the parent goes on behind the child");
}

static void test_nothing(void)
{
    struct rd r = rd_make(NULL, 0);

    ok(rd_peek(&r).p != NULL, "no reader points at NULL: NULL + 0 is undefined");
    ok(rd_done(&r), "an empty reader is read to its end");
    ok(rd_bytes(&r, 0).p != NULL, "nor does what is read from it");
    ok(bytes_of(NULL, 0).p != NULL && bytes_none().p != NULL, "nor do empty bytes");
    bool found = true;
    is_int(rd_until(&r, 'x', &found).n, 0, "nothing is left of nothing");
    ok(!found, "and no stop is found");
}

static void test_numbers(void)
{
    static const uint8_t wire[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xfe };
    struct rd r;

#define READ(fn, want, why) (r = rd_make(wire, sizeof(wire)), ok(fn(&r) == (want), why))
    READ(rd_u8, 1, "one byte");
    READ(rd_be16, 0x0102, "big-endian 16");
    READ(rd_be24, 0x010203, "big-endian 24");
    READ(rd_be32, 0x01020304, "big-endian 32");
    READ(rd_be64, 0x0102030405060708, "big-endian 64");
    READ(rd_le16, 0x0201, "little-endian 16");
    READ(rd_le32, 0x04030201, "little-endian 32");
    READ(rd_le64, 0x0807060504030201, "little-endian 64");
    r = rd_make(wire + 8, 2);
    is_int(rd_be16(&r), 0xfffe, "the high bit is no sign");
    r = rd_make("\x80\x00\x00\x00", 4);
    ok(rd_be32(&r) == 0x80000000u, "the highest bit of 32 is no sign");
    r = rd_make("\x00\x02xyz", 5);
    struct rd v = rd_vec16(&r);
    is_int(rd_left(&v), 2, "a vector of two bytes behind a 16-bit length");
    is_int(rd_left(&r), 1, "leaves what is behind it");
    r = rd_make("\x00\x00\x01xyz", 6);
    v = rd_vec24(&r);
    is_int(rd_left(&v), 1, "a vector of one byte behind a 24-bit length");
}

static void test_lines(void)
{
    static const struct {
        const char *why;
        struct bytes in;
        const char *line;
        bool found;
        size_t left;
    } rows[] = {
        { "CRLF ends a line and is not part of it", BYTES("ab\r\ncd"), "ab", true, 2 },
        { "LF alone does too", BYTES("ab\ncd"), "ab", true, 2 },
        { "CR alone is text", BYTES("a\rb\n"), "a\rb", true, 0 },
        { "only one CR belongs to the end", BYTES("a\r\r\n"), "a\r", true, 0 },
        { "an empty line", BYTES("\r\nx"), "", true, 1 },
        { "without an end all that is left comes, and is consumed", BYTES("ab\r"), "ab\r", false, 0 },
        { "nothing at all", BYTES(""), "", false, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rd r = rd_of(rows[i].in);
        bool found;
        struct bytes b = rd_line(&r, &found);
        ok(same(b, rows[i].line) && found == rows[i].found && rd_left(&r) == rows[i].left &&
               rd_ok(&r),
           rows[i].why);
    }
}

static void test_until(void)
{
    bool found;
    struct rd r = rd_make("key: value;rest", 15);

    ok(same(rd_until(&r, ':', &found), "key") && found, "up to the stop");
    is_int(rd_skip_any(&r, " \t"), 1, "the stop was consumed, one blank is skipped");
    ok(same(rd_until_any(&r, ";,"), "value"), "up to the first of several stops");
    is_int(rd_u8(&r), ';', "which is not consumed");
    ok(same(rd_until(&r, '\0', &found), "rest") && !found, "no stop: all that is left");
    ok(rd_done(&r), "which is consumed");
    r = rd_make("abc", 3);
    ok(same(rd_until_any(&r, "xyz"), "abc") && rd_done(&r), "none of several stops: all of it");
    r = rd_make("\xff\x80z", 3);
    is_int(rd_until_any(&r, "z\x80").n, 1, "a stop above 0x7f counts too");
    rd_fail(&r);
    ok(rd_until(&r, 'a', &found).n == 0 && !found && !rd_ok(&r), "a failed reader has no lines");
}

static void test_bytes(void)
{
    ok(bytes_equal_nocase(B("Host"), B("hOST")), "case is ignored");
    ok(!bytes_equal_nocase(B("a[b"), B("a{b")), "but only that of letters");
    ok(!bytes_equal(B("ab"), B("abc")), "a prefix is not equal");
    ok(bytes_equal(bytes_none(), bytes_none()), "nothing equals nothing");
    ok(bytes_starts(B("HTTP/1.1"), "HTTP/") && !bytes_starts(B("HTT"), "HTTP/"), "starts");
    ok(bytes_starts_nocase(B("http/1.1"), "HTTP/"), "starts, without case");
    ok(bytes_is_nocase(B("GZip"), "gzip") && !bytes_is_nocase(B("gzip "), "gzip"), "is, without case");
    ok(bytes_among(B("SSL"), "tls ssl") && bytes_among(B("tls"), "tls ssl") && bytes_among(B("b"), " a  b "), "one of the words");
    ok(!bytes_among(B("ls"), "tls ssl") && !bytes_among(B("tls ssl"), "tls ssl") && !bytes_among(B("tl"), "tls"), "none but whole words");
    ok(!bytes_among(B(""), "a  b") && !bytes_among(B("a"), "") && !bytes_among(B("a"), NULL), "nothing is no word");
    is_int(bytes_find(B("abcabd"), B("abd")), 3, "found behind a false start");
    ok(bytes_find(B("abc"), B("abcd")) == SIZE_MAX, "a longer needle is not found");
    is_int(bytes_find(B(""), B("")), 0, "an empty needle is found at 0, in nothing too");
    is_int(bytes_find_byte(B("a\0b"), 'b'), 2, "a NUL stops nothing");
    ok(bytes_find_byte(bytes_none(), 0) == SIZE_MAX, "no byte is in nothing");
    ok(same(bytes_from(B("abc"), 1), "bc") && bytes_from(B("abc"), 9).n == 0, "from, clamped");
    ok(same(bytes_head(B("abc"), 2), "ab") && same(bytes_head(B("abc"), 9), "abc"), "head, clamped");
    ok(same(bytes_trim(B(" \ta b\t "), " \t"), "a b"), "trimmed at both ends only");
    is_int(bytes_trim(B("   "), " ").n, 0, "all blanks leave nothing");
}

static void test_parse(void)
{
    static const struct {
        const char *why;
        struct bytes in;
        bool decimal, hex;
        uint64_t as_decimal, as_hex;
    } rows[] = {
        { "a number is one in both", BYTES("10"), true, true, 10, 16 },
        { "zeros in front do not matter", BYTES("0000000000000000000000012"), true, false, 12, 0 },
        { "the largest decimal", BYTES("18446744073709551615"), true, false, UINT64_MAX, 0 },
        { "one more does not fit", BYTES("18446744073709551616"), false, false, 0, 0 },
        { "ten times more does not fit", BYTES("99999999999999999999"), false, false, 0, 0 },
        { "the largest hexadecimal", BYTES("FFFFffffFFFFffff"), false, true, 0, UINT64_MAX },
        { "nothing is no number", BYTES(""), false, false, 0, 0 },
        { "no sign", BYTES("-1"), false, false, 0, 0 },
        { "no blank", BYTES("1 "), false, false, 0, 0 },
        { "no prefix", BYTES("0x1"), false, false, 0, 0 },
        { "letters up to f", BYTES("g"), false, false, 0, 0 },
        { "no NUL inside", BYTES("1\0"), false, false, 0, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t d = 0, h = 0;
        bool decimal = bytes_u64(rows[i].in, &d), hex = bytes_hex(rows[i].in, &h);
        bool zeros = rows[i].in.n > 20 && hex; /* sixteen digits and zeros in front */
        ok(decimal == rows[i].decimal && d == rows[i].as_decimal &&
               (zeros || (hex == rows[i].hex && h == rows[i].as_hex)),
           rows[i].why);
    }
}

/* A parser that reads straight on: names of one length byte each, to a name of length zero. */
static bool names_read(struct rd *r, unsigned *count)
{
    for (*count = 0; rd_left(r) > 0; (*count)++) {
        struct rd name = rd_vec8(r);
        if (rd_left(&name) == 0) {
            return rd_ok(&name) && rd_ok(r);
        }
    }
    return false;
}

static void test_idiom(void)
{
    unsigned n;
    struct rd r = rd_make("\x01" "a\x02" "bc\x00z", 7);

    ok(names_read(&r, &n) && n == 2 && rd_left(&r) == 1, "a loop that consumes ends by itself");
    r = rd_make("\x01" "a\x05" "bc", 5);
    ok(!names_read(&r, &n), "a cut name fails though each step was taken without asking");
}

int main(void)
{
    test_sticky();
    test_nothing();
    test_numbers();
    test_lines();
    test_until();
    test_bytes();
    test_parse();
    test_idiom();
    return done_testing();
}
