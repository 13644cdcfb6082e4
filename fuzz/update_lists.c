/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives, rule files and rules' lines as an update reads them: what is named lies within what was given, and texts end. */
#include "update/parts.h"

#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct update_files f = { .arena = &a };
    struct update_rules r = { .arena = &a };
    struct update_lists *l = lists_new();
    struct err err;

    arena_init(&a, NULL, 64 << 20);
    if (!bytes_read(&f, size && data[0] & 1 ? "a.tar.gz" : "a.rules", bytes_of(data, size), &err)) {
        bug_if(err.text[0] == '\0');
    }
    for (size_t i = 0; i < f.n; i++) {
        bug_if(f.file[i].name == NULL);
        rules_of(&r, &f.file[i], 0);
    }
    for (size_t i = 0; i < r.n; i++) {
        struct rd left = line_options(r.rule[i].text);
        struct bytes name, value;
        while (line_option(&left, &name, &value)) {
            bug_if(name.n + value.n > r.rule[i].text.n);
        }
        bug_if(lists_name(l, LIST_DISABLE, &r.rule[i]));
        bug_if(line_noalert(&a, r.rule[i].text).n < r.rule[i].text.n && !a.full);
    }
    (void)bits_resolve(&r);
    free(f.file);
    free(r.rule);
    lists_free(l);
    arena_fini(&a);
    return 0;
}
