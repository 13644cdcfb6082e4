# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram, get, ok, session

SHOW = {"alert": ["alert.signature_id", "alert.action", "alert.engine", "pcap_cnt", "firewall.hook", "verdict.action"],
        "drop": ["drop.reason", "pcap_cnt"], "flow": ["flow.action", "src_port"], "http": ["http.url"]}


def make(trace):
    session(trace, sport=40000).open().request(get("/allowed/1")).reply(ok()).close()
    session(trace, sport=40001, at=1).open().request(get("/other")).reply(ok()).close()
    datagram(trace, b"nobody said that this may pass", sport=41000, dport=7000, at=2)
