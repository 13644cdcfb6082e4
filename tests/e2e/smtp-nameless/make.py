# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import session

SHOW = {"alert": ["alert.signature_id"], "fileinfo": ["fileinfo.filename", "fileinfo.size", "file_type.name"]}


def nameless(text):
    """The first attachment says neither in its type nor in its disposition what it is called, the second has no disposition."""
    return text.replace(b'; name="one"', b"").replace(b'; filename="one"', b"").replace(
        b'; name="two"', b"").replace(b'Content-Disposition: attachment; filename="two"\r\n', b"")


def make(trace):
    text = nameless(apps.mail("a@one.example", "b@two.example", "list", "See the list.", [
        ("one", "text/plain", b"first line of the list\n" * 20), ("two", "application/pdf", b"%PDF-1.4\n" + b"x" * 91),
        ("three.txt", "text/plain", b"third\n")]))
    s = session(trace, 25).open()
    for who, data in apps.smtp_turns(text, "a@one.example", "b@two.example", "pc.one.example"):
        s.send(who, data, mss=300)
    s.close()
