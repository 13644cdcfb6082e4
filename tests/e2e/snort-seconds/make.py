# SPDX-License-Identifier: GPL-2.0-or-later
from pair import datagram


def make(trace):
    """Six within half a second, over the turn of a second; and six within one."""
    for i in range(6):
        datagram(trace, b"knock %d" % i, dport=7000, at=0.75 + 0.1 * i)
        datagram(trace, b"tap %d" % i, dport=7001, at=2.1 + 0.1 * i)
