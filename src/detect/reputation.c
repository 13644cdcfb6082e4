/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/reputation.h"

#include "base/file.h"
#include "base/rows.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { LIST_MAX = 1 << 30, NAME_MAX_BYTES = 32, LINE_MAX_BYTES = 128 };

struct line {
    struct addr low, high;
    uint32_t order;
    uint8_t category, score;
};
/* From `low` up to the next one's; score -1: none. */
struct segment {
    struct addr low;
    int16_t score;
};
struct lines {
    struct line *line;
    size_t n, room;
};
struct category {
    char name[NAME_MAX_BYTES];
    struct segment *segment[2];   /* IPv4, IPv6 */
    size_t segment_n[2];
};
struct reputation {
    struct category category[REPUTATION_CATEGORIES];
    struct lines lines[2];
    uint32_t order;
    _Atomic unsigned users;
};

struct reputation *reputation_new(void)
{
    struct reputation *r = calloc(1, sizeof *r);

    if (r) {
        atomic_init(&r->users, 1);
    }
    return r;
}

struct reputation *reputation_keep(struct reputation *r)
{
    if (r) {
        atomic_fetch_add(&r->users, 1);
    }
    return r;
}

void reputation_free(struct reputation *r)
{
    if (!r || atomic_fetch_sub(&r->users, 1) != 1) {
        return;
    }
    for (unsigned f = 0; f < 2; f++) {
        free(r->lines[f].line);
        for (unsigned c = 0; c < REPUTATION_CATEGORIES; c++) {
            free(r->category[c].segment[f]);
        }
    }
    free(r);
}

/* ---- files ---- */

typedef bool (*line_fn)(struct reputation *r, struct rd *line);

static bool each_line(struct reputation *r, const char *path, line_fn take, unsigned *bad, struct err *err)
{
    struct bytes text;

    if (!file_read(path, LIST_MAX, &text, err)) {
        return false;
    }
    for (struct rd at = rd_of(text); rd_left(&at) != 0;) {
        bool end;
        struct bytes line = bytes_trim(rd_line(&at, &end), " \t\r");
        struct rd words = rd_of(line);
        if (line.n != 0 && line.p[0] != '#' && !take(r, &words)) {
            ++*bad;
        }
    }
    file_free(text);
    return true;
}

static struct bytes word(struct rd *r)
{
    bool comma;

    return bytes_trim(rd_until(r, ',', &comma), " \t");
}

static bool category_line(struct reputation *r, struct rd *line)
{
    uint64_t number;
    bool good = bytes_u64(word(line), &number) && number != 0 && number < REPUTATION_CATEGORIES;
    struct bytes name = word(line);

    if (!good || name.n == 0 || name.n >= NAME_MAX_BYTES) {
        return false;
    }
    memset(r->category[number].name, 0, NAME_MAX_BYTES);
    memcpy(r->category[number].name, name.p, name.n);
    return true;
}

static bool address_line(struct reputation *r, struct rd *line)
{
    struct bytes where = word(line);
    uint64_t category, score;
    struct addr_range range;
    enum family family;
    struct err err;
    char text[LINE_MAX_BYTES];

    if (where.n >= sizeof text || !bytes_u64(word(line), &category) || !bytes_u64(word(line), &score) || category == 0 ||
        category >= REPUTATION_CATEGORIES || score > REPUTATION_MAX) {
        return false;
    }
    memcpy(text, where.p, where.n);
    text[where.n] = '\0';
    if (strchr(text, '-') || !addr_range_parse(text, &range, &family, &err)) {
        return false;
    }
    struct lines *l = &r->lines[family == FAMILY_6];
    if (l->n == l->room) {
        size_t room = l->room ? l->room * 2 : 1024;
        struct line *more = realloc(l->line, room * sizeof *more);
        if (!more) {
            return false;
        }
        l->line = more;
        l->room = room;
    }
    l->line[l->n++] = (struct line){ range.low, range.high, r->order++, (uint8_t)category, (uint8_t)score };
    return true;
}

bool reputation_categories(struct reputation *r, const char *path, unsigned *bad, struct err *err)
{
    return each_line(r, path, category_line, bad, err);
}

bool reputation_list(struct reputation *r, const char *path, unsigned *bad, struct err *err)
{
    return each_line(r, path, address_line, bad, err);
}

/* ---- segments ---- */

static int compare(const struct addr *a, const struct addr *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

/* By category, then where it begins; the wider before the narrower, the earlier before the later. */
static int line_order(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->category != y->category) {
        return x->category < y->category ? -1 : 1;
    }
    int low = compare(&x->low, &y->low), high = compare(&x->high, &y->high);
    return low ? low : high ? -high : x->order < y->order ? -1 : 1;
}

/* The address behind this one; false behind the last. */
static bool after(const struct addr *a, struct addr *out)
{
    *out = *a;
    for (int i = 15; i >= 0; i--) {
        if (++out->b[i] != 0) {
            return true;
        }
    }
    return false;
}

static void segment_add(struct category *c, unsigned f, const struct addr *low, int score)
{
    size_t n = c->segment_n[f];
    struct segment *last = n ? &c->segment[f][n - 1] : NULL;

    if (last && compare(&last->low, low) == 0) {
        last->score = (int16_t)score;
    } else if (!last || last->score != score) {
        c->segment[f][c->segment_n[f]++] = (struct segment){ *low, (int16_t)score };
    }
}

/* Networks nest or are apart: those that are open stand on a stack, the innermost on top. */
static bool category_index(struct category *c, unsigned f, const struct line *line, size_t n)
{
    const struct line *open[130];
    unsigned depth = 0;
    struct addr next;

    c->segment[f] = malloc((2 * n + 1) * sizeof *c->segment[f]);
    if (!c->segment[f]) {
        return false;
    }
    for (size_t i = 0; i <= n; i++) {
        while (depth && (i == n || compare(&open[depth - 1]->high, &line[i].low) < 0)) {
            const struct line *ended = open[--depth];
            if (after(&ended->high, &next)) {
                segment_add(c, f, &next, depth ? open[depth - 1]->score : -1);
            }
        }
        if (i < n) {
            bool again = depth && compare(&open[depth - 1]->low, &line[i].low) == 0 && compare(&open[depth - 1]->high, &line[i].high) == 0;
            bug_if(depth - again == ROWS(open)); /* no more than prefix lengths */
            open[again ? depth - 1 : depth++] = &line[i];
            segment_add(c, f, &line[i].low, line[i].score);
        }
    }
    return true;
}

bool reputation_done(struct reputation *r, struct err *err)
{
    for (unsigned f = 0; f < 2; f++) {
        struct lines *l = &r->lines[f];
        if (l->n != 0) {
            qsort(l->line, l->n, sizeof *l->line, line_order);
        }
        for (size_t i = 0, n; i < l->n; i += n) {
            for (n = 1; i + n < l->n && l->line[i + n].category == l->line[i].category; n++) {
            }
            if (!category_index(&r->category[l->line[i].category], f, &l->line[i], n)) {
                return err_set(err, "not enough memory for reputations");
            }
        }
        free(l->line);
        *l = (struct lines){ NULL };
    }
    return true;
}

/* ---- questions ---- */

int reputation_category(const struct reputation *r, const char *short_name)
{
    for (int i = 1; i < REPUTATION_CATEGORIES; i++) {
        if (strcmp(r->category[i].name, short_name) == 0) {
            return i;
        }
    }
    return -1;
}

int reputation_score(const struct reputation *r, const struct addr *a, enum family family, unsigned category)
{
    unsigned f = family == FAMILY_6;
    const struct segment *s = r->category[category].segment[f];
    size_t low = 0, high = r->category[category].segment_n[f];

    while (low < high) { /* the last segment that begins at or before the address */
        size_t middle = low + (high - low) / 2;
        if (compare(&s[middle].low, a) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? s[low - 1].score : -1;
}
