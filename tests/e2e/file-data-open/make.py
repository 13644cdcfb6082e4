# SPDX-License-Identifier: GPL-2.0-or-later
import pack
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    s = session(trace).open()
    inner = pack.zip_file([("macro.txt", b"words that a rule wants to see")])
    s.request(get("/a.zip")).reply(ok(inner, kind="application/zip"), mss=37)
    s.request(get("/b.gz")).reply(ok(pack.gzip(inner), kind="application/octet-stream"), mss=11)
    s.request(get("/c.pdf")).reply(ok(b"%PDF-1.4\n1 0 obj <</Filter /FlateDecode>> stream\n" + pack.zlib_stream(b"words that a rule wants to see") + b"\nendstream endobj\n",
                                      kind="application/pdf"))
    s.request(get("/d.txt")).reply(ok(b"words that a rule does not want", kind="text/plain")).close()
