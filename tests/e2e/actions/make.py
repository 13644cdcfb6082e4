# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "alert.action", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"allowed thing", sport=41000, dport=7000)
    datagram(trace, b"other thing", sport=41001, dport=7000, at=1)
    datagram(trace, b"other thing, after a pass in its flow", sport=41000, dport=7000, at=2)
