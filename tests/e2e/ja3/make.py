# SPDX-License-Identifier: GPL-2.0-or-later
import record_tls
from pair import talk

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    talk(trace, 443, record_tls.load("tls13"))
