/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/nft.h"

#include "base/clock.h"
#include "base/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GOODBYE_MS = 2000 /* for its last command */, TABLE_MS = 10000 /* for its first ones */, STEP_MS = 10,
    ROOM = 512 << 10,       /* of its input: what all hosts take that are told anew */
    TRIES = 10, PAUSE_MS = 1000, PAUSE_MOST_MS = 60000, WELL_S = 60, /* it is started again so often in a row, behind pauses that double; so long is well */
};

struct nft {
    pid_t pid;              /* of whoever keeps it */
    int fd;                 /* its standard input */
    int words;              /* its standard error */
    bool away;              /* it has ended and is not there again */
    char said[4096];        /* of a line that is not whole yet */
    size_t said_n;
};

/* What the keeper says among nft's words. */
static const char word_ended[] = "peccary: ended", word_again[] = "peccary: again", word_given_up[] = "peccary: given up";

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

/* Those who end a service or a terminal's program tell all its processes: these are for us, nft ends with its input, in due form. */
static sigset_t ours_only(void)
{
    static const int ours[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
    sigset_t set;

    sigemptyset(&set);
    for (unsigned i = 0; i < ROWS(ours); i++) {
        sigaddset(&set, ours[i]);
    }
    return set;
}

/* `from`: its standard input; `words`: where it says what it cannot do. */
static bool spawn(pid_t *pid, char *const line[], int from, int words, struct err *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t held = ours_only();

    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &held);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
    errno = posix_spawnp(pid, line[0], &files, &how, line, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    return errno == 0 || err_sys(err, "start nft");
}

static bool keeper_make(pid_t *pid, int from, int words, struct err *err);

/* With a pipe each way: the line's program, or the keeper of nft. */
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
    bool good = line != NULL ? spawn(&n->pid, line, in[0], out[1], err) : keeper_make(&n->pid, in[0], out[1], err);
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

/* What it says comes in pieces. */
static bool take(struct nft *n)
{
    ssize_t got = read(n->words, n->said + n->said_n, sizeof n->said - 1 - n->said_n);

    n->said_n += got > 0 ? (size_t)got : 0;
    return got > 0;
}

void nft_wait(const struct nft *n, unsigned ms)
{
    struct pollfd more = { .fd = n->words, .events = POLLIN };

    (void)poll(&more, 1, (int)ms);
}

static bool is(const char *line, const char *word) { return strcmp(line, word) == 0; }

static void hear_line(struct nft *n, const char *line, struct nft_news *news, struct err *err)
{
    if (strstr(line, "Error") != NULL && news->complaints++ == 0) {
        (void)err_set(err, "nft: %s", line);
    }
    news->given_up |= is(line, word_given_up);
    news->ended |= is(line, word_ended);
    news->again = (news->again && !is(line, word_ended)) || is(line, word_again);
    n->away = (n->away && !is(line, word_again)) || is(line, word_ended);
}

struct nft_news nft_hear(struct nft *n, struct err *err)
{
    struct nft_news news = { 0 };
    bool more;

    do {
        more = take(n);
        char *line = n->said, *end;
        for (; (end = memchr(line, '\n', n->said_n - (size_t)(line - n->said))) != NULL; line = end + 1) {
            *end = '\0';
            hear_line(n, line, &news, err);
        }
        n->said_n -= (size_t)(line - n->said);
        memmove(n->said, line, n->said_n);
        n->said_n = n->said_n < sizeof n->said - 1 ? n->said_n : 0; /* no line is so long */
    } while (more);
    return news;
}

bool nft_away(const struct nft *n) { return n->away; }
bool nft_speaks(const struct nft *n) { return n->said_n != 0; }

/* More than a pipe takes at once. */
static bool pour(const struct nft *n, struct bytes all)
{
    struct pollfd room = { .fd = n->fd, .events = POLLOUT };

    while (all.n != 0) {
        ssize_t done = write(n->fd, all.p, all.n);
        if (done < 0 && (errno != EAGAIN || poll(&room, 1, TABLE_MS) != 1)) {
            return false;
        }
        all = bytes_from(all, done > 0 ? (size_t)done : 0);
    }
    return true;
}

/* By one of its own, which ends: whether it could is told by that.  All in one step: nobody sees sets that are made and not filled. */
static bool table_make(struct bytes hosts, struct err *err)
{
    char name[] = "nft", file[] = "-f", input[] = "-";
    char *const line[] = { name, file, input, NULL };
    struct nft n = { .said_n = 0 };
    int status = 0;

    if (!start(&n, line, err)) {
        return false;
    }
    bool told = (pour(&n, bytes_str(table)) && pour(&n, hosts)) || err_sys(err, "speak to nft");
    (void)close(n.fd);
    if (!ended(&n, TABLE_MS, &status)) {
        (void)kill(n.pid, SIGKILL);
        (void)ended(&n, GOODBYE_MS, &status);
        told = err_set(err, "nft does not make the table inet peccary");
    } else if (told && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        told = false;
        if (nft_hear(&n, err).complaints == 0) {
            (void)err_set(err, "nft could not make the table inet peccary, and did not say why");
        }
    }
    (void)close(n.words);
    return told;
}

/* ---- the keeper: a process that still may start nft when the sensor may not any more ---- */

/* Has the sensor ended, or does it within that time? */
static bool alone(unsigned ms)
{
    struct pollfd in = { .fd = STDIN_FILENO };

    return poll(&in, 1, (int)ms) > 0;
}

static void tell(const char *word) { (void)dprintf(STDERR_FILENO, "%s\n", word); }

/* What came while nobody listened: all of it is told anew. */
static void forget(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    char none[4096];

    while (poll(&in, 1, 0) == 1 && (in.revents & POLLIN) != 0 && read(STDIN_FILENO, none, sizeof none) > 0) {
    }
}

/* nft until it ends: true when nobody speaks to it any more. */
static bool listen_on(void)
{
    char name[] = "nft", interactive[] = "-i";
    char *const line[] = { name, interactive, NULL };
    struct err err;
    pid_t pid;
    int status = 0;

    bool ran = spawn(&pid, line, STDIN_FILENO, STDERR_FILENO, &err) && waitpid(pid, &status, 0) == pid, over = ran && alone(0);
    if (over && !WIFEXITED(status)) {
        tell("Error: it was ended: the table inet peccary may still be there");
    }
    return over;
}

static void keep(void)
{
    unsigned tries = 0;
    bool made = true;
    struct err err;

    while (made) {
        uint64_t began = clock_monotonic();
        if (listen_on()) {
            return;
        }
        tell(word_ended);
        tries = clock_monotonic() - began > WELL_S * CLOCK_SECOND ? 0 : tries;
        for (made = false; !made && tries < TRIES; made = table_make(bytes_of(rd_nothing, 0), &err)) {
            unsigned pause = PAUSE_MS << tries++;
            if (alone(pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS)) {
                (void)listen_on(); /* the last words */
                return;
            }
            forget();
        }
        tell(made ? word_again : word_given_up);
    }
}

static bool keeper_make(pid_t *pid, int from, int words, struct err *err)
{
    sigset_t held = ours_only(), before;

    (void)pthread_sigmask(SIG_BLOCK, &held, &before);
    *pid = fork();
    if (*pid == 0) {
        (void)setpgid(0, 0);
        (void)(dup2(from, STDIN_FILENO) == STDIN_FILENO && dup2(words, STDERR_FILENO) == STDERR_FILENO && dup2(words, STDOUT_FILENO));
        (void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
        (void)prctl(PR_SET_NAME, "peccary-nft");
        keep();
        (void)raise(SIGKILL); /* nothing of the sensor's is undone here */
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return *pid > 0 || err_sys(err, "a process that keeps nft");
}

struct nft *nft_open(struct bytes hosts, struct err *err)
{
    struct nft *n = calloc(1, sizeof *n);

    (void)signal(SIGPIPE, SIG_IGN);
    if (n == NULL || !table_make(hosts, err) || !start(n, NULL, err)) {
        (void)(n == NULL ? err_set(err, "respond.nftables: not enough memory") : err_add(err, "respond.nftables"));
        free(n);
        return NULL;
    }
    (void)fcntl(n->fd, F_SETPIPE_SZ, ROOM); /* less, and more is counted as not told */
    return n;
}

void nft_line(char out[NFT_LINE_MAX], const struct addr *a, enum family family, uint32_t seconds)
{
    char address[ADDR_TEXT_MAX];

    addr_text(a, family, address);
    unsigned set = family == FAMILY_4 ? 4 : 6;
    if (seconds == 0) {
        (void)snprintf(out, NFT_LINE_MAX, "delete element inet peccary blocked%u { %s }\n", set, address);
    } else {
        (void)snprintf(out, NFT_LINE_MAX, "add element inet peccary blocked%u { %s timeout %us }\n", set, address, seconds);
    }
}

bool nft_block(struct nft *n, const struct addr *a, enum family family, uint32_t seconds)
{
    char line[NFT_LINE_MAX];

    nft_line(line, a, family, seconds);
    errno = EPIPE;
    return !n->away && say(n, line);
}

/* The last line waits for room, for a while. */
static bool say_last(const struct nft *n, const char *line)
{
    struct pollfd room = { .fd = n->fd, .events = POLLOUT };

    return say(n, line) || (errno == EAGAIN && poll(&room, 1, GOODBYE_MS) == 1 && say(n, line));
}

bool nft_close(struct nft *n, bool stays, struct err *err)
{
    int status = 0;

    if (n == NULL) {
        return true;
    }
    bool told = stays || say_last(n, "delete table inet peccary\n") || err_sys(err, "tell nft to delete the table inet peccary");
    (void)close(n->fd);
    bool gone = ended(n, GOODBYE_MS, &status);
    if (!gone) {
        (void)err_set(err, "nft does not end: the table inet peccary may still be there");
        if (kill(-n->pid, SIGKILL) == 0) { /* with nft, which is of its group; not permitted where it has kept another user's rights */
            (void)ended(n, GOODBYE_MS, &status);
        }
    }
    bool good = told && gone && nft_hear(n, err).complaints == 0;
    (void)close(n->words);
    free(n);
    return good;
}
