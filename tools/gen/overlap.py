# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways two pieces of a stream or a datagram can overlap, as layouts to send and the bytes each outcome leaves.

A layout is five units of eight bytes. The old piece comes first, then the new one, then what both left open. The bytes of old,
new and open units are permutations of the same words, so that a checksum over the whole holds whoever wins.
"""

OLD, NEW, OPEN, SECOND = b"AABBCCDD", b"DDCCBBAA", b"BBAADDCC", b"CCDDAABB"
UNITS = 5

# name: (first unit of the old piece, end, first unit of the new piece, end)
RELATIONS = {
    "before-inside": (1, 4, 0, 2), "before-same": (1, 4, 0, 4), "before-after": (1, 4, 0, 5),
    "same-inside": (1, 4, 1, 3), "same-same": (1, 4, 1, 4), "same-after": (1, 4, 1, 5),
    "inside-inside": (1, 4, 2, 3), "inside-same": (1, 4, 2, 4), "inside-after": (1, 4, 2, 5),
}


def pieces(name):
    """[(offset, bytes)] in the order to send: old, new, then the open parts from left to right."""
    a, b, c, d = RELATIONS[name]
    out = [(a * 8, OLD * (b - a)), (c * 8, NEW * (d - c))]
    free = [u for u in range(UNITS) if not (a <= u < b or c <= u < d)]
    return out + [(u * 8, OPEN) for u in free]


def outcome(name, new_wins):
    """The 40 bytes that stay when the old or the new piece wins where they overlap."""
    a, b, c, d = RELATIONS[name]
    units = [OPEN] * UNITS
    order = [(a, b, OLD), (c, d, NEW)]
    for first, end, text in order if new_wins else reversed(order):
        units[first:end] = [text] * (end - first)
    return b"".join(units)


def rules(proto, sid=1):
    """Rule text: for each relation one rule that finds the old piece kept (odd sid), one for the new (even sid)."""
    lines = []
    for i, name in enumerate(RELATIONS):
        for new in (False, True):
            lines.append('alert %s any any -> any any (msg:"%s, %s piece kept"; content:"%s:"; content:"%s"; distance:0; within:40; sid:%d; rev:1;)'
                         % (proto, name, "new" if new else "old", name.ljust(15, "."), outcome(name, new).decode(), sid + 2 * i + new))
    return "\n".join(lines) + "\n"


def label(name):
    """Sixteen bytes that stand in front of a layout, so that a rule knows which it is."""
    return (name.ljust(15, ".") + ":").encode()
