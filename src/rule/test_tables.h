/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_tables - protocols, keywords and sets for tests of rule/: names only, nothing runs.
 *
 * The front end is tested against tables of its own, so that a test says what a rule means whatever is built.  Included by
 * one source file of a test or fuzz target.
 */
#ifndef RULE_TEST_TABLES_H
#define RULE_TEST_TABLES_H

#include "rule/rule.h"

#include "base/hash.h"

#include <stdlib.h>

#define SERVER .sides = SIDE_SERVER_BIT
#define CLIENT .sides = SIDE_CLIENT_BIT
#define EITHER .sides = SIDE_BOTH_BITS

static const struct code test_types[] = { { 28, "AAAA" } };

/* clang-format off */
static const struct field test_http_fields[] = {
    { .name = "http.uri", .aliases = "http.uri.normalized", .modifier = "http_uri", .pcre = "U", SERVER },
    { .name = "http.uri.raw", .modifier = "http_raw_uri", .pcre = "I", .snort = "http_uri http_raw_uri", SERVER },
    { .name = "http.method", .modifier = "http_method", .pcre = "M", SERVER },
    { .name = "http.protocol", .aliases = "http_protocol", EITHER },
    { .name = "http.header", .modifier = "http_header", .pcre = "H", EITHER },
    { .name = "http.header.plain", .snort = "http_header", EITHER },
    { .name = "http.header.raw", .modifier = "http_raw_header", .pcre = "D", EITHER },
    { .name = "http.request_header", .type = FIELD_LIST, SERVER },
    { .name = "http.response_header", .type = FIELD_LIST, CLIENT },
    { .name = "http.header_names", .aliases = "http_header_names", EITHER },
    { .name = "http.cookie", .modifier = "http_cookie", .pcre = "C", EITHER },
    { .name = "http.user_agent", .modifier = "http_user_agent", .pcre = "V", SERVER },
    { .name = "http.host", .modifier = "http_host", .pcre = "W", .flags = FIELD_LOWER, SERVER },
    { .name = "http.host.raw", .modifier = "http_raw_host", .pcre = "Z", SERVER },
    { .name = "http.request_body", .modifier = "http_client_body", .pcre = "P", .snort = "http_client_body http_raw_body", .type = FIELD_BODY, SERVER },
    { .name = "http.response_body", .modifier = "http_server_body", .type = FIELD_BODY, CLIENT },
    { .name = "http.stat_code", .modifier = "http_stat_code", .pcre = "S", CLIENT },
    { .name = "http.stat_msg", .modifier = "http_stat_msg", .pcre = "Y", CLIENT },
    { .name = "http.request_line", .aliases = "http_request_line", SERVER },
    { .name = "http.response_line", .aliases = "http_response_line", CLIENT },
    { .name = "http.start", .aliases = "http_start", EITHER },
    { .name = "http.accept", .aliases = "http_accept", SERVER },
    { .name = "http.accept_enc", .aliases = "http_accept_enc", SERVER },
    { .name = "http.accept_lang", .aliases = "http_accept_lang", SERVER },
    { .name = "http.connection", .aliases = "http_connection", EITHER },
    { .name = "http.content_len", .aliases = "http_content_len", EITHER },
    { .name = "http.content_type", .aliases = "http_content_type", EITHER },
    { .name = "http.referer", .aliases = "http_referer", SERVER },
    { .name = "http.location", CLIENT },
    { .name = "http.server", CLIENT },
};
static const struct field test_dns_fields[] = {
    { .name = "dns.query", .aliases = "dns_query", .type = FIELD_LIST, SERVER },
    { .name = "dns.opcode", .type = FIELD_NUMBER, EITHER },
    { .name = "dns.rrtype", .type = FIELD_NUMBER, .bits = 16, .names = NAMES_CODES(test_types), EITHER },
    { .name = "dns.answers.rrname", .type = FIELD_LIST, EITHER },
};
static const struct field test_tls_fields[] = {
    { .name = "tls.sni", .aliases = "tls_sni", SERVER },
    { .name = "tls.certs", .type = FIELD_LIST, EITHER },
    { .name = "tls.cert_subject", .aliases = "tls_cert_subject", EITHER },
    { .name = "tls.cert_issuer", .aliases = "tls_cert_issuer", EITHER },
    { .name = "tls.cert_serial", .aliases = "tls_cert_serial", EITHER },
    { .name = "tls.cert_fingerprint", .aliases = "tls_cert_fingerprint", EITHER },
    { .name = "tls.cert_chain_len", .type = FIELD_NUMBER, CLIENT },
    { .name = "tls.test_flag", .type = FIELD_FLAG, CLIENT },
    { .name = "tls.version_number", .type = FIELD_NUMBER, EITHER },
    { .name = "tls.cert_not_before", .type = FIELD_NUMBER, EITHER },
    { .name = "tls.cert_not_after", .type = FIELD_NUMBER, EITHER },
    { .name = "ja3.hash", .aliases = "ja3_hash", .flags = FIELD_LOWER, SERVER },
    { .name = "ja3.string", .aliases = "ja3_string", SERVER },
    { .name = "ja3s.hash", .flags = FIELD_LOWER, CLIENT },
    { .name = "ja3s.string", CLIENT },
};
static const struct field test_ssh_fields[] = {
    { .name = "ssh.proto", .aliases = "ssh_proto", EITHER },
    { .name = "ssh.software", .aliases = "ssh_software", EITHER },
};
static const struct proto_state test_http_server[] = { { "request_line", 1 }, { "request_headers", 2 }, { "request_complete", 5 }, { NULL, 0 } };
static const struct proto_state test_http_client[] = { { "response_line", 1 }, { "response_headers", 2 }, { "response_complete", 5 }, { NULL, 0 } };
static const struct proto test_http = { .name = "http", .aliases = "http1", .transports = 1, .files = true, .fields = test_http_fields, .field_n = ROWS(test_http_fields),
                                        .states = { test_http_server, test_http_client } };
static const struct proto test_dns = { .name = "dns", .transports = 3, .fields = test_dns_fields, .field_n = ROWS(test_dns_fields) };
static const struct proto_state test_tls_server[] = { { "client_hello_done", 1 }, { "client_handshake_done", 3 }, { NULL, 0 } };
static const struct proto_state test_tls_client[] = { { "server_hello", 1 }, { "server_hello_done", 3 }, { NULL, 0 } };
static const struct proto test_tls = { .name = "tls", .aliases = "ssl", .transports = 1, .fields = test_tls_fields, .field_n = ROWS(test_tls_fields),
                                       .states = { test_tls_server, test_tls_client } };
static const struct proto test_ssh = { .name = "ssh", .transports = 1, .fields = test_ssh_fields, .field_n = ROWS(test_ssh_fields) };
static const struct proto test_smtp = { .name = "smtp", .transports = 1, .files = true };
static const struct proto test_ftp = { .name = "ftp", .transports = 1, .files = true };
static const struct proto test_ftp_data = { .name = "ftp-data", .transports = 1, .files = true };
static const struct proto test_smb = { .name = "smb", .transports = 1, .files = true };
static const struct proto *const test_protos[] = { &test_http, &test_dns, &test_tls, &test_ssh, &test_smtp, &test_ftp, &test_ftp_data, &test_smb, NULL };
/* clang-format on */

static bool test_parse_any(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r, (void)place, (void)err;
    *data = argument ? arena_str(rule_parse_arena(p), bytes_str(argument)) : NULL;
    return true;
}
/* "set,…" changes state when all else matched. */
static bool test_parse_state(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    *place = strncmp(argument, "is", 2) == 0 || strchr(argument, '>') ? KEYWORD_PACKET : KEYWORD_POST;
    return test_parse_any(p, r, argument, place, data, err);
}
static bool test_match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)s, (void)r, (void)data;
    return true;
}

/* clang-format off */
/* Stand-ins for what the program may not have; keyword_table's own come first. */
static const struct keyword test_keyword_rows[] = {
    { .name = "flowbits", .place = KEYWORD_PACKET, .parse = test_parse_state, .match = test_match },
    { .name = "xbits", .place = KEYWORD_PACKET, .parse = test_parse_state, .match = test_match },
    { .name = "flowint", .place = KEYWORD_PACKET, .parse = test_parse_state, .match = test_match },
    { .name = "tag", .place = KEYWORD_POST, .parse = test_parse_any, .match = test_match },
    { .name = "filestore", .place = KEYWORD_POST, .value = KEYWORD_VALUE_OPTIONAL, .parse = test_parse_any, .match = test_match },
    { .name = "filename", .place = KEYWORD_FILE, .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION, .parse = test_parse_any, .match = test_match },
    { .name = "fileext", .place = KEYWORD_FILE, .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION, .parse = test_parse_any, .match = test_match },
    { .name = "dataset", .place = KEYWORD_BUFFER, .parse = test_parse_any, .match = test_match },
    { .name = "app-layer-event", .place = KEYWORD_TXN, .parse = test_parse_any, .match = test_match },
    { .name = "ftpbounce", .place = KEYWORD_TXN, .value = KEYWORD_VALUE_NONE, .proto = "ftp", .parse = test_parse_any, .match = test_match },
};
#define TEST_KEYWORDS_MAX 256

static bool test_xor(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    *data = arena_str(rule_parse_arena(p), bytes_str(argument));
    return strlen(argument) % 2 == 0 || err_set(err, "XOR transform key's length must be an even number");
}
static const struct transform_row test_transforms[] = {
    { .name = "dotprefix" }, { .name = "to_lowercase" }, { .name = "to_uppercase" }, { .name = "strip_whitespace" }, { .name = "compress_whitespace" },
    { .name = "to_md5" }, { .name = "to_sha1" }, { .name = "to_sha256" }, { .name = "url_decode" }, { .name = "snort_normalize" },
    { .name = "snort_normalize_uri" },
    { .name = "xor", .parse = test_xor, .value = KEYWORD_VALUE_QUOTED }, { .name = NULL },
};
/* clang-format on */

/* ---- addresses, ports and classes: enough of what the engine passes in ---- */

struct test_set {
    const char *text;
    struct addr_set addresses;
    struct port_set *ports;
    bool is_ports, refused;
};

struct test_world {
    const struct keyword *keywords[TEST_KEYWORDS_MAX];
    struct test_set *set;
    size_t n, room;
    size_t *slot;
    size_t slots;
};

/* Texts are shared by the reader, so their address is enough to know them. */
static struct test_set *test_set_of(struct test_world *w, const char *text, bool ports, bool *fresh)
{
    size_t k;

    if (w->n * 2 >= w->slots) {
        size_t slots = w->slots ? w->slots * 2 : 1024, *to = calloc(slots, sizeof *to);

        for (size_t i = 0; i < w->n; i++) {
            for (k = hash_word((uintptr_t)w->set[i].text + w->set[i].is_ports) & (slots - 1); to[k]; k = (k + 1) & (slots - 1)) {
            }
            to[k] = i + 1;
        }
        free(w->slot);
        w->slot = to;
        w->slots = slots;
    }
    for (k = hash_word((uintptr_t)text + ports) & (w->slots - 1); w->slot[k]; k = (k + 1) & (w->slots - 1)) {
        struct test_set *s = &w->set[w->slot[k] - 1];

        if (s->text == text && s->is_ports == ports) {
            *fresh = false;
            return s;
        }
    }
    if (w->n == w->room) {
        return NULL;
    }
    *fresh = true;
    w->slot[k] = w->n + 1;
    w->set[w->n] = (struct test_set){ .text = text, .is_ports = ports };
    return &w->set[w->n++];
}

/* One entry of a list, brackets and '!' taken off; *at moves behind it. */
static bool test_entry(const char **at, char *out, size_t room, bool *negated)
{
    size_t n;

    *negated = false;
    while (**at == '[' || **at == ']' || **at == ',' || **at == ' ' || **at == '!') {
        *negated |= **at == '!';
        (*at)++;
    }
    n = strcspn(*at, "[], ");
    if (n == 0 || n >= room) {
        return false;
    }
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    return true;
}

/* Variables are 10.0.0.0/8, or all but it when their name says external. */
static bool test_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    bool fresh, negated;
    struct test_set *s = test_set_of(ctx, text, false, &fresh);
    struct addr_range *range;
    enum family *family;
    size_t have = 0, leave = 0, room = strlen(text) + 1;
    const char *at = text;
    char word[256];

    if (s == NULL) {
        return err_set(err, "too many sets");
    }
    *out = &s->addresses;
    if (!fresh) {
        return !s->refused || err_set(err, "not an address: %s", text);
    }
    range = calloc(room * 2, sizeof *range);
    family = calloc(room * 2, sizeof *family);
    while (test_entry(&at, word, sizeof word, &negated)) {
        bool outside = strcmp(word, "$EXTERNAL_NET") == 0;
        size_t k = negated != outside ? room + leave : have;

        if (strcmp(word, "any") == 0) {
            s->addresses.any = true;
            continue;
        }
        if (!addr_range_parse(word[0] == '$' ? "10.0.0.0/8" : word, &range[k], &family[k], err)) {
            free(range);
            free(family);
            s->refused = true;
            return false;
        }
        if (negated != outside) {
            leave++;
        } else {
            have++;
        }
    }
    if (!s->addresses.any) {
        const struct addr_list yes = { range, family, have }, no = { range + room, family + room, leave };

        addr_set_make(&s->addresses, &yes, &no);
    }
    free(range);
    free(family);
    return true;
}

static bool test_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    bool fresh, negated;
    struct test_set *s = test_set_of(ctx, text, true, &fresh);
    const char *at = text;
    char word[256];

    (void)dialect;

    if (s == NULL) {
        return err_set(err, "too many sets");
    }
    if (fresh) {
        s->ports = calloc(1, sizeof *s->ports);
    }
    *out = s->ports;
    if (s->refused) {
        return err_set(err, "'%s' is no port", text);
    }
    while (fresh && test_entry(&at, word, sizeof word, &negated)) {
        unsigned low = (unsigned)atoi(word), high;
        const char *colon = strchr(word, ':');

        s->ports->any |= strcmp(word, "any") == 0;
        if (word[0] == '$') {
            low = 80;
        } else if (word[0] != ':' && (word[0] < '0' || word[0] > '9') && !s->ports->any) {
            s->refused = true;
            return err_set(err, "'%s' is no port", word);
        }
        high = colon ? (colon[1] ? (unsigned)atoi(colon + 1) : 65535) : low;
        for (unsigned i = low; i <= high && i < 65536; i++) {
            s->ports->bits[i >> 6] |= 1ull << (i & 63);
        }
    }
    return true;
}

static bool test_classtype(void *ctx, const char *name, struct rule_class *out)
{
    (void)ctx;
    if (strcmp(name, "trojan-activity") == 0) {
        *out = (struct rule_class){ "A Network Trojan was detected", 1, 1 };
        return true;
    }
    *out = (struct rule_class){ "Misc activity", 3, 2 };
    return strcmp(name, "misc-activity") == 0;
}

static bool test_reference(void *ctx, const char *key, const char **prefix)
{
    (void)ctx;
    *prefix = strcmp(key, "url") == 0 ? "http://" : "https://cve.mitre.org/cgi-bin/cvename.cgi?name=";
    return strcmp(key, "url") == 0 || strcmp(key, "cve") == 0;
}

static struct rule_context test_context(struct test_world *w)
{
    size_t n = 0;

    memset(w, 0, sizeof *w);

    for (size_t i = 0; keyword_table[i] && n < TEST_KEYWORDS_MAX - ROWS(test_keyword_rows) - 1; i++) {
        if (strcmp(keyword_table[i]->name, "dataset") != 0) { /* sets are lists of the engine's */
            w->keywords[n++] = keyword_table[i];
        }
    }
    for (size_t i = 0; i < ROWS(test_keyword_rows); i++) {
        w->keywords[n++] = &test_keyword_rows[i];
    }
    w->room = 20000;
    w->set = calloc(w->room, sizeof *w->set);
    return (struct rule_context){ .keywords = w->keywords, .transforms = test_transforms, .protos = test_protos, .addresses = test_addresses,
                                  .ports = test_ports, .classtype = test_classtype, .reference = test_reference, .ctx = w };
}

static void test_context_fini(struct test_world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        addr_set_fini(&w->set[i].addresses);
        free(w->set[i].ports);
    }
    free(w->set);
    free(w->slot);
}

#endif
