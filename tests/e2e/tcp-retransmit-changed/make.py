# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    s.segment(CLIENT, 0, get("/harmless"))
    s.pause(0.3).segment(CLIENT, 0, get("/hurtful0"))
    s.ack(SERVER)
    s.reply(ok()).close()
    t = session(trace, sport=40001, at=2).open()
    t.segment(CLIENT, 0, get("/harmless")[:30])
    t.pause(0.3).segment(CLIENT, 2, get("/hurtful1")[2:])
    t.ack(SERVER)
    t.reply(ok()).close()
