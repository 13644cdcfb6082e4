# SPDX-License-Identifier: GPL-2.0-or-later
"""What speaks on a port, and for a client: product, version and parts, from what each says of itself, of every protocol that says it; what others say
of it, and who goes before; and what a person gave to a host.

Cases as in history.py.
"""
import json
import os
import re
import struct

from history import A, ADDRESS, START, C, OTHER

import apps
import http2
import net
from capture import Trace
from host import LINUX, Host, Wire
from questions import file_of, refused
from tcp import SERVER, Session

CASES = []
SERVES, ASKS = Host("serves", A, ADDRESS, None, LINUX), Host("asks", C, OTHER, None, LINUX)


def case(function):
    CASES.append((function.__doc__, function))
    return function


def network(f):
    """A trace in which both hosts have said that they have their addresses."""
    trace = Trace(start=START)
    wire = Wire(trace)
    for host in (SERVES, ASKS):
        wire.send_frame(0.5, host.mac, net.BROADCAST, net.ETH_ARP, net.arp(1, host.mac, host.ip, "00:00:00:00:00:00", "10.0.0.254"))
    return trace, wire


def talk(wire, at, port, *turns, client=ASKS):
    """A connection: what the client says, what the server says, by turns; None: nothing."""
    s = Session(wire, client, SERVES, port, at=at).open()
    for i, turn in enumerate(turns):
        if turn is not None:
            (s.reply if i % 2 else s.request)(turn)
    s.close()


def web(server, *more, agent="curl/7.88.1"):
    head = "".join("%s: %s\r\n" % h for h in ([("Server", server)] if server else []) + list(more))
    return (("GET / HTTP/1.1\r\nHost: intra.example\r\nUser-Agent: %s\r\n\r\n" % agent).encode(),
            ("HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\nok" % head).encode())


def read(f, trace, *options):
    path = os.path.join(f.where, "%d.pcap" % f.n)
    f.n += 1
    trace.write(path)
    done = f.call("--json", *options, path)
    f.must(done.returncode == 0, "status %d: %s" % (done.returncode, done.stderr[-300:]))


def host(f, address=ADDRESS, *options, at=None):
    got = f.hosts("--host", address, *options, at=at)
    return got[0] if len(got) == 1 else {}


def spoken(f, address=ADDRESS, at=None):
    """Of each port: product, version."""
    return {s["port"]: (s.get("software", {}).get("product"), s.get("software", {}).get("version")) for s in host(f, address, at=at).get("services", [])}


def pg(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def mysql_hello(version):
    body = b"\x0a" + version + b"\0" + struct.pack("<I", 7) + b"abcdefgh\0" + struct.pack("<HBHH", 0xf7ff, 8, 2, 0x000f) + b"\x15" + bytes(10) + b"ijklmnopqrst\0"
    return struct.pack("<I", len(body))[:3] + b"\0" + body


def version_bind(text):
    question = apps.dns_name("version.bind") + struct.pack("!HH", 16, 3)
    answer = b"\xc0\x0c" + struct.pack("!HHIH", 16, 3, 0, len(text) + 1) + bytes([len(text)]) + text
    return (struct.pack("!6H", 9, 0x0100, 1, 0, 0, 0) + question, struct.pack("!6H", 9, 0x8580, 1, 1, 0, 0) + question + answer)


def mqtt(kind, body):
    return bytes([kind, len(body)]) + body


@case
def every_protocol(f):
    """each protocol's server by what it says of itself, with parts, and each client likewise; and so after a restart"""
    trace, wire = network(f)
    talk(wire, 1, 80, *web("Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips", ("X-Powered-By", "PHP/5.4.16")))
    talk(wire, 2, 22, None, b"SSH-2.0-OpenSSH_8.2p1 Ubuntu-4ubuntu0.5\r\n", b"SSH-2.0-PuTTY_Release_0.70\r\n")
    talk(wire, 3, 25, None, b"220 mail.example ESMTP Exim 4.94.2 Mon, 02 Nov 2026\r\n", b"EHLO pc\r\n", b"250 mail.example\r\n", b"QUIT\r\n", b"221 bye\r\n")
    talk(wire, 4, 21, None, b"220 (vsFTPd 3.0.3)\r\n", b"USER a\r\n", b"331 password\r\n", b"QUIT\r\n", b"221 Goodbye.\r\n")
    info = b"# Server\r\nredis_version:7.0.11\r\nredis_mode:standalone\r\n"
    talk(wire, 5, 6379, b"*1\r\n$4\r\nINFO\r\n", b"$%d\r\n%s\r\n" % (len(info), info))
    talk(wire, 6, 11211, b"version\r\n", b"VERSION 1.6.9\r\n")
    start = struct.pack("!I", 0x30000) + b"user\0bob\0application_name\0psql\0\0"
    talk(wire, 7, 5432, struct.pack("!I", len(start) + 4) + start,
         pg(b"R", bytes(4)) + pg(b"S", b"server_version\x0014.5 (Debian 14.5-1)\0") + pg(b"K", bytes(8)) + pg(b"Z", b"I"), pg(b"Q", b"select 1\0"), pg(b"C", b"SELECT 1\0") + pg(b"Z", b"I"))
    talk(wire, 8, 3306, None, mysql_hello(b"8.0.33-0ubuntu0.20.04.2"))
    question, answer = version_bind(b"9.11.3-1ubuntu1.18-Ubuntu")
    wire.send_udp(9, ASKS, SERVES, 5301, 53, question)
    wire.send_udp(9.01, SERVES, ASKS, 53, 5301, answer)
    topic = b"$SYS/broker/version"
    talk(wire, 10, 1883, mqtt(0x10, b"\0\x04MQTT\x04\x02\0\x3c\0\x01c"), mqtt(0x20, b"\0\0"), mqtt(0x82, b"\0\x01" + struct.pack("!H", len(topic)) + topic + b"\0"),
         mqtt(0x90, b"\0\x01\0") + mqtt(0x30, struct.pack("!H", len(topic)) + topic + b"mosquitto version 2.0.11"))
    talk(wire, 11, 554, b"OPTIONS rtsp://10.0.0.5/a RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: LibVLC/3.0.16 (LIVE555 Streaming Media v2016.11.28)\r\n\r\n",
         b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Dahua/2.1\r\nPublic: OPTIONS\r\n\r\n")
    talk(wire, 12, 6667, b"NICK a\r\nUSER a 0 * :a\r\n", b":irc.example 001 a :Welcome\r\n:irc.example 004 a irc.example UnrealIRCd-4.0.16 iowr lvhopsmn\r\n")
    talk(wire, 13, 5900, None, b"RFB 003.889\n", b"RFB 003.003\n")
    talk(wire, 14, 119, None, b"200 news.example InterNetNews NNRP server INN 2.6.3 ready\r\n", b"QUIT\r\n", b"205 bye\r\n")
    read(f, trace)
    want = {80: ("Apache httpd", "2.4.6"), 22: ("OpenSSH", "8.2p1"), 25: ("Exim", "4.94.2"), 21: ("vsftpd", "3.0.3"), 6379: ("Redis", "7.0.11"), 11211: ("memcached", "1.6.9"),
            5432: ("PostgreSQL", "14.5"), 3306: ("MySQL", "8.0.33-0ubuntu0.20.04.2"), 53: ("BIND", "9.11.3-1ubuntu1.18-Ubuntu"), 1883: ("Mosquitto", "2.0.11"), 554: ("Dahua", "2.1"),
            6667: ("UnrealIRCd", "4.0.16"), 5900: ("Apple Remote Desktop", None), 119: ("INN", "2.6.3")}
    got = spoken(f)
    for port, each in want.items():
        f.must(got.get(port) == each, "port %d: %s, not %s" % (port, got.get(port), each))
    apache = [s for s in host(f)["services"] if s["port"] == 80][0]["software"]
    f.must(apache.get("more") == "CentOS" and apache.get("cpe") == "cpe:/a:apache:http_server:2.4.6" and
           [(p["product"], p.get("version")) for p in apache.get("parts", [])] == [("OpenSSL", "1.0.2k-fips"), ("PHP", "5.4.16")], "Apache: %s" % apache)
    clients = {(c["product"], c.get("version")) for c in host(f, OTHER).get("client_software", [])}
    f.must({("curl", "7.88.1"), ("PuTTY", "0.70"), ("LibVLC", "3.0.16"), ("psql", None)} <= clients, "clients: %s" % clients)
    shown = f.call("--host", ADDRESS).stdout.decode()
    f.must("Apache httpd 2.4.6 (CentOS), with OpenSSL 1.0.2k-fips, PHP 5.4.16" in shown and "1 client" in shown, "shown: %s" % shown[:900])
    f.must("curl 7.88.1" in f.call("--host", OTHER).stdout.decode(), "the client's program is not shown")


def ber(tag, *values):
    body = b"".join(values)
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])) + body


def root(*attributes):
    """LDAP: a search of the root (RFC 4511 4.5, RFC 4512 5.1) and its entry."""
    ask = ber(0x30, b"\x02\x01\x01", ber(0x63, b"\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0", ber(0x87, b"objectClass"), ber(0x30)))
    entry = [ber(0x30, ber(4, name), ber(0x31, ber(4, value))) for name, value in attributes]
    return (ask, ber(0x30, b"\x02\x01\x01", ber(0x64, ber(4), ber(0x30, *entry))) + ber(0x30, b"\x02\x01\x01", ber(0x65, b"\x0a\x01\0\x04\0\x04\0")))


@case
def told_when_asked(f):
    """directories by their root, IMAP's programs by ID, XMPP's by what their features and presences point to, HTTP/2 servers"""
    trace, wire = network(f)
    talk(wire, 1, 389, *root((b"objectClass", b"top"), (b"vendorName", b"389 Project"), (b"vendorVersion", b"389-Directory/1.4.3.8 B2020.139.0")))
    talk(wire, 2, 3268, *root((b"domainControllerFunctionality", b"7"), (b"defaultNamingContext", b"DC=x")))
    talk(wire, 3, 143, None, b"* OK ready\r\n", b'a ID ("name" "Thunderbird" "version" "115.4")\r\n',
         b'* ID ("name" "Dovecot" "version" "2.3.16" "os" "Linux")\r\na OK\r\n', b"b LOGOUT\r\n", b"* BYE\r\nb OK\r\n")
    head = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='x.example' version='1.0'>"
    talk(wire, 4, 5222, head, head + b"<stream:features><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://prosody.im' ver='q'/></stream:features>",
         b"<presence><c xmlns='http://jabber.org/protocol/caps' node='https://gajim.org' ver='r'/></presence>",
         b"<presence from='a@x'><c xmlns='http://jabber.org/protocol/caps' node='http://pidgin.im/' ver='s'/></presence>")
    whole = http2.END_STREAM | http2.END_HEADERS
    asks = http2.frame(http2.HEADERS, whole, 1, http2.request(b"/", b"h.example", (58, b"curl/8.5.0")))
    says = http2.frame(http2.HEADERS, whole, 1, b"\x88" + http2.field(54, b"nginx/1.25.3"))
    talk(wire, 5, 8080, http2.MAGIC + http2.settings() + asks, http2.settings() + says)
    read(f, trace)
    want = {389: ("389 Directory Server", "1.4.3.8"), 3268: ("Active Directory", None), 143: ("Dovecot", "2.3.16"), 5222: ("Prosody", None), 8080: ("nginx", "1.25.3")}
    got = spoken(f)
    for port, each in want.items():
        f.must(got.get(port) == each, "port %d: %s, not %s" % (port, got.get(port), each))
    clients = {(c["product"], c.get("version")) for c in host(f, OTHER).get("client_software", [])}
    f.must({("Thunderbird", "115.4"), ("Gajim", None), ("curl", "8.5.0")} <= clients and ("Pidgin", None) not in clients, "clients: %s" % clients)


@case
def asked_and_exported(f):
    """hosts are found by product, version and part; table and exports have them"""
    trace, wire = network(f)
    talk(wire, 1, 80, *web("nginx/1.18.0 (Ubuntu)", ("X-Powered-By", "PHP/7.4.3")))
    talk(wire, 2, 22, None, b"SSH-2.0-OpenSSH_7.4p1 Debian-10\r\n", b"SSH-2.0-OpenSSH_9.6\r\n")
    read(f, trace)
    for text, want in (("product=nginx", 1), ("product=NGINX and version=1.18.0", 1), ("version=1.18", 0), ("version~1.18", 1), ("product=php", 1), ("software=\"nginx 7.4.3\"", 0),
                       ("software=\"nginx 1.18.0\"", 1), ("product=openssh", 2), ("not product=nginx", 1), ("product=curl", 1)):
        f.must(len(f.hosts("--where", text)) == want, "%s: %d" % (text, len(f.hosts("--where", text))))
    table = f.call("--wide").stdout.decode()
    f.must("SOFTWARE" in table and "OpenSSH 7.4p1" in table and "nginx 1.18.0" in table, table)
    xml = f.call("--export", "nmap").stdout.decode()
    f.must('<service name="http" product="nginx" version="1.18.0" extrainfo="Ubuntu" method="probed" conf="10"><cpe>cpe:/a:f5:nginx:1.18.0</cpe></service>' in xml, xml)
    f.must('product="OpenSSH" version="7.4p1" extrainfo="Debian-10"' in xml, xml)
    f.must(re.search('<hostscript><script id="client-software" output="[^"]*curl [^"]*"/></hostscript>', xml) and "OpenSSH 9.6" in xml, xml)
    rows = f.call("--export", "csv").stdout.decode()
    f.must(",software,criticality,client_software\r\n" in rows and "nginx 1.18.0" in rows and "OpenSSH 9.6" in rows, rows)
    bundle = json.loads(f.call("--export", "stix").stdout)
    programs = {(o["name"], o.get("version")) for o in bundle["objects"] if o["type"] == "software"}
    ids = {o["id"] for o in bundle["objects"]}
    links = {o["target_ref"]: o.get("description") for o in bundle["objects"] if o["type"] == "relationship"}
    how = {(o["name"], o.get("version")): links[o["id"]] for o in bundle["objects"] if o["type"] == "software"}
    f.must(how.get(("nginx", "1.18.0")) == "on port 80/tcp" and how.get(("OpenSSH", "9.6")) == "as a client", "STIX: %s" % how)
    f.must(("nginx", "1.18.0") in programs and all(o["target_ref"] in ids for o in bundle["objects"] if o["type"] == "relationship"), "STIX: %s" % programs)


@case
def another_version(f):
    """another version is told once, and as of before it the one before holds; a name without a version takes no version away"""
    for at, server in ((1, "nginx/1.18.0"), (1000, "nginx/1.20.1"), (2000, "nginx/1.20.1"), (3000, "nginx")):
        trace, wire = network(f)
        talk(wire, at, 80, *web(server))
        read(f, trace)
    told = [(c.get("from"), c.get("to")) for c in f.changes(("changed", "service")) if c.get("from")]
    f.must(told == [("nginx 1.18.0", "nginx 1.20.1")], "told: %s" % told)
    for at, version in ((500, "1.18.0"), (1500, "1.20.1"), (None, "1.20.1")):
        f.must(spoken(f, at=at).get(80) == ("nginx", version), "as of %s: %s" % (at, spoken(f, at=at)))


@case
def who_knows_better(f):
    """of a service a person's word goes before a scanner's, that before the sensor's, that before a table's guess; the same text by a better source is that one's"""
    trace, wire = network(f)
    talk(wire, 1, 8080, *web("nginx/1.18.0"))
    read(f, trace)
    scan = ('<?xml?><nmaprun><host endtime="%d"><address addr="10.0.0.5" addrtype="ipv4"/><hostnames><hostname name="%s"/></hostnames><ports><port protocol="tcp" portid="8080">'
            '<state state="open"/>%s</port><port protocol="tcp" portid="9999"><state state="open"/><service name="ssh" method="table" conf="3"/></port></ports></host></nmaprun>')
    guess = '<service name="tls" method="table" conf="3"/>'
    done = f.call("--import", file_of(f, "guess.xml", scan % (START + 100, "scanned", guess)))
    one = {s["port"]: s for s in host(f)["services"]}
    f.must(done.returncode == 0 and one[8080]["app"] == "http" and one[9999]["app"] == "ssh", "a table's guess: %s" % one)
    probe = '<service name="tls" product="stunnel" version="5.56" extrainfo="x" method="probed" conf="10"><cpe>cpe:/a:stunnel:stunnel:5.56</cpe></service>'
    f.call("--import", file_of(f, "probe.xml", scan % (START + 200, "scanned", probe)))
    one = {s["port"]: s for s in host(f)["services"]}[8080]
    f.must(one["app"] == "tls" and one["software"].get("product") == "stunnel" and one["software"].get("cpe") == "cpe:/a:stunnel:stunnel:5.56" and one["software"]["by"] == "scanner", "a probe: %s" % one)
    leases = "1764547200 %s 10.0.0.5 leased *\n" % A
    f.call("--import", file_of(f, "dnsmasq.leases", leases))
    f.must(host(f).get("name") == "scanned", "a lease's name: %s" % host(f).get("name"))
    said = {"address": ADDRESS, "name": "till", "services": [{"port": 8080, "app": "http", "product": "nginx", "version": "1.19", "vendor": "F5"}]}
    f.call("--import", file_of(f, "said.json", json.dumps(said) + "\n"))
    f.call("--import", file_of(f, "probe2.xml", scan % (START + 300, "scanned", probe)))
    one = {s["port"]: s for s in host(f)["services"]}[8080]
    f.must(one["app"] == "http" and spoken(f)[8080] == ("nginx", "1.19") and one["software"]["by"] == "user" and host(f)["name"] == "till", "a person: %s, %s" % (one, host(f)["name"]))
    f.call("--import", file_of(f, "scan3.xml", scan % (START + 400, "till", probe)))
    f.must(host(f)["name"] == "till", "a scanner that says the same")
    f.call("--import", file_of(f, "said2.json", json.dumps({"address": ADDRESS, "name": "scanned"}) + "\n"))
    named = [e.get("source") for e in host(f, ADDRESS, "--evidence")["evidence"] if e["sign"] == "name" and e["text"] == "scanned"]
    f.must(named == ["user"], "the same text by a person: %s" % named)


@case
def in_order(f):
    """services stand in the order in which they were first seen, after a restart as before"""
    trace, wire = network(f)
    for at, port in ((1, 8080), (2, 80), (3, 443), (4, 81)):
        talk(wire, at, port, *web("nginx/1.18.0"))
    path = os.path.join(f.where, "order.pcap")
    trace.write(path)
    before = [[s["port"] for s in h["services"]] for h in map(json.loads, f.call("--json", path).stdout.splitlines()) if "services" in h]
    after = [s["port"] for s in host(f)["services"]]
    f.must(before == [[81, 443, 80, 8080]] and after == before[0], "before %s, after %s" % (before, after))


@case
def used_by(f):
    """how many used a service, and the last of them"""
    trace, wire = network(f)
    for n in range(40):
        talk(wire, 1 + n, 80, *web("nginx/1.18.0"), client=Host("c%d" % n, "00:1b:21:00:09:%02x" % n, "10.0.9.%d" % (n + 1), None, LINUX))
    read(f, trace)
    one = host(f)["services"][0]
    f.must(one["flows"] == 40 and 30 <= one["clients_seen"] <= 52 and one["clients"] == ["10.0.9.38", "10.0.9.39", "10.0.9.40"], "%s" % one)


@case
def encrypted(f):
    """an encrypted service by its certificate and by how it answers, also after a restart; and as people see it"""
    office = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "captures", "office.pcap")
    f.call("--json", office)
    for _ in range(2):
        one = {s["port"]: s for s in host(f, "192.168.10.14")["services"]}[443].get("tls", {})
        f.must(one.get("subject") == "C=DE, O=Tapir Office, CN=intranet.tapir.example" and one.get("issuer", "").endswith("CN=Tapir Office CA") and len(one.get("fingerprint", "")) == 59 and
               len(one.get("ja3s", "")) == 32, "%s" % one)
    shown = f.call("--host", "192.168.10.14").stdout.decode()
    f.must("certificate C=DE, O=Tapir Office, CN=intranet.tapir.example" in shown and "nginx 1.24.0" in shown, shown[:900])
    by = [line for line in shown.splitlines() if "tcp.synack" in line and "prints:" in line]
    f.must(len(by) == len({line[10:] for line in by}) == 1, "the same reason twice: %s" % by)


@case
def many_ports(f):
    """a host with more servers than signs of a kind are kept of a port has all of them"""
    trace, wire = network(f)
    for n in range(20):
        talk(wire, 1 + n, 8000 + n, *web("nginx/1.18.%d" % n))
    read(f, trace)
    got = spoken(f)
    f.must(all(got.get(8000 + n) == ("nginx", "1.18.%d" % n) for n in range(20)), "%s" % got)
    table = f.call("--export", "csv").stdout.decode()
    f.must(all("http/%d" % (8000 + n) in table for n in range(20)) and "nginx 1.18.1," in table and "nginx 1.18.19" in table, table)


@case
def attributes(f):
    """what a person gave to a host: each has one value, the last; what finds no room is told; and so after a restart and as of then"""
    def give(**more):
        return f.call("--import", file_of(f, "said.json", json.dumps(dict({"address": ADDRESS}, **more)) + "\n"))
    f.read([(1, A, ADDRESS)])
    give(criticality="low", attributes={"k%d" % n: "v%d" % n for n in range(10)})
    give(criticality="high", attributes={"k3": "other", "owner": 7})
    one = host(f)
    f.must(one.get("criticality") == "high" and one.get("attributes") == dict({"k%d" % n: "v%d" % n for n in range(10)}, k3="other", owner="7"), "%s" % one)
    f.must(len(f.hosts("--where", "criticality=high")) == 1 and not f.hosts("--where", "criticality=low") and len(f.hosts("--where", "attribute=\"k3=other\"")) == 1 and
           not f.hosts("--where", "attribute=\"k3=v3\""), "filters")
    done = give(attributes={"more%d" % n: "x" for n in range(40)})
    f.must(b"were not taken" in done.stderr, "%r" % done.stderr)
    refused(f, ["--where", "criticality="], "value")
