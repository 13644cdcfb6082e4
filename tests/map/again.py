# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks in which the same is said over and over, in flows of several workers: what one tap leaves out as told, another tells.

Each is a function that fills a trace; its first line says what must not depend on who tells it.
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "gen"))

import apps                                           # noqa: E402
import net                                            # noqa: E402
from capture import Trace                             # noqa: E402
from host import LINUX, WINDOWS, Host, Wire           # noqa: E402
from tcp import CLIENT, SERVER, Session               # noqa: E402

ALL = Host("all", net.BROADCAST, "255.255.255.255")
SERVERS = [Host("server%d" % n, "00:1b:21:00:01:%02x" % n, "10.0.1.%d" % n, None, LINUX) for n in range(1, 5)]
CAPTURES = []


def capture(function):
    CAPTURES.append((function.__doc__.split("\n")[0], function))
    return function


def claim(wire, at, mac, address):
    wire.send_frame(at, mac, net.BROADCAST, net.ETH_ARP, net.arp(1, mac, address, "00:00:00:00:00:00", "10.0.0.254"))


def web(wire, at, client, server, host="intra.example", clock=None, rtt=0.0004):
    """A request and its answer, with what the server's clock shows (seconds after the packets')."""
    s = Session(wire, client, server, 80, at=at, rtt=rtt).open()
    s.request(apps.http_request("GET", "/%d" % (at * 1000), host))
    answer = apps.http_response("200 OK", b"ok\n", kind="text/plain")
    shows = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(wire.trace.start + at + (clock or 0))).encode()
    head, _, rest = answer.partition(b"Date: ")
    s.reply(head + b"Date: " + shows + rest[rest.index(b"\r\n"):])
    return s.close()


@capture
def set_free(trace):
    """hosts that are set free of a router's address, and go on"""
    wire, router = Wire(trace), "00:1b:21:00:00:01"
    hosts = [Host("h%d" % n, router, "10.0.0.%d" % n, None, LINUX) for n in range(1, 13)]
    for n in range(60):
        web(wire, 1 + n * 0.3, hosts[n // 2 if n < 10 else n % 5], SERVERS[0])


@capture
def asked(trace):
    """who asks for a name that the tables know"""
    wire = Wire(trace)
    hosts = [Host("w%d" % n, "00:1b:21:00:02:%02x" % n, "10.0.2.%d" % n, None, WINDOWS) for n in range(1, 25)]
    for n in range(72):
        name = ("www.msftconnecttest.com", "ctldl.windowsupdate.com", "nobody.example")[n % 3]
        question = [(name, "A")]
        wire.send_udp(1 + n * 0.5, hosts[n % 24], SERVERS[0], 5300 + n, 53, apps.dns(n, question))
        answers = [(name, "A", SERVERS[1 + k % 3].ip if k < 3 else "10.0.9.%d" % (n % 7 + k)) for k in range(5)]
        wire.send_udp(1.01 + n * 0.5, SERVERS[0], hosts[n % 24], 53, 5300 + n, apps.dns(n, question, answers, response=True))
        web(wire, 1.1 + n * 0.5, hosts[n % 24], SERVERS[1 + n % 3], name)


@capture
def taking_turns(trace):
    """two machines that send to all with one address, by turns"""
    wire = Wire(trace)
    two = [Host("t%d" % n, "00:1b:21:00:03:%02x" % n, "10.0.3.1", None, LINUX) for n in (1, 2)]
    claim(wire, 0.5, two[0].mac, "10.0.3.1")
    for n in range(90):
        wire.send_udp(1 + n * 2.5, two[n % 2], ALL, 5000 + n, 6000, b"here I am, and have been for long")


@capture
def clocks(trace):
    """what two machines behind one address show of their clocks"""
    wire, server = Wire(trace), SERVERS[0]
    claim(wire, 0.5, server.mac, server.ip)
    client = Host("c", "00:1b:21:00:04:01", "10.0.4.1", None, LINUX)
    for n in range(60):
        web(wire, 1 + n * 3, client, server, clock=(0, -1600)[n % 2] if n > 20 else 0)


@capture
def changed_hands(trace):
    """what was said of an address before it changed hands, and is said again"""
    wire, client = Wire(trace), Host("c", "00:1b:21:00:05:01", "10.0.5.1", None, LINUX)
    holders = [Host("k%d" % n, "00:1b:21:00:05:%02x" % (16 + n), "10.0.5.16", None, LINUX) for n in range(2)]
    claim(wire, 0.5, holders[0].mac, "10.0.5.16")
    for n in range(48):
        if n % 16 == 8:
            claim(wire, 1 + n * 2, holders[n // 16 % 2].mac, "10.0.5.16")
        web(wire, 1 + n * 2, client, holders[(n + 8) // 16 % 2 ^ (n % 5 == 0)])
        web(wire, 2 + n * 2, holders[(n + 8) // 16 % 2], SERVERS[n % 4])


@capture
def not_yet_there(trace):
    """what clients say of a server that has not sent anything yet"""
    wire, server = Wire(trace), SERVERS[0]

    def ask(n):
        client = Host("q%d" % n, "00:1b:21:00:06:%02x" % n, "10.0.6.%d" % n, None, LINUX)
        one = Session(wire, client, server, 80, at=1 + n).midstream()
        one.send(CLIENT, apps.http_request("GET", "/", "late.example"), ack=False)
        one.rst(CLIENT)
    ask(0)
    wire.send_udp(1.5, server, SERVERS[1], 5000, 5001, b"here I am, and have been for long")
    for n in range(1, 17):
        ask(n)


@capture
def thought_over_in_silence(trace):
    """what rules know of a host whose system is thought over while one worker has nothing to tell"""
    wire = Wire(trace)
    clients = [Host("s%d" % n, "00:1b:21:00:08:%02x" % n, "10.0.8.%d" % n, None, LINUX) for n in range(1, 9)]
    windows = Host("windows", "00:1b:21:00:08:20", "10.0.8.32", None, WINDOWS)
    for n, client in enumerate(clients * 4):
        Session(wire, client, SERVERS[0], 8080, at=0.1 + n * 0.01).open()
    long_one = Session(wire, clients[0], SERVERS[0], 8080, at=1).open()
    other = None
    for n in range(11000):          # a packet of data and its acknowledgement each
        long_one.now = 1.1 + n * 0.002
        long_one.request(b"on and on\n")
        if n == 4100:
            other = Session(wire, windows, SERVERS[1], 9999, at=long_one.now).open()
            at = long_one.now
            for back in (False, True, False):
                ends, ports = ((SERVERS[1], windows), (9998, 5000)) if back else ((windows, SERVERS[1]), (5000, 9998))
                at += 0.001
                wire.send_udp(at, *ends, *ports, b"is anybody there")
        elif 4800 < n < 5200 and n % 20 == 0:
            Session(wire, clients[n // 20 % 8], SERVERS[0], 8080, at=long_one.now).open()
        elif n > 8200 and n % 100 == 0:
            other.now = long_one.now
            other.request(b"still here\n")


def write(folder):
    """(what it is about, path) of each."""
    made = []
    for n, (name, function) in enumerate(CAPTURES):
        trace, path = Trace(), os.path.join(folder, "again%d.pcap" % n)
        function(trace)
        trace.write(path)
        made.append((name, path))
    return made
