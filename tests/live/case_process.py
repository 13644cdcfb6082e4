# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program may do once it looks at traffic, and how it goes."""
import os
import subprocess

import case_watch as watch
from net import Program, must

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


def case_process_writes(engine, where, net):
    """what settings name to be read, and the folder it is started in, is not written; what they name to be written is"""
    watch.cable(net)
    rows = (  # where the folder is named, how the log in it, is it written
        ("security: {landlock: {enabled: yes, directories: {read: [%s]}}}\n", "../out/eve.json", False),
        ("threshold-file: %s\n", "../out/eve.json", False),
        ("", "%s/eve.json", True),
        ("", "../out/eve.json", False),
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
        p = net.start("b", [engine, "suricata", "-c", path, "-S", "/dev/null", "-l", logs, "-i", "in"], cwd=out if not named else "/")
        if good:
            os.set_blocking(p.stderr.fileno(), True)
            while b"interrupt to end" not in p.stderr.readline():
                must(p.poll() is None, "it has ended")
            p.terminate()
        said = p.communicate(timeout=20)
        must((p.returncode == 0) == good, "%s%s: ended with %d: %s" % (named, log, p.returncode, said))
        subprocess.run(["rm", "-rf", out, logs], check=True)
