# SPDX-License-Identifier: GPL-2.0-or-later
from pair import session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    for i, first in enumerate((b"LOGIN anna", b"HELLO bob")):
        s = session(trace, 9000, sport=40000 + i, at=i).open()
        s.request(first).reply(b"+OK welcome").request(b"LIST").reply(b"+OK nothing").request(b"QUIT").reply(b"+BYE").close()
