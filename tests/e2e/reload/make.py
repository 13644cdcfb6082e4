# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session


def make(trace):
    for i in range(3):
        s = session(trace, sport=40000 + i, at=i).open()
        s.request(get("/before")).reply(ok(b"answer %d" % i)).close()
