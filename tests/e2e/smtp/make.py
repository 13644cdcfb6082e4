# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import session

SHOW = {"alert": ["alert.signature_id"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def make(trace):
    text = apps.mail("a@one.example", "b@two.example", "list", "See the list.\n.hidden line", [("list.txt", "text/plain", b"first line of the list\n" * 20)])
    s = session(trace, 25).open()
    for who, data in apps.smtp_turns(text, "a@one.example", "b@two.example", "pc.one.example"):
        s.send(who, data, mss=300)
    s.close()
