# SPDX-License-Identifier: GPL-2.0-or-later
import gzip
import struct

from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, MAGIC, field, frame, request, settings
from pair import session

SHOW = {"alert": ["alert.signature_id"], "http": ["http.http2.grpc"], "fileinfo": ["fileinfo.size", "fileinfo.state"],
        "anomaly": ["anomaly.event"]}
TYPE = (b"content-type", b"application/grpc")


def message(text, flag=0):
    return struct.pack(">BI", flag, len(text)) + text


def call(stream, path, *more):
    return frame(HEADERS, END_HEADERS, stream, request(path, b"one.example", TYPE, *more, method=3))


def answer(stream, *more):
    return frame(HEADERS, END_HEADERS, stream, b"\x88" + field(*TYPE) + b"".join(field(*f) for f in more))


def ended(stream, *more):
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, b"".join(field(*f) for f in more))


def make(trace):
    s = session(trace).open()
    packed = message(gzip.compress(b"what is asked, EVIL-IN-A-MESSAGE, and what else there is. " * 3, mtime=0), 1)
    s.request(MAGIC + settings() + call(1, b"/case.Store/Put", (b"grpc-encoding", b"gzip")) + frame(DATA, 0, 1, packed[:7]) +
              frame(DATA, END_STREAM, 1, packed[7:]))
    two = message(b"the first answer") + message(b"the second")
    s.reply(settings() + answer(1) + frame(DATA, 0, 1, two[:18]) + frame(DATA, 0, 1, two[18:]))
    s.reply(ended(1, (b"grpc-status", b"0")))
    s.request(call(3, b"/case.Store/Get") + frame(DATA, END_STREAM, 3, message(b"which")))
    s.reply(frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x88" + field(*TYPE) + field(b"grpc-status", b"5") + field(b"grpc-message", b"no%20such%20thing")))
    s.request(call(5, b"/case.Store/Watch") + frame(DATA, END_STREAM, 5, message(b"what", 1) + message(b"cut short")[:-3]))
    s.close()
