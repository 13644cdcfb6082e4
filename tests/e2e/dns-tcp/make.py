# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import CLIENT, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace, 53).open()
    one, two, three = (apps.dns_tcp(apps.dns(i, [(n, "A")])) for i, n in ((1, "one.example"), (2, "two.example"), (3, "three.example")))
    s.send(CLIENT, one[:1]).send(CLIENT, one[1:9]).send(CLIENT, one[9:])
    s.reply(apps.dns_tcp(apps.dns(1, [("one.example", "A")], [("one.example", "A", "192.0.2.1")], response=True)))
    s.request(two + three)
    s.reply(apps.dns_tcp(apps.dns(3, [("three.example", "A")], response=True, rcode=2)) + apps.dns_tcp(apps.dns(2, [("two.example", "A")], [("two.example", "A", "192.0.2.2")], response=True)))
    s.close()
