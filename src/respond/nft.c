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

enum { GOODBYE_MS = 2000 /* for its last command */, TABLE_MS = 10000 /* for its first ones */, STEP_MS = 10 };

struct nft {
    pid_t pid;
    int fd;                 /* its standard input */
    int words;              /* its standard error */
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

/* A text goes whole or not at all: shorter than what a pipe takes at once. */
static bool say(const struct nft *n, const char *line)
{
    size_t length = strlen(line);

    return write(n->fd, line, length) == (ssize_t)length;
}

/* `from`: its standard input; `words`: where it says what it cannot do. */
static bool spawn(struct nft *n, char *const line[], int from, int words, struct err *err)
{
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
    posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
    errno = posix_spawnp(&n->pid, line[0], &files, &how, line, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return errno == 0 || err_sys(err, "start nft");
}

/* With a pipe each way. */
static bool start(struct nft *n, char *const line[], struct err *err)
{
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC) != 0) {
        return err_sys(err, "start nft");
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return err_sys(err, "start nft");
    }
    n->fd = in[1];
    n->words = out[0];
    bool good = spawn(n, line, in[0], out[1], err);
    (void)close(in[0]);
    (void)close(out[1]);
    (void)fcntl(n->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(n->words, F_SETFL, O_NONBLOCK);
    if (!good) {
        (void)close(n->fd);
        (void)close(n->words);
    }
    return good;
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

void nft_wait(const struct nft *n, unsigned ms)
{
    struct pollfd more = { .fd = n->words, .events = POLLIN };

    (void)poll(&more, 1, (int)ms);
}

unsigned nft_complains(struct nft *n, struct err *err)
{
    char said[4096];
    unsigned complaints = 0;
    ssize_t got;

    while ((got = read(n->words, said, sizeof said - 1)) > 0) {
        said[got] = '\0';
        for (char *line = said, *end; *line != '\0'; line = end) {
            end = line + strcspn(line, "\n");
            end += *end == '\n' ? (*end = '\0', 1) : 0;
            if (strstr(line, "Error") != NULL && complaints++ == 0) {
                (void)err_set(err, "nft: %s", line);
            }
        }
    }
    return complaints;
}

/* By one of its own, which ends: whether it could is told by that. */
static bool table_make(struct err *err)
{
    char name[] = "nft", file[] = "-f", input[] = "-";
    char *const line[] = { name, file, input, NULL };
    struct nft n;
    int status = 0;

    if (!start(&n, line, err)) {
        return false;
    }
    bool told = say(&n, table) || err_sys(err, "speak to nft");
    (void)close(n.fd);
    if (!ended(&n, TABLE_MS, &status)) {
        (void)kill(n.pid, SIGKILL);
        (void)ended(&n, GOODBYE_MS, &status);
        told = err_set(err, "nft does not make the table inet peccary");
    } else if (told && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        told = false;
        if (nft_complains(&n, err) == 0) {
            (void)err_set(err, "nft could not make the table inet peccary, and did not say why");
        }
    }
    (void)close(n.words);
    return told;
}

struct nft *nft_open(struct err *err)
{
    char name[] = "nft", interactive[] = "-i";
    char *const line[] = { name, interactive, NULL };
    struct nft *n = calloc(1, sizeof *n);

    (void)signal(SIGPIPE, SIG_IGN);
    if (n == NULL || !table_make(err) || !start(n, line, err)) {
        (void)(n == NULL ? err_set(err, "respond.nftables: not enough memory") : err_add(err, "respond.nftables"));
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
    good = good && nft_complains(n, err) == 0;
    (void)close(n->words);
    free(n);
    return good;
}
