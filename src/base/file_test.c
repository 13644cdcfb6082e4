/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
    char path[] = "file_test.XXXXXX";
    int fd = mkstemp(path);
    struct bytes b;
    struct err err = { "" };

    if (!ok(fd >= 0, "a file to read")) {
        return done_testing();
    }
    static char data[300000];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)(i * 7);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (ftruncate(fd, 0) != 0 || pwrite(fd, data, sizes[i], 0) != (ssize_t)sizes[i]) {
            ok(false, "the file is written");
        }
        bool good = file_read(path, 300000, &b, &err);
        ok(good && b.n == sizes[i] && memcmp(b.p, data, b.n) == 0 && b.p[b.n] == 0,
           "all bytes, and a NUL behind them");
        file_free(b);
    }
    ok(!file_read(path, 299999, &b, &err) && b.n == 0, "larger than allowed");
    ok(strstr(err.text, path) != NULL && strstr(err.text, "299999") != NULL, "and says so");
    file_free(b);
    close(fd);
    unlink(path);
    ok(!file_read(path, 10, &b, &err) && strstr(err.text, "No such file") != NULL, "not there");
    ok(!file_read(".", 10, &b, &err) && strstr(err.text, "directory") != NULL, "a folder");
    ok(file_read("/dev/null", 10, &b, &err) && b.n == 0, "an empty device");
    file_free(b);
    return done_testing();
}
