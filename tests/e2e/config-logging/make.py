# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import datagram, get, ok, session

SHOW = {"alert": ["alert.signature_id"], "http": ["http.url"], "dns": ["dns.queries.0.rrname"]}


def make(trace):
    session(trace, sport=40000).open().request(get("/quiet")).reply(ok()).request(get("/told")).reply(ok()).close()
    for i, name in enumerate(("quiet.example", "told.example")):
        datagram(trace, apps.dns(i, [(name, "A")]), dport=53, at=1 + i)
        datagram(trace, apps.dns(i, [(name, "A")], [(name, "A", "192.0.2.7")], response=True), dport=53, at=1.01 + i, back=True)
