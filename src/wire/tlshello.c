/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/tlshello.h"

#include "base/digest.h"
#include "base/text.h"
#include "base/unset.h"

#include <string.h>

enum { EXT_SNI = 0, EXT_GROUPS = 10, EXT_POINTS = 11, EXT_SIGNATURES = 13, EXT_HEARTBEAT = 15, EXT_ALPN = 16, EXT_TICKET = 35, EXT_VERSIONS = 43 };
enum { JA4_LIST_MAX = 512, JA_TEXT_MAX = 16384 };

/* RFC 8701: values that mean nothing on purpose. */
bool tlshello_grease(uint16_t v) { return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff); }

static void read_sni(struct rd r, struct tlshello *h)
{
    if (rd_left(&r) == 0 && !h->client) { /* RFC 6066 3: a server only says that it took the name */
        return;
    }
    struct rd list = rd_vec16(&r);
    h->more_sni |= h->has_sni;
    h->has_sni = true;
    uint8_t type = rd_u8(&list);
    struct rd name = rd_vec16(&list);
    if (!rd_ok(&r) || !rd_ok(&list)) {
        h->bad_sni = true;
    } else if (type != 0) { /* RFC 6066 3: host_name */
        h->bad_sni_type = true;
    } else if (h->sni.n == 0) {
        h->sni = rd_rest(&name);
    }
}

static void read_versions(struct rd r, struct tlshello *h)
{
    if (!h->client) {
        h->best = rd_be16(&r);
        return;
    }
    for (struct rd list = rd_vec8(&r); rd_left(&list) >= 2;) {
        uint16_t v = rd_be16(&list);
        if (!tlshello_grease(v) && v > h->best) {
            h->best = v;
        }
    }
}

static void read_extension(uint16_t type, struct rd r, struct tlshello *h)
{
    struct rd list;

    switch (type) {
    case EXT_SNI:
        if (h->client) {
            read_sni(r, h);
        }
        break;
    case EXT_GROUPS:
        list = rd_vec16(&r);
        h->groups = rd_rest(&list);
        break;
    case EXT_POINTS:
        list = rd_vec8(&r);
        h->points = rd_rest(&list);
        break;
    case EXT_SIGNATURES:
        list = rd_vec16(&r);
        h->signatures = rd_rest(&list);
        break;
    case EXT_ALPN:
        list = rd_vec16(&r);
        h->alpn = rd_rest(&list);
        break;
    case EXT_HEARTBEAT: h->heartbeat = true; break;
    case EXT_TICKET: h->ticket = true; break;
    case EXT_VERSIONS: read_versions(r, h); break;
    default: break;
    }
}

static bool read_extensions(struct rd *r, struct tlshello *h)
{
    if (rd_left(r) == 0) {
        return true;
    }
    struct rd all = rd_vec16(r);
    h->extensions = rd_peek(&all);
    while (rd_left(&all) != 0) {
        uint16_t type = rd_be16(&all);
        struct rd data = rd_vec16(&all);
        if (!rd_ok(&all)) {
            h->bad_extensions = true;
            return false;
        }
        read_extension(type, data, h);
    }
    return rd_ok(r);
}

static void begin(struct tlshello *h, bool client)
{
    *h = (struct tlshello){ .random = bytes_none(), .session = bytes_none(), .ciphers = bytes_none(), .extensions = bytes_none(), .sni = bytes_none(),
                            .alpn = bytes_none(), .groups = bytes_none(), .points = bytes_none(), .signatures = bytes_none(), .client = client };
}

bool tlshello_client(struct rd r, struct tlshello *h)
{
    begin(h, true);
    h->version = rd_be16(&r);
    h->random = rd_bytes(&r, 32);
    struct rd session = rd_vec8(&r), ciphers = rd_vec16(&r), compression = rd_vec8(&r);
    h->session = rd_rest(&session);
    h->ciphers = rd_rest(&ciphers);
    (void)compression;
    return rd_ok(&r) && read_extensions(&r, h);
}

bool tlshello_server(struct rd r, struct tlshello *h)
{
    begin(h, false);
    h->version = rd_be16(&r);
    h->random = rd_bytes(&r, 32);
    bool early = h->version == 0x0304 || h->version >> 8 == 0x7f; /* drafts of 1.3 up to 21: neither session nor compression */
    if (!early) {
        struct rd session = rd_vec8(&r);
        h->session = rd_rest(&session);
    }
    h->ciphers = rd_bytes(&r, 2);
    rd_skip(&r, early ? 0 : 1);
    return rd_ok(&r) && read_extensions(&r, h);
}

/* TLS ExtensionType Values of the IANA registry, by number. */
static const char *const extension_names[] = {
    "server_name", "max_fragment_length", "client_certificate_url", "trusted_ca_keys", "truncated_hmac",
    "status_request", "user_mapping", "client_authz", "server_authz", "cert_type", "supported_groups",
    "ec_point_formats", "srp", "signature_algorithms", "use_srtp", "heartbeat", "alpn", "status_request_v2",
    "signed_certificate_timestamp", "client_certificate_type", "server_certificate_type", "padding", "encrypt_then_mac",
    "extended_master_secret", "token_binding", "cached_info", "tls_lts", "compress_certificate", "record_size_limit",
    "pwd_protect", "pwd_clear", "password_salt", "ticket_pinning", "tls_cert_with_extern_psk", "delegated_credentials",
    "session_ticket", "tlmsp", "tlmsp_proxying", "tlmsp_delegate", "supported_ekt_ciphers", NULL, "pre_shared_key",
    "early_data", "supported_versions", "cookie", "psk_key_exchange_modes", NULL, "certificate_authorities",
    "oid_filters", "post_handshake_auth", "signature_algorithms_cert", "key_share", "transparency_info",
    "connection_id_deprecated", "connection_id", "external_id_hash", "external_session_id", "quic_transport_parameters",
    "ticket_request", "dnssec_chain",
};

const char *tlshello_extension_name(uint16_t type)
{
    if (type == 13172) {
        return "next_protocol_negotiation";
    }
    if (type == 65281) {
        return "renegotiation_info";
    }
    return type < sizeof extension_names / sizeof extension_names[0] ? extension_names[type] : NULL;
}

/* ------- fingerprints ------- */

static void add_number(struct arena_text *t, unsigned v)
{
    char digits[20];

    arena_text_add(t, bytes_of(digits, text_digits(v, digits)));
}

static void add_list(struct arena_text *t, struct bytes list, unsigned width)
{
    struct rd r = rd_of(list);
    bool any = false;

    while (rd_left(&r) >= width) {
        uint16_t v = width == 1 ? rd_u8(&r) : rd_be16(&r);
        if (width == 2 && tlshello_grease(v)) {
            continue;
        }
        if (any) {
            arena_text_byte(t, '-');
        }
        add_number(t, v);
        any = true;
    }
}

static void add_extensions(struct arena_text *t, struct bytes extensions)
{
    struct rd r = rd_of(extensions);
    bool any = false;

    while (rd_left(&r) >= 4) {
        uint16_t type = rd_be16(&r);
        (void)rd_vec16(&r);
        if (tlshello_grease(type)) {
            continue;
        }
        if (any) {
            arena_text_byte(t, '-');
        }
        add_number(t, type);
        any = true;
    }
}

struct bytes tlshello_ja3(const struct tlshello *h, struct arena *a)
{
    struct arena_text t;

    arena_text_init(&t, a, JA_TEXT_MAX);
    add_number(&t, h->version);
    arena_text_byte(&t, ',');
    add_list(&t, h->ciphers, 2);
    arena_text_byte(&t, ',');
    add_extensions(&t, h->extensions);
    if (h->client) {
        arena_text_byte(&t, ',');
        add_list(&t, h->groups, 2);
        arena_text_byte(&t, ',');
        add_list(&t, h->points, 1);
    }
    return arena_text_bytes(&t);
}

static const char digits[] = "0123456789abcdef";

static void add_hex(struct arena_text *t, const uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        arena_text_byte(t, (uint8_t)digits[p[i] >> 4]);
        arena_text_byte(t, (uint8_t)digits[p[i] & 15]);
    }
}

struct bytes tlshello_md5(struct bytes text, struct memo *memo, struct arena *a)
{
    struct bytes known = memo_find(memo, MEMO_MD5, text);
    uint8_t sum[DIGEST_MD5];
    struct arena_text t;

    if (known.n != 0) {
        return arena_copy(a, known);
    }
    digest_md5(text, sum);
    arena_text_init(&t, a, 2 * sizeof sum);
    add_hex(&t, sum, sizeof sum);
    memo_keep(memo, MEMO_MD5, text, arena_text_bytes(&t));
    return arena_text_bytes(&t);
}

/* First twelve hex digits of SHA-256; twelve zeros for nothing. */
static void add_sha12(struct arena_text *t, struct bytes text)
{
    uint8_t sum[DIGEST_SHA256] = { 0 };

    if (text.n != 0) {
        digest_sha256(text, sum);
    }
    add_hex(t, sum, 6);
}

static void add_hex16(struct arena_text *t, uint16_t v)
{
    uint8_t two[2] = { (uint8_t)(v >> 8), (uint8_t)v };

    add_hex(t, two, 2);
}

static void sort16(uint16_t *v, unsigned n)
{
    for (unsigned gap = n / 2; gap != 0; gap /= 2) {
        for (unsigned i = gap; i < n; i++) {
            uint16_t x = v[i];
            unsigned k = i;
            for (; k >= gap && v[k - gap] > x; k -= gap) {
                v[k] = v[k - gap];
            }
            v[k] = x;
        }
    }
}

static void add_values(struct arena_text *t, const uint16_t *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (i != 0) {
            arena_text_byte(t, ',');
        }
        add_hex16(t, v[i]);
    }
}

static const char *ja4_version(uint16_t v)
{
    switch (v) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    default: return "00";
    }
}

static bool alnum(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* First and last character of the first protocol offered; their hex digits when they are no letters or digits. */
static void add_alpn(struct arena_text *t, struct bytes list)
{
    struct rd r = rd_of(list);
    struct rd first = rd_vec8(&r);
    struct bytes name = rd_ok(&r) ? rd_rest(&first) : bytes_none();

    if (name.n == 0) {
        arena_text_add(t, bytes_str("00"));
        return;
    }
    uint8_t head = name.p[0], tail = name.p[name.n - 1];
    if (alnum(head) && alnum(tail)) {
        arena_text_byte(t, head);
        arena_text_byte(t, tail);
    } else {
        arena_text_byte(t, (uint8_t)digits[head >> 4]);
        arena_text_byte(t, (uint8_t)digits[tail & 15]);
    }
}

static void add_count(struct arena_text *t, unsigned n)
{
    n = n > 99 ? 99 : n;
    arena_text_byte(t, (uint8_t)('0' + n / 10));
    arena_text_byte(t, (uint8_t)('0' + n % 10));
}

/* What JA4 is made of: lists without GREASE, the first two in order. */
struct ja4_lists {
    unsigned ciphers, extensions, signatures, all; /* all: extensions with those that are left out */
    uint16_t cipher[JA4_LIST_MAX], extension[JA4_LIST_MAX], signature[JA4_LIST_MAX];
};

static unsigned values_of(struct bytes list, uint16_t out[JA4_LIST_MAX])
{
    unsigned n = 0;

    for (struct rd r = rd_of(list); rd_left(&r) >= 2 && n < JA4_LIST_MAX;) {
        uint16_t v = rd_be16(&r);
        if (!tlshello_grease(v)) {
            out[n++] = v;
        }
    }
    return n;
}

static void ja4_lists(const struct tlshello *h, struct ja4_lists *l)
{
    l->extensions = l->all = 0;
    for (struct rd r = rd_of(h->extensions); rd_left(&r) >= 4 && l->extensions < JA4_LIST_MAX;) {
        uint16_t type = rd_be16(&r);
        (void)rd_vec16(&r);
        if (tlshello_grease(type)) {
            continue;
        }
        l->all++;
        if (type != EXT_SNI && type != EXT_ALPN) {
            l->extension[l->extensions++] = type;
        }
    }
    l->ciphers = values_of(h->ciphers, l->cipher);
    l->signatures = values_of(h->signatures, l->signature);
}

/* The first part and the lists in one run of bytes; empty where a memo could not keep it. */
static struct bytes ja4_made_of(struct bytes head, const struct ja4_lists *l, uint8_t room[MEMO_BYTES])
{
    const struct { const uint16_t *v; unsigned n; } lists[] = { { l->cipher, l->ciphers }, { l->extension, l->extensions }, { l->signature, l->signatures } };
    size_t n = head.n;

    if (head.n + 8 + 2 * (size_t)(l->ciphers + l->extensions + l->signatures) > MEMO_BYTES) {
        return bytes_none();
    }
    memcpy(room, head.p, head.n);
    for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        uint16_t count = (uint16_t)lists[i].n;
        memcpy(room + n, &count, sizeof count);
        memcpy(room + n + sizeof count, lists[i].v, 2 * (size_t)lists[i].n);
        n += sizeof count + 2 * (size_t)lists[i].n;
    }
    return bytes_of(room, n);
}

static void ja4_hashes(struct arena_text *t, const struct ja4_lists *l, struct arena *a)
{
    struct arena_text list;

    arena_text_byte(t, '_');
    arena_text_init(&list, a, JA_TEXT_MAX);
    add_values(&list, l->cipher, l->ciphers);
    add_sha12(t, arena_text_bytes(&list));
    arena_text_byte(t, '_');
    arena_text_init(&list, a, JA_TEXT_MAX);
    add_values(&list, l->extension, l->extensions);
    if (l->signatures != 0) {
        arena_text_byte(&list, '_');
        add_values(&list, l->signature, l->signatures);
    }
    add_sha12(t, arena_text_bytes(&list));
}

struct bytes tlshello_ja4(const struct tlshello *h, char transport, struct memo *memo, struct arena *a)
{
    UNSET struct ja4_lists l;
    UNSET uint8_t room[MEMO_BYTES], sorted[MEMO_BYTES];
    struct arena_text t;

    ja4_lists(h, &l);
    arena_text_init(&t, a, 64);
    arena_text_byte(&t, (uint8_t)transport);
    arena_text_add(&t, bytes_str(ja4_version(h->best != 0 ? h->best : h->version)));
    arena_text_byte(&t, h->has_sni ? 'd' : 'i');
    add_count(&t, l.ciphers);
    add_count(&t, l.all);
    add_alpn(&t, h->alpn);
    size_t n = arena_text_bytes(&t).n;
    struct bytes of = ja4_made_of(arena_text_bytes(&t), &l, room), known = memo_find(memo, MEMO_JA4_AS_SENT, of);
    if (known.n == 0) { /* not in that order: some shuffle their extensions */
        sort16(l.cipher, l.ciphers);
        sort16(l.extension, l.extensions);
        struct bytes in_order = ja4_made_of(arena_text_bytes(&t), &l, sorted);
        known = memo_find(memo, MEMO_JA4, in_order);
        if (known.n == 0) {
            ja4_hashes(&t, &l, a);
            known = bytes_from(arena_text_bytes(&t), n);
            memo_keep(memo, MEMO_JA4, in_order, known);
        } else {
            arena_text_add(&t, known);
        }
        memo_keep(memo, MEMO_JA4_AS_SENT, of, bytes_from(arena_text_bytes(&t), n));
    } else {
        arena_text_add(&t, known);
    }
    return arena_text_bytes(&t);
}
