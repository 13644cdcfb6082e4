/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment that was left open and its journal, as a disk may have them: what they tell becomes an index that is right in itself.
 * Input: bytes of the segment (4, little endian; the highest bit: both are encrypted here before they are read), the segment, the journal.  Checksums are
 * made right here, or nothing would be looked at.
 */
#include "base/crc32c.h"
#include "record/bytes.h"
#include "record/journal.h"
#include "record/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frames_mend(uint8_t *p, size_t n)
{
    for (uint32_t frame = 0; n >= JOURNAL_HEAD; frame++) {
        struct rd r = rd_make(p + 12, 4);
        uint32_t length = rd_le32(&r);
        length = length < JOURNAL_HEAD ? JOURNAL_HEAD : length > n ? (uint32_t)n : length;
        memcpy(p, "PCJNL1\0", 8);
        put32(p + 8, frame);
        put32(p + 12, length);
        put32(p + 24, 0);
        put32(p + 24, crc32c(0, p, length));
        p += length;
        n -= length;
    }
}

static void block_mend(uint8_t *p, size_t n)
{
    if (n > RECORD_FILE_HEAD + RECORD_BLOCK_HEAD) {
        p += RECORD_FILE_HEAD;
        n -= RECORD_FILE_HEAD;
        n = n < RECORD_BLOCK ? n : RECORD_BLOCK;
        put32(p + 36, (uint32_t)n);
        put32(p + 84, 0);
        put32(p + 84, crc32c(0, p, n));
    }
}

static bool file_make(char *path, const uint8_t *p, size_t n)
{
    int fd = mkstemp(path);
    bool good = fd >= 0 && write(fd, p, n) == (ssize_t)n;

    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static const uint8_t key[VAULT_KEY];

/* What lies in the clear as it would lie encrypted; behind the head each frame of a journal begins a page. */
static size_t seal(enum vault_kind kind, const uint8_t *p, size_t n, uint8_t *to)
{
    struct err err;
    struct vault *v = vault_new(key, kind, &err);
    uint8_t content[VAULT_ROOM];
    size_t page = 0, at = kind == VAULT_SEGMENT && n > RECORD_FILE_HEAD ? RECORD_FILE_HEAD : 0;

    vault_head(kind, to);
    while (v != NULL && at < n) {
        struct rd r = rd_make(p + at + 12, kind == VAULT_JOURNAL && n - at >= JOURNAL_HEAD ? 4 : 0);
        uint32_t length = rd_le32(&r);
        size_t end = rd_ok(&r) && length != 0 && length < n - at ? at + length : n;
        for (; at < end; at += VAULT_ROOM, page++) {
            memset(content, 0, sizeof content);
            memcpy(content, p + at, end - at < VAULT_ROOM ? end - at : VAULT_ROOM);
            (void)vault_seal(v, page, content, to + (page + 1) * VAULT_PAGE);
        }
        at = end;
    }
    vault_free(v);
    return (page + 1) * VAULT_PAGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char segment[] = "/tmp/peccary-fuzz-XXXXXX", journal[] = "/tmp/peccary-fuzz-XXXXXX";
    struct rd r = rd_make(data, size);
    uint32_t n = rd_le32(&r);
    uint8_t *copy = malloc(size + 1);
    struct unsealed u;
    struct err err;

    if (copy == NULL || !rd_ok(&r)) {
        free(copy);
        return 0;
    }
    memcpy(copy, data + 4, size - 4);
    bool sealed = (n & 1u << 31) != 0;
    n &= ~(1u << 31);
    n = n < size - 4 ? n : (uint32_t)size - 4;
    block_mend(copy, n);
    frames_mend(copy + n, size - 4 - n);
    uint8_t *lies = sealed ? malloc((size / JOURNAL_HEAD + size / VAULT_ROOM + 4) * VAULT_PAGE) : NULL;
    const uint8_t *of[2] = { copy, copy + n };
    size_t bytes[2] = { n, size - 4 - n };
    bool made = !sealed || lies != NULL;
    for (unsigned i = 0; made && i < 2; i++) {
        size_t put = lies != NULL ? seal(i == 0 ? VAULT_SEGMENT : VAULT_JOURNAL, of[i], bytes[i], lies) : bytes[i];
        made = file_make(i == 0 ? segment : journal, lies != NULL ? lies : of[i], put);
    }
    free(lies);
    if (made && unsealed_read(&u, &(struct unsealed_from){ segment, journal, key }, (n & 1) != 0, &err)) {
        int fd = memfd_create("index", MFD_CLOEXEC);
        if (fd >= 0 && index_write_fd(fd, "index", &u.about, u.ledger, &err)) {
            struct index *ix = index_open_fd(fd, "index", &err);
            bug_if(ix == NULL || !index_check(ix, &err));
            index_close(ix);
        }
        if (fd >= 0) {
            close(fd);
        }
        unsealed_fini(&u);
    }
    unlink(segment);
    unlink(journal);
    free(copy);
    return 0;
}
