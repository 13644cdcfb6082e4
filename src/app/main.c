/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argv;
    fputs("peccary " PECCARY_VERSION "\nusage: peccary COMMAND [ARGUMENT]...\n",
          argc > 1 ? stderr : stdout);
    return argc > 1 ? 2 : 0;
}
