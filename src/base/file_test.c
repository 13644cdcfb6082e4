/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static int full_pipe[2];

static void drink(int number)
{
    static uint8_t room[1 << 20];

    (void)number;
    (void)!read(full_pipe[0], room, sizeof room);
}

/* A call that a signal interrupts before a byte has gone is made again; of one that stops in the middle the rest goes. */
static void test_interrupts(void)
{
    static uint8_t data[300000];
    const struct sigaction act = { .sa_handler = drink }; /* no SA_RESTART */
    const struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { 0 };
    size_t filled = 0;

    if (!ok(pipe2(full_pipe, O_CLOEXEC) == 0 && sigaction(SIGALRM, &act, NULL) == 0, "a pipe, and signals")) {
        return;
    }
    (void)fcntl(full_pipe[0], F_SETFL, O_NONBLOCK); /* two signals in a row: the second finds nothing */
    (void)fcntl(full_pipe[1], F_SETFL, O_NONBLOCK);
    for (ssize_t k; (k = write(full_pipe[1], data, 4096)) > 0;) {
        filled += (size_t)k;
    }
    is_int(file_write(full_pipe[1], bytes_of(data, 1)), 0, "of what does not wait, what went is told");
    ok(errno == EAGAIN && filled != 0, "and why it was not more");
    (void)fcntl(full_pipe[1], F_SETFL, 0);
    setitimer(ITIMER_REAL, &often, NULL);
    is_int(file_write(full_pipe[1], bytes_of(data, sizeof data)), sizeof data, "signals interrupt nothing");
    setitimer(ITIMER_REAL, &never, NULL);
    close(full_pipe[0]);
    close(full_pipe[1]);
}

static void test_full(int fd)
{
    struct rlimit was, small;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small = (struct rlimit){ 10, was.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    (void)!ftruncate(fd, 0);
    is_int(file_write_at(fd, bytes_str("0123456789ABCDEF"), 4), 6, "a full disk takes what it has room for");
    is_int(errno, EFBIG, "and the reason stays");
    setrlimit(RLIMIT_FSIZE, &was);
    char got[17] = "";
    is_int(pread(fd, got, 16, 4), 6, "at its offset");
    is_mem(got, 6, "012345", 6, "what was to stand there");
    is_int(lseek(fd, 0, SEEK_CUR), 0, "and the file stands where it stood");
    ok(file_cut(fd, 3) && file_write(fd, bytes_str("x")) == 1 && pread(fd, got, 16, 4) == 4, "what is not whole is cut off, and it goes on there");
    is_mem(got, 4, "012x", 4, "behind what is");
    ok(!file_cut(fd, 100) && errno == EINVAL, "of a file that is shorter nothing goes");
}

/* A pipe that nobody writes to holds nobody up. */
static void test_plain(void)
{
    char dir[] = "file_test.XXXXXX", path[64];
    struct bytes b;
    struct err err = { "" };

    if (!ok(mkdtemp(dir) != NULL, "a folder")) {
        return;
    }
    snprintf(path, sizeof path, "%s/pipe", dir);
    ok(mkfifo(path, 0600) == 0 && !file_read_plain(path, 10, &b, &err) && b.n == 0 && strstr(err.text, "no ordinary file") != NULL, "a pipe");
    unlink(path);
    ok(!file_read_plain("/dev/null", 10, &b, &err) && !file_read_plain(dir, 10, &b, &err), "nor a device, nor a folder");
    ok(!file_read_plain(path, 10, &b, &err) && strstr(err.text, "No such file") != NULL, "not there");
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ok(fd >= 0 && file_write(fd, bytes_str("text")) == 4 && file_read_plain(path, 10, &b, &err) && bytes_is(b, "text"), "an ordinary one");
    ok(!file_make_folder(path, &err) && strstr(err.text, "Not a directory") != NULL && file_make_folder(dir, &err), "a folder that is a file, and one that is there");
    file_free(b);
    close(fd);
    unlink(path);
    rmdir(dir);
}

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
    test_full(fd);
    test_interrupts();
    close(fd);
    unlink(path);
    ok(!file_read(path, 10, &b, &err) && strstr(err.text, "No such file") != NULL, "not there");
    ok(!file_read(".", 10, &b, &err) && strstr(err.text, "directory") != NULL, "a folder");
    ok(file_read("/dev/null", 10, &b, &err) && b.n == 0, "an empty device");
    file_free(b);
    test_plain();
    return done_testing();
}
