# SPDX-License-Identifier: GPL-2.0-or-later
from pair import session

SHOW = {"redis": ["redis.command", "redis.reply.type"], "alert": ["alert.signature_id"], "flow": ["app_proto"]}


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def make(trace):
    s = session(trace, 6379).open()
    s.request(command(b"AUTH", b"opensesame")).reply(b"-ERR wrong password\r\n")
    s.request(command(b"CONFIG", b"SET", b"dir", b"/var/spool/cron")).reply(b"+OK\r\n")
    s.request(command(b"GET", b"plan")).reply(b"$4\r\nrest\r\n").close()
