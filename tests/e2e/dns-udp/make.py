# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import datagram

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    ask = apps.dns(7, [("WWW.Tapir.example", "A")])
    datagram(trace, ask, dport=53)
    datagram(trace, apps.dns(7, [("WWW.Tapir.example", "A")], [("WWW.Tapir.example", "CNAME", "web.tapir.example"), ("web.tapir.example", "A", "192.0.2.7")], response=True), dport=53, at=0.01, back=True)
    datagram(trace, apps.dns(8, [("missing.tapir.example", "TXT")]), dport=53, at=1)
    datagram(trace, apps.dns(8, [("missing.tapir.example", "TXT")], response=True, rcode=3), dport=53, at=1.01, back=True)
    datagram(trace, apps.dns(9, [("zone.tapir.example", "SOA")], opcode=4), dport=53, at=2)
