/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/quicpkt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf, SHA256 = 32, TAG = 16, SAMPLE_AT = 4, SALT = 20, HEAD_MAX = 1500 };
#define DRAFT(n) (0xff000000u | (n))

uint64_t quicpkt_number(struct rd *r)
{
    uint8_t first = rd_u8(r);
    uint64_t v = first & 0x3f;

    for (unsigned i = 1; i < 1u << (first >> 6); i++) {
        v = v << 8 | rd_u8(r);
    }
    return rd_ok(r) ? v : 0;
}

/* ------- headers ------- */

static bool google_version(uint32_t v) { return v >= 0x51303433 && v <= 0x51303436; /* "Q043" */ }

static bool read_type(struct quicpkt *p, uint8_t first)
{
    static const enum quicpkt_type second[] = { QUICPKT_RETRY, QUICPKT_INITIAL, QUICPKT_ZERO_RTT, QUICPKT_HANDSHAKE };
    static const enum quicpkt_type google[] = { QUICPKT_ZERO_RTT, QUICPKT_HANDSHAKE, QUICPKT_RETRY, QUICPKT_INITIAL };
    unsigned bits = first >> 4 & 3;

    if (p->version == 0) {
        p->type = QUICPKT_VERSIONS;
    } else if (p->google && p->version != 0x51303436) {
        if ((first & 0x7f) < 0x7c) {
            return false;
        }
        p->type = google[first & 3];
    } else if (p->version == VERSION_2) { /* RFC 9369 3.2 */
        p->type = second[bits];
    } else {
        p->type = (enum quicpkt_type)bits;
    }
    return true;
}

static void read_ids(struct rd *r, struct quicpkt *p)
{
    if (p->google) { /* four bits each, three less than the length */
        uint8_t lengths = rd_u8(r);
        unsigned to = lengths >> 4, from = lengths & 0xf;
        p->destination = rd_bytes(r, to != 0 ? to + 3 : 0);
        p->source = rd_bytes(r, from != 0 ? from + 3 : 0);
        return;
    }
    struct rd to = rd_vec8(r), from = rd_vec8(r);
    p->destination = rd_rest(&to);
    p->source = rd_rest(&from);
}

/* The head of Google's versions up to Q043, where it names the version: flags, connection id, nonce, version, packet number, hash. */
static bool read_public(struct rd *r, uint8_t flags, struct bytes all, struct quicpkt *p)
{
    enum { HAS_NONCE = 4, HAS_ID = 8, NONCE = 32, HASH = 12 };
    static const uint8_t number[] = { 1, 2, 4, 6 };

    p->destination = rd_bytes(r, (flags & HAS_ID) != 0 ? 8 : 0);
    rd_skip(r, (flags & (HAS_NONCE | HAS_ID)) == HAS_NONCE ? NONCE : 0);
    p->version = rd_be32(r);
    p->google = google_version(p->version);
    rd_skip(r, number[flags >> 4 & 3] + (size_t)HASH);
    if (!rd_ok(r)) {
        return false;
    }
    p->type = QUICPKT_INITIAL;
    p->head = all.n - rd_left(r);
    p->payload = rd_rest(r);
    p->whole = all;
    return true;
}

bool quicpkt_read(struct rd *r, struct quicpkt *p)
{
    struct bytes all = rd_peek(r);
    uint8_t first = rd_u8(r);

    *p = (struct quicpkt){ .type = QUICPKT_SHORT, .destination = bytes_none(), .source = bytes_none(), .payload = bytes_none() };
    if ((first & 0xc1) == 1) { /* neither a long head nor the fixed bit of RFC 9000 17.3.1 */
        return read_public(r, first, all, p);
    }
    if ((first & 0x80) == 0) { /* its ids have no length: all else is the packet */
        p->payload = rd_rest(r);
        p->whole = all;
        return rd_ok(r);
    }
    p->version = rd_be32(r);
    p->google = google_version(p->version);
    if (!rd_ok(r) || !read_type(p, first)) {
        return false;
    }
    read_ids(r, p);
    uint64_t n = rd_left(r);
    if (p->google) {
        if (p->type == QUICPKT_INITIAL) { /* packet number and authentication hash */
            rd_skip(r, 4 + 12);
        }
        n = rd_left(r);
    } else if (p->type <= QUICPKT_HANDSHAKE) {
        if (p->type == QUICPKT_INITIAL) {
            uint64_t token = quicpkt_number(r);
            rd_skip(r, token < rd_left(r) ? (size_t)token : rd_left(r) + 1);
        }
        n = quicpkt_number(r);
    }
    if (!rd_ok(r) || n > rd_left(r)) {
        return false;
    }
    p->head = all.n - rd_left(r);
    p->payload = rd_bytes(r, (size_t)n);
    p->whole = bytes_head(all, p->head + (size_t)n);
    return rd_ok(r);
}

/* ------- keys of Initial packets (RFC 9001 5.2) ------- */

static const struct salt {
    uint32_t low, high; /* versions */
    uint8_t salt[SALT];
} salts[] = {
    { VERSION_1, VERSION_1,
      { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
    { DRAFT(33), DRAFT(34),
      { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
    { DRAFT(29), DRAFT(32),
      { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 } },
    { DRAFT(23), DRAFT(28),
      { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 } },
    { VERSION_2, VERSION_2, /* RFC 9369 3.3.1 */
      { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 } },
};

static bool hmac(const uint8_t *key, size_t key_n, struct bytes data, uint8_t out[SHA256])
{
    unsigned n = SHA256;

    return HMAC(EVP_sha256(), key, (int)key_n, data.p, data.n, out, &n) != NULL;
}

/* HKDF-Expand-Label (RFC 8446 7.1) of at most one block. */
static bool expand(const uint8_t secret[SHA256], const char *label, uint8_t *out, size_t n)
{
    uint8_t info[64], block[SHA256];
    size_t label_n = strlen(label), at = 0;

    info[at++] = 0;
    info[at++] = (uint8_t)n;
    info[at++] = (uint8_t)(6 + label_n);
    memcpy(info + at, "tls13 ", 6);
    memcpy(info + at + 6, label, label_n);
    at += 6 + label_n;
    info[at++] = 0; /* no context */
    info[at++] = 1; /* the first block */
    if (!hmac(secret, SHA256, bytes_of(info, at), block)) {
        return false;
    }
    memcpy(out, block, n);
    return true;
}

static bool side_keys(const uint8_t initial[SHA256], const char *side, bool second, struct quicpkt_keys *k)
{
    uint8_t secret[SHA256];

    return expand(initial, side, secret, sizeof secret) && expand(secret, second ? "quicv2 key" : "quic key", k->key, sizeof k->key) &&
           expand(secret, second ? "quicv2 iv" : "quic iv", k->iv, sizeof k->iv) &&
           expand(secret, second ? "quicv2 hp" : "quic hp", k->mask, sizeof k->mask);
}

bool quicpkt_keys(uint32_t version, struct bytes destination, struct quicpkt_keys keys[2])
{
    uint8_t initial[SHA256];

    for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++) {
        if (version >= salts[i].low && version <= salts[i].high) {
            bool second = version == VERSION_2;
            return hmac(salts[i].salt, SALT, destination, initial) && side_keys(initial, "client in", second, &keys[0]) &&
                   side_keys(initial, "server in", second, &keys[1]);
        }
    }
    return false;
}

/* RFC 9001 5.4: the mask is made of a sample of the cipher. */
static bool header_mask(const struct quicpkt_keys *k, struct bytes sample, uint8_t mask[16])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0;
    bool good = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, k->mask, NULL) == 1 && EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
                EVP_EncryptUpdate(c, mask, &n, sample.p, 16) == 1 && n == 16;

    EVP_CIPHER_CTX_free(c);
    return good;
}

/* RFC 9001 5.3: AES-128-GCM, the header is authenticated too. */
static bool decrypt(const struct quicpkt_keys *k, const uint8_t nonce[QUICPKT_IV], struct bytes head, struct bytes cipher, uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    uint8_t tag[TAG];
    size_t n = cipher.n - TAG;
    int done = 0, last = 0;

    memcpy(tag, cipher.p + n, TAG);
    bool good = c != NULL && EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, k->key, nonce) == 1 &&
                EVP_DecryptUpdate(c, NULL, &done, head.p, (int)head.n) == 1 && EVP_DecryptUpdate(c, out, &done, cipher.p, (int)n) == 1 &&
                EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(c, out + done, &last) == 1;
    EVP_CIPHER_CTX_free(c);
    return good;
}

bool quicpkt_open(const struct quicpkt *p, const struct quicpkt_keys *k, struct arena *a, struct bytes *frames)
{
    uint8_t mask[16], head[HEAD_MAX], nonce[QUICPKT_IV];

    *frames = bytes_none();
    if (p->payload.n < SAMPLE_AT + 16 || p->head + 4 > HEAD_MAX || !header_mask(k, bytes_from(p->payload, SAMPLE_AT), mask)) {
        return false;
    }
    memcpy(head, p->whole.p, p->head + 4);
    head[0] ^= mask[0] & 0x0f;
    size_t number_n = (head[0] & 3u) + 1;
    memcpy(nonce, k->iv, sizeof nonce);
    for (size_t i = 0; i < number_n; i++) {
        head[p->head + i] ^= mask[1 + i];
        nonce[QUICPKT_IV - number_n + i] ^= head[p->head + i];
    }
    struct bytes cipher = bytes_from(p->payload, number_n);
    uint8_t *plain = cipher.n > TAG ? arena_take(a, cipher.n) : NULL;
    if (plain == NULL || !decrypt(k, nonce, bytes_of(head, p->head + number_n), cipher, plain)) {
        return false;
    }
    *frames = bytes_of(plain, cipher.n - TAG);
    return true;
}
