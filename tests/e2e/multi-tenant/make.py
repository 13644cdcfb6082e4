# SPDX-License-Identifier: GPL-2.0-or-later
from pair import Wire, get, ok, session


def make(trace):
    for vlan in (10, 20, 30):
        session(trace, wire=Wire(trace, [vlan]), at=0.0001 * vlan).open().request(get("/vlan%d" % vlan)).reply(ok(b"from vlan %d" % vlan)).close()
