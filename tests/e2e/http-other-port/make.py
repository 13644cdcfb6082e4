# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "dest_port"]}


def make(trace):
    session(trace, 31337).open().request(get("/odd")).reply(ok(b"x")).close()
    session(trace, 80, sport=40001, at=1).open().request(b"\x00\x01not http at all").reply(b"\x02\x03nor this").close()
