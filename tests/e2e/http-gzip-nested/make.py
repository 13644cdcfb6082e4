# SPDX-License-Identifier: GPL-2.0-or-later
import pack
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    text = b"inner words " * 20 + b"needle"
    s = session(trace).open()
    s.request(get("/one")).reply(ok(pack.gzip(text), [("Content-Encoding", "gzip")]))
    s.request(get("/two")).reply(ok(pack.gzip(pack.gzip(text)), [("Content-Encoding", "gzip, gzip")]))
    s.request(get("/wrong")).reply(ok(text, [("Content-Encoding", "gzip")])).close()
