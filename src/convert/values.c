/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that all dialects have and mean otherwise: ranges whose ends are in or out, signs of flags, bits of flows. */
#include "convert/parts.h"

#include <string.h>

/* ---- ranges ---- */

enum { CAN_NOT = 1, CAN_BOUND = 2, CAN_BETWEEN = 4, CAN_ALL = 7 };

/* What a dialect can ask of a number, in its order; what stands between two ends to Snort 2, and whether they are in. */
static const struct ranged {
    const char *name;
    uint8_t can[3];
    const char *between2;
    bool in2;
} ranged[] = {
    { "dsize", { CAN_ALL, CAN_BOUND | CAN_BETWEEN, CAN_ALL }, "<>", true },
    { "urilen", { CAN_ALL, CAN_BOUND | CAN_BETWEEN, CAN_ALL }, "<>", true },
    { "ttl", { CAN_ALL, CAN_BOUND | CAN_BETWEEN, CAN_ALL }, "-", true },
    { "itype", { CAN_ALL, CAN_BOUND | CAN_BETWEEN, CAN_ALL }, "<>", false },
    { "icode", { CAN_ALL, CAN_BOUND | CAN_BETWEEN, CAN_ALL }, "<>", false },
    { "fragoffset", { CAN_BOUND, CAN_BOUND | CAN_NOT, CAN_ALL }, NULL, false },
    { "tos", { CAN_NOT, CAN_NOT, CAN_ALL }, NULL, false },
    { "window", { CAN_NOT, CAN_NOT, CAN_ALL }, NULL, false },
    { "id", { 0, 0, CAN_ALL }, NULL, false },
    { "seq", { 0, 0, CAN_ALL }, NULL, false },
    { "ack", { 0, 0, CAN_ALL }, NULL, false },
    { "icmp_id", { 0, 0, CAN_ALL }, NULL, false },
    { "icmp_seq", { 0, 0, CAN_ALL }, NULL, false },
};

/* From `low` to `high`, both in; `outer`: it was written with its ends out. */
struct span_asked {
    uint64_t low, high;
    bool not, outer;
};

static bool number(struct bytes b, uint64_t *out)
{
    b = bytes_trim(b, " \t");
    if (b.n > 1 && (b.p[0] | 0x20) == 'x') {
        return bytes_hex(bytes_from(b, 1), out);
    }
    return b.n > 2 && bytes_starts(b, "0x") ? bytes_hex(bytes_from(b, 2), out) : bytes_u64(b, out);
}

static bool between_read(struct bytes v, size_t at, size_t n, bool in, struct span_asked *x)
{
    struct bytes low = bytes_trim(bytes_head(v, at), " \t"), high = bytes_trim(bytes_from(v, at + n), " \t");

    x->outer = !in;
    if (low.n == 0 && high.n == 0) {
        return false;
    }
    if ((low.n != 0 && !number(low, &x->low)) || (high.n != 0 && !number(high, &x->high))) {
        return false;
    }
    if (!in) {
        if (low.n == 0 || high.n == 0 || x->high == 0) {
            return false;
        }
        x->low++;
        x->high--;
    }
    return x->low <= x->high;
}

static bool span_read(const struct parts *p, const struct ranged *r, struct bytes v, struct span_asked *x)
{
    static const struct {
        const char *sign;
        bool low, over;        /* the number is the lower end; is not in itself */
    } signs[] = { { ">=", true, false }, { "<=", false, false }, { ">", true, true }, { "<", false, true } };
    const bool snort2 = p->from == CONVERT_SNORT2, dashes = p->from == CONVERT_SURICATA || (snort2 && strcmp(r->name, "ttl") == 0);

    *x = (struct span_asked){ .low = 0, .high = UINT64_MAX };
    v = bytes_trim(v, " \t\"");
    size_t in = bytes_find(v, bytes_str("<=>"));
    if (in != SIZE_MAX) {
        return between_read(v, in, 3, true, x);
    }
    if (bytes_starts(v, "!")) {
        x->not = true;
        v = bytes_from(v, bytes_starts(v, "!=") ? 2 : 1);
    }
    size_t out = bytes_find(v, bytes_str("<>")), dash = dashes ? bytes_find_byte(v, '-') : SIZE_MAX;
    if (out != SIZE_MAX || dash != SIZE_MAX) {
        return between_read(v, out != SIZE_MAX ? out : dash, out != SIZE_MAX ? 2 : 1, snort2 && r->in2, x);
    }
    for (size_t i = 0; i < ROWS(signs); i++) {
        if (bytes_starts(v, signs[i].sign)) {
            uint64_t n;
            if (x->not || !number(bytes_from(v, strlen(signs[i].sign)), &n) || (signs[i].over && !signs[i].low && n == 0)) {
                return false;
            }
            *(signs[i].low ? &x->low : &x->high) = !signs[i].over ? n : signs[i].low ? n + 1 : n - 1;
            return true;
        }
    }
    if (!number(bytes_from(v, bytes_starts(v, "=")), &x->low)) {
        return false;
    }
    x->high = x->low;
    return true;
}

static bool span_write(struct parts *p, const struct ranged *r, const struct span_asked *x, struct text *out)
{
    const unsigned can = r->can[p->to];
    const bool one = x->low == x->high, bound = x->low == 0 || x->high == UINT64_MAX, snort2 = p->to == CONVERT_SNORT2;
    const bool in = snort2 ? r->in2 : p->to == CONVERT_SNORT3 && !x->outer;
    const uint64_t low = x->low - !in, high = x->high + !in; /* as they are written */

    if (one ? (x->not && (can & CAN_NOT) == 0) : x->not ? p->to != CONVERT_SURICATA || can != CAN_ALL : (can & (bound ? CAN_BOUND : CAN_BETWEEN)) == 0) {
        return false;
    }
    text_str(out, x->not ? "!" : "");
    if (one) {
        text_printf(out, "%llu", (unsigned long long)x->low);
    } else if (x->not || !bound) {
        text_printf(out, "%llu%s%llu", (unsigned long long)low, x->not ? "-" : snort2 ? r->between2 : in ? "<=>" : "<>", (unsigned long long)high);
    } else if (x->low == 0) {
        text_printf(out, "<%llu", (unsigned long long)x->high + 1);
    } else {
        text_printf(out, ">%llu", (unsigned long long)x->low - 1);
    }
    return true;
}

const struct ranged *ranged_find(struct bytes name)
{
    for (size_t i = 0; i < ROWS(ranged); i++) {
        if (bytes_is(name, ranged[i].name)) {
            return &ranged[i];
        }
    }
    return NULL;
}

bool range_write(struct parts *p, const struct ranged *r, struct bytes value, struct text *out)
{
    struct span_asked x;

    if (!span_read(p, r, value, &x)) {
        return parts_refuse(p, "%s: the range %.*s is not understood", r->name, (int)value.n, (const char *)value.p);
    }
    return span_write(p, r, &x, out) || parts_refuse(p, "%s:%.*s cannot be asked", r->name, (int)value.n, (const char *)value.p);
}

static bool ranged_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    const struct ranged *r = ranged_find(name);

    if (r != NULL) {
        text_printf(out, " %s:", r->name);
        bool good = range_write(p, r, value, out);
        text_byte(out, ';');
        return good;
    }
    return parts_refuse(p, "%.*s has no other name", (int)name.n, (const char *)name.p);
}

/* ---- bits of headers ---- */

/* The letters of a value that are among those, and the sign among + * !, wherever it stands. */
static unsigned letters_read(struct bytes v, const char *letters, char *sign, char *out)
{
    unsigned n = 0;

    *sign = 0;
    for (size_t i = 0; i < v.n; i++) {
        char c = (char)(v.p[i] >= 'a' && v.p[i] <= 'z' ? v.p[i] - 'a' + 'A' : v.p[i]);
        if (c == '+' || c == '*' || c == '!') {
            *sign = c;
        } else if (c != '\0' && strchr(letters, c) != NULL && n < 8) {
            out[n++] = c;
        }
    }
    out[n] = '\0';
    return n;
}

static bool changes(struct parts *p, struct bytes name, struct bytes value)
{
    return parts_refuse(p, "%.*s:%.*s means something else there", (int)name.n, (const char *)name.p, (int)value.n, (const char *)value.p);
}

static bool fragbits_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    char sign, letters[9];
    unsigned n = letters_read(value, "MDR", &sign, letters);

    /* "these and more" is to Suricata more than these; "not these" to Suricata not all, to Snort none */
    if ((sign == '+' && (p->from == CONVERT_SURICATA || n != 1)) || (sign == '!' && n != 1)) {
        return changes(p, name, value);
    }
    text_printf(out, " fragbits:%.1s%s;", sign == '+' ? "*" : (char[]){ sign, '\0' }, letters);
    return true;
}

/* Suricata asks a rule of SYN, FIN or RST of packets alone that have one of the three, and so of URG, ECE and CWR. */
static bool flags_alike(char sign, const char *letters, unsigned n, bool masked)
{
    if (n == 1 && letters[0] == '0') {
        return sign == 0 && !masked;
    }
    if (sign == '!') {
        return n == 1 && strchr("PA", letters[0]) != NULL;
    }
    return sign != '*' || strspn(letters, "PA") == n || strspn(letters, "FSR") == n || strspn(letters, "UEC12") == n;
}

static bool flags_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    struct rd r = rd_of(value);
    bool masked;
    struct bytes first = rd_until(&r, ',', &masked), rest = rd_rest(&r);
    char sign, ignored, letters[9], mask[9];
    unsigned n = letters_read(first, "FSRPAUEC120", &sign, letters);

    (void)letters_read(rest, "FSRPAUEC12", &ignored, mask);
    if (!flags_alike(sign, letters, n, masked)) {
        return changes(p, name, value);
    }
    text_printf(out, " %s:%.1s%s%s%s;", p->to == CONVERT_SURICATA ? "tcp.flags" : "flags", (char[]){ sign, '\0' }, letters, masked ? "," : "", mask);
    return true;
}

static bool ipopts_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    if (bytes_is_nocase(value, "any")) {
        return changes(p, name, value);
    }
    text_printf(out, " ipopts:%.*s;", (int)value.n, (const char *)value.p);
    return true;
}

/* ---- bits of flows ---- */

/* "set,a&b" sets both; to Suricata it is one name. */
static bool flowbits_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    struct rd r = rd_of(value);
    bool named, more;
    struct bytes command = bytes_trim(rd_until(&r, ',', &named), " \t"), names = bytes_trim(rd_rest(&r), " \t");

    if ((p->from == CONVERT_SURICATA && bytes_find_byte(names, '&') != SIZE_MAX) || bytes_find_byte(names, ',') != SIZE_MAX) {
        return changes(p, name, value);
    }
    r = rd_of(names);
    do {
        struct bytes one = bytes_trim(rd_until(&r, '&', &more), " \t");
        text_printf(out, " flowbits:%.*s%s%.*s;", (int)command.n, (const char *)command.p, named ? "," : "", (int)one.n, (const char *)one.p);
    } while (more);
    return true;
}

bool value_write(struct parts *p, struct bytes name, struct bytes value, struct text *out)
{
    static const struct {
        const char *name;
        bool (*write)(struct parts *p, struct bytes name, struct bytes value, struct text *out);
    } rows[] = { { "fragbits", fragbits_write }, { "flags", flags_write }, { "tcp.flags", flags_write }, { "ipopts", ipopts_write }, { "flowbits", flowbits_write } };
    const bool alike = (p->from == CONVERT_SURICATA) == (p->to == CONVERT_SURICATA); /* Snort's two mean the same by these */

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (bytes_is(name, rows[i].name)) {
            if (alike) {
                text_printf(out, " %s:%.*s;", rows[i].name, (int)value.n, (const char *)value.p);
            }
            return alike || rows[i].write(p, name, value, out);
        }
    }
    return ranged_write(p, name, value, out);
}
