/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow.h"
#include "proto/driver.h"

void protos_add(struct protos *p, const uint8_t *bytes, size_t n)
{
    p->kept = realloc(p->kept, p->n + n);
    memcpy(p->kept + p->n, bytes, n);
}
