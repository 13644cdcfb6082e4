# SPDX-License-Identifier: GPL-2.0-or-later
"""Over IPv6: cases of the other files, which take their addresses from the case's family, and what IPv6 alone can do."""
import json
import os

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
    run.__doc__ = "over IPv6: " + case.__doc__
    return run


globals().update({case.__name__ + "_v6": over_six(case) for case in SAME})


def case_evade_tricks_v6(engine, where, net):
    """each known trick, chains of extension headers, and fragments in and around them: what the server read is what was inspected"""
    net.family = 6
    p, mac = evading.begin(engine, where, net)
    plays = [(name, send, {}) for name, send in evade6.TRICKS] + [(name, send, {"stamps": True}) for name, send in evade.STAMPED]
    evading.all_played(net, mac, plays)
    evading.judged(where, p, plays, 6)


def case_evade_chains_v6(engine, where, net):
    """a hundred sessions of lies, fragments and chains of extension headers in any order"""
    net.family = 6
    p, mac = evading.begin(engine, where, net)
    plays = [("random%d" % i, evade6.at_random(i), {}) for i in range(100)]
    evading.all_played(net, mac, plays)
    evading.judged(where, p, plays, 10)
