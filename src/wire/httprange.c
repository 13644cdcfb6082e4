/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/httprange.h"

#define SPACES " \t\r\n\v\f"

/* RFC 9110 14.4: "bytes 0-9/100", "bytes 0-9/" + "*", "bytes " + "*" + "/100". */
bool httprange_read(struct bytes value, struct httprange *out)
{
    struct rd r = rd_of(value);
    bool found;

    *out = (struct httprange){ 0 };
    rd_skip_any(&r, SPACES);
    if (!bytes_is(bytes_head(rd_peek(&r), 5), "bytes")) {
        return false;
    }
    rd_skip(&r, 5);
    rd_skip_any(&r, SPACES);
    struct bytes span = rd_until(&r, '/', &found);
    struct bytes size = bytes_trim(rd_rest(&r), SPACES);
    if (!found) {
        return false;
    }
    if (!bytes_is(span, "*")) {
        size_t dash = bytes_find_byte(span, '-');
        out->has_start = out->has_end = true;
        if (dash == SIZE_MAX || !bytes_u64(bytes_head(span, dash), &out->start) || !bytes_u64(bytes_from(span, dash + 1), &out->end)) {
            return false;
        }
    }
    if (!bytes_is(size, "*")) {
        out->has_size = true;
        return bytes_u64(size, &out->size);
    }
    return true;
}

enum httprange_is httprange_judge(struct bytes value, struct httprange *out)
{
    if (!httprange_read(value, out)) {
        return HTTPRANGE_BAD;
    }
    if (!out->has_end || out->end == 0 || !out->has_size || out->size == 0 || (out->start == 0 && out->end == out->size - 1)) {
        return HTTPRANGE_WHOLE;
    }
    return out->start > out->end || out->end > out->size - 1 ? HTTPRANGE_BAD : HTTPRANGE_PART;
}
