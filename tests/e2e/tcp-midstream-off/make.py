# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    session(trace).midstream().request(get("/middle")).reply(ok(b"answer")).request(get("/later")).reply(ok()).close()
