# SPDX-License-Identifier: GPL-2.0-or-later
from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, MAGIC, field, frame, request, settings
from pair import apps, get, session

SHOW = {"alert": ["alert.signature_id", "pcap_cnt"], "fileinfo": ["fileinfo.filename", "fileinfo.size", "fileinfo.state", "fileinfo.md5"]}
WHOLE = bytes(i * 11 % 251 for i in range(3000))


def part(s, start, end, total=len(WHOLE), uri="/f.bin", host="files.example", body=None):
    s.request(get(uri, host, [("Range", "bytes=%d-%d" % (start, end))]))
    s.reply(apps.http_response("206 Partial Content", WHOLE[start:end + 1] if body is None else body,
                               [("Content-Range", "bytes %d-%d/%d" % (start, end, total))], "application/octet-stream"))


def make(trace):
    one, two = session(trace).open(), session(trace, sport=40001, at=0.5).open()
    part(two, 2000, 2999)                         # the last part comes first
    part(one, 0, 999)
    part(one, 0, 999, host="other.example")       # of another file
    part(two, 900, 2099)                          # lies over both: now it is whole
    part(one, 0, 1499, total=9000, uri="/never")  # the rest of it does not come
    part(one, 5, 3, uri="/wrong")                 # no range
    part(one, 0, 999, uri="/slow")
    one.close()
    two.close()
    late = session(trace, sport=40002, at=90.0).open()
    part(late, 1000, 2999, uri="/slow")           # more than a minute later, and nobody needed the memory
    late.close()
    h2 = session(trace, sport=40003, at=91.0).open()
    h2.request(MAGIC + settings((3, 100)))
    for i, (start, end) in enumerate(((0, 1499), (1500, 2999))):
        stream = 2 * i + 1
        h2.request(frame(HEADERS, END_STREAM | END_HEADERS, stream, request(b"/two.bin", b"files.example")))
        h2.reply((settings() if i == 0 else b"") +
                 frame(HEADERS, END_HEADERS, stream, b"\x48\x03206" + field(b"content-range", b"bytes %d-%d/%d" % (start, end, len(WHOLE)))) +
                 frame(DATA, END_STREAM, stream, WHOLE[start:end + 1]))
    h2.close()
