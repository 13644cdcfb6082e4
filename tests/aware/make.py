# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in networks of virtual machines, as captures: one function a scenario, made with the project's own generator (tools/gen).

Times are seconds after the start.  What the map must tell of each stands in expected.tsv.
"""
import base64
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "gen"))

import apps                                           # noqa: E402
import net                                            # noqa: E402
import smb                                            # noqa: E402
import tunnel                                         # noqa: E402
from capture import Trace                             # noqa: E402
from host import FREEBSD, LINUX, MACOS, WINDOWS, Host, Wire  # noqa: E402
from tcp import CLIENT, SERVER, Session, exchange     # noqa: E402

NOBODY, ZERO_MAC = "0.0.0.0", "00:00:00:00:00:00"
QEMU, VMWARE = (0, 0.05, 0.2, 0.45, 0.8), (0, 1, 2, 3, 5, 8, 13, 21)    # when they announce a machine that came
SERVER_MAC, GATEWAY_MAC = "a0:36:9f:10:00:80", "00:0d:b9:4a:10:01"
WINDOWS_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCENARIOS = {}


def scenario(make):
    SCENARIOS[make.__name__.replace("_", "-")] = make
    return make


# -- acts ----------------------------------------------------------------------------

def who_has(wire, at, host, other):
    """An ARP question and its answer."""
    wire.send_frame(at, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, host.mac, host.ip, ZERO_MAC, other.ip))
    wire.send_frame(at + 0.0002, other.mac, host.mac, net.ETH_ARP, net.arp(2, other.mac, other.ip, host.mac, host.ip))


def rarp(wire, at, mac, gaps):
    for gap in gaps:
        wire.send_frame(at + gap, mac, net.BROADCAST, net.ETH_RARP, net.arp(3, mac, NOBODY, mac, NOBODY))


def gratuitous(wire, at, host, gaps, op=1):
    for gap in gaps:
        wire.send_frame(at + gap, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(op, host.mac, host.ip, ZERO_MAC if op == 1 else net.BROADCAST, host.ip))


def lease(wire, at, host, server, seconds=3600, name=None, vendor=None, params=None, ask=True, xid=None):
    """DHCP: discover to acknowledgement; ask=False: a renewal."""
    xid = xid or 0x1000 + int(at * 10) % 0xFFFFF
    extra = [(12, name.encode())] if name else []
    extra += [(60, vendor.encode())] if vendor else []
    extra += [(55, bytes(params))] if params else []
    nobody, all_ = Host("none", host.mac, NOBODY, stack=host.stack), Host("all", net.BROADCAST, "255.255.255.255")
    given = [(54, net.addr(server.ip)), (51, struct.pack("!I", seconds)), (1, net.addr("255.255.255.0")), (3, net.addr(server.ip))]
    if ask:
        wire.send_udp(at, nobody, all_, 68, 67, apps.dhcp(apps.DISCOVER, xid, host.mac, options=extra))
        wire.send_udp(at + 0.001, server, all_, 67, 68, apps.dhcp(apps.OFFER, xid, host.mac, yiaddr=host.ip, options=given))
        want = extra + [(50, net.addr(host.ip)), (54, net.addr(server.ip))]
        wire.send_udp(at + 0.002, nobody, all_, 68, 67, apps.dhcp(apps.REQUEST, xid, host.mac, options=want))
    else:
        wire.send_udp(at + 0.002, host, server, 68, 67, apps.dhcp(apps.REQUEST, xid, host.mac, ciaddr=host.ip, options=extra))
    wire.send_udp(at + 0.003, server, all_ if ask else host, 67, 68, apps.dhcp(apps.DHCP_ACK, xid, host.mac, yiaddr=host.ip, options=given))


def duplicate_check(wire6, at, host):
    """IPv6 starts: is my address free (RFC 4862 5.4), who routes (RFC 4861 6.3.7)."""
    unspecified = host.at(ip6="::")
    group = Host("group", "33:33:ff:00:00:05", "224.0.0.1", "ff02::1:ff00:5")
    wire6.send_ip(at, unspecified, group, net.P_ICMP6, net.icmp6("::", group.ip6, 135, 0, bytes(4), net.addr(host.ip6)), ttl=255)
    routers = Host("routers", "33:33:00:00:00:02", "224.0.0.2", "ff02::2")
    wire6.send_ip(at + 0.5, host, routers, net.P_ICMP6, net.icmp6(host.ip6, routers.ip6, 133, 0, bytes(4)), ttl=255)


def talk(wire, at, host, server, count, every, port=8080, agent="worker/2.1"):
    """Short sessions, one after the other."""
    for n in range(count):
        exchange(wire, host, server, port, (CLIENT, apps.http_request("GET", "/job/%d" % n, "jobs.example", agent=agent)),
                 (SERVER, apps.http_response("200 OK", b"idle\n", kind="text/plain")), at=at + n * every)


def long_session(wire, host, server, at, until, every=1.0):
    """One session that goes on; gives it, open."""
    s = Session(wire, host, server, 8443, at=at).open()
    while s.now < until:
        s.request(b"still here\n")
        s.reply(b"good\n")
        s.pause(every)
    return s


def go_on(session, wire, until, every=1.0):
    """The same session, seen on another wire."""
    session.wire = wire
    while session.now < until:
        session.request(b"still here\n")
        session.reply(b"good\n")
        session.pause(every)


def guest(mac="52:54:00:aa:00:05", ip="10.0.0.5", stack=LINUX, name="guest"):
    return Host(name, mac, ip, "fe80::5", stack)


def store(ip="10.0.0.80"):
    return Host("store", SERVER_MAC, ip, None, LINUX)


# -- moves -----------------------------------------------------------------------------

def move(trace, mac, announce):
    """A machine with a session from VLAN 30 to VLAN 31 at 10 s; `announce` says that it came.  The router is at home in both."""
    before, after = Wire(trace, [30], name="before"), Wire(trace, [31], name="after")
    vm, gateway = guest(mac), Host("gw", GATEWAY_MAC, "10.0.0.1", None, FREEBSD)
    server = Host("far", GATEWAY_MAC, "10.9.0.80", None, LINUX, hops=1)
    for n in range(4):
        for wire, other in ((before, vm), (after, guest("52:54:00:bb:00:09", "10.0.0.9", name="other"))):
            who_has(wire, 0.5 + 2 * n, other, gateway)
    s = long_session(before, vm, server, 1.0, 9.6)
    announce(after, 10.0, vm)
    s.now = 10.3
    go_on(s, after, 25.0)


@scenario
def move_qemu(trace):
    """QEMU announces five times at growing distance; the session goes on in its sequence."""
    move(trace, "52:54:00:aa:00:05", lambda wire, at, vm: rarp(wire, at, vm.mac, QEMU))


@scenario
def move_vmware(trace):
    """VMware announces eight times over 21 seconds."""
    move(trace, "00:50:56:9b:00:05", lambda wire, at, vm: rarp(wire, at, vm.mac, VMWARE))


@scenario
def move_hyperv(trace):
    """Hyper-V's guest says its address three times by gratuitous ARP."""
    move(trace, "00:15:5d:0a:00:05", lambda wire, at, vm: gratuitous(wire, at, vm, (0, 0.4, 1.2)))


@scenario
def move_same_place(trace):
    """The announcement alone: behind the same VLAN nothing else changes, and the session goes on."""
    wire, vm, server = Wire(trace), guest(), store()
    who_has(wire, 0.5, vm, server)
    s = long_session(wire, vm, server, 1.0, 9.6)
    rarp(wire, 10.0, vm.mac, QEMU)
    s.now = 10.3
    go_on(s, wire, 20.0)


@scenario
def move_unannounced(trace):
    """No announcement at all: frames come from another VLAN."""
    move(trace, "52:54:00:aa:00:05", lambda wire, at, vm: None)


def move_overlay(trace, kind):
    """A machine behind one tunnel end, then behind another; the network's number stays."""
    ends = [Host("vtep%d" % n, "0c:c4:7a:40:00:%02x" % n, "10.40.0.%d" % n, None, LINUX) for n in (11, 12, 13)]
    before = Wire(trace, [40], [kind(ends[0], ends[2], 5001)], name="before")
    after = Wire(trace, [40], [kind(ends[1], ends[2], 5001)], name="after")
    vm, server = guest(), store()
    s = long_session(before, vm, server, 1.0, 9.6)
    s.now = 10.0
    go_on(s, after, 20.0)


@scenario
def move_vxlan(trace):
    move_overlay(trace, tunnel.vxlan)


@scenario
def move_geneve(trace):
    move_overlay(trace, tunnel.geneve)


@scenario
def boot(trace):
    """VMware's announcement of a machine that was switched on: it looks for its address, a router and a lease."""
    wire, wire6 = Wire(trace), Wire(trace, v6=True, name="wire6")
    vm, server = guest("00:50:56:89:5f:05", stack=WINDOWS), Host("gw", GATEWAY_MAC, "10.0.0.1", None, FREEBSD)
    talk(wire, 1.0, store(), server, 3, 1.0)
    rarp(wire, 10.0, vm.mac, VMWARE)
    duplicate_check(wire6, 11.2, vm)
    lease(wire, 12.0, vm, server, name="web05", vendor="MSFT 5.0", params=(1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252))
    gratuitous(wire, 12.5, vm, (0, 1, 2))
    talk(wire, 14.0, vm, server, 5, 1.0)


@scenario
def announce_flood(trace):
    """One address announces 300 times, 17 ms apart."""
    wire = Wire(trace)
    talk(wire, 0.5, store(), guest(), 2, 1.0)
    rarp(wire, 5.0, "00:50:56:89:00:77", [0.017 * n for n in range(300)])


# -- who is who --------------------------------------------------------------------------

def windows_login(wire, at, host, server, station):
    """An SMB session, for the name, the build and the GUID that a machine tells: they come with its name, as on a copied disk."""
    dialogue = smb.Smb2(wire.trace.rng(station))
    dialogue.negotiate()
    dialogue.login("TAPIR", "anna", station, "STORE", "tapir.example")
    s = Session(wire, host, server, 445, at=at).open()
    for side, data in dialogue.turns:
        s.send(side, data)
    s.close()


@scenario
def clone_pair(trace):
    """A machine and its copy, both running: two cards, two addresses, one name, one GUID."""
    wire, server = Wire(trace), store()
    first, second = guest("00:50:56:9b:00:05", "10.0.0.5", WINDOWS, "first"), guest("00:50:56:9b:00:06", "10.0.0.6", WINDOWS, "second")
    for n in range(4):
        for host, shift in ((first, 0), (second, 2.0)):
            who_has(wire, 1.0 + 10 * n + shift, host, server)
            windows_login(wire, 1.5 + 10 * n + shift, host, server, "WIN-TEMPLATE")


@scenario
def renamed_card(trace):
    """A machine gets a new network card: the name goes over to another address after the first is silent.  No clone."""
    wire, server = Wire(trace), store()
    first, second = guest("f8:bc:12:4d:21:05", "10.0.0.5", WINDOWS, "first"), guest("f8:bc:12:4d:21:06", "10.0.0.6", WINDOWS, "second")
    for host, at in ((first, 1.0), (first, 20.0), (second, 4000.0), (second, 4030.0)):
        who_has(wire, at, host, server)
        windows_login(wire, at + 0.5, host, server, "PC21")


@scenario
def roll_back(trace):
    """A web server whose clock goes back by three days: it was put back to a snapshot."""
    wire, server, client = Wire(trace), guest(), store()
    for n, date in enumerate(("Mon, 07 Dec 2026 09:00:0%d GMT" % i for i in range(4))):
        dated(wire, 1.0 + n, client, server, date)
    for n, date in enumerate(("Fri, 04 Dec 2026 08:12:1%d GMT" % i for i in range(4))):
        dated(wire, 60.0 + n, client, server, date)


@scenario
def clock_set(trace):
    """A clock that is wrong by seconds and is put right: no roll-back."""
    wire, server, client = Wire(trace), guest(), store()
    dated(wire, 1.0, client, server, "Mon, 07 Dec 2026 09:00:09 GMT")
    dated(wire, 5.0, client, server, "Mon, 07 Dec 2026 09:00:05 GMT")


def dated(wire, at, client, server, date):
    answer = b"HTTP/1.1 200 OK\r\nDate: %s\r\nServer: nginx/1.24.0\r\nContent-Length: 3\r\n\r\nok\n" % date.encode()
    exchange(wire, client, server, 80, (CLIENT, apps.http_request("GET", "/", "web.example")), (SERVER, answer), at=at)


@scenario
def two_tenants(trace):
    """Two networks in VXLAN use the same addresses at the same time, with different systems."""
    a, b = Host("vtep11", "0c:c4:7a:40:00:11", "10.40.0.11", None, LINUX), Host("vtep12", "0c:c4:7a:40:00:12", "10.40.0.12", None, LINUX)
    for vni, one, other, stack in ((5001, "52:54:00:01:00:05", "52:54:00:01:00:09", LINUX), (5002, "52:54:00:02:00:05", "52:54:00:02:00:09", WINDOWS)):
        wire = Wire(trace, [40], [tunnel.vxlan(a, b, vni)], name="overlay%d" % vni)
        client, server = Host("app", one, "10.0.0.5", None, stack), Host("db", other, "10.0.0.9", None, LINUX)
        talk(wire, 1.0 + vni % 10 * 0.3, client, server, 6, 1.0)


@scenario
def lease_handover(trace):
    """An address goes to another machine when its lease has ended."""
    wire, server = Wire(trace), Host("gw", GATEWAY_MAC, "10.0.0.1", None, FREEBSD)
    first, second = guest("f8:bc:12:4d:21:05", stack=WINDOWS, name="pc1"), guest("b8:27:eb:6f:25:05", stack=LINUX, name="pi")
    lease(wire, 1.0, first, server, seconds=600, name="pc1", vendor="MSFT 5.0")
    gratuitous(wire, 1.5, first, (0,))
    talk(wire, 2.0, first, server, 10, 5.0)
    lease(wire, 900.0, second, server, seconds=600, name="pi", vendor="dhcpcd-9.4.1:Linux-6.1.0:aarch64:BCM2711")
    gratuitous(wire, 900.5, second, (0,))
    talk(wire, 901.0, second, server, 10, 5.0)


@scenario
def stolen_address(trace):
    """Two machines claim one address by turns, within seconds: no lease, a conflict."""
    wire, server = Wire(trace), store()
    first, second = guest("f8:bc:12:4d:21:05", stack=WINDOWS), guest("b8:27:eb:6f:25:05")
    for n in range(4):
        gratuitous(wire, 1.0 + 6 * n, first, (0,))
        talk(wire, 1.5 + 6 * n, first, server, 1, 1.0)
        gratuitous(wire, 4.0 + 6 * n, second, (0,))
        talk(wire, 4.5 + 6 * n, second, server, 1, 1.0)


AGENTS = {
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "linux": "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}


@scenario
def nat(trace):
    """Three systems behind one address, seen from outside: by turns, one hop further off."""
    wire = Wire(trace)
    server = Host("web", GATEWAY_MAC, "203.0.113.80", None, LINUX, hops=0)
    inside = [Host(s.name, "00:0d:b9:4a:20:01", "198.51.100.7", None, s, hops=1) for s in (WINDOWS, MACOS, LINUX)]
    for n in range(8):
        for i, host in enumerate(inside):
            talk(wire, 1.0 + 6 * n + 2 * i, host, server, 1, 1.0, port=80, agent=AGENTS[host.stack.name])


@scenario
def own_frames(trace):
    """Taken on the machine itself: what it sends is seen before the card makes the checksums."""
    host, server = guest(ip="10.0.0.5"), store()
    talk(Wire(trace), 1.0, host, server, 2, 1.0, agent=AGENTS["linux"])
    for i, (at, frame, part) in enumerate(trace.frames):
        if frame[6:12] == bytes.fromhex(host.mac.replace(":", "")) and frame[23] == 6:
            trace.frames[i] = (at, frame[:50] + b"\x12\x34" + frame[52:], part)


@scenario
def many_addresses(trace):
    """One machine with three addresses: one entity."""
    wire, server = Wire(trace), store()
    for n in range(3):
        vm = guest(ip="10.0.0.%d" % (5 + n))
        gratuitous(wire, 1.0 + n, vm, (0,))
        talk(wire, 5.0 + n, vm, server, 4, 4.0)


@scenario
def vrrp(trace):
    """A virtual router goes from one machine to the other: its address moves to no place, its machines keep theirs."""
    wire = Wire(trace)
    one, two = Host("r1", "f8:bc:12:4d:01:01", "10.0.0.2", None, LINUX), Host("r2", "f8:bc:12:4d:01:02", "10.0.0.3", None, LINUX)
    virtual, client = Host("virtual", "00:00:5e:00:01:0a", "10.0.0.1", None, LINUX), guest("b8:27:eb:6f:25:05")
    for n in range(40):
        active, priority = (one, 200) if n < 20 else (two, 100)
        send_vrrp(wire, 1.0 + n, active, virtual, priority)
        if n in (0, 20):
            gratuitous(wire, 1.01 + n, virtual, (0, 0.01))
    who_has(wire, 2.5, client, virtual)
    talk(wire, 3.0, client, Host("far", virtual.mac, "198.51.100.20", None, LINUX, hops=5), 30, 1.0, port=80)


def send_vrrp(wire, at, router, virtual, priority):
    """VRRP version 3 (RFC 5798 5.1)."""
    group = Host("group", "01:00:5e:00:00:12", "224.0.0.18")
    body = struct.pack("!BBBBH", 0x31, 10, priority, 1, 100)
    checksum = net.checksum(net.pseudo(router.ip, group.ip, 112, 12) + body + b"\0\0" + net.addr(virtual.ip))
    wire.send_ip(at, router.at(mac=virtual.mac), group, 112, body + struct.pack("!H", checksum) + net.addr(virtual.ip), ttl=255)


@scenario
def anycast(trace):
    """One address answers from two places behind the router, with other distances: no move, no conflict."""
    wire, client = Wire(trace), guest("b8:27:eb:6f:25:05")
    for n in range(20):
        server = Host("dns", GATEWAY_MAC, "198.51.100.53", None, LINUX, hops=4 if n % 3 else 9)
        exchange(wire, client, server, 53, (CLIENT, apps.dns_tcp(apps.dns(n + 1, [("www.example", "A")]))),
                 (SERVER, apps.dns_tcp(apps.dns(n + 1, [("www.example", "A")], [("www.example", "A", "192.0.2.80")], response=True))), at=1.0 + n)


# -- many -----------------------------------------------------------------------------

@scenario
def dhcp_churn(trace):
    """A day of a network where people come and go: 10,000 leases over 1,200 addresses, 2,000 machines, each back now and then."""
    wire, rng = Wire(trace), trace.rng("churn")
    server = Host("gw", GATEWAY_MAC, "10.8.0.1", None, FREEBSD)
    machines = [Host("m%d" % n, "f8:bc:12:%02x:%02x:%02x" % (n >> 16, n >> 8 & 255, n & 255), NOBODY, "fe80::5", (WINDOWS, LINUX, MACOS)[n % 3])
                for n in range(2000)]
    free, held = ["10.8.%d.%d" % (n // 240 + 1, n % 240 + 5) for n in range(1200)], []
    for n in range(10000):
        at = 1.0 + n * 8.6
        while held and (held[0][0] < at or not free):
            free.append(held.pop(0)[2])
        present = {h[1] for h in held}
        who = rng.randrange(len(machines))
        while who in present:
            who = rng.randrange(len(machines))
        ip = free.pop(0)
        host = machines[who].at(ip=ip)
        lease(wire, at, host, server, seconds=3600, name="m%d" % who, xid=n + 1)
        gratuitous(wire, at + 0.1, host, (0,))
        talk(wire, at + 0.2, host, server, 1, 1.0)
        held.append((at + 3600 + 900 * rng.random(), who, ip))
        held.sort()


@scenario
def spoofed_flood(trace):
    """Fifty thousand invented sources ask one server; a machine that was known before stays known."""
    wire, rng = Wire(trace), trace.rng("flood")
    vm, server = guest(), store()
    who_has(wire, 0.5, vm, server)
    talk(wire, 1.0, vm, server, 5, 1.0)
    router = "00:0d:b9:4a:20:01"
    for n in range(50000):
        src = Host("x", router, ".".join(str(rng.randrange(1, 255)) for _ in range(4)), None, LINUX, hops=7)
        segment = net.tcp(src.ip, server.ip, rng.randrange(1024, 65535), 80, rng.getrandbits(32), 0, net.SYN, options=LINUX.syn_options(1460, (n, 0)))
        wire.send_ip(10.0 + n * 0.0002, src, server, net.P_TCP, segment)
    talk(wire, 25.0, vm, server, 3, 1.0)


# -- cards ------------------------------------------------------------------------------

@scenario
def container(trace):
    """Three cards of the kind that carries an IPv4 address: one its host's, beside another; one another's; one of a host without any."""
    wire = Wire(trace)
    for n, (mac, ips) in enumerate((("02:42:c6:33:64:05", ("198.51.100.5", "203.0.113.5")), ("02:42:0a:00:00:05", ("192.168.1.9",)))):
        for i, ip in enumerate(ips):
            gratuitous(wire, 1.0 + n + i / 10, Host("c", mac, ip, None, LINUX), (0, 100))
    rarp(wire, 5.0, "02:42:ac:11:00:07", (0,))


# -- who logs in -----------------------------------------------------------------------

def ldap_bind(name, password, code):
    """A simple bind and its answer (RFC 4511 4.2)."""
    def ber(tag, value):
        return bytes([tag, len(value)]) + value
    ask = ber(0x30, ber(2, b"\x01") + ber(0x60, ber(2, b"\x03") + ber(4, name.encode()) + ber(0x80, password.encode())))
    answer = ber(0x30, ber(2, b"\x01") + ber(0x61, ber(10, bytes([code])) + ber(4, b"") + ber(4, b"")))
    return (CLIENT, ask), (SERVER, answer)


@scenario
def logins(trace):
    """One machine from which people log in by HTTP and LDAP, and are let in or refused."""
    wire = Wire(trace, [])
    desk, server = guest(), store()
    for n, (who, status) in enumerate((("alice:secret", "200 OK"), ("mallory:guess", "401 Unauthorized"))):
        basic = ("Authorization", "Basic " + base64.b64encode(who.encode()).decode())
        exchange(wire, desk, server, 80, (CLIENT, apps.http_request("GET", "/", "wiki.example", headers=[basic])),
                 (SERVER, apps.http_response(status, b"page", kind="text/plain")), at=1.0 + n)
    exchange(wire, desk, server, 389, *ldap_bind("uid=bob,dc=example", "secret", 0), at=4.0)
    exchange(wire, desk, server, 389, *ldap_bind("uid=eve,dc=example", "guess", 49), at=5.0)


@scenario
def logins_ntlm(trace):
    """NTLM in HTTP (MS-NTHT): one user is let in, another is not; both machines say their names and versions."""
    wire, rng = Wire(trace, []), trace.rng("ntlm")
    desk, server = guest(stack=WINDOWS), store()

    def ntlm(message):
        return "NTLM " + base64.b64encode(message).decode()

    for n, (user, status) in enumerate((("carol", "200 OK"), ("dave", "401 Unauthorized"))):
        challenge = smb.ntlm_challenge(rng.randbytes(8), "CORP", "INTRANET1", "corp.example")
        asks = [[], [("Authorization", ntlm(smb.ntlm_negotiate()))], [("Authorization", ntlm(smb.ntlm_authenticate("CORP", user, "DESK-7", rng)))]]
        says = [("401 Unauthorized", [("WWW-Authenticate", "NTLM")]), ("401 Unauthorized", [("WWW-Authenticate", ntlm(challenge))]), (status, [])]
        turns = []
        for ask, (code, headers) in zip(asks, says):
            turns.append((CLIENT, apps.http_request("GET", "/", "intranet.example", headers=ask, agent=WINDOWS_AGENT)))
            turns.append((SERVER, apps.http_response(code, b"page", headers=headers, kind="text/plain")))
        exchange(wire, desk, server, 80, *turns, at=1.0 + n)


def capture(name):
    """The capture of a scenario, as bytes."""
    trace = Trace(seed="aware/" + name)
    SCENARIOS[name](trace)
    return trace.bytes()


if __name__ == "__main__":
    for wanted in sys.argv[2:] or SCENARIOS:
        with open(os.path.join(sys.argv[1], wanted + ".pcap"), "wb") as f:
            f.write(capture(wanted))
