/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rd.h"
#include "file/file.h"
#include "proto/proto.h"
#include "proto/toy/toy.h"
#include "wire/asn1.h"
#include "rows.list"

/* memcpy(p, q) in a comment, and malloc( in another: p++ */
#define TOY_WALK(x) memcpy_of(x)

struct toy_state {
    const uint8_t *p;
    char *text;
};
enum toy_kind { TOY_A, TOY_B };
struct toy_hook;

static_assert(sizeof(struct toy_state) > 0, "not empty");
typedef int (*toy_handler)(struct rd *r, int n);
static const char *const names[] = { "strlen(", "abort(" };
static const struct toy_row rows[] = { { .name = "x", .get = toy_get }, { NULL } };
static int (*const handler)(struct rd *) = toy_read;
extern const struct proto proto_toy;
const struct proto proto_toy = {
    .name = "toy",
    .probe = toy_probe,
};
static const struct proto *const all[] = {
#define PROTO(name) &proto_##name,
#include "rows.list"
#undef PROTO
};

static bool toy_pairs(const struct toy_state *s, int (*each)(void *ctx, int n), void *ctx);

/* Values read through pointers may be added, rows may be walked, spans indexed. */
static int toy_read(struct rd *r, const uint8_t *first, size_t n, uint32_t *left)
{
    *left -= 4;
    *left = n - *left;
    static const char *const kinds[] = { "a", "b" };
    struct bytes b = rd_bytes(r, 20);
    int sum = *first + 1 - b.p[4] + first[2] + (first != NULL) - 1;
    size_t memory = n + 4, index = 0;

    for (const struct toy_row *row = rows; row->name; row++) {
        sum += stream_strlen(row) + row->memcmp(row);
    }
    txn_set(r, &(struct toy_state){ .p = b.p, .text = NULL }, (struct bytes){ .p = first, .n = n });
    if (sum > 3 && !toy_pairs(&(struct toy_state){ .p = b.p }, toy_each, &sum)) {
        return sizeof(struct toy_state *) > 4 ? (int)index : (int)memory;
    }
    switch (sum) {
    case '{': return sum + (kinds[0] == names[0]);
    case '"': return sum - n;
    default: break;
    }
    struct toy_pair {
        int a, b;
    } pair = { 1, 2 };
    for (int i = 0; i < 2; i++) {
        do {
            if (i) {
                sum += ((const int[]){ 1, 2, 3 })[i];
            } else {
                sum -= pair.a;
            }
        } while (sum > 9);
    }
    return handler(r) + all[0]->exit(r);
}
