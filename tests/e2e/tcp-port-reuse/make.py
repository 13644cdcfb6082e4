# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "flow": ["proto", "src_port", "flow.state"]}


def make(trace):
    session(trace).open().request(get("/set")).reply(ok()).close()
    session(trace, at=2, isn=(90000, 70000)).open().request(get("/check")).reply(ok()).close()
