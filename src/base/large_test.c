/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"
#include "base/large.h"
#include "base/map.h"
#include "tap.h"

#include <stdint.h>
#include <string.h>

enum { PIECES = 200, ROUNDS = 20000, MOST = 3 << 20 };

static struct { uint8_t *p; size_t n; uint8_t mark; } piece[PIECES];

static bool whole(unsigned i)
{
    size_t n = piece[i].n;

    return piece[i].p[0] == piece[i].mark && piece[i].p[n / 2] == piece[i].mark && piece[i].p[n - 1] == piece[i].mark;
}

static bool apart(void)
{
    bool good = true;

    for (unsigned i = 0; i < PIECES; i++) {
        for (unsigned k = 0; k < i && piece[i].p != NULL; k++) {
            good &= piece[k].p == NULL || piece[k].p + piece[k].n <= piece[i].p || piece[i].p + piece[i].n <= piece[k].p;
        }
    }
    return good;
}

/* Pieces of any size come and go: none is written by another, none overlaps. */
static void test_any(void)
{
    struct large *l = large_new();
    uint64_t draw = 1;
    bool good = l != NULL, placed = true;

    for (unsigned r = 0; good && r < ROUNDS; r++) {
        draw = hash_word(draw + r);
        unsigned i = (unsigned)(draw % PIECES);
        if (piece[i].p != NULL) {
            good &= whole(i);
            large_give(l, piece[i].p, piece[i].n);
            piece[i].p = NULL;
            continue;
        }
        piece[i].n = 1 + (size_t)(draw >> 20) % (draw >> 60 == 0 ? MOST : 100000);
        piece[i].mark = (uint8_t)(draw >> 8);
        piece[i].p = large_take(l, piece[i].n);
        good &= piece[i].p != NULL;
        placed &= (uintptr_t)piece[i].p % 64 == 0;
        if (piece[i].p != NULL) {
            piece[i].p[0] = piece[i].p[piece[i].n / 2] = piece[i].p[piece[i].n - 1] = piece[i].mark;
        }
        good &= r % 500 != 0 || apart();
    }
    ok(good, "pieces that come and go do not touch each other");
    ok(placed, "and begin with lines of memory");
    large_free(l);
}

static void test_again(void)
{
    struct large *l = large_new();
    uint8_t *a = large_take(l, 5000), *b = large_take(l, 70000), *c = large_take(l, 100);

    ok(a != NULL && b == a + 5056 && c > b, "one lies behind the other");
    large_give(l, b, 70000);
    ok(large_take(l, 60000) == b, "what was given back is handed out again");
    large_give(l, a, 5000);
    large_give(l, b, 60000);
    ok(large_take(l, 5056 + 60000) == a, "two that lie side by side are one");
    ok(large_take(l, 0) == NULL, "nothing is no piece");
    uint8_t *huge = large_take(l, 40 << 20);
    ok(huge != NULL && (uintptr_t)huge % MAP_LARGE_PAGE == 0, "one longer than a block has a block of its own");
    huge[(40 << 20) - 1] = 1;
    large_give(l, huge, 40 << 20);
    ok(huge[(40 << 20) - 1] == 0, "its pages went back to the system");
    large_free(l);
    large_free(NULL);
}

int main(void)
{
    test_any();
    test_again();
    return done_testing();
}
