/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addr - internet addresses and immutable sets of them and of ports.
 *
 * An address is 16 bytes, IPv4 mapped into ::ffff:0:0/96 so that both families share code, with the family beside it so
 * that 10.0.0.1 and ::ffff:10.0.0.1 never compare equal.  Sets are made once (rule load, settings), read by any thread,
 * and freed by their maker.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/err.h"
#include "base/rd.h"

struct addr {
    union {
        uint8_t b[16];
        uint32_t w[4]; /* network order */
        uint64_t q[2];
    };
};

enum family { FAMILY_NONE = 0, FAMILY_4 = 4, FAMILY_6 = 6 };

#define ADDR_TEXT_MAX 46

struct addr addr_from4(const uint8_t *four);
struct addr addr_from6(const uint8_t *sixteen);
/* "192.0.2.1" or "2001:db8::1"; false on anything else. */
bool addr_parse(const char *s, struct addr *a, enum family *family);
bool addr_text_read(struct bytes text, struct addr *a, enum family *family); /* the same of bytes; a NUL among them is no part of an address */
/* RFC 5952 is NOT followed for IPv6: all eight groups, four digits each, as Suricata prints them; dotted quad for IPv4.
 * Returns the length; out holds ADDR_TEXT_MAX. */
size_t addr_text(const struct addr *a, enum family family, char *out);

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

/* A set of address ranges: sorted, disjoint, searched by bisection; negations already resolved. */
struct addr_range {
    struct addr low, high; /* inclusive; families never mix in one range */
};
struct addr_set {
    struct addr_range *range4, *range6;
    size_t n4, n6;
    bool any; /* every address */
};

bool addr_set_has(const struct addr_set *s, const struct addr *a, enum family family);
/* "a.b.c.d/n", "a-b", one address. */
bool addr_range_parse(const char *s, struct addr_range *r, enum family *family, struct err *err);
/* Ranges in any order, each with its family. */
struct addr_list {
    struct addr_range *range;
    enum family *family;
    size_t n;
};
/* Makes `out` from ranges to have and ranges to leave out; memory from the system, freed with addr_set_fini.
 * No positive range and at least one negative one means everything but those. */
bool addr_set_make(struct addr_set *out, const struct addr_list *have, const struct addr_list *leave);
void addr_set_fini(struct addr_set *s);
bool addr_set_equal(const struct addr_set *a, const struct addr_set *b);

/* A set of ports: one bit each (8 KB), shared by all rules that name the same. */
struct port_set {
    uint64_t bits[1024];
    bool any;
};
static inline bool port_set_has(const struct port_set *s, uint16_t port)
{
    return s->any || (s->bits[port >> 6] >> (port & 63) & 1);
}

#endif
