/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parts - a rule between two dialects; read.c makes it, write.c writes it. */
#ifndef CONVERT_PARTS_H
#define CONVERT_PARTS_H

#include "base/rows.h"
#include "convert/convert.h"

enum { PARTS_MAX = 400, MODIFIERS_MAX = 16 };

/* A buffer and what it is called; NULL: the dialect has none.  The first row is the payload. */
struct buffer_row {
    const char *suricata;          /* sticky */
    const char *snort3;            /* sticky, with its argument */
    const char *snort2;            /* content modifier, or sticky when `sticky2` */
    char pcre;                     /* Snort 2's letter; 0: none */
    bool sticky2;
};
extern const struct buffer_row buffer_rows[];
extern const unsigned buffer_row_n;
enum { BUFFER_PAYLOAD_ROW = 0 };

enum part_kind {
    PART_OPTION,       /* name and value, alike in all dialects or in rows of write.c */
    PART_CONTENT, PART_PCRE,
    PART_BYTES,        /* byte_test and its like: an option that belongs to a buffer */
    PART_SIZE,         /* the size of a buffer: a range */
    PART_DECODE,       /* base64_decode */
    PART_SERVICE,      /* protocols, commas between */
};
struct modifier {
    const char *name;
    struct bytes value;
};
struct part {
    uint8_t kind;
    uint8_t buffer;                /* row */
    bool negated, raw;
    struct bytes name, value;      /* PART_PCRE: the expression between its slashes */
    struct bytes flags;            /* PART_PCRE: letters that are no buffer's */
    struct modifier modifier[MODIFIERS_MAX];
    unsigned modifier_n;
};
struct parts {
    struct arena *arena;
    struct conversion *c;
    enum convert_dialect from, to;
    struct bytes action, proto, src, sport, way, dst, dport; /* src empty: the header has no networks */
    struct part part[PARTS_MAX];
    unsigned n;
};

bool parts_refuse(struct parts *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void parts_lose(struct parts *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
const struct modifier *part_modifier(const struct part *x, const char *name); /* NULL: it has none of that name */
bool parts_read(struct parts *p, struct bytes rule);
bool parts_write(struct parts *p, struct text *out);
struct ranged;
/* values.c: the option as the dialect written has it; false: refused.  range_write: the range of one of its rows alone. */
bool value_write(struct parts *p, struct bytes name, struct bytes value, struct text *out);
const struct ranged *ranged_find(struct bytes name); /* NULL: none */
bool range_write(struct parts *p, const struct ranged *r, struct bytes value, struct text *out);

#endif
