# SPDX-License-Identifier: GPL-2.0-or-later
"""What people ask `peccary hosts` of a map in a folder, rightly and wrongly: what is wrong is refused, with what is wanted.

Cases as in history.py.
"""
import csv
import io
import json
import os

from history import A, ADDRESS, B, C, OTHER, in_use, stamp

CASES = []


def case(function):
    CASES.append((function.__doc__, function))
    return function


def two(f):
    f.read([(1, A, ADDRESS), (2, C, OTHER)])


def refused(f, line, *words):
    done = f.call(*line)
    said = done.stderr.decode(errors="replace")
    f.must(done.returncode == 2 and done.stdout == b"" and all(w in said for w in words), "%s: status %d, %r, %r" % (line, done.returncode, done.stdout[:80], said[-200:]))


def file_of(f, name, text):
    path = os.path.join(f.where, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


@case
def times(f):
    """a time is read as the program writes it, with or without a zone; what is none is refused"""
    f.read([(1, A, ADDRESS)])
    f.read([(1000, B, ADDRESS)])
    hour = stamp(500 + 3600)
    for text in (stamp(500), stamp(500) + "Z", stamp(500) + "+0000", stamp(500) + ".250000+0000", hour + "+01:00", hour + "+0100", stamp(500).replace("T", " ")):
        got = [json.loads(h) for h in f.call("--json", "--at", text).stdout.splitlines()]
        f.must([in_use(h) for h in got if ADDRESS in in_use(h)] == [[A, ADDRESS]] or [in_use(h) for h in got if ADDRESS in in_use(h)] == [[ADDRESS, A]], "%s: %s" % (text, got))
    for text in ("2600-01-01", "9999-12-31T23:59:59Z", "9300000000", "yesterday", "-5m", "5x", "m", "99999999999999999w", "2026-13-01", stamp(500) + "+1", stamp(500) + "+0100x", stamp(500) + ".5 ", ""):
        refused(f, ["--at", text], "a time is wanted")
        refused(f, ["--changes", "--since", text], "a time is wanted")


@case
def import_alone(f):
    """what an import would not show is refused beside it, and nothing is taken"""
    two(f)
    path = file_of(f, "said.json", json.dumps({"address": "10.0.0.77", "name": "till"}) + "\n")
    for line in (["--json"], ["--export", "csv"], ["--host", ADDRESS], ["--changes"], ["--columns", "name"], ["--where", "os=windows"], ["--at", "1h"]):
        refused(f, ["--import", path, *line], "has no meaning beside --import")
    f.must(f.hosts("--where", "name=till") == [] and f.call("--import", path).returncode == 0 and len(f.hosts("--where", "name=till")) == 1, "taken")


@case
def before_all(f):
    """as of the beginning of time there was nobody"""
    two(f)
    for when in ("0", "1970-01-01T00:00:00Z", "1970-01-02"):
        done = f.call("--at", when)
        f.must(done.returncode == 0 and done.stdout.endswith(b"0 hosts\n"), "%s: %r" % (when, done.stdout[-100:]))


@case
def only_with(f):
    """what has no meaning without another option, or beside it, is refused"""
    two(f)
    refused(f, ["--since", "1h"], "--since", "--changes")
    refused(f, ["--evidence"], "--evidence", "--json")
    refused(f, ["--columns", "address colour"], "colour", "services")
    refused(f, ["--at", stamp(5), f.capture([(9, A, ADDRESS, 0)])], "--at", "captures")
    refused(f, ["--export", "pdf"], "pdf", "csv")
    refused(f, ["--watch=0"], "seconds")
    f.must(len(f.hosts()) == 2, "hosts: %s" % f.hosts())


@case
def filters(f):
    """a filter takes the hosts it says; a wrong one is refused, with where and what is wanted"""
    two(f)
    said = file_of(f, "said.json", json.dumps({"address": ADDRESS, "criticality": "high", "attributes": {"owner": "lab \"3\""}, "os": "Windows 11"}) + "\n")
    f.must(f.call("--import", said).returncode == 0, "no import")
    for text, want in (("ip=10.0.0.5", [ADDRESS]), ("ip==10.0.0.5", [ADDRESS]), ("not ip=10.0.0.5", [OTHER]), ("ip=10.0.0.0/24 and not (ip=10.0.0.9)", [ADDRESS]),
                       ("mac=\"%s\"" % C.upper(), [OTHER]), ("mac~00:1b or ip=10.0.0.5", [ADDRESS, OTHER]), ("ip!=10.0.0.5", [OTHER]), ("attribute=\"criticality=high\"", [ADDRESS]),
                       ("attribute~HIGH", [ADDRESS]), ("attribute~owner", [ADDRESS]), ("os=windows", [ADDRESS]), ("os=\"\"", [OTHER]), ("name=\"\"", [ADDRESS, OTHER]), ("kind=host", [ADDRESS, OTHER]),
                       ("((ip=10.0.0.5))", [ADDRESS]), ("attribute='owner=lab \"3\"'", [ADDRESS]), ("attribute=\"owner=lab \"\"3\"\"\"", [ADDRESS]), ("(os=windows)", [ADDRESS]), ("port=22", []), ("vlan=0", [ADDRESS, OTHER])):
        got = sorted(a for h in f.hosts("--where", text) for a in in_use(h) if a in (ADDRESS, OTHER))
        f.must(got == want, "%s: %s" % (text, got))
    for text, word in (("os=", "at 4: os: a value"), ("vlan=1 and os=\"win", "at 15: os: the second quotation mark"), ("os=\"win\"\"", "at 4: os: the second quotation mark"), ("os=linux os=a", "at 10: "), ("port~8", "number"), ("port=eighty", "eighty"), ("ip=10.0.0.300", "ip"), ("colour=red", "attribute"),
                       ("(os=linux", "at 10: a ')'"), ("vlan=1 and colour=red", "at 12: "), ("os=linux vlan=1", "left over"), ("and", "wanted"), ("not", "wanted"), ("()", "wanted"), ("os=a or", "wanted"), ("(" * 40 + "os=a" + ")" * 40, "deeply"),
                       (" or ".join(["os=a"] * 40), "parts"), ("os=" + "a" * 3000, "long")):
        refused(f, ["--json", "--where", text], word)


@case
def changes_of_some(f):
    """what happened to one host, or to those that a filter takes, and to nobody else"""
    two(f)
    f.read([(1000, B, ADDRESS)])

    def of(*which):
        done = f.call("--changes", "--json", *which)
        f.must(done.returncode == 0, "%s: %s" % (which, done.stderr[-200:]))
        return [json.loads(line) for line in done.stdout.splitlines()]
    every = of()
    number = {mac: next(h["id"] for h in f.hosts() if mac in in_use(h)) for mac in (A, B, C)}
    f.must({c["id"] for c in of("--host", OTHER)} == {number[C]}, "of one: %s" % of("--host", OTHER))
    f.must({c["id"] for c in of("--where", "mac=" + C)} == {number[C]}, "of a filter: %s" % of("--where", "mac=" + C))
    f.must({c["id"] for c in of("--host", "#%d" % number[A])} == {number[A], number[B]}, "by number, with who took its address: %s" % of("--host", "#%d" % number[A]))
    f.must(("changed", "address") in {(c["event"], c["what"]) for c in of("--host", ADDRESS)} and len(every) > len(of("--host", ADDRESS)), "of an address: %s" % of("--host", ADDRESS))
    f.must(of("--host", "10.9.9.9") == [] and of("--host", OTHER, "--since", stamp(500)) == [], "of nobody")


@case
def what_a_file_says(f):
    """lines of a file of which nothing was made are told; evidence says who said it; a file of no kind is refused"""
    two(f)
    good = json.dumps({"address": ADDRESS, "name": "till", "os": "Windows 11"})
    done = f.call("--import", file_of(f, "said.json", good + "\n{\"address\": \"10.0.0\"}\n\nnonsense\n" + good.replace("till", "desk").replace(ADDRESS, OTHER)))
    f.must(done.returncode == 0 and b": 2 hosts" in done.stdout and b"of 2 lines" in done.stderr and b"line 2 " in done.stderr, "%r %r" % (done.stdout, done.stderr))
    shown = f.call("--host", ADDRESS).stdout
    f.must(b"Windows 11" in shown and b", user," in shown and b"till" in shown, "shown: %r" % shown[-600:])
    said = [e for h in f.hosts("--evidence", "--host", ADDRESS) for e in h["evidence"] if e["sign"] == "os"]
    f.must([e.get("source") for e in said] == ["user"], "evidence: %s" % said)
    leases = "1764547200 00:1b:21:00:00:0d 10.0.0.20 pc20 *\nnobody 00:01\n"
    done = f.call("--import", file_of(f, "dnsmasq.leases", leases))
    f.must(b": 1 hosts" in done.stdout and b"line 2 " in done.stderr, "%r %r" % (done.stdout, done.stderr))
    scan = "<host endtime=\"1764547200\"><address addr=\"10.0.0.%d\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" portid=\"22\"><state state=\"open\"/><service name=\"ssh\"/></port></ports></host>"
    done = f.call("--import", file_of(f, "scan.xml", "<?xml?><nmaprun>" + scan % 5 + scan % 20 + "</nmaprun>"))
    f.must(b": 2 hosts" in done.stdout and f.hosts("--where", "service=ssh", "--host", ADDRESS), "%r %r" % (done.stdout, done.stderr))
    for name, text in (("empty", ""), ("noise", "what is this\n"), ("nmap.xml", "<?xml?><nmaprun></nmaprun>"), ("kea.csv", "address,hwaddr,client_id,valid_lifetime,expire\n")):
        refused(f, ["--import", file_of(f, name, text)], "no host is in it", name)
    refused(f, ["--import", os.path.join(f.where, "nowhere")], "nowhere")
    f.must(len(f.hosts()) == 3, "hosts: %d" % len(f.hosts()))


@case
def any_name(f):
    """whatever it is called, a host is asked for by that; and in a table it is no formula"""
    two(f)
    names = ["a,\"b<c>", "19\" 'rack'", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "CORP\\alice", "a) or (b"]
    for i, name in enumerate(names):
        said = file_of(f, "said.json", json.dumps({"address": "10.0.1.%d" % i, "name": name}) + "\n")
        f.must(f.call("--import", said).returncode == 0, "no import of %s" % name)
    for i, name in enumerate(names):
        address = "10.0.1.%d" % i
        for line in (["--host", name], ["--where", "name=\"%s\"" % name.replace("\"", "\"\"")], ["--host", name, "--where", "ip=10.0.1.0/24 or ip=10.9.9.9"]):
            got = [a for h in f.hosts(*line) for a in in_use(h)]
            f.must(got == [address], "%s: %s" % (line, got))
        f.must(address.encode() in f.call("--host", name).stdout, "%s is not shown" % name)
    refused(f, ["--host", "pc21", "--where", "ip=10.0.0.5 and os="], "at 20: os: a value is missing")
    rows = list(csv.DictReader(io.StringIO(f.call("--export", "csv").stdout.decode())))
    table = {r["addresses"]: r["name"] for r in rows}
    f.must([table["10.0.1.%d" % i] for i in range(len(names))] == [("'" if n[0] in "=+-@" else "") + n for n in names], "names: %s" % table)
    f.must(not [c for r in rows for c in r.values() if c[:1] in ("=", "+", "-", "@")], "cells that are formulas: %s" % rows)


@case
def same_number(f):
    """in exports for others a host has the same number, whatever addresses come and go"""
    two(f)

    def number():
        found = [o for o in json.loads(f.call("--export", "stix").stdout)["objects"] if o["type"] == "infrastructure"]
        return sorted(o["id"] for o in found)
    first = number()
    f.read([(100, A, "10.0.0.6"), (200, A, "10.0.0.4"), (300, B, ADDRESS)])
    f.must(len(first) == 2 and set(first) < set(number()) and len(number()) == 3, "first %s, then %s" % (first, number()))
