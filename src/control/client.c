/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/client.h"

#include "base/clock.h"
#include "base/send.h"
#include "control/message.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 << 20, DEPTH_MAX = 64 };

bool control_default_path(char *out, size_t room, bool make)
{
    const char *given = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    const char *folder[] = { given, "/run/peccary", user };

    for (unsigned i = 0; i < 3; i++) {
        if (folder[i] == NULL || folder[i][0] != '/') {
            continue;
        }
        int n = snprintf(out, room, "%s/peccary.socket", folder[i]);
        if (n <= 0 || (size_t)n >= room) {
            continue;
        }
        if (make ? (mkdir(folder[i], 0750) == 0 || errno == EEXIST) && access(folder[i], W_OK) == 0 : access(out, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Does the text end an object?  Answers are the program's own, and long: only brackets and strings are looked at, once each. */
struct ends {
    unsigned depth;
    bool string, escaped, began;
};

static bool ends_at(struct ends *e, char c)
{
    if (e->string) {
        e->string = e->escaped || c != '"';
        e->escaped = !e->escaped && c == '\\';
    } else if (c == '"') {
        e->string = true;
    } else if (c == '{' || c == '[') {
        e->began = true;
        e->depth += e->depth < DEPTH_MAX;
    } else if (c == '}' || c == ']') {
        e->depth -= e->depth != 0;
    }
    return e->began && e->depth == 0;
}

static bool receive(int fd, unsigned seconds, struct text *out, struct err *err)
{
    uint64_t until = clock_monotonic() + seconds * CLOCK_SECOND;
    struct ends ends = { 0 };
    char piece[16384];

    for (;;) {
        uint64_t now = clock_monotonic();
        struct pollfd p = { fd, POLLIN, 0 };
        if (now >= until || poll(&p, 1, (int)((until - now) / 1000000 + 1)) == 0) {
            return err_set(err, "no answer within %u seconds", seconds);
        }
        ssize_t k = recv(fd, piece, sizeof piece, 0);
        if (k < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (k <= 0) {
            return k < 0 ? err_sys(err, "read") : err_set(err, "hung up on");
        }
        for (ssize_t i = 0; i < k; i++) {
            text_byte(out, piece[i]);
            if (ends_at(&ends, piece[i])) {
                return !out->cut || err_set(err, "the answer is longer than %d MB", ANSWER_MAX >> 20);
            }
        }
    }
}

static bool talk(int fd, struct bytes message, unsigned seconds, struct text *answer, struct err *err)
{
    if (!send_all(fd, bytes_str("{\"version\": \"0.2\"}\n"))) {
        return err_sys(err, "say hello");
    }
    if (!receive(fd, 10, answer, err)) {
        return false;
    }
    text_clear(answer);
    return (send_all(fd, message) && send_all(fd, bytes_str("\n"))) ? receive(fd, seconds, answer, err) : err_sys(err, "send");
}

bool control_ask(const char *path, struct bytes message, unsigned seconds, struct text *answer, struct err *err)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof a.sun_path) {
        return err_set(err, "control socket %s: too long a name", path);
    }
    memcpy(a.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) != 0) {
        err_sys(err, "control socket %s", path);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool ok = talk(fd, message, seconds, answer, err);
    if (!ok) {
        (void)err_add(err, "control socket %s", path);
    }
    close(fd);
    return ok;
}
