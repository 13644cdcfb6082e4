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
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 << 20, DEPTH_MAX = 64, HELLO_SECONDS = 10 };

/* How long is waited, and until when. */
struct wait {
    unsigned seconds;
    uint64_t until;             /* ns, monotonic */
};

static struct wait wait_from(uint64_t began, unsigned seconds) { return (struct wait){ seconds, began + seconds * CLOCK_SECOND }; }

static bool no_answer(const struct wait *w, struct err *err) { return err_set(err, "no answer within %u second%s", w->seconds, w->seconds == 1 ? "" : "s"); }

/* A program that is stopped takes neither callers nor words. */
static void send_until(int fd, const struct wait *w)
{
    uint64_t now = clock_monotonic(), us = w->until > now ? (w->until - now) / 1000 + 1 : 1;
    struct timeval t = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* What a call said that could not be done in time, or for another reason. */
static bool late_or(const struct wait *w, const char *what, struct err *err) { return errno == EAGAIN ? no_answer(w, err) : err_sys(err, "%s", what); }

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

static bool receive(int fd, const struct wait *w, struct text *out, struct err *err)
{
    struct ends ends = { 0 };
    char piece[16384];

    for (;;) {
        uint64_t now = clock_monotonic();
        struct pollfd p = { fd, POLLIN, 0 };
        if (now >= w->until || poll(&p, 1, (int)((w->until - now) / 1000000 + 1)) == 0) {
            return no_answer(w, err);
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

static bool greet(int fd, const struct sockaddr_un *a, const struct wait *w, struct text *answer, struct err *err)
{
    send_until(fd, w);
    if (connect(fd, (const struct sockaddr *)a, sizeof *a) != 0) {
        return late_or(w, "connect", err);
    }
    return send_all(fd, bytes_str("{\"version\": \"0.2\"}\n")) ? receive(fd, w, answer, err) : late_or(w, "say hello", err);
}

static bool talk(int fd, struct bytes message, const struct wait *w, struct text *answer, struct err *err)
{
    text_clear(answer);
    send_until(fd, w);
    return send_all(fd, message) && send_all(fd, bytes_str("\n")) ? receive(fd, w, answer, err) : late_or(w, "send", err);
}

bool control_ask(const char *path, struct bytes message, unsigned seconds, struct text *answer, struct err *err)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof a.sun_path) {
        return err_set(err, "control socket %s: too long a name", path);
    }
    memcpy(a.sun_path, path, strlen(path) + 1);
    uint64_t began = clock_monotonic();
    struct wait hello = wait_from(began, seconds < HELLO_SECONDS ? seconds : HELLO_SECONDS), all = wait_from(began, seconds);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return err_sys(err, "control socket %s", path);
    }
    bool ok = (greet(fd, &a, &hello, answer, err) && talk(fd, message, &all, answer, err)) || err_add(err, "control socket %s", path);
    close(fd);
    return ok;
}
