/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/vars.h"

#include "base/text.h"
#include "config/tree.h"

#include <stdarg.h>
#include <stdlib.h>

enum {
    VARS_DEPTH_MAX = 64,    /* brackets and variables inside each other */
    VARS_STEPS_MAX = 1 << 20, /* entries read and ranges kept, over all */
    VARS_TEXT_MAX = 4 << 20,
    ENTRY_MAX = 256,
};

/* A part of an expression; positions in errors count from the start of `text`. */
struct span {
    const char *text;
    size_t from, to;
};

struct entry {
    enum { ENTRY_PLAIN, ENTRY_LIST, ENTRY_VARIABLE } kind;
    bool negated;
    bool last;         /* nothing, not even a comma, stands behind it */
    struct span inner; /* without brackets, $ and blanks */
};

/* One evaluation. */
struct eval {
    const struct conf *conf;
    const char *group; /* where its variables stand */
    const char *own;   /* where others stand that may go before; NULL */
    struct err *err;
    unsigned depth, steps;
};

static bool bad(struct eval *e, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool bad(struct eval *e, size_t at, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return err_set(e->err, "character %zu: %s", at + 1, text);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static size_t skip_blanks(const struct span *s, size_t at)
{
    while (at < s->to && is_blank(s->text[at])) {
        at++;
    }
    return at;
}

/* The bracket that closes the one at `open`; s->to when there is none. */
static size_t closing(const struct span *s, size_t open)
{
    size_t depth = 0, at = open;

    for (; at < s->to; at++) {
        if (s->text[at] == '[') {
            depth++;
        } else if (s->text[at] == ']' && --depth == 0) {
            break;
        }
    }
    return at;
}

/* Takes the next entry off the front of the span.  *more is false at its end. */
static bool entry_next(struct eval *e, struct span *s, struct entry *out, bool *more)
{
    size_t at = skip_blanks(s, s->from), end;

    *more = at < s->to;
    if (!*more) {
        return true;
    }
    if (++e->steps > VARS_STEPS_MAX) {
        return bad(e, at, "the expression is too large");
    }
    *out = (struct entry){ .inner = { .text = s->text } };
    while (at < s->to && (s->text[at] == '!' || is_blank(s->text[at]))) {
        out->negated = out->negated || s->text[at] == '!';
        at++;
    }
    if (at < s->to && s->text[at] == '[') {
        end = closing(s, at);
        if (end == s->to) {
            return bad(e, at, "this bracket is not closed");
        }
        out->kind = ENTRY_LIST;
        out->inner.from = at + 1;
        out->inner.to = end;
        end = skip_blanks(s, end + 1);
    } else {
        out->kind = at < s->to && s->text[at] == '$' ? ENTRY_VARIABLE : ENTRY_PLAIN;
        at += out->kind == ENTRY_VARIABLE;
        end = at;
        while (end < s->to && s->text[end] != ',' && s->text[end] != '[' && s->text[end] != ']') {
            end++;
        }
        out->inner.from = at;
        out->inner.to = end;
        while (out->inner.to > at && is_blank(s->text[out->inner.to - 1])) {
            out->inner.to--;
        }
        if (out->inner.to == at) {
            return bad(e, at, "an entry is missing");
        }
    }
    if (end < s->to && s->text[end] != ',') {
        return bad(e, end, s->text[end] == ']' ? "this bracket was not opened" : "a comma is missing");
    }
    out->last = end == s->to;
    s->from = end < s->to ? end + 1 : end;
    return true;
}

static bool entry_text(struct eval *e, const struct entry *entry, char out[ENTRY_MAX])
{
    size_t n = entry->inner.to - entry->inner.from;

    if (n >= ENTRY_MAX) {
        return bad(e, entry->inner.from, "this is too long");
    }
    memcpy(out, entry->inner.text + entry->inner.from, n);
    out[n] = '\0';
    return true;
}

/* What a variable stands for, into `text`: its value, or the entries of its list. */
static bool variable_text(struct eval *e, const struct entry *entry, const char *name, struct text *text)
{
    const struct conf_node *group = conf_node(e->conf, e->group), *own = e->own != NULL ? conf_node(e->conf, e->own) : NULL;
    const struct conf_node *n = group != NULL ? tree_find(e->conf, group, bytes_str(name)) : NULL;
    const struct conf_node *before = own != NULL ? tree_find(e->conf, own, bytes_str(name)) : NULL;

    if (before != NULL && (n == NULL || strcmp(conf_place(n).file, conf_place(before).file) == 0)) {
        n = before;
    }
    if (n == NULL) {
        return bad(e, entry->inner.from, "no variable %s in %s", name, e->group);
    }
    if (n->value != NULL) {
        text_str(text, n->value);
    }
    for (const struct conf_node *k = n->value == NULL ? n->first : NULL; k != NULL; k = k->next) {
        text_str(text, text->n > 0 ? "," : "");
        text_str(text, k->value != NULL ? k->value : "");
    }
    if (text->n == 0) {
        return bad(e, entry->inner.from, "the variable %s stands for nothing (a value that begins "
                   "with ! needs quotes)", name);
    }
    return !text->cut || bad(e, entry->inner.from, "the variable %s is too long", name);
}

/* How a list is read into whatever `to` is. */
typedef bool (*list_fn)(struct eval *e, struct span s, bool negated, void *to);

static bool deeper(struct eval *e, struct span s, bool negated, list_fn read, void *to)
{
    if (e->depth >= VARS_DEPTH_MAX) {
        return bad(e, s.from, "lists and variables stand more than %d deep inside each other",
                   (int)VARS_DEPTH_MAX);
    }
    e->depth++;
    bool good = read(e, s, negated, to);
    e->depth--;
    return good;
}

/* Reads the list that a variable stands for. */
static bool variable_read(struct eval *e, const struct entry *entry, bool negated, list_fn read,
                          void *to)
{
    char name[ENTRY_MAX];
    struct text text;

    if (!entry_text(e, entry, name)) {
        return false;
    }
    text_init(&text, VARS_TEXT_MAX);
    bool known = variable_text(e, entry, name, &text);
    bool good = known && deeper(e, (struct span){ text.p, 0, text.n }, negated, read, to);
    text_fini(&text);
    if (known && !good) {
        err_add(e->err, "character %zu: $%s", entry->inner.from, name);
    }
    return good;
}

/* Addresses. */

struct ranges {
    struct addr_list list;
    size_t room;
};
struct addresses {
    struct ranges have, leave;
};

static void addresses_fini(struct addresses *a)
{
    free(a->have.list.range);
    free(a->have.list.family);
    free(a->leave.list.range);
    free(a->leave.list.family);
}

static bool ranges_add(struct eval *e, struct ranges *r, const struct addr_range *range,
                       enum family family)
{
    struct addr_list *list = &r->list;

    if (++e->steps > VARS_STEPS_MAX) {
        return err_set(e->err, "the expression is too large");
    }
    if (list->n == r->room) {
        size_t room = r->room == 0 ? 8 : r->room * 2;
        struct addr_range *range_grown = realloc(list->range, room * sizeof(*range_grown));
        if (range_grown == NULL) {
            return err_set(e->err, "out of memory");
        }
        list->range = range_grown;
        enum family *family_grown = realloc(list->family, room * sizeof(*family_grown));
        if (family_grown == NULL) {
            return err_set(e->err, "out of memory");
        }
        list->family = family_grown;
        r->room = room;
    }
    list->range[list->n] = *range;
    list->family[list->n++] = family;
    return true;
}

static bool ranges_add_text(struct eval *e, struct ranges *r, const char *text)
{
    struct addr_range range;
    enum family family;

    return addr_range_parse(text, &range, &family, e->err) && ranges_add(e, r, &range, family);
}

static bool ranges_have(const struct ranges *r, enum family family)
{
    for (size_t i = 0; i < r->list.n; i++) {
        if (r->list.family[i] == family) {
            return true;
        }
    }
    return false;
}

/* Is all of IPv4 among these? */
static bool ranges_all4(const struct ranges *r)
{
    struct addr_set s;
    static const uint8_t low[4], high[4] = { 255, 255, 255, 255 };
    struct addr first = addr_from4(low), last = addr_from4(high);

    if (!addr_set_make(&s, &r->list, &(struct addr_list){ 0 })) {
        return false;
    }
    bool all = s.n4 == 1 && addr_equal(&s.range4[0].low, &first) &&
               addr_equal(&s.range4[0].high, &last);
    addr_set_fini(&s);
    return all;
}

static bool addresses_resolve(struct eval *e, struct addresses *a, size_t at, struct addr_set *out)
{
    if (a->leave.list.n > 0 && ranges_all4(&a->leave)) {
        return bad(e, at, "every address is negated");
    }
    if (ranges_have(&a->leave, FAMILY_4) && !ranges_have(&a->have, FAMILY_4) &&
        !ranges_add_text(e, &a->have, "0.0.0.0/0")) {
        return false;
    }
    if (ranges_have(&a->leave, FAMILY_6) && !ranges_have(&a->have, FAMILY_6) &&
        !ranges_add_text(e, &a->have, "::/0")) {
        return false;
    }
    if (!addr_set_make(out, &a->have.list, &a->leave.list)) {
        return err_set(e->err, "out of memory");
    }
    if (out->n4 == 0 && out->n6 == 0) {
        addr_set_fini(out);
        return bad(e, at, "no address is left");
    }
    return true;
}

static bool addresses_leaf(struct eval *e, const struct entry *entry, struct ranges *to)
{
    char text[ENTRY_MAX];
    struct addr_range range;
    enum family family;
    struct err why;

    if (!entry_text(e, entry, text)) {
        return false;
    }
    if (bytes_is_nocase(bytes_str(text), "any")) {
        return ranges_add_text(e, to, "0.0.0.0/0") && ranges_add_text(e, to, "::/0");
    }
    if (!addr_range_parse(text, &range, &family, &why)) {
        return bad(e, entry->inner.from, "%s", why.text);
    }
    return ranges_add(e, to, &range, family);
}

static bool addresses_read(struct eval *e, struct span s, bool negated, void *to);

/* A negated list or variable: made whole by itself, then all of it is taken away. */
static bool addresses_negated(struct eval *e, const struct entry *entry, struct ranges *leave)
{
    struct addresses own = { 0 };
    struct addr_set set;
    bool good = entry->kind == ENTRY_VARIABLE
                    ? variable_read(e, entry, false, addresses_read, &own)
                    : deeper(e, entry->inner, false, addresses_read, &own);

    good = good && addresses_resolve(e, &own, entry->inner.from, &set);
    addresses_fini(&own);
    if (!good) {
        return false;
    }
    for (size_t i = 0; good && i < set.n4; i++) {
        good = ranges_add(e, leave, &set.range4[i], FAMILY_4);
    }
    for (size_t i = 0; good && i < set.n6; i++) {
        good = ranges_add(e, leave, &set.range6[i], FAMILY_6);
    }
    addr_set_fini(&set);
    return good;
}

static bool addresses_read(struct eval *e, struct span s, bool negated, void *to)
{
    struct addresses *a = to;
    struct entry entry;
    bool more, good = true;

    (void)negated; /* a negated list is read by itself as a plain one */
    while (good) {
        if (!entry_next(e, &s, &entry, &more)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (entry.kind == ENTRY_PLAIN) {
            good = addresses_leaf(e, &entry, entry.negated ? &a->leave : &a->have);
        } else if (entry.negated) {
            good = addresses_negated(e, &entry, &a->leave);
        } else if (entry.kind == ENTRY_VARIABLE) {
            good = variable_read(e, &entry, false, addresses_read, a);
        } else {
            good = deeper(e, entry.inner, false, addresses_read, a);
        }
    }
    return false;
}

bool vars_addresses(const struct conf *c, const char *expression, struct addr_set *out,
                    struct err *err)
{
    struct eval e = { .conf = c, .group = "vars.address-groups", .err = err };
    struct addresses all = { 0 };

    *out = (struct addr_set){ 0 };
    bool good = addresses_read(&e, (struct span){ expression, 0, strlen(expression) }, false, &all) &&
                addresses_resolve(&e, &all, 0, out);
    addresses_fini(&all);
    return good;
}

/* Ports. */

struct ports {
    uint64_t have[1024], leave[1024];
};

static void bits_add(uint64_t bits[1024], uint32_t low, uint32_t high)
{
    for (uint32_t p = low; p <= high; p++) {
        bits[p >> 6] |= 1ULL << (p & 63);
    }
}

static bool bits_are(const uint64_t bits[1024], uint64_t each)
{
    for (unsigned i = 0; i < 1024; i++) {
        if (bits[i] != each) {
            return false;
        }
    }
    return true;
}

static bool port_parse(struct bytes b, uint32_t empty, uint32_t *out)
{
    uint64_t v;

    b = bytes_trim(b, " \t");
    if (b.n == 0) {
        *out = empty;
        return true;
    }
    if (!bytes_u64(b, &v) || v > UINT16_MAX) {
        return false;
    }
    *out = (uint32_t)v;
    return true;
}

static bool ports_leaf(struct eval *e, const struct entry *entry, uint64_t bits[1024])
{
    char text[ENTRY_MAX];
    uint32_t low, high;
    bool range;

    if (!entry_text(e, entry, text)) {
        return false;
    }
    struct bytes all = bytes_str(text);
    if (bytes_is_nocase(all, "any")) {
        bits_add(bits, 0, UINT16_MAX);
        return true;
    }
    struct rd r = rd_of(all);
    struct bytes first = rd_until(&r, ':', &range);
    struct bytes second = range ? rd_rest(&r) : first;
    if (!port_parse(first, 0, &low) || !port_parse(second, UINT16_MAX, &high)) {
        return bad(e, entry->inner.from, "not a port or a range of ports: %s", text);
    }
    if (low > high) {
        return bad(e, entry->inner.from, "the range of ports ends before it begins: %s", text);
    }
    e->steps += (high - low) >> 10;
    bits_add(bits, low, high);
    return true;
}

static bool ports_read(struct eval *e, struct span s, bool negated, void *to)
{
    struct ports *p = to;
    struct entry entry;
    bool more, good = true;

    while (good) {
        if (!entry_next(e, &s, &entry, &more)) {
            return false;
        }
        if (!more) {
            return true;
        }
        bool either = negated || entry.negated, odd = negated != entry.negated;
        if (entry.kind == ENTRY_PLAIN) {
            good = ports_leaf(e, &entry, (entry.last ? odd : either) ? p->leave : p->have);
        } else if (entry.kind == ENTRY_VARIABLE) {
            good = variable_read(e, &entry, odd, ports_read, p);
        } else {
            good = deeper(e, entry.inner, either, ports_read, p);
        }
    }
    return false;
}

bool vars_ports(const struct conf *c, const char *expression, struct port_set *out, struct err *err)
{
    return vars_ports_own(c, NULL, expression, out, err);
}

bool vars_ports_own(const struct conf *c, const char *own, const char *expression, struct port_set *out, struct err *err)
{
    struct eval e = { .conf = c, .group = "vars.port-groups", .own = own, .err = err };
    struct ports all = { 0 };

    *out = (struct port_set){ 0 };
    if (!ports_read(&e, (struct span){ expression, 0, strlen(expression) }, false, &all)) {
        return false;
    }
    if (bits_are(all.leave, UINT64_MAX)) {
        return bad(&e, 0, "every port is negated");
    }
    bool only_leave = bits_are(all.have, 0) && !bits_are(all.leave, 0);
    for (unsigned i = 0; i < 1024; i++) {
        out->bits[i] = (only_leave ? UINT64_MAX : all.have[i]) & ~all.leave[i];
    }
    if (bits_are(out->bits, 0)) {
        return bad(&e, 0, "no port is left");
    }
    out->any = bits_are(out->bits, UINT64_MAX);
    return true;
}

bool vars_check(const struct conf *c, struct err *err)
{
    static const char *const groups[] = { "vars.address-groups", "vars.port-groups" };

    for (size_t i = 0; i < ROWS(groups); i++) {
        const struct conf_node *group = conf_node(c, groups[i]);
        for (const struct conf_node *n = group ? group->first : NULL; n != NULL; n = n->next) {
            char expression[CONF_NAME_MAX + 2];
            struct err why = { "" };
            struct addr_set addresses = { 0 };
            struct port_set ports;
            (void)snprintf(expression, sizeof(expression), "$%s", n->name);
            bool good = i == 0 ? vars_addresses(c, expression, &addresses, &why)
                               : vars_ports(c, expression, &ports, &why);
            addr_set_fini(&addresses);
            if (!good) {
                return tree_err(err, n->place, "%s", why.text);
            }
        }
    }
    return true;
}
