/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/vault.h"

#include "record/bytes.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { NONCE = 12, TAG = 16, PLACE = 12 /* kind, page: what a page is sealed for */ };
_Static_assert(NONCE + TAG == VAULT_SEAL, "a page's head");

struct vault {
    EVP_CIPHER_CTX *seal, *open;
    uint8_t place[PLACE], nonce[NONCE];
};

static const uint8_t magic[8] = "PCENC2\0";

/* Nonces count from a random one of 96 bits: a key's few vaults do not meet. */
struct vault *vault_new(const uint8_t key[VAULT_KEY], enum vault_kind kind, struct err *err)
{
    struct vault *v = calloc(1, sizeof *v);

    if (v != NULL) {
        v->seal = EVP_CIPHER_CTX_new();
        v->open = EVP_CIPHER_CTX_new();
        put32(v->place, kind);
        if (v->seal != NULL && v->open != NULL && getrandom(v->nonce, NONCE, 0) == NONCE && EVP_EncryptInit_ex(v->seal, EVP_aes_256_gcm(), NULL, key, v->nonce) == 1 &&
            EVP_DecryptInit_ex(v->open, EVP_aes_256_gcm(), NULL, key, v->nonce) == 1) {
            return v;
        }
        vault_free(v);
    }
    (void)err_set(err, "encryption cannot be had");
    return NULL;
}

void vault_free(struct vault *v)
{
    if (v != NULL) {
        EVP_CIPHER_CTX_free(v->seal);
        EVP_CIPHER_CTX_free(v->open);
        free(v);
    }
}

void vault_head(enum vault_kind kind, uint8_t to[VAULT_PAGE])
{
    memset(to, 0, VAULT_PAGE);
    memcpy(to, magic, sizeof magic);
    put32(to + sizeof magic, kind);
}

bool vault_is(struct bytes head, enum vault_kind kind)
{
    struct rd r = rd_of(head);

    return bytes_equal(rd_bytes(&r, sizeof magic), bytes_of(magic, sizeof magic)) && rd_le32(&r) == (uint32_t)kind && rd_ok(&r);
}

bool vault_seal(struct vault *v, uint64_t page, const uint8_t content[VAULT_ROOM], uint8_t to[VAULT_PAGE])
{
    int n = 0, last = 0;

    for (unsigned i = 0; i < NONCE && ++v->nonce[i] == 0; i++) {
    }
    put64(v->place + 4, page);
    memcpy(to, v->nonce, NONCE);
    return EVP_EncryptInit_ex(v->seal, NULL, NULL, NULL, v->nonce) == 1 && EVP_EncryptUpdate(v->seal, NULL, &n, v->place, PLACE) == 1 &&
           EVP_EncryptUpdate(v->seal, to + VAULT_SEAL, &n, content, VAULT_ROOM) == 1 && EVP_EncryptFinal_ex(v->seal, to + VAULT_SEAL + n, &last) == 1 &&
           EVP_CIPHER_CTX_ctrl(v->seal, EVP_CTRL_GCM_GET_TAG, TAG, to + NONCE) == 1;
}

bool vault_open(struct vault *v, uint64_t page, const uint8_t sealed[VAULT_PAGE], uint8_t to[VAULT_ROOM])
{
    uint8_t tag[TAG];
    int n = 0, last = 0;

    put64(v->place + 4, page);
    memcpy(tag, sealed + NONCE, TAG);
    return EVP_DecryptInit_ex(v->open, NULL, NULL, NULL, sealed) == 1 && EVP_DecryptUpdate(v->open, NULL, &n, v->place, PLACE) == 1 &&
           EVP_DecryptUpdate(v->open, to, &n, sealed + VAULT_SEAL, VAULT_ROOM) == 1 && EVP_CIPHER_CTX_ctrl(v->open, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(v->open, to + n, &last) == 1;
}

size_t vault_read(struct vault *v, int fd, uint64_t page, size_t n, uint8_t *to)
{
    enum { AT_ONCE = 16 };
    uint8_t *sealed = aligned_alloc(VAULT_PAGE, AT_ONCE * VAULT_PAGE); /* the file may be open past the page cache */
    size_t done = 0;
    bool good = sealed != NULL;

    while (good && done < n) {
        size_t want = n - done < AT_ONCE ? n - done : AT_ONCE;
        ssize_t got = pread(fd, sealed, want * VAULT_PAGE, (off_t)vault_at(page + done));
        size_t whole = got > 0 ? (size_t)got / VAULT_PAGE : 0;
        for (size_t i = 0; good && i < whole; i++) {
            good = vault_open(v, page + done, sealed + i * VAULT_PAGE, to + done * VAULT_ROOM);
            done += good;
        }
        good = good && whole == want;
    }
    free(sealed);
    return done * VAULT_ROOM;
}
