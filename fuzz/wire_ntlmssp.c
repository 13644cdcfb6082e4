/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "wire/ntlmssp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ntlmssp m;
    struct arena a;

    arena_init(&a, NULL, 1 << 20);
    if (ntlmssp_find(bytes_of(data, size), &a, &m)) {
        bug_if(m.user.n > 1024 || m.domain.n > 1024 || m.host.n > 1024);
    }
    bug_if(ntlmssp_version(bytes_of(data, size)).n > 8);
    arena_fini(&a);
    return 0;
}
