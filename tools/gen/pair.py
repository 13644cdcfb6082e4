# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts and the shortest way to traffic between them: what most end-to-end cases need."""

import apps
from host import PLAIN, Host, Wire
from tcp import CLIENT, SERVER, Session

NEAR = Host("near", "02:00:00:00:00:0a", "192.168.1.10", "fd00::10", PLAIN)
FAR = Host("far", "02:00:00:00:00:50", "203.0.113.80", "2001:db8::80", PLAIN)
OTHER = Host("other", "02:00:00:00:00:0b", "192.168.1.11", "fd00::11", PLAIN)
AGENT = "case/1.0"


def fresh(host):
    """The host with its counters at the start, so that cases do not depend on each other."""
    return Host(host.name, host.mac, host.ip, host.ip6, host.stack, host.hops)


def session(trace, port=80, *, wire=None, near=NEAR, far=FAR, at=0.0, sport=40000, isn=(1000, 5000), rtt=0.004, **how):
    """A TCP session from NEAR to FAR that has not sent anything yet."""
    return Session(wire or Wire(trace), fresh(near), fresh(far), port, sport=sport, at=at, isn=isn, rtt=rtt, **how)


def get(uri="/", host="www.example", headers=(), **how):
    """A GET request."""
    return apps.http_request("GET", uri, host, headers, agent=how.pop("agent", AGENT), **how)


def post(uri, body, host="www.example", headers=(), **how):
    """A POST request."""
    return apps.http_request("POST", uri, host, headers, body, agent=how.pop("agent", AGENT), **how)


def ok(body=b"hello", headers=(), kind="text/plain", **how):
    """A 200 response."""
    return apps.http_response("200 OK", body, headers, kind, **how)


def http_session(trace, uri="/", answer=None, **how):
    """A whole session with one exchange. Gives the session."""
    return session(trace, **how).open().request(get(uri)).reply(answer or ok()).close()


def talk(trace, port, turns, close=True, **how):
    """A whole session of (who, bytes) turns."""
    s = session(trace, port, **how).open()
    for who, data in turns:
        s.send(who, data)
    return s.close() if close else s


def datagram(trace, payload, sport=40000, dport=9999, *, at=0.0, near=NEAR, far=FAR, wire=None, back=False, **fields):
    """One UDP datagram from NEAR to FAR, or back."""
    wire, a, b = wire or Wire(trace), fresh(near), fresh(far)
    if back:
        wire.send_udp(at, b, a, dport, sport, payload, forward=False, **fields)
    else:
        wire.send_udp(at, a, b, sport, dport, payload, **fields)


__all__ = ["AGENT", "CLIENT", "FAR", "NEAR", "OTHER", "SERVER", "Session", "Wire", "datagram", "fresh", "get", "http_session", "ok", "post", "session", "talk"]
