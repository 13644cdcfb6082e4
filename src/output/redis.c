/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redis - records into a list, a channel or a stream of a Redis server, in its protocol (RESP2).
 *
 * Nothing waits for the server or for its address: commands stand in the queue of peer.h until it has answered them; what it refuses is
 * counted as lost.
 */
#include "output/lookup.h"
#include "output/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STALL_MS = 10000, HELLO_MS = 5000, LINE_MAX_BYTES = 512, HELLO_MAX = 1200 };

struct redis {
    struct peer peer;           /* held: until who we are is answered */
    struct lookup *lookup;      /* NULL: the next connection begins with one */
    const struct addrinfo *next; /* of its addresses, where the one before did not answer */
    bool connecting;
    int64_t moved;              /* ms: when it last answered, or was asked where nothing was waiting */
    char line[LINE_MAX_BYTES];  /* of an answer */
    size_t line_n;
    uint64_t skip;              /* bytes of a bulk answer still to come */
    char hello[HELLO_MAX];      /* what is said first: who we are */
    size_t hello_n, hello_sent;
    bool denied;
};

/* ---- the connection ---- */

/* AUTH, where the settings have a password. */
static void hello(struct sink *s, struct redis *r)
{
    const struct redis_settings *x = &s->settings->redis;
    int n = 0;

    if (x->password != NULL && x->username != NULL) {
        n = snprintf(r->hello, sizeof r->hello, "*3\r\n$4\r\nAUTH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(x->username), x->username, strlen(x->password), x->password);
    } else if (x->password != NULL) {
        n = snprintf(r->hello, sizeof r->hello, "*2\r\n$4\r\nAUTH\r\n$%zu\r\n%s\r\n", strlen(x->password), x->password);
    }
    r->hello_n = n > 0 && (size_t)n < sizeof r->hello ? (size_t)n : 0;
    r->hello_sent = 0;
    r->peer.held = r->hello_n != 0;
    r->denied = false;
    r->line_n = 0;
    r->skip = 0;
}

static void lookup_over(struct redis *r)
{
    lookup_free(r->lookup);
    r->lookup = NULL;
    r->next = NULL;
}

/* An address to connect to; the server's name is looked up anew when none is left: it may have moved.  NULL: not yet, or (told) none. */
static const struct addrinfo *address(struct sink *s, struct redis *r)
{
    const struct redis_settings *x = &s->settings->redis;

    if (r->next != NULL) {
        return r->next;
    }
    if (r->lookup == NULL) {
        if (peer_now() < r->peer.again) {
            return NULL;
        }
        r->lookup = lookup_new(x->server, x->port);
    }
    if (r->lookup != NULL && !lookup_done(r->lookup, &r->next)) {
        return NULL;
    }
    if (r->next == NULL) {
        errno = r->lookup == NULL ? EAGAIN : EHOSTUNREACH;
        lookup_over(r);
        peer_hang_up(&r->peer);
        sink_fail(s, r->peer.name, 0);
    }
    return r->next;
}

/* No connection to this address; where it was the last one, it is told, and all are tried again in a while. */
static void unreachable(struct sink *s, struct redis *r)
{
    peer_hang_up(&r->peer);
    r->connecting = false;
    if (r->next == NULL) {
        lookup_over(r);
        sink_fail(s, r->peer.name, 0);
    }
}

static bool dial(struct sink *s, struct redis *r)
{
    struct peer *p = &r->peer;

    for (const struct addrinfo *a; (a = address(s, r)) != NULL;) {
        r->next = a->ai_next;
        p->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (p->fd >= 0 && (connect(p->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)) {
            (void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
            r->connecting = true;
            r->moved = peer_now();
            hello(s, r);
            return true;
        }
        unreachable(s, r);
    }
    return false;
}

/* False: it is still under way, or (told) there is no connection. */
static bool connected(struct sink *s, struct redis *r)
{
    struct pollfd p = { r->peer.fd, POLLOUT, 0 };
    int error = ETIMEDOUT;
    socklen_t n = sizeof error;

    if (!r->connecting) {
        return true;
    }
    if (poll(&p, 1, 0) <= 0) {
        if (peer_now() - r->moved <= STALL_MS) {
            return false;
        }
    } else if (getsockopt(r->peer.fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0) {
        r->connecting = false;
        lookup_over(r);
        return true;
    }
    errno = error;
    unreachable(s, r);
    return false;
}

/* ---- what the server says ---- */

/* One line of an answer: an integer, a status, an error, or the length of bytes that follow.  False: it speaks another protocol. */
static bool answer_line(struct sink *s, struct redis *r)
{
    long long n;

    r->line[r->line_n] = '\0';
    if (r->peer.held) {
        r->peer.held = false;
        r->denied = r->line[0] != '+'; /* who is refused hangs up, and tries again later */
        return !r->denied;
    }
    switch (r->line[0]) {
    case '-':
        sink_fail_with(s, r->peer.name, r->peer.flying != 0, r->line + 1);
        break;
    case '$':
        n = strtoll(r->line + 1, NULL, 10);
        r->skip = n >= 0 ? (uint64_t)n + 2 : 0;
        break;
    case ':':
    case '+':
        sink_well(s);
        break;
    default: return false;
    }
    if (r->peer.flying == 0) {
        return false; /* an answer to nothing */
    }
    peer_done(&r->peer);
    return true;
}

static bool answers(struct sink *s, struct redis *r, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->skip != 0) {
            r->skip--;
        } else if (p[i] == '\n') {
            if (r->line_n == 0 || !answer_line(s, r)) {
                return false;
            }
            r->line_n = 0;
        } else if ((unsigned char)p[i] >= ' ' && p[i] != 127 && r->line_n + 1 < sizeof r->line) { /* it may be told */
            r->line[r->line_n++] = p[i];
        }
    }
    return true;
}

static bool listen_to(struct sink *s, struct redis *r)
{
    char piece[4096];
    ssize_t k;

    while ((k = recv(r->peer.fd, piece, sizeof piece, 0)) > 0) {
        r->moved = peer_now();
        if (!answers(s, r, piece, (size_t)k)) {
            errno = EPROTO;
            return false;
        }
    }
    errno = k == 0 ? ECONNRESET : errno;
    return k < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool send_more(struct redis *r)
{
    while (r->hello_sent < r->hello_n) {
        ssize_t k = send(r->peer.fd, r->hello + r->hello_sent, r->hello_n - r->hello_sent, MSG_NOSIGNAL);
        if (k < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        r->hello_sent += (size_t)k;
    }
    if (!r->peer.held && r->peer.flying == 0) {
        r->moved = peer_now();
    }
    return r->peer.held || peer_send(&r->peer);
}

static bool redis_pump(struct sink *s)
{
    struct redis *r = s->state;

    if (r->peer.fd < 0 && !dial(s, r)) {
        return false;
    }
    if (!connected(s, r)) {
        return r->peer.fd >= 0;
    }
    int64_t silent = peer_now() - r->moved;
    bool stalls = (r->peer.held && silent > HELLO_MS) || (r->peer.flying != 0 && silent > STALL_MS);
    if (stalls || !send_more(r) || !listen_to(s, r)) {
        errno = stalls ? ETIMEDOUT : errno;
        peer_hang_up(&r->peer);
        sink_fail_with(s, r->peer.name, 0, r->denied ? r->line + (r->line[0] == '-') : NULL);
        return false;
    }
    return true;
}

/* ---- the sink ---- */

static bool redis_open(struct sink *s, struct err *err)
{
    struct redis *r = s->state = calloc(1, sizeof *r);

    if (r == NULL) {
        return err_sys(err, "redis");
    }
    peer_init(&r->peer, s, redis_pump, false);
    snprintf(r->peer.name, sizeof r->peer.name, "redis at %s:%u", s->settings->redis.server, s->settings->redis.port);
    (void)redis_pump(s); /* it may come later */
    return true;
}

/* A command of words, the record its last: "*3\r\n$5\r\nLPUSH\r\n…". */
static size_t head_of(const struct redis_settings *x, size_t record, char *out, size_t room)
{
    static const char *const verbs[] = { [REDIS_LPUSH] = "LPUSH", [REDIS_RPUSH] = "RPUSH", [REDIS_PUBLISH] = "PUBLISH", [REDIS_XADD] = "XADD" };
    const char *word[8] = { verbs[x->mode], x->key };
    char most[24];
    unsigned n = 2;
    int at;

    if (x->mode == REDIS_XADD) {
        if (x->maxlen != 0) {
            snprintf(most, sizeof most, "%llu", (unsigned long long)x->maxlen);
            word[n++] = "MAXLEN";
            word[n++] = x->exact ? "=" : "~";
            word[n++] = most;
        }
        word[n++] = "*";
        word[n++] = "eve";
    }
    at = snprintf(out, room, "*%u\r\n", n + 1);
    for (unsigned i = 0; i < n && at > 0 && (size_t)at < room; i++) {
        at += snprintf(out + at, room - (size_t)at, "$%zu\r\n%s\r\n", strlen(word[i]), word[i]);
    }
    at += at > 0 && (size_t)at < room ? snprintf(out + at, room - (size_t)at, "$%zu\r\n", record) : 0;
    return at > 0 && (size_t)at < room ? (size_t)at : 0;
}

static void redis_put(struct sink *s, const struct event *e)
{
    struct redis *r = s->state;
    struct bytes record = bytes_head(e->line, e->line.n - (e->line.n != 0 && e->line.p[e->line.n - 1] == '\n'));
    char head[1024];
    size_t h = head_of(&s->settings->redis, record.n, head, sizeof head);

    if (h == 0) {
        errno = ENAMETOOLONG;
        sink_fail(s, r->peer.name, 1);
        return;
    }
    peer_put(s, &r->peer, (const struct bytes[]){ bytes_of(head, h), record, bytes_str("\r\n") }, 3);
}

static void redis_flush(struct sink *s) { (void)redis_pump(s); }

static void redis_close(struct sink *s)
{
    struct redis *r = s->state;

    if (r == NULL) {
        return;
    }
    peer_close(s, &r->peer);
    lookup_over(r);
    free(r);
}

const struct sink_ops sink_redis = { redis_open, redis_put, redis_flush, redis_close, NULL };
