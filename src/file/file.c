/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file/file.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct file_hashes {
    EVP_MD_CTX *ctx[3]; /* md5, sha1, sha256; NULL when not wanted */
};

void file_init(struct file *f, unsigned hashes)
{
    memset(f, 0, sizeof *f);
    f->name = bytes_none();
    f->magic = f->head = bytes_none();
    if (hashes == 0 || (f->hashes = calloc(1, sizeof *f->hashes)) == NULL) {
        return;
    }
    const EVP_MD *kinds[3] = { EVP_md5(), EVP_sha1(), EVP_sha256() };
    for (unsigned i = 0; i < 3; i++) {
        if ((hashes >> i & 1) == 0) {
            continue;
        }
        f->hashes->ctx[i] = EVP_MD_CTX_new();
        if (f->hashes->ctx[i] != NULL && EVP_DigestInit_ex(f->hashes->ctx[i], kinds[i], NULL) != 1) {
            EVP_MD_CTX_free(f->hashes->ctx[i]);
            f->hashes->ctx[i] = NULL;
        }
    }
}

void file_keep_head(struct file *f, struct bytes chunk, struct arena *a)
{
    size_t n = f->head.n + chunk.n < FILE_HEAD_MAX ? chunk.n : FILE_HEAD_MAX - f->head.n;

    if (n == 0 || f->gaps) {
        return;
    }
    uint8_t *p = f->head.n != 0 ? (uint8_t *)(uintptr_t)f->head.p : arena_take(a, FILE_HEAD_MAX);
    if (p != NULL) {
        memcpy(p + f->head.n, chunk.p, n);
        f->head = bytes_of(p, f->head.n + n);
    }
}

void file_add(struct file *f, struct bytes chunk)
{
    file_type_add(f, chunk);
    f->size += chunk.n;
    for (unsigned i = 0; f->hashes != NULL && i < 3; i++) {
        if (f->hashes->ctx[i] != NULL) {
            EVP_DigestUpdate(f->hashes->ctx[i], chunk.p, chunk.n);
        }
    }
}

static void hashes_drop(struct file *f)
{
    for (unsigned i = 0; f->hashes != NULL && i < 3; i++) {
        EVP_MD_CTX_free(f->hashes->ctx[i]);
    }
    free(f->hashes);
    f->hashes = NULL;
}

void file_gap(struct file *f, uint64_t n)
{
    f->gaps = true;
    f->size += n;
}

void file_close(struct file *f, bool truncated)
{
    if (f->state != FILE_OPEN) {
        return;
    }
    f->state = truncated ? FILE_TRUNCATED : FILE_CLOSED;
}

bool file_reopen(struct file *f)
{
    if (f->state != FILE_CLOSED || f->settled || f->logged || f->passed) {
        return false;
    }
    f->state = FILE_OPEN;
    return true;
}

void file_settle(struct file *f)
{
    uint8_t *to[3] = { f->md5, f->sha1, f->sha256 };
    bool *has[3] = { &f->has_md5, &f->has_sha1, &f->has_sha256 };

    if (f->state == FILE_OPEN || f->settled) {
        return;
    }
    f->settled = true;
    for (unsigned i = f->state != FILE_CLOSED || f->gaps ? 2 : 0; f->hashes != NULL && i < 3; i++) { /* SHA256 names what came of it in the store, whole or not */
        *has[i] = f->hashes->ctx[i] != NULL && EVP_DigestFinal_ex(f->hashes->ctx[i], to[i], NULL) == 1;
    }
    hashes_drop(f);
}

void file_fini(struct file *f) { hashes_drop(f); }
