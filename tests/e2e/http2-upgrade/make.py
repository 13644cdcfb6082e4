# SPDX-License-Identifier: GPL-2.0-or-later
from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, MAGIC, frame, settings
from pair import session

SHOW = {"alert": ["alert.signature_id"], "http": ["http.url", "http.status", "http.http2.stream_id", "tx_id"], "flow": ["app_proto", "app_proto_orig"]}


def make(trace):
    s = session(trace).open()
    s.request(b"GET /up HTTP/1.1\r\nHost: one.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
    s.reply(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + settings((3, 50)) +
            frame(HEADERS, END_HEADERS, 1, b"\x88") + frame(DATA, END_STREAM, 1, b"the answer"))
    s.request(MAGIC + settings((3, 100)))
    s.request(frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x82\x86\x85"))
    s.reply(frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x8d")).close()
