# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"drop": ["drop.reason", "pcap_cnt"], "flow": ["flow.action", "flow.exception_policy", "src_port"], "http": ["http.url"]}


def make(trace):
    session(trace, sport=40000).open().request(get("/whole")).reply(ok()).close()
    session(trace, sport=40001, at=1).request(get("/midstream")).reply(ok()).close()
