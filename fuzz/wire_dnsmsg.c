/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One DNS message: what is read of it stays within its caps, and can be shown. */
#include "base/err.h"
#include "wire/dnsmsg.h"
#include "wire/dnsname.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct dnsmsg m;
    struct text out;
    struct json j;
    struct bytes name;

    arena_init(&a, NULL, 4 << 20);
    text_init(&out, 0);
    json_init(&j, &out);
    if (dnsmsg_read(rd_make(data, size), &a, &m)) {
        bug_if(size < DNSMSG_HEADER);
        json_object(&j, NULL);
        dnsmsg_log_section(&j, "answers", &m, DNSMSG_ANSWERS);
        dnsmsg_log_section(&j, "authorities", &m, DNSMSG_AUTHORITIES);
        dnsmsg_log_section(&j, "additionals", &m, DNSMSG_ADDITIONALS);
        dnsmsg_log_grouped(&j, &m);
        json_end_object(&j);
        for (unsigned i = 0; dnsmsg_query_name(&m, i, &name); i++) {
            bug_if(name.n > DNSNAME_MAX);
        }
        for (unsigned i = 0; dnsmsg_any_name(&m, i, &name); i++) {
            bug_if(name.n > UINT16_MAX);
        }
    }
    (void)dnsmsg_likely(rd_make(data, size));
    text_fini(&out);
    arena_fini(&a);
    return 0;
}
