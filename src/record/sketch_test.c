/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/sketch.h"

#include "tap.h"

static struct sketch_unit units[11];
static uint8_t rows[SKETCH_BYTES * 16];

static bool has(const struct sketch_shape *s, struct bytes literal, uint32_t unit)
{
    uint32_t bit[SKETCH_GRAMS_MAX];
    uint8_t columns[2];

    memset(columns, 0xff, sizeof columns);
    for (unsigned i = 0, n = sketch_ask(literal, bit); i < n; i++) {
        if (!sketch_narrow(rows, s, bit[i], columns)) {
            return false;
        }
    }
    return (columns[unit / 8] >> (unit & 7) & 1) != 0;
}

int main(void)
{
    static const char text[] = "GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n";
    const struct sketch_unit *column[11];
    struct sketch_shape s = { .units = 11, .fold = 0 };
    uint32_t bit[SKETCH_GRAMS_MAX];

    for (unsigned i = 0; i < 11; i++) {
        column[i] = &units[i];
    }
    uint32_t fresh = sketch_add(&units[9], bytes_str(text));
    ok(fresh > 30 && fresh <= sizeof text - 4, "a bit for each gram, fewer where grams repeat");
    is_int(sketch_add(&units[9], bytes_str(text)), 0, "the same again sets nothing");
    is_int(sketch_ask(bytes_str("abc"), bit), 0, "three bytes have no gram");
    is_int(sketch_ask(bytes_str("aaaaaaaaaaaa"), bit), 1, "one gram, however often");
    is_int(sketch_ask(bytes_str("0123456789abcdefghijklmnopqrstuvwxyz!?"), bit), SKETCH_GRAMS_MAX, "of a long one the first window");
    for (s.fold = 0; s.fold < 4; s.fold++) {
        sketch_turn(column, &s, rows);
        ok(has(&s, bytes_str("/index.html"), 9), "what is there is found");
        ok(has(&s, bytes_str("/INDEX.html"), 9), "letters without case");
        ok(!has(&s, bytes_str("/index.html"), 8) && !has(&s, bytes_str("/index.html"), 1), "and only there");
        ok(!has(&s, bytes_str("/cgi-bin/nothing"), 9), "what is not there is not found");
    }
    return done_testing();
}
