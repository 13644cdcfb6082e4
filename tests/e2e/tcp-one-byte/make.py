# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    session(trace).open().request(get("/slow"), mss=1).reply(ok(b"x" * 10 + b"end"), mss=3).close()
