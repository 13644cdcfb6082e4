# SPDX-License-Identifier: GPL-2.0-or-later
import zlib

from http2 import message
from pair import session


def make(trace):
    s = session(trace).open()
    s.request(b"GET /chat HTTP/1.1\r\nHost: one.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    s.reply(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    s.request(message(0x81, b"hello there", b"\x01\x02\x03\x04"))
    s.reply(message(0x01, b"an answer ") + message(0x89, b"still there?") + message(0x80, b"in two"))
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    s.reply(message(0xC1, (pack.compress(b"an answer that is packed") + pack.flush(zlib.Z_SYNC_FLUSH))[:-4]))
    s.request(message(0x88, b"\x03\xe8", b"\x05\x06\x07\x08")).close()
