# SPDX-License-Identifier: GPL-2.0-or-later
import net
import tunnel
from host import Host
from pair import Wire, http_session


class Cutting(Wire):
    """Cuts the outer IP packet where the frame is long."""

    def send_packet(self, at, src, dst, packet, forward=True):
        frame = self.frame(src, dst, net.ethertype_of(packet), packet, forward)
        pieces = net.fragment4(frame[14:], 104) if len(frame) > 140 else [frame[14:]]
        for i, piece in enumerate(pieces):
            self.trace.add(at + 0.0001 * i, frame[:14] + piece)


def make(trace):
    near, far = Host("vtep1", "02:00:00:00:01:01", "10.1.0.1"), Host("vtep2", "02:00:00:00:01:02", "10.1.0.2")
    http_session(trace, "/inside/fragments", wire=Cutting(trace, tunnels=[tunnel.vxlan(near, far, 77)]))


SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}
