/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiler's table of indices by hash. */
#include "detect/compiler.h"

#include <stdlib.h>

bool index_table_init(struct index_table *t, uint32_t expected)
{
    uint32_t room = 64;

    while (room < expected * 2) {
        room *= 2;
    }
    *t = (struct index_table){ .hash = calloc(room, sizeof *t->hash), .value = malloc(room * sizeof *t->value), .room = room };
    if (!t->hash || !t->value) {
        index_table_fini(t);
        return false;
    }
    memset(t->value, 0xff, room * sizeof *t->value);
    return true;
}

void index_table_fini(struct index_table *t)
{
    free(t->hash);
    free(t->value);
    *t = (struct index_table){ 0 };
}

uint32_t index_table_next(const struct index_table *t, uint64_t hash, uint32_t *at)
{
    while (*at < t->room) {
        uint32_t i = (uint32_t)(hash + (*at)++) & (t->room - 1);
        if (t->value[i] == UINT32_MAX) {
            return UINT32_MAX;
        }
        if (t->hash[i] == hash) {
            return t->value[i];
        }
    }
    return UINT32_MAX;
}

static void index_table_place(struct index_table *t, uint64_t hash, uint32_t value)
{
    uint32_t i = (uint32_t)hash & (t->room - 1);

    while (t->value[i] != UINT32_MAX) {
        i = (i + 1) & (t->room - 1);
    }
    t->hash[i] = hash;
    t->value[i] = value;
    t->n++;
}

bool index_table_put(struct index_table *t, uint64_t hash, uint32_t value)
{
    if (t->n * 2 >= t->room) {
        struct index_table more;
        if (!index_table_init(&more, t->room)) {
            return false;
        }
        for (uint32_t i = 0; i < t->room; i++) {
            if (t->value[i] != UINT32_MAX) {
                index_table_place(&more, t->hash[i], t->value[i]);
            }
        }
        index_table_fini(t);
        *t = more;
    }
    index_table_place(t, hash, value);
    return true;
}
