# SPDX-License-Identifier: GPL-2.0-or-later
"""What `peccary hosts` gives to people and to others' programs: table, CSV, nmap's XML, Graphviz, STIX. Nothing twice, nothing cut without a
sign, nothing that nobody has any more, and whose it is where two tenants have the same addresses.

Cases as in history.py.
"""
import csv
import io
import json
import re
import xml.etree.ElementTree as xml

from history import A, ADDRESS, B, C, OTHER, START, in_use, stamp

import apps
import tunnel
from capture import Trace
from host import LINUX, Host, Wire
from infra import claim, lend, read, session
from questions import file_of, refused

CASES = []
SERVES, ALSO, ASKS = Host("serves", A, ADDRESS, None, LINUX), Host("also", A, "10.0.0.6", None, LINUX), Host("asks", C, OTHER, None, LINUX)
MORE, AWAY = Host("more", B, "10.0.0.7", None, LINUX), Host("away", "00:1b:21:00:00:0e", "10.0.0.20", None, LINUX)


def case(function):
    CASES.append((function.__doc__, function))
    return function


def web(wire, at, client, server, port=80):
    session(wire, at, client, server, port, apps.http_request("GET", "/", "intra.example"), apps.http_response("200 OK", b"ok", kind="text/plain"))


def office(f):
    """A machine with two addresses that serves the same on both, another that serves that too, a client, and one whose lease ran out."""
    trace = Trace(start=START)
    wire = Wire(trace)
    lend(wire, 1, AWAY, 600)
    for host in (SERVES, ALSO, ASKS, MORE, AWAY):
        claim(wire, 2, host)
    for i, server in enumerate((SERVES, ALSO, MORE)):
        web(wire, 10 + i, ASKS, server)
    claim(wire, 2000, ASKS)
    read(f, trace)


def export(f, form, *line):
    done = f.call("--export", form, *line)
    f.must(done.returncode == 0, "%s: status %d: %s" % (form, done.returncode, done.stderr[-300:]))
    return done.stdout.decode()


def cells(f, *line):
    return list(csv.DictReader(io.StringIO(export(f, "csv", *line))))


@case
def tenants(f):
    """of two tenants with the same addresses it is told whose each is: table, nmap's XML, Graphviz, STIX; one of them alone is shown"""
    trace = Trace(start=START)
    ends = [Host("vtep%d" % n, "0c:c4:7a:40:00:%02x" % n, "10.40.0.%d" % n, None, LINUX) for n in (11, 12)]
    for vni in (5001, 5002):
        inner = Wire(trace, [40], [tunnel.vxlan(ends[0], ends[1], vni)], name="inner%d" % vni)
        guests = [Host("g%d" % n, "52:54:00:00:%02x:%02x" % (vni & 255, n), "10.0.0.%d" % n, None, LINUX) for n in (5, 9)]
        web(inner, vni - 5000, guests[0], guests[1], 8080)
    read(f, trace)
    rows = [line.split() for line in f.call("--columns", "address tenant").stdout.decode().splitlines()]
    f.must(rows[:1] == [["ADDRESS", "TENANT"]] and ["10.0.0.5", "5001"] in rows and ["10.0.0.5", "5002"] in rows, "columns: %s" % rows)
    f.must("TENANT" in f.call().stdout.decode(), "the table is without")
    root = xml.fromstring(export(f, "nmap"))
    whose = sorted(h.get("comment") for h in root.iter("host") if any(a.get("addr") == "10.0.0.5" for a in h.iter("address")))
    f.must(whose == ["tenant 5001", "tenant 5002"], "nmap: %s" % whose)
    dot = export(f, "dot")
    labels = dict(re.findall(r'^  (h\d+) \[label="(.*)"\];', dot, re.M))
    edges = re.findall(r'(h\d+) -> (h\d+) \[label="http/8080"\]', dot)
    f.must(sorted(labels[a][-4:] + labels[b][-4:] for a, b in edges) == ["50015001", "50025002"], "Graphviz: %s" % dot)
    said = sorted(o["description"][-11:] for o in json.loads(export(f, "stix"))["objects"] if o.get("name") == "10.0.0.5")
    f.must(said == ["tenant 5001", "tenant 5002"], "STIX: %s" % said)
    shown = f.call("--host", "10.0.0.5", "--where", "tenant=5002").stdout.decode()
    f.must(len(re.findall("^#", shown, re.M)) == 1 and "tenant     5002" in shown, "shown: %s" % shown[:300])
    done = f.call("--changes").stdout.decode()
    f.must(re.search(r" 10\.0\.0\.5 tenant 5002 +new host\n", done), "changes: %s" % done)
    whose = sorted(c.get("tenant") for c in f.changes(("new", "host")) if c["address"] == "10.0.0.5")
    f.must(whose == [5001, 5002], "changes: %s" % whose)
    f.base("ALTER TABLE event DROP COLUMN scope")       # as earlier versions had it
    f.must(f.call("--changes").stdout.decode() == done, "changes of an earlier version: %s" % f.call("--changes").stdout.decode())
    f.read([])
    f.must(f.call("--changes").stdout.decode() == done and "scope" in str(f.base(rows="PRAGMA table_info(event)")), "brought up to date: %s" % f.call("--changes").stdout.decode())
    was, path = f.dir, file_of(f, "export.xml", export(f, "nmap"))
    f.dir += "2"
    f.must(f.call("--import", path).returncode == 0, "it is not read back")
    back = {h.get("tenant"): (in_use(h), [s["port"] for s in h.get("services", [])]) for h in f.hosts("--where", "ip=10.0.0.9")}
    f.must(sorted(back) == [5001, 5002] and all("10.0.0.9" in a and p == [8080] for a, p in back.values()), "read back: %s" % back)
    f.must(len(f.hosts()) == len(set(h.get("comment", "") + a.get("addr") for h in root.iter("host") for a in h.iter("address") if a.get("addrtype") == "mac")), "hosts: %d" % len(f.hosts()))
    f.dir = was
    said = f.call("--help").stdout.decode()
    f.must("vtep (" in said and "role (" in said and "vlan tenant vtep" in said, "help: %s" % said)


@case
def each_once(f):
    """STIX: each object once, each place that a program runs a relationship of its own, names of CPE 2.3, no address whose lease ran out"""
    office(f)
    scan = ('<?xml?><nmaprun><host endtime="%d"><address addr="%s" addrtype="ipv4"/><ports><port protocol="tcp" portid="99"><state state="open"/><service name="http" product="Thing" '
            'version="1.0" method="probed" conf="10"><cpe>cpe:/a:Own%%2bX::1.0:b%%21:~~pro</cpe></service></port></ports></host></nmaprun>') % (START + 2000, ADDRESS)
    f.must(f.call("--import", file_of(f, "scan.xml", scan)).returncode == 0, "no import")
    objects = json.loads(export(f, "stix"))["objects"]
    ids = [o["id"] for o in objects]
    f.must(len(ids) == len(set(ids)), "twice: %s" % sorted(i for i in set(ids) if ids.count(i) > 1))
    links = [o for o in objects if o["type"] == "relationship"]
    f.must(all(o["source_ref"] in ids and o["target_ref"] in ids for o in links), "a relationship to nowhere")
    f.must(all(o["created"] <= o["modified"] for o in objects if "created" in o), "changed before it was made")
    programs = {o["name"]: o for o in objects if o["type"] == "software"}
    f.must(programs["nginx"].get("cpe") == "cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*", "nginx: %s" % programs["nginx"])
    f.must(programs["Thing"].get("cpe") == "cpe:2.3:a:own\\+x:*:1.0:b\\!:*:*:*:*:*:*", "a scanner's: %s" % programs["Thing"])
    f.must(len([o for o in links if o["target_ref"] == programs["nginx"]["id"]]) == 3, "places of nginx: %s" % [o for o in links if o["target_ref"] == programs["nginx"]["id"]])
    f.must([o["value"] for o in objects if o["type"] == "ipv4-addr" and o["value"] == AWAY.ip] == [], "an address that nobody has")
    again = json.loads(export(f, "stix", "--where", "ip=10.0.0.7"))["objects"]
    f.must({o["id"] for o in again} <= set(ids) and len(again) > 4, "of some hosts they are others")


@case
def as_late_for_one(f):
    """it is as late for one host that is asked for as for all: what it had on lease it has no more"""
    office(f)
    now = [in_use(h) for h in f.hosts("--where", "mac=" + AWAY.mac)]
    f.must(now == [[AWAY.mac]] and [in_use(h) for h in f.hosts("--host", AWAY.mac)] == now, "%s, but alone %s" % (now, [in_use(h) for h in f.hosts("--host", AWAY.mac)]))
    for line in ([], ["--json"], ["--export", "csv"], ["--columns", "address"]):
        done = f.call("--host", AWAY.ip, *line)
        f.must(done.returncode == 1 and b"no host is known as" in done.stderr, "%s: status %d: %r" % (line, done.returncode, done.stdout[-200:]))
    f.must(" until " + stamp(601) in f.call("--host", AWAY.mac).stdout.decode(), "until when is not told")


@case
def as_nmap(f):
    """nmap's XML has what its DTD wants, a host's port once, whoever has no address none, and is read back"""
    office(f)
    text = export(f, "nmap")
    root = xml.fromstring(text)
    f.must([e.tag for e in root][:2] == ["verbose", "debugging"] and root[-1].tag == "runstats" and root.get("args"), "the whole: %s" % [e.tag for e in root])
    count = root.find("runstats/hosts")
    f.must(int(count.get("up")) == len(root.findall("host")) and int(count.get("total")) == len(f.hosts()), "counts: %s" % count.attrib)
    f.must(AWAY.ip not in text, "an address that nobody has")
    for host in root.findall("host"):
        f.must([e.tag for e in host][:2] == ["status", "address"] and host.find("status").get("reason_ttl"), "a host: %s" % [e.tag for e in host])
        ports = [(p.get("protocol"), p.get("portid")) for p in host.iter("port")]
        f.must(len(ports) == len(set(ports)) and all(p.find("state").get("reason_ttl") for p in host.iter("port")), "ports: %s" % ports)
        f.must(all(m.get("line") and m.get("accuracy") for m in host.iter("osmatch")), "a system")
        makers = {r["mac"]: r["maker"] for r in cells(f)}
        for one in host.iter("address"):
            f.must(one.get("addrtype") != "mac" or one.get("vendor", "") == makers[one.get("addr")], "made by: %s" % one.attrib)
    path = file_of(f, "export.xml", text)
    f.dir += "2"
    f.must(f.call("--import", path).returncode == 0, "it is not read back")
    f.must([s["port"] for h in f.hosts("--host", MORE.ip) for s in h["services"]] == [80], "read back: %s" % f.hosts("--host", MORE.ip))
    f.must([sorted(in_use(h)) for h in f.hosts("--host", ALSO.ip)] == [[A, ADDRESS, ALSO.ip]], "of several addresses: %s" % [in_use(h) for h in f.hosts()])


@case
def drawn(f):
    """Graphviz: an edge's ends are called something, also of hosts that a filter leaves out"""
    office(f)
    for line in ([], ["--where", "ip=10.0.0.7"], ["--host", "10.0.0.7"]):
        dot = export(f, "dot", *line)
        labels = set(re.findall(r'^  (h\d+) \[label="[^"]+"\];', dot, re.M))
        edges = re.findall(r'^  (h\d+|"[^"]+") -> (h\d+) \[', dot, re.M)
        f.must(len(edges) == (1 if line else 3), "%s: edges: %s" % (line, dot))
        f.must(all(a[0] == '"' or a in labels for a, _ in edges) and OTHER in dot, "%s: a host without a label: %s" % (line, dot))


@case
def of_nobody(f):
    """an export of no host is a table with its head; what is asked wrongly, or has no meaning beside another option, is refused"""
    office(f)
    f.must(export(f, "csv", "--where", "os=none").count("\r\n") == 1, "CSV: %r" % export(f, "csv", "--where", "os=none"))
    f.must(json.loads(export(f, "stix", "--where", "os=none"))["objects"] == [], "STIX")
    for which in ("", "#", "#x", "#1 or id=2"):
        for line in ([], ["--json"], ["--export", "csv"]):
            refused(f, ["--host", which, *line], "#number is wanted")
    for line in (["--json", "--export", "csv"], ["--changes", "--export", "csv"], ["--json", "--columns", "os"], ["--export", "csv", "--columns", "os"], ["--changes", "--columns", "os"],
                 ["--changes", "--watch"], ["--changes", "--json", "--evidence"]):
        refused(f, line, "has no meaning beside")


@case
def nothing_known(f):
    """KEY="" takes the hosts of which that is not known, for each key; a file's own mark of a host is no attribute"""
    f.read([(1, A, ADDRESS), (2, C, OTHER)])
    f.call("--import", file_of(f, "said.json", json.dumps({"address": ADDRESS, "criticality": "high", "attributes": {"owner": "lab"}}) + "\n"))
    both = [ADDRESS, OTHER]
    for text, want in (('criticality=""', [OTHER]), ('criticality!=""', [ADDRESS]), ('not attribute=""', [ADDRESS]), ('attribute=""', [OTHER]), ('user=""', both), ('service=""', both), ('role=""', both),
                       ('vtep=""', both), ('vtep!=""', []), ('product=""', both), ('software=""', both), ('ip=""', []), ('mac=""', []), ('mac!=""', both), ('vm=""', both)):
        got = sorted(a for h in f.hosts("--where", text) for a in in_use(h) if a in both)
        f.must(got == want, "%s: %s" % (text, got))
    scan = '<?xml?><nmaprun><host endtime="%d"><address addr="10.0.0.50" addrtype="ipv4"/></host></nmaprun>' % (START + 10)
    f.must(f.call("--import", file_of(f, "scan.xml", scan)).returncode == 0, "no import")
    one = f.hosts("--evidence", "--host", "10.0.0.50")
    f.must(len(one) == 1 and one[0]["evidence"] == [] and "attributes" not in one[0], "evidence: %s" % one)
    shown = f.call("--host", "10.0.0.50").stdout.decode()
    f.must("10.0.0.50" in shown and "attribute" not in shown, "shown: %s" % shown)
    f.must(f.hosts("--where", "attribute=known") == [] and f.hosts("--where", "attribute~know") == [], "asked for")


@case
def whole_or_marked(f):
    """lists and names that do not fit are whole as far as they go, and say that there is more; a wide table and exports have names whole"""
    f.read([(1 + n, A, "10.0.%d.1%02d" % (n // 50, n % 50)) for n in range(80)])
    name = "n" * 150 + ".example"
    f.call("--import", file_of(f, "said.json", json.dumps({"address": "10.0.0.100", "name": name}) + "\n"))
    row, = cells(f)
    parts = row["addresses"].split(",")
    f.must(parts[-1] == "..." and len(parts) > 30 and all(re.fullmatch(r"10\.0\.[01]\.1\d\d", p) for p in parts[:-1]), "addresses: %s" % parts)
    f.must(row["name"] == name, "the name: %s" % row["name"])
    f.must(name in f.call("--wide").stdout.decode(), "a wide table cuts the name")
    table = f.call().stdout.decode()
    f.must("n" * 37 + "... " in table and name not in table, "cut: %s" % table)


@case
def told_of_one(f):
    """how important a host is, and what is odd about it, stands in the table and with the host; columns that are asked for; one host in a line"""
    f.read([(1, A, ADDRESS), (2, C, OTHER), (3, A, "10.0.0.6"), (4, B, "10.0.0.7"), (200, B, "10.0.0.7")])
    f.read([(5000, C, OTHER), (5200, C, OTHER)], "--set", "aware.silent=300")
    for address, how in ((ADDRESS, "low"), ("10.0.0.6", "high")):
        f.call("--import", file_of(f, "said.json", json.dumps({"address": address, "criticality": how}) + "\n"))
    shown = f.call("--host", ADDRESS).stdout.decode()
    f.must("\ncritical   high\n" in shown and "marks" not in shown, "shown: %s" % shown[:400])
    f.must("\nmarks      silent\n" in f.call("--host", "10.0.0.7").stdout.decode(), "silent: %s" % f.call("--host", "10.0.0.7").stdout[:400])
    f.must("CRITICALITY" in f.call().stdout.decode() and [r["criticality"] for r in cells(f, "--host", ADDRESS)] == ["high"], "table, CSV")
    f.must(len(f.hosts("--where", "criticality=high")) == 1 and f.hosts("--where", "criticality=low") == [], "a filter takes what does not hold")
    lines = [line.split() for line in f.call("--host", OTHER, "--columns", "id address first last").stdout.decode().splitlines()]
    f.must(lines[0] == ["ID", "ADDRESS", "FIRST", "LAST"] and len(lines) == 4, "columns: %s" % lines)
    f.must(lines[1] == ["#2", OTHER, stamp(2), stamp(5200)], "one: %s" % lines[1])
    f.must("FIRST" not in f.call().stdout.decode(), "columns that nobody asked for")
