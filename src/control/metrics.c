/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/metrics.h"

#include "base/clock.h"
#include "base/rows.h"
#include "engine/outside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 8192, PATIENCE_MS = 2000, BODY_MAX = 4 << 20 };

struct metrics {
    struct engine *engine;
    int fd, bell[2];
    pthread_t thread;
};

/* ---- the text: OpenMetrics 1.0 ---- */

/* [a-z0-9_] of a counter's dotted name. */
static void metric_name(const char *name, char *out, size_t room)
{
    size_t n = (size_t)snprintf(out, room, "peccary_");

    for (const char *c = name; *c != '\0' && n + 1 < room; c++) {
        bool good = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        out[n++] = good ? *c : *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : '_';
    }
    out[n] = '\0';
}

static void metric_add(void *ctx, const char *name, uint64_t value, int kind)
{
    struct text *t = ctx;
    char metric[128];

    metric_name(strncmp(name, "peccary.", 8) == 0 ? name + 8 : name, metric, sizeof metric);
    text_printf(t, "# TYPE %s %s\n%s%s %llu\n", metric, kind == COUNTER_SUM ? "counter" : "gauge", metric, kind == COUNTER_SUM ? "_total" : "",
                (unsigned long long)value);
}

/* Where nothing runs there are no counters; false: a worker is busy. */
static bool metrics_text(struct engine *e, struct text *t)
{
    struct err err;

    pthread_mutex_lock(&e->lock);
    unsigned loaded = e->rules_loaded, refused = e->rules_refused;
    bool runs = e->inside != NULL;
    uint64_t when = e->loaded;
    pthread_mutex_unlock(&e->lock);
    text_printf(t, "# TYPE peccary_build info\npeccary_build_info{version=\"%s\"} 1\n", PECCARY_VERSION);
    text_printf(t, "# TYPE peccary_uptime_seconds gauge\n# UNIT peccary_uptime_seconds seconds\npeccary_uptime_seconds %llu\n",
                (unsigned long long)((clock_now() - e->started) / CLOCK_SECOND));
    text_printf(t, "# TYPE peccary_rules gauge\npeccary_rules{state=\"loaded\"} %u\npeccary_rules{state=\"refused\"} %u\n", loaded, refused);
    text_printf(t, "# TYPE peccary_rules_loaded_timestamp_seconds gauge\n# UNIT peccary_rules_loaded_timestamp_seconds seconds\n"
                   "peccary_rules_loaded_timestamp_seconds %llu\n", (unsigned long long)(when / CLOCK_SECOND));
    if (!engine_counters(e, metric_add, t, &err) && runs) {
        return false;
    }
    text_str(t, "# EOF\n");
    return true;
}

/* ---- HTTP, as little of it as a scraper needs ---- */

static bool wait_ready(int fd, short what, uint64_t until)
{
    uint64_t now = clock_monotonic();
    struct pollfd p = { fd, what, 0 };

    return now < until && poll(&p, 1, (int)((until - now) / 1000000 + 1)) > 0;
}

/* The head of a request, to its empty line. */
static bool request_read(int fd, char *head, uint64_t until)
{
    size_t n = 0;

    while (n + 1 < REQUEST_MAX && wait_ready(fd, POLLIN, until)) {
        ssize_t k = recv(fd, head + n, REQUEST_MAX - 1 - n, 0);
        if (k <= 0 && (k == 0 || (errno != EINTR && errno != EAGAIN))) {
            return false;
        }
        n += k > 0 ? (size_t)k : 0;
        head[n] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL || strstr(head, "\n\n") != NULL) {
            return true;
        }
    }
    return false;
}

static void answer_send(int fd, struct bytes b, uint64_t until)
{
    while (b.n != 0 && wait_ready(fd, POLLOUT, until)) {
        ssize_t k = send(fd, b.p, b.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k < 0 && errno != EINTR && errno != EAGAIN) {
            return;
        }
        b = bytes_from(b, k > 0 ? (size_t)k : 0);
    }
}

static bool asks(const char *head, const char *target)
{
    size_t n = strlen(target);

    return strncmp(head, "GET ", 4) == 0 && strncmp(head + 4, target, n) == 0 && (head[4 + n] == ' ' || head[4 + n] == '?');
}

static void serve(struct metrics *m, int fd)
{
    uint64_t until = clock_monotonic() + PATIENCE_MS * 1000000ULL;
    char head[REQUEST_MAX];
    struct text body, answer;

    if (!request_read(fd, head, until)) {
        return;
    }
    text_init(&body, BODY_MAX);
    text_init(&answer, BODY_MAX + 1024);
    bool found = asks(head, "/metrics"), get = strncmp(head, "GET ", 4) == 0, told = found && metrics_text(m->engine, &body);
    if (found && !told) {
        text_clear(&body);
        text_str(&body, "a worker is busy\n");
    } else if (!found) {
        text_str(&body, get ? "the counters are at /metrics\n" : "GET is what can be done here\n");
    }
    text_printf(&answer, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                told ? "200 OK" : found ? "503 Service Unavailable" : get ? "404 Not Found" : "405 Method Not Allowed",
                told ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; charset=utf-8", body.n);
    text_add(&answer, body.p, body.n);
    answer_send(fd, text_bytes(&answer), until);
    text_fini(&body);
    text_fini(&answer);
}

static void *metrics_main(void *arg)
{
    struct metrics *m = arg;

    for (;;) {
        struct pollfd p[2] = { { m->fd, POLLIN, 0 }, { m->bell[0], POLLIN, 0 } };
        if (poll(p, 2, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (p[1].revents != 0) {
            return NULL;
        }
        int fd = p[0].revents != 0 ? accept4(m->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
        if (fd >= 0) {
            serve(m, fd);
            (void)shutdown(fd, SHUT_WR);
            close(fd);
        }
    }
}

/* ---- where ---- */

union place {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static bool place_of(const char *where, union place *to, socklen_t *n)
{
    const char *colon = strrchr(where, ':'), *digits = colon != NULL ? colon + 1 : where;
    char address[64] = "127.0.0.1", *end;
    unsigned long port = strtoul(digits, &end, 10);

    if (*digits == '\0' || *end != '\0' || port == 0 || port > 65535) {
        return false;
    }
    if (colon != NULL) {
        bool brackets = where[0] == '[' && colon > where && colon[-1] == ']';
        int k = snprintf(address, sizeof address, "%.*s", (int)(colon - where - (brackets ? 2 : 0)), where + (brackets ? 1 : 0));
        if (k <= 0 || (size_t)k >= sizeof address) {
            return false;
        }
    }
    *to = (union place){ .six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) } };
    if (inet_pton(AF_INET6, address, &to->six.sin6_addr) == 1) {
        *n = sizeof to->six;
        return true;
    }
    *to = (union place){ .four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) } };
    *n = sizeof to->four;
    return inet_pton(AF_INET, address, &to->four.sin_addr) == 1;
}

static void metrics_free(struct metrics *m)
{
    const int fds[] = { m->fd, m->bell[0], m->bell[1] };

    for (unsigned i = 0; i < ROWS(fds); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    free(m);
}

struct metrics *metrics_open(const char *where, struct engine *e, struct err *err)
{
    struct metrics *m = calloc(1, sizeof *m);
    union place place;
    socklen_t n;

    if (m == NULL) {
        err_sys(err, "metrics");
        return NULL;
    }
    *m = (struct metrics){ .engine = e, .fd = -1, .bell = { -1, -1 } };
    if (!place_of(where, &place, &n)) {
        err_set(err, "metrics: '%s' is no port, or address and port", where);
        metrics_free(m);
        return NULL;
    }
    m->fd = socket(place.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (m->fd >= 0) {
        (void)setsockopt(m->fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    }
    if (m->fd < 0 || bind(m->fd, &place.any, n) != 0 || listen(m->fd, 16) != 0 || pipe2(m->bell, O_CLOEXEC) != 0 ||
        pthread_create(&m->thread, NULL, metrics_main, m) != 0) {
        err_sys(err, "metrics at %s", where);
        metrics_free(m);
        return NULL;
    }
    return m;
}

void metrics_close(struct metrics *m)
{
    if (m == NULL) {
        return;
    }
    (void)!write(m->bell[1], "", 1);
    pthread_join(m->thread, NULL);
    metrics_free(m);
}
