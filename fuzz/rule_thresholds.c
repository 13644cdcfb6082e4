/* SPDX-License-Identifier: GPL-2.0-or-later */
/* threshold.config over three rules: every line is counted once, what is refused says where, and what stays holds together. */
#include "rule/test_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "alert tcp any any -> any any (sid:1;)\nalert tcp any any -> any any (threshold:type limit, track by_src, count 9, "
                               "seconds 9; sid:2;)\nalert tcp any any -> any any (gid:3; sid:1;)\n";
    struct test_world w;
    struct rule_context c = test_context(&w);
    struct rule_thresholds count;
    struct rules r;

    rules_init(&r);
    rules_read_text(&r, &c, "rules", text, sizeof text - 1, DIALECT_SURICATA);
    uint32_t before = r.failure_n;
    bug_if(!rules_thresholds_text(&r, &c, "thresholds", (const char *)data, size, &count));
    bug_if(r.failure_n < before + count.wrong || r.failure_n > before + count.wrong + count.read);
    for (uint32_t i = before; i < r.failure_n; i++) {
        bug_if(r.failure[i].line == 0 || r.failure[i].reason == NULL);
    }
    for (uint32_t i = 0; i < r.rule_n; i++) {
        unsigned counting = 0;
        for (const struct threshold *t = r.rule[i]->threshold; t; t = t->next) {
            bug_if(t->type == THRESHOLD_NONE || t->type > THRESHOLD_BACKOFF);
            bug_if(t->type != THRESHOLD_SUPPRESS && t->count == 0);
            counting += t->type != THRESHOLD_SUPPRESS && t->type != THRESHOLD_RATE;
        }
        bug_if(counting > 1);
    }
    rules_fini(&r);
    test_context_fini(&w);
    return 0;
}
