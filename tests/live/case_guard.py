# SPDX-License-Identifier: GPL-2.0-or-later
"""peccary guard as a bridge."""
import errno
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import peers
from case_watch import Sender, counted, slow
from net import Program, Skip, Wrong as net_wrong, must, timed

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = """
drop http any any -> any any (msg:"in a URI"; flow:established,to_server; http.uri; content:"/attack-me"; sid:1; rev:1;)
drop tcp any any -> any any (msg:"in a stream"; flow:established,to_server; content:"EVIL-IN-STREAM"; sid:2; rev:1;)
drop dns any any -> any any (msg:"a name"; dns.query; content:"evil.example"; sid:3; rev:1;)
drop tls any any -> any any (msg:"a server name"; tls.sni; content:"evil.example"; sid:4; rev:1;)
drop ssh any any -> any any (msg:"a client"; flow:to_server; ssh.software; content:"EvilClient"; sid:5; rev:1;)
reject tcp any any -> any 8090 (msg:"refused to the client"; flags:S; sid:6; rev:1;)
reject udp any any -> any 8091 (msg:"forbidden"; content:"forbidden"; sid:7; rev:1;)
rejectboth tcp any any -> any 8080 (msg:"both ends"; flow:established,to_server; content:"BOTH-ENDS"; sid:8; rev:1;)
alert http any any -> any any (msg:"only told"; http.uri; content:"/big"; sid:9; rev:1;)
"""
HTTP, TLS, SSH, SINK, DNS = 80, 443, 22, 8080, 53


def bridge(net):
    """client -- [left guard right] -- server"""
    net.space("client", "guard", "server")
    net.pair("client", "eth0", "guard", "left")
    net.pair("server", "eth0", "guard", "right")
    net.address("client", "eth0", "10.9.0.1")
    net.address("server", "eth0", "10.9.0.2")


def rules_file(where, text=RULES):
    path = os.path.join(where, "test.rules")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def guard(engine, where, net, *more, rules=RULES, devices=("left", "right")):
    return Program(net, "guard", [engine, "guard", "--json", "-l", os.path.join(where, "logs")] + (["-r", rules_file(where, rules)] if rules else []) + list(more) + list(devices), b"inspecting with" if rules else b"guarding")


def serve(net, where, *kinds):
    """Starts servers; what each reads is in where/KIND."""
    for kind, port in kinds:
        p = net.start("server", [sys.executable, os.path.join(HERE, "peers.py"), kind, net.at("10.9.0.2"), str(port), os.path.join(where, kind)])
        must(p.stdout.readline() == b"ready\n", "the %s server: %s" % (kind, p.poll()))


def heard(where, kind):
    try:
        with open(os.path.join(where, kind), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def soon(what, seconds=3):
    """Waits until it holds, or the time is over."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)


def connect(net, port, timeout=3):
    with net.inside("client"):
        s = net.socket()
    s.settimeout(timeout)
    s.connect((net.at("10.9.0.2"), port))
    return s


def whole(s):
    data = b""
    while True:
        more = s.recv(1 << 16)
        if not more:
            return data
        data += more


def http(net, path, timeout=3):
    s = connect(net, HTTP, timeout)
    s.sendall(b"GET %s HTTP/1.1\r\nHost: server.example\r\nUser-Agent: test\r\n\r\n" % path)
    got = whole(s)
    s.close()
    return got.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in got else got


def dns(net, name, timeout=3):
    with net.inside("client"):
        s = net.socket(socket.SOCK_DGRAM)
    s.settimeout(timeout)
    s.sendto(peers.query(name), (net.at("10.9.0.2"), DNS))
    return s.recv(4096)


def tls(net, name, timeout=3):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(connect(net, TLS, timeout), server_hostname=name) as s:
        s.sendall(b"hello\n")
        return whole(s)


def ssh(net, banner, timeout=3):
    s = connect(net, SSH, timeout)
    got = peers.until(s, b"\n")
    s.sendall(banner + b"\r\n")
    for size in (1, 700, 16000, 3):
        packet = struct.pack(">IB", size + 1, 0) + peers.content(size, b"ssh%d" % size)
        back = b""
        while len(back) < len(packet):
            more = s.recv(1 << 16)
            must(more, "the session ended early")
            back += more
        must(back == packet, "other bytes came back")
        s.sendall(packet)
    s.close()
    return got


def stopped(what, *args, **kw):
    """An attack: it must get nowhere."""
    try:
        what(*args, **dict(kw, timeout=0.7))
    except (OSError, ssl.SSLError, Exception) as e:  # noqa: B014
        return e
    return None


def events(where):
    with open(os.path.join(where, "logs", "eve.json"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def blocked(where):
    return {e["alert"]["signature_id"] for e in events(where) if e["event_type"] == "alert" and e["alert"]["action"] == "blocked"}


def sessions(net, where):
    """Sessions of each kind, byte for byte."""
    must(http(net, b"/") == b"hello\n", "HTTP, a little")
    must(http(net, b"/big", 10) == peers.content(), "HTTP, much")
    must(dns(net, "good.example")[-4:] == b"\xc0\x00\x02\x01", "DNS")
    ssh(net, b"SSH-2.0-GoodClient_1")
    if "PEERS_CERT" in os.environ:
        must(tls(net, "good.example") == peers.content(300_000), "TLS")
    s = connect(net, SINK)
    data = peers.content(500_000, b"up")
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    must(whole(s) == b"done\n", "upload")
    must(data in heard(where, "sink"), "upload: the server read other bytes")


def attacks(net, where):
    """The same kinds with an attack in each; the server must not see its last byte."""
    must(stopped(http, net, b"/attack-me?now"), "HTTP: an attack was answered")
    must(stopped(dns, net, "www.evil.example"), "DNS: a query was answered")
    must(stopped(ssh, net, b"SSH-2.0-EvilClient_1"), "SSH: a client went on")
    if "PEERS_CERT" in os.environ:
        must(stopped(tls, net, "www.evil.example"), "TLS: a session was made")
    s = connect(net, SINK)
    for part in (b"good first, ", b"EVIL-IN-", b"STREAM and more"):
        s.sendall(part)
        time.sleep(0.05)
    s.close()
    soon(lambda: b"good first, EVIL-IN-" in heard(where, "sink"))
    time.sleep(0.1)
    must(b"/attack-me" not in heard(where, "http") and b"evil" not in heard(where, "udp") and b"EvilClient" not in heard(where, "ssh"), "a server read an attack")
    must(b"good first, EVIL-IN-" in heard(where, "sink") and b"STREAM and" not in heard(where, "sink"), "the sink read: %r" % heard(where, "sink")[-60:])


def servers(net, where):
    certs = peers.certificate(where)
    serve(net, where, ("http", HTTP), ("ssh", SSH), ("sink", SINK), ("udp", DNS), *([("tls", TLS)] if certs else []))
    return certs


def adds_up(got):
    c = got["capture"]
    counted(c)
    must(c["delivered"] == c["sent"] + c["held"] + c["open"] + c["send_failed"], "what was delivered went neither on nor was held: %r" % c)


def case_guard_sessions(engine, where, net):
    """sessions pass byte for byte; an attack in the same kinds of sessions is dropped before its last byte"""
    bridge(net)
    certs = servers(net, where)
    p = guard(engine, where, net)
    sessions(net, where)
    attacks(net, where)
    sessions(net, where)
    got = json.loads(p.stop())
    must(blocked(where) == {1, 2, 3, 5} | ({4} if certs else set()), "rules that dropped: %r" % blocked(where))
    must(any(e["event_type"] == "drop" for e in events(where)), "no drop record")
    adds_up(got)


def case_guard_one_worker(engine, where, net):
    """the same with one worker"""
    bridge(net)
    servers(net, where)
    p = guard(engine, where, net, "--workers", "1")
    sessions(net, where)
    attacks(net, where)
    adds_up(json.loads(p.stop()))


@timed
def case_guard_reject(engine, where, net):
    """who is rejected sees it at once: a reset, an unreachable; both ends if both are meant"""
    bridge(net)
    serve(net, where, ("sink", SINK))
    p = guard(engine, where, net)
    began = time.monotonic()
    e = stopped(connect, net, 8090)
    must(isinstance(e, ConnectionRefusedError) and time.monotonic() - began < 0.5, "a SYN that is rejected: %r" % e)
    with net.inside("client"):
        u = net.socket(socket.SOCK_DGRAM)
    u.settimeout(1)
    u.connect((net.at("10.9.0.2"), 8091))
    u.send(b"forbidden")
    try:
        u.recv(100)
        e = None
    except OSError as x:
        e = x.errno
    must(e in (errno.EHOSTUNREACH, errno.EACCES, errno.ECONNREFUSED), "UDP that is rejected: %r" % e)
    s = connect(net, SINK)
    s.sendall(b"BOTH-ENDS")
    try:
        e = s.recv(10)
    except OSError as x:
        e = x.errno
    must(e == errno.ECONNRESET, "the client of a session that is rejected: %r" % e)
    soon(lambda: heard(where, "sink"))
    must(heard(where, "sink") == b"<reset>", "its server read: %r" % heard(where, "sink"))
    p.stop()


def case_guard_again(engine, where, net):
    """the next session between the same ends as one that was dropped, or needed no more inspection, is a session of its own"""
    bridge(net)
    serve(net, where, ("sink", SINK))
    enough = 'alert tcp any any -> any 8080 (msg:"enough"; flow:established,to_server; content:"THAT-IS-ENOUGH"; bypass; sid:20;)\n'
    p = guard(engine, where, net, rules=RULES + enough)

    def session(*parts):
        with net.inside("client"):
            s = net.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # its end is a reset: the port is free at once
        s.bind((net.at("10.9.0.1"), 33333))
        s.settimeout(2)
        s.connect((net.at("10.9.0.2"), SINK))
        for part in parts:
            s.sendall(part)
            time.sleep(0.1)
        s.close()

    session(b"first ", b"EVIL-IN-STREAM")
    session(b"second ", b"THAT-IS-ENOUGH", b"more")
    session(b"third ", b"EVIL-IN-STREAM")
    session(b"fourth ")
    soon(lambda: b"fourth" in heard(where, "sink"))
    p.stop()
    got = heard(where, "sink")
    must(b"second THAT-IS-ENOUGHmore" in got.replace(b"<reset>", b"") and b"third" in got and b"fourth" in got and b"EVIL" not in got, "the server read: %r" % got)


class Probe:
    """A stream of numbered datagrams through the bridge, a thousand a second; when each was received."""

    def __init__(self, net, rate=1000):
        self.came, self.stop_, self.sent = {}, False, 0
        with net.inside("server"):
            self.into = net.socket(socket.SOCK_DGRAM)
        self.into.bind((net.at("10.9.0.2"), 7777))
        self.into.settimeout(0.2)
        with net.inside("client"):
            self.out = net.socket(socket.SOCK_DGRAM)
        self.out.connect((net.at("10.9.0.2"), 7777))
        self.rate = rate
        self.threads = [threading.Thread(target=t, daemon=True) for t in (self.receive, self.send)]
        for t in self.threads:
            t.start()

    def send(self):
        began = time.monotonic()
        while not self.stop_:
            try:
                self.out.send(struct.pack(">I", self.sent))
            except OSError:
                return  # the namespace is gone
            self.sent += 1
            time.sleep(max(0, began + self.sent / self.rate - time.monotonic()))

    def receive(self):
        while True:
            try:
                number = struct.unpack(">I", self.into.recv(100))[0]
            except socket.timeout:
                if self.stop_:
                    return
                continue
            self.came.setdefault(number, []).append(time.monotonic())

    def end(self):
        self.stop_ = True
        for t in self.threads:
            t.join(timeout=5)
        self.into.close()
        self.out.close()
        return self

    def gap(self):
        """The longest run of datagrams that were lost, in seconds of the stream; and how many were lost, and came twice."""
        lost = [n for n in range(self.sent) if n not in self.came]
        longest = run = 0
        for n in range(self.sent):
            run = run + 1 if n not in self.came else 0
            longest = max(longest, run)
        return longest / self.rate, len(lost), sum(len(x) > 1 for x in self.came.values())


def many_rules(n=20000):
    return RULES + "\n".join('alert http any any -> any any (msg:"%d"; http.uri; content:"/%x-path"; pcre:"/%x[a-f]+/U"; sid:%d; rev:1;)' % (i, i * 7919, i, 1000 + i)
                            for i in range(n))


@timed
def case_guard_starts(engine, where, net):
    """it forwards from its first moment, while its rules are still compiled, and none is lost when inspection begins"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = Program(net, "guard", [engine, "guard", "--json", "-r", rules_file(where, many_rules()), "--set", "detect.sgh-mpm-caching=no", "-l",
                               os.path.join(where, "logs"), "left", "right"], b"guarding")
    probe = Probe(net)
    must(b"inspecting with" not in p.said, "the rules were there at once: %s" % p.said.decode()[-300:])
    must(http(net, b"/attack-me") == b"hello\n", "nothing passes before the rules are there")
    p.wait_for(b"inspecting with")
    must(stopped(http, net, b"/attack-me"), "an attack was answered afterwards")
    gap, lost, twice = probe.end().gap()
    got = json.loads(p.stop())
    must(gap < 0.02 and twice == 0, "%.0f ms without a probe, %d of %d lost, %d came twice" % (gap * 1000, lost, probe.sent, twice))
    adds_up(got)


@timed
def case_guard_killed(engine, where, net):
    """killed, it leaves a bridge that goes on; the next one takes it over without a gap"""
    bridge(net)
    p = guard(engine, where, net)
    probe = Probe(net)
    time.sleep(0.5)
    p.p.kill()
    time.sleep(1.2)
    gap, lost, twice = probe.end().gap()
    must(probe.sent - max(probe.came) < 50, "nothing came any more: %r" % net.run("guard", ["tc", "filter", "show", "dev", "left", "ingress"]))
    must(gap < 0.4, "%.0f ms without a probe, %d of %d lost" % (gap * 1000, lost, probe.sent))
    for last in (False, True):  # and the one behind it
        probe = Probe(net)
        time.sleep(0.2)
        p = guard(engine, where, net)
        time.sleep(0.5)
        gap, lost, twice = probe.end().gap()
        must(lost == 0 and twice <= 3, "taken over: %d of %d lost, %d came twice" % (lost, probe.sent, twice))
        if not last:
            p.p.kill()
            p.p.wait()
            time.sleep(0.5)
    adds_up(json.loads(p.stop()))
    must("peccary" not in net.run("guard", ["tc", "filter", "show", "dev", "left", "ingress"]), "it left its program behind at a proper end")


@timed
def case_guard_under_way(engine, where, net):
    """sessions go on that are older than a guard, while its rules are read and when they are there, and they are looked at; what the one before logged stays"""
    bridge(net)
    serve(net, where, ("http", HTTP), ("sink", SINK))
    p = guard(engine, where, net)
    s = connect(net, SINK, 5)
    s.sendall(b"one ")
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    soon(lambda: blocked(where) == {1})
    p.p.kill()
    p.p.wait()
    time.sleep(0.6)
    s.sendall(b"two ")
    soon(lambda: b"two" in heard(where, "sink"))
    p = Program(net, "guard", [engine, "guard", "--json", "-r", rules_file(where, many_rules()), "--set", "detect.sgh-mpm-caching=no", "-l",
                               os.path.join(where, "logs"), "left", "right"], b"guarding")
    s.sendall(b"three ")
    soon(lambda: b"three" in heard(where, "sink"))
    must(b"inspecting with" not in p.said and heard(where, "sink") == b"one two three ", "while rules are read the server got %r" % heard(where, "sink"))
    p.wait_for(b"inspecting with", 60)
    s.sendall(b"four ")
    soon(lambda: b"four" in heard(where, "sink"))
    must(heard(where, "sink") == b"one two three four ", "then the server got %r" % heard(where, "sink"))
    s.sendall(b"EVIL-IN-STREAM")
    time.sleep(0.5)
    must(b"EVIL" not in heard(where, "sink"), "an attack in it went on: %r" % heard(where, "sink"))
    p.stop()
    must(blocked(where) == {1, 2}, "alerts of both: %r" % blocked(where))


def case_guard_twice(engine, where, net):
    """a second guard at an interface is refused, whatever its rules and its other interface, and leaves what is there as it is"""
    def tried(*devices):
        line = ["ip", "netns", "exec", net.names["guard"], engine, "guard", "-l", os.path.join(where, "other"), "-r", os.path.join(where, "none.rules"),
                "--control=" + os.path.join(where, "other.socket"), *devices]
        run = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
        must(run.returncode == 2, "%s: status %d: %s" % (" ".join(devices), run.returncode, run.stdout.decode()))
        return run.stdout
    there = lambda: net.run("guard", ["tc", "filter", "show", "dev", "left", "ingress"]).count("peccary-guard")  # noqa: E731
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net)
    must(there() > 0, "it does not fail open")
    for devices in (("left", "right"), ("right", "left"), ("left", "rihgt")):
        said = tried(*devices)
        must(b"another peccary guards it" in said or b"rihgt" in said, "%s: %s" % (" ".join(devices), said.decode()))
    must(there() > 0, "it fails open no more")
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    p.p.kill()
    p.p.wait()
    tried("left", "rihgt")
    must(there() > 0 and http(net, b"/attack-me") == b"hello\n", "a name that is none ends what a killed guard left")
    p = guard(engine, where, net)
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    p.stop()


def case_guard_down(engine, where, net):
    """what was looked at and did not get out, as an interface was down, goes on when it is sent again: a byte alone, too"""
    bridge(net)
    serve(net, where, ("sink", SINK))
    p = guard(engine, where, net)
    s, sent = connect(net, SINK, 5), b""
    for device in ("right", "left"):
        for what in (b"x", b"several words, ", b"y"):
            net.ip("guard", "link set %s down" % device)
            s.sendall(what)
            sent += what
            time.sleep(0.6)
            net.ip("guard", "link set %s up" % device)
            soon(lambda: heard(where, "sink") == sent, 6)  # noqa: B023
            must(heard(where, "sink") == sent, "%s was down: the server got %r of %r" % (device, heard(where, "sink"), sent))
    s.close()
    adds_up(json.loads(p.stop()))


@timed
def case_guard_stalls(engine, where, net):
    """while it hangs the kernel goes on, and when it comes back nothing is sent twice"""
    bridge(net)
    p = guard(engine, where, net)
    probe = Probe(net)
    time.sleep(0.4)
    p.p.send_signal(signal.SIGSTOP)
    time.sleep(1)
    p.p.send_signal(signal.SIGCONT)
    time.sleep(0.4)
    gap, lost, twice = probe.end().gap()
    got = json.loads(p.stop())
    must(gap < 0.02 and twice <= 3, "%.0f ms without a probe, %d of %d lost, %d came twice: %r" % (gap * 1000, lost, probe.sent, twice, got["capture"]))
    must(got["capture"]["open"] > 500, "frames that went on while it hung: %r" % got["capture"])
    adds_up(got)


@timed
def case_guard_health(engine, where, net):
    """a bridge that let frames pass uninspected says so, and that it is well again; so does one that cannot send"""
    bridge(net)
    p = guard(engine, where, net)
    probe = Probe(net, rate=300)
    told = lambda: [e["health"]["state"] for e in events(where) if e["event_type"] == "health"]  # noqa: E731
    time.sleep(1)
    p.p.send_signal(signal.SIGSTOP)
    time.sleep(1)
    p.p.send_signal(signal.SIGCONT)
    soon(lambda: told() == ["blind", "well"], 13)
    must(told() == ["blind", "well"], "told: %r" % told())
    net.ip("guard", "link set right down")
    soon(lambda: told()[2:] == ["broken"], 13)
    must(told()[2:] == ["broken"], "told: %r" % told())
    probe.end()
    p.stop()
    blind = [e["health"] for e in events(where) if e["event_type"] == "health"][0]
    must(blind["uninspected"] > 100, "numbers: %r" % blind)


def ends(engine, where, net, *more, devices=("left", "right")):
    """A guard ends while one flow, of what is to be dropped, is more than it can look at: what comes of it, what was counted."""
    rules = slow(16) + 'drop udp any any -> any 7778 (msg:"evil"; content:"EVIL"; sid:1; rev:1;)\n'
    p = guard(engine, where, net, "--workers", "2", *more, rules=rules, devices=devices)
    with net.inside("client"):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with net.inside("server"):
        into = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    into.bind(("10.9.0.2", 7778))
    into.settimeout(0.1)
    out.connect(("10.9.0.2", 7778))
    out.send(b"good")
    must(into.recv(100) == b"good", "what is not evil")
    flood = Sender(lambda n: out.send(b"EVIL" + b"x" * 1000))
    time.sleep(1)
    got = json.loads(p.stop(seconds=60))
    flood.end()
    came = 0
    try:
        while into.recv(100):
            came += 1
    except socket.timeout:
        pass
    c = got["capture"]
    must(c["unread"] > 100 and c["held"] > 100, "it was not loaded: %r" % c)
    must(came == 0 and c["open"] == 0, "%d datagrams came, %d frames were handed on by the kernel: %r" % (came, c["open"], c))
    adds_up(got)


@timed
def case_guard_ends(engine, where, net):
    """at its end, with one worker that has more than it can do and one that has nothing, nothing goes on that was not looked at"""
    bridge(net)
    ends(engine, where, net)


@timed
def case_guard_stays_open(engine, where, net):
    """told to stay open the kernel hands frames on from the moment at which it ends, none is lost in between or sent twice"""
    bridge(net)
    p = guard(engine, where, net, "--workers", "2", "--set", "guard.stay-open=yes")
    probe = Probe(net)
    time.sleep(0.5)
    got = json.loads(p.stop())
    alive = probe.sent
    time.sleep(0.5)
    gap, lost, twice = probe.end().gap()
    must(any(n in probe.came for n in range(alive + 100, probe.sent)), "nothing comes any more")
    must(gap < 0.02 and twice <= 3, "%.0f ms without a probe, %d of %d lost, %d came twice" % (gap * 1000, lost, probe.sent, twice))
    adds_up(got)
    p = guard(engine, where, net)
    p.stop()


def case_guard_port(engine, where, net):
    """an interface that becomes a port of a bridge while it is guarded is told once, as blindness: that bridge hands on what nobody looked at"""
    bridge(net)
    p = guard(engine, where, net)
    told = lambda: [(e["health"]["state"], len(e["health"].get("shared", []))) for e in events(where) if e["event_type"] == "health"]  # noqa: E731
    net.ip("guard", "link add br0 type bridge")
    net.ip("guard", "link set left master br0")
    soon(lambda: time.sleep(0.2) or told(), 13)
    time.sleep(6)
    must(told() == [("blind", 1)], "told: %r" % told())
    net.ip("guard", "link set left nomaster")
    soon(lambda: time.sleep(0.2) or len(told()) > 1, 13)
    must(told() == [("blind", 1), ("well", 0)], "told: %r" % told())
    adds_up(json.loads(p.stop()))
    must(p.said.count(b"a port of a bridge or bond") == 1 and p.p.returncode == 0, "said: %s" % p.said.decode())


def case_guard_closed(engine, where, net):
    """told to fail closed, traffic stops with it"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net, "--set", "guard.fail-open=no")
    must(http(net, b"/") == b"hello\n", "HTTP")
    p.p.kill()
    p.p.wait()
    time.sleep(0.3)
    must(stopped(http, net, b"/"), "HTTP goes on")


def routed(net):
    """client -- guard, a router -- server"""
    net.space("client", "guard", "server")
    net.pair("client", "eth0", "guard", "left")
    net.pair("server", "eth0", "guard", "right")
    net.address("client", "eth0", "10.8.0.1")
    net.address("guard", "left", "10.8.0.254")
    net.address("guard", "right", "10.9.0.254")
    net.address("server", "eth0", "10.9.0.2")
    net.route("client", "default via 10.8.0.254")
    net.route("server", "default via 10.9.0.254")
    net.forwards("guard")


def queued(net, *what):
    """Forwarded packets go to queues, those that match (the words before --queue-…); skips where the firewall cannot do that."""
    at = next(i for i, w in enumerate(what) if w.startswith("--queue"))
    for tables in net.tables():
        if shutil.which(tables) is None:
            continue
        try:
            net.run("guard", [tables, "-I", "FORWARD"] + list(what[:at]) + ["-j", "NFQUEUE"] + list(what[at:]))
            return
        except net_wrong:
            continue
    raise Skip("no iptables that knows NFQUEUE")


def case_guard_queue(engine, where, net):
    """the same sessions and attacks in a router's netfilter queue"""
    routed(net)
    certs = servers(net, where)
    queued(net, "--queue-num", "3", "--queue-bypass")
    p = guard(engine, where, net, devices=("nfq:3",))
    sessions(net, where)
    attacks(net, where)
    sessions(net, where)
    adds_up(json.loads(p.stop()))
    must(blocked(where) == {1, 2, 3, 5} | ({4} if certs else set()), "rules that dropped: %r" % blocked(where))


@timed
def case_guard_queues(engine, where, net):
    """several queues, several workers, and rejects through the router's own routing"""
    routed(net)
    servers(net, where)
    queued(net, "--queue-balance", "4:7", "--queue-bypass")
    p = guard(engine, where, net, "--workers", "2", devices=("nfq:4-7",))
    sessions(net, where)
    attacks(net, where)
    began = time.monotonic()
    e = stopped(connect, net, 8090)
    must(isinstance(e, ConnectionRefusedError) and time.monotonic() - began < 0.5, "a SYN that is rejected: %r" % e)
    adds_up(json.loads(p.stop()))


@timed
def case_guard_queue_stalls(engine, where, net):
    """while it hangs the packets of its queues go on soon, and when it comes back it looks at them again"""
    routed(net)
    servers(net, where)
    queued(net, "--queue-balance", "3:4")
    p = guard(engine, where, net, "--workers", "2", devices=("nfq:3-4",))
    probe = Probe(net)
    probe.into.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE: what waited comes at once
    time.sleep(0.4)
    for _ in range(2):
        p.p.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        must(http(net, b"/attack-me") == b"hello\n", "nothing goes on")
        p.p.send_signal(signal.SIGCONT)
        time.sleep(0.4)
        must(stopped(http, net, b"/attack-me"), "an attack was answered")
    came = probe.end().came
    times = sorted(t for one in came.values() for t in one)
    late = max(b - a for a, b in zip(times, times[1:]))
    gap, lost, twice = probe.gap()
    got = json.loads(p.stop())
    c = got["capture"]
    must(late < 0.4 and lost == 0 and twice == 0, "%.0f ms without a probe, %d of %d lost, %d came twice: %r" % (late * 1000, lost, probe.sent, twice, c))
    must(c["open"] > 50 and c["queue_full"] >= 2, "that it hung is not told: %r" % c)
    adds_up(got)


@timed
def case_guard_queue_ends(engine, where, net):
    """at the end of netfilter queues that are full what waits in them is counted, and does not go on"""
    routed(net)
    queued(net, "-p", "udp", "--queue-balance", "3:4")
    ends(engine, where, net, "--set", "nfq.fail-open=no", devices=("nfq:3-4",))


@timed
def case_guard_queue_killed(engine, where, net):
    """killed, its queue is by-passed by the firewall's rule"""
    routed(net)
    queued(net, "--queue-num", "3", "--queue-bypass")
    p = guard(engine, where, net, devices=("nfq:3",))
    probe = Probe(net)
    time.sleep(0.5)
    p.p.kill()
    time.sleep(0.7)
    gap, lost, twice = probe.end().gap()
    must(gap < 0.1 and probe.sent - max(probe.came) < 20, "%.0f ms without a probe, %d of %d lost" % (gap * 1000, lost, probe.sent))


@timed
def case_guard_reload(engine, where, net):
    """rules are replaced while it guards: no probe is lost, and the new ones hold"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net, rules=RULES.replace("/attack-me", "/another"))
    must(http(net, b"/attack-me") == b"hello\n", "a rule that is not there yet")
    probe = Probe(net)
    rules_file(where, many_rules())
    p.p.send_signal(signal.SIGUSR2)
    soon(lambda: time.sleep(0.1) or stopped(http, net, b"/attack-me"), 15)
    must(stopped(http, net, b"/attack-me"), "the new rules do not hold")
    gap, lost, twice = probe.end().gap()
    adds_up(json.loads(p.stop()))
    must(gap < 0.02 and lost == 0 and twice == 0, "%.0f ms without a probe, %d of %d lost, %d came twice" % (gap * 1000, lost, probe.sent, twice))
