# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import CLIENT, SERVER, get, ok, post, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open()
    s.request(apps.http_request("HEAD", "/big", "www.example")).reply(apps.http_response("200 OK", b"", [("Content-Length", "5000")], length=False))
    s.request(get("/same")).reply(apps.http_response("304 Not Modified", b"", length=False))
    text = post("/slow", b"the body", headers=[("Expect", "100-continue")])
    s.send(CLIENT, text[:-8])
    s.send(SERVER, b"HTTP/1.1 100 Continue\r\n\r\n")
    s.send(CLIENT, text[-8:])
    s.reply(ok(b"stored"))
    s.request(get("/after")).reply(ok(b"at last")).close()
