# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import CLIENT, SERVER, get, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open().request(get("/gone"))
    answer = apps.http_response("404 Not Here", b"<html>no such page</html>", [("Set-Cookie", "a=b"), ("Location", "/else"), ("Server-Timing", "x")])
    head = answer.index(b"\r\n\r\n") + 4
    s.send(SERVER, answer[:20])
    s.send(SERVER, answer[20:head])
    s.send(SERVER, answer[head:])
    s.send(CLIENT, get("/next"))
    s.reply(apps.http_response("200 OK", b"fine")).close()
