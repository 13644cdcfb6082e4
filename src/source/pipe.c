/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread reads a descriptor into a ring of bytes that every reader passes at its own pace; the slowest one holds
 * the ring back.  A reader that waits for others (shared state in capture order) never starves them: those behind it
 * need only bytes that the ring still has.
 */
#include "source/feed.h"
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RING_BYTES  ((size_t)4 << 20)
#define READERS_MAX 256
#define WAIT_NS     10000000 /* what an idle reader waits: sources return at least that often */
#define LEFT        UINT64_MAX

struct source_pipe {
    pthread_mutex_t lock;
    pthread_cond_t data, room;
    pthread_t thread;
    bool started, end;
    int fd, stop;
    struct err err;
    char *path;
    unsigned readers, attached;
    uint64_t head;              /* bytes read so far */
    uint64_t tail[READERS_MAX]; /* bytes each reader has passed; LEFT: it reads no more */
    uint8_t ring[RING_BYTES];
};

static uint64_t pipe_slowest(const struct source_pipe *p)
{
    uint64_t least = LEFT;

    for (unsigned i = 0; i < p->readers; i++) {
        least = p->tail[i] < least ? p->tail[i] : least;
    }
    return least == LEFT ? p->head : least;
}

/* Where the next bytes go, contiguous; waits for room.  0: told to stop. */
static size_t pipe_room(struct source_pipe *p, size_t *at)
{
    size_t room = 0;

    (void)pthread_mutex_lock(&p->lock);
    while (!p->end && (room = RING_BYTES - (size_t)(p->head - pipe_slowest(p))) == 0) {
        (void)pthread_cond_wait(&p->room, &p->lock);
    }
    room = p->end ? 0 : room;
    *at = (size_t)(p->head % RING_BYTES);
    (void)pthread_mutex_unlock(&p->lock);
    return room < RING_BYTES - *at ? room : RING_BYTES - *at;
}

static void pipe_publish(struct source_pipe *p, ssize_t n)
{
    (void)pthread_mutex_lock(&p->lock);
    if (n > 0) {
        p->head += (size_t)n;
    } else {
        if (n < 0) {
            (void)err_sys(&p->err, "read");
        }
        p->end = true;
    }
    (void)pthread_cond_broadcast(&p->data);
    (void)pthread_mutex_unlock(&p->lock);
}

static void *pipe_run(void *arg)
{
    struct source_pipe *p = arg;
    struct pollfd pfd[2] = { { .fd = p->fd, .events = POLLIN }, { .fd = p->stop, .events = POLLIN } };
    size_t at = 0, room = 0;

    while ((room = pipe_room(p, &at)) > 0) {
        if (poll(pfd, 2, -1) < 0 && errno != EINTR) {
            pipe_publish(p, -1);
            break;
        }
        if ((pfd[1].revents & POLLIN) != 0) {
            pipe_publish(p, 0);
            break;
        }
        ssize_t n = read(p->fd, p->ring + at, room);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        pipe_publish(p, n);
        if (n <= 0) {
            break;
        }
    }
    return NULL;
}

struct source_pipe *source_pipe_open(const char *path, unsigned readers, struct err *err)
{
    struct source_pipe *p = readers == 0 || readers > READERS_MAX ? NULL : calloc(1, sizeof(*p));

    if (p == NULL) {
        (void)err_set(err, "%s: no memory for %u readers", path, readers);
        return NULL;
    }
    p->readers = readers;
    p->stop = eventfd(0, EFD_CLOEXEC);
    p->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    p->path = strdup(path);
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->room, NULL);
    (void)pthread_cond_init(&p->data, NULL);
    if (p->stop < 0 || p->fd < 0 || p->path == NULL || pthread_create(&p->thread, NULL, pipe_run, p) != 0) {
        (void)err_sys(err, "%s", path);
        source_pipe_free(p);
        return NULL;
    }
    p->started = true;
    return p;
}

struct source_pipe *source_pipe_new(unsigned readers, struct err *err) { return source_pipe_open("-", readers, err); }

void source_pipe_free(struct source_pipe *p)
{
    if (p == NULL) {
        return;
    }
    if (p->started) {
        uint64_t one = 1;
        (void)pthread_mutex_lock(&p->lock);
        p->end = true;
        (void)pthread_cond_broadcast(&p->room);
        (void)pthread_mutex_unlock(&p->lock);
        (void)!write(p->stop, &one, sizeof(one));
        (void)pthread_join(p->thread, NULL);
    }
    (void)pthread_mutex_destroy(&p->lock);
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_cond_destroy(&p->data);
    if (p->fd >= 0) {
        (void)close(p->fd);
    }
    if (p->stop >= 0) {
        (void)close(p->stop);
    }
    free(p->path);
    free(p);
}

bool pipe_is_for(const struct source_pipe *p, const char *path) { return strcmp(p->path, path) == 0; }

bool pipe_attach(struct source_pipe *p, unsigned *reader)
{
    (void)pthread_mutex_lock(&p->lock);
    bool free_place = p->attached < p->readers;
    if (free_place) {
        *reader = p->attached++;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return free_place;
}

void pipe_leave(struct source_pipe *p, unsigned reader)
{
    (void)pthread_mutex_lock(&p->lock);
    p->tail[reader] = LEFT;
    (void)pthread_cond_signal(&p->room);
    (void)pthread_mutex_unlock(&p->lock);
}

enum feed_status pipe_read(struct source_pipe *p, unsigned reader, struct bytes *out)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&p->lock);
    uint64_t at = p->tail[reader];
    int waited = 0;
    while (p->head == at && !p->end && waited == 0) {
        waited = pthread_cond_timedwait(&p->data, &p->lock, &until);
    }
    uint64_t n = p->head - at;
    bool end = p->end;
    (void)pthread_mutex_unlock(&p->lock);
    if (n == 0) {
        return end ? FEED_END : FEED_WAIT;
    }
    size_t from = (size_t)(at % RING_BYTES);
    *out = bytes_of(p->ring + from, n < RING_BYTES - from ? (size_t)n : RING_BYTES - from);
    return FEED_OK;
}

void pipe_passed(struct source_pipe *p, unsigned reader, size_t n)
{
    (void)pthread_mutex_lock(&p->lock);
    p->tail[reader] += n;
    (void)pthread_cond_signal(&p->room);
    (void)pthread_mutex_unlock(&p->lock);
}

void pipe_error(struct source_pipe *p, struct err *err)
{
    (void)pthread_mutex_lock(&p->lock);
    if (p->err.text[0] != 0) {
        *err = p->err;
    }
    (void)pthread_mutex_unlock(&p->lock);
}
