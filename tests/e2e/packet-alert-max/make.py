# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    datagram(trace, b"one packet for many rules")
