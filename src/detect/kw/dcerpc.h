/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dcerpc - what the keywords about DCE/RPC calls share: a call is asked of whatever protocol carries it.
 *
 * Included by the files of this folder only.
 */
#ifndef DETECT_KW_DCERPC_H
#define DETECT_KW_DCERPC_H

#include "detect/kw/kw.h"

enum { KW_CARRIERS_MAX = 4 };

/* The row of one name in each protocol that has it. */
struct kw_carriers {
    struct {
        const struct proto *proto;
        const struct field *field;
    } row[KW_CARRIERS_MAX];
    unsigned n;
};

static inline bool kw_carriers_find(struct kw_carriers *to, const struct rule_parse *p, const char *name, struct err *err)
{
    const struct proto *const *protos = rule_parse_context(p)->protos;

    for (unsigned i = 0; protos && protos[i]; i++) {
        for (unsigned k = 0; k < protos[i]->field_n && to->n < KW_CARRIERS_MAX; k++) {
            if (strcmp(protos[i]->fields[k].name, name) == 0) {
                to->row[to->n].proto = protos[i];
                to->row[to->n++].field = &protos[i]->fields[k];
            }
        }
    }
    return to->n != 0 || err_set(err, "%s is not built in", name);
}

/* The row for the transaction that is looked at; NULL: its protocol has none. */
static inline const struct field *kw_carriers_field(const struct kw_carriers *c, const struct detect_scope *s)
{
    for (unsigned i = 0; s->txn && i < c->n; i++) {
        if (c->row[i].proto == s->txn->proto) {
            return c->row[i].field;
        }
    }
    return NULL;
}

#endif
