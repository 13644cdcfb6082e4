# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of its own: TCP segments and IP fragments as a test wants them, against the real stack of a server."""
import random
import socket
import struct
import time

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
CLIENT, CLIENT_MAC = "10.9.0.77", "02:00:00:00:00:77"


def sum16(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


class Peer:
    """One session with server:port from a port of the fake client."""

    def __init__(self, net, server_mac, port, sport, isn=None, stamps=False):
        with net.inside("client"):
            self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.s.bind(("eth0", 0x0800))
        self.ether = bytes.fromhex(server_mac.replace(":", "")) + bytes.fromhex(CLIENT_MAC.replace(":", "")) + b"\x08\x00"
        self.src, self.dst = socket.inet_aton(CLIENT), socket.inet_aton("10.9.0.2")
        self.port, self.sport = port, sport
        self.isn = random.getrandbits(32) if isn is None else isn
        self.base = (self.isn + 1) & 0xffffffff   # of the first byte
        self.next, self.acked, self.reset = 0, 0, False
        self.stamps, self.echo, self.clock = stamps, 0, 1000
        self.id = random.getrandbits(15)
        self.open = self.handshake()

    def options(self, stamp=None):
        return b"\x01\x01\x08\x0a" + struct.pack(">II", self.clock if stamp is None else stamp, self.echo) if self.stamps else b""

    def segment(self, at, data=b"", flags=ACK | PSH, **odd):
        """The bytes of a segment with data at that place of the stream."""
        options = odd.get("options", b"\x02\x04\x05\xb4" + self.options() if flags & SYN else self.options(odd.get("stamp")))
        options += b"\0" * (-len(options) % 4)
        seq = odd.get("seq", (self.base + at) & 0xffffffff)
        head = struct.pack(">HHIIBBHHH", self.sport, self.port, seq, odd.get("ack", self.next), (20 + len(options)) // 4 << 4, flags,
                           odd.get("window", 64240), 0, odd.get("urgent", 0)) + options
        check = sum16(self.src + self.dst + struct.pack(">BBH", 0, 6, len(head) + len(data)) + head + data)
        check ^= 0x5555 if odd.get("bad_sum") else 0
        return head[:16] + struct.pack(">H", check) + head[18:] + data

    def ip(self, l4, offset=0, more=False, number=None, ttl=64):
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(l4), self.id if number is None else number, (0x2000 if more else 0) | offset // 8, ttl, 6, 0)
        head += self.src + self.dst
        return head[:10] + struct.pack(">H", sum16(head)) + head[12:] + l4

    def send(self, at, data=b"", flags=ACK | PSH, ttl=64, **odd):
        self.id = (self.id + 1) & 0xffff
        self.s.send(self.ether + self.ip(self.segment(at, data, flags, **odd), ttl=ttl))

    def fragments(self, l4, cuts, order=None, extra=()):
        """A datagram in fragments that begin at `cuts`; extra: (offset, bytes, more) sent among them first."""
        self.id = (self.id + 1) & 0xffff
        parts = [(a, l4[a:b], b < len(l4)) for a, b in zip(cuts, cuts[1:] + [len(l4)])]
        for offset, data, more in list(extra) + [parts[i] for i in (order or range(len(parts)))]:
            self.s.send(self.ether + self.ip(data, offset, more))

    def listen(self, seconds, done=lambda: False):
        """Takes what comes, until it is enough or the time is over."""
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                return
            self.s.settimeout(left)
            try:
                f = self.s.recv(65536)
            except (socket.timeout, BlockingIOError):
                return
            ip = f[14:]
            if len(ip) < 40 or ip[9] != 6 or ip[16:20] != self.src:
                continue
            t = ip[(ip[0] & 15) * 4:struct.unpack(">H", ip[2:4])[0]]
            sport, dport, seq, ack, offset, flags = struct.unpack(">HHIIBB", t[:14])
            if sport != self.port or dport != self.sport:
                continue
            o = t[20:(offset >> 4) * 4]
            while o and o[0] != 0:
                if o[0] == 8 and len(o) >= 10:
                    self.echo = struct.unpack(">I", o[2:6])[0]
                o = o[1:] if o[0] == 1 else o[max(2, o[1] if len(o) > 1 else 2):]
            data = len(t) - (offset >> 4) * 4
            self.reset |= bool(flags & RST)
            if flags & SYN:
                self.next = (seq + 1) & 0xffffffff
            elif (seq - self.next) & 0xffffffff < 1 << 31 or data == 0:
                self.next = (seq + data + bool(flags & FIN)) & 0xffffffff if seq == self.next else self.next
            if flags & ACK:
                self.acked = max(self.acked, (ack - self.base) & 0xffffffff if (ack - self.base) & 0xffffffff < 1 << 31 else 0)

    def handshake(self):
        self.send(-1, flags=SYN, ack=0)
        self.listen(2, lambda: self.next != 0 or self.reset)
        if self.next:
            self.send(0, flags=ACK)
        return self.next != 0

    def tick(self):
        self.clock += 10

    def finish(self, data, size=700):
        """What a good client would do: all of it again, from what is acknowledged on, until the server has it; then the end."""
        for _ in range(12):
            self.tick()
            self.listen(0.01)
            if self.acked >= len(data) or self.reset:
                break
            for at in range(self.acked, len(data), size):
                self.send(at, data[at:at + size])
            self.listen(0.25, lambda: self.acked >= len(data) or self.reset)
        self.send(len(data), flags=FIN | ACK)
        self.listen(0.3, lambda: self.acked > len(data) or self.reset)
        self.s.close()


def other(data):
    """As long, and none of its bytes."""
    return bytes(b ^ 0x20 if chr(b).isalpha() else b ^ 1 for b in data)


# Each: what it is, and how the peer sends `data` (its head is `h` bytes) before it is sent in due form.
TRICKS = []


def trick(f):
    TRICKS.append((f.__name__, f))
    return f


@trick
def one_byte_each(p, data, h):
    for i in range(len(data)):
        p.send(i, data[i:i + 1])


@trick
def backwards(p, data, h):
    for at in reversed(range(0, len(data), 50)):
        p.send(at, data[at:at + 50])


@trick
def all_twice(p, data, h):
    for at in range(0, len(data), 100):
        p.send(at, data[at:at + 100])
        p.send(at, data[at:at + 100])


@trick
def other_bytes_behind_a_hole(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, other(data[h + 20:h + 60]))
    p.send(h + 20, data[h + 20:h + 60])
    p.send(h, data[h:h + 20])


@trick
def other_bytes_after_behind_a_hole(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, data[h + 20:h + 60])
    p.send(h + 20, other(data[h + 20:h + 60]))
    p.send(h, data[h:h + 20])


@trick
def overlap_left(p, data, h):
    p.send(0, data[:h])
    p.send(h + 30, data[h + 30:h + 60])
    p.send(h + 10, other(data[h + 10:h + 45]))
    p.send(h, data[h:h + 10])


@trick
def overlap_right(p, data, h):
    p.send(0, data[:h])
    p.send(h + 10, data[h + 10:h + 40])
    p.send(h + 30, other(data[h + 30:h + 70]))
    p.send(h, data[h:h + 10])


@trick
def overlap_around(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, data[h + 20:h + 30])
    p.send(h + 10, other(data[h + 10:h + 50]))
    p.send(h, data[h:h + 10])


@trick
def overlap_of_what_was_read(p, data, h):
    p.send(0, data[:h + 40])
    p.listen(0.05)
    p.send(h, other(data[h:h + 40]) + data[h + 40:h + 80])


@trick
def bad_checksum_first(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), bad_sum=True)
    p.send(h, data[h:h + 50])


@trick
def no_ack_flag(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), flags=PSH)
    p.send(h, data[h:h + 50])


@trick
def no_flags(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), flags=0)
    p.send(h, data[h:h + 50])


@trick
def acknowledges_the_future(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ack=(p.next + 100000) & 0xffffffff)
    p.send(h, data[h:h + 50])


@trick
def acknowledges_long_ago(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ack=(p.next - 0x20000000) & 0xffffffff)
    p.send(h, data[h:h + 50])


@trick
def beyond_the_window(p, data, h):
    p.send(0, data[:h])
    p.send(h + 500000, other(data[h:h + 50]))
    p.send(h, data[h:h + 50])


@trick
def reset_that_is_none(p, data, h):
    p.send(0, data[:h])
    p.send(h + 300000, flags=RST)
    p.send(h, data[h:h + 50])


@trick
def reset_within_the_window(p, data, h):
    p.send(0, data[:h])
    p.send(h + 10, flags=RST)  # RFC 5961: the server asks whether it is meant, and goes on
    p.send(h, data[h:h + 50])


@trick
def reset_with_a_bad_sum(p, data, h):
    p.send(0, data[:h])
    p.send(h, flags=RST | ACK, bad_sum=True)
    p.send(h, data[h:h + 50])


@trick
def end_that_is_none(p, data, h):
    p.send(0, data[:h])
    p.send(h, flags=FIN | ACK, bad_sum=True)
    p.send(h + 200000, flags=FIN | ACK)
    p.send(h, data[h:h + 50])


@trick
def end_behind_a_hole(p, data, h):
    p.send(0, data[:h])
    p.send(len(data), flags=FIN | ACK)
    p.send(h, data[h:])


@trick
def syn_within(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 20]), flags=SYN)
    p.send(h, data[h:h + 50])


@trick
def syn_again(p, data, h):
    p.send(0, data[:h])
    p.send(-1, flags=SYN, seq=(p.isn + 12345) & 0xffffffff, ack=0)
    p.send(h, data[h:h + 50])


@trick
def urgent_byte(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], flags=ACK | PSH | URG, urgent=10)


@trick
def urgent_pointer_alone(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], urgent=10)


@trick
def unknown_option(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), options=b"\x13\x12" + b"\x01" * 16)  # a signature (RFC 2385) nobody agreed upon
    p.send(h, data[h:h + 50])


@trick
def zero_window_probe(p, data, h):
    p.send(0, data[:h + 50])
    p.send(h + 49, other(data[h + 49:h + 50]), window=0)
    p.send(h + 50, data[h + 50:h + 80])


@trick
def short_lived(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], ttl=1)


@trick
def fragments_in_order(p, data, h):
    p.fragments(p.segment(0, data[:h + 100]), [0, 24, 48, 80])


@trick
def fragments_backwards(p, data, h):
    p.fragments(p.segment(0, data[:h + 100]), [0, 24, 48, 80], [3, 2, 1, 0])


@trick
def fragments_that_overlap(p, data, h):
    good = p.segment(0, data[:h + 100])
    p.fragments(good, [0, 24, 48, 80], extra=[(48, other(good[48:80]), True)])


@trick
def fragments_that_overlap_in_part(p, data, h):
    good = p.segment(0, data[:h + 100])
    p.fragments(good, [0, 24, 48, 80], [2, 1, 3, 0], extra=[(40, other(good[40:64]), True)])


@trick
def fragments_sent_twice(p, data, h):
    p.fragments(p.segment(0, data[:h + 100]), [0, 24, 48, 80], [0, 1, 1, 2, 2, 3])


@trick
def fragments_never_whole(p, data, h):
    bad = p.segment(0, other(data[:h + 100]))
    p.fragments(bad, [0, 24, 48, 80], [0, 2, 3])
    p.send(0, data[:h + 100])


def old_stamps(p, data, h):
    """RFC 7323 5: what is older than what came is not taken."""
    p.send(0, data[:h])
    p.listen(0.05)
    p.send(h, other(data[h:h + 50]), stamp=p.clock - 900)
    p.send(h, data[h:h + 50])


def no_stamp(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), options=b"")
    p.send(h, data[h:h + 50])


STAMPED = [("old_stamps", old_stamps), ("no_stamp", no_stamp)]


def at_random(seed):
    """Overlaps, holes, lies and repetitions in any order."""
    dice = random.Random(seed)

    def send(p, data, h):
        for _ in range(dice.randint(5, 40)):
            at, n = dice.randrange(len(data)), dice.randint(1, 120)
            part = data[at:at + n]
            lie = at >= h and dice.random() < 0.4
            odd = dice.choice([{}] * 12 + [{"bad_sum": True}, {"flags": PSH}, {"ack": (p.next + 70000) & 0xffffffff}, {"ttl": 3}])
            if at < h < at + n:
                part, lie = data[at:h], False
            if dice.random() < 0.1:
                l4 = p.segment(at, other(part) if lie else part)
                cuts = [0] + sorted({c * 8 for c in (dice.randint(1, max(1, (len(l4) - 1) // 8)) for _ in range(3)) if c * 8 < len(l4)})
                order = list(range(len(cuts)))
                dice.shuffle(order)
                p.fragments(l4, cuts, order)
            else:
                p.send(at, other(part) if lie else part, **odd)
            if dice.random() < 0.2:
                p.listen(0.005)

    return send
