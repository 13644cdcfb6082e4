/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where extracted packets go: files, and connections (pcap-over-IP). */
#include "app/app.h"

#include "record/read.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Waits for one to connect; -1: interrupted, or it failed. */
static int taken(int listens, const _Atomic bool *stop)
{
    enum { WAIT_MS = 200 };
    struct pollfd p = { .fd = listens, .events = POLLIN };

    while (!*stop) {
        if (poll(&p, 1, WAIT_MS) > 0) {
            return accept4(listens, NULL, NULL, SOCK_CLOEXEC);
        }
    }
    errno = EINTR;
    return -1;
}

static int reach(const struct addrinfo *a, bool listens, const _Atomic bool *stop)
{
    int one = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listens ? bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 1) != 0 : connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    if (!listens) {
        return fd;
    }
    int peer = taken(fd, stop), saved = errno;
    close(fd);
    errno = saved;
    return peer;
}

/* "HOST:PORT", "[HOST]:PORT"; to listen a port alone is on loopback. */
static int connection(const char *to, bool listens, const _Atomic bool *stop, struct err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all;
    char host[256];
    const char *colon = strrchr(to, ':'), *port = colon != NULL ? colon + 1 : to;
    size_t n = colon != NULL ? (size_t)(colon - to) : 0;
    int fd = -1;

    if ((n == 0 && !listens) || n >= sizeof host || *port == '\0') {
        (void)err_set(err, "%s: HOST:PORT is wanted", to);
        return -1;
    }
    uint64_t number;
    if (conf_text_u64(port, &number) && number > UINT16_MAX) { /* getaddrinfo takes what is left of it */
        (void)err_set(err, "%s: %s is no port", to, port);
        return -1;
    }
    bool bracketed = n > 2 && to[0] == '[' && to[n - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(bracketed ? n - 2 : n), bracketed ? to + 1 : to);
    int wrong = getaddrinfo(n != 0 ? host : "127.0.0.1", port, &hints, &all);
    if (wrong != 0) {
        (void)err_set(err, "%s: %s", to, gai_strerror(wrong));
        return -1;
    }
    for (const struct addrinfo *a = all; a != NULL && fd < 0 && !*stop; a = a->ai_next) {
        fd = reach(a, listens, stop);
    }
    int saved = errno;
    freeaddrinfo(all);
    errno = saved;
    if (fd < 0) {
        (void)err_sys(err, "%s", to);
    }
    return fd;
}

static const char connects[] = "tcp:", listens[] = "tcp-listen:";

bool extract_to_file(const char *to)
{
    return strcmp(to, "-") != 0 && strncmp(to, connects, sizeof connects - 1) != 0 && strncmp(to, listens, sizeof listens - 1) != 0;
}

static bool same(const struct stat *a, const char *path)
{
    struct stat b;

    return stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Of a record nothing may be written over: neither its files nor captures that lie elsewhere; nor is what is taken out a segment of it. */
static bool apart(const char *to, const struct record *r, struct err *err)
{
    const char *slash = strrchr(to, '/');
    char folder[PATH_MAX];
    struct stat s;

    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - to) + 1 : 1, slash != NULL ? to : ".");
    if (stat(folder, &s) == 0 && same(&s, r->dir)) {
        return err_set(err, "%s: that is the record's own folder; another is wanted", to);
    }
    for (size_t i = 0; stat(to, &s) == 0 && i < r->n; i++) {
        if (r->segment[i].path != NULL && same(&s, r->segment[i].path)) {
            return err_set(err, "%s: is read from: it would be written over", to);
        }
    }
    return true;
}

int extract_output(const char *to, const struct record *r, const _Atomic bool *stop, struct err *err)
{
    if (strcmp(to, "-") == 0) {
        return STDOUT_FILENO;
    }
    if (strncmp(to, connects, sizeof connects - 1) == 0) {
        return connection(to + sizeof connects - 1, false, stop, err);
    }
    if (strncmp(to, listens, sizeof listens - 1) == 0) {
        return connection(to + sizeof listens - 1, true, stop, err);
    }
    if (!apart(to, r, err)) {
        return -1;
    }
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) {
        (void)err_sys(err, "%s", to);
    }
    return fd;
}
