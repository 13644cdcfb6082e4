# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, datagram, talk

SHOW = {"alert": ["alert.signature_id", "alert.action", "replaced", "payload_printable"]}


def make(trace):
    talk(trace, 7000, [(CLIENT, b"an EVIL word"), (SERVER, b"heard"), (CLIENT, b"an EV"), (CLIENT, b"IL word")], sport=40001)
    datagram(trace, b"an EVIL word", dport=7001)
