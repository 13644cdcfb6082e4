/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "wire/dcepdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dcepdu p;
    struct dcecl cl;
    struct dce_context c;
    struct dce_request q;
    struct rd r;
    uint16_t a, b;

    if (dcepdu_read(rd_make(data, size), &p)) {
        bug_if(!dcepdu_header(rd_make(data, size), &p) || p.length > size);
        bug_if(!dcepdu_read(rd_make(data, size), &p));
        for (unsigned n = dcepdu_bind(&p, &r); n != 0 && dcepdu_context(&p, &r, &c); n--) {
        }
        for (unsigned n = dcepdu_bindack(&p, &r); n != 0 && dcepdu_result(&p, &r, &a, &b); n--) {
        }
        bug_if(dcepdu_request(&p, &q) && q.stub.n > p.body.n);
    }
    bug_if(dcecl_read(rd_make(data, size), &cl) && cl.stub.n > size);
    return 0;
}
