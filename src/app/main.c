/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

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

int main(int argc, char **argv)
{
    /* A file at its limit and a reader gone away are failures of one write, told where it happens. */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
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
