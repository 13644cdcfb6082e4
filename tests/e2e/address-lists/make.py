# SPDX-License-Identifier: GPL-2.0-or-later
import pair


def make(trace):
    pair.datagram(trace, b"one", sport=40000, at=0)
    pair.datagram(trace, b"two", sport=40000, at=1)
    pair.datagram(trace, b"other", sport=40001, at=2)
