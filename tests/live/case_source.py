# SPDX-License-Identifier: GPL-2.0-or-later
"""Where frames come from, when what gives them misbehaves."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

from case_guard import HTTP, Probe, adds_up, bridge, events, guard, http, queued, routed, rules_file, serve, soon, stopped
from case_watch import CAPTURE, RULES, cable, counted, cpu, events as watch_events
from net import Program, Skip, frames, must, replay, timed


def left_open(engine, where, net):
    """A guard was killed, and what it left goes on."""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net)
    p.p.kill()
    p.p.wait()
    time.sleep(0.4)
    must(http(net, b"/attack-me") == b"hello\n", "what was killed did not leave a bridge that goes on")


@timed
def case_guard_closes(engine, where, net):
    """a guard told to fail closed ends what a killed one left: an attack is dropped, no frame goes on twice, and with it traffic stops"""
    left_open(engine, where, net)
    p = guard(engine, where, net, "--set", "guard.fail-open=no")
    must("peccary" not in net.run("guard", ["tc", "filter", "show", "dev", "left", "ingress"]), "what was left is still there")
    probe = Probe(net)
    must(http(net, b"/") == b"hello\n", "HTTP")
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    gap, lost, twice = probe.end().gap()
    adds_up(json.loads(p.stop()))
    must(twice == 0 and lost == 0, "%d of %d lost, %d came twice" % (lost, probe.sent, twice))
    must(stopped(http, net, b"/"), "HTTP goes on")


def case_guard_closes_refused(engine, where, net):
    """a guard that may not take away what a killed one left does not start, whether it is to fail open or not; with nothing left it does"""
    if shutil.which("setpriv") is None:
        raise Skip("there is no setpriv command (util-linux)")
    few = ["setpriv", "--bounding-set=-net_admin,-sys_admin,-bpf"]
    line = few + [engine, "guard", "-l", os.path.join(where, "logs"), "-r", rules_file(where)]
    left_open(engine, where, net)
    for value in ("yes", "no"):
        p = net.start("guard", line + ["--set", "guard.fail-open=" + value, "left", "right"])
        said = p.communicate(timeout=20)[1]
        must(p.returncode == 2 and b"killed guard" in said, "fail-open=%s: %d, %s" % (value, p.returncode, said.decode()))
    for name in ("left", "right"):
        net.run("guard", ["tc", "filter", "del", "dev", name, "ingress"])
    p = Program(net, "guard", line + ["left", "right"], b"inspecting with")
    must(b"cannot fail open" in p.said and stopped(http, net, b"/attack-me"), "with nothing left: %s" % p.said.decode())
    p.stop()


def tcp_peer(net, data=b"", closes=False):
    """Somebody who connects to the sensor's port 7070 and sends that."""
    with net.inside("b"):
        s = socket.socket()
    s.settimeout(20)
    s.connect(("127.0.0.1", 7070))
    try:
        s.sendall(data)
    except OSError:
        pass  # it was sent away meanwhile
    if closes:
        s.close()
    return s


def case_watch_tcp_hostile(engine, where, net):
    """who connects and sends half a head, or a word, or nothing holds up neither other devices nor the next who connects, nor the end"""
    cable(net)
    want = sum(1 for _ in frames(CAPTURE))
    with open(CAPTURE, "rb") as f:
        data = f.read()
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--workers", "1", "tcp::7070", "in"], b"watching")
    tcp_peer(net, b"hi\n", closes=True)
    tcp_peer(net, b"", closes=True)
    tcp_peer(net, b"\x0a\x0d\x0d\x0a" + b"\xc8\0\0\0", closes=True)
    tcp_peer(net, data, closes=True)
    sent = replay(net, "a", "out", CAPTURE)
    name = tcp_peer(net, b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"a long name " * 100)  # gzip, whose head does not end
    time.sleep(0.3)
    before = cpu(p.p.pid)
    sent += replay(net, "a", "out", CAPTURE)
    waiting = tcp_peer(net, data)
    waiting.shutdown(socket.SHUT_WR)
    must(name.recv(1) == b"", "who does not say what they send was not sent away")  # blocks until it is
    must(waiting.recv(1) == b"", "the one behind was not read")
    used = cpu(p.p.pid) - before
    section = tcp_peer(net, b"\x0a\x0d\x0d\x0a" + b"\xc8\0\0\0" + b"\x4d\x3c\x2b\x1a" + b"\1\0\0\0" + b"\xff" * 12)  # 28 bytes of 200
    time.sleep(0.3)
    sent += replay(net, "a", "out", CAPTURE)
    time.sleep(0.3)
    got = json.loads(p.stop(seconds=5))
    section.close()
    must(got["packets"] == 2 * want + sent, "%d and %d frames were sent, %d seen: %r" % (2 * want, sent, got["packets"], got["capture"]))
    must(got["capture"]["errors"] == 3, "three who sent no capture are told: %r" % got["capture"])
    must(used < 3, "%.2f s of processor time while nobody sends" % used)


def unwanted(path):
    """A capture of 9 MiB of which a filter for UDP wants the last frame only."""
    tcp = b"\2" * 12 + b"\x08\x00" + bytes.fromhex("450005dc000000004006000009090909" "0a000001") + b"\0" * 1466
    udp = tcp[:23] + b"\x11" + tcp[24:]
    n = 9 * 1024 * 1024 // len(tcp)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            frame = udp if i == n - 1 else tcp
            f.write(struct.pack("<IIII", 1, i, len(frame), len(frame)) + frame)
    return n


def case_watch_filter_wants_little(engine, where, net):
    """a capture of which a filter wants nothing for long is read on, over TCP and in a folder"""
    net.space("b")
    folder, capture = os.path.join(where, "in"), os.path.join(where, "much.pcap")
    os.mkdir(folder)
    n = unwanted(capture)
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "one"), "--filter", "udp", "tcp::7070"], b"watching")
    with open(capture, "rb") as f:
        s = tcp_peer(net, f.read())
    s.shutdown(socket.SHUT_WR)
    must(s.recv(1) == b"", "not read to its end")
    got = json.loads(p.stop())
    must(got["packets"] == 1 and got["capture"]["unwanted"] == n - 1, "TCP, one of %d frames is wanted: %r" % (n, got["capture"]))
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "two"), "--filter", "udp", "dir:" + folder], b"watching")
    os.rename(capture, os.path.join(folder, "much.pcap"))
    time.sleep(2)
    got = json.loads(p.stop())
    must(got["packets"] == 1, "a folder, one of %d frames is wanted: %r" % (n, got["capture"]))


def held_up(engine, where, net, *settings):
    """A guard in a router's queue, stopped for a while under load; the probe, what it counted, states of health."""
    routed(net)
    queued(net, "--queue-num", "3")
    p = guard(engine, where, net, *[w for s in settings for w in ("--set", s)], devices=("nfq:3",))
    probe = Probe(net, rate=4000)
    probe.into.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE: what waited comes at once
    time.sleep(0.3)
    p.p.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    p.p.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    probe.end()
    soon(lambda: "blind" in health(where), 8)
    got = json.loads(p.stop())
    adds_up(got)
    return probe, got["capture"], health(where)


def health(where):
    return [e["health"]["state"] for e in events(where) if e["event_type"] == "health"]


@timed
def case_guard_queue_room(engine, where, net):
    """packets that pass, as there is no room on their way to a guard that hangs, are counted one by one, and told as blindness"""
    probe, c, told = held_up(engine, where, net, "capture.ring=1MiB", "nfq.queue-length=1000000", "guard.stall=60000")
    must(len(probe.came) > 0.98 * probe.sent, "%d of %d came" % (len(probe.came), probe.sent))
    must(c["queue_passed"] > 500 and c["queue_full"] == 0 and c["delivered"] + c["queue_passed"] == probe.sent, "of %d: %r" % (probe.sent, c))
    must(told[:1] == ["blind"], "health: %r" % told)


@timed
def case_guard_queue_full(engine, where, net):
    """a queue that was full, where packets pass then, is told: as blindness, and how often it was seen"""
    probe, c, told = held_up(engine, where, net, "nfq.queue-length=64")
    must(len(probe.came) > 0.98 * probe.sent, "%d of %d came" % (len(probe.came), probe.sent))
    must(c["queue_full"] > 0 and c["queue_passed"] == 0 and c["delivered"] < probe.sent - 500, "of %d: %r" % (probe.sent, c))
    must(told[:1] == ["blind"], "health: %r" % told)


def case_guard_queue_closed(engine, where, net):
    """told to drop what finds the queue full, all is counted as lost, and none passes"""
    probe, c, told = held_up(engine, where, net, "nfq.queue-length=64", "nfq.fail-open=no")
    must(c["queue_full"] == 0 and c["queue_passed"] == 0 and c["kernel_drops"] > 500 and c["kernel_drops"] + c["delivered"] == probe.sent, "of %d: %r" % (probe.sent, c))
    must(told[:1] == ["blind"] and len(probe.came) <= c["sent"], "health: %r" % told)


@timed
def case_guard_slow_way_out(engine, where, net):
    """what the other interface is too slow for is dropped and counted; nobody waits for it so long that the guard seems to hang"""
    bridge(net)
    net.run("guard", "tc qdisc add dev right root tbf rate 1mbit burst 10kb limit 100mb".split())
    p = guard(engine, where, net, "--set", "capture.ring=1MiB")
    with net.inside("client"):
        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.connect(("10.9.0.2", 7777))
    began, n = time.monotonic(), 0
    while n < 6000:
        try:
            u.send(b"\0" * 1400)
            n += 1
        except ConnectionRefusedError:
            pass
        if n % 32 == 0:
            time.sleep(max(0, began + n / 3000 - time.monotonic()))
    soon(lambda: "broken" in health(where), 8)
    ending = time.monotonic()
    got = json.loads(p.stop())
    c = got["capture"]
    adds_up(got)
    must(c["open"] == 0 and c["send_failed"] > 500 and c["kernel_drops"] == 0, "of %d: %r" % (n, c))
    must("broken" in health(where), "health: %r" % health(where))
    must(time.monotonic() - ending < 5, "it took %.1f s to end" % (time.monotonic() - ending))


def told(logs):
    return [e["health"] for e in watch_events(logs) if e["event_type"] == "health"]


def case_watch_made_again(engine, where, net):
    """an interface that is removed is told as gone, though another one is busy; made again it is watched again, by all workers"""
    cable(net)
    net.pair("a", "busy", "b", "busy2")
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "2", "in", "busy2"], b"watching")
    sent = replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    net.ip("b", "link del in")
    gone = lambda: [h for h in told(logs) if h.get("gone") == ["in"]]  # noqa: E731
    soon(lambda: gone() or time.sleep(0.2), 12)
    must(gone() and gone()[0]["state"] == "blind", "health: %r" % told(logs))
    sent += replay(net, "a", "busy", CAPTURE, change=lambda f: f[:1514])
    net.pair("a", "out", "b", "in")
    time.sleep(2.5)
    sent += replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    soon(lambda: told(logs)[-1]["state"] == "well" or time.sleep(0.2), 12)
    net.ip("b", "link del in")
    time.sleep(0.5)
    net.pair("a", "out", "b", "in")
    soon(lambda: told(logs)[-1]["state"] == "well" and time.sleep(8), 2)  # not before the numbers of the one before were asked
    sent += replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    time.sleep(0.3)
    got = json.loads(p.stop())
    c = got["capture"]
    must(got["packets"] == sent and c["reopened"] == 4, "%d frames were sent, %d seen: %r" % (sent, got["packets"], c))
    counted(c)
    must(told(logs)[-1]["state"] == "well", "health: %r" % told(logs))


def case_watch_xdp_made_again(engine, where, net):
    """an interface of XDP sockets that is made again is read again, by all workers, and nothing of it is the system's"""
    cable(net)
    short = lambda: [net.ip(space, "link set %s mtu 1500" % name) for space, name in (("a", "out"), ("b", "in"))]  # noqa: E731
    short()
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "2", "xdp:in"], b"watching")
    sent = replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    net.ip("b", "link del in")
    soon(lambda: any(h.get("gone") == ["in"] for h in told(logs)) or time.sleep(0.2), 12)
    net.pair("a", "out", "b", "in")
    short()
    soon(lambda: "xdp" in net.run("b", ["ip", "link", "show", "in"]) or time.sleep(0.2), 5)
    time.sleep(0.5)
    sent += replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
    time.sleep(0.3)
    got = json.loads(p.stop())
    c = got["capture"]
    must(got["packets"] == sent and c["reopened"] == 2, "%d frames were sent, %d seen: %r" % (sent, got["packets"], c))
    counted(c)


@timed
def case_watch_silent(engine, where, net):
    """an interface by which nothing comes is told, though another one is busy"""
    cable(net)
    net.pair("a", "busy", "b", "busy2")
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--set", "health.silence=3", "in", "busy2"], b"watching")
    end = time.monotonic() + 12
    while time.monotonic() < end and not told(logs):
        replay(net, "a", "busy", CAPTURE, change=lambda f: f[:1514])
        time.sleep(0.5)
    p.stop()
    must(told(logs)[:1] and told(logs)[0]["state"] == "silent" and told(logs)[0]["silent"] == ["in"], "health: %r" % told(logs))


def case_guard_made_again(engine, where, net):
    """a bridge whose one interface is removed and made again goes on, drops what it should, and fails open as before"""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net)
    must(http(net, b"/") == b"hello\n", "HTTP")
    net.ip("guard", "link del left")
    time.sleep(1.2)
    net.pair("client", "eth0", "guard", "left")
    net.ip("client", "addr add 10.9.0.1/24 dev eth0")
    time.sleep(2.5)
    must(http(net, b"/") == b"hello\n", "HTTP, afterwards")
    must(stopped(http, net, b"/attack-me"), "an attack was answered")
    p.p.send_signal(signal.SIGSTOP)
    time.sleep(0.4)
    must(http(net, b"/attack-me") == b"hello\n", "while it hangs nothing passes")
    p.p.send_signal(signal.SIGCONT)
    got = json.loads(p.stop())
    adds_up(got)
    must(got["capture"]["open"] > 0 and got["capture"]["reopened"] > 1, "%r" % got["capture"])


def case_watch_folder_twice(engine, where, net):
    """no capture of a folder is read twice: one that is still being written goes on where it was cut, with a filter too; one written anew is another"""
    net.space("b")
    with open(CAPTURE, "rb") as f:
        data = f.read()
    all_frames = list(frames(CAPTURE))
    for run, (more, longest) in enumerate((((), 1 << 20), (("--filter", "less 100"), 100))):
        folder, logs = os.path.join(where, "in%d" % run), os.path.join(where, "logs%d" % run)
        os.mkdir(folder)
        growing = open(os.path.join(folder, "growing.pcap"), "wb")
        growing.write(data[:len(data) // 2 + 7])
        growing.flush()
        shutil.copy(CAPTURE, os.path.join(folder, "there.pcap"))
        p = Program(net, "b", [engine, "watch", "--json", "-l", logs, *more, "dir:" + folder], b"watching")
        time.sleep(1)
        growing.write(data[len(data) // 2 + 7:])
        growing.close()
        with open(os.path.join(folder, "there.pcap"), "ab"):
            pass  # closed again, and nothing was written
        with open(os.path.join(folder, "anew.pcap"), "wb") as f:
            f.write(data)
        time.sleep(1)
        with open(os.path.join(folder, "anew.pcap"), "wb") as f:  # the same inode, and longer
            f.write(data[:24] + data[40 + len(all_frames[0]):] + data[24:])
        time.sleep(1)
        got = json.loads(p.stop())
        want = 5 * sum(len(f) <= longest for f in all_frames) - (len(all_frames[0]) <= longest)
        c = got["capture"]
        must(got["packets"] == want, "%d frames were to come, %d did: %r" % (want, got["packets"], c))
        must(c["kernel_packets"] == c["delivered"] + c["unwanted"] and c["kernel_packets"] == 5 * len(all_frames) - 1, "counters: %r" % c)
        must(p.p.returncode == 0, "it ended with %d: %s" % (p.p.returncode, p.said.decode()))


def read_fast(engine, where, net, name, workers, copies, tcp=False):
    """Copies of the capture in a folder, or over TCP, at once: what was said at the end, and the records."""
    folder, logs, control = (os.path.join(where, name + what) for what in ("", ".logs", ".ctl"))
    n = copies * sum(1 for _ in frames(CAPTURE))
    os.mkdir(folder)
    for i in range(0 if tcp else copies):
        shutil.copy(CAPTURE, os.path.join(folder, "%03d.pcap" % i))
    p = Program(net, "b", [engine, "watch", "--json", "-r", RULES, "-l", logs, "--workers", str(workers), "--checksums", "off", "--control=" + control, "tcp::7070" if tcp else "dir:" + folder], b"watching")
    if tcp:
        with open(CAPTURE, "rb") as f:
            tcp_peer(net, f.read(), closes=True)

    def all_came():
        said = subprocess.run([engine, "ctl", "--socket", control, "--json", "status"], stdout=subprocess.PIPE, timeout=20, check=False).stdout
        return said and json.loads(said)["message"]["packets"] == n
    soon(all_came, 60)
    said = json.loads(p.stop())
    must(p.p.returncode == 0 and said["packets"] == n, "ended with %d, %d of %d packets: %s" % (p.p.returncode, said["packets"], n, p.said.decode()))
    must(said["capture"]["handover_lost"] == 0 and said["records_lost"] == 0, "lost: %r" % said["capture"])
    counted(said["capture"])
    return said, watch_events(logs)


def ids(records):
    return sorted((e["alert"]["signature_id"], e["timestamp"]) for e in records if e["event_type"] == "alert")


def case_watch_folder_order(engine, where, net):
    """what is read faster than it was captured, a folder and TCP, is looked at in its order by several workers: rules that join flows alert each time, and nothing is lost on the way"""
    net.space("b")
    logs = os.path.join(where, "scanned")
    subprocess.run([engine, "scan", "-q", "-r", RULES, "-l", logs, "--checksums", "off", CAPTURE], check=True, timeout=60)
    want = ids(watch_events(logs))
    for i in range(4):
        for workers in (2, 3):
            for tcp in (False, True):
                got = ids(read_fast(engine, where, net, "in%d.%d.%d" % (i, workers, tcp), workers, 1, tcp)[1])
                must(got == want, "%s, %d workers, run %d: %r" % ("TCP" if tcp else "a folder", workers, i, set(want) ^ set(got)))


def case_watch_folder_fast(engine, where, net):
    """of many captures in a folder no worker loses a frame or a record, however much slower it is than who reads them: all is as one worker tells it"""
    net.space("b")
    one, three = (read_fast(engine, where, net, "in%d" % workers, workers, 60) for workers in (1, 3))
    must(ids(one[1]) == ids(three[1]), "alerts differ: %d, %d" % (len(ids(one[1])), len(ids(three[1]))))
    for key in ("flows", "protocols", "alerts"):
        must(one[0][key] == three[0][key], "%s: %r, %r" % (key, one[0][key], three[0][key]))
    stats = [[e["stats"] for e in got if e["event_type"] == "stats"][-1] for _, got in (one, three)]
    must(stats[0]["decoder"] == stats[1]["decoder"], "decoded: %r, %r" % (stats[0]["decoder"], stats[1]["decoder"]))


def case_watch_folder_lost(engine, where, net):
    """a folder is looked through when the kernel had too much to tell of it; one that was removed is told, and read when it is made again"""
    net.space("b")
    folder, logs = os.path.join(where, "in"), os.path.join(where, "logs")
    os.mkdir(folder)
    shutil.copy(CAPTURE, os.path.join(folder, "first.pcap"))
    n = sum(1 for _ in frames(CAPTURE))
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "dir:" + folder], b"watching")
    time.sleep(0.5)
    p.p.send_signal(signal.SIGSTOP)
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
        most = int(f.read())
    for i in range(most + 100):
        os.close(os.open(os.path.join(folder, ".%d" % (i & 1)), os.O_CREAT | os.O_WRONLY))
    shutil.copy(CAPTURE, os.path.join(folder, "second.pcap"))
    p.p.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    shutil.rmtree(folder)
    soon(lambda: [h for h in told(logs) if h.get("gone")] or time.sleep(0.2), 12)
    must([h for h in told(logs) if h.get("gone") == ["dir:" + folder]], "health: %r" % told(logs))
    os.mkdir(folder)
    shutil.copy(CAPTURE, os.path.join(folder, "third.pcap"))
    time.sleep(1)
    shutil.copy(CAPTURE, os.path.join(folder, "fourth.pcap"))
    time.sleep(1)
    got = json.loads(p.stop())
    must(got["packets"] == 4 * n and got["capture"]["reopened"] == 1, "four times %d frames, %d seen: %r" % (n, got["packets"], got["capture"]))


def case_watch_xdp_modes(engine, where, net):
    """XDP sockets are made as capture.xdp-mode and capture.xdp-bind say; more queues than are read are refused"""
    cable(net)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)

    def watch(device, *settings):
        return [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--workers", "1"] + [w for s in settings for w in ("--set", s)] + ["xdp:" + device]

    for setting, how in (("capture.xdp-mode=generic", "xdpgeneric"), ("capture.xdp-mode=native", " xdp "), ("capture.xdp-bind=copy", " xdp ")):
        p = Program(net, "b", watch("in", setting), b"watching")
        link = net.run("b", ["ip", "link", "show", "in"])
        sent = replay(net, "a", "out", CAPTURE, change=lambda f: f[:1514])
        got = json.loads(p.stop())
        must(how in link, "%s: %s" % (setting, link))
        must(got["packets"] == sent, "%s: %d frames were sent, %d seen: %r" % (setting, sent, got["packets"], got["capture"]))
    p = net.start("b", watch("in", "capture.xdp-bind=zero-copy"))
    said = p.communicate(timeout=20)[1]
    must(p.returncode == 2 and b"capture.xdp-bind" in said, "zero-copy, which this driver cannot: %d %s" % (p.returncode, said.decode()))
    net.ip("b", "link add many numrxqueues 70 numtxqueues 70 type veth peer name many2")
    net.ip("b", "link set many up")
    p = net.start("b", watch("many"))
    said = p.communicate(timeout=20)[1]
    must(p.returncode == 2 and b"70 receive queues" in said, "70 queues: %d %s" % (p.returncode, said.decode()))


def case_watch_xdp_tags(engine, where, net):
    """a card that XDP sockets read leaves VLAN tags in frames meanwhile, and does as before at the end; one that is made again too; doctor finds nothing wrong"""
    if shutil.which("ethtool") is None:
        raise Skip("there is no ethtool command")
    cable(net)

    def short():
        for space, name in (("a", "out"), ("b", "in")):
            net.ip(space, "link set %s mtu 1500" % name)

    def takes():
        return [words.split(": ")[1].split()[0] for words in net.run("b", ["ethtool", "-k", "in"]).splitlines() if words.startswith(("rx-vlan-offload", "rx-vlan-stag-hw-parse"))]

    def watch():
        return Program(net, "b", [engine, "watch", "-v", "--json", "-l", os.path.join(where, "logs"), "--workers", "1", "xdp:in"], b"watching")

    def tagged(number):
        with net.inside("a"):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind(("out", 0))
        s.send(b"\2\0\0\0\0\2" + b"\2\0\0\0\0\1" + struct.pack(">HH", 0x8100, number) + b"\x08\0" +
               bytes.fromhex("4500001c000000004011000009090909" "0a000001" "0001000200080000"))
        time.sleep(0.3)

    short()
    p = net.start("b", [engine, "doctor", "--json", "--time", "1", "xdp:in"])
    must("xdp-tags" not in {f["name"] for f in json.loads(p.communicate(timeout=30)[0])["findings"]}, "doctor finds what is mended")
    must(takes() == ["on", "on"], "before: %r" % takes())
    p = watch()
    must(b"leave VLAN tags in frames" in p.said and takes() == ["off", "off"], "while it watches: %r, %s" % (takes(), p.said.decode()))
    tagged(10)
    net.ip("b", "link del in")
    time.sleep(1.5)
    net.pair("a", "out", "b", "in")
    short()
    end = time.monotonic() + 5
    while "xdp" not in net.run("b", ["ip", "link", "show", "in"]) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(0.5)
    must(takes() == ["off", "off"], "made again: %r" % takes())
    tagged(11)
    p.stop()
    must(takes() == ["on", "on"], "afterwards: %r" % takes())
    with open(os.path.join(where, "logs", "eve.json"), encoding="utf-8") as f:
        seen = {one for e in map(json.loads, f) if e["event_type"] == "flow" for one in e.get("vlan", [0])}
    must(seen == {10, 11}, "VLANs: %r" % seen)
    p = watch()
    p.p.kill()
    p.p.wait()
    must(takes() == ["off", "off"], "killed: %r" % takes())
    p = watch()
    p.stop()
    must(b"leave VLAN tags" not in p.said and takes() == ["off", "off"], "it was off before: %r, %s" % (takes(), p.said.decode()))


def case_doctor_drops(engine, where, net):
    """doctor tells what an interface dropped while it looked, not what it did before; of what is no interface it does not say that there is none"""
    cable(net)
    with net.inside("a"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("out", 0))

    def dropped():
        return int(net.run("b", ["cat", "/sys/class/net/in/statistics/rx_dropped"]))

    for _ in range(20):  # of a type that nobody takes
        s.send(b"\xff" * 6 + b"\2\0\0\0\0\1\x88\xb5" + b"\0" * 46)
    soon(dropped)
    must(dropped() >= 20, "none was dropped")

    def found(*devices):
        p = net.start("b", [engine, "doctor", "--json", "--time", "1"] + list(devices))
        out, said = p.communicate(timeout=30)
        return said.decode() if p.returncode == 2 else {f["name"]: f["reason"] for f in json.loads(out)["findings"]}

    must("card-drops" not in found("in"), "found: %r" % found("in"))
    must("interface" not in found("tcp::7071"), "found: %r" % found("tcp::7071"))
    must("nfq:0: packets that wait" in found("nfq:0") and "name the interfaces" in found("nfq:0"), "found: %r" % found("nfq:0"))
    must("is no interface: its traffic is looked at" in net.run("b", ["sh", "-c", engine + " doctor --time 1 tcp::7071; true"]), "what is not looked at is not said")


def case_scan_pipe(engine, where, net):
    """what is read from a pipe that goes on is told as it comes"""
    logs = os.path.join(where, "logs")
    with open(CAPTURE, "rb") as f:
        data = f.read()
    p = subprocess.Popen([engine, "scan", "-l", logs, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    p.stdin.write(data[:len(data) // 2])
    p.stdin.flush()
    path = os.path.join(logs, "eve.json")
    soon(lambda: os.path.exists(path) and os.path.getsize(path), 6)
    told = os.path.getsize(path)
    p.stdin.close()
    p.wait(timeout=20)
    must(0 < told < os.path.getsize(path), "%d bytes were told while it went on, %d at its end" % (told, os.path.getsize(path)))


def big(net, mac):
    """One TCP packet of 100,000 bytes, as BIG TCP makes them, to the server: its segments are still to be cut."""
    head = bytes.fromhex("45000000000100004006") + b"\0\0" + socket.inet_aton("10.8.0.1") + socket.inet_aton("10.9.0.2")
    total = sum(struct.unpack(">10H", head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack(">H", total ^ 0xffff) + head[12:]
    tcp = struct.pack(">HHIIBBHHH", 40000, 9999, 1, 1, 0x50, 0x10, 65535, 0, 0)
    frame = mac + b"\2\0\0\0\0\1" + b"\x08\x00" + head + tcp + b"x" * (100000 - 40)
    with net.inside("client"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        ask = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        index = socket.if_nametoindex("eth0")
    # RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK; IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE
    ask.send(struct.pack("=IHHII", 48, 16, 5, 1, 0) + struct.pack("=BxHiII", 0, 0, index, 0, 0) + struct.pack("=HHIHHI", 8, 41, 180000, 8, 63, 180000))
    if struct.unpack_from("=i", ask.recv(4096), 16)[0] != 0:
        raise Skip("no BIG TCP here")
    s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
    s.bind(("eth0", 0))
    s.send(struct.pack("<BBHHHH", 1, 1, 54, 1400, 34, 16) + frame)
    s.close()


def case_guard_big(engine, where, net):
    """a packet longer than 64 KiB is counted as cut, and does not go on so: on a bridge it does not go on at all"""
    bridge(net)
    p = guard(engine, where, net, "--workers", "1")
    big(net, b"\2\0\0\0\0\2")
    time.sleep(0.3)
    got = json.loads(p.stop())
    adds_up(got)
    c = got["capture"]
    must(c["truncated"] == 1 and c["send_failed"] + c["held"] >= 1 and c["errors"] == 0, "%r" % c)


def case_guard_queue_big(engine, where, net):
    """a packet longer than 64 KiB of which a queue gives us a part is counted as cut"""
    routed(net)
    queued(net, "-p", "tcp", "--queue-num", "3")
    mac = bytes.fromhex(net.run("guard", ["cat", "/sys/class/net/left/address"]).strip().replace(":", ""))
    p = guard(engine, where, net, devices=("nfq:3",))
    big(net, mac)
    time.sleep(0.3)
    got = json.loads(p.stop())
    adds_up(got)
    must(got["capture"]["truncated"] == 1, "%r" % got["capture"])


def case_watch_stamps(engine, where, net):
    """a card that is told to stamp frames and cannot is told of, and watched all the same"""
    cable(net)
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--set", "capture.hardware-time-on=yes", "in"], b"watching")
    sent = replay(net, "a", "out", CAPTURE)
    got = json.loads(p.stop())
    must(got["packets"] == sent, "%d frames were sent, %d seen" % (sent, got["packets"]))
    must(b"in: its time stamps cannot be switched on" in p.said, "nothing is said: %s" % p.said.decode())


def case_watch_made_again_hosts(engine, where, net):
    """an interface that was made again keeps hosts out as the one before did"""
    cable(net)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)
    control = os.path.join(where, "ctl")
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--control=" + control, "--set", "respond.xdp=yes", "in"], b"watching")
    subprocess.run([engine, "ctl", "-s", control, "block", "9.9.9.9", "60"], check=True, stdout=subprocess.DEVNULL, timeout=20)
    net.ip("b", "link del in")
    time.sleep(1.5)
    net.pair("a", "out", "b", "in")
    time.sleep(1)
    frame = b"\xff" * 12 + b"\x08\x00" + bytes.fromhex("4500001c000000004011000009090909" "0a000001" "0001000200080000")
    with net.inside("a"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("out", 0))
    for f in (frame, frame[:26] + b"\x09\x09\x09\x08" + frame[30:]):
        s.send(f)
    time.sleep(0.2)
    fds = "/proc/%d/fd" % p.p.pid
    links = sum("bpf_link" in os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds))
    got = json.loads(p.stop())
    must(got["packets"] == 1 and got["capture"]["gated"] == 1, "%r" % got["capture"])
    must(links == 1, "%d programs are kept for one interface" % links)


def case_watch_counts_together(engine, where, net):
    """devices of several kinds together: what came is counted of all of them"""
    cable(net)
    for name in ("one", "two"):
        net.pair("a", name, "b", "in" + name)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)
    p = Program(net, "b", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--workers", "1", "xdp:in", "inone", "pcap:intwo"], b"watching")
    sent = sum(replay(net, "a", name, CAPTURE, change=lambda f: f[:1514]) for name in ("one", "out", "two"))
    time.sleep(0.5)
    got = json.loads(p.stop())
    c = got["capture"]
    must(got["packets"] == sent and c["kernel_packets"] == sent and c["kernel_drops"] == c["unread"] == c["missing"] == 0, "of %d: %r" % (sent, c))
