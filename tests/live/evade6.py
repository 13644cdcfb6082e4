# SPDX-License-Identifier: GPL-2.0-or-later
"""What IPv6 adds to evade.py: chains of extension headers, fragments of its own kind, and both in each other."""
import random
import struct

from evade import ACK, FIN, RST, TRICKS as BOTH, chained, other, pieces, turned

# Those of IPv4's header alone.
TRICKS = [(name, f) for name, f in BOTH if name not in ("bad_ip_checksum", "ip_options_that_do_not_hold", "ip_source_route", "ip_strict_route_elsewhere",
                                                        "ip_options_of_no_meaning", "fragment_with_a_wrong_sum", "fragment_whose_options_refuse")]

# ---- chains: headers as of `chained` ----

HOP, ROUTE, FRAGMENT, AUTH, NONE, TARGET = 0, 43, 44, 51, 59, 60


def padding(n):
    return b"" if n == 0 else b"\0" if n == 1 else b"\1" + bytes([n - 2]) + bytes(n - 2)


def options(body=b"", n=None):
    """Those of a hop-by-hop or destination header, to its length; n: of eight bytes, as it says."""
    body += padding(-(len(body) + 2) % 8)
    return bytes([(len(body) + 2) // 8 - 1 if n is None else n]) + body


def route(kind, left, *addresses):
    return bytes([2 * len(addresses), kind, left]) + bytes(4) + b"".join(addresses)


def atomic(reserved=0, bits=0, number=0x777):
    return struct.pack(">BHI", reserved, bits, number)


ELSEWHERE = bytes.fromhex("fd000009000000000000000000000099")
SERVER = bytes.fromhex("fd000009000000000000000000000002")
CHAINS = {
    "hop_by_hop": [(HOP, options())],
    "hop_by_hop_twice": [(HOP, options()), (HOP, options())],
    "hop_by_hop_behind_another": [(TARGET, options()), (HOP, options())],
    "hop_by_hop_router_alert": [(HOP, options(b"\5\2\0\0"))],
    "hop_by_hop_jumbo": [(HOP, options(b"\xc2\4\0\1\0\0"))],
    "hop_by_hop_beyond_the_packet": [(HOP, options(n=200))],
    "hop_by_hop_of_1200_bytes": [(HOP, options(b"\x1e\xfe" + bytes(254) + b"\x1e\xfe" + bytes(254) + b"\x1e\xfe" + bytes(254)))],
    "options_skipped": [(TARGET, options(b"\x1e\2ab"))],
    "options_discarded": [(TARGET, options(b"\x5e\2ab"))],
    "options_told": [(TARGET, options(b"\x9e\2ab"))],
    "options_told_but_groups": [(TARGET, options(b"\xde\2ab"))],
    "options_of_a_home": [(TARGET, options(b"\xc9\x10" + ELSEWHERE))],
    "options_of_its_own_home": [(TARGET, options(b"\xc9\x10" + bytes.fromhex("fd000009000000000000000000000077")))],
    "options_nine": [(TARGET, options(b"\x1e\0" * 9))],
    "options_that_run_over": [(TARGET, options(b"\x1e\x20ab"))],
    "options_padding_not_zero": [(TARGET, options(b"\1\2ab"))],
    "options_padding_of_twenty": [(TARGET, options(b"\1\x14" + bytes(20)))],
    "options_padding_one_by_one": [(TARGET, options(b"\0" * 14))],
    "options_of_a_lone_byte": [(TARGET, options(b"\0\0\0\0\0\x1e"))],
    "target_ten_times": [(TARGET, options())] * 10,
    "target_a_hundred_times": [(TARGET, options())] * 100,
    "target_beyond_the_packet": [(TARGET, options(n=90))],
    "all_in_order": [(HOP, options()), (TARGET, options()), (ROUTE, route(0, 0, ELSEWHERE)), (FRAGMENT, atomic()), (TARGET, options())],
    "all_backwards": [(TARGET, options()), (FRAGMENT, atomic()), (ROUTE, route(0, 0, ELSEWHERE)), (TARGET, options())],
    "atomic": [(FRAGMENT, atomic())],
    "atomic_twice": [(FRAGMENT, atomic()), (FRAGMENT, atomic(number=0x778))],
    "atomic_thirty_times": [(FRAGMENT, atomic())] * 30,
    "atomic_with_bits_that_are_reserved": [(FRAGMENT, atomic(0xff, 6))],
    "atomic_between": [(TARGET, options()), (FRAGMENT, atomic()), (TARGET, options())],
    "no_next_header": [(NONE, options())],
    "authentication": [(AUTH, b"\4" + bytes(2) + b"\0\0\1\0" + bytes(16))],
    "authentication_of_nothing": [(AUTH, b"\0" + bytes(6))],
    "mobility": [(135, b"\0" + bytes(6))],
    "host_identity": [(139, b"\0" + bytes(6))],
    "shim": [(140, b"\0" + bytes(6))],
    "experiment": [(253, b"\0" + bytes(6))],
    "no_header_at_all": [(41, b"\0" + bytes(6))],
}
for kind in (0, 1, 2, 3, 4, 77):
    for left in (0, 1):
        CHAINS["route_%d_%s" % (kind, "to_go" if left else "at_its_end")] = [(ROUTE, route(kind, left, SERVER if left else ELSEWHERE))]
CHAINS["route_0_of_nothing"] = [(ROUTE, route(0, 0))]
CHAINS["route_4_whole"] = [(ROUTE, bytes([2, 4, 0, 0, 0, 0, 0]) + SERVER)]


def whole(headers, lies, **odd):
    """A piece in that form: lies before the truth in due form, or the truth before lies."""
    def send(p, data, h):
        p.send(0, data[:h])
        part = data[h:h + 50]
        p.send(h, other(part) if lies else part, before=headers, **odd)
        p.listen(0.01)
        p.send(h, part if lies else other(part))
    return send


def in_fragments(headers, lies, within):
    """The same in fragments: the headers before that of a fragment, or in what is cut."""
    def send(p, data, h):
        p.send(0, data[:h])
        part = data[h:h + 50]
        l4 = p.segment(h, other(part) if lies else part)
        if within:
            first, l4 = chained(headers, 6, l4)
            p.fragments(l4, [0] + [x for x in (24, 48) if x < len(l4)], proto=first)
            p.fragments(l4, [0] + [x for x in (400, 800) if x < len(l4)] + [len(l4) // 8 * 8 - 8], proto=first)
        else:
            p.fragments(l4, [0, 24, 48], before=headers)
        p.listen(0.01)
        p.send(h, part if lies else other(part))
    return send


for form, chain in CHAINS.items():
    for lying in (False, True):
        word = "lies" if lying else "truth"
        TRICKS.append(("%s_%s" % (form, word), whole(chain, lying)))
        TRICKS.append(("%s_before_fragments_%s" % (form, word), in_fragments(chain, lying, False)))
        TRICKS.append(("%s_within_fragments_%s" % (form, word), in_fragments(chain, lying, True)))


def trick(f):
    TRICKS.append((f.__name__, f))
    return f


# ---- lengths ----

for lying in (False, True):
    word = "lies" if lying else "truth"
    for form, chain in (("hop_by_hop", [(HOP, options())]), ("jumbo", [(HOP, options(b"\xc2\4\0\1\0\0"))]), ("target", [(TARGET, options())]), ("nothing", [])):
        TRICKS.append(("no_length_and_%s_%s" % (form, word), whole(chain, lying, length=20)))


@trick
def jumbo_of_the_very_length(p, data, h):
    p.send(0, data[:h])
    n = len(p.segment(h, data[h:h + 50])) + 8
    p.send(h, other(data[h:h + 50]), before=[(HOP, options(b"\xc2\4" + struct.pack(">I", n)))], length=20)
    p.send(h, data[h:h + 50])


@trick
def no_length_and_bytes_behind(p, data, h):
    p.send(0, data[:h])
    p.send(h, data[h:h + 50], before=[(HOP, options())], length=20, padding=other(data[h + 50:h + 70]))
    p.send(h, other(data[h:h + 50]))


# ---- fragments ----

def sends(p, number, *parts):
    """(offset, bytes, more, what else) each, of one datagram."""
    for offset, data, more, odd in parts:
        p.s.send(p.ether + p.ip(data, offset, more, number=number, **dict({"atomic": True}, **odd)))


@trick
def next_headers_that_differ(p, data, h):
    """The first fragment says TCP, the last one something else; then the other way round."""
    p.send(0, data[:h])
    for at, numbers in ((h, (6, 17)), (h + 50, (17, 6))):
        l4 = p.segment(at, data[at:at + 50])
        p.id += 1
        sends(p, p.id, (0, l4[:40], True, {"proto": numbers[0]}), (40, l4[40:], False, {"proto": numbers[1]}))
        p.send(at, other(data[at:at + 50]))


@trick
def next_headers_that_differ_backwards(p, data, h):
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 50])
    p.id += 1
    sends(p, p.id, (40, l4[40:], False, {"proto": 17}), (0, l4[:40], True, {"proto": 6}))
    p.send(h, other(data[h:h + 50]))


@trick
def chains_that_differ(p, data, h):
    """Each fragment has other headers before that of a fragment."""
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 50])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {}), (40, l4[40:56], True, {"before": [(HOP, options())]}), (56, l4[56:], False, {"before": [(TARGET, options())] * 3}))
    p.send(h, other(data[h:h + 50]))


@trick
def chains_that_differ_and_refuse(p, data, h):
    """One fragment's options have it thrown away: what comes in its place is another."""
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {}), (40, turned(l4[40:80]), True, {"before": [(TARGET, options(b"\x5e\2ab"))]}), (80, l4[80:], False, {}), (40, l4[40:80], True, {}))
    p.send(h, other(data[h:h + 100]))


@trick
def first_fragment_without_its_tcp_header(p, data, h):
    """RFC 7112: all of the chain is in the first."""
    p.send(0, data[:h])
    for at, n in ((h, 8), (h + 50, 16)):
        l4 = p.segment(at, other(data[at:at + 50]))
        p.fragments(l4, [0, n])
        p.send(at, data[at:at + 50])


@trick
def first_fragment_without_its_chain(p, data, h):
    p.send(0, data[:h])
    first, l4 = chained([(TARGET, options(b"\1\x06" + bytes(6)))] * 4, 6, p.segment(h, other(data[h:h + 50])))
    p.fragments(l4, [0, 16, 32], proto=first)
    p.fragments(l4, [0, 24, 64], proto=first)
    p.send(h, data[h:h + 50])


@trick
def fragments_within_fragments(p, data, h):
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    inner = [chained([(FRAGMENT, struct.pack(">BHI", 0, at | (end < len(l4)), 0x5555))], 6, l4[at:end])[1] for at, end in ((0, 64), (64, len(l4)))]
    for part in inner:
        p.fragments(part, [0, 32, 48], proto=FRAGMENT)
    p.send(h, other(data[h:h + 100]))


@trick
def same_id_of_another_datagram_after_an_overlap(p, data, h):
    """An overlap ends the datagram; what comes of it then begins another."""
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {}), (32, other(l4[32:56]), True, {}), (40, l4[40:80], True, {}), (80, l4[80:], False, {}), (0, l4[:40], True, {}))
    p.send(h, other(data[h:h + 100]))


@trick
def atomic_among_fragments_of_its_id(p, data, h):
    """RFC 6946: it has nothing to do with them."""
    p.send(0, data[:h])
    l4, alone = p.segment(h + 50, data[h + 50:h + 150]), p.segment(h, data[h:h + 50])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {}), (0, alone, False, {}), (40, l4[40:], False, {}))
    p.send(h + 50, other(data[h + 50:h + 150]))


@trick
def twice_with_other_bytes(p, data, h):
    """The very same place: the second is a duplicate, whatever is in it."""
    p.send(0, data[:h])
    for at, order in ((h, (1, 0)), (h + 100, (0, 1))):
        l4 = p.segment(at, data[at:at + 100])
        p.id += 1
        both = [l4[40:80], turned(l4[40:80])]
        sends(p, p.id, (0, l4[:40], True, {}), (40, both[order[0]], True, {}), (40, both[order[1]], True, {}), (80, l4[80:], False, {}))
        p.send(at, other(data[at:at + 100]))


@trick
def length_not_of_eight(p, data, h):
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {}), (40, turned(l4[40:80]) + l4[80:84], True, {}), (80, l4[80:], False, {}), (40, l4[40:80], True, {}))
    p.send(h, other(data[h:h + 100]))


@trick
def lengths_that_lie_in_fragments(p, data, h):
    """Bytes behind what the header says are none of the fragment's."""
    p.send(0, data[:h])
    l4 = p.segment(h, data[h:h + 100])
    p.id += 1
    sends(p, p.id, (0, l4[:40], True, {"padding": other(l4[40:56])}), (40, l4[40:80], True, {"length": 20 + 8 + 900}), (40, l4[40:80], True, {"padding": b"more"}), (80, l4[80:], False, {}))
    p.send(h, other(data[h:h + 100]))


@trick
def ends_and_resets_in_chains_that_are_refused(p, data, h):
    p.send(0, data[:h])
    for form in ("options_discarded", "route_0_to_go", "experiment", "hop_by_hop_behind_another", "no_next_header"):
        p.send(h, flags=RST, before=CHAINS[form])
        p.send(h, flags=FIN | ACK, before=CHAINS[form])
    p.send(h, data[h:h + 50])


def at_random(seed):
    """Pieces, lies and fragments in any chain, of datagrams of their own and of one id."""
    dice = random.Random(seed)
    forms = list(CHAINS.values())

    def send(p, data, h):
        p.send(0, data[:h])
        for _ in range(dice.randint(5, 25)):
            at, n = dice.randrange(h, len(data)), dice.randint(1, 120)
            part = data[at:at + n]
            l4 = p.segment(at, other(part) if dice.random() < 0.4 else part)
            before = [one for _ in range(dice.randint(0, 2)) for one in dice.choice(forms)]
            within = [one for _ in range(dice.choice((0, 0, 0, 1))) for one in dice.choice(forms)]
            first, l4 = chained(within, 6, l4)
            cuts = pieces(l4, dice.choice((8, 24, 40, 64, 2048, 2048)))
            order = list(range(len(cuts)))
            if dice.random() < 0.6:
                dice.shuffle(order)
            if dice.random() < 0.3:
                order.append(dice.choice(order))
            if dice.random() < 0.2:
                order.pop()  # it never gets whole, or with what follows
            if dice.random() < 0.3:
                p.id -= 1  # that of the one before
            try:
                p.fragments(l4, cuts, order, before=before, proto=first)
            except OSError:
                continue  # longer than a frame
            if dice.random() < 0.3:
                p.listen(0.005)

    return send
