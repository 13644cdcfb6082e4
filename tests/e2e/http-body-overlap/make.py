# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id"]}
MSS, LENGTH = 500, 7500
HEAD = len(ok(b"." * LENGTH)) - LENGTH


def border(n):
    """Where in the body the nth segment ends."""
    return MSS * n - HEAD


def body(parts, fill):
    out = bytearray(fill * LENGTH)
    for at, text in parts:
        out[at:at + len(text)] = text
    return bytes(out)


def make(trace):
    parts = [(1900, b"in-the-first-window"), (2700, b"3rd."), (border(9) - 8, b"across-two-turns"), (border(7) + 20, b"turns-before"),
             (border(9) + 60, b"2nd."), (3300, b"out-of-the-window"), (6000, b"4th."), (border(14) - 3, b"<>across"), (border(15), b"5th.")]
    words = b"".join(b"w%02d-" % i for i in range(80))
    s = session(trace).open().request(get("/few")).reply(ok(body(parts, b"a")), mss=MSS)
    s.request(get("/many")).reply(ok(body(parts + [(500, words)], b"b")), mss=MSS).close()
