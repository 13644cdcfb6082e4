/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A certificate: names and dates stay within their caps, and what is cut off never tells more than the whole. */
#include "base/err.h"
#include "wire/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509 whole, part;
    struct arena a;

    arena_init(&a, NULL, 4 << 20);
    enum x509_problem problem = x509_read(rd_make(data, size), &a, &whole);
    bug_if(whole.name_n > X509_NAMES_MAX || whole.subject.n > TEXT_MAX || whole.issuer.n > TEXT_MAX);
    bug_if(problem == X509_GOOD && (whole.not_before == INT64_MIN || whole.not_after == INT64_MIN));
    for (unsigned i = 0; i < whole.name_n; i++) {
        bug_if(whole.name[i].n > size && whole.name[i].n > 64);
    }
    struct bytes at = x509_time_text(problem == X509_GOOD ? whole.not_before : (int64_t)size, &a);
    bug_if(at.n != 19 || at.p[10] != 'T'); /* years of four digits: that is all a certificate can say */
    (void)x509_read(rd_make(data, size / 2), &a, &part);
    bug_if(part.name_n > whole.name_n);
    arena_fini(&a);
    return 0;
}
