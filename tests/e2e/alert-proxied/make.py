# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session


def make(trace):
    s = session(trace).open()
    for uri, who in (("/list", "198.51.100.7, 203.0.113.9:4711"), ("/six", "[2001:db8::7]:80"), ("/none", "unknown")):
        s.request(get(uri, headers=[("X-Forwarded-For", who)])).reply(ok())
    s.close()
