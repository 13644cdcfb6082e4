# SPDX-License-Identifier: GPL-2.0-or-later
import apps
from pair import ok, post, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "fileinfo": ["fileinfo.filename", "fileinfo.size"]}


def make(trace):
    body = apps.multipart("------bnd42", [("note", None, None, b"see file"), ("pic", "photo one.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"pixels" * 30)])
    session(trace).open().request(post("/up", body, headers=[("Content-Type", "multipart/form-data; boundary=------bnd42")]), mss=200).reply(ok(b"thanks")).close()
