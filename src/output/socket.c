/* SPDX-License-Identifier: GPL-2.0-or-later */
/* socket - records to a local socket; a peer that is away is looked for again, and what it misses is counted. */
#include "base/send.h"
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { AGAIN_SECONDS = 1, STALL_SECONDS = 5 };

struct peer {
    struct sockaddr_un address;
    int fd;                /* -1: away */
    int64_t again;         /* seconds: not before that */
};

static int64_t now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

static bool peer_connect(struct sink *s, struct peer *p)
{
    int type = s->settings->type == SINK_UNIX_DGRAM ? SOCK_DGRAM : SOCK_STREAM;

    if (p->fd >= 0 || now_seconds() < p->again) {
        return p->fd >= 0;
    }
    p->again = now_seconds() + AGAIN_SECONDS;
    p->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (p->fd >= 0) { /* a peer that reads no more is away too */
        (void)setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = STALL_SECONDS }, sizeof(struct timeval));
    }
    if (p->fd >= 0 && connect(p->fd, (const struct sockaddr *)&p->address, sizeof p->address) != 0) {
        int error = errno;
        close(p->fd);
        p->fd = -1;
        errno = error;
    }
    return p->fd >= 0;
}

static bool socket_open(struct sink *s, struct err *err)
{
    struct peer *p = s->state = calloc(1, sizeof *p);
    char path[PATH_MAX];

    if (p == NULL) {
        return err_sys(err, "socket %s", s->settings->file);
    }
    p->fd = -1;
    p->address.sun_family = AF_UNIX;
    if (!sink_path(s, s->settings->file, 0, path, err)) {
        return false;
    }
    if (strlen(path) >= sizeof p->address.sun_path) {
        return err_set(err, "socket %s: a name of at most %zu bytes is possible", path, sizeof p->address.sun_path - 1);
    }
    memcpy(p->address.sun_path, path, strlen(path) + 1);
    if (!peer_connect(s, p)) { /* it may come later */
        sink_fail(s, path, 0);
    }
    return true;
}

/* All of the bytes, or the peer is away. */
static void socket_put(struct sink *s, const struct event *e)
{
    struct peer *p = s->state;
    struct bytes prefix = bytes_str(s->settings->prefix != NULL ? s->settings->prefix : "");
    uint8_t *both = NULL;
    struct bytes line = e->line;

    if (prefix.n != 0 && (both = malloc(prefix.n + line.n)) != NULL) { /* a datagram is one */
        memcpy(both, prefix.p, prefix.n);
        memcpy(both + prefix.n, line.p, line.n);
        line = bytes_of(both, prefix.n + line.n);
    }
    if (!peer_connect(s, p) || !send_all(p->fd, line)) {
        int error = errno;
        if (p->fd >= 0 && error != EMSGSIZE) {
            close(p->fd);
            p->fd = -1;
        }
        errno = error;
        sink_fail(s, p->address.sun_path, 1);
    } else {
        s->told = false; /* it is back: a failure from now on is news */
    }
    free(both);
}

static void socket_flush(struct sink *s) { (void)s; }

static void socket_close(struct sink *s)
{
    struct peer *p = s->state;

    if (p != NULL && p->fd >= 0) {
        close(p->fd);
    }
    free(p);
}

const struct sink_ops sink_socket = { socket_open, socket_put, socket_flush, socket_close };
