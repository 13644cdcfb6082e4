# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from pair import datagram

SHOW = {"rtp": ["rtp.ssrc", "rtp.packets", "rtp.lost"], "flow": ["app_proto"], "alert": ["alert.signature_id"]}


def description(ip, port):
    return ("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8\r\n" % (ip, ip, port)).encode()


def message(first, body):
    head = "%s\r\nVia: SIP/2.0/UDP 192.168.1.10\r\nFrom: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n" % first
    return (head + "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(body)).encode() + body


def media(n, ssrc):
    return struct.pack("!BBHII", 0x80, 8, n, 160 * n, ssrc) + b"\xd5" * 20


def make(trace):
    datagram(trace, message("INVITE sip:b@example.org SIP/2.0", description("192.168.1.10", 4000)), sport=5060, dport=5060)
    datagram(trace, message("SIP/2.0 200 OK", description("203.0.113.80", 5000)), sport=5060, dport=5060, at=0.1, back=True)
    for n in range(5):
        datagram(trace, media(n, 0x1111), sport=4000, dport=5000, at=0.2 + 0.02 * n)
        if n != 2:
            datagram(trace, media(100 + n, 0x2222), sport=4000, dport=5000, at=0.21 + 0.02 * n, back=True)
    datagram(trace, struct.pack("!BBHI", 0x80, 200, 6, 0x1111) + bytes(20), sport=4001, dport=5001, at=0.4)
    datagram(trace, media(1, 0x3333), sport=7000, dport=7002, at=0.5)
