# SPDX-License-Identifier: GPL-2.0-or-later
import net

SHOW = {"arp": ["arp.opcode", "arp.src_ip"]}


def make(trace):
    here, there = "52:54:00:11:22:33", "02:00:00:00:00:01"
    trace.add(0, net.ether(net.BROADCAST, here, net.ETH_ARP, net.arp(1, here, "10.0.0.5", "00:00:00:00:00:00", "10.0.0.1"), pad=60))
    trace.add(0.1, net.ether(here, there, net.ETH_ARP, net.arp(2, there, "10.0.0.1", here, "10.0.0.5"), vlans=[7], pad=60))
