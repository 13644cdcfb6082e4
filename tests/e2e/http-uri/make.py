# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.hostname"]}
URIS = ("/a/%62/c", "/a//b///c", "/a/./b/../c", "/a%2fb%2Fc", "/a%252fb", "/A/B", "/q?x=%41%26y=1+2", "http://other.example/full/path", "/%u0061/u", "/nul%00after",
        "/../up", "/tab%09x", "/a\\b")


def make(trace):
    for i, uri in enumerate(URIS):
        session(trace, sport=40000 + i, at=i).open().request(get(uri)).reply(ok()).close()
