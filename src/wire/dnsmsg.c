/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/dnsmsg.h"

#include "wire/dnsname.h"

enum { QUERIES_MAX = 256, RECORDS_MAX = 512 };
enum { TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_NULL = 10, TYPE_PTR = 12, TYPE_MX = 15, TYPE_TXT = 16, TYPE_AAAA = 28,
       TYPE_SRV = 33, TYPE_OPT = 41, TYPE_SSHFP = 44 };

const struct note_row dnsmsg_notes[DNSMSG_PROBLEMS] = {
    [DNSMSG_MALFORMED] = { "malformed_data", 131, 0, "the message does not hold what its counts say" },
    [DNSMSG_NOT_REQUEST] = { "not_request", 0, 0, "a response was sent towards the server", "not_a_request" },
    [DNSMSG_NOT_RESPONSE] = { "not_response", 0, 0, "a request was sent towards the client", "not_a_response" },
    [DNSMSG_Z_FLAG] = { "z_flag_set", 0, 0, "the reserved bit is set" },
    [DNSMSG_INVALID_OPCODE] = { "invalid_opcode", 0, 0, "operation code above six" },
    [DNSMSG_NAME_TOO_LONG] = { "name_too_long", 0, 0, "a name is longer than is kept" },
    [DNSMSG_INFINITE_LOOP] = { "infinite_loop", 0, 0, "a name's pointers do not end" },
    [DNSMSG_TOO_MANY_LABELS] = { "too_many_labels", 0, 0, "a name has more labels than a name can have" },
    [DNSMSG_INVALID_ADDITIONALS] = { "invalid_additionals", 0, 0, "the additional records cannot be read" },
    [DNSMSG_INVALID_AUTHORITIES] = { "invalid_authorities", 0, 0, "the authority records cannot be read" },
    [DNSMSG_TOO_MANY_RECORDS] = { "too_many_records", 0, 0, "more than 256 questions, or 512 records of a section: what follows is not read" },
};

struct header {
    uint16_t id, flags, count[4];
};

static struct header read_header(struct rd *r)
{
    struct header h = { .id = rd_be16(r) };

    h.flags = rd_be16(r);
    for (unsigned i = 0; i < 4; i++) {
        h.count[i] = rd_be16(r);
    }
    return h;
}

static void problem(struct dnsmsg *m, enum dnsmsg_problem p) { m->problems |= 1u << p; }

/* ------- does it look like a message ------- */

/* Could a message of n bytes begin so?  A record needs at least two bytes; none at all is a server's refusal. */
static bool header_likely(const struct header *h, size_t n)
{
    unsigned least = 2u * h->count[0];

    for (unsigned i = 1; i < 4; i++) {
        least += 2u * h->count[i];
    }
    return least + DNSMSG_HEADER <= n && (least != 0 || (n == DNSMSG_HEADER && (h->flags & DNSMSG_QR) != 0));
}

/* The first question or record must have a readable name. */
static bool body_likely(struct rd r, struct bytes message, const struct header *h)
{
    uint8_t n;

    for (unsigned labels = 0; labels < 128; labels++) {
        n = rd_u8(&r);
        if (n == 0 || (n & 0xc0) == 0xc0) {
            break;
        }
        if (n > 63) {
            return false;
        }
        rd_skip(&r, n);
    }
    if ((n & 0xc0) == 0xc0) {
        size_t to = (size_t)(n & 0x3f) << 8 | rd_u8(&r);
        if (to >= message.n) {
            return false;
        }
    }
    rd_skip(&r, h->count[0] != 0 ? 4 : 10);
    return rd_ok(&r);
}

bool dnsmsg_header_likely(struct rd head, size_t n)
{
    struct header h = read_header(&head);

    return rd_ok(&head) && header_likely(&h, n);
}

enum dnsmsg_likely dnsmsg_likely(struct rd r)
{
    struct bytes message = rd_peek(&r);
    struct header h = read_header(&r);

    if (!rd_ok(&r) || !header_likely(&h, message.n) || (message.n != DNSMSG_HEADER && !body_likely(r, message, &h))) {
        return DNSMSG_UNLIKELY;
    }
    return (h.flags & DNSMSG_QR) != 0 ? DNSMSG_LIKELY_RESPONSE : DNSMSG_LIKELY_REQUEST;
}

/* ------- reading ------- */

struct reading {
    struct arena *arena;
    struct dnsmsg *m;
    struct bytes message, first; /* first: the name behind the header, to which most others are a pointer */
};

static bool read_name(struct reading *g, struct rd *r, struct bytes *name, bool *cut)
{
    enum { TO_FIRST = 0xc000 | DNSMSG_HEADER };
    struct rd ahead = *r;
    unsigned flags;

    *cut = false;
    if (g->first.n != 0 && rd_be16(&ahead) == TO_FIRST) {
        *r = ahead;
        *name = g->first;
        return true;
    }
    bool is_first = rd_left(r) + DNSMSG_HEADER == g->message.n;
    bool ok = dnsname_read(r, g->message, g->arena, name, &flags);
    if (is_first && ok && flags == 0) {
        g->first = *name;
    }
    *cut = (flags & DNSNAME_CUT) != 0;
    if ((flags & DNSNAME_CUT) != 0) {
        problem(g->m, DNSMSG_NAME_TOO_LONG);
    }
    if ((flags & DNSNAME_LABELS) != 0) {
        problem(g->m, DNSMSG_TOO_MANY_LABELS);
    }
    if ((flags & DNSNAME_LOOP) != 0) {
        problem(g->m, DNSMSG_INFINITE_LOOP);
    }
    return ok;
}

/* n, or as many as are read; what comes behind those is lost then, since where it begins is not looked for. */
static uint16_t at_most(struct dnsmsg *m, uint16_t n, uint16_t max)
{
    if (n > max) {
        problem(m, DNSMSG_TOO_MANY_RECORDS);
    }
    return n < max ? n : max;
}

static bool too_many(const struct dnsmsg *m) { return (m->problems >> DNSMSG_TOO_MANY_RECORDS & 1) != 0; }

static bool read_queries(struct reading *g, struct rd *r, struct dnsmsg *d, uint16_t n)
{
    n = at_most(d, n, QUERIES_MAX);
    d->query = n != 0 ? arena_zero(g->arena, n * sizeof *d->query) : NULL;
    if (n != 0 && d->query == NULL) {
        return false;
    }
    for (; d->query_n < n; d->query_n++) {
        struct dnsmsg_query *q = &d->query[d->query_n];
        if (!read_name(g, r, &q->name, &q->cut)) {
            return false;
        }
        q->type = rd_be16(r);
        q->class = rd_be16(r);
        if (!rd_ok(r)) {
            return false;
        }
    }
    return true;
}

static bool read_soa(struct reading *g, struct rd *r, struct dnsmsg_record *x)
{
    struct dnsmsg_soa *s = arena_zero(g->arena, sizeof *s);

    if (s == NULL || !read_name(g, r, &s->mname, &s->mname_cut) || !read_name(g, r, &s->rname, &s->rname_cut)) {
        return false;
    }
    s->serial = rd_be32(r);
    s->refresh = rd_be32(r);
    s->retry = rd_be32(r);
    s->expire = rd_be32(r);
    s->minimum = rd_be32(r);
    x->data = DNSMSG_SOA;
    x->soa = s;
    return rd_ok(r);
}

/* TXT: one or more strings (RFC 1035 3.3.14). */
static bool read_txt(struct reading *g, struct rd *r, struct dnsmsg_record *x)
{
    uint32_t n = 0;

    for (struct rd count = *r; rd_left(&count) != 0; n++) {
        (void)rd_vec8(&count);
    }
    x->data = DNSMSG_TEXT;
    x->text.n = 0;
    x->text.string = n != 0 ? arena_zero(g->arena, n * sizeof *x->text.string) : NULL;
    while (x->text.string != NULL && x->text.n < n) {
        struct rd one = rd_vec8(r);
        if (!rd_ok(r)) {
            return false;
        }
        x->text.string[x->text.n++] = arena_copy(g->arena, rd_rest(&one));
    }
    return n == 0 || x->text.string != NULL;
}

static bool read_srv(struct reading *g, struct rd *r, struct dnsmsg_record *x)
{
    x->data = DNSMSG_SRV;
    x->srv.priority = rd_be16(r);
    x->srv.weight = rd_be16(r);
    x->srv.port = rd_be16(r);
    return rd_ok(r) && read_name(g, r, &x->srv.name, &x->data_cut);
}

static bool read_data(struct reading *g, struct rd r, struct dnsmsg_record *x)
{
    struct arena *a = g->arena;

    switch (x->type) {
    case TYPE_A:
    case TYPE_AAAA:
        x->data = DNSMSG_ADDRESS;
        x->bytes = arena_copy(a, rd_rest(&r));
        return true;
    case TYPE_MX:
        rd_skip(&r, 2);
        __attribute__((fallthrough));
    case TYPE_CNAME:
    case TYPE_NS:
    case TYPE_PTR:
        x->data = DNSMSG_NAME;
        return rd_ok(&r) && read_name(g, &r, &x->bytes, &x->data_cut);
    case TYPE_SOA: return read_soa(g, &r, x);
    case TYPE_TXT: return read_txt(g, &r, x);
    case TYPE_SRV: return read_srv(g, &r, x);
    case TYPE_SSHFP:
        x->data = DNSMSG_SSHFP;
        x->sshfp.algorithm = rd_u8(&r);
        x->sshfp.type = rd_u8(&r);
        x->sshfp.fingerprint = arena_copy(a, rd_rest(&r));
        return rd_ok(&r);
    case TYPE_OPT:
        x->data = DNSMSG_OPT;
        x->options = arena_copy(a, rd_rest(&r));
        return true;
    case TYPE_NULL:
        x->data = DNSMSG_BYTES;
        x->bytes = arena_copy(a, rd_rest(&r));
        return true;
    default: return true;
    }
}

static bool read_records(struct reading *g, struct rd *r, struct dnsmsg *d, unsigned section, uint16_t n)
{
    if (too_many(d)) {
        return true;
    }
    n = at_most(d, n, RECORDS_MAX);
    n = n < rd_left(r) / 11 + 1 ? n : (uint16_t)(rd_left(r) / 11 + 1);
    d->record[section] = n != 0 ? arena_zero(g->arena, n * sizeof **d->record) : NULL;
    if (n != 0 && d->record[section] == NULL) {
        return false;
    }
    for (uint16_t i = 0; i < n; i++) {
        struct dnsmsg_record *x = &d->record[section][i];
        if (!read_name(g, r, &x->name, &x->cut)) {
            return false;
        }
        x->type = rd_be16(r);
        x->class = rd_be16(r);
        x->ttl = rd_be32(r);
        struct rd data = rd_vec16(r);
        if (!rd_ok(r) || !read_data(g, data, x)) {
            return false;
        }
        d->record_n[section]++;
    }
    return true;
}

/* What is read of a message comes in one piece of the arena, when its counts are likely. */
static void room_for(struct arena *a, const struct header *h, size_t n)
{
    enum { NAME = 64, LIKELY = 64 };
    size_t questions = h->count[0], records = (size_t)h->count[1] + h->count[2] + h->count[3];

    if (questions + records < LIKELY && questions * 5 + records * 11 <= n) {
        arena_room(a, questions * (sizeof(struct dnsmsg_query) + NAME) + records * (sizeof(struct dnsmsg_record) + 3 * NAME / 2));
    }
}

bool dnsmsg_read(struct rd r, struct arena *a, struct dnsmsg *m)
{
    struct reading g = { .arena = a, .m = m, .message = rd_peek(&r) };
    struct header h = read_header(&r);

    *m = (struct dnsmsg){ .id = h.id, .flags = h.flags };
    if (!rd_ok(&r)) {
        return false;
    }
    if ((h.flags & DNSMSG_Z) != 0) { /* RFC 1035 4.1.1: Z must be zero */
        problem(m, DNSMSG_Z_FLAG);
    }
    if (DNSMSG_OPCODE(h.flags) >= 7) {
        problem(m, DNSMSG_INVALID_OPCODE);
    }
    room_for(a, &h, rd_left(&r));
    if (!read_queries(&g, &r, m, h.count[0]) || !read_records(&g, &r, m, DNSMSG_ANSWERS, h.count[1])) {
        problem(m, DNSMSG_MALFORMED);
    } else if (!read_records(&g, &r, m, DNSMSG_AUTHORITIES, h.count[2])) {
        problem(m, DNSMSG_INVALID_AUTHORITIES);
    } else if (!read_records(&g, &r, m, DNSMSG_ADDITIONALS, h.count[3])) {
        problem(m, DNSMSG_INVALID_ADDITIONALS);
    }
    return true;
}

/* ------- by number ------- */

bool dnsmsg_query_name(const struct dnsmsg *m, unsigned i, struct bytes *out)
{
    if (i >= m->query_n) {
        return false;
    }
    *out = m->query[i].name;
    return true;
}

bool dnsmsg_record_name(const struct dnsmsg *m, enum dnsmsg_section section, unsigned i, struct bytes *out)
{
    if (i >= m->record_n[section]) {
        return false;
    }
    *out = m->record[section][i].name;
    return true;
}

bool dnsmsg_address(const struct dnsmsg *m, unsigned i, struct bytes *out)
{
    for (unsigned k = 0; k < m->record_n[DNSMSG_ANSWERS]; k++) {
        const struct dnsmsg_record *x = &m->record[DNSMSG_ANSWERS][k];
        if (x->data == DNSMSG_ADDRESS && i-- == 0) {
            *out = x->bytes;
            return true;
        }
    }
    return false;
}

bool dnsmsg_version(const struct dnsmsg *m, unsigned i, struct bytes *out)
{
    enum { CHAOS = 3 };

    for (unsigned k = 0; k < m->record_n[DNSMSG_ANSWERS]; k++) {
        const struct dnsmsg_record *x = &m->record[DNSMSG_ANSWERS][k];
        bool asked = x->class == CHAOS && (bytes_is_nocase(x->name, "version.bind") || bytes_is_nocase(x->name, "version.server"));
        if (asked && x->data == DNSMSG_TEXT && x->text.n != 0 && i-- == 0) {
            *out = x->text.string[0];
            return out->n != 0;
        }
    }
    return false;
}

bool dnsmsg_owner(const struct dnsmsg *m, unsigned i, struct bytes *out)
{
    static const enum dnsmsg_section sections[] = { DNSMSG_ANSWERS, DNSMSG_ADDITIONALS };

    for (unsigned s = 0; s < ROWS(sections); s++) {
        for (unsigned k = 0; k < m->record_n[sections[s]]; k++) {
            const struct dnsmsg_record *x = &m->record[sections[s]][k];
            if (x->data == DNSMSG_ADDRESS && i-- == 0) {
                *out = x->name;
                return true;
            }
        }
    }
    return false;
}

/* The k-th text that a record carries as its data. */
static bool record_text(const struct dnsmsg_record *x, unsigned k, struct bytes *out)
{
    switch (x->data) {
    case DNSMSG_TEXT:
        *out = k < x->text.n ? x->text.string[k] : bytes_none();
        return k < x->text.n;
    case DNSMSG_NAME:
    case DNSMSG_BYTES: *out = x->bytes; return k == 0;
    case DNSMSG_SOA: *out = x->soa->mname; return k == 0;
    case DNSMSG_SRV: *out = x->srv.name; return k == 0;
    case DNSMSG_NOTHING:
    case DNSMSG_ADDRESS:
    case DNSMSG_SSHFP:
    case DNSMSG_OPT: break;
    }
    return false;
}

bool dnsmsg_any_name(const struct dnsmsg *m, unsigned i, struct bytes *out)
{
    if (i < m->query_n) {
        return dnsmsg_query_name(m, i, out);
    }
    i -= m->query_n;
    for (unsigned s = 0; s < DNSMSG_SECTIONS; s++) {
        for (unsigned k = 0; k < m->record_n[s]; k++) {
            const struct dnsmsg_record *x = &m->record[s][k];
            if (i-- == 0) {
                *out = x->name;
                return true;
            }
            if (record_text(x, i, out)) {
                return true;
            }
            i -= x->data == DNSMSG_TEXT ? x->text.n : record_text(x, 0, out);
        }
    }
    return false;
}

bool dnsmsg_type(const struct dnsmsg *m, unsigned i, uint64_t *out)
{
    if (i < m->query_n) {
        *out = m->query[i].type;
        return true;
    }
    i -= m->query_n;
    if (!dnsmsg_response(m) || i >= m->record_n[DNSMSG_ANSWERS]) {
        return false;
    }
    *out = m->record[DNSMSG_ANSWERS][i].type;
    return true;
}
