/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct command *const command_table[] = {
#define COMMAND(name) &command_##name,
#include "app/commands.list"
#undef COMMAND
    NULL,
};

static void usage(FILE *to)
{
    fprintf(to, "peccary %s - a network sensor\n\nusage: peccary COMMAND [OPTION…] [ARGUMENT…]\n\n", PECCARY_VERSION);
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        fprintf(to, "  %-10s %s\n", (*c)->name, (*c)->help);
    }
    fprintf(to, "\n'peccary COMMAND --help' tells a command's options.\n");
}

/* The number of a standard stream that is closed would go to the next file opened: a log, with the summary printed into it. */
static void keep_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
        }
    }
}

/* What was printed must have got out; a reader that has gone wanted no more.  Of a write that failed before the reason is not known any more. */
static int told(int status)
{
    struct pollfd out = { .fd = STDOUT_FILENO };
    int reason = fflush(stdout) != 0 ? errno : 0;

    if (reason == 0 && !ferror(stdout)) {
        return status;
    }
    if (reason == EPIPE || (poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0)) {
        return status;
    }
    fprintf(stderr, "peccary: standard output: %s\n", reason != 0 ? strerror(reason) : "not all of it could be written");
    return status == EXIT_DONE ? EXIT_SOME : status;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("peccary %s\n", PECCARY_VERSION);
        return EXIT_DONE;
    }
    for (const struct command *const *c = command_table; *c != NULL; c++) {
        if (strcmp((*c)->name, argv[1]) == 0) {
            return (*c)->run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "peccary: no command is called '%s'\n\n", argv[1]);
    usage(stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    /* A file at its limit and a reader gone away are failures of one write, told where it happens. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    keep_standard_streams();
    return told(run(argc, argv));
}
