/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an encapsulated message holds (CIP volume 2, chapter 2), and the Common Industrial Protocol in it (volume 1). */
#include "proto/enip/enip.h"

enum { ITEM_IDENTITY = 0x0c, ITEM_CONNECTED = 0xb1, ITEM_UNCONNECTED = 0xb2, ITEM_SERVICES = 0x100 };
enum { SERVICE_GET_LIST = 3, SERVICE_SET_LIST = 4, SERVICE_MULTIPLE = 10, SERVICE_OPEN = 0x54, SERVICE_OPEN_LARGE = 0x5b, RESPONSE_BIT = 0x80 };
enum { ITEMS_MAX = 64, DEPTH_MAX = 4, MESSAGES_MAX = 256, ATTRIBUTES_MAX = 256 };

/* One reading: how much of the tree may still be made. */
struct reading {
    struct arena *arena;
    struct bytes all;         /* the message behind its head */
    unsigned messages_left;
    bool bad;
};

static bool cip_read(struct reading *g, struct cip *c, struct rd r, unsigned depth);

/* ------- paths ------- */

/* Volume 1, C-1.4.2: a logical segment; its format tells how wide the value is. */
static bool segment_read(struct rd *r, struct cip_segment *s)
{
    s->type = rd_u8(r);
    if (s->type >> 5 != 1) {
        return false;
    }
    switch (s->type & 3) {
    case 0: s->value = rd_u8(r); break;
    case 1:
        rd_skip(r, 1);
        s->value = rd_le16(r);
        break;
    case 2:
        rd_skip(r, 1);
        s->value = rd_le32(r);
        break;
    default: return false;
    }
    return rd_ok(r);
}

/* 3-5.5.2: a request to open a connection; behind numbers of fixed width its path, of which the logical segments are kept. */
static void opened_read(struct reading *g, struct cip *c, struct rd r)
{
    enum { FIXED = 35, FIXED_LARGE = 39, KEY = 0x34, KEY_OCTETS = 9, PORT = 0, PORT_LINK = 0x10, PORT_LONG = 0x0f };

    rd_skip(&r, c->service == SERVICE_OPEN ? FIXED : FIXED_LARGE);
    struct rd path = rd_sub(&r, (size_t)rd_u8(&r) * 2);
    if (!rd_ok(&r)) {
        return;
    }
    c->opened = arena_zero(g->arena, rd_left(&path) / 2 * sizeof *c->opened + 1);
    while (rd_left(&path) >= 2 && c->opened != NULL) {
        struct rd ahead = path;
        uint8_t type = rd_u8(&ahead);
        if (type == KEY) {
            rd_skip(&ahead, KEY_OCTETS);
        } else if (type >> 5 == PORT) {
            size_t n = (type & PORT_LINK) != 0 ? rd_u8(&ahead) : 1;
            rd_skip(&ahead, (type & PORT_LONG) == PORT_LONG ? 2 : 0);
            rd_skip(&ahead, n + ((type & PORT_LINK) != 0 ? n & 1 : 0));
        } else {
            ahead = path;
            if (!segment_read(&ahead, &c->opened[c->opened_n])) {
                return;
            }
            c->opened_n++;
        }
        if (!rd_ok(&ahead)) {
            return;
        }
        path = ahead;
    }
}

static bool path_read(struct reading *g, struct cip *c, struct rd r)
{
    c->path = arena_zero(g->arena, rd_left(&r) / 2 * sizeof *c->path);
    while (rd_left(&r) >= 2 && c->path != NULL) {
        if (!segment_read(&r, &c->path[c->path_n])) {
            return false;
        }
        c->path_n++;
    }
    return true;
}

/* ------- services ------- */

/* Volume 1, appendix A: several messages in one, found by offsets from the count. */
static bool multiple_read(struct reading *g, struct cip *c, struct rd r, unsigned depth)
{
    struct rd offsets = r;
    struct bytes all = rd_peek(&r);
    uint16_t n = rd_le16(&offsets);
    struct rd next = offsets;
    struct cip **end = &c->child;

    rd_skip(&next, (size_t)n * 2);
    if (!rd_ok(&next) || depth == DEPTH_MAX) {
        return false;
    }
    for (uint16_t i = 0; i < n && g->messages_left != 0; i++) {
        uint16_t from = rd_le16(&offsets);
        struct rd after = offsets;
        size_t to = i + 1 < n ? rd_le16(&after) : all.n;
        struct cip *one = from <= to && to <= all.n ? arena_zero(g->arena, sizeof *one) : NULL;
        if (one == NULL) {
            return false;
        }
        g->messages_left--;
        if (!cip_read(g, one, rd_of(bytes_head(bytes_from(all, from), to - from)), depth + 1)) {
            return false;
        }
        *end = one;
        end = &one->next;
    }
    return true;
}

static bool attributes_read(struct reading *g, struct cip *c, struct rd r)
{
    uint16_t n = rd_le16(&r);

    n = c->service == SERVICE_SET_LIST && n > 1 ? 1 : n; /* values of unknown width stand between the others */
    n = n < ATTRIBUTES_MAX ? n : ATTRIBUTES_MAX;
    c->attribute = arena_zero(g->arena, n * sizeof *c->attribute);
    while (c->attribute != NULL && c->attribute_n < n) {
        uint16_t id = rd_le16(&r);
        if (!rd_ok(&r)) {
            return false;
        }
        c->attribute[c->attribute_n++] = id;
    }
    return true;
}

/* Volume 1, 2-4: a request has a path, a response a status. */
static bool cip_read(struct reading *g, struct cip *c, struct rd r, unsigned depth)
{
    uint8_t service = rd_u8(&r);

    c->service = service & (RESPONSE_BIT - 1);
    c->response = (service & RESPONSE_BIT) != 0;
    if (c->response) {
        rd_skip(&r, 1);
        c->status = rd_u8(&r);
        struct rd extended = rd_sub(&r, (size_t)rd_u8(&r) * 2);
        c->extended = arena_copy(g->arena, rd_rest(&extended));
    } else {
        struct rd path = rd_sub(&r, (size_t)rd_u8(&r) * 2);
        if (!rd_ok(&r) || !path_read(g, c, path)) {
            return false;
        }
    }
    if (!rd_ok(&r)) {
        return false;
    }
    if (c->service == SERVICE_MULTIPLE) {
        return (c->response && rd_left(&r) == 0) || multiple_read(g, c, r, depth);
    }
    if (!c->response && (c->service == SERVICE_OPEN || c->service == SERVICE_OPEN_LARGE)) {
        opened_read(g, c, r);
    }
    if (!c->response && (c->service == SERVICE_GET_LIST || c->service == SERVICE_SET_LIST)) {
        return attributes_read(g, c, r);
    }
    return true;
}

/* ------- items ------- */

static void part_add(struct enip_message *m, const struct reading *g, const struct rd *left, size_t back, size_t n, bool cip)
{
    if (m->part_n < ENIP_PARTS_MAX) {
        m->part[m->part_n++] = (struct enip_part){ (uint32_t)(ENIP_HEAD + g->all.n - rd_left(left) - back), (uint32_t)n, cip };
    }
}

static void identity_read(struct reading *g, struct enip_message *m, struct rd r)
{
    m->has_version = true;
    m->version = rd_le16(&r);
    rd_skip(&r, 16); /* a socket's address */
    m->vendor = rd_le16(&r);
    m->device = rd_le16(&r);
    m->product = rd_le16(&r);
    m->revision[0] = rd_u8(&r);
    m->revision[1] = rd_u8(&r);
    m->state_bits = rd_le16(&r);
    m->serial = rd_le32(&r);
    struct rd name = rd_vec8(&r);
    m->state = rd_u8(&r);
    m->has_identity = rd_ok(&r);
    m->product_name = arena_copy(g->arena, rd_rest(&name));
    g->bad |= !rd_ok(&r);
}

static void services_read(struct reading *g, struct enip_message *m, struct rd r)
{
    m->has_version = true;
    m->version = rd_le16(&r);
    m->capabilities = rd_le16(&r);
    struct bytes name = rd_bytes(&r, 16);
    m->has_service = rd_ok(&r);
    m->service_name = arena_copy(g->arena, name);
    g->bad |= !rd_ok(&r);
}

static void item_read(struct reading *g, struct enip_message *m, uint16_t type, struct rd r)
{
    if (type == ITEM_IDENTITY && !m->has_identity) {
        identity_read(g, m, r);
    } else if (type == ITEM_SERVICES && !m->has_service) {
        services_read(g, m, r);
    } else if ((type == ITEM_CONNECTED || type == ITEM_UNCONNECTED) && !m->has_cip) {
        rd_skip(&r, type == ITEM_CONNECTED ? 2 : 0); /* the sequence count */
        m->has_cip = cip_read(g, &m->cip, r, 0);
        g->bad |= !m->has_cip;
    }
}

static void items_read(struct reading *g, struct enip_message *m, struct rd r)
{
    uint16_t n = rd_le16(&r);

    for (uint16_t i = 0; i < n && i < ITEMS_MAX; i++) {
        uint16_t type = rd_le16(&r), length = rd_le16(&r);
        bool data = type == ITEM_CONNECTED || type == ITEM_UNCONNECTED;
        part_add(m, g, &r, 4, (size_t)length + 4, false);
        if (data) {
            part_add(m, g, &r, 0, length, true);
        }
        struct rd one = rd_sub(&r, length);
        if (!rd_ok(&r)) {
            g->bad = true;
            return;
        }
        item_read(g, m, type, one);
    }
}

void enip_sequence(struct enip_message *m, struct rd r)
{
    if (m->command != ENIP_SEND_UNIT) {
        return;
    }
    rd_skip(&r, 6);
    for (uint16_t n = rd_le16(&r), i = 0; i < n && i < ITEMS_MAX && rd_ok(&r); i++) {
        uint16_t type = rd_le16(&r);
        struct rd one = rd_sub(&r, rd_le16(&r));
        if (type == ITEM_CONNECTED) {
            m->sequence = rd_le16(&one);
            m->has_sequence = rd_ok(&one);
            return;
        }
    }
}

void enip_read(struct enip_message *m, bool request, struct rd r, struct arena *a)
{
    struct reading g = { a, rd_peek(&r), MESSAGES_MAX, false };

    switch (m->command) {
    case ENIP_REGISTER:
        m->has_version = true;
        m->version = rd_le16(&r);
        m->register_options = rd_le16(&r);
        m->has_version = rd_ok(&r);
        g.bad = !rd_ok(&r);
        break;
    case ENIP_LIST_SERVICES:
    case ENIP_LIST_IDENTITY:
        if (!request) {
            items_read(&g, m, r);
        }
        break;
    case ENIP_SEND_RR:
    case ENIP_SEND_UNIT:
        rd_skip(&r, 6); /* interface, time-out */
        g.bad = !rd_ok(&r);
        if (rd_ok(&r)) {
            items_read(&g, m, r);
        }
        break;
    default: break;
    }
    m->bad |= g.bad;
}

/* ------- numbers for rules ------- */

/* What cip_service asks, as one number: the service, whether class and attribute go with it, and these. */
static bool service_key(uint64_t service, uint64_t class, uint64_t attribute, unsigned n, uint64_t *out)
{
    *out = service | (n > 1 ? 1ull << 8 | class << 16 : 0) | (n > 2 ? 1ull << 9 | attribute << 40 : 0);
    return service <= UINT8_MAX && class < 1u << 24 && attribute < 1u << 24;
}

bool cip_service_named(struct bytes name, uint64_t *number)
{
    struct rd r = rd_of(name);
    uint64_t v[3] = { 0 };
    unsigned n = 0;

    for (bool more = true; more; n++) {
        if (n == ROWS(v) || !bytes_u64(bytes_trim(rd_until(&r, ',', &more), " \t"), &v[n])) {
            return false;
        }
    }
    return service_key(v[0], v[1], v[2], n, number);
}

static bool segment_in(const struct cip_segment *path, unsigned n, uint8_t type, unsigned *i, uint64_t *out)
{
    for (unsigned k = 0; k < n; k++) {
        if (path[k].type >> 2 == type && (*i)-- == 0) {
            *out = path[k].value;
            return true;
        }
    }
    return false;
}

static bool segment_at(const struct cip *c, uint8_t type, unsigned *i, uint64_t *out) { return segment_in(c->path, c->path_n, type, i, out); }

/* Attributes by the path, then those that are listed. */
static bool attribute_at(const struct cip *c, unsigned *i, uint64_t *out)
{
    if (segment_at(c, CIP_ATTRIBUTE, i, out)) {
        return true;
    }
    if (*i >= c->attribute_n) {
        *i -= c->attribute_n;
        return false;
    }
    *out = c->attribute[*i];
    return true;
}

/* The service; with each class; with each class and attribute. */
static bool service_at(const struct cip *c, unsigned *i, uint64_t *out)
{
    uint64_t class, attribute;

    if ((*i)-- == 0) {
        return service_key(c->service, 0, 0, 1, out);
    }
    for (unsigned k = 0;; k++) {
        unsigned at = k;
        if (!segment_at(c, CIP_CLASS, &at, &class)) {
            return false;
        }
        if ((*i)-- == 0) {
            return service_key(c->service, class, 0, 2, out);
        }
        for (unsigned n = 0; at = n, attribute_at(c, &at, &attribute); n++) {
            if ((*i)-- == 0) {
                return service_key(c->service, class, attribute, 3, out);
            }
        }
    }
}

static bool own_at(const struct cip *c, enum cip_number kind, unsigned *i, uint64_t *out)
{
    switch (kind) {
    case CIP_NUMBER_CLASS: return segment_at(c, CIP_CLASS, i, out);
    case CIP_NUMBER_INSTANCE: return segment_at(c, CIP_INSTANCE, i, out);
    case CIP_NUMBER_ATTRIBUTE: return attribute_at(c, i, out);
    case CIP_NUMBER_STATUS: *out = c->status; return c->response && (*i)-- == 0;
    case CIP_NUMBER_EXTENDED: {
        struct rd r = rd_of(c->extended);
        *out = rd_le16(&r);
        return rd_done(&r) && (*i)-- == 0;
    }
    case CIP_NUMBER_SERVICE: return service_at(c, i, out);
    case CIP_NUMBER_OPENED: return segment_in(c->opened, c->opened_n, CIP_CLASS, i, out);
    default: return false;
    }
}

/* Depth first; no deeper than DEPTH_MAX. */
static bool number_at(const struct cip *c, enum cip_number kind, unsigned *i, uint64_t *out)
{
    for (; c != NULL; c = c->next) {
        if (own_at(c, kind, i, out) || number_at(c->child, kind, i, out)) {
            return true;
        }
    }
    return false;
}

bool cip_number(const struct cip *c, enum cip_number kind, unsigned i, uint64_t *out) { return number_at(c, kind, &i, out); }
