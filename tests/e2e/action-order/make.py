# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "alert.action", "pcap_cnt"], "drop": ["drop.reason", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"both rules are about this", sport=41000, dport=7000)
