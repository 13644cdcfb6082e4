# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, get, session

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    s = session(trace)
    s.syn()
    s.server.syn = True
    s.ack(CLIENT)
    for uri in ("/one", "/two", "/three"):
        s.pause(0.1).send(CLIENT, get(uri), ack=False)
        s.unseen("server", 100)
        s.ack(CLIENT)
    s.fin(CLIENT)
