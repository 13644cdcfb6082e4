# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done about hosts: they are kept out for a while."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import case_guard as guard
import evade
from net import Program, Skip, must


def client(net, address):
    """Another address of the client; sessions from it."""
    net.address("client", "eth0", address)


def http_from(net, address, path=b"/", timeout=1):
    with net.inside("client"):
        s = net.socket()
    s.settimeout(timeout)
    s.bind((net.at(address), 0))
    s.connect((net.at("10.9.0.2"), guard.HTTP))
    s.sendall(b"GET %s HTTP/1.1\r\nHost: server.example\r\n\r\n" % path)
    got = guard.whole(s)
    s.close()
    return got


def case_respond_blocks(engine, where, net):
    """who attacks is kept out for its time, whatever it sends then; others are not, nor who is never to be"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    client(net, "10.9.0.11")
    client(net, "10.9.0.12")
    p = guard.guard(engine, where, net, "--set", "respond.block=dropped", "--set", "respond.block-time=3", "--set", "respond.never-block=" + net.at("10.9.0.12"))
    must(http_from(net, "10.9.0.11"), "before")
    must(guard.stopped(http_from, net, "10.9.0.11", b"/attack-me"), "an attack was answered")
    began = time.monotonic()
    must(guard.stopped(http_from, net, "10.9.0.11"), "kept out")
    must(http_from(net, "10.9.0.1"), "another is not")
    must(guard.stopped(http_from, net, "10.9.0.12", b"/attack-me"), "an attack of one that is spared was answered")
    must(http_from(net, "10.9.0.12"), "one that is spared is not kept out")
    time.sleep(max(0, began + 4 - time.monotonic()))
    must(http_from(net, "10.9.0.11", timeout=3), "when its time is over")
    p.stop()
    must(any(e["event_type"] == "drop" and e["drop"].get("reason") == "host blocked" for e in guard.events(where)), "no record says so")


def case_respond_nftables(engine, where, net):
    """watching, the system's firewall keeps it out, by a set with a time-out; at the end nothing of that is left"""
    if shutil.which("nft") is None:
        raise Skip("there is no nft")
    guard.routed(net)
    guard.serve(net, where, ("http", guard.HTTP))
    p = Program(net, "guard", [engine, "watch", "-r", guard.rules_file(where), "-l", os.path.join(where, "logs"), "--set", "respond.block=dropped",
                               "--set", "respond.block-time=60", "--set", "respond.nftables=yes", "left"], b"watching")
    must(guard.http(net, b"/") == b"hello\n", "before")
    guard.stopped(guard.http, net, b"/attack-me")
    guard.soon(lambda: net.at("10.8.0.1") in net.run("guard", ["nft", "list", "ruleset"]))
    rules = net.run("guard", ["nft", "list", "ruleset"])
    must(net.at("10.8.0.1") + " timeout 1m" in rules, "the firewall was not told: %s" % rules)
    must(guard.stopped(guard.http, net, b"/"), "the firewall lets it in")
    said = p.stop()
    must("peccary" not in net.run("guard", ["nft", "list", "ruleset"]), "its table is still there")
    must("answers:\n" in said and "  1 hosts were kept out\n" in said, "its report: %s" % said)


def case_respond_nobody(engine, where, net):
    """where nothing keeps hosts out nobody is told that they are: watching, in shadow, with an nft that may not, that loses its table"""
    guard.bridge(net)
    control = "--control=" + os.path.join(where, "ctl")
    logs = os.path.join(where, "logs")

    def watch(*more, before=()):
        return Program(net, "guard", list(before) + [engine, "watch", "--json", "-l", logs, control, *more, "left"], b"watching")

    def refused(why, *said):
        code, text = ctl(engine, where, "block", "9.9.9.9", "60")
        must(code != 0 and all(w in text for w in said), "%s: %d, %s" % (why, code, text))
        must("9.9.9.9" not in ctl(engine, where, "blocked")[1], "%s: it is listed" % why)

    p = watch()
    refused("watching", "nothing is kept out here")
    p.stop()
    p = watch("--set", "respond.block=dropped")
    p.stop()
    must(b"respond.block: no host is kept out" in p.said, "rules keep hosts out that nobody keeps out: %s" % p.said)
    p = guard.guard(engine, where, net, control, "--shadow")
    refused("in shadow", "nothing is kept out here")
    p.stop()
    if shutil.which("nft") is None:
        raise Skip("there is no nft")
    nft = ["--set", "respond.nftables=yes"]
    p = net.start("guard", ["setpriv", "--bounding-set=-net_admin,-sys_admin", engine, "watch", "-l", logs, *nft, "left"])
    said = p.communicate(timeout=20)[1]
    must(p.returncode == 2 and b"respond.nftables" in said and b"not permitted" in said, "without rights: ended with %d: %s" % (p.returncode, said))
    p = watch(*nft)
    must(ctl(engine, where, "block", "9.9.9.8", "60")[0] == 0, "nft keeps it out")
    net.run("guard", ["nft", "flush", "ruleset"])
    refused("its table is gone", "not kept out", "nft: ", "No such file")
    p.wait_for(b"the firewall does not keep hosts out as it should", 5)
    p.stop()


def case_respond_nft_killed(engine, where, net):
    """an nft that is killed is told of and started again: it keeps out who is to be, of both families, and lets in who was let in meanwhile"""
    if shutil.which("nft") is None:
        raise Skip("there is no nft")
    guard.bridge(net)
    p = Program(net, "guard", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl"),
                               "--set", "respond.nftables=yes", "left"], b"watching")

    def block(address):
        return ctl(engine, where, "block", address, "600")

    def kill():
        inode = os.stat("/run/netns/" + net.names["guard"]).st_ino
        found = [int(one) for one in subprocess.run(["pgrep", "-x", "nft"], stdout=subprocess.PIPE, check=False).stdout.decode().split()
                 if os.stat("/proc/%s/ns/net" % one).st_ino == inode]
        must(len(found) == 1, "%d nft" % len(found))
        os.kill(found[0], signal.SIGKILL)
        p.said = b""

    def kept():
        return {a for a in ("9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4", "fd00:9::1", "fd00:9::2") if a + " timeout" in net.run("guard", ["nft", "list", "ruleset"])}

    for address in ("9.9.9.1", "9.9.9.2", "fd00:9::1"):
        must(block(address)[0] == 0, "%s is not kept out" % address)
    kill()
    code, text = block("9.9.9.3")
    must(code != 0 and "nft has ended" in text, "while it is not there: %d, %s" % (code, text))
    must(ctl(engine, where, "unblock", "9.9.9.2")[0] == 0, "not let in")
    p.wait_for(b"nft was started again", 10)
    must(b"nft has ended" in p.said, "its end is not told: %s" % p.said.decode())
    guard.soon(lambda: kept() == {"9.9.9.1", "fd00:9::1"})
    must(kept() == {"9.9.9.1", "fd00:9::1"}, "kept out: %r" % kept())
    must(block("9.9.9.4")[0] == 0 and block("fd00:9::2")[0] == 0, "it does not listen")
    kill()
    net.run("guard", ["nft", "flush", "ruleset"])
    p.wait_for(b"nft was started again", 20)
    guard.soon(lambda: len(kept()) == 4)
    must(kept() == {"9.9.9.1", "9.9.9.4", "fd00:9::1", "fd00:9::2"}, "the second time: %r" % kept())
    p.stop()
    must("peccary" not in net.run("guard", ["nft", "list", "ruleset"]), "its table is still there")
    respond = [e for e in guard.events(where) if e["event_type"] == "stats"][-1]["stats"]["respond"]
    must(respond["nftables_started_again"] == 2 and respond["nftables_untold"] == 3, "counted: %r" % respond)
    must(not subprocess.run(["ip", "netns", "pids", net.names["guard"]], stdout=subprocess.PIPE, check=True).stdout, "a process is left")


def case_respond_after_kill(engine, where, net):
    """who is kept out stays so behind a kill and the next start, for the rest of the time; a start that fails changes nothing, a proper end takes it back"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    client(net, "10.9.0.11")
    control = "--control=" + os.path.join(where, "ctl")
    logs = os.path.join(where, "logs")
    host = net.told("10.9.0.11")

    def seconds():
        return {b["ip"]: b["seconds"] for b in json.loads(ctl(engine, where, "blocked")[1])["message"]}

    p = guard.guard(engine, where, net, control)
    must(http_from(net, "10.9.0.11"), "before")
    must(ctl(engine, where, "block", net.at("10.9.0.11"), "100")[0] == 0 and guard.stopped(http_from, net, "10.9.0.11"), "kept out")
    p.p.kill()
    p.p.wait()
    p = net.start("guard", [engine, "guard", "-l", logs, control, "left", "none0"])
    said = p.communicate(timeout=20)[1]
    must(p.returncode == 2, "it starts: %s" % said)
    time.sleep(1)
    p = guard.guard(engine, where, net, control)
    must(b"1 host is still kept out" in p.said, "nothing is said of it: %s" % p.said.decode())
    must(seconds().keys() == {host} and 40 < seconds()[host] < 99.5, "listed: %r" % seconds())
    must(guard.stopped(http_from, net, "10.9.0.11") and http_from(net, "10.9.0.1"), "it alone is kept out")
    p.stop()
    must(os.path.exists(os.path.join(logs, "eve.json")) and not os.path.exists(os.path.join(logs, "blocked.hosts")), "its file is still there")
    p = guard.guard(engine, where, net, control)
    must(not seconds() and http_from(net, "10.9.0.11"), "kept out behind a proper end: %r" % seconds())
    p.stop()
    if shutil.which("nft") is None:
        raise Skip("there is no nft")

    def watch():
        return Program(net, "guard", [engine, "watch", "--json", "-l", logs, control, "--set", "respond.nftables=yes", "left"], b"watching")

    p = watch()
    must(ctl(engine, where, "block", "9.9.9.9", "600")[0] == 0, "not kept out")
    p.p.kill()
    p.p.wait()
    p = net.start("guard", [engine, "watch", "-l", logs, "--set", "respond.nftables=yes", "none0"])
    p.communicate(timeout=20)
    must(p.returncode == 2 and "9.9.9.9 timeout" in net.run("guard", ["nft", "list", "ruleset"]), "a start that fails lets it in")
    p = watch()
    guard.soon(lambda: "9.9.9.9" in net.run("guard", ["nft", "list", "ruleset"]))
    must("9.9.9.9 timeout" in net.run("guard", ["nft", "list", "ruleset"]), "the firewall lets it in")
    must(ctl(engine, where, "unblock", "9.9.9.9")[0] == 0, "not let in")
    guard.soon(lambda: "9.9.9.9" not in net.run("guard", ["nft", "list", "ruleset"]))
    p.stop()


def case_respond_nftables_moment(engine, where, net):
    """behind a kill the firewall's sets are made anew and filled in one step: at no moment is a host let in that was kept out"""
    if shutil.which("nft") is None:
        raise Skip("there is no nft")
    guard.bridge(net)
    logs, control = os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl")

    def watch():
        return Program(net, "guard", [engine, "watch", "--json", "-l", logs, control, "--set", "respond.nftables=yes", "left"], b"watching")

    hosts = ["9.9.%d.%d" % (i // 250, i % 250 + 1) for i in range(1000)] + ["2001:db8::%x" % i for i in range(1, 200)]  # more than a pipe takes at once
    os.makedirs(logs)
    with open(os.path.join(logs, "blocked.hosts"), "w", encoding="utf-8") as f:
        f.write("".join("%s %d\n" % (address, time.time() + 600) for address in hosts))
    p = watch()
    guard.soon(lambda: net.run("guard", ["nft", "list", "ruleset"]).count(" expires ") == len(hosts), 10)
    p.p.kill()
    p.p.wait()
    steps = os.path.join(where, "steps")
    with open(steps, "wb") as f:
        monitor = net.start("guard", ["stdbuf", "-oL", "nft", "monitor"], stdout=f)
    time.sleep(0.5)
    p = watch()
    listed = net.run("guard", ["nft", "list", "ruleset"])
    time.sleep(0.5)
    p.stop()
    time.sleep(0.5)
    monitor.terminate()
    monitor.wait(timeout=10)
    with open(steps, encoding="utf-8") as f:
        said = f.read()
    made = [s for s in said.split("# new generation") if "add set inet peccary blocked4" in s]
    must(len(made) == 1, "the sets are not made once: %s" % said[:2000])
    must("delete table inet peccary" in made[0], "what was there goes in another step: %s" % said[:2000])
    must(made[0].count(" timeout ") >= len(hosts) and listed.count(" expires ") == len(hosts), "with the sets come %d hosts of %d; %d are in them" % (made[0].count(" timeout "), len(hosts), listed.count(" expires ")))


def ctl(engine, where, *line):
    r = subprocess.run([engine, "ctl", "--socket", os.path.join(where, "ctl"), "--json"] + list(line), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    return r.returncode, r.stdout.decode()


def case_respond_xdp(engine, where, net):
    """XDP drops what a host sends that is kept out, before anybody sees it; people list, add and let in; at the end it is off the interface"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    client(net, "10.9.0.11")
    client(net, "10.9.0.12")
    p = guard.guard(engine, where, net, "--control=" + os.path.join(where, "ctl"), "--set", "respond.block=dropped", "--set", "respond.block-time=60", "--set", "respond.xdp=yes")
    must(b"left to the kernel" not in p.said, "not here: %s" % p.said.decode())
    must("xdp" in net.run("guard", ["ip", "link", "show", "left"]), "nothing is on the interface")
    must(guard.stopped(http_from, net, "10.9.0.11", b"/attack-me"), "an attack was answered")
    must(guard.stopped(http_from, net, "10.9.0.11"), "kept out")
    must(http_from(net, "10.9.0.1"), "another is not")
    done, said = ctl(engine, where, "blocked")
    must(done == 0 and '"%s"' % net.told("10.9.0.11") in said and net.told("10.9.0.12") not in said, "the list: %s" % said)
    must(ctl(engine, where, "block", net.at("10.9.0.12"), "30")[0] == 0 and guard.stopped(http_from, net, "10.9.0.12"), "somebody keeps one out")
    for address in ("10.9.0.11", "10.9.0.12"):
        must(ctl(engine, where, "unblock", net.at(address))[0] == 0 and http_from(net, address, timeout=3), "let in: %s" % address)
    must(ctl(engine, where, "unblock", net.at("10.9.0.11"))[0] != 0 and ctl(engine, where, "block", "10.9")[0] != 0, "what cannot be is said")
    began = time.monotonic()
    must(ctl(engine, where, "block", net.at("10.9.0.12"), "1")[0] == 0, "for a second")
    must(http_from(net, "10.9.0.12", timeout=5) and time.monotonic() - began > 0.8, "when its time is over")
    got = json.loads(p.stop())
    must(got["capture"]["gated"] >= 3, "the kernel dropped nothing: %r" % got["capture"])
    guard.adds_up(got)
    must("xdp" not in net.run("guard", ["ip", "link", "show", "left"]), "a program is left on the interface")


def case_respond_xdp_tags(engine, where, net):
    """watching, XDP drops what a host sends that is kept out also in tags, which the system takes off, however many these are; others in tags it does not"""
    net.space("client", "guard")
    net.pair("client", "eth0", "guard", "left")
    net.address("client", "eth0", "10.9.0.1")
    net.address("guard", "left", "10.9.0.2")
    mac = bytes.fromhex(net.run("guard", ["cat", "/sys/class/net/left/address"]).strip().replace(":", ""))
    with net.inside("guard"):
        r = net.socket(socket.SOCK_DGRAM)
    r.bind((net.at("10.9.0.2"), 53))
    r.settimeout(0.3)
    with net.inside("client"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("eth0", 0))

    def read(host, *numbers):
        for n in numbers:
            s.send(mac + b"\2\0\0\0\0\1" + b"\x81\0\0\0" * n + evade.datagram(net, host, "10.9.0.2", 1000 + n, 53, b"%c" % n))
        got = []
        try:
            while True:
                got.append(r.recv(10)[0])
        except socket.timeout:
            return got

    p = Program(net, "guard", [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl"), "--set", "respond.xdp=yes", "left"], b"watching")
    must(b"left to the kernel" not in p.said, "not here: %s" % p.said.decode())
    must(read("10.9.0.1", 0, 3, 8) == [0, 3, 8], "before")
    must(ctl(engine, where, "block", net.at("10.9.0.1"), "60")[0] == 0, "not kept out")
    got = read("10.9.0.1", 0, 1, 2, 3, 4, 8, 9, 12)
    must(not got, "it gets in with %r tags" % got)
    must(read("10.9.0.7", 0, 3, 8) == [0, 3, 8], "another does not")
    p.stop()


def case_respond_xdp_killed(engine, where, net):
    """killed, it leaves nothing on the interfaces, and the next one puts its own there"""
    guard.bridge(net)
    for _ in range(2):
        p = guard.guard(engine, where, net, "--set", "respond.xdp=yes", "--set", "capture.offload=yes")
        must(b"left to the kernel" not in p.said and "xdp" in net.run("guard", ["ip", "link", "show", "left"]), "not there: %s" % p.said.decode())
        p.p.kill()
        p.p.wait()
        must("xdp" not in net.run("guard", ["ip", "link", "show", "left"]), "a program is left on the interface")


BYPASS = 'alert tcp any any -> any 8080 (msg:"enough"; flow:established,to_server; content:"THAT-IS-ENOUGH"; bypass; sid:20;)\n' \
         'alert tcp any any -> any 8080 (msg:"unseen"; flow:established,to_server; content:"NOBODY-LOOKS"; sid:21;)\n'


def uploads(net, n=3_000_000):
    """Two sessions, of which one says that it is enough: seen once so many bytes are acknowledged that rules look at a stream, acted on with what comes then;
    what was sent."""
    data = guard.peers.content(n, b"offload")
    for begin in (b"THAT-IS-ENOUGH", b"go on looking "):
        s = guard.connect(net, guard.SINK, 10)
        for little in (begin + b"." * 20000, b" and on ", b" and on "):
            s.sendall(little)
            time.sleep(0.3)
        s.sendall(data + b"NOBODY-LOOKS")
        s.shutdown(1)
        must(guard.whole(s) == b"done\n", "the session did not end well")
    return data


def flows(where):
    return [e["flow"] for e in guard.events(where) if e["event_type"] == "flow" and e.get("dest_port") == guard.SINK]


def offloaded(where, got, n):
    must(got["capture"]["offloaded"] > 500, "the kernel did nothing: %r" % got["capture"])
    told = flows(where)
    must(sorted(f.get("bypass", "") for f in told) == ["", "capture"], "flows: %r" % told)
    for f in told:
        must(f["bytes_toserver"] > n and f["pkts_toserver"] > 500, "what went past is not counted: %r" % f)
    must({e["alert"]["signature_id"] for e in guard.events(where) if e["event_type"] == "alert"} == {20, 21} and
         sum(e["event_type"] == "alert" and e["alert"]["signature_id"] == 21 for e in guard.events(where)) == 1, "alerts")


def case_respond_offload(engine, where, net):
    """a bridge's flow that needs no more inspection goes straight through, unharmed; it ends and is counted like others"""
    guard.bridge(net)
    guard.serve(net, where, ("sink", guard.SINK))
    for space in ("client", "server"):
        net.ip(space, "link set eth0 gso_max_segs 1")
    p = guard.guard(engine, where, net, "--set", "capture.offload=yes", rules=BYPASS)
    must(b"left to the kernel" not in p.said, "not here: %s" % p.said.decode())
    data = uploads(net)
    must(guard.heard(where, "sink").count(data + b"NOBODY-LOOKS") == 2, "other bytes came out")
    got = json.loads(p.stop())
    guard.adds_up(got)
    offloaded(where, got, len(data))


def case_respond_offload_tags(engine, where, net):
    """frames with tags end offloading for a while, which is told and counted"""
    guard.bridge(net)
    guard.serve(net, where, ("sink", guard.SINK))
    p = guard.guard(engine, where, net, "--set", "capture.offload=yes", rules=BYPASS)
    with net.inside("client"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("eth0", 0))
    s.send(b"\2\0\0\0\0\x78\2\0\0\0\0\x77\x81\0\0\x0a\x08\0" + b"\0" * 40)
    uploads(net, 300_000)
    p.wait_for(b"no flow is left to the kernel (capture.offload)", 10)
    got = json.loads(p.stop())
    must(got["capture"]["offloaded"] == 0 and got["capture"]["tagged"] == 1, "counted: %r" % got["capture"])


def case_respond_offload_ring(engine, where, net):
    """watching, its frames are not given to us any more"""
    guard.routed(net)
    guard.serve(net, where, ("sink", guard.SINK))
    for space in ("client", "server"):
        net.ip(space, "link set eth0 gso_max_segs 1")
    p = Program(net, "guard", [engine, "watch", "--json", "-r", guard.rules_file(where, BYPASS), "-l", os.path.join(where, "logs"), "--workers", "2",
                               "--set", "capture.offload=yes", "--set", "capture.ring=64MiB", "left"], b"watching")
    data = uploads(net)
    got = json.loads(p.stop())
    must(got["packets"] < 5000, "all were given to us: %r, %r" % (got["packets"], got["capture"]))
    offloaded(where, got, len(data))


def case_respond_marks(engine, where, net):
    """in a queue, such a flow's packets get a mark, by which the firewall keeps the rest of it out of the queue"""
    guard.routed(net)
    guard.serve(net, where, ("sink", guard.SINK))
    guard.queued(net, "--queue-num", "3", "--queue-bypass")
    for tables in net.tables():
        try:
            net.run("guard", [tables, "-I", "FORWARD", "-m", "connmark", "--mark", "2/2", "-j", "ACCEPT"])
            net.run("guard", [tables, "-t", "mangle", "-A", "POSTROUTING", "-m", "mark", "--mark", "2/2", "-j", "CONNMARK", "--save-mark", "--mask", "2"])
            break
        except guard.net_wrong:
            continue
    else:
        raise Skip("no iptables that knows connmark")
    p = guard.guard(engine, where, net, "--set", "nfq.bypass-mark=2", "--set", "nfq.bypass-mask=2", rules=BYPASS, devices=("nfq:3",))
    data = uploads(net)
    must(guard.heard(where, "sink").count(data + b"NOBODY-LOOKS") == 2, "other bytes came out")
    got = json.loads(p.stop())
    guard.adds_up(got)
    told = sorted(flows(where), key=lambda f: f.get("bypass", ""))
    must([f.get("bypass") for f in told] == [None, "local"] and told[1]["bytes_toserver"] < len(data) / 4 < told[0]["bytes_toserver"], "flows: %r" % told)
