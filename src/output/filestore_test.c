/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of files: names, records, what is dropped, and a disk that refuses. */
#include "output/filestore.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <signal.h>

static char dir[64];

static const char *at(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/files/%s", dir, name);
    return path;
}

static void step(struct filestore *s, enum store_op op, uint64_t id, uint64_t offset, const char *bytes)
{
    uint8_t room[4096];
    struct store_event e = { .op = op, .id = id, .offset = offset, .ts = 7 * CLOCK_SECOND };

    memset(e.sha256, 0xab, sizeof e.sha256);
    e.sha256[31] = (uint8_t)id;
    memcpy(room, &e, sizeof e);
    memcpy(room + sizeof e, bytes, strlen(bytes));
    filestore_take(s, bytes_of(room, sizeof e + strlen(bytes)));
}

static void holds(const char *name, const char *want, const char *why)
{
    char got[256] = { 0 };
    int fd = open(at(name), O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, got, sizeof got - 1) : -1;

    is_str(n >= 0 ? got : NULL, want, why);
    if (fd >= 0) {
        close(fd);
    }
}

#define NAME "ab/" HASH
#define HASH "ababababababababababababababababababababababababababababababab"

int main(void)
{
    struct log log = { .to = stderr, .level = LOG_ERROR };
    struct filestore_settings settings = { .on = true, .dir = "files", .max_open = 1 };
    struct err err = { { 0 } };

    snprintf(dir, sizeof dir, "%s/filestore.XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    struct filestore *s = filestore_open(&settings, dir, &log, &err);
    ok(s != NULL && access(at("tmp"), F_OK) == 0, "the folders are made");
    step(s, STORE_DATA, 1, 0, "one ");
    step(s, STORE_DATA, 2, 0, "two");
    is_int(filestore_values(s)[FILESTORE_MAX_HIT], 1, "a descriptor more than max-open-files is not kept open");
    step(s, STORE_DATA, 1, 4, "whole");
    step(s, STORE_DONE, 1, 9, "{}\n");
    holds(NAME "01", "one whole", "pieces come together under the hash");
    holds(NAME "01.7.1.json", "{}\n", "the record stands beside it, with second and number");
    step(s, STORE_DROP, 2, 0, "");
    ok(access(at("tmp/file.2"), F_OK) != 0, "what is dropped is removed");
    step(s, STORE_DONE, 3, 0, "");
    holds(NAME "03", "", "an empty file is a file");
    ok(access(at(NAME "03.7.3.json"), F_OK) != 0, "no record without bytes for one");
    step(s, STORE_DATA, 1, 0, "one whole");
    step(s, STORE_DONE, 1, 9, "");
    holds(NAME "01", "one whole", "one that was there already stays");
    ok(access(at("tmp/file.1"), F_OK) != 0, "… and its double goes");
    is_int(filestore_values(s)[FILESTORE_ERRORS], 0, "so far all went well");

    struct rlimit small = { 4, 4 }, was;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small.rlim_max = was.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    step(s, STORE_DATA, 5, 0, "more than the disk takes");
    step(s, STORE_DATA, 5, 24, "and more");
    step(s, STORE_DONE, 5, 32, "");
    setrlimit(RLIMIT_FSIZE, &was);
    is_int(filestore_values(s)[FILESTORE_ERRORS], 1, "a full disk is counted once a file");
    ok(access(at(NAME "05"), F_OK) != 0 && access(at("tmp/file.5"), F_OK) != 0, "half a file is no file");
    is_int(filestore_values(s)[FILESTORE_OPEN], 0, "none is being written");
    step(s, STORE_DATA, 6, 0, "cut off");
    filestore_close(s);
    ok(access(at("tmp/file.6"), F_OK) != 0, "what never became whole is removed at the end");

    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    ok(system(command) == 0, "clean again");
    return done_testing();
}
