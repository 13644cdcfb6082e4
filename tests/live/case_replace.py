# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that replace bytes: what arrives, and what is told."""
import json
import os
import socket

import case_guard as guard
from net import must

RULES = """
alert tcp any any -> any 8080 (msg:"in TCP"; content:"EVIL"; replace:"GOOD"; sid:1;)
alert tcp any any -> any 8080 (msg:"two"; content:"first-"; replace:"erste-"; content:"second"; distance:1; replace:"zweite"; sid:2;)
alert udp any any -> any 8081 (msg:"in UDP"; content:"EVIL"; nocase; replace:"GOOD"; sid:3;)
alert udp any any -> any 8081 (msg:"not all of it"; content:"EVIL"; nocase; content:"never"; replace:"again"; sid:4;)
drop udp any any -> any 8081 (msg:"dropped all the same"; content:"WORSE"; replace:"MILDR"; sid:5;)
alert udp any any -> any 8081 (msg:"only told"; content:"TOLD"; replace:"DONE"; metadata:only told; sid:6;)
"""


def alerts(where):
    with open(os.path.join(where, "logs", "eve.json"), encoding="utf-8") as f:
        return [r for r in map(json.loads, f) if r["event_type"] == "alert"]


def datagrams(net, *sent):
    """What of them the server gets."""
    got = []
    with net.inside("server"):
        far = net.socket(socket.SOCK_DGRAM)
    far.bind((net.at("10.9.0.2"), 8081))
    far.settimeout(1)
    with net.inside("client"):
        near = net.socket(socket.SOCK_DGRAM)
    for one in sent:
        near.sendto(one, (net.at("10.9.0.2"), 8081))
    try:
        while True:
            got.append(far.recv(2000))
    except socket.timeout:
        return got


def case_guard_replace(engine, where, net):
    """what a rule replaces arrives replaced, also when it is sent again; dropped stays dropped; a rule that only tells replaces nothing"""
    guard.bridge(net)
    guard.serve(net, where, ("sink", guard.SINK))
    p = guard.guard(engine, where, net, "--set", "detect.shadow.metadata=only told", rules=RULES)
    s = guard.connect(net, guard.SINK)
    s.sendall(b"an EVIL word, ")
    guard.soon(lambda: guard.heard(where, "sink").endswith(b", "))
    s.sendall(b"first- second, ")
    guard.soon(lambda: guard.heard(where, "sink").endswith(b"e, "))
    net.ip("server", "link set eth0 down")
    s.sendall(b"EVIL again")  # is lost behind the bridge
    guard.soon(lambda: False, 0.5)
    net.ip("server", "link set eth0 up")
    guard.soon(lambda: guard.heard(where, "sink").endswith(b"again"), 8)
    must(guard.heard(where, "sink") == b"an GOOD word, erste- zweite, GOOD again", "the server read %r" % guard.heard(where, "sink"))
    s.close()
    got = datagrams(net, b"an Evil one", b"WORSE", b"TOLD", b"harmless")
    must(got == [b"an GOOD one", b"TOLD", b"harmless"], "the server got %r" % got)
    p.stop()
    told = alerts(where)
    must([a["alert"]["signature_id"] for a in told] == [1, 2, 1, 1, 3, 5, 6] or [a["alert"]["signature_id"] for a in told] == [1, 2, 1, 3, 5, 6],
         "alerts: %r" % [a["alert"]["signature_id"] for a in told])
    must(all(a.get("replaced") == (True if a["alert"]["signature_id"] != 6 else None) for a in told if a["alert"]["signature_id"] != 5), "what was replaced is not told")
    must([a.get("shadow") for a in told if a["alert"]["signature_id"] == 6] == [{"action": "replace"}], "a rule that only tells: %r" % told[-1])


def case_watch_replace(engine, where, net):
    """who only watches, or guards without acting, replaces nothing"""
    guard.bridge(net)
    p = guard.guard(engine, where, net, "--shadow", rules=RULES)
    got = datagrams(net, b"an EVIL one")
    must(got == [b"an EVIL one"], "the server got %r" % got)
    p.stop()
    must([a["alert"]["signature_id"] for a in alerts(where)] == [3] and "replaced" not in alerts(where)[0], "alerts: %r" % alerts(where))
