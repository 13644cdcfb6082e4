/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pgsql_read - the content of messages. */
#include "proto/pgsql/pgsql.h"

enum { PAIRS_MAX = 256, VERSION_SPECIAL = 1234, CANCEL = 5678, TLS = 5679 };

/* Without an arena a message is only checked. */
static struct bytes kept(struct arena *a, struct bytes b) { return a != NULL ? arena_copy(a, b) : bytes_none(); }

/* A text ended by a zero byte. */
static struct bytes text(struct rd *r)
{
    bool found;
    struct bytes b = rd_until(r, 0, &found);

    if (!found) {
        rd_fail(r);
    }
    return b;
}

static void pair_add(struct pgsql_pair ***end, struct arena *a, struct bytes name, struct bytes value)
{
    struct pgsql_pair *p = a != NULL ? arena_zero(a, sizeof *p) : NULL;

    if (p == NULL) {
        return;
    }
    p->name = arena_copy(a, name);
    p->value = arena_copy(a, value);
    **end = p;
    *end = &p->next;
}

/* One pair of texts; false: the list's end, or none. */
static bool next_parameter(struct rd *r, struct bytes *name, struct bytes *value)
{
    *name = text(r);
    *value = name->n != 0 ? text(r) : bytes_none();
    return rd_ok(r) && name->n != 0;
}

/* Pairs up to an empty name; a user must be among them. */
static bool find_user(struct rd r, struct bytes *user)
{
    struct bytes name, value;

    *user = bytes_none();
    while (next_parameter(&r, &name, &value)) {
        *user = bytes_is(name, "user") ? value : *user;
    }
    return rd_ok(&r) && user->n != 0;
}

/* The user goes first. */
static bool read_parameters(struct pgsql_message *m, struct arena *a, struct rd r)
{
    struct pgsql_pair **end = &m->pairs;
    struct bytes name, value, user;

    if (!find_user(r, &user)) {
        return false;
    }
    pair_add(&end, a, bytes_str("user"), user);
    for (unsigned i = 0; i < PAIRS_MAX && next_parameter(&r, &name, &value); i++) {
        if (!bytes_is(name, "user")) {
            pair_add(&end, a, name, value);
        }
    }
    return true;
}

bool pgsql_is_start(struct rd r)
{
    uint16_t major = rd_be16(&r), minor = rd_be16(&r);
    struct bytes user;

    if (major >= 1 && major <= 3) {
        return find_user(r, &user);
    }
    return major == VERSION_SPECIAL && ((minor == CANCEL && rd_left(&r) >= 8) || minor == TLS);
}

bool pgsql_read_start(struct pgsql_message *m, struct arena *a, struct rd r, bool *foreign)
{
    uint16_t major = rd_be16(&r), minor = rd_be16(&r);

    m->number[0] = major;
    m->number[1] = minor;
    if (major >= 1 && major <= 3) {
        m->kind = PGSQL_STARTUP;
        return read_parameters(m, a, r);
    }
    if (major == VERSION_SPECIAL && minor == CANCEL) {
        m->kind = PGSQL_CANCEL;
        m->number[0] = rd_be32(&r);
        m->number[1] = rd_be32(&r);
        return rd_ok(&r);
    }
    m->kind = PGSQL_SSL_REQUEST;
    *foreign = major != VERSION_SPECIAL || minor != TLS;
    return !*foreign;
}

/* The mechanisms that are known; RFC 5802, RFC 7677. */
static bool mechanism(struct bytes name, bool *plus)
{
    *plus = bytes_is(name, "SCRAM-SHA-256-PLUS");
    return *plus || bytes_is(name, "SCRAM-SHA-256");
}

static bool read_auth(struct pgsql_message *m, struct arena *a, struct rd *r, bool *foreign)
{
    static const uint8_t kinds[] = { [0] = PGSQL_AUTH_OK, [3] = PGSQL_AUTH_CLEAR, [5] = PGSQL_AUTH_MD5, [9] = PGSQL_OTHER, [10] = PGSQL_AUTH_SASL,
                                     [11] = PGSQL_AUTH_SASL_MORE, [12] = PGSQL_AUTH_SASL_LAST };
    uint32_t type = rd_be32(r);
    bool plus;

    if (type != 9 && (type >= ROWS(kinds) || kinds[type] == PGSQL_OTHER)) {
        *foreign = true;
        return false;
    }
    m->kind = kinds[type];
    if (m->kind == PGSQL_AUTH_SASL) {
        struct bytes name = text(r);
        while (rd_ok(r) && name.n != 0) {
            if (!mechanism(name, &plus)) {
                return false;
            }
            name = text(r);
        }
        return rd_ok(r);
    }
    if (m->kind == PGSQL_AUTH_MD5 && rd_left(r) != 4) {
        return false;
    }
    m->text = kept(a, rd_rest(r));
    return rd_ok(r);
}

static bool read_sasl_first(struct pgsql_message *m, struct arena *a, struct rd *r)
{
    if (!mechanism(text(r), &m->plus)) {
        return false;
    }
    uint32_t n = rd_be32(r);
    m->text = kept(a, rd_bytes(r, n));
    return rd_done(r);
}

/* Fields of one byte for the type and a text, up to a zero byte. */
static bool read_error(struct pgsql_message *m, struct arena *a, struct rd *r)
{
    struct pgsql_pair **end = &m->pairs;

    for (unsigned i = 0; i < PAIRS_MAX; i++) {
        struct bytes type = rd_bytes(r, 1);
        if (type.n == 0 || type.p[0] == 0) {
            break;
        }
        struct bytes value = text(r);
        if (!rd_ok(r)) {
            break;
        }
        pair_add(&end, a, type, value);
    }
    return rd_ok(r);
}

bool pgsql_read(struct pgsql_message *m, struct arena *a, struct rd r, bool *foreign)
{
    struct pgsql_pair **end = &m->pairs;

    switch (m->kind) {
    case PGSQL_QUERY:
    case PGSQL_PASSWORD: {
        struct bytes b = text(&r);
        m->text = kept(a, b);
        return rd_ok(&r) && b.n != 0;
    }
    case PGSQL_COMPLETE: m->text = kept(a, text(&r)); break;
    case PGSQL_SASL_FIRST: return read_sasl_first(m, a, &r);
    case PGSQL_SASL_NEXT:
    case PGSQL_COPY_FAIL: m->text = kept(a, rd_rest(&r)); break;
    case PGSQL_AUTH_OK: return read_auth(m, a, &r, foreign);
    case PGSQL_PARAMETER: {
        struct bytes name = text(&r), value = text(&r);
        if (!rd_ok(&r) || name.n == 0) {
            return false;
        }
        pair_add(&end, a, name, value);
        break;
    }
    case PGSQL_BACKEND_KEY:
        m->number[0] = rd_be32(&r);
        m->number[1] = rd_be32(&r);
        break;
    case PGSQL_READY: {
        uint8_t status = rd_u8(&r);
        return status == 'I' || status == 'T' || status == 'E';
    }
    case PGSQL_ROW_HEAD: m->number[0] = rd_be16(&r); break;
    case PGSQL_COPY_IN:
    case PGSQL_COPY_OUT:
        rd_skip(&r, 1); /* format of the whole */
        m->number[0] = rd_be16(&r);
        rd_skip(&r, 2 * (size_t)m->number[0]);
        break;
    case PGSQL_ERROR: return read_error(m, a, &r);
    default: break;
    }
    return rd_ok(&r);
}
