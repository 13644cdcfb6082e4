/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers read from a buffer: compared, followed, kept. */
#include "detect/verify.h"

#include <errno.h>
#include <stdlib.h>

enum { NUMBER_TEXT_MAX = 23 /* octal of 64 bits with a leading 0 */, NUMBER_BYTES_MAX = 8 };

/* Text as strtoull reads it: blanks, a sign, the base's digits.  Bytes used; 0 when there is no number or it is too large. */
static unsigned number_text(struct bytes b, unsigned base, uint64_t *out)
{
    char text[NUMBER_TEXT_MAX + 1];
    char *end;

    if (b.n == 0 || b.n > NUMBER_TEXT_MAX) {
        return 0;
    }
    memcpy(text, b.p, b.n);
    text[b.n] = '\0';
    errno = 0;
    *out = strtoull(text, &end, (int)base);
    return errno == ERANGE ? 0 : (unsigned)(end - text);
}

static bool number_binary(struct bytes b, bool little, uint64_t *out)
{
    uint64_t x = 0;

    if (b.n > NUMBER_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < b.n; i++) {
        x = x << 8 | b.p[little ? b.n - 1 - i : i];
    }
    *out = x;
    return true;
}

struct number {
    uint64_t value;
    int64_t start;   /* in the buffer */
    unsigned used;   /* bytes */
};

static bool number_read(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b, struct number *out)
{
    int64_t n = operand_value(v, &o->n), size = (int64_t)b->bytes.n;
    int64_t offset = operand_value(v, &o->offset);

    if (size == 0 || n < 0 || n > NUMBER_TEXT_MAX || (o->n.variable >= 0 && n == 0)) {
        return false;
    }
    if (offset > INT32_MAX || offset < INT32_MIN) {
        return false;
    }
    out->start = (o->relative ? (int64_t)v->cursor : 0) + offset;
    if (out->start < 0 || n > size - out->start || (o->relative && n && size - out->start <= 0)) {
        return false;
    }
    struct bytes at = bytes_from(b->bytes, (size_t)out->start);
    /* No length: text as far as it is a number. */
    at = bytes_head(at, n == 0 && o->string ? NUMBER_TEXT_MAX : (size_t)n);
    out->used = o->string ? number_text(at, o->base, &out->value) : (unsigned)n;
    v->number_at = (uint32_t)out->start;
    v->number_n = out->used;
    return o->string ? out->used != 0 : number_binary(at, o->little || (o->dce & b->little) != 0, &out->value);
}

static uint64_t masked(const struct byte_op *o, uint64_t x)
{
    if (!o->has_bitmask) {
        return x;
    }
    x &= o->bitmask;
    return x >> o->bitmask_shift;
}

bool verify_byte_test(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b)
{
    struct number n = { 0 };
    bool yes = false;

    if (!number_read(v, o, b, &n)) {
        return false;
    }
    uint64_t x = masked(o, n.value), y = (uint64_t)operand_value(v, &o->value);
    switch ((enum byte_operator)o->op) {
    case BYTE_EQ: yes = x == y; break;
    case BYTE_NE: yes = x != y; break;
    case BYTE_LT: yes = x < y; break;
    case BYTE_GT: yes = x > y; break;
    case BYTE_LE: yes = x <= y; break;
    case BYTE_GE: yes = x >= y; break;
    case BYTE_AND: yes = (x & y) != 0; break;
    case BYTE_OR: yes = (x ^ y) != 0; break; /* Suricata's | is an exclusive or */
    case BYTE_ADD:
    case BYTE_SUB:
    case BYTE_DIV:
    case BYTE_MUL:
    case BYTE_SHL:
    case BYTE_SHR: break;
    default: break;
    }
    return yes != o->negated;
}

bool verify_byte_jump(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b)
{
    struct number n = { .value = 0 };
    bool none = o->n.variable >= 0 && operand_value(v, &o->n) == 0;

    /* A variable that says no bytes: a jump by nothing, as in Suricata. */
    if (none) {
        n.start = (o->relative ? (int64_t)v->cursor : 0) + operand_value(v, &o->offset);
    }
    if (none ? n.start < 0 || n.start > (int64_t)b->bytes.n : !number_read(v, o, b, &n)) {
        return false;
    }
    uint64_t x = masked(o, n.value) * (o->multiplier ? o->multiplier : 1);
    if (o->align && x % 4 != 0) {
        x += 4 - x % 4;
    }
    x += (uint64_t)(int64_t)o->post_offset;
    uint64_t base = o->from_beginning ? 0 : o->from_end ? b->bytes.n : (uint64_t)n.start + n.used;
    int64_t to = (int64_t)(base + x); /* wraps as two's complement: a jump back */
    if (to < 0) {
        to = 0;
    }
    if (to > (int64_t)b->bytes.n) {
        return false;
    }
    v->cursor = (uint32_t)to;
    return true;
}

bool verify_byte_extract(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b)
{
    struct number n = { 0 };

    if (!number_read(v, o, b, &n)) {
        return false;
    }
    uint64_t x = masked(o, n.value) * (o->multiplier ? o->multiplier : 1);
    unsigned align = o->align_to ? o->align_to : 4;
    if (o->align && x % align != 0) {
        x += align - x % align;
    }
    v->cursor = (uint32_t)n.start + n.used;
    v->variable[o->result] = x;
    return true;
}

bool verify_byte_math(struct verifier *v, const struct byte_op *o, const struct verify_buffer *b)
{
    struct number n = { 0 };

    if (!number_read(v, o, b, &n)) {
        return false;
    }
    uint64_t x = n.value, y = (uint64_t)operand_value(v, &o->value);
    switch ((enum byte_operator)o->op) {
    case BYTE_ADD: x += y; break;
    case BYTE_SUB: x -= y; break;
    case BYTE_MUL: x *= y; break;
    case BYTE_DIV:
        if (y == 0) {
            return false;
        }
        x /= y;
        break;
    case BYTE_SHL: x = y < 64 ? x << y : 0; break;
    case BYTE_SHR: x = y < 64 ? x >> y : 0; break;
    case BYTE_EQ:
    case BYTE_NE:
    case BYTE_LT:
    case BYTE_GT:
    case BYTE_LE:
    case BYTE_GE:
    case BYTE_AND:
    case BYTE_OR: break;
    default: break;
    }
    v->cursor = (uint32_t)n.start + n.used;
    v->variable[o->result] = masked(o, x);
    return true;
}
