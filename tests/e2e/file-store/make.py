# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session


def make(trace):
    s = session(trace).open()
    s.request(get("/dl/setup.exe")).reply(ok(b"MZ" + b"\x90" * 300, kind="application/octet-stream"), mss=200)
    s.request(get("/dl/readme.txt")).reply(ok(b"read me first", kind="text/plain"))
    s.request(get("/dl/last.txt")).reply(ok(b"read me last", kind="text/plain")).close()
