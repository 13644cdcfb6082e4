/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/peer.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE_FIRST = 64 << 10, PUMP_FROM = 16 << 10, STEP_MS = 50 };

int64_t peer_now(void) { return (int64_t)(clock_monotonic() / (CLOCK_SECOND / 1000)); }

void peer_init(struct peer *p, const struct sink *s, bool (*pump)(struct sink *s), bool local)
{
    p->pump = pump;
    p->local = local;
    p->patient = s->waits;
    p->fd = -1;
}

void peer_hang_up(struct peer *p)
{
    int error = errno;

    if (p->fd >= 0) {
        close(p->fd);
    }
    p->fd = -1;
    p->sent = p->first; /* all that is not done goes again */
    p->begun = p->flying = 0;
    p->again = peer_now() + AGAIN_MS;
    errno = error;
}

/* ---- the queue ---- */

void peer_done(struct peer *p)
{
    p->first += p->length[p->length_first];
    if (p->first == p->n || p->first > p->room / 2) { /* each byte moves once on the average */
        memmove(p->queue, p->queue + p->first, p->n - p->first);
        p->n -= p->first;
        p->sent -= p->first;
        p->first = 0;
    }
    p->length_first = (p->length_first + 1) % p->length_room;
    p->length_n--;
    p->flying--;
}

static bool length_push(struct peer *p, size_t n)
{
    if (p->length_n == p->length_room) {
        size_t room = p->length_room != 0 ? p->length_room * 2 : 256;
        uint32_t *more = calloc(room, sizeof *more);
        if (more == NULL) {
            return false;
        }
        for (size_t i = 0; i < p->length_n; i++) {
            more[i] = p->length[(p->length_first + i) % p->length_room];
        }
        free(p->length);
        p->length = more;
        p->length_room = room;
        p->length_first = 0;
    }
    p->length[(p->length_first + p->length_n++) % p->length_room] = (uint32_t)n;
    return true;
}

static bool full(const struct peer *p, size_t n) { return p->n - p->first + n > QUEUE_MAX; }

static bool queue_room(struct peer *p, size_t n)
{
    size_t room = p->room != 0 ? p->room : QUEUE_FIRST;

    if (full(p, n)) {
        errno = ENOBUFS;
        return false;
    }
    while (room < p->n + n) {
        room *= 2;
    }
    if (room != p->room) {
        uint8_t *more = realloc(p->queue, room);
        if (more == NULL) {
            return false;
        }
        p->queue = more;
        p->room = room;
    }
    return true;
}

/* A moment, or until the peer takes or says something. */
static void rest(const struct peer *p)
{
    struct pollfd f = { p->fd, (short)(POLLIN | (p->sent < p->n && !p->held ? POLLOUT : 0)), 0 };

    (void)poll(&f, 1, STEP_MS);
}

/* Makes room for n bytes where that can be. */
static void make_room(struct sink *s, struct peer *p, size_t n)
{
    (void)p->pump(s);
    if (!p->patient || n > QUEUE_MAX) {
        return;
    }
    for (int64_t until = peer_now() + PATIENCE_MS; full(p, n) && p->patient; p->patient = peer_now() < until) {
        rest(p);
        (void)p->pump(s);
    }
}

void peer_put(struct sink *s, struct peer *p, const struct bytes *piece, unsigned n)
{
    size_t whole = 0;

    for (unsigned i = 0; i < n; i++) {
        whole += piece[i].n;
    }
    if (full(p, whole)) {
        make_room(s, p, whole);
    }
    if (!queue_room(p, whole) || !length_push(p, whole)) {
        sink_fail(s, p->name, 1);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        memcpy(p->queue + p->n, piece[i].p, piece[i].n);
        p->n += piece[i].n;
    }
    if (p->n - p->sent >= PUMP_FROM || (p->local && s->waits)) { /* reading files nobody flushes between */
        (void)p->pump(s);
    }
}

/* ---- the connection ---- */

size_t peer_length(const struct peer *p) { return p->flying < p->length_n ? p->length[(p->length_first + p->flying) % p->length_room] : 0; }

void peer_went(struct peer *p, size_t n)
{
    p->sent += n;
    p->begun += n;
    while (p->flying < p->length_n && p->begun >= peer_length(p)) { /* a record that has begun is done or goes again */
        p->begun -= peer_length(p);
        p->flying++;
    }
}

bool peer_send(struct peer *p)
{
    while (p->sent < p->n) {
        ssize_t k = p->piped ? write(p->fd, p->queue + p->sent, p->n - p->sent) : send(p->fd, p->queue + p->sent, p->n - p->sent, MSG_NOSIGNAL);
        if (k < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        peer_went(p, (size_t)k);
    }
    return true;
}

void peer_close(struct sink *s, struct peer *p)
{
    size_t left = p->length_n;
    bool tried = false;

    for (int64_t until = peer_now() + LINGER_MS; p->length_n != 0 && peer_now() < until;) {
        if (!p->pump(s) && p->local) {
            if (tried) {
                break;
            }
            tried = true;
            p->again = 0;
            continue;
        }
        if (p->patient && p->length_n < left) {
            left = p->length_n;
            until = peer_now() + LINGER_MS;
        }
        if (p->length_n != 0) {
            rest(p);
        }
    }
    if (p->length_n != 0) {
        errno = p->fd >= 0 ? ETIMEDOUT : ENOTCONN;
        sink_fail(s, p->name, p->length_n);
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    free(p->queue);
    free(p->length);
}
