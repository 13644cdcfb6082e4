# SPDX-License-Identifier: GPL-2.0-or-later
"""Over IPv6: cases of the other files, which take their addresses from the case's family, and what IPv6 alone can do."""
import json
import os
import socket
import struct
import time

import case_evade as evading
import case_guard as guard
import case_peers
import case_replace
import case_respond as respond
import evade
import evade6
from net import must

SAME = (guard.case_guard_sessions, guard.case_guard_reject, guard.case_guard_again, guard.case_guard_starts, guard.case_guard_killed, guard.case_guard_stalls,
        guard.case_guard_under_way, guard.case_guard_queue, guard.case_guard_queues, case_replace.case_guard_replace,
        case_peers.case_peers_bridge, case_peers.case_peers_queue,
        respond.case_respond_blocks, respond.case_respond_nftables, respond.case_respond_xdp, respond.case_respond_xdp_tags,
        respond.case_respond_offload, respond.case_respond_offload_ring, respond.case_respond_marks,
        evading.case_evade_starved, evading.case_evade_handshakes, evading.case_evade_short_lived, evading.case_evade_random, evading.case_evade_tags)


def over_six(case):
    def run(engine, where, net):
        net.family = 6
        case(engine, where, net)
    run.__doc__, run.timed = "over IPv6: " + case.__doc__, getattr(case, "timed", False)
    return run


globals().update({case.__name__ + "_v6": over_six(case) for case in SAME})


def case_evade_tricks_v6(engine, where, net):
    """each known trick, chains of extension headers, and fragments in and around them: what the server read is what was inspected"""
    net.family = 6
    p, mac = evading.begin(engine, where, net)
    plays = [(name, send, {}) for name, send in evade6.TRICKS] + [(name, send, {"stamps": True}) for name, send in evade.STAMPED]
    evading.all_played(net, mac, plays)
    evading.judged(where, p, plays, 6)


def case_evade_queue_v6(engine, where, net):
    """the same through a router's netfilter queue"""
    net.family = 6
    p, mac = evading.begin(engine, where, net, queue=True)
    plays = [(name, send, {}) for name, send in evade6.TRICKS]
    evading.all_played(net, mac, plays)
    evading.judged(where, p, plays, 6)


def case_evade_chains_v6(engine, where, net):
    """a hundred sessions of lies, fragments and chains of extension headers in any order"""
    net.family = 6
    p, mac = evading.begin(engine, where, net)
    plays = [("random%d" % i, evade6.at_random(i), {}) for i in range(100)]
    evading.all_played(net, mac, plays)
    evading.judged(where, p, plays, 10)


def forms(net, sport, text):
    """A datagram to the server's port 53 in each chain of headers, whole, in fragments behind it, in fragments with it: frames of each."""
    src, dst = net.packed(evade.CLIENT), net.packed("10.9.0.2")
    for number, (name, chain) in enumerate(evade6.CHAINS.items()):
        def udp(way):
            port, said = sport + 3 * number + way, b"%s %s %d" % (text, name.encode(), way)
            head = struct.pack(">HHHH", port, 53, 8 + len(said), 0)
            return head[:6] + struct.pack(">H", evade.sum16(evade.pseudo(src, dst, 17, len(head + said)) + head + said) or 0xffff) + said

        def cut(data, first, before, at):
            ends = [0] + [at * i for i in (1, 2) if at * i < len(data)] + [len(data)]
            for a, b in zip(ends, ends[1:]):
                part = struct.pack(">BHI", 0, a | (b < len(data)), sport + number)
                yield evade.six(src, dst, *evade.chained(list(before) + [(evade6.FRAGMENT, part)], first, data[a:b]))

        yield [evade.six(src, dst, *evade.chained(chain, 17, udp(0)))]
        yield list(cut(udp(1), 17, chain, 16))
        first, data = evade.chained(chain, 17, udp(2))
        yield list(cut(data, first, (), max(16, len(data) // 3 // 8 * 8)))


def case_evade_datagrams_v6(engine, where, net):
    """datagrams in chains of extension headers and fragments: none of an attack is read, nor of a host that is kept out; good ones are, as without a guard"""
    net.family = 6
    guard.bridge(net)
    net.ip("server", "neigh add %s lladdr %s dev eth0 nud permanent" % (net.at(evade.CLIENT), evade.CLIENT_MAC))
    ether = bytes.fromhex((net.run("server", ["cat", "/sys/class/net/eth0/address"]).strip() + evade.CLIENT_MAC).replace(":", "")) + b"\x86\xdd"
    with net.inside("server"):
        server = net.socket(socket.SOCK_DGRAM)
    server.bind((net.at("10.9.0.2"), 53))
    server.settimeout(0.5)
    with net.inside("client"):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("eth0", 0))

    def read(text, sport):
        for packets in forms(net, sport, text):
            for one in packets:
                s.send(ether + one)
            time.sleep(0.002)
        got = set()
        try:
            while True:
                got.add(server.recv(2048).replace(text + b" ", b""))
        except socket.timeout:
            return got

    rules = 'drop udp any any -> any 53 (msg:"evil"; content:"EVIL"; sid:1;)\n'
    control = "--control=" + os.path.join(where, "ctl")
    p = guard.guard(engine, where, net, control, "--shadow", rules=rules)
    free = read(b"good", 1000)
    p.stop()
    p = guard.guard(engine, where, net, control, rules=rules)
    good, evil = read(b"good", 2000), read(b"EVIL", 3000)
    must(not evil, "the server read of an attack: %r" % sorted(evil))
    must(len(free) > 30 and good <= free and len(good) >= len(free) - 6, "of what is good: without a guard %d, with one %d, not: %r" % (len(free), len(good), sorted(free - good)))
    must(respond.ctl(engine, where, "block", net.at(evade.CLIENT), "60")[0] == 0, "not kept out")
    got = read(b"more", 4000)
    must(not got, "of a host that is kept out: %r" % sorted(got))
    guard.adds_up(json.loads(p.stop()))
