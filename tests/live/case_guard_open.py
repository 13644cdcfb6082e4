# SPDX-License-Identifier: GPL-2.0-or-later
"""What lets a bridge fail open: put there, taken over, taken away."""
import json
import os
import select
import socket
import struct
import subprocess
import time

from case_guard import HTTP, adds_up, bridge, guard, http, rules_file, serve, soon, stopped
from net import must

RTMGRP_TC, RTM_NEWTFILTER, RTM_DELTFILTER = 8, 44, 45


def killed(p):
    p.p.kill()
    p.p.wait()


def filters(net, device):
    """How many filters of guards there are."""
    return net.run("guard", ["tc", "filter", "show", "dev", device, "ingress"]).count("peccary-guard")


def told(s, seconds):
    """(type, interface, handle) of what comes and goes, as the kernel tells it, until nothing does for so long."""
    while select.select([s], [], [], seconds)[0]:
        data, at = s.recv(1 << 16), 0
        while at + 36 <= len(data):
            size, kind = struct.unpack_from("=IH", data, at)
            if kind in (RTM_NEWTFILTER, RTM_DELTFILTER):
                yield (kind,) + struct.unpack_from("=iI", data, at + 20)
            at += (size + 3) & ~3


def case_guard_in_place(engine, where, net):
    """a guard takes over what a killed one left in place: two of them never are there, also if it is killed at once, and none goes if it does not begin"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    line = [engine, "guard", "-l", os.path.join(where, "logs"), "-r", rules_file(where), "left", "right"]
    killed(guard(engine, where, net))
    with net.inside("guard"):
        events, other = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    events.bind((0, RTMGRP_TC))
    p, came = net.start("guard", line), set()
    for kind, index, _ in told(events, 5):
        came |= {index} if kind == RTM_NEWTFILTER else set()
        if len(came) == 2:
            p.kill()
            break
    p.wait()
    must(len(came) == 2 and (filters(net, "left"), filters(net, "right")) == (1, 1), "killed at once it leaves %d and %d" % (filters(net, "left"), filters(net, "right")))
    time.sleep(0.4)
    must(http(net, b"/attack-me") == b"hello\n", "what it leaves does not go on")
    other.bind("\0peccary-guard-right")  # as a guard of that one would
    run = subprocess.run(["ip", "netns", "exec", net.names["guard"]] + line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
    other.close()
    must(run.returncode == 2 and b"another peccary" in run.stdout, "%d: %s" % (run.returncode, run.stdout.decode()))
    must(http(net, b"/attack-me") == b"hello\n", "one that does not begin ends what was left")
    there, most = {}, 0
    list(told(events, 0.1))
    p = guard(engine, where, net)
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    for kind, index, handle in told(events, 0.1):
        there.setdefault(index, {1})  # what was left
        there[index] = there[index] | {handle} if kind == RTM_NEWTFILTER else there[index] - {handle}
        most = max(most, len(there[index]))
    must(most == 1, "%d of them are there while it takes over" % most)
    p.stop()
    must((filters(net, "left"), filters(net, "right")) == (0, 0), "it left its program behind at a proper end")


def case_guard_taken_away(engine, where, net):
    """what lets it fail open is put there again when somebody takes it away, which is told and counted; killed, it goes on"""
    def taken(*line):
        net.run("guard", ["tc"] + list(line))
        soon(lambda: time.sleep(0.1) or filters(net, line[3]))
        must(filters(net, line[3]) == 1, "behind tc %s there are %d" % (" ".join(line), filters(net, line[3])))
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net)
    taken("qdisc", "del", "dev", "left", "clsact")
    taken("filter", "del", "dev", "right", "ingress")
    for name in (b"bridge:left+right", b"bridge:right+left"):
        p.wait_for(name + b": somebody took away", 7)
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    killed(p)
    time.sleep(0.4)
    must(http(net, b"/attack-me") == b"hello\n", "killed, it does not fail open")
    p = guard(engine, where, net)
    taken("filter", "del", "dev", "left", "ingress")
    net.run("guard", ["sh", "-c", "tc filter del dev left ingress; tc filter add dev left ingress protocol ip pref 49145 bpf bytecode '1,6 0 0 0'"])  # in its place
    p.wait_for(b"bridge:left+right: traffic will stop", 8)
    taken("filter", "del", "dev", "left", "ingress")
    got = json.loads(p.stop())
    must(got["capture"]["fail_open_renewed"] == 2, "counted: %r" % got["capture"])
    adds_up(got)


def case_guard_leaves_nothing(engine, where, net):
    """the qdisc that a guard makes goes with the last one, a killed one's too; not from under somebody else's filter, nor one that somebody else made"""
    def qdiscs():
        return ["clsact" in net.run("guard", ["tc", "qdisc", "show", "dev", device]) for device in ("left", "right")]
    bridge(net)
    net.run("guard", ["tc", "qdisc", "add", "dev", "right", "clsact"])
    for last in ([], ["--set", "guard.fail-open=no"]):
        for _ in range(2):
            killed(guard(engine, where, net))
        must(qdiscs() == [True, True], "killed it left none: %r" % qdiscs())
        guard(engine, where, net, *last).stop()
        must(qdiscs() == [False, True], "at the end, %s, qdiscs at left and right: %r" % (last, qdiscs()))
    p = guard(engine, where, net)
    net.run("guard", ["tc", "filter", "add", "dev", "left", "egress", "bpf", "bytecode", "1,6 0 0 0"])
    p.stop()
    must(qdiscs() == [True, True] and filters(net, "left") == 0, "it went with somebody else's filter in it: %r" % qdiscs())


def case_guard_left_open(engine, where, net):
    """what a guard that is gone left open is found by doctor and told by a guard of other interfaces, with what ends it; what a guard holds that runs is not"""
    def found():
        p = net.start("guard", [engine, "doctor", "--json", "--time", "1", "-l", where, "left"])
        findings = {f["name"]: f for f in json.loads(p.communicate(timeout=30)[0])["findings"]}
        return set(findings["left-open"]["reason"].split("; ")) if "left-open" in findings else set()
    bridge(net)
    net.pair("server", "eth1", "guard", "mid")
    p = guard(engine, where, net)
    must(found() == set() and b"left its bridge open" not in p.said, "one that runs is taken for one that is gone: %r, %s" % (found(), p.said.decode()))
    killed(p)
    must(found() == {"left", "right"}, "found behind a killed one: %r" % found())
    p = guard(engine, where, net, devices=("left", "mid"))
    must(b"right: a guard that is gone" in p.said and p.said.count(b"a guard that is gone") == 1, "said: %s" % p.said.decode())
    must(found() == {"right"}, "found beside one of left and mid: %r" % found())
    p.stop()
    net.run("guard", "tc filter del dev right ingress pref 49145".split())
    must(found() == set(), "found when it was taken away: %r" % found())
