# SPDX-License-Identifier: GPL-2.0-or-later
import apps
import net
from host import Host
from pair import Wire

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "dhcp": ["dhcp.dhcp_type", "dhcp.assigned_ip"]}


def make(trace):
    wire, client = Wire(trace), Host("client", "52:54:00:11:22:33", "0.0.0.0")
    server, every = Host("server", "02:00:00:00:00:01", "192.168.1.1"), Host("all", net.BROADCAST, "255.255.255.255")
    mine = [(12, b"laptop"), (60, b"MSFT 5.0"), (55, bytes([1, 3, 6, 15]))]
    lease = [(54, net.addr(server.ip)), (51, b"\0\0\x70\x80"), (1, net.addr("255.255.255.0"))]
    wire.send_udp(0, client, every, 68, 67, apps.dhcp(apps.DISCOVER, 7, client.mac, options=mine))
    wire.send_udp(0.1, server, every, 67, 68, apps.dhcp(apps.OFFER, 7, client.mac, yiaddr="192.168.1.50", options=lease))
    wire.send_udp(0.2, client, every, 68, 67, apps.dhcp(apps.REQUEST, 7, client.mac, options=[(50, net.addr("192.168.1.50"))] + mine))
    wire.send_udp(0.3, server, every, 67, 68, apps.dhcp(apps.DHCP_ACK, 7, client.mac, yiaddr="192.168.1.50", options=lease))
