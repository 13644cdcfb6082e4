# SPDX-License-Identifier: GPL-2.0-or-later
import record_tls
from pair import session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "tls": ["tls.sni", "tls.version"]}


def make(trace):
    s = session(trace, 443).open()
    for who, data in record_tls.load("selfsigned"):
        s.send(who, data, mss=17 if who == "client" else 101)
    s.close()
