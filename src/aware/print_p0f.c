/* SPDX-License-Identifier: GPL-2.0-or-later */
/* p0f's file of signatures, where it is installed: labels and signatures of TCP (README of p0f 3, section 5). */
#include "aware/print_table.h"

#include "base/text.h"

enum { STRENGTH_SPECIFIC = 60, STRENGTH_GENERIC = 35, LABEL_MAX = 256 };

struct section {
    struct print_table *into;       /* NULL: not one we read */
    const struct print_meaning *meanings;
    uint8_t meanings_n;
};

/* "label = TYPE:CLASS:NAME:FLAVOR": what it says of the system stands in our table p0f.prints, by "TYPE NAME FLAVOR". */
static void label_read(const struct print_reader *r, struct bytes value, struct section *s)
{
    struct rd p = rd_of(value);
    bool more;
    struct bytes type = rd_until(&p, ':', &more), class = rd_until(&p, ':', &more), name = rd_until(&p, ':', &more), flavor = rd_rest(&p);
    struct guess guess[GUESSES_MAX];
    struct print_meaning *m;
    struct text label;
    unsigned n;
    bool specific = bytes_is(type, "s");

    (void)class;
    s->meanings_n = 0;
    text_init(&label, LABEL_MAX);
    text_add(&label, name.p, name.n);
    text_str(&label, flavor.n ? " " : "");
    text_add(&label, flavor.p, flavor.n);
    n = print_table_match(&r->prints->table[TABLE_P0F], text_bytes(&label), guess, 0);
    m = n ? arena_take(&r->prints->arena, n * sizeof *m) : NULL;
    for (unsigned i = 0; m && i < n; i++) {
        const struct print_value none = { .text = bytes_none(), .group = -1 };
        struct bytes os = guess[i].os.n ? arena_copy(&r->prints->arena, guess[i].os) : arena_copy(&r->prints->arena, text_bytes(&label));
        unsigned strength = specific ? guess[i].strength : guess[i].strength * STRENGTH_GENERIC / STRENGTH_SPECIFIC;
        m[i] = (struct print_meaning){ .family = guess[i].family, .device = guess[i].device, .strength = (uint8_t)(strength ? strength : 1),
                                       .vendor = none, .os = { os, -1 }, .version = none, .product = none, .product_version = none, .cpe = none };
    }
    s->meanings = m;
    s->meanings_n = (uint8_t)(m ? n : 0);
    text_fini(&label);
}

static void sig_read(const struct print_reader *r, struct bytes value, const struct section *s, size_t column)
{
    struct tcp_print tcp;
    struct print_row *row;
    struct err err;
    size_t at;

    if (!tcp_print_read(value, true, &tcp, &at, &err)) {
        print_bad(r, column + at, &err);
        return;
    }
    row = print_row_add(r, s->into);
    if (row) {
        row->tcp = tcp;
        row->meanings = s->meanings;
        row->meanings_n = s->meanings_n;
        row->where = print_where(r);
    }
}

void print_p0f_read(struct print_reader *r, struct bytes text)
{
    struct section s = { 0 };
    struct rd lines = rd_of(text);

    r->line = 0;
    while (rd_left(&lines) != 0) {
        bool end, equal;
        struct bytes line = bytes_trim(rd_line(&lines, &end), " \t\r"), key, value;
        struct rd parts = rd_of(line);
        r->line++;
        if (line.n == 0 || line.p[0] == ';') {
            continue;
        }
        if (line.p[0] == '[') {
            s = (struct section){ .into = bytes_is(line, "[tcp:request]") ? &r->prints->p0f_syn :
                                          bytes_is(line, "[tcp:response]") ? &r->prints->p0f_synack : NULL };
            continue;
        }
        key = bytes_trim(rd_until(&parts, '=', &equal), " \t");
        value = bytes_trim(rd_rest(&parts), " \t");
        if (!s.into || !equal) {
            continue;
        }
        if (bytes_is(key, "label")) {
            label_read(r, value, &s);
        } else if (bytes_is(key, "sig") && s.meanings_n) {
            sig_read(r, value, &s, line.n - value.n);
        }
    }
}
