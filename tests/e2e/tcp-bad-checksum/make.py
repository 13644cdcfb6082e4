# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    s.segment(CLIENT, 0, get("/evil"), csum=0x1234, lost=True)
    s.segment(CLIENT, 0, get("/good"))
    s.ack(SERVER)
    s.reply(ok()).close()
