/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who follows gets each frame of each batch once, in order, and its bytes stay until all have passed it. */
#include "source/follow.h"

#include "source/kind.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FOLLOWERS = 3, BATCHES = 500 };

struct follower {
    struct follow *follow;
    uint64_t frames, wrong;
    bool ended;
};

/* Frames of batch i, and what is in them: one byte, by number. */
static unsigned frames_of(unsigned i) { return 1 + i * 7 % BATCH_MAX; }
static uint8_t byte_of(uint64_t number) { return (uint8_t)(number * 31); }

static void *follower_main(void *arg)
{
    struct follower *f = arg;
    struct batch *b = calloc(1, sizeof *b);
    uint64_t seen = 0;

    for (bool end = false; !end;) {
        b->n = 0;
        follow_take(f->follow, &seen, b);
        end = b->end;
        for (unsigned i = 0; i < b->n; i++) {
            const struct packet *p = &b->packet[i];
            f->wrong += p->number != ++f->frames || p->ts != 5 * p->number || p->frame.n != 1 || p->frame.p[0] != byte_of(p->number) || p->link != LINK_RAW || p->input != 2;
        }
        if (b->n != 0) {
            follow_pass(f->follow);
        }
    }
    f->ended = true;
    free(b);
    return NULL;
}

/* The end comes with the last batch, or behind it. */
static void test_followers(bool with)
{
    struct follow *f = follow_new(FOLLOWERS);
    struct follower follower[FOLLOWERS];
    pthread_t thread[FOLLOWERS];
    struct batch *b = calloc(1, sizeof *b);
    uint8_t *bytes = malloc(BATCH_MAX);
    uint64_t number = 0;

    for (unsigned i = 0; i < FOLLOWERS; i++) {
        follower[i] = (struct follower){ .follow = f };
        pthread_create(&thread[i], NULL, follower_main, &follower[i]);
    }
    for (unsigned i = 0; i < BATCHES; i++) {
        b->n = 0;
        follow_give(f, b); /* nothing came */
        for (unsigned k = 0; k < frames_of(i); k++) {
            bytes[k] = byte_of(++number);
            batch_add(b, number, &(struct arrival){ bytes_of(bytes + k, 1), 5 * number, 1, LINK_RAW, 2 });
        }
        b->end = with && i + 1 == BATCHES;
        follow_give(f, b);
        follow_wait(f);
        memset(bytes, 0, BATCH_MAX); /* nobody looks at them any more */
    }
    follow_end(f);
    for (unsigned i = 0; i < FOLLOWERS; i++) {
        pthread_join(thread[i], NULL);
        ok(follower[i].ended && follower[i].frames == number && follower[i].wrong == 0, with ? "all frames, and the end with them" : "all frames, and the end behind them");
    }
    follow_free(f);
    free(bytes);
    free(b);
}

int main(void)
{
    test_followers(true);
    test_followers(false);
    return done_testing();
}
