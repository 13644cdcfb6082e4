# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import FAR, NEAR, Wire, get, ok, session


class Cutting(Wire):
    """Cuts every IP packet of more than 100 bytes."""

    def send_packet(self, at, src, dst, packet, forward=True):
        pieces = net.fragment4(packet, 64) if len(packet) > 100 else [packet]
        for i, piece in enumerate(pieces):
            super().send_packet(at + 0.0001 * i, src, dst, piece, forward)


def make(trace):
    session(trace, wire=Cutting(trace)).open().request(get("/a/rather/long/path/that/does/not/fit")).reply(ok(b"what was asked for")).close()


SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}
