# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule sets of tenants, chosen by the interface that traffic comes from."""
import os

import case_watch as watch
from net import Program, must, replay

SETTINGS = """%%YAML 1.1
---
multi-detect:
  enabled: yes
  selector: device
  config-path: %s
  tenants:
    - {id: 1, yaml: one.yaml}
    - {id: 2, yaml: two.yaml}
  mappings:
    - {device: in, tenant-id: 1}
    - {device: more, tenant-id: 2}
outputs:
  - eve-log: {enabled: yes, types: [alert]}
"""
TENANT = "%%YAML 1.1\n---\nvars: {address-groups: {OURS: \"%s\"}}\ndefault-rule-path: %s\nrule-files: [own.rules]\n"


def write(where, name, text):
    path = os.path.join(where, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def case_tenants_device(engine, where, net):
    """two interfaces are two tenants, each with its own meaning of a variable; a third is nobody's"""
    watch.cable(net)
    for out, device in (("out2", "more"), ("out3", "rest")):
        net.pair("a", out, "b", device)
        net.ip("a", "link set %s mtu 9000" % out)
        net.ip("b", "link set %s mtu 9000" % device)
    write(where, "one.yaml", TENANT % ("0.0.0.0/0", where))
    write(where, "two.yaml", TENANT % ("203.0.113.77", where))
    write(where, "own.rules", 'alert dns $OURS any -> any any (msg:"ours"; dns.query; content:"."; sid:1;)\n'
                              'alert dns !$OURS any -> any any (msg:"others\'"; dns.query; content:"."; sid:2;)\n')
    rules = write(where, "all.rules", 'alert dns any any -> any any (msg:"everybody\'s"; dns.query; content:"."; sid:3;)\n')
    settings = write(where, "settings.yaml", SETTINGS % where)
    logs = os.path.join(where, "logs")
    p = Program(net, "b", [engine, "watch", "-c", settings, "-r", rules, "-l", logs, "--workers", "2", "in", "more", "rest"], b"watching")
    for out in ("out", "out2", "out3"):
        replay(net, "a", out, watch.CAPTURE)
    p.stop()
    told = {}
    for e in watch.events(logs):
        if e["event_type"] == "alert":
            key = (e["in_iface"], e["alert"].get("tenant_id"), e["alert"]["signature_id"])
            told[key] = told.get(key, 0) + 1
    must(set(told) == {("in", 1, 1), ("more", 2, 2), ("rest", None, 3)}, "told: %r" % told)
    must(len(set(told.values())) == 1, "not as many of each: %r" % told)
