# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    """Ten within five seconds."""
    for i in range(10):
        datagram(trace, b"knock %d" % i, dport=7000, at=0.5 * i)
