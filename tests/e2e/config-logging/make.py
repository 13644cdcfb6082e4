# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

SHOW = {"alert": ["alert.signature_id"], "http": ["http.url"]}


def make(trace):
    session(trace, sport=40000).open().request(get("/quiet")).reply(ok()).request(get("/told")).reply(ok()).close()
