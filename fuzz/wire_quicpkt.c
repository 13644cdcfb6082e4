/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A datagram of QUIC packets; each one's payload is also read as frames of both kinds. */
#include "base/err.h"
#include "wire/quicframe.h"
#include "wire/quicpkt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    struct quiccrypto c = { .part_n = 0 };
    struct quictags t = { .n = 0 };
    struct quicpkt_keys keys[2];
    struct quicpkt p;
    struct arena a;
    struct bytes frames;

    arena_init(&a, NULL, 4 << 20);
    while (rd_left(&r) != 0 && quicpkt_read(&r, &p)) {
        bug_if(p.whole.n > size || p.payload.n > p.whole.n);
        if (quicpkt_keys(p.version, p.destination, keys) && quicpkt_open(&p, &keys[0], &a, &frames)) {
            bug_if(frames.n > p.payload.n);
        }
        for (unsigned google = 0; google < 2; google++) {
            (void)quicframe_read(rd_of(p.payload), google != 0, &a, &c, &t);
        }
        for (unsigned i = 0; i < c.part_n; i++) { /* in order and apart */
            bug_if(c.part[i].at >= c.part[i].end || c.part[i].end > c.room || (i != 0 && c.part[i].at <= c.part[i - 1].end));
        }
        bug_if(quiccrypto_message(&c).n > QUICCRYPTO_MAX);
    }
    arena_fini(&a);
    return 0;
}
