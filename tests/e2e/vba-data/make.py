# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from pack import zip_file
from pair import get, ok, session

SOURCE = b'Attribute VB_Name = "Module1"\r\nSub AutoOpen()\r\n  Shell "calc.exe"\r\nEnd Sub\r\n'


def container(text):
    """MS-OVBA 2.4.1: one chunk, literals only."""
    tokens = b"".join(b"\0" + text[i:i + 8] for i in range(0, len(text), 8))
    return b"\1" + struct.pack("<H", 0xb000 | len(tokens) - 1) + tokens


def entry(name, kind, first, size):
    text = name.encode("utf-16-le") + b"\0\0"
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + b"\xff" * 12 + bytes(36) + struct.pack("<IQ", first, size)


def compound(stream, mini):
    """MS-CFB, sectors of 512 bytes: the table, the directory, the stream; a small one is in the root's."""
    sectors = [stream[i:i + 512].ljust(512, b"\0") for i in range(0, len(stream), 512)]
    n, end, free = len(sectors), 0xfffffffe, 0xffffffff
    chain = [3 + i + 1 for i in range(n - 1)] + [end]
    fat = [0xfffffffd, end, end] + chain
    small = [i + 1 for i in range((len(stream) + 63) // 64 - 1)] + [end]
    size = len(stream)
    root = entry("Root Entry", 5, 3 if mini else end, n * 512 if mini else 0)
    module = entry("Module1", 2, 0 if mini else 3, size)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 2 if mini else end,
                                                                                                                                 1 if mini else 0, end, 0)
    head += struct.pack("<I", 0) + b"\xff" * (4 * 108)
    table = b"".join(struct.pack("<I", x) for x in fat + [free] * (128 - len(fat)))
    minis = b"".join(struct.pack("<I", x) for x in (small + [free] * (128 - len(small)))[:128])
    return head + table + (root + entry("VBA", 1, end, 0) + module + bytes(128)) + minis + b"".join(sectors)


def make(trace):
    macro = b"\xcc" * 100 + container(SOURCE)
    large = compound(macro.ljust(5000, b"\0"), False)
    small = compound(macro, True)
    for i, body in enumerate((large, small, zip_file([("word/document.xml", b"<w/>"), ("word/vbaProject.bin", small)]), b"plain Attribut text")):
        session(trace, sport=40000 + i, at=i).open().request(get("/%d.doc" % i)).reply(ok(body, kind="application/msword"), mss=1400).close()
