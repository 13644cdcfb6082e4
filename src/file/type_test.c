/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types by the first bytes, however they come. */
#include "file/file.h"
#include "tap.h"

#include <string.h>

static const struct {
    const char *why, *bytes;
    size_t n;
    const char *name; /* NULL: none */
} rows[] = {
    { "a program", "MZ\x90\0\3", 5, "MSEXE" },
    { "a document", "%PDF-1.7\n", 9, "PDF" },
    { "four bytes in", "\0\0\0\x18" "ftypmp42", 12, "MP4" },
    { "the longer of two comes first", "\0\0\0\x18" "ftypheic", 12, "HEIC" },
    { "eight bytes in, before what begins alike", "RIFF\1\2\3\4WEBPVP8 ", 16, "WEBP" },
    { "what begins alike", "RIFF\1\2\3\4abcd", 12, "RIFF" },
    { "not long enough", "%PD", 3, NULL },
    { "none", "hello world, this is text", 25, NULL },
};

static void add(struct file *f, const char *p, size_t n)
{
    file_type_add(f, bytes_of(p, n));
    f->size += n;
}

static void test_far(void)
{
    struct file f = { .state = FILE_OPEN };
    char block[512] = "a.txt";

    memcpy(block + 257, "ustar", 5);
    for (size_t i = 0; i < sizeof block; i += 3) {
        ok(file_type_settled(&f) == (i >= 262), "tar is settled when its mark is there");
        add(&f, block + i, sizeof block - i < 3 ? sizeof block - i : 3);
    }
    is_str(file_type_of(&f) != NULL ? file_type_of(&f)->name : "", "TAR", "its mark stands far in");
    struct file gap = { .state = FILE_OPEN };
    add(&gap, block, 200);
    gap.size += 20;
    add(&gap, block + 220, 292);
    ok(file_type_of(&gap) != NULL, "a hole before the mark is no matter");
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t step = 1; step <= rows[i].n; step += 4) {
            struct file f = { .state = FILE_OPEN };
            for (size_t at = 0; at < rows[i].n; at += step) {
                add(&f, rows[i].bytes + at, rows[i].n - at < step ? rows[i].n - at : step);
            }
            const struct file_type *t = file_type_of(&f);
            is_str(t != NULL ? t->name : "none", rows[i].name != NULL ? rows[i].name : "none", rows[i].why);
            ok(file_type_settled(&f) == (t != NULL), "settled when it is known");
        }
    }
    test_far();
    ok(file_type_named(bytes_str("pdf")) && file_type_named(bytes_str("archive")) && !file_type_named(bytes_str("foo")), "names of types and groups");
    return done_testing();
}
