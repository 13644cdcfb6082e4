/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdlib.h>

static const uint8_t mapped_head[12] = { [10] = 0xff, [11] = 0xff };

struct addr addr_from4(const uint8_t *four)
{
    struct addr a;

    memcpy(a.b, mapped_head, sizeof(mapped_head));
    memcpy(a.b + 12, four, 4);
    return a;
}

struct addr addr_from6(const uint8_t *sixteen)
{
    struct addr a;

    memcpy(a.b, sixteen, 16);
    return a;
}

bool addr_parse(const char *s, struct addr *a, enum family *family)
{
    uint8_t wire[16];

    if (inet_pton(AF_INET, s, wire) == 1) {
        *a = addr_from4(wire);
        *family = FAMILY_4;
        return true;
    }
    if (inet_pton(AF_INET6, s, wire) == 1) {
        *a = addr_from6(wire);
        *family = FAMILY_6;
        return true;
    }
    return false;
}

bool addr_text_read(struct bytes text, struct addr *a, enum family *family)
{
    char s[ADDR_TEXT_MAX];

    if (text.n == 0 || text.n >= sizeof(s) || bytes_find_byte(text, '\0') != SIZE_MAX) {
        return false;
    }
    memcpy(s, text.p, text.n);
    s[text.n] = '\0';
    return addr_parse(s, a, family);
}

static char *put_octet(char *to, uint8_t v)
{
    if (v >= 100) {
        *to++ = (char)('0' + v / 100);
    }
    if (v >= 10) {
        *to++ = (char)('0' + v / 10 % 10);
    }
    *to++ = (char)('0' + v % 10);
    return to;
}

size_t addr_text(const struct addr *a, enum family family, char *out)
{
    static const char hex[] = "0123456789abcdef";
    char *to = out;

    if (family == FAMILY_4) {
        for (int i = 12; i < 16; i++) {
            to = put_octet(to, a->b[i]);
            *to++ = '.';
        }
    } else if (family == FAMILY_6) {
        for (int i = 0; i < 16; i++) {
            *to++ = hex[a->b[i] >> 4];
            *to++ = hex[a->b[i] & 15];
            if (i % 2 == 1) {
                *to++ = ':';
            }
        }
    } else {
        to++;
    }
    *--to = '\0'; /* in place of the last separator */
    return (size_t)(to - out);
}

static int addr_order(const struct addr *a, const struct addr *b) { return memcmp(a->b, b->b, 16); }

/* The last range that does not begin after `a` is the only one that can hold it. */
bool addr_set_has(const struct addr_set *s, const struct addr *a, enum family family)
{
    const struct addr_range *ranges = family == FAMILY_4 ? s->range4 : s->range6;
    size_t from = 0, to = family == FAMILY_4 ? s->n4 : s->n6;

    if (s->any) {
        return true;
    }
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (addr_order(&ranges[middle].low, a) <= 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from > 0 && addr_order(a, &ranges[from - 1].high) <= 0;
}

/* Keeps the first `bits` of 128, sets the others to all ones or zeros. */
static struct addr addr_mask(struct addr a, unsigned bits, bool ones)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned have = bits > i * 8 ? bits - i * 8 : 0;
        uint8_t keep = (uint8_t)~(have >= 8 ? 0 : 0xff >> have);
        a.b[i] = (uint8_t)((a.b[i] & keep) | (ones ? ~keep : 0));
    }
    return a;
}

/* "/24" or, for IPv4, "/255.255.255.0": the number of leading bits, of 128. */
static bool prefix_parse(const char *s, enum family family, unsigned *bits)
{
    unsigned most = family == FAMILY_4 ? 32 : 128;
    uint64_t n;

    if (bytes_u64(bytes_str(s), &n) && n <= most) {
        *bits = (unsigned)n + 128 - most;
        return true;
    }
    struct in_addr mask;
    if (family != FAMILY_4 || inet_pton(AF_INET, s, &mask) != 1) {
        return false;
    }
    uint32_t m = ntohl(mask.s_addr);
    if ((~m & (~m + 1)) != 0) {
        return false; /* ones after a zero */
    }
    *bits = 96 + (m == 0 ? 0 : 32 - (unsigned)__builtin_ctz(m));
    return true;
}

bool addr_range_parse(const char *s, struct addr_range *r, enum family *family, struct err *err)
{
    char head[2 * ADDR_TEXT_MAX];
    size_t n = strcspn(s, "/-");
    enum family high_family;
    unsigned bits;

    if (n >= sizeof(head)) {
        return err_set(err, "not an address: %.64s", s);
    }
    memcpy(head, s, n);
    head[n] = '\0';
    if (!addr_parse(head, &r->low, family)) {
        return err_set(err, "not an address: %s", head);
    }
    if (s[n] == '\0') {
        r->high = r->low;
        return true;
    }
    if (s[n] == '/') {
        if (!prefix_parse(s + n + 1, *family, &bits)) {
            return err_set(err, "not a prefix length or mask: %.64s", s + n + 1);
        }
        struct addr a = r->low;
        r->low = addr_mask(a, bits, false);
        r->high = addr_mask(a, bits, true);
        return true;
    }
    if (!addr_parse(s + n + 1, &r->high, &high_family) || high_family != *family) {
        return err_set(err, "not an end of a range of addresses: %.64s", s + n + 1);
    }
    if (addr_order(&r->low, &r->high) > 0) {
        return err_set(err, "the range of addresses ends before it begins: %.128s", s);
    }
    return true;
}

static int range_order(const void *a, const void *b)
{
    const struct addr_range *x = a, *y = b;

    return addr_order(&x->low, &y->low);
}

/* The next address up or down; false when there is none. */
static bool addr_step(struct addr *a, int by)
{
    for (int i = 15; i >= 0; i--) {
        uint8_t before = a->b[i];
        a->b[i] = (uint8_t)(before + by);
        if (by > 0 ? before != 0xff : before != 0) {
            return true;
        }
    }
    return false;
}

/* Sorts and joins what overlaps or touches, in place; returns how many are left. */
static size_t ranges_join(struct addr_range *r, size_t n)
{
    size_t out = 0;

    if (n == 0) {
        return 0;
    }
    qsort(r, n, sizeof(*r), range_order);
    for (size_t i = 1; i < n; i++) {
        struct addr after = r[out].high;
        bool more = addr_step(&after, 1);
        if (!more || addr_order(&r[i].low, &after) <= 0) {
            if (addr_order(&r[i].high, &r[out].high) > 0) {
                r[out].high = r[i].high;
            }
        } else {
            r[++out] = r[i];
        }
    }
    return out + 1;
}

/* What of `have` is not in `leave`, both joined; `out` holds have_n + leave_n. */
static size_t ranges_subtract(const struct addr_range *have, size_t have_n,
                              const struct addr_range *leave, size_t leave_n,
                              struct addr_range *out)
{
    size_t n = 0, first = 0;

    for (size_t i = 0; i < have_n; i++) {
        struct addr_range rest = have[i];
        bool some = true;
        while (first < leave_n && addr_order(&leave[first].high, &rest.low) < 0) {
            first++;
        }
        for (size_t k = first; some && k < leave_n; k++) {
            if (addr_order(&leave[k].low, &rest.high) > 0) {
                break;
            }
            if (addr_order(&leave[k].low, &rest.low) > 0) {
                out[n] = (struct addr_range){ rest.low, leave[k].low };
                (void)addr_step(&out[n++].high, -1);
            }
            some = addr_order(&leave[k].high, &rest.high) < 0;
            rest.low = leave[k].high;
            some = some && addr_step(&rest.low, 1);
        }
        if (some) {
            out[n++] = rest;
        }
    }
    return n;
}

static struct addr_range whole_of(enum family family)
{
    struct addr_range r;

    if (family == FAMILY_4) {
        r.low = addr_from4((const uint8_t[4]){ 0 });
        r.high = addr_mask(r.low, 96, true);
    } else {
        memset(&r.low, 0, sizeof(r.low));
        memset(&r.high, 0xff, sizeof(r.high));
    }
    return r;
}

static size_t pick(struct addr_range *to, const struct addr_list *from, enum family family)
{
    size_t count = 0;

    for (size_t i = 0; i < from->n; i++) {
        if (from->family[i] == family) {
            to[count++] = from->range[i];
        }
    }
    return count;
}

static bool is_whole(const struct addr_range *r, size_t n, enum family family)
{
    struct addr_range whole = whole_of(family);

    return n == 1 && addr_equal(&r->low, &whole.low) && addr_equal(&r->high, &whole.high);
}

bool addr_set_make(struct addr_set *out, const struct addr_list *have, const struct addr_list *leave)
{
    size_t room = have->n + leave->n + 1;
    struct addr_range *a = calloc(room, sizeof(*a)), *b = calloc(room, sizeof(*b));
    bool good = a != NULL && b != NULL;

    *out = (struct addr_set){ 0 };
    for (int i = 0; good && i < 2; i++) {
        enum family family = i == 0 ? FAMILY_4 : FAMILY_6;
        struct addr_range *made = calloc(room, sizeof(*made));
        if (made == NULL) {
            good = false;
            break;
        }
        size_t a_n = pick(a, have, family);
        size_t b_n = pick(b, leave, family);
        if (have->n == 0 && leave->n > 0) {
            a[0] = whole_of(family);
            a_n = 1;
        }
        a_n = ranges_join(a, a_n);
        b_n = ranges_join(b, b_n);
        size_t n = ranges_subtract(a, a_n, b, b_n, made);
        if (family == FAMILY_4) {
            out->range4 = made;
            out->n4 = n;
        } else {
            out->range6 = made;
            out->n6 = n;
        }
    }
    free(a);
    free(b);
    if (!good) {
        addr_set_fini(out);
        return false;
    }
    out->any = is_whole(out->range4, out->n4, FAMILY_4) && is_whole(out->range6, out->n6, FAMILY_6);
    return true;
}

void addr_set_fini(struct addr_set *s)
{
    free(s->range4);
    free(s->range6);
    *s = (struct addr_set){ 0 };
}

bool addr_set_equal(const struct addr_set *a, const struct addr_set *b)
{
    if (a->any || b->any) {
        return a->any == b->any;
    }
    return a->n4 == b->n4 && a->n6 == b->n6 &&
           (a->n4 == 0 || memcmp(a->range4, b->range4, a->n4 * sizeof(*a->range4)) == 0) &&
           (a->n6 == 0 || memcmp(a->range6, b->range6, a->n6 * sizeof(*a->range6)) == 0);
}
