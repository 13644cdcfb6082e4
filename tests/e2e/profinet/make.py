# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import net
from pair import NEAR, Wire

PLC = "00:0e:8c:01:02:03"


def block(option, part, value, info=0):
    body = struct.pack("!H", info) + value
    return struct.pack("!BBH", option, part, len(body)) + body + bytes(len(body) % 2)


def make(trace):
    wire = Wire(trace)
    asked = struct.pack("!HBBIHH", 0xFEFE, 5, 0, 1, 1, 4) + b"\xff\xff\0\0"
    wire.send_frame(0, NEAR.mac, "01:0e:cf:00:00:00", 0x8892, asked + bytes(26))
    blocks = (block(2, 1, b"S7-1500") + block(2, 2, b"plc-press-1") + block(2, 3, struct.pack("!HH", 0x002A, 0x010E)) + block(2, 4, b"\2\0")
              + block(1, 2, net.addr("192.168.1.77") + net.addr("255.255.255.0") + net.addr("0.0.0.0"), 1))
    wire.send_frame(0.1, PLC, NEAR.mac, 0x8892, struct.pack("!HBBIHH", 0xFEFF, 5, 1, 1, 0, len(blocks)) + blocks)
    wire.send_frame(0.2, PLC, NEAR.mac, 0x8892, struct.pack("!H", 0x8001) + bytes(44))
