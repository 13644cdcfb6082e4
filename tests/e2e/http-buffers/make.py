# SPDX-License-Identifier: GPL-2.0-or-later
from pair import ok, post, session


SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}

HEADERS = [("Cookie", "sid=abc123; theme=dark"), ("Referer", "http://from.example/page"), ("Accept", "text/html"), ("Accept-Language", "de"),
           ("Accept-Encoding", "gzip"), ("Content-Type", "text/plain"), ("Connection", "keep-alive"), ("X-Twice", "one"), ("X-Twice", "two")]


DIFFERS = {3: 1, 30: 1, 31: 0}      # as Suricata 8


def make(trace):
    session(trace).open().request(post("/form?x=1", b"posted text", host="WWW.Example:8080", headers=HEADERS)).reply(ok()).close()
