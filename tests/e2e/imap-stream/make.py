# SPDX-License-Identifier: GPL-2.0-or-later
import pair


def make(trace):
    pair.talk(trace, 143, [("server", b"* OK ready\r\n"), ("client", b"a1 LOGIN joe secret\r\n"), ("server", b"a1 OK done\r\n"),
                           ("client", b"a2 SELECT inbox\r\n"), ("server", b"* 1 EXISTS\r\na2 OK done\r\n"), ("client", b"a3 LOGOUT\r\n"), ("server", b"* BYE\r\na3 OK\r\n")])
