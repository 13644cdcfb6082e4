#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten minutes of a small office, seen at the mirror port of its core switch: tests/captures/office.pcap.

The staff's network is untagged, VLAN 20 holds the public web server, 30 and 31 virtual machines, 40 the overlay's tunnels.
Benign traffic is here, policy breaches and attacks are in office_attacks.py. Each frame carries the label of its part.
usage: office.py [FILE] writes the capture; office.py --parts prints "packet number, part" lines
"""

import os
import struct
import sys
import zlib

import apps
import net
import pack
import record_tls
import smb
import tunnel
from capture import Trace
from host import EMBEDDED, FREEBSD, LINUX, MACOS, WINDOWS, Host, Wire
from tcp import CLIENT, SERVER, Session, exchange

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DOMAIN = "tapir.example"
WORDS = ("invoice order parcel window table lamp report quarter budget meeting garden river copper paper ribbon harbour letter "
         "engine station winter summer market bridge sailor carpet kitchen basket candle mirror pencil").split()
ROUTER = "00:0d:b9:4a:10:01"
AGENTS = {
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "linux": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}


class Office:
    """The hosts, the wires and the acts that several scenes share."""

    def __init__(self, trace):
        self.trace = trace
        self.lan, self.dmz = Wire(trace, name="lan"), Wire(trace, [20], name="dmz")
        self.lan6 = Wire(trace, v6=True, name="lan6")
        self.vm, self.vm_after, self.under = Wire(trace, [30], name="vm"), Wire(trace, [31], name="vm2"), Wire(trace, [40], name="under")
        self.known, self.strangers, self.idents = set(), {}, trace.rng("dns ids")
        lan = "192.168.10."
        self.gw = Host("gw", ROUTER, lan + "1", "fd00:10::1", FREEBSD)
        self.dc = Host("dc", "00:50:56:8a:10:10", lan + "10", "fd00:10::10", WINDOWS)
        self.files = Host("files", "00:50:56:8a:10:12", lan + "12", None, WINDOWS)
        self.mail = Host("mail", "52:54:00:10:00:13", lan + "13", None, LINUX)
        self.intranet = Host("intranet", "52:54:00:10:00:14", lan + "14", "fd00:10::14", LINUX)
        self.printer = Host("printer", "3c:d9:2b:5e:10:30", lan + "30", None, EMBEDDED)
        self.switch = Host("switch", "00:1b:21:7c:10:02", lan + "2", None, EMBEDDED)
        self.oldpc = Host("oldpc", "00:15:5d:0a:10:77", lan + "77", None, WINDOWS)
        kinds = [("pc21", "f8:bc:12:4d:21:01", WINDOWS), ("pc22", "f8:bc:12:4d:22:02", WINDOWS), ("pc23", "a0:36:9f:11:23:03", WINDOWS),
                 ("mac24", "a4:83:e7:3c:24:04", MACOS), ("dev25", "b8:27:eb:6f:25:05", LINUX)]
        self.staff = [Host(n, m, lan + n[-2:], "fd00:10::" + n[-2:], s) for n, m, s in kinds]
        self.pc21, self.pc22, self.pc23, self.mac24, self.dev25 = self.staff
        self.shop = Host("shop", "52:54:00:20:00:80", "192.168.20.80", None, LINUX)

    def outside(self, name, ip, stack=LINUX, hops=9):
        """A host on the Internet, the same one each time: its frames carry the router's MAC."""
        return self.strangers.setdefault(name, Host(name, ROUTER, ip, None, stack, hops))

    def agent(self, host):
        return AGENTS[host.stack.name]

    def meet(self, at, a, b, wire=None):
        """ARP before the first packet between two hosts; beyond the router it is the router that is asked for."""
        wire = wire or self.lan
        b = self.gw if b.mac == ROUTER else b
        if (a.ip, b.ip) in self.known or a.mac == ROUTER:
            return
        self.known.update([(a.ip, b.ip), (b.ip, a.ip)])
        wire.send_frame(at - 0.002, a.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, a.mac, a.ip, "00:00:00:00:00:00", b.ip))
        wire.send_frame(at - 0.0017, b.mac, a.mac, net.ETH_ARP, net.arp(2, b.mac, b.ip, a.mac, a.ip))

    def lookup(self, at, host, name, kind="A", answers=(), rcode=0, authority=(), additional=(), wait=0.004):
        """One DNS exchange with the domain controller."""
        self.meet(at, host, self.dc)
        ident, port, q = self.idents.getrandbits(16), host.next_port(), [(name, kind)]
        self.lan.send_udp(at, host, self.dc, port, 53, apps.dns(ident, q))
        answer = apps.dns(ident, q, answers, authority, additional, response=True, rcode=rcode)
        self.lan.send_udp(at + wait, self.dc, host, 53, port, answer, forward=False)

    def session(self, at, client, server, port, turns, wire=None, rtt=None, think=0.0, close=CLIENT, **how):
        """ARP if need be, then a TCP session of (who, bytes) turns. Gives the time of its end."""
        wire = wire or self.lan
        self.meet(at, client, server, wire)
        far = server.mac == ROUTER or client.mac == ROUTER
        s = Session(wire, client, server, port, at=at, rtt=rtt or (0.022 if far else 0.0006), **how).open()
        for who, data in turns:
            s.send(who, data, think=think)
        if close:
            s.close(close)
        return s.now

    def browse(self, at, client, server, host, pages, port=80, **how):
        """Keep-alive HTTP: pages are (method, uri, response[, headers[, body]])."""
        turns = []
        for method, uri, response, *more in pages:
            headers = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")) + tuple(more[0] if more else ())
            turns.append((CLIENT, apps.http_request(method, uri, host, headers, more[1] if len(more) > 1 else b"", self.agent(client))))
            turns.append((SERVER, response))
        return self.session(at, client, server, port, turns, think=0.03, **how)

    def page(self, title, paragraphs):
        """A page of text that means nothing."""
        rng = self.trace.rng("page " + title)
        body = "".join("<p>%s.</p>\n" % " ".join(WORDS[rng.getrandbits(5) % len(WORDS)] for _ in range(24)) for _ in range(paragraphs))
        return ("<!DOCTYPE html>\n<html><head><title>%s</title></head>\n<body>\n<h1>%s</h1>\n%s</body></html>\n" % (title, title, body)).encode()

    def noise(self, name, size):
        return self.trace.rng("noise " + name).randbytes(size)


def png(data):
    """A true PNG whose image is noise, 8 bit grey, 64 pixels wide."""
    rows = b"".join(b"\0" + data[i:i + 64] for i in range(0, len(data) // 64 * 64, 64))

    def chunk(kind, body):
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))
    head = struct.pack("!IIBBBBB", 64, len(data) // 64, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pack.zlib_stream(rows)) + chunk(b"IEND", b"")


# -- scenes ------------------------------------------------------------------------

def scene_switch(o):
    """Spanning tree and LLDP from the switch, router advertisements."""
    bridge = struct.pack("!H", 0x8000) + net.mac(o.switch.mac)
    hello = b"\x42\x42\x03" + bytes(5) + bridge + bytes(4) + bridge + struct.pack("!HHHHH", 0x8018, 0, 0x1400, 0x0200, 0x0F00)
    for i in range(150):
        o.trace.add(0.31 + 4 * i, net.llc("01:80:c2:00:00:00", o.switch.mac, hello, pad=60))
    tlv = lambda kind, body: struct.pack("!H", kind << 9 | len(body)) + body
    lldp = (tlv(1, b"\4" + net.mac(o.switch.mac)) + tlv(2, b"\5ge-0/0/24") + tlv(3, struct.pack("!H", 120)) + tlv(5, b"core-switch")
            + tlv(6, b"ExampleOS 12.4 switch") + tlv(7, struct.pack("!HH", 0x14, 4)) + tlv(8, b"\5\1" + net.addr(o.switch.ip) + b"\2\0\0\0\1\0") + tlv(0, b""))
    for i in range(20):
        o.lan.send_frame(5 + 30 * i, o.switch.mac, "01:80:c2:00:00:0e", 0x88CC, lldp)
    everyone = Host("all-nodes", "33:33:00:00:00:01", "224.0.0.1", "ff02::1")
    link = o.gw.at(ip6="fe80::20d:b9ff:fe4a:1001")
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + net.addr("fd00:10::")
    for i in range(3):
        body = struct.pack("!II", 0, 0) + b"\1\1" + net.mac(ROUTER) + prefix
        message = net.icmp6(link.ip6, "ff02::1", 134, 0, struct.pack("!BBH", 64, 0, 1800), body)
        o.lan6.send_ip(12 + 200 * i, link, everyone, net.P_ICMP6, message, ttl=255)


def scene_dhcp(o):
    """Leases: four messages for machines that come up, two for a renewal."""
    asks = {"windows": (b"MSFT 5.0", bytes([1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252])),
            "macos": (None, bytes([1, 121, 3, 6, 15, 108, 114, 119, 252, 95, 44, 46])),
            "linux": (None, bytes([1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42]))}
    nobody, everyone = Host("nobody", net.BROADCAST, "0.0.0.0"), Host("everyone", net.BROADCAST, "255.255.255.255")
    lease = [(54, net.addr(o.dc.ip)), (51, struct.pack("!I", 28800)), (58, struct.pack("!I", 14400)), (59, struct.pack("!I", 25200)),
             (1, net.addr("255.255.255.0")), (3, net.addr(o.gw.ip)), (6, net.addr(o.dc.ip)), (15, DOMAIN.encode())]
    for i, host in enumerate(o.staff):
        at, xid = 1.2 + 3.7 * i, o.trace.rng("dhcp " + host.name).getrandbits(32)
        vendor, wanted = asks[host.stack.name]
        mine = [(61, b"\1" + net.mac(host.mac)), (12, host.name.encode())] + ([(60, vendor)] if vendor else []) + [(55, wanted)]
        src = nobody.at(mac=host.mac, stack=host.stack)
        say = lambda t, message, a=src, b=everyone, ports=(68, 67): o.lan.send_udp(t, a, b, *ports, message)
        say(at, apps.dhcp(apps.DISCOVER, xid, host.mac, options=mine))
        say(at + 0.03, apps.dhcp(apps.OFFER, xid, host.mac, yiaddr=host.ip, siaddr=o.dc.ip, options=lease), o.dc, everyone, (67, 68))
        say(at + 0.05, apps.dhcp(apps.REQUEST, xid, host.mac, options=[(50, net.addr(host.ip)), (54, net.addr(o.dc.ip))] + mine))
        say(at + 0.07, apps.dhcp(apps.DHCP_ACK, xid, host.mac, yiaddr=host.ip, siaddr=o.dc.ip, options=lease), o.dc, everyone, (67, 68))
        for n in range(2):      # is the address free? (RFC 5227)
            o.lan.send_frame(at + 0.2 + n, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, host.mac, "0.0.0.0", "00:00:00:00:00:00", host.ip))
        o.lan.send_frame(at + 2.2, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, host.mac, host.ip, "00:00:00:00:00:00", host.ip))
    xid = o.trace.rng("renew").getrandbits(32)
    o.meet(340, o.printer, o.dc)
    mine = [(12, b"printer"), (60, b"Printer Maker JetDirect"), (55, bytes([1, 3, 6, 15, 44, 66]))]
    o.lan.send_udp(340, o.printer, o.dc, 68, 67, apps.dhcp(apps.REQUEST, xid, o.printer.mac, ciaddr=o.printer.ip, options=mine))
    ack = apps.dhcp(apps.DHCP_ACK, xid, o.printer.mac, ciaddr=o.printer.ip, yiaddr=o.printer.ip, options=lease)
    o.lan.send_udp(340.01, o.dc, o.printer, 67, 68, ack, forward=False)


def scene_names(o):
    """DNS of most kinds, one over TCP; multicast names and NetBIOS chatter."""
    soa = [(DOMAIN, "SOA", ("dc." + DOMAIN, "hostmaster." + DOMAIN, 2026120701, 900, 600, 86400, 3600), 3600)]
    o.lookup(20, o.pc21, "_ldap._tcp.dc._msdcs." + DOMAIN, "SRV", [("_ldap._tcp.dc._msdcs." + DOMAIN, "SRV", (0, 100, 389, "dc." + DOMAIN), 600)],
             additional=[("dc." + DOMAIN, "A", o.dc.ip)])
    o.lookup(24, o.pc22, "intranet." + DOMAIN, "AAAA", [("intranet." + DOMAIN, "AAAA", "fd00:10::14")])
    o.lookup(31, o.mail, "supplier.example", "MX", [("supplier.example", "MX", (10, "mx1.supplier.example")), ("supplier.example", "MX", (20, "mx2.supplier.example"))],
             additional=[("mx1.supplier.example", "A", "198.51.100.25")])
    o.lookup(31.2, o.mail, "supplier.example", "TXT", [("supplier.example", "TXT", "v=spf1 ip4:198.51.100.0/28 -all")])
    o.lookup(33, o.pc23, "wpad." + DOMAIN, "A", rcode=3, authority=soa)
    o.lookup(33.5, o.dev25, "10.10.168.192.in-addr.arpa".replace("10.10", "12.10"), "PTR", rcode=3)
    o.lookup(41, o.mac24, "www.news.example", "A", [("www.news.example", "CNAME", "edge.cdn.example"), ("edge.cdn.example", "A", "198.51.100.80"),
                                                    ("edge.cdn.example", "A", "198.51.100.81")])
    big = [("apps.supplier.example", "TXT", "token-%02d=%s" % (i, o.noise("txt%d" % i, 60).hex())) for i in range(8)]
    question = [("apps.supplier.example", "TXT")]
    port, ident = o.dev25.next_port(), 0x4A21
    o.lan.send_udp(52, o.dev25, o.dc, port, 53, apps.dns(ident, question))
    o.lan.send_udp(52.01, o.dc, o.dev25, 53, port, apps.dns(ident, question, response=True, tc=True), forward=False)
    o.session(52.02, o.dev25, o.dc, 53, [(CLIENT, apps.dns_tcp(apps.dns(ident, question))), (SERVER, apps.dns_tcp(apps.dns(ident, question, big, response=True)))])
    mdns = Host("mdns", "01:00:5e:00:00:fb", "224.0.0.251")
    for i in range(12):
        host = (o.mac24, o.dev25)[i % 2]
        o.lan.send_udp(15 + 47 * i, host, mdns, 5353, 5353, apps.dns(0, [("_ipp._tcp.local", "PTR"), ("_airplay._tcp.local", "PTR")], rd=False), ttl=255)
    service = "Office Printer._ipp._tcp.local"
    for i in range(4):
        answers = [("_ipp._tcp.local", "PTR", service, 4500), (service, "SRV", (0, 0, 631, "printer.local"), 120, 0x8001),
                   (service, "TXT", ["rp=ipp/print", "ty=Printer Maker 4200", "pdl=application/pdf"], 4500, 0x8001), ("printer.local", "A", o.printer.ip, 120, 0x8001)]
        o.lan.send_udp(15.05 + 94 * i, o.printer, mdns, 5353, 5353, apps.dns(0, [], answers, response=True, rd=False, aa=True, ra=False), ttl=255)
    llmnr, near = Host("llmnr", "01:00:5e:00:00:fc", "224.0.0.252"), Host("broadcast", net.BROADCAST, "192.168.10.255")
    for i, host in enumerate((o.pc21, o.pc22, o.pc23, o.pc21)):
        at = 70 + 110 * i
        for n in range(2):
            o.lan.send_udp(at + 0.41 * n, host, llmnr, host.next_port(), 5355, apps.dns(o.idents.getrandbits(16), [("scanner", "A")], rd=False), ttl=1)
        for n in range(3):
            o.lan.send_udp(at + 0.9 + 0.75 * n, host, near, 137, 137, apps.nbns_query(0x8100 + i * 16 + n, "SCANNER"))
    for i in range(6):
        search = ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n")
        o.lan.send_udp(19 + 95 * i, o.pc22, Host("ssdp", "01:00:5e:7f:ff:fa", "239.255.255.250"), 50111, 1900, search.encode(), ttl=1)


def scene_web(o):
    """HTTP/1.1: keep-alive, chunked, gzip, POST, 404, a download, pipelining; over IPv6 too."""
    news, cdn, mirror = o.outside("news", "198.51.100.80"), o.outside("cdn", "198.51.100.81"), o.outside("mirror", "198.51.100.140", FREEBSD, 12)
    text = o.page("Harbour news", 30)
    o.browse(41.2, o.mac24, news, "www.news.example", [
        ("GET", "/", apps.http_response("200 OK", pack.gzip(text), [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")])),
        ("GET", "/style.css", apps.http_response("200 OK", b"body { font: 16px serif; margin: 2em; }\n" * 12, kind="text/css")),
        ("GET", "/logo.png", apps.http_response("200 OK", png(o.noise("logo", 6400)), kind="image/png")),
        ("GET", "/favicon.ico", apps.http_response("404 Not Found", b"<html><body>not here</body></html>"))])
    chunks = apps.chunked(pack.gzip(o.page("Weather", 18)), (700, 1200, 90))
    o.lookup(88, o.pc21, "weather.example", "A", [("weather.example", "A", cdn.ip)])
    o.browse(88.1, o.pc21, cdn, "weather.example", [
        ("GET", "/today?place=harbour", apps.http_response("200 OK", chunks, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], length=False)),
        ("GET", "/map.png", apps.http_response("200 OK", png(o.noise("map", 12800)), kind="image/png"))])
    o.lookup(130, o.dev25, "mirror.example", "A", [("mirror.example", "A", mirror.ip)])
    archive = pack.zip_file([("figures-%d.csv" % i, o.noise("figures%d" % i, 14000)) for i in range(4)])
    o.browse(130.2, o.dev25, mirror, "mirror.example", [
        ("GET", "/pub/figures.zip", apps.http_response("200 OK", archive, [("Last-Modified", "Fri, 04 Dec 2026 10:00:00 GMT")], "application/zip"))])
    o.lookup(160, o.pc22, "intranet." + DOMAIN, "A", [("intranet." + DOMAIN, "A", o.intranet.ip)])
    form = b"subject=parcel+arrived&text=the+lamp+is+at+the+front+desk&room=12"
    o.browse(160.1, o.pc22, o.intranet, "intranet." + DOMAIN, [
        ("GET", "/board", apps.http_response("200 OK", o.page("Board", 6))),
        ("POST", "/board/new", apps.http_response("302 Found", b"", [("Location", "/board")]), [("Content-Type", "application/x-www-form-urlencoded")], form),
        ("GET", "/board", apps.http_response("200 OK", o.page("Board, again", 7))),
        ("GET", "/board/17/old", apps.http_response("404 Not Found", b"<html><body>no such entry</body></html>"))])
    three = [apps.http_request("GET", "/api/room/%d" % i, "intranet." + DOMAIN, [("Accept", "application/json")], agent="room-display/1.4") for i in (3, 4, 5)]
    answers = [apps.http_response("200 OK", b'{"room": %d, "free": true}\n' % i, kind="application/json") for i in (3, 4, 5)]
    for i in range(5):
        o.session(100 + 97 * i, o.dev25, o.intranet, 80, [(CLIENT, b"".join(three)), (SERVER, b"".join(answers))])
    s = Session(o.lan6, o.pc21, o.intranet, 80, at=205.3, rtt=0.0006)
    solicit = net.icmp6(o.pc21.ip6, "ff02::1:ff00:14", 135, 0, bytes(4), net.addr(o.intranet.ip6) + b"\1\1" + net.mac(o.pc21.mac))
    o.lan6.send_ip(205.29, o.pc21, Host("solicited", "33:33:ff:00:00:14", "224.0.0.1", "ff02::1:ff00:14"), net.P_ICMP6, solicit, ttl=255)
    advert = net.icmp6(o.intranet.ip6, o.pc21.ip6, 136, 0, b"\x60\0\0\0", net.addr(o.intranet.ip6) + b"\2\1" + net.mac(o.intranet.mac))
    o.lan6.send_ip(205.2903, o.intranet, o.pc21, net.P_ICMP6, advert, ttl=255)
    s.open().request(apps.http_request("GET", "/menu", "intranet." + DOMAIN, agent=o.agent(o.pc21)))
    s.reply(apps.http_response("200 OK", o.page("Lunch", 3))).close()
    buyer, shop = o.outside("buyer", "203.0.113.20", MACOS, 7), o.shop
    for i, start in enumerate((60, 190, 330, 470)):
        catalogue = apps.http_response("200 OK", o.page("Catalogue %d" % i, 5))
        o.browse(start, buyer, shop, "shop." + DOMAIN, [("GET", "/shop/", catalogue), ("GET", "/shop/item.php?id=%d" % (17 + i), catalogue)], wire=o.dmz)


def scene_tls(o):
    """Recorded TLS 1.2 and 1.3 sessions."""
    portal = o.outside("portal", "198.51.100.44")
    o.lookup(72, o.pc21, "portal.supplier.example", "A", [("portal.supplier.example", "A", portal.ip)])
    o.session(72.1, o.pc21, portal, 443, record_tls.load("tls13"))
    o.session(215, o.pc22, o.intranet, 443, record_tls.load("tls12"))
    o.lookup(399, o.mac24, "portal.supplier.example", "A", [("portal.supplier.example", "A", portal.ip)])
    o.session(399.1, o.mac24, portal, 443, record_tls.load("tls13"))


def scene_files(o):
    """SMB2: negotiate, log in, connect, create, read, write, close."""
    for at, who, name, size in ((110, o.pc21, "plans\\budget 2027.xlsx", 22000), (260, o.pc22, "minutes\\meeting.docx", 9000), (420, o.pc23, "list.csv", 3000)):
        talk = smb.Smb2(o.trace.rng("smb " + who.name))
        talk.negotiate()
        talk.login("TAPIR", {"pc21": "anna", "pc22": "ben", "pc23": "carla"}[who.name], who.name.upper(), "FILES", DOMAIN)
        talk.connect("\\\\files.%s\\office" % DOMAIN)
        ident, data = talk.create(name, size), o.noise("file " + name, size)
        for offset in range(0, size, 16384):
            talk.read(ident, data[offset:offset + 16384], offset)
        talk.close(ident)
        ident = talk.create("~lock." + who.name, 0, write=True)
        talk.write(ident, b"locked by " + who.name.encode())
        talk.close(ident)
        talk.leave()
        o.session(at, who, o.files, 445, talk.turns, think=0.002)


def scene_mail(o):
    """A mail with an attachment to the mail server, and on to the supplier."""
    anna, jo = "anna@" + DOMAIN, "jo@supplier.example"
    quote = b"%PDF-1.4\n" + o.noise("pdf", 9000) + b"\n%%EOF\n"
    message = apps.mail(anna, jo, "The quarter's figures", "Hello Jo,\nthe figures are attached.\n.\nAnna", [("figures.pdf", "application/pdf", quote)], "20261207.1")
    o.session(180, o.pc21, o.mail, 25, apps.smtp_turns(message, anna, jo, "pc21." + DOMAIN), think=0.004)
    mx = o.outside("mx", "198.51.100.25", LINUX, 11)
    relayed = b"Received: from pc21." + DOMAIN.encode() + b" by mail." + DOMAIN.encode() + b"; Mon, 07 Dec 2026 09:03:00 +0000\r\n" + message
    o.session(182, o.mail, mx, 25, apps.smtp_turns(relayed, anna, jo, "mail." + DOMAIN, "mx1.supplier.example ESMTP ready"), think=0.004)


def scene_time(o):
    """NTP of several hosts, pings, syslog."""
    pool = o.outside("pool", "198.51.100.123", FREEBSD, 8)
    for i, host in enumerate((o.dc, o.intranet, o.mail, o.dev25)):
        for n in range(9):
            at = 7 + 3.1 * i + 64 * n
            o.meet(at, host, pool)
            t, port = o.trace.start + at, 123 if host is o.dc else 40123 + i
            o.lan.send_udp(at, host, pool, port, 123, apps.ntp(3, t))
            answer = apps.ntp(4, t + 0.012, stratum=2, reference=b"\xc6\x33\x64\x01", origin=t, received=t + 0.011)
            o.lan.send_udp(at + 0.023, pool, host, 123, port, answer, forward=False)
    for at, a, b, count in ((145, o.dev25, o.outside("mirror", "198.51.100.140", FREEBSD, 12), 5), (250, o.pc22, o.printer, 4), (505, o.dc, o.files, 4)):
        o.meet(at, a, b)
        data = b"abcdefghijklmnopqrstuvwabcdefghi" if a.stack is WINDOWS else bytes(range(16, 64))
        for n in range(count):
            o.lan.send_ip(at + n, a, b, net.P_ICMP, net.echo(8, 1, 40 + n, data))
            o.lan.send_ip(at + n + 0.0007, b, a, net.P_ICMP, net.echo(0, 1, 40 + n, data), forward=False)
    for i in range(20):
        line = "<134>Dec  7 09:%02d:%02d core-switch ifmgr[88]: port ge-0/0/%d link up" % (i // 2, i % 2 * 30, 3 + i)
        o.lan.send_udp(30 * i + 2.5, o.switch, o.intranet, 514, 514, line.encode())


def scene_remote(o):
    """An SSH session and a mail box read over IMAP inside TLS."""
    o.session(300, o.dev25, o.intranet, 22, apps.ssh_turns(o.trace.rng("ssh"), rounds=25), think=0.05)
    o.session(360, o.dev25, o.outside("forge", "198.51.100.61"), 22, apps.ssh_turns(o.trace.rng("ssh2"), rounds=8), think=0.05)


def scene_move(o):
    """Two virtual machines move to another host: their frames come from another VLAN's port group afterwards.

    Before the move the machines are seen in VLAN 30; then the new host announces them by RARP (QEMU five times at growing
    distance, VMware three times), the guest sends gratuitous ARP, and the same MAC and IP talk in VLAN 31.
    """
    base = Host("vm-gw", "00:0d:b9:4a:30:01", "192.168.30.1", None, FREEBSD)
    for name, mac, ip, when, gaps in (("build15", "52:54:00:aa:30:15", "192.168.30.15", 300.0, (0, 0.05, 0.2, 0.45, 0.8)),
                                      ("web16", "00:50:56:9b:30:16", "192.168.30.16", 350.0, (0, 1.0, 2.0))):
        guest = Host(name, mac, ip, None, LINUX)
        for n in range(24):
            at = 10 + 24.3 * n
            wire = o.vm if at < when else o.vm_after
            if n % 8 == 0:
                wire.send_frame(at - 0.01, guest.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, guest.mac, guest.ip, "00:00:00:00:00:00", base.ip))
                wire.send_frame(at - 0.0098, base.mac, guest.mac, net.ETH_ARP, net.arp(2, base.mac, base.ip, guest.mac, guest.ip))
            body = apps.http_response("200 OK", b'{"job": %d, "state": "idle"}\n' % n, kind="application/json")
            exchange(wire, guest, base, 8080, (CLIENT, apps.http_request("GET", "/next-job?worker=" + name, "jobs." + DOMAIN, agent="worker/2.1")), (SERVER, body), at=at)
        for gap in gaps:
            o.vm_after.send_frame(when + gap, guest.mac, net.BROADCAST, net.ETH_RARP, net.arp(3, guest.mac, "0.0.0.0", guest.mac, "0.0.0.0"))
        for gap in (0.02, 0.12, 0.32):
            o.vm_after.send_frame(when + gap, guest.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, guest.mac, guest.ip, "00:00:00:00:00:00", guest.ip))
            o.vm_after.send_frame(when + gap + 0.01, guest.mac, net.BROADCAST, net.ETH_ARP, net.arp(2, guest.mac, guest.ip, net.BROADCAST, guest.ip))


def scene_overlay(o):
    """Two tenants in VXLAN with the same private addresses, the same ports, at the same time."""
    a, b = Host("vtep11", "0c:c4:7a:40:00:11", "10.40.0.11", None, LINUX), Host("vtep12", "0c:c4:7a:40:00:12", "10.40.0.12", None, LINUX)
    o.meet(80, a, b, o.under)
    for vni, title, macs in ((5001, "Tenant Oak", ("52:54:00:01:00:05", "52:54:00:01:00:09")), (5002, "Tenant Elm", ("52:54:00:02:00:05", "52:54:00:02:00:09"))):
        wire = Wire(o.trace, [40], [tunnel.vxlan(a, b, vni)], name="overlay%d" % vni)
        client, server = Host("app", macs[0], "10.0.0.5", None, LINUX), Host("db", macs[1], "10.0.0.9", None, LINUX)
        wire.send_packet(80.4, client, server, wire.packet(client, server, net.P_ICMP, net.echo(8, 7, 1, title.encode().ljust(48))))
        wire.send_packet(80.401, server, client, wire.packet(server, client, net.P_ICMP, net.echo(0, 7, 1, title.encode().ljust(48))), forward=False)
        for n in range(12):
            page = apps.http_response("200 OK", o.page("%s, order %d" % (title, n), 1))
            exchange(wire, client, server, 8000, (CLIENT, apps.http_request("GET", "/orders/%d" % n, title.split()[1].lower() + ".internal", agent="orders/3")),
                     (SERVER, page), at=81 + 40 * n + (0.0001 if vni == 5002 else 0), sport=40000 + n, rtt=0.001)


BENIGN = (scene_switch, scene_dhcp, scene_names, scene_web, scene_tls, scene_files, scene_mail, scene_time, scene_remote, scene_move, scene_overlay)


def make():
    """The whole trace."""
    import office_attacks
    trace = Trace("office")
    o = Office(trace)
    for scene in BENIGN:
        trace.part = "benign"
        scene(o)
    for part, scene in office_attacks.SCENES:
        trace.part = part
        scene(o)
    return trace


def main():
    if "--parts" in sys.argv:
        for number, part in enumerate(make().parts(), 1):
            print(number, part, sep="\t")
        return
    make().write(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "tests", "captures", "office.pcap"))


if __name__ == "__main__":
    main()
