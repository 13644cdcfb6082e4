# SPDX-License-Identifier: GPL-2.0-or-later
from pair import http_session, ok

SHOW = {"alert": ["alert.signature_id", "pcap_cnt", "timestamp"]}


def make(trace):
    trace.format = "pcapng-ns"
    http_session(trace, "/inside", ok(b"inner body"), at=0.123456789)
