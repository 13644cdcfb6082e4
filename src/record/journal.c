/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a lane writes of its open segment. */
#include "record/journal.h"

#include "base/crc32c.h"
#include "record/bytes.h"
#include "record/vault.h"

_Static_assert(RECORD_BLOCK - 32768 + INDEX_NAMES_MAX * 65 + 64 <= VAULT_BLOCK, "a frame has room when it is sealed");
enum { NUMBER_MAX = 10, FLOW_MAX = 192 /* bytes of a flow's row */, TAIL_ROOM = 32768 /* names of protocols, and what else ends a frame */, ROOM_END = RECORD_BLOCK - TAIL_ROOM };

static void put_number(struct journal *j, uint64_t v) { j->n += varint_put(j->p + j->n, v); }

static void put_bytes(struct journal *j, const void *p, size_t n)
{
    memcpy(j->p + j->n, p, n);
    j->n += (uint32_t)n;
}

static bool frame_begin(struct journal *j)
{
    if (j->file != NULL && j->p == NULL) {
        j->p = disk_take(j->disk);
        j->n = JOURNAL_HEAD;
        j->packets = 0;
    }
    return j->p != NULL;
}

bool journal_packet(struct journal *j, const uint32_t *piece, const uint8_t *side, unsigned n)
{
    if (j->missed != 0 || !frame_begin(j)) {
        j->missed++;
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        put_number(j, (uint64_t)piece[i] << 2 | (uint64_t)side[i] << 1 | (i + 1 < n));
    }
    j->packets++;
    return true;
}

/* ---- the rest of a frame ---- */

static void put_flow(struct journal *j, const struct ledger *l, uint32_t i)
{
    const struct piece *p = &l->piece[i];
    const struct flow_key *k = &p->key;

    put_number(j, i);
    put_number(j, p->flags);
    put_bytes(j, (const uint8_t[]){ k->family, k->proto, k->level, k->vlan_n, p->app_n }, 5);
    put_bytes(j, p->icmp, sizeof p->icmp);
    put_bytes(j, p->app, sizeof p->app);
    put_bytes(j, k->addr, sizeof k->addr);
    for (unsigned v = 0; v < VIEW_VLANS_MAX; v++) {
        put_number(j, k->vlan[v]);
    }
    put_number(j, k->port[0]);
    put_number(j, k->port[1]);
    put_number(j, k->tenant);
    put_number(j, p->id);
    put_number(j, p->parent);
    put_number(j, p->first);
    put_number(j, p->last);
    put_number(j, p->cut);
    put_number(j, p->before);
    put_number(j, p->before_back);
    for (unsigned side = 0; side < 2; side++) {
        put_number(j, p->packets[side]);
        put_number(j, p->bytes[side]);
    }
}

/* As many as there is room for; how many stands before them. */
static void put_flows(struct journal *j, struct ledger *l)
{
    uint32_t at = j->n, n = 0;

    j->n += 4;
    while (l->dirty_n != 0 && j->n + FLOW_MAX < ROOM_END) {
        uint32_t i = l->dirty[--l->dirty_n];
        l->piece[i].dirty = false;
        put_flow(j, l, i);
        n++;
    }
    put32(j->p + at, n);
}

static void put_keys(struct journal *j, const struct ledger *l)
{
    uint32_t at = j->n, n = 0;

    j->n += 4;
    while (j->key_n < l->key_n && j->n + 4 + NUMBER_MAX < ROOM_END) {
        const struct key_pair *k = &l->key[j->key_n++];
        put32(j->p + j->n, k->hash);
        j->n += 4;
        put_number(j, k->piece);
        n++;
    }
    put32(j->p + at, n);
}

/* The names of protocols, in the first frame. */
static void put_names(struct journal *j)
{
    unsigned n = j->frame == 0 ? j->about->app_n : 0;

    put_number(j, n);
    for (unsigned i = 0; i < n; i++) {
        size_t length = strnlen(j->about->app[i], 63);
        put_number(j, length);
        put_bytes(j, j->about->app[i], length);
    }
}

static void frame_out(struct journal *j, struct ledger *l)
{
    static const uint8_t magic[8] = "PCJNL1\0";
    uint32_t owners = j->n;

    put_flows(j, l);
    put_keys(j, l);
    put_names(j);
    put_number(j, l->cut_packets);
    put_number(j, l->cut_bytes);
    put_number(j, l->lost_packets);
    put_number(j, l->bytes);
    put_number(j, j->about->sight);
    put_number(j, l->dropped);
    memcpy(j->p, magic, sizeof magic);
    put32(j->p + 8, j->frame++);
    put32(j->p + 12, j->n);
    put32(j->p + 16, owners);
    put32(j->p + 20, j->packets);
    put32(j->p + 24, 0);
    put32(j->p + 28, j->about->live | (uint32_t)j->about->waits << 1);
    put32(j->p + 24, crc32c(0, j->p, j->n));
    disk_write(j->disk, j->file, &(struct disk_piece){ .offset = j->offset, .memory = j->p, .range = { { 0, j->n } } });
    j->offset += j->file->vault != NULL ? vault_pages(j->n) * VAULT_PAGE : j->n; /* what is sealed begins with a page */
    j->p = NULL;
}

void journal_out(struct journal *j, struct ledger *l, uint32_t loose)
{
    while (j->missed != 0 && loose != UINT32_MAX && frame_begin(j)) {
        for (; j->missed != 0 && !journal_full(j); j->missed--) {
            put_number(j, (uint64_t)loose << 2);
            j->packets++;
        }
        frame_out(j, l);
    }
    while ((j->p != NULL || l->dirty_n != 0 || j->key_n < l->key_n) && frame_begin(j)) {
        frame_out(j, l);
    }
}
