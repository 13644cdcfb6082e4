# SPDX-License-Identifier: GPL-2.0-or-later
import smb
from pair import talk

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "smb": ["smb.command", "smb.status"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def make(trace):
    s = smb.Smb2(trace.rng("smb"))
    s.negotiate()
    s.login("OFFICE", "anna", "PC21", "FILES", "office.example")
    s.connect("\\\\files\\plans")
    ident = s.create("year\\budget.txt", 300)
    s.read(ident, b"rows and columns " + b"9" * 283)
    s.close(ident)
    s.connect("\\\\files\\IPC$", pipe=True)
    s.leave()
    talk(trace, 445, s.turns)
