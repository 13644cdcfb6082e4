# SPDX-License-Identifier: GPL-2.0-or-later
from pair import ok, session

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    ask = b"GET /a HTTP/1.1\r\nHost: www.example\r\nX-Forwarded-For: 10.1.1.1, 192.0.2.77\r\n\r\n"
    body = b"5\r\nhello\r\n0\r\nX-Sum: 42\r\nX-Mark: two words\r\n\r\n"
    session(trace).open().request(ask).reply(ok(body, [("Transfer-Encoding", "chunked"), ("X-Mark", "blue")], "text/plain", length=False)).close()
