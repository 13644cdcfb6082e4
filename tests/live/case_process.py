# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program may do once it looks at traffic, and how it goes."""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import case_guard as guard
import case_respond as respond
import case_watch as watch
from net import Program, Skip, Wrong, must, replay

CAP = {name: 1 << n for name, n in (("CHOWN", 0), ("DAC_OVERRIDE", 1), ("KILL", 5), ("SETUID", 7), ("NET_ADMIN", 12), ("NET_RAW", 13), ("SYS_MODULE", 16),
                                    ("SYS_PTRACE", 19), ("SYS_ADMIN", 21), ("SYS_RAWIO", 17), ("BPF", 39))}


def status(pid):
    """What the kernel says of each of a process's threads."""
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, thread), encoding="utf-8") as f:
            yield dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def confined(pid, live=True):
    """It can do no more than it has to, in any thread."""
    for of in status(pid):
        has = int(of["CapPrm"], 16) | int(of["CapEff"], 16) | int(of["CapInh"], 16) | int(of["CapAmb"], 16)
        kept = [name for name, bit in CAP.items() if has & bit]
        must(set(kept) <= ({"NET_ADMIN", "NET_RAW", "BPF"} if live else {"DAC_OVERRIDE"}), "a thread keeps %s" % kept)
        must(of["NoNewPrivs"].strip() == "1" and of["Seccomp"].strip() == "2", "NoNewPrivs %(NoNewPrivs)s, Seccomp %(Seccomp)s" % of)


def case_process_rights(engine, where, net):
    """run by root, it keeps of root's rights those that devices take; a log folder of another user's is refused with the reason"""
    watch.cable(net)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "--workers", "2", "in"], b"watching")
    confined(p.p.pid)
    p.stop()
    must(p.p.returncode == 0, "ended with %d: %s" % (p.p.returncode, p.said.decode()))
    os.chmod(where, 0o755)
    os.chmod(logs, 0o755)
    os.chown(logs, 12345, 12345)
    q = net.start("b", [engine, "watch", "-l", logs, "in"])
    must(q.wait(timeout=20) == 2 and b"logs is no folder that user 0 may write to" in q.stderr.read(), "another user's log folder")
    Program(net, "b", [engine, "watch", "-l", logs, "--set", "confine.enabled=no", "in"], b"watching").stop()


def waits(net, space, *line):
    """A command that has begun to read and goes no further: its status as it is then."""
    p = net.start(space, list(line))
    confined_soon(p, False)
    p.kill()
    p.communicate()


def confined_soon(p, live):
    end = time.monotonic() + 10
    while True:
        try:
            return confined(p.pid, live)
        except (Wrong, FileNotFoundError):  # not yet; a thread that has ended
            must(p.poll() is None, "it has ended")
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def case_process_readers(engine, where, net):
    """what reads the past is confined too: hunt, extract, case, hosts, and the helper that hunts when rules come; it writes where it is told to"""
    watch.cable(net)
    record, logs, key, found = (os.path.join(where, name) for name in ("record", "logs", "key", "found"))
    map_dir = os.path.join(where, "map")
    p = Program(net, "b", [engine, "watch", "--json", "-l", logs, "-r", watch.RULES, "--checksums", "off", "--set", "record.enabled=yes", "--set", "record.dir=" + record,
                           "--set", "hunt.on-update.days=7", "--set", "aware.dir=" + map_dir, "in"], b"watching")
    helpers = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and parent(pid) == p.p.pid]
    must(len(helpers) == 1, "helpers: %r" % helpers)
    for of in status(helpers[0]):
        must(int(of["CapPrm"], 16) & ~(CAP["DAC_OVERRIDE"] | 1 << 2 | 1 << 3 | 1 << 23) == 0 and of["NoNewPrivs"].strip() == "1", "the helper: %r" % of)
    replay(net, "a", "out", watch.CAPTURE)
    p.stop()
    must(p.p.returncode == 0, "ended with %d: %s" % (p.p.returncode, p.said.decode()))
    os.mkfifo(key)  # nobody writes it: who opens it waits
    of = ["--record", record, "--key", key]
    waits(net, "b", engine, "hunt", *of, "--string", "GET")
    waits(net, "b", engine, "extract", *of, "--flows", "--port", "80")
    waits(net, "b", engine, "case", *of, "--events", os.path.join(logs, "eve.json"), "--to", found)
    waits(net, "b", engine, "hosts", "--map", map_dir, "--watch=60")
    for line in (["hunt", "--record", record, "--string", "GET", "-l", found, "--map", map_dir], ["hunt", "--record", record, "--string", "GET", "--keep", os.path.join(where, "kept")],
                 ["extract", "--record", record, "--port", "80", "-w", os.path.join(where, "out.pcapng")], ["hosts", "--map", map_dir, "--json"],
                 ["case", "--record", record, "--events", os.path.join(logs, "eve.json"), "--to", os.path.join(where, "case")],
                 ["hosts", "--map", os.path.join(where, "other"), "--import", watch.CAPTURE], ["record", "--import", "--to", os.path.join(where, "taken"), watch.CAPTURE],
                 ["snort", "-q", "-r", watch.CAPTURE, "-l", found], ["suricata", "-c", settings(where), "-S", watch.RULES, "-l", found, "-r", watch.CAPTURE]):
        run = subprocess.run([engine] + line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", timeout=60, check=False)
        must(run.returncode <= ("--keep" in line or "case" in line), "%s: ended with %d: %s" % (" ".join(line), run.returncode, run.stdout.decode(errors="replace")[-300:]))
    must(all(os.path.exists(os.path.join(where, name, "MANIFEST.sha256")) for name in ("kept", "case")), "no cases")
    must(os.path.getsize(os.path.join(where, "out.pcapng")) > 1000 and os.path.getsize(os.path.join(found, "eve.json")) > 1000, "nothing was written")


def parent(pid):
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8") as f:
            return int(f.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def settings(where):
    path = os.path.join(where, "suricata.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("%YAML 1.1\n---\noutputs:\n  - eve-log: {enabled: yes, types: [flow, alert]}\n")
    return path


def case_process_writes(engine, where, net):
    """what settings name to be read, and the folder it is started in, is not written; what they name to be written is"""
    watch.cable(net)
    rows = (  # where the folder is named, how the log in it (a link leads there), is it written
        ("security: {landlock: {enabled: yes, directories: {read: [%s]}}}\n", "link.json", False),
        ("threshold-file: %s\n", "link.json", False),
        ("", "%s/eve.json", True),
        ("", "../out/eve.json", True),
        ("", "link.json", False),
    )
    for named, log, good in rows:
        out = os.path.join(where, "out")
        os.makedirs(out, exist_ok=True)
        path = os.path.join(where, "suricata.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write("%%YAML 1.1\n---\n%soutputs:\n  - eve-log: {enabled: yes, filename: %s, types: [flow]}\n" %
                    (named % os.path.join(out, "list") if named else "", log % out if "%" in log else log))
        logs = os.path.join(where, "logs")
        os.makedirs(logs, exist_ok=True)
        os.symlink("../out/eve.json", os.path.join(logs, "link.json"))
        p = net.start("b", [engine, "suricata", "-c", path, "-S", "/dev/null", "-l", logs, "-i", "in"], cwd=out if not named else "/")
        if good:
            os.set_blocking(p.stderr.fileno(), True)
            while b"interrupt to end" not in p.stderr.readline():
                must(p.poll() is None, "it has ended")
            p.terminate()
        said = p.communicate(timeout=20)
        must((p.returncode == 0) == good, "%s%s: ended with %d: %s" % (named, log, p.returncode, said))
        subprocess.run(["rm", "-rf", out, logs], check=True)


NFT = """#!%s
import os, signal, sys, time
with open(os.environ["NFT_SAID"], "a") as f:
    if sys.argv[1] == "-i":
        f.write("%%d\\n" %% os.getpid())
        f.flush()
    for line in sys.stdin:
        f.write(line)
        f.flush()
    if sys.argv[1] == "-f":
        sys.exit()
    time.sleep(float(os.environ.get("NFT_STAYS", "0")))
"""


def firewall(engine, where, net, *more, **env):
    """A sensor whose nft is one of ours; what that was told, and its number."""
    said, folder = os.path.join(where, "said"), os.path.join(where, "bin")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "nft"), "w", encoding="utf-8") as f:
        f.write(NFT % sys.executable)
    os.chmod(f.name, 0o755)
    line = ["env", "PATH=%s:%s" % (folder, os.environ["PATH"]), "NFT_SAID=" + said] + ["%s=%s" % one for one in env.items()]
    p = Program(net, "b", line + [engine, "watch", "--json", "-l", os.path.join(where, "logs"), "--set", "respond.nftables=yes", *more, "in"], b"watching")
    end = time.monotonic() + 5
    number = lambda: [line for line in text(said).splitlines() if line.isdigit()] if os.path.exists(said) else []  # noqa: E731
    while not number():
        must(time.monotonic() < end, "there is no nft")
        time.sleep(0.02)
    must("add rule inet peccary block ip6" in text(said), "nft was told nothing")
    return p, said, int(number()[0])


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def case_process_firewall(engine, where, net):
    """a service's end, a signal to all its processes, takes the firewall's table away; a helper that will not end does not hold it up, and that is said"""
    watch.cable(net)
    p, said, nft = firewall(engine, where, net)
    for number in (signal.SIGTERM, signal.SIGQUIT):
        os.kill(nft, number)
    time.sleep(0.1)
    p.stop(signal.SIGTERM)
    must(text(said).endswith("delete table inet peccary\n") and p.p.returncode == 0, "the table is still there: %s" % text(said))
    must(b"respond.nftables: " not in p.said, "they ended nft: %s" % p.said.decode())
    os.unlink(said)
    os.chmod(where, 0o755)
    os.makedirs(os.path.join(where, "logs"), exist_ok=True)
    for name in ["logs"] + [os.path.join("logs", f) for f in os.listdir(os.path.join(where, "logs"))]:
        shutil.chown(os.path.join(where, name), "nobody")
    p, said, nft = firewall(engine, where, net, "--set", "run-as.user=nobody", NFT_STAYS="60")
    p.stop(seconds=15)  # it may not kill what is root's
    must(b"nft does not end" in p.said, "not told: %s" % p.said.decode())
    os.kill(nft, signal.SIGKILL)
    os.unlink(said)
    shutil.rmtree(os.path.join(where, "logs"))
    p, said, nft = firewall(engine, where, net)
    os.kill(nft, signal.SIGKILL)
    time.sleep(0.1)
    p.stop()
    must(b"respond.nftables: " in p.said, "that it was ended is not told: %s" % p.said.decode())


def case_process_units(engine, where, net):
    """systemd takes the units as they are, they give what the program keeps, and what they start runs where nobody wrote rules or settings"""
    if shutil.which("systemd-analyze") is None:
        raise Skip("there is no systemd-analyze")
    folder = os.path.join(watch.ROOT, "packaging")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".service"):
            continue
        unit = text(os.path.join(folder, name))
        must("CAP_BPF" in unit and "KillMode=mixed" in unit and "RestartPreventExitStatus=2" in unit, name)
        with open(os.path.join(where, name), "w", encoding="utf-8") as f:
            f.write(unit.replace("/usr/bin/peccary", engine))
        run = subprocess.run(["systemd-analyze", "verify", f.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        wrong = [line for line in run.stdout.decode().splitlines() if name in line and "man" not in line]
        must(not wrong, "%s: %s" % (name, wrong))
    line = [word for word in text(os.path.join(folder, "peccary-guard.service")).splitlines() if word.startswith("ExecStart=")][0].split()[1:]
    must("guard.stay-open=yes" in line, "it does not stay open: %r" % line)
    watch.cable(net)
    net.ip("b", "link add other type veth peer name end")
    net.ip("b", "link set other up")
    net.ip("b", "link set end up")
    given = {"/usr/bin/peccary": [engine], "${LOGS_DIRECTORY}": [os.path.join(where, "logs")], "$OPTIONS": [], "$INTERFACES": ["in"], "$DEVICES": ["in", "other"]}
    for name, ready in (("peccary", b"watching in"), ("peccary-guard", b"guarding")):
        line = [word for word in text(os.path.join(folder, name + ".service")).splitlines() if word.startswith("ExecStart=")][0][len("ExecStart="):].split()
        Program(net, "b", [one for word in line for one in given.get(word, [word])], ready).stop()


def case_process_interfaces(engine, where, net):
    """entries of interfaces that cannot hold for one of them alone are refused, with the place; those that agree, or that a filter overrides, run"""
    watch.cable(net)
    net.ip("b", "link add other type veth peer name end")
    for name in ("other", "end"):
        net.ip("b", "link set %s up" % name)
    logs, path = os.path.join(where, "logs"), os.path.join(where, "suricata.yaml")
    os.makedirs(logs)
    rows = (  # of two interfaces, and what is wrong
        ("copy-mode: ips, copy-iface: end", "copy-mode: tap, copy-iface: in", b"copy-mode is 'tap', of in 'ips'"),
        ("copy-mode: ips, copy-iface: end", "threads: 1", b"copy-mode is 'none', of in 'ips'"),
        ("bpf-filter: 'tcp'", "bpf-filter: 'udp'", b"bpf-filter is 'udp', of in 'tcp'"),
        ("bpf-filter: 'tcp'", "threads: 1", b"bpf-filter is '', of in 'tcp'"),
        ("checksum-checks: no", "checksum-checks: kernel", b"checksum-checks is 'yes', of in 'no'"),
        ("disable-promisc: yes", "threads: 1", b"promisc is 'yes', of in 'no'"),
        ("buffer-size: 2097152", "buffer-size: 4194304", None),
        ("copy-mode: tap, copy-iface: end", "copy-mode: tap, copy-iface: in", None),
    )
    for first, second, why in rows + (rows[2][:2] + (None,),):
        with open(path, "w", encoding="utf-8") as f:
            f.write("%%YAML 1.1\n---\naf-packet:\n  - {interface: in, %s}\n  - {interface: other, %s}\n" % (first, second))
        line = [engine, "suricata", "-c", path, "-S", "/dev/null", "-l", logs, "--af-packet"]
        if why is None:
            Program(net, "b", line + (["udp"] if "bpf" in first else []), b"interrupt to end").stop()
            continue
        p = net.start("b", line)
        said = p.communicate(timeout=20)[1]
        must(p.returncode == 1 and why in said and b"suricata.yaml:5:" in said, "%s, %s: ended with %d: %s" % (first, second, p.returncode, said))


def case_process_xdp_words(engine, where, net):
    """what Suricata's settings say of how XDP sockets are made holds; another word is refused, with the place"""
    watch.cable(net)
    for space, name in (("a", "out"), ("b", "in")):
        net.ip(space, "link set %s mtu 1500" % name)
    logs, path = os.path.join(where, "logs"), os.path.join(where, "suricata.yaml")
    os.makedirs(logs)
    for words, link, why in (("force-xdp-mode: skb, force-bind-mode: copy", "xdpgeneric", None), ("force-xdp-mode: drv, force-bind-mode: none", " xdp ", None),
                             ("force-bind-mode: zero", None, b"capture.xdp-bind"), ("force-xdp-mode: quick", None, b"suricata.yaml:4:37: force-xdp-mode 'quick'")):
        with open(path, "w", encoding="utf-8") as f:
            f.write("%%YAML 1.1\n---\naf-xdp:\n  - {interface: in, %s}\n" % words)
        line = [engine, "suricata", "-c", path, "-S", "/dev/null", "-l", logs, "--af-xdp"]
        if why is None:
            p = Program(net, "b", line, b"interrupt to end")
            shown = net.run("b", ["ip", "link", "show", "in"])
            p.stop()
            must(link in shown, "%s: %s" % (words, shown))
            continue
        p = net.start("b", line)
        said = p.communicate(timeout=20)[1]
        must(p.returncode != 0 and why in said, "%s: ended with %d: %s" % (words, p.returncode, said))


def case_process_offload_blocked(engine, where, net):
    """who is kept out cannot go on by a flow that was left to the kernel, without respond.xdp too"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP), ("sink", guard.SINK))
    p = guard.guard(engine, where, net, "--set", "capture.offload=yes", "--set", "respond.block=dropped", rules=respond.BYPASS + guard.RULES)
    if b"left to the kernel" in p.said:
        raise Skip(p.said.decode())
    s = guard.connect(net, guard.SINK, 10)
    s.sendall(b"THAT-IS-ENOUGH")
    for _ in range(20):  # until the kernel has it
        time.sleep(0.05)
        s.sendall(b"before ")
    guard.soon(lambda: guard.heard(where, "sink").count(b"before ") == 20)
    must(guard.heard(where, "sink").count(b"before ") == 20, "the session goes on")
    must(guard.stopped(guard.http, net, b"/attack-me"), "an attack was answered")
    s.sendall(b"behind the attack")
    time.sleep(1)
    must(b"behind the attack" not in guard.heard(where, "sink"), "an offloaded flow of a host that is kept out goes on")
    s.close()
    p.stop()


def case_process_shadow_gate(engine, where, net):
    """in shadow nobody is kept out, whatever else is left to the kernel"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    p = guard.guard(engine, where, net, "--shadow", "--set", "capture.offload=yes", "--set", "respond.xdp=yes", "--set", "respond.block=dropped")
    for _ in range(2):
        must(guard.http(net, b"/attack-me") == b"hello\n", "something was dropped")
        time.sleep(0.2)
    must(guard.http(net, b"/") == b"hello\n", "the host is kept out")
    got = json.loads(p.stop())
    must(got["capture"]["gated"] == 0 and got["capture"]["shadowed"] >= 1, "counted: %r" % got["capture"])


def case_process_holds(engine, where, net):
    """what cannot be held back is not guarded: alerts would say that it was blocked; in shadow it may be"""
    watch.cable(net)
    for device in ("ring:in", "pcap:in", "tcp::7070", "dir:" + where):
        p = net.start("b", [engine, "guard", "-l", os.path.join(where, "logs"), device])
        said = p.communicate(timeout=20)[1]
        must(p.returncode == 2 and b"cannot be held back" in said, "%s: ended with %d: %s" % (device, p.returncode, said))
    Program(net, "b", [engine, "guard", "--shadow", "-l", os.path.join(where, "logs"), "ring:in"], b"guarding").stop()


def case_process_twice(engine, where, net):
    """a device that is named twice is refused: each of its frames would count twice, a bridge's would go on twice"""
    guard.bridge(net)
    for line in (["watch", "left", "left"], ["guard", "left", "right", "left", "right"]):
        p = net.start("guard", [engine, *line, "-l", os.path.join(where, "logs")])
        said = p.communicate(timeout=20)[1]
        must(p.returncode == 2 and b"left" in said and b"is named twice" in said, "%s: ended with %d: %s" % (line, p.returncode, said))


def case_process_ports(engine, where, net):
    """ports of a bridge are not guarded: that hands their frames on too, and nobody would have looked at these"""
    guard.bridge(net)
    for line in ("link add br0 type bridge", "link set left master br0"):
        net.ip("guard", line)
    for devices in (["left", "right"], ["right", "left"], ["--shadow", "left", "right"]):
        p = net.start("guard", [engine, "guard", "-l", os.path.join(where, "logs")] + devices)
        said = p.communicate(timeout=20)[1]
        must(p.returncode == 2 and b"left is a port of br0" in said, "%s: ended with %d: %s" % (devices, p.returncode, said))
    net.ip("guard", "link set left nomaster")
    guard.guard(engine, where, net).stop()


def case_process_queues(engine, where, net):
    """several -q, and a list of Snort's, are shared out among the workers"""
    net.space("b")
    logs, rules = os.path.join(where, "logs"), os.path.join(where, "none.rules")
    os.makedirs(logs)
    with open(rules, "w", encoding="utf-8") as f:
        f.write('alert tcp any any -> any any (msg:"any"; sid:1;)\n')
    for line, ready in ((["suricata", "-c", settings(where), "-S", rules, "-l", logs, "-q", "0", "-q", "1", "-q", "2:3"], b"guarding nfq:0,1,2-3 with 4 workers"),
                        (["snort", "-Q", "--daq", "nfq", "-i", "0:1:2:3", "-z", "4", "-R", rules, "-l", logs], b"guarding nfq:0,1,2,3 with 4 workers")):
        try:
            p = Program(net, "b", [engine] + line, ready)
        except Wrong as e:
            if "netlink" in str(e) or "queue 0" in str(e):
                raise Skip("no netfilter queues: %s" % e)
            raise
        queues = [q.split()[:2] for q in net.run("b", ["cat", "/proc/net/netfilter/nfnetlink_queue"]).splitlines()]
        p.stop()
        must(sorted(q[0] for q in queues) == ["0", "1", "2", "3"], "queues: %r" % queues)
        must(len({q[1] for q in queues}) == 4, "they are not four workers': %r" % queues)


def case_process_no_rules(engine, where, net):
    """a guard whose first rules cannot be had ends, and its bridge fails open as for any other failure; told to fail closed, it does not"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    none = os.path.join(where, "none.rules")
    for options, goes_on in (([], True), (["--set", "guard.fail-open=no"], False)):
        p = net.start("guard", [engine, "guard", "-l", os.path.join(where, "logs"), "-r", none, *options, "left", "right"])
        said = p.communicate(timeout=30)[1]
        must(p.returncode == 2 and b"none.rules" in said and (b"bridges go on" in said) == goes_on, "ended with %d: %s" % (p.returncode, said))
        if goes_on:
            must(guard.http(net, b"/attack-me") == b"hello\n", "the bridge is closed")
            guard.guard(engine, where, net).stop()  # the next one takes it over
            continue
        must(guard.stopped(guard.http, net, b"/"), "the bridge is open")


def case_process_log(engine, where, net):
    """its own log is made anew by SIGHUP as all others; the pidfile goes at the end"""
    watch.cable(net)
    path, logs, pid = (os.path.join(where, name) for name in ("suricata.yaml", "logs", "pid"))
    os.makedirs(logs)
    with open(path, "w", encoding="utf-8") as f:
        f.write("%YAML 1.1\n---\nlogging:\n  default-log-level: info\n  outputs:\n    - file: {enabled: yes, filename: own.log}\n")
    p = Program(net, "b", [engine, "suricata", "-c", path, "-S", guard.rules_file(where), "-l", logs, "-i", "in", "--pidfile", pid], b"interrupt to end")
    log = os.path.join(logs, "own.log")
    os.rename(log, log + ".1")
    p.p.send_signal(signal.SIGHUP)
    guard.soon(lambda: os.path.exists(log))
    old = os.path.getsize(log + ".1")
    must(old > 0 and os.path.exists(log), "the log is not made anew")
    os.unlink(os.path.join(where, "test.rules"))
    p.p.send_signal(signal.SIGUSR2)  # rules that are gone: a line
    guard.soon(lambda: os.path.getsize(log) > 0)
    must(os.path.getsize(log) > 0 and os.path.getsize(log + ".1") == old, "lines go on to the old one")
    p.stop()
    must(not os.path.exists(pid), "the pidfile is still there")


def case_process_background(engine, where, net):
    """in the background its number is where the settings say, as long as it runs"""
    watch.cable(net)
    path, pid = (os.path.join(where, name) for name in ("suricata.yaml", "pid"))
    with open(path, "w", encoding="utf-8") as f:
        f.write("%%YAML 1.1\n---\npid-file: %s\n" % pid)
    p = net.start("b", [engine, "suricata", "-c", path, "-S", guard.rules_file(where), "-l", where, "-i", "in", "-D"])
    said = p.communicate(timeout=60)[1]
    guard.soon(lambda: os.path.exists(pid) and os.path.getsize(pid) > 0)
    must(os.path.exists(pid), "there is no pidfile: %s" % said)
    with open(pid, encoding="utf-8") as f:
        os.kill(int(f.read()), signal.SIGTERM)
    guard.soon(lambda: not os.path.exists(pid))
    must(not os.path.exists(pid), "the pidfile is still there")


def case_process_cpus(engine, where, net):
    """workers run on the CPUs that settings give them, and no other thread does"""
    watch.cable(net)
    cpus = sorted(os.sched_getaffinity(0))
    path = os.path.join(where, "s.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("%%YAML 1.1\n---\nthreading: {set-cpu-affinity: yes, cpu-affinity: {worker-cpu-set: {cpu: [%d]}}}\n" % cpus[-1])
    p = Program(net, "b", [engine, "watch", "-c", path, "-r", guard.rules_file(where), "-l", os.path.join(where, "logs"), "in"], b"watching")
    bound = 0
    for task in os.listdir("/proc/%d/task" % p.p.pid):
        with open("/proc/%d/task/%s/status" % (p.p.pid, task), encoding="utf-8") as f:
            bound += re.search(r"^Cpus_allowed_list:\s*%d$" % cpus[-1], f.read(), re.M) is not None
    p.stop()
    must(len(cpus) == 1 or bound == len(cpus), "%d threads are on CPU %d, %d workers should be" % (bound, cpus[-1], len(cpus)))


def case_process_unread(engine, where, net):
    """who does not read what it says does not stop it: it goes on, reads rules again, and tells how many lines are missing"""
    watch.cable(net)
    rules = os.path.join(where, "many.rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write('alert udp any any -> any any (msg:"one"; sid:1;)\n')
    p = Program(net, "b", [engine, "watch", "-r", rules, "-l", os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl"), "in"], b"watching")
    with open(rules, "a", encoding="utf-8") as f:
        f.writelines('alert udp any any -> any any (msg:"%s"; nonsense; sid:%d;)\n' % ("x" * 80, n) for n in range(2, 3000))
    done, said = respond.ctl(engine, where, "reload")
    must(done == 0, "reload: %s" % said)
    done, said = respond.ctl(engine, where, "status")
    must(done == 0, "status: %s" % said)
    sent = replay(net, "a", "out", watch.CAPTURE, first=100)
    time.sleep(0.3)
    text = p.stop()
    must("packets: %d\n" % sent in text, text)
    must(b"nobody read" in p.said, p.said[-500:].decode())


def case_process_socket_taken(engine, where, net):
    """a control socket that another program has: it ends with that, and with all that has begun"""
    watch.cable(net)
    ctl, logs = "--control=" + os.path.join(where, "ctl"), os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "-l", logs, ctl, "in"], b"watching")
    for _ in range(5):
        q = net.start("b", [engine, "watch", "-l", logs + "2", ctl, "--metrics", "9464", "in"])
        said = q.communicate(timeout=20)[1]
        must(q.returncode == 2 and b"another program listens" in said and b"anitizer" not in said, "ended with %d: %s" % (q.returncode, said))
    p.stop()


def case_process_iface_stat(engine, where, net):
    """of one of several interfaces only its own packets and drops are told; what is left to the kernel is where something is"""
    watch.cable(net)
    net.ip("b", "link add other type veth peer name end")
    for name in ("other", "end"):
        net.ip("b", "link set %s up" % name)
    tell = lambda *line: respond.ctl(engine, where, *line)  # noqa: E731
    for devices, more, keys in ((["in"], [], {"pkts", "invalid-checksums", "drop", "bypassed"}), (["in", "other"], ["--set", "capture.offload=yes"], {"pkts", "drop"})):
        p = Program(net, "b", [engine, "watch", "-l", os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl"), *more, *devices], b"watching")
        done, said = tell("iface-stat", "in")
        must(done == 0 and set(json.loads(said)["message"]) == keys, "iface-stat: %s" % said)
        done, said = tell("ebpf-bypassed-stat")
        must(("packets" in said) == bool(more), "ebpf-bypassed-stat: %s" % said)
        p.stop()
    p = Program(net, "b", [engine, "watch", "-l", os.path.join(where, "logs"), "--control=" + os.path.join(where, "ctl"), "--set", "capture.ring=1MiB", "in", "other"], b"watching")
    p.p.send_signal(signal.SIGSTOP)
    for _ in range(4):
        replay(net, "b", "end", watch.CAPTURE, change=lambda f: f[:1514])
    sent = replay(net, "a", "out", watch.CAPTURE, change=lambda f: f[:1514], first=10)
    p.p.send_signal(signal.SIGCONT)
    time.sleep(0.5)
    got = {name: json.loads(tell("iface-stat", name)[1])["message"] for name in ("in", "other")}
    p.stop()
    must(got["in"]["drop"] == 0 and got["in"]["pkts"] == sent and got["other"]["drop"] > 0, "%r" % got)


def snort_lua(where, net, sid):
    path = os.path.join(where, "snort.lua")
    with open(path, "w", encoding="utf-8") as f:
        f.write("ips = { variables = { nets = { HOME_NET = '%s' } },\n  rules = [[alert udp any any -> $HOME_NET any ( msg:\"of the configuration\"; content:\"xx\"; sid:%d; )]] }\n"
                "alert_fast = { file = true }\n" % (net, sid))
    return path


class Sends:
    """Frames of a packet's own until something holds."""

    def __init__(self, net, frame):
        with net.inside("a"):
            self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.s.bind(("out", 0))
        self.frame = frame

    def until(self, what, seconds=15):
        end = time.monotonic() + seconds
        while not what() and time.monotonic() < end:
            self.s.send(self.frame)
            time.sleep(0.02)
        return what()


def case_process_snort_signals(engine, where, net):
    """Snort's signals: SIGHUP reads rules anew if it can, SIGUSR2 opens logs anew, SIGUSR1 counts, SIGQUIT ends; the service manager hears of it"""
    watch.cable(net)
    logs, rules, manager = (os.path.join(where, name) for name in ("logs", "more.rules", "manager"))
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(manager)
    told.settimeout(10)
    os.makedirs(logs)
    more = 'alert udp any any -> any any ( msg:"of a file"; content:"xx"; sid:%d; )\n'
    with open(rules, "w", encoding="utf-8") as f:
        f.write(more % 1)
    log = os.path.join(logs, "alert_fast.txt")
    has = lambda sid: lambda: os.path.exists(log) and "[1:%d:0]" % sid in text(log)  # noqa: E731
    p = Program(net, "b", ["env", "NOTIFY_SOCKET=" + manager, engine, "snort", "-c", snort_lua(where, "10.0.0.0/8", 2), "-R", rules, "-l", logs, "-i", "in"], b"watching")
    must(b"READY=1" in told.recv(4096), "the service manager hears nothing")
    sends = Sends(net, watch.udp(100))
    must(sends.until(has(1)) and not has(2)(), "as it was begun: %s" % text(log))

    snort_lua(where, "192.0.2.0/24", 3)
    with open(rules, "w", encoding="utf-8") as f:
        f.write(more % 4)
    os.rename(log, log + ".1")
    p.p.send_signal(signal.SIGHUP)
    must(sends.until(has(3)) and sends.until(has(4)), "SIGHUP: other rules, or new logs, did not come: %s" % (text(log) if os.path.exists(log) else "no log"))

    with open(os.path.join(where, "snort.lua"), "a", encoding="utf-8") as f:
        f.write("ips = {\n")
    p.p.send_signal(signal.SIGHUP)
    p.wait_for(b"rules stay as they were: ")
    must(b"snort.lua" in p.said, "why is not told: %s" % p.said.decode())
    os.rename(log, log + ".2")
    p.p.send_signal(signal.SIGUSR2)
    must(sends.until(has(3)), "SIGUSR2: no new log")

    p.p.send_signal(signal.SIGUSR1)
    lines = []
    while not lines or b"total_alerts" not in lines[-1]:
        lines.append(p.p.stdout.readline())
        must(lines[-1], "no counts: %r" % lines)
    counts = {name.strip(): int(n) for name, n in (line.decode().split(":") for line in lines if b":" in line)}
    must(counts["pcaps"] == 1 and counts["received"] >= 4 and counts["alerts"] >= 4, "counts: %r" % counts)
    end = p.stop(signal.SIGQUIT)
    must(p.p.returncode == 0 and "total_alerts" in end, "SIGQUIT: ended with %d: %s" % (p.p.returncode, p.said.decode()))


class Fed:
    """A program that reads a capture from a pipe: the same frame again and again."""

    def __init__(self, p, log):
        self.p, self.log, self.sent = p, log, 0
        p.stdin.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

    def until(self, sid):
        """… until there is an alert of that rule"""
        frame, end = watch.udp(100), time.monotonic() + 20
        while not (os.path.exists(self.log) and "[1:%d:0]" % sid in text(self.log)):
            self.sent += 1
            self.p.stdin.write(struct.pack("<4I", self.sent, 0, len(frame), len(frame)) + frame)
            self.p.stdin.flush()
            must(self.p.poll() is None and time.monotonic() < end, "no alert of %d" % sid)
            time.sleep(0.02)


def case_process_snort_captures(engine, where, net):
    """SIGHUP while Snort reads captures: rules come, and what is read behind them is looked at with them"""
    rules, log = os.path.join(where, "my.rules"), os.path.join(where, "alert_fast.txt")
    rule = 'alert udp any any -> any any ( msg:"one"; content:"xx"; sid:%d; )\n'
    with open(rules, "w", encoding="utf-8") as f:
        f.write(rule % 1)
    net.space("b")
    p = net.start("b", [engine, "snort", "-q", "-R", rules, "--lua", "alert_fast = { file = true }", "-l", where, "-r", "-"], stdin=subprocess.PIPE)
    fed = Fed(p, log)
    fed.until(1)
    with open(rules, "w", encoding="utf-8") as f:
        f.write(rule % 2)
    p.send_signal(signal.SIGHUP)
    fed.until(2)
    said = p.communicate(timeout=20)
    must(p.returncode == 0 and text(log).count("[1:1:0]") + text(log).count("[1:2:0]") == fed.sent, "ended with %d: %s" % (p.returncode, said))


def case_process_suricata_captures(engine, where, net):
    """SIGUSR2 while Suricata reads captures: rules come, also behind others that are just read, and what is read behind them is looked at with them; SIGHUP: logs are made anew"""
    rules, log = os.path.join(where, "my.rules"), os.path.join(where, "fast.log")
    rule = 'alert udp any any -> any any (msg:"one"; content:"xx"; sid:%d;)\n'
    with open(rules, "w", encoding="utf-8") as f:
        f.write(rule % 1)
    net.space("b")
    p = net.start("b", [engine, "suricata", "-S", rules, "-l", where, "-k", "none", "-r", "-", "--set", "outputs.0.fast.enabled=yes"], stdin=subprocess.PIPE)
    fed = Fed(p, log)
    fed.until(1)
    many = "".join('alert udp any any -> any any (msg:"many"; content:"none %04x"; sid:%d;)\n' % (i, 1000 + i) for i in range(4000))
    for sid in (3, 2):  # the second comes while the first reads rules
        with open(rules + ".new", "w", encoding="utf-8") as f:
            f.write(many + rule % sid)
        os.rename(rules + ".new", rules)
        p.send_signal(signal.SIGUSR2)
        time.sleep(0.05)
    fed.until(2)
    os.rename(log, log + ".1")
    p.send_signal(signal.SIGHUP)
    fed.until(2)
    said = p.communicate(timeout=20)
    both = text(log + ".1") + text(log)
    must(p.returncode == 0 and sum(both.count("[1:%d:0]" % sid) for sid in (1, 2, 3)) == fed.sent, "ended with %d: %s" % (p.returncode, said))


def case_process_background_tells(engine, where, net):
    """what Snort and Suricata say in the background is in a file: that other rules cannot be used, and why"""
    watch.cable(net)
    rules = os.path.join(where, "my.rules")
    for name, number, more in (("snort", signal.SIGHUP, ["-c", snort_lua(where, "10.0.0.0/8", 2), "-R", rules, "--create-pidfile="]),
                               ("suricata", signal.SIGUSR2, ["-S", rules, "--pidfile="])):
        logs = os.path.join(where, name)
        os.makedirs(logs)
        pid, log = os.path.join(logs, "pid"), os.path.join(logs, "peccary.log")
        with open(rules, "w", encoding="utf-8") as f:
            f.write('alert udp any any -> any any (msg:"one"; content:"xx"; sid:1;)\n')
        p = net.start("b", [engine, name, "-l", logs, "-i", "in", "-D", *more[:-1], more[-1] + pid])
        must(p.wait(timeout=20) == 0, "%s: ended with %d: %s" % (name, p.returncode, p.stderr.read()))
        guard.soon(lambda: os.path.exists(pid) and text(pid).strip())
        number_of = int(text(pid))
        try:
            time.sleep(1)
            os.remove(rules)
            os.kill(number_of, number)
            guard.soon(lambda: os.path.exists(log) and "my.rules" in text(log), 10)
            must(os.path.exists(log) and "my.rules: No such file" in text(log), "%s: %s" % (name, text(log) if os.path.exists(log) else "no file"))
        finally:
            os.kill(number_of, signal.SIGTERM)
        guard.soon(lambda: not os.path.exists(pid), 10)


def case_process_hangup_ignored(engine, where, net):
    """a SIGHUP that its caller lets pass (nohup) before a run has begun does not make it deaf to the next signals"""
    record, key = os.path.join(where, "record"), os.path.join(where, "key")
    subprocess.run([engine, "record", "--import", "--to", record, watch.CAPTURE], check=True, stdout=subprocess.DEVNULL, timeout=60)
    os.mkfifo(key)  # nobody writes it: who opens it waits
    net.space("b")
    p = net.start("b", [engine, "hunt", "--record", record, "--key", key, "--string", "GET"], preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    confined_soon(p, False)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGTERM):
        p.send_signal(number)
        time.sleep(0.3)
    must(p.wait(timeout=10) in (128 + signal.SIGTERM, -signal.SIGTERM), "ended with %d" % p.returncode)
