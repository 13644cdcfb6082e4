# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    body = b"start" + b"." * 3000 + b"middle" + b"." * 3000 + b"finish"
    session(trace).open().request(get("/long")).reply(ok(body), mss=1000).close()
