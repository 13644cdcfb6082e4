/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of values: what lists they take, what they answer, what is saved. */
#include "detect/dataset.h"

#include "base/file.h"
#include "base/rows.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const struct dataset_turn alone = { NULL, 0 };
static char folder[] = "/tmp/peccary-dataset-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static bool write_file(const char *text)
{
    FILE *f = fopen(path_of("list"), "we");

    return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

#define MD5 "00112233445566778899aabbccddeeff"
#define IP4 "\xc0\x00\x02\x01"
#define IP6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"

/* clang-format off */
static const struct {
    const char *why;
    struct dataset_wish wish;
    const char *list;
    struct bytes value;
    bool known;
    int reputation;
    const char *error;         /* part of it; NULL: the list is good */
    const char *json;
} rows[] = {
    { "texts are written in base64", { .type = DATASET_STRING }, "Zm9v\n\nYmFy\n", BYTES("bar"), true },
    { "a text that is not there", { .type = DATASET_STRING }, "Zm9v\n", BYTES("fo"), false },
    { "a line end of other systems", { .type = DATASET_STRING }, "Zm9v\r\n", BYTES("foo"), true },
    { "what is not base64 refuses the list", { .type = DATASET_STRING }, "Zm9v\nb;r=\n", BYTES("foo"), false, 0, "bad base64 encoding" },
    { "a hash", { .type = DATASET_MD5 }, MD5 "\n", BYTES("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"), true },
    { "a buffer of another size is never in it", { .type = DATASET_MD5 }, MD5 "\n", BYTES("\x00\x11"), false },
    { "a hash too short", { .type = DATASET_MD5 }, "0011\n", BYTES("x"), false, 0, "bad hash" },
    { "an address", { .type = DATASET_IPV4 }, "192.0.2.1\n", BYTES(IP4), true },
    { "of the other family", { .type = DATASET_IPV4 }, "2001:db8::1\n", BYTES(IP4), false, 0, "bad address" },
    { "either family: IPv4", { .type = DATASET_IP }, "192.0.2.1\n2001:db8::1\n", BYTES(IP4), true },
    { "either family: IPv6", { .type = DATASET_IP }, "192.0.2.1\n2001:db8::1\n", BYTES(IP6), true },
    { "a reputation", { .type = DATASET_STRING }, "Zm9v,7\nYmFy,65535\n", BYTES("bar"), true, 65535 },
    { "beyond its room", { .type = DATASET_STRING }, "Zm9v,65536\n", BYTES("foo"), false, 0, "invalid datarep value" },
    { "with and without", { .type = DATASET_STRING }, "Zm9v,7\nYmFy\n", BYTES("bar"), false, 0, "Cannot mix" },
    { "a line with more parts is none of ours", { .type = DATASET_STRING }, "Zm9v,7,8\nYmFy,9\n", BYTES("bar"), true, 9 },
    { "more values than the memcap holds", { .type = DATASET_STRING, .hashsize = 1, .memcap = 104064 + 5 }, "Zm9v\nYmFy\n", BYTES("bar"), false, 0, "too large" },
    { "just as many", { .type = DATASET_STRING, .hashsize = 1, .memcap = 104064 + 6 }, "Zm9v\nYmFy\n", BYTES("bar"), true },
    { "JSON, a list", { .type = DATASET_STRING, .format = DATASET_JSON, .value_key = "h" }, "[{\"h\": \"foo\", \"n\": 1}]", BYTES("foo"), true, 0, NULL, "{\"h\":\"foo\",\"n\":1}" },
    { "the list in an object, the value left out", { .type = DATASET_STRING, .format = DATASET_JSON, .value_key = "h", .array_key = "a.b", .remove_key = true },
      "{\"a\":{\"b\":[{\"h\":\"foo\",\"n\":1}]}}", BYTES("foo"), true, 0, NULL, "{\"n\":1}" },
    { "an object a line", { .type = DATASET_IPV4, .format = DATASET_LINES, .value_key = "a.ip" }, "{\"a\":{\"ip\":\"192.0.2.1\"}}\n\n", BYTES(IP4), true, 0, NULL, "{\"a\":{\"ip\":\"192.0.2.1\"}}" },
    { "a value that is no text", { .type = DATASET_MD5, .format = DATASET_LINES, .value_key = "h" }, "{\"h\": 1}\n", BYTES("x"), false, 0, "not a string" },
    { "an object without it", { .type = DATASET_STRING, .format = DATASET_LINES, .value_key = "h" }, "{\"g\": \"x\"}\n", BYTES("x"), false, 0, "no 'h' in" },
    { "not JSON", { .type = DATASET_STRING, .format = DATASET_JSON, .value_key = "h" }, "foo,1\n", BYTES("foo"), false, 0, "is not JSON" },
};
static const struct {
    const char *why;
    struct bytes value;
    bool known;
} labels[] = {
    { "the name itself", BYTES(".evil.example"), true },
    { "a name below it", BYTES(".a.b.evil.example"), true },
    { "a name that ends alike", BYTES(".notevil.example"), false },
    { "the name above it", BYTES(".example"), false },
};
/* clang-format on */

static void lists(void)
{
    static const struct dataset_settings settings = { .hashsize = 16 };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct datasets *all = datasets_new(&settings);
        struct dataset_wish w = rows[i].wish;
        struct err err = { "" };

        w.name = "x";
        w.load = path_of("list");
        write_file(rows[i].list);
        struct dataset *d = datasets_get(all, &w, &err);
        if (rows[i].error) {
            ok(d == NULL && strstr(err.text, rows[i].error), rows[i].why);
            ok(datasets_get(all, &w, &err) == NULL && strstr(err.text, "failed to set up"), "and is not read again");
        } else if (ok(d != NULL, rows[i].why)) {
            struct dataset_answer a = dataset_find(d, &alone, rows[i].value, false);
            ok(a.known == rows[i].known && a.reputation == rows[i].reputation, rows[i].why);
            ok(bytes_is(a.json, rows[i].json ? rows[i].json : ""), rows[i].why);
        }
        datasets_free(all);
    }
}

static void definitions(void)
{
    static const struct dataset_settings settings = { .hashsize = 16, .hashsize_max = 100, .hashsizes_max = 120 };
    struct datasets *all = datasets_new(&settings);
    struct err err = { "" };

    ok(!datasets_get(all, &(struct dataset_wish){ .name = "a" }, &err) && strstr(err.text, "not defined"), "a set without a type");
    struct dataset *a = datasets_get(all, &(struct dataset_wish){ .name = "a", .type = DATASET_STRING }, &err);
    ok(a != NULL && datasets_get(all, &(struct dataset_wish){ .name = "a" }, &err) == a, "named again, the same");
    ok(!datasets_get(all, &(struct dataset_wish){ .name = "a", .type = DATASET_MD5 }, &err) && strstr(err.text, "already exists"), "of another type");
    ok(!datasets_get(all, &(struct dataset_wish){ .name = "a", .save = "x" }, &err) && strstr(err.text, "save mismatch"), "saved elsewhere");
    ok(!datasets_get(all, &(struct dataset_wish){ .name = "b", .type = DATASET_MD5, .hashsize = 101 }, &err) && strstr(err.text, "single-hashsize"), "too many rows");
    ok(datasets_get(all, &(struct dataset_wish){ .name = "c", .type = DATASET_MD5, .hashsize = 100 }, &err) != NULL, "as many as allowed");
    ok(!datasets_get(all, &(struct dataset_wish){ .name = "d", .type = DATASET_MD5, .hashsize = 5 }, &err) && strstr(err.text, "total-hashsizes"), "too many of all");
    datasets_free(all);
}

/* Lists that rules alone name are read again with the rules; what is saved, or stands in the settings, stays. */
static void of_rules(void)
{
    static const struct dataset_settings settings = { .hashsize = 16, .hashsizes_max = 48 };
    struct datasets *all = datasets_new(&settings);
    char where[256];
    struct dataset_wish list = { .name = "l", .type = DATASET_STRING, .load = where };
    struct err err = { "" };
    struct dataset *own;

    snprintf(where, sizeof where, "%s", path_of("list"));
    write_file("b25l\n");
    struct dataset *before = datasets_get_for_rules(all, &list, &own, &err);
    ok(before && own && dataset_find(before, &alone, bytes_str("one"), false).known, "a list is the rules' own");
    write_file("dHdv\n");
    struct dataset *after = datasets_get_for_rules(all, &list, &own, &err);
    ok(after && own && after != before && dataset_find(after, &alone, bytes_str("two"), false).known, "and read again for others");
    ok(dataset_find(before, &alone, bytes_str("one"), false).known, "while those before have what they had");
    dataset_drop(before);
    ok(dataset_find(after, &alone, bytes_str("two"), false).known && !dataset_find(after, &alone, bytes_str("one"), false).known, "which goes with them");
    dataset_drop(after);
    struct dataset *set = datasets_get(all, &list, &err);
    ok(set && datasets_get_for_rules(all, &list, &own, &err) == set && !own, "a set of the settings is nobody's");
    struct dataset_wish state = { .name = "s", .type = DATASET_STRING, .load = path_of("state"), .save = path_of("state") };
    ok(datasets_get_for_rules(all, &state, &own, &err) && !own, "nor is one that is saved");
    list.name = "again";
    for (int i = 0; i < 9; i++) {
        set = datasets_get_for_rules(all, &list, &own, &err);
        if (ok(set && own, "what is dropped is not counted any more")) {
            dataset_drop(set);
        }
    }
    datasets_free(all);
}

static void changes(void)
{
    static const struct dataset_settings settings = { .hashsize = 16 };
    struct datasets *all = datasets_new(&settings);
    struct dataset_wish w = { .name = "x", .type = DATASET_STRING, .load = path_of("state"), .save = path_of("state") };
    struct err err = { "" };
    struct bytes saved;
    char word[32];
    int added = 0, removed = 0;

    struct dataset *d = datasets_get(all, &w, &err);
    if (!ok(d != NULL, "state that is not there yet is empty")) {
        return;
    }
    dataset_will_change(d);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++) {
            snprintf(word, sizeof word, "word %d", i);
            added += dataset_add(d, &alone, bytes_str(word));
            added += dataset_add(d, &alone, bytes_str(word)); /* known by now */
        }
        for (int i = 0; i < 1998; i++) {
            snprintf(word, sizeof word, "word %d", i);
            removed += dataset_remove(d, &alone, bytes_str(word));
            removed += dataset_remove(d, &alone, bytes_str(word));
        }
    }
    is_int(added, 2000 + 1998 * 2, "a value is new once, and again when it was taken out");
    is_int(removed, 1998 * 3, "and taken out once");
    ok(!dataset_add(d, &alone, bytes_none()), "nothing is no value");
    ok(datasets_save(all, &err) && file_read(path_of("state"), 4096, &saved, &err), "what is there is saved");
    ok(bytes_is(saved, "d29yZCAxOTk5\nd29yZCAxOTk4\n"), "in a fixed order");
    file_free(saved);
    datasets_free(all);
    all = datasets_new(&settings);
    d = datasets_get(all, &w, &err);
    ok(d != NULL && dataset_find(d, &alone, bytes_str("word 1999"), false).known, "and read back");
    datasets_free(all);
}

int main(void)
{
    static const struct dataset_settings settings = { .hashsize = 16 };
    struct err err = { "" };

    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    lists();
    definitions();
    of_rules();
    changes();
    struct datasets *all = datasets_new(&settings);
    struct dataset *d = datasets_get(all, &(struct dataset_wish){ .name = "x", .type = DATASET_STRING }, &err);
    dataset_add(d, &alone, bytes_str(".evil.example"));
    for (size_t i = 0; d && i < ROWS(labels); i++) {
        ok(dataset_find(d, &alone, labels[i].value, true).known == labels[i].known, labels[i].why);
    }
    datasets_free(all);
    unlink(path_of("list"));
    unlink(path_of("state"));
    rmdir(folder);
    return done_testing();
}
