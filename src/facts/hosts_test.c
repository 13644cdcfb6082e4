/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts/hosts.h"

#include "tap.h"

#include <pthread.h>

static struct host_fact fact(unsigned number, uint8_t os)
{
    struct host_fact f = { .family = FAMILY_4, .os = os, .first = number };

    f.addr = addr_from4((const uint8_t[]){ 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number });
    return f;
}

static void put(struct host_board *b, unsigned number, uint8_t os, uint8_t flags)
{
    struct host_fact f = fact(number, os);

    f.flags = flags;
    host_board_put(b, &f);
}

static int os_of(const struct host_board *b, unsigned reader, unsigned number)
{
    struct host_fact want = fact(number, 0);
    const struct host_fact *f = host_fact(b, reader, 0, &want.addr, FAMILY_4);

    return f != NULL ? f->os : -1;
}

static void test_issues(void)
{
    struct host_board *b = host_board_new(2, 1000);

    put(b, 1, 7, 0);
    ok(host_board_take(b, 0, 0, 0), "nothing before the first issue: it is all there");
    is_int(os_of(b, 0, 1), -1, "what is not closed is not seen");
    host_board_close(b, 3);
    put(b, 1, 8, 0);
    put(b, 2, 1, 0);
    host_board_close(b, 5);
    ok(host_board_take(b, 0, 3, 0), "three issues are complete");
    is_int(os_of(b, 0, 1), 7, "the first ones, and no later");
    ok(host_board_take(b, 0, 4, 0), "and the fourth, closed together with the fifth");
    is_int(os_of(b, 0, 1), 8, "what was put when the third had been closed is of the fourth, however far the next close goes");
    is_int(os_of(b, 1, 1), -1, "another reader has not taken them");
    ok(host_board_take(b, 1, 5, 0), "it takes all at once");
    is_int(os_of(b, 1, 1), 8, "the later row counts");
    ok(!host_board_take(b, 0, 6, 1), "the sixth is not complete: waiting ends");
    is_int(os_of(b, 0, 2), 1, "what was complete stays");
    put(b, 1, 0, HOST_GONE);
    host_board_end(b);
    ok(host_board_take(b, 0, UINT64_MAX, 1000), "nobody waits after the end");
    is_int(os_of(b, 0, 1), -1, "nobody holds the address");
    is_int(os_of(b, 0, 2), 1, "the other stays");
    struct host_fact f = fact(2, 0);
    ok(host_fact(b, 0, 9, &f.addr, FAMILY_4) == NULL, "another tenant's is another host");
    ok(host_fact(b, 0, 0, &f.addr, FAMILY_6) == NULL, "of the other family likewise");
    host_board_free(b);
}

/* Many come and go: what is left is what was put and not taken away. */
static void test_many(void)
{
    enum { MANY = 5000 };
    struct host_board *b = host_board_new(1, MANY);
    unsigned wrong = 0;

    for (unsigned round = 0; round < 6; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            bool gone = (i * 7919 + round) % 3 == 0;
            put(b, i, (uint8_t)(i % 14), gone ? HOST_GONE : 0);
        }
        host_board_close(b, round + 1);
        (void)host_board_take(b, 0, round + 1, 0);
        for (unsigned i = 0; i < MANY; i++) {
            wrong += os_of(b, 0, i) != ((i * 7919 + round) % 3 == 0 ? -1 : (int)(i % 14));
        }
    }
    is_int(wrong, 0, "each has what was put last, in all rounds");
    host_board_free(b);

    b = host_board_new(1, 300);
    for (unsigned i = 0; i < MANY; i++) {
        put(b, i, 1, 0);
    }
    host_board_end(b);
    (void)host_board_take(b, 0, UINT64_MAX, 0);
    unsigned known = 0;
    for (unsigned i = 0; i < MANY; i++) {
        known += os_of(b, 0, i) == 1;
    }
    ok(known >= 300 && known < 1000, "beyond its room a table knows no more");
    host_board_free(b);
}

enum { ISSUES = 200 };
struct reading {
    struct host_board *board;
    unsigned reader, wrong;
};

static void *read_all(void *arg)
{
    struct reading *r = arg;

    for (unsigned i = 1; i <= ISSUES; i++) {
        while (!host_board_take(r->board, r->reader, i, 50)) {
        }
        r->wrong += os_of(r->board, r->reader, 1) != (int)((i - 1) % 200);
    }
    return NULL;
}

static void test_threads(void)
{
    struct host_board *b = host_board_new(3, 100);
    struct reading r[3];
    pthread_t thread[3];

    for (unsigned i = 0; i < 3; i++) {
        r[i] = (struct reading){ b, i, 0 };
        pthread_create(&thread[i], NULL, read_all, &r[i]);
    }
    for (unsigned i = 0; i < ISSUES; i++) {
        put(b, 1, (uint8_t)(i % 200), 0);
        host_board_close(b, i + 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        is_int(r[i].wrong, 0, "a reader sees each issue, whenever it comes");
    }
    host_board_free(b);
}

int main(void)
{
    test_issues();
    test_many();
    test_threads();
    return done_testing();
}
