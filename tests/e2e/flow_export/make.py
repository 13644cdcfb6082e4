# SPDX-License-Identifier: GPL-2.0-or-later
import ipaddress
import struct

from host import Host
from pair import Wire

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "flow_export": ["flow_export.format"]}
NOW = 1796634000  # the capture's own time
# NetFlow 9's template: addresses, ports, protocol, flags, packets, bytes, first, last
FIELDS = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (22, 4), (21, 4)]


def ip(address):
    return ipaddress.ip_address(address).packed


def netflow5(rows):
    out = struct.pack(">HHIIIIBBH", 5, len(rows), 60000, NOW, 0, 7, 0, 1, 0)
    for src, dst, sport, dport, proto, flags, packets, size in rows:
        out += ip(src) + ip(dst) + ip("10.0.0.1")
        out += struct.pack(">HHIIIIHHBBBBHHBBH", 1, 2, packets, size, 10000, 50000, sport, dport, 0, flags, proto, 0, 0, 0, 24, 24, 0)
    return out


def netflow9(template, rows):
    sets = b""
    if template:
        told = struct.pack(">HH", 260, len(FIELDS)) + b"".join(struct.pack(">HH", *f) for f in FIELDS)
        sets += struct.pack(">HH", 0, 4 + len(told)) + told
    data = b"".join(ip(r[0]) + ip(r[1]) + struct.pack(">HHBBIIII", *r[2:], 10000, 50000) for r in rows)
    data += bytes(-len(data) % 4)
    sets += struct.pack(">HH", 260, 4 + len(data)) + data
    return struct.pack(">HHIIII", 9, template + len(rows), 60000, NOW, 8, 99) + sets


def ipfix(rows):
    fields = [(27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (0x8000 | 77, 65535), (2, 8), (1, 8), (152, 8), (153, 8)]
    told = struct.pack(">HH", 300, len(fields))
    for number, size in fields:
        told += struct.pack(">HH", number, size) + (struct.pack(">I", 9) if number & 0x8000 else b"")
    sets = struct.pack(">HH", 2, 4 + len(told)) + told
    data = b""
    for src, dst, sport, dport, proto, packets, size in rows:
        data += ip(src) + ip(dst) + struct.pack(">HHB", sport, dport, proto) + b"\x03abc" + struct.pack(">QQQQ", packets, size, NOW * 1000 - 5000, NOW * 1000 - 1000)
    sets += struct.pack(">HH", 300, 4 + len(data)) + data
    return struct.pack(">HHIII", 10, 16 + len(sets), NOW, 9, 5) + sets


def sflow(packets):
    out = struct.pack(">IIIIIII", 5, 1, 0x0a090901, 0, 3, 60000, len(packets) + 1)
    for p in packets:
        raw = struct.pack(">IIII", 1, len(p) + 4, 4, len(p)) + p + bytes(-len(p) % 4)
        record = struct.pack(">II", 1, len(raw)) + raw
        sample = struct.pack(">IIIIIIII", 1, 2, 1000, 5000, 0, 2, 3, 1) + record
        out += struct.pack(">II", 1, len(sample)) + sample
    counters = struct.pack(">III", 1, 2, 0)
    return out + struct.pack(">II", 2, len(counters)) + counters


def sampled(src, dst, sport, dport, flags, vlan):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1000, 0, 0)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + ip(src) + ip(dst)
    return bytes.fromhex("020000000001020000000002") + struct.pack(">HHH", 0x8100, vlan, 0x0800) + head + tcp


DATAGRAMS = [
    (2055, netflow5([("192.0.2.10", "198.51.100.1", 443, 50000, 6, 0x1b, 10, 5000), ("198.51.100.1", "192.0.2.10", 50000, 443, 6, 0x1b, 9, 900)])),
    (2055, netflow9(True, [("192.0.2.20", "198.51.100.2", 53, 40000, 17, 0, 1, 120)])),
    (2055, netflow9(False, [("192.0.2.21", "198.51.100.2", 40001, 22, 6, 2, 1, 60)])),
    (4739, ipfix([("2001:db8::5", "2001:db8::6", 25, 40000, 6, 4, 400)])),
    (6343, sflow([sampled("192.0.2.30", "198.51.100.3", 80, 40000, 0x12, 7)])),
]


def make(trace):
    wire = Wire(trace)
    router, collector = Host("router", "02:00:00:00:09:01", "10.9.9.1"), Host("collector", "02:00:00:00:09:02", "10.9.9.2")
    for i, (port, data) in enumerate(DATAGRAMS):
        wire.send_udp(i, router, collector, 40000 + port % 1000, port, data)
    # Records without their template, from another exporter, and what is none of them.
    wire.send_udp(8, Host("other", "02:00:00:00:09:03", "10.9.9.3"), collector, 41000, 2055, netflow9(False, [("192.0.2.99", "198.51.100.2", 53, 40000, 17, 0, 1, 120)]))
    wire.send_udp(9, Host("else", "02:00:00:00:09:04", "10.9.9.4"), collector, 41000, 2055, DATAGRAMS[0][1][:-1])
