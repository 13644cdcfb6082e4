# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

DIFFERS = {1: 1, 2: 0}


def make(trace):
    session(trace).open().request(get("/some file?name=a b")).reply(ok()).close()
