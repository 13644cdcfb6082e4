# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of HTTP/2 and WebSocket, as little as cases need."""
import struct

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PROMISE, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 1, 4, 8


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def string(text):
    assert len(text) < 127
    return bytes([len(text)]) + text


def field(name, value):
    """A literal that is kept in the table; name: text, or the number of an entry."""
    return (bytes([0x40 | name]) if isinstance(name, int) else b"\x40" + string(name)) + string(value)


def request(path, authority, *more, method=2):
    """Fields of a request; method 2 is GET, 3 POST."""
    return bytes([0x80 | method, 0x87]) + field(4, path) + field(1, authority) + b"".join(field(n, v) for n, v in more)


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", n, v) for n, v in pairs))


def message(first, text, mask=None):
    """A frame of WebSocket."""
    assert len(text) < 126
    if mask is None:
        return bytes([first, len(text)]) + text
    return bytes([first, 0x80 | len(text)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text))
