# SPDX-License-Identifier: GPL-2.0-or-later
"""What the server reads is what was inspected, whatever the client does to make it two things."""
import concurrent.futures
import hashlib
import json
import os
import socket
import time

import case_guard as guard
import evade
import peers
from case_respond import ctl
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


def router(net):
    """Puts a router before the server, which keeps its address: what lives for one more hop ends there."""
    net.space("router")
    net.ip("server", "link set eth0 netns %s" % net.names["router"])
    net.ip("router", "link set eth0 up")
    net.address("router", "eth0", "10.9.0.254")
    net.pair("router", "inner", "server", "eth0")
    net.address("router", "inner", "10.7.0.254")
    net.address("server", "eth0", "10.9.0.2", {4: 32, 6: 128}[net.family])
    net.route("router", "10.9.0.2 dev inner")
    net.route("server", "default dev eth0")
    net.forwards("router")
    net.ip("server", "neigh add %s lladdr %s dev eth0 nud permanent" % (net.at(evade.CLIENT), net.run("router", ["cat", "/sys/class/net/inner/address"]).strip()))
    return "router"


def begin(engine, where, net, *more, behind=False, queue=False):
    """A guard, and the address of who stands behind it: the server, or a router (behind); or it is a router itself, with a queue."""
    if queue:
        guard.routed(net)
        guard.queued(net, "--queue-num", "3")
    else:
        guard.bridge(net)
    first = "guard" if queue else router(net) if behind else "server"
    device, devices = ("left", ["nfq:3"]) if queue else ("eth0", ["left", "right"])
    net.ip(first, "neigh add %s lladdr %s dev %s nud permanent" % (net.at(evade.client(net)), evade.CLIENT_MAC, device))
    guard.serve(net, where, ("stream", PORT))
    path = os.path.join(where, "evade.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(YAML)
    p = Program(net, "guard", [engine, "guard", "--json", "-c", path, "-l", os.path.join(where, "logs"), "--workers", "1"] + devices + list(more), b"guarding")
    return p, net.run(first, ["cat", "/sys/class/net/%s/address" % device]).strip()


def request(name, size=400):
    body = peers.content(size, name.encode())
    body = b"".join(b"%02x" % b for b in body)[:size]
    head = b"POST /%s HTTP/1.1\r\nHost: server.example\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % (name.encode(), len(body))
    return head, body


def played(net, mac, number, name, send, **how):
    head, body = request(name)
    p = evade.Peer(net, mac, PORT, 20000 + number, **how)
    must(p.open or "begin" in how, "%s: no session" % name)
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


def all_played(net, mac, plays):
    """(name, send, how) each, some at a time: most of a session is waiting."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = [pool.submit(played, net, mac, number, name, send, **how) for number, (name, send, how) in enumerate(plays)]
        for d in done:
            d.result()


def judged(where, p, plays, few):
    """What was inspected is what was read, in each; nothing was read in a few at most.  All of it as a table where somebody asks."""
    time.sleep(0.3)
    p.stop()
    names = [(number, play[0]) for number, play in enumerate(plays)]
    wrong, nothing = differences(where, names)
    if "EVADE_TABLE" in os.environ:
        with open(os.environ["EVADE_TABLE"], "a", encoding="utf-8") as f:
            bad = {w.split(":")[0] for w in wrong}
            for number, name in names:
                f.write("%-50s read %4d bytes, %s\n" % (name, len(bodies(where, number)), "NOT as inspected" if name in bad else "as inspected"))
    must(not wrong, "%d of %d:\n%s" % (len(wrong), len(names), "\n".join(wrong)))
    must(len(nothing) <= few, "nothing was read of: %s" % ", ".join(nothing))


def case_evade_tricks(engine, where, net):
    """each known trick with segments, flags, sums, options, time stamps and fragments, in each relation of two pieces"""
    p, mac = begin(engine, where, net)
    plays = [(name, send, {}) for name, send in evade.TRICKS] + [(name, send, {"stamps": True}) for name, send in evade.STAMPED]
    plays.append(("numbers_that_wrap", evade.backwards, {"isn": 0xffffff80}))
    all_played(net, mac, plays)
    judged(where, p, plays, 6)


def case_evade_queue(engine, where, net):
    """the same through a router's netfilter queue"""
    p, mac = begin(engine, where, net, queue=True)
    plays = [(name, send, {}) for name, send in evade.TRICKS]
    all_played(net, mac, plays)
    judged(where, p, plays, 6)


def case_evade_starved(engine, where, net):
    """more datagrams under way than there is room for: what has begun is not forgotten for others"""
    p, mac = begin(engine, where, net, "--set", "defrag.trackers=2")
    plays = [("fragments_with_a_flood_between", evade.fragments_with_a_flood_between, {})]
    all_played(net, mac, plays)
    judged(where, p, plays, 0)
    must(any(e["event_type"] == "drop" and e["drop"]["reason"] == "defrag memcap" for e in guard.events(where)), "no fragment of the flood was dropped")


def case_evade_handshakes(engine, where, net):
    """sessions that begin otherwise than they should"""
    p, mac = begin(engine, where, net)
    plays = [(name, lambda p, data, h: p.send(0, data), {"begin": f}) for name, f in evade.HANDSHAKES]
    all_played(net, mac, plays)
    judged(where, p, plays, 4)


def case_evade_short_lived(engine, where, net):
    """what does not live as far as the server: lies, resets, ends, fragments"""
    p, mac = begin(engine, where, net, behind=True)
    plays = [(name, send, {}) for name, send in evade.SHORT]
    all_played(net, mac, plays)
    judged(where, p, plays, 5)


def case_evade_random(engine, where, net):
    """a hundred sessions of overlaps, holes, lies and repetitions in any order"""
    p, mac = begin(engine, where, net)
    plays = [("random%d" % i, evade.at_random(i), {}) for i in range(100)]
    all_played(net, mac, plays)
    judged(where, p, plays, 10)


def tagged(net, sport, tags, text):
    """A datagram to the server's port 53 in so many tags without a number, which its stack takes off."""
    mac = net.run("server", ["cat", "/sys/class/net/eth0/address"]).strip()
    with net.inside("client"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("eth0", 0))
    s.send(bytes.fromhex(mac.replace(":", "")) + bytes.fromhex(evade.CLIENT_MAC.replace(":", "")) + b"\x81\0\0\0" * tags + evade.datagram(net, evade.CLIENT, "10.9.0.2", sport, 53, text))
    s.close()


def case_evade_tags(engine, where, net):
    """more tags than are read: its stack takes all of them off, and none that was not looked at gets there, nor a host in them that is kept out"""
    guard.bridge(net)
    net.ip("server", "neigh add %s lladdr %s dev eth0 nud permanent" % (net.at(evade.CLIENT), evade.CLIENT_MAC))
    with net.inside("server"):
        s = net.socket(socket.SOCK_DGRAM)
    s.bind((net.at("10.9.0.2"), 53))
    s.settimeout(0.3)

    def read():
        got = set()
        try:
            while True:
                got.add(s.recv(2048))
        except socket.timeout:
            return got

    def sent(*numbers):
        for n in numbers:
            tagged(net, 1000 + n, n, b"good %d" % n)
            tagged(net, 2000 + n, n, b"EVIL %d" % n)
        return read()

    rules = 'drop udp any any -> any 53 (msg:"evil"; content:"EVIL"; sid:1;)\n'
    p = guard.guard(engine, where, net, "--control=" + os.path.join(where, "ctl"), rules=rules)
    got = sent(0, 1, 2, 3, 4, 5, 6, 12)
    must(got == {b"good %d" % n for n in range(4)}, "the server read %r" % got)
    must(ctl(engine, where, "block", net.at(evade.CLIENT), "60")[0] == 0, "not kept out")
    got = sent(0, 1, 2, 3, 4, 5, 6, 12)
    must(not got, "of a host that is kept out the server read %r" % got)
    guard.adds_up(json.loads(p.stop()))
    must(any(e["event_type"] == "drop" and e["drop"]["reason"] == "ambiguous" for e in guard.events(where)), "no record says so")
    p = guard.guard(engine, where, net, "--set", "guard.normalise=no", rules=rules)
    got = sent(3, 4, 12)
    must(got == {b"good 3", b"good 4", b"EVIL 4", b"good 12", b"EVIL 12"}, "where all that may goes on the server read %r: it does not take tags off?" % got)
    p.stop()
