/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/tls/tls.h"

/* Drafts of 1.3 by number (RFC 8446 4.2.1). */
static const struct {
    uint16_t version;
    const char *name;
} versions[] = {
    { 0x0002, "SSLv2" }, { 0x0300, "SSLv3" }, { 0x0301, "TLSv1" }, { 0x0302, "TLS 1.1" }, { 0x0303, "TLS 1.2" }, { TLS_1_3, "TLS 1.3" },
    { TLS_1_3_OLD, "TLS 1.3 draft-<16" }, { 0x7f10, "TLS 1.3 draft-16" }, { 0x7f11, "TLS 1.3 draft-17" }, { 0x7f12, "TLS 1.3 draft-18" },
    { 0x7f13, "TLS 1.3 draft-19" }, { 0x7f14, "TLS 1.3 draft-20" }, { 0x7f15, "TLS 1.3 draft-21" }, { 0x7f16, "TLS 1.3 draft-22" },
    { 0x7f17, "TLS 1.3 draft-23" }, { 0x7f18, "TLS 1.3 draft-24" }, { 0x7f19, "TLS 1.3 draft-25" }, { 0x7f1a, "TLS 1.3 draft-26" },
    { 0xfb1a, "TLS 1.3 draft-26-fb" }, { 0x7f1b, "TLS 1.3 draft-27" }, { 0x7f1c, "TLS 1.3 draft-28" },
};

struct bytes tls_version_text(uint16_t v)
{
    for (unsigned i = 0; i < ROWS(versions); i++) {
        if (versions[i].version == v) {
            return bytes_str(versions[i].name);
        }
    }
    return bytes_str("UNDETERMINED");
}

static void log_version(struct json *j, uint16_t v)
{
    struct bytes name = tls_version_text(v);

    if (v == 0 || !bytes_is(name, "UNDETERMINED")) {
        json_bytes(j, "version", name);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    char text[] = { '0', 'x', digits[v >> 12], digits[v >> 8 & 15], digits[v >> 4 & 15], digits[v & 15], '\0' };
    json_string(j, "version", text);
}

/* The server took the session's id up again; or the client came with tickets (RFC 5077), of which only a certificate tells that they were not taken. */
static bool may_resume(const struct tls *d) { return d->resumed || d->end[TO_SERVER].hello.ticket; }

/* Which keys a record has. */
enum key {
    KEY_SUBJECT = 1 << 0, KEY_ISSUER = 1 << 1, KEY_NAMES = 1 << 2, KEY_SERIAL = 1 << 3, KEY_FINGERPRINT = 1 << 4, KEY_SNI = 1 << 5,
    KEY_VERSION = 1 << 6, KEY_BEFORE = 1 << 7, KEY_AFTER = 1 << 8, KEY_CERTIFICATE = 1 << 9, KEY_CHAIN = 1 << 10, KEY_RESUMED = 1 << 11,
    KEY_JA3 = 1 << 12, KEY_JA3S = 1 << 13, KEY_JA4 = 1 << 14, KEY_CLIENT_ALPNS = 1 << 15, KEY_SERVER_ALPNS = 1 << 16, KEY_CLIENT = 1 << 17,
    KEY_CLIENT_CERTIFICATE = 1 << 18, KEY_CLIENT_CHAIN = 1 << 19, KEY_CLIENT_HANDSHAKE = 1 << 20, KEY_SERVER_HANDSHAKE = 1 << 21,
};
enum {
    KEYS_BASIC = KEY_SUBJECT | KEY_ISSUER | KEY_NAMES,
    KEYS_EXTENDED = KEYS_BASIC | KEY_VERSION | KEY_SERIAL | KEY_FINGERPRINT | KEY_BEFORE | KEY_AFTER | KEY_JA3 | KEY_JA3S | KEY_JA4 | KEY_CLIENT |
                    KEY_CLIENT_ALPNS | KEY_SERVER_ALPNS | KEY_SNI,
};
static const struct {
    const char *name;
    uint32_t key;
} keys[] = {
    { "version", KEY_VERSION }, { "subject", KEY_SUBJECT }, { "issuer", KEY_ISSUER }, { "serial", KEY_SERIAL }, { "fingerprint", KEY_FINGERPRINT },
    { "not_before", KEY_BEFORE }, { "not_after", KEY_AFTER }, { "sni", KEY_SNI }, { "certificate", KEY_CERTIFICATE }, { "chain", KEY_CHAIN },
    { "session_resumed", KEY_RESUMED }, { "ja3", KEY_JA3 }, { "ja3s", KEY_JA3S }, { "client", KEY_CLIENT },
    { "client_certificate", KEY_CLIENT_CERTIFICATE }, { "client_chain", KEY_CLIENT_CHAIN }, { "ja4", KEY_JA4 }, { "subjectaltname", KEY_NAMES },
    { "client_alpns", KEY_CLIENT_ALPNS }, { "server_alpns", KEY_SERVER_ALPNS }, { "client_handshake", KEY_CLIENT_HANDSHAKE },
    { "server_handshake", KEY_SERVER_HANDSHAKE },
};

static uint32_t wanted_keys(const struct tls_settings *s)
{
    if (s == NULL) {
        return KEYS_EXTENDED;
    }
    uint32_t want = s->session_resumption ? KEY_RESUMED : 0;
    if (s->custom == NULL || s->custom[0] == '\0') {
        return want | (s->extended ? KEYS_EXTENDED : KEYS_BASIC);
    }
    struct rd r = rd_of(bytes_str(s->custom));
    while (rd_left(&r) != 0) {
        bool found;
        struct bytes one = bytes_trim(rd_until(&r, ',', &found), " ");
        for (unsigned i = 0; i < ROWS(keys); i++) {
            want |= bytes_is(one, keys[i].name) ? keys[i].key : 0;
        }
    }
    return want;
}

/* Certificates behind the first are kept for those who want them only. */
bool tls_log_asks(const void *settings) { return (wanted_keys(settings) & (KEY_CHAIN | KEY_CLIENT_CHAIN)) != 0; }

static void log_some(struct json *j, const char *key, struct bytes b)
{
    if (b.n != 0) {
        json_bytes(j, key, b);
    }
}

static void log_time(struct json *j, const char *key, int64_t at, struct arena *a)
{
    if (at != INT64_MIN) {
        json_bytes(j, key, x509_time_text(at, a));
    }
}

static void log_alpns(struct json *j, const char *key, const struct tls_end *e)
{
    if (!e->hello_seen || e->hello.alpn.n == 0) {
        return;
    }
    json_array(j, key);
    for (struct rd r = rd_of(e->hello.alpn); rd_left(&r) != 0 && rd_ok(&r);) {
        struct rd one = rd_vec8(&r);
        if (rd_ok(&r)) {
            json_bytes(j, NULL, rd_rest(&one));
        }
    }
    json_end_array(j);
}

static void log_ja3(struct json *j, const char *key, const struct tls_end *e)
{
    if (e->printed->ja3_hash.n == 0) {
        return;
    }
    json_object(j, key);
    json_bytes(j, "hash", e->printed->ja3_hash);
    json_bytes(j, "string", e->printed->ja3);
    json_end_object(j);
}

/* The next that is no GREASE (RFC 8701): of plain numbers, or of extensions. */
static bool next_number(struct rd *r, bool extensions, uint16_t *v)
{
    while (rd_left(r) >= (extensions ? 4u : 2u)) {
        *v = rd_be16(r);
        if (extensions) {
            (void)rd_vec16(r);
        }
        if (!tlshello_grease(*v)) {
            return true;
        }
    }
    return false;
}

/* An array that would be empty is left out. */
static void log_numbers(struct json *j, const char *key, struct bytes list, bool extensions)
{
    struct rd r = rd_of(list);
    uint16_t v;

    if (!next_number(&r, extensions, &v)) {
        return;
    }
    json_array(j, key);
    do {
        json_u64(j, NULL, v);
    } while (next_number(&r, extensions, &v));
    json_end_array(j);
}

/* What fingerprints are made of, so that others can be made later. */
static void log_handshake(struct json *j, const char *key, const struct tls_end *e)
{
    const struct tlshello *h = &e->hello;

    if (!e->hello_seen || h->random.n == 0) {
        return;
    }
    json_object(j, key);
    json_bytes(j, "version", tls_version_text(h->best != 0 ? h->best : h->version));
    if (h->client) {
        log_numbers(j, "ciphers", h->ciphers, false);
    } else {
        struct rd r = rd_of(h->ciphers);
        json_u64(j, "cipher", rd_be16(&r));
    }
    log_numbers(j, "exts", h->extensions, true);
    if (h->client) {
        log_numbers(j, "sig_algs", h->signatures, false);
    }
    json_end_object(j);
}

static void log_chain(struct json *j, const struct tls_end *e)
{
    json_array(j, "chain");
    for (unsigned i = 0; i < e->cert_n; i++) {
        json_base64(j, NULL, e->cert[i]);
    }
    json_end_array(j);
}

static void log_client(struct json *j, const struct tls_end *e, uint32_t want, struct arena *a)
{
    if (!e->cert_seen) {
        return;
    }
    json_object(j, "client");
    log_some(j, "subject", e->first->subject);
    log_some(j, "issuerdn", e->first->issuer);
    log_some(j, "fingerprint", e->printed->fingerprint);
    log_some(j, "serial", e->first->serial);
    log_time(j, "notbefore", e->first->not_before, a);
    log_time(j, "notafter", e->first->not_after, a);
    if ((want & KEY_CLIENT_CERTIFICATE) != 0 && e->cert_n != 0) {
        json_base64(j, "certificate", e->cert[0]);
    }
    if ((want & KEY_CLIENT_CHAIN) != 0) {
        log_chain(j, e);
    }
    json_end_object(j);
}

static void log_certificate(struct json *j, const struct tls_end *e, uint32_t want, struct arena *a)
{
    if (!e->cert_seen) {
        return;
    }
    if ((want & KEY_SUBJECT) != 0) {
        log_some(j, "subject", e->first->subject);
    }
    if ((want & KEY_ISSUER) != 0) {
        log_some(j, "issuerdn", e->first->issuer);
    }
    if ((want & KEY_NAMES) != 0 && e->first->name_n != 0) {
        json_array(j, "subjectaltname");
        for (unsigned i = 0; i < e->first->name_n; i++) {
            json_bytes(j, NULL, e->first->name[i]);
        }
        json_end_array(j);
    }
    if ((want & KEY_SERIAL) != 0) {
        log_some(j, "serial", e->first->serial);
    }
    if ((want & KEY_FINGERPRINT) != 0) {
        log_some(j, "fingerprint", e->printed->fingerprint);
    }
    if ((want & KEY_BEFORE) != 0) {
        log_time(j, "notbefore", e->first->not_before, a);
    }
    if ((want & KEY_AFTER) != 0) {
        log_time(j, "notafter", e->first->not_after, a);
    }
    if ((want & KEY_CERTIFICATE) != 0 && e->cert_n != 0) {
        json_base64(j, "certificate", e->cert[0]);
    }
    if ((want & KEY_CHAIN) != 0) {
        log_chain(j, e);
    }
}

void tls_log(const struct txn *t, struct json *j)
{
    const struct tls *d = txn_data_const(t);
    const struct tls_end *client = tls_end_printed(t, TO_SERVER, TLS_PRINT_ALL), *server = tls_end_printed(t, TO_CLIENT, TLS_PRINT_ALL);
    uint32_t want = wanted_keys(txn_settings(t));
    struct arena *a = conn_arena(t->conn);

    log_certificate(j, server, want, a);
    if ((want & KEY_RESUMED) != 0 && may_resume(d) && server->hello_seen && d->version < TLS_1_3 && !server->cert_seen) {
        json_bool(j, "session_resumed", true);
    }
    if ((want & KEY_SNI) != 0) {
        log_some(j, "sni", client->hello_seen ? client->hello.sni : bytes_none());
    }
    if ((want & KEY_VERSION) != 0) {
        log_version(j, server->hello_seen || d->ssl2 ? d->version : server->record_version);
    }
    if ((want & KEY_JA3) != 0) {
        log_ja3(j, "ja3", client);
    }
    if ((want & KEY_JA3S) != 0) {
        log_ja3(j, "ja3s", server);
    }
    if ((want & KEY_JA4) != 0) {
        log_some(j, "ja4", client->printed->ja4);
    }
    if ((want & KEY_CLIENT_ALPNS) != 0) {
        log_alpns(j, "client_alpns", client);
    }
    if ((want & KEY_SERVER_ALPNS) != 0) {
        log_alpns(j, "server_alpns", server);
    }
    if ((want & KEY_CLIENT_HANDSHAKE) != 0) {
        log_handshake(j, "client_handshake", client);
    }
    if ((want & KEY_SERVER_HANDSHAKE) != 0) {
        log_handshake(j, "server_handshake", server);
    }
    if ((want & KEY_CLIENT) != 0) {
        log_client(j, client, want, a);
    }
    if (conn_from(t->conn) != NULL) { /* STARTTLS and the like */
        json_string(j, "from_proto", conn_from(t->conn));
    }
}

/* A session whose certificate is hidden (1.3) is worth a record; one that shows none only when it was resumed, and that is
 * asked for. */
bool tls_log_wanted(const struct txn *t)
{
    const struct tls *d = txn_data_const(t);
    const struct tls_settings *s = txn_settings(t);
    const struct tls_end *server = &d->end[TO_CLIENT];

    if (server->cert_seen && (server->first->subject.n != 0 || server->first->issuer.n != 0)) {
        return true;
    }
    return (server->hello_seen && d->version >= TLS_1_3) || (may_resume(d) && (s == NULL || s->session_resumption));
}

/* The client's certificate belongs in it too. */
bool tls_log_ready(const struct txn *t)
{
    const struct tls *d = txn_data_const(t);

    return !d->cert_wanted || d->version >= TLS_1_3 || t->progress[TO_SERVER] >= TLS_CLIENT_CERT_DONE;
}

static void about_line(struct text *out, const char *key, struct bytes value)
{
    text_str(out, key);
    text_add(out, value.p, value.n);
    text_byte(out, '\n');
}

/* RFC 7468 2: lines of 64 characters, which are 48 bytes. */
static void pem(struct text *out, struct bytes der)
{
    enum { LINE_BYTES = 48 };

    text_str(out, "-----BEGIN CERTIFICATE-----\n");
    for (; der.n != 0; der = bytes_from(der, der.n < LINE_BYTES ? der.n : LINE_BYTES)) {
        text_base64(out, bytes_head(der, LINE_BYTES));
        text_byte(out, '\n');
    }
    text_str(out, "-----END CERTIFICATE-----\n");
}

bool tls_keep(const struct txn *t, enum side side, struct text *out, size_t *about)
{
    const struct tls_end *e = tls_end_printed(t, side, TLS_PRINT_CERTIFICATE);

    if (!e->cert_seen) {
        return false;
    }
    about_line(out, "TLS SUBJECT:       ", e->first->subject);
    about_line(out, "TLS ISSUERDN:      ", e->first->issuer);
    about_line(out, "TLS FINGERPRINT:   ", e->printed->fingerprint);
    *about = out->n;
    for (unsigned i = 0; i < e->cert_n; i++) {
        pem(out, e->cert[i]);
    }
    return true;
}
