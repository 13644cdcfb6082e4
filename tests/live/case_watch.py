# SPDX-License-Identifier: GPL-2.0-or-later
"""peccary watch."""
import collections
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from net import Program, Skip, frames, libc, must, replay, timed

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CAPTURE = os.path.join(ROOT, "tests", "captures", "office.pcap")
RULES = os.path.join(ROOT, "rules", "office.rules")


def events(folder):
    with open(os.path.join(folder, "eve.json"), encoding="utf-8") as f:
        return [json.loads(line) for line in f]


# Counts within seconds, and the replay is faster than the capture was; asks what another flow left a moment before, which here another
# worker may still have to see.
TIMED = (9000032, 9000019)


def alerts(records):
    return collections.Counter((e["alert"]["signature_id"], e["src_ip"], e["dest_ip"], e["proto"]) for e in records
                               if e["event_type"] == "alert" and e["alert"]["signature_id"] not in TIMED)


def kinds(records, but=()):
    """Records by kind; flows end, and what is told of hosts comes, by time, of which there is less in a replay."""
    return collections.Counter(e["event_type"] for e in records if e["event_type"] not in ("stats", "alert", "flow", "entity") + but)


def counted(c):
    """Of what the kernel counted as come nothing is nowhere."""
    must(c["missing"] == 0 and c["kernel_packets"] == c["kernel_drops"] + c["delivered"] + c["unwanted"] + c["unread"], "the counters do not add up: %r" % c)


def cable(net):
    net.space("a", "b")
    net.pair("a", "out", "b", "in")
    net.ip("a", "link set out mtu 9000")
    net.ip("b", "link set in mtu 9000")


def ipv4(protocol, source, destination, payload):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(destination))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xffff) + head[12:] + payload


def udp(n, sport=4000, source="192.0.2.1", destination="192.0.2.2"):
    """An Ethernet frame with n bytes of a datagram."""
    return b"\x02" * 12 + b"\x08\x00" + ipv4(17, source, destination, struct.pack(">4H", sport, 4001, 8 + n, 0) + b"x" * n)


def scanned(engine, where):
    logs = os.path.join(where, "scanned")
    subprocess.run([engine, "scan", "-q", "-r", RULES, "-l", logs, "--checksums", "off", CAPTURE], check=True, timeout=60)
    return events(logs)


def watched(engine, where, net, workers, device="in", stop=signal.SIGINT):
    logs = os.path.join(where, "watched")
    p = Program(net, "b", [engine, "watch", "--json", "-r", RULES, "-l", logs, "--workers", str(workers), "--checksums", "off", device], b"watching")
    sent = replay(net, "a", "out", CAPTURE)
    summary = json.loads(p.stop(stop))
    must(p.p.returncode == 0, "ended with %d: %s" % (p.p.returncode, p.said.decode()))
    return sent, summary, events(logs)


def same(engine, where, net, workers, device="in", but=()):
    cable(net)
    want = scanned(engine, where)
    sent, summary, got = watched(engine, where, net, workers, device)
    c = summary["capture"]
    must(summary["packets"] == sent, "%d frames were sent, %d seen: %r" % (sent, summary["packets"], c))
    counted(c)
    must(alerts(got) == alerts(want), "alerts differ: %r" % ((alerts(want) - alerts(got)) + (alerts(got) - alerts(want))))
    must(kinds(got, but) == kinds(want, but), "records differ: %r, %r" % (kinds(want, but), kinds(got, but)))
    must(all(e.get("in_iface") == device.split(":")[-1] and "pcap_cnt" not in e for e in got if "src_ip" in e), "records that do not name the device")


def case_watch_one(engine, where, net):
    """one worker sees every packet of a replayed capture, and tells what scan tells of it"""
    same(engine, where, net, 1)


def case_watch_four(engine, where, net):
    """four workers together tell the same, whichever of them gets what"""
    same(engine, where, net, 4, but=("ftp_data", "fileinfo"))  # announced by one worker while another has the flow: at this pace, too late


def case_watch_filter(engine, where, net):
    """a filter is the kernel's work, and a wrong one is refused"""
    cable(net)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--filter", "udp port 53", "in"], b"watching")
    replay(net, "a", "out", CAPTURE)
    got = json.loads(p.stop())
    want = sum(f[12:14] == b"\x08\x00" and f[23] == 17 and 53 in (int.from_bytes(f[34:36], "big"), int.from_bytes(f[36:38], "big")) for f in frames(CAPTURE))
    must(got["packets"] == want, "%d frames of DNS, %d seen" % (want, got["packets"]))
    bad = net.start("b", [engine, "watch", "-l", logs, "--filter", "udp prot 53", "in"])
    must(bad.wait(timeout=20) == 2 and b"filter" in bad.stderr.read(), "a wrong filter")


@timed
def case_watch_stats_deltas(engine, where, net):
    """a record of statistics tells what came since the one before: all of them together are what came"""
    cable(net)
    settings, logs = os.path.join(where, "s.yaml"), os.path.join(where, "logs")
    with open(settings, "w", encoding="utf-8") as f:
        f.write("%YAML 1.1\n---\nstats: {interval: 1}\noutputs:\n  - eve-log: {enabled: yes, types: [stats: {deltas: yes, threads: yes}]}\n")
    p = Program(net, "b", [engine, "watch", "--json", "-c", settings, "-l", logs, "--workers", "2", "in"], b"watching")
    for _ in range(4):
        replay(net, "a", "out", CAPTURE)
        time.sleep(0.7)
    p.stop()
    got = [e["stats"] for e in events(logs)]
    for path in (("decoder",), ("threads", "W#01", "decoder"), ("threads", "W#02", "decoder")):
        each = got
        for key in path:
            each = [e[key] for e in each]
        must(len(each) > 2 and sum(e["pkts_delta"] for e in each) == each[-1]["pkts"] > 0, "%s: %s" % (".".join(path), [(e["pkts"], e["pkts_delta"]) for e in each]))


def case_watch_vlan(engine, where, net):
    """the tag that a device took out of a frame stands in the records"""
    cable(net)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "1", "in"], b"watching")
    replay(net, "a", "out", CAPTURE, change=lambda f: f[:12] + b"\x81\x00\x00\x4d" + f[12:])
    p.stop()
    flows = [e for e in events(logs) if e["event_type"] == "flow" and not e["src_ip"].startswith("10.0.0.")]  # those are in tunnels
    must(flows and all(e.get("vlan", [0])[0] == 77 for e in flows), "flows without their VLAN: %d of %d" % (sum(e.get("vlan", [0])[0] != 77 for e in flows), len(flows)))


def case_watch_refusals(engine, where, net):
    """what cannot be watched is said, with the reason"""
    cable(net)
    net.ip("b", "link add idle type veth peer name idle2")
    for device, why in (("none0", b"no such interface"), ("idle", b"down")):
        p = net.start("b", [engine, "watch", "-l", os.path.join(where, "logs"), device])
        must(p.wait(timeout=20) == 2 and why in p.stderr.read(), device)


def case_watch_down(engine, where, net):
    """an interface that goes down and comes back is watched on; nobody spins in between"""
    cable(net)
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--workers", "1", "in"], b"watching")
    first = replay(net, "a", "out", CAPTURE)
    net.ip("b", "link set in down")
    before = cpu(p.p.pid)
    subprocess.run(["sleep", "1"])
    used = cpu(p.p.pid) - before
    net.ip("b", "link set in up")
    net.ip("a", "link set out up")
    subprocess.run(["sleep", "0.3"])
    second = replay(net, "a", "out", CAPTURE)
    got = json.loads(p.stop())
    must(got["packets"] == first + second, "%d and %d frames were sent, %d seen" % (first, second, got["packets"]))
    must(used < 0.3, "%.2f s of processor time within a second without a device" % used)


def cpu(pid):
    with open("/proc/%d/stat" % pid) as f:
        part = f.read().rsplit(")", 1)[1].split()
    return (int(part[11]) + int(part[12])) / os.sysconf("SC_CLK_TCK")


def case_watch_folder(engine, where, net):
    """a folder: the captures in it, and each that comes later; what is no capture is told and passed over"""
    net.space("b")
    folder, logs = os.path.join(where, "in"), os.path.join(where, "logs")
    os.mkdir(folder)
    shutil.copy(CAPTURE, os.path.join(folder, "first.pcap"))
    p = Program(net, "b", [engine, "watch", "--json", "-r", RULES, "-l", logs, "--workers", "2", "--checksums", "off", "dir:" + folder], b"watching")
    time.sleep(0.2)
    with open(os.path.join(folder, "broken.pcap"), "wb") as f:
        f.write(b"no capture")
    shutil.copy(CAPTURE, os.path.join(where, "second.pcap"))
    os.rename(os.path.join(where, "second.pcap"), os.path.join(folder, "second.pcap"))
    n = sum(1 for _ in frames(CAPTURE))
    time.sleep(1.5)
    got = json.loads(p.stop())
    must(got["packets"] == 2 * n, "%d frames twice, %d seen" % (n, got["packets"]))
    must(any("broken.pcap" in i.get("error", "") for i in got["inputs"]), "nothing about the broken one: %r" % got["inputs"])


class Flood(threading.Thread):
    """A frame again and again, until it is told to stop; `pause` seconds after each hundred."""

    def __init__(self, net, space, device, frame, pause=0.0):
        super().__init__(daemon=True)
        with net.inside(space):
            self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.s.bind((device, 0))
        self.frame, self.pause, self.ends = frame, pause, False
        self.start()

    def run(self):
        while not self.ends:
            for _ in range(100):
                try:
                    self.s.send(self.frame)
                except OSError:  # no room
                    time.sleep(0.001)
            time.sleep(self.pause)

    def stop(self):
        self.ends = True
        self.join()


@timed
def case_watch_slow_log(engine, where, net):
    """a log that is written slower than it grows keeps the thread that writes from nothing else: statistics come, and logs are opened anew"""
    cable(net)
    logs, slow, settings, rules = (os.path.join(where, n) for n in ("logs", "slow", "settings.yaml", "my.rules"))
    os.mkfifo(slow)
    with open(rules, "w", encoding="utf-8") as f:
        f.write("alert udp any any -> any any (msg:\"one\"; content:\"xx\"; sid:1;)\n")
    with open(settings, "w", encoding="utf-8") as f:
        f.write("%%YAML 1.1\n---\nstats: {enabled: yes, interval: 1}\noutputs:\n  - eve-log: {enabled: yes, types: [stats]}\n"
                "  - eve-log: {enabled: yes, filename: %s, types: [alert: {payload: yes, packet: yes}]}\n" % slow)
    pipe, ends = os.open(slow, os.O_RDWR | os.O_NONBLOCK), []

    def sip():
        while not ends or ends[0] > time.monotonic():
            try:
                os.read(pipe, 65536 if not ends else 1 << 20)
            except BlockingIOError:
                pass
            time.sleep(0.02 if not ends else 0.001)
    reader = threading.Thread(target=sip, daemon=True)
    reader.start()
    p = Program(net, "b", [engine, "watch", "--json", "-c", settings, "-r", rules, "-l", logs, "--workers", "1", "in"], b"watching")
    flood = Flood(net, "a", "out", udp(1000))
    log = os.path.join(logs, "eve.json")
    time.sleep(5)
    told = len(events(logs))
    os.rename(log, log + ".1")
    p.p.send_signal(signal.SIGHUP)
    time.sleep(2)
    anew = os.path.exists(log)
    flood.stop()
    ends.append(time.monotonic() + 15)
    p.stop()
    must(told >= 3, "%d records of statistics in five seconds" % told)
    must(anew, "logs were not opened anew")


def spread(source, destination, ports=0):
    """packet/spread.h: whose a conversation is."""
    ends, = struct.unpack(">I", bytes(a ^ b for a, b in zip(socket.inet_aton(source), socket.inet_aton(destination))))
    h = (ends + ports * 0x9e3779b1) * 0x85ebca6b & 0xffffffff
    return (h >> 15) ^ h


def case_watch_handed(engine, where, net):
    """a worker that gets more from another than it can look at still comes round: the service manager hears of it each second"""
    cable(net)
    rules, manager = os.path.join(where, "my.rules"), os.path.join(where, "manager")
    with open(rules, "w", encoding="utf-8") as f:  # takes long, and matches nothing
        f.write("".join("alert udp any any -> any any (msg:\"%d\"; pcre:\"/(x+x+)+y%d/\"; sid:%d;)\n" % (n, n, n) for n in range(1, 9)))
    beats = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    beats.bind(manager)
    beats.setblocking(False)

    def heard():
        n = 0
        try:
            while data := beats.recv(4096):
                n += b"WATCHDOG=1" in data
        except BlockingIOError:
            return n

    tunnel = ("198.51.100.1", "198.51.100.2")
    sport = next(p for p in range(4000, 4100) if (spread("192.0.2.1", "192.0.2.2", p ^ 4001) ^ spread(*tunnel)) & 1)
    frame = b"\x02" * 12 + b"\x08\x00" + ipv4(47, *tunnel, b"\x00\x00\x08\x00" + udp(1000, sport)[14:])
    p = Program(net, "b", ["env", "NOTIFY_SOCKET=" + manager, engine, "watch", "--json", "-r", rules, "-l", os.path.join(where, "logs"), "--workers", "2", "in"], b"watching")
    flood = Flood(net, "a", "out", frame)
    time.sleep(2)
    heard()
    time.sleep(6)
    n = heard()
    flood.stop()
    p.stop()
    passed = [e for e in events(os.path.join(where, "logs")) if e["event_type"] == "stats"][-1]["stats"]["peccary"]["handover"]
    must(passed["ring_full"] > 0, "it was not busy: %r" % passed)
    must(n >= 3, "%d beats in six seconds" % n)


def case_watch_tcp(engine, where, net):
    """a capture over TCP, from who listens and from who connects"""
    net.space("b")
    want = sum(1 for _ in frames(CAPTURE))
    with open(CAPTURE, "rb") as f:
        data = f.read()
    with net.inside("b"):
        listen = socket.socket()
        listen.bind(("127.0.0.1", 0))
        listen.listen(1)
    p = net.start("b", [engine, "watch", "--json", "-r", RULES, "-l", os.path.join(where, "one"), "--checksums", "off", "tcp:127.0.0.1:%d" % listen.getsockname()[1]])
    listen.settimeout(10)
    s, _ = listen.accept()
    for at in range(0, len(data), 70001):
        s.sendall(data[at:at + 70001])
    s.close()
    out, err = p.communicate(timeout=30)
    must(p.returncode == 0 and json.loads(out)["packets"] == want, "who listens: %d, %s %s" % (p.returncode, out[:300], err.decode()))
    must(alerts(events(os.path.join(where, "one"))) == alerts(scanned(engine, where)), "alerts differ")

    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "two"), "tcp::7070"], b"watching")
    for part in (data, b"this is no capture, is it?" * 10, data):
        with net.inside("b"):
            s = socket.socket()
        s.connect(("127.0.0.1", 7070))
        s.sendall(part)
        s.close()
        time.sleep(0.7)
    got = json.loads(p.stop())
    must(got["packets"] == 2 * want, "%d frames by two who connected, %d seen" % (want, got["packets"]))


def case_watch_libpcap(engine, where, net):
    """a device that libpcap reads"""
    cable(net)
    want = scanned(engine, where)
    sent, summary, got = watched(engine, where, net, 2, "pcap:in")
    must(summary["packets"] == sent, "%d frames were sent, %d seen" % (sent, summary["packets"]))
    must(alerts(got) == alerts(want), "alerts differ")


def case_watch_libpcap_made_again(engine, where, net):
    """an interface that libpcap reads is told as gone when it is removed, and read again when it is there again"""
    cable(net)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "2", "pcap:in"], b"watching")
    sent = replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    time.sleep(0.3)
    net.ip("b", "link del in")
    end = time.monotonic() + 12
    while not any(h.get("gone") == ["pcap:in"] for h in health(logs)) and time.monotonic() < end:
        time.sleep(0.2)
    must(any(h.get("gone") == ["pcap:in"] for h in health(logs)), "health: %r" % health(logs))
    net.pair("a", "out", "b", "in")
    time.sleep(1.5)
    sent += replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    time.sleep(0.3)
    got = json.loads(p.stop())
    must(got["packets"] == sent and got["capture"]["reopened"] == 1, "%d frames were sent, %d seen: %r" % (sent, got["packets"], got["capture"]))
    counted(got["capture"])
    must(p.p.returncode == 0, "it ended with %d: %s" % (p.p.returncode, p.said.decode()))


def slow(n=40):
    """Rules that take long with every datagram of x."""
    return "".join('alert udp any any -> any any (msg:"slow"; pcre:"/(x+x+)+[ab]{%d}/"; sid:%d; rev:1;)\n' % (i + 1, 500 + i) for i in range(n))


@timed
def case_watch_ends(engine, where, net):
    """what lies in rings and sockets when a loaded run ends was counted there: with it all that came adds up, by every kind of device"""
    cable(net)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)
    rules = os.path.join(where, "slow.rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write(slow(200))  # that long that what a ring holds is not looked at in the half second that is given to it
    with net.inside("a"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("out", 0))
    for device in ("in", "xdp:in", "pcap:in"):
        p = Program(net, "b", [engine, "watch", "--json", "-r", rules, "-l", os.path.join(where, device), "--workers", "2", device], b"watching")
        flood = Sender(lambda n: s.send(udp(1000, sport=4000 + n % 7)))
        time.sleep(1.5)
        got = json.loads(p.stop(seconds=60))
        c = got["capture"]
        flood.end()
        counted(c)
        must(c["unread"] > 100 and c["delivered"] > 100, "%s: it was not loaded: %r" % (device, c))


class Sender:
    """What is sent as fast as it can be, on a thread, until it ends."""

    def __init__(self, send):
        self.over, self.sent = False, 0
        self.thread = threading.Thread(target=self.run, args=(send,), daemon=True)
        self.thread.start()

    def run(self, send):
        while not self.over:
            try:
                send(self.sent)
                self.sent += 1
            except ConnectionRefusedError:
                pass
            except OSError:
                time.sleep(0.001)  # no room

    def end(self):
        self.over = True
        self.thread.join()


def health(logs):
    return [e["health"] for e in events(logs) if e["event_type"] == "health"]


class Held:
    """All threads of a process but its first, held still (ptrace): it hangs in part, which no signal can do."""

    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, pid):
        self.threads = [int(t) for t in os.listdir("/proc/%d/task" % pid) if int(t) != pid]
        for t in self.threads:
            if libc.ptrace(self.SEIZE, t, 0, 0) != 0 or libc.ptrace(self.INTERRUPT, t, 0, 0) != 0:
                raise Skip("threads cannot be held (ptrace)")

    def go(self):
        for t in self.threads:
            must(libc.ptrace(self.DETACH, t, 0, 0) == 0, "ptrace")


@timed
def case_watch_busy(engine, where, net):
    """workers that do not say what they count are told: so many, as blindness; and when they do again"""
    cable(net)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "2", "in"], b"watching")
    replay(net, "a", "out", CAPTURE, first=100)
    time.sleep(1)
    held = Held(p.p.pid)
    end = time.monotonic() + 15
    while not health(logs) and time.monotonic() < end:
        time.sleep(0.2)
    held.go()
    while len(health(logs)) < 2 and time.monotonic() < end + 8:
        time.sleep(0.2)
    told = [(h["state"], h["workers_busy"]) for h in health(logs)]
    got = json.loads(p.stop())
    must(told == [("blind", 2), ("well", 0)], "told: %r" % told)
    must(b"2 workers did not answer" in p.said, "said: %s" % p.said.decode())
    counted(got["capture"])


def case_watch_xdp_hosts(engine, where, net):
    """XDP sockets give nothing of hosts that are kept out"""
    cable(net)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)
    control = os.path.join(where, "ctl")
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--control=" + control, "--workers", "1", "--set", "respond.xdp=yes", "xdp:in"], b"watching")
    frame = b"\xff" * 12 + b"\x08\x00" + bytes.fromhex("4500001c000000004011000009090909" "0a000001" "0001000200080000")
    tagged = frame[:12] + b"\x81\x00\x00\x05" + frame[12:]
    with net.inside("a"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("out", 0))
    s.send(frame)
    subprocess.run([engine, "ctl", "-s", control, "block", "9.9.9.9", "60"], check=True, stdout=subprocess.DEVNULL, timeout=20)
    for f in (frame, tagged, frame[:26] + b"\x09\x09\x09\x08" + frame[30:]):
        s.send(f)
    time.sleep(0.2)
    got = json.loads(p.stop())
    must(got["packets"] == 2 and got["capture"]["gated"] == 2, "one before and another host's were to come: %r" % got["capture"])


def case_watch_xdp(engine, where, net):
    """XDP sockets: every packet, and what scan tells; the interface is left as it was"""
    cable(net)
    net.ip("a", "link set out mtu 1500")
    net.ip("b", "link set in mtu 1500")
    big = sum(len(f) > 1514 for f in frames(CAPTURE))
    must(big < 20, "frames longer than the cable takes: %d" % big)
    p = net.start("b", [engine, "watch", "-l", os.path.join(where, "try"), "--packets", "1", "xdp:in"])
    time.sleep(0.5)
    if p.poll() is not None:
        raise Skip(p.stderr.read().decode().strip())
    p.send_signal(signal.SIGINT)
    p.wait(timeout=20)
    want = scanned(engine, where)
    sent, summary, got = watched(engine, where, net, 2, "xdp:in")
    must(summary["packets"] == sent, "%d frames were sent, %d seen: %r" % (sent, summary["packets"], summary["capture"]))
    must(alerts(got) == alerts(want), "alerts differ: %r" % ((alerts(want) - alerts(got)) + (alerts(got) - alerts(want))))
    must("xdp" not in net.run("b", ["ip", "link", "show", "in"]), "a program is left on the interface")


def case_watch_some(engine, where, net):
    """after so many frames as are wanted it ends, however many processors there are; several workers do not go with that"""
    cable(net)
    logs = os.path.join(where, "some")
    line = [engine, "watch", "--json", "-l", logs, "-n", "5", "in"]
    p = Program(net, "b", line, b"watching")
    with net.inside("a"):
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        out.bind(("out", 0))
    for n in range(40):
        out.send(udp(20, sport=4000 + n))
    told, _ = p.p.communicate(timeout=20)
    must(json.loads(told)["packets"] == 5, "it took %s" % told)
    got = subprocess.run(line[:-1] + ["--workers", "2", "in"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    must(got.returncode == 2 and b"--packets is for one worker" in got.stderr, "two workers: %s" % got.stderr)
