# SPDX-License-Identifier: GPL-2.0-or-later
from pair import http_session, ok


def make(trace):
    http_session(trace, answer=ok(b"peccary of a kind\n"))
