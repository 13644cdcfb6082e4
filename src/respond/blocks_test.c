/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts kept out: for their time, never those that are spared, and no more than there is room for. */
#include "base/clock.h"
#include "respond/blocks.h"
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct packet packet;

static struct view from(const char *address, uint64_t second)
{
    struct view v = { .packet = &packet };

    packet.ts = second * CLOCK_SECOND;
    ok(addr_parse(address, &v.src, &v.family), address);
    return v;
}

static void count(void *n, const struct block *one)
{
    (void)one;
    ++*(unsigned *)n;
}

/* What the one who is told knows: hosts that are kept out, and for how long the last one. */
struct told {
    unsigned n;
    uint64_t ns;
};

static bool hear(void *ctx, const struct addr *a, enum family family, uint64_t ns)
{
    struct told *t = ctx;

    (void)a;
    (void)family;
    t->n += ns != 0 ? 1 : UINT32_MAX;
    t->ns = ns;
    return true;
}

static void people(void)
{
    struct blocks_settings s = { .when = BLOCK_NEVER, .seconds = 60, .never = "10.0.0.0/8" };
    struct err err = { "" };
    struct blocks *b = blocks_new(&s, NULL, NULL, &err);
    struct told told = { 0 };
    struct view v = from("198.51.100.1", 1000);
    uint64_t now = packet.ts;

    ok(blocks_put(b, &v.src, v.family, now, 10) && blocks_has(b, &v), "somebody keeps a host out");
    blocks_tell(b, hear, &told, now);
    ok(told.n == 1 && told.ns == 10 * CLOCK_SECOND, "who comes to be told later hears of it");
    ok(!blocks_put(b, &v.src, v.family, now, 5), "a shorter time changes nothing");
    ok(blocks_put(b, &v.src, v.family, now, 20) && told.n == 1 && told.ns == 20 * CLOCK_SECOND, "a longer one does, of one host still");
    ok(blocks_remove(b, &v.src, v.family, now) && !blocks_has(b, &v) && told.n == 0, "it is let in, and that is told");
    ok(!blocks_remove(b, &v.src, v.family, now), "once");
    ok(blocks_add(b, &v) && blocks_has(b, &v) && told.n == 1, "and a rule may keep it out again");
    v = from("10.1.2.3", 1000);
    ok(!blocks_put(b, &v.src, v.family, now, 10), "never who is never to be, whoever says so");
    for (unsigned i = 0; i < 10000; i++) {
        v.src = addr_from4((const uint8_t[]){ 203, 0, (uint8_t)(i >> 8), (uint8_t)i });
        (void)blocks_put(b, &v.src, FAMILY_4, now, 60);
    }
    unsigned n = 0;
    blocks_each(b, now, count, &n);
    is_int(told.n, n, "who has to make room is told of too");
    blocks_free(b);
}

/* A rule that keeps a host out, a person who lets it in, at the same moment; and who is told, slowly. */
struct both {
    struct blocks *b;
    struct view v;
    _Atomic uint64_t ns;          /* told last */
    pthread_barrier_t at;
};

enum { ROUNDS = 1000 };

static bool hear_last(void *ctx, const struct addr *a, enum family family, uint64_t ns)
{
    struct both *x = ctx;

    (void)a;
    (void)family;
    (void)usleep(20);
    x->ns = ns;
    return true;
}

static void *lets_in(void *ctx)
{
    struct both *x = ctx;

    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)pthread_barrier_wait(&x->at);
        (void)blocks_remove(x->b, &x->v.src, x->v.family, 1000 * CLOCK_SECOND);
        (void)pthread_barrier_wait(&x->at);
    }
    return NULL;
}

static void at_once(void)
{
    struct blocks_settings s = { .when = BLOCK_NEVER, .seconds = 60 };
    struct err err = { "" };
    struct both x = { .b = blocks_new(&s, NULL, NULL, &err), .v = from("198.51.100.1", 1000) };
    unsigned wrong = 0;
    pthread_t other;

    blocks_tell(x.b, hear_last, &x, packet.ts);
    (void)pthread_barrier_init(&x.at, NULL, 2);
    if (!ok(pthread_create(&other, NULL, lets_in, &x) == 0, "another thread")) {
        return;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)blocks_put(x.b, &x.v.src, x.v.family, packet.ts, 10);
        (void)pthread_barrier_wait(&x.at);
        (void)blocks_put(x.b, &x.v.src, x.v.family, packet.ts, 20); /* the first time goes, the longer one comes */
        (void)pthread_barrier_wait(&x.at);
        wrong += blocks_has(x.b, &x.v) != (x.ns != 0);
        (void)blocks_remove(x.b, &x.v.src, x.v.family, packet.ts);
    }
    (void)pthread_join(other, NULL);
    is_int(wrong, 0, "what others were told last is what holds");
    (void)pthread_barrier_destroy(&x.at);
    blocks_free(x.b);
}

static bool has(struct blocks *b, const char *address)
{
    struct view v = from(address, clock_now() / CLOCK_SECOND);

    return blocks_has(b, &v);
}

/* Killed, it leaves a file, by which the next one keeps hosts out; a proper end of a run takes it away. */
static void killed(void)
{
    char dir[] = "/tmp/peccary-blocks-XXXXXX", path[64], text[256];
    struct blocks_settings s = { .when = BLOCK_NEVER, .seconds = 60, .never = "10.0.0.0/8", .active = true };
    struct err err = { "" };
    unsigned long long seconds = clock_now() / CLOCK_SECOND;

    if (!ok(mkdtemp(dir) != NULL, "a folder")) {
        return;
    }
    snprintf(path, sizeof path, "%s/blocked.hosts", dir);
    struct blocks *b = blocks_new(&s, dir, NULL, &err);
    ok(access(path, F_OK) != 0, "nobody: no file");
    struct view one = from("198.51.100.1", seconds), two = from("2001:db8::2", seconds), three = from("198.51.100.3", seconds);
    ok(blocks_put(b, &one.src, one.family, clock_now(), 600) && blocks_put(b, &two.src, two.family, clock_now(), 600) && blocks_put(b, &three.src, three.family, clock_now(), 600) &&
           blocks_remove(b, &three.src, three.family, clock_now()), "somebody keeps hosts out, and lets one in");
    ok(access(path, F_OK) == 0, "they are in a file at once");
    blocks_free(b); /* no run has begun: all that it would undo stays */
    b = blocks_new(&s, dir, NULL, &err);
    ok(has(b, "198.51.100.1") && has(b, "2001:db8::2") && !has(b, "198.51.100.3"), "the next one keeps them out");
    blocks_look(b);
    blocks_free(b);
    ok(access(path, F_OK) != 0, "a proper end takes it back");
    b = blocks_new(&s, dir, NULL, &err);
    ok(!has(b, "198.51.100.1"), "the one behind that keeps nobody out");
    blocks_look(b);
    struct view rule = from("198.51.100.4", seconds);
    ok(blocks_add(b, &rule) && access(path, F_OK) != 0, "a worker writes no file");
    blocks_look(b);
    ok(access(path, F_OK) == 0, "what a rule keeps out is in it within a second");
    ok(blocks_remove(b, &rule.src, rule.family, clock_now()) && access(path, F_OK) != 0, "the last one is let in: no file");
    blocks_free(b);

    int n = snprintf(text, sizeof text, "# hosts\nnonsense\n198.51.100.5\n198.51.100.6 x\n198.51.100.7 %llu\n198.51.100.8 9999999999999\n10.0.0.9 %llu\n198.51.100.10 %llu", seconds - 1,
                     seconds + 60, seconds + 60);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ok(fd >= 0 && write(fd, text, (size_t)n) == n && close(fd) == 0, "a file of nonsense");
    b = blocks_new(&s, dir, NULL, &err);
    ok(!has(b, "198.51.100.5") && !has(b, "198.51.100.6") && !has(b, "198.51.100.7") && !has(b, "198.51.100.8") && !has(b, "10.0.0.9"), "without a time, with one that is over or never comes; spared by now");
    ok(has(b, "198.51.100.10"), "the one beside them");
    blocks_look(b);
    blocks_free(b);
    s.active = false;
    b = blocks_new(&s, dir, NULL, &err);
    ok(blocks_put(b, &one.src, one.family, clock_now(), 60) && access(path, F_OK) != 0, "where nobody keeps hosts out there is no file");
    blocks_free(b);
    ok(rmdir(dir) == 0, "nothing is left");
}

int main(void)
{
    struct blocks_settings s = { .when = BLOCK_DROPPED, .seconds = 60, .never = "10.0.0.0/8, 192.0.2.7 2001:db8::/32" };
    struct err err = { "" };
    struct blocks *b = blocks_new(&s, NULL, NULL, &err);
    unsigned n = 0;

    struct view v = from("198.51.100.1", 1000);
    ok(!blocks_has(b, &v), "nobody is kept out at first");
    ok(blocks_add(b, &v) && blocks_has(b, &v), "one is added");
    ok(!blocks_add(b, &v), "and not twice");
    v = from("198.51.100.2", 1000);
    ok(!blocks_has(b, &v), "its neighbour comes in");
    v = from("198.51.100.1", 1059);
    ok(blocks_has(b, &v), "within its time");
    v = from("198.51.100.1", 1060);
    ok(!blocks_has(b, &v), "when its time is over it may come in");
    ok(blocks_add(b, &v) && blocks_has(b, &v), "and be kept out again");
    static const char *const spared[] = { "10.255.0.1", "192.0.2.7", "2001:db8:ffff::1" };
    for (unsigned i = 0; i < ROWS(spared); i++) {
        v = from(spared[i], 1000);
        ok(!blocks_add(b, &v) && !blocks_has(b, &v), "a network that is never to be");
    }
    v = from("2001:db9::1", 1060);
    ok(blocks_add(b, &v) && blocks_has(b, &v), "IPv6");
    for (unsigned i = 0; i < 10000; i++) {
        v.family = FAMILY_4;
        v.src = addr_from4((const uint8_t[]){ 203, 0, (uint8_t)(i >> 8), (uint8_t)i });
        (void)blocks_add(b, &v);
    }
    ok(blocks_has(b, &v), "the last of very many");
    blocks_each(b, packet.ts, count, &n);
    ok(n <= 4096 && blocks_count(b, BLOCKS_PUSHED) == blocks_count(b, BLOCKS_ADDED) - n - 1, "others had to make room");
    blocks_free(b);
    people();
    at_once();
    killed();
    s.never = "10.0.0.0/8,somewhere";
    ok(blocks_new(&s, NULL, NULL, &err) == NULL, "what is no network is refused");
    return done_testing();
}
