/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc32c.h"

#include "tap.h"

int main(void)
{
    uint8_t zeros[32] = { 0 }, ones[32], up[32];

    memset(ones, 0xff, sizeof ones);
    for (unsigned i = 0; i < sizeof up; i++) {
        up[i] = (uint8_t)i;
    }
    is_int(crc32c(0, "123456789", 9), 0xe3069283, "the check value of the polynomial");
    is_int(crc32c(0, zeros, 32), 0x8a9136aa, "RFC 3720 B.4: zeros");
    is_int(crc32c(0, ones, 32), 0x62a8ab43, "RFC 3720 B.4: ones");
    is_int(crc32c(0, up, 32), 0x46dd794e, "RFC 3720 B.4: counting up");
    is_int(crc32c(crc32c(0, up, 13), up + 13, 19), 0x46dd794e, "in two parts");
    is_int(crc32c(0, "", 0), 0, "of nothing");
    static uint8_t many[20000];
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof many; i++) {
        many[i] = (uint8_t)(i * i >> 3 ^ i * 2654435761u >> 13);
    }
    for (size_t n = 4070; n < sizeof many - 9; n += 389) { /* at once, and in parts that are too small for what is done at once */
        uint32_t parts = 0;
        for (size_t at = 0; at < n; at += 1000) {
            parts = crc32c(parts, many + at + n % 9, n - at < 1000 ? n - at : 1000);
        }
        wrong += crc32c(0, many + n % 9, n) != parts;
    }
    is_int(wrong, 0, "many bytes");
    return done_testing();
}
