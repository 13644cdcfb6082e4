# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, datagram, get, ok, session, talk


def make(trace):
    talk(trace, 51413, [(CLIENT, b"\x13BitTorrent protocol" + bytes(8) + b"h" * 20 + b"p" * 20)], sport=40001)
    talk(trace, 79, [(CLIENT, b"root\r\n"), (SERVER, b"Login: root\r\n")], sport=40002, at=1.0)
    session(trace, sport=40003, at=2.0).open().request(get("/", "mmx.cdn.whatsapp.net")).reply(ok()).close()
    session(trace, sport=40004, at=3.0).open().request(get("/", "www.example")).reply(ok()).close()
    datagram(trace, b"\x16\xfe\xfd" + bytes(8) + b"\x00\x10" + b"x" * 16, sport=40005, dport=4433, at=4.0)
    talk(trace, 5222, [(CLIENT, b"\x01\x02\x03\x04")], sport=40006, at=5.0)
