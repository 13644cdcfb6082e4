# SPDX-License-Identifier: GPL-2.0-or-later
import net
from pair import SERVER, get, ok, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "http": ["http.url", "http.status"]}


def make(trace):
    s = session(trace).open().request(get("/one")).reply(ok())
    s.emit(SERVER, net.RST, s.server.isn + 900000, window=0)
    s.request(get("/two")).reply(ok()).close()
