/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts/facts.h"

#include <stdlib.h>
#include <strings.h>

#define NODES_MAX (1u << 22)
#define NO_POLICY UINT8_MAX

/* A binary tree over address bits, one a family; node 0 and 1 are the roots, and no child is ever one. */
struct node {
    uint32_t child[2];
    uint8_t policy;
};

struct facts {
    uint32_t n, room;
    struct node *node;
};

struct facts_maker {
    struct facts *facts;
};

static const char *const names[OS_POLICY_N] = {
    [OS_BSD] = "bsd", [OS_BSD_RIGHT] = "bsd-right", [OS_OLD_LINUX] = "old-linux", [OS_LINUX] = "linux",
    [OS_OLD_SOLARIS] = "old-solaris", [OS_SOLARIS] = "solaris", [OS_HPUX10] = "hpux10", [OS_HPUX11] = "hpux11",
    [OS_IRIX] = "irix", [OS_MACOS] = "macos", [OS_WINDOWS] = "windows", [OS_VISTA] = "vista", [OS_WINDOWS2K3] = "windows2k3",
    [OS_FIRST] = "first", [OS_LAST] = "last",
};

const char *os_policy_name(enum os_policy p) { return p < OS_POLICY_N ? names[p] : "unknown"; }

bool os_policy_parse(const char *name, enum os_policy *p)
{
    for (unsigned i = 0; i < OS_POLICY_N; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            *p = (enum os_policy)i;
            return true;
        }
    }
    return false;
}

/* Index of a new node; 0 when there is no memory. */
static uint32_t new_node(struct facts *f)
{
    if (f->n == f->room) {
        uint32_t room = f->room ? f->room * 2 : 64;
        struct node *node = room <= NODES_MAX ? reallocarray(f->node, room, sizeof(*node)) : NULL;
        if (!node) {
            return 0;
        }
        f->node = node;
        f->room = room;
    }
    f->node[f->n] = (struct node){ .policy = NO_POLICY };
    return f->n++;
}

struct facts_maker *facts_maker_new(void)
{
    struct facts_maker *m = calloc(1, sizeof(*m));

    if (!m) {
        return NULL;
    }
    m->facts = calloc(1, sizeof(*m->facts));
    if (!m->facts || new_node(m->facts) != 0 || new_node(m->facts) != 1) {
        facts_free(m->facts);
        free(m);
        return NULL;
    }
    return m;
}

static unsigned bit(const struct addr *a, unsigned i) { return a->b[i / 8] >> (7 - i % 8) & 1; }

/* IPv4 addresses stand in the last four bytes. */
static unsigned first_bit(enum family family) { return family == FAMILY_4 ? 96 : 0; }

static bool add_prefix(struct facts *f, const struct addr *a, enum family family, unsigned bits, enum os_policy p)
{
    uint32_t at = family == FAMILY_4 ? 0 : 1;

    for (unsigned i = 0; i < bits; i++) {
        unsigned side = bit(a, first_bit(family) + i);
        uint32_t next = f->node[at].child[side];
        if (!next) {
            next = new_node(f);
            if (!next) {
                return false;
            }
            f->node[at].child[side] = next;
        }
        at = next;
    }
    f->node[at].policy = (uint8_t)p;
    return true;
}

/* low with its last `host` bits set. */
static struct addr top_of(const struct addr *low, unsigned host)
{
    struct addr top = *low;

    for (unsigned i = 128 - host; i < 128; i++) {
        top.b[i / 8] |= (uint8_t)(1 << (7 - i % 8));
    }
    return top;
}

/* The address after a; false after the last one. */
static bool increment(struct addr *a)
{
    for (unsigned i = 16; i-- > 0;) {
        if (++a->b[i] != 0) {
            return true;
        }
    }
    return false;
}

/* A range is the few prefixes that fill it, the largest that fits each time. */
static bool add_range(struct facts *f, struct addr low, const struct addr *high, enum family family, enum os_policy p)
{
    unsigned most = 128 - first_bit(family);

    for (;;) {
        unsigned host = 0;
        struct addr top = low;
        while (host < most && bit(&low, 127 - host) == 0) {
            struct addr wider = top_of(&low, host + 1);
            if (memcmp(&wider, high, sizeof(wider)) > 0) {
                break;
            }
            top = wider;
            host++;
        }
        if (!add_prefix(f, &low, family, most - host, p)) {
            return false;
        }
        if (memcmp(&top, high, sizeof(top)) >= 0) {
            return true;
        }
        low = top;
        if (!increment(&low)) {
            return true;
        }
    }
}

bool facts_maker_policy(struct facts_maker *m, const char *network, enum os_policy p, struct err *err)
{
    struct addr_range r;
    enum family family;

    if (!addr_range_parse(network, &r, &family, err)) {
        return false;
    }
    if (!add_range(m->facts, r.low, &r.high, family, p)) {
        return err_set(err, "%s: too many networks", network);
    }
    return true;
}

struct facts *facts_maker_done(struct facts_maker *m)
{
    struct facts *f = m->facts;

    free(m);
    return f;
}

void facts_free(struct facts *f)
{
    if (f) {
        free(f->node);
        free(f);
    }
}

enum os_policy facts_policy(const struct facts *f, const struct addr *a, enum family family)
{
    uint8_t found = OS_BSD;
    uint32_t at = family == FAMILY_4 ? 0 : 1;

    if (!f || family == FAMILY_NONE) {
        return OS_BSD;
    }
    for (unsigned i = first_bit(family);; i++) {
        const struct node *node = &f->node[at];
        if (node->policy != NO_POLICY) {
            found = node->policy;
        }
        at = i < 128 ? node->child[bit(a, i)] : 0;
        if (!at) {
            return (enum os_policy)found;
        }
    }
}
