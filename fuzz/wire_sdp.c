/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session description: lists end, and hold no more lines than are read. */
#include "base/err.h"
#include "wire/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count(const struct sdp_list *l)
{
    unsigned n = 0;

    for (const struct sdp_line *x = l->first; x != NULL; x = x->next) {
        bug_if(x->next == NULL && x != l->last);
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct sdp s;

    arena_init(&a, NULL, 4 << 20);
    bool good = sdp_read(bytes_of(data, size), &a, &s);
    bug_if(good && (size < 3 || data[0] != 'v'));
    unsigned lines = count(&s.part.bandwidths) + count(&s.part.attributes);
    for (const struct sdp_media *m = s.media; m != NULL; m = m->next) {
        lines += 1 + count(&m->part.bandwidths) + count(&m->part.attributes);
    }
    for (const struct sdp_time *t = s.times; t != NULL; t = t->next) {
        lines++;
    }
    bug_if(lines > SDP_LINES_MAX);
    arena_fini(&a);
    return 0;
}
