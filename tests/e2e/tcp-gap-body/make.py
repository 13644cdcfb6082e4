# SPDX-License-Identifier: GPL-2.0-or-later
from pair import SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open().request(get("/file"))
    body = b"before the hole " + b"x" * 400 + b"in the hole" + b"y" * 400 + b" after the hole"
    answer = ok(body)
    cut = answer.index(b"in the hole")
    s.reply(answer[:cut])
    s.unseen(SERVER, len(b"in the hole"))
    s.reply(answer[cut + 11:])
    s.request(get("/next")).reply(ok(b"second answer")).close()
