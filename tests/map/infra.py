# SPDX-License-Identifier: GPL-2.0-or-later
"""Until when an address is lent, what a certificate calls its server, what hosts do for virtual machines, and what a host has no room for.

Cases as in history.py.
"""
import csv
import json
import os
import struct

from history import A, ADDRESS, B, START, C, OTHER, in_use, stamp

import apps
import net
import record_tls
import tunnel
from capture import Trace
from host import LINUX, Host, Wire
from questions import file_of
from tcp import CLIENT, Session

CASES = []
LENT, KEEPS, SERVER = Host("lent", A, ADDRESS, None, LINUX), Host("keeps", C, OTHER, None, LINUX), Host("server", B, "10.0.0.1", None, LINUX)


def case(function):
    CASES.append((function.__doc__, function))
    return function


def read(f, trace, *options):
    path = os.path.join(f.where, "%d.pcap" % f.n)
    f.n += 1
    trace.write(path)
    done = f.call("--json", *options, path)
    f.must(done.returncode == 0, "status %d: %s" % (done.returncode, done.stderr[-300:]))


def claim(wire, at, host):
    wire.send_frame(at, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, host.mac, host.ip, "00:00:00:00:00:00", "10.0.0.254"))


def lend(wire, at, host, seconds):
    """An acknowledgement; 0 seconds: the host gives its address back."""
    if seconds == 0:
        wire.send_udp(at, host, SERVER, 68, 67, apps.dhcp(7, int(at), host.mac, ciaddr=host.ip, options=[(54, net.addr(SERVER.ip))]))
        return
    options = [(54, net.addr(SERVER.ip)), (51, struct.pack("!I", seconds))]
    wire.send_udp(at, SERVER, host, 67, 68, apps.dhcp(apps.DHCP_ACK, int(at), host.mac, yiaddr=host.ip, options=options))


def address(f, which, at=None):
    """What is said of that address of its host."""
    for host in f.hosts(at=at):
        for one in host["addresses"]:
            if one.get("address") == which:
                return one
    return {}


def at_second(one, key):
    return one.get(key, "")[:19]


@case
def lease_ends(f):
    """an address whose lease ran out, and that was silent since, is held no more: renewals move the end, what goes on keeps it, whoever gives it back has it no more"""
    trace = Trace(start=START)
    wire = Wire(trace)
    lend(wire, 1, LENT, 600)
    claim(wire, 2, LENT)
    lend(wire, 301, LENT, 600)
    lend(wire, 2, KEEPS, 600)
    for at in (10, 500, 1000, 1400, 2400):
        claim(wire, at, KEEPS)
    read(f, trace)
    f.must(at_second(address(f, ADDRESS), "until") == stamp(901), "renewed at 301: %s" % address(f, ADDRESS))
    f.must("until" not in address(f, OTHER) and at_second(address(f, OTHER), "lease_until") == stamp(602), "it goes on: %s" % address(f, OTHER))
    f.must(f.holders(ADDRESS) == [] and f.holders(OTHER) == [C], "holders")
    for at, held in ((400, True), (890, True), (1200, False), (2000, False)):
        one = address(f, ADDRESS, at=at)
        f.must(("until" not in one) == held, "as of %s: %s" % (at, one))
    shown = f.call("--host", OTHER).stdout.decode()
    f.must("lent until " + stamp(602) in shown, shown)
    f.must([len(f.hosts("--where", "ip=" + ADDRESS, at=at)) for at in (400, 1200)] == [1, 0], "asked for by the address, as of then")
    f.must(ADDRESS not in f.call().stdout.decode(), "the table has it still")
    f.must([in_use(h) for h in f.hosts("--host", A)] == [[A]], "asked for alone, it has it still")
    trace = Trace(start=START)
    wire = Wire(trace)
    lend(wire, 3000, LENT, 36000)
    claim(wire, 3001, LENT)
    claim(wire, 3200, KEEPS)
    read(f, trace)
    f.must("until" not in address(f, ADDRESS), "lent again: %s" % address(f, ADDRESS))
    trace = Trace(start=START)
    wire = Wire(trace)
    lend(wire, 4000, LENT, 0)
    claim(wire, 4200, KEEPS)
    read(f, trace)
    f.must(at_second(address(f, ADDRESS), "until") == stamp(4000), "given back: %s" % address(f, ADDRESS))
    f.must([in_use(h) for h in f.hosts("--where", "mac=" + A)] == [[A]], "the host has no address")


@case
def self_made(f):
    """an IPv6 address that its host made is held for as long as the router says, a week at most: with a new one each day it is one host, and an old one is found as of then alone"""
    router, days, day = "00:1b:21:00:06:fe", 200, 86400
    trace = Trace(start=START)
    wire = Wire(trace)
    of_day = lambda n: "2001:db8:1::%x:%x" % (n + 1, n * 7 + 5)

    def says(at, mac, src, kind, rest, body):
        wire.send_frame(at, mac, "33:33:00:00:00:01", net.ETH_IPV6, net.ipv6(src, "ff02::1", net.P_ICMP6, net.icmp6(src, "ff02::1", kind, 0, rest, body), ttl=255))

    def advertise(at, valid, prefix="2001:db8:1::"):
        option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, valid, valid // 2, 0) + net.addr(prefix)
        says(at, router, "fe80::fe", 134, struct.pack("!BBH", 64, 0, 1800), bytes(8) + option)

    def claims(at, address):
        says(at, A, address, 136, struct.pack("!I", 0x20000000), net.addr(address) + b"\2\1" + net.mac(A))

    for n in range(days):
        claims(n * day, "fe80::1")
        advertise(1 + n * day, 7200)
        claims(2 + n * day, of_day(n))
    read(f, trace)
    found = lambda address, at=None: len(f.hosts("--where", "ip=" + address, at=at))
    f.must(len(f.hosts()) == 2, "there are %d hosts" % len(f.hosts()))
    for n in (0, 50, 100, 150, 190):
        f.must(found(of_day(n)) == 0, "it has the address of day %d still" % n)
        f.must((found(of_day(n), n * day + 600), found(of_day(n), (n + 8) * day)) == (1, 0), "as of day %d and a week later" % n)
    f.must(found(of_day(days - 1)) == 1 and found("fe80::1") == 1, "it has none of today")
    trace = Trace(start=START)
    wire = Wire(trace)
    for at in range(0, 10 * 3600, 1800):
        advertise(days * day + at, 7200)
    advertise(days * day + 36000, 0)
    read(f, trace)
    f.must(found(of_day(days - 1)) == 1 and found(of_day(days - 1), days * day + 30000) == 1, "the router goes on, but it has it no more")
    trace = Trace(start=START)
    wire = Wire(trace)
    advertise(days * day + 36000, 0)
    advertise(days * day + 50000, 0, "2001:db8:2::")
    read(f, trace)
    f.must(found(of_day(days - 1)) == 0, "the router takes it back, and it has it still")


def tls(wire, at, server, swap=()):
    """The recorded session, with texts of equal length swapped."""
    s = Session(wire, KEEPS, server, 443, at=at).open()
    for who, data in record_tls.load("tls12"):
        for old, new in swap:
            data = data.replace(old, new)
        (s.request if who in ("client", CLIENT) else s.reply)(data)
    s.close()


@case
def certified(f):
    """a server is called what the client asks for if its certificate is for that name, with an asterisk too; all its names are told"""
    trace = Trace(start=START)
    wire = Wire(trace)
    name, star, below = b"intranet.tapir.example", b"*.ntranet.tapir.exampl", b"a.ntranet.tapir.exampl"
    servers = [Host("s%d" % n, "00:1b:21:00:01:%02x" % n, "10.0.0.%d" % (100 + n), None, LINUX) for n in range(4)]

    def asked(text):
        return (b"\0\0\x16" + name, b"\0\0\x16" + text)    # in the client's hello: type, length

    for host in servers + [KEEPS]:
        claim(wire, 0.5, host)
    tls(wire, 1, servers[0])
    tls(wire, 10, servers[1], [asked(b"#" * 22), (name, star), asked(b"#" * 22)[::-1]])
    tls(wire, 20, servers[2], [asked(below)])
    tls(wire, 30, servers[3], [asked(below), (name, star)])
    read(f, trace)
    got = [(f.hosts("--host", s.ip) or [{}])[0].get("name") for s in servers]
    f.must(got == ["intranet.tapir.example", None, None, below.decode()], "names: %s" % got)
    f.must(len(f.hosts("--where", "name=" + below.decode())) == 1 and len(f.hosts("--where", "name=" + name.decode())) == 1, "asked for by name")
    names = [n["by"] for n in f.hosts("--host", servers[0].ip)[0]["names"]]
    f.must("tls.name" in names, "all names: %s" % names)


def session(wire, at, client, server, port, asks=b"", says=b"", first=False):
    s = Session(wire, client, server, port, at=at).open()
    if first:
        s.reply(says)
        s.request(asks)
    else:
        s.request(asks)
        s.reply(says)
    s.close()


@case
def behind_nat(f):
    """who is reached through the NAT of a hypervisor's own network has not its hardware address, nor is a virtual machine; the NAT is one, with what it says it has"""
    trace = Trace(start=START)
    wire = Wire(trace)
    for n, mac in enumerate(("52:54:00:12:35:02", "00:50:56:e8:0a:b1", "52:55:0a:00:16:02")):
        guest, gate = Host("guest", "08:00:27:00:00:%02x" % n, "10.0.%d.15" % (20 + n), None, LINUX), Host("gate", mac, "10.0.%d.2" % (20 + n), None, LINUX)
        far = [Host("far", mac, "203.0.113.%d" % (10 * n + k), None, LINUX) for k in range(2)]
        claim(wire, 1, guest)
        session(wire, 2, guest, far[0], 80)
        claim(wire, 3, gate)
        session(wire, 4, guest, far[1], 80)
    read(f, trace)
    for n, (mac, vm) in enumerate((("52:54:00:12:35:02", "virtualbox"), ("00:50:56:e8:0a:b1", "vmware"), ("52:55:0a:00:16:02", "kvm"))):
        for k in range(2):
            one = f.hosts("--host", "203.0.113.%d" % (10 * n + k))
            f.must([in_use(h) for h in one] == [["203.0.113.%d" % (10 * n + k)]] and "vm" not in one[0], "%s: %s" % (mac, one))
        gate = f.hosts("--host", mac)
        f.must(len(gate) == 1 and sorted(in_use(gate[0])) == sorted([mac, "10.0.%d.2" % (20 + n)]) and (gate[0]["kind"], gate[0]["vm"]["hypervisor"]) == ("nat", vm), "%s: %s" % (mac, gate))


@case
def silent_and_not_back(f):
    """what a connection of before said at its end, after a jump of time, brings nobody back: silent is told once"""
    trace = Trace(start=START)
    wire = Wire(trace)
    for host in (KEEPS, SERVER):
        claim(wire, 1, host)
        claim(wire, 100, host)
    s = Session(wire, KEEPS, SERVER, 80, at=101).open()
    s.request(apps.http_request("GET", "/", "x.example"))
    s.reply(apps.http_response("200 OK", b"ok", [("Server", "nginx/1.18.0")]), ack=False)
    claim(wire, 5 * 86400, LENT)
    claim(wire, 6 * 86400, LENT)
    read(f, trace)
    f.must(len(f.changes(("silent", "host"))) == 2 and f.changes(("changed", "back")) == [], "%s" % f.call("--changes").stdout.decode())
    f.must(f.hosts("--where", "product=nginx"), "what it said is not there")
    f.dir += "2"
    read(f, trace, "--set", "aware.gone=172800")
    f.must(len(f.changes(("gone", "host"))) == 2 and len(f.changes(("new", "host"))) == 3, "gone: %s" % f.call("--changes").stdout.decode())
    f.dir = f.dir[:-1]
    trace = Trace(start=START)
    claim(Wire(trace), 7 * 86400, KEEPS)
    read(f, trace)
    f.must(len(f.changes(("changed", "back"))) == 1, "back: %s" % f.call("--changes").stdout.decode())


def roles(f, which):
    return {(r["kind"], r["what"]): r["confidence"] for r in (f.hosts("--host", which) or [{}])[0].get("roles", [])}


@case
def infrastructure(f):
    """who moves, manages and stores machines, by its traffic, with how sure that is; who lives behind which tunnel's end"""
    trace = Trace(start=START)
    wire = Wire(trace)
    hosts = {n: Host("h%d" % n, "00:1b:21:00:02:%02x" % n, "10.0.2.%d" % n, None, LINUX) for n in range(1, 9)}
    esx = [Host("esx%d" % n, "00:50:56:6a:00:0%d" % n, "10.0.3.%d" % n, None, LINUX) for n in (1, 2)]
    for host in list(hosts.values()) + esx:
        claim(wire, 0.5, host)
    session(wire, 1, hosts[1], hosts[2], 49152, b"QEVM\0\0\0\x03" + bytes(range(64)), b"\0\1\0\0")
    session(wire, 2, esx[0], esx[1], 8000, b"\x9a\x01" + bytes(range(7, 70)), b"\x9b\x02" + bytes(range(9, 80)))
    session(wire, 3, hosts[3], hosts[4], 6600, b"\x9a\x01" + bytes(range(7, 70)), b"\x9b\x02" + bytes(range(9, 80)))
    call = struct.pack("!7I", 28, 0x20008086, 1, 66, 0, 0, 0)
    session(wire, 4, hosts[5], hosts[6], 16509, call, struct.pack("!7I", 28, 0x20008086, 1, 66, 1, 0, 0))
    session(wire, 5, hosts[5], esx[0], 902, b"USER root\r\n", b"220 VMware Authentication Daemon Version 1.10: SSL Required\r\n", first=True)
    session(wire, 6, hosts[5], hosts[7], 8006, apps.http_request("GET", "/api2/json", "pve.example"),
            apps.http_response("200 OK", b"{}", headers=[("Server", "pve-api-daemon/3.0")], kind="application/json"))
    ends = [Host("vtep%d" % n, "0c:c4:7a:40:00:%02x" % n, "10.40.0.%d" % n, None, LINUX) for n in (11, 12)]
    inner = Wire(trace, [40], [tunnel.vxlan(ends[0], ends[1], 5001)], name="inner")
    guests = [Host("g%d" % n, "52:54:00:00:00:0%d" % n, "192.168.7.%d" % n, None, LINUX) for n in (1, 2)]
    session(inner, 7, guests[0], guests[1], 8080, apps.http_request("GET", "/", "g.example"), apps.http_response("200 OK", b"x", kind="text/plain"))
    read(f, trace)
    want = {"10.0.2.1": {("migration", "qemu"): 95}, "10.0.2.2": {("migration", "qemu"): 95}, "10.0.3.2": {("migration", "vmotion"): 85},
            "10.0.3.1": {("migration", "vmotion"): 85, ("management", "esxi"): 95}, "10.0.2.3": {("migration", "hyper-v"): 40}, "10.0.2.4": {("migration", "hyper-v"): 40},
            "10.0.2.5": {("management", "libvirt-client"): 95}, "10.0.2.6": {("management", "libvirt"): 95},
            "10.0.2.7": {("management", "proxmox"): 95}, "10.0.2.8": {}}
    for which, each in want.items():
        f.must(roles(f, which) == each, "%s: %s, not %s" % (which, roles(f, which), each))
    table = f.call("--wide").stdout.decode()
    f.must("ROLES" in table and "migration qemu" in table and "hyper-v" not in table and "VTEP" in table and "10.40.0.11" in table, table)
    rows = {r["addresses"]: r for r in csv.DictReader(f.call("--export", "csv").stdout.decode().splitlines())}
    f.must(rows["192.168.7.1"]["vtep"] == "10.40.0.11" and rows["192.168.7.2"]["vtep"] == "10.40.0.12" and rows["10.0.2.6"]["roles"] == "management libvirt", "CSV: %s" % rows)
    for text, n in (("vtep=10.40.0.11", 1), ("vtep=10.40.0.0/24", 2), ("vtep~40.0", 2), ("role=migration", 6), ("role=qemu", 2), ("role~esxi", 1), ('role="management libvirt"', 1)):
        f.must(len(f.hosts("--where", text)) == n, "%s: %d" % (text, len(f.hosts("--where", text))))
    f.must('-> "vtep 10.40.0.11"' in f.call("--export", "dot").stdout.decode(), "Graphviz")
    f.must("management esxi (confidence 95, by " in f.call("--host", "10.0.3.1").stdout.decode(), "one host")


@case
def crowded(f):
    """what a file says of a host beyond the room for it is counted and told"""
    claims = Trace(start=START)
    claim(Wire(claims), 1, LENT)
    read(f, claims)
    ports = "".join('<port protocol="tcp" portid="%d"><state state="open"/></port>' % n for n in range(1, 101))
    scan = '<?xml?><nmaprun><host endtime="%d"><address addr="%s" addrtype="ipv4"/><ports>%s</ports></host></nmaprun>' % (START + 100, ADDRESS, ports)
    done = f.call("--import", file_of(f, "scan.xml", scan))
    f.must(len(f.hosts("--host", ADDRESS)[0]["services"]) == 64 and b" 36 " in done.stderr, "told: %s" % done.stderr)
    names = "".join(json.dumps({"address": ADDRESS, "name": "n%d" % n}) + "\n" for n in range(9))
    done = f.call("--import", file_of(f, "names.json", names))
    f.must(b" 3 " in done.stderr, "told: %s" % done.stderr)
