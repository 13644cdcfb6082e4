/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/fresh.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define A "alert tcp any any -> any any (msg:\"a\"; flowbits:set,x; sid:1;)\n"
#define A_SILENT "alert tcp any any -> any any (msg:\"a\"; flowbits:set,x; sid:1; flowbits:noalert;)\n"
#define B "alert tcp any any -> any any (msg:\"b\"; flowbits:isset,x; sid:2;)\n"
#define C "alert tcp any any -> any any (msg:\"c\"; sid:3;)\n"
#define D "alert tcp any any -> any any (msg:\"d\"; flowbits:isset,z|x; flowbits:set,y; sid:4;)\n"
#define D_SILENT "alert tcp any any -> any any (msg:\"d\"; flowbits:isset,z|x; flowbits:set,y; sid:4; flowbits:noalert;)\n"
#define E "alert tcp any any -> any any (msg:\"e\"; flowbits:isnotset,y; sid:5;)\n"

static const struct {
    const char *before, *now, *out;
    unsigned n;
    const char *why;
} rows[] = {
    { A C, A C, "", 0, "the same" },
    { C A, A C, "", 0, "in another order" },
    { "", C, C, 1, "a new one" },
    { C, "# " C, "", 0, "one that is switched off" },
    { "# " C, C, C, 1, "one that is switched on" },
    { A C, A B C, A_SILENT B, 1, "one that asks for a bit: who sets it comes along, silent" },
    { A D, A D E, A_SILENT D_SILENT E, 1, "who sets it asks for a bit itself, one of two" },
    { C, "  alert tcp any any -> any any \\\n(msg:\"c\"; sid:3;)\r\n", "", 0, "the same over two lines" },
    { A, A "alert tcp any any -> any any (msg:\"c\"; sid:3; rev:2;)", "alert tcp any any -> any any (msg:\"c\"; sid:3; rev:2;)\n", 1, "the last line has no end" },
};

static struct fresh *read_text(const char *text)
{
    char path[] = "/tmp/peccary-fresh-XXXXXX";
    const char *paths[] = { path };
    struct err err;
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        return NULL;
    }
    close(fd);
    struct fresh *f = fresh_read(paths, 1, &err);
    unlink(path);
    return f;
}

int main(void)
{
    struct err err;
    const char *none[] = { "/nonexistent/rules" };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fresh *before = read_text(rows[i].before), *now = read_text(rows[i].now);
        struct text out;
        text_init(&out, 0);
        is_int(fresh_since(now, before, &out), rows[i].n, rows[i].why);
        text_byte(&out, '\0');
        is_str(out.p, rows[i].out, rows[i].why);
        text_fini(&out);
        fresh_free(before);
        fresh_free(now);
    }
    ok(fresh_read(none, 1, &err) == NULL, "a file that is not there is an error");
    return done_testing();
}
