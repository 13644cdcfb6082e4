/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/message.h"

#include "base/rows.h"
#include "tap.h"

/* clang-format off */
static const struct {
    const char *why, *text;
    enum message_state state;
    size_t n;
} rows[] = {
    { "an object with its newline's blank left for the next", "{\"a\": 1}\n", MESSAGE_WHOLE, 8 },
    { "blanks before it count to it", " \n{}", MESSAGE_WHOLE, 4 },
    { "two, one behind the other", "{}{}", MESSAGE_WHOLE, 2 },
    { "a part", "{\"a\": {", MESSAGE_MORE, 0 },
    { "nothing", "", MESSAGE_MORE, 0 },
    { "blanks", "  \n", MESSAGE_MORE, 0 },
    { "a bracket in a string is none", "{\"a\": \"}\"}", MESSAGE_WHOLE, 10 },
    { "an escaped quote does not end a string", "{\"a\": \"\\\"}\"}", MESSAGE_WHOLE, 12 },
    { "an escaped backslash before the quote does", "{\"a\": \"\\\\\"}", MESSAGE_WHOLE, 11 },
    { "a word is no message", "hello", MESSAGE_BAD, 0 },
    { "a string is none", "\"a\"", MESSAGE_BAD, 0 },
    { "a closing bracket is for the reader to refuse", "]", MESSAGE_WHOLE, 1 },
    { "deeper than the cap", "[[[[[[[[[[[[[[[[[[", MESSAGE_BAD, 0 },
};
/* clang-format on */

int main(void)
{
    static uint8_t many[MESSAGE_MAX];
    size_t n;

    for (unsigned i = 0; i < ROWS(rows); i++) {
        enum message_state s = message_cut(bytes_str(rows[i].text), &n);
        ok(s == rows[i].state && (s != MESSAGE_WHOLE || n == rows[i].n), rows[i].why);
    }
    memset(many, ' ', sizeof many);
    ok(message_cut(bytes_of(many, sizeof many), &n) == MESSAGE_BAD, "so much without an end is no message");
    ok(message_cut(bytes_of(many, sizeof many - 1), &n) == MESSAGE_MORE, "a byte less may become one");
    return done_testing();
}
