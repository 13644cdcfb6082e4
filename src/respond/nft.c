/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/nft.h"

#include "base/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GOODBYE_MS = 2000 /* for its last command */, STEP_MS = 10 };

struct nft {
    pid_t pid;
    int fd;                 /* its standard input */
};

static const char table[] =
    "add table inet peccary\n"
    "delete table inet peccary\n" /* of a run that was killed */
    "add table inet peccary\n"
    "add set inet peccary blocked4 { type ipv4_addr; flags timeout; size 8192; }\n"
    "add set inet peccary blocked6 { type ipv6_addr; flags timeout; size 8192; }\n"
    "add chain inet peccary block { type filter hook prerouting priority -300; policy accept; }\n"
    "add rule inet peccary block ip saddr @blocked4 counter drop\n"
    "add rule inet peccary block ip6 saddr @blocked6 counter drop\n";

/* A line goes whole or not at all: shorter than what a pipe takes at once. */
static bool say(const struct nft *n, const char *line)
{
    size_t length = strlen(line);

    return write(n->fd, line, length) == (ssize_t)length;
}

static bool start(struct nft *n, int pipe_out, struct err *err)
{
    char name[] = "nft", interactive[] = "-i";
    char *const line[] = { name, interactive, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    static const int ours[] = { SIGTERM, SIGINT, SIGHUP }; /* for us, though all of a service get them: it ends with its input, in due form */
    sigset_t held;

    sigemptyset(&held);
    for (unsigned i = 0; i < ROWS(ours); i++) {
        sigaddset(&held, ours[i]);
    }
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &held);
    posix_spawnattr_setpgroup(&how, 0); /* an interrupt of the terminal is for us, too */
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_adddup2(&files, pipe_out, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    errno = posix_spawnp(&n->pid, name, &files, &how, line, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return errno == 0 || err_sys(err, "respond.nftables: start nft");
}

struct nft *nft_open(struct err *err)
{
    struct nft *n = calloc(1, sizeof *n);
    int ends[2] = { -1, -1 };

    if (n == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        free(n);
        (void)err_sys(err, "respond.nftables");
        return NULL;
    }
    n->fd = ends[1];
    bool good = start(n, ends[0], err);
    (void)close(ends[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fcntl(n->fd, F_SETFL, O_NONBLOCK);
    if (!good || (!say(n, table) && !err_sys(err, "respond.nftables: speak to nft"))) {
        (void)close(n->fd);
        free(n);
        return NULL;
    }
    return n;
}

bool nft_block(struct nft *n, const struct addr *a, enum family family, uint32_t seconds)
{
    char address[ADDR_TEXT_MAX], line[160];

    addr_text(a, family, address);
    unsigned set = family == FAMILY_4 ? 4 : 6;
    if (seconds == 0) {
        (void)snprintf(line, sizeof line, "delete element inet peccary blocked%u { %s }\n", set, address);
    } else {
        (void)snprintf(line, sizeof line, "add element inet peccary blocked%u { %s timeout %us }\n", set, address, seconds);
    }
    return say(n, line);
}

/* The last line waits for room, for a while. */
static bool say_last(const struct nft *n, const char *line)
{
    struct pollfd room = { .fd = n->fd, .events = POLLOUT };

    return say(n, line) || (errno == EAGAIN && poll(&room, 1, GOODBYE_MS) == 1 && say(n, line));
}

/* Waits until it has ended; false: it does not.  *status is waitpid's. */
static bool ended(const struct nft *n, unsigned ms, int *status)
{
    pid_t got;

    for (; (got = waitpid(n->pid, status, WNOHANG)) == 0 && ms >= STEP_MS; ms -= STEP_MS) {
        (void)poll(NULL, 0, STEP_MS);
    }
    return got != 0;
}

bool nft_close(struct nft *n, struct err *err)
{
    int status = 0;

    if (n == NULL) {
        return true;
    }
    bool told = say_last(n, "delete table inet peccary\n") || err_sys(err, "tell nft to delete the table inet peccary");
    (void)close(n->fd);
    bool gone = ended(n, GOODBYE_MS, &status);
    if (!gone) {
        (void)err_set(err, "nft does not end: the table inet peccary may still be there");
        if (kill(n->pid, SIGKILL) == 0) { /* not permitted where it has kept another user's rights */
            (void)ended(n, GOODBYE_MS, &status);
        }
    }
    bool good = told && gone && (WIFEXITED(status) || err_set(err, "nft was ended: the table inet peccary may still be there"));
    free(n);
    return good;
}
