/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of mDNS (RFC 6762) and LLMNR (RFC 4795) in records: as Suricata's EVE has the first.
 */
#include "wire/dnsmsg.h"

enum { KEY_MAX = 16, TYPE_PTR = 12, TYPE_TXT = 16 };

/* The name of a record type in lower case. */
static const char *type_key(unsigned type, char key[KEY_MAX])
{
    char room[8];
    const char *name = dnsmsg_code_text(&dnsmsg_types, type, room);
    unsigned n = 0;

    for (; name[n] != '\0' && n + 1 < KEY_MAX; n++) {
        key[n] = name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] - 'A' + 'a') : name[n];
    }
    key[n] = '\0';
    return key;
}

static void log_data(struct json *j, const char *key, const struct dnsmsg_record *x)
{
    switch (x->data) {
    case DNSMSG_ADDRESS: dnsmsg_log_address(j, key, x->bytes); break;
    case DNSMSG_NAME:
    case DNSMSG_BYTES: json_bytes(j, key, x->bytes); break;
    case DNSMSG_TEXT:
        json_array(j, key);
        for (unsigned i = 0; i < x->text.n; i++) {
            json_bytes(j, NULL, x->text.string[i]);
        }
        json_end_array(j);
        break;
    case DNSMSG_SOA: dnsmsg_log_soa(j, key, x->soa); break;
    case DNSMSG_SRV: dnsmsg_log_srv(j, key, x); break;
    case DNSMSG_SSHFP: dnsmsg_log_sshfp(j, key, x); break;
    case DNSMSG_OPT: dnsmsg_log_options(j, key, x->options); break;
    case DNSMSG_NOTHING: break;
    }
}

/* Has Suricata's schema a place for the data of such records? */
static bool published(unsigned type) { return type == TYPE_PTR || type == TYPE_TXT; }

static void log_section(struct json *j, const char *key, const struct dnsmsg *m, enum dnsmsg_section section)
{
    char type[KEY_MAX];
    bool open = false;

    for (unsigned i = 0; i < m->record_n[section]; i++) {
        const struct dnsmsg_record *x = &m->record[section][i];
        if (section == DNSMSG_ADDITIONALS && x->data == DNSMSG_OPT && x->options.n == 0) {
            continue;
        }
        if (!open) {
            json_array(j, key);
            open = true;
        }
        json_object(j, NULL);
        json_bytes(j, "rrname", x->name);
        if (x->cut) {
            json_bool(j, "rrname_truncated", true);
        }
        if (json_own(j) || (published(x->type) && section != DNSMSG_AUTHORITIES)) {
            log_data(j, type_key(x->type, type), x);
        }
        if (x->data_cut && json_own(j)) {
            json_bool(j, "rdata_truncated", true);
        }
        json_end_object(j);
    }
    if (open) {
        json_end_array(j);
    }
}

static void log_flags(struct json *j, uint16_t flags)
{
    static const struct { uint16_t bit; const char *name; } bits[] = { { 0x0400, "aa" }, { 0x0200, "tc" }, { 0x0100, "rd" }, { 0x0080, "ra" },
                                                                      { 0x0040, "z" },  { 0x0020, "ad" }, { 0x0010, "cd" } };
    bool open = false;

    for (unsigned i = 0; i < ROWS(bits); i++) {
        if ((flags & bits[i].bit) == 0) {
            continue;
        }
        if (!open) {
            json_array(j, "flags");
            open = true;
        }
        json_string(j, NULL, bits[i].name);
    }
    if (open) {
        json_end_array(j);
    }
}

void dnsmsg_log_local(struct json *j, const struct dnsmsg *m)
{
    char type[KEY_MAX];

    json_string(j, "type", dnsmsg_response(m) ? "response" : "request");
    json_u64(j, "id", m->id);
    log_flags(j, m->flags);
    json_u64(j, "opcode", DNSMSG_OPCODE(m->flags));
    json_u64(j, "rcode", DNSMSG_RCODE(m->flags));
    if (m->query_n != 0) {
        json_array(j, "queries");
        for (unsigned i = 0; i < m->query_n; i++) {
            json_object(j, NULL);
            json_bytes(j, "rrname", m->query[i].name);
            json_string(j, "rrtype", type_key(m->query[i].type, type));
            if (m->query[i].cut) {
                json_bool(j, "rrname_truncated", true);
            }
            json_end_object(j);
        }
        json_end_array(j);
    }
    log_section(j, "answers", m, DNSMSG_ANSWERS);
    log_section(j, "authorities", m, DNSMSG_AUTHORITIES);
    log_section(j, "additionals", m, DNSMSG_ADDITIONALS);
}
