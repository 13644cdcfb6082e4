# SPDX-License-Identifier: GPL-2.0-or-later
from pair import session

SHOW = {"alert": ["alert.signature_id"]}


def element(tag, content):
    n = len(content)
    return bytes([tag]) + (bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")) + content


def addition(names):
    """RFC 4511 4.7: an entry with an attribute of each name, none of them with a value."""
    attributes = b"".join(element(0x30, element(0x04, name) + element(0x31, b"")) for name in names)
    return element(0x30, element(0x02, b"\x02") + element(0x68, element(0x04, b"cn=a") + element(0x30, attributes)))


def make(trace):
    s = session(trace, 389).open()
    names = [b"a%04d" % i for i in range(1, 1101)]
    s.request(addition(names)).reply(element(0x30, element(0x02, b"\x02") + element(0x69, b"\x0a\x01\x00\x04\x00\x04\x00"))).close()
