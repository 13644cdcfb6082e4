# SPDX-License-Identifier: GPL-2.0-or-later
"""SMB messages as bytes: an SMB2 session with NTLMSSP in SPNEGO (MS-SMB2, MS-NLMP, RFC 4178), and SMB1 (MS-CIFS)."""

import struct

NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, CREATE, CLOSE, READ, WRITE, QUERY_INFO = 0, 1, 2, 3, 4, 5, 6, 8, 9, 16
MORE_PROCESSING, LOGON_FAILURE = 0xC0000016, 0xC000006D
FILETIME = 133_800_000_000_000_000


def netbios(message):
    """The session service header in front of each message on port 445."""
    return struct.pack("!I", len(message)) + message


def utf16(text):
    return text.encode("utf-16-le")


# -- SPNEGO and NTLMSSP ------------------------------------------------------------

def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        size = bytes([len(body)])
    elif len(body) < 256:
        size = b"\x81" + bytes([len(body)])
    else:
        size = b"\x82" + struct.pack("!H", len(body))
    return bytes([tag]) + size + body


SPNEGO = bytes.fromhex("06062b0601050502")
NTLM = bytes.fromhex("060a2b06010401823702020a")


def spnego_init(token=None):
    """NegTokenInit offering NTLMSSP; without a token, what a server sends in its negotiate response."""
    parts = [der(0xA0, der(0x30, NTLM))] + ([der(0xA2, der(0x04, token))] if token else [])
    return der(0x60, SPNEGO, der(0xA0, der(0x30, *parts)))


def spnego_reply(state, token=None, mech=False):
    """NegTokenResp; state 0 accepted, 1 incomplete."""
    parts = [der(0xA0, der(0x0A, bytes([state])))] if state is not None else []
    parts += [der(0xA1, NTLM)] if mech else []
    parts += [der(0xA2, der(0x04, token))] if token else []
    return der(0xA1, der(0x30, *parts))


NTLM_FLAGS = 0xE2888215
NTLM_VERSION = bytes.fromhex("0a00614a0000000f")


def ntlm_negotiate():
    return b"NTLMSSP\0" + struct.pack("<II", 1, 0xE2088297) + bytes(16) + NTLM_VERSION


def ntlm_challenge(challenge, domain, server, dns_domain):
    """CHALLENGE_MESSAGE with the names a Windows server gives away."""
    name = utf16(domain)
    pairs = [(2, utf16(domain)), (1, utf16(server)), (4, utf16(dns_domain)), (3, utf16(server.lower() + "." + dns_domain)),
             (7, struct.pack("<Q", FILETIME)), (0, b"")]
    info = b"".join(struct.pack("<HH", k, len(v)) + v for k, v in pairs)
    head = b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 56, NTLM_FLAGS) + challenge + bytes(8)
    return head + struct.pack("<HHI", len(info), len(info), 56 + len(name)) + NTLM_VERSION + name + info


def ntlm_authenticate(domain, user, station, rng):
    """AUTHENTICATE_MESSAGE; the responses are random bytes of the right shape (NTLMv2)."""
    fields, body = [b"", rng.randbytes(16) + b"\1\1" + bytes(6) + rng.randbytes(16) + bytes(60), utf16(domain), utf16(user), utf16(station),
                    rng.randbytes(16)], b""
    fields[0] = bytes(24)
    at, table = 88, {}
    for i in (2, 3, 4, 0, 1, 5):
        table[i] = struct.pack("<HHI", len(fields[i]), len(fields[i]), at + len(body))
        body += fields[i]
    head = b"NTLMSSP\0" + struct.pack("<I", 3) + b"".join(table[i] for i in range(6)) + struct.pack("<I", NTLM_FLAGS) + NTLM_VERSION
    return head + rng.randbytes(16) + body


# -- SMB2 ---------------------------------------------------------------------------

class Smb2:
    """One SMB2 dialogue: keeps message, session and tree ids, and collects turns (who, bytes)."""

    def __init__(self, rng):
        self.rng, self.message, self.session, self.tree, self.turns = rng, 0, 0, 0, []

    def header(self, command, response, status, credits):
        flags = 1 if response else 0
        return (b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 1, status, command, credits, flags, 0, self.message, 0xFEFF, self.tree, self.session)
                + bytes(16))

    def call(self, command, request, response, status=0):
        """One request and its response."""
        self.turns.append(("client", netbios(self.header(command, False, 0, 31) + request)))
        if callable(response):
            response = response()
        self.turns.append(("server", netbios(self.header(command, True, status, 1 if command < 2 else 31) + response)))
        self.message += 1

    def negotiate(self, dialect=0x0302):
        dialects = (0x0202, 0x0210, 0x0300, 0x0302)
        ask = struct.pack("<HHHHI", 36, len(dialects), 1, 0, 0x7F) + self.rng.randbytes(16) + bytes(8) + struct.pack("<4H", *dialects)
        blob = spnego_init()
        answer = struct.pack("<HHHH", 65, 1, dialect, 0) + self.rng.randbytes(16)
        answer += struct.pack("<IIIIQQHHI", 0x2F, 8388608, 8388608, 8388608, FILETIME, FILETIME - 10**13, 128, len(blob), 0) + blob
        self.call(NEGOTIATE, ask, answer)

    def setup(self, blob, answer, status):
        ask = struct.pack("<HBBIIHHQ", 25, 0, 1, 1, 0, 88, len(blob), 0) + blob

        def reply():
            self.session = self.session or 0x0000_1C00_0000_0000 + self.rng.getrandbits(16)
            return struct.pack("<HHHH", 9, 0, 72, len(answer)) + answer
        self.call(SESSION_SETUP, ask, reply, status)

    def login(self, domain, user, station, server, dns_domain, fail=False):
        self.setup(spnego_init(ntlm_negotiate()),
                   spnego_reply(1, ntlm_challenge(self.rng.randbytes(8), domain, server, dns_domain), mech=True), MORE_PROCESSING)
        self.setup(spnego_reply(None, ntlm_authenticate(domain, user, station, self.rng)), b"" if fail else spnego_reply(0),
                   LOGON_FAILURE if fail else 0)

    def connect(self, path, pipe=False):
        ask = struct.pack("<HHHH", 9, 0, 72, len(utf16(path))) + utf16(path)

        def reply():
            self.tree = self.tree + 1 or 1
            return struct.pack("<HBBIII", 16, 2 if pipe else 1, 0, 0x30 if pipe else 0x800, 0, 0x1F01FF if pipe else 0x1301BF)
        self.call(TREE_CONNECT, ask, reply)

    def create(self, name, size, write=False):
        """Opens a file; gives its id."""
        path = utf16(name)
        file_id = struct.pack("<QQ", self.rng.getrandbits(32), 0xFFFFFFFF00000000 | self.rng.getrandbits(8))
        ask = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x12019F if write else 0x120089, 0x80 if write else 0, 7 if not write else 0,
                          5 if write else 1, 0x60, 120, len(path), 0, 0) + path.ljust(8, b"\0")
        answer = struct.pack("<HBBIQQQQQQII", 89, 0, 0, 2 if write else 1, FILETIME, FILETIME, FILETIME, FILETIME, -(-size // 4096) * 4096, size,
                             0x20, 0) + file_id + struct.pack("<II", 0, 0)
        self.call(CREATE, ask, answer)
        return file_id

    def read(self, file_id, data, offset=0):
        ask = struct.pack("<HBBIQ", 49, 0x50, 0, 65536, offset) + file_id + struct.pack("<IIIHH", 0, 0, 0, 0, 0) + b"\0"
        self.call(READ, ask, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)

    def write(self, file_id, data, offset=0):
        ask = struct.pack("<HHIQ", 49, 112, len(data), offset) + file_id + struct.pack("<IIHHI", 0, 0, 0, 0, 0) + data
        self.call(WRITE, ask, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0))

    def close(self, file_id):
        self.call(CLOSE, struct.pack("<HHI", 24, 0, 0) + file_id, struct.pack("<HHI", 60, 0, 0) + bytes(52))

    def leave(self):
        self.call(TREE_DISCONNECT, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))
        self.call(LOGOFF, struct.pack("<HH", 4, 0), struct.pack("<HH", 4, 0))


# -- SMB1 ---------------------------------------------------------------------------

def smb1(command, words, data, *, response=False, status=0, tree=0, user=0, mid=64, pid=0xFEFF, unicode=True):
    """One SMB1 message: header, parameter words, data bytes."""
    head = b"\xffSMB" + struct.pack("<BIBH", command, status, 0x98 if response else 0x18, 0xC807 if unicode else 0x4801)
    head += struct.pack("<H8sHHHHH", 0, bytes(8), 0, tree, pid, user, mid)
    return netbios(head + bytes([len(words) // 2]) + words + struct.pack("<H", len(data)) + data)


def smb1_negotiate_request(dialects=("LANMAN1.0", "LM1.2X002", "NT LANMAN 1.0", "NT LM 0.12")):
    return smb1(0x72, b"", b"".join(b"\2" + d.encode() + b"\0" for d in dialects), unicode=False)


def smb1_probe_turns(target, rng):
    """An SMB1 talk up to the Trans2 SESSION_SETUP (subcommand 0x000e) that worm-like scanners send to an old server."""
    path = b"\0" + utf16("\\\\" + target + "\\IPC$\0") + b"?????\0"
    turns = [("client", smb1_negotiate_request())]
    words = struct.pack("<HBHHIIIIQHB", 3, 3, 10, 1, 4356, 65536, 0, 0x0000E3FC, FILETIME, 0, 8)
    turns.append(("server", smb1(0x72, words, rng.randbytes(8) + utf16("WORKGROUP\0OLDPC\0"), response=True, unicode=False)))
    words = struct.pack("<BBHHHHIHHII", 0xFF, 0, 0, 4356, 10, 0, 0, 0, 0, 0, 0x40)
    turns.append(("client", smb1(0x73, words, b"\0" + utf16("\0\0Windows 7 Professional 7601 Service Pack 1\0Windows 7 Professional 6.1\0"))))
    turns.append(("server", smb1(0x73, struct.pack("<BBHH", 0xFF, 0, 0, 1), b"\0" + utf16("Windows 7 Professional 7601\0Windows 7 6.1\0WORKGROUP\0"),
                                 response=True, user=2048)))
    turns.append(("client", smb1(0x75, struct.pack("<BBHHH", 0xFF, 0, 0, 8, 1), path, user=2048)))
    turns.append(("server", smb1(0x75, struct.pack("<BBHH", 0xFF, 0, 0, 1), b"IPC\0\0", response=True, user=2048, tree=2048)))
    words = struct.pack("<HHHHBBHIHHHHHBBH", 15, 0, 1, 0, 0, 0, 0, 0x00A6D9A4, 0, 12, 66, 0, 78, 1, 0, 0x000E)
    turns.append(("client", smb1(0x32, words, b"\0" + bytes(14), user=2048, tree=2048, mid=65)))
    turns.append(("server", smb1(0x32, b"", b"", response=True, status=0xC0000002, user=2048, tree=2048, mid=65)))
    return turns
