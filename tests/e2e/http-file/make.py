# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def make(trace):
    s = session(trace).open()
    s.request(get("/dl/setup.exe?x=1")).reply(ok(b"MZ" + b"\x90" * 300, kind="application/octet-stream"), mss=200)
    s.request(get("/dl/readme.txt")).reply(ok(b"read me first", kind="text/plain")).close()
