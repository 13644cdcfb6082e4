# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled capture; input.pcap is a link to tests/captures/office.pcap."""

import office

SHOW = {"alert": ["alert.signature_id", "alert.category"]}


def make(trace):
    trace.seed = "office"
    trace.frames = office.make().frames
