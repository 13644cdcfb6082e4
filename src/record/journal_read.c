/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments that are not sealed, made out from their blocks and their journal.  Both are read as hostile. */
#include "record/journal.h"

#include "base/crc32c.h"
#include "base/file.h"
#include "record/bytes.h"
#include "record/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- blocks ---- */

struct blocks {
    int fd;
    struct vault *vault;         /* NULL: they lie in the clear */
    uint8_t *memory;             /* of one */
    struct block_about about;    /* of the first */
    uint64_t packets;
};

static uint64_t block_at(uint32_t i) { return RECORD_FILE_HEAD + (uint64_t)i * RECORD_BLOCK; }

static bool head_get(const struct blocks *b, uint32_t i, struct block_about *about)
{
    uint8_t head[VAULT_ROOM];
    bool got = b->vault != NULL ? vault_read(b->vault, b->fd, (uint64_t)i * VAULT_PAGES, 1, head) != 0
                                : pread(b->fd, head, RECORD_BLOCK_HEAD, (off_t)block_at(i)) == (ssize_t)RECORD_BLOCK_HEAD;

    return got && block_head(bytes_of(head, RECORD_BLOCK_HEAD), about) && about->block == i;
}

/* As much of a block as there is. */
static size_t block_bytes(const struct blocks *b, uint32_t i)
{
    struct block_about about;

    if (b->vault != NULL) {
        return head_get(b, i, &about) ? vault_read(b->vault, b->fd, (uint64_t)i * VAULT_PAGES, vault_pages(about.used < VAULT_BLOCK ? about.used : VAULT_BLOCK), b->memory) : 0;
    }
    ssize_t n = pread(b->fd, b->memory, RECORD_BLOCK, (off_t)block_at(i));
    return n > 0 ? (size_t)n : 0;
}

/* A block that is being filled on may change under our eyes: it is read again. */
static bool block_get(const struct blocks *b, uint32_t i, struct block_about *about)
{
    enum { TRIES = 4 };

    for (unsigned try = 0; try < TRIES; try++) {
        size_t n = block_bytes(b, i);
        if (n >= RECORD_BLOCK_HEAD && block_check(bytes_of(b->memory, n), about) && about->block == i) {
            return true;
        }
    }
    return false;
}

bool unsealed_block(int fd, struct vault *vault, uint32_t i, uint8_t *memory, struct block_about *about)
{
    return block_get(&(struct blocks){ .fd = fd, .vault = vault, .memory = memory }, i, about);
}

bool unsealed_fill(int fd, const struct vault *vault, uint32_t i, uint8_t *memory, uint32_t used)
{
    enum { PAGE = 4096, PAD_HEAD = 8, PAD_LEAST = 12, LAST = RECORD_BLOCK - PAGE };
    uint32_t from = used / PAGE * PAGE, to = (used + PAD_HEAD + PAGE - 1) / PAGE * PAGE;
    uint64_t at = block_at(i);

    if (used > RECORD_BLOCK - PAD_LEAST) {
        errno = EINVAL; /* not ours */
        return false;
    }
    block_pad(memory, used);
    to = vault != NULL ? (uint32_t)vault_pages(used) * VAULT_PAGE : to;
    return (vault != NULL || file_write_at(fd, bytes_of(memory + from, to - from), at + from) == to - from) && ftruncate(fd, (off_t)(at + to)) == 0 &&
           ftruncate(fd, (off_t)(at + RECORD_BLOCK)) == 0 && (vault != NULL || file_write_at(fd, bytes_of(memory + LAST, PAGE), at + LAST) == PAGE);
}

/* Interfaces that are told in block i. */
static void links_get(const struct blocks *b, const struct block_about *about, struct record_links *links)
{
    struct block_walk w = block_frames(bytes_of(b->memory, RECORD_BLOCK), about);
    struct record_frame f;

    while (block_next(&w, links, &f)) {
    }
}

/* Takes block i into the ledger.  False: it does not fit what is before it. */
static bool block_take(struct blocks *b, struct ledger *l, uint32_t i, const struct block_about *a)
{
    if (i == 0) {
        b->about = *a;
    }
    if (a->run != b->about.run || a->lane != b->about.lane || a->segment != b->about.segment || a->ordinal != b->packets || l->block_n == l->block_max ||
        a->packets > RECORD_BLOCK / 32) {
        return false;
    }
    l->block[l->block_n++] = (struct block_row){ .ordinal = a->ordinal, .number = a->number, .first_ts = a->first_ts, .last_ts = a->last_ts,
                                                 .packets = a->packets, .used = a->used };
    l->first_ts = i == 0 || a->first_ts < l->first_ts ? a->first_ts : l->first_ts;
    l->last_ts = a->last_ts > l->last_ts ? a->last_ts : l->last_ts;
    b->packets += a->packets;
    return true;
}

static void blocks_read(struct blocks *b, struct ledger *l, bool all)
{
    struct block_about about, next;
    bool good = head_get(b, 0, &about), more;

    for (uint32_t i = 0; good; i++, about = next) {
        more = head_get(b, i + 1, &next);
        if (all || !more || next.links != l->links.n) {
            struct record_links before = l->links;
            good = block_get(b, i, &about) && about.links == l->links.n;
            if (good) {
                links_get(b, &about, &l->links);
            }
            good = good && block_take(b, l, i, &about);
            l->links = good ? l->links : before;
        } else {
            good = block_take(b, l, i, &about);
        }
        good = good && more;
    }
    l->packets = b->packets;
}

/* ---- the journal ---- */

struct replay {
    struct unsealed *u;
    struct ledger *l;
    uint64_t ordinal;            /* of the next packet */
    uint32_t frame;
};

static struct piece *piece_at(struct ledger *l, uint64_t i)
{
    if (i >= l->piece_max) {
        return NULL;
    }
    while (l->piece_n <= i) {
        l->piece[ledger_piece(l)].flags = RECORD_LOOSE; /* until its row is met */
    }
    return &l->piece[i];
}

static bool owners_read(struct replay *p, struct rd *r, uint32_t packets)
{
    for (uint32_t i = 0; i < packets; i++) {
        uint64_t v;
        do {
            v = rd_varint(r);
            struct piece *at = rd_ok(r) && !ledger_full(p->l) ? piece_at(p->l, v >> 2) : NULL;
            if (at == NULL) {
                return false;
            }
            if (p->ordinal < p->l->packets) {
                ledger_packet(p->l, at, (uint32_t)p->ordinal);
            }
        } while ((v & 1) != 0);
        p->ordinal++;
    }
    return true;
}

static bool flow_read(struct replay *p, struct rd *r)
{
    struct piece *to = piece_at(p->l, rd_varint(r));
    uint64_t flags = rd_varint(r);
    struct bytes five = rd_bytes(r, 5), icmp = rd_bytes(r, 4), app = rd_bytes(r, PIECE_APPS), ends = rd_bytes(r, sizeof to->key.addr);

    if (!rd_ok(r) || to == NULL || five.p[3] > VIEW_VLANS_MAX || five.p[4] > PIECE_APPS) {
        return false;
    }
    struct flow_key *k = &to->key;
    to->flags = (uint16_t)flags;
    k->family = five.p[0] == FAMILY_4 || five.p[0] == FAMILY_6 ? five.p[0] : FAMILY_NONE;
    k->proto = five.p[1];
    k->level = five.p[2] & 31;
    k->vlan_n = five.p[3];
    to->app_n = five.p[4];
    memcpy(to->icmp, icmp.p, icmp.n);
    memcpy(to->app, app.p, app.n);
    for (unsigned side = 0; side < 2; side++) {
        const uint8_t *a = ends.p + side * sizeof *k->addr;
        k->addr[side] = k->family == FAMILY_4 ? addr_from4(a + 12) : addr_from6(a);
    }
    for (unsigned v = 0; v < VIEW_VLANS_MAX; v++) {
        k->vlan[v] = (uint16_t)rd_varint(r);
    }
    k->port[0] = (uint16_t)rd_varint(r);
    k->port[1] = (uint16_t)rd_varint(r);
    k->tenant = (uint32_t)rd_varint(r);
    to->id = rd_varint(r);
    to->parent = rd_varint(r);
    to->first = rd_varint(r);
    to->last = rd_varint(r);
    to->cut = rd_varint(r);
    to->before = (uint32_t)rd_varint(r);
    to->before_back = (uint32_t)rd_varint(r);
    for (unsigned side = 0; side < 2; side++) {
        to->packets[side] = rd_varint(r);
        to->bytes[side] = rd_varint(r);
    }
    to->last = to->last < to->first ? to->first : to->last;
    return rd_ok(r);
}

static bool names_read(struct replay *p, struct rd *r)
{
    uint64_t n = rd_varint(r);
    struct index_about *a = &p->u->about;

    for (uint64_t i = 0; i < n; i++) {
        struct bytes name = rd_bytes(r, rd_varint(r));
        if (!rd_ok(r) || i >= INDEX_NAMES_MAX || name.n >= sizeof p->u->names[i]) {
            return false;
        }
        memcpy(p->u->names[i], name.p, name.n);
        a->app[i] = p->u->names[i];
        a->app_n = (uint8_t)(i + 1);
    }
    return rd_ok(r);
}

static bool frame_read(struct replay *p, struct bytes b, uint32_t owners, uint32_t packets)
{
    struct rd r = rd_of(bytes_from(bytes_head(b, owners), JOURNAL_HEAD));
    bool good = owners_read(p, &r, packets);

    r = rd_of(bytes_from(b, owners));
    for (uint32_t n = rd_le32(&r); good && n != 0; n--) {
        good = flow_read(p, &r);
    }
    for (uint32_t n = good ? rd_le32(&r) : 0; good && n != 0; n--) {
        uint32_t hash = rd_le32(&r);
        uint64_t piece = rd_varint(&r);
        good = rd_ok(&r) && piece_at(p->l, piece) != NULL && !ledger_full(p->l);
        if (good) {
            ledger_key(p->l, (uint32_t)piece, hash);
        }
    }
    good = good && names_read(p, &r);
    if (good) {
        p->l->cut_packets = rd_varint(&r);
        p->l->cut_bytes = rd_varint(&r);
        p->l->lost_packets = rd_varint(&r);
        p->l->bytes = rd_varint(&r);
        p->u->about.sight = rd_varint(&r);
    }
    good = good && rd_ok(&r);
    if (good) {
        p->l->dropped = rd_varint(&r); /* 0: older ones do not tell */
    }
    return good;
}

/* One frame after the other, to the first that is not whole. */
static void journal_replay(struct replay *p, struct bytes all, bool sealed)
{
    static const uint8_t magic[8] = "PCJNL1\0", zero[4];
    bool good = true;

    while (good) {
        struct rd r = rd_of(all);
        struct bytes is = rd_bytes(&r, sizeof magic);
        uint32_t frame = rd_le32(&r), n = rd_le32(&r), owners = rd_le32(&r), packets = rd_le32(&r), sum = rd_le32(&r), flags = rd_le32(&r);
        good = rd_ok(&r) && bytes_equal(is, bytes_of(magic, sizeof magic)) && frame == p->frame && n >= JOURNAL_HEAD && n <= all.n && n <= RECORD_BLOCK &&
               owners >= JOURNAL_HEAD && owners <= n;
        if (!good) {
            return;
        }
        uint32_t crc = crc32c(crc32c(crc32c(0, all.p, 24), zero, sizeof zero), all.p + 28, n - 28);
        p->u->about.live = (flags & 1) != 0;
        p->u->about.waits = (flags & 2) != 0;
        good = crc == sum && frame_read(p, bytes_head(all, n), owners, packets);
        all = bytes_from(all, sealed ? vault_pages(n) * VAULT_ROOM : n);
        p->frame++;
    }
}

/* What no frame tells of: packets that came last before the writer died.  Those that one tells of and that are not there then (`dead`) are lost. */
static void strays_add(struct replay *p, bool dead)
{
    struct ledger *l = p->l;

    if (p->ordinal >= l->packets) {
        l->lost_packets += dead ? p->ordinal - l->packets : 0;
        return;
    }
    p->u->strays = l->packets - p->ordinal;
    uint32_t at = ledger_piece(l);
    if (at != UINT32_MAX) {
        struct piece *s = &l->piece[at];
        s->flags = RECORD_LOOSE;
        s->first = l->first_ts;
        s->last = l->last_ts;
        s->packets[0] = p->u->strays;
        for (uint64_t i = p->ordinal; i < l->packets; i++) {
            ledger_packet(l, s, (uint32_t)i);
        }
    }
}

/* Rows that were never met, or tell of a time that cannot be. */
static void pieces_settle(struct ledger *l)
{
    for (uint32_t i = 0; i < l->piece_n; i++) {
        struct piece *p = &l->piece[i];
        if (p->first == 0) {
            p->first = l->first_ts;
            p->last = l->last_ts;
        }
    }
}

enum { JOURNAL_MAX = 1 << 30 };

/* One that is encrypted: its pages up to the first that does not open. */
static bool pages_all(const char *path, const uint8_t *key, struct bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t head[VAULT_PAGE], *to = NULL;
    struct vault *v = NULL;
    struct stat st;
    struct err err;
    size_t n = 0;

    if (fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && vault_is(bytes_of(head, sizeof head), VAULT_JOURNAL) && fstat(fd, &st) == 0 &&
        st.st_size <= JOURNAL_MAX && (v = vault_new(key, VAULT_JOURNAL, &err)) != NULL && (to = malloc((size_t)st.st_size)) != NULL) {
        n = vault_read(v, fd, 0, ((size_t)st.st_size - VAULT_PAGE) / VAULT_PAGE, to);
    }
    vault_free(v);
    if (fd >= 0) {
        close(fd);
    }
    if (n == 0) {
        free(to);
        to = NULL;
    }
    *out = bytes_of(to, n);
    return to != NULL;
}

bool unsealed_sealed(int fd)
{
    uint8_t head[16];

    return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && vault_is(bytes_of(head, sizeof head), VAULT_SEGMENT);
}

void unsealed_fini(struct unsealed *u)
{
    if (u->fd >= 0) {
        close(u->fd);
    }
    ledger_free(u->ledger);
    *u = (struct unsealed){ .fd = -1 };
}

bool unsealed_read(struct unsealed *u, const struct unsealed_from *from, bool all, struct err *err)
{
    const uint64_t most = 1ull << 36; /* bytes: a file may say that it is larger than any segment */
    struct blocks b = { .fd = open(from->path, O_RDONLY | O_CLOEXEC), .memory = malloc(RECORD_BLOCK) };
    struct bytes told = bytes_none();
    struct stat st;
    struct err none;

    *u = (struct unsealed){ .fd = b.fd };
    bool good = (b.fd >= 0 && fstat(b.fd, &st) == 0 && b.memory != NULL) || err_sys(err, "%s", from->path), sealed = good && unsealed_sealed(b.fd);
    if (sealed) {
        good = (from->key != NULL || err_set(err, "%s: it is encrypted, and there is no key for it", from->path)) &&
               (b.vault = vault_new(from->key, VAULT_SEGMENT, err)) != NULL;
    }
    if (!good) {
        unsealed_fini(u);
        free(b.memory);
        return false;
    }
    /* Before the blocks: what it tells of is there. */
    bool has = sealed ? pages_all(from->journal, from->key, &told) : file_read(from->journal, JOURNAL_MAX, &told, &none);
    u->ledger = ledger_new(((uint64_t)st.st_size < most ? (uint64_t)st.st_size : most) + 32 * (uint64_t)told.n, false);
    if (u->ledger != NULL) {
        struct replay p = { .u = u, .l = u->ledger };
        blocks_read(&b, u->ledger, all);
        journal_replay(&p, told, sealed);
        strays_add(&p, all);
        pieces_settle(u->ledger);
        ledger_seal(u->ledger);
        u->about.run = b.about.run;
        u->about.lane = b.about.lane;
        u->about.segment = b.about.segment;
        u->whole = block_at(u->ledger->block_n);
    }
    if (has) {
        file_free(told);
    }
    vault_free(b.vault);
    free(b.memory);
    if (u->ledger == NULL) {
        unsealed_fini(u);
        return err_set(err, "%s: not enough memory", from->path);
    }
    return true;
}
