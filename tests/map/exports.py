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

from history import A, ADDRESS, B, C, OTHER, START, in_use

import apps
from capture import Trace
from host import LINUX, Host, Wire
from infra import claim, lend, read, session
from questions import file_of

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
    f.must(f.hosts("--where", "attribute=known") == [] and f.hosts("--where", "attribute~know") == [], "asked for")
