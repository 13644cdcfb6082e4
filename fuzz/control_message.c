/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes over the control socket: a whole JSON object is cut where it ends, whatever stands behind it, and is not seen earlier.
 */
#include "base/err.h"
#include "base/json_read.h"
#include "control/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes all = bytes_of(data, size), whole;
    struct rd r = rd_of(all);
    size_t n, again;
    enum message_state s = message_cut(all, &n);

    if (json_value(&r, &whole) == JSON_OBJECT && s != MESSAGE_BAD) {
        bug_if(s != MESSAGE_WHOLE || n != (size_t)(whole.p + whole.n - data));
    }
    if (s == MESSAGE_WHOLE) {
        bug_if(n == 0 || n > size);
        for (size_t part = 0; part < n && part < 64; part++) {
            bug_if(message_cut(bytes_head(all, part), &again) != MESSAGE_MORE);
        }
    }
    return 0;
}
