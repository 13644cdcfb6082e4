/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture over a TCP connection (pcap-over-IP): "tcp:HOST:PORT" connects to who sends one, "tcp::PORT" waits for those who do, one
 * after the other, on all addresses, "tcp:@HOST:PORT" on that one.
 *
 * One worker reads it.  Times are the capture's.  What is sent is hostile as any file is; who connects is not asked who they are.  Nobody is
 * waited for: who has not said within a few seconds what they send gives way to the next who connects, and who is no longer there is
 * noticed (keep-alive).
 */
#include "base/clock.h"
#include "source/filter.h"
#include "source/kind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_S = 5,               /* for the head of a capture, while others wait */
    ALIVE_S = 60, ALIVE_EACH_S = 10, ALIVE_TRIES = 3, /* silent for so long: asked whether they are there, so often */
    CONNECT_MS = 5000,
    HOST_MAX = 256,
};

struct tcp_device {
    struct device base;
    int listens;              /* -1: it does not */
    struct capture capture;   /* the peer's, whose socket its feed has; no feed: there is none */
    bool begun;               /* its head has come */
    uint64_t since;           /* ns, monotonic: when the peer came */
    struct filter *filter;
};

static void leave(struct tcp_device *t, const struct err *why)
{
    if (why != NULL && why->text[0] != '\0') {
        struct err *told = &t->base.source->input[t->base.input].err;
        *told = *why;
        (void)err_add(told, "%s", t->base.source->input[t->base.input].path);
        t->base.source->counter[SOURCE_ERRORS]++;
    }
    capture_close(&t->capture);
    t->begun = false;
    t->base.ended = t->listens < 0;
    t->base.fd = t->listens;
}

static bool peer_take(struct tcp_device *t, int fd)
{
    static const struct {
        int level, name, value;
    } alive[] = { { SOL_SOCKET, SO_KEEPALIVE, 1 },
                  { IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_S },
                  { IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_EACH_S },
                  { IPPROTO_TCP, TCP_KEEPCNT, ALIVE_TRIES } };
    struct feed *feed = feed_open_socket(fd);

    if (feed == NULL) {
        return false;
    }
    for (size_t i = 0; i < ROWS(alive); i++) {
        (void)setsockopt(fd, alive[i].level, alive[i].name, &alive[i].value, sizeof(alive[i].value));
    }
    capture_begin(&t->capture, feed);
    t->since = clock_monotonic();
    t->base.fd = fd;
    return true;
}

static bool others_wait(const struct tcp_device *t)
{
    struct pollfd p = { .fd = t->listens, .events = POLLIN };

    return t->listens >= 0 && poll(&p, 1, 0) > 0;
}

/* Somebody to read from, and a capture begun; else nothing yet. */
static bool ready(struct tcp_device *t)
{
    struct err err = { "" };

    if (t->capture.feed == NULL && t->listens >= 0) {
        int fd = accept4(t->listens, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || !peer_take(t, fd)) {
            return false;
        }
    }
    if (t->begun || t->capture.feed == NULL) {
        return t->begun;
    }
    enum capture_status status = capture_head(&t->capture, &err);
    t->begun = status == CAPTURE_RECORD;
    if (status == CAPTURE_WAIT && clock_monotonic() - t->since > HEAD_S * CLOCK_SECOND && others_wait(t)) {
        (void)err_set(&err, "no head of a capture within %d seconds, and others wait", HEAD_S);
        leave(t, &err);
    } else if (status == CAPTURE_END) {
        bool nothing = t->capture.feed->n == 0 && t->capture.feed->err.text[0] == '\0'; /* somebody looked whether we are here */
        leave(t, nothing ? NULL : &err);
    }
    return t->begun;
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
    } else if (b->n == 0) { /* nothing was wanted of what came */
        feed_release(t->capture.feed);
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

    capture_close(&t->capture);
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
        if (done && listens) {
            t->listens = t->base.fd = fd;
        } else if (done) {
            done = peer_take(t, fd);
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
    t->base.fd = t->listens = -1;
    if (!reach(t, name, err) || (s->bpf != NULL && (t->filter = filter_new(s->bpf, err)) == NULL)) {
        tcp_close(&t->base);
        return NULL;
    }
    return &t->base;
}

const struct source_kind source_tcp = { .name = "tcp", .help = "a capture over TCP: HOST:PORT connects, :PORT or @HOST:PORT listens",
    .one_reader = true, .own_time = true, .open = tcp_open };
