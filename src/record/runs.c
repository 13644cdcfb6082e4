/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/runs.h"

enum { LENGTHY = 32, NO_MORE = RUN_SYMBOLS - 1, CODE_NODES = 2 * RUN_SYMBOLS };

static unsigned width(uint64_t v) { return v != 0 ? 64u - (unsigned)__builtin_clzll(v) : 0; }

static unsigned context_of(unsigned bits) { return bits <= 3 ? 1 : bits <= 6 ? 2 : bits <= 10 ? 3 : 4; }

/* ---- codes ---- */

/* The lightest node that has no parent yet, but `not`. */
static unsigned lightest(const uint64_t *weight, const uint8_t *parent, unsigned n, unsigned not)
{
    unsigned best = n;

    for (unsigned i = 0; i < n; i++) {
        if (parent[i] == 0 && i != not && weight[i] != UINT64_MAX && (best == n || weight[i] < weight[best])) {
            best = i;
        }
    }
    return best;
}

/* Huffman's lengths; returns the longest.  The end's weight is less than all others', so its code is among the longest. */
static unsigned lengths_make(uint8_t length[RUN_SYMBOLS], const uint64_t census[RUN_SYMBOLS], unsigned shift)
{
    uint64_t weight[CODE_NODES];
    uint8_t parent[CODE_NODES] = { 0 };
    unsigned n = RUN_SYMBOLS, longest = 0;

    for (unsigned s = 0; s < RUN_SYMBOLS; s++) {
        weight[s] = s == NO_MORE ? 0 : census[s] == 0 ? UINT64_MAX : (census[s] >> shift) + 1;
    }
    for (;;) {
        unsigned a = lightest(weight, parent, n, n), b = lightest(weight, parent, n, a);
        if (b == n) {
            break;
        }
        weight[n] = weight[a] + weight[b];
        parent[a] = parent[b] = (uint8_t)n;
        n++;
    }
    for (unsigned s = 0; s < RUN_SYMBOLS; s++) {
        length[s] = 0;
        for (unsigned at = s; weight[s] != UINT64_MAX && parent[at] != 0; at = parent[at]) {
            length[s]++;
        }
        longest = length[s] > longest ? length[s] : longest;
    }
    return longest;
}

/* Codes by length, of one length by symbol: the end's is all ones.  False: more than there can be, or fewer. */
static bool code_settle(struct run_code *c)
{
    unsigned n = 0, code = 0;
    uint64_t sum = 0;

    memset(c->many, 0, sizeof c->many);
    for (unsigned bits = 1; bits <= RUN_CODE_MAX; bits++) {
        code <<= 1;
        for (unsigned s = 0; s < RUN_SYMBOLS; s++) {
            if (c->length[s] == bits) {
                c->code[s] = (uint16_t)code++;
                c->order[n++] = (uint8_t)s;
                c->many[bits]++;
                sum += 1u << (RUN_CODE_MAX - bits);
            }
        }
    }
    return n == 0 || (sum == 1u << RUN_CODE_MAX && c->order[n - 1] == NO_MORE);
}

void run_codes_make(struct run_codes *c, const struct run_census *census)
{
    for (unsigned k = 0; k < RUN_CONTEXTS; k++) {
        for (unsigned shift = 0; lengths_make(c->of[k].length, census->n[k], shift) > RUN_CODE_MAX; shift++) {
        }
        (void)code_settle(&c->of[k]);
    }
}

void run_codes_put(const struct run_codes *c, struct text *out)
{
    for (unsigned k = 0; k < RUN_CONTEXTS; k++) {
        text_add(out, c->of[k].length, RUN_SYMBOLS);
    }
}

bool run_codes_get(struct run_codes *c, struct bytes lengths)
{
    struct rd r = rd_of(lengths);
    bool good = lengths.n == RUN_CODES_BYTES;

    for (unsigned k = 0; good && k < RUN_CONTEXTS; k++) {
        for (unsigned s = 0; s < RUN_SYMBOLS; s++) {
            c->of[k].length[s] = rd_u8(&r);
            good &= c->of[k].length[s] <= RUN_CODE_MAX;
        }
        good = good && code_settle(&c->of[k]);
    }
    return good;
}

/* ---- writing ---- */

static void bits_put(struct run_packer *p, uint64_t v, unsigned n)
{
    for (unsigned i = n; i-- > 0;) { /* the highest first */
        p->bits = p->bits << 1 | (v >> i & 1);
        if (++p->bit_n == 8) {
            text_byte(p->to, (char)p->bits);
            p->bits = 0;
            p->bit_n = 0;
        }
    }
}

void runs_put(struct run_packer *p, uint32_t start, uint32_t n)
{
    uint64_t gap = p->begun ? start - p->end : 1;
    unsigned bits = width(gap), symbol = bits - 1 + (n > 1 ? LENGTHY : 0), length = width(n - 1);

    if (p->to == NULL) {
        p->census->n[p->before][symbol]++;
    } else {
        const struct run_code *c = &p->codes->of[p->before];
        bits_put(p, c->code[symbol], c->length[symbol]);
        bits_put(p, gap, bits - 1); /* without its highest bit, which is 1 */
        if (n > 1) { /* ones for the bits of the length less one, then those */
            bits_put(p, (1ull << length) - 2, length);
            bits_put(p, n - 1, length - 1);
        }
    }
    p->before = p->begun ? context_of(bits) : 1;
    p->begun = true;
    p->end = (uint64_t)start + n;
}

void runs_end(struct run_packer *p)
{
    while (p->to != NULL && p->bit_n != 0) { /* the beginning of the end's code */
        bits_put(p, 1, 1);
    }
    p->begun = false;
    p->before = 0;
}

/* ---- reading ---- */

static bool bit_get(struct run_walk *w, unsigned *bit)
{
    if (w->bit_n == 0) {
        if (rd_left(&w->left) == 0) {
            return false;
        }
        w->bits = rd_u8(&w->left);
        w->bit_n = 8;
    }
    *bit = w->bits >> --w->bit_n & 1;
    return true;
}

static bool bits_get(struct run_walk *w, unsigned n, uint64_t *v)
{
    unsigned bit;

    for (unsigned i = 0; i < n; i++) {
        if (!bit_get(w, &bit)) {
            return false;
        }
        *v = *v << 1 | bit;
    }
    return true;
}

static bool symbol_get(struct run_walk *w, unsigned *symbol)
{
    const struct run_code *c = &w->codes->of[w->before];
    unsigned code = 0, first = 0, at = 0, bit;

    for (unsigned bits = 1; bits <= RUN_CODE_MAX; bits++) {
        if (!bit_get(w, &bit)) {
            return false;
        }
        code = code << 1 | bit;
        first <<= 1;
        if (code - first < c->many[bits]) {
            *symbol = c->order[at + code - first];
            return true;
        }
        at += c->many[bits];
        first += c->many[bits];
    }
    return false;
}

/* The length less one. */
static bool length_get(struct run_walk *w, uint64_t *v)
{
    unsigned n = 1, bit = 1;

    while (n <= 32 && bit_get(w, &bit) && bit != 0) {
        n++;
    }
    *v = 1;
    return bit == 0 && n <= 32 && bits_get(w, n - 1, v);
}

bool run_next(struct run_walk *w, uint32_t *start, uint32_t *n)
{
    uint64_t gap = 1, more = 0;
    unsigned symbol;

    if (w->over || !symbol_get(w, &symbol) || symbol == NO_MORE || !bits_get(w, symbol % LENGTHY, &gap) || (symbol >= LENGTHY && !length_get(w, &more))) {
        w->over = true;
        return false;
    }
    uint64_t from = w->begun ? w->end + gap : w->first;
    if (from > UINT32_MAX || more >= UINT32_MAX - from) {
        w->over = true;
        return false;
    }
    w->before = w->begun ? context_of(symbol % LENGTHY + 1) : 1;
    w->begun = true;
    *start = (uint32_t)from;
    *n = (uint32_t)more + 1;
    w->end = (uint32_t)(from + more + 1);
    return true;
}
