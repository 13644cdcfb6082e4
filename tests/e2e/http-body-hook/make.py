# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, session


def make(trace):
    """A body of eight segments, each acknowledged before the next."""
    s = session(trace, 80).open().request(get("/long"))
    s.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\n\r\n")
    for i in range(8):
        s.reply(bytes([65 + i]) * 1000)
    s.close()
