# SPDX-License-Identifier: GPL-2.0-or-later
"""What the server reads is what was inspected, whatever the client does to make it two things."""
import hashlib
import json
import os
import time

import case_guard as guard
import evade
import peers
from net import Program, must

PORT = 8088
YAML = """%YAML 1.1
---
outputs:
  - eve-log:
      enabled: yes
      filename: eve.json
      types:
        - files:
            force-hash: [sha256]
        - alert
        - drop
        - anomaly
        - stats
"""


def begin(engine, where, net, *more):
    guard.bridge(net)
    net.ip("server", "neigh add %s lladdr %s dev eth0 nud permanent" % (evade.CLIENT, evade.CLIENT_MAC))
    guard.serve(net, where, ("stream", PORT))
    path = os.path.join(where, "evade.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(YAML)
    p = Program(net, "guard", [engine, "guard", "--json", "-c", path, "-l", os.path.join(where, "logs"), "--workers", "1", "left", "right"] + list(more), b"guarding")
    return p, net.run("server", ["cat", "/sys/class/net/eth0/address"]).strip()


def request(name, size=400):
    body = peers.content(size, name.encode())
    body = b"".join(b"%02x" % b for b in body)[:size]
    head = b"POST /%s HTTP/1.1\r\nHost: server.example\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % (name.encode(), len(body))
    return head, body


def played(net, mac, number, name, send, stamps=False, isn=None):
    head, body = request(name)
    p = evade.Peer(net, mac, PORT, 20000 + number, isn=isn, stamps=stamps)
    must(p.open, "%s: no session" % name)
    send(p, head + body, len(head))
    p.finish(head + body)


def bodies(where, number):
    """What the server read of a session, without its head."""
    try:
        with open(os.path.join(where, "stream.%d" % (20000 + number)), "rb") as f:
            data = f.read()
    except FileNotFoundError:
        return b""
    return data.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in data else b""


def inspected(where):
    return {e["src_port"]: e["fileinfo"] for e in guard.events(where) if e["event_type"] == "fileinfo"}


def differences(where, names):
    """Sessions in which the server read something else than was inspected; and those it read nothing of."""
    seen, wrong, nothing = inspected(where), [], []
    for number, name in names:
        body, info = bodies(where, number), seen.get(20000 + number)
        if not body:
            nothing.append(name)
        elif info is not None and info.get("state") == "TRUNCATED" and len(body) == info["size"]:
            continue  # an urgent byte stands in no file, and was read by nobody: no hash of a body that ends early
        elif info is None or hashlib.sha256(body).hexdigest() != info.get("sha256"):
            wrong.append("%s: read %d bytes, inspected %s" % (name, len(body), info and (info.get("size"), info.get("state"))))
    return wrong, nothing


def case_evade_tricks(engine, where, net):
    """each known trick with segments, flags, sums, options, time stamps and fragments"""
    p, mac = begin(engine, where, net)
    names = []
    for tricks, stamps in ((evade.TRICKS, False), (evade.STAMPED, True)):
        for name, send in tricks:
            names.append((len(names), name))
            played(net, mac, len(names) - 1, name, send, stamps)
    names.append((len(names), "numbers_that_wrap"))
    played(net, mac, len(names) - 1, "numbers_that_wrap", evade.backwards, isn=0xffffff80)
    time.sleep(0.3)
    p.stop()
    wrong, nothing = differences(where, names)
    must(not wrong, "%d of %d:\n%s" % (len(wrong), len(names), "\n".join(wrong)))
    must(len(nothing) <= 3, "nothing was read of: %s" % ", ".join(nothing))


def case_evade_random(engine, where, net):
    """a hundred sessions of overlaps, holes, lies and repetitions in any order"""
    p, mac = begin(engine, where, net)
    names = [(i, "random%d" % i) for i in range(100)]
    for number, name in names:
        played(net, mac, number, name, evade.at_random(number))
    time.sleep(0.3)
    p.stop()
    wrong, nothing = differences(where, names)
    must(not wrong, "%d of %d:\n%s" % (len(wrong), len(names), "\n".join(wrong)))
    must(len(nothing) <= 10, "nothing was read of: %s" % ", ".join(nothing))
