# SPDX-License-Identifier: GPL-2.0-or-later
import smb
from pair import talk

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    talk(trace, 445, smb.smb1_probe_turns("192.168.1.77", trace.rng("probe")))
