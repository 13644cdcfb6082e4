# SPDX-License-Identifier: GPL-2.0-or-later
from pair import http_session


def make(trace):
    http_session(trace)
