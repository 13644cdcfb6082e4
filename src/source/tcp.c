/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture over a TCP connection (pcap-over-IP): "tcp:HOST:PORT" connects to who sends one, "tcp::PORT" waits for those who do, one
 * after the other, on all addresses, "tcp:@HOST:PORT" on that one.
 *
 * One worker reads it.  Times are the capture's.  What is sent is hostile as any file is; who connects is not asked who they are.
 */
#include "source/filter.h"
#include "source/kind.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD = 24, HEAD_NG = 28,  /* bytes with which a capture can be told: no waiting for the rest of them then */
    CONNECT_MS = 5000,
    HOST_MAX = 256,
};

struct tcp_device {
    struct device base;
    int listens, peer;        /* sockets; -1 */
    struct source_pipe *pipe; /* reads the peer */
    struct capture capture;
    struct filter *filter;
    bool open;                /* `capture` is */
    char name[32];            /* of the pipe */
};

/* Enough came to know what it is? */
static bool begins(int peer, bool *gone)
{
    uint8_t head[HEAD_NG];
    ssize_t n = recv(peer, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
    bool ng = n >= 4 && head[0] == 0x0a && head[1] == 0x0d && head[2] == 0x0d && head[3] == 0x0a;

    *gone = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    return n >= (ng ? HEAD_NG : HEAD);
}

static void leave(struct tcp_device *t, const struct err *why)
{
    if (why != NULL && why->text[0] != '\0') {
        struct err *told = &t->base.source->input[t->base.input].err;
        *told = *why;
        (void)err_add(told, "%s", t->base.source->input[t->base.input].path);
        t->base.source->counter[SOURCE_ERRORS]++;
    }
    if (t->open) {
        capture_close(&t->capture);
    }
    source_pipe_free(t->pipe);
    if (t->peer >= 0) {
        (void)close(t->peer);
    }
    t->pipe = NULL;
    t->open = false;
    t->peer = -1;
    t->base.ended = t->listens < 0;
    t->base.fd = t->listens;
}

/* Somebody to read from, and a capture begun; else nothing yet. */
static bool ready(struct tcp_device *t)
{
    struct err err = { "" };
    bool gone;

    if (t->open) {
        return true;
    }
    if (t->peer < 0 && t->listens >= 0) {
        t->peer = accept4(t->listens, NULL, NULL, SOCK_CLOEXEC);
        t->base.fd = t->peer >= 0 ? t->peer : t->listens;
    }
    if (t->peer < 0 || !begins(t->peer, &gone)) {
        if (t->peer >= 0 && gone) {
            leave(t, NULL);
        }
        return false;
    }
    t->pipe = source_pipe_over(t->peer, t->name, 1, &err);
    struct feed *feed = t->pipe != NULL ? feed_open(t->name, t->pipe, &err) : NULL;
    t->open = feed != NULL && capture_open(&t->capture, feed, &err);
    if (!t->open) {
        leave(t, &err);
        return false;
    }
    t->base.fd = -1; /* its thread reads it: asked again every few milliseconds */
    return true;
}

static void tcp_poll(struct device *d, struct batch *b, unsigned limit)
{
    struct tcp_device *t = (struct tcp_device *)d;
    struct record r;
    struct err err = { "" };

    if (!ready(t)) {
        return;
    }
    while (b->n < limit && t->capture.feed->held <= FEED_HELD_MAX && capture_next(&t->capture, &r) == CAPTURE_RECORD) {
        d->source->counter[SOURCE_RECEIVED]++;
        if (t->filter != NULL && !filter_wants(t->filter, &r, &err)) {
            d->source->counter[SOURCE_UNWANTED]++;
            continue;
        }
        batch_add(b, ++*d->number, &(struct arrival){ r.frame, r.ts, r.wire_len, r.link, d->input });
    }
    if (b->n == 0 && t->capture.ended) {
        struct err why = t->capture.err;
        leave(t, &why);
    }
}

static void tcp_release(struct device *d, struct batch *b)
{
    (void)b;
    feed_release(((struct tcp_device *)d)->capture.feed);
}

static void tcp_close(struct device *d)
{
    struct tcp_device *t = (struct tcp_device *)d;

    if (d->source != NULL) {
        leave(t, NULL);
    } else if (t->peer >= 0) {
        (void)close(t->peer);
    }
    if (t->listens >= 0) {
        (void)close(t->listens);
    }
    filter_free(t->filter);
    free(t);
}

/* "HOST:PORT" in two; the host may be in brackets, and empty. */
static bool name_read(const char *name, char host[HOST_MAX], const char **port, struct err *err)
{
    const char *colon = strrchr(name, ':');
    size_t n = colon != NULL ? (size_t)(colon - name) : 0;

    if (colon == NULL || colon[1] == '\0' || n >= HOST_MAX) {
        return err_set(err, "HOST:PORT to connect, :PORT or @HOST:PORT to listen is wanted");
    }
    if (n >= 2 && name[0] == '[' && name[n - 1] == ']') {
        name++;
        n -= 2;
    }
    memcpy(host, name, n);
    host[n] = '\0';
    *port = colon + 1;
    return true;
}

static bool connected(int fd, const struct addrinfo *a)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    int error = 0;
    socklen_t n = sizeof(error);

    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return false;
    }
    if (poll(&p, 1, CONNECT_MS) <= 0) {
        errno = ETIMEDOUT;
        return false;
    }
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
    errno = error;
    return error == 0;
}

static bool listening(int fd, const struct addrinfo *a)
{
    int one = 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    return bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 4) == 0;
}

static bool reach(struct tcp_device *t, const char *name, struct err *err)
{
    bool listens = name[0] == ':' || name[0] == '@', done = false;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = listens ? AI_PASSIVE : 0 }, *all;
    char host[HOST_MAX];
    const char *port;
    int saved = 0;

    if (!name_read(name + (name[0] == '@'), host, &port, err)) {
        return false;
    }
    int wrong = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &all);
    if (wrong != 0) {
        return err_set(err, "%s", gai_strerror(wrong));
    }
    for (const struct addrinfo *a = all; a != NULL && !done; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        done = fd >= 0 && (listens ? listening(fd, a) : connected(fd, a));
        saved = errno;
        if (done) {
            *(listens ? &t->listens : &t->peer) = t->base.fd = fd;
        } else if (fd >= 0) {
            (void)close(fd);
        }
    }
    freeaddrinfo(all);
    errno = saved;
    return done || err_sys(err, listens ? "listen" : "connect");
}

static struct device *tcp_open(const struct source_settings *s, const char *name, struct err *err)
{
    static const struct device_ops ops = { tcp_poll, tcp_release, tcp_close, NULL, NULL };
    struct tcp_device *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        (void)err_set(err, "not enough memory");
        return NULL;
    }
    t->base.ops = &ops;
    t->base.fd = t->listens = t->peer = -1;
    memcpy(t->name, "tcp connection", sizeof("tcp connection"));
    if (!reach(t, name, err) || (s->bpf != NULL && (t->filter = filter_new(s->bpf, err)) == NULL)) {
        tcp_close(&t->base);
        return NULL;
    }
    return &t->base;
}

const struct source_kind source_tcp = { "tcp", "a capture over TCP: HOST:PORT connects, :PORT or @HOST:PORT listens", true, true, tcp_open };
