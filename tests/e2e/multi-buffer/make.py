# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, post, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace).open()
    s.request(get("/a", agent="one")).reply(ok(b"first"))
    s.request(post("/b", b"k=v", agent="two")).reply(ok(b"second"))
    s.request(get("/c?x=1&x=2", agent="one")).reply(ok(b"third")).close()
