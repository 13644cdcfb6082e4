# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    s.request(get("/first") + get("/second") + get("/third"))
    s.reply(ok(b"answer one") + ok(b"answer two") + ok(b"answer three")).close()
