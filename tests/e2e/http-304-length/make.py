# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    s.request(get("/same")).reply(apps.http_response("304 Not Modified", b"", [("Content-Length", "700")], length=False))
    s.request(get("/after")).reply(ok(b"at last")).close()
