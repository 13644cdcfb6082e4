/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/tls/tls.h"

static const struct tls_end *end_of(const struct txn *t, enum side side)
{
    const struct tls *d = txn_data_const(t);

    return &d->end[side];
}

static const struct tls_end *certificate_of(const struct txn *t, enum side side) { return tls_end_printed(t, side, TLS_PRINT_CERTIFICATE); }
static const struct tls_end *ja3_of(const struct txn *t, enum side side) { return tls_end_printed(t, side, TLS_PRINT_JA3); }
static const struct tls_end *ja4_of(const struct txn *t, enum side side) { return tls_end_printed(t, side, TLS_PRINT_JA4); }

/* A run of bytes of one end, had by `of`; not there when it is empty. */
#define END_BYTES(name, of, member, want)                                                                                  \
    static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)                               \
    {                                                                                                                  \
        const struct tls_end *e = of(t, side);                                                                         \
        *out = e->member;                                                                                              \
        return i == 0 && e->want && e->member.n != 0;                                                                  \
    }
END_BYTES(subject, end_of, first->subject, cert_seen)
END_BYTES(issuer, end_of, first->issuer, cert_seen)
END_BYTES(serial, end_of, first->serial, cert_seen)
END_BYTES(fingerprint, certificate_of, printed->fingerprint, cert_seen)
END_BYTES(sni, end_of, hello.sni, hello_seen)
END_BYTES(random_all, end_of, hello.random, hello_seen)
END_BYTES(ja3, ja3_of, printed->ja3, hello_seen)
END_BYTES(ja3_hash, ja3_of, printed->ja3_hash, hello_seen)
END_BYTES(ja4, ja4_of, printed->ja4, hello_seen)

static bool random_time(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    bool there = random_all(t, side, i, out);

    *out = bytes_head(*out, 4);
    return there;
}

static bool random_bytes(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    bool there = random_all(t, side, i, out);

    *out = bytes_from(*out, 4);
    return there;
}

static bool certs(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct tls_end *e = end_of(t, side);

    if (i >= e->cert_n) {
        return false;
    }
    *out = e->cert[i];
    return true;
}

static bool alternatives(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct tls_end *e = end_of(t, side);

    if (i >= e->first->name_n) {
        return false;
    }
    *out = e->first->name[i];
    return true;
}

/* Items are asked for in their order: on from where the last one ended. */
static bool alpn(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct tls *d = txn_data_const(t);
    struct tls *x = txn_data(d->txn);
    struct tls_end *e = &x->end[side];

    if (!e->hello_seen) {
        return false;
    }
    if (i < e->alpn_next) {
        e->alpn_next = e->alpn_at = 0;
    }
    for (struct rd r = rd_of(bytes_from(e->hello.alpn, e->alpn_at)); rd_left(&r) != 0;) {
        struct rd one = rd_vec8(&r);
        if (!rd_ok(&r)) {
            return false;
        }
        e->alpn_at = (uint16_t)(e->hello.alpn.n - rd_left(&r));
        if (e->alpn_next++ == i) {
            *out = rd_rest(&one);
            return true;
        }
    }
    return false;
}

/* "C=US, CN=www.example.org" */
static struct bytes common_name(struct bytes subject)
{
    struct bytes rest = bytes_starts(subject, "CN=") ? subject : bytes_from(subject, bytes_find(subject, bytes_str(", CN=")));
    struct bytes name = bytes_from(rest, bytes_find_byte(rest, '='));

    return bytes_from(bytes_head(name, bytes_find_byte(name, ',')), 1);
}

/* RFC 6125 6.4: the same name, or one with an asterisk for its first label. */
static bool name_fits(struct bytes certified, struct bytes asked)
{
    if (bytes_starts(certified, "*.")) {
        certified = bytes_from(certified, 1);
        asked = bytes_from(asked, bytes_find_byte(asked, '.'));
    }
    return certified.n > 1 && bytes_equal_nocase(certified, asked);
}

/* What the client calls the server, where the server proves to be called so. */
static bool certified_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct tls_end *e = end_of(t, side), *client = end_of(t, TO_SERVER);

    *out = client->hello.sni;
    if (i != 0 || !e->cert_seen || !client->hello_seen || out->n == 0) {
        return false;
    }
    bool fits = name_fits(common_name(e->first->subject), *out);
    for (unsigned k = 0; k < e->first->name_n && !fits; k++) {
        fits = name_fits(e->first->name[k], *out);
    }
    return fits;
}

static bool chain_len(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    *out = end_of(t, side)->cert_n;
    return i == 0 && *out != 0;
}

static bool not_before(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct tls_end *e = end_of(t, side);

    *out = (uint64_t)e->first->not_before;
    return i == 0 && e->cert_seen && e->first->not_before >= 0;
}

static bool not_after(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct tls_end *e = end_of(t, side);

    *out = (uint64_t)e->first->not_after;
    return i == 0 && e->cert_seen && e->first->not_after >= 0;
}

/* Each end's own: what its hello says, before it what its record does. */
static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct tls_end *e = end_of(t, side);
    uint16_t hello = e->hello.best != 0 ? e->hello.best : e->hello.version;

    *out = e->hello_seen && hello != 0 ? hello : e->record_version;
    return i == 0 && *out != 0;
}

static bool switched_off(const char *setting) { return setting != NULL && (bytes_is(bytes_str(setting), "no") || bytes_is(bytes_str(setting), "false")); }

static bool ja3_enabled(const void *settings)
{
    const struct tls_settings *s = settings;

    return !switched_off(s->ja3);
}

static bool ja4_enabled(const void *settings)
{
    const struct tls_settings *s = settings;

    return !switched_off(s->ja4);
}

#define CERT { TLS_CLIENT_CERT_DONE, TLS_SERVER_CERT_DONE }
#define HELLO { TLS_CLIENT_HELLO_DONE, TLS_SERVER_HELLO }
#define BOTH SIDE_BOTH_BITS
const struct field tls_fields[TLS_FIELDS] = {
    { .name = "tls.sni", .aliases = "tls_sni", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = HELLO, .bytes = sni, .sign = SIGN_TLS_SNI, .help = "server name asked for" },
    { .name = "tls.cert_subject", .aliases = "tls_cert_subject tls.subject", .type = FIELD_BYTES, .sides = BOTH, .stage = CERT, .bytes = subject, .sign = SIGN_TLS_SUBJECT,
      .help = "subject of the first certificate" },
    { .name = "tls.cert_issuer", .aliases = "tls_cert_issuer tls.issuerdn", .type = FIELD_BYTES, .sides = BOTH, .stage = CERT, .bytes = issuer, .sign = SIGN_TLS_ISSUER,
      .help = "issuer of the first certificate" },
    { .name = "tls.cert_serial", .aliases = "tls_cert_serial", .type = FIELD_BYTES, .sides = BOTH, .stage = CERT, .bytes = serial,
      .help = "serial number of the first certificate" },
    { .name = "tls.cert_fingerprint", .aliases = "tls_cert_fingerprint tls.fingerprint", .type = FIELD_BYTES, .sides = BOTH, .stage = CERT,
      .bytes = fingerprint, .sign = SIGN_TLS_FINGERPRINT, .help = "SHA-1 of the first certificate" },
    { .name = "tls.certs", .type = FIELD_LIST, .sides = BOTH, .stage = CERT, .flags = FIELD_DEMAND, .bytes = certs, .help = "each certificate's DER" },
    { .name = "tls.subjectaltname", .type = FIELD_LIST, .sides = BOTH, .stage = CERT, .bytes = alternatives, .help = "each alternative name" },
    { .name = "tls.cert_name", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = CERT, .bytes = certified_name, .sign = SIGN_TLS_NAME,
      .help = "server name asked for, where the first certificate is for it" },
    { .name = "tls.alpn", .type = FIELD_LIST, .sides = BOTH, .stage = HELLO, .bytes = alpn, .help = "each protocol offered, or chosen" },
    { .name = "tls.random", .type = FIELD_BYTES, .sides = BOTH, .stage = HELLO, .bytes = random_all, .help = "the hello's 32 random bytes" },
    { .name = "tls.random_time", .type = FIELD_BYTES, .sides = BOTH, .stage = HELLO, .bytes = random_time, .help = "the first four of them" },
    { .name = "tls.random_bytes", .type = FIELD_BYTES, .sides = BOTH, .stage = HELLO, .bytes = random_bytes, .help = "the other twenty-eight" },
    { .name = "tls.cert_chain_len", .type = FIELD_NUMBER, .sides = BOTH, .stage = CERT, .number = chain_len, .help = "certificates shown" },
    { .name = "tls.cert_not_before", .type = FIELD_NUMBER, .sides = BOTH, .stage = CERT, .number = not_before, .help = "seconds since 1970" },
    { .name = "tls.cert_not_after", .type = FIELD_NUMBER, .sides = BOTH, .stage = CERT, .number = not_after, .help = "seconds since 1970" },
    { .name = "tls.version_number", .type = FIELD_NUMBER, .sides = BOTH, .flags = FIELD_GROWS, .number = version,
      .help = "version this end names, as on the wire: its first record's, then its hello's" },
    { .name = "ja3.hash", .aliases = "ja3_hash", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = HELLO, .flags = FIELD_LOWER, .bytes = ja3_hash,
      .help = "JA3 of the client's hello" },
    { .name = "ja3.string", .aliases = "ja3_string", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = HELLO, .bytes = ja3, .help = "what JA3 is made of" },
    { .name = "ja3s.hash", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = HELLO, .flags = FIELD_LOWER, .bytes = ja3_hash, .sign = SIGN_TLS_JA3S,
      .help = "JA3S of the server's hello" },
    { .name = "ja3s.string", .enabled = ja3_enabled, .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = HELLO, .bytes = ja3, .help = "what JA3S is made of" },
    { .name = "ja4.hash", .aliases = "ja4_hash", .enabled = ja4_enabled, .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = HELLO, .bytes = ja4, .sign = SIGN_TLS_JA4, .help = "JA4 of the client's hello" },
};
_Static_assert(ROWS(tls_fields) == TLS_FIELDS, "tls.h counts the rows");
