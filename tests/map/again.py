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
    for n in range(120):
        web(wire, 1 + n * 0.4, hosts[min(n // 6, n % 12)], SERVERS[n % 4])


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
    wire = Wire(trace)
    clients = [Host("q%d" % n, "00:1b:21:00:06:%02x" % n, "10.0.6.%d" % n, None, LINUX) for n in range(1, 9)]
    invite = b"OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.6.1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: phone\r\nServer: exchange\r\n\r\n"
    for n in range(40):
        one = Session(wire, clients[n % 8], SERVERS[n % 2], 80, at=1 + n * 0.7)
        one.midstream()
        if n < 10 or n % 3 == 0:
            one.send(CLIENT, apps.http_request("GET", "/", "late.example"), ack=False)
            one.send(CLIENT, apps.http_request("GET", "/2", "late.example"), ack=False)
        else:
            one.send(CLIENT, apps.http_request("GET", "/", "late.example"))
            one.send(SERVER, apps.http_response("200 OK", b"ok\n"))
        wire.send_udp(1.2 + n * 0.7, clients[n % 8], SERVERS[2], 5060 + n, 5060, invite % b"10.0.1.3")


@capture
def ending_at_once(trace):
    """flows that end in the same nanosecond"""
    wire = Wire(trace)
    clients = [Host("e%d" % n, "00:1b:21:00:07:%02x" % n, "10.0.7.%d" % n, None, LINUX) for n in range(1, 33)]
    for at in (1, 400, 800):
        for n, client in enumerate(clients):
            wire.send_udp(at, client, SERVERS[n % 2], 5300 + n, 53, apps.dns(n, [("one.example", "A")]))
        for n, client in enumerate(clients):
            wire.send_udp(at + 1, SERVERS[n % 2], client, 53, 5300 + n, apps.dns(n, [("one.example", "A")], [("one.example", "A", "10.0.1.3")], response=True))
    claim(wire, 1200, clients[0].mac, clients[0].ip)


def write(folder):
    """(what it is about, path) of each."""
    made = []
    for n, (name, function) in enumerate(CAPTURES):
        trace, path = Trace(), os.path.join(folder, "again%d.pcap" % n)
        function(trace)
        trace.write(path)
        made.append((name, path))
    return made
