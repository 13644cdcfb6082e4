# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open().request(get("/one")).reply(ok())
    s.rst(SERVER)
    s.segment(CLIENT, s.client.sent, get("/two"))
