# SPDX-License-Identifier: GPL-2.0-or-later
"""What files of others say of hosts: read as those meant it who wrote them, believed as far as they can know, and what is not taken is told.

Cases as in history.py.
"""
import ipaddress
import json
import time

from history import A, ADDRESS, B, C, OTHER, START, in_use, stamp

import net
from capture import Trace
from host import Wire
from infra import read
from questions import file_of

CASES = []
KEA = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
D = "00:1b:21:00:00:0d"


def case(function):
    CASES.append((function.__doc__, function))
    return function


def taken(f, name, text):
    """What is told of it, without the folder."""
    done = f.call("--import", file_of(f, name, text))
    f.must(done.returncode == 0, "%s: status %d, %s" % (name, done.returncode, done.stderr[-300:]))
    return done.stdout.decode() + done.stderr.decode()


def told(f, text, *want):
    for each in want:
        f.must(each in text, "not told: %s; but %s" % (each, text))


def host(f, which):
    found = f.hosts("--host", which, "--evidence")
    return found[0] if found else {}


def address(f, which):
    """Among all hosts: how late it is the last of them says."""
    return next((a for h in f.hosts() for a in h["addresses"] if a.get("address") == which), {})


def kea(where, mac, start, seconds, name, state=0):
    return "%s,%s,,%d,%d,1,0,0,%s,%d,,0\n" % (where, mac, seconds, start + seconds, name, state)


@case
def takes_nothing(f):
    """a lease in a file takes no address from who was seen with it, nor gives it a name; leases that ended before, and those of files among themselves, by their time"""
    f.read([(1, A, ADDRESS), (500, A, ADDRESS)])
    said = taken(f, "kea.csv", KEA + kea(ADDRESS, B, START - 5000, 3600, "stale") + kea(ADDRESS, B, START + 600, 360000, "thief") + kea("10.0.0.20", C, START, 3600, "first"))
    told(f, said, ": 1 hosts", "another was seen with their address, or since: 2, in line 2 the first: " + ADDRESS)
    f.must(f.holders(ADDRESS) == [A] and "name" not in host(f, ADDRESS), "%s" % host(f, ADDRESS))
    f.must(address(f, "10.0.0.20").get("known") == "import", "%s" % address(f, "10.0.0.20"))
    taken(f, "kea.csv", KEA + kea("10.0.0.20", D, START + 7200, 3600, "second"))
    f.must(f.holders("10.0.0.20") == [D], "a later lease: %s" % f.holders("10.0.0.20"))
    taken(f, "kea.csv", KEA + kea("10.0.0.20", C, START, 3600, "first") + kea("10.0.0.21", C, START, 3600, "third"))
    f.must(f.holders("10.0.0.20") == [D], "an earlier lease: %s" % f.holders("10.0.0.20"))
    f.read([(20000, B, "10.0.0.20")])
    f.must(f.holders("10.0.0.20") == [B] and not f.changes(("conflict", "address")), "whoever is seen: %s" % f.holders("10.0.0.20"))


@case
def scanned_before(f):
    """a scan from before an address was another's says nothing of who has it now"""
    f.read([(1000, A, ADDRESS), (1500, A, ADDRESS)])
    scan = ('<host endtime="%d"><address addr="%s" addrtype="ipv4"/><address addr="%s" addrtype="mac"/><hostnames><hostname name="gone"/></hostnames><ports>'
            '<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" method="probed"/></port></ports></host>')
    said = taken(f, "scan.xml", "<nmaprun>\n" + scan % (START + 10, ADDRESS, B) + "\n" + scan % (START + 10, "10.0.0.30", C) + "</nmaprun>")
    told(f, said, ": 1 hosts", "another was seen with their address, or since: 1, in line 2 the first: " + ADDRESS)
    f.must(f.holders(ADDRESS) == [A] and not host(f, ADDRESS).get("services") and "name" not in host(f, ADDRESS), "%s" % host(f, ADDRESS))


@case
def lent_until(f):
    """dnsmasq's leases end when they say, or never; read again they are the same"""
    now = int(time.time())
    text = "%d 00:1b:21:00:01:01 10.0.1.1 one *\n0 00:1b:21:00:01:02 10.0.1.2 * *\n%d 00:1b:21:00:01:03 10.0.1.3 three *\n" % (now + 86400, now - 7200)
    for _ in range(9):
        told(f, taken(f, "dnsmasq.leases", text), ": 3 hosts\n")
    when = lambda t: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t))
    one, two, three = (address(f, "10.0.1.%d" % n) for n in (1, 2, 3))
    f.must(one.get("lease_until", "")[:19] == when(now + 86400) and "until" not in one, "%s" % one)
    f.must("lease_until" not in two and "until" not in two, "without end: %s" % two)
    f.must(three.get("until", "")[:19] == when(now - 7200), "it ran out: %s" % three)
    rows = f.base(rows="SELECT count(*) FROM evidence WHERE sign='lease'")[0][0]
    f.must(rows == 3, "%d leases are kept" % rows)
    for more in range(9):
        f.must("not taken" not in taken(f, "dnsmasq.leases", text.replace(str(now + 86400), str(now + 90000 + more))), "renewed, there is no room")
    time.sleep(1.1)                                   # of two of one second neither is the newer
    taken(f, "dnsmasq.leases", text.replace(str(now + 86400), str(now + 90100)))
    f.must(address(f, "10.0.1.1").get("lease_until", "")[:19] == when(now + 90100), "renewed: %s" % address(f, "10.0.1.1"))


@case
def isc(f):
    """ISC's leases: days of the week from 0, seconds since 1970, never; those of nobody are no hosts, and what was given back ended"""
    lease = "lease %s {\n  starts %s;\n  ends %s;\n  binding state %s;\n  next binding state free;\n%s}\n"
    of = lambda n, name: "  hardware ethernet 00:1b:21:00:02:%02x;\n  client-hostname \"%s\";\n" % (n, name)
    text = "# The format of this file is documented in the dhcpd.leases(5) manual page.\n" + "".join((
        lease % ("10.0.2.1", "0 2026/11/01 00:00:00", "0 2026/11/01 10:00:00", "active", of(1, "sunday")),
        lease % ("10.0.2.2", "epoch %d; # Sun Nov 1" % START, "epoch %d; # Sun Nov 1" % (START + 7200), "active", of(2, "epoch")),
        lease % ("10.0.2.3", "0 2026/11/01 00:00:00", "never", "active", of(3, "never")),
        lease % ("10.0.2.4", "0 2026/11/01 00:00:00", "0 2026/11/01 05:00:00", "active", of(4, "freed")),
        lease % ("10.0.2.4", "0 2026/11/01 00:00:00", "0 2026/11/01 01:00:00", "free", of(4, "freed")),
        lease % ("10.0.2.5", "0 2026/11/01 00:00:00", "0 2026/11/01 01:00:00", "free", of(5, "never there")),
        "lease 10.0.2.6 {\n  starts 0 2026/11/01 00:00:00;\n  ends 0 2026/11/01 01:00:00;\n  binding state backup;\n}\n"))
    told(f, taken(f, "dhcpd.leases", text), ": 4 hosts\n", "given back, ran out or are declined: 3, in line ")
    f.read([(86400 * 2, A, ADDRESS)])
    got = [(address(f, "10.0.2.%d" % n).get("since", "")[:19], address(f, "10.0.2.%d" % n).get("until", "")[:19]) for n in range(1, 5)]
    f.must(got == [(stamp(0), stamp(36000)), (stamp(0), stamp(7200)), (stamp(0), ""), (stamp(0), stamp(3600))], "%s" % got)
    f.must(len(f.hosts()) == 5, "hosts: %s" % [in_use(h) for h in f.hosts()])


@case
def kea_leases(f):
    """Kea's leases: without end they are taken; declined, reclaimed and deleted ones are no hosts"""
    f.read([(86400 * 2, A, ADDRESS)])
    text = KEA + kea("10.0.3.1", "00:1b:21:00:03:01", START, 3600, "good") + kea("10.0.3.2", "00:1b:21:00:03:02", START, 4294967295, "endless") + \
        "10.0.3.3,00:1b:21:00:03:03,,4294967295,4294967295,1,0,0,,0,,0\n10.0.3.4,,,3600,%d,1,0,0,,1,,0\n" % (START + 3600) + \
        kea("10.0.3.5", "00:1b:21:00:03:05", START, 3600, "reclaimed", 2) + kea("10.0.3.1", "00:1b:21:00:03:01", START + 600, 0, "good")
    told(f, taken(f, "kea.csv", text), ": 3 hosts\n", "given back, ran out or are declined: 3, in line 5 the first")
    f.must(address(f, "10.0.3.1").get("until", "")[:19] == stamp(600), "deleted: %s" % address(f, "10.0.3.1"))
    for n in (2, 3):
        f.must(address(f, "10.0.3.%d" % n) and not set(address(f, "10.0.3.%d" % n)) & {"until", "lease_until"}, "%s" % address(f, "10.0.3.%d" % n))
    f.must(len(f.hosts()) == 4, "hosts: %s" % [in_use(h) for h in f.hosts()])


@case
def six(f):
    """leases of IPv6, of Kea, ISC and dnsmasq: with the hardware address that a column or the DUID has, else with their address and name alone; prefixes are told"""
    now = int(time.time())
    ends, duid = now + 86400, lambda n: "00:01:00:01:2a:bb:cc:dd:00:1b:21:00:06:%02x" % n
    row = lambda n, which, kind=0, state=0, mac="", at=ends: "2001:db8:1::%x,%s,86400,%d,1,3600,%d,7,128,0,0,host%d.example.,%s,%d,,,,0\n" % (n, which, at, kind, n, mac, state)
    head = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id\n"
    said = taken(f, "kea-leases6.csv", head + row(1, duid(1)) + row(2, "00:03:00:01:00:1b:21:00:06:02") + row(3, "00:04:aa:bb") + row(4, duid(9), mac="00:1b:21:00:06:04") + row(5, duid(5), 2) +
                 row(6, duid(6), state=2) + row(7, "00:02:aa", at=now - 5) + row(8, duid(8), state=4))
    told(f, said, ": 5 hosts\n", "prefixes left out that were lent to routers: 1, in line 6 the first: 2001:db8:1::5", "ran out or are declined: 2, in line 7 the first")
    octal = lambda text: "".join(chr(b) if 32 < b < 127 and chr(b) not in '"\\' else "\\" + chr(b) if chr(b) in '"\\' else "\\%03o" % b for b in bytes.fromhex(text.replace(":", "")))
    lease = "  iaaddr 2001:db8:2::%x {\n    binding state %s;\n    preferred-life 60;\n    max-life 86400;\n    ends %s;\n    set ddns-fwd-name = \"host%d.example\";\n  }\n"
    until = time.strftime("%w %Y/%m/%d %H:%M:%S", time.gmtime(ends))
    began = time.strftime("  cltt %w %Y/%m/%d %H:%M:%S;\n", time.gmtime(now - 100))
    said = taken(f, "dhcpd6.leases", 'server-duid "\\000\\001";\n\nia-na "' + octal("07:00:00:00:00:01:00:01:2a:bb:22:5c:00:1b:22:5c:7d:22") + '" {\n' + began + lease % (1, "active", until, 1) +
                 lease % (2, "active", "never", 2) + lease % (3, "expired", until, 3) + "}\n\nia-ta 07:00:00:00:00:03:00:01:00:1b:21:00:06:0b {\n" + began + lease % (4, "active", "epoch %d; # later" % ends, 4) +
                 "}\n\nia-pd \"\\001\" {\n" + began + "  iaprefix 2001:db8:3::/56 {\n    binding state active;\n    ends " + until + ";\n  }\n}\n")
    told(f, said, ": 3 hosts\n", "prefixes left out that were lent to routers: 1, in line 41 the first: 2001:db8:3::/56", "ran out or are declined: 1, in line ")
    said = taken(f, "dnsmasq.leases", "%d 00:1b:21:00:06:21 10.0.6.1 four *\nduid 00:01:00:01:2a:bb:cc:dd:00:1b:21:00:06:ff\n%d 7 2001:db8:4::1 six %s\n%d T8 2001:db8:4::2 * 00:04:11\n" %
                 (ends, ends, duid(0x21), ends))
    told(f, said, ": 3 hosts\n")
    f.must("nothing was made" not in said, said)
    for mac, addresses in (("00:1b:21:00:06:01", ["2001:db8:1::1"]), ("00:1b:21:00:06:02", ["2001:db8:1::2"]), ("00:1b:21:00:06:04", ["2001:db8:1::4"]), ("00:1b:22:5c:7d:22", ["2001:db8:2::1", "2001:db8:2::2"]),
                           ("00:1b:21:00:06:0b", ["2001:db8:2::4"]), ("00:1b:21:00:06:21", ["10.0.6.1", "2001:db8:4::1"]), ("00:1b:21:00:06:08", ["2001:db8:1::8"])):
        got = [sorted(in_use(h)) for h in f.hosts("--host", mac)]
        f.must(got == [sorted([mac] + [ipaddress.ip_address(a).exploded for a in addresses])], "%s has %s" % (mac, got))
    for which, name in (("2001:db8:1::3", "host3.example"), ("2001:db8:2::4", "host4.example"), ("2001:db8:4::1", "six"), ("2001:db8:4::2", None)):
        got = f.hosts("--host", which)
        f.must(len(got) == 1 and got[0].get("name") == name, "%s is %s" % (which, got))
    lent = address(f, ipaddress.ip_address("2001:db8:2::1").exploded)
    f.must((lent.get("since", "")[:19], lent.get("lease_until", "")[:19]) == tuple(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) for t in (now - 100, ends)), "lent: %s" % lent)
    f.must(f.hosts("--where", "ip=2001:db8:1::6 or ip=2001:db8:1::7") == [], "those that ran out")


@case
def another_card(f):
    """a lease of IPv6 whose DUID has the address of another card than the one that was seen with it names who has it while it runs; none of a column does, nor one that ran out"""
    now, where = int(time.time()), ["2001:db8:9::%d" % n for n in range(1, 4)]
    trace = Trace(start=START)
    for n, one in enumerate(where):
        body = net.addr(one) + b"\2\1" + net.mac("00:1b:21:00:09:%02x" % n)
        frame = net.ipv6(one, "ff02::1", net.P_ICMP6, net.icmp6(one, "ff02::1", 136, 0, b"\x20\0\0\0", body), ttl=255)
        Wire(trace).send_frame(1 + n, "00:1b:21:00:09:%02x" % n, "33:33:00:00:00:01", net.ETH_IPV6, frame)
    read(f, trace)
    rows = "".join("%s,00:03:00:01:%s,3600,%d,1,name%d,%s,0\n" % (one, D, now + (600 if n != 1 else -600), n, B if n == 2 else "") for n, one in enumerate(where))
    said = taken(f, "kea6.csv", "address,duid,valid_lifetime,expire,subnet_id,hostname,hwaddr,state\n" + rows)
    told(f, said, ": 1 hosts\n", "another was seen with their address, or since: 2, in line 3 the first: 2001:0db8:0009")
    f.must([host(f, one).get("name") for one in where] == ["name0", None, None], "%s" % [host(f, one).get("name") for one in where])


@case
def several(f):
    """nmap's XML with several addresses and names of a host: its hardware address ties them to it, and where there is none the others are told"""
    one = '<host endtime="%d">%s<address addr="10.0.7.%d" addrtype="ipv4"/><address addr="fd00::%d" addrtype="ipv6"/></host>'
    said = taken(f, "scan.xml", "<nmaprun>\n" + one % (START, '<address addr="%s" addrtype="mac"/>' % A, 1, 1) + "\n" + one % (START, "", 2, 2) + "</nmaprun>")
    told(f, said, ": 2 hosts\n", "more addresses left out of hosts that have no hardware address, or too many: 1, in line 3 the first: fd00")
    names = "<hostnames>\n<hostname type='PTR'\n name='db1.example'/><hostname name=\"db.example\" type=\"user\"/></hostnames><ports><port protocol='tcp' portid='22'><state state='open'/>" \
            "<service name='ssh' extrainfo=\" portid='9' name=x\" product='Own'/></port></ports>"
    told(f, taken(f, "scan.xml", "<nmaprun><host endtime='%d'><address addrtype='ipv4' addr='10.0.7.3'/>%s</host></nmaprun>" % (START, names)), ": 1 hosts\n")
    one = [f.hosts("--host", which) for which in ("10.0.7.3", "db.example", "db1.example")]
    f.must(one[0] and one[0] == one[1] == one[2] and one[0][0]["services"][0]["software"]["product"] == "Own", "%s" % one)
    f.must([len(in_use(h)) for h in f.hosts("--host", "fd00::1")] == [3] and f.hosts("--where", "ip=fd00::2") == [], "%s" % [in_use(h) for h in f.hosts()])


@case
def nmap(f):
    """nmap's names of services, its entities, hosts that are down; and nobody was a client of what a scan found"""
    names = {"domain": "dns", "microsoft-ds": "smb", "netbios-ssn": "smb", "ms-wbt-server": "rdp", "https": "tls", "ssl/http": "tls", "smtps": "tls", "imaps": "tls", "ldaps": "tls",
             "kerberos-sec": "krb5", "http-proxy": "http", "postgresql": "pgsql", "ms-sql-s": "tds", "vnc": "rfb", "SSH": "ssh", "unknown": None, "rpcbind": None}
    ports = "".join('<port protocol="tcp" portid="%d"><state state="open"/><service name="%s" method="probed"/></port>\n' % (n, name) for n, name in enumerate(names, 1))
    text = ('<?xml version="1.0"?><nmaprun><host endtime="%d"><status state="up"/><address addr="%s" addrtype="ipv4"/><hostnames><hostname name="a&amp;b&#45;c"/></hostnames><ports>\n%s'
            '<port protocol="tcp" portid="443"><state state="open"/><service name="http" tunnel="ssl" product="Jack &amp; Jill&apos;s &lt;httpd&gt;" version="1" method="probed"/></port>'
            '<port protocol="sctp" portid="9"><state state="open"/></port></ports></host>\n<host><status state="down"/><address addr="10.0.4.2" addrtype="ipv4"/></host></nmaprun>'
            % (START + 100, ADDRESS, ports))
    said = taken(f, "scan.xml", text)
    told(f, said, ": 1 hosts\n", "hosts left out that are down: 1, in line 20 the first", "over neither TCP nor UDP: 1", "not known by that name: 1, in line 18 the first: rpcbind")
    one = host(f, ADDRESS)
    got = {s["port"]: s for s in one.get("services", [])}
    f.must([got.get(n, {}).get("app") for n in range(1, len(names) + 1)] == list(names.values()), "%s" % [(name, got.get(n, {}).get("app")) for n, name in enumerate(names, 1)])
    f.must(got[443].get("app") == "tls" and got[443]["software"]["product"] == "Jack & Jill's <httpd>" and one.get("name") == "a&b-c", "%s, %s" % (got[443], one.get("name")))
    f.must(not [s for s in got.values() if "clients" in s] and len(f.hosts()) == 1, "clients: %s" % got)


@case
def persons(f):
    """what of a person's line is not taken is told, with its line; the rest is"""
    lines = [{"address": ADDRESS, "name": "till", "colour": "red", "services": [{"port": 0}, {"port": 70000}, {"port": "80"}, {"port": 8080, "transport": "UDP", "app": "DNS"},
                                                                               {"port": 81, "app": "gopher"}, {"port": 82, "transport": "sctp"}, {"port": 83, "version": 2, "product": "Own"}]},
             {"mac": D, "name": "card", "services": [{"port": 80, "app": "http"}]}, {"address": "224.0.0.1"}, {"address": "0.0.0.0"}, {"address": "255.255.255.255"}, {"address": "10.0.0.0/24"},
             {"address": "::ffff:10.0.0.6", "name": "mapped"}, {"address": "10.0.0.7", "mac": "ff:ff:ff:ff:ff:ff", "os": ["a"], "criticality": {"a": 1}, "attributes": {"k": [1], "long": "v" * 200}},
             {"address": "10.0.0.8", "note": "a lease of 5 years", "name": "n" * 600, "os": None}]
    said = taken(f, "said.json", "".join(json.dumps(line) + "\n" for line in lines))
    told(f, said, ": 5 hosts\n", "of 4 lines nothing was made, line 3 the first", "without a port from 1 to 65535: 3, in line 1 the first: 0", "version more cpe: 2, in line 1 the first: colour",
         "not known by that name: 1, in line 1 the first: gopher", "neither TCP nor UDP: 1, in line 1 the first: sctp", "their host has no address: 1, in line 2 the first: 80",
         "addresses left out that no host has: 4, in line 3 the first: 224.0.0.1", "none of one station: 1, in line 8 the first: ff:ff", "value means nothing here: 3, in line 8 the first: os",
         "too long, cut or left out: 2, in line 8 the first: vvv")
    got = {(s["port"], s["transport"]): s for s in host(f, ADDRESS)["services"]}
    f.must(sorted(got) == [(81, "tcp"), (83, "tcp"), (8080, "udp")] and got[8080, "udp"]["app"] == "dns" and got[83, "tcp"]["software"]["version"] == "2", "%s" % got)
    f.must(host(f, "10.0.0.6").get("name") == "mapped" and len(f.hosts()) == 5, "hosts: %s" % [in_use(h) for h in f.hosts()])


@case
def tenants(f):
    """a person may say of which tenant a host is, and in which VLAN one stands that no packet showed; nobody moves by a file"""
    f.read([(1, A, ADDRESS, 10)])
    said = {"address": ADDRESS, "tenant": 5002, "name": "crown"}, {"address": ADDRESS, "mac": A, "name": "till"}, {"mac": B, "name": "card", "vlan": 7}, {"address": OTHER, "tenant": "5", "vlan": 5000}
    told(f, taken(f, "said.json", "".join(json.dumps(line) + "\n" for line in said)), ": 4 hosts\n", "value means nothing here: 2, in line 4 the first: tenant")
    got = {h.get("tenant", 0): h.get("name") for h in f.hosts("--where", "ip=" + ADDRESS)}
    f.must(got == {0: "till", 5002: "crown"}, "%s" % got)
    f.must(not f.changes(("moved", "place")) and len(f.hosts("--where", "vlan=7")) == 1 and len(f.hosts("--where", "vlan=10")) == 1, "moves: %s" % f.changes(("moved", "place")))


@case
def systems(f):
    """a system that a person names is of its maker's family, and one of none that is known has its name"""
    want = {"Cisco IOS 15.2": "cisco", "iOS 17": "ios", "Fedora 40": "linux", "QNX 7": "embedded", "ChromeOS": "linux", "RouterOS 7": "network", "Junos 21": "juniper", "TempleOS 5": "unknown",
            "Apple iOS 15 (Darwin 21)": "ios", "Nagios XI": "unknown"}
    taken(f, "said.json", "".join(json.dumps({"address": "10.0.5.%d" % n, "os": os}) + "\n" for n, os in enumerate(want, 1)))
    got = {os: host(f, "10.0.5.%d" % n).get("os", {}) for n, os in enumerate(want, 1)}
    f.must({os: o.get("family") for os, o in got.items()} == want, "families: %s" % got)
    f.must(all(o.get("name") == os and o.get("confidence") == 100 for os, o in got.items()), "names: %s" % got)
    for text, n in (("os=cisco", 1), ("os=ios", 2), ("os=templeos", 1), ("os=unknown", 2), ("os=\"\"", 0)):
        f.must(len(f.hosts("--where", text)) == n, "%s: %d" % (text, len(f.hosts("--where", text))))


@case
def of_later(f):
    """a time in a file that is later than now is now, and the map's time goes on with what is seen"""
    f.read([(1, A, ADDRESS), (200, A, ADDRESS)])
    said = taken(f, "scan.xml", '<nmaprun>\n<host endtime="4000000000"><address addr="10.0.0.99" addrtype="ipv4"/></host></nmaprun>')
    told(f, said, "later than now, taken as now: 1, in line 2 the first")
    f.must(host(f, "10.0.0.99")["last_seen"][:19] <= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1)), "%s" % host(f, "10.0.0.99"))
    f.read([(1000, C, OTHER), (1100, C, OTHER)], "--set", "aware.silent=300")
    silent = [c["id"] for c in f.changes(("silent", "host"))]
    f.must(silent == [1], "silent: %s" % silent)


@case
def which_it_is(f):
    """lines of JSON are that, whatever they speak of"""
    said = {"address": ADDRESS, "attributes": {"note": "lease ends 2027"}}
    told(f, taken(f, "said.json", json.dumps(said) + "\n"), ": 1 hosts\n")
    f.must(host(f, ADDRESS).get("attributes", {}).get("note") == "lease ends 2027", "%s" % host(f, ADDRESS))
