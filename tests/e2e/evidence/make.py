# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram, ok, post, session


def make(trace):
    body = b"BEGIN" + b"a" * 9000 + b"key=Value;" + b"b" * 3000
    session(trace).open().request(post("/up%6Coad", body), mss=1400).reply(ok()).close()
    session(trace, 7000, sport=40001, at=1).open().request(b"x" * 100).request(b"user=anna id=42").close()
    datagram(trace, b"\x08\x04......eval....", dport=7000, at=2)
    datagram(trace, b"data: aGVsbG8gd29ybGQ=", dport=7000, at=3)
