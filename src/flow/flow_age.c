/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_age.h"

#include "base/err.h"
#include "base/map.h"

enum { DUE = AGE_SLOTS * AGE_LISTS, PART_BITS = 8, PARTS = 1 << PART_BITS, SOONEST_TRIES = 64, BACK_SLOTS = 16, BIN_BITS = 11, BINS = 1 << BIN_BITS, WALKERS = 8 };

static uint64_t slot_start(uint64_t number) { return number << AGE_SHIFT; }

static void set_wake(struct flow_age *a)
{
    a->back = a->at > BACK_SLOTS ? slot_start(a->at - BACK_SLOTS) : 0;
    a->wake = a->due ? a->due->age_key : slot_start(a->at + 1);
}

void flow_age_init(struct flow_age *a, uint64_t now)
{
    memset(a, 0, sizeof(*a));
    a->at = now >> AGE_SHIFT;
    set_wake(a);
}

/* Flows of one deadline end in the order they began. */
static bool before(const struct flow *x, const struct flow *y)
{
    if (x->age_key != y->age_key) {
        return x->age_key < y->age_key;
    }
    return x->first_packet != y->first_packet ? x->first_packet < y->first_packet : x->id < y->id;
}

static bool began_before(const struct flow *x, const struct flow *y)
{
    return x->first_packet != y->first_packet ? x->first_packet < y->first_packet : x->id < y->id;
}

static struct flow *merge(struct flow *x, struct flow *y, bool (*less)(const struct flow *, const struct flow *))
{
    struct flow *head = NULL, **tail = &head;

    while (x && y) {
        struct flow **from = less(y, x) ? &y : &x;
        *tail = *from;
        tail = &(*from)->age_next;
        *from = (*from)->age_next;
    }
    *tail = x ? x : y;
    return head;
}

/* Cuts off the list's first flows that are in order already: they mostly are, for they came so. */
static struct flow *take_run(struct flow **list, bool (*less)(const struct flow *, const struct flow *))
{
    struct flow *run = *list, *last = run;

    while (last->age_next && !less(last->age_next, last)) {
        last = last->age_next;
    }
    *list = last->age_next;
    last->age_next = NULL;
    return run;
}

/* Merge sort over age_next; bin i holds 2^i sorted runs in one. */
static struct flow *sort(struct flow *list, bool (*less)(const struct flow *, const struct flow *))
{
    struct flow *bin[48] = { NULL };
    struct flow *sorted = NULL;

    while (list) {
        struct flow *run = take_run(&list, less);
        unsigned i = 0;
        for (; bin[i]; i++) {
            run = merge(bin[i], run, less);
            bin[i] = NULL;
        }
        bin[i] = run;
    }
    for (unsigned i = 0; i < ROWS(bin); i++) {
        if (bin[i]) {
            sorted = sorted ? merge(bin[i], sorted, less) : bin[i];
        }
    }
    return sorted;
}

/* Into the sorted slot at hand; new deadlines are mostly the latest, so look from the end. */
static void due_insert(struct flow_age *a, struct flow *f)
{
    struct flow *after = a->due_last;

    f->age_slot = DUE;
    while (after && before(f, after)) {
        after = after->age_prev;
    }
    f->age_prev = after;
    f->age_next = after ? after->age_next : a->due;
    *(after ? &after->age_next : &a->due) = f;
    *(f->age_next ? &f->age_next->age_prev : &a->due_last) = f;
    set_wake(a);
}

static void queue(struct flow_age *a, struct flow *f)
{
    uint64_t number = f->deadline >> AGE_SHIFT;

    f->age_key = f->deadline;
    if (number <= a->at) {
        due_insert(a, f);
        return;
    }
    if (number >= a->at + AGE_SLOTS) {
        number = a->at + AGE_SLOTS - 1;
        f->age_key = slot_start(number);
    }
    unsigned i = (unsigned)(number % AGE_SLOTS) * AGE_LISTS + a->turn++ % AGE_LISTS;
    f->age_slot = (uint16_t)i;
    f->age_prev = NULL;
    f->age_next = a->list[i];
    if (f->age_next) {
        f->age_next->age_prev = f;
    }
    a->list[i] = f;
    a->used[i / 64] |= 1ULL << i % 64;
}

static void unlink_flow(struct flow_age *a, struct flow *f)
{
    if (f->age_slot == DUE) {
        *(f->age_prev ? &f->age_prev->age_next : &a->due) = f->age_next;
        *(f->age_next ? &f->age_next->age_prev : &a->due_last) = f->age_prev;
    } else {
        bug_if(f->age_slot >= DUE);
        *(f->age_prev ? &f->age_prev->age_next : &a->list[f->age_slot]) = f->age_next;
        if (f->age_next) {
            f->age_next->age_prev = f->age_prev;
        }
        if (!a->list[f->age_slot]) {
            a->used[f->age_slot / 64] &= ~(1ULL << f->age_slot % 64);
        }
    }
    f->age_slot = AGE_NONE;
    f->age_prev = f->age_next = NULL;
}

void flow_age_add(struct flow_age *a, struct flow *f)
{
    a->n++;
    queue(a, f);
}

void flow_age_remove(struct flow_age *a, struct flow *f)
{
    unlink_flow(a, f);
    a->n--;
}

void flow_age_sooner(struct flow_age *a, struct flow *f)
{
    if (f->deadline < f->age_key) {
        unlink_flow(a, f);
        queue(a, f);
    }
}

/* A flow of a list that was taken out: one that is due in the slot at hand goes to its part of that time, another to where it
 * belongs now. */
static void take_flow(struct flow_age *a, struct flow *f, struct flow **part)
{
    if (f->deadline >> AGE_SHIFT > a->at) {
        queue(a, f);
        return;
    }
    uint64_t start = slot_start(a->at);
    unsigned i = f->deadline > start ? (unsigned)((f->deadline - start) >> (AGE_SHIFT - PART_BITS)) : 0;

    f->age_key = f->deadline;
    f->age_slot = DUE;
    f->age_next = part[i];
    part[i] = f;
}

/* Takes lists of flows in while nothing is due; what then is gets sorted part by part, each of which fits a cache. */
static void take_lists(struct flow_age *a, struct flow *list[AGE_LISTS])
{
    struct flow *part[PARTS] = { NULL };
    bool more;

    do {
        more = false;
        for (unsigned i = 0; i < AGE_LISTS; i++) {
            struct flow *f = list[i];
            if (f) {
                list[i] = f->age_next;
                __builtin_prefetch(list[i] ? &list[i]->last : NULL);
                __builtin_prefetch(list[i] ? &list[i]->first : NULL, 1);
                take_flow(a, f, part);
                more = true;
            }
        }
    } while (more);
    a->due = a->due_last = NULL;
    for (unsigned i = 0; i < PARTS; i++) {
        for (struct flow *f = part[i] ? sort(part[i], before) : NULL; f; f = f->age_next) {
            f->age_prev = a->due_last;
            *(a->due_last ? &a->due_last->age_next : &a->due) = f;
            a->due_last = f;
        }
    }
}

static struct flow *take_list(struct flow_age *a, unsigned i)
{
    struct flow *list = a->list[i];

    a->list[i] = NULL;
    a->used[i / 64] &= ~(1ULL << i % 64);
    return list;
}

/* Bit per list of the slot that has flows. */
static unsigned slot_used(const struct flow_age *a, uint64_t number)
{
    unsigned i = number % AGE_SLOTS * AGE_LISTS;

    return (unsigned)(a->used[i / 64] >> i % 64) & ((1u << AGE_LISTS) - 1);
}

/* Every flow as one list over age_next, the wheel empty. */
static struct flow *take_all(struct flow_age *a)
{
    struct flow *all = a->due;

    a->due = a->due_last = NULL;
    for (unsigned i = 0; i < DUE; i++) {
        struct flow *list = take_list(a, i);
        while (list) {
            struct flow *f = list;
            list = f->age_next;
            f->age_next = all;
            all = f;
        }
    }
    return all;
}

/* Goes to the next slot that has flows, at most to now's; after a pause longer than the wheel everything is sorted at once. */
static void advance(struct flow_age *a, uint64_t now)
{
    uint64_t last = now >> AGE_SHIFT;
    struct flow *list[AGE_LISTS] = { NULL };

    if (last - a->at >= AGE_SLOTS) {
        list[0] = take_all(a);
        a->at = last;
    } else {
        do {
            a->at++;
        } while (a->at < last && slot_used(a, a->at) == 0);
        for (unsigned i = 0; i < AGE_LISTS; i++) {
            list[i] = take_list(a, (unsigned)(a->at % AGE_SLOTS) * AGE_LISTS + i);
        }
    }
    take_lists(a, list);
}

void flow_age_back(struct flow_age *a, uint64_t now)
{
    if (now < a->back) {
        struct flow *list[AGE_LISTS] = { take_all(a) };
        a->at = now >> AGE_SHIFT;
        take_lists(a, list);
        set_wake(a);
    }
}

struct flow *flow_age_pop(struct flow_age *a, uint64_t now)
{
    for (;;) {
        struct flow *f = a->due;
        if (f && f->age_key > now) {
            break;
        }
        if (f) {
            unlink_flow(a, f);
            if (f->deadline <= now && f->deadline == f->age_key) {
                a->n--;
                set_wake(a);
                return f;
            }
            queue(a, f);
        } else if (now >> AGE_SHIFT > a->at) {
            advance(a, now);
        } else {
            break;
        }
    }
    set_wake(a);
    return NULL;
}

/* Of the flows at the heads of a slot's lists the one that began last: of many that are as soon those that were there before stay, so that a flood gives way to
 * itself. */
static struct flow *slot_newest(const struct flow_age *a, uint64_t number)
{
    struct flow *const *list = &a->list[number % AGE_SLOTS * AGE_LISTS], *f = NULL;

    for (unsigned i = 0; i < AGE_LISTS; i++) {
        f = list[i] && (!f || list[i]->first_packet > f->first_packet) ? list[i] : f;
    }
    return f;
}

static struct flow *first_slot(struct flow_age *a, uint64_t *number)
{
    for (uint64_t i = a->at + 1; i < a->at + AGE_SLOTS;) {
        unsigned first = i % AGE_SLOTS * AGE_LISTS;
        uint64_t bits = a->used[first / 64] >> first % 64;
        if (bits) {
            *number = i + (unsigned)__builtin_ctzll(bits) / AGE_LISTS;
            return slot_newest(a, *number);
        }
        i += (64 - first % 64) / AGE_LISTS;
    }
    return NULL;
}

struct flow *flow_age_soonest(struct flow_age *a)
{
    struct flow *f = NULL;

    for (unsigned tries = 0; tries < SOONEST_TRIES; tries++) {
        uint64_t number = a->at;
        f = a->due ? a->due : first_slot(a, &number);
        if (!f || f->deadline >> AGE_SHIFT <= number) {
            return f;
        }
        unlink_flow(a, f);
        queue(a, f);
    }
    return f;
}

/* A flow with what it is put in order by: far from the flow, for the order is made in many steps. */
struct begun {
    uint64_t first_packet;
    struct flow *flow;
};

/* All flows out of the wheel into an array, some lists at a time: each step along a list waits for memory. */
static void begun_take(struct flow_age *a, struct begun *to)
{
    struct flow *list[WALKERS] = { a->due };
    unsigned next = 0, busy;

    a->due = a->due_last = NULL;
    do {
        busy = 0;
        for (unsigned i = 0; i < WALKERS; i++) {
            while (!list[i] && next < DUE) {
                list[i] = take_list(a, next++);
            }
            struct flow *f = list[i];
            if (f) {
                list[i] = f->age_next;
                __builtin_prefetch(list[i] ? &list[i]->first_packet : NULL, 1);
                *to++ = (struct begun){ f->first_packet, f };
                busy++;
            }
        }
    } while (busy != 0);
}

/* Puts them in order of some bits of the number, into `to`; what is equal stays as it was. */
static void begun_spread(const struct begun *from, struct begun *to, size_t n, unsigned shift)
{
    size_t at[BINS] = { 0 }, sum = 0;

    for (size_t i = 0; i < n; i++) {
        at[from[i].first_packet >> shift & (BINS - 1)]++;
    }
    for (unsigned bin = 0; bin < BINS; bin++) {
        size_t count = at[bin];
        at[bin] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[at[from[i].first_packet >> shift & (BINS - 1)]++] = from[i];
    }
}

/* Those that one packet began go by their ids: few. */
static void begun_settle(struct begun *b, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && b[k - 1].first_packet == b[k].first_packet && b[k].flow->id < b[k - 1].flow->id; k--) {
            struct begun swap = b[k];
            b[k] = b[k - 1];
            b[k - 1] = swap;
        }
    }
}

/* Every flow in the order they began; `two` has room for them twice. */
static struct flow *begun_list(struct flow_age *a, struct begun *two)
{
    struct begun *from = two, *to = two + a->n;
    uint64_t bits = 0;
    struct flow *list = NULL;

    begun_take(a, from);
    for (size_t i = 0; i < a->n; i++) {
        bits |= from[i].first_packet;
    }
    for (unsigned shift = 0; shift < 64 && bits >> shift != 0; shift += BIN_BITS) {
        struct begun *swap = from;
        begun_spread(from, to, a->n, shift);
        from = to;
        to = swap;
    }
    begun_settle(from, a->n);
    for (size_t i = a->n; i > 0; i--) {
        struct flow *f = from[i - 1].flow;
        __builtin_prefetch(i > WALKERS ? &from[i - 1 - WALKERS].flow->first : NULL, 1);
        f->age_next = list;
        f->age_prev = NULL;
        f->age_slot = AGE_NONE;
        list = f;
    }
    return list;
}

struct flow *flow_age_drain(struct flow_age *a)
{
    size_t bytes = 2 * a->n * sizeof(struct begun);
    struct begun *two = a->n >= BINS ? map_take(bytes, sizeof(struct begun)) : NULL;
    struct flow *list = two ? begun_list(a, two) : sort(take_all(a), began_before);

    map_give(two, bytes);
    for (struct flow *f = two ? NULL : list; f; f = f->age_next) {
        f->age_prev = NULL;
        f->age_slot = AGE_NONE;
    }
    a->n = 0;
    set_wake(a);
    return list;
}

static const struct flow *list_find(const struct flow *f, uint64_t id)
{
    while (f != NULL && f->id != id) {
        f = f->age_next;
    }
    return f;
}

const struct flow *flow_age_find(const struct flow_age *a, uint64_t id)
{
    const struct flow *f = list_find(a->due, id);

    for (unsigned i = 0; f == NULL && i < DUE; i++) {
        f = list_find(a->list[i], id);
    }
    return f;
}
