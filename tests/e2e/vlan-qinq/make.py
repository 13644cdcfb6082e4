# SPDX-License-Identifier: GPL-2.0-or-later
from pair import Wire, http_session, ok

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "vlan"]}


def make(trace):
    http_session(trace, "/inside", ok(b"inner body"), wire=Wire(trace, [200, 30]))
