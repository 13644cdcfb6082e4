#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the tables of fingerprints as C, for a program that carries them:  embed.py OUT.c FILE…"""
import os
import sys


def rows(data):
    return ",\n".join("    " + ", ".join(str(b) for b in data[i:i + 32]) for i in range(0, len(data), 32))


def main():
    out, names = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    with open(out, "w") as f:
        f.write("/* SPDX-License-Identifier: GPL-2.0-or-later */\n#include \"aware/print_table.h\"\n\n")
        for i, name in enumerate(names):
            with open(name, "rb") as table:
                f.write("static const unsigned char table_%d[] = {\n%s,\n};\n" % (i, rows(table.read() + b"\n")))
        f.write("\nconst struct print_built prints_built[] = {\n")
        for i, name in enumerate(names):
            f.write("    { \"%s\", table_%d, sizeof table_%d },\n" % (os.path.basename(name), i, i))
        f.write("};\nconst size_t prints_built_n = sizeof prints_built / sizeof prints_built[0];\n")


main()
