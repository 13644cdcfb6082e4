# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    text = get("/one/two/three")
    for a, b in ((40, len(text)), (12, 25), (25, 40), (0, 12)):
        s.segment(CLIENT, a, text[a:b])
        s.ack(SERVER)
    s.reply(ok()).close()
