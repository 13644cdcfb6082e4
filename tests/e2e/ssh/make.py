# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "ssh": ["ssh.client.software_version", "ssh.server.software_version"]}


def make(trace):
    s = session(trace, 22).open()
    for who, data in apps.ssh_turns(trace.rng("ssh"), rounds=1):
        s.send(who, data)
    s.close()
