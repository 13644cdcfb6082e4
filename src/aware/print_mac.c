/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of network cards: prefixes of hypervisors and clouds, with the address that some carry inside, and who made the card. */
#include "aware/print_table.h"

#include "base/addr.h"
#include "base/hash.h"

#include <stdlib.h>

enum { DIGITS = 12, ANY = 16, MAKERS_MAX = 1 << 18, MAKER_BITS_MIN = 24, NAME_MAX_BYTES = 64, STRENGTH_MAKER = 20 };

static int hex_digit(uint8_t c) { return c >= '0' && c <= '9' ? c - '0' : pattern_lower(c) >= 'a' && pattern_lower(c) <= 'f' ? pattern_lower(c) - 'a' + 10 : -1; }

/* 02:42:ip4, 00:50:56:4?, ?2:  */
bool print_mac_read(struct bytes text, struct print_mac *out, size_t *column, struct err *err)
{
    *out = (struct print_mac){ 0 };
    for (size_t i = 0; i < text.n; i++) {
        int digit = hex_digit(text.p[i]);
        *column = i;
        if (text.p[i] == ':') {
            continue;
        }
        if (bytes_is(bytes_from(text, i), "ip4")) {
            out->ip4 = true;
            return out->n + 8 <= DIGITS || err_set(err, "no room for an address behind %u digits", out->n);
        }
        if ((digit < 0 && text.p[i] != '?') || out->n == DIGITS) {
            return err_set(err, "a prefix of digits, ? and ip4 expected");
        }
        out->nibble[out->n++] = digit < 0 ? ANY : (uint8_t)digit;
    }
    return out->n != 0 || err_set(err, "an empty prefix");
}

/* The sign: six bytes; then, where it is known, blank and the host's IPv4 address. */
static bool sign_read(struct bytes text, uint8_t nibble[DIGITS], struct bytes *ip)
{
    struct rd r = rd_of(text);
    bool blank;
    struct bytes mac = rd_until(&r, ' ', &blank);
    unsigned n = 0;

    *ip = rd_rest(&r);
    for (size_t i = 0; i < mac.n; i++) {
        int digit = hex_digit(mac.p[i]);
        if (mac.p[i] == ':' || mac.p[i] == '-') {
            continue;
        }
        if (digit < 0 || n == DIGITS) {
            return false;
        }
        nibble[n++] = (uint8_t)digit;
    }
    return n == DIGITS;
}

/* Private addresses are what such cards carry (RFC 1918), when the host's own is not known. */
static bool embedded(const uint8_t nibble[DIGITS], unsigned from, struct bytes ip)
{
    uint8_t b[4];
    char word[ADDR_TEXT_MAX];
    struct addr a;
    enum family family;

    for (unsigned i = 0; i < 4; i++) {
        b[i] = (uint8_t)(nibble[from + 2 * i] << 4 | nibble[from + 2 * i + 1]);
    }
    if (ip.n == 0 || ip.n >= sizeof word) {
        return b[0] == 10 || (b[0] == 172 && b[1] >= 16 && b[1] < 32) || (b[0] == 192 && b[1] == 168);
    }
    memcpy(word, ip.p, ip.n);
    word[ip.n] = '\0';
    return addr_parse(word, &a, &family) && family == FAMILY_4 && memcmp(a.b + 12, b, 4) == 0;
}

static bool prefix_fits(const struct print_mac *m, const uint8_t nibble[DIGITS], struct bytes ip)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (m->nibble[i] != ANY && m->nibble[i] != nibble[i]) {
            return false;
        }
    }
    return !m->ip4 || embedded(nibble, m->n, ip);
}

/* ---- makers ---- */

/* A field of CSV (RFC 4180); *more: another follows. */
static struct bytes field_next(struct rd *r, bool *more)
{
    struct bytes rest = rd_peek(r), out;
    bool comma;

    if (rest.n && rest.p[0] == '"') {
        rd_skip(r, 1);
        out = rd_until(r, '"', &comma);
        rd_until(r, ',', more);
        return out;
    }
    return rd_until(r, ',', more);
}

/* Its place by prefix and bits; a free one has no bits. */
static struct print_maker *maker_place(const struct prints *p, uint64_t prefix, unsigned bits)
{
    size_t at = hash_word(prefix ^ (uint64_t)bits << 56) & (p->makers_room - 1);

    while (p->makers[at].bits != 0 && !(p->makers[at].prefix == prefix && p->makers[at].bits == bits)) {
        at = (at + 1) & (p->makers_room - 1);
    }
    return &p->makers[at];
}

static bool makers_grow(struct prints *p)
{
    struct print_maker *old = p->makers;
    size_t room = p->makers_room;

    p->makers_room = room != 0 ? room * 2 : 1 << 16;
    p->makers = calloc(p->makers_room, sizeof *p->makers);
    if (p->makers == NULL) {
        p->makers = old;
        p->makers_room = room;
        return false;
    }
    for (size_t i = 0; i < room; i++) {
        if (old[i].bits != 0) {
            *maker_place(p, old[i].prefix, old[i].bits) = old[i];
        }
    }
    free(old);
    return true;
}

static bool maker_add(struct prints *p, struct bytes digits, struct bytes name)
{
    uint64_t prefix;

    if (digits.n * 4 < MAKER_BITS_MIN || digits.n > DIGITS || !bytes_hex(digits, &prefix) || p->makers_n == MAKERS_MAX) {
        return true;
    }
    if (p->makers_n * 2 >= p->makers_room && !makers_grow(p)) {
        return false;
    }
    prefix <<= 48 - digits.n * 4;
    struct print_maker *m = maker_place(p, prefix, (unsigned)digits.n * 4);
    if (m->bits == 0) { /* said twice, the first counts */
        *m = (struct print_maker){ .prefix = prefix, .bits = (uint8_t)(digits.n * 4), .name = arena_copy(&p->arena, name) };
        p->makers_n++;
    }
    return true;
}

void print_makers_read(struct print_reader *r, struct bytes csv)
{
    struct rd lines = rd_of(csv);

    r->line = 0;
    while (rd_left(&lines) != 0) {
        bool end, more;
        struct rd line = rd_of(bytes_trim(rd_line(&lines, &end), " \r"));
        struct bytes registry = field_next(&line, &more), digits, name;
        struct err err;
        r->line++;
        if (!more || !bytes_starts(registry, "MA-")) {
            continue; /* the head, or the rest of an address that goes on over lines */
        }
        digits = field_next(&line, &more);
        name = bytes_trim(bytes_head(field_next(&line, &more), NAME_MAX_BYTES), " ");
        if (!maker_add(r->prints, digits, name)) {
            err_set(&err, "not enough memory");
            print_bad(r, 0, &err);
            return;
        }
    }
}

static const struct print_maker *maker_exact(const struct prints *p, uint64_t mac, unsigned bits)
{
    const struct print_maker *m = p->makers_n != 0 ? maker_place(p, mac & ~(UINT64_MAX >> (16 + bits)), bits) : NULL;

    return m != NULL && m->bits != 0 ? m : NULL;
}

/* The longest block that the address is in. */
static const struct print_maker *maker_of(const struct prints *p, const uint8_t nibble[DIGITS])
{
    uint64_t mac = 0;

    for (unsigned i = 0; i < DIGITS; i++) {
        mac = mac << 4 | nibble[i];
    }
    for (unsigned bits = 36; bits >= MAKER_BITS_MIN; bits -= 4) {
        const struct print_maker *m = maker_exact(p, mac, bits);
        if (m) {
            return m;
        }
    }
    return NULL;
}

unsigned print_mac_match(const struct prints *p, struct bytes text, struct guess *out)
{
    const struct print_table *t = &p->table[SIGN_MAC];
    const struct print_maker *maker;
    uint8_t nibble[DIGITS];
    struct bytes ip;
    unsigned n = 0;

    if (!sign_read(text, nibble, &ip)) {
        return 0;
    }
    for (size_t i = 0; i < t->n && n == 0; i++) {
        if (prefix_fits(&t->rows[i].mac, nibble, ip)) {
            n = print_guesses(&t->rows[i], text, NULL, out, n);
        }
    }
    /* What a hypervisor takes as it likes may stand in the list as somebody else's. */
    maker = n == 0 ? maker_of(p, nibble) : NULL;
    if (!maker) {
        return n;
    }
    n = print_table_match(&p->table[TABLE_MAKER], maker->name, out, n);
    for (unsigned i = 0; i < n; i++) {
        out[i].vendor = out[i].vendor.n ? out[i].vendor : maker->name;
    }
    if (n == 0) {
        out[n++] = (struct guess){ .strength = STRENGTH_MAKER, .vendor = maker->name, .os = bytes_none(), .version = bytes_none(),
                                   .product = bytes_none(), .product_version = bytes_none(), .row = "ieee-data" };
    }
    return n;
}
