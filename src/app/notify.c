/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager is told: ready, alive, ending (sd_notify(3)'s protocol: datagrams to NOTIFY_SOCKET). */
#include "app/app.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool notify_open(struct notify *n)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    *n = (struct notify){ .fd = -1 };
    if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof a.sun_path) {
        return false;
    }
    memcpy(a.sun_path, path, strlen(path));
    if (path[0] == '@') {
        a.sun_path[0] = '\0'; /* the abstract namespace */
    }
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd >= 0 && connect(n->fd, (const struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) != 0) {
        close(n->fd);
        n->fd = -1;
    }
    return n->fd >= 0;
}

static void say(const struct notify *n, const char *what)
{
    if (n->fd >= 0) {
        (void)!send(n->fd, what, strlen(what), MSG_NOSIGNAL); /* nobody to tell it to is no failure */
    }
}

void notify_beat(void *ctx)
{
    struct notify *n = ctx;

    say(n, n->ready ? "WATCHDOG=1" : "READY=1\nWATCHDOG=1");
    n->ready = true;
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0) {
        say(n, "STOPPING=1");
        close(n->fd);
    }
    n->fd = -1;
}
