/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print_table - the inside of a set of tables: rows as they were read, and how each kind of table is asked.
 *
 * Shared by the readers (our own files, p0f's, the lists of makers) and prints_match; nobody else includes this.
 *
 * A file NAME.prints speaks of the sign NAME (signs.list).  Lines: empty; `# …`, a remark; `[group]`: in each group the first row that
 * fits is taken; else a row of three columns, tabs between them:
 *
 *   pattern    strength key=value … | strength key=value …    source
 *
 * Keys: family, device, hypervisor (names of print.h), vendor, os, version, product, product_version, cpe (vendor:name).  A value with blanks stands in
 * quotes; $1 to $4 is what a mark of the pattern took, $0 the whole text.  The pattern is one of pattern.h; of tcp.* a signature
 * as p0f 3 spells it; of mac a prefix, ? for a digit and ip4 for an embedded address.
 */
#ifndef AWARE_PRINT_TABLE_H
#define AWARE_PRINT_TABLE_H

#include "aware/pattern.h"
#include "aware/print.h"
#include "aware/print_tcp.h"

enum { PRINT_ROWS_MAX = 4096, PRINT_FILE_MAX = 8 << 20, PRINT_HEADS = 4096, PRINT_NONE = UINT16_MAX, PRINT_SIFT = 4096 /* bits */,
       /* Tables that are no sign's: they say what a maker's or p0f's names mean. */
       TABLE_MAKER = SIGN_N, TABLE_P0F, TABLE_N };

struct print_value {
    struct bytes text;
    int8_t group;          /* of the pattern, from 1; 0: the whole text; -1: `text` as it stands */
};

struct print_meaning {
    uint8_t family, device, hypervisor, strength;
    struct print_value vendor, os, version, product, product_version, cpe;
};

struct print_mac { uint8_t nibble[12], n; bool ip4; }; /* nibble 16: any */

struct print_row {
    union {
        struct pattern pattern;
        struct tcp_print tcp;
        struct print_mac mac;
    };
    const struct print_meaning *meanings;
    uint8_t meanings_n;
    uint8_t group;
    uint16_t next;          /* row of the same head */
    const char *where;      /* file:line */
};

struct print_table {
    struct print_row *rows; /* grows while read; freed with the set */
    size_t n, room;
    uint16_t head[PRINT_HEADS]; /* by three bytes of its literal: the first row */
    uint64_t heads[PRINT_HEADS / 64]; /* a bit for each that has one: most texts ask of few lines of memory so */
    uint16_t plain;         /* rows without a literal */
    bool sifts;             /* each row says how a text ends or begins: */
    uint64_t sift[PRINT_SIFT / 64]; /* a bit for each such end and beginning */
};

struct print_maker { uint64_t prefix /* left-aligned in 48 bits */; uint8_t bits; struct bytes name; };

struct prints {
    struct arena arena;
    struct print_table table[TABLE_N];
    struct print_table p0f_syn, p0f_synack;
    struct print_maker *makers;   /* by prefix and bits (print_mac.c) */
    size_t makers_n, makers_room;
};

/* What reading tells: bad rows go to `bad`. */
struct print_reader {
    struct prints *prints;
    void (*bad)(void *ctx, const struct err *e);
    void *ctx;
    const char *file;       /* as rows name it */
    unsigned line;
};

void print_bad(const struct print_reader *r, size_t column, const struct err *e);
/* "file:line", in the arena. */
const char *print_where(const struct print_reader *r);
/* A new row at the end, zeroed; NULL: too many, or no memory (told). */
struct print_row *print_row_add(const struct print_reader *r, struct print_table *t);
/* Reads a file of ours into table `which` (a sign or TABLE_…). */
void print_table_read(struct print_reader *r, unsigned which, struct bytes text);
void print_table_index(struct print_table *t);
/* False: no row fits, by a glance. */
bool print_table_may(const struct print_table *t, struct bytes text);
/* All that fits, one per group; guesses behind those in out[0..n). */
unsigned print_table_match(const struct print_table *t, struct bytes text, struct guess *out, unsigned n);
unsigned print_guesses(const struct print_row *row, struct bytes text, const struct bytes *groups, struct guess *out, unsigned n);

/* p0f.fp (README of p0f 3, section 5). */
void print_p0f_read(struct print_reader *r, struct bytes text);
/* Lists of the IEEE as package ieee-data has them, CSV: Registry,Assignment,Organization Name,Organization Address. */
void print_makers_read(struct print_reader *r, struct bytes csv);
bool print_mac_read(struct bytes text, struct print_mac *out, size_t *column, struct err *err);
unsigned print_mac_match(const struct prints *p, struct bytes text, struct guess *out);
unsigned print_tcp_match(const struct prints *p, bool answer, struct bytes text, struct guess *out);

/* The tables that the program carries. */
struct print_built { const char *name; const unsigned char *text; size_t n; };
extern const struct print_built prints_built[];
extern const size_t prints_built_n;
const char *print_table_name(unsigned which);

#endif
