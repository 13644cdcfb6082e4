# SPDX-License-Identifier: GPL-2.0-or-later
"""Where frames come from, when what gives them misbehaves."""
import json
import os
import shutil
import time

from case_guard import HTTP, Probe, adds_up, bridge, guard, http, rules_file, serve, stopped
from net import Program, Skip, must


def left_open(engine, where, net):
    """A guard was killed, and what it left goes on."""
    bridge(net)
    serve(net, where, ("http", HTTP))
    p = guard(engine, where, net)
    p.p.kill()
    p.p.wait()
    time.sleep(0.4)
    must(http(net, b"/attack-me") == b"hello\n", "what was killed did not leave a bridge that goes on")


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
