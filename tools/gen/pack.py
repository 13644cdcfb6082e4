# SPDX-License-Identifier: GPL-2.0-or-later
"""Compression with the same bytes everywhere: zlib's output differs between its versions and forks, this does not."""

import struct
import zlib


class BitWriter:
    """Bits, least significant first (RFC 1951 section 3.1.1)."""

    def __init__(self):
        self.out, self.hold, self.count = bytearray(), 0, 0

    def bits(self, value, count):
        self.hold |= value << self.count
        self.count += count
        while self.count >= 8:
            self.out.append(self.hold & 255)
            self.hold >>= 8
            self.count -= 8

    def code(self, value, count):
        """A Huffman code: most significant bit first."""
        self.bits(int(format(value, "0%db" % count)[::-1], 2), count)

    def done(self):
        if self.count:
            self.bits(0, 8 - self.count)
        return bytes(self.out)


def length_code(value):
    """(code, extra bits, their value) of a match length (RFC 1951 section 3.2.5)."""
    if value == 258:
        return 285, 0, 0
    if value < 11:
        return 254 + value, 0, 0
    extra = (value - 3).bit_length() - 3
    return 261 + extra * 4 + ((value - 3) >> extra) - 4, extra, (value - 3) & ((1 << extra) - 1)


def distance_code(value):
    """(code, extra bits, their value) of a match distance."""
    if value < 5:
        return value - 1, 0, 0
    extra = (value - 1).bit_length() - 2
    return 2 * extra + ((value - 1) >> extra), extra, (value - 1) & ((1 << extra) - 1)


def deflate(data):
    """Raw deflate (RFC 1951) with fixed codes and greedy matches."""
    w, recent, at = BitWriter(), {}, 0
    w.bits(1, 1)
    w.bits(1, 2)

    def literal(symbol):
        if symbol < 144:
            w.code(0x30 + symbol, 8)
        elif symbol < 256:
            w.code(0x190 + symbol - 144, 9)
        elif symbol < 280:
            w.code(symbol - 256, 7)
        else:
            w.code(0xC0 + symbol - 280, 8)

    while at < len(data):
        key = data[at:at + 3]
        back, size = recent.get(key, -1), 0
        if len(key) == 3 and back >= 0 and at - back <= 32768:
            while size < 258 and at + size < len(data) and data[back + size] == data[at + size]:
                size += 1
        if size >= 3:
            code, extra, value = length_code(size)
            literal(code)
            w.bits(value, extra)
            code, extra, value = distance_code(at - back)
            w.code(code, 5)
            w.bits(value, extra)
        else:
            literal(data[at])
            size = 1
        for i in range(at, at + size):
            recent[data[i:i + 3]] = i
        at += size
    literal(256)
    return w.done()


def gzip(data, name=None):
    """A gzip member (RFC 1952) without a time."""
    head = b"\x1f\x8b\x08" + (b"\x08" if name else b"\0") + b"\0\0\0\0\0\x03" + (name.encode() + b"\0" if name else b"")
    return head + deflate(data) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def zlib_stream(data):
    """A zlib stream (RFC 1950): what Content-Encoding: deflate means."""
    return b"\x78\x9c" + deflate(data) + struct.pack("!I", zlib.adler32(data))


def zip_file(entries):
    """A zip archive of (name, bytes), deflated."""
    out, directory = b"", b""
    for name, data in entries:
        packed = deflate(data)
        meta = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0x4800, 0x5D87, zlib.crc32(data), len(packed), len(data), len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + meta + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name.encode()
        out += b"PK\3\4" + meta + name.encode() + packed
    count = len(entries)
    return out + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
