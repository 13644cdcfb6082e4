# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    body = b"BEGIN" + b"a" * 6000 + b"left right" + b"b" * 5000 + b"END."
    session(trace).open().request(get("/long")).reply(ok(body), mss=1400).close()
