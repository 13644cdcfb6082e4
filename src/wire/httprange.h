/* SPDX-License-Identifier: GPL-2.0-or-later */
/* httprange - Content-Range (RFC 9110 14.4), for all versions of HTTP. */
#ifndef WIRE_HTTPRANGE_H
#define WIRE_HTTPRANGE_H

#include "base/rd.h"

struct httprange {
    uint64_t start, end, size;
    bool has_start, has_end, has_size;
};
/* False when it can't be read; what could be is there. */
bool httprange_read(struct bytes value, struct httprange *out);

enum httprange_is {
    HTTPRANGE_BAD,   /* can't be read, or makes no sense */
    HTTPRANGE_WHOLE, /* the whole of it, or not known where it lies */
    HTTPRANGE_PART,
};
enum httprange_is httprange_judge(struct bytes value, struct httprange *out);

#endif
