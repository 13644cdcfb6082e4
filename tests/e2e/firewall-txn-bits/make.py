# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import session

SHOW = {"alert": ["alert.signature_id", "src_port"], "drop": ["drop.reason", "src_port"], "smtp": ["smtp.mail_from"]}


def make(trace):
    for i, sender in enumerate(["a@one.example", "z@one.example"]):
        s = session(trace, 25, sport=40000 + i, at=i).open()
        for who, data in apps.smtp_turns(apps.mail(sender, "b@two.example", "hello", "Text.", []), sender, "b@two.example", "pc.one.example"):
            s.send(who, data, mss=300)
        s.close()
