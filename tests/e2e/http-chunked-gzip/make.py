# SPDX-License-Identifier: GPL-2.0-or-later
import apps
import pack
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    body = b"<html>" + b"filling " * 60 + b"the needle in the page" + b" filling" * 40 + b"</html>"
    chunks = apps.chunked(pack.gzip(body), (10, 1, 33, 50))
    headers = [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]
    session(trace).open().request(get("/page")).reply(ok(chunks, headers, "text/html", length=False), mss=61).close()
