/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redis - records into a list, a channel or a stream of a Redis server, in its protocol (RESP2).
 *
 * Nothing waits for the server: commands stand in a queue of bounded size until it has answered them.  A connection that is lost is
 * made again, and what was not answered is sent once more; what the queue has no room for is counted as lost, and so is what
 * the server refuses.
 */
#include "output/sink.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_MAX = 16 << 20, QUEUE_FIRST = 64 << 10, AGAIN_MS = 1000, STALL_MS = 10000, LINGER_MS = 3000, LINE_MAX_BYTES = 512, PUMP_FROM = 16 << 10,
       HELLO_MAX = 1200 };

struct redis {
    int fd;                     /* -1: no connection */
    bool connecting;
    int64_t again, moved;       /* ms: not before that; when it last took or answered something */
    char name[300];             /* for messages */
    uint8_t *queue;             /* commands: [first, sent) wait for an answer, [sent, n) to be sent */
    size_t room, first, n, sent;
    uint32_t *length;           /* of each command in the queue, oldest first, a ring */
    size_t length_room, length_first, length_n, flying /* of these, sent or begun */;
    size_t begun;               /* bytes of the last one that is begun which have gone */
    char line[LINE_MAX_BYTES];  /* of an answer */
    size_t line_n;
    uint64_t skip;              /* bytes of a bulk answer still to come */
    char hello[HELLO_MAX];      /* what is said first: who we are; nothing else goes before it is answered */
    size_t hello_n, hello_sent;
    bool hello_waits, denied;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the connection ---- */

static void hang_up(struct redis *r)
{
    if (r->fd >= 0) {
        close(r->fd);
    }
    r->fd = -1;
    r->connecting = false;
    r->sent = r->first; /* all that was not answered goes again */
    r->begun = r->flying = 0;
    r->line_n = 0;
    r->skip = 0;
    r->again = now_ms() + AGAIN_MS;
}

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
    r->hello_waits = r->hello_n != 0;
    r->denied = false;
}

/* The server's name is looked up anew each time: it may have moved. */
static bool dial(struct sink *s, struct redis *r)
{
    const struct redis_settings *x = &s->settings->redis;
    const struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char port[8];

    if (now_ms() < r->again) {
        return false;
    }
    r->again = now_ms() + AGAIN_MS;
    snprintf(port, sizeof port, "%u", x->port);
    if (getaddrinfo(x->server, port, &want, &found) != 0) {
        errno = EHOSTUNREACH;
        return false;
    }
    r->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd >= 0) {
        (void)setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        r->connecting = connect(r->fd, found->ai_addr, found->ai_addrlen) != 0;
        if (r->connecting && errno != EINPROGRESS) {
            int error = errno;
            hang_up(r);
            errno = error;
        }
        r->moved = now_ms();
        hello(s, r);
    }
    freeaddrinfo(found);
    return r->fd >= 0;
}

static bool connected(struct redis *r)
{
    struct pollfd p = { r->fd, POLLOUT, 0 };
    int error = 0;
    socklen_t n = sizeof error;

    if (!r->connecting) {
        return true;
    }
    if (poll(&p, 1, 0) <= 0) {
        if (now_ms() - r->moved > STALL_MS) {
            hang_up(r);
        }
        return false;
    }
    if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error != 0) {
        hang_up(r);
        errno = error;
        return false;
    }
    r->connecting = false;
    return true;
}

/* ---- the queue ---- */

/* The oldest command is done with. */
static void command_done(struct redis *r)
{
    r->first += r->length[r->length_first];
    if (r->first == r->n || r->first > r->room / 2) { /* each byte moves once on the average */
        memmove(r->queue, r->queue + r->first, r->n - r->first);
        r->n -= r->first;
        r->sent -= r->first;
        r->first = 0;
    }
    r->length_first = (r->length_first + 1) % r->length_room;
    r->length_n--;
    r->flying--;
}

static bool length_push(struct redis *r, size_t n)
{
    if (r->length_n == r->length_room) {
        size_t room = r->length_room != 0 ? r->length_room * 2 : 256;
        uint32_t *more = calloc(room, sizeof *more);
        if (more == NULL) {
            return false;
        }
        for (size_t i = 0; i < r->length_n; i++) {
            more[i] = r->length[(r->length_first + i) % r->length_room];
        }
        free(r->length);
        r->length = more;
        r->length_room = room;
        r->length_first = 0;
    }
    r->length[(r->length_first + r->length_n++) % r->length_room] = (uint32_t)n;
    return true;
}

static bool queue_room(struct redis *r, size_t n)
{
    size_t room = r->room != 0 ? r->room : QUEUE_FIRST;

    while (room < r->n + n) {
        room *= 2;
    }
    if (r->n - r->first + n > QUEUE_MAX) {
        errno = ENOBUFS;
        return false;
    }
    if (room != r->room) {
        uint8_t *more = realloc(r->queue, room);
        if (more == NULL) {
            return false;
        }
        r->queue = more;
        r->room = room;
    }
    return true;
}

/* ---- what the server says ---- */

/* One line of an answer: an integer, a status, an error, or the length of bytes that follow.  False: it speaks another protocol. */
static bool answer_line(struct sink *s, struct redis *r)
{
    long long n;

    r->line[r->line_n] = '\0';
    if (r->hello_waits) {
        r->hello_waits = false;
        r->denied = r->line[0] != '+'; /* who is refused hangs up, and tries again later */
        return !r->denied;
    }
    switch (r->line[0]) {
    case '-':
        errno = EPROTO;
        sink_fail(s, r->name, r->flying != 0);
        break;
    case '$':
        n = strtoll(r->line + 1, NULL, 10);
        r->skip = n >= 0 ? (uint64_t)n + 2 : 0;
        break;
    case ':':
    case '+':
        s->told = false; /* it takes them again: a failure from now on is news */
        break;
    default: return false;
    }
    if (r->flying == 0) {
        return false; /* an answer to nothing */
    }
    command_done(r);
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
        } else if (p[i] != '\r' && r->line_n + 1 < sizeof r->line) {
            r->line[r->line_n++] = p[i];
        }
    }
    return true;
}

static bool listen_to(struct sink *s, struct redis *r)
{
    char piece[4096];
    ssize_t k;

    while ((k = recv(r->fd, piece, sizeof piece, 0)) > 0) {
        r->moved = now_ms();
        if (!answers(s, r, piece, (size_t)k)) {
            errno = r->denied ? EACCES : EPROTO;
            return false;
        }
    }
    return k < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool send_more(struct redis *r)
{
    while (r->hello_sent < r->hello_n) {
        ssize_t k = send(r->fd, r->hello + r->hello_sent, r->hello_n - r->hello_sent, MSG_NOSIGNAL);
        if (k < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        r->hello_sent += (size_t)k;
    }
    if (r->hello_waits) {
        return true;
    }
    while (r->sent < r->n) {
        ssize_t k = send(r->fd, r->queue + r->sent, r->n - r->sent, MSG_NOSIGNAL);
        if (k < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        r->sent += (size_t)k;
        r->begun += (size_t)k;
        r->moved = now_ms();
        while (r->flying < r->length_n) { /* a command that has begun is answered or goes again */
            size_t length = r->length[(r->length_first + r->flying) % r->length_room];
            if (r->begun < length) {
                break;
            }
            r->begun -= length;
            r->flying++;
        }
    }
    return true;
}

/* What can be done now without waiting.  False: there is no connection. */
static bool pump(struct sink *s, struct redis *r)
{
    if (r->fd < 0 && !dial(s, r)) {
        return false;
    }
    if (!connected(r)) {
        return r->fd >= 0;
    }
    bool stalls = r->flying != 0 && now_ms() - r->moved > STALL_MS;
    if (stalls || !send_more(r) || !listen_to(s, r)) {
        int error = stalls ? ETIMEDOUT : errno;
        hang_up(r);
        errno = error;
        sink_fail(s, r->name, 0);
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
    r->fd = -1;
    snprintf(r->name, sizeof r->name, "redis at %s:%u", s->settings->redis.server, s->settings->redis.port);
    if (!pump(s, r) && r->fd < 0) { /* it may come later */
        sink_fail(s, r->name, 0);
    }
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
    size_t n = e->line.n != 0 && e->line.p[e->line.n - 1] == '\n' ? e->line.n - 1 : e->line.n;
    char head[1024];
    size_t h = head_of(&s->settings->redis, n, head, sizeof head), whole = h + n + 2;

    if (r->n - r->first + whole > QUEUE_MAX) {
        (void)pump(s, r);
    }
    if (h == 0 || whole > UINT32_MAX || !queue_room(r, whole) || !length_push(r, whole)) {
        sink_fail(s, r->name, 1);
        return;
    }
    memcpy(r->queue + r->n, head, h);
    memcpy(r->queue + r->n + h, e->line.p, n);
    memcpy(r->queue + r->n + h + n, "\r\n", 2);
    r->n += whole;
    if (r->n - r->sent >= PUMP_FROM) {
        (void)pump(s, r);
    }
}

static void redis_flush(struct sink *s) { (void)pump(s, s->state); }

static void redis_close(struct sink *s)
{
    struct redis *r = s->state;
    int64_t until = now_ms() + LINGER_MS;

    if (r == NULL) {
        return;
    }
    while (r->length_n != 0 && now_ms() < until) {
        if (!pump(s, r)) {
            (void)poll(NULL, 0, 50);
            continue;
        }
        struct pollfd p = { r->fd, (short)(POLLIN | (r->connecting || (r->sent < r->n && !r->hello_waits) ? POLLOUT : 0)), 0 };
        if (r->length_n != 0) {
            (void)poll(&p, 1, 50);
        }
    }
    if (r->length_n != 0) {
        errno = ETIMEDOUT;
        sink_fail(s, r->name, r->length_n);
    }
    if (r->fd >= 0) {
        close(r->fd);
    }
    free(r->queue);
    free(r->length);
    free(r);
}

const struct sink_ops sink_redis = { redis_open, redis_put, redis_flush, redis_close, NULL };
