# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    text = get("/again")
    s.segment(CLIENT, 0, text)
    s.pause(0.3).segment(CLIENT, 0, text)
    s.ack(SERVER)
    s.pause(0.1).segment(CLIENT, 0, text)
    s.ack(SERVER)
    answer = ok(b"answer body")
    s.segment(SERVER, 0, answer, lost=True)
    s.pause(0.3).segment(SERVER, 0, answer)
    s.ack(CLIENT)
    s.close()
