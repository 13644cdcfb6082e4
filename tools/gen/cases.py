#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the captures of end-to-end cases, checks that they are what their make.py writes, asks an engine for verdicts.

    cases.py build [NAME...]              write tests/e2e/NAME/input.pcap (and tests/captures/office.pcap)
    cases.py check [NAME...]              fail if a stored capture differs from a fresh one, or a case lacks a part
    cases.py judge --engine "suricata -c suricata.yaml" [NAME...]    write expect.jsonl from what the engine raises
    cases.py judge --dry ...              only compare

A case is a folder with make.py (`def make(trace)`), rules, README, and optionally settings.yaml. make.py may also set
  SHOW     {"event type": ["key", ...]}: which events to expect, grouped by these keys (default: alerts by signature_id)
  DIFFERS  {sid: count}: where the version meant gives another verdict than the engine at hand; README says why
"""

import argparse
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import office  # noqa: E402
from capture import Trace  # noqa: E402

ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
CASES = os.path.join(ROOT, "tests", "e2e")
LEAST = {"alert": ["alert.signature_id"]}


def names(wanted):
    """The cases that have a make.py, or those named."""
    return wanted or sorted(n for n in os.listdir(CASES) if os.path.exists(os.path.join(CASES, n, "make.py")))


def script(name):
    """The names make.py defines. The hosts of pair.py start afresh: their counters must not depend on the case before."""
    sys.modules.pop("pair", None)
    return runpy.run_path(os.path.join(CASES, name, "make.py"))


def capture(name):
    """The bytes a case's make.py writes."""
    trace = Trace(name)
    script(name)["make"](trace)
    return trace.bytes()


def build(wanted):
    if not wanted:
        office.make().write(os.path.join(ROOT, "tests", "captures", "office.pcap"))
    for name in names(wanted):
        with open(os.path.join(CASES, name, "input.pcap"), "wb") as f:
            f.write(capture(name))


def check(wanted):
    """A line for each difference; true if there is none."""
    bad = []
    pairs = [(os.path.join(CASES, n, "input.pcap"), capture(n)) for n in names(wanted)]
    if not wanted:
        pairs.append((os.path.join(ROOT, "tests", "captures", "office.pcap"), office.make().bytes()))
    for path, fresh in pairs:
        with open(path, "rb") as f:
            if f.read() != fresh:
                bad.append(path + " is not what its script writes")
    for name in names(wanted):
        has = set(os.listdir(os.path.join(CASES, name)))
        bad += ["%s lacks %s" % (name, part) for part in ("README", "expect.jsonl") if part not in has]
        bad += ["%s lacks rules, and settings that would be looked at instead" % name] if not has & {"rules", "settings.yaml"} else []
    print("\n".join(bad + ["%d captures checked, %d complaints" % (len(pairs), len(bad))]))
    return not bad


def run_engine(engine, folder, out):
    """Run a Suricata command line on a case and give its events."""
    line = shlex.split(engine) + ["-S", os.path.join(folder, "rules"), "-r", os.path.join(folder, "input.pcap"), "-l", out, "-k", "all",
                                  "--runmode", "single", "--set", "stream.reassembly.randomize-chunk-size=no",
                                  "--set", "classification-file=" + os.path.join(ROOT, "rules", "classification.config"),
                                  "--set", "reference-config-file=" + os.path.join(ROOT, "rules", "reference.config")]
    args = os.path.join(folder, "args")
    if os.path.exists(args):
        with open(args) as f:
            line += shlex.split(f.read().replace("%CASE%", folder), comments=True)
    settings = os.path.join(folder, "settings.yaml")
    if os.path.exists(settings):
        line += ["--include", settings]
    done = subprocess.run(line, capture_output=True, text=True)
    complaints = [x for x in done.stderr.splitlines() + done.stdout.splitlines() if x.startswith("E:")]
    if done.returncode or complaints:
        print("\n".join(complaints), file=sys.stderr)
        raise SystemExit("%s: the engine failed or refused a rule" % os.path.basename(folder))
    with open(os.path.join(out, "eve.json")) as f:
        return [json.loads(x) for x in f]


def value(event, key):
    for part in key.split("."):
        event = event.get(part) if isinstance(event, dict) else None
    return event


def meets(event, match):
    """Does the event hold all that match names?"""
    return all(value(event, k) == v for k, v in match.items())


def expectation(folder, events, show, differs):
    """The lines of expect.jsonl: events counted by their keys, silent rules, and the number of alerts in all."""
    events = [e for e in events if value(e, "alert.signature_id") not in differs]
    with open(os.path.join(folder, "rules")) as f:
        sids = sorted({int(x) for r in f if not r.startswith("#") for x in re.findall(r"\bsid:\s*(\d+)", r)})
    raised = {value(e, "alert.signature_id") for e in events}
    matches = []
    for kind, keys in {**LEAST, **show}.items():
        for e in events:
            if e["event_type"] == kind:
                found = {"event_type": kind, **{k: value(e, k) for k in keys if value(e, k) is not None}}
                if found not in matches:
                    matches.append(found)
    alerts = [m for m in matches if m["event_type"] == "alert"]
    alerts.sort(key=lambda m: [m.get(k, 0) for k in ("alert.signature_id", "pcap_cnt")] + [json.dumps(m)])
    lines = [{"match": m, "count": sum(meets(e, m) for e in events)} for m in alerts + [m for m in matches if m["event_type"] != "alert"]]
    lines += [{"match": {"event_type": "alert", "alert.signature_id": s}, "count": differs.get(s, 0)} for s in sids if s not in raised]
    lines.append({"match": {"event_type": "alert"}, "count": sum(e["event_type"] == "alert" for e in events) + sum(differs.values())})
    return "".join(json.dumps(x) + "\n" for x in lines)


def judge(engine, wanted, dry):
    """Write, or with dry compare, what the engine raises. True if nothing differed."""
    same = True
    for name in names(wanted):
        folder = os.path.join(CASES, name)
        vars = script(name)
        with tempfile.TemporaryDirectory() as out:
            fresh = expectation(folder, run_engine(engine, folder, out), vars.get("SHOW", {}), vars.get("DIFFERS", {}))
        path = os.path.join(folder, "expect.jsonl")
        old = open(path).read() if os.path.exists(path) else ""
        if old != fresh:
            same = False
            print("%s: %s" % (name, "differs" if old else "new"))
            for line in fresh.splitlines():
                if line not in old:
                    print("  + " + line)
            for line in old.splitlines():
                if line not in fresh:
                    print("  - " + line)
            if not dry:
                with open(path, "w") as f:
                    f.write(fresh)
    return same


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("verb", choices=("build", "check", "judge"))
    p.add_argument("name", nargs="*")
    p.add_argument("--engine", help="command line of a Suricata, with its settings")
    p.add_argument("--dry", action="store_true", help="compare, write nothing")
    a = p.parse_intermixed_args()
    if a.verb == "build":
        build(a.name)
    elif a.verb == "check":
        return 0 if check(a.name) else 1
    else:
        if not a.engine:
            p.error("judge needs --engine")
        return 0 if judge(a.engine, a.name, a.dry) or not a.dry else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
