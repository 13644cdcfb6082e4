# SPDX-License-Identifier: GPL-2.0-or-later
import gzip

from http2 import CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, MAGIC, frame, request, settings, field
from pair import session

SHOW = {"alert": ["alert.signature_id"], "http": ["http.url", "http.status", "http.http2.stream_id"], "fileinfo": ["fileinfo.size", "fileinfo.state"]}


def make(trace):
    s = session(trace).open()
    one = request(b"/one", b"User@WWW.one.example:8080", (b"user-agent", b"case/1"), (b"cookie", b"a=1"), (b"cookie", b"b=2"))
    s.request(MAGIC + settings((3, 100)) + frame(HEADERS, END_STREAM, 1, one[:20]) + frame(CONTINUATION, END_HEADERS, 1, one[20:]))
    text = gzip.compress(b"what the answer says, over and over. " * 40, mtime=0)
    s.reply(settings((1, 4096)) + frame(HEADERS, END_HEADERS, 1, b"\x88" + field(b"content-encoding", b"gzip") + field(b"server", b"case")) +
            frame(DATA, 0, 1, text[:30]) + frame(DATA, END_STREAM, 1, text[30:]))
    two = request(b"/two", b"www.one.example", method=3)
    s.request(frame(HEADERS, END_HEADERS, 3, two) + frame(DATA, END_STREAM, 3, b"what is sent"))
    s.reply(frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x8d"))
    s.request(frame(GOAWAY, 0, 0, bytes(8))).close()
