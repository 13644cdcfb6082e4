# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i, uri in enumerate(("/" + "a" * 9, "/" + "a" * 19, "/%61%61%61%61")):
        session(trace, sport=40000 + i, at=i).open().request(get(uri)).reply(ok()).close()
