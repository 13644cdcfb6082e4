/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/vault.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t key[VAULT_KEY] = "a key that nobody else would use", other[VAULT_KEY] = { 3 };

static void pages(void)
{
    struct err err = { "" };
    struct vault *v = vault_new(key, VAULT_SEGMENT, &err), *same = vault_new(key, VAULT_SEGMENT, &err), *kind = vault_new(key, VAULT_JOURNAL, &err),
                 *stranger = vault_new(other, VAULT_SEGMENT, &err);
    uint8_t content[VAULT_ROOM], sealed[VAULT_PAGE], again[VAULT_PAGE], back[VAULT_ROOM];
    unsigned opened = 0;

    memset(content, 'x', sizeof content);
    ok(vault_seal(v, 5, content, sealed) && vault_open(same, 5, sealed, back) && memcmp(content, back, sizeof back) == 0, "there and back, by another process");
    ok(memmem(sealed, sizeof sealed, content, 8) == NULL, "nothing of it is seen");
    ok(!vault_open(same, 6, sealed, back), "in another place it does not open");
    ok(!vault_open(kind, 5, sealed, back), "in another kind of file it does not");
    ok(!vault_open(stranger, 5, sealed, back), "with another key it does not");
    ok(vault_seal(v, 5, content, again) && memcmp(sealed, again, VAULT_SEAL) != 0 && memcmp(sealed + VAULT_SEAL, again + VAULT_SEAL, VAULT_ROOM) != 0,
       "written once more it is other bytes");
    for (size_t i = 0; i < VAULT_PAGE; i += 7) {
        sealed[i] ^= 1;
        opened += vault_open(same, 5, sealed, back);
        sealed[i] ^= 1;
    }
    is_int(opened, 0, "a flipped bit anywhere, and it does not open");
    vault_free(v);
    vault_free(same);
    vault_free(kind);
    vault_free(stranger);
}

static void files(void)
{
    enum { N = 40, BAD = 33 };
    char path[] = "/tmp/peccary-vault-XXXXXX";
    struct err err = { "" };
    struct vault *v = vault_new(key, VAULT_INDEX, &err);
    uint8_t *content = malloc((size_t)N * VAULT_ROOM), *back = malloc((size_t)N * VAULT_ROOM), page[VAULT_PAGE];
    int fd = mkstemp(path);
    bool good = true;

    vault_head(VAULT_INDEX, page);
    ok(vault_is(bytes_of(page, sizeof page), VAULT_INDEX) && !vault_is(bytes_of(page, sizeof page), VAULT_SEGMENT) && !vault_is(bytes_of(page, 11), VAULT_INDEX),
       "a file's head says what it is");
    for (size_t i = 0; i < (size_t)N * VAULT_ROOM; i++) {
        content[i] = (uint8_t)(i * 7 / 3);
    }
    for (size_t i = 0; i < N; i++) {
        good = good && vault_seal(v, i, content + i * VAULT_ROOM, page) && pwrite(fd, page, VAULT_PAGE, (off_t)vault_at(i)) == VAULT_PAGE;
    }
    ok(good, "written");
    is_int(vault_read(v, fd, 0, N, back), (size_t)N * VAULT_ROOM, "all of it is read");
    ok(memcmp(content, back, (size_t)N * VAULT_ROOM) == 0, "as it was");
    is_int(vault_read(v, fd, 3, 2, back), 2 * VAULT_ROOM, "some of it");
    ok(memcmp(content + 3 * VAULT_ROOM, back, 2 * VAULT_ROOM) == 0, "from there");
    is_int(vault_read(v, fd, N - 1, 3, back), VAULT_ROOM, "what is not there is not read");
    page[0] ^= 1;
    (void)!pwrite(fd, page, VAULT_PAGE, (off_t)vault_at(BAD));
    is_int(vault_read(v, fd, 0, N, back), BAD * VAULT_ROOM, "up to a page that does not open");
    is_int((int)vault_pages(0), 0, "no page for nothing");
    is_int((int)vault_pages(VAULT_ROOM), 1, "one that is full");
    is_int((int)vault_pages(VAULT_ROOM + 1), 2, "and the next");
    close(fd);
    unlink(path);
    vault_free(v);
    free(content);
    free(back);
}

int main(void)
{
    pages();
    files();
    return done_testing();
}
