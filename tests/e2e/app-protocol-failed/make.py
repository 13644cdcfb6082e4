# SPDX-License-Identifier: GPL-2.0-or-later
from pair import session


def make(trace):
    session(trace, 8081).open().request(b"\0a" * 50).reply(b"\0a" * 50).close()
    session(trace, 8082, sport=40001, at=1).open().request(b"\0a").reply(b"\0a" * 50).close()
