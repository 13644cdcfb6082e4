/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/blocks.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "respond/blocks_file.h"
#include "respond/nft.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARDS = 64, EACH = 64, NEVER_MAX = 256 };

const struct counter_row blocks_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "respond/blocks.list"
#undef COUNTER
};

#define AT(member) offsetof(struct blocks_settings, member)
const struct option_row blocks_options[] = {
    { "respond.block", OPTION_ENUM, AT(when), "never", "never rejected dropped", 0, 0, NULL,
      "hosts whose packets a rule rejects, or drops or rejects, are kept out for a while" },
    { "respond.block-time", OPTION_SECONDS, AT(seconds), "600", NULL, 1, BLOCK_SECONDS_MAX, "s", "how long" },
    { "respond.never-block", OPTION_LIST, AT(never), "", NULL, 0, 0, NULL, "networks whose hosts are never kept out" },
    { "respond.nftables", OPTION_BOOL, AT(nftables), "no", NULL, 0, 0, NULL,
      "the system's firewall keeps them out too (table inet peccary; needs nft)" },
    { "respond.xdp", OPTION_BOOL, AT(xdp), "no", NULL, 0, 0, NULL,
      "a program at the interfaces drops what they send before anybody sees it (XDP), and frames with more than 8 tags, of which it cannot tell whose they are" },
};
const unsigned blocks_option_n = ROWS(blocks_options);

struct network {
    struct addr_range range;
    enum family family;
};

struct blocks {
    struct blocks_settings settings;
    uint64_t seed;
    _Atomic unsigned n;           /* hosts in the table, those whose time is over among them: mostly none */
    struct shard {
        pthread_mutex_t lock;
        struct block block[EACH];
    } shard[SHARDS];
    _Atomic uint64_t counter[BLOCKS_COUNTER_N];
    struct network never[NEVER_MAX];
    unsigned never_n;
    struct nft *nft;              /* NULL: it is not asked for */
    pthread_mutex_t telling;      /* held over a change and the telling of it, before a shard's: others hear of changes in their order */
    uint64_t told_untold;         /* so many of BLOCKS_UNTOLD when that was looked at last */
    char unwilling[160];          /* why the firewall did not do what it was told last, if it did not … */
    bool complained;              /* … which was told */
    struct nft_news news;         /* what of nft's end is still to be told */
    blocks_teller *tell;
    void *tell_ctx;
    struct log *log;
    char file[PATH_MAX];          /* those that are kept out are in it, too; empty: there is none */
    pthread_mutex_t writing;      /* held while it is written, by none who changes the table */
    _Atomic bool changed;         /* since then */
    bool unwritten;               /* that it could not be was told */
    bool taken_over;              /* hosts that a run before has left; a start that fails leaves them, too */
    bool runs;                    /* a run has begun, and its end takes it all back */
};

static void take_over(struct blocks *b);
static void firewall_look(struct blocks *b);
static bool firewall_begin(struct blocks *b, struct err *err);

static bool never_read(struct blocks *b, struct err *err)
{
    char *copy = strdup(b->settings.never != NULL ? b->settings.never : ""), *save = NULL;
    bool ok = copy != NULL || err_set(err, "not enough memory");

    for (char *one = ok ? strtok_r(copy, "[], \t", &save) : NULL; ok && one != NULL; one = strtok_r(NULL, "[], \t", &save)) {
        struct network *n = &b->never[b->never_n < NEVER_MAX ? b->never_n : 0];
        ok = b->never_n < NEVER_MAX ? addr_range_parse(one, &n->range, &n->family, err) : err_set(err, "more than %d networks", NEVER_MAX);
        b->never_n += ok;
        ok = ok || err_add(err, "respond.never-block");
    }
    free(copy);
    return ok;
}

struct blocks *blocks_new(const struct blocks_settings *s, const char *dir, struct log *log, struct err *err)
{
    struct blocks *b = calloc(1, sizeof *b);

    if (b == NULL) {
        (void)err_set(err, "respond.block: not enough memory");
        return NULL;
    }
    b->settings = *s;
    b->log = log;
    if (dir != NULL && s->active && (size_t)snprintf(b->file, sizeof b->file, "%s/blocked.hosts", dir) >= sizeof b->file) {
        b->file[0] = '\0'; /* nor is there such a folder */
    }
    b->seed = clock_now() ^ clock_monotonic() << 21;
    for (unsigned i = 0; i < SHARDS; i++) {
        (void)pthread_mutex_init(&b->shard[i].lock, NULL);
    }
    (void)pthread_mutex_init(&b->telling, NULL);
    (void)pthread_mutex_init(&b->writing, NULL);
    bool good = never_read(b, err);
    if (good) {
        take_over(b);
        good = !s->nftables || !s->active || firewall_begin(b, err);
    }
    if (!good) {
        b->log = NULL;
        blocks_free(b);
        return NULL;
    }
    return b;
}

void blocks_free(struct blocks *b)
{
    struct err err;

    if (b == NULL) {
        return;
    }
    firewall_look(b);
    if (b->runs && b->file[0] != '\0' && unlink(b->file) != 0 && errno != ENOENT && b->log != NULL) {
        log_say(b->log, LOG_WARNING, "%s is still there: %s", b->file, strerror(errno));
    }
    if (!nft_close(b->nft, b->taken_over && !b->runs, &err) && b->log != NULL) {
        log_say(b->log, LOG_WARNING, "respond.nftables: %s", err.text);
    }
    for (unsigned i = 0; i < SHARDS; i++) {
        (void)pthread_mutex_destroy(&b->shard[i].lock);
    }
    (void)pthread_mutex_destroy(&b->telling);
    (void)pthread_mutex_destroy(&b->writing);
    free(b);
}

static bool within(const struct network *n, const struct addr *a, enum family family)
{
    return n->family == family && memcmp(a->b, n->range.low.b, sizeof a->b) >= 0 && memcmp(a->b, n->range.high.b, sizeof a->b) <= 0;
}

static struct shard *shard_of(struct blocks *b, const struct addr *a) { return &b->shard[hash_bytes(a->b, sizeof a->b, b->seed) % SHARDS]; }

static bool spared(struct blocks *b, const struct addr *a, enum family family)
{
    for (unsigned i = 0; i < b->never_n; i++) {
        if (within(&b->never[i], a, family)) {
            atomic_fetch_add(&b->counter[BLOCKS_SPARED], 1);
            return true;
        }
    }
    return false;
}

static bool is(const struct block *k, const struct addr *a, enum family family)
{
    return k->until != 0 && k->family == family && addr_equal(&k->addr, a);
}

/* Its place: its own, a free one, or that of the one that goes next. */
static struct block *place_of(struct shard *s, const struct addr *a, enum family family, uint64_t now)
{
    struct block *best = &s->block[0];

    for (unsigned i = 0; i < EACH; i++) {
        struct block *k = &s->block[i];
        if (is(k, a, family)) {
            return k;
        }
        uint64_t left = k->until > now ? k->until : 0, least = best->until > now ? best->until : 0;
        best = left < least ? k : best;
    }
    return best;
}

struct telling {
    struct blocks *b;
    uint64_t now;
    unsigned n;
};

static void firewall_would_not(struct blocks *b, unsigned times, const char *why)
{
    (void)snprintf(b->unwilling, sizeof b->unwilling, "%.159s", why);
    atomic_fetch_add(&b->counter[BLOCKS_UNTOLD], times);
}

static uint32_t seconds_of(uint64_t ns) { return (uint32_t)((ns + CLOCK_SECOND - 1) / CLOCK_SECOND); }

static void firewall_say(struct blocks *b, const struct addr *a, enum family family, uint64_t ns)
{
    if (!nft_block(b->nft, a, family, seconds_of(ns))) {
        firewall_would_not(b, 1, errno == EAGAIN ? "nft is busy" : "nft has ended");
    }
}

struct first {
    struct text lines;
    uint64_t now;
};

static void first_add(void *ctx, const struct block *one)
{
    struct first *f = ctx;
    char line[NFT_LINE_MAX];

    nft_line(line, &one->addr, one->family, seconds_of(one->until - f->now));
    text_str(&f->lines, line);
}

/* With the hosts that are kept out already. */
static bool firewall_begin(struct blocks *b, struct err *err)
{
    struct first f = { .now = clock_now() };

    text_init(&f.lines, SHARDS * EACH * NFT_LINE_MAX);
    blocks_each(b, f.now, first_add, &f);
    b->nft = nft_open(text_bytes(&f.lines), err);
    text_fini(&f.lines);
    return b->nft != NULL;
}

static void firewall_say_one(void *ctx, const struct block *one)
{
    const struct telling *t = ctx;

    firewall_say(t->b, &one->addr, one->family, one->until - t->now);
}

/* What nft could not do of what it was told, and whether it has ended.  True: it was told of all hosts just now. */
static bool firewall_hear(struct blocks *b)
{
    struct err err;
    struct nft_news news = nft_hear(b->nft, &err);
    struct telling all = { .b = b, .now = clock_now() };

    if (news.complaints != 0) {
        firewall_would_not(b, news.complaints, err.text);
    }
    b->news.ended |= news.ended;
    b->news.given_up |= news.given_up;
    b->news.again |= news.again;
    if (news.again) {
        atomic_fetch_add(&b->counter[BLOCKS_TOLD_ANEW], 1);
        blocks_each(b, all.now, firewall_say_one, &all);
    }
    return news.again;
}

static void firewall_log(struct blocks *b)
{
    if (b->news.ended) {
        log_say(b->log, LOG_WARNING, "respond.nftables: nft has ended%s", b->news.given_up ? " again, and is not started any more" : b->news.again ? "" : ", and is started again");
    }
    if (b->news.again) {
        log_say(b->log, LOG_WARNING, "respond.nftables: nft was started again, and told of all hosts that are kept out");
        b->complained = false;
    } else if (!b->complained && blocks_count(b, BLOCKS_UNTOLD) != b->told_untold) {
        b->complained = true;
        log_say(b->log, LOG_WARNING, "respond.nftables: the firewall does not keep hosts out as it should: %s (all is counted: respond.nftables_untold)", b->unwilling);
    }
    b->told_untold = blocks_count(b, BLOCKS_UNTOLD);
    b->news = (struct nft_news){ 0 };
}

/* All are counted, the first is told, and the first behind nft's being started again. */
static void firewall_look(struct blocks *b)
{
    if (b->nft == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&b->telling);
    (void)firewall_hear(b);
    if (b->log != NULL) {
        firewall_log(b);
    }
    (void)pthread_mutex_unlock(&b->telling);
}

static void firewall_tell(struct blocks *b, const struct addr *a, enum family family, uint64_t ns)
{
    if (!firewall_hear(b)) {
        firewall_say(b, a, family, ns);
    }
}

bool blocks_told(struct blocks *b, uint64_t untold, struct err *err)
{
    enum { MOMENT_MS = 300, WORD_MS = 20, WORDS_MOST = 20 };
    bool good = true, more = b->nft != NULL;

    for (unsigned i = 0; more && i < WORDS_MOST; i++) {
        nft_wait(b->nft, i == 0 ? MOMENT_MS : WORD_MS);
        (void)pthread_mutex_lock(&b->telling);
        (void)firewall_hear(b);
        more = nft_speaks(b->nft);
        good = nft_away(b->nft) ? err_set(err, "nft has ended") : blocks_count(b, BLOCKS_UNTOLD) == untold || err_set(err, "%s", b->unwilling);
        (void)pthread_mutex_unlock(&b->telling);
    }
    return good;
}

/* Those who keep it out beside us.  With `telling` held. */
static void tell_others(struct blocks *b, const struct addr *a, enum family family, uint64_t ns)
{
    if (b->nft != NULL) {
        firewall_tell(b, a, family, ns);
    }
    if (b->tell != NULL && !b->tell(b->tell_ctx, a, family, ns) && ns != 0) {
        atomic_fetch_add(&b->counter[BLOCKS_UNGATED], 1);
    }
}

static void tell_one(void *ctx, const struct block *one)
{
    const struct telling *t = ctx;

    (void)t->b->tell(t->b->tell_ctx, &one->addr, one->family, one->until - t->now);
}

void blocks_tell(struct blocks *b, blocks_teller *tell, void *ctx, uint64_t now)
{
    struct telling t = { .b = b, .now = now };

    (void)pthread_mutex_lock(&b->telling);
    b->tell = tell;
    b->tell_ctx = ctx;
    if (tell != NULL) {
        blocks_each(b, now, tell_one, &t);
    }
    (void)pthread_mutex_unlock(&b->telling);
}

/* Is it kept out already, and for as long as it is to be? */
static bool stands(struct shard *s, const struct block *one, uint64_t now, bool again)
{
    bool so = false;

    (void)pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < EACH && !so; i++) {
        const struct block *k = &s->block[i];
        so = k->until > now && is(k, &one->addr, one->family) && (!again || one->until <= k->until);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return so;
}

/* again: one that is kept out already may be for longer. */
static bool put(struct blocks *b, const struct block *one, uint64_t now, bool again)
{
    if (one->family == FAMILY_NONE || spared(b, &one->addr, one->family)) {
        return false;
    }
    struct shard *s = shard_of(b, &one->addr);
    if (stands(s, one, now, again)) { /* as a rule: packet after packet of one host */
        return false;
    }
    (void)pthread_mutex_lock(&b->telling);
    if (stands(s, one, now, again)) {
        (void)pthread_mutex_unlock(&b->telling);
        return false;
    }
    (void)pthread_mutex_lock(&s->lock);
    struct block *k = place_of(s, &one->addr, one->family, now), old = *k;
    atomic_fetch_add(&b->n, old.until == 0);
    *k = *one;
    (void)pthread_mutex_unlock(&s->lock);
    bool same = old.until > now && is(&old, &one->addr, one->family);
    atomic_fetch_add(&b->counter[BLOCKS_ADDED], !same);
    if (old.until > now) { /* its own entry elsewhere has another time, or another's goes */
        atomic_fetch_add(&b->counter[BLOCKS_PUSHED], !same);
        tell_others(b, &old.addr, old.family, 0);
    }
    tell_others(b, &one->addr, one->family, one->until - now);
    (void)pthread_mutex_unlock(&b->telling);
    atomic_store(&b->changed, true);
    return true;
}

/* What is told of a file that cannot be written is told once, until it can. */
static void keep(struct blocks *b)
{
    struct err err;

    if (b->file[0] == '\0') {
        return;
    }
    (void)pthread_mutex_lock(&b->writing);
    if (atomic_exchange(&b->changed, false)) {
        bool good = blocks_file_write(b->file, b, clock_now(), &err);
        if (!good) {
            atomic_store(&b->changed, true);
        }
        if (!good && !b->unwritten && b->log != NULL) {
            log_say(b->log, LOG_WARNING, "%s: hosts that are kept out will not be, if this program is killed", err.text);
        }
        b->unwritten = !good;
    }
    (void)pthread_mutex_unlock(&b->writing);
}

void blocks_look(struct blocks *b)
{
    b->runs = true;
    keep(b);
    firewall_look(b);
}

static void take_one(void *ctx, const struct block *one)
{
    struct telling *t = ctx;

    t->n += put(t->b, one, t->now, true);
}

/* Of a run before that had no proper end. */
static void take_over(struct blocks *b)
{
    struct telling t = { .b = b, .now = clock_now() };
    struct err err;
    unsigned bad;

    if (b->file[0] == '\0') {
        return;
    }
    bool good = blocks_file_read(b->file, t.now, take_one, &t, &bad, &err);
    b->taken_over = t.n != 0;
    if (b->log == NULL) {
        return;
    }
    if (!good) {
        log_say(b->log, LOG_WARNING, "%s: hosts that were kept out before are let in", err.text);
    }
    if (t.n != 0) {
        log_say(b->log, LOG_WARNING, "%u host%s still kept out that the run before kept out, which had no proper end (%s)", t.n, t.n == 1 ? " is" : "s are", b->file);
    }
    if (bad != 0) {
        log_say(b->log, LOG_WARNING, "%s: %u lines mean nothing", b->file, bad);
    }
}

bool blocks_add(struct blocks *b, const struct view *v)
{
    uint64_t now = v->packet->ts;

    return put(b, &(struct block){ v->src, v->family, now + b->settings.seconds * CLOCK_SECOND }, now, false);
}

bool blocks_put(struct blocks *b, const struct addr *a, enum family family, uint64_t now, uint32_t seconds)
{
    bool is_new = put(b, &(struct block){ *a, family, now + seconds * CLOCK_SECOND }, now, true);

    keep(b); /* who said so is answered then */
    return is_new;
}

bool blocks_remove(struct blocks *b, const struct addr *a, enum family family, uint64_t now)
{
    struct shard *s = shard_of(b, a);

    (void)pthread_mutex_lock(&b->telling);
    (void)pthread_mutex_lock(&s->lock);
    struct block *k = place_of(s, a, family, now);
    bool there = k->until > now && is(k, a, family);
    if (there) {
        k->until = 1; /* over, and the place is taken into account */
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (there) {
        atomic_fetch_add(&b->counter[BLOCKS_REMOVED], 1);
        tell_others(b, a, family, 0);
        atomic_store(&b->changed, true);
    }
    (void)pthread_mutex_unlock(&b->telling);
    keep(b);
    return there;
}

bool blocks_has(struct blocks *b, const struct view *v)
{
    if (atomic_load_explicit(&b->n, memory_order_relaxed) == 0 || v->family == FAMILY_NONE) {
        return false;
    }
    struct shard *s = shard_of(b, &v->src);
    bool has = false;
    (void)pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < EACH && !has; i++) {
        const struct block *k = &s->block[i];
        has = k->until > v->packet->ts && is(k, &v->src, v->family);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return has;
}

uint64_t blocks_count(struct blocks *b, enum blocks_counter c) { return atomic_load(&b->counter[c]); }

void blocks_each(struct blocks *b, uint64_t now, void (*tell)(void *ctx, const struct block *one), void *ctx)
{
    for (struct shard *s = b->shard; s < b->shard + SHARDS; s++) {
        struct block copy[EACH];
        (void)pthread_mutex_lock(&s->lock);
        memcpy(copy, s->block, sizeof copy);
        (void)pthread_mutex_unlock(&s->lock);
        for (unsigned k = 0; k < EACH; k++) {
            if (copy[k].until > now) {
                tell(ctx, &copy[k]);
            }
        }
    }
}
