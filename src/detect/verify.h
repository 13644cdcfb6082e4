/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify - does a program (the matches of one rule over one buffer) match these bytes?
 *
 * One cursor walks the instructions; contents and regular expressions that a later instruction depends on are back-track
 * points on an explicit stack.  A failure is of two kinds: this place does not match (an earlier one may be tried again), or
 * no place can.  Steps are bounded.  One `struct verifier` per worker; its owner makes and frees what it points to.
 */
#ifndef DETECT_VERIFY_H
#define DETECT_VERIFY_H

#include "detect/ruleset.h"
#include "detect/scope.h"

struct verify_buffer {
    struct bytes bytes;
    uint64_t offset;    /* of bytes in the whole buffer, when it comes in pieces */
    bool end;           /* nothing more will come */
    uint8_t little;     /* enum view_reader: to whose rules `dce` numbers have their low byte first */
    bool stream;        /* evidence: of the stream, whose byte `base` they begin at; not the packet's */
    uint64_t base;
    const struct body *body; /* what it is a window of, as it came; NULL: nothing that comes in pieces, or it was transformed */
};

struct verify_frame {
    uint16_t at;        /* instruction to try again */
    uint32_t cursor;    /* as it was when that was first reached */
    uint32_t next;      /* where its next search begins; 0: it cannot be tried again */
};

/* What a regular expression captured; applied by the owner after the rule. */
struct captured {
    const struct pcre_capture *how;
    struct bytes value, key;
};
enum { VERIFY_CAPTURES = 16 };

/* Where an instruction matched; the last try holds. */
struct verify_place {
    uint32_t at, n;
};
struct evidence;

/* A literal to be replaced, and where it stands. */
struct replacement {
    const struct content *content;
    struct replacement *next; /* once queued */
    const uint8_t *at;
};

struct verifier {
    struct regex_scratch *regex;
    struct verify_frame *stack;
    uint32_t stack_room, depth;
    uint32_t limit, count;        /* instructions a run may take */
    uint32_t stopped;             /* runs and expressions that a limit ended, of this rule */
    uint32_t cursor, regex_next;
    uint64_t *variable;
    struct arena *arena;          /* what base64 decodes to, and captures */
    struct detect_scope *scope;   /* for keywords */
    struct captured captured[VERIFY_CAPTURES];
    unsigned captured_n;
    uint32_t number_at, number_n; /* where the number that was read last stands */
    struct verify_place *place;   /* [stack_room]; NULL: nobody wants evidence */
    uint32_t place_n;
    struct evidence *evidence;    /* of the rule in scope, newest first */
    unsigned evidence_n;
    struct replacement replace[REPLACES_MAX]; /* of the rule in scope */
    unsigned replace_n;
};

enum verify_result { VERIFY_NO, VERIFY_YES, VERIFY_NEVER };
enum verify_result verify_program(struct verifier *v, const struct program *p, const struct verify_buffer *b);

/* evidence.c: what a program that matched was matched by; its instructions' places stand in v->place from `first` on. */
void evidence_take(struct verifier *v, const struct program *p, const struct verify_buffer *b, uint32_t first);

/* verify_byte.c: byte_test, byte_jump, byte_extract, byte_math; move v->cursor and set variables. */
bool verify_byte_test(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b);
bool verify_byte_jump(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b);
bool verify_byte_extract(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b);
bool verify_byte_math(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b);
/* verify_base64.c: decoded bytes in v->arena; empty when there are none. */
enum base64_mode { BASE64_RFC4648, BASE64_RFC2045, BASE64_STRICT };
struct bytes base64_decode(struct arena *a, struct bytes in, enum base64_mode mode);

static inline int64_t operand_value(const struct verifier *v, const struct operand *o)
{
    return o->variable < 0 ? o->value : (int64_t)v->variable[o->variable];
}

#endif
