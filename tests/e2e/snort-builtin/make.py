# SPDX-License-Identifier: GPL-2.0-or-later
import pair


def make(trace):
    pair.talk(trace, 80, [
        ("client", b"GET /a HTTP/1.1\r\nHost: www.example\r\nHost: www.example\r\nBroken line\r\n\r\n"),
        ("server", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nContent-Length: 3\r\n\r\nabc")])
