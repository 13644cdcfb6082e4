/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/script_text.h"
#include "tap.h"

#include "base/rows.h"

static const struct {
    const char *why, *in, *want;
} rows[] = {
    { "blanks and comments go", "var  a = 1 ; // x\n /* y */ a ++ ;", "var var_0000=1;var_0000++;" },
    { "names by their first use, keywords stay", "function foo(bar){return bar+baz}", "function var_0000(var_0001){return var_0001+var_0002}" },
    { "known names and what hangs on them stay", "document.getElementById(\"id\").text; foo.bar", "document.getElementById(\"id\").text;var_0000.var_0001" },
    { "in square brackets too", "console[\"log\"](x)", "console[\"log\"](var_0000)" },
    { "properties that are kept", "\"string\".toFoo().split(\"\").reverse()", "\"string\".var_0000().split(\"\").reverse()" },
    { "strings that are added are one", "var a='ab' + \"c'd\" + 'e';", "var var_0000='abc\\'de';" },
    { "but not with something else between", "a='x'+b+'y'", "var_0000='x'+var_0001+'y'" },
    { "unescape", "unescape('%62\\x61%u0072')", "'bar'" },
    { "decodeURI and what is added", "a = 'x' + decodeURI('%62%61%72') + 'y'", "var_0000='xbary'" },
    { "codes", "String.fromCharCode(98, 0x0061, 0x72)", "'bar'" },
    { "code points beyond 16 bits", "String.fromCodePoint(65600)", "'\xf0\x90\x81\x80'" },
    { "calls that are added", "a(unescape('%68') + String.fromCharCode(33) + b)", "var_0000('h!'+var_0001)" },
    { "one within the other", "eval(unescape(String.fromCharCode(37,54,49)))", "eval('a')" },
    { "escapes in strings", "'\\u0062\\x61\\u{72}\\n'", "'bar\\n'" },
    { "an argument that is not told", "unescape(a)", "unescape(var_0000)" },
    { "a line's end ends a statement", "var a = 1\nvar b = 2\na = b\n++b", "var var_0000=1;var var_0001=2;var_0000=var_0001;++var_0001" },
    { "or does not", "a = b\n+ c\n(d)", "var_0000=var_0001+var_0002(var_0003)" },
    { "not behind a condition, nor a block", "if (a)\nb()\nfunction c() { }\nd()", "if(var_0000)var_0001();function var_0002(){}var_0003()" },
    { "but behind a function that is a value", "a = function () { }\nb()", "var_0000=function(){};var_0001()" },
    { "return stands alone", "return\na", "return;var_0000" },
    { "a name for a known one", "var a = console.log\na(\"hello\"); a.foo.bar()", "var var_0000=console.log;console.log(\"hello\");console.log.foo.bar()" },
    { "an object of a known class", "var o = new Array()\no.insert(10); o.x", "var var_0000=new Array();var_0000.insert(10);var_0000.x" },
    { "expressions and divisions", "a = /x[/]y/g.test(b) / c / d", "var_0000=/x[/]y/g.test(var_0001)/var_0002/var_0003" },
    { "templates", "a = `x ${ b + `y${c}` } z`", "var_0000=`x ${var_0001+`y${var_0002}`} z`" },
    { "signs that must not meet", "a + ++b - -c", "var_0000+ ++var_0001- -var_0002" },
    { "numbers", "a = 1.5 + 0x1f + 1e3", "var_0000=1.5+0x1f+1e3" },
    { "comments of pages", "<script><!-- x\na=1\n--> y\nb</script>", "var_0000=1;var_0001" },
    { "of a page its scripts, with the same names", "<html><script>a=1;</script>text<SCRIPT type='text/javascript'>b=a</script>", "var_0000=1;var_0001=var_0000" },
    { "other scripts and those elsewhere are not taken", "<script type=text/vbscript>x</script><script src=a.js>y</script><script>z</script>", "var_0000" },
    { "what is wrong ends it", "a=1;b(;c]d", "var_0000=1;var_0001(;var_0002" },
    { "a page without scripts is none", "<html>a</html>", NULL },
    { "nor are bytes", "\x01\x02", NULL },
};

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct arena a;
        struct bytes out;
        char text[400];
        arena_init(&a, NULL, 1 << 20);
        bool made = script_text(&a, bytes_str(rows[i].in), &out);
        snprintf(text, sizeof text, "%.*s", made ? (int)out.n : 0, made ? (const char *)out.p : "");
        is_str(made ? text : NULL, rows[i].want, rows[i].why);
        arena_fini(&a);
    }
    return done_testing();
}
