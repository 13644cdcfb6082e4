/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule sets of the conformance material (PECCARY_CONFORMANCE, or ../shared/conformance beside the sources): what loads in
 * Suricata loads here, and what does not is refused for the same reason.  Skipped where the material is absent.
 */
#include "rule/test_tables.h"

#include "tap.h"

#include <time.h>
#include <unistd.h>

/* What Suricata 8 refuses of the second set, and what needs a protocol that is not in the test's tables. */
static const struct {
    const char *reason;
    unsigned n;
} snort2[] = {
    { "previous keyword has a fast_pattern:only; set.", 8 },
    { "\"http_header\" keyword seen with a sticky buffer still set.", 7 },
    { "unknown rule keyword 'sip_", 9 },
    { "Signature combines packet specific matches", 1 },
    { "dcerpc.call_interface is not built in", 15 }, /* of the tables that stand for all here */
};

enum { RULES = 26346, EVENTS = 4 /* about notes of HTTP: the tables that stand for all here have none, and they are left out */ };

static bool read_set(struct rules *rules, struct test_world *w, const char *folder, const char *name)
{
    struct rule_context c = test_context(w);
    struct err err = { "" };
    char path[4096];

    rules_init(rules);
    (void)snprintf(path, sizeof path, "%s/rules/%s", folder, name);
    return ok(rules_read(rules, &c, path, DIALECT_SURICATA, &err), name) || (diag("%s", err.text), false);
}

static void test_etmix(const char *folder)
{
    struct test_world w;
    struct rules rules;
    struct timespec from, to;
    double seconds;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    if (read_set(&rules, &w, folder, "etmix.rules")) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        diag("etmix: %u rules in %.2f s of CPU, %.1f MB", rules.rule_n, seconds, (double)rules.arena.used / 1048576);
        is_int(rules.rule_n, RULES - EVENTS, "every rule of Emerging Threats loads");
        is_int(rules.failed_n, 1, "but one");
        for (uint32_t i = 0; i < rules.failure_n; i++) {
            if (!rules.failure[i].warning) {
                is_int(rules.failure[i].sid, 2016867, "the one that Suricata refuses");
                is_str(rules.failure[i].reason, "multiple \"threshold\" options are not allowed in the same rule", "for two thresholds");
            }
        }
        rules_finish(&rules);
        is_int(rules.rule_n, RULES - EVENTS, "no number stands twice");
    }
    rules_fini(&rules);
    test_context_fini(&w);
}

static void test_snort2(const char *folder)
{
    struct test_world w;
    struct rules rules;
    unsigned expected = 0;

    if (read_set(&rules, &w, folder, "snort2-community.rules")) {
        for (size_t k = 0; k < ROWS(snort2); k++) {
            unsigned n = 0;

            for (uint32_t i = 0; i < rules.failure_n; i++) {
                n += strncmp(rules.failure[i].reason, snort2[k].reason, strlen(snort2[k].reason)) == 0;
            }
            is_int(n, snort2[k].n, snort2[k].reason);
            expected += snort2[k].n;
        }
        is_int(rules.failed_n, expected, "nothing else of the Snort 2 community rules is refused");
    }
    rules_fini(&rules);
    test_context_fini(&w);
}

int main(void)
{
    const char *folder = getenv("PECCARY_CONFORMANCE");
    char path[4096];

    folder = folder != NULL ? folder : access("../shared/conformance", R_OK) == 0 ? "../shared/conformance" : "../../shared/conformance"; /* from a build folder */
    (void)snprintf(path, sizeof path, "%s/rules/etmix.rules", folder);
    if (access(path, R_OK) != 0) {
        printf("1..0 # SKIP no conformance material at %s\n", folder);
        return 0;
    }
    test_etmix(folder);
    test_snort2(folder);
    return done_testing();
}
