/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays files through a fuzz target, without a fuzzer: every file below the paths given, in the
 * order of their names, one TAP line a path. A path with no file in it fails: a target needs seeds.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

enum { FILE_MAX = 1 << 24 };

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return 0;
    }
    /* The size exactly, so that a sanitizer sees a read of one byte too many. */
    struct stat st;
    size_t size = fstat(fileno(f), &st) == 0 && st.st_size < FILE_MAX ? (size_t)st.st_size : 0;
    uint8_t *data = malloc(size ? size : 1);
    if (data) {
        size = fread(data, 1, size, f);
        fprintf(stderr, "%s: %zu bytes\n", path, size);
        LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    fclose(f);
    return 1;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static int replay(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort);
    if (n < 0) {
        return replay_file(path);
    }
    int files = 0;
    for (int i = 0; i < n; i++) {
        char below[4096];
        if (snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name) < (int)sizeof below) {
            files += replay(below);
        }
        free(entries[i]);
    }
    free(entries);
    return files;
}

int main(int argc, char **argv)
{
    int failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    LLVMFuzzerInitialize(&argc, &argv);
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        int files = replay(argv[i]);
        printf("%sok %d - %d files replayed\n", files ? "" : "not ", i, files);
        failed |= !files;
    }
    return failed || argc < 2;
}
