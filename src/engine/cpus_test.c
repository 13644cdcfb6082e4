/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/cpus.h"

#include "base/text.h"
#include "tap.h"

#define SET(text) "threading: {set-cpu-affinity: yes, cpu-affinity: {worker-cpu-set: {" text "}}}\n"

static const struct {
    const char *yaml, *want, *why;
} rows[] = {
    { "threading: {set-cpu-affinity: no}\n", "off", "nothing is said" },
    { SET("cpu: [3]"), "on 3", "one" },
    { SET("cpu: [1, \"4-6\", 0]"), "on 1 4 5 6 0", "several, in their order" },
    { SET("cpu: 2"), "on 2", "no list" },
    { SET("cpu: \"2,5-6\""), "on 2 5 6", "a text" },
    { SET("cpu: [1], mode: balanced"), "on balanced 1", "each worker on all" },
    { SET("cpu: [1], mode: exclusive"), "on 1", "each on one" },
    { "threading: {set-cpu-affinity: yes, cpu-affinity: [{management-cpu-set: {cpu: [0]}}, {worker-cpu-set: {cpu: [7]}}]}\n", "on 7", "as Suricata 7 has it" },
    { SET("cpu: [x]"), "wrong", "no number" },
    { SET("cpu: [5-3]"), "wrong", "a range that is none" },
    { SET("cpu: [100000]"), "wrong", "more than a kernel has" },
    { SET("cpu: [\"0-1000000000\"]"), "wrong", "a range that is too long" },
    { SET("mode: often"), "wrong", "no mode" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conf *conf = conf_new();
        struct err err = { "" };
        struct cpus c;
        struct text t;
        text_init(&t, 0);
        bool good = conf_load_text(conf, bytes_str(rows[i].yaml), "test", &err) && cpus_make(&c, conf, &err);
        text_str(&t, !good ? "wrong" : c.on ? "on" : "off");
        text_str(&t, good && c.balanced ? " balanced" : "");
        for (unsigned k = 0; good && k < c.n; k++) {
            text_printf(&t, " %u", c.cpu[k]);
        }
        text_byte(&t, '\0');
        is_str(t.p, rows[i].want, rows[i].why);
        text_fini(&t);
        conf_free(conf);
    }
    return done_testing();
}
