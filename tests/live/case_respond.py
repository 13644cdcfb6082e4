# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done about hosts: they are kept out for a while."""
import json
import os
import shutil
import time

import case_guard as guard
from net import Program, Skip, must


def client(net, address):
    """Another address of the client; sessions from it."""
    net.ip("client", "addr add %s/24 dev eth0" % address)


def http_from(net, address, path=b"/", timeout=1):
    import socket
    with net.inside("client"):
        s = socket.socket()
    s.settimeout(timeout)
    s.bind((address, 0))
    s.connect(("10.9.0.2", guard.HTTP))
    s.sendall(b"GET %s HTTP/1.1\r\nHost: server.example\r\n\r\n" % path)
    got = guard.whole(s)
    s.close()
    return got


def case_respond_blocks(engine, where, net):
    """who attacks is kept out for its time, whatever it sends then; others are not, nor who is never to be"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    client(net, "10.9.0.11")
    client(net, "10.9.0.12")
    p = guard.guard(engine, where, net, "--set", "respond.block=dropped", "--set", "respond.block-time=3", "--set", "respond.never-block=10.9.0.12")
    must(http_from(net, "10.9.0.11"), "before")
    must(guard.stopped(http_from, net, "10.9.0.11", b"/attack-me"), "an attack was answered")
    began = time.monotonic()
    must(guard.stopped(http_from, net, "10.9.0.11"), "kept out")
    must(http_from(net, "10.9.0.1"), "another is not")
    must(guard.stopped(http_from, net, "10.9.0.12", b"/attack-me"), "an attack of one that is spared was answered")
    must(http_from(net, "10.9.0.12"), "one that is spared is not kept out")
    time.sleep(max(0, began + 4 - time.monotonic()))
    must(http_from(net, "10.9.0.11", timeout=3), "when its time is over")
    p.stop()
    must(any(e["event_type"] == "drop" and e["drop"].get("reason") == "host blocked" for e in guard.events(where)), "no record says so")


def case_respond_nftables(engine, where, net):
    """watching, the system's firewall keeps it out, by a set with a time-out; at the end nothing of that is left"""
    if shutil.which("nft") is None:
        raise Skip("there is no nft")
    guard.routed(net)
    guard.serve(net, where, ("http", guard.HTTP))
    p = Program(net, "guard", [engine, "watch", "--json", "-r", guard.rules_file(where), "-l", os.path.join(where, "logs"), "--set", "respond.block=dropped",
                               "--set", "respond.block-time=60", "--set", "respond.nftables=yes", "left"], b"watching")
    must(guard.http(net, b"/") == b"hello\n", "before")
    guard.stopped(guard.http, net, b"/attack-me")
    guard.soon(lambda: "10.8.0.1" in net.run("guard", ["nft", "list", "ruleset"]))
    rules = net.run("guard", ["nft", "list", "ruleset"])
    must("10.8.0.1 timeout 1m" in rules, "the firewall was not told: %s" % rules)
    must(guard.stopped(guard.http, net, b"/"), "the firewall lets it in")
    p.stop()
    must("peccary" not in net.run("guard", ["nft", "list", "ruleset"]), "its table is still there")
