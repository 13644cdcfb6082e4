# SPDX-License-Identifier: GPL-2.0-or-later
import tunnel
from host import Host
from pair import Wire, http_session, ok

SWITCH, SENSOR = Host("end1", "02:00:00:00:01:01", "10.1.0.1", "2001:db8:1::1"), Host("end2", "02:00:00:00:01:02", "10.1.0.2", "2001:db8:1::2")


def make(trace):
    """As virtual switches mirror a port: all goes from the switch to the sensor, the key says whether the frame came or went."""
    keys = [tunnel.gre_frames(SWITCH, SENSOR, key=key) for key in (0x02000000, 0)]
    mirror = tunnel.Tunnel(SWITCH, SENSOR, True, lambda frame, src, dst, forward: keys[forward].make(frame, SWITCH, SENSOR, True))
    http_session(trace, "/inside", ok(b"inner body"), wire=Wire(trace, tunnels=[mirror]))
