/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/dns/dns.h"

#include "base/addr.h"

/* Names of record types and response codes as the IANA registry "Domain Name System (DNS) Parameters" has them. */
struct code_name {
    uint16_t code;
    const char *name;
};

static const struct code_name type_names[] = {
    { 1, "A" },        { 2, "NS" },       { 3, "MD" },       { 4, "MF" },      { 5, "CNAME" },  { 6, "SOA" },         { 7, "MB" },
    { 8, "MG" },       { 9, "MR" },       { 10, "NULL" },    { 11, "WKS" },    { 12, "PTR" },   { 13, "HINFO" },      { 14, "MINFO" },
    { 15, "MX" },      { 16, "TXT" },     { 17, "RP" },      { 18, "AFSDB" },  { 19, "X25" },   { 20, "ISDN" },       { 21, "RT" },
    { 22, "NSAP" },    { 23, "NSAPPTR" }, { 24, "SIG" },     { 25, "KEY" },    { 26, "PX" },    { 27, "GPOS" },       { 28, "AAAA" },
    { 29, "LOC" },     { 30, "NXT" },     { 33, "SRV" },     { 34, "ATMA" },   { 35, "NAPTR" }, { 36, "KX" },         { 37, "CERT" },
    { 38, "A6" },      { 39, "DNAME" },   { 41, "OPT" },     { 42, "APL" },    { 43, "DS" },    { 44, "SSHFP" },      { 45, "IPSECKEY" },
    { 46, "RRSIG" },   { 47, "NSEC" },    { 48, "DNSKEY" },  { 49, "DHCID" },  { 50, "NSEC3" }, { 51, "NSEC3PARAM" }, { 52, "TLSA" },
    { 55, "HIP" },     { 59, "CDS" },     { 60, "CDNSKEY" }, { 65, "HTTPS" },  { 99, "SPF" },   { 249, "TKEY" },      { 250, "TSIG" },
    { 254, "MAILA" },  { 255, "ANY" },    { 256, "URI" },
};
static const struct code_name rcode_names[] = {
    { 0, "NOERROR" }, { 1, "FORMERR" },  { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" },   { 5, "REFUSED" },
    { 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSET" },  { 9, "NOTAUTH" },  { 10, "NOTZONE" },
    { 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" }, { 19, "BADMODE" }, { 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" },
};

static const char *code_name(const struct code_name *rows, size_t n, unsigned code, char room[8])
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].code == code) {
            return rows[i].name;
        }
    }
    unsigned at = 7;
    room[at] = '\0';
    do {
        room[--at] = (char)('0' + code % 10);
        code /= 10;
    } while (code != 0);
    return &room[at];
}

static bool code_named(const struct code_name *rows, size_t n, struct bytes name, uint64_t *code)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes_is_nocase(name, rows[i].name)) {
            *code = rows[i].code;
            return true;
        }
    }
    return false;
}

bool dns_type_named(struct bytes name, uint64_t *code) { return code_named(type_names, ROWS(type_names), name, code); }
bool dns_rcode_named(struct bytes name, uint64_t *code) { return code_named(rcode_names, ROWS(rcode_names), name, code); }

static const char *type_name(unsigned code, char room[8]) { return code_name(type_names, ROWS(type_names), code, room); }

/* Is `word` among the comma-separated words of `list`?  NULL lists everything. */
static bool listed(const char *list, const char *word)
{
    if (list == NULL) {
        return true;
    }
    struct rd r = rd_of(bytes_str(list));
    while (rd_left(&r) != 0) {
        bool found;
        struct bytes one = bytes_trim(rd_until(&r, ',', &found), " ");
        if (bytes_is_nocase(one, word)) {
            return true;
        }
    }
    return false;
}

static void log_address(struct json *j, const char *key, struct bytes b)
{
    char text[ADDR_TEXT_MAX];

    if (b.n == 4 || b.n == 16) {
        struct addr a = b.n == 4 ? addr_from4(b.p) : addr_from6(b.p);
        addr_text(&a, b.n == 4 ? FAMILY_4 : FAMILY_6, text);
        json_string(j, key, text);
    } else {
        json_bytes(j, key, b);
    }
}

static void log_soa(struct json *j, const char *key, const struct dns_soa *s)
{
    json_object(j, key);
    json_bytes(j, "mname", s->mname);
    json_bytes(j, "rname", s->rname);
    json_u64(j, "serial", s->serial);
    json_u64(j, "refresh", s->refresh);
    json_u64(j, "retry", s->retry);
    json_u64(j, "expire", s->expire);
    json_u64(j, "minimum", s->minimum);
    json_end_object(j);
}

static void log_options(struct json *j, struct rd r)
{
    json_array(j, "opt");
    while (rd_left(&r) != 0) {
        uint16_t code = rd_be16(&r);
        struct rd data = rd_vec16(&r);
        if (!rd_ok(&r)) {
            break;
        }
        json_object(j, NULL);
        json_u64(j, "code", code);
        json_hex(j, "data", rd_rest(&data), 0);
        json_end_object(j);
    }
    json_end_array(j);
}

/* The record's data, as a value of `key` (grouped answers: key NULL) or under the name of its shape. */
static void log_data(struct json *j, const struct dns_record *x, bool grouped)
{
    const char *rdata = grouped ? NULL : "rdata";

    switch (x->data) {
    case DNS_DATA_ADDRESS: log_address(j, rdata, x->bytes); break;
    case DNS_DATA_NAME:
    case DNS_DATA_TEXT:
    case DNS_DATA_BYTES: json_bytes(j, rdata, x->bytes); break;
    case DNS_DATA_SOA: log_soa(j, grouped ? NULL : "soa", x->soa); break;
    case DNS_DATA_SRV:
        json_object(j, grouped ? NULL : "srv");
        json_u64(j, "priority", x->srv.priority);
        json_u64(j, "weight", x->srv.weight);
        json_u64(j, "port", x->srv.port);
        json_bytes(j, "name", x->srv.name);
        json_end_object(j);
        break;
    case DNS_DATA_SSHFP:
        json_object(j, grouped ? NULL : "sshfp");
        json_hex(j, "fingerprint", x->sshfp.fingerprint, ':');
        json_u64(j, "algo", x->sshfp.algorithm);
        json_u64(j, "type", x->sshfp.type);
        json_end_object(j);
        break;
    case DNS_DATA_OPT:
        if (!grouped) {
            log_options(j, rd_of(x->options));
        }
        break;
    case DNS_DATA_NONE: break;
    }
}

static void log_record(struct json *j, const struct dns_record *x)
{
    char room[8];

    json_object(j, NULL);
    json_bytes(j, "rrname", x->name);
    if (x->cut) {
        json_bool(j, "rrname_truncated", true);
    }
    json_string(j, "rrtype", type_name(x->type, room));
    json_u64(j, "ttl", x->ttl);
    log_data(j, x, false);
    if (x->data_cut) {
        json_bool(j, "rdata_truncated", true);
    }
    json_end_object(j);
}

static void log_section(struct json *j, const char *key, const struct dns *d, unsigned section)
{
    if (d->record_n[section] == 0) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; i < d->record_n[section]; i++) {
        log_record(j, &d->record[section][i]);
    }
    json_end_array(j);
}

/* Answers by type, only their data: one array a type, in the order the types first come. */
static void log_grouped(struct json *j, const struct dns *d)
{
    const struct dns_record *x = d->record[DNS_ANSWERS];
    unsigned n = d->record_n[DNS_ANSWERS];

    json_object(j, "grouped");
    for (unsigned i = 0; i < n; i++) {
        char room[8];
        bool first = x[i].data != DNS_DATA_NONE && x[i].data != DNS_DATA_OPT;
        for (unsigned k = 0; k < i && first; k++) {
            first = x[k].type != x[i].type;
        }
        if (!first) {
            continue;
        }
        json_array(j, type_name(x[i].type, room));
        for (unsigned k = i; k < n; k++) {
            if (x[k].type == x[i].type) {
                log_data(j, &x[k], true);
            }
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void log_flags(struct json *j, uint16_t flags)
{
    static const struct { uint16_t bit; const char *name; } bits[] = { { 0x8000, "qr" }, { 0x0400, "aa" }, { 0x0200, "tc" },
                                                                      { 0x0100, "rd" }, { 0x0080, "ra" }, { 0x0040, "z" } };
    static const char digits[] = "0123456789abcdef";
    char hex[5] = { 0 };
    unsigned n = 0;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = flags >> shift & 0xf;
        if (n != 0 || digit != 0 || shift == 0) {
            hex[n++] = digits[digit];
        }
    }
    json_string(j, "flags", hex);
    for (unsigned i = 0; i < ROWS(bits); i++) {
        if ((flags & bits[i].bit) != 0) {
            json_bool(j, bits[i].name, true);
        }
    }
}

bool dns_log_wanted(const struct txn *t)
{
    const struct dns *d = txn_data_const(t);
    const struct dns_settings *s = txn_settings(t);
    char room[8];

    if (s == NULL) {
        return true;
    }
    if (d->response ? !s->responses : !s->requests) {
        return false;
    }
    if (s->types == NULL || d->query_n == 0) {
        return true;
    }
    for (unsigned i = 0; i < d->query_n; i++) {
        if (listed(s->types, type_name(d->query[i].type, room))) {
            return true;
        }
    }
    return false;
}

void dns_log(const struct txn *t, struct json *j)
{
    const struct dns *d = txn_data_const(t);
    const struct dns_settings *s = txn_settings(t);
    const char *formats = s != NULL ? s->formats : NULL;
    char room[8];

    json_u64(j, "version", 3);
    json_string(j, "type", d->response ? "response" : "request");
    json_u64(j, "tx_id", t->id);
    json_u64(j, "id", d->id);
    log_flags(j, d->flags);
    json_u64(j, "opcode", DNS_OPCODE(d->flags));
    json_string(j, "rcode", code_name(rcode_names, ROWS(rcode_names), DNS_RCODE(d->flags), room));
    if (d->query_n != 0) {
        json_array(j, "queries");
        for (unsigned i = 0; i < d->query_n; i++) {
            json_object(j, NULL);
            json_bytes(j, "rrname", d->query[i].name);
            json_string(j, "rrtype", type_name(d->query[i].type, room));
            if (d->query[i].cut) {
                json_bool(j, "rrname_truncated", true);
            }
            json_end_object(j);
        }
        json_end_array(j);
    }
    if (listed(formats, "detailed")) {
        log_section(j, "answers", d, DNS_ANSWERS);
    }
    if (d->record_n[DNS_ANSWERS] != 0 && listed(formats, "grouped")) {
        log_grouped(j, d);
    }
    log_section(j, "authorities", d, DNS_AUTHORITIES);
    log_section(j, "additionals", d, DNS_ADDITIONALS);
}
