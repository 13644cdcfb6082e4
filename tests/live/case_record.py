# SPDX-License-Identifier: GPL-2.0-or-later
"""peccary record on a device."""
import collections
import json
import os
import socket
import struct
import subprocess
import threading
import time

from case_guard import HTTP, blocked, bridge, guard, http, serve, stopped
from net import Program, frames, must, replay, timed

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CAPTURE = os.path.join(ROOT, "tests", "captures", "office.pcap")
RULES = os.path.join(ROOT, "rules", "office.rules")


def cable(net):
    net.space("a", "b")
    net.pair("a", "out", "b", "in")
    net.ip("a", "link set out mtu 9000")
    net.ip("b", "link set in mtu 9000")


def mark(port):
    """A datagram from a port of its own."""
    udp = struct.pack(">HHHH", port, 7777, 12, 0) + b"mark"
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes((10, 1, 2, 3)), bytes((10, 1, 2, 4)))
    return bytes(12) + b"\x08\x00" + ip + udp


def packets(path):
    """Time and bytes of each frame of a pcapng file of ours."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        kind, n = struct.unpack_from("<II", data, at)
        if kind == 6:
            high, low, kept = struct.unpack_from("<III", data, at + 12)
            yield high << 32 | low, data[at + 28:at + 28 + kept]
        at += n


def recorded(engine, where, net, *options):
    record = os.path.join(where, "record")
    return record, Program(net, "b", [engine, "record", "--json", "--to", record, "--checksums", "off", *options, "in"], b"recording")


def waited(engine, net, record, how, marks=12):
    """Seconds from a datagram's way out to its being found, for each of some; how long a look-up takes of itself is in them."""
    with net.inside("a"):
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind(("out", 0))
    times = []
    for i in range(marks):
        time.sleep(0.07 * (i % 5))  # at any moment between two writes
        began, port = time.monotonic(), 20000 + i
        out.send(mark(port))
        ask = [engine, "extract", "-q", "--record", record, *how, "--five-tuple", "udp 10.1.2.3:%d 10.1.2.4:7777" % port, "-w", "-"]
        while b"mark" not in subprocess.run(ask, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60).stdout:
            must(time.monotonic() < began + 30, "datagram %d is not found" % i)
        times.append(time.monotonic() - began)
    out.close()
    return sorted(times)


@timed
def case_record_searchable(engine, where, net):
    """what comes in is found a second later, in the clear, encrypted, packed, with other traffic beside it"""
    cable(net)
    key, slow = os.path.join(where, "key"), max(1, os.getloadavg()[0] / (os.cpu_count() or 1))
    with open(key, "wb") as f:
        f.write(os.urandom(32))
    for name, options, how in (("in the clear", (), ()), ("encrypted", ("--key", key), ("--key", key)), ("packed", ("--set", "record.pack=zstd"), ())):
        folder = os.path.join(where, name)
        os.mkdir(folder)
        record, p = recorded(engine, folder, net, "--set", "record.segment-size=4MiB", *options)
        ends = threading.Event()
        beside = threading.Thread(target=lambda: [replay(net, "a", "out", CAPTURE, rate=3000) for _ in iter(ends.is_set, True)])
        beside.start()
        try:
            times = waited(engine, net, record, how)
        finally:
            ends.set()
            beside.join()
        print("# %s: found after %.2f s in the middle, %.2f s at most" % (name, times[len(times) // 2], times[-1]), flush=True)
        must(times[-1] <= slow, "%s: found after %s s" % (name, ["%.2f" % t for t in times]))
        p.stop()
        must(p.p.returncode == 0, "ended with %d: %s" % (p.p.returncode, p.said.decode()))


@timed
def case_record_busy(engine, where, net):
    """no packet is lost while flows are taken out and hunts run, encrypted or not"""
    cable(net)
    key = os.path.join(where, "key")
    with open(key, "wb") as f:
        f.write(os.urandom(32))
    for name, how in (("in the clear", ()), ("encrypted", ("--key", key))):
        folder = os.path.join(where, name)
        os.mkdir(folder)
        record, p = recorded(engine, folder, net, "--set", "record.segment-size=2MiB", "--workers", "2", *how)
        sent, ran, running, lines = 0, [0, 0], [None, None], (["extract", "-q", "-w", "/dev/null"], ["hunt", "-q", "--workers", "1", "-r", RULES])
        end = time.monotonic() + 5
        while time.monotonic() < end or min(ran) < 2:
            must(time.monotonic() < end + 60, "they do not end")
            sent += replay(net, "a", "out", CAPTURE, rate=30000)
            for i, line in enumerate(lines):
                if running[i] is None or running[i].poll() is not None:
                    must(running[i] is None or running[i].returncode == 0, "%s: status %s: %s" % (line[0], running[i] and running[i].returncode, running[i] and open(os.path.join(folder, "said%d" % i)).read()))
                    ran[i] += running[i] is not None
                    running[i] = subprocess.Popen([engine, line[0], "--record", record, *how, *line[1:]], stdout=subprocess.DEVNULL, stderr=open(os.path.join(folder, "said%d" % i), "w"))
        for q in running:
            q.wait(timeout=60)
        summary = json.loads(p.stop())
        must(p.p.returncode == 0, "ended with %d: %s" % (p.p.returncode, p.said.decode()))
        out = os.path.join(folder, "out.pcap")
        subprocess.run([engine, "extract", "-q", "--record", record, *how, "-w", out], check=True, stderr=subprocess.PIPE, timeout=60)
        got = list(packets(out))
        must(len(got) == sent, "%d frames were sent, %d are there: %r" % (sent, len(got), summary["capture"]))
        late = [(a - b) / 1e6 for (a, _), (b, _) in zip(got, got[1:]) if a > b]
        must(len(late) <= sent / 50, "%d frames come behind later ones, by up to %.1f ms" % (len(late), max(late, default=0)))  # some are passed on
        whole = collections.Counter(frames(CAPTURE))
        must(all(n % (sent // sum(whole.values())) == 0 for n in collections.Counter(f for _, f in got).values()), "other frames")
        print("# %s: %d frames, while %d times all was taken out and %d hunts ran" % (name, sent, ran[0], ran[1]), flush=True)


def case_record_guard(engine, where, net):
    """a guard records what comes to it, once, what it dropped too; what alerted is found by its rule"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    record, out = os.path.join(where, "record"), os.path.join(where, "out.pcap")
    p = guard(engine, where, net, "--workers", "2", "--set", "record.enabled=yes", "--set", "record.dir=" + record)
    must(http(net, b"/") == b"hello\n", "a session that may be")
    must(stopped(http, net, b"/attack-me?now"), "an attack was answered")
    got = json.loads(p.stop())
    must(blocked(where) == {1}, "rules that dropped: %r" % blocked(where))

    def taken(*how):
        subprocess.run([engine, "extract", "-q", "--record", record, "-w", out, *how], check=True, timeout=60)
        return list(packets(out))

    every = taken()
    must(len(every) == got["capture"]["delivered"] == len(set(every)), "%d frames, %d different: %r" % (len(every), len(set(every)), got["capture"]))
    alerted = [f for _, f in taken("--alert", "1")]
    must(any(b"/attack-me" in f for f in alerted) and len(alerted) < len(every), "the flow that was dropped: %d frames of %d" % (len(alerted), len(every)))
