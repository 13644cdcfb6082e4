/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hello's body, read as a client's and as a server's: what is kept lies within it, and fingerprints have their shapes. */
#include "base/err.h"
#include "wire/tlshello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct bytes b, const uint8_t *data, size_t size)
{
    bug_if(b.n != 0 && (b.p < data || b.p + b.n > data + size));
}

static void check(const struct tlshello *h, const uint8_t *data, size_t size)
{
    const struct bytes kept[] = { h->random, h->session, h->ciphers, h->extensions, h->sni, h->alpn, h->groups, h->points, h->signatures };
    struct arena a;

    for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        check_within(kept[i], data, size);
    }
    bug_if(h->sni.n != 0 && !h->has_sni);
    bug_if(h->client && tlshello_grease(h->best));
    arena_init(&a, NULL, 1 << 20);
    struct memo *memo = memo_new(2);
    struct bytes ja3 = tlshello_ja3(h, &a), ja4 = tlshello_ja4(h, 't', NULL, &a);
    unsigned commas = 0;
    for (size_t i = 0; i < ja3.n; i++) {
        bug_if(ja3.p[i] != ',' && ja3.p[i] != '-' && (ja3.p[i] < '0' || ja3.p[i] > '9'));
        commas += ja3.p[i] == ',';
    }
    bug_if(ja3.n < 16000 && commas != (h->client ? 4 : 2)); /* a longer one is cut */
    bug_if(ja4.n != 36 || ja4.p[0] != 't' || ja4.p[10] != '_' || ja4.p[23] != '_');
    struct bytes md5 = tlshello_md5(ja3, NULL, &a);
    bug_if(md5.n != 32);
    for (unsigned i = 0; i < 2; i++) { /* kept, and taken from there */
        bug_if(!bytes_equal(tlshello_ja4(h, 't', memo, &a), ja4) || !bytes_equal(tlshello_md5(ja3, memo, &a), md5));
    }
    memo_free(memo);
    arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlshello h;

    if (tlshello_client(rd_make(data, size), &h)) {
        check(&h, data, size);
        bug_if(h.bad_extensions);
    }
    if (tlshello_server(rd_make(data, size), &h)) {
        check(&h, data, size);
        bug_if(h.bad_extensions || h.ciphers.n != 2);
    }
    return 0;
}
