/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/blocks_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/replace.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 /* more than all hosts that there is room for */ };

static bool line_read(struct bytes line, struct block *out)
{
    size_t blank = bytes_find_byte(line, ' ');
    uint64_t seconds;

    if (blank == SIZE_MAX || !addr_text_read(bytes_head(line, blank), &out->addr, &out->family) || !bytes_u64(bytes_from(line, blank + 1), &seconds) || seconds > UINT32_MAX) {
        return false;
    }
    out->until = seconds * CLOCK_SECOND;
    return true;
}

unsigned blocks_text_read(struct bytes text, uint64_t now, void (*each)(void *ctx, const struct block *one), void *ctx)
{
    struct rd r = rd_of(text);
    unsigned bad = 0;
    bool found;

    while (rd_left(&r) != 0) {
        struct bytes line = rd_line(&r, &found);
        struct block one;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (!line_read(line, &one) || one.until > now + BLOCK_SECONDS_MAX * CLOCK_SECOND) {
            bad++;
        } else if (one.until > now) {
            each(ctx, &one);
        }
    }
    return bad;
}

bool blocks_file_read(const char *path, uint64_t now, void (*each)(void *ctx, const struct block *one), void *ctx, unsigned *bad, struct err *err)
{
    struct bytes text;

    *bad = 0;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return true;
    }
    if (!file_read(path, TEXT_MAX, &text, err)) {
        return false;
    }
    *bad = blocks_text_read(text, now, each, ctx);
    file_free(text);
    return true;
}

static void line_add(void *ctx, const struct block *one)
{
    char address[ADDR_TEXT_MAX];

    addr_text(&one->addr, one->family, address);
    text_printf(ctx, "%s %llu\n", address, (unsigned long long)((one->until + CLOCK_SECOND - 1) / CLOCK_SECOND));
}

bool blocks_file_write(const char *path, struct blocks *b, uint64_t now, struct err *err)
{
    struct text text;

    text_init(&text, TEXT_MAX);
    text_str(&text, "# Hosts that peccary keeps out, and until when (seconds since 1970): for its next start, if it is killed.\n");
    size_t none = text.n;
    blocks_each(b, now, line_add, &text);
    bool good = text.n != none ? file_replace_soon(path, text_bytes(&text), err) : unlink(path) == 0 || errno == ENOENT || err_sys(err, "%s", path);
    text_fini(&text);
    return good;
}
