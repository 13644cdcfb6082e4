# SPDX-License-Identifier: GPL-2.0-or-later
import pair


def make(trace):
    """Messages of less than a header, and a whole one."""
    short = b"\0\0\0\x31\xffSMB\x2b\0\0\0\0\x18\x07\xc0" + b"x" * 12
    pair.talk(trace, 445, [("client", short), ("server", short[:13] + b"\x98" + short[14:])])
    whole = b"\0\0\0\x2f\xffSMB\x72" + b"\0" * 27 + b"\0\x0c\0\x02NT LM 0.12\0"
    pair.talk(trace, 445, [("client", whole)], sport=40001, at=1)
