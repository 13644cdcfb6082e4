# SPDX-License-Identifier: GPL-2.0-or-later
from host import PLAIN, Host
from pair import datagram


def make(trace):
    """Each of four hundred hosts once."""
    for i in range(400):
        near = Host("near", "02:00:00:00:00:0a", "10.0.%d.%d" % (i // 200, i % 200 + 1), "fd00::10", PLAIN)
        datagram(trace, b"knock", dport=7000, at=0.001 * i, near=near)
