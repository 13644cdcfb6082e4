/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/pack.h"

#include "base/file.h"
#include "record/block.h"
#include "record/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#endif

enum { NONCE = 12, TAG = 16, SEAL = NONCE + TAG, SECTION = 44, LEVEL = 1 /* as fast as it gets */, KEY_FILE = 8 + SEAL + PACK_KEY };

bool pack_can(unsigned how)
{
#ifdef HAVE_LIBZSTD
    (void)how;
    return true;
#else
    return (how & PACK_ZSTD) == 0;
#endif
}

/* ---- zstd ---- */

#ifdef HAVE_LIBZSTD
static size_t squeeze(struct bytes b, uint8_t *to, size_t room)
{
    size_t n = ZSTD_compress(to, room, b.p, b.n, LEVEL);

    return ZSTD_isError(n) ? 0 : n;
}

static size_t swell(struct bytes b, uint8_t *to, size_t room)
{
    size_t n = ZSTD_decompress(to, room, b.p, b.n);

    return ZSTD_isError(n) ? 0 : n;
}
#else
static size_t squeeze(struct bytes b, uint8_t *to, size_t room)
{
    (void)b;
    (void)to;
    (void)room;
    return 0;
}

static size_t swell(struct bytes b, uint8_t *to, size_t room) { return squeeze(b, to, room); }
#endif

/* ---- AES-256-GCM (NIST SP 800-38D) ---- */

/* to: nonce, tag, then the bytes.  Nonces are random: a key seals some thousand blocks. */
static bool seal(const uint8_t key[PACK_KEY], struct bytes extra, struct bytes b, uint8_t *to)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    bool good = c != NULL && getrandom(to, NONCE, 0) == NONCE && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, to) == 1 &&
                EVP_EncryptUpdate(c, NULL, &n, extra.p, (int)extra.n) == 1 && EVP_EncryptUpdate(c, to + SEAL, &n, b.p, (int)b.n) == 1 &&
                EVP_EncryptFinal_ex(c, to + SEAL + n, &last) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, to + NONCE) == 1;

    EVP_CIPHER_CTX_free(c);
    return good;
}

static bool unseal(const uint8_t key[PACK_KEY], struct bytes extra, struct bytes sealed, uint8_t *to)
{
    uint8_t tag[TAG];
    EVP_CIPHER_CTX *c = sealed.n >= SEAL ? EVP_CIPHER_CTX_new() : NULL;
    int n = 0, last = 0;

    if (c == NULL) {
        return false;
    }
    memcpy(tag, sealed.p + NONCE, TAG);
    bool good = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, sealed.p) == 1 && EVP_DecryptUpdate(c, NULL, &n, extra.p, (int)extra.n) == 1 &&
                EVP_DecryptUpdate(c, to, &n, sealed.p + SEAL, (int)(sealed.n - SEAL)) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
                EVP_DecryptFinal_ex(c, to + n, &last) == 1;
    EVP_CIPHER_CTX_free(c);
    return good;
}

/* ---- blocks ---- */

/* A block opens in its own place only. */
static void place_of(const struct pack_block *w, uint8_t out[20])
{
    put64(out, w->run);
    put32(out + 8, w->lane);
    put32(out + 12, w->segment);
    put32(out + 16, w->number);
}

size_t pack_block(unsigned how, const uint8_t key[PACK_KEY], const struct pack_block *which, struct bytes used, uint8_t *to, struct err *err)
{
    uint8_t place[20], *room = (how & PACK_SEALED) != 0 && (how & PACK_ZSTD) != 0 ? malloc(PACK_ROOM) : NULL;
    struct bytes b = used;

    if ((how & PACK_ZSTD) != 0) {
        uint8_t *out = (how & PACK_SEALED) != 0 ? room : to;
        b = bytes_of(out, out != NULL ? squeeze(used, out, PACK_ROOM - SEAL) : 0);
        if (b.n == 0) {
            free(room);
            (void)err_set(err, "a block cannot be packed");
            return 0;
        }
    }
    size_t n = b.n;
    if ((how & PACK_SEALED) != 0) {
        place_of(which, place);
        n = seal(key, bytes_of(place, sizeof place), b, to) ? b.n + SEAL : 0;
        if (n == 0) {
            (void)err_set(err, "a block cannot be encrypted");
        }
    }
    free(room);
    return n;
}

bool unpack_block(unsigned how, const uint8_t key[PACK_KEY], const struct pack_block *which, struct bytes stored, uint8_t *to)
{
    uint8_t place[20], *room = NULL;
    struct block_about about;
    struct bytes b = stored;
    size_t n;

    if (stored.n > PACK_ROOM) {
        return false;
    }
    if ((how & PACK_SEALED) != 0) {
        room = malloc(PACK_ROOM);
        place_of(which, place);
        if (room == NULL || !unseal(key, bytes_of(place, sizeof place), stored, room)) {
            free(room);
            return false;
        }
        b = bytes_of(room, stored.n - SEAL);
    }
    if ((how & PACK_ZSTD) != 0) {
        n = swell(b, to, RECORD_BLOCK);
    } else {
        n = b.n <= RECORD_BLOCK ? b.n : 0;
        memcpy(to, b.p, n);
    }
    free(room);
    if (n == 0 || !block_check(bytes_of(to, n), &about) || about.used != n || about.run != which->run || about.block != which->number ||
        RECORD_BLOCK - n < 12) {
        return false;
    }
    block_pad(to, about.used);
    return true;
}

size_t pack_head(unsigned how, uint8_t to[PACK_ROOM])
{
    static const uint8_t magic[8] = "PCENC1\0";
    uint8_t head[RECORD_FILE_HEAD];

    if ((how & PACK_SEALED) != 0) {
        memset(to, 0, PACK_HEAD);
        memcpy(to, magic, sizeof magic);
        put32(to + 8, how);
        return PACK_HEAD;
    }
    block_file_head(head);
    return squeeze(bytes_of(head, SECTION), to, PACK_ROOM);
}

/* ---- keys ---- */

bool pack_key_read(const char *path, uint8_t key[PACK_KEY], struct err *err)
{
    struct bytes all;
    uint64_t v;
    bool good = true;

    if (!file_read(path, 4096, &all, err)) {
        return false;
    }
    if (all.n >= 2 * PACK_KEY) {
        for (unsigned i = 0; good && i < PACK_KEY; i++) {
            good = bytes_hex(bytes_of(all.p + 2 * (size_t)i, 2), &v);
            key[i] = (uint8_t)v;
        }
    } else {
        good = all.n == PACK_KEY;
        memcpy(key, all.p, good ? PACK_KEY : 0);
    }
    file_free(all);
    return good || err_set(err, "%s: 32 bytes, or 64 hexadecimal digits, are wanted", path);
}

static const uint8_t key_magic[8] = "PCKEY1\0";

bool pack_key_put(const char *path, const uint8_t wrapper[PACK_KEY], const uint8_t key[PACK_KEY], struct err *err)
{
    uint8_t out[KEY_FILE];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    memcpy(out, key_magic, sizeof key_magic);
    bool good = fd >= 0 && seal(wrapper, bytes_of(key_magic, sizeof key_magic), bytes_of(key, PACK_KEY), out + 8) &&
                file_write(fd, bytes_of(out, sizeof out)) == sizeof out && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return good || err_sys(err, "%s", path);
}

bool pack_key_open(const char *path, const uint8_t wrapper[PACK_KEY], uint8_t key[PACK_KEY], struct err *err)
{
    struct bytes all;
    uint8_t out[PACK_KEY + 32];

    if (!file_read(path, 4096, &all, err)) {
        return false;
    }
    bool good = all.n == KEY_FILE && bytes_equal(bytes_head(all, 8), bytes_of(key_magic, sizeof key_magic)) &&
                unseal(wrapper, bytes_of(key_magic, sizeof key_magic), bytes_from(all, 8), out);
    memcpy(key, out, good ? PACK_KEY : 0);
    file_free(all);
    return good || err_set(err, "%s: it is damaged, or was wrapped by another key", path);
}
