# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import CLIENT, NEAR, FAR, Wire, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"]}


def make(trace):
    s = session(trace).open()
    s.request(b"GET http://c/x HTTP/1.1\r\nHost: a\r\nOther: b\r\nbroken line\r\n\r\n").reply(ok())
    s.request(b"GET /y HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").reply(ok()).close()
    wire = Wire(trace)
    wire.send_ip(1, NEAR, FAR, net.P_UDP, net.udp(NEAR.ip, FAR.ip, 40000, 7000, b"short", length=40))
    wire.send_packet(1.1, NEAR, FAR, net.ipv4(NEAR.ip, FAR.ip, net.P_TCP, net.tcp(NEAR.ip, FAR.ip, 1, 2, 0, 0, net.SYN)[:16]))
    t = session(trace, 9000, sport=40001, at=2).open()
    t.segment(CLIENT, 500000, b"far outside the window")
