/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648 4) as rules want it decoded: as far as it goes, or passing over foreign bytes, or strictly. */
#include "detect/verify.h"

enum { FOREIGN = 64, PADDING = 65 };

static unsigned digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26u;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52u;
    }
    return c == '+' ? 62 : c == '/' ? 63 : c == '=' ? PADDING : FOREIGN;
}

/* Four digits, padding possible in the last two, into out; the bytes made, or -1 when padding stands too early. */
static int quad(const unsigned d[4], uint8_t *out)
{
    if (d[0] > 63 || d[1] > 63) {
        return -1;
    }
    out[0] = (uint8_t)(d[0] << 2 | d[1] >> 4);
    if (d[2] == PADDING) {
        return 1;
    }
    out[1] = (uint8_t)(d[1] << 4 | d[2] >> 2);
    if (d[3] == PADDING) {
        return 2;
    }
    out[2] = (uint8_t)(d[2] << 6 | d[3]);
    return 3;
}

/* RFC 4648 3.3, 3.5: nothing foreign, whole groups, padding at the end only, no bits left over. */
static bool strict_enough(struct bytes in)
{
    size_t pad = 0;

    if (in.n % 4 != 0) {
        return false;
    }
    while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=') {
        pad++;
    }
    for (size_t i = 0; i < in.n - pad; i++) {
        if (digit(in.p[i]) > 63) {
            return false;
        }
    }
    if (pad == 0) {
        return true;
    }
    return (digit(in.p[in.n - 1 - pad]) & (pad == 1 ? 3u : 15u)) == 0;
}

struct bytes base64_decode(struct arena *a, struct bytes in, enum base64_mode mode)
{
    uint8_t *out = in.n ? arena_take(a, in.n / 4 * 3 + 3) : NULL;
    unsigned d[4];
    size_t n = 0;
    unsigned have = 0;
    bool stop = false;

    if (!out || (mode == BASE64_STRICT && !strict_enough(in))) {
        return bytes_none();
    }
    for (size_t i = 0; i <= in.n && !stop; i++) {
        unsigned x = i < in.n ? digit(in.p[i]) : FOREIGN;
        if (x != FOREIGN) {
            d[have++] = x;
        } else if (mode == BASE64_RFC2045) {
            continue;
        } else {
            stop = true;
            while (have > 0 && have < 4) {
                d[have++] = PADDING;
            }
        }
        if (have == 4) {
            int made = quad(d, out + n);
            if (made < 0) {
                return bytes_none();
            }
            n += (size_t)made;
            have = 0;
        }
    }
    return bytes_of(out, n);
}
