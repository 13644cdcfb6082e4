/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tap told lately is not told again. */
#include "aware/taps.h"
#include "base/clock.h"
#include "base/rows.h"
#include "tap.h"

#include <stdatomic.h>

enum { STRETCH = 100 /* seconds: more than one stretch of time, fewer than two */, MANY = 18 * STRETCH };

/* Two observations, the second like the first but for what is named; which are in the ring then: P present, S sign, V service, E end. */
static const struct {
    const char *why;
    uint8_t kind, how, flags;
    uint8_t host, port, sign; /* of the second: another */
    const char *text[2];
    unsigned after;           /* seconds */
    const char *there;
} rows[] = {
    { "a sign is told once in a stretch of time", SEEN_SIGN, TELL_NEWS, 0, 0, 0, 0, { "a", "a" }, 0, "S" },
    { "… and again in the next", SEEN_SIGN, TELL_NEWS, 0, 0, 0, 0, { "a", "a" }, STRETCH, "SS" },
    { "another text is news", SEEN_SIGN, TELL_NEWS, 0, 0, 0, 0, { "a", "b" }, 0, "SS" },
    { "the same of another host is news", SEEN_SIGN, TELL_NEWS, 0, 1, 0, 0, { "a", "a" }, 0, "SS" },
    { "… of another port", SEEN_SIGN, TELL_NEWS, 0, 0, 1, 0, { "a", "a" }, 0, "SS" },
    { "… another kind of sign", SEEN_SIGN, TELL_NEWS, 0, 0, 0, 1, { "a", "a" }, 0, "SS" },
    { "that a host is there is told once", SEEN_PRESENT, TELL_NEWS, 0, 0, 0, 0, { "", "" }, 0, "P" },
    { "from one place of many it is told by each flow", SEEN_PRESENT, 0, SEEN_EXACT, 0, 0, 0, { "", "" }, 0, "PP" },
    { "a service is not told in the next stretch either", SEEN_SERVICE, TELL_NEWS, 0, 0, 0, 0, { "", "" }, STRETCH, "V" },
    { "… but after eighteen minutes", SEEN_SERVICE, TELL_NEWS, 0, 0, 0, 0, { "", "" }, MANY, "VV" },
    { "each flow's end is told", SEEN_END, 0, 0, 0, 0, 0, { "", "" }, 0, "EE" },
    { "a shape that is known tells that its sender is there", SEEN_SIGN, TELL_NEWS | TELL_PRESENT, 0, 0, 0, 0, { "a", "a" }, 0, "SP" },
    { "… in each flow from one place of many", SEEN_SIGN, TELL_NEWS | TELL_PRESENT, SEEN_EXACT, 0, 0, 0, { "a", "a" }, 0, "SP" },
};

static struct aware_tap *tap(void)
{
    struct aware_tap *t = tap_new(1 << 16);

    t->seed = 1;
    return t;
}

static struct seen seen(enum seen_kind kind, unsigned host, uint64_t seconds)
{
    struct seen s = { .kind = (uint8_t)kind, .family = FAMILY_4, .ts = seconds * CLOCK_SECOND };

    s.addr.w[3] = host;
    return s;
}

static size_t taken(struct aware_tap *t, char *kinds, size_t room)
{
    static const char letters[SEEN_KINDS] = { [SEEN_PRESENT] = 'P', [SEEN_SIGN] = 'S', [SEEN_SERVICE] = 'V', [SEEN_END] = 'E', [SEEN_CONTINUES] = 'C' };
    const struct seen *s;
    size_t all = 0, n;

    aware_tap_through(t);
    while ((s = ring_peek(t->ring, &n)) != NULL) {
        bool whole = n == (s->tail != 0 ? sizeof *s : SEEN_HEAD) + s->text_n;
        if (all + 1 < room) {
            kinds[all] = letters[s->kind];
            kinds[all] = whole ? kinds[all] : '!';
        }
        all++;
        ring_release(t->ring);
    }
    kinds[all < room ? all : room - 1] = '\0';
    return all;
}

static void twice(unsigned i)
{
    struct aware_tap *t = tap();
    char kinds[8];

    for (unsigned k = 0; k < 2; k++) {
        struct seen s = seen(rows[i].kind, k != 0 ? rows[i].host : 0, 2000 + (k != 0 ? rows[i].after : 0));
        s.flags = rows[i].flags;
        s.port = k != 0 ? rows[i].port : 0;
        s.sign = (uint8_t)(SIGN_BANNER + (k != 0 ? rows[i].sign : 0));
        s.tail = rows[i].kind == SEEN_END;
        aware_tap_turn(t, 1 + k, s.ts);
        tap_tell(t, &s, bytes_str(rows[i].text[k]), rows[i].how);
        aware_tap_through(t);
    }
    taken(t, kinds, sizeof kinds);
    is_str(kinds, rows[i].there, rows[i].why);
    tap_free(t);
}

static bool tell_host(struct aware_tap *t, unsigned host)
{
    struct seen s = seen(SEEN_PRESENT, host, 1000);
    char kinds[8];

    tap_tell(t, &s, bytes_none(), TELL_NEWS);
    return taken(t, kinds, sizeof kinds) != 0;
}

/* More is told of a host than its row has room for: the oldest is told again, the newest is not; nothing is left out that was not told. */
static void test_row(void)
{
    struct aware_tap *t = tap();
    struct seen s = seen(SEEN_SIGN, 1, 1000);
    char kinds[64];

    for (uint16_t port = 0; port <= TOLD_EACH; port++) {
        s.port = port;
        tap_tell(t, &s, bytes_none(), TELL_NEWS);
    }
    is_int(taken(t, kinds, sizeof kinds), TOLD_EACH + 1, "more than a view's room and a row's: all are told");
    s.port = TOLD_EACH;
    tap_tell(t, &s, bytes_none(), TELL_NEWS);
    is_int(taken(t, kinds, sizeof kinds), 0, "the newest is remembered");
    s.port = 0;
    tap_tell(t, &s, bytes_none(), TELL_NEWS);
    is_int(taken(t, kinds, sizeof kinds), 1, "the oldest is told again");
    unsigned first = 0, again = 0;
    for (unsigned i = 0; i < 100000; i++) {
        first += tell_host(t, 16 + i);
        again += tell_host(t, 16 + i);
    }
    is_int(first, 100000, "no host is taken for another");
    is_int(again, 0, "and each is remembered for a while");
    tap_free(t);
}

static void test_jump(void)
{
    struct aware_tap *t = tap();

    aware_tap_turn(t, 1, 10000 * CLOCK_SECOND);
    ok(tell_host(t, 1) && !tell_host(t, 1), "told once");
    aware_tap_turn(t, 2, 9999 * CLOCK_SECOND);
    ok(!tell_host(t, 1), "a second back: still once");
    is_int(t->now.clock, 10000 * CLOCK_SECOND, "the clock does not go back");
    aware_tap_turn(t, 3, 0);
    is_int(t->now.ts, 9999 * CLOCK_SECOND, "a turn without a time leaves it");
    aware_tap_turn(t, 4, 14000 * CLOCK_SECOND);
    ok(tell_host(t, 1), "after a jump of an hour the map may have forgotten: it is told again");
    aware_tap_turn(t, 5, 10000 * CLOCK_SECOND);
    ok(tell_host(t, 1), "after a jump back as well");
    tap_free(t);
}

static void test_since(void)
{
    struct aware_tap *t = tap();
    char kinds[8];

    for (unsigned i = 0; i < 3; i++) {
        struct seen s = seen(SEEN_CONTINUES, 1, 1000);
        tap_tell_since(t, &s, (i < 2 ? 990 : 995) * CLOCK_SECOND);
    }
    taken(t, kinds, sizeof kinds);
    is_str(kinds, "CC", "that a connection goes on is told once of each announcement");
    tap_free(t);
}

static void test_texts(void)
{
    enum { TEXTS = 2 * STAGED_TEXT / SEEN_TEXT_MAX };
    static char text[SEEN_TEXT_MAX + 100];
    struct aware_tap *t = tap();
    char kinds[64];

    memset(text, 'x', sizeof text);
    for (unsigned i = 0; i < TEXTS; i++) { /* more than there is room for texts */
        struct seen s = seen(SEEN_SIGN, i, 1000);
        tap_tell(t, &s, bytes_of(text, sizeof text), TELL_NEWS);
    }
    is_int(taken(t, kinds, sizeof kinds), TEXTS, "long texts: all are told");
    ok(strchr(kinds, '!') == NULL, "each as long as it says");
    tap_free(t);
}

/* Live: what is known of hosts is looked for with some packets, or some milliseconds after the last look. */
static void test_looks(void)
{
    enum { MS = 1000000 };
    struct host_fact f = { .addr = { .w = { 0, 0, 0, 1 } }, .family = FAMILY_4 };
    struct aware_tap *t = tap();
    _Atomic bool asks = true;
    uint64_t at = 1000 * CLOCK_SECOND;

    t->board = host_board_new(1, 16);
    t->asks = &asks;
    t->now.facts = true;
    aware_tap_turn(t, 1, at);
    host_board_put(t->board, &f);
    host_board_close(t->board, 1);
    aware_tap_turn(t, 2, at + MS);
    ok(aware_tap_host(t, 0, &f.addr, FAMILY_4) == NULL, "a look with each packet would cost too much");
    aware_tap_turn(t, 3, at + 5 * MS);
    ok(aware_tap_host(t, 0, &f.addr, FAMILY_4) != NULL, "on a quiet link the next packet has it");
    f.addr.w[3] = 2;
    host_board_put(t->board, &f);
    host_board_close(t->board, 2);
    for (unsigned i = 0; i < 32; i++) {
        aware_tap_turn(t, 4 + i, at + 5 * MS);
    }
    ok(aware_tap_host(t, 0, &f.addr, FAMILY_4) != NULL, "on a busy one it does not wait for the clock");
    host_board_free(t->board);
    tap_free(t);
}

/* Live: who finds no room goes on. */
static void test_full(void)
{
    struct aware_tap *t = tap();
    unsigned told = 0;
    char kinds[8];

    for (unsigned i = 0; i < 1000; i++) {
        struct seen s = seen(SEEN_SIGN, i, 1000);
        tap_tell(t, &s, bytes_none(), 0);
        aware_tap_through(t);
        told++;
    }
    size_t there = taken(t, kinds, sizeof kinds);
    ok(there != 0 && atomic_load(&t->lost) != 0, "a full ring takes no more");
    is_int(there + atomic_load(&t->lost), told, "and what it did not take is counted");
    tap_free(t);
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        twice(i);
    }
    test_row();
    test_jump();
    test_since();
    test_texts();
    test_looks();
    test_full();
    return done_testing();
}
