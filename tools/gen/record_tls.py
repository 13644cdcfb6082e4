#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Record TLS sessions between a real client and a real server (Python's ssl, certificates by the openssl program).

The byte streams go to data/NAME.tls, one turn after the other (see load), so that captures made of them are the same each
time. Run it only to record anew: keys and random values differ each time. usage: record_tls.py [NAME...]
"""

import os
import ssl
import struct
import subprocess
import sys
import tempfile

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
TLS10, TLS12, TLS13 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
EC, RSA = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], ["rsa:2048"]

# name: (version, server name asked for, certificate subject, issuer or None for self-signed, key kind, ALPN, turns of data)
PAGES = [("client", b"GET /portal HTTP/1.1\r\nHost: portal.tapir.example\r\nAccept: */*\r\n\r\n"),
         ("server", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 600\r\n\r\n" + b"all is well\n" * 50)]
RECORDINGS = {
    "tls12": (TLS12, "intranet.tapir.example", "/C=DE/O=Tapir Office/CN=intranet.tapir.example", "/C=DE/O=Tapir Office/CN=Tapir Office CA", RSA,
              ["http/1.1"], PAGES),
    "tls13": (TLS13, "portal.supplier.example", "/O=Supplier/CN=portal.supplier.example", "/O=Example Trust/CN=Example Trust R1", EC,
              ["h2", "http/1.1"], PAGES),
    "tls10": (TLS10, "printer.tapir.example", "/O=Printer Maker/CN=printer.tapir.example", None, RSA, [],
              [("client", b"GET /status HTTP/1.0\r\n\r\n"), ("server", b"HTTP/1.0 200 OK\r\n\r\ntoner 40 %\n")]),
    "selfsigned": (TLS12, "update-check.xyz-cdn.example", "/C=XX/ST=Some-State/O=Internet Widgits Pty Ltd/CN=update-check.xyz-cdn.example", None, EC,
                   [], [("client", b"\x01\x00id=7781"), ("server", b"\x01\x00ok")]),
}


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


def certificate(folder, subject, issuer, key, names):
    """Make key.pem and cert.pem in folder, signed by an issuer of our own or by itself."""
    path = lambda name: os.path.join(folder, name)
    ext = path("ext")
    with open(ext, "w") as f:
        f.write("subjectAltName=DNS:%s\n" % names)
    if issuer is None:
        openssl("req", "-x509", "-newkey", *key, "-nodes", "-keyout", path("key.pem"), "-out", path("cert.pem"), "-subj", subject, "-days", "3650")
        return
    openssl("req", "-x509", "-newkey", *key, "-nodes", "-keyout", path("ca.key"), "-out", path("ca.pem"), "-subj", issuer, "-days", "3650")
    openssl("req", "-new", "-newkey", *key, "-nodes", "-keyout", path("key.pem"), "-out", path("csr"), "-subj", subject)
    openssl("x509", "-req", "-in", path("csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-out", path("cert.pem"),
            "-days", "825", "-extfile", ext)


def record(version, name, subject, issuer, key, alpn, talk):
    """The turns (who, bytes) of one session with this talk inside."""
    with tempfile.TemporaryDirectory() as folder:
        certificate(folder, subject, issuer, key, name)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        for context in (server, client):
            if version < TLS12:
                context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            if alpn:
                context.set_alpn_protocols(alpn)
        c_in, s_in = ssl.MemoryBIO(), ssl.MemoryBIO()
        c_out, s_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        c = client.wrap_bio(c_in, c_out, server_hostname=name)
        s = server.wrap_bio(s_in, s_out, server_side=True)
        turns = []

        def carry():
            for who, out, into in (("client", c_out, s_in), ("server", s_out, c_in)):
                data = out.read()
                if data:
                    turns.append((who, data))
                    into.write(data)

        def attempt(step):
            try:
                step()
                return True
            except ssl.SSLWantReadError:
                return False
        done_c = done_s = False
        while not (done_c and done_s):
            done_c = done_c or attempt(c.do_handshake)
            carry()
            done_s = done_s or attempt(s.do_handshake)
            carry()
        for who, data in talk:
            (c if who == "client" else s).write(data)
            carry()
            (s if who == "client" else c).read(65536)
            carry()
        attempt(c.unwrap)
        carry()
        return turns


def save(path, turns):
    with open(path, "wb") as f:
        for who, data in turns:
            f.write(struct.pack("!BI", who == "server", len(data)) + data)


def load(name):
    """The turns of a recording: one byte (0 client, 1 server), four bytes length, the bytes, and again."""
    with open(os.path.join(DATA, name + ".tls"), "rb") as f:
        data, at, turns = f.read(), 0, []
    while at < len(data):
        side, size = struct.unpack("!BI", data[at:at + 5])
        turns.append(("server" if side else "client", data[at + 5:at + 5 + size]))
        at += 5 + size
    return turns


if __name__ == "__main__":
    os.makedirs(DATA, exist_ok=True)
    for each in sys.argv[1:] or RECORDINGS:
        save(os.path.join(DATA, each + ".tls"), record(*RECORDINGS[each]))
