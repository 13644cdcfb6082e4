# SPDX-License-Identifier: GPL-2.0-or-later
from pair import SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    session(trace).open().request(get("/old", version="HTTP/1.0")).reply(ok(b"part one " + b"." * 50 + b" last words", version="HTTP/1.0", length=False), mss=100).close(SERVER)
