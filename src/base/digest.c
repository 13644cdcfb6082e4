/* SPDX-License-Identifier: GPL-2.0-or-later */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include "base/digest.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

void digest_md5(struct bytes b, uint8_t out[DIGEST_MD5])
{
    MD5_CTX c;

    MD5_Init(&c);
    MD5_Update(&c, b.p, b.n);
    MD5_Final(out, &c);
}

void digest_sha1(struct bytes b, uint8_t out[DIGEST_SHA1])
{
    SHA_CTX c;

    SHA1_Init(&c);
    SHA1_Update(&c, b.p, b.n);
    SHA1_Final(out, &c);
}

void digest_sha256(struct bytes b, uint8_t out[DIGEST_SHA256])
{
    SHA256_CTX c;

    SHA256_Init(&c);
    SHA256_Update(&c, b.p, b.n);
    SHA256_Final(out, &c);
}
