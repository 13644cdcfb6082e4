# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i, uri in enumerate(("/12345", "/123456789", "/1")):
        session(trace, sport=40000 + i, at=i).open().request(get(uri)).reply(ok(b"x" * (i + 1))).close()
