# SPDX-License-Identifier: GPL-2.0-or-later
import tunnel
from host import Host
from pair import Wire, http_session, ok

NEAR_END, FAR_END = Host("end1", "02:00:00:00:01:01", "10.1.0.1", "2001:db8:1::1"), Host("end2", "02:00:00:00:01:02", "10.1.0.2", "2001:db8:1::2")
SHOW = {"alert": ["alert.signature_id", "pcap_cnt", "src_ip", "tunnel.src_ip", "tunnel.pcap_cnt", "tunnel.depth"], "http": ["http.url", "src_ip", "dest_ip"]}
DIFFERS = {1: 1, 2: 1, 3: 1}      # no Suricata decodes it


def make(trace):
    wire = Wire(trace, tunnels=[tunnel.gtpu(NEAR_END, FAR_END, 0x1001, 0x2002)])
    http_session(trace, "/inside", ok(b"inner body"), wire=wire)
