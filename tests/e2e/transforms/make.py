# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i, uri in enumerate(("/A%20b%20%20c", "/x?q=%2541%2542", "/key-VALUE-end")):
        session(trace, sport=40000 + i, at=i).open().request(get(uri)).reply(ok()).close()
