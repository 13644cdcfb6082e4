# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import struct

from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, MAGIC, field, frame, request, settings
from pair import session

DNS = b"application/dns-message"


def question(name):
    return b"".join(bytes([len(x)]) + x for x in name.split(b".")) + b"\0" + struct.pack(">HH", 1, 1)


def make(trace):
    s = session(trace).open()
    one, two = question(b"get.one.example"), question(b"post.one.example")
    ask = struct.pack(">6H", 0, 0x100, 1, 0, 0, 0)
    answer = struct.pack(">6H", 0, 0x8180, 1, 1, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    path = b"/dns-query?dns=" + base64.urlsafe_b64encode(ask + one).rstrip(b"=")
    s.request(MAGIC + settings() + frame(HEADERS, END_HEADERS | END_STREAM, 1, request(path, b"dns.example", (b"accept", DNS))))
    s.reply(settings() + frame(HEADERS, END_HEADERS, 1, b"\x88" + field(b"content-type", DNS)) + frame(DATA, END_STREAM, 1, answer + one + record))
    s.request(frame(HEADERS, END_HEADERS, 3, request(b"/dns-query", b"dns.example", (b"content-type", DNS), method=3)) +
              frame(DATA, END_STREAM, 3, ask + two))
    s.reply(frame(HEADERS, END_HEADERS, 3, b"\x88\xbe") + frame(DATA, END_STREAM, 3, answer + two + record)).close()
