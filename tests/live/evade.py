# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of its own: TCP segments and IP fragments as a test wants them, of IPv4 or IPv6, against the real stack of a server."""
import random
import socket
import struct
import time

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
CLIENT, CLIENT_MAC = "10.9.0.77", "02:00:00:00:00:77"


def client(net):
    """Its address: of a network of its own where there is a router between."""
    return "10.8.0.77" if "guard" in net.routers else CLIENT


def sum16(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pseudo(src, dst, proto, n):
    """What a checksum is taken over before the segment."""
    return src + dst + (struct.pack(">BBH", 0, proto, n) if len(src) == 4 else struct.pack(">IBBBB", n, 0, 0, 0, proto))


def six(src, dst, first, data):
    return struct.pack(">IHBB", 6 << 28, len(data), first, 64) + src + dst + data


def datagram(net, src, dst, sport, dport, text):
    """A UDP datagram between two addresses of IPv4, or of those that stand for them: its frame's type and the packet."""
    src, dst = net.packed(src), net.packed(dst)
    udp = struct.pack(">HHHH", sport, dport, 8 + len(text), 0) + text
    udp = udp[:6] + struct.pack(">H", sum16(pseudo(src, dst, 17, len(udp)) + udp) or 0xffff) + udp[8:]
    if net.family == 6:
        return b"\x86\xdd" + six(src, dst, 17, udp)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, src, dst)
    return b"\x08\0" + ip[:10] + struct.pack(">H", sum16(ip)) + ip[12:] + udp


def chained(headers, last, data=b""):
    """Extension headers, each (number, all of it but its first byte), before what is of the last number: the number of the first, and all."""
    for number, header in reversed(list(headers)):
        data, last = bytes([last]) + header + data, number
    return last, data


class Peer:
    """One session with server:port from a port of the fake client."""

    def __init__(self, net, server_mac, port, sport, isn=None, stamps=False, begin=None):
        """begin: what is sent in place of a handshake in due form (Peer); it says whether there is a session."""
        self.six = net.family == 6
        kind = 0x86dd if self.six else 0x0800
        with net.inside("client"):
            self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
        self.s.bind(("eth0", kind))
        self.ether = bytes.fromhex(server_mac.replace(":", "")) + bytes.fromhex(CLIENT_MAC.replace(":", "")) + struct.pack(">H", kind)
        self.src, self.dst = net.packed(client(net)), net.packed("10.9.0.2")
        self.port, self.sport = port, sport
        self.isn = random.getrandbits(32) if isn is None else isn
        self.base = (self.isn + 1) & 0xffffffff   # of the first byte
        self.next, self.acked, self.reset = 0, 0, False
        self.stamps, self.echo, self.clock = stamps, 0, 1000
        self.id = random.getrandbits(15)
        self.open = begin(self) if begin else self.handshake()

    def options(self, stamp=None):
        return b"\x01\x01\x08\x0a" + struct.pack(">II", self.clock if stamp is None else stamp, self.echo) if self.stamps else b""

    def segment(self, at, data=b"", flags=ACK | PSH, **odd):
        """The bytes of a segment with data at that place of the stream."""
        options = odd.get("options", b"\x02\x04\x05\xb4" + self.options() if flags & SYN else self.options(odd.get("stamp")))
        options += b"\0" * (-len(options) % 4)
        seq = odd.get("seq", (self.base + at) & 0xffffffff)
        head = struct.pack(">HHIIBBHHH", self.sport, self.port, seq, odd.get("ack", self.next), (20 + len(options)) // 4 << 4, flags,
                           odd.get("window", 64240), 0, odd.get("urgent", 0)) + options
        check = sum16(pseudo(self.src, self.dst, 6, len(head) + len(data)) + head + data)
        check ^= 0x5555 if odd.get("bad_sum") else 0
        return head[:16] + struct.pack(">H", check) + head[18:] + data

    def ip6(self, l4, offset=0, more=False, number=None, ttl=64, **odd):
        """before: extension headers, as of `chained`; then that of a fragment, if it is one."""
        headers = list(odd.get("before", ()))
        if offset or more or odd.get("atomic"):
            headers.append((44, struct.pack(">BHI", 0, offset | more, (self.id if number is None else number) + 0x10000)))
        first, chain = chained(headers, odd.get("proto", 6), l4)
        return struct.pack(">IHBB", odd.get("version", 6) << 28, odd["length"] - 20 if "length" in odd else len(chain), first, ttl) + self.src + self.dst + chain + odd.get("padding", b"")

    def ip(self, l4, offset=0, more=False, number=None, ttl=64, **odd):
        if self.six:
            return self.ip6(l4, offset, more, number, ttl, **odd)
        options = odd.get("ip_options", b"")
        head = struct.pack(">BBHHHBBH", odd.get("version", 4) << 4 | (20 + len(options)) // 4, 0, odd.get("length", 20 + len(options) + len(l4)),
                           self.id if number is None else number, (0x2000 if more else 0) | odd.get("df", 0) | offset // 8, ttl, odd.get("proto", 6), 0)
        head += self.src + self.dst + options
        return head[:10] + struct.pack(">H", sum16(head) ^ (0x5555 if odd.get("bad_ip_sum") else 0)) + head[12:] + l4 + odd.get("padding", b"")

    def send(self, at, data=b"", flags=ACK | PSH, ttl=64, **odd):
        self.id = (self.id + 1) & 0xffff
        self.s.send(self.ether + self.ip(self.segment(at, data, flags, **odd), ttl=ttl, **odd))

    def fragments(self, l4, cuts, order=None, extra=(), late=(), ttl=64, **odd):
        """A datagram in fragments that begin at `cuts`; extra: (offset, bytes, more) sent among them first; late: last."""
        self.id = (self.id + 1) & 0xffff
        parts = [(a, l4[a:b], b < len(l4)) for a, b in zip(cuts, cuts[1:] + [len(l4)])]
        for offset, data, more in list(extra) + [parts[i] for i in (order or range(len(parts)))] + list(late):
            self.s.send(self.ether + self.ip(data, offset, more, ttl=ttl, **odd))

    def segment_of(self, f):
        """That of a frame, if it is of TCP and to this client."""
        ip = f[14:]
        if self.six:
            return ip[40:40 + struct.unpack(">H", ip[4:6])[0]] if len(ip) >= 60 and ip[6] == 6 and ip[24:40] == self.src else None
        return ip[(ip[0] & 15) * 4:struct.unpack(">H", ip[2:4])[0]] if len(ip) >= 40 and ip[9] == 6 and ip[16:20] == self.src else None

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
            t = self.segment_of(f)
            if t is None:
                continue
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


def turned(data):
    """Other bytes that the checksum takes for the same."""
    return b"".join(data[i:i + 2] for i in range(len(data) - 2, -1, -2))


@trick
def fragment_with_a_wrong_sum(p, data, h):
    p.send(0, data[:h])
    good = p.segment(h, data[h:h + 100])
    p.id += 1
    for at, part, more, wrong in ((0, good[:40], True, False), (40, turned(good[40:80]), True, True), (80, good[80:], False, False), (40, good[40:80], True, False)):
        p.s.send(p.ether + p.ip(part, at, more, bad_ip_sum=wrong))


@trick
def fragment_whose_options_refuse(p, data, h):
    """Its target throws it away for an option that is there twice, and takes the next of its place."""
    p.send(0, data[:h])
    good = p.segment(h, data[h:h + 100])
    p.id += 1
    for at, part, more, options in ((0, good[:40], True, b""), (40, turned(good[40:80]), True, b"\x07\x07\x04\0\0\0\0" * 2 + b"\0\0"), (80, good[80:], False, b""), (40, good[40:80], True, b"")):
        p.s.send(p.ether + p.ip(part, at, more, ip_options=options))


@trick
def fragment_of_an_odd_length(p, data, h):
    p.send(0, data[:h])
    good = p.segment(h, data[h:h + 100])
    p.fragments(good, [0, 40, 80], [0], late=[(40, turned(good[40:80]) + good[80:84], True), (80, good[80:], False), (40, good[40:80], True)])


def fragments_with_a_flood_between(p, data, h):
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    p.id += 1
    p.s.send(p.ether + p.ip(l4[:40], 0, True))
    for i in range(1, 9):
        p.s.send(p.ether + p.ip(b"x" * 40, 0, True, number=(p.id + i) & 0xffff))
    p.s.send(p.ether + p.ip(l4[40:], 40, False))


@trick
def fragments_never_whole(p, data, h):
    bad = p.segment(0, other(data[:h + 100]))
    p.fragments(bad, [0, 24, 48, 80], [0, 2, 3])
    p.send(0, data[:h + 100])


# ---- Ptacek and Newsham, "Insertion, Evasion, and Denial of Service" (1998), what of it is not above ----

def pieces(l4, size):
    return list(range(0, len(l4), size))


@trick
def fragments_of_eight_bytes(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    p.fragments(l4, pieces(l4, 8))


@trick
def fragments_of_24_bytes(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    p.fragments(l4, pieces(l4, 24))


@trick
def fragments_with_one_out_of_order(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    cuts = pieces(l4, 8)
    p.fragments(l4, cuts, list(range(1, len(cuts))) + [0])


@trick
def fragments_with_one_twice(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    cuts = pieces(l4, 8)
    p.fragments(l4, cuts, [0, 1, 1] + list(range(2, len(cuts))))


@trick
def fragments_in_any_order_with_one_twice(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    cuts = pieces(l4, 8)
    order = list(range(len(cuts))) + [3]
    random.Random(6).shuffle(order)
    p.fragments(l4, cuts, order)


@trick
def fragments_with_the_last_first(p, data, h):
    l4 = p.segment(0, data[:h + 60])
    cuts = pieces(l4, 8)
    p.fragments(l4, cuts, [len(cuts) - 1] + list(range(len(cuts) - 1)))


@trick
def fragments_over_chaff(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    at = (len(l4) - 32) // 8 * 8
    p.fragments(l4, pieces(l4, 16), extra=[(at, b"\0" * 8, True)])


@trick
def fragments_beyond_the_end(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    p.fragments(l4, pieces(l4, 64), extra=[((len(l4) + 71) // 8 * 8, other(data[h:h + 16]), False)])


@trick
def fragments_with_two_ends(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    at = (len(l4) - 24) // 8 * 8
    p.fragments(l4, pieces(l4, 64), extra=[(at, l4[at:at + 8], False)])


@trick
def fragments_of_nothing(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    p.fragments(l4, pieces(l4, 64), extra=[(64, b"", True), (8, b"", False)])


@trick
def fragment_that_splits_the_header(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    p.fragments(l4, [0, 8, 16])


@trick
def fragment_longer_than_a_datagram(p, data, h):
    l4 = p.segment(0, data[:h + 64])
    p.fragments(l4, pieces(l4, 64), extra=[(65528, other(data[h:h + 32]), False)])


@trick
def numbers_of_the_next_datagram(p, data, h):
    """The second half of a datagram that never begins has the number of the one that follows."""
    l4 = p.segment(0, data[:h + 64])
    p.id += 1
    p.s.send(p.ether + p.ip(other(l4[64:]), 64, False))
    p.id -= 1
    p.fragments(l4, [0, 64])


@trick
def last_byte_of_each_twice(p, data, h):
    for at in range(0, len(data), 40):
        p.send(at, data[at:at + 40])
        p.send(at + 39, data[at + 39:at + 40])


@trick
def each_segment_over_the_last_byte(p, data, h):
    p.send(0, data[:h])
    for at in range(h, h + 100, 10):
        p.send(at - 1, other(data[at - 1:at]) + data[at:at + 10])


@trick
def any_order(p, data, h):
    parts = list(range(0, len(data), 7))
    random.Random(5).shuffle(parts)
    for at in parts:
        p.send(at, data[at:at + 7])


@trick
def among_segments_of_numbers_far_off(p, data, h):
    for at in range(0, h + 60, 20):
        p.send(at + 0x40000000, other(data[at:at + 20]))
        p.send(at, data[at:at + 20])
        p.send(at - 0x10000000, other(data[at:at + 20]))


@trick
def among_resets_of_numbers_far_off(p, data, h):
    for at in range(0, h + 60, 20):
        p.send(at + 0x40000000, flags=RST)
        p.send(at, data[at:at + 20])
        p.send(at - 0x10000, flags=RST)


@trick
def among_syns(p, data, h):
    for at in range(0, h + 60, 20):
        p.send(at, data[at:at + 20])
        p.send(at + 20, other(data[at + 20:at + 30]), flags=SYN | ACK)


@trick
def bad_ip_checksum(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), bad_ip_sum=True)
    p.send(h, data[h:h + 50])


@trick
def ip_version_of_another_time(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), version=4 if p.six else 6)
    p.send(h, data[h:h + 50])


@trick
def ip_length_too_short(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), length=60)
    p.send(h, data[h:h + 50])


@trick
def ip_length_too_long(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), length=900)
    p.send(h, data[h:h + 50])


@trick
def bytes_behind_the_packet(p, data, h):
    p.send(0, data[:h], padding=other(data[h:h + 20]))
    p.send(h, data[h:h + 50], padding=other(data[h + 50:h + 90]))


@trick
def ip_options_that_do_not_hold(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ip_options=b"\x44\x28\x05\x01")
    p.send(h, data[h:h + 50])


@trick
def ip_source_route(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ip_options=b"\x83\x07\x04" + p.dst + b"\0")
    p.send(h, data[h:h + 50])


@trick
def ip_strict_route_elsewhere(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ip_options=b"\x89\x07\x04\x0a\x09\x00\x63\0")
    p.send(h, data[h:h + 50])


@trick
def ip_options_of_no_meaning(p, data, h):
    p.send(0, data[:h], ip_options=b"\x01\x01\x01\x00")
    p.send(h, data[h:h + 50], ip_options=b"\x94\x04\x00\x00")


@trick
def another_protocol(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), proto=132)
    p.send(h, data[h:h + 50])


@trick
def header_longer_than_the_segment(p, data, h):
    p.send(0, data[:h])
    l4 = bytearray(p.segment(h, other(data[h:h + 10])))
    l4[12] = 0xf0
    p.id += 1
    p.s.send(p.ether + p.ip(bytes(l4)))
    p.send(h, data[h:h + 50])


@trick
def header_shorter_than_a_header(p, data, h):
    p.send(0, data[:h])
    l4 = bytearray(p.segment(h, other(data[h:h + 10])))
    l4[12] = 0x40
    p.id += 1
    p.s.send(p.ether + p.ip(bytes(l4)))
    p.send(h, data[h:h + 50])


@trick
def all_flags(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), flags=0x3f)
    p.send(h, data[h:h + 50])


@trick
def end_with_bytes_then_more(p, data, h):
    p.send(0, data[:h])
    p.send(len(data) - 20, data[len(data) - 20:], flags=FIN | ACK)
    p.send(len(data), other(data[:40]))
    p.send(h, data[h:h + 50])


@trick
def end_within_the_window(p, data, h):
    p.send(0, data[:h])
    p.send(len(data) + 30, flags=FIN | ACK)
    p.send(h, data[h:])


@trick
def urgent_beyond_the_segment(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 20], flags=ACK | URG, urgent=60)
    p.send(h + 20, data[h + 20:h + 80])


@trick
def urgent_twice(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 30], flags=ACK | URG, urgent=5)
    p.send(h + 30, data[h + 30:h + 60], flags=ACK | URG, urgent=5)


@trick
def urgent_first_byte(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 30], flags=ACK | URG, urgent=1)


@trick
def urgent_of_nothing(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 30], flags=ACK | URG, urgent=0)


@trick
def urgent_behind_a_hole(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, data[h + 20:h + 50], flags=ACK | URG, urgent=10)
    p.send(h, data[h:h + 20])


@trick
def urgent_bytes_repeated_without(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, data[h + 20:h + 50], flags=ACK | URG, urgent=10)
    p.send(h + 20, other(data[h + 20:h + 50]))
    p.send(h, data[h:h + 20])


@trick
def window_that_closes(p, data, h):
    p.send(0, data[:h], window=0)
    p.send(h, data[h:h + 60], window=1)
    p.send(h + 60, data[h + 60:h + 90], window=64240)


@trick
def the_last_of_the_window(p, data, h):
    p.send(0, data[:h])
    for at in (64000, 65000, 65535):
        p.send(at, other(data[h:h + 60]))
    p.send(h, data[h:h + 60])


@trick
def keep_alives_with_another_byte(p, data, h):
    p.send(0, data[:h + 50])
    p.listen(0.02)
    for _ in range(3):
        p.send(h + 49, other(data[h + 49:h + 50]))
    p.send(h + 50, data[h + 50:h + 80])


@trick
def acknowledges_bytes_never_sent(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ack=(p.next + 1) & 0xffffffff)
    p.send(h, data[h:h + 50])


@trick
def options_that_do_not_hold(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), options=b"\x08\x22\x00\x00")
    p.send(h, data[h:h + 50])


@trick
def options_of_a_handshake(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], options=b"\x02\x04\x00\x01\x03\x03\x0e\x01")
    p.send(h + 50, data[h + 50:h + 90])


@trick
def acknowledged_in_holes(p, data, h):
    """Selective acknowledgements of what the server never sent."""
    p.send(0, data[:h], options=b"\x01\x01\x05\x0a" + struct.pack(">II", p.next + 100, p.next + 200))
    p.send(h, data[h:h + 50])


# ---- Novak, "Target-Based Fragmentation Reassembly" (2005) and, with Sturges, "Target-Based TCP Stream Reassembly" (2007): two
# pieces with other content in each relation that two intervals can have ----

RELATIONS = {"before": (0, 1), "meets": (0, 2), "overlaps": (1, 3), "starts": (2, 3), "within": (3, 4), "finishes": (3, 5), "equals": (2, 5),
             "started_by": (2, 6), "around": (1, 6), "finished_by": (1, 5), "overlapped_by": (4, 6), "met_by": (5, 6), "behind": (6, 7)}
PLACES = [8, 16, 32, 40, 48, 64, 80, 96]     # the other piece is from the third to the sixth


def segment_relation(a, b, lie_first):
    def send(p, data, h):
        one = (PLACES[2], PLACES[5])
        two = (PLACES[a], PLACES[b])
        p.send(0, data[:h])
        for (x, y), lie in ((one, lie_first), (two, not lie_first)):
            part = data[h + x:h + y]
            p.send(h + x, other(part) if lie else part)
        p.listen(0.01)
        p.send(h, data[h:h + 8])
        p.listen(0.01)
    return send


def fragment_relation(a, b, lie_first):
    def send(p, data, h):
        p.send(0, data[:h])
        l4 = p.segment(h, data[h:h + 120])
        x, y = PLACES[a] + 16, PLACES[b] + 16
        lie, truth = (x, other(l4[x:y]), True), (48, l4[48:80], True)
        first = [lie, truth] if lie_first else [truth, lie]
        p.fragments(l4, [0, 24, 80], [0], extra=first, late=[(24, l4[24:48], True), (80, l4[80:], False)])
        p.listen(0.01)
    return send


for relation, (left, right) in RELATIONS.items():
    for lies in (False, True):
        TRICKS.append(("segment_%s_%s" % (relation, "lies_first" if lies else "lies_last"), segment_relation(left, right, lies)))
        TRICKS.append(("fragment_%s_%s" % (relation, "lies_first" if lies else "lies_last"), fragment_relation(left, right, lies)))


# ---- handshakes: begin(peer) in place of that in due form ----

def with_data_in_the_syn(p):
    p.send(-1, b"POST /other", flags=SYN, ack=0)
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(0, flags=ACK)
    return p.next != 0


def with_data_before_the_answer(p):
    p.send(-1, flags=SYN, ack=0)
    p.send(0, b"POST /other", ack=0x12345678)
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(0, flags=ACK)
    return p.next != 0


def without_its_acknowledgement(p):
    p.send(-1, flags=SYN, ack=0)
    p.listen(1, lambda: p.next != 0 or p.reset)
    return p.next != 0


def with_two_syns(p):
    p.send(-1, flags=SYN, ack=0, seq=(p.isn + 70000) & 0xffffffff)
    p.send(-1, flags=SYN, ack=0)
    p.listen(0.3)
    p.send(0, flags=ACK)
    p.listen(0.1)
    if p.reset:
        p.reset, p.next = False, 0
        return p.handshake()
    return p.next != 0


def with_a_false_acknowledgement(p):
    p.send(-1, flags=SYN, ack=0)
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(0, b"POST /other", ack=(p.next + 4242) & 0xffffffff)
    p.listen(0.05)
    p.reset = False
    p.send(0, flags=ACK)
    return p.next != 0


def with_a_reset_that_does_not_fit(p):
    p.send(-1, flags=SYN, ack=0)
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(50000, flags=RST)
    p.send(0, flags=ACK)
    return p.next != 0


def with_flags_that_do_not_belong(p):
    p.send(-1, flags=SYN | PSH | URG, ack=0)
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(0, flags=ACK)
    return p.next != 0


def with_a_syn_and_end(p):
    p.send(-1, flags=SYN | FIN, ack=0)
    p.listen(0.2, lambda: p.next != 0 or p.reset)
    if p.next == 0:
        return p.handshake()
    p.send(0, flags=ACK)
    return True


def with_a_bad_sum_first(p):
    p.send(-1, flags=SYN, ack=0, seq=(p.isn + 5000) & 0xffffffff, bad_sum=True)
    return p.handshake()


def with_options_that_lie(p):
    p.send(-1, flags=SYN, ack=0, options=b"\x02\x04\x05\xb4\x03\x03\xff\x04\x02\x00\x00\x00")
    p.listen(1, lambda: p.next != 0 or p.reset)
    p.send(0, flags=ACK)
    return p.next != 0


def after_a_session_that_was_reset(p):
    """Another session on the same ends, which a reset ended in the middle of a request; the numbers begin elsewhere."""
    good = p.handshake()
    p.send(0, b"POST /first HTTP/1.1\r\nContent-Length: 30\r\n\r\nabc")
    p.listen(0.05)
    p.send(p.acked, flags=RST)
    time.sleep(0.05)
    p.isn = (p.isn + 0x2000000) & 0xffffffff
    p.base, p.next, p.acked, p.reset = (p.isn + 1) & 0xffffffff, 0, 0, False
    return good and p.handshake()


def behind_bytes_of_no_session(p):
    """As of a session that is under way: the server resets it."""
    p.send(0, b"POST /other", ack=0x12345678)
    p.listen(0.3)
    p.reset, p.next, p.acked = False, 0, 0
    return p.handshake()


HANDSHAKES = [(f.__name__, f) for f in (with_data_in_the_syn, with_data_before_the_answer, without_its_acknowledgement, with_two_syns, with_a_false_acknowledgement,
                                        with_a_reset_that_does_not_fit, with_flags_that_do_not_belong, with_a_syn_and_end, with_a_bad_sum_first,
                                        with_options_that_lie, after_a_session_that_was_reset, behind_bytes_of_no_session)]


# ---- a router between guard and server: what lives too short ends there ----

SHORT = []


def short(f):
    SHORT.append((f.__name__, f))
    return f


@short
def lie_that_ends_first(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), ttl=1)
    p.send(h, data[h:h + 50])


@short
def truth_that_ends_then_a_lie(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], ttl=1)
    p.send(h, other(data[h:h + 50]))


@short
def lies_in_a_hole_that_end(p, data, h):
    p.send(0, data[:h])
    p.send(h + 20, other(data[h + 20:h + 60]), ttl=1)
    p.send(h + 20, data[h + 20:h + 60])
    p.send(h, data[h:h + 20])


@short
def reset_that_ends(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=RST, ttl=1)
    p.send(h, data[h:h + 50])


@short
def reset_and_acknowledgement_that_end(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=RST | ACK, ttl=1)
    p.send(h, data[h:h + 50])


@short
def end_that_ends(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=FIN | ACK, ttl=1)
    p.send(h, data[h:h + 50])


@short
def syn_that_ends(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(-1, flags=SYN, seq=(p.isn + 999) & 0xffffffff, ack=0, ttl=1)
    p.send(h, data[h:h + 50])


@short
def reset_that_ends_then_a_syn_that_does(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=RST, ttl=1)
    p.send(-1, flags=SYN, seq=(p.isn + 99999) & 0xffffffff, ack=0, ttl=1)
    p.send(h, data[h:h + 50])


@short
def fragments_that_end(p, data, h):
    p.send(0, data[:h])
    good, bad = p.segment(h, data[h:h + 100]), p.segment(h, other(data[h:h + 100]))
    p.fragments(bad, [0, 40, 80], ttl=1)
    p.fragments(good, [0, 40, 80])


@short
def one_fragment_that_ends(p, data, h):
    p.send(0, data[:h])
    good = p.segment(h, data[h:h + 100])
    p.id += 1
    for offset, part, more, ttl in ((40, other(good[40:80]), True, 1), (0, good[:40], True, 64), (40, good[40:80], True, 64), (80, good[80:], False, 64)):
        p.s.send(p.ether + p.ip(part, offset, more, ttl=ttl))


@short
def acknowledgement_that_ends(p, data, h):
    p.send(0, data[:h])
    p.send(h, flags=ACK, ack=(p.next + 100) & 0xffffffff, ttl=1)
    p.send(h, data[h:h + 50])


@short
def one_hop_too_few_each_other(p, data, h):
    for at in range(0, len(data), 30):
        p.send(at, data[at:at + 30] if at < h else other(data[at:at + 30]), ttl=1 if at % 60 else 64)


@short
def urgent_that_ends(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 30], flags=ACK | URG, urgent=10, ttl=1)
    p.send(h, data[h:h + 30])


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


def stamps_of_the_future(p, data, h):
    """What bears a time far ahead, and is dropped for another reason, must not make the true ones old."""
    p.send(0, data[:h])
    p.send(h + 300000, other(data[h:h + 50]), stamp=p.clock + 1000000)
    p.send(h, data[h:h + 50])


def stamps_of_the_future_in_the_window(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h + 30, data[h + 30:h + 60], stamp=p.clock + 1000000)
    p.send(h, data[h:h + 30])


def stamp_with_a_bad_sum(p, data, h):
    p.send(0, data[:h])
    p.send(h, other(data[h:h + 50]), stamp=p.clock + 100000, bad_sum=True)
    p.send(h, data[h:h + 50])


def stamp_of_an_acknowledgement(p, data, h):
    p.send(0, data[:h])
    p.send(h, flags=ACK, stamp=p.clock + 500)
    p.send(h, data[h:h + 50])
    p.tick()


def old_reset(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=RST, stamp=p.clock - 900)


def old_end(p, data, h):
    p.send(0, data[:h])
    p.listen(0.02)
    p.send(h, flags=FIN | ACK, stamp=p.clock - 900)
    p.send(h, data[h:h + 50])


STAMPED = [(f.__name__, f) for f in (old_stamps, no_stamp, stamps_of_the_future, stamps_of_the_future_in_the_window, stamp_with_a_bad_sum, stamp_of_an_acknowledgement, old_reset, old_end)]


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
