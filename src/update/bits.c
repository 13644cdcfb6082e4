/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits of flows that rules set for others: who sets what is asked is enabled too, without an alert of its own. */
#include "update/parts.h"

#include "base/hash.h"

#include <string.h>

enum { BITS_MAX = 1 << 20 };

/* Which bits some enabled rule sets, and which some enabled rule asks, by their hash. */
struct bits {
    uint64_t *set, *asked;
    size_t set_n, asked_n, room;
};

static bool bit_in(const uint64_t *list, size_t n, uint64_t bit)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == bit) {
            return true;
        }
    }
    return false;
}

static void bit_add(uint64_t *list, size_t *n, size_t room, uint64_t bit)
{
    if (*n < room && !bit_in(list, *n, bit)) {
        list[(*n)++] = bit;
    }
}

/* Calls found() for each bit that the rule's options of that command name: flowbits and xbits, "isset,a|b". */
static void bits_each(struct bytes text, bool sets, void (*found)(void *ctx, uint64_t bit), void *ctx)
{
    struct rd left = line_options(text);
    struct bytes name, value;

    while (line_option(&left, &name, &value)) {
        if (!bytes_is(name, "flowbits") && !bytes_is(name, "xbits")) {
            continue;
        }
        struct rd r = rd_of(value);
        bool more;
        struct bytes command = bytes_trim(rd_until(&r, ',', &more), " \t"), names = rd_until(&r, ',', &more);
        bool is_set = bytes_is(command, "set") || bytes_is(command, "toggle") || bytes_is(command, "setx"), is_ask = bytes_is(command, "isset");
        if (sets ? !is_set : !is_ask) {
            continue;
        }
        struct rd each = rd_of(names);
        for (more = true; more;) {
            struct bytes one = bytes_trim(rd_until_any(&each, "|&"), " \t");
            more = rd_left(&each) != 0;
            rd_skip(&each, more ? 1 : 0);
            if (one.n) {
                found(ctx, hash_bytes(one.p, one.n, name.p[0]));
            }
        }
    }
}

static void note_set(void *ctx, uint64_t bit)
{
    struct bits *b = ctx;

    bit_add(b->set, &b->set_n, b->room, bit);
}

static void note_asked(void *ctx, uint64_t bit)
{
    struct bits *b = ctx;

    bit_add(b->asked, &b->asked_n, b->room, bit);
}

struct wanted {
    const struct bits *bits;
    bool yes;
};

static void note_wanted(void *ctx, uint64_t bit)
{
    struct wanted *w = ctx;

    w->yes |= bit_in(w->bits->asked, w->bits->asked_n, bit) && !bit_in(w->bits->set, w->bits->set_n, bit);
}

struct bytes line_noalert(struct arena *a, struct bytes text)
{
    struct bytes value;
    struct arena_text t;
    size_t close = text.n;

    if (line_value(text, "noalert", &value) || bytes_find(text, bytes_str("flowbits:noalert")) != SIZE_MAX || bytes_find(text, bytes_str("flowbits: noalert")) != SIZE_MAX) {
        return text;
    }
    while (close != 0 && text.p[close - 1] != ')') {
        close--;
    }
    arena_text_init(&t, a, text.n + 64);
    arena_text_add(&t, bytes_head(text, close ? close - 1 : 0));
    arena_text_add(&t, bytes_str(" flowbits:noalert;"));
    arena_text_add(&t, bytes_from(text, close ? close - 1 : 0));
    return arena_text_bytes(&t);
}

unsigned bits_resolve(struct update_rules *r)
{
    struct bits b = { .room = BITS_MAX / 16 };
    unsigned enabled = 0;
    bool more = true;

    b.set = calloc(b.room, sizeof *b.set);
    b.asked = calloc(b.room, sizeof *b.asked);
    while (b.set && b.asked && more) {
        more = false;
        for (size_t i = 0; i < r->n; i++) {
            if (r->rule[i].enabled && !r->rule[i].out) {
                bits_each(r->rule[i].text, true, note_set, &b);
                bits_each(r->rule[i].text, false, note_asked, &b);
            }
        }
        for (size_t i = 0; i < r->n; i++) {
            struct wanted w = { .bits = &b };
            if (!r->rule[i].enabled && !r->rule[i].out) {
                bits_each(r->rule[i].text, true, note_wanted, &w);
            }
            if (w.yes) {
                r->rule[i].enabled = more = true;
                r->rule[i].text = line_noalert(r->arena, r->rule[i].text);
                enabled++;
            }
        }
    }
    free(b.set);
    free(b.asked);
    return enabled;
}
