/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages in records: the names of their codes, and the parts that the records of several protocols share.
 */
#include "base/addr.h"
#include "wire/dnsmsg.h"

/* Names of record types and response codes as the IANA registry "Domain Name System (DNS) Parameters" has them. */
static const struct code type_names[] = {
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
static const struct code rcode_names[] = {
    { 0, "NOERROR" }, { 1, "FORMERR" },  { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" },   { 5, "REFUSED" },
    { 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSET" },  { 9, "NOTAUTH" },  { 10, "NOTZONE" },
    { 16, "BADVERS" }, { 17, "BADKEY" }, { 18, "BADTIME" }, { 19, "BADMODE" }, { 20, "BADNAME" }, { 21, "BADALG" }, { 22, "BADTRUNC" },
};

const struct names dnsmsg_types = { .codes = type_names, .n = ROWS(type_names) };
const struct names dnsmsg_rcodes = { .codes = rcode_names, .n = ROWS(rcode_names) };

const char *dnsmsg_code_text(const struct names *of, unsigned code, char room[8])
{
    const char *name = names_name(of, code);
    unsigned at = 7;

    if (name != NULL) {
        return name;
    }
    room[at] = '\0';
    do {
        room[--at] = (char)('0' + code % 10);
        code /= 10;
    } while (code != 0);
    return &room[at];
}

void dnsmsg_log_address(struct json *j, const char *key, struct bytes b)
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

void dnsmsg_log_soa(struct json *j, const char *key, const struct dnsmsg_soa *s)
{
    json_object(j, key);
    json_bytes(j, "mname", s->mname);
    if (s->mname_cut) {
        json_bool(j, "mname_truncated", true);
    }
    json_bytes(j, "rname", s->rname);
    if (s->rname_cut) {
        json_bool(j, "rname_truncated", true);
    }
    json_u64(j, "serial", s->serial);
    json_u64(j, "refresh", s->refresh);
    json_u64(j, "retry", s->retry);
    json_u64(j, "expire", s->expire);
    json_u64(j, "minimum", s->minimum);
    json_end_object(j);
}

void dnsmsg_log_srv(struct json *j, const char *key, const struct dnsmsg_record *x)
{
    json_object(j, key);
    json_u64(j, "priority", x->srv.priority);
    json_u64(j, "weight", x->srv.weight);
    json_u64(j, "port", x->srv.port);
    json_bytes(j, "name", x->srv.name);
    json_end_object(j);
}

void dnsmsg_log_sshfp(struct json *j, const char *key, const struct dnsmsg_record *x)
{
    json_object(j, key);
    json_hex(j, "fingerprint", x->sshfp.fingerprint, ':');
    json_u64(j, "algo", x->sshfp.algorithm);
    json_u64(j, "type", x->sshfp.type);
    json_end_object(j);
}

void dnsmsg_log_options(struct json *j, const char *key, struct bytes options)
{
    struct rd r = rd_of(options);
    bool any = false;

    while (rd_left(&r) != 0) {
        uint16_t code = rd_be16(&r);
        struct rd data = rd_vec16(&r);
        if (!rd_ok(&r)) {
            break;
        }
        if (!any) { /* the schema has no empty list */
            json_array(j, key);
        }
        any = true;
        json_object(j, NULL);
        json_u64(j, "code", code);
        json_hex(j, "data", rd_rest(&data), 0);
        json_end_object(j);
    }
    if (any) {
        json_end_array(j);
    }
}

/* The record's data, as a value of the array it stands in (grouped), or under the name of its shape.  text: of several strings. */
static void log_data(struct json *j, const struct dnsmsg_record *x, unsigned text, bool grouped)
{
    const char *rdata = grouped ? NULL : "rdata";

    switch (x->data) {
    case DNSMSG_ADDRESS: dnsmsg_log_address(j, rdata, x->bytes); break;
    case DNSMSG_NAME:
    case DNSMSG_BYTES: json_bytes(j, rdata, x->bytes); break;
    case DNSMSG_TEXT: json_bytes(j, rdata, text < x->text.n ? x->text.string[text] : bytes_none()); break;
    case DNSMSG_SOA: dnsmsg_log_soa(j, grouped ? NULL : "soa", x->soa); break;
    case DNSMSG_SRV: dnsmsg_log_srv(j, grouped ? NULL : "srv", x); break;
    case DNSMSG_SSHFP: dnsmsg_log_sshfp(j, grouped ? NULL : "sshfp", x); break;
    case DNSMSG_OPT:
        if (!grouped) {
            dnsmsg_log_options(j, "opt", x->options);
        }
        break;
    case DNSMSG_NOTHING: break;
    }
}

/* A record of several strings shows each as a record of its own. */
static unsigned shown(const struct dnsmsg_record *x) { return x->data == DNSMSG_TEXT && x->text.n > 1 ? x->text.n : 1; }

static void log_record(struct json *j, const struct dnsmsg_record *x, unsigned text)
{
    char room[8];

    json_object(j, NULL);
    json_bytes(j, "rrname", x->name);
    if (x->cut) {
        json_bool(j, "rrname_truncated", true);
    }
    json_string(j, "rrtype", dnsmsg_code_text(&dnsmsg_types, x->type, room));
    json_u64(j, "ttl", x->ttl);
    log_data(j, x, text, false);
    if (x->data_cut && json_own(j)) {
        json_bool(j, "rdata_truncated", true);
    }
    json_end_object(j);
}

void dnsmsg_log_section(struct json *j, const char *key, const struct dnsmsg *m, enum dnsmsg_section section)
{
    if (m->record_n[section] == 0) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; i < m->record_n[section]; i++) {
        const struct dnsmsg_record *x = &m->record[section][i];
        for (unsigned text = 0; text < shown(x); text++) {
            log_record(j, x, text);
        }
    }
    json_end_array(j);
}

static bool groupable(const struct dnsmsg_record *x) { return x->data != DNSMSG_NOTHING && x->data != DNSMSG_OPT; }

/* Answers by type, only their data: one array a type, in the order the types first come. */
void dnsmsg_log_grouped(struct json *j, const struct dnsmsg *m)
{
    const struct dnsmsg_record *x = m->record[DNSMSG_ANSWERS];
    unsigned n = m->record_n[DNSMSG_ANSWERS];

    json_object(j, "grouped");
    for (unsigned i = 0; i < n; i++) {
        char room[8];
        bool first = groupable(&x[i]);
        for (unsigned k = 0; k < i && first; k++) {
            first = x[k].type != x[i].type;
        }
        if (!first) {
            continue;
        }
        json_array(j, dnsmsg_code_text(&dnsmsg_types, x[i].type, room));
        for (unsigned k = i; k < n; k++) {
            for (unsigned text = 0; x[k].type == x[i].type && text < shown(&x[k]); text++) {
                log_data(j, &x[k], text, true);
            }
        }
        json_end_array(j);
    }
    json_end_object(j);
}

void dnsmsg_log_flags(struct json *j, uint16_t flags)
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

void dnsmsg_log_query(struct json *j, const struct dnsmsg_query *q)
{
    char room[8];

    json_bytes(j, "rrname", q->name);
    json_string(j, "rrtype", dnsmsg_code_text(&dnsmsg_types, q->type, room));
    if (q->cut) {
        json_bool(j, "rrname_truncated", true);
    }
}

/* ------- a message ------- */

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

const struct dnsmsg_query *dnsmsg_shown_query(const struct dnsmsg *m, const struct dnsmsg_shown *how, unsigned i)
{
    char room[8];

    for (unsigned k = 0; k < m->query_n; k++) {
        if (listed(how->types, dnsmsg_code_text(&dnsmsg_types, m->query[k].type, room)) && i-- == 0) {
            return &m->query[k];
        }
    }
    return NULL;
}

bool dnsmsg_is_shown(const struct dnsmsg *m, const struct dnsmsg_shown *how)
{
    return how->types == NULL || m->query_n == 0 || dnsmsg_shown_query(m, how, 0) != NULL;
}

void dnsmsg_log_rcode(struct json *j, const struct dnsmsg *m)
{
    char room[8];

    json_string(j, "rcode", dnsmsg_code_text(&dnsmsg_rcodes, DNSMSG_RCODE(m->flags), room));
}

void dnsmsg_log_records(struct json *j, const struct dnsmsg *m, const struct dnsmsg_shown *how)
{
    if (listed(how->formats, "detailed")) {
        dnsmsg_log_section(j, "answers", m, DNSMSG_ANSWERS);
    }
    if (m->record_n[DNSMSG_ANSWERS] != 0 && listed(how->formats, "grouped")) {
        dnsmsg_log_grouped(j, m);
    }
    dnsmsg_log_section(j, "authorities", m, DNSMSG_AUTHORITIES);
}

void dnsmsg_log(struct json *j, const struct dnsmsg *m, uint64_t id, const struct dnsmsg_shown *how)
{
    json_u64(j, "version", 3);
    json_string(j, "type", dnsmsg_response(m) ? "response" : "request");
    json_u64(j, "tx_id", id);
    json_u64(j, "id", m->id);
    dnsmsg_log_flags(j, m->flags);
    json_u64(j, "opcode", DNSMSG_OPCODE(m->flags));
    dnsmsg_log_rcode(j, m);
    if (m->query_n != 0) {
        json_array(j, "queries");
        for (unsigned i = 0; i < m->query_n; i++) {
            json_object(j, NULL);
            dnsmsg_log_query(j, &m->query[i]);
            json_end_object(j);
        }
        json_end_array(j);
    }
    dnsmsg_log_records(j, m, how);
    dnsmsg_log_section(j, "additionals", m, DNSMSG_ADDITIONALS);
}
