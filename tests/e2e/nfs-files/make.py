# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from pair import session


def words(*values):
    return struct.pack(">%dI" % len(values), *values)


def opaque(data):
    return words(len(data)) + data + bytes(-len(data) % 4)


def record(message):
    return words(0x80000000 | len(message)) + message


def call(xid, procedure, content):
    return record(words(xid, 0, 2, 100003, 3, procedure, 0, 0, 0, 0) + content)


def reply(xid, content):
    return record(words(xid, 1, 0, 0, 0, 0) + content)


def make(trace):
    root, file, new = opaque(b"root"), opaque(b"one-file"), opaque(b"new-file")
    s = session(trace, 2049).open()
    s.request(call(1, 3, root + opaque(b"letter.txt"))).reply(reply(1, words(0) + file + words(0)))
    s.request(call(2, 6, file + words(0, 0, 4096))).reply(reply(2, words(0, 0, 4096, 0) + opaque(b"dear " * 819 + b"r")), mss=1000)
    s.request(call(3, 6, file + words(0, 4096, 4096))).reply(reply(3, words(0, 0, 11, 1) + opaque(b"yours, ever")))
    s.request(call(4, 7, new + words(0, 0, 3000, 2) + opaque(b"x" * 3000)), mss=1000).reply(reply(4, words(0, 0, 0, 3000, 2, 0, 0)))
    s.request(call(5, 12, root + opaque(b"letter.txt"))).reply(reply(5, words(0, 0, 0))).close()
