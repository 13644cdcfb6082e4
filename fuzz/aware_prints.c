/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of fingerprints and what is matched with them.  Input: kind of file, kind of sign, the file's text, NUL, the sign's text. */
#include "aware/fuse.h"
#include "aware/print_table.h"
#include "base/err.h"

#include <stdlib.h>

enum { OWN, P0F, MAKERS, KINDS };

static void told(void *ctx, const struct err *e) { *(size_t *)ctx += e->text[0] != '\0'; }

static void matched(const struct prints *p, enum sign sign, struct bytes text)
{
    struct guess g[GUESSES_MAX];
    struct identity id;
    unsigned n = prints_match(p, sign, text, g);
    struct fuse_sign s = { .sign = (uint8_t)sign, .source = FUSE_SENSOR, .n = (uint8_t)n, .count = 1, .first = 1, .last = 2, .guesses = g };

    bug_if(n > GUESSES_MAX);
    for (unsigned i = 0; i < n; i++) {
        bug_if(g[i].strength < 1 || g[i].strength > 100 || (i && g[i - 1].strength < g[i].strength));
        bug_if(g[i].family >= OS_FAMILY_N || g[i].device >= DEVICE_N || g[i].hypervisor >= HYPERVISOR_N || !g[i].row);
        bug_if(!g[i].os.p || !g[i].version.p || !g[i].vendor.p || !g[i].product.p || !g[i].product_version.p);
    }
    fuse(&s, 1, &id);
    bug_if(id.confidence > 100 || id.evidence_n > FUSE_EVIDENCE || (id.family == 0 && id.evidence_n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    unsigned kind = rd_u8(&r) % KINDS;
    enum sign sign = (enum sign)(rd_u8(&r) % SIGN_N);
    size_t bad = 0;
    bool found;
    struct bytes table = rd_until(&r, '\0', &found), text = rd_rest(&r);
    struct prints *p = calloc(1, sizeof *p);
    struct print_reader reader = { .prints = p, .bad = told, .ctx = &bad, .file = "x" };
    static const char labels[] = "^Linux\t60 family=linux\tx\n*\t40 family=windows os=$0\tx\n";

    if (!p) {
        return 0;
    }
    arena_init(&p->arena, NULL, 16 << 20);
    if (kind == OWN) {
        print_table_read(&reader, sign, table);
    } else if (kind == P0F) {
        sign = sign % 2 ? SIGN_TCP_SYN : SIGN_TCP_SYNACK;
        print_table_read(&reader, TABLE_P0F, bytes_str(labels));
    } else {
        sign = SIGN_MAC;
        print_makers_read(&reader, table);
    }
    for (unsigned i = 0; i < TABLE_N; i++) {
        if (i != SIGN_TCP_SYN && i != SIGN_TCP_SYNACK && i != SIGN_MAC) {
            print_table_index(&p->table[i]);
        }
    }
    if (kind == P0F) {
        print_p0f_read(&reader, table);
    }
    matched(p, sign, text);
    prints_free(p);
    return 0;
}
