# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    session(trace).open().request(get("/", headers=[("Cookie", "k=%41%42")])).reply(ok()).close()
