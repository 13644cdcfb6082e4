# SPDX-License-Identifier: GPL-2.0-or-later
"""Real programs as peers: what they say to each other passes unharmed, and an attack in the same kind of session does not arrive."""
import concurrent.futures
import ctypes
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import time

import case_guard as guard
import peers
from net import Skip, Wrong, must

RULES = """
drop http any any -> any any (msg:"a path"; flow:established,to_server; http.uri; content:"/attack-me"; sid:1;)
drop tls any any -> any any (msg:"a server name"; tls.sni; content:"evil.example"; sid:2;)
drop dns any any -> any any (msg:"a name"; dns.query; content:"evil.example"; sid:3;)
drop ssh any any -> any any (msg:"a client's methods"; flow:to_server; ssh.hassh.string; content:"ecdh-sha2-nistp521,ext-info-c"; startswith; sid:4;)
drop smb any any -> any any (msg:"a share"; flow:to_server; smb.share; content:"evil"; sid:5;)
drop smb any any -> any any (msg:"a file"; flow:to_server; file.data; content:"EVIL-IN-A-FILE"; sid:6;)
reject http any any -> any any (msg:"refused"; flow:established,to_server; http.uri; content:"/reject-me"; sid:7;)
reject udp any any -> any 53 (msg:"a name is refused"; content:"|07|refused"; sid:8;)
drop http any any -> any any (msg:"uploaded"; flow:established,to_server; http.request_body; content:"EVIL-UPLOAD-END"; sid:9;)
"""
NGINX = """
daemon off; pid %(where)s/nginx.pid; error_log %(where)s/nginx.err; worker_processes 1;
events { worker_connections 64; }
http {
  access_log %(where)s/nginx.log; client_body_temp_path %(where)s/nginx; proxy_temp_path %(where)s/nginx; fastcgi_temp_path %(where)s/nginx; uwsgi_temp_path %(where)s/nginx; scgi_temp_path %(where)s/nginx;
  server { listen %(url)s:80; root %(where)s/www; client_max_body_size 8m;
           location /up { proxy_pass http://127.0.0.1:8081; } }
  server { listen %(url)s:443 ssl; ssl_certificate %(where)s/cert.pem; ssl_certificate_key %(where)s/key.pem; root %(where)s/www; }
}
"""
SSHD = """
Port 22
ListenAddress %(at)s
HostKey %(where)s/host_key
AuthorizedKeysFile %(where)s/client_key.pub
PidFile %(where)s/sshd.pid
StrictModes no
UsePAM no
PermitRootLogin yes
"""
SMB = """
[global]
  workgroup = TEST
  server role = standalone server
  map to guest = Bad User
  guest account = root
  interfaces = %(at)s
  bind interfaces only = yes
  smb ports = 445
  disable netbios = yes
  load printers = no
  disable spoolss = yes
  log file = %(where)s/smb.log
  pid directory = %(where)s/smb
  lock directory = %(where)s/smb
  state directory = %(where)s/smb
  cache directory = %(where)s/smb
  private dir = %(where)s/smb
  ncalrpc dir = %(where)s/smb/ncalrpc
[good]
  path = %(where)s/share
  guest ok = yes
  read only = no
[evil]
  path = %(where)s/share
  guest ok = yes
"""
WANTED = {"nginx": "nginx-light", "curl": "curl", "dnsmasq": "dnsmasq-base", "dig": "bind9-dnsutils", "sshd": "openssh-server", "ssh": "openssh-client",
          "smbd": "samba", "smbclient": "smbclient", "iperf3": "iperf3", "openssl": "openssl"}


def program(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def write(where, name, text):
    path = os.path.join(where, name)
    with open(path, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)
    return path


def said(r):
    """The end of what a program said."""
    return r.stdout[-200:] + r.stderr[-200:]


class Listening:
    """Everything that reached the server, as it came off its cable."""

    def __init__(self, net):
        with net.inside("server"):
            self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.s.bind(("eth0", 3))
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.s.settimeout(0.2)
        self.frames, self.ended = [], False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended:
            try:
                frame, at = self.s.recvfrom(70000)
            except (socket.timeout, OSError):
                continue
            if at[2] != socket.PACKET_OUTGOING and len(self.frames) < 100000:
                self.frames.append(frame[:4096])

    def end(self):
        self.ended = True
        self.thread.join()
        return b"\n".join(self.frames)


class Resets:
    """TCP segments with RST, as they pass the cables of both ends: who gave a session up."""

    def __init__(self, net):
        at = 14 + (20 if net.family == 4 else 40)  # no options
        lines = [(0x30, 0, 0, 23 if net.family == 4 else 20), (0x15, 0, 3, 6), (0x30, 0, 0, at + 13), (0x45, 0, 1, 4), (6, 0, 0, at + 20), (6, 0, 0, 0)]
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
        self.at, self.ends = at, []
        for space in ("client", "server"):
            with net.inside(space):
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", len(lines), ctypes.addressof(program)))  # SO_ATTACH_FILTER
            s.bind(("eth0", 3))
            s.setblocking(False)
            self.ends.append((space, s))

    def seen(self):
        got = []
        for space, s in self.ends:
            try:
                while True:
                    frame, where = s.recvfrom(200)
                    ports, seq = struct.unpack_from(">HH", frame, self.at), struct.unpack_from(">I", frame, self.at + 4)[0]
                    got.append("%s %s %d > %d, %d" % (space, "sends" if where[2] == socket.PACKET_OUTGOING else "gets", *ports, seq))
            except BlockingIOError:
                pass
        return got


class Peers:
    """All servers, each with settings of its own in a folder, and their clients."""

    def __init__(self, net, where):
        missing = sorted(package for name, package in WANTED.items() if program(name) is None)
        if missing:
            raise Skip("not installed: %s" % " ".join(missing))
        self.net, self.where = net, where
        self.at, self.url = net.at("10.9.0.2"), net.url("10.9.0.2")
        self.http = "http://%s/" % self.url
        os.chmod(where, 0o755)
        for folder in ("www", "share", "smb", "smb/ncalrpc", "nginx"):  # nginx gives its own to another user
            os.makedirs(os.path.join(where, folder))
        self.big = peers.content(4_000_000, b"www")
        write(where, "www/big", self.big)
        write(where, "share/big", self.big)
        peers.certificate(where)
        self.servers()

    def servers(self):
        where = self.where
        at = {"where": where, "at": self.at, "url": self.url}
        for name in ("host_key", "client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(where, name)], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.net.start("server", [program("nginx"), "-c", write(where, "nginx.conf", NGINX % at)], **quiet)
        self.net.start("server", [program("sshd"), "-D", "-f", write(where, "sshd.conf", SSHD % at)], **quiet)
        self.net.start("server", [program("smbd"), "-F", "--no-process-group", "-s", write(where, "smb.conf", SMB % at)], **quiet)
        self.net.start("server", [program("dnsmasq"), "-k", "-u", "root", "-C", "/dev/null", "-h", "-R", "--no-daemon", "-a", self.at, "-z",
                                  "--address=/example/192.0.2.1", "--txt-record=long.example," + ",".join("x" * 200 for _ in range(10)),
                                  "--edns-packet-max=4096"], **quiet)
        self.net.start("server", [program("iperf3"), "-s", "-B", self.at], **quiet)
        for port in (80, 443, 22, 445, 53, 5201):
            self.listens(port)

    def listens(self, port):
        """As the kernel tells: who connects to see is a client to some servers (iperf3), that gives up while the next one comes."""
        def there():
            text = self.net.run("server", ["cat", "/proc/net/tcp", "/proc/net/tcp6"])
            return any(line.split()[1].endswith(":%04X" % port) and line.split()[3] == "0A" for line in text.splitlines() if ":" in line.split()[0])
        guard.soon(there, 15)
        must(there(), "the server of port %d does not listen" % port)

    def client(self, *line, seconds=60):
        """What a client says; on a loaded machine a server's fork alone may take seconds, so the end comes late."""
        line = ["ip", "netns", "exec", self.net.names["client"]] + list(line)
        try:
            return subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as e:
            return subprocess.CompletedProcess(line, -1, e.stdout or b"", e.stderr or b"")

    def ssh_line(self, *more):
        return ("ssh", "-F", "/dev/null", "-i", os.path.join(self.where, "client_key"), "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null",
                "-oLogLevel=ERROR") + more

    def smb_line(self, share, command):
        return ("smbclient", "-s", os.path.join(self.where, "smb.conf"), "-N", "-I", self.at, "//server/%s" % share, "-c", command)

    def sessions(self):
        """Each kind of session, byte for byte."""
        def whole(what, r, want):
            must(r.returncode == 0 and r.stdout == want, "%s: ended with %d, %d bytes: %r" % (what, r.returncode, len(r.stdout), said(r)))

        whole("HTTP", self.client("curl", "-s", self.http + "big"), self.big)
        whole("TLS", self.client("curl", "-sk", "--connect-to", "good.example:443:%s:443" % self.url, "https://good.example/big"), self.big)
        whole("DNS", self.client("dig", "+short", "+tries=1", "+time=30", "@" + self.at, "www.example"), b"192.0.2.1\n")
        whole("DNS over TCP", self.client("dig", "+short", "+tcp", "+tries=1", "+time=30", "@" + self.at, "www.example"), b"192.0.2.1\n")
        long = self.client("dig", "+short", "+bufsize=4096", "+tries=1", "+time=30", "@" + self.at, "long.example", "txt")
        must(long.returncode == 0 and long.stdout.count(b"x") == 2000, "DNS in fragments: %r" % long.stdout[-200:])
        whole("SSH", self.client(*self.ssh_line("root@" + self.at, "cat %s/www/big" % self.where)), self.big)
        back = os.path.join(self.where, "back")
        r = self.client(*self.smb_line("good", "put %s/www/big up; get big %s" % (self.where, back)))
        must(r.returncode == 0, "SMB: %r" % said(r))
        for path in (back, os.path.join(self.where, "share", "up")):
            with open(path, "rb") as f:
                must(hashlib.sha256(f.read()).digest() == hashlib.sha256(self.big).digest(), "SMB: other bytes in %s" % path)
            os.unlink(path)
        r = self.client("iperf3", "-c", self.at, "-t", "1", "-P", "2", "-J")
        must(r.returncode == 0, "iperf3: %r" % said(r))
        got = json.loads(r.stdout)["end"].get("sum_received", {"bytes": 0})
        must(got["bytes"] > 1 << 20, "iperf3: %r" % r.stdout[-500:])

    def attacks(self):
        """The same kinds with an attack in each: who tries gets nowhere, and the last byte does not come out at the server."""
        heard = Listening(self.net)
        upload = write(self.where, "upload", peers.content(100_000) + b"EVIL-UPLOAD-END")
        file = write(self.where, "file", b"begins well, EVIL-IN-A-FILE")
        tries = [("HTTP", 1, ("curl", "-s", self.http + "attack-me?now")),
                 ("TLS", 2, ("curl", "-sk", "--connect-to", "evil.example:443:%s:443" % self.url, "https://evil.example/big")),
                 ("DNS", 3, ("dig", "+short", "+tries=1", "@" + self.at, "www.evil.example")),
                 ("DNS over TCP", 3, ("dig", "+short", "+tcp", "+tries=1", "@" + self.at, "www.evil.example")),
                 ("SSH", 4, self.ssh_line("-oKexAlgorithms=ecdh-sha2-nistp521", "root@" + self.at, "true")),
                 ("SMB, a share", 5, self.smb_line("evil", "ls")), ("SMB, a file", 6, self.smb_line("good", "put %s bad" % file)),
                 ("an upload", 9, ("curl", "-s", "--data-binary", "@" + upload, self.http + "up"))]
        # As long as it takes the clients to get as far as their attacks, and no longer.
        for seconds in (2, 6, 18):
            with concurrent.futures.ThreadPoolExecutor(len(tries)) as pool:
                got = pool.map(lambda t, s=seconds: self.client(*t[2], seconds=s), tries)
            for (what, _, _), r in zip(tries, got):
                must(r.returncode != 0 and b"192.0.2.1" not in r.stdout, "%s: got somewhere: %r" % (what, said(r)))
            guard.soon(lambda: guard.blocked(self.where) >= {sid for _, sid, _ in tries}, 1)
            tries = [t for t in tries if t[1] not in guard.blocked(self.where)]
            if not tries:
                break
        data = heard.end()
        for part in (b"/attack-me", b"EVIL-UPLOAD-END", b"evil.example", b"\x04evil\x07example", b"ecdh-sha2-nistp521,ext-info-c", r"\\server\evil".encode("utf-16le"), b"EVIL-IN-A-FILE"):
            must(part not in data, "the server got %r" % part)
        bad = os.path.join(self.where, "share", "bad")
        must(not os.path.exists(bad) or os.path.getsize(bad) == 0, "SMB: the file is there")
        with open(os.path.join(self.where, "nginx.log"), "rb") as f:
            must(b"attack-me" not in f.read(), "nginx tells of the attack")

    def rejects(self):
        """Who is rejected sees it at once."""
        began = time.monotonic()
        r = self.client("curl", "-sS", "-m", "30", self.http + "reject-me")
        must(r.returncode == 56 and b"reset" in r.stderr, "curl ended with %d: %r" % (r.returncode, said(r)))
        r = self.client("dig", "+tries=1", "+time=30", "@" + self.at, "refused.example")
        must(b"unreachable" in said(r) or b"refused" in said(r).lower(), "dig: %r" % said(r))
        must(time.monotonic() - began < 25, "they waited")


def through(engine, where, net, *more):
    p = Peers(net, where)
    g = guard.guard(engine, where, net, "--workers", "2", rules=RULES, **dict(more))
    resets = Resets(net)
    try:
        p.sessions()
    except Wrong as e:
        raise Wrong("%s; resets: %s; the guard: %s" % (e, resets.seen(), g.stop())) from e
    p.attacks()
    p.rejects()
    guard.adds_up(json.loads(g.stop()))
    must(guard.blocked(where) == set(range(1, 10)), "rules that dropped: %r" % guard.blocked(where))


def case_peers_bridge(engine, where, net):
    """nginx, curl, dig, dnsmasq, ssh, sshd, smbclient, samba and iperf3 through a bridge: unharmed, attacks dropped, rejects seen"""
    guard.bridge(net)
    through(engine, where, net)


def case_peers_queue(engine, where, net):
    """the same through netfilter queues"""
    guard.routed(net)
    guard.queued(net, "--queue-balance", "4:5", "--queue-bypass")
    through(engine, where, net, ("devices", ("nfq:4-5",)))
