# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP sessions that behave: handshake, segmentation, acknowledgements, closing; and on request, misbehave.

The simple calls (open, request, reply, close) make what two healthy stacks send. `segment` puts any bytes at any offset of
a direction's stream: retransmissions, reordering, overlaps, gaps; acknowledgements stay true to what has arrived in order.
"""

import struct

import net
from net import ACK, FIN, PSH, RST, SYN

CLIENT, SERVER = "client", "server"


class End:
    """One side: its next sequence number and what it has received."""

    def __init__(self, host, port, isn):
        self.host, self.port, self.isn = host, port, isn
        self.sent = 0           # stream bytes sent so far (the highest offset)
        self.got = 0            # stream bytes of the peer received in order
        self.ahead = []         # (from, to) of the peer's bytes received out of order
        self.syn = self.fin = self.peer_fin = False
        self.stamp = 0          # last TCP time stamp sent
        self.clock = isn % 100000 * 7

    def receive(self, start, end):
        """Note the arrival of the peer's bytes [start, end)."""
        self.ahead.append((start, end))
        moved = True
        while moved:
            moved = False
            for piece in self.ahead:
                if piece[0] <= self.got < piece[1]:
                    self.got, moved = piece[1], True
        self.ahead = [p for p in self.ahead if p[1] > self.got]


class Session:
    """One TCP connection on a wire. Times are seconds; `now` moves on with each packet.

    rtt: what the answer of the peer takes; mss: largest segment; isn: (client's, server's) or None for seeded random ones.
    """

    def __init__(self, wire, client, server, dport, *, sport=None, at=0.0, rtt=0.0004, mss=None, isn=None):
        self.wire, self.now, self.rtt = wire, at, rtt
        self.mss = mss or (1440 if wire.v6 else 1460) - (12 if client.stack.stamps and server.stack.stamps else 0)
        self.offered = 1440 if wire.v6 else 1460
        rng = wire.random
        a, b = isn or (rng.getrandbits(32), rng.getrandbits(32))
        self.client = End(client, sport or client.next_port(), a)
        self.server = End(server, dport, b)
        self.stamps = client.stack.stamps and server.stack.stamps
        self.scaled = client.stack.scale and server.stack.scale

    # -- sides ---------------------------------------------------------------

    def pair(self, who):
        return (self.client, self.server) if who == CLIENT else (self.server, self.client)

    def pause(self, seconds):
        """Let time pass."""
        self.now += seconds
        return self

    # -- one packet ----------------------------------------------------------

    def emit(self, who, flags, seq, payload=b"", options=b"", window=None, step=None, **fields):
        """Send one segment with an absolute sequence number, acknowledging what has arrived."""
        me, peer = self.pair(who)
        ack = 0
        if flags & ACK:
            ack = fields.pop("ack", peer.isn + (1 if peer.syn else 0) + me.got + (1 if me.peer_fin else 0))
        if self.stamps and not flags & SYN and not options:
            options = b"\1\1" + struct.pack("!BBII", 8, 10, *self.stamp(me, peer))
        if window is None:
            window = me.host.stack.later if self.scaled and not flags & SYN else me.host.stack.window
        csum, urgent = fields.pop("csum", None), fields.pop("urgent", 0)
        w = self.wire
        body = net.tcp(w.address(me.host), w.address(peer.host), me.port, peer.port, seq, ack, flags, payload,
                       window=window, options=options, csum=csum, urgent=urgent)
        w.send_ip(self.now, me.host, peer.host, net.P_TCP, body, forward=who == CLIENT, **fields)
        self.now += self.rtt / 4 if step is None else step

    def stamp(self, me, peer):
        me.stamp = (me.clock + round(self.now * 1000)) & 0xFFFFFFFF
        return me.stamp, peer.stamp

    def segment(self, who, offset, data, flags=ACK | PSH, lost=False, step=None, **fields):
        """Bytes at an offset of the direction's stream. lost: sent and seen here, but never reaches the peer."""
        me, peer = self.pair(who)
        self.emit(who, flags, me.isn + (1 if me.syn else 0) + offset, data, step=step, **fields)
        me.sent = max(me.sent, offset + len(data))
        if not lost:
            peer.receive(offset, offset + len(data))

    def unseen(self, who, length):
        """The next length bytes reach the peer on a path that this capture misses: a gap."""
        me, peer = self.pair(who)
        peer.receive(me.sent, me.sent + length)
        me.sent += length

    def ack(self, who, **fields):
        """A bare acknowledgement of all that has arrived in order."""
        me, _ = self.pair(who)
        self.emit(who, ACK, me.isn + (1 if me.syn else 0) + me.sent + (1 if me.fin else 0), **fields)

    # -- healthy sessions ----------------------------------------------------

    def syn(self, **fields):
        c, s = self.client, self.server
        options = c.host.stack.syn_options(self.offered, self.stamp(c, s))
        self.emit(CLIENT, SYN, c.isn, options=options, step=self.rtt, **fields)
        c.syn = True

    def syn_ack(self, **fields):
        c, s = self.client, self.server
        options = s.host.stack.syn_options(self.offered, self.stamp(s, c), c.host.stack)
        self.emit(SERVER, SYN | ACK, s.isn, options=options, **fields)
        s.syn = True

    def open(self):
        """The three-way handshake."""
        self.syn()
        self.syn_ack()
        self.ack(CLIENT)
        return self

    def midstream(self):
        """No handshake is seen: both sides are already open, the capture starts here."""
        self.client.syn = self.server.syn = True
        return self

    def send(self, who, data, mss=None, ack=True, think=0.0):
        """Data in segments; the peer acknowledges every second one and the last."""
        self.now += think
        size, other = mss or self.mss, SERVER if who == CLIENT else CLIENT
        pieces = [data[i:i + size] for i in range(0, len(data), size)]
        for i, piece in enumerate(pieces):
            last = i == len(pieces) - 1
            self.segment(who, self.pair(who)[0].sent, piece, ACK | PSH if last else ACK)
            if ack and (last or i % 2):
                self.now += self.rtt / 4
                self.ack(other)
        return self

    def request(self, data, **how):
        """The client says data, the server acknowledges."""
        return self.send(CLIENT, data, **how)

    def reply(self, data, **how):
        """The server says data, the client acknowledges."""
        return self.send(SERVER, data, **how)

    def fin(self, who):
        me, peer = self.pair(who)
        self.emit(who, ACK | FIN, me.isn + (1 if me.syn else 0) + me.sent)
        me.fin = peer.peer_fin = True

    def rst(self, who, flags=RST | ACK, **fields):
        me, _ = self.pair(who)
        self.emit(who, flags, me.isn + (1 if me.syn else 0) + me.sent + (1 if me.fin else 0), window=0, **fields)

    def close(self, first=CLIENT, rst=False):
        """Both FINs and their acknowledgements, first's first; or a reset from first."""
        if rst:
            self.rst(first)
            return self
        second = SERVER if first == CLIENT else CLIENT
        self.fin(first)
        self.now += self.rtt / 2
        self.fin(second)
        self.ack(first)
        return self


def exchange(wire, client, server, dport, *turns, close=True, **how):
    """A whole session in one call: turns are (who, bytes)."""
    session = Session(wire, client, server, dport, **how).open()
    for who, data in turns:
        session.send(who, data)
    return session.close() if close else session
