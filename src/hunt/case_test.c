/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case keeps of its events' ends: each once, so many, and how many more there were. */
#include "hunt/case.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const struct {
    unsigned events, asked, left;
    const char *why;
} rows[] = {
    { 2, 4, 0, "two ends of each event" },
    { 5000, 10000, 0, "as many as are kept" },
    { 5010, 10000, 20, "more: those left out are counted" },
};

static bool asked(void *ctx, const char *address, uint64_t at, struct text *out, struct err *err)
{
    (void)address;
    (void)at;
    (void)out;
    (void)err;
    (*(unsigned *)ctx)++;
    return true;
}

int main(void)
{
    static const char *const files[] = { "events.json", "packets.pcapng", "hosts.json", "case.json", "MANIFEST.sha256" };
    char folder[] = "/tmp/peccary-case-XXXXXX";
    const _Atomic bool stop = false;
    struct err err;

    ok(mkdtemp(folder) != NULL && chdir(folder) == 0, "a folder");
    struct record *record = record_open(".", NULL, &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct case_made made;
        struct text events;
        unsigned n = 0;
        char dir[] = "0"; /* a case is not written over another */
        dir[0] = (char)('0' + i);
        text_init(&events, 0);
        for (unsigned k = 0; k < rows[i].events; k++) {
            text_printf(&events, "{\"timestamp\":\"2026-11-29T%02u:%02u:%02u.000000+0000\",\"flow_id\":%u,\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.1.1\"}\n", k / 3600,
                        k / 60 % 60, k % 60, k);
        }
        struct case_wish w = { .dir = dir, .events = text_bytes(&events), .about = "{}", .hosts = asked, .hosts_ctx = &n };
        ok(case_make(&w, record, &made, &stop, &err), rows[i].why);
        is_int(n, rows[i].asked, rows[i].why);
        is_int(made.hosts_left, rows[i].left, rows[i].why);
        is_int(made.missing, rows[i].events, "none of their flows is in the record");
        text_fini(&events);
        ok(chdir(dir) == 0, "its folder");
        for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
            ok(unlink(files[k]) == 0, "it was written");
        }
        ok(chdir("..") == 0 && rmdir(dir) == 0, "and nothing else is there");
    }
    record_close(record);
    ok(chdir("/") == 0 && rmdir(folder) == 0, "and nothing else");
    return done_testing();
}
