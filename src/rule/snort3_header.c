/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort3_header - what stands before the options of a Snort 3 rule: an action, a protocol or a service, networks or none.
 */
#include "rule/parse.h"

/* ---- services ---- */

/*
 * Snort's names of services, and the protocols that stand for them.  A flow has a service there only when its wizard tells it,
 * or its binder by the port: `told`.  Of all other protocols the ports decide, as if nothing were known of the flow.
 */
static const struct service {
    const char *service, *proto;
    bool told;
} services[] = {
    { "http", "http", true },       { "http2", "http2", true },     { "http3", "http3", true },  { "ssl", "tls", true },       { "https", "tls", true },
    { "ftp", "ftp", true },         { "ftp-data", "ftp-data", true }, { "smtp", "smtp", true },  { "imap", "imap", true },     { "pop3", "pop3", true },
    { "telnet", "telnet", true },   { "ssh", "ssh", true },         { "sip", "sip", true },      { "dns", "dns", true },       { "netbios-ssn", "smb", true },
    { "dce_smb", "smb", true },     { "dcerpc", "dcerpc", true },   { "dce_tcp", "dcerpc", true }, { "dce_udp", "dcerpc", true }, { "dnp3", "dnp3", true },
    { "modbus", "modbus", true },   { "cip", "enip", true },        { "iec104", "iec104", true }, { "gtp", "gtp", true },      { "mms", "mms", true },
    { "s7commplus", "s7comm", true }, { "opcua", "opcua", true },   { "kerberos", "krb5", false }, { "sunrpc", "nfs", false }, { "postgresql", "pgsql", false },
};

static const char *service_proto(const char *service)
{
    for (size_t i = 0; i < ROWS(services); i++) {
        if (strcmp(services[i].service, service) == 0) {
            return services[i].proto;
        }
    }
    return service;
}

/* The flow's protocol decides, whatever the ports; only where it is not told the ports do. */
bool snort3_service(struct rule_parse *p, const char *service)
{
    struct proto_set s;

    p->rule->header_flags |= HEADER_SERVICE;
    if (rule_index_protos(p->index, service_proto(service), &s)) {
        for (unsigned i = 0; i < PROTO_SET_WORDS; i++) {
            p->rule->service[i] |= s.bits[i];
        }
    }
    return true;
}

struct proto_set snort3_told(const struct rule_index *x)
{
    struct proto_set all = { 0 }, s;

    for (size_t i = 0; i < ROWS(services); i++) {
        if (services[i].told && rule_index_protos(x, services[i].proto, &s)) {
            for (unsigned w = 0; w < PROTO_SET_WORDS; w++) {
                all.bits[w] |= s.bits[w];
            }
        }
    }
    return all;
}

/* ---- header ---- */

static bool action_read(struct rule_parse *p, struct header_token t)
{
    static const struct {
        const char *word;
        uint8_t action;
    } rows[] = { { "alert", ACTION_ALERT },   { "block", ACTION_DROP },  { "drop", ACTION_DROP },   { "log", ACTION_LOG },
                 { "pass", ACTION_PASS },     { "react", ACTION_REJECT_BOTH }, { "reject", ACTION_REJECT_BOTH }, { "rewrite", ACTION_REWRITE } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (strlen(rows[i].word) == t.n && memcmp(rows[i].word, t.p, t.n) == 0) {
            p->rule->action = rows[i].action;
            p->rule->scope = t.p[0] == 'b' ? SCOPE_FLOW : SCOPE_DEFAULT; /* block is for the whole flow */
            return true;
        }
    }
    return parse_fail(p, "'%.*s' is no action", (int)t.n, t.p) || parse_hint(p, "alert, block, drop, log, pass, react, reject, rewrite");
}

static bool is_network(struct header_token t)
{
    static const char *const words[] = { "ip", "icmp", "tcp", "udp", "pkthdr" };

    for (size_t i = 0; i < ROWS(words); i++) {
        if (strlen(words[i]) == t.n && memcmp(words[i], t.p, t.n) == 0) {
            return true;
        }
    }
    return false;
}

/* A service in the place of the protocol: the rule is about flows of that protocol, on any port. */
static bool header_service(struct rule_parse *p, struct header *h)
{
    const char *name = parse_str(p, bytes_of(h->part[1].p, h->part[1].n));
    const char *proto = name ? service_proto(name) : NULL;

    if (proto && strcmp(proto, "file") == 0) { /* files of whatever protocol: the rule's file_data says so */
        h->part[1] = (struct header_token){ "ip", 2 };
        return true;
    }
    if (proto == NULL || !snort3_service(p, name)) {
        return false;
    }
    h->part[1] = (struct header_token){ proto, strlen(proto) };
    return true;
}

/* Events of decoding, defragmentation and streams are the packet's, all others a protocol's. */
static const char *builtin_proto(const char *text)
{
    const char *gid = strstr(text, "gid:");
    unsigned long n = gid ? strtoul(gid + 4, NULL, 10) : 0;

    return n == 112 || n == 116 || n == 122 || n == 123 || n == 129 || n == 136 ? "pkthdr" : "ip";
}

/* "action protocol (": no networks means any.  "action (": the event that gid and sid name. */
static bool short_scan(struct rule_parse *p, const char *text, size_t n, struct header *h)
{
    static const char *const rest[] = { "any", "any", "->", "any", "any" };
    const char *open = memchr(text, '(', n);
    struct words w;
    struct bytes word[3];
    unsigned k = 0;

    if (open == NULL) {
        return false;
    }
    memcpy(p->scratch, text, (size_t)(open - text));
    p->scratch[open - text] = '\0';
    for (w = words_of(p->scratch, ' '); k < 3 && words_next(&w, &word[k]);) {
        k += word[k].n != 0;
    }
    h->builtin = k == 1;
    if (k != 2 && !h->builtin) {
        return false;
    }
    if (h->builtin) {
        const char *proto = builtin_proto(text);
        h->part[1] = (struct header_token){ proto, strlen(proto) };
    }
    for (unsigned i = 0; i < k; i++) {
        h->part[i] = (struct header_token){ text + ((const char *)word[i].p - p->scratch), word[i].n };
        h->column[i] = (uint32_t)((const char *)word[i].p - p->scratch) + 1;
    }
    for (int i = 2; i < HEADER_PARTS; i++) {
        h->part[i] = (struct header_token){ rest[i - 2], strlen(rest[i - 2]) };
        h->column[i] = h->column[1];
    }
    h->options = (size_t)(open - text) + 1;
    return true;
}

bool snort3_header(struct rule_parse *p, const char *text, size_t n, struct header *h)
{
    if (!short_scan(p, text, n, h) && !header_scan(p, text, n, h)) {
        return false;
    }
    p->column = h->column[0];
    if (!action_read(p, h->part[0])) {
        return false;
    }
    p->column = h->column[1];
    return is_network(h->part[1]) || header_service(p, h);
}
