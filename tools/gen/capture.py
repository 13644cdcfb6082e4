# SPDX-License-Identifier: GPL-2.0-or-later
"""A trace: frames with their times, written as pcap or pcapng.

Times are seconds (float) after the trace's start; frames are written in order of time, equal times in order of arrival.
Randomness comes from Trace.rng(name): one generator per name, so that a change in one part leaves the others as they were.
"""

import random
import struct

LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_LINUX_SLL, LINK_IPV4 = 0, 1, 101, 113, 228
START = 1_796_634_000        # Monday 2026-12-07 09:00:00 UTC
FORMATS = ("pcap", "pcap-be", "pcap-ns", "pcap-ns-be", "pcapng", "pcapng-be", "pcapng-ns")


class Trace:
    """Collects frames. start: Unix seconds; seed: text that every generator of rng() depends on."""

    def __init__(self, seed="", start=START, link=LINK_ETHERNET, format="pcap"):
        self.seed, self.start, self.link, self.format = seed, start, link, format
        self.frames = []
        self.part = ""          # what the frames being added belong to: a label for whoever checks results

    def rng(self, name):
        """A generator of its own for this name: same seed and name, same numbers."""
        return random.Random(self.seed + "/" + name)

    def add(self, at, frame):
        """Record frame at `at` seconds after the start."""
        self.frames.append((round(at * 1e9), frame, self.part))

    def sorted(self):
        return sorted(self.frames, key=lambda x: x[0])

    def parts(self):
        """The label of each frame, in the order of the file."""
        return [part for _, _, part in self.sorted()]

    def ordered(self):
        """(nanoseconds since the epoch, frame), in order of time."""
        return [(self.start * 10**9 + t, f) for t, f, _ in self.sorted()]

    def bytes(self):
        """The whole capture file."""
        if self.format not in FORMATS:
            raise ValueError("unknown capture format " + self.format)
        end = ">" if self.format.endswith("-be") else "<"
        if self.format.startswith("pcapng"):
            return write_pcapng(self.ordered(), end, self.link, nano="-ns" in self.format)
        return write_pcap(self.ordered(), end, self.link, nano="-ns" in self.format)

    def write(self, path):
        with open(path, "wb") as f:
            f.write(self.bytes())


def write_pcap(frames, end, link, nano=False, snaplen=262144):
    """Classic pcap in either byte order; nano selects nanosecond time stamps."""
    out = [struct.pack(end + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)]
    for t, f in frames:
        part = t % 10**9 if nano else t % 10**9 // 1000
        out.append(struct.pack(end + "IIII", t // 10**9, part, len(f[:snaplen]), len(f)) + f[:snaplen])
    return b"".join(out)


def pcapng_block(end, kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(end + "I", len(body) + 12)
    return struct.pack(end + "I", kind) + size + body + size


def pcapng_option(end, code, value):
    return struct.pack(end + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def write_pcapng(frames, end, link, nano=False, snaplen=262144):
    """pcapng: section header, one interface, enhanced packet blocks (microseconds, or nanoseconds by if_tsresol)."""
    over = pcapng_option(end, 0, b"")
    section = struct.pack(end + "IHHq", 0x1A2B3C4D, 1, 0, -1) + pcapng_option(end, 4, b"peccary tools/gen") + over
    iface = struct.pack(end + "HHI", link, 0, snaplen) + pcapng_option(end, 2, b"office0")
    iface += (pcapng_option(end, 9, b"\x09") if nano else b"") + over
    out = [pcapng_block(end, 0x0A0D0D0A, section), pcapng_block(end, 1, iface)]
    for t, f in frames:
        stamp = t if nano else t // 1000
        head = struct.pack(end + "IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(f[:snaplen]), len(f))
        out.append(pcapng_block(end, 6, head + f[:snaplen]))
    return b"".join(out)


def read_pcap(path):
    """(link type, [(nanoseconds, frame)]) of a classic pcap file: to check what was written."""
    with open(path, "rb") as f:
        data = f.read()
    for end in "<>":
        magic = struct.unpack(end + "I", data[:4])[0]
        if magic in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        raise ValueError("not a pcap file: " + path)
    unit = 1 if magic == 0xA1B23C4D else 1000
    link, at, frames = struct.unpack(end + "I", data[20:24])[0], 24, []
    while at < len(data):
        sec, part, have, _ = struct.unpack(end + "IIII", data[at:at + 16])
        frames.append((sec * 10**9 + part * unit, data[at + 16:at + 16 + have]))
        at += 16 + have
    return link, frames
