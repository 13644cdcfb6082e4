/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ntlmssp.h"
#include "wire/utf16.h"

#include "base/rows.h"
#include "tap.h"

#define PLACE(n, at) n "\0" n "\0" at "\0\0\0"
#define AUTHENTICATE(flags) "NTLMSSP\0\x03\0\0\0" PLACE("\0", "\0") PLACE("\0", "\0") PLACE("\x02", "\x48") PLACE("\x04", "\x4a") PLACE("\x02", "\x4e") \
    PLACE("\0", "\0") flags
static const struct {
    const char *why;
    struct bytes in;
    bool good;
    unsigned type;
    const char *domain, *user, *host;
    int major; /* -1: no version */
    bool odd;
} rows[] = {
    { "an authentication, in UTF-16", BYTES(AUTHENTICATE("\x01\0\0\x02") "\x0a\0\x5a\x29\0\0\0\x0f" "d\0u\0v\0h\0"), true, 3, "d", "uv", "h", 10, false },
    { "in bytes", BYTES(AUTHENTICATE("\0\0\0\x02") "\x06\x01\x71\x17\0\0\0\x0f" "DDuserHH"), true, 3, "DD", "user", "HH", 6, false },
    { "within something else", BYTES("\x60\x10" AUTHENTICATE("\0\0\0\0") "\0\0\0\0\0\0\0\0" "DDuserHH"), true, 3, "DD", "user", "HH", -1, false },
    { "text beyond the message", BYTES(AUTHENTICATE("\0\0\0\0") "\0\0\0\0\0\0\0\0" "DDus"), true, 3, "DD", "us", "", -1, true },
    { "the head is cut off", BYTES("NTLMSSP\0\x03\0\0\0\0\0"), false, 3, "", "", "", -1, false },
    { "a negotiation names nobody", BYTES("NTLMSSP\0\x01\0\0\0\x01\0\0\0"), true, 1, "", "", "", -1, false },
    { "an unknown type", BYTES("NTLMSSP\0\x07\0\0\0\x01\0\0\0"), true, 7, "", "", "", -1, true },
    { "no message", BYTES("NTLMSS"), false, 0, "", "", "", -1, false },
};

#define VERSION "\x0a\0\x63\x45\0\0\0\x0f"
static const struct {
    const char *why;
    struct bytes in;
    size_t n;
} versions[] = {
    { "of a negotiation", BYTES("NTLMSSP\0\x01\0\0\0\x07\0\0\x02" PLACE("\0", "\0") PLACE("\0", "\0") VERSION), 8 },
    { "of a challenge, within something else", BYTES("\x30\x20" "NTLMSSP\0\x02\0\0\0" PLACE("\0", "\0") "\0\0\0\x02" "challeng" "reserved" PLACE("\0", "\0") VERSION), 8 },
    { "of an authentication", BYTES(AUTHENTICATE("\x01\0\0\x02") VERSION), 8 },
    { "the flag says there is none", BYTES("NTLMSSP\0\x01\0\0\0\x07\0\0\0" PLACE("\0", "\0") PLACE("\0", "\0") VERSION), 0 },
    { "cut off", BYTES("NTLMSSP\0\x01\0\0\0\x07\0\0\x02" PLACE("\0", "\0") PLACE("\0", "\0") "\x0a\0"), 0 },
    { "an unknown message", BYTES("NTLMSSP\0\x09\0\0\0\x07\0\0\x02" PLACE("\0", "\0") PLACE("\0", "\0") VERSION), 0 },
    { "no message", BYTES("NTLM"), 0 },
};

static const struct {
    const char *why;
    struct bytes in;
    const char *out;
} texts[] = {
    { "ASCII", BYTES("a\0b\0"), "ab" },
    { "two and three octets", BYTES("\xe9\0\xac\x20"), "\xc3\xa9\xe2\x82\xac" },
    { "a pair", BYTES("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80" },
    { "half a pair", BYTES("\x3d\xd8x\0"), "\xef\xbf\xbdx" },
    { "half a pair at the end", BYTES("\x3d\xd8"), "\xef\xbf\xbd" },
    { "up to NUL", BYTES("a\0\0\0b\0"), "a" },
    { "an odd byte at the end", BYTES("a\0b"), "a" },
};

int main(void)
{
    struct arena a;

    arena_init(&a, NULL, 1 << 20);
    for (unsigned i = 0; i < ROWS(rows); i++) {
        struct ntlmssp m;
        ok(ntlmssp_find(rows[i].in, &a, &m) == rows[i].good, rows[i].why);
        is_int(m.type, rows[i].type, rows[i].why);
        is_mem(m.domain.p, m.domain.n, rows[i].domain, strlen(rows[i].domain), rows[i].why);
        is_mem(m.user.p, m.user.n, rows[i].user, strlen(rows[i].user), rows[i].why);
        is_mem(m.host.p, m.host.n, rows[i].host, strlen(rows[i].host), rows[i].why);
        is_int(m.has_version ? m.major : -1, rows[i].major, rows[i].why);
        is_int(m.odd, rows[i].odd, rows[i].why);
    }
    for (unsigned i = 0; i < ROWS(versions); i++) {
        struct bytes v = ntlmssp_version(versions[i].in);
        is_mem(v.p, v.n, VERSION, versions[i].n, versions[i].why);
    }
    for (unsigned i = 0; i < ROWS(texts); i++) {
        struct bytes t = utf16_text(texts[i].in, &a, 1024);
        is_mem(t.p, t.n, texts[i].out, strlen(texts[i].out), texts[i].why);
    }
    arena_fini(&a);
    return done_testing();
}
