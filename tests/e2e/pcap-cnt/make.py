# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace).open()                                   # 1 to 3
    s.request(get("/one"))                                      # 4, 5
    s.reply(ok(b"answer one"))                                  # 6, 7
    s.send(CLIENT, get("/two"), ack=False)                      # 8: acknowledged by the answer
    s.send(SERVER, ok(b"answer two"))                           # 9, 10
    s.send(CLIENT, get("/three"), ack=False)                    # 11: never acknowledged but by the end
    s.rst(SERVER)                                               # 12
