# SPDX-License-Identifier: GPL-2.0-or-later
import tunnel
from pair import Wire, http_session, ok

SHOW = {"alert": ["alert.signature_id", "pcap_cnt", "src_ip", "tunnel.src_ip", "tunnel.pcap_cnt", "tunnel.depth"], "http": ["http.url", "src_ip", "dest_ip"]}


def make(trace):
    wire = Wire(trace, tunnels=[tunnel.mpls([100, 2000])])
    http_session(trace, "/inside", ok(b"inner body"), wire=wire)
