# SPDX-License-Identifier: GPL-2.0-or-later
import struct
import uuid

import smb
from pair import CLIENT, SERVER, talk

SRVSVC, NDR = uuid.UUID("4b324fc8-1670-01d3-1278-5a47bf6ee188"), uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860")


def unit(kind, body, little, call=1):
    """C706 12.6.3.1: version 5.0, first and last fragment; the data representation says the byte order."""
    order = "<" if little else ">"
    return struct.pack("BBBB", 5, 0, kind, 3) + bytes((0x10 if little else 0, 0, 0, 0)) + struct.pack(order + "HHI", 16 + len(body), 0, call) + body


def syntax(u, version, little):
    return (u.bytes_le if little else u.bytes) + struct.pack("<I" if little else ">I", version)


def call(little, stub):
    order = "<" if little else ">"
    bind = struct.pack(order + "HHIBBHHBB", 4280, 4280, 0, 1, 0, 0, 0, 1, 0) + syntax(SRVSVC, 3, little) + syntax(NDR, 2, little)
    ack = struct.pack(order + "HHIH", 4280, 4280, 1, 4) + b"135\0" + b"\0\0" + struct.pack(order + "BBHHH", 1, 0, 0, 0, 0) + syntax(NDR, 2, little)
    return [(CLIENT, unit(11, bind, little)), (SERVER, unit(12, ack, little)),
            (CLIENT, unit(0, struct.pack(order + "IHH", len(stub), 0, 15) + stub, little, 2)),
            (SERVER, unit(2, struct.pack(order + "IHBB", 4, 0, 0, 0) + b"\0\0\0\0", little, 2))]


def stub(little):
    return struct.pack("<I" if little else ">I", 5) + b"12345678" + b"here"


def make(trace):
    for n, little in enumerate((True, False)):
        talk(trace, 135, call(little, stub(little)), sport=40000 + n, at=0.1 * n)
    s = smb.Smb2(trace.rng("smb"))
    s.negotiate()
    s.login("OFFICE", "alice", "PC7", "FILES", "office.example")
    s.connect("\\\\files\\IPC$", pipe=True)
    pipe = s.create("srvsvc", 0, write=True)
    for who, data in call(True, stub(True)):
        (s.write if who == CLIENT else s.read)(pipe, data)
    talk(trace, 445, s.turns, sport=40002, at=0.5)
