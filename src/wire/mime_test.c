/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages whole and in pieces: the same must be found in them. */
#include "wire/mime.h"

#include "base/text.h"
#include "tap.h"

#include <stdlib.h>

static const char *const note_names[] = { "base64", "quoted", "uu", "long-line", "long-coded-line", "long-field-name", "long-field-value", "long-boundary", "long-name", "cut" };

struct seen {
    struct text out;
    unsigned notes;
};

static void add(struct seen *s, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        text_printf(&s->out, b.p[i] >= 0x20 && b.p[i] < 0x7f ? "%c" : "\\x%02x", b.p[i]);
    }
}

static void opened(void *ctx, struct bytes name)
{
    struct seen *s = ctx;
    text_byte(&s->out, '[');
    add(s, name);
    text_byte(&s->out, ':');
}

static void got(void *ctx, struct bytes plain) { add(ctx, plain); }

static void closed(void *ctx, bool truncated)
{
    struct seen *s = ctx;
    text_str(&s->out, truncated ? "!]" : "]");
}

static void noted(void *ctx, enum mime_note note) { ((struct seen *)ctx)->notes |= 1u << note; }

static const struct row {
    const char *why, *message, *want;
    bool nameless;
} rows[] = {
    { "a text", "Subject: x\r\n\r\nhello\r\n", "" },
    { "a message that is one attachment", "Content-Disposition: attachment; filename=\"a b.txt\"\r\n\r\nhello\r\n\r\n", "[a b.txt:hello\\x0d\\x0a]" },
    { "name of Content-Type", "Content-Type: x/y; name=a\r\n\r\nz", "[a:z]" },
    { "a name in sections (RFC 2231)", "Content-Disposition: attachment;\r\n filename*0=\"ab\";\r\n filename*1=c\r\n\r\nz", "[abc:z]" },
    { "the line end before a boundary is the boundary's", "Content-Type: multipart/mixed; boundary=B\r\n\r\npre\r\n--B\r\nContent-Disposition: x; filename=f\r\n\r\na\r\nb\r\n--B--\r\nepilogue",
      "[f:a\\x0d\\x0ab]" },
    { "an attachment without a name is none", "Content-Disposition: attachment\r\n\r\nz", "" },
    { "where they count, it is one", "Content-Disposition: Attachment ; x=y\r\n\r\nz", "[:z]", true },
    { "what is shown with the text is not", "Content-Disposition: inline\r\n\r\nz", "", true },
    { "nor is a text, however it is coded", "Content-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8\r\n", "", true },
    { "nor what does not say what it is", "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8\r\n", "", true },
    { "coded bytes are one, and those with a name beside them", "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/x\r\n\r\n"
      "aGVsbG8\r\n--B\r\nContent-Type: application/x\r\n\r\na\r\n--B\r\nContent-Type: x/y; name=f\r\n\r\nb\r\n--B--\r\n", "[:hello][f:b]", true },
    { "the message in a message is no attachment, what is attached to it is", "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nContent-Disposition: attachment\r\n\r\nz", "[:z]", true },
    { "bare line feeds", "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Disposition: x; filename=f\n\na\nb\n--B--\n", "[f:a\\x0ab]" },
    { "what only looks like a boundary", "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Disposition: x; filename=f\r\n\r\n-\r\n--\r\n--C\r\n-B\r\n--B\r\n",
      "[f:-\\x0d\\x0a--\\x0d\\x0a--C\\x0d\\x0a-B]" },
    { "base64, split anywhere, blanks ignored", "Content-Transfer-Encoding: base64\r\nContent-Disposition: x; filename=f\r\n\r\naG\r\nVsb\r\n G8gd29y bGQ=\r\n", "[f:hello world]" },
    { "base64 without its padding", "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Transfer-Encoding: BASE64\r\nContent-Disposition: x; filename=f\r\n\r\naGVsbG8\r\n--B\r\n",
      "[f:hello]" },
    { "padding in the middle", "Content-Transfer-Encoding: base64\r\nContent-Disposition: x; filename=f\r\n\r\na===aGVs\r\n", "[f:hel] #base64" },
    { "quoted-printable: escapes and soft line ends", "Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: x; filename=f\r\n\r\na=3Db=\r\nc\r\nd\r\n", "[f:a=bc\\x0d\\x0ad]" },
    { "an escape that is none", "Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: x; filename=f\r\n\r\na=zzb", "[f:ab] #quoted" },
    { "multiparts in one another, the inner one never ended",
      "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Disposition: x; filename=f\r\n\r\na\r\n"
      "--out\r\nContent-Disposition: x; filename=g\r\n\r\nb\r\n--out--\r\n", "[f:a][g:b]" },
    { "a message within: its header follows, its coding is its own",
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nContent-Disposition: x; filename=f\r\n\r\nplain", "[f:plain]" },
    { "addresses in bodies, newest scheme last", "\r\nsee https://b/ and http://a/b 'http://c' http://d", " http://a/b http://c http://d https://b/" },
    { "addresses in base64", "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\naHR0cDov\r\nL3gveQ==\r\n", " http://x/y" },
    { "an address over a soft line end", "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhttp://x/=\r\ny=3Dz\r\n", " http://x/y=z" },
    { "no addresses in pictures", "Content-Type: image/png\r\n\r\nhttp://x\r\n", "" },
    { "a file uuencoded in the text", "\r\nsee\r\nbegin 644 a b.txt\r\n+:&5L;&\\@=V]R;&0\r\n`\r\nend\r\nhttp://x\r\n", "[a b.txt:hello world] http://x", true },
    { "two of them, blanks cut off, a checksum behind a line", "\nbegin 0644 f\n#86)C*\nend\nbegin 600 g\n%80\n \nend\n", "[f:abc][g:a\\x00\\x00\\x00\\x00]", true },
    { "a part coded so takes its own name", "Content-Disposition: attachment; filename=f\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nno\r\nbegin 644 g\r\n#86)C\r\n`\r\nend\r\nno\r\n", "[f:abc]", true },
    { "one without a name has that of begin", "Content-Disposition: attachment\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 644 g\r\n#86)C\r\n`\r\nend\r\n", "[g:abc]", true },
    { "what only looks like a beginning", "\r\nbegin\r\nbegin 9 f\r\nbegin 644\r\nbegin 644 \r\n begin 644 f\r\n\rbegin 644 f\r\nhttp://x", " http://x", true },
    { "no end, and a character that is none", "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nbegin 644 f\r\n#8x6)C\r\n--B--\r\n", "[f:abc] #uu", true },
    { "a file in a text stays text where only Suricata's files count", "\r\nbegin 644 f\r\n#86)C\r\nend\r\n", "" },
    { "a dot too many", "Content-Disposition: x; filename=f\r\n\r\n..a\r\n.b", "[f:.a\\x0d\\x0ab]" },
};

static void play(const struct row *row, size_t step, struct seen *s)
{
    const struct mime_settings set = { .decode_base64 = true, .decode_quoted = true, .links = true, .link_schemes_kept = true, .value_max = 2000,
                                       .schemes = "http, https", .dots = true, .nameless = row->nameless, .decode_uu = row->nameless };
    const struct mime_sink sink = { s, opened, got, closed, noted };
    struct bytes left = bytes_str(row->message), link;
    struct arena a;

    text_clear(&s->out);
    s->notes = 0;
    arena_init(&a, NULL, 1 << 20);
    struct mime *m = mime_new(&a, &set, &sink);
    while (left.n != 0) {
        uint8_t *copy = malloc(step); /* no byte behind a piece may be looked at */
        struct bytes piece = bytes_head(left, step);
        memcpy(copy, piece.p, piece.n);
        mime_feed(m, bytes_of(copy, piece.n));
        free(copy);
        left = bytes_from(left, step);
    }
    mime_end(m, false);
    for (unsigned i = 0; mime_link(m, i, &link); i++) {
        text_byte(&s->out, ' ');
        add(s, link);
    }
    for (unsigned i = 0; i < sizeof note_names / sizeof note_names[0]; i++) {
        text_printf(&s->out, s->notes >> i & 1 ? " #%s" : "%.0s", note_names[i]);
    }
    text_byte(&s->out, '\0');
    mime_fini(m);
    arena_fini(&a);
}

static void test_rows(void)
{
    struct seen s = { 0 };

    text_init(&s.out, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play(&rows[i], 4096, &s);
        is_str(s.out.p, rows[i].want, rows[i].why);
        for (size_t step = 1; step < 30; step++) {
            play(&rows[i], step, &s);
            if (strcmp(s.out.p, rows[i].want) != 0) {
                diag("in pieces of %zu", step);
                is_str(s.out.p, rows[i].want, rows[i].why);
                break;
            }
        }
    }
    text_fini(&s.out);
}

static void test_parameters(void)
{
    static const struct {
        const char *why, *value, *name, *want;
    } params[] = {
        { "plain", "a; b=c", "b", "c" },
        { "quoted, with a semicolon", "a; b=\"c;d\"; e=f", "b", "c;d" },
        { "any case, blanks", "a;  B =  c ; d", "b", "c" },
        { "absent", "a; bb=c", "b", NULL },
        { "a word without a value before it", "a; x; b=c", "b", "c" },
        { "a quote that does not close", "a; b=\"c", "b", "c" },
        { "an escaped quote", "a; b=\"c\\\"d\"", "b", "c\\\"d" },
        { "twelve sections", "a;b*0=0;b*1=1;b*2=2;b*3=3;b*4=4;b*5=5;b*6=6;b*7=7;b*8=8;b*9=9;b*10=a;b*11=b", "b", "0123456789ab" },
        { "coded", "a; b*=utf-8'en'x%2e%65xe", "b", "x.exe" },
        { "coded without a charset, an escape that is none", "a; b*=x%2", "b", "x%2" },
        { "some sections are coded", "a; b*0*=''%41; b*1=B%43; b*2*=%44'e", "b", "AB%43D'e" },
        { "the plain form goes before", "a; b*=''x; b=y", "b", "y" },
        { "sections that do not begin", "a;b*1=1", "b", NULL },
    };
    struct arena a;

    arena_init(&a, NULL, 1 << 16);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        struct bytes out;
        bool there = mime_parameter(&a, bytes_str(params[i].value), params[i].name, &out);
        ok(there == (params[i].want != NULL) && (!there || bytes_is(out, params[i].want)), params[i].why);
    }
    arena_fini(&a);
}

static void test_limits(void)
{
    struct seen s = { 0 };
    struct text t;
    struct row row = { "", NULL, NULL, false };

    text_init(&s.out, 0);
    text_init(&t, 0);
    text_str(&t, "X: ");
    for (unsigned i = 0; i < 10000; i++) {
        text_byte(&t, 'a');
    }
    text_str(&t, "\r\nContent-Disposition: x; filename=f\r\n\r\n--b");
    for (unsigned i = 0; i < 10000; i++) {
        text_byte(&t, '-');
    }
    text_str(&t, "\r\n");
    text_byte(&t, '\0');
    row.message = t.p;
    play(&row, 4096, &s);
    ok(s.notes == (1u << MIME_LONG_LINE | 1u << MIME_LONG_FIELD_VALUE | 1u << MIME_LINE_CUT), "a header line beyond the limit is cut and noted");
    is_int((long long)s.out.n > 10000, 1, "a body line of any length passes");
    text_fini(&t);
    text_fini(&s.out);
}

int main(void)
{
    test_rows();
    test_parameters();
    test_limits();
    return done_testing();
}
