# SPDX-License-Identifier: GPL-2.0-or-later
from pair import get, ok, session

PAGE = (b"<html><head><script type=\"text/javascript\">\n// nothing\nvar  secret = 'ev' + 'al';\nvar c = console.log\n"
        b"c(unescape('%68%69') + String.fromCharCode(33));\n</script></head><body>text</body></html>")
SCRIPT = b"function foo(bar) {\n  /* x */ return bar\n    .split('')\n}\nfoo( \"\\x61b\" )\n"


def make(trace):
    session(trace).open().request(get("/page")).reply(ok(PAGE, kind="text/html")).close()
    session(trace, sport=40001, at=1).open().request(get("/s.js")).reply(ok(SCRIPT, kind="application/javascript")).close()
    session(trace, sport=40002, at=2).open().request(get("/plain")).reply(ok(b"<html>var var_0000='eval'</html>", kind="text/html")).close()
