/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic from any rules at all: what is made ends, stays within its rows, and what is not made has a reason. */
#include "generate/generate.h"
#include "rule/test_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct generate_settings how = { .misses = 3 };
    struct test_world w;
    struct rule_context c = test_context(&w);
    struct rules r;
    struct err err = { 0 };
    size_t rows, nots;

    rules_init(&r);
    rules_read_text(&r, &c, "input", (const char *)data, size, DIALECT_SURICATA);
    rules_finish(&r);
    struct generator *g = generator_new(&r, "/dev/null", &how, &err);
    for (uint32_t i = 0; g && i < r.rule_n && i < 4; i++) {
        (void)generator_rule(g, r.rule[i], &err);
    }
    if (g) {
        const struct generated *row = generator_rows(g, &rows);
        for (size_t i = 0; i < rows; i++) {
            bug_if(row[i].first > row[i].last || row[i].hit != (row[i].what[0] == '\0'));
        }
        const struct generated_not *not = generator_nots(g, &nots);
        for (size_t i = 0; i < nots; i++) {
            bug_if(not[i].why[0] == '\0');
        }
    }
    generator_free(g);
    rules_fini(&r);
    test_context_fini(&w);
    return 0;
}
