# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, post, session

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    """The protocol is known; then forty requests before one is acknowledged, of which the first and the last are bad."""
    s = session(trace).open().request(get("/")).reply(ok())
    at = s.client.sent
    for i in range(40):
        data = post("/%d" % i, b"EVIL" if i in (0, 39) else b"good")
        s.segment(CLIENT, at, data)
        at += len(data)
    s.ack(SERVER)
    s.close()
