/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/sift.h"

#include "base/hash.h"
#include "match/match.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Beside the words: what says that they may be in there in another form. */
enum doubt { DOUBT_RESPELLED, DOUBT_CODED, DOUBT_N };
enum { MEMORY_MAX = 1 << 30 /* bytes for all that is below; what does not fit is chosen */, PLACES_MAX = 1 << 28 /* bytes */, CARRY = NEED_WORD_MAX - 1, BEFORE = 8, TCP_SYN = 2, TCP_URG = 32 };

/* Of flows with the same ends, one by one way: which of them has a literal is not told. */
struct ends {
    uint64_t run;                /* of the recorder */
    struct addr addr[2];
    uint16_t port[2];
    uint8_t proto;
};
struct sifted {
    struct ends ends;
    uint64_t packets, seen;      /* that were recorded; that were met */
    uint64_t last;               /* the number of the last one */
    uint32_t first;              /* 1 + the newest of those taken that have these ends */
    bool unsure;                 /* it is chosen, whatever else it has */
    bool many;                   /* they are of several flows */
    bool wanted[2];              /* some of their words may be in what goes that way */
    bool doubts[2];              /* … and what they may be in there as */
    bool begun[2];
    uint8_t carry_n[2], before_at[2];
    uint32_t seq[2];             /* that comes next */
    uint8_t carry[2][CARRY];     /* the last bytes before that */
    struct segment {             /* the last ones: what is sent again is the same, or nothing is certain */
        uint64_t hash;
        uint32_t seq, n;
    } before[2][BEFORE];
};
/* A flow that a rule may match. */
struct taken {
    const struct need *need;
    uint32_t segment, flow, sifted;
    uint32_t next;               /* as sifted.first */
    uint64_t packets;
    bool turned;                 /* its client is the second of the ends */
    bool swapped;                /* or nobody knows */
    bool coded;                  /* its bodies are not in its packets as they are */
    bool plain;                  /* it is HTTP/1, and nothing else: as its header fields were sent, rules see them */
};

struct sift {
    struct record *record;
    struct choice *chosen, *mine, *read; /* read: mine, and what is chosen anyhow where that is less */
    struct decode_settings decode;
    bool opens;
    unsigned words, hit_bytes;   /* words: the doubts' numbers are behind theirs */
    uint64_t seed;
    struct taken *taken;
    size_t taken_n, taken_room;
    struct sifted *sifted;
    uint8_t *hit;                /* a bit per word, for each way of each of the sifted */
    size_t sifted_n, sifted_room;
    uint32_t *slot;              /* 1 + number of one of the sifted; open addressing */
    size_t slots;
    struct recorded all;         /* what sift_cost made */
};

struct sift *sift_new(struct record *r, struct choice *chosen, const struct sift_settings *l, unsigned words)
{
    struct sift *s = calloc(1, sizeof *s);

    if (s == NULL || (s->mine = choice_new(r, false)) == NULL || (s->read = choice_new(r, false)) == NULL) {
        if (s != NULL && s->mine != NULL) {
            choice_free(s->mine);
        }
        free(s);
        return NULL;
    }
    s->record = r;
    s->chosen = chosen;
    s->decode = *l->decode;
    s->opens = l->opens;
    s->decode.checksums = false; /* bytes that the engine would not look at do no harm */
    s->words = words;
    s->seed = hash_random_seed();
    s->hit_bytes = (words + DOUBT_N) / 8 + 1;
    return s;
}

void sift_free(struct sift *s)
{
    if (s != NULL) {
        choice_free(s->mine);
        choice_free(s->read);
        recorded_fini(&s->all);
        free(s->taken);
        free(s->sifted);
        free(s->hit);
        free(s->slot);
        free(s);
    }
}

/* ---- ends ---- */

/* The lower address, or port, comes first; true: that turned them round. */
static bool ends_make(struct ends *e, uint64_t run, const struct addr addr[2], const uint16_t port[2], uint8_t proto)
{
    int order = memcmp(&addr[0], &addr[1], sizeof *addr);
    bool turn = order != 0 ? order > 0 : port[0] > port[1];

    memset(e, 0, sizeof *e); /* it is hashed whole */
    e->run = run;
    e->addr[turn] = addr[0];
    e->addr[!turn] = addr[1];
    e->port[turn] = port[0];
    e->port[!turn] = port[1];
    e->proto = proto;
    return turn;
}

static uint64_t ends_hash(const struct ends *e) { return hash_bytes(e, sizeof *e, 0); }

static uint32_t *slot_at(const struct sift *s, const struct ends *e, uint64_t hash)
{
    size_t at = hash & (s->slots - 1);

    while (s->slot[at] != 0 && memcmp(&s->sifted[s->slot[at] - 1].ends, e, sizeof *e) != 0) {
        at = (at + 1) & (s->slots - 1);
    }
    return &s->slot[at];
}

static uint32_t *slot_of(const struct sift *s, const struct ends *e) { return slot_at(s, e, ends_hash(e)); }

static bool slots_grow(struct sift *s)
{
    size_t slots = s->slots != 0 ? s->slots * 2 : 1024;
    uint32_t *slot = calloc(slots, sizeof *slot);

    if (slot == NULL) {
        return false;
    }
    free(s->slot);
    s->slot = slot;
    s->slots = slots;
    for (size_t i = 0; i < s->sifted_n; i++) {
        *slot_of(s, &s->sifted[i].ends) = (uint32_t)i + 1;
    }
    return true;
}

/* May there be room for so many? */
static bool within(const struct sift *s, size_t sifted, size_t taken)
{
    size_t each = sizeof *s->sifted + 2u * s->hit_bytes + 4 * sizeof *s->slot;

    return sifted * each + taken * sizeof *s->taken <= MEMORY_MAX;
}

/* UINT32_MAX: no memory. */
static uint32_t sifted_of(struct sift *s, const struct ends *e)
{
    if (s->sifted_n * 2 >= s->slots && !slots_grow(s)) {
        return UINT32_MAX;
    }
    uint32_t *slot = slot_of(s, e);
    if (*slot != 0) {
        return *slot - 1;
    }
    if (s->sifted_n == s->sifted_room) {
        size_t room = s->sifted_room != 0 ? s->sifted_room * 2 : 1024;
        struct sifted *more = within(s, room, s->taken_room) ? realloc(s->sifted, room * sizeof *more) : NULL;
        if (more == NULL) {
            return UINT32_MAX;
        }
        s->sifted = more;
        s->sifted_room = room;
    }
    s->sifted[s->sifted_n] = (struct sifted){ .ends = *e };
    *slot = (uint32_t)++s->sifted_n;
    return *slot - 1;
}

static bool fits(const struct flow_part *p)
{
    enum { UNFIT = RECORD_FRAGMENTS | RECORD_LOOSE | RECORD_REASSEMBLED | RECORD_CARRIED | RECORD_STRANGERS };

    bool torn = (p->flags & RECORD_BLIND) != 0 && (p->flags & RECORD_MIDSTREAM) != 0; /* not all of its bytes are here */
    return (p->flags & UNFIT) == 0 && !torn && (p->key.proto == IPPROTO_TCP || p->key.proto == IPPROTO_UDP);
}

static bool taken_room(struct sift *s)
{
    if (s->taken_n == s->taken_room) {
        size_t room = s->taken_room != 0 ? s->taken_room * 2 : 1024;
        struct taken *more = within(s, s->sifted_room, room) ? realloc(s->taken, room * sizeof *more) : NULL;
        if (more == NULL) {
            return false;
        }
        s->taken = more;
        s->taken_room = room;
    }
    return true;
}

/* Its protocol is HTTP/1: 1 as far as is known, 0 not yet, -1 no, or that is not all. */
static int part_plain(const struct index_about *about, const struct flow_part *p)
{
    if ((p->flags & (RECORD_APPS_MORE | RECORD_BLIND)) != 0 || p->app_n > 1) {
        return -1;
    }
    return p->app_n == 0 ? 0 : p->app[0] < about->app_n && strcmp(about->app[p->app[0]], "http") == 0 ? 1 : -1;
}

/* All parts of it: their ends are the same. */
static bool parts_read(struct sift *s, const struct sift_part *part, size_t n, sift_head head, void *ctx, struct taken *t)
{
    struct ends e;
    bool other = false;

    for (size_t i = 0; i < n; i++) {
        struct err err;
        const struct flow_part *p = head(ctx, part[i].segment, part[i].flow, &err);
        if (p == NULL || !fits(p)) {
            return false;
        }
        int plain = part_plain(s->record->segment[part[i].segment].about, p);
        other |= plain < 0;
        t->plain |= plain > 0;
        bool turned = ends_make(&e, s->record->segment[part[i].segment].about->run, p->key.addr, p->key.port, p->key.proto);
        uint32_t at = sifted_of(s, &e);
        if (at == UINT32_MAX || (i != 0 && at != t->sifted)) {
            return false;
        }
        t->sifted = at;
        t->swapped |= (p->flags & RECORD_SWAPPED) != 0 || (i != 0 && turned != t->turned);
        t->turned = turned;
        t->coded |= (p->flags & (RECORD_CODED | RECORD_BLIND)) != 0 || !s->record->segment[part[i].segment].about->coded;
        t->packets += p->packets[0] + p->packets[1];
    }
    t->plain &= !other;
    return true;
}

/* A request's body that is told to be coded, where that may be of the answers alone. */
static bool doubted(const struct sift *s, const struct taken *t, const struct need_word *w) { return w->asked && t->coded && t->plain && !s->opens; }

/* Whose bytes a word is looked for in; 0: it may be in there in another form. */
static unsigned word_sides(const struct sift *s, const struct taken *t, const struct need_word *w)
{
    bool coded = w->body && t->coded && !doubted(s, t, w);

    return coded || (w->head && !t->plain) ? 0 : t->swapped ? 3 : w->sides;
}

bool sift_take(struct sift *s, const struct need *n, const struct sift_part *part, size_t part_n, sift_head head, void *ctx)
{
    struct taken t = { .need = n, .segment = part->segment, .flow = part->flow };

    if (n->word_n == 0 || part_n == 0 || !taken_room(s) || !parts_read(s, part, part_n, head, ctx, &t)) {
        return false;
    }
    struct sifted *f = &s->sifted[t.sifted];
    bool tells = false;
    for (unsigned i = 0; i < n->word_n; i++) {
        const struct need_word *w = &n->word[i];
        unsigned sides = word_sides(s, &t, w);
        for (unsigned side = 0; side < 2; side++) {
            bool in = (sides >> side & 1) != 0;
            f->wanted[side ^ (unsigned)t.turned] |= in;
            f->doubts[side ^ (unsigned)t.turned] |= in && (w->uri || doubted(s, &t, w));
        }
        tells |= sides != 0;
    }
    if (!tells) {
        return false;
    }
    f->many |= f->first != 0 && (s->taken[f->first - 1].segment != t.segment || s->taken[f->first - 1].flow != t.flow);
    t.next = f->first;
    f->first = (uint32_t)s->taken_n + 1;
    if (!choice_has(s->mine, t.segment, t.flow)) { /* for the first of its rules */
        f->packets += t.packets;
    }
    for (size_t i = 0; i < part_n; i++) {
        choice_add(s->mine, part[i].segment, part[i].flow);
    }
    s->taken[s->taken_n++] = t;
    return true;
}

/* Those that are chosen anyhow need no look. */
static void sift_settle(const struct sift *s)
{
    for (size_t i = 0; i < s->taken_n; i++) {
        const struct taken *t = &s->taken[i];
        uint64_t bit = 1ull << (t->flow & 63);
        if (choice_has(s->chosen, t->segment, t->flow) && (s->mine->bit[t->segment][t->flow >> 6] & bit) != 0) {
            s->mine->bit[t->segment][t->flow >> 6] &= ~bit;
            s->sifted[t->sifted].unsure = true; /* its packets do not come; another with these ends is not told from it */
        }
    }
}

bool sift_cost(struct sift *s, struct sift_cost *out, struct err *err)
{
    struct recorded *x = &s->all;

    recorded_fini(x);
    *x = (struct recorded){ 0 };
    sift_settle(s);
    *out = (struct sift_cost){ .flows = choice_count(s->mine) };
    if (out->flows == 0) {
        return true;
    }
    choice_or(s->read, s->mine);
    if (choice_count(s->chosen) <= out->flows) {
        choice_or(s->read, s->chosen);
    }
    if (!recorded_make(x, s->read, s->record, 0, NULL, err)) {
        return false;
    }
    out->packets = x->packets;
    out->bytes = x->bytes;
    out->blocks = x->blocks;
    return true;
}

/* ---- packets ---- */

static bool bit(const uint8_t *bits, uint32_t i) { return (bits[i / 8] >> (i & 7) & 1) != 0; }

static bool has(const struct sift *s, const struct taken *t)
{
    const uint8_t *way[2];

    for (unsigned side = 0; side < 2; side++) {
        way[side] = s->hit + (2 * (size_t)t->sifted + (side ^ (unsigned)t->turned)) * s->hit_bytes;
    }
    for (unsigned k = 0; k < t->need->word_n; k++) {
        const struct need_word *w = &t->need->word[k];
        unsigned sides = word_sides(s, t, w);
        bool in = sides == 0;
        for (unsigned side = 0; side < 2; side++) {
            in |= (sides >> side & 1) != 0 && (bit(way[side], t->need->word_first + k) || (w->uri && bit(way[side], s->words + DOUBT_RESPELLED)) ||
                                               (doubted(s, t, w) && bit(way[side], s->words + DOUBT_CODED)));
        }
        if (!in) {
            return false;
        }
    }
    return true;
}

/* A view's ends, and which way it goes. */
struct looked {
    struct ends ends;
    uint64_t hash;
    bool way;
};
struct look {
    struct sift *sift;
    const struct literals *literals;
    struct match_scratch *scratch;
    uint8_t *hit;
    bool fresh;                  /* something was found that was not before */
    _Atomic uint64_t *packets;
    struct looked looked[BATCH_MAX]; /* of a batch's packets; of those that have ends */
    bool has[BATCH_MAX];
};

static void hit(void *ctx, uint32_t id)
{
    struct look *l = ctx;
    uint8_t bit = (uint8_t)(1u << (id & 7));

    l->fresh |= (l->hit[id / 8] & bit) == 0;
    l->hit[id / 8] |= bit;
}

/* "Content-Encoding" and "Transfer-Encoding" are literals; in a field's name a NUL is overlooked. */
static void look_doubts(struct look *l, struct bytes b)
{
    if (!bit(l->hit, l->sift->words + DOUBT_RESPELLED) && need_respelled(b)) {
        hit(l, l->sift->words + DOUBT_RESPELLED);
    }
    if (!bit(l->hit, l->sift->words + DOUBT_CODED) && bytes_find_byte(b, 0) != SIZE_MAX) {
        hit(l, l->sift->words + DOUBT_CODED);
    }
}

/* What has all that one rule asks for is chosen: its other packets need no look. */
static void look_at(struct look *l, uint32_t at, bool way, struct bytes b)
{
    const struct sift *s = l->sift;
    struct sifted *f = &s->sifted[at];

    l->hit = s->hit + (2 * (size_t)at + way) * s->hit_bytes;
    l->fresh = false;
    if (f->doubts[way]) {
        look_doubts(l, b);
    }
    literals_scan(l->literals, l->scratch, b, 0, hit, l);
    for (uint32_t i = l->fresh && !f->many ? f->first : 0; i != 0 && !f->unsure; i = s->taken[i - 1].next) {
        f->unsure = has(s, &s->taken[i - 1]);
    }
}

static void carry_set(struct sifted *f, bool way, struct bytes b)
{
    size_t n = b.n < CARRY ? b.n : CARRY, old = CARRY - n < f->carry_n[way] ? CARRY - n : f->carry_n[way];

    memmove(f->carry[way], f->carry[way] + f->carry_n[way] - old, old);
    memcpy(f->carry[way] + old, b.p + b.n - n, n);
    f->carry_n[way] = (uint8_t)(old + n);
}

static bool sent_before(const struct sifted *f, bool way, const struct segment *s)
{
    for (unsigned i = 0; i < BEFORE; i++) {
        const struct segment *b = &f->before[way][i];
        if (b->seq == s->seq && b->n == s->n && b->hash == s->hash) {
            return true;
        }
    }
    return false;
}

/* Bytes that do not follow those before could make another stream than they seem to: nothing is certain of such a flow. */
static void look_stream(struct look *l, uint32_t at, bool way, const struct view *v)
{
    struct sifted *f = &l->sift->sifted[at];
    struct bytes b = v->payload;
    bool syn = (v->tcp.flags & TCP_SYN) != 0;

    if (syn || !f->begun[way]) {
        f->unsure |= syn && f->begun[way] && f->seq[way] != v->tcp.seq + 1; /* another session */
        f->begun[way] = true;
        f->seq[way] = v->tcp.seq + syn;
    }
    if (b.n == 0) {
        return;
    }
    bool urgent = (v->tcp.flags & TCP_URG) != 0 || v->tcp.urgent != 0; /* a byte of it may be taken out */
    struct segment now = { hash_bytes(b.p, b.n, l->sift->seed), v->tcp.seq, (uint32_t)b.n };
    if (v->tcp.seq + syn != f->seq[way] || urgent) {
        f->unsure = urgent || !sent_before(f, way, &now);
        return;
    }
    f->before[way][f->before_at[way]++ % BEFORE] = now;
    if (f->carry_n[way] != 0) {
        uint8_t over[2 * CARRY];
        size_t n = b.n < CARRY ? b.n : CARRY;
        memcpy(over, f->carry[way], f->carry_n[way]);
        memcpy(over + f->carry_n[way], b.p, n);
        look_at(l, at, way, bytes_of(over, f->carry_n[way] + n));
    }
    look_at(l, at, way, b);
    carry_set(f, way, b);
    f->seq[way] += (uint32_t)b.n;
}

/* False: it has none. */
static bool looked_make(struct looked *k, uint64_t run, const struct view *v)
{
    if (!view_has(v, LAYER_TCP | LAYER_UDP)) {
        return false;
    }
    k->way = ends_make(&k->ends, run, (const struct addr[2]){ v->src, v->dst }, (const uint16_t[2]){ v->sport, v->dport }, v->proto);
    k->hash = ends_hash(&k->ends);
    return true;
}

static void look_view(struct look *l, const struct looked *k, const struct view *v)
{
    const struct sift *s = l->sift;
    uint32_t at = *slot_at(s, &k->ends, k->hash);

    if (at == 0 || s->sifted[at - 1].unsure) {
        return;
    }
    struct sifted *f = &s->sifted[--at];
    f->seen += f->last != v->packet->number;
    f->last = v->packet->number;
    f->unsure |= (v->flags & (VIEW_FRAGMENT | VIEW_TRUNCATED | VIEW_INVALID)) != 0;
    if (f->unsure || !f->wanted[k->way]) {
        return;
    }
    if (view_has(v, LAYER_TCP)) {
        look_stream(l, at, k->way, v);
    } else {
        look_at(l, at, k->way, v->payload);
    }
}

/* Where they are looked up is far: all of a batch is asked for before the first is waited for. */
static void look_batch(struct look *l, uint64_t run, struct decoder *d, struct batch *b)
{
    const struct sift *s = l->sift;
    struct looked *k = l->looked;

    for (unsigned i = 0; i < b->n; i++) {
        packet_decode(d, b, &b->packet[i]);
        const struct view *v = b->packet[i].first;
        l->has[i] = v != NULL && looked_make(&k[i], run, v);
        if (l->has[i]) {
            __builtin_prefetch(&s->slot[k[i].hash & (s->slots - 1)]);
        }
    }
    for (unsigned i = 0; i < b->n; i++) {
        uint32_t at = l->has[i] ? s->slot[k[i].hash & (s->slots - 1)] : 0;
        if (at != 0) {
            __builtin_prefetch(&s->sifted[at - 1]);
            __builtin_prefetch(&s->sifted[at - 1].first);
        }
    }
    for (unsigned i = 0; i < b->n; i++) {
        const struct view *v = b->packet[i].first;
        if (l->has[i]) {
            look_view(l, &k[i], v);
        }
        for (v = v != NULL ? v->next : NULL; v != NULL; v = v->next) {
            struct looked inner;
            if (looked_make(&inner, run, v)) {
                look_view(l, &inner, v);
            }
        }
    }
}

/* False with err: what could not be read. */
static bool look_all(struct look *l, const struct recorded *x, uint64_t run, const _Atomic bool *stop, struct err *err)
{
    struct source_settings from = { .paths = x->path, .path_n = x->n, .merge = x->n > 1, .by_number = x->by_number, .batch = BATCH_MAX, .part = x->part };
    struct decoder *d = calloc(1, sizeof *d);
    struct batch *b = batch_new();
    struct source *s = d != NULL && b != NULL ? source_open_files(&from, err) : NULL;

    if (s == NULL) {
        if (d == NULL || b == NULL) {
            (void)err_set(err, "not enough memory");
        }
        free(d);
        if (b != NULL) {
            batch_free(b);
        }
        return false;
    }
    d->settings = l->sift->decode;
    do {
        if (!source_poll(s, b)) {
            continue;
        }
        look_batch(l, run, d, b);
        atomic_fetch_add(l->packets, b->n);
        source_release(s, b);
    } while (!b->end && !*stop);
    source_close(s);
    batch_free(b);
    free(d);
    return true;
}

/* ---- all ---- */

static bool literals_make(const struct sift *s, struct literals_store *store, struct literals **out, struct err *err)
{
    static const char *const coded[] = { "content-encoding", "transfer-encoding" };
    struct literal *list = calloc(s->words + ROWS(coded), sizeof *list);
    uint8_t *there = calloc(s->words / 8 + 1u, 1);
    size_t n = 0;

    for (size_t i = 0; list != NULL && there != NULL && i < s->taken_n; i++) {
        const struct need *need = s->taken[i].need;
        for (unsigned k = 0; k < need->word_n; k++) {
            uint32_t id = need->word_first + k;
            if ((there[id / 8] >> (id & 7) & 1) == 0) {
                there[id / 8] |= (uint8_t)(1u << (id & 7));
                list[n++] = (struct literal){ .bytes = need->word[k].bytes, .nocase = need->word[k].nocase, .id = id };
            }
        }
    }
    for (size_t i = 0; list != NULL && i < ROWS(coded); i++) {
        list[n++] = (struct literal){ .bytes = bytes_str(coded[i]), .nocase = true, .id = s->words + DOUBT_CODED };
    }
    bool good = list != NULL && there != NULL;
    *out = good ? literals_new(store, list, n, err) : NULL;
    good = good && *out != NULL && literals_store_make(store, err);
    free(list);
    free(there);
    return good;
}

static void sift_judge(const struct sift *s, bool looked)
{
    for (size_t i = 0; i < s->taken_n; i++) {
        const struct taken *t = &s->taken[i];
        const struct sifted *f = &s->sifted[t->sifted];
        if (!looked || f->unsure || f->seen != f->packets || has(s, t)) {
            choice_add(s->chosen, t->segment, t->flow);
        }
    }
}

/* Each run of the recorder by itself: ends mean nothing beyond it. */
static bool look_runs(struct sift *s, struct look *l, struct recorded_places *places, const _Atomic bool *stop, struct err *err)
{
    const struct record *r = s->record;
    bool good = true, one = r->n != 0 && r->segment[0].about->run == r->segment[r->n - 1].about->run; /* they are in the order of runs */

    for (size_t i = 0; good && i < r->n && !*stop; i++) {
        uint64_t run = r->segment[i].about->run;
        if (i != 0 && run == r->segment[i - 1].about->run) {
            continue;
        }
        struct recorded x = { 0 };
        struct err why;
        good = one || recorded_make(&x, s->read, s->record, run, NULL, err);
        struct recorded *from = one ? &s->all : &x;
        if (good) {
            recorded_note(from, places);
        }
        if (good && from->n != 0 && !look_all(l, from, run, stop, &why)) {
            record_problem(s->record, &why); /* of what was not met all is chosen */
        }
        recorded_fini(&x);
    }
    return good;
}

bool sift_run(struct sift *s, struct recorded_places *places, _Atomic uint64_t *packets, const _Atomic bool *stop, struct err *err)
{
    struct literals_store *store;
    struct look l = { .sift = s, .packets = packets };
    struct literals *literals = NULL;

    s->hit = calloc(s->sifted_n * 2 + 1, s->hit_bytes);
    store = literals_store_new(NULL);
    l.scratch = match_scratch_new();
    bool good = s->hit != NULL && store != NULL && l.scratch != NULL && recorded_places_make(places, s->record, PLACES_MAX) && literals_make(s, store, &literals, err) && match_scratch_fit(l.scratch, literals, err);
    l.literals = literals;
    if (good) {
        good = look_runs(s, &l, places, stop, err);
    } else if (s->hit == NULL || store == NULL || l.scratch == NULL || places->of == NULL) {
        (void)err_set(err, "not enough memory");
    }
    sift_judge(s, good);
    if (literals != NULL) {
        literals_free(literals);
    }
    match_scratch_free(l.scratch);
    literals_store_free(store);
    return good;
}
