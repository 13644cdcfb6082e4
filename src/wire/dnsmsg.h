/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsmsg - messages of the Domain Name System (RFC 1035, 2782, 3596, 4255, 6891) and of its relatives on the local link.
 *
 * Shared by DNS, mDNS and LLMNR.  Pure functions; everything read goes into the caller's arena.  What is odd about a
 * message is a bit of `problems`, whose numbers are the rows of dnsmsg_notes: the notes of all these protocols.
 */
#ifndef WIRE_DNSMSG_H
#define WIRE_DNSMSG_H

#include "base/arena.h"
#include "base/names.h"
#include "base/rows.h"
#include "base/text.h"

enum { DNSMSG_HEADER = 12 };
enum dnsmsg_section { DNSMSG_ANSWERS, DNSMSG_AUTHORITIES, DNSMSG_ADDITIONALS, DNSMSG_SECTIONS };

enum dnsmsg_problem {
    DNSMSG_MALFORMED, DNSMSG_NOT_REQUEST, DNSMSG_NOT_RESPONSE, DNSMSG_Z_FLAG, DNSMSG_INVALID_OPCODE, DNSMSG_NAME_TOO_LONG,
    DNSMSG_INFINITE_LOOP, DNSMSG_TOO_MANY_LABELS, DNSMSG_INVALID_ADDITIONALS, DNSMSG_INVALID_AUTHORITIES,
    DNSMSG_TOO_MANY_RECORDS, DNSMSG_PROBLEMS
};
extern const struct note_row dnsmsg_notes[DNSMSG_PROBLEMS];

#define DNSMSG_QR 0x8000
#define DNSMSG_Z 0x0040
#define DNSMSG_OPCODE(flags) ((flags) >> 11 & 0xf)
#define DNSMSG_RCODE(flags) ((flags)&0xf)

struct dnsmsg_query {
    struct bytes name;
    uint16_t type, class;
    bool cut;                 /* name longer than what is kept */
};

struct dnsmsg_soa {
    struct bytes mname, rname;
    uint32_t serial, refresh, retry, expire, minimum;
    bool mname_cut, rname_cut;
};

struct dnsmsg_record {
    struct bytes name;
    uint16_t type, class;
    uint32_t ttl;
    bool cut;
    enum dnsmsg_data { DNSMSG_NOTHING, DNSMSG_ADDRESS, DNSMSG_NAME, DNSMSG_TEXT, DNSMSG_BYTES, DNSMSG_SOA, DNSMSG_SRV, DNSMSG_SSHFP,
                       DNSMSG_OPT } data;
    bool data_cut;
    union {
        struct bytes bytes;   /* address, name, other */
        struct { struct bytes *string; uint32_t n; } text;
        struct dnsmsg_soa *soa;
        struct { uint16_t priority, weight, port; struct bytes name; } srv;
        struct { uint8_t algorithm, type; struct bytes fingerprint; } sshfp;
        struct bytes options; /* OPT: code, length, data … as on the wire */
    };
};

struct dnsmsg {
    uint16_t id, flags;
    uint32_t problems;        /* bit 1 << enum dnsmsg_problem */
    struct dnsmsg_query *query;
    uint16_t query_n;
    struct dnsmsg_record *record[DNSMSG_SECTIONS];
    uint16_t record_n[DNSMSG_SECTIONS];
};

static inline bool dnsmsg_response(const struct dnsmsg *m) { return (m->flags & DNSMSG_QR) != 0; }

/* Reads one whole message.  False when there is not even a header; else what can be read is there, and problems say the rest. */
bool dnsmsg_read(struct rd r, struct arena *a, struct dnsmsg *m);

/* Could this be a message?  Looks at the header and the first question or record. */
enum dnsmsg_likely { DNSMSG_UNLIKELY, DNSMSG_LIKELY_REQUEST, DNSMSG_LIKELY_RESPONSE };
enum dnsmsg_likely dnsmsg_likely(struct rd message);
/* Could the first bytes of a message of n bytes be these?  Only the header is looked at. */
bool dnsmsg_header_likely(struct rd head, size_t n);

/* Names and types by number; false past the end. */
bool dnsmsg_query_name(const struct dnsmsg *m, unsigned i, struct bytes *out);
bool dnsmsg_record_name(const struct dnsmsg *m, enum dnsmsg_section section, unsigned i, struct bytes *out);
/* The address of the i-th answer that is one. */
bool dnsmsg_address(const struct dnsmsg *m, unsigned i, struct bytes *out);
/* The name of the i-th address among answers and additional records: on the link, one that the sender owns. */
bool dnsmsg_owner(const struct dnsmsg *m, unsigned i, struct bytes *out);
/* All names of a message: of questions, of records, and those that are records' data. */
bool dnsmsg_any_name(const struct dnsmsg *m, unsigned i, struct bytes *out);
/* What a server tells of its software: the text for version.bind or version.server, class CH (RFC 4892). */
bool dnsmsg_version(const struct dnsmsg *m, unsigned i, struct bytes *out);
/* Types of the questions, and of the answers of a response. */
bool dnsmsg_type(const struct dnsmsg *m, unsigned i, uint64_t *out);

/* Numbers of the message itself: one each. */
static inline bool dnsmsg_opcode(const struct dnsmsg *m, unsigned i, uint64_t *out)
{
    *out = DNSMSG_OPCODE(m->flags);
    return i == 0;
}

static inline bool dnsmsg_rcode(const struct dnsmsg *m, unsigned i, uint64_t *out)
{
    *out = DNSMSG_RCODE(m->flags);
    return i == 0;
}

/* Codes by the names the IANA registry has. */
extern const struct names dnsmsg_types, dnsmsg_rcodes;
const char *dnsmsg_code_text(const struct names *of, unsigned code, char room[8]); /* in room: the number, when it has no name */

/* Parts of records, as Suricata's EVE has them. */
struct dnsmsg_shown {
    const char *formats, *types; /* comma separated: "detailed", "grouped"; record types that are told of.  NULL: all */
};
void dnsmsg_log(struct json *j, const struct dnsmsg *m, uint64_t id, const struct dnsmsg_shown *how); /* the members of a message's object */
void dnsmsg_log_rcode(struct json *j, const struct dnsmsg *m);
void dnsmsg_log_records(struct json *j, const struct dnsmsg *m, const struct dnsmsg_shown *how); /* answers and authorities */
/* The i-th question of a type that is told of; NULL past the last. */
const struct dnsmsg_query *dnsmsg_shown_query(const struct dnsmsg *m, const struct dnsmsg_shown *how, unsigned i);
bool dnsmsg_is_shown(const struct dnsmsg *m, const struct dnsmsg_shown *how);
void dnsmsg_log_flags(struct json *j, uint16_t flags);       /* "flags":"8180","qr":true … */
void dnsmsg_log_query(struct json *j, const struct dnsmsg_query *q);
void dnsmsg_log_section(struct json *j, const char *key, const struct dnsmsg *m, enum dnsmsg_section section); /* nothing when it is empty */
void dnsmsg_log_grouped(struct json *j, const struct dnsmsg *m);
void dnsmsg_log_address(struct json *j, const char *key, struct bytes b);
void dnsmsg_log_soa(struct json *j, const char *key, const struct dnsmsg_soa *s);
void dnsmsg_log_srv(struct json *j, const char *key, const struct dnsmsg_record *x);
void dnsmsg_log_sshfp(struct json *j, const char *key, const struct dnsmsg_record *x);
void dnsmsg_log_options(struct json *j, const char *key, struct bytes options);
/* All members of a record of mDNS or LLMNR. */
void dnsmsg_log_local(struct json *j, const struct dnsmsg *m);

#endif
