/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NetFlow 5 (Cisco's documents), NetFlow 9 (RFC 3954), IPFIX (RFC 7011). */
#include "proto/flow_export/flow_export.h"

enum { V5_HEAD = 24, V5_ROW = 48, V9_HEAD = 20, IPFIX_HEAD = 16, VARIABLE = 65535 };

/* What stands in front of the sets. */
struct head {
    uint32_t uptime, time;       /* ms, s */
    uint32_t sequence, source;
    uint16_t count;              /* records, not for IPFIX */
};

bool netflow_is(struct rd r)
{
    uint16_t version = rd_be16(&r), count = rd_be16(&r);
    size_t left = rd_left(&r);

    if (!rd_ok(&r)) {
        return false;
    }
    if (version == 5) {
        return count >= 1 && count <= 30 && left + 4 == V5_HEAD + (size_t)count * V5_ROW;
    }
    if (version == 10 && count != left + 4) { /* RFC 7011 3.1: the length of all */
        return false;
    }
    if (version != 9 && version != 10) {
        return false;
    }
    rd_skip(&r, version == 9 ? V9_HEAD - 4 : IPFIX_HEAD - 4);
    for (bool any = false; rd_ok(&r); any = true) { /* sets fill it */
        if (rd_left(&r) < 4) {
            return any;
        }
        uint16_t id = rd_be16(&r), n = rd_be16(&r);
        bool known = id >= 256 || (version == 9 ? id < 2 : id == 2 || id == 3);
        if (!known || n < 4) {
            return false;
        }
        rd_skip(&r, n - 4u);
    }
    return false;
}

/* ---- templates ---- */

static struct export_template *template_of(struct export_state *s, uint32_t source, uint16_t id)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (s->template[i].id == id && s->template[i].source == source) {
            return &s->template[i];
        }
    }
    return NULL;
}

/* A template takes the place of the one before (RFC 7011 8.1; in RFC 3954 9 likewise). */
static void template_keep(struct conn *c, struct txn *t, const struct export_template *new)
{
    struct export_state *s = conn_state(c);
    struct export_template *to = template_of(s, new->source, new->id);

    if (s->template == NULL) {
        s->template = arena_zero(conn_arena(c), TEMPLATES_MAX * sizeof *s->template);
    }
    if (to == NULL && s->template != NULL && s->n < TEMPLATES_MAX) {
        to = &s->template[s->n++];
        to->field = arena_zero(conn_arena(c), TEMPLATE_FIELDS_MAX * sizeof *to->field);
    }
    if (to == NULL || to->field == NULL) {
        txn_note(t, NOTE_TEMPLATES_FULL);
        return;
    }
    to->source = new->source;
    to->id = new->id;
    to->field_n = new->field_n;
    for (unsigned i = 0; i < new->field_n; i++) {
        to->field[i] = new->field[i];
    }
}

static bool template_read(struct rd *r, bool ipfix, struct export_template *to)
{
    to->id = rd_be16(r);
    to->field_n = rd_be16(r);
    for (unsigned i = 0; i < to->field_n && rd_ok(r); i++) {
        uint16_t id = rd_be16(r), n = rd_be16(r);
        bool own = ipfix && (id & 0x8000) != 0; /* RFC 7011 3.2 */
        rd_skip(r, own ? 4 : 0);
        if (i < TEMPLATE_FIELDS_MAX) {
            to->field[i] = (struct export_field){ .id = id & 0x7fff, .n = n, .own = own || (!ipfix && (id & 0x8000) != 0) };
        }
    }
    return rd_ok(r) && to->id >= 256 && to->field_n <= TEMPLATE_FIELDS_MAX;
}

static void templates_read(struct conn *c, struct txn *t, bool ipfix, uint32_t source, struct rd r)
{
    struct export_field fields[TEMPLATE_FIELDS_MAX];
    struct export *e = txn_data(t);

    while (rd_left(&r) >= 4) {
        struct export_template one = { .source = source, .field = fields };
        if (!template_read(&r, ipfix, &one)) {
            txn_note(t, NOTE_MALFORMED);
            return;
        }
        e->templates++;
        template_keep(c, t, &one);
    }
}

/* ---- data ---- */

static uint64_t number(struct bytes b)
{
    struct rd r = rd_of(b);
    uint64_t x = 0;

    while (rd_left(&r) != 0 && b.n <= 8) {
        x = x << 8 | rd_u8(&r);
    }
    return x;
}

static void address(struct export_row *row, unsigned which, struct bytes b, unsigned family)
{
    if (b.n == (family == FAMILY_4 ? 4u : 16u)) {
        row->addr[which] = family == FAMILY_4 ? addr_from4(b.p) : addr_from6(b.p);
        row->family = (uint8_t)family;
    }
}

/* Of a time since the exporter started. */
static uint64_t since_start(const struct head *h, uint64_t ms) { return (uint64_t)h->time * 1000 + ms - h->uptime; }

/* IANA's "IPFIX Information Elements"; those of NetFlow 9 are the same up to 127. */
static void element(struct export_row *row, const struct head *h, unsigned id, struct bytes b)
{
    switch (id) {
    case 1: case 85: row->bytes = number(b); break;
    case 2: case 86: row->packets = number(b); break;
    case 4: row->proto = (uint8_t)number(b); break;
    case 6: row->tcp_flags = (uint8_t)number(b); break;
    case 7: row->port[0] = (uint16_t)number(b); break;
    case 8: address(row, 0, b, FAMILY_4); break;
    case 11: row->port[1] = (uint16_t)number(b); break;
    case 12: address(row, 1, b, FAMILY_4); break;
    case 21: row->last = since_start(h, number(b)); break;
    case 22: row->first = since_start(h, number(b)); break;
    case 27: address(row, 0, b, FAMILY_6); break;
    case 28: address(row, 1, b, FAMILY_6); break;
    case 58: row->vlan = (uint16_t)number(b); break;
    case 150: row->first = number(b) * 1000; break;
    case 151: row->last = number(b) * 1000; break;
    case 152: row->first = number(b); break;
    case 153: row->last = number(b); break;
    default: break;
    }
}

/* One record by its template.  False: it does not fit. */
static bool record_read(const struct export_template *by, const struct head *h, struct rd *r, struct export_row *row)
{
    for (unsigned i = 0; i < by->field_n; i++) {
        size_t n = by->field[i].n;
        if (n == VARIABLE) { /* RFC 7011 7 */
            n = rd_u8(r);
            n = n == 255 ? rd_be16(r) : n;
        }
        struct bytes b = rd_bytes(r, n);
        if (!rd_ok(r)) {
            return false;
        }
        if (!by->field[i].own) {
            element(row, h, by->field[i].id, b);
        }
    }
    return true;
}

static void data_read(struct txn *t, const struct export_template *by, const struct head *h, struct rd r)
{
    struct export *e = txn_data(t);

    while (rd_left(&r) >= 4 && by->field_n != 0) { /* less is padding */
        struct export_row row = { 0 };
        size_t before = rd_left(&r);
        if (!record_read(by, h, &r, &row) || rd_left(&r) == before) {
            return;
        }
        struct export_row *to = row.family != FAMILY_NONE ? export_row_new(t) : NULL;
        if (to != NULL) {
            *to = row;
        } else if (row.family != FAMILY_NONE) {
            txn_note(t, NOTE_TOO_MANY);
            return;
        } else {
            e->skipped++;
        }
    }
}

static bool sets_read(struct conn *c, struct txn *t, bool ipfix, const struct head *h, struct rd r)
{
    struct export *e = txn_data(t);

    while (rd_left(&r) >= 4) {
        uint16_t id = rd_be16(&r), n = rd_be16(&r);
        struct rd set = rd_sub(&r, n < 4 ? SIZE_MAX : n - 4u);
        if (!rd_ok(&set)) {
            return false;
        }
        const struct export_template *by = id >= 256 ? template_of(conn_state(c), h->source, id) : NULL;
        if (id == (ipfix ? 2 : 0)) {
            templates_read(c, t, ipfix, h->source, set);
        } else if (by != NULL) {
            data_read(t, by, h, set);
        } else if (id >= 256) { /* of options, or its template was not seen */
            e->skipped++;
            txn_note(t, NOTE_NO_TEMPLATE);
        }
    }
    return true;
}

static bool v5_read(struct txn *t, const struct head *h, struct rd r)
{
    for (unsigned i = 0; i < h->count; i++) {
        struct export_row row = { .family = FAMILY_4 };
        struct rd one = rd_sub(&r, V5_ROW);
        address(&row, 0, rd_bytes(&one, 4), FAMILY_4);
        address(&row, 1, rd_bytes(&one, 4), FAMILY_4);
        rd_skip(&one, 8); /* next hop, interfaces */
        row.packets = rd_be32(&one);
        row.bytes = rd_be32(&one);
        row.first = since_start(h, rd_be32(&one));
        row.last = since_start(h, rd_be32(&one));
        row.port[0] = rd_be16(&one);
        row.port[1] = rd_be16(&one);
        rd_skip(&one, 1);
        row.tcp_flags = rd_u8(&one);
        row.proto = rd_u8(&one);
        struct export_row *to = rd_ok(&one) ? export_row_new(t) : NULL;
        if (to == NULL) {
            return false;
        }
        *to = row;
    }
    return true;
}

bool netflow_read(struct conn *c, struct txn *t, uint16_t version, struct rd r)
{
    struct export *e = txn_data(t);
    struct head h = { .count = rd_be16(&r) };
    bool ipfix = version == 10;

    e->format = version == 5 ? "netflow_5" : ipfix ? "ipfix" : "netflow_9";
    h.uptime = ipfix ? 0 : rd_be32(&r);
    h.time = rd_be32(&r);
    rd_skip(&r, version == 5 ? 4 : 0); /* nanoseconds */
    h.sequence = rd_be32(&r);
    h.source = version == 5 ? rd_be16(&r) : rd_be32(&r);
    rd_skip(&r, version == 5 ? 2 : 0); /* sampling */
    if (!rd_ok(&r)) {
        return false;
    }
    e->time = h.time;
    e->sequence = h.sequence;
    e->source = h.source;
    return version == 5 ? v5_read(t, &h, r) : sets_read(c, t, ipfix, &h, r);
}
