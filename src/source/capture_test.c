/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files in memory: every variant of pcap and pcapng, and what is left of cut and corrupt ones. */
#include "packet/packet.h"
#include "source/capture.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
/* Numbers in the byte order named, as hex, joined into files by the rows below. */
#define LE_HEAD(magic, link) magic "0200 0400 00000000 00000000 00000400" link
#define LE_RECORD "01000000 02000000 04000000 05000000 41424344" /* 1 s, 2 units, 4 of 5 bytes */
#define BE_HEAD(magic, link) magic "0002 0004 00000000 00000000 00040000" link
#define BE_RECORD "00000001 00000002 00000004 00000005 41424344"

#define NG_SECTION "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
#define NG_INTERFACE "01000000 14000000 0100 0000 00000400 14000000"
/* interface, time high, low, captured, on the wire */
#define NG_PACKET(interface, high, low, n, wire, data) \
    "06000000 24000000" interface high low n wire data "24000000"
#define NG_FRAME(interface) NG_PACKET(interface, "00000000", "40420f00", "04000000", "05000000", "41424344")
#define NG_BIG_SECTION "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"

/* What a file says: "ts/link/captured/wire" per frame, then "end" or the error. */
static const struct {
    const char *why, *hex, *want;
} rows[] = {
    { "little endian, microseconds", LE_HEAD("d4c3b2a1", "01000000") LE_RECORD, "1000002000/1/4/5 end" },
    { "big endian, microseconds", BE_HEAD("a1b2c3d4", "00000001") BE_RECORD, "1000002000/1/4/5 end" },
    { "little endian, nanoseconds", LE_HEAD("4d3cb2a1", "01000000") LE_RECORD, "1000000002/1/4/5 end" },
    { "big endian, nanoseconds", BE_HEAD("a1b23c4d", "00000001") BE_RECORD, "1000000002/1/4/5 end" },
    { "Kuznetzov's records have eight bytes more", LE_HEAD("34cdb2a1", "01000000")
      "01000000 02000000 04000000 05000000 0100 0000 0008 0000 41424344", "1000002000/1/4/5 end" },
    { "other old numbers have ordinary records", LE_HEAD("cd34b2a1", "01000000") LE_RECORD, "1000002000/1/4/5 end" },
    { "and that one", LE_HEAD("4d3c2ba1", "01000000") LE_RECORD, "1000002000/1/4/5 end" },
    { "AIX counts nanoseconds and names interfaces", "a1b2c3d4 0002 0002 00000000 00000000 00040000 00000006" BE_RECORD,
      "1000000002/1/4/5 end" },
    { "AIX, loopback", "a1b2c3d4 0002 0002 00000000 00000000 00040000 00000018" BE_RECORD, "1000000002/0/4/5 end" },
    { "version 2.3 may have its lengths the other way round", "a1b2c3d4 0002 0003 00000000 00000000 00040000 00000001"
      "00000001 00000002 00000005 00000004 41424344", "1000002000/1/4/5 end" },
    { "version 543 has", "a1b2c3d4 021f 0000 00000000 00000000 00040000 00000001"
      "00000001 00000002 00000005 00000004 41424344", "1000002000/1/4/5 end" },
    { "a version from the future is refused", "a1b2c3d4 0003 0000 00000000 00000000 00040000 00000001" BE_RECORD,
      "refused: pcap version 3.0 is not known" },
    { "the upper bits of the link type are about check sums", LE_HEAD("d4c3b2a1", "01000024") LE_RECORD, "1000002000/1/4/5 end" },
    { "no record at all", LE_HEAD("d4c3b2a1", "71000000"), "end" },
    { "a frame longer on file than on the wire", LE_HEAD("d4c3b2a1", "01000000") "01000000 02000000 04000000 02000000 41424344",
      "1000002000/1/4/4 end" },
    { "a frame longer than the snap length is clipped to it", "d4c3b2a1 0200 0400 00000000 00000000 03000000 01000000" LE_RECORD LE_RECORD,
      "1000002000/1/3/5 1000002000/1/3/5 end" },
    { "an empty frame is a frame", LE_HEAD("d4c3b2a1", "01000000") "01000000 02000000 00000000 05000000", "1000002000/1/0/5 end" },
    { "microseconds beyond a second are added", LE_HEAD("d4c3b2a1", "01000000") "01000000 80841e00 00000000 00000000",
      "3000000000/1/0/0 end" },
    { "a record of impossible length ends the file", LE_HEAD("d4c3b2a1", "01000000") LE_RECORD "01000000 02000000 ffffffff 05000000 41",
      "1000002000/1/4/5 error: a record of impossible length at byte 44" },
    { "a record that is cut", LE_HEAD("d4c3b2a1", "01000000") LE_RECORD "01000000 02000000 04000000 05000000 4142",
      "1000002000/1/4/5 error: the file is cut: a record goes on past its end at byte 44" },
    { "a record's header that is cut", LE_HEAD("d4c3b2a1", "01000000") LE_RECORD "0100",
      "1000002000/1/4/5 error: the file is cut: a record goes on past its end at byte 44" },
    { "a file header that is cut", "d4c3b2a1 0200", "refused: the file is cut: its header has only 6 bytes" },
    { "something else", "7f454c46 02010100", "refused: not a capture file: it begins with 7f454c46" },
    { "an empty file", "", "refused: the file is empty" },
    { "three bytes", "d4c3b2", "refused: too short for a capture file" },

    { "pcapng, microseconds unless told otherwise", NG_SECTION NG_INTERFACE NG_FRAME("00000000"), "1000000000/1/4/5 end" },
    { "nanoseconds by option", NG_SECTION "01000000 20000000 7100 0000 00000000 0900 0100 09000000 0000 0000 20000000" NG_FRAME("00000000"),
      "1000000/113/4/5 end" },
    { "binary fractions by option", NG_SECTION "01000000 20000000 0100 0000 00000000 0900 0100 94000000 0000 0000 20000000"
      NG_PACKET("00000000", "00000000", "00001800", "04000000", "04000000", "41424344"), "1500000000/1/4/4 end" },
    { "an offset in seconds", NG_SECTION "01000000 24000000 0100 0000 00000000 0e00 0800 feffffffffffffff 0000 0000 24000000"
      NG_PACKET("00000000", "00000000", "404b4c00", "04000000", "04000000", "41424344"), "3000000000/1/4/4 end" },
    { "a resolution of no use is no division by zero", NG_SECTION "01000000 20000000 0100 0000 00000000 0900 0100 7f000000 0000 0000 20000000"
      NG_FRAME("00000000"), "0/1/4/5 end" },
    { "two interfaces of two links", NG_SECTION NG_INTERFACE "01000000 14000000 6500 0000 00000400 14000000" NG_FRAME("01000000")
      NG_FRAME("00000000"), "1000000000/101/4/5 1000000000/1/4/5 end" },
    { "a simple packet has no time: the last one known", NG_SECTION NG_INTERFACE NG_FRAME("00000000")
      "03000000 14000000 04000000 41424344 14000000", "1000000000/1/4/5 1000000000/1/4/4 end" },
    { "a simple packet cut to the snap length", NG_SECTION "01000000 14000000 0100 0000 02000000 14000000"
      "03000000 14000000 09000000 41420000 14000000", "0/1/2/9 end" },
    { "a packet block of the old kind", NG_SECTION NG_INTERFACE
      "02000000 24000000 0000 0700 00000000 40420f00 04000000 05000000 41424344 24000000", "1000000000/1/4/5 end" },
    { "blocks of no interest are stepped over", NG_SECTION "adde0000 10000000 41424344 10000000" NG_INTERFACE
      "05000000 10000000 41424344 10000000" NG_FRAME("00000000"), "1000000000/1/4/5 end" },
    { "a second section of the other byte order, its interfaces its own", NG_SECTION NG_INTERFACE NG_FRAME("00000000") NG_BIG_SECTION
      "00000001 00000014 0065 0000 00040000 00000014"
      "00000006 00000024 00000000 00000000 000f4240 00000004 00000005 41424344 00000024",
      "1000000000/1/4/5 1000000000/101/4/5 end" },
    { "a packet of an interface that the section does not have", NG_SECTION NG_INTERFACE NG_FRAME("01000000"),
      "error: a malformed packet block at byte 48" },
    { "interfaces do not outlive their section", NG_SECTION NG_INTERFACE NG_SECTION NG_FRAME("00000000"),
      "error: a malformed packet block at byte 76" },
    { "a captured length beyond the block", NG_SECTION NG_INTERFACE NG_PACKET("00000000", "00000000", "40420f00", "05000000", "05000000", "41424344"),
      "error: a malformed packet block at byte 48" },
    { "a block whose lengths differ", NG_SECTION NG_INTERFACE "06000000 24000000 00000000 00000000 40420f00 04000000 05000000 41424344 25000000",
      "error: a block whose two lengths differ at byte 48" },
    { "a block of length 0 would never end", NG_SECTION NG_INTERFACE "06000000 00000000", "error: a block of impossible length at byte 48" },
    { "a block of an odd length", NG_SECTION "06000000 25000000", "error: a block of impossible length at byte 28" },
    { "a block that is cut", NG_SECTION NG_INTERFACE "06000000 24000000 00000000",
      "error: the file is cut: a record goes on past its end at byte 48" },
    { "a block of no interest that is cut", NG_SECTION NG_INTERFACE NG_FRAME("00000000") "05000000 10000000 41",
      "1000000000/1/4/5 error: the file is cut: a record goes on past its end at byte 93" },
    { "a section without byte order", "0a0d0d0a 1c000000 4d3c2b1b 0100 0000 ffffffffffffffff 1c000000",
      "refused: a section without byte order at byte 0" },
    { "a section of version 2", "0a0d0d0a 1c000000 4d3c2b1a 0200 0000 ffffffffffffffff 1c000000",
      "refused: a section of an unknown version at byte 0" },
    { "options cut inside an interface", NG_SECTION "01000000 18000000 0100 0000 00000400 0900ff00 18000000" NG_FRAME("00000000"),
      "1000000000/1/4/5 end" },
};

/* clang-format on */

static size_t unhex(const char *hex, uint8_t *out, size_t room)
{
    size_t n = 0;

    for (const char *c = hex; *c != 0;) {
        unsigned byte = 0;
        int used = 0;
        if (*c == ' ') {
            c++;
        } else if (n < room && sscanf(c, "%2x%n", &byte, &used) == 1 && used == 2) {
            out[n++] = (uint8_t)byte;
            c += 2;
        } else {
            return SIZE_MAX;
        }
    }
    return n;
}

/* Reads a file in memory of exactly n bytes, and says what it says. */
static unsigned capture_say(const uint8_t *bytes, size_t n, char *said, size_t room)
{
    uint8_t *exact = malloc(n + 1);
    struct capture c;
    struct record r;
    struct err err = { "" };
    size_t at = 0;
    unsigned frames = 0;

    memcpy(exact, bytes, n);
    said[0] = 0;
    if (!capture_open(&c, feed_open_bytes(bytes_of(exact, n)), &err)) {
        (void)snprintf(said, room, "refused: %s", err.text);
        free(exact);
        return 0;
    }
    while (capture_next(&c, &r) == CAPTURE_RECORD) {
        bool holds = r.frame.n == 0 || (r.frame.p >= exact && r.frame.p + r.frame.n <= exact + n);
        at += (size_t)snprintf(said + at, room - at, "%llu/%u/%zu/%u%s ", (unsigned long long)r.ts, r.link, r.frame.n,
                               r.wire_len, holds ? "" : " outside");
        frames++;
    }
    (void)snprintf(said + at, room - at, "%s%s", c.err.text[0] != 0 ? "error: " : "end", c.err.text);
    capture_close(&c);
    free(exact);
    return frames;
}

static void test_cut(const uint8_t *bytes, size_t n, unsigned whole)
{
    char said[4096];
    unsigned last = 0;
    bool grows = true;

    for (size_t cut = 0; cut < n; cut++) {
        unsigned frames = capture_say(bytes, cut, said, sizeof(said));
        grows = grows && frames >= last && frames <= whole && strstr(said, "outside") == NULL;
        last = frames;
    }
    ok(grows, "cut anywhere, it yields what came before the cut");
}

int main(void)
{
    static uint8_t bytes[4096];
    char said[4096];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = unhex(rows[i].hex, bytes, sizeof(bytes));
        unsigned frames = n == SIZE_MAX ? 0 : capture_say(bytes, n, said, sizeof(said));
        is_str(n == SIZE_MAX ? "bad row" : said, rows[i].want, rows[i].why);
        test_cut(bytes, n, frames);
    }
    return done_testing();
}
