# SPDX-License-Identifier: GPL-2.0-or-later
import tunnel
from host import Host
from pair import Wire, get, ok, session

NEAR_END, FAR_END = Host("end1", "02:00:00:00:01:01", "10.1.0.1"), Host("end2", "02:00:00:00:01:02", "10.1.0.2")
DIFFERS = {1: 1, 2: 1, 3: 1}      # peccary's own: a network chooses the rules


def make(trace):
    for vni in (5001, 5002, 6001):
        wire = Wire(trace, tunnels=[tunnel.vxlan(NEAR_END, FAR_END, vni)])
        session(trace, wire=wire, at=0.0001 * (vni - 5000), isn=(vni * 1000, vni * 7000)).open().request(get("/tenant%d" % vni)).reply(ok(b"body of %d" % vni)).close()
