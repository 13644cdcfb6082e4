# SPDX-License-Identifier: GPL-2.0-or-later
from pair import Wire, http_session, ok

SHOW = {"alert": ["alert.signature_id", "pcap_cnt", "src_ip"]}


def make(trace):
    trace.link = 101
    http_session(trace, "/inside", ok(b"inner body"))
    http_session(trace, "/inside", ok(b"inner body"), wire=Wire(trace, v6=True), at=1)
