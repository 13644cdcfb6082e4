# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces for tests: made, used, and gone at the end, with every process in them."""
import ctypes
import ipaddress
import itertools
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """What must hold does not."""


class Skip(Exception):
    """What is wanted for the case is not here."""


def must(holds, why):
    if not holds:
        raise Wrong(why)


def refused():
    """Why namespaces cannot be used here; None: they can."""
    if shutil.which("ip") is None:
        return "there is no ip command (iproute2)"
    if os.geteuid() != 0:
        return "not run by root"
    name = "peccary-%d-try" % os.getpid()
    run = subprocess.run(["ip", "netns", "add", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if run.returncode != 0:
        return run.stdout.decode().strip()
    ok = subprocess.run(["ip", "-n", name, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    subprocess.run(["ip", "netns", "del", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return None if ok.returncode == 0 else ok.stdout.decode().strip()


def timed(case):
    """Marks a case that measures time: nothing else runs beside it."""
    case.timed = True
    return case


class Net:
    """Namespaces of one case; a with statement ends them."""

    def __init__(self):
        self.names, self.processes = {}, []
        self.family, self.routers = 4, set()
        self.tag = "pc%d" % os.getpid()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        for p in self.processes:
            if p.poll() is None:
                p.kill()
        for p in self.processes:
            p.wait()
        for name in self.names.values():  # what they have started themselves: a server's workers
            for pid in subprocess.run(["ip", "netns", "pids", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            subprocess.run(["ip", "netns", "del", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ip(self, space, line):
        """One ip command in a namespace; words are split at blanks."""
        self.run(space, ["ip"] + line.split())

    def run(self, space, line, **kw):
        p = subprocess.run(["ip", "netns", "exec", self.names[space]] + line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **kw)
        must(p.returncode == 0, "%s: %s" % (" ".join(line), p.stdout.decode(errors="replace")[-400:]))
        return p.stdout.decode(errors="replace")

    def space(self, *names):
        for name in names:
            self.names[name] = "%s%s" % (self.tag, name)
            subprocess.run(["ip", "netns", "add", self.names[name]], check=True)
            self.ip(name, "link set lo up")
            for key in ("all", "default"):  # nothing but what the test sends
                self.write(name, "/proc/sys/net/ipv6/conf/%s/disable_ipv6" % key, "1")

    def at(self, address):
        """An IPv4 address as it is, or the one that stands for it where the case is about IPv6: 10.9.0.2 is fd00:9::2."""
        part = address.split(".")
        return address if self.family == 4 else "fd00:%s::%s" % (part[1], part[3])

    def url(self, address):
        return self.at(address) if self.family == 4 else "[%s]" % self.at(address)

    def told(self, address):
        """As records have it."""
        return ipaddress.ip_address(self.at(address)).exploded

    def packed(self, address):
        return socket.inet_pton(socket.AF_INET if self.family == 4 else socket.AF_INET6, self.at(address))

    def socket(self, kind=socket.SOCK_STREAM):
        return socket.socket(socket.AF_INET if self.family == 4 else socket.AF_INET6, kind)

    def address(self, space, device, address, bits=None):
        """Gives a device an address of the case's family, of a network of 24 or 64 bits."""
        if self.family == 6:
            for name, what, on in ((device, "accept_dad", 0), (device, "keep_addr_on_down", 1), (device, "disable_ipv6", 0), ("lo", "disable_ipv6", 0)):
                self.write(space, "/proc/sys/net/ipv6/conf/%s/%s" % (name, what), on)
        self.ip(space, "addr add %s/%d dev %s%s" % (self.at(address), bits or {4: 24, 6: 64}[self.family], device, " nodad" if self.family == 6 else ""))

    def route(self, space, line):
        """As ip route has it, after "add"; its addresses are of IPv4."""
        self.ip(space, "-%d route add %s" % (self.family, " ".join(self.at(w) if w[0].isdigit() else w for w in line.split())))

    def forwards(self, space):
        self.routers.add(space)
        self.write(space, "/proc/sys/net/ipv4/ip_forward" if self.family == 4 else "/proc/sys/net/ipv6/conf/all/forwarding", "1")

    def tables(self):
        return ("iptables-legacy", "iptables") if self.family == 4 else ("ip6tables-legacy", "ip6tables")

    def write(self, space, path, text):
        self.run(space, ["sh", "-c", "echo %s > %s" % (text, path)])

    def pair(self, a, a_name, b, b_name):
        """A cable between two namespaces."""
        self.ip(a, "link add %s type veth peer name %s netns %s" % (a_name, b_name, self.names[b]))
        for space, name in ((a, a_name), (b, b_name)):
            self.ip(space, "link set %s up" % name)

    def start(self, space, line, **kw):
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        p = subprocess.Popen(["ip", "netns", "exec", self.names[space]] + line, **kw)
        self.processes.append(p)
        return p

    def inside(self, space):
        return Inside(self.names[space])


class Inside:
    """Sockets made within the with statement are the namespace's; for one thread of this process."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.old = os.open("/proc/self/task/%d/ns/net" % threading_id(), os.O_RDONLY)
        fd = os.open("/run/netns/" + self.name, os.O_RDONLY)
        done = libc.setns(fd, CLONE_NEWNET)
        os.close(fd)
        must(done == 0, "setns")

    def __exit__(self, *what):
        libc.setns(self.old, CLONE_NEWNET)
        os.close(self.old)


def threading_id():
    return libc.gettid()


class Program:
    """A peccary that runs until it is told to stop."""

    def __init__(self, net, space, line, ready, seconds=20):
        self.p = net.start(space, line)
        self.said = b""
        os.set_blocking(self.p.stderr.fileno(), False)
        self.wait_for(ready, seconds)

    def wait_for(self, ready, seconds=20):
        """Until it has said that."""
        end = time.monotonic() + seconds
        while ready not in self.said:
            more = self.p.stderr.read()
            self.said += more or b""
            must(time.monotonic() < end and (more or self.p.poll() is None), "did not say '%s': %s" % (ready.decode(), self.said.decode()[-500:]))
            time.sleep(0.01)

    def stop(self, how=signal.SIGINT, seconds=20):
        """Ends it; its standard output, and what it said."""
        self.p.send_signal(how)
        os.set_blocking(self.p.stderr.fileno(), True)
        out, err = self.p.communicate(timeout=seconds)
        self.said += err
        must(b"WARNING: ThreadSanitizer" not in self.said, self.said[self.said.find(b"WARNING: Thr"):][:2000].decode(errors="replace"))
        return out.decode()


def frames(path):
    """The frames of a pcap file."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def replay(net, space, device, path, rate=20000, change=lambda frame: frame, first=None):
    """Sends a capture's frames (the first so many) out of a device; how many."""
    sent = 0
    with net.inside(space):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((device, 0))
    began = time.monotonic()
    for frame in itertools.islice(frames(path), first):
        s.send(change(frame))
        sent += 1
        if sent % 64 == 0:
            time.sleep(max(0, began + sent / rate - time.monotonic()))
    s.close()
    return sent
