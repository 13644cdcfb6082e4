/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address and port expressions.  The first line is the expression, the next ones are the variables A, B, C ...  A set
 * must be sorted and disjoint, and hold its own ends and not what lies beside them; to negate must not overlap.
 */
#include "base/err.h"
#include "config/vars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const struct addr_set *s, const struct addr_range *r, size_t n, enum family family)
{
    for (size_t i = 0; i < n; i++) {
        bug_if(memcmp(r[i].low.b, r[i].high.b, 16) > 0);
        bug_if(i > 0 && memcmp(r[i - 1].high.b, r[i].low.b, 16) >= 0);
        bug_if(!addr_set_has(s, &r[i].low, family) || !addr_set_has(s, &r[i].high, family));
        struct addr after = r[i].high;
        if (after.b[15] != 0xff) {
            after.b[15]++; /* ranges that touch would have been joined */
            bug_if(addr_set_has(s, &after, family));
        }
    }
}

static void check_addresses(const struct conf *c, const char *expression)
{
    struct addr_set s, not;
    struct err err = { "" };
    char negated[2048];

    if (!vars_addresses(c, expression, &s, &err)) {
        bug_if(err.text[0] == '\0' || s.range4 != NULL || s.range6 != NULL);
        return;
    }
    bug_if(s.n4 == 0 && s.n6 == 0);
    check_ranges(&s, s.range4, s.n4, FAMILY_4);
    check_ranges(&s, s.range6, s.n6, FAMILY_6);
    int n = snprintf(negated, sizeof(negated), "![%s]", expression);
    if (n > 0 && (size_t)n < sizeof(negated) && vars_addresses(c, negated, &not, &err)) {
        for (size_t i = 0; i < s.n4; i++) {
            bug_if(addr_set_has(&not, &s.range4[i].low, FAMILY_4));
        }
        for (size_t i = 0; i < s.n6; i++) {
            bug_if(addr_set_has(&not, &s.range6[i].high, FAMILY_6));
        }
        addr_set_fini(&not);
    }
    addr_set_fini(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    struct conf *c = conf_new();
    char expression[1024], line[1100];
    bool found;

    if (bytes_find_byte(bytes_of(data, size), '\0') != SIZE_MAX) {
        conf_free(c);
        return 0;
    }
    struct bytes first = bytes_head(rd_line(&r, &found), sizeof(expression) - 1);
    memcpy(expression, first.p, first.n);
    expression[first.n] = '\0';
    for (char name = 'A'; name <= 'H' && rd_left(&r) > 0; name++) {
        struct bytes value = bytes_head(rd_line(&r, &found), 1000);
        for (int i = 0; i < 2; i++) {
            (void)snprintf(line, sizeof(line), "vars.%s-groups.%c=%.*s", i ? "port" : "address", name,
                           (int)value.n, (const char *)value.p);
            (void)conf_set(c, line, &(struct err){ "" });
        }
    }
    check_addresses(c, expression);
    struct port_set ports;
    struct err err = { "" };
    if (vars_ports(c, expression, &ports, &err)) {
        bool some = false, all = true;
        for (unsigned i = 0; i < 1024; i++) {
            some = some || ports.bits[i] != 0;
            all = all && ports.bits[i] == UINT64_MAX;
        }
        bug_if(!some || all != ports.any);
    } else {
        bug_if(err.text[0] == '\0');
    }
    (void)vars_check(c, &err);
    conf_free(c);
    return 0;
}
