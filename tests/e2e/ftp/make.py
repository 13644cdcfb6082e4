# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, session

SHOW = {"alert": ["alert.signature_id"], "ftp": ["ftp.command"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def make(trace):
    s = session(trace, 21).open().reply(b"220 ready\r\n")
    for ask, answer in ((b"USER anna", b"331 password?"), (b"PASS pw-in-clear", b"230 in"), (b"TYPE I", b"200 ok"), (b"PASV", b"227 Entering Passive Mode (203,0,113,80,156,65)")):
        s.request(ask + b"\r\n").reply(answer + b"\r\n")
    data = session(trace, 40001, sport=40100, at=s.now).open()
    s.now = data.now
    s.request(b"RETR plan.txt\r\n").reply(b"150 opening\r\n")
    data.now = s.now
    data.reply(b"the plan of the week\n" * 4).close(SERVER)
    s.now = data.now
    s.reply(b"226 done\r\n").request(b"QUIT\r\n").reply(b"221 bye\r\n").close()
