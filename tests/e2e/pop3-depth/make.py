# SPDX-License-Identifier: GPL-2.0-or-later
from pair import CLIENT, SERVER, talk

SHOW = {"pop3": ["pop3.request.command", "pop3.response.status"]}


def make(trace):
    mail = b"Subject: long\r\n\r\n" + b"".join(b"line %d of a long mail\r\n" % i for i in range(100))
    turns = [(SERVER, b"+OK ready\r\n")]
    for command, answer in ((b"USER a", b"+OK\r\n"), (b"PASS b", b"+OK\r\n"), (b"RETR 1", b"+OK\r\n" + mail + b".\r\n"), (b"QUIT", b"+OK bye\r\n")):
        turns += [(CLIENT, command + b"\r\n"), (SERVER, answer)]
    talk(trace, 110, turns)
