/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/export.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>

enum { SECTION = 44 };

/* A block that is never sealed: what follows its head is the stream. */
struct pcapng_out {
    int fd;
    struct record_block block;
    struct record_links links;
    bool begun;
    uint8_t memory[RECORD_BLOCK];
};

static bool put(struct pcapng_out *o, const uint8_t *p, size_t n) { return file_write(o->fd, bytes_of(p, n)) == n; }

static bool flush(struct pcapng_out *o)
{
    uint8_t head[RECORD_FILE_HEAD];
    bool good = true;

    if (!o->begun) {
        block_file_head(head);
        good = put(o, head, SECTION);
        o->begun = good;
    }
    good = good && put(o, o->memory + RECORD_BLOCK_HEAD, o->block.about.used - RECORD_BLOCK_HEAD);
    block_begin(&o->block, o->memory, &(struct block_about){ 0 }, &o->links);
    return good;
}

struct pcapng_out *pcapng_out_new(int fd)
{
    struct pcapng_out *o = calloc(1, sizeof *o);

    if (o != NULL) {
        o->fd = fd;
        block_begin(&o->block, o->memory, &(struct block_about){ 0 }, &o->links);
    }
    return o;
}

bool pcapng_out_frame(struct pcapng_out *o, const struct record_frame *f)
{
    if (block_add(&o->block, &o->links, f)) {
        return true;
    }
    if (!flush(o)) {
        return false;
    }
    errno = EFBIG;
    return block_add(&o->block, &o->links, f);
}

bool pcapng_out_free(struct pcapng_out *o)
{
    bool good = flush(o);

    free(o);
    return good;
}
