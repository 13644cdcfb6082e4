/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment that was left open and its journal, as a disk may have them: what they tell becomes an index that is right in itself.
 * Input: bytes of the segment (4, little endian), the segment, the journal.  Checksums are made right here, or nothing would be looked at.
 */
#include "base/crc32c.h"
#include "record/bytes.h"
#include "record/journal.h"

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
    n = n < size - 4 ? n : (uint32_t)size - 4;
    block_mend(copy, n);
    frames_mend(copy + n, size - 4 - n);
    if (file_make(segment, copy, n) && file_make(journal, copy + n, size - 4 - n) && unsealed_read(&u, segment, journal, (n & 1) != 0, &err)) {
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
