# SPDX-License-Identifier: GPL-2.0-or-later
from pair import Wire, datagram

SHOW = {"alert": ["alert.signature_id"]}


def make(trace):
    datagram(trace, b"a datagram", wire=Wire(trace, v6=True))
