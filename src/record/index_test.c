/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index.h"
#include "record/vault.h"

#include "base/file.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLOWS = 1000, DROPPED = 300 };

static struct ledger *make(void)
{
    struct ledger *l = ledger_new(1 << 20, true);
    uint32_t ordinal = 0;

    for (uint32_t i = 0; i < FLOWS; i++) {
        struct piece *p = &l->piece[ledger_piece(l)];
        char said[64];
        uint8_t four[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
        p->key = (struct flow_key){ .proto = i % 2 ? 6 : 17, .family = FAMILY_4, .port = { (uint16_t)(1024 + i), 80 } };
        p->key.addr[0] = p->key.addr[1] = addr_from4(four);
        p->id = 7000 + i;
        p->first = 1000000 + 1000 * i;
        p->last = 2000000 + 1000 * i;
        p->flags = RECORD_ENDED;
        p->parent = i % 10 == 0 ? 99 : 0;
        ledger_packet(l, p, ordinal);
        ledger_packet(l, p, ordinal + 1);
        ledger_packet(l, p, ordinal + 2 + 2 * FLOWS);
        ordinal += 2;
        snprintf(said, sizeof said, "what flow number %u has to say", i);
        ledger_sketch(l, p, i % 2, bytes_str(said), i % 5 == 0);
        snprintf(said, sizeof said, "a field of number %u alone", i);
        ledger_filter(l, p, FILTER_FIELDS, bytes_str(said));
        p->before_back = i % 50 == 7 ? 2 : 0;
        p->before = i + 1;
        ledger_key(l, i, record_key_hash(KEY_NAME, bytes_str(i % 100 ? "all.example" : "some.example")));
    }
    l->packets = 4 * FLOWS + 2;
    l->first_ts = 1000000;
    l->last_ts = 3000000;
    l->links.link[l->links.n++] = 1;
    l->block[l->block_n++] = (struct block_row){ .ordinal = 0, .packets = 3000, .used = 5000 };
    l->block[l->block_n++] = (struct block_row){ .ordinal = 3000, .packets = 1002, .used = 5000 };
    for (l->sum_n = 0; l->sum_n < block_stretches(3000) + block_stretches(1002); l->sum_n++) {
        l->sum[l->sum_n] = 77 + l->sum_n;
    }
    for (unsigned i = 1; i < block_stretches(3000); i++) {
        chain_varint(l, &l->marks, i == 1 ? 40 : 16);
    }
    l->block[1].marks = l->marks.n;
    for (unsigned i = 1; i < block_stretches(1002); i++) {
        chain_varint(l, &l->marks, 20);
    }
    l->dropped = DROPPED;
    ledger_seal(l);
    return l;
}

static void count(void *ctx, uint32_t flow)
{
    unsigned *n = ctx;

    (void)flow;
    (*n)++;
}

static void flows(const struct index *ix)
{
    struct index_cursor c = { 0 };
    struct flow_part p;
    struct err err = { "" };
    bool good = true;

    for (uint32_t i = 0; i < FLOWS; i++) {
        uint32_t start = 0, n = 0, start2 = 0, n2 = 0, none;
        good &= index_flow(ix, &c, i, &p, &err) && p.id == 7000 + i && p.key.port[0] == 1024 + i && p.first == 1000000 + 1000 * i &&
                p.last == 2000000 + 1000 * i && p.parent == (i % 10 == 0 ? 99 : 0) && p.key.proto == (i % 2 ? 6 : 17);
        struct run_walk w = p.runs;
        good &= run_next(&w, &start, &n) && run_next(&w, &start2, &n2) && !run_next(&w, &none, &none);
        good &= start == 2 * i && n == 2 && start2 == 2 * i + 2 + 2 * FLOWS && n2 == 1;
    }
    ok(good, "flows are what they were, with their packets");
    ok(index_flow(ix, &c, 500, &p, &err) && p.id == 7500 && index_flow(ix, &c, 3, &p, &err) && p.id == 7003, "in any order");
    ok(!index_flow(ix, &c, FLOWS, &p, &err), "one that is not there is an error");
    is_int(index_block_of(ix, 2999), 0, "a packet's block");
    is_int(index_block_of(ix, 3000), 1, "the next");
    is_int(index_block_of(ix, 4002), UINT32_MAX, "none behind the last");
}

static void stretches(const struct index *ix)
{
    enum { FIRST = (3000 + 63) / 64 };
    struct index_stretch s;

    is_int(index_stretches(ix), FIRST + 16, "stretches of two blocks");
    ok(index_stretch(ix, 0, 63, &s) && s.number == 0 && s.from == RECORD_FILE_HEAD && s.to == s.from + 160 && s.end == 64 && s.before == 0 && s.sum == 77, "the first begins with the head");
    ok(index_stretch(ix, 0, 64, &s) && s.number == 1 && s.from == RECORD_FILE_HEAD + 160 && s.to == s.from + 64 && s.before == 77 && s.sum == 78, "the next at its mark");
    ok(index_stretch(ix, 1, 4001, &s) && s.number == FIRST + 15 && s.end == 4002 && s.to == RECORD_FILE_HEAD + RECORD_BLOCK + 5000 && s.sum == s.whole, "the last ends with what is used");
    ok(!index_stretch(ix, 0, 3000, &s) && !index_stretch(ix, 2, 4002, &s), "none of another block");
}

static void keys(const struct index *ix)
{
    struct err err = { "" };
    unsigned all = 0, some = 0, none = 0;

    ok(index_find(ix, record_key_hash(KEY_NAME, bytes_str("all.example")), count, &all, &err) && all == 990, "a key that most have, over pages");
    ok(index_find(ix, record_key_hash(KEY_NAME, bytes_str("some.example")), count, &some, &err) && some == 10, "one that few have");
    ok(index_find(ix, record_key_hash(KEY_NAME, bytes_str("no.example")), count, &none, &err) && none == 0, "one that none has");
}

/* Every flow is in a unit that has what it said. */
static void sketches(const struct index *ix)
{
    const struct sketch_shape *s = &index_about(ix)->shape;
    uint8_t *columns = malloc(sketch_stride(s) + 1);
    struct index_cursor c = { 0 };
    struct flow_part p;
    struct err err = { "" };
    bool good = index_about(ix)->sketched;

    for (uint32_t i = 0; i < FLOWS; i++) {
        uint32_t bit[SKETCH_GRAMS_MAX], unit;
        char said[64];
        bool found = false;
        snprintf(said, sizeof said, "number %u has to say", i);
        memset(columns, 0xff, sketch_stride(s));
        good &= index_units(ix, 1u << i % 2, bit, sketch_ask(bytes_str(said), bit), columns, &err) && index_flow(ix, &c, i, &p, &err);
        struct unit_walk w = { .left = rd_of(p.units) };
        while (unit_next(&w, &unit)) {
            unsigned n = 0;
            found |= unit < s->units && (columns[unit / 8] >> (unit & 7) & 1) != 0;
            good &= index_unit_flows(ix, unit, count, &n, &err) && n > 0;
        }
        good &= found;
    }
    ok(good, "what a flow said is in one of its units");
    free(columns);
}

static bool filtered(const struct index *ix, uint32_t flow, const char *literal)
{
    uint32_t bit[SKETCH_GRAMS_MAX];
    unsigned n = sketch_ask(bytes_str(literal), bit);
    struct bytes b;
    struct err err;

    return index_filters(ix, flow, &b, &err) && filter_has(b, FILTER_FIELDS, bit, n);
}

static void filters(const struct index *ix)
{
    struct err err = { "" };
    struct bytes b;
    unsigned found = 0, wrong = 0;

    for (uint32_t i = 0; i < FLOWS; i++) {
        char said[64];
        snprintf(said, sizeof said, "number %u alone", i);
        found += filtered(ix, i, said);
        wrong += filtered(ix, i, "what no field of any has");
    }
    is_int(found, FLOWS, "what a field has is in its flow's filters");
    ok(wrong < FLOWS / 20, "and hardly anything else is");
    ok(!index_filters(ix, FLOWS, &b, &err), "of a flow that is not there");
    ok(filter_has(bytes_str("\x1f\x0c" "cut"), 1, &(uint32_t){ 1 }, 1) && filter_has(bytes_none(), 1, &(uint32_t){ 1 }, 1), "what is cut may have all");
    ok(filter_has(bytes_str("\x01"), FILTER_RAW, &(uint32_t){ 1 }, 1), "and what is not told of");
    ok(!filter_has(bytes_str("\x01"), FILTER_FIELDS, &(uint32_t){ 1 }, 1), "a flow without fields has none");
}

struct links {
    unsigned n;
    bool good;
};

static void link_seen(void *ctx, uint32_t flow, uint32_t back, uint32_t before)
{
    struct links *l = ctx;

    l->good &= flow % 50 == 7 && back == 2 && before == flow + 1;
    l->n++;
}

static void links(const struct index *ix)
{
    struct links l = { .good = true };
    struct err err = { "" };

    ok(index_earlier(ix, link_seen, &l, &err) && l.good && l.n == FLOWS / 50, "where flows began that began earlier");
}

struct ends {
    uint32_t n, last;
};

static void ends_seen(void *ctx, uint32_t flow)
{
    struct ends *e = ctx;

    e->n++;
    e->last = flow;
}

/* Each flow is found by its ends, and few others with it. */
static void tuples(const struct index *ix, const struct ledger *l)
{
    struct err err = { "" };
    unsigned found = 0, more = 0;

    for (uint32_t i = 0; i < l->piece_n; i++) {
        struct flow f = { .key = l->piece[i].key };
        struct ends e = { 0 };
        char community[FLOW_COMMUNITY_MAX];
        flow_community_id(&f, 0, community);
        (void)index_find_tuple(ix, record_key_hash(KEY_TUPLE, bytes_str(community)), ends_seen, &e, &err);
        found += e.n != 0 && e.last >= i;
        more += e.n > 1;
    }
    is_int(found, l->piece_n, "flows by their ends");
    ok(more * 10 < l->piece_n, "and hardly another");
}

static void way(const struct index_about *about, const struct ledger *l, const uint8_t *key, const char *why)
{
    char path[] = "/tmp/peccary-index-XXXXXX";
    struct err err = { "" };
    struct bytes file;
    unsigned refused = 0;

    diag("%s", why);
    close(mkstemp(path));
    ok(index_write(path, about, l, key, &err), "written");
    struct index *ix = index_open(path, key, &err);
    if (ok(ix != NULL, "opened")) {
        ok(index_check(ix, &err), "all of it is right");
        is_str(index_about(ix)->app[1], "dns", "names of protocols");
        is_int(index_about(ix)->dropped, DROPPED, "what the kernel dropped");
        flows(ix);
        stretches(ix);
        keys(ix);
        sketches(ix);
        filters(ix);
        links(ix);
        tuples(ix, l);
        index_close(ix);
    }
    ok(index_sealed(path) == (key != NULL), "whether it is encrypted is seen");
    if (key != NULL) {
        const uint8_t other[VAULT_KEY] = { 1 };
        ok(index_open(path, NULL, &err) == NULL && strstr(err.text, "encrypted") != NULL, "without a key it says so");
        ok(index_open(path, other, &err) == NULL, "with another it does not open");
    }
    if (ok(file_read(path, 1 << 26, &file, &err), "read as bytes")) {
        uint8_t *copy = malloc(file.n);
        for (size_t at = 0; at < file.n; at += 61) { /* each flipped bit is found by some check */
            memcpy(copy, file.p, file.n);
            copy[at] ^= 4;
            FILE *f = fopen(path, "wb");
            fwrite(copy, 1, file.n, f);
            fclose(f);
            ix = index_open(path, key, &err);
            refused += ix == NULL || !index_check(ix, &err);
            index_close(ix);
        }
        ok(refused * 61 > file.n * 9 / 10, "flipped bits are found but in padding");
        free(copy);
        file_free(file);
    }
    unlink(path);
}

int main(void)
{
    static const uint8_t key[VAULT_KEY] = "what nobody else would think of";
    struct index_about about = { .run = 1, .app_n = 2, .app = { "http", "dns" } };
    struct ledger *l = make();

    way(&about, l, NULL, "in the clear");
    way(&about, l, key, "encrypted");
    ledger_free(l);
    return done_testing();
}
