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
#define S "alert dns any any -> any any (msg:\"s\"; dns.query; dataset:set,seen,type string,state seen.csv; sid:6;)\n"
#define S_SILENT "alert dns any any -> any any (msg:\"s\"; dns.query; dataset:set,seen,type string,state seen.csv; sid:6; flowbits:noalert;)\n"
#define T "alert http any any -> any any (msg:\"t\"; http.host; dataset: isset, seen; sid:7;)\n"
#define N "alert tcp any any -> any any (msg:\"n\"; content:\"a\"; flowint: tries, +, 1; sid:8;)\n"
#define N_SILENT "alert tcp any any -> any any (msg:\"n\"; content:\"a\"; flowint: tries, +, 1; sid:8; flowbits:noalert;)\n"
#define O "alert tcp any any -> any any (msg:\"o\"; flowint:tries,>,3; sid:9;)\n"
#define P "alert tcp any any -> any any (msg:\"p\"; flowint:most,<,tries; sid:10;)\n"
#define L "alert http(msg:\"l\"; sid:11;)\n"
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
    { S N, S N T, S_SILENT T, 1, "one that asks for a value of a dataset: who puts it there comes along" },
    { S N, S N O, N_SILENT O, 1, "… for a flow's number" },
    { S N, S N P, N_SILENT P, 1, "… for it as what another number is held against" },
    { S N T, S N T O, N_SILENT O, 1, "who only asks does not come along" },
    { C, "alert tcp any any -> any any \\\n(msg:\"c\"; sid:3;)\r\n", "", 0, "the same over two lines" },
    { L, "alert http\n(\n # a comment\nmsg:\"l\"; sid:11;\n)\n", "", 0, "the same of Snort 3" },
    { "", "alert http\n(\nmsg:\"l\"; sid:11;\n)\n", L, 1, "one of Snort 3 over several lines" },
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
    struct fresh *f = fresh_read(paths, 1, -1, &err);
    unlink(path);
    return f;
}

int main(void)
{
    struct err err;
    const char *none[] = { "/nonexistent/rules" };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fresh *before = read_text(rows[i].before), *now = read_text(rows[i].now);
        struct fresh_source part = { .dialect = -1 };
        struct text out;
        unsigned n;
        char got[1024] = "";
        text_init(&out, 0);
        ok(fresh_since(now, before, &n) && n == rows[i].n, rows[i].why);
        if (n != 0) {
            fresh_put(now, &out);
        }
        struct rd r = rd_of(text_bytes(&out));
        while (fresh_next(&r, &part)) {
            snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s", (int)part.text.n, (const char *)part.text.p);
        }
        is_str(got, rows[i].out, rows[i].why);
        text_fini(&out);
        fresh_free(before);
        fresh_free(now);
    }
    char kept[] = "/tmp/peccary-known-XXXXXX";
    int fd = mkstemp(kept);
    struct fresh *some = read_text(A B), *more = read_text(A B C), *known;
    unsigned n;
    close(fd);
    ok(fresh_save(some, kept, &err) && (known = fresh_load(kept)) != NULL && fresh_since(more, known, &n) && n == 1, "what is known is kept");
    fresh_free(known);
    fresh_free(some);
    fresh_free(more);
    unlink(kept);
    ok(fresh_load(kept) == NULL, "where nothing is kept nothing is known");
    ok(fresh_read(none, 1, -1, &err) == NULL, "a file that is not there is an error");
    return done_testing();
}
