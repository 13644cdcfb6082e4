# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    text = get("/missing", headers=[("X-Later", "still here")])
    s.unseen(CLIENT, 20)
    s.segment(CLIENT, 20, text[20:])
    s.ack(SERVER)
    s.reply(ok(b"answer")).close()
