# SPDX-License-Identifier: GPL-2.0-or-later
"""The map of a sensor that runs."""
import json
import os
import socket
import struct
import time

from case_watch import cable, events
from net import Program, must, timed


class Control:
    """A client of the control socket."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(10)
        self.s.connect(path)
        self.ask({"version": "0.2"})

    def ask(self, message):
        self.s.sendall(json.dumps(message).encode() + b"\n")
        got = b""
        while True:
            more = self.s.recv(65536)
            must(more, "the control socket was closed")
            got += more
            try:
                return json.loads(got)
            except ValueError:
                pass

    def command(self, name, **arguments):
        answer = self.ask({"command": name, "arguments": arguments})
        must(answer["return"] == "OK", "%s: %r" % (name, answer))
        return answer["message"]


def frame(number):
    """A datagram from 192.0.2.number, whom nobody has seen."""
    source = bytes([192, 0, 2, number])
    udp = struct.pack(">HHHH", 40000, 9, 12, 0) + b"ping"
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0) + source + bytes([198, 51, 100, 1])
    total = sum(struct.unpack(">10H", ip))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack(">H", total ^ 0xffff) + ip[12:]
    return bytes([2, 0, 0, 0, 0, 254]) + bytes([2, 0, 0, 0, 1, number]) + b"\x08\x00" + ip + udp


def sensor(engine, where, net, more=()):
    """A program that keeps a map of what comes out of the cable, its control, and a socket that sends into the cable."""
    cable(net)
    path, logs = os.path.join(where, "ctl"), os.path.join(where, "logs")
    line = [engine, "watch", "-q", "-l", logs, "--checksums", "off", "--set", "aware.enabled=yes", "--control=" + path]
    for word in more:
        line += ["--set", word]
    p = Program(net, "b", line + ["in"], b"watching")
    with net.inside("a"):
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        out.bind(("out", 0))
    return p, Control(path), out, logs


@timed
def case_map_query(engine, where, net):
    """a new host shows in a query within 10 ms of its first packet (the median of forty), and has what was learned"""
    p, control, out, _ = sensor(engine, where, net)
    took = []
    for number in range(1, 41):
        address = "192.0.2.%d" % number
        must(control.command("host", which=address) == [], "%s is known before it was seen" % address)
        out.send(frame(number))
        sent = time.monotonic()
        while not (found := control.command("host", which=address)):
            must(time.monotonic() < sent + 2, "%s does not show" % address)
        took.append(time.monotonic() - sent)
        must(address in json.dumps(found[0]) and "02:00:00:00:01:%02x" % number in json.dumps(found[0]), "another host: %r" % found[0])
    took.sort()
    print("# until it shows: median %.2f ms, nine of ten %.2f ms, longest %.2f ms" % (took[20] * 1e3, took[36] * 1e3, took[-1] * 1e3))
    must(took[20] <= 0.010, "the median is %.1f ms" % (took[20] * 1e3))
    listed = control.command("hosts", filter="ip=192.0.2.0/28")
    must(listed["count"] == 15, "a filter for fifteen takes %d" % listed["count"])
    counters = control.command("dump-counters")["aware"]
    must(counters["hosts"] >= 40 and counters["observations"] >= 40, "counters do not go with it: %r" % counters)
    p.stop()


def case_map_clock(engine, where, net):
    """a host that says nothing more is told silent, and gone, by the clock alone"""
    p, control, out, logs = sensor(engine, where, net, ("aware.silent=2", "aware.gone=5"))
    out.send(frame(7))  # one that is answered: nobody misses an invention
    out.send(frame(8))
    answer = bytearray(frame(7))
    answer[0:6], answer[6:12] = answer[6:12], answer[0:6]
    answer[26:30], answer[30:34] = answer[30:34], answer[26:30]
    answer[34:36], answer[36:38] = answer[36:38], answer[34:36]
    out.send(bytes(answer))
    out.send(frame(7))
    end = time.monotonic() + 20
    while time.monotonic() < end and not control.command("host", which="192.0.2.7"):
        time.sleep(0.02)
    while time.monotonic() < end and control.command("host", which="192.0.2.7"):
        time.sleep(0.2)
    must(control.command("host", which="192.0.2.7") == [], "it is on the map still")
    p.stop()
    told = [(e["entity"]["event"], e["entity"].get("mac")) for e in events(logs) if e["event_type"] == "entity"]
    must(("silent", "02:00:00:00:01:07") in told and ("gone", "02:00:00:00:01:07") in told, "told was %r" % told)


@timed
def case_map_small(engine, where, net):
    """with no rules and no settings but the map's, on one core and in 256 MB, it learns a network and holds a flood of invented hosts"""
    p, control, out, _ = sensor(engine, where, net, ("aware.memcap=16 MiB",))
    os.sched_setaffinity(p.p.pid, {min(os.sched_getaffinity(0))})
    for number in range(1, 41):
        out.send(frame(number))
    base, sent = bytearray(frame(1)), 0
    while sent < 60000:
        base[6:12] = b"\x02\x10" + struct.pack(">I", sent)
        base[26:30] = struct.pack(">I", 0x0a000000 + sent)
        base[24:26] = b"\0\0"
        total = sum(struct.unpack(">10H", base[14:34]))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        base[24:26] = struct.pack(">H", total ^ 0xffff)
        out.send(bytes(base))
        sent += 1
        if sent % 200 == 0:
            time.sleep(0.01)
    end = time.monotonic() + 20
    while time.monotonic() < end and control.command("dump-counters")["aware"]["observations"] < sent // 2:
        time.sleep(0.1)
    counters = control.command("dump-counters")["aware"]
    with open("/proc/%d/status" % p.p.pid, encoding="ascii") as f:
        high = next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM"))
    print("# at most %d MB resident, the map %d MB with %d hosts, %d gave way" % (high, counters["memuse"] >> 20, counters["hosts"], counters["hosts_evicted"]))
    must(high < 256, "it took %d MB" % high)
    must(counters["memuse"] <= 17 << 20 and counters["hosts_evicted"] + counters["hosts_refused"] > 0, "its cap does not hold: %r" % counters)
    p.stop()
