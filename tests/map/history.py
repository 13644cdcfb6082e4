# SPDX-License-Identifier: GPL-2.0-or-later
"""What a folder keeps of the map over restarts: captures read into it one after the other, and what it answers then, as it is and as of a time.

A case is a function that gets a folder; its first line says what holds. It tells what is wrong.
"""
import calendar
import json
import os
import resource
import shlex
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "gen"))

import apps                                           # noqa: E402
import net                                            # noqa: E402
from capture import Trace                             # noqa: E402
from host import LINUX, Host, Wire                    # noqa: E402

START = calendar.timegm((2026, 11, 1, 0, 0, 0))
A, B, C = "00:1b:21:00:00:0a", "00:1b:21:00:00:0b", "00:1b:21:00:00:0c"
ADDRESS, OTHER = "10.0.0.5", "10.0.0.9"
CASES = []


def case(function):
    CASES.append((function.__doc__, function))
    return function


class Folder:
    """A map in a folder, and the program over it."""

    def __init__(self, engine, where):
        self.engine, self.where, self.dir = shlex.split(engine), where, os.path.join(where, "map")
        self.wrong, self.n = [], 0

    def must(self, good, what):
        if not good:
            self.wrong.append(what)

    def call(self, *line, **more):
        return subprocess.run(self.engine + ["hosts", "--map", self.dir] + list(line), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, **more)

    def capture(self, frames):
        """A file of (seconds, MAC, address, VLAN): each says by ARP that it has the address."""
        trace = Trace(start=START)
        for at, mac, address, vlan in frames:
            Wire(trace, [vlan] if vlan else []).send_frame(at, mac, net.BROADCAST, net.ETH_ARP, net.arp(1, mac, address, "00:00:00:00:00:00", "10.0.0.254"))
        path = os.path.join(self.where, "%d.pcap" % self.n)
        self.n += 1
        trace.write(path)
        return path

    def read(self, frames, *options):
        """One run of the program over such frames."""
        done = self.call("--json", *options, self.capture([(f + (0,))[:4] for f in frames]))
        self.must(done.returncode == 0, "status %d: %s" % (done.returncode, done.stderr[-300:]))
        return done

    def hosts(self, *options, at=None):
        when = ["--at", stamp(at)] if at is not None else []
        done = self.call("--json", *when, *options)
        self.must(done.returncode == 0, "status %d: %s" % (done.returncode, done.stderr[-300:]))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def holders(self, address, *options, at=None):
        """The hardware addresses of those that have the address."""
        return sorted(mac for h in self.hosts(*options, at=at) if address in in_use(h) for mac in in_use(h) if ":" in mac)

    def changes(self, what):
        done = self.call("--changes", "--json")
        return [c for c in map(json.loads, done.stdout.splitlines()) if (c["event"], c["what"]) == what]

    def base(self, script="", rows=""):
        """What SQL says of the database."""
        base = sqlite3.connect(os.path.join(self.dir, "map.db"))
        base.executescript(script)
        got = base.execute(rows).fetchall() if rows else []
        base.close()
        return got


def asks(f, frames):
    """A file of (seconds, MAC, address, name): each asks for its lease again, by that name."""
    trace = Trace(start=START)
    for at, mac, address, name in frames:
        Wire(trace).send_udp(at, Host(name, mac, address, None, LINUX), Host("all", net.BROADCAST, "255.255.255.255"), 68, 67,
                             apps.dhcp(apps.REQUEST, int(at), mac, ciaddr=address, options=[(12, name.encode())]))
    path = os.path.join(f.where, "asks-%d.pcap" % f.n)
    f.n += 1
    trace.write(path)
    return path


def in_use(host):
    return [a.get("address") or a["mac"] for a in host.get("addresses", []) if "until" not in a]


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START + at))


@case
def changed_hands(f):
    """an address that went to another is the other's after a restart, and its holder's of then as of then"""
    f.read([(1, A, ADDRESS), (2, C, OTHER)])
    f.read([(1000, B, ADDRESS)])
    f.read([(2000, C, OTHER)])
    for at, mac in ((500, A), (1500, B), (2500, B), (None, B)):
        for which in ((), ("--host", ADDRESS)):
            got = f.holders(ADDRESS, *which, at=at)
            f.must(got == [mac], "as of %s it is held by %s" % (at, got))
    f.must(f.base(rows="SELECT count(*) FROM tenure WHERE until=0 AND family=4")[0][0] == 2, "more than one holder stands there")


@case
def ends_not_written(f):
    """two rows that hold one address: who began last has it"""
    f.read([(1, A, ADDRESS)])
    f.read([(1000, B, ADDRESS)])
    f.base("UPDATE tenure SET until=0")
    for at, mac in ((500, A), (1500, B), (None, B)):
        f.must(f.holders(ADDRESS, at=at) == [mac], "as of %s it is held by %s" % (at, f.holders(ADDRESS, at=at)))
    f.read([(2000, A, "10.0.0.6"), (2000, B, "10.0.0.7")])
    f.must(f.holders(ADDRESS) == [B], "after a restart it is held by %s" % f.holders(ADDRESS))


@case
def quarrel(f):
    """of an address that goes to and fro a hundred times no holder but the last stands there"""
    f.read([(1, A, ADDRESS)])
    f.read([(1000 + i, (B, A)[i % 2], ADDRESS) for i in range(100)])
    open_rows = f.base(rows="SELECT count(*) FROM tenure WHERE until=0 AND addr=x'0a000005'")[0][0]
    f.must(open_rows == 1, "%d hold it" % open_rows)
    f.must(f.holders(ADDRESS, at=1010.5) == [B] and f.holders(ADDRESS, at=1011.5) == [A], "as of then it is another's")


@case
def silent_once(f):
    """a silent host is told silent once, however often the program is started again"""
    f.read([(1, A, ADDRESS), (200, A, ADDRESS)])
    for at in (1000, 2000, 3000):
        f.read([(at, C, OTHER), (at + 100, C, OTHER)], "--set", "aware.silent=300")
    told = [c for c in f.changes(("silent", "host")) if c["id"] == 1]
    f.must(len(told) == 1, "told %d times" % len(told))


def place(f, at=None):
    return [p["vlan"] for h in f.hosts(at=at) if A in in_use(h) for p in h.get("places", []) if p["now"]]


@case
def many_places(f):
    """of a host that was in six places the last is known after a restart: nothing moved"""
    f.read([(100 * i, A, ADDRESS, 10 + i) for i in range(6)])
    moved = len(f.changes(("moved", "place")))
    f.read([(1000, A, ADDRESS, 15)])
    f.must(moved == 5 and len(f.changes(("moved", "place"))) == 5, "%d moves, and then %d" % (moved, len(f.changes(("moved", "place")))))
    for at, vlan in ((50, 10), (250, 12), (450, 14), (550, 15), (None, 15)):
        f.must(place(f, at) == [vlan], "as of %s it is in %s" % (at, place(f, at)))
    f.read([(2000, A, ADDRESS, 14)])
    told = f.changes(("moved", "place"))[-1]
    f.must((told.get("from"), told.get("to"), told.get("reason")) == ("vlan 15", "vlan 14", "back where it was"), "told %s" % told)


@case
def back_again(f):
    """a host that went away and came back is where it was then, as of each time"""
    f.read([(at, A, ADDRESS, vlan) for at, vlan in ((0, 10), (100, 11), (200, 10), (300, 12), (400, 11))])
    f.read([(500, A, ADDRESS, 10)])
    for at, vlan in ((50, 10), (150, 11), (250, 10), (350, 12), (450, 11), (550, 10), (None, 10)):
        f.must(place(f, at) == [vlan], "as of %s it is in %s" % (at, place(f, at)))
    moves = [(m["from"], m["to"]) for m in f.changes(("moved", "place"))]
    f.must(moves == [("vlan %d" % a, "vlan %d" % b) for a, b in ((10, 11), (11, 10), (10, 12), (12, 11), (11, 10))], "moves: %s" % moves)
    f.must(f.base(rows="SELECT count(*) FROM place WHERE now!=0")[0][0] == 1, "it is in several places now")


@case
def newest_evidence(f):
    """of a host with more evidence than the map holds the newest is known after a restart, of each kind some"""
    f.read([(1, A, ADDRESS)])
    tenure, = f.base(rows="SELECT id FROM tenure WHERE family=4")[0]
    put = "INSERT INTO evidence VALUES(%d,'%%s',0,CAST('%%s' AS BLOB),1,%d,%d+%%d,1,0);" % (tenure, START * 10**9, START * 10**9)
    f.base("".join(put % (sign, "text-%02d" % i, i) for sign, n in (("dns.answer", 80), ("ssh.software", 9), ("tls.fingerprint", 1)) for i in range(n)) +
           put.replace(",1,%d" % (START * 10**9), ",3,%d" % (START * 10**9)) % ("name", "said-once", -1000))
    want = ["dns.answer text-%02d" % i for i in range(74, 80)] + ["name said-once"] + ["ssh.software text-%02d" % i for i in range(3, 9)] + ["tls.fingerprint text-00"]
    for again in range(2):
        got = sorted("%s %s" % (e["sign"], e["text"]) for h in f.hosts("--evidence") for e in h.get("evidence", []))
        f.must(got == want, "it knows %s" % got)
        f.read([(1000 + again, A, ADDRESS)])


class Running:
    """The program in the middle of a capture that comes through a pipe."""

    def __init__(self, f, frames, *options, **more):
        self.f = f
        more.setdefault("stderr", subprocess.PIPE)
        self.done = subprocess.Popen(f.engine + ["hosts", "--map", f.dir, "--json", *options, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, **more)
        with open(f.capture([(x + (0,))[:4] for x in frames]), "rb") as c:
            self.feed(c.read())

    def feed(self, data):
        self.done.stdin.write(data)
        self.done.stdin.flush()

    def more(self, frames):
        with open(self.f.capture([(x + (0,))[:4] for x in frames]), "rb") as c:
            self.feed(c.read()[24:])              # behind the file's head

    def until(self, rows, want, seconds=30):
        """True: the database came to say so."""
        for _ in range(seconds * 20):
            try:
                if self.f.base(rows=rows) == want:
                    return True
            except sqlite3.Error:
                pass
            time.sleep(0.05)
        return False

    def end(self):
        _, err = self.done.communicate(timeout=60)
        self.f.must(self.done.returncode == 0, "status %d: %s" % (self.done.returncode, (err or b"")[-300:]))
        return (err or b"").decode()


@case
def one_writer(f):
    """two programs do not write one map: the second is refused, by name, and may read"""
    r = Running(f, [(i, A, ADDRESS) for i in range(20)])
    f.must(r.until("SELECT count(*) FROM tenure", [(2,)]), "nothing is written while it runs")
    said = os.path.join(f.where, "said.json")
    with open(said, "w", encoding="utf-8") as file:
        file.write('{"address":"10.0.0.77","name":"printer"}\n')
    for line in (["--import", said], [f.capture([(5, B, OTHER, 0)])]):
        done = f.call(*line)
        f.must(done.returncode == 2 and b"another peccary writes the map" in done.stderr, "%s: status %d, %s" % (line[0], done.returncode, done.stderr[-200:]))
    f.must(len(f.hosts()) == 1, "it cannot be read meanwhile")
    r.end()
    f.must(f.call("--import", said).returncode == 0 and len(f.hosts()) == 2, "it cannot be written afterwards")


def network(first, n, at):
    return [(at + i * 0.001, "00:1b:22:00:%02x:%02x" % ((first + i) >> 8, (first + i) & 255), "10.1.%d.%d" % ((first + i) >> 8, (first + i) & 255), 7) for i in range(n)]


@case
def full_disk(f):
    """while the disk is full what is new is kept, and is there when there is room again: hosts, events and ends; it is told once"""
    f.read([(1, A, ADDRESS)])
    most = 400000
    said = open(os.path.join(f.where, "said"), "w+", encoding="utf-8")
    says = lambda: open(said.name, encoding="utf-8").read()
    r = Running(f, network(0, 100, 100), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY)), stderr=said)
    f.must(r.until("SELECT count(*) FROM entity", [(101,)]), "nothing is written while there is room")
    r.more([(200, B, ADDRESS, 0)] + network(100, 1000, 201))
    for _ in range(400):
        if "cannot be written" in says():
            break
        time.sleep(0.05)
    r.more(network(1100, 500, 300))
    f.must("cannot be written" in says(), "it is not told")
    time.sleep(5)
    resource.prlimit(r.done.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    f.must(r.until("SELECT count(*) FROM entity", [(1602,)]), "%s hosts are there afterwards" % f.base(rows="SELECT count(*) FROM entity"))
    r.more([(400, C, OTHER, 0)])
    r.end()
    f.must(says().count("cannot be written") == 1 and says().count("written again") == 1, "told: %s" % says())
    f.must(len(f.changes(("new", "host"))) == 1603, "%d of 1603 events" % len(f.changes(("new", "host"))))
    f.must(f.holders(ADDRESS) == [B] and f.holders(ADDRESS, at=150) == [A], "the end of what a host held is not there")
    f.must(f.base(rows="SELECT count(*) FROM place WHERE vlan=7 AND now=1") == [(1600,)], "places are missing")


@case
def full_to_the_end(f):
    """what could not be written to the end is told then"""
    f.read([(1, A, ADDRESS)])
    done = f.call("--json", f.capture(network(0, 2000, 100)), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400000, resource.RLIM_INFINITY)))
    f.must(b"what is new of the map could not be written" in done.stderr and done.returncode == 1, "status %d, told: %s" % (done.returncode, done.stderr))
    f.must(len(f.hosts()) == 1, "a part of it is there")


@case
def gone_unwritten(f):
    """hosts that are gone before they were written, and what was learned of one since it was, stand there as of then"""
    late, leave = 40 * 86400, ("--set", "aware.gone=604800")
    f.read([(1, A, ADDRESS), (2, C, OTHER), (late, B, "10.0.0.7")], *leave)
    f.must([f.holders(a, at=100) for a in (ADDRESS, OTHER)] == [[A], [C]], "as of then: %s" % f.hosts(at=100))
    f.must([f.holders(a) for a in (ADDRESS, OTHER, "10.0.0.7")] == [[], [], [B]], "as it is: %s" % f.hosts())
    f.must(len(f.changes(("gone", "host"))) == 2 and f.base(rows="SELECT count(*) FROM entity WHERE gone=0") == [(1,)], "their ends: %s" % f.changes(("gone", "host")))
    r = Running(f, [(late + 10, B, "10.0.0.7", 5)], *leave)
    f.must(r.until("SELECT count(*) FROM place WHERE vlan=5", [(1,)]), "nothing is written while it runs")
    r.more([(late + 20, B, "10.0.0.8", 5), (late + 21, B, "10.0.0.8", 6), (2 * late, A, ADDRESS, 0)])
    r.end()
    f.must(f.holders("10.0.0.8", at=late + 30) == [B] and f.holders("10.0.0.8") == [], "an address that came last: %s" % f.hosts(at=late + 30))
    places = f.base(rows="SELECT vlan, now FROM place WHERE vlan!=0 ORDER BY vlan")
    f.must(places == [(5, 0), (6, 1)], "its places: %s" % places)
    most = 6000
    f.read(network(0, most, 2 * late + 100) + [(3 * late, C, OTHER, 0)], *leave)
    n = f.base(rows="SELECT count(*) FROM entity WHERE gone!=0 AND id IN (SELECT entity FROM tenure WHERE family=4)")
    f.must(n == [(most + 4,)], "%s of %d that went at once" % (n, most + 4))


@case
def gone_on_full_disk(f):
    """hosts that go while the disk is full are there, as of then, when there is room again"""
    said = open(os.path.join(f.where, "said"), "w+", encoding="utf-8")
    says = lambda: open(said.name, encoding="utf-8").read()
    r = Running(f, network(0, 100, 100), "--set", "aware.gone=604800", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400000, resource.RLIM_INFINITY)), stderr=said)
    f.must(r.until("SELECT count(*) FROM entity", [(100,)]), "nothing is written while there is room")
    r.more(network(100, 1000, 201))
    for _ in range(400):
        if "cannot be written" in says():
            break
        time.sleep(0.05)
    r.more([(40 * 86400, C, OTHER, 0)])
    time.sleep(2)
    f.must("cannot be written" in says() and f.base(rows="SELECT count(*) FROM entity WHERE gone!=0") == [(0,)], "the disk is not full")
    resource.prlimit(r.done.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    r.end()
    f.must((len(f.hosts(at=300)), len(f.hosts())) == (1100, 1), "as of then and now: %d, %d" % (len(f.hosts(at=300)), len(f.hosts())))
    f.must(f.base(rows="SELECT count(*) FROM place WHERE vlan=7 AND now=1") == [(1100,)], "places are missing")


@case
def said_and_gone(f):
    """a host of which a person said something is told gone once, and stays: what was said of it is there when it is back"""
    f.read([(1, A, ADDRESS), (2, C, OTHER)])
    said = os.path.join(f.where, "said.json")
    with open(said, "w", encoding="utf-8") as file:
        file.write('{"address":"%s","name":"crown","criticality":"high"}\n' % ADDRESS)
    f.must(f.call("--import", said).returncode == 0, "it is not taken")
    late = int(time.time()) - START + 40 * 86400                # an import is of its own time
    for at in (late, late + 1000):
        f.read([(at, B, "10.0.0.7"), (at + 500, B, "10.0.0.7")], "--set", "aware.gone=604800")
    gone = [c["id"] for c in f.changes(("gone", "host"))]
    f.must(sorted(gone) == [1, 2], "told gone: %s" % gone)
    f.must([h["id"] for h in f.hosts("--where", "criticality=high")] == [1] and f.holders(OTHER) == [], "they are there: %s" % f.hosts())
    f.read([(late + 2000, A, ADDRESS)])
    back = f.hosts("--host", "crown")
    f.must([(h["id"], h.get("silent"), h.get("gone")) for h in back] == [(1, None, None)], "back: %s" % back)
    f.must(len(f.changes(("changed", "back"))) == 1, "it is told back %d times" % len(f.changes(("changed", "back"))))


@case
def many_events(f):
    """of so many hosts that their events do not wait in memory all are told, also of those that go at once; they are gone when that was due, not when it was noticed"""
    f.read(network(0, 40000, 1) + [(40 * 86400, C, OTHER, 0)], "--set", "aware.gone=604800")
    f.must(f.base(rows="SELECT kind, count(*) FROM event WHERE what='host' GROUP BY kind ORDER BY kind") == [(0, 40001), (2, 40000)],
           "%s of 40000" % f.base(rows="SELECT kind, count(*) FROM event WHERE what='host' GROUP BY kind"))
    f.must(f.base(rows="SELECT count(*) FROM entity WHERE gone!=0 AND gone<=%d" % ((START + 8 * 86400) * 10**9)) == [(40000,)], "ends: %s" % f.base(rows="SELECT max(gone) FROM entity"))
    f.must(len(f.hosts("--where", "vlan=7", at=6 * 86400)) == 40000 and f.hosts(at=20 * 86400) == [], "as of then")


@case
def ended_when_due(f):
    """an address that was lent and went to another much later was held until the lease ran out"""
    f.read([(1, C, OTHER)])
    lease = os.path.join(f.where, "kea.csv")
    with open(lease, "w", encoding="utf-8") as file:
        file.write("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n%s,%s,,3600,%d,1,0,0,lent,0,,0\n" % (ADDRESS, A, START + 3610))
    f.must(f.call("--import", lease).returncode == 0, "it is not taken")
    f.read([(90000, B, ADDRESS), (90200, B, ADDRESS)])
    was = [a.get("until", "")[:19] for h in f.hosts("--host", A) for a in h["addresses"] if a.get("address") == ADDRESS]
    f.must(was == [stamp(3610)] and f.holders(ADDRESS) == [B], "held until %s, and by %s" % (was, f.holders(ADDRESS)))


@case
def forgotten(f):
    """of a map that may take no more what was not seen for longest is forgotten, what is new and what a person said stays; and it is enough"""
    f.read([(0, A, ADDRESS), (100000, C, OTHER)])
    tenure, = f.base(rows="SELECT id FROM tenure WHERE family=4 AND addr=x'0a000005'")[0]
    start = START * 10**9
    f.base("".join("INSERT INTO evidence VALUES(%d,'dns.answer',0,CAST('%040d' AS BLOB),%d,%d,%d,1,0);" % (tenure, i, 3 if i == 0 else 1, start, start + i * 10**9)
                   for i in range(20000)) +
           "".join("INSERT INTO event VALUES(%d,1,3,'place','10.0.0.5','','','',0,0,0,0);" % (start + i * 10**9) for i in range(90000, 100000)))
    size = lambda: f.base(rows="SELECT (page_count-freelist_count)*page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size")[0][0]
    most = size() * 3 // 4
    done = f.read([(100001, C, OTHER)], "--set", "aware.history=%d" % most)
    f.must(size() <= most and b"larger than" not in done.stderr, "%d of %d bytes: %s" % (size(), most, done.stderr))
    f.must(f.base(rows="SELECT count(*) FROM event WHERE kind=3")[0][0] == 10000, "events were forgotten in place of older evidence")
    f.must(f.base(rows="SELECT count(*) FROM evidence WHERE source=3")[0][0] == 1, "what a person said was forgotten")
    f.dir += "2"
    done = f.read([(1, C, OTHER)], "--set", "aware.history=10KiB")
    f.must(done.stderr.count(b"larger than aware.history") == 1, "it is not told: %s" % done.stderr)


@case
def damaged(f):
    """a damaged file is refused with the reason, in place of half a map"""
    f.read(network(0, 3000, 1))
    f.base("PRAGMA wal_checkpoint(TRUNCATE)")
    path = os.path.join(f.dir, "map.db")
    with open(path, "rb") as file:
        good = file.read()
    root, = f.base(rows="SELECT rootpage FROM sqlite_master WHERE name='tenure'")[0]
    for what, at, n in (("a page of tenures", (root - 1) * 4096, 4096), ("the head", 0, 100), ("the second half", len(good) // 2, len(good) // 2)):
        with open(path, "wb") as file:
            file.write(good[:at] + b"\x5a" * n + good[at + n:])
        for line in (["--json"], ["--json", "--at", stamp(100)], [f.capture([(100, A, ADDRESS, 0)])]):
            done = f.call(*line)
            reason = b"malformed" in done.stderr or b"not a database" in done.stderr
            f.must(done.returncode == 2 and b"map.db: " in done.stderr and reason, "%s: status %d, %s" % (what, done.returncode, done.stderr[-200:]))
    os.unlink(path)
    sqlite3.connect(path).close()
    f.must(b"no map is in it" in f.call("--json").stderr, "an empty file is told something else")


@case
def numbers(f):
    """what the file says of the next numbers is not believed against its rows: new hosts do not take old ones' places"""
    f.read([(1, A, ADDRESS), (1, C, OTHER)])
    f.base("UPDATE meta SET value=1 WHERE key LIKE 'next_%'")
    f.read([(100, B, "10.0.0.6")])
    f.must([f.holders(a) for a in (ADDRESS, OTHER, "10.0.0.6")] == [[A], [C], [B]], "hosts: %s" % [in_use(h) for h in f.hosts()])


@case
def joined(f):
    """a host that became part of another is none without an address as of before"""
    trace, path = Trace(start=START), os.path.join(f.where, "far.pcap")
    Wire(trace).send_udp(1, Host("far", "00:1b:21:00:00:01", ADDRESS, None, LINUX, hops=3), Host("to", C, OTHER), 5000, 5001, b"x" * 30)
    trace.write(path)
    f.call("--json", path)
    f.read([(100, A, "10.0.0.6")])
    f.read([(200, A, ADDRESS)])
    f.must(f.holders(ADDRESS) == [A], "it is not one host: %s" % [in_use(h) for h in f.hosts()])
    for at in (50, 150, 250):
        f.must(all(in_use(h) for h in f.hosts(at=at)), "as of %d there is one without an address" % at)


@case
def by_hardware_address(f):
    """a host is found by its hardware address, however that is written"""
    f.read([(1, A, ADDRESS), (2, C, OTHER)])
    for which in (A, A.upper(), A.replace(":", "-")):
        f.must(f.holders(ADDRESS, "--host", which) == [A] and len(f.hosts("--host", which)) == 1, "%s: %s" % (which, f.hosts("--host", which)))
        f.must(b"#1 " in f.call("--host", which).stdout, "%s is not shown" % which)


@case
def by_name(f):
    """a host is found by what it is called, a moment after it said so and in any case, and by what it was called before; as of then by none that came later"""
    f.read([(1, A, ADDRESS), (2, C, OTHER)])
    f.call("--json", asks(f, [(10, A, ADDRESS, "TILL-3")]))
    f.must(f.base(rows="SELECT CAST(name AS TEXT) FROM entity WHERE id=1") == [("TILL-3",)], "the row has %s" % f.base(rows="SELECT name FROM entity"))
    for which in ("TILL-3", "till-3"):
        f.must(f.holders(ADDRESS, "--host", which) == [A] and b"#1 " in f.call("--host", which).stdout, "%s is not found" % which)
    f.call("--json", asks(f, [(5000, A, ADDRESS, "desk")]))
    for which, at, found in (("TILL-3", None, [A]), ("Desk", None, [A]), ("till-3", 500, [A]), ("desk", 500, []), ("till-3", 5, []), ("till", None, [])):
        done = f.call("--json", "--host", which, *(["--at", stamp(at)] if at else []))
        f.must([json.loads(h)["id"] for h in done.stdout.splitlines()] == [1 for _ in found] and done.returncode == (0 if found else 1), "%s as of %s: %s" % (which, at, done))
    for where in ("name=till-3", "name=DESK", "name~ill-"):
        f.must(f.holders(ADDRESS, "--where", where) == [A], "%s takes %s" % (where, f.holders(ADDRESS, "--where", where)))
    sql, = f.base(rows="SELECT sql FROM sqlite_master WHERE name='evidence_name'")[0]
    name, signs = sql[sql.index("evidence(") + 9:].split(" COLLATE NOCASE) WHERE ")
    plan = f.base(rows="EXPLAIN QUERY PLAN SELECT tenure FROM evidence WHERE %s AND %s='till-3' COLLATE NOCASE" % (signs, name))
    f.must("evidence_name" in str(plan), "names are looked for one by one: %s" % plan)
    before = f.base("DROP INDEX evidence_name", "SELECT count(*) FROM evidence")
    f.must(f.holders(ADDRESS, "--host", "till-3") == [A] and before[0][0] > 0, "a map of before is not read")


@case
def nothing_of_later(f):
    """as of then it knows nothing of later: what spoke, when it was seen, what was counted, who was in conflict"""
    from software import ADDRESS as SERVED, host, network, read, talk  # the traffic of those cases
    scan = os.path.join(f.where, "scan.xml")
    with open(scan, "w", encoding="utf-8") as out: # a table's guess
        out.write('<?xml?><nmaprun><host endtime="%d"><address addr="%s" addrtype="ipv4"/><ports><port protocol="tcp" portid="8080"><state state="open"/>'
                  '<service name="http" method="table"/></port></ports></host></nmaprun>' % (START + 400, SERVED))
    trace, wire = network(f)
    read(f, trace)
    f.call("--import", scan)
    trace, wire = network(f)
    talk(wire, 4000, 8080, None, b"SSH-2.0-OpenSSH_8.2p1\r\n", b"SSH-2.0-OpenSSH_9.6\r\n")
    for at, mac in ((4100, A), (4101, B)):
        wire.send_frame(at, mac, net.BROADCAST, net.ETH_ARP, net.arp(1, mac, "10.0.0.6", "00:00:00:00:00:00", "10.0.0.254"))
    read(f, trace)
    for at, app in ((1000, "http"), (4050, "ssh")):
        then, limit = host(f, SERVED, "--evidence", at=at), stamp(at)
        speaks = [s["app"] for s in then["services"]]
        f.must(speaks == [app], "as of %s it speaks %s" % (at, speaks))
        f.must("conflict" not in then, "as of %s it is in conflict" % at)
        late = [(k, v) for k, v in times_of(then) if v[:19] > limit]
        f.must(not late, "as of %s it knows of %s" % (at, late))
        f.must("flows" not in then and "bytes_sent" not in then, "as of %s it counts what came later: %s" % (at, then.get("flows")))
        shown = f.call("--host", SERVED, "--at", limit).stdout.decode()
        f.must("traffic " not in shown and app in shown, "shown: %s" % shown[:400])
    now = f.hosts("--host", "#1")[0]
    f.must(now["flows"] == 1 and now.get("conflict"), "as it is: %s" % now)


def times_of(value, key=""):
    """All times that stand anywhere in it."""
    if isinstance(value, (dict, list)):
        for k, v in value.items() if isinstance(value, dict) else ((key, v) for v in value):
            yield from times_of(v, k)
    elif isinstance(value, str) and len(value) == 31 and value[10] == "T":
        yield key, value


@case
def no_map(f):
    """where there is no map it is said in words, and none is made"""
    f.dir = os.path.join(f.where, "nowhere")
    for line in ([], ["--changes"], ["--host", ADDRESS]):
        done = f.call(*line)
        f.must(done.returncode == 2 and b"nowhere: no map is in it" in done.stderr, "status %d: %s" % (done.returncode, done.stderr))
    f.must(not os.path.exists(f.dir), "it was made")
