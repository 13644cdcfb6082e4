/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

/*
 * The bytes of one direction.  They lie in runs: contiguous stretches, each in a block of its own that grows at both
 * ends; runs that meet are joined by copying the smaller into the larger one's block.  In-order traffic has one run, to
 * which every segment is copied once; where it begins with a small segment, it lies behind the store itself as long as it is
 * small.  Beside the bytes stands who sent what (the segments): when segments overlap, the
 * receiver's system decides by their edges whose bytes count.
 */
enum {
    RUNS_FIRST = 1, RUNS_NEXT = 4, RUNS_MAX = 4096,
    SEGMENTS_FIRST = 2, SEGMENTS_NEXT = 8, SEGMENTS_MAX = 65536,
    REGION_GAP = 256 * 1024, /* runs further apart than this count as separate regions */
    NEAR_MAX = 1024,         /* bytes of the first run that may lie behind the store, */
    NEAR_GROWN = 4096,       /* and as it grows, with which the store moves */
    GROWS_FAST = 16384,      /* runs of fewer bytes are many and mostly done: they get little room beyond */
    OVERLAPS_MAX = 1024,     /* segments that one is compared with */
};

struct segment {
    uint32_t seq;
    uint32_t len; /* at most STREAM_SEGMENT_MAX */
};

struct store {
    struct run *run;         /* sorted by start, none overlap or touch */
    struct segment *seg;     /* sorted by seq, then by len; in use are [seg_head, seg_head + seg_n) */
    uint32_t room;           /* of this block */
    uint32_t run_room, seg_room; /* of separate blocks; 0: run_first, seg_first */
    uint32_t seg_head, seg_n, seg_max;
    uint32_t seg_longest;
    uint16_t run_n, run_max;
    struct run run_first[RUNS_FIRST];
    struct segment seg_first[SEGMENTS_FIRST];
    uint8_t near[];          /* the bytes of one run, or nothing */
};
_Static_assert(sizeof(struct store) == 96, "no more than needed");

/* With room for a first run of n bytes. */
static struct store *store_get(struct pages *pages, struct tcp_dir *d, size_t n)
{
    struct store *st = d->store;

    if (st == NULL) {
        size_t got;
        st = pages_take(pages, sizeof *st + (n <= NEAR_MAX ? n : 0), &got);
        if (st == NULL) {
            return NULL;
        }
        *st = (struct store){ .room = (uint32_t)got, .run_max = RUNS_FIRST, .seg_max = SEGMENTS_FIRST };
        st->run = st->run_first;
        st->seg = st->seg_first;
        d->store = st;
    }
    return st;
}

static void run_free(struct pages *pages, const struct store *st, struct run *r)
{
    if (r->buf != st->near || st->room == sizeof *st) { /* without room there, a block that happens to begin there */
        pages_give(pages, r->buf, r->room);
    }
}

void store_free(struct pages *pages, struct tcp_dir *d)
{
    struct store *st = d->store;

    if (st == NULL) {
        return;
    }
    for (uint32_t i = 0; i < st->run_n; i++) {
        run_free(pages, st, &st->run[i]);
    }
    if (st->run_room) {
        pages_give(pages, st->run, st->run_room);
    }
    if (st->seg_room) {
        pages_give(pages, st->seg, st->seg_room);
    }
    pages_give(pages, st, st->room);
    d->store = NULL;
}

/* Index of the first run that ends at or behind offset. */
static uint32_t run_index(const struct store *st, uint64_t offset)
{
    uint32_t low = 0, high = st->run_n;

    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (st->run[mid].start + st->run[mid].len < offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

const struct run *store_run(const struct tcp_dir *d, uint32_t index)
{
    return d->store && index < d->store->run_n ? &d->store->run[index] : NULL;
}

const struct run *store_find(const struct tcp_dir *d, uint64_t offset, uint32_t *index)
{
    if (d->store == NULL) {
        return NULL;
    }
    uint32_t i = run_index(d->store, offset);
    if (i < d->store->run_n && d->store->run[i].start + d->store->run[i].len == offset) {
        i++;
    }
    *index = i;
    return store_run(d, i);
}

struct bytes store_at(const struct tcp_dir *d, uint64_t offset)
{
    uint32_t i;
    const struct run *r = store_find(d, offset, &i);

    if (r == NULL || r->start > offset) {
        return bytes_none();
    }
    size_t skip = (size_t)(offset - r->start);
    return bytes_of(r->buf + r->head + skip, r->len - skip);
}

bool store_replace(struct tcp_dir *d, uint64_t offset, struct bytes was, struct bytes with)
{
    uint32_t i;
    const struct run *r = store_find(d, offset, &i);
    bool here = r != NULL && r->start <= offset && was.n == with.n && bytes_equal(bytes_head(store_at(d, offset), was.n), was);

    if (here) {
        memcpy(r->buf + r->head + (offset - r->start), with.p, with.n);
    }
    return here;
}

uint64_t store_contiguous(const struct tcp_dir *d)
{
    const struct run *r = store_run(d, 0);

    return r && r->start <= d->base ? r->start + r->len : d->base;
}

bool store_has_segments(const struct tcp_dir *d) { return d->store && d->store->seg_n > 0; }

bool store_has_holes(const struct tcp_dir *d)
{
    const struct run *r = store_run(d, 0);

    return r && (d->store->run_n > 1 || r->start > d->base);
}

static bool runs_reserve(struct pages *pages, struct store *st)
{
    if (st->run_n < st->run_max) {
        return true;
    }
    size_t room, n = st->run_max < RUNS_NEXT ? RUNS_NEXT : 2u * st->run_max;
    struct run *p = pages_take(pages, n * sizeof *p, &room);
    if (p == NULL) {
        return false;
    }
    memcpy(p, st->run, st->run_n * sizeof *p);
    if (st->run_room) {
        pages_give(pages, st->run, st->run_room);
    }
    st->run = p;
    st->run_room = (uint32_t)room;
    st->run_max = (uint16_t)(room / sizeof *p);
    return true;
}

/* New place for the segments: a larger block when `grow`, else the same one, with `head` unused entries in front. */
static bool segments_move(struct pages *pages, struct store *st, bool grow, bool slack_in_front)
{
    struct segment *from = st->seg + st->seg_head, *to = st->seg;
    size_t room = st->seg_room;
    uint32_t max = st->seg_max;

    if (grow) {
        to = pages_take(pages, (st->seg_max < SEGMENTS_NEXT ? SEGMENTS_NEXT : 2u * st->seg_max) * sizeof *to, &room);
        if (to == NULL) {
            return false;
        }
        max = (uint32_t)(room / sizeof *to);
    }
    uint32_t unused = max - st->seg_n;
    uint32_t head = slack_in_front ? unused - unused / 4 : 0;
    memmove(to + head, from, st->seg_n * sizeof *to);
    if (grow && st->seg_room) {
        pages_give(pages, st->seg, st->seg_room);
    }
    st->seg = to;
    st->seg_room = (uint32_t)room;
    st->seg_max = max;
    st->seg_head = head;
    return true;
}

/* Puts a segment at index i, counted from seg_head; moves the shorter part of the others. */
static enum store_status segment_add(struct pages *pages, struct store *st, uint32_t i, struct segment new)
{
    uint32_t n = st->seg_n;
    bool front = i < n / 2;

    if (n >= SEGMENTS_MAX) {
        return STORE_LIMIT;
    }
    if (front ? st->seg_head == 0 : st->seg_head + n == st->seg_max) {
        bool grow = st->seg_max - n < n / 4 + 1;
        if (!segments_move(pages, st, grow, front)) {
            return STORE_NO_MEMORY;
        }
    }
    struct segment *s = st->seg + st->seg_head;
    if (front) {
        memmove(s - 1, s, i * sizeof *s);
        st->seg_head--;
        s--;
    } else {
        memmove(s + i + 1, s + i, (n - i) * sizeof *s);
    }
    s[i] = new;
    st->seg_n++;
    if (new.len > st->seg_longest) {
        st->seg_longest = new.len;
    }
    return STORE_OK;
}

static void segment_remove(struct store *st, uint32_t i)
{
    struct segment *s = st->seg + st->seg_head;

    st->seg_n--;
    memmove(s + i, s + i + 1, (st->seg_n - i) * sizeof *s);
}

/* Index of the first segment that is not before (seq, len). */
static uint32_t segment_index(const struct store *st, uint32_t seq, uint32_t len)
{
    const struct segment *s = st->seg + st->seg_head;
    uint32_t low = 0, high = st->seg_n;

    /* Most come in order. */
    if (high > 0 && seq_lt(s[high - 1].seq, seq)) {
        return high;
    }
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (seq_lt(s[mid].seq, seq) || (s[mid].seq == seq && s[mid].len < len)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Which overlaps each system decides for the newer segment, by where it begins and ends. */
enum {
    NEW_STARTS_BEFORE = 1 << 0,
    NEW_STARTS_BEFORE_COVERS = 1 << 1, /* and ends at the same place or behind */
    NEW_SAME_START_LONGER = 1 << 2,
    NEW_SAME_START_COVERS = 1 << 3,
    NEW_STARTS_BEHIND_LONGER = 1 << 4,
    NEW_ALWAYS = 1 << 5,
};
static const uint8_t overlap_policy[OS_POLICY_N] = {
    [OS_BSD] = NEW_STARTS_BEFORE,
    [OS_HPUX10] = NEW_STARTS_BEFORE,
    [OS_IRIX] = NEW_STARTS_BEFORE,
    [OS_MACOS] = NEW_STARTS_BEFORE,
    [OS_WINDOWS] = NEW_STARTS_BEFORE,
    [OS_WINDOWS2K3] = NEW_STARTS_BEFORE,
    [OS_OLD_LINUX] = NEW_STARTS_BEFORE | NEW_SAME_START_COVERS,
    [OS_LINUX] = NEW_STARTS_BEFORE | NEW_SAME_START_LONGER,
    [OS_SOLARIS] = NEW_STARTS_BEFORE_COVERS | NEW_SAME_START_COVERS | NEW_STARTS_BEHIND_LONGER,
    [OS_HPUX11] = NEW_STARTS_BEFORE_COVERS | NEW_SAME_START_COVERS | NEW_STARTS_BEHIND_LONGER,
    [OS_VISTA] = 0,
    [OS_FIRST] = 0,
    [OS_LAST] = NEW_ALWAYS,
};

static bool new_wins(unsigned policy, struct segment new, struct segment old)
{
    uint32_t new_end = new.seq + new.len, old_end = old.seq + old.len;
    unsigned cases = NEW_ALWAYS;

    if (seq_lt(new.seq, old.seq)) {
        cases |= NEW_STARTS_BEFORE | (seq_ge(new_end, old_end) ? NEW_STARTS_BEFORE_COVERS : 0);
    } else if (new.seq == old.seq) {
        cases |= (seq_gt(new_end, old_end) ? NEW_SAME_START_LONGER : 0) | (seq_ge(new_end, old_end) ? NEW_SAME_START_COVERS : 0);
    } else if (seq_gt(new_end, old_end)) {
        cases |= NEW_STARTS_BEHIND_LONGER;
    }
    return (overlap_policy[policy] & cases) != 0;
}

/* Resolves the segment's bytes against every stored segment that it overlaps: `scratch` gets what is to be stored.  False: they are
 * too many. */
static bool resolve(const struct tcp_dir *d, uint8_t *scratch, struct store_insert *in)
{
    const struct store *st = d->store;
    const struct segment *s = st->seg + st->seg_head;
    struct segment new = { in->seq, (uint32_t)in->bytes.n };
    uint32_t end = new.seq + new.len, first = segment_index(st, new.seq - st->seg_longest, 0);

    in->overlap = true;
    memcpy(scratch, in->bytes.p, in->bytes.n);
    for (uint32_t i = first; i < st->seg_n && seq_lt(s[i].seq, end); i++) {
        if (i - first == OVERLAPS_MAX) {
            return false;
        }
        uint32_t left = seq_gt(s[i].seq, new.seq) ? s[i].seq : new.seq;
        uint32_t right = seq_lt(s[i].seq + s[i].len, end) ? s[i].seq + s[i].len : end;
        if (seq_lt(left, d->base_seq)) {
            left = d->base_seq;
        }
        if (!seq_lt(left, right)) {
            continue;
        }
        struct bytes old = bytes_head(store_at(d, d->base + (left - d->base_seq)), right - left);
        if (old.n < right - left) {
            continue;
        }
        bool again = s[i].seq == new.seq && s[i].len == new.len;
        if (in->compare && (in->inline_mode || !again)) {
            in->differ |= memcmp(in->bytes.p + (left - new.seq), old.p, old.n) != 0;
        }
        if (in->inline_mode || !new_wins(d->policy, new, s[i])) {
            memcpy(scratch + (left - new.seq), old.p, old.n);
        }
    }
    return true;
}

/* The store moves with the run that lies behind it to a block with room for n bytes there.  False: no memory. */
static bool store_move(struct pages *pages, struct tcp_dir *d, struct run *r, size_t front, size_t n)
{
    struct store *st = d->store, *to;
    size_t got, run = (size_t)(r - st->run);

    to = pages_take(pages, sizeof *to + n, &got);
    if (to == NULL) {
        return false;
    }
    *to = *st;
    to->room = (uint32_t)got;
    to->run = st->run_room ? st->run : to->run_first;
    to->seg = st->seg_room ? st->seg : to->seg_first;
    memcpy(to->near + front, r->buf + r->head, r->len);
    r = &to->run[run];
    r->buf = to->near;
    r->room = got - sizeof *to;
    r->head = (uint32_t)front;
    pages_give(pages, st, st->room);
    d->store = to;
    return true;
}

/* Makes room in front of and behind the bytes of run i.  The store may move. */
static bool run_extend(struct pages *pages, struct tcp_dir *d, uint32_t i, size_t front, size_t back)
{
    const struct store *st = d->store;
    struct run *r = &st->run[i];
    size_t need = front + r->len + back;

    if (r->head >= front && r->room - r->head - r->len >= back) {
        return true;
    }
    if (r->room >= need && r->room - need >= r->len / 2) {
        uint32_t head = (uint32_t)(front ? front + (r->room - need) / 2 : 0);
        memmove(r->buf + head, r->buf + r->head, r->len);
        r->head = head;
        return true;
    }
    size_t got;
    if (r->buf == st->near && st->room > sizeof *st && need <= NEAR_GROWN) {
        return store_move(pages, d, r, front, need + need / 8);
    }
    uint8_t *buf = pages_take(pages, need + need / (need < GROWS_FAST ? 8 : 2), &got);
    if (buf == NULL) {
        return false;
    }
    uint32_t head = (uint32_t)(front ? front + (got - need) / 2 : 0);
    memcpy(buf + head, r->buf + r->head, r->len);
    run_free(pages, st, r);
    r->buf = buf;
    r->room = got;
    r->head = head;
    return true;
}

/* How many separate regions there are with one more, far from all runs. */
static uint32_t regions_with(const struct tcp_dir *d)
{
    const struct store *st = d->store;
    uint32_t n = 2; /* the one at base, and the new one */
    uint64_t edge = d->base;

    for (uint32_t i = 0; i < st->run_n; i++) {
        n += st->run[i].start > edge + REGION_GAP;
        edge = st->run[i].start + st->run[i].len;
    }
    return n;
}

static enum store_status run_add(struct pages *pages, struct tcp_dir *d, uint32_t i, uint64_t start, size_t n, uint32_t max)
{
    struct store *st = d->store;
    uint64_t left = i > 0 ? st->run[i - 1].start + st->run[i - 1].len : d->base;
    bool far = start > left + REGION_GAP && (i == st->run_n || st->run[i].start > start + n + REGION_GAP);

    if (far) {
        uint32_t regions = regions_with(d);
        if (max != 0 && regions > max) {
            return STORE_LIMIT;
        }
        if (regions > d->max_regions) {
            d->max_regions = (uint16_t)regions;
        }
    }
    if (st->run_n >= RUNS_MAX) {
        return STORE_LIMIT;
    }
    struct run r = { .start = start };
    if (!runs_reserve(pages, st)) {
        return STORE_NO_MEMORY;
    }
    r.room = st->room - sizeof *st;
    if (st->run_n == 0 && n <= r.room) {
        r.buf = st->near;
    } else if ((r.buf = pages_take(pages, n, &r.room)) == NULL) {
        return STORE_NO_MEMORY;
    }
    memmove(st->run + i + 1, st->run + i, (st->run_n - i) * sizeof r);
    st->run[i] = r;
    st->run_n++;
    return STORE_OK;
}

static void run_put(struct run *r, uint64_t start, const uint8_t *p, size_t n)
{
    memcpy(r->buf + r->head + (start - r->start), p, n);
}

/* Writes bytes at a stream offset, joining the runs that they touch. */
static enum store_status store_write(struct pages *pages, struct tcp_dir *d, uint64_t start, struct bytes b, uint32_t max)
{
    struct store *st = d->store;
    uint64_t end = start + b.n;
    uint32_t first = run_index(st, start), behind = first, big = first;

    while (behind < st->run_n && st->run[behind].start <= end) {
        big = st->run[behind].len > st->run[big].len ? behind : big;
        behind++;
    }
    if (behind == first) {
        enum store_status status = run_add(pages, d, first, start, b.n, max);
        if (status == STORE_OK) {
            st->run[first].len = (uint32_t)b.n;
            run_put(&st->run[first], start, b.p, b.n);
        }
        return status;
    }
    uint64_t left = st->run[first].start < start ? st->run[first].start : start;
    uint64_t right = st->run[behind - 1].start + st->run[behind - 1].len;
    right = right > end ? right : end;
    uint64_t front = st->run[big].start - left, back = right - (st->run[big].start + st->run[big].len);
    if (!run_extend(pages, d, big, front, back)) {
        return STORE_NO_MEMORY;
    }
    st = d->store;
    struct run *r = &st->run[big];
    r->head -= (uint32_t)front;
    r->start = left;
    r->len = (uint32_t)(right - left);
    for (uint32_t i = first; i < behind; i++) {
        if (i != big) {
            run_put(r, st->run[i].start, st->run[i].buf + st->run[i].head, st->run[i].len);
            run_free(pages, st, &st->run[i]);
        }
    }
    run_put(r, start, b.p, b.n);
    st->run[first] = *r;
    memmove(st->run + first + 1, st->run + behind, (st->run_n - behind) * sizeof *r);
    st->run_n = (uint16_t)(st->run_n - (behind - first - 1));
    return STORE_OK;
}

/* Whether a stored byte lies in [start, end). */
static bool is_covered(const struct store *st, uint64_t start, uint64_t end)
{
    uint32_t i = run_index(st, start);

    if (i < st->run_n && st->run[i].start + st->run[i].len == start) {
        i++;
    }
    return i < st->run_n && st->run[i].start < end;
}

enum store_status store_insert(struct pages *pages, struct tcp_dir *d, uint8_t *scratch, struct store_insert *in)
{
    struct segment new = { in->seq, (uint32_t)in->bytes.n };
    uint32_t skip = seq_lt(in->seq, d->base_seq) ? d->base_seq - in->seq : 0;

    if (skip >= new.len) {
        return STORE_OK; /* wholly before what is kept */
    }
    struct store *st = store_get(pages, d, new.len - skip);
    if (st == NULL) {
        return STORE_NO_MEMORY;
    }
    uint64_t start = d->base + (in->seq + skip - d->base_seq);
    struct bytes b = in->bytes;
    uint32_t i = segment_index(st, new.seq, new.len);
    const struct segment *s = st->seg + st->seg_head;
    bool again = i < st->seg_n && s[i].seq == new.seq && s[i].len == new.len;
    if (is_covered(st, start, start + (new.len - skip))) {
        if ((!again && st->seg_n >= SEGMENTS_MAX) || !resolve(d, scratch, in)) {
            in->overlap = true;
            return STORE_LIMIT;
        }
        b = bytes_of(scratch, new.len);
    }
    enum store_status status = again ? STORE_OK : segment_add(pages, st, i, new);
    if (status == STORE_OK) {
        status = store_write(pages, d, start, bytes_from(b, skip), in->max_regions);
        if (status != STORE_OK && !again) {
            segment_remove(st, i);
        }
    }
    if (status == STORE_OK) {
        uint32_t end = new.seq + new.len;
        d->right_seq = !(d->flags & DIR_STORED) || seq_gt(end, d->right_seq) ? end : d->right_seq;
        d->flags |= DIR_STORED;
    } else if (st->run_n == 0) {
        store_free(pages, d);
    }
    return status;
}

void store_slide(struct pages *pages, struct tcp_dir *d, uint64_t left)
{
    struct store *st = d->store;

    d->base_seq += (uint32_t)(left - d->base);
    d->base = left;
    if (st == NULL) {
        return;
    }
    uint32_t gone = 0;
    while (gone < st->run_n && st->run[gone].start + st->run[gone].len <= left) {
        run_free(pages, st, &st->run[gone]);
        gone++;
    }
    st->run_n = (uint16_t)(st->run_n - gone);
    memmove(st->run, st->run + gone, st->run_n * sizeof st->run[0]);
    if (st->run_n == 0) {
        store_free(pages, d);
        return;
    }
    struct run *r = &st->run[0];
    if (r->start < left) {
        uint32_t cut = (uint32_t)(left - r->start);
        r->start = left;
        r->head += cut;
        r->len -= cut;
    }
    const struct segment *s = st->seg;
    while (st->seg_n > 0 && seq_le(s[st->seg_head].seq + s[st->seg_head].len, d->base_seq)) {
        st->seg_head++;
        st->seg_n--;
    }
}
