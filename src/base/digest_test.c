/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/digest.h"

#include "tap.h"

#include <stdio.h>

static const char *hex(const uint8_t *p, size_t n)
{
    static char text[2 * DIGEST_SHA256 + 1];

    for (size_t i = 0; i < n; i++) {
        snprintf(text + 2 * i, 3, "%02x", p[i]);
    }
    return text;
}

int main(void)
{
    /* RFC 1321 A.5, FIPS 180-4's examples */
    static const struct {
        const char *text, *md5, *sha1, *sha256;
    } rows[] = {
        { "", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    uint8_t sum[DIGEST_SHA256];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        digest_md5(bytes_str(rows[i].text), sum);
        is_str(hex(sum, DIGEST_MD5), rows[i].md5, "MD5");
        digest_sha1(bytes_str(rows[i].text), sum);
        is_str(hex(sum, DIGEST_SHA1), rows[i].sha1, "SHA-1");
        digest_sha256(bytes_str(rows[i].text), sum);
        is_str(hex(sum, DIGEST_SHA256), rows[i].sha256, "SHA-256");
    }
    return done_testing();
}
