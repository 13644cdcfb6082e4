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
    return done_testing();
}
