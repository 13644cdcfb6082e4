/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket and its clients: one thread, never waiting for one of them. */
#include "base/clock.h"
#include "control/inside.h"
#include "control/message.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 32, ANSWER_MAX = 16 << 20, PATIENCE_MS = 10000 /* for the rest of a message, and for the taking of an answer */, PIECE = 4096 };

struct client {
    int fd;
    bool greeted, closing, waiting; /* closing: when its answer is out; waiting: for the rules that are being loaded */
    uint8_t *in;
    size_t in_n, in_room;
    struct text out;
    size_t sent;
    uint64_t since;              /* ns: of the half message, or of the answer that is not taken; 0: neither */
};

struct server {
    struct control *control;
    struct client client[CLIENTS_MAX];
    unsigned n;
};

static void client_drop(struct server *s, unsigned i)
{
    struct client *c = &s->client[i];

    close(c->fd);
    free(c->in);
    text_fini(&c->out);
    s->client[i] = s->client[--s->n];
}

static void client_take(struct server *s)
{
    int fd = accept4(s->control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        return;
    }
    if (s->n == CLIENTS_MAX) {
        close(fd);
        return;
    }
    s->client[s->n] = (struct client){ .fd = fd };
    text_init(&s->client[s->n++].out, ANSWER_MAX);
}

/* What can be sent now; false: the client has gone, or is done with. */
static bool client_send(struct client *c)
{
    while (c->sent < c->out.n) {
        ssize_t k = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k < 0) {
            return errno == EAGAIN;
        }
        c->sent += (size_t)k;
        c->since = clock_monotonic();
    }
    text_clear(&c->out);
    c->sent = 0;
    c->since = c->in_n != 0 ? clock_monotonic() : 0;
    return !c->closing;
}

/* Answers the whole messages in the client's buffer, one answer at a time.  False: hang up. */
static bool client_messages(struct server *s, struct client *c)
{
    while (c->out.n == 0 && !c->closing && !c->waiting) {
        size_t n;
        enum message_state m = message_cut(bytes_of(c->in, c->in_n), &n);
        if (m == MESSAGE_BAD) {
            return false;
        }
        if (m == MESSAGE_MORE) {
            return true;
        }
        c->closing = !message_answer(s->control, bytes_of(c->in, n), &c->greeted, &c->waiting, &c->out);
        memmove(c->in, c->in + n, c->in_n - n);
        c->in_n -= n;
        if (!client_send(c)) {
            return false;
        }
    }
    return true;
}

static bool client_read(struct server *s, struct client *c)
{
    if (c->in_room - c->in_n < PIECE) {
        size_t room = c->in_n + PIECE;
        uint8_t *more = room <= MESSAGE_MAX + PIECE ? realloc(c->in, room) : NULL;
        if (more == NULL) {
            return false;
        }
        c->in = more;
        c->in_room = room;
    }
    ssize_t k = recv(c->fd, c->in + c->in_n, PIECE, 0);
    if (k < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (k == 0) {
        return false;
    }
    if (c->in_n == 0) {
        c->since = clock_monotonic();
    }
    c->in_n += (size_t)k;
    bool good = client_messages(s, c);
    c->since = c->in_n == 0 && c->out.n == 0 ? 0 : c->since;
    return good;
}

static bool client_turn(struct server *s, struct client *c, short ready, uint64_t now)
{
    if (c->since != 0 && now > c->since + PATIENCE_MS * 1000000ULL) {
        return false;
    }
    if ((ready & POLLOUT) != 0 && !client_send(c)) {
        return false;
    }
    if ((ready & POLLOUT) != 0 && c->out.n == 0) {
        return client_messages(s, c);
    }
    if ((ready & POLLIN) != 0) {
        return client_read(s, c);
    }
    return (ready & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

/* Who waits for the rules is answered when they are loaded. */
static void answer_waiting(struct server *s)
{
    for (unsigned i = s->n; i-- > 0;) {
        struct client *c = &s->client[i];
        if (!c->waiting || engine_reloading(s->control->engine)) {
            continue;
        }
        c->waiting = false;
        message_answer_waiting(s->control, &c->out);
        if (!client_send(c) || !client_messages(s, c)) {
            client_drop(s, i);
        }
    }
}

static bool any_waiting(const struct server *s)
{
    bool any = false;

    for (unsigned i = 0; i < s->n; i++) {
        any |= s->client[i].waiting;
    }
    return any;
}

static void *server_main(void *arg)
{
    struct server s = { .control = arg };
    struct pollfd p[CLIENTS_MAX + 2];

    for (;;) {
        p[0] = (struct pollfd){ s.control->fd, POLLIN, 0 };
        p[1] = (struct pollfd){ s.control->bell[0], POLLIN, 0 };
        for (unsigned i = 0; i < s.n; i++) { /* who does not take the answer is not listened to */
            p[i + 2] = (struct pollfd){ s.client[i].fd, s.client[i].out.n != 0 ? POLLOUT : s.client[i].waiting ? 0 : POLLIN, 0 };
        }
        unsigned n = s.n;
        if (poll(p, n + 2, any_waiting(&s) ? 10 : 1000) < 0 && errno != EINTR) {
            break;
        }
        if (p[1].revents != 0) {
            break;
        }
        uint64_t now = clock_monotonic();
        for (unsigned i = n; i-- > 0;) {
            if (!client_turn(&s, &s.client[i], p[i + 2].revents, now)) {
                client_drop(&s, i);
            }
        }
        answer_waiting(&s);
        if (p[0].revents != 0) {
            client_take(&s);
        }
    }
    while (s.n != 0) {
        client_drop(&s, s.n - 1);
    }
    return NULL;
}

/* ---- the socket ---- */

static bool address_of(const char *path, struct sockaddr_un *a, struct err *err)
{
    *a = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof a->sun_path) {
        return err_set(err, "control socket %s: a name of at most %zu bytes is possible", path, sizeof a->sun_path - 1);
    }
    memcpy(a->sun_path, path, strlen(path) + 1);
    return true;
}

/* A socket that nobody listens at goes; one that somebody does stays. */
static bool place_free(const struct sockaddr_un *a, struct err *err)
{
    struct stat st;

    if (lstat(a->sun_path, &st) != 0) {
        return true;
    }
    if (!S_ISSOCK(st.st_mode)) {
        return err_set(err, "control socket %s: there is a file of that name", a->sun_path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (answers) {
        return err_set(err, "control socket %s: another program listens there", a->sun_path);
    }
    return unlink(a->sun_path) == 0 || err_sys(err, "control socket %s", a->sun_path);
}

static bool socket_listen(struct control *c, struct err *err)
{
    struct sockaddr_un a;

    if (!address_of(c->path, &a, err) || !place_free(&a, err)) {
        return false;
    }
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0) {
        return err_sys(err, "control socket %s", c->path);
    }
    mode_t mode = c->settings.mode != 0 ? (mode_t)c->settings.mode : 0660;
    (void)fchmod(c->fd, mode); /* so that it is never open to more than that */
    if (bind(c->fd, (const struct sockaddr *)&a, sizeof a) != 0 || chmod(c->path, mode) != 0 || listen(c->fd, CLIENTS_MAX) != 0) {
        return err_sys(err, "control socket %s", c->path);
    }
    return true;
}

static void control_free(struct control *c)
{
    if (c->fd >= 0) {
        close(c->fd);
        unlink(c->path);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (c->bell[i] >= 0) {
            close(c->bell[i]);
        }
    }
    jobs_fini(&c->jobs);
    free(c->path);
    free(c);
}

struct control *control_open(const struct control_settings *s, struct engine *e, struct err *err)
{
    struct control *c = calloc(1, sizeof *c);

    if (c == NULL) {
        err_sys(err, "control");
        return NULL;
    }
    c->settings = *s;
    c->engine = e;
    c->fd = c->bell[0] = c->bell[1] = -1;
    c->path = strdup(s->path);
    if (!jobs_init(&c->jobs, err)) {
        free(c->path);
        free(c);
        return NULL;
    }
    if (c->path == NULL || pipe2(c->bell, O_CLOEXEC) != 0) {
        err_sys(err, "control");
        control_free(c);
        return NULL;
    }
    if (!socket_listen(c, err)) {
        control_free(c);
        return NULL;
    }
    int failed = pthread_create(&c->thread, NULL, server_main, c);
    if (failed != 0) {
        err_set(err, "start the control thread: %s", strerror(failed));
        control_free(c);
        return NULL;
    }
    return c;
}

void control_close(struct control *c)
{
    if (c == NULL) {
        return;
    }
    (void)!write(c->bell[1], "", 1);
    pthread_join(c->thread, NULL);
    control_free(c);
}
