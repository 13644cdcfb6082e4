/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords about files: what they take, and which files they fit. */
#include "detect/files.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[64];

static const struct {
    const char *why, *option;
    const char *name, *magic;
    uint64_t size;
    uint8_t state;
    bool fits;
} rows[] = {
    { "part of the name, any case", "filename:\"ECR\"", "secret.doc", "", 0, FILE_OPEN, true },
    { "another name", "filename:\"public\"", "secret.doc", "", 0, FILE_OPEN, false },
    { "negated", "filename:!\"public\"", "secret.doc", "", 0, FILE_OPEN, true },
    { "a pattern longer than the name", "filename:\"secret.docx\"", "secret.doc", "", 0, FILE_OPEN, false },
    { "bytes in hexadecimal", "filename:\"|73|ecret\"", "secret.doc", "", 0, FILE_OPEN, true },
    { "the ending", "fileext:\"DOC\"", "secret.doc", "", 0, FILE_OPEN, true },
    { "an ending is behind a dot", "fileext:\"oc\"", "secret.doc", "", 0, FILE_OPEN, false },
    { "and at the end", "fileext:\"doc\"", "a.doc.exe", "", 0, FILE_OPEN, false },
    { "negated ending", "fileext:!\"exe\"", "secret.doc", "", 0, FILE_OPEN, true },
    { "the type", "filemagic:\"pdf\"", "x", "PDF document, version 1.4", 0, FILE_OPEN, true },
    { "a NUL is the type's end", "filemagic:\"1 x 1|00|\"", "x", "GIF image data, 1 x 1", 0, FILE_OPEN, true },
    { "so nothing may follow", "filemagic:\"1 x 1|00|\"", "x", "GIF image data, 1 x 100", 0, FILE_OPEN, false },
    { "a type by its first bytes", "filetype:\"pdf\"", "%PDF-1.4", "", 0, FILE_OPEN, true },
    { "or a group of them", "filetype:\"MSEXE, document\"", "%PDF-1.4", "", 0, FILE_OPEN, true },
    { "another type", "filetype:\"MSEXE\"", "%PDF-1.4", "", 0, FILE_OPEN, false },
    { "not one of these", "filetype:!\"MSEXE,archive\"", "x", "", 0, FILE_CLOSED, true },
    { "the size of a whole file", "filesize:5", "x", "", 5, FILE_CLOSED, true },
    { "units", "filesize:>1kb", "x", "", 1025, FILE_CLOSED, true },
    { "a range", "filesize:1kb<>2kb", "x", "", 1500, FILE_CLOSED, true },
    { "outside", "filesize:1kb<>2kb", "x", "", 2500, FILE_CLOSED, false },
    { "a lower bound holds while the file grows", "filesize:>10", "x", "", 11, FILE_OPEN, true },
    { "an upper one does not", "filesize:<10", "x", "", 5, FILE_OPEN, false },
    { "a listed hash", "filemd5:list.md5", "x", "", 0, FILE_CLOSED, true },
    { "of which it is not", "filemd5:!list.md5", "x", "", 0, FILE_CLOSED, false },
    { "one that is not listed", "filemd5:other.md5", "x", "", 0, FILE_CLOSED, false },
    { "an empty list has nothing", "filemd5:!empty.md5", "x", "", 0, FILE_CLOSED, true },
    { "any file will do", "filestore", "x", "", 0, FILE_OPEN, true },
    { "with a direction and a scope", "filestore:both, flow", "x", "", 0, FILE_OPEN, true },
};

static const struct {
    const char *why, *option;
} refusals[] = {
    { "no such list", "filemd5:none.md5" },
    { "a list of other hashes", "filesha1:list.md5" },
    { "no such scope", "filestore:both,planet" },
    { "no such unit", "filesize:>1xb" },
    { "too large a number", "filesize:>99999999999999999999" },
    { "nothing can be so large", "filesize:>18014398509481984kb" },
};

static void put(const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    if (f != NULL) {
        fputs(text, f);
        fclose(f);
    }
}

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };

    (void)ctx;
    (void)dialect;
    (void)text;
    (void)err;
    *out = &any;
    return true;
}

static void read_option(struct rules *rules, const char *option)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses,
                              .ports = any_ports };
    char text[256], path[128];

    snprintf(text, sizeof text, "alert ip any any -> any any (%s; sid:1;)", option);
    snprintf(path, sizeof path, "%s/test.rules", dir);
    rules_init(rules);
    rules_read_text(rules, &c, path, text, strlen(text), DIALECT_SURICATA);
}

static void test_row(size_t i)
{
    struct file f = { .name = bytes_str(rows[i].name), .magic = bytes_str(rows[i].magic), .size = rows[i].size, .state = rows[i].state,
                      .has_md5 = true };
    struct detect_scope s = { .file = &f };
    struct rules rules;

    for (unsigned k = 0; k < sizeof f.md5; k++) {
        f.md5[k] = (uint8_t)(k * 0x11);
    }
    uint64_t size = f.size;
    f.size = 0;
    file_type_add(&f, f.name); /* its bytes are its name */
    f.size = size;
    read_option(&rules, rows[i].option);
    if (rules.failed_n != 0) {
        diag("%s: %s", rows[i].option, rules.failure[0].reason);
    }
    if (ok(rules.rule_n == 1 && rules.rule[0]->group_n == 1, rows[i].why)) {
        const struct match *m = rules.rule[0]->group[0].match[0];
        is_int(m->keyword.row->match(&s, rules.rule[0], m->keyword.data), rows[i].fits, rows[i].why);
    }
    rules_fini(&rules);
}

int main(void)
{
    snprintf(dir, sizeof dir, "%s/files.XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    put("list.md5", "# known\nffffffffffffffffffffffffffffffff\n\n00112233445566778899AABBCCDDEEFF  name.bin\r\n");
    put("other.md5", "00112233445566778899aabbccddee00\n");
    put("empty.md5", "");
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        struct rules rules;
        read_option(&rules, refusals[i].option);
        ok(rules.rule_n == 0 && rules.failed_n == 1, refusals[i].why);
        rules_fini(&rules);
    }
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    ok(system(command) == 0, "clean again");
    return done_testing();
}
