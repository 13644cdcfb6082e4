/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socket - records to a local socket, stream or datagram, to the system's log, which is one, and to a named pipe: a line each, for a peer that may
 * come late, go away or stop reading (peer.h).
 */
#include "output/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct local {
    struct peer peer;
    struct sockaddr_un address;
    int type;              /* SOCK_STREAM, SOCK_DGRAM */
    bool syslog;
    char pipe[PATH_MAX];   /* its name; empty: it is a socket */
};

/* Without waiting for somebody who reads it. */
static bool dial_pipe(struct sink *s, struct local *l)
{
    struct peer *p = &l->peer;

    p->fd = open(l->pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0) {
        peer_hang_up(p);
        sink_fail_with(s, p->name, 0, errno == ENXIO ? "nobody reads this pipe" : NULL);
    }
    return p->fd >= 0;
}

/* The system's log takes datagrams, or where it refuses that, a stream. */
static bool dial(struct sink *s, struct local *l)
{
    struct peer *p = &l->peer;

    if (peer_now() < p->again) {
        return false;
    }
    if (p->piped) {
        return dial_pipe(s, l);
    }
    for (unsigned kinds = l->syslog ? 2 : 1; kinds != 0; kinds--) {
        p->fd = socket(AF_UNIX, l->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (p->fd >= 0 && connect(p->fd, (const struct sockaddr *)&l->address, sizeof l->address) == 0) {
            return true;
        }
        peer_hang_up(p);
        if (!l->syslog || errno != EPROTOTYPE) {
            break;
        }
        l->type = l->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM;
    }
    sink_fail(s, p->name, 0);
    return false;
}

/* A record each; the system's log has no use for the byte that ends one in a stream. */
static bool send_datagrams(struct sink *s, struct local *l)
{
    struct peer *p = &l->peer;

    for (size_t n; (n = peer_length(p)) != 0;) {
        if (send(p->fd, p->queue + p->sent, n - l->syslog, MSG_NOSIGNAL) < 0) {
            if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
                return true;
            }
            if (errno != EMSGSIZE) {
                return false;
            }
            sink_fail(s, p->name, 1);
        }
        peer_went(p, n);
    }
    return true;
}

static bool local_pump(struct sink *s)
{
    struct local *l = s->state;
    struct peer *p = &l->peer;

    if (p->fd < 0 && !dial(s, l)) {
        return false;
    }
    bool good = l->type == SOCK_STREAM ? peer_send(p) : send_datagrams(s, l);
    int error = errno;
    if (p->flying != 0) {
        sink_well(s);
    }
    while (p->flying != 0) {
        peer_done(p);
    }
    if (!good) {
        errno = error;
        peer_hang_up(p);
        sink_fail(s, p->name, 0);
    }
    return good;
}

static bool local_open(struct sink *s, struct err *err)
{
    struct local *l = s->state = calloc(1, sizeof *l);
    char path[PATH_MAX];

    if (l == NULL) {
        return err_sys(err, "socket %s", s->settings->file);
    }
    peer_init(&l->peer, s, local_pump, true);
    l->syslog = s->settings->type == SINK_SYSLOG;
    l->type = s->settings->type == SINK_UNIX_DGRAM || l->syslog ? SOCK_DGRAM : SOCK_STREAM;
    l->peer.piped = s->settings->type == SINK_FILE;
    l->address.sun_family = AF_UNIX;
    if (!sink_path(s, l->syslog ? s->settings->syslog.socket : s->settings->file, 0, path, err)) {
        return false;
    }
    if (l->peer.piped) {
        memcpy(l->pipe, path, sizeof l->pipe);
    } else if (strlen(path) >= sizeof l->address.sun_path) {
        return err_set(err, "socket %s: a name of at most %zu bytes is possible", path, sizeof l->address.sun_path - 1);
    }
    (void)snprintf(l->address.sun_path, sizeof l->address.sun_path, "%.*s", (int)sizeof l->address.sun_path - 1, path);
    snprintf(l->peer.name, sizeof l->peer.name, "%.*s", (int)sizeof l->peer.name - 1, path);
    (void)local_pump(s); /* it may come later */
    return true;
}

static void local_put(struct sink *s, const struct event *e)
{
    struct local *l = s->state;

    peer_put(s, &l->peer, (const struct bytes[]){ bytes_str(s->settings->prefix != NULL ? s->settings->prefix : ""), e->line }, 2);
}

/* As syslog() writes to its socket: RFC 3164 4.1 without the host's name, and a NUL at the end. */
static void syslog_put(struct sink *s, const struct event *e)
{
    const struct syslog_settings *x = &s->settings->syslog;
    struct local *l = s->state;
    time_t now = time(NULL);
    char when[32] = "", head[400];
    struct tm tm;

    if (localtime_r(&now, &tm) != NULL) {
        (void)strftime(when, sizeof when, "%b %e %H:%M:%S", &tm);
    }
    (void)snprintf(head, sizeof head, "<%d>%s %.256s[%ld]: ", x->facility | x->level, when, x->identity, (long)getpid());
    peer_put(s, &l->peer,
             (const struct bytes[]){ bytes_str(head), bytes_str(s->settings->prefix != NULL ? s->settings->prefix : ""),
                                     bytes_head(e->line, e->line.n - (e->line.n != 0 && e->line.p[e->line.n - 1] == '\n')), bytes_of("", 1) }, 4);
}

static void local_flush(struct sink *s) { (void)local_pump(s); }

static void local_close(struct sink *s)
{
    struct local *l = s->state;

    if (l != NULL) {
        peer_close(s, &l->peer);
    }
    free(l);
}

const struct sink_ops sink_socket = { local_open, local_put, local_flush, local_close, NULL };
const struct sink_ops sink_syslog = { local_open, syslog_put, local_flush, local_close, NULL };
