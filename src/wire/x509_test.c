/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates: their names and dates, and where the reading of a bad one ends. */
#include "wire/x509.h"

#include "base/rows.h"
#include "tap.h"

#include <stdlib.h>

/* A certificate is made of parts; each part is given its length. */
struct made {
    uint8_t p[4096];
    size_t n;
};

static void add(struct made *m, uint8_t tag, const void *p, size_t n)
{
    m->p[m->n++] = tag;
    if (n > 127) {
        m->p[m->n++] = 0x82;
        m->p[m->n++] = (uint8_t)(n >> 8);
    }
    m->p[m->n++] = (uint8_t)n;
    memcpy(m->p + m->n, p, n);
    m->n += n;
}

struct parts {
    struct bytes version, serial, algorithm, issuer, validity, subject, names; /* as they stand on the wire */
};
#define CN(text, n) "\x31" "\x0a" "\x30\x08\x06\x03\x55\x04\x03\x0c" n text
#define NAME(text) "\x30\x0c" CN(text, "\x01")
#define UTC "\x17\x0d"
#define TIME "\x18\x0f"
#define VALID "\x30\x1e" UTC "130731120000Z" UTC "490101000000Z"
static const struct parts usual = { BYTES("\xa0\x03\x02\x01\x02"), BYTES("\x02\x03\x00\xab\xcd"), BYTES("\x30\x03\x06\x01\x2a"), BYTES(NAME("I")), BYTES(VALID),
                                    BYTES(NAME("S")), BYTES("") };

static struct bytes make(const struct parts *x, struct made *out)
{
    struct made body = { .n = 0 }, list = { .n = 0 };
    const struct bytes all[] = { x->version, x->serial, x->algorithm, x->issuer, x->validity, x->subject };

    for (size_t i = 0; i < ROWS(all); i++) {
        memcpy(body.p + body.n, all[i].p, all[i].n);
        body.n += all[i].n;
    }
    add(&body, 0x30, "", 0); /* public key */
    if (x->names.n != 0) {
        struct made value = { .n = 0 }, one = { .n = 0 };
        add(&value, 0x30, x->names.p, x->names.n);
        add(&one, 0x06, "\x55\x1d\x11", 3);
        add(&one, 0x01, "\xff", 1);
        add(&one, 0x04, value.p, value.n);
        add(&list, 0x30, one.p, one.n);
        struct made extensions = { .n = 0 };
        add(&extensions, 0x30, list.p, list.n);
        add(&body, 0xa3, extensions.p, extensions.n);
    }
    struct made whole = { .n = 0 };
    add(&whole, 0x30, body.p, body.n);
    out->n = 0;
    add(out, 0x30, whole.p, whole.n);
    return bytes_of(out->p, out->n);
}

/* clang-format off */
static const struct {
    const char *why;
    struct parts with;         /* in place of the usual ones */
    enum x509_problem problem;
    const char *said;          /* subject|issuer|serial|not before|not after|names */
} rows[] = {
    { "a certificate", { .version = { 0 } }, X509_GOOD, "CN=S|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|" },
    { "version 1 says none (RFC 5280 4.1.2.1)", { .version = BYTES("") }, X509_GOOD, "CN=S|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|" },
    { "a version that is none", { .version = BYTES("\xa0\x02\x05\x00") }, X509_BAD_VERSION, "||||" },
    { "no serial number", { .serial = BYTES("\x04\x01x") }, X509_BAD_SERIAL, "||||" },
    { "no algorithm", { .algorithm = BYTES("\x05\x00") }, X509_BAD_ALGORITHM, "||00:AB:CD||" },
    { "an issuer that is no sequence", { .issuer = BYTES("\x31\x00") }, X509_BAD_ISSUER, "||00:AB:CD||" },
    { "a year of two digits is of this century below 50 (RFC 5280 4.1.2.5.1)", { .validity = BYTES("\x30\x1e" UTC "500101000000Z" UTC "491231235959Z") }, X509_GOOD,
      "CN=S|CN=I|00:AB:CD|1950-01-01T00:00:00|2049-12-31T23:59:59|" },
    { "years of four digits, a leap day", { .validity = BYTES("\x30\x22" TIME "20000229000000Z" TIME "21000301000000Z") }, X509_GOOD,
      "CN=S|CN=I|00:AB:CD|2000-02-29T00:00:00|2100-03-01T00:00:00|" },
    { "without seconds, east and west of Greenwich", { .validity = BYTES("\x30\x22" "\x17\x0f" "9912312359+0130" "\x17\x0f" "0001010000-0500") }, X509_GOOD,
      "CN=S|CN=I|00:AB:CD|1999-12-31T22:29:00|2000-01-01T05:00:00|" },
    { "a month that is none", { .validity = BYTES("\x30\x1e" UTC "131331120000Z" UTC "490101000000Z") }, X509_BAD_DATE, "CN=S|CN=I|00:AB:CD||2049-01-01T00:00:00|" },
    { "letters for digits", { .validity = BYTES("\x30\x1e" UTC "13x731120000Z" UTC "490101000000Z") }, X509_BAD_DATE, "CN=S|CN=I|00:AB:CD||2049-01-01T00:00:00|" },
    { "a day that is none", { .validity = BYTES("\x30\x1e" UTC "130732120000Z" UTC "490101000000Z") }, X509_BAD_DATE, "CN=S|CN=I|00:AB:CD||2049-01-01T00:00:00|" },
    { "of seconds a leap second's is the last (60), and one more is let pass", { .validity = BYTES("\x30\x1e" UTC "130731120061Z" UTC "490101000062Z") }, X509_BAD_DATE,
      "CN=S|CN=I|00:AB:CD|2013-07-31T12:01:01||" },
    { "two attributes in one set, and an attribute without a name", { .subject = BYTES("\x30\x21" "\x31\x13\x30\x07\x06\x03\x55\x04\x0a\x0c\0\x30\x08\x06\x03\x55\x04\x0b\x0c\x01x"
      "\x31\x0a\x30\x08\x06\x03\x2a\x03\x04\x0c\x01y") }, X509_GOOD, "O= + OU=x, 1.2.3.4=y|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|" },
    { "UCS-2 where UTF-8 needs a third byte", { .subject = BYTES("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1e\x04\x07\xff\x08\0") }, X509_GOOD,
      "CN=\xdf\xbf\xe0\xa0\x80|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|" },
    { "UCS-2 as UTF-8", { .subject = BYTES("\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x1e\x06\0a\0\xe4\x20\xac") }, X509_GOOD,
      "CN=a\xc3\xa4\xe2\x82\xac|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|" },
    { "alternative names of each kind", { .names = BYTES("\x82\x01" "d" "\x81\x03" "m@x" "\x87\x04\x01\x02\x03\x04" "\x86\x04" "u://" "\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01") },
      X509_GOOD, "CN=S|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|d m@x 1.2.3.4 u:// 2001:0db8:0000:0000:0000:0000:0000:0001" },
    { "an address of a strange length, a kind nobody asks", { .names = BYTES("\x87\x03\x01\x02\x03" "\x88\x01\x2a" "\x82\x01" "d") }, X509_GOOD,
      "CN=S|CN=I|00:AB:CD|2013-07-31T12:00:00|2049-01-01T00:00:00|d" },
};
/* clang-format on */

static void said_bytes(char *out, struct bytes b, const char *after)
{
    size_t n = strlen(out);

    memcpy(out + n, b.p, b.n);
    strcpy(out + n + b.n, after);
}

static enum x509_problem say(struct bytes der, char *out)
{
    struct arena a;
    struct x509 x;

    arena_init(&a, NULL, 1 << 20);
    enum x509_problem problem = x509_read(rd_of(der), &a, &x);
    out[0] = '\0';
    said_bytes(out, x.subject, "|");
    said_bytes(out, x.issuer, "|");
    said_bytes(out, x.serial, "|");
    said_bytes(out, x.not_before != INT64_MIN ? x509_time_text(x.not_before, &a) : bytes_none(), "|");
    said_bytes(out, x.not_after != INT64_MIN ? x509_time_text(x.not_after, &a) : bytes_none(), x.subject.n != 0 ? "|" : "");
    for (unsigned i = 0; i < x.name_n; i++) {
        said_bytes(out, x.name[i], i + 1 < x.name_n ? " " : "");
    }
    arena_fini(&a);
    return problem;
}

static void test_row(size_t i)
{
    const struct parts *w = &rows[i].with;
    struct parts x = usual;
    struct bytes *to[] = { &x.version, &x.serial, &x.algorithm, &x.issuer, &x.validity, &x.subject, &x.names };
    const struct bytes from[] = { w->version, w->serial, w->algorithm, w->issuer, w->validity, w->subject, w->names };
    struct made made;
    char said[512];

    for (size_t k = 0; k < ROWS(from); k++) {
        if (from[k].p != NULL) {
            *to[k] = from[k];
        }
    }
    is_int(say(make(&x, &made), said), rows[i].problem, rows[i].why);
    is_str(said, rows[i].said, rows[i].why);
}

/* However it is cut, no byte behind the cut is looked at, and it is never good. */
static void test_cuts(void)
{
    struct made made;
    struct bytes whole = make(&usual, &made);
    char said[512];

    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, whole.p, n);
        enum x509_problem problem = say(bytes_of(copy, n), said);
        free(copy);
        if (!ok(problem == (n == 0 ? X509_BAD_DER : X509_CUT), "a certificate that is cut short is none")) {
            diag("at %zu", n);
            return;
        }
    }
}

/* More names than are kept are told. */
static void test_many_names(void)
{
    for (unsigned more = 0; more < 2; more++) {
        unsigned char names[3 * (X509_NAMES_MAX + 1)];
        size_t n = 0;
        for (unsigned i = 0; i < X509_NAMES_MAX + more; i++) {
            names[n++] = 0x82;
            names[n++] = 1;
            names[n++] = 'd';
        }
        struct parts with = usual;
        struct made made;
        struct x509 out;
        struct arena a;
        with.names = bytes_of(names, n);
        arena_init(&a, NULL, 1 << 20);
        is_int(x509_read(rd_of(make(&with, &made)), &a, &out), X509_GOOD, "a certificate of many names");
        is_int(out.name_n, X509_NAMES_MAX, "as many as there is room for are kept");
        is_int(out.more_names, more, more ? "one more is told" : "so many are not too many");
        arena_fini(&a);
    }
}

static void test_times(void)
{
    static const struct {
        const char *why, *want;
        int64_t at;
    } times[] = {
        { "the epoch", "1970-01-01T00:00:00", 0 }, { "the second before", "1969-12-31T23:59:59", -1 }, { "a leap day", "2000-02-29T12:34:56", 951827696 },
        { "the day after February of a year that is no leap year", "1900-03-01T00:00:00", -2203891200 }, { "the last of four digits", "9999-12-31T23:59:59", 253402300799 },
    };
    struct arena a;

    arena_init(&a, NULL, 1 << 16);
    for (size_t i = 0; i < ROWS(times); i++) {
        struct bytes b = x509_time_text(times[i].at, &a);
        is_mem(b.p, b.n, times[i].want, strlen(times[i].want), times[i].why);
    }
    arena_fini(&a);
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i);
    }
    test_cuts();
    test_many_names();
    test_times();
    return done_testing();
}
