# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from pair import CLIENT, SERVER, datagram, talk

SHOW = {"alert": ["alert.signature_id"]}


def opcua(kind, body):
    return kind + struct.pack("<I", 8 + len(body)) + body


def opcua_text(text):
    return struct.pack("<I", len(text)) + text


def service(request, number, rest=b""):  # channel, token, sequence, request; a node of four bytes in namespace 0
    return opcua(b"MSGF", struct.pack("<IIII", 1, 1, request, request) + b"\x01\x00" + struct.pack("<H", number) + rest)


def s7plus(code, function, sequence):
    data = struct.pack(">BHHHH", code, 0, function, 0, sequence) + b"mark"
    plus = b"\x72\x01" + struct.pack(">H", len(data)) + data + b"\x72\x01\x00\x00"
    return b"\x03\x00" + struct.pack(">H", 7 + len(plus)) + b"\x02\xf0\x80" + plus


def enip(cip, context):
    items = struct.pack("<IHHHHHH", 0, 0, 2, 0, 0, 0xb2, len(cip)) + cip
    return struct.pack("<HHII", 0x6f, len(items), 1, 0) + context + struct.pack("<I", 0) + items


def forward_open(path):
    fixed = b"\x03\xfa" + struct.pack("<IIHHIBBBB", 1, 2, 3, 4, 5, 0, 0, 0, 0) + struct.pack("<IHIHB", 1000, 0x43f4, 1000, 0x43f4, 0xa3)
    return b"\x54\x02\x20\x06\x24\x01" + fixed + bytes([len(path) // 2]) + path


def make(trace):
    talk(trace, 2404, [(CLIENT, bytes.fromhex("680407000000")), (SERVER, bytes.fromhex("68040b000000")),
                       (CLIENT, bytes.fromhex("680e020004002d010600030001020081")), (SERVER, bytes.fromhex("680401000200"))], sport=40001)
    talk(trace, 502, [(CLIENT, bytes.fromhex("00010000000611030 06b0003".replace(" ", ""))), (SERVER, bytes.fromhex("000100000009110306022b00000064"))],
         sport=40002, at=1)
    talk(trace, 4840, [(CLIENT, opcua(b"HELF", struct.pack("<5I", 0, 65536, 65536, 0, 0) + opcua_text(b"opc.tcp://plant:4840"))),
                       (SERVER, opcua(b"ACKF", struct.pack("<5I", 0, 65536, 65536, 0, 0))), (CLIENT, service(2, 631)),
                       (SERVER, service(2, 634, struct.pack("<QII", 0, 1, 0)))], sport=40003, at=2)
    talk(trace, 1080, [(CLIENT, b"\x05\x01\x00"), (SERVER, b"\x05\x00"), (CLIENT, b"\x05\x01\x00\x03\x0bexample.com\x00\x50"),
                       (SERVER, b"\x05\x00\x00\x01\x0a\x00\x00\x02\x04\x38")], sport=40004, at=3)
    talk(trace, 1080, [(CLIENT, b"\x05\x01\x00"), (SERVER, b"\x05\x00"), (CLIENT, b"\x05\x01\x00\x04" + bytes.fromhex("20010db8000000000000000000000001") + b"\x01\xbb"),
                       (SERVER, b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")], sport=40005, at=4)
    talk(trace, 102, [(CLIENT, s7plus(0x31, 0x04bb, 1)), (SERVER, s7plus(0x32, 0x04bb, 1)), (CLIENT, s7plus(0x31, 0x0542, 2))], sport=40006, at=5)
    talk(trace, 44818, [(CLIENT, struct.pack("<HHII", 0x65, 4, 0, 0) + b"context1" + struct.pack("<IHH", 0, 1, 0)),
                        (SERVER, struct.pack("<HHII", 0x65, 4, 1, 0) + b"context1" + struct.pack("<IHH", 0, 1, 0)),
                        (CLIENT, enip(forward_open(bytes.fromhex("0100340401000200030004052004240 1".replace(" ", ""))), b"context2"))], sport=40007, at=6)
    talk(trace, 2401, [(CLIENT, b"Root /cvs\nEntry /good/1.1//-kb/T\nnoop\n"), (CLIENT, b"Entry /bad/1.1/=/-kb/T\nnoop\n")], sport=40008, at=7)
    gtp = b"\x02" + bytes.fromhex("2143658709214365") + b"\x0e\x07"
    datagram(trace, b"\x32\x10" + struct.pack(">HIHBB", len(gtp) + 4, 0, 9, 0, 0) + gtp, 40009, 2123, at=8)
    imsi = b"\x01\x00\x08\x00" + bytes.fromhex("2143658709214365") + b"\x03\x00\x01\x00\x07"
    datagram(trace, b"\x48\x20" + struct.pack(">HI", len(imsi) + 8, 0) + b"\x00\x00\x0a\x00" + imsi, 40010, 2123, at=9)
