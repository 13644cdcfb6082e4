# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages of common protocols as bytes: DNS, DHCP, HTTP, NTP, SSH, mail, NetBIOS names. SMB is in smb.py."""

import base64
import struct

import net

# -- DNS (RFC 1035), also mDNS and LLMNR ----------------------------------------

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65, "AXFR": 252, "ANY": 255}


def dns_name(text):
    """A name in wire form, without compression."""
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".") if p) + b"\0"


class DnsWriter:
    """Builds one message, compressing names against what is written already."""

    def __init__(self, ident, flags):
        self.out, self.seen, self.ident, self.flags = bytearray(12), {}, ident, flags

    def name(self, text):
        labels = [p for p in text.split(".") if p]
        while labels:
            rest = ".".join(labels).lower()
            if rest in self.seen:
                self.out += struct.pack("!H", 0xC000 | self.seen[rest])
                return
            if len(self.out) < 0x4000:
                self.seen[rest] = len(self.out)
            self.out += bytes([len(labels[0])]) + labels[0].encode()
            labels.pop(0)
        self.out += b"\0"

    def question(self, name, kind, cls=1):
        self.name(name)
        self.out += struct.pack("!HH", TYPES[kind], cls)

    def record(self, name, kind, value, ttl=300, cls=1):
        self.name(name)
        self.out += struct.pack("!HHIH", TYPES[kind], cls, ttl, 0)
        start = len(self.out)
        if kind in ("A", "AAAA"):
            self.out += net.addr(value)
        elif kind in ("CNAME", "NS", "PTR"):
            self.name(value)
        elif kind == "MX":
            self.out += struct.pack("!H", value[0])
            self.name(value[1])
        elif kind == "TXT":
            for part in [value] if isinstance(value, (str, bytes)) else value:
                part = part.encode() if isinstance(part, str) else part
                self.out += b"".join(bytes([len(part[i:i + 255])]) + part[i:i + 255] for i in range(0, len(part) or 1, 255))
        elif kind == "SRV":
            self.out += struct.pack("!HHH", *value[:3]) + dns_name(value[3])
        elif kind == "SOA":
            self.name(value[0])
            self.name(value[1])
            self.out += struct.pack("!IIIII", *value[2:])
        else:
            self.out += value
        self.out[start - 2:start] = struct.pack("!H", len(self.out) - start)


def dns(ident, questions, answers=(), authority=(), additional=(), *, response=False, rcode=0, rd=True, ra=None, aa=False, tc=False,
        opcode=0, edns=None):
    """One message. questions: (name, type[, class]); records: (name, type, value[, ttl[, class]]); edns: UDP size for an OPT record."""
    flags = (0x8000 if response else 0) | opcode << 11 | (0x400 if aa else 0) | (0x200 if tc else 0) | (0x100 if rd else 0)
    flags |= (0x80 if (response if ra is None else ra) else 0) | rcode
    w = DnsWriter(ident, flags)
    for q in questions:
        w.question(*q)
    for part in (answers, authority, additional):
        for r in part:
            w.record(*r)
    count = len(additional)
    if edns:
        w.out += struct.pack("!BHHIH", 0, 41, edns, 0, 0)
        count += 1
    w.out[:12] = struct.pack("!HHHHHH", ident, flags, len(questions), len(answers), len(authority), count)
    return bytes(w.out)


def dns_tcp(message):
    """The two byte length in front of a message over TCP."""
    return struct.pack("!H", len(message)) + message


def netbios_name(text, suffix=0):
    """First level encoding of a NetBIOS name (RFC 1001 section 14.1)."""
    raw = text.upper().ljust(15).encode() + bytes([suffix])
    return b"\x20" + b"".join(bytes([0x41 + (c >> 4), 0x41 + (c & 15)]) for c in raw) + b"\0"


def nbns_query(ident, text, suffix=0):
    """A broadcast NetBIOS name query (RFC 1002 section 4.2.12)."""
    return struct.pack("!HHHHHH", ident, 0x0110, 1, 0, 0, 0) + netbios_name(text, suffix) + struct.pack("!HH", 0x20, 1)


# -- DHCP (RFC 2131, RFC 2132) ----------------------------------------------------

DISCOVER, OFFER, REQUEST, DHCP_ACK = 1, 2, 3, 5


def dhcp(kind, xid, client_mac, *, yiaddr="0.0.0.0", ciaddr="0.0.0.0", siaddr="0.0.0.0", options=(), secs=0, broadcast=False):
    """A BOOTP/DHCP message; options are (code, bytes), the message type comes first by itself."""
    head = struct.pack("!BBBBIHH", 2 if kind in (OFFER, DHCP_ACK, 6) else 1, 1, 6, 0, xid, secs, 0x8000 if broadcast else 0)
    head += net.addr(ciaddr) + net.addr(yiaddr) + net.addr(siaddr) + net.addr("0.0.0.0")
    head += net.mac(client_mac).ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63"
    body = b"".join(bytes([code, len(value)]) + value for code, value in [(53, bytes([kind]))] + list(options)) + b"\xff"
    return (head + body).ljust(300, b"\0")


# -- HTTP/1.1 (RFC 9112) ----------------------------------------------------------

def http_request(method, uri, host, headers=(), body=b"", agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                 version="HTTP/1.1"):
    """A request; Content-Length is added when there is a body, User-Agent when agent is not None."""
    lines = ["%s %s %s" % (method, uri, version)]
    lines += ["Host: " + host] if host is not None else []
    lines += ["User-Agent: " + agent] if agent is not None else []
    lines += ["%s: %s" % h for h in headers]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def http_response(status, body=b"", headers=(), kind="text/html; charset=utf-8", version="HTTP/1.1", length=True):
    """A response; status is "200 OK"; length=False leaves Content-Length to the caller."""
    lines = ["%s %s" % (version, status), "Date: Mon, 07 Dec 2026 09:00:00 GMT", "Server: nginx/1.24.0"]
    lines += ["Content-Type: " + kind] if kind else []
    lines += ["%s: %s" % h for h in headers]
    if length:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(body, sizes=(512,), extension="", trailer=()):
    """A body in chunks (RFC 9112 section 7.1), the sizes taken in turn and around again."""
    out, at, i = b"", 0, 0
    while at < len(body):
        piece = body[at:at + sizes[i % len(sizes)]]
        out += b"%x%s\r\n" % (len(piece), extension.encode()) + piece + b"\r\n"
        at, i = at + len(piece), i + 1
    return out + b"0\r\n" + b"".join(b"%s: %s\r\n" % (k.encode(), v.encode()) for k, v in trailer) + b"\r\n"


def multipart(boundary, parts):
    """multipart/form-data (RFC 7578): parts are (name, file name or None, content type or None, bytes)."""
    out = b""
    for name, filename, kind, data in parts:
        out += b"--" + boundary.encode() + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        out += b'; filename="' + filename.encode() + b'"' if filename else b""
        out += b"\r\nContent-Type: " + kind.encode() if kind else b""
        out += b"\r\n\r\n" + data + b"\r\n"
    return out + b"--" + boundary.encode() + b"--\r\n"


# -- NTP (RFC 5905) ---------------------------------------------------------------

def ntp_time(unix):
    return struct.pack("!II", int(unix) + 2208988800, int(unix % 1 * 2**32) & 0xFFFFFFFF)


def ntp(mode, sent, *, stratum=0, reference=b"\0\0\0\0", origin=None, received=None, poll=6):
    """Mode 3 asks, 4 answers; times are Unix seconds."""
    head = struct.pack("!BBbb", 0x20 | mode, stratum, poll, -20 if stratum else 0) + struct.pack("!II", 0x200, 0x300) + reference
    zero = bytes(8)
    return (head + (ntp_time(sent - 60) if stratum else zero) + (ntp_time(origin) if origin else zero)
            + (ntp_time(received) if received else zero) + ntp_time(sent))


# -- SSH (RFC 4253) ---------------------------------------------------------------

KEX = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group14-sha256"
HOST_KEYS = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"
CIPHERS = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com"
MACS = "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256,hmac-sha1"


def ssh_packet(payload):
    """The binary packet before keys are in use: padded to eight bytes, at least four of padding."""
    pad = 8 - (5 + len(payload)) % 8
    pad += 8 if pad < 4 else 0
    return struct.pack("!IB", 1 + len(payload) + pad, pad) + payload + bytes(pad)


def ssh_kexinit(rng, kex=KEX, ciphers=CIPHERS):
    """SSH_MSG_KEXINIT with ten name lists."""
    lists = (kex, HOST_KEYS, ciphers, ciphers, MACS, MACS, "none,zlib@openssh.com", "none,zlib@openssh.com", "", "")
    body = b"".join(struct.pack("!I", len(x)) + x.encode() for x in lists)
    return ssh_packet(b"\x14" + rng.randbytes(16) + body + b"\0\0\0\0\0")


def ssh_turns(rng, client_banner="SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", server_banner="SSH-2.0-OpenSSH_9.6", kex=KEX, rounds=2):
    """(who, bytes) of a connection: banners, key exchange, then encrypted packets of the given number of rounds."""
    def string(data):
        return struct.pack("!I", len(data)) + data
    host_key = string(string(b"ssh-ed25519") + string(rng.randbytes(32)))
    signature = string(string(b"ssh-ed25519") + string(rng.randbytes(64)))
    turns = [("client", client_banner.encode() + b"\r\n"), ("server", server_banner.encode() + b"\r\n"),
             ("client", ssh_kexinit(rng, kex)), ("server", ssh_kexinit(rng, kex)),
             ("client", ssh_packet(b"\x1e" + string(rng.randbytes(32)))),
             ("server", ssh_packet(b"\x1f" + host_key + string(rng.randbytes(32)) + signature) + ssh_packet(b"\x15")),
             ("client", ssh_packet(b"\x15"))]
    for _ in range(rounds):
        turns += [("client", rng.randbytes(44 + 16 * rng.getrandbits(2))), ("server", rng.randbytes(44 + 16 * rng.getrandbits(2)))]
    return turns


# -- mail (RFC 5321, RFC 5322) ------------------------------------------------------

def mail(sender, to, subject, text, attachments=(), ident="1", boundary="=_part_0001"):
    """A message with attachments (name, content type, bytes), base64 coded; lines end in CRLF, dots not yet stuffed."""
    lines = ["From: " + sender, "To: " + to, "Subject: " + subject, "Date: Mon, 07 Dec 2026 09:03:00 +0000",
             "Message-ID: <%s@mail.tapir.example>" % ident, "MIME-Version: 1.0",
             'Content-Type: multipart/mixed; boundary="%s"' % boundary, "", "--" + boundary,
             "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 7bit", ""] + text.split("\n")
    for name, kind, data in attachments:
        lines += ["--" + boundary, '%s; name="%s"' % ("Content-Type: " + kind, name), "Content-Transfer-Encoding: base64",
                  'Content-Disposition: attachment; filename="%s"' % name, ""]
        coded = base64.b64encode(data).decode()
        lines += [coded[i:i + 76] for i in range(0, len(coded), 76)]
    return "\r\n".join(lines + ["--" + boundary + "--", ""]).encode()


def smtp_turns(message, sender, to, helo="pc11.tapir.example", banner="mail.tapir.example ESMTP Postfix", size=10240000):
    """(who, bytes) of one delivery without pipelining."""
    body = message.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    name = banner.split()[0]
    return [("server", b"220 " + banner.encode() + b"\r\n"), ("client", b"EHLO " + helo.encode() + b"\r\n"),
            ("server", ("250-%s\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n" % (name, size)).encode()),
            ("client", b"MAIL FROM:<" + sender.encode() + b">\r\n"), ("server", b"250 2.1.0 Ok\r\n"),
            ("client", b"RCPT TO:<" + to.encode() + b">\r\n"), ("server", b"250 2.1.5 Ok\r\n"),
            ("client", b"DATA\r\n"), ("server", b"354 End data with <CR><LF>.<CR><LF>\r\n"),
            ("client", body), ("server", b"250 2.0.0 Ok: queued as 4XkQ2m1r2Tz\r\n"),
            ("client", b"QUIT\r\n"), ("server", b"221 2.0.0 Bye\r\n")]
