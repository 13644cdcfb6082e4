# SPDX-License-Identifier: GPL-2.0-or-later
import pack
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    text = b"plain words, plain words, and the needle " * 4
    s = session(trace).open()
    s.request(get("/zlib")).reply(ok(pack.zlib_stream(text), [("Content-Encoding", "deflate")]))
    s.request(get("/raw")).reply(ok(pack.deflate(text + b"raw"), [("Content-Encoding", "deflate")])).close()
