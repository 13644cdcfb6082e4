# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, session


def make(trace):
    much = b"x" * 5000
    session(trace, 9001, sport=40001, at=1).open().send(SERVER, much).close()
    session(trace, 9002, sport=40002, at=2).open().send(CLIENT, much).send(SERVER, much).close()
    slow = session(trace, 9003, sport=40003, at=3).open()
    for _ in range(5):
        slow.send(SERVER, much[:1000])
        slow.pause(1.0)
    slow.close()
