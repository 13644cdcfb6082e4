# SPDX-License-Identifier: GPL-2.0-or-later
"""Suricata's and Snort's command lines over devices."""
import json
import os
import subprocess
import time

import case_guard as guard
import case_watch as watch
from net import Program, must, replay

YAML = """%%YAML 1.1
---
af-packet:
  - interface: left
    threads: 2
    cluster-id: 99
    cluster-type: cluster_flow
    defrag: yes
    copy-mode: %s
    copy-iface: right
  - interface: right
    threads: 2
    copy-mode: %s
    copy-iface: left
  - interface: default
    threads: 1
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types: [alert, flow, stats, drop]
"""


def settings(where, mode="ips"):
    path = os.path.join(where, "suricata.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(YAML % (mode, mode))
    return path


def suricata(engine, where, net, space, *line, rules=None):
    logs = os.path.join(where, "logs")
    os.makedirs(logs, exist_ok=True)
    return Program(net, space, [engine, "suricata", "-l", logs, "-S", rules or guard.rules_file(where), "-k", "none"] + list(line), b"interrupt to end")


def case_suricata_interface(engine, where, net):
    """-i watches an interface as watch does; the process's number is in the pidfile"""
    watch.cable(net)
    pid = os.path.join(where, "pid")
    p = suricata(engine, where, net, "b", "-c", settings(where), "-i", "in", "--pidfile", pid, rules=watch.RULES)
    with open(pid) as f:
        must(int(f.read()) == p.p.pid, "the pidfile")
    sent = replay(net, "a", "out", watch.CAPTURE)
    out = p.stop()
    must("packets: %d\n" % sent in out, "%d were sent: %s" % (sent, out))
    read = os.path.join(where, "read")
    os.mkdir(read)
    subprocess.run([engine, "suricata", "-l", read, "-S", watch.RULES, "-k", "none", "-c", settings(where), "-r", watch.CAPTURE], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    must(watch.alerts(watch.events(os.path.join(where, "logs"))) == watch.alerts(watch.events(read)), "alerts differ")


def case_suricata_bridge(engine, where, net):
    """--af-packet with copy-mode ips in the settings is a bridge that drops"""
    guard.bridge(net)
    guard.servers(net, where)
    p = suricata(engine, where, net, "guard", "-c", settings(where), "--af-packet")
    guard.sessions(net, where)
    guard.attacks(net, where)
    p.stop()


def case_suricata_tap(engine, where, net):
    """with copy-mode tap it is one that tells, and lets everything pass"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    p = suricata(engine, where, net, "guard", "-c", settings(where, "tap"), "--af-packet")
    must(guard.http(net, b"/attack-me") == b"hello\n", "something was dropped")
    time.sleep(0.2)
    p.stop()
    must(any(e["event_type"] == "alert" for e in guard.events(where)), "nothing was told")


def case_suricata_queue(engine, where, net):
    """-q guards queues, and its mark takes packets back into the firewall's rules"""
    guard.routed(net)
    guard.servers(net, where)
    guard.queued(net, "-m", "mark", "!", "--mark", "1/1", "--queue-balance", "0:1")
    p = suricata(engine, where, net, "guard", "-q", "0:1", "--set", "nfq.mode=repeat", "--set", "nfq.repeat-mark=1", "--set", "nfq.repeat-mask=1")
    guard.sessions(net, where)
    guard.attacks(net, where)
    p.stop()


def case_guard_shadow(engine, where, net):
    """in shadow nothing is dropped or answered, and what would have been is told and counted"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP), ("sink", guard.SINK))
    p = guard.guard(engine, where, net, "--shadow")
    must(guard.http(net, b"/attack-me") == b"hello\n", "something was dropped")
    s = guard.connect(net, guard.SINK)
    s.sendall(b"BOTH-ENDS")
    s.shutdown(1)
    must(guard.whole(s) == b"done\n", "something was answered")
    got = json.loads(p.stop())
    must(got["capture"]["shadowed"] >= 1 and got["capture"]["held"] == 0, "counted: %r" % got["capture"])
    must({1, 8} <= {e["alert"]["signature_id"] for e in guard.events(where) if e["event_type"] == "alert"}, "told")


def case_guard_shadow_rules(engine, where, net):
    """of rules that are only to say what they would do, by number or metadata, none drops or rejects; the others do"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP), ("sink", guard.SINK))
    rules = guard.RULES + 'drop http any any -> any any (msg:"a trial"; http.uri; content:"/trial"; metadata:policy trial; sid:30;)\n'
    p = guard.guard(engine, where, net, "--set", "detect.shadow.rules=8-9", "--set", "detect.shadow.metadata=policy trial", rules=rules)
    must(guard.http(net, b"/trial") == b"hello\n", "a rule on trial dropped")
    s = guard.connect(net, guard.SINK)
    s.sendall(b"BOTH-ENDS")
    s.shutdown(1)
    must(guard.whole(s) == b"done\n", "a rule on trial answered")
    must(guard.stopped(guard.http, net, b"/attack-me"), "another did not drop")
    p.stop()
    told = {e["alert"]["signature_id"]: (e["alert"]["action"], e.get("shadow", {}).get("action")) for e in guard.events(where) if e["event_type"] == "alert"}
    must(told == {1: ("blocked", None), 8: ("allowed", "reject"), 30: ("allowed", "drop")}, "told: %r" % told)
    stats = [e for e in guard.events(where) if e["event_type"] == "stats"][-1]["stats"]
    must(stats["detect"]["shadowed"] == 2, "counted: %r" % stats["detect"])


SNORT = """
block http ( msg:"in a URI"; flow:to_server,established; http_uri; content:"/attack-me"; sid:1; )
"""


def case_snort(engine, where, net):
    """Snort's -i looks, its -Q -i guards between two"""
    guard.bridge(net)
    guard.serve(net, where, ("http", guard.HTTP))
    rules = guard.rules_file(where, SNORT)
    p = Program(net, "guard", [engine, "snort", "-R", rules, "-Q", "-i", "left:right", "-A", "alert_fast", "-l", where], b"guarding")
    must(guard.http(net, b"/") == b"hello\n", "HTTP")
    must(guard.stopped(guard.http, net, b"/attack-me"), "an attack was answered")
    out = p.stop()
    must("[block] [**] [1:1:0]" in out, "told: %s" % out[-300:])
    p = Program(net, "guard", [engine, "snort", "-R", rules, "-Q", "-i", "left:right", "--enable-inline-test", "-A", "alert_fast", "-l", where], b"guarding")
    look = Program(net, "client", [engine, "snort", "-R", rules, "--lua", "ips = { mode = 'inline' }", "-i", "eth0", "-A", "alert_fast", "-l", where], b"watching")
    must(guard.http(net, b"/attack-me") == b"hello\n", "a test dropped")
    out = look.stop()
    must("[would_block] [**] [1:1:0]" in out, "told of a look: %s" % out[-300:])
    out = p.stop()
    must("[would_block] [**] [1:1:0]" in out, "told of a test: %s" % out[-300:])
    pid = os.path.join(where, "snort.pid")
    p = Program(net, "client", [engine, "snort", "-R", rules, "-i", "eth0", "--create-pidfile", "-A", "alert_fast", "-l", where], b"watching")
    with open(pid) as f:
        must(f.read().strip().isdigit(), "its number")
    p.stop()
    must(not os.path.exists(pid), "the number's file stays")
