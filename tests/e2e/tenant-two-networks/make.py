# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import tunnel
from host import Host
from pair import Wire, get, ok, session

NEAR_END, FAR_END = Host("end1", "02:00:00:00:01:01", "10.1.0.1"), Host("end2", "02:00:00:00:01:02", "10.1.0.2")
DIFFERS = {1: 1, 2: 1}      # peccary's own: Suricata's flows know no network id, and pair the directions


def vxlan(near, far, there, back):
    def wrap(frame, src, dst, forward):
        head = struct.pack("!II", 0x08000000, (there if forward else back) << 8)
        return tunnel.outer_udp(src, dst, tunnel.entropy_port(frame), 4789, head + frame, False)
    return tunnel.Tunnel(near, far, True, wrap)


def make(trace):
    for there, back in ((5001, 5002), (6001, 6002)):
        wire = Wire(trace, tunnels=[vxlan(NEAR_END, FAR_END, there, back)])
        s = session(trace, wire=wire, at=0.0001 * (there - 5000), isn=(there * 1000, there * 7000))
        s.open().request(get("/from%d" % there)).reply(ok(b"body of %d" % there)).close()
