/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an application fragment holds: the heads of objects, and their points, laid out by the rows of dnp3_objects.list.
 */
#include "proto/dnp3/dnp3.h"

enum prefix { ANY, SIZED /* by a size of any width */, SIZED_16 };
enum form { BIT_FIELD, UNSIGNED, SIGNED, FLOAT, LENGTH /* of a text or bytes that follow, in this order */, CHARACTERS, OCTETS };
enum { LENGTHS_MAX = 4, REST = 0xff /* as many octets as the prefix leaves */ };

/* One part of a point.  n: bits of a bit field, octets of the others; 0: as many as the next length says. */
struct part {
    const char *name;
    uint8_t form, n;
};
struct layout {
    uint8_t group, variation, packed, prefix, part_n;
    const struct part *part;
};

#define BITS(name, n) { #name, BIT_FIELD, n }
#define U8(name) { #name, UNSIGNED, 1 }
#define U16(name) { #name, UNSIGNED, 2 }
#define U24(name) { #name, UNSIGNED, 3 }
#define U32(name) { #name, UNSIGNED, 4 }
#define TIME(name) { #name, UNSIGNED, 6 }
#define I16(name) { #name, SIGNED, 2 }
#define I32(name) { #name, SIGNED, 4 }
#define F32(name) { #name, FLOAT, 4 }
#define F64(name) { #name, FLOAT, 8 }
#define SIZE(name) { #name, LENGTH, 2 }
#define TEXT4(name) { #name, CHARACTERS, 4 }
#define TEXT(name) { #name, CHARACTERS, 0 }
#define DATA(name) { #name, OCTETS, 0 }
#define REST_TEXT(name) { #name, CHARACTERS, REST }
#define REST_DATA(name) { #name, OCTETS, REST }
#define QUALITY BITS(online, 1), BITS(restart, 1), BITS(comm_lost, 1), BITS(remote_forced, 1), BITS(local_forced, 1)
#define FLAGS_BINARY QUALITY, BITS(chatter_filter, 1), BITS(reserved, 1), BITS(state, 1)
#define FLAGS_DOUBLE QUALITY, BITS(chatter_filter, 1), BITS(state, 2)
#define FLAGS_OUTPUT QUALITY, BITS(reserved0, 1), BITS(reserved1, 1), BITS(state, 1)
#define FLAGS_COUNTER QUALITY, BITS(rollover, 1), BITS(discontinuity, 1), BITS(reserved0, 1)
#define FLAGS_COUNTER1 QUALITY, BITS(rollover, 1), BITS(discontinuity, 1), BITS(reserved1, 1)
#define FLAGS_DELTA QUALITY, BITS(rollover, 1), BITS(reserved0, 1), BITS(reserved1, 1)
#define FLAGS_ANALOG QUALITY, BITS(over_range, 1), BITS(reference_err, 1), BITS(reserved0, 1)
#define FLAGS_SECURITY QUALITY, BITS(reserved0, 1), BITS(discontinuity, 1), BITS(reserved1, 1)
#define CONTROL_CODE BITS(op_type, 4), BITS(qu, 1), BITS(cr, 1), BITS(tcc, 2)
#define CONTROL_STATUS BITS(status_code, 7), BITS(reserved, 1)
#define COMMAND_STATUS BITS(status_code, 7), BITS(reserved0, 1)
#define COMMAND_STATE BITS(status_code, 7), BITS(commanded_state, 1)
#define BUFFER_FILL BITS(fill_percentage, 7), BITS(overflow_state, 1)
#define SET_FLAGS BITS(rd, 1), BITS(wr, 1), BITS(st, 1), BITS(ev, 1), BITS(df, 1), BITS(padding0, 1), BITS(padding1, 1), BITS(padding2, 1)

#define OBJECT(group, variation, packed, prefix, ...) static const struct part parts_##group##_##variation[] = { __VA_ARGS__ };
#include "proto/dnp3/dnp3_objects.list"
#undef OBJECT

static const struct layout layouts[] = {
#define OBJECT(group, variation, packed, prefix, ...) { group, variation, packed, prefix, ROWS(parts_##group##_##variation), parts_##group##_##variation },
#include "proto/dnp3/dnp3_objects.list"
#undef OBJECT
};

/* The rows stand in order. */
static const struct layout *layout_of(const struct dnp3_object *o)
{
    unsigned key = (unsigned)o->group << 8 | o->variation, low = 0, high = ROWS(layouts);

    while (low < high) {
        unsigned middle = (low + high) / 2, at = (unsigned)layouts[middle].group << 8 | layouts[middle].variation;
        if (at == key) {
            return &layouts[middle];
        }
        if (at < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* ------- points ------- */

static uint64_t read_le(struct rd *r, unsigned n)
{
    struct bytes b = rd_bytes(r, n);
    uint64_t v = 0;

    for (size_t i = b.n; i-- > 0;) {
        v = v << 8 | b.p[i];
    }
    return v;
}

static double float_of(uint64_t v, unsigned n)
{
    union { uint32_t u; float f; } single = { .u = (uint32_t)v };
    union { uint64_t u; double f; } twice = { .u = v };

    return n == 4 ? (double)single.f : twice.f;
}

static void log_number(struct json *j, const struct part *p, uint64_t v)
{
    if (p->form == SIGNED) {
        json_i64(j, p->name, p->n == 2 ? (int64_t)(int16_t)v : (int64_t)(int32_t)v);
    } else if (p->form == FLOAT) {
        json_double(j, p->name, float_of(v, p->n));
    } else {
        json_u64(j, p->name, v);
    }
}

static void log_octets(struct json *j, const struct part *p, struct bytes b)
{
    if (p->form == OCTETS && b.n != 0) {
        json_base64(j, p->name, b);
    } else if (p->form == CHARACTERS) {
        json_bytes(j, p->name, b);
    }
}

/* Bit fields share octets, least bit first; `bit` is how much of the octet at the head of r was read. */
static uint64_t read_bits(struct rd *r, unsigned n, unsigned *bit)
{
    struct bytes b = rd_peek(r);
    uint64_t v = b.n != 0 ? (unsigned)b.p[0] >> *bit & ((1u << n) - 1) : 0;

    *bit += n;
    if (b.n == 0 || *bit >= 8) {
        *bit = 0;
        rd_skip(r, 1);
    }
    return v;
}

/* One point; r ends where its prefix says, when that is a size.  j NULL: it is only checked. */
static void read_point(struct rd *r, const struct layout *l, struct json *j)
{
    uint16_t length[LENGTHS_MAX];
    unsigned length_n = 0, length_used = 0, bit = 0;

    for (unsigned i = 0; i < l->part_n && rd_ok(r); i++) {
        const struct part *p = &l->part[i];
        if (p->form == CHARACTERS || p->form == OCTETS) {
            size_t n = p->n == REST ? rd_left(r) : p->n != 0 ? p->n : length_used < length_n ? length[length_used++] : 0;
            struct bytes b = rd_bytes(r, n);
            if (j != NULL) {
                log_octets(j, p, b);
            }
            continue;
        }
        uint64_t v = p->form == BIT_FIELD ? read_bits(r, p->n, &bit) : read_le(r, p->n);
        if (p->form == LENGTH && length_n < LENGTHS_MAX) {
            length[length_n++] = (uint16_t)v;
        }
        if (j != NULL) {
            log_number(j, p, v);
        }
    }
}

/* IEEE 1815 4.2.2.7: octets of the prefix before each point, and whether it is the size of the point. */
static unsigned prefix_code(const struct dnp3_object *o) { return o->qualifier >> 4 & 7; }
static unsigned range_code(const struct dnp3_object *o) { return o->qualifier & 0xf; }

static unsigned prefix_octets(unsigned code) { return code == 0 ? 0 : code <= 3 ? 1u << (code - 1) : 1u << (code - 4); }

static bool prefix_fits(const struct dnp3_object *o, const struct layout *l)
{
    unsigned code = prefix_code(o);

    return code < 7 && (l->prefix == ANY || (l->prefix == SIZED ? code >= 4 : code == 5));
}

static void log_point_head(struct json *j, const struct dnp3_object *o, uint32_t prefix, uint32_t i)
{
    unsigned code = prefix_code(o);

    json_u64(j, "prefix", prefix);
    json_u64(j, "index", code >= 1 && code <= 3 ? prefix : o->start + i);
    if (code >= 4) {
        json_u64(j, "size", prefix);
    }
}

/* n points, packed tightly: so many bits each (IEEE 1815 11.3, packed formats).  How many could be read. */
static uint32_t read_packed(struct rd *r, const struct dnp3_object *o, uint32_t n, const struct layout *l, struct json *j)
{
    unsigned bit = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        uint64_t v = read_bits(r, l->packed, &bit);
        if (!rd_ok(r)) {
            break;
        }
        if (j != NULL) {
            json_object(j, NULL);
            log_point_head(j, o, 0, i);
            json_u64(j, l->part[0].name, v);
            json_end_object(j);
        }
    }
    if (bit != 0) {
        rd_skip(r, 1);
    }
    return i;
}

/* n points; how many could be read. */
static uint32_t read_points(struct rd *r, const struct dnp3_object *o, uint32_t n, const struct layout *l, struct json *j)
{
    unsigned code = prefix_code(o);
    uint32_t i;

    if (l->packed != 0) {
        return read_packed(r, o, n, l, j);
    }
    for (i = 0; i < n; i++) {
        uint32_t prefix = (uint32_t)read_le(r, prefix_octets(code));
        struct rd sized = code >= 4 ? rd_sub(r, prefix) : *r;
        if (j != NULL) {
            json_object(j, NULL);
            log_point_head(j, o, prefix, i);
        }
        read_point(&sized, l, j);
        if (j != NULL) {
            json_end_object(j);
        }
        if (!rd_ok(&sized)) {
            rd_fail(r);
            break;
        }
        *r = code < 4 ? sized : *r;
    }
    return i;
}

void dnp3_log_points(struct json *j, const struct dnp3_object *o)
{
    const struct layout *l = layout_of(o);
    struct rd r = rd_of(o->points);

    if (l != NULL && o->read != 0) {
        json_array(j, "points");
        (void)read_points(&r, o, o->read, l, j);
        json_end_array(j);
    }
}

/* ------- objects ------- */

/* IEEE 1815 4.2.2.7.3: first and last, or how many. */
static void read_range(struct rd *r, struct dnp3_object *o)
{
    static const uint8_t octets[16] = { 1, 2, 4, 1, 2, 4, 0, 1, 2, 4, 0, 1 };
    unsigned code = range_code(o), n = octets[code];

    if (code <= 5) {
        o->start = (uint32_t)read_le(r, n);
        o->stop = (uint32_t)read_le(r, n);
        if (o->stop < o->start || o->stop - o->start == UINT32_MAX) {
            rd_fail(r);
            return;
        }
        o->count = o->stop - o->start + 1;
    } else if (code != 6) { /* 6: no range at all */
        o->count = (uint32_t)read_le(r, n);
        if (n == 0) {
            rd_fail(r);
        }
    }
}

static struct dnp3_object *object_add(struct txn *t)
{
    struct dnp3 *d = txn_data(t);

    if (d->object_n == d->object_room) {
        uint32_t room = d->object_room != 0 ? d->object_room * 2 : 8;
        struct dnp3_object *more = arena_zero(txn_arena(t), room * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        for (uint32_t i = 0; i < d->object_n; i++) {
            more[i] = d->object[i];
        }
        d->object = more;
        d->object_room = room;
    }
    return &d->object[d->object_n++];
}

/* The points of an object whose head was read; false: the rest of the fragment can't be read. */
static bool object_points(struct txn *t, const struct dnp3_settings *s, struct dnp3_object *o, struct rd *r)
{
    const struct layout *l = layout_of(o);

    if (o->count > s->points_max) {
        txn_note(t, DNP3_TOO_MANY_POINTS);
        return false;
    }
    o->points = rd_peek(r);
    o->read = l != NULL && prefix_fits(o, l) ? read_points(r, o, o->count, l, NULL) : 0;
    if (o->read < o->count) { /* as Suricata has it, also when they are only too short */
        txn_note(t, DNP3_UNKNOWN_OBJECT);
        return false;
    }
    return true;
}

void dnp3_objects(struct txn *t, const struct dnp3_settings *s, struct rd r)
{
    struct dnp3 *d = txn_data(t);

    while (rd_left(&r) != 0) {
        struct dnp3_object head = { 0 };
        head.group = rd_u8(&r);
        head.variation = rd_u8(&r);
        head.qualifier = rd_u8(&r);
        read_range(&r, &head);
        if (!rd_ok(&r)) {
            txn_note(t, DNP3_MALFORMED);
            return;
        }
        if (d->object_n >= s->objects_max) {
            txn_note(t, DNP3_TOO_MANY_OBJECTS);
            return;
        }
        struct dnp3_object *o = object_add(t);
        if (o == NULL) {
            return;
        }
        *o = head;
        if (o->variation != 0 && o->count != 0 && !object_points(t, s, o, &r)) { /* 0: any variation, in requests */
            return;
        }
    }
    d->complete = true;
}
