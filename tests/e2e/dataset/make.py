# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i, name in enumerate(("listed.example", "free.example", "free.example", "LISTED.example")):
        datagram(trace, apps.dns(i, [(name, "A")]), sport=40000 + i, dport=53, at=i)
