/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest - MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4) of bytes that are there at once, by libcrypto.
 *
 * For the short texts that fingerprints are made of.  Its newer interface (EVP) looks up a provider and makes a context for each: twice as
 * many instructions as the digest itself takes.  Files, which come in pieces, use that.  Any thread.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/rd.h"

enum { DIGEST_MD5 = 16, DIGEST_SHA1 = 20, DIGEST_SHA256 = 32 }; /* bytes */

void digest_md5(struct bytes b, uint8_t out[DIGEST_MD5]);
void digest_sha1(struct bytes b, uint8_t out[DIGEST_SHA1]);
void digest_sha256(struct bytes b, uint8_t out[DIGEST_SHA256]);

#endif
