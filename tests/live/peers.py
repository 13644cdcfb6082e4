# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers and clients for sessions through peccary: started as processes of their own in a namespace.

  peers.py KIND ADDRESS PORT [FILE]    a server; says "ready" when it listens, and writes what it reads to FILE
"""
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading

BIG = 3_000_000


def content(n=BIG, seed=b"peccary"):
    """Bytes that look like none of the attacks, always the same."""
    out, block = bytearray(), hashlib.sha256(seed).digest()
    while len(out) < n:
        block = hashlib.sha256(block).digest()
        out += block
    return bytes(out[:n])


def until(s, end):
    data = b""
    while end not in data:
        more = s.recv(65536)
        if not more:
            break
        data += more
    return data


def serve_http(s, log):
    head = until(s, b"\r\n\r\n")
    log(head)
    body = content() if b"/big" in head else b"hello\n"
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


def serve_tls(s, log):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["PEERS_CERT"], os.environ["PEERS_KEY"])
    with context.wrap_socket(s, server_side=True) as t:
        log(until(t, b"\n"))
        t.sendall(content(300_000))


def serve_ssh(s, log):
    """What SSH looks like from outside: a banner each, then packets that nobody can read."""
    s.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    log(until(s, b"\n"))
    for size in (1, 700, 16000, 3):
        packet = content(size, b"ssh%d" % size)
        s.sendall(struct.pack(">IB", size + 1, 0) + packet)
        got = b""
        while len(got) < size + 5:
            more = s.recv(65536)
            if not more:
                return
            got += more
        log(got)


def serve_sink(s, log):
    while True:
        data = s.recv(65536)
        if not data:
            break
        log(data)
    s.sendall(b"done\n")


def serve_stream(s, log):
    """All of a session into a file of its own."""
    with open("%s.%d" % (sys.argv[4], s.getpeername()[1]), "wb", buffering=0) as f:
        while True:
            data = s.recv(65536)
            if not data:
                break
            f.write(data)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def tcp(kind, address, port, log):
    listen = socket.socket(family(address))
    listen.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listen.bind((address, port))
    listen.listen(64)
    print("ready", flush=True)
    while True:
        s, _ = listen.accept()

        def run(s=s):
            try:
                globals()["serve_" + kind](s, log)
            except (OSError, ssl.SSLError):
                log(b"<reset>")
            s.close()

        threading.Thread(target=run, daemon=True).start()


def udp(address, port, log):
    """A DNS server: each name has the address 192.0.2.1; and with it as many bytes of text as the name's first label says."""
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.bind((address, port))
    print("ready", flush=True)
    while True:
        q, whom = s.recvfrom(65536)
        log(q)
        answer = q[:2] + b"\x81\x80" + q[4:6] + b"\x00\x01\x00\x00\x00\x00" + q[12:] + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
        s.sendto(answer, whom)


def main():
    kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    file = open(sys.argv[4], "ab", buffering=0) if len(sys.argv) > 4 else None
    lock = threading.Lock()

    def log(data):
        if file:
            with lock:
                file.write(data)

    if kind == "udp":
        udp(address, port, log)
    else:
        tcp(kind, address, port, log)


def certificate(where):
    """A key and a certificate for serve_tls, in the environment; False: there is no openssl."""
    key, cert = os.path.join(where, "key.pem"), os.path.join(where, "cert.pem")
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=peers.example"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    os.environ["PEERS_CERT"], os.environ["PEERS_KEY"] = cert, key
    return True


def query(name, number=1):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\x00\x00\x01\x00\x01"


if __name__ == "__main__":
    main()
