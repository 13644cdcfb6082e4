/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says of a short buffer that no literal of a set can be in it, before the set's database is touched.
 *
 * Of each literal four bytes are looked for, all literals at once: eight groups, and for either half of a byte at each of the four places a bit
 * per group says that some literal of the group has it there.  That is 128 bytes, where a database is some KB to hundreds of KB, mostly not in
 * the cache; what bytes of several literals make together only costs a scan.  Which four bytes: such as usual traffic does not have.
 */
#include "match/literals.h"

#include "base/unset.h"

#include <math.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* What most traffic has.  What stands here tells nothing, and the halves of bytes are about as likely as here. */
static const char usual[] =
    "GET /index.html?id=1&page=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nCache-Control: no-cache\r\n"
    "Referer: https://www.example.org/images/logo.png\r\nCookie: session=0123456789abcdef; path=/; domain=.\r\nUpgrade-Insecure-Requests: 1\r\n"
    "POST /api/v1/login HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nAuthorization: \r\n"
    "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: Apache\r\nLast-Modified: \r\nETag: \"\"\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "X-Powered-By: \r\nX-Content-Type-Options: nosniff\r\nSet-Cookie: \r\nVary: Accept-Encoding\r\nTransfer-Encoding: chunked\r\nExpires: 0\r\n\r\n"
    "\r\nHost\r\nUser-Agent\r\nAccept\r\nAccept-Language\r\nAccept-Encoding\r\nConnection\r\nReferer\r\nCookie\r\n\r\n"
    "\r\nDate\r\nServer\r\nContent-Type\r\nContent-Length\r\nConnection\r\nCache-Control\r\n\r\n"
    "GET /static/js/jquery.min.js HTTP/1.1\r\nUser-Agent: GET /css/style.css HTTP/1.1\r\nAccept: */*\r\nAccept-Encoding: GET /images/photo.jpg HTTP/1.1\r\n"
    "Connection: GET /api/users/search?query=update&token=98765 HTTP/1.1\r\nContent-Type: GET /event HTTP/1.1\r\nCache-Control: GET / HTTP/1.1\r\nHost: ";

bool literal_usual(struct bytes b, bool nocase) { return literal_find(bytes_of((const uint8_t *)usual, sizeof usual - 1), 0, b, nocase) != SIZE_MAX; }

enum { GROUPS = 8, REACH_MOST = 1024 };
#define WRONG_MOST 0.5 /* of buffers that no literal is in, as many may pass */

/* Halves that bytes may have: bit h stands for half h. */
struct halves {
    uint16_t low[SIFT_BYTES], high[SIFT_BYTES];
};

/* How likely a byte with that upper half is, any of sixteen. */
struct rows {
    double each[16];
};

static struct rows rows_usual(void)
{
    struct rows r;

    for (unsigned h = 0; h < 16; h++) {
        r.each[h] = 1;
    }
    for (size_t i = 0; i + 1 < sizeof usual; i++) {
        r.each[(uint8_t)usual[i] >> 4]++;
    }
    for (unsigned h = 0; h < 16; h++) {
        r.each[h] /= 16.0 * sizeof usual;
    }
    return r;
}

static double likely(const struct rows *r, const struct halves *x)
{
    double all = 1;

    for (unsigned k = 0; k < SIFT_BYTES; k++) {
        double one = 0;
        for (unsigned bits = x->high[k]; bits != 0; bits &= bits - 1) {
            one += r->each[__builtin_ctz(bits)];
        }
        all *= one * __builtin_popcount(x->low[k]);
    }
    return all;
}

static bool letter(uint8_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* Four bytes of the literal; what is behind its end may be any. */
static struct halves halves_of(const struct literal *l, size_t at)
{
    struct halves x;

    for (unsigned k = 0; k < SIFT_BYTES; k++) {
        bool there = at + k < l->bytes.n;
        uint8_t c = there ? l->bytes.p[at + k] : 0;
        bool two = there && l->nocase && letter(c);
        x.low[k] = (uint16_t)(there ? 1u << (c & 15) : UINT16_MAX);
        x.high[k] = (uint16_t)(there ? 1u << ((two ? c | 0x20 : c) >> 4) | 1u << ((two ? c & ~0x20 : c) >> 4) : UINT16_MAX);
    }
    return x;
}

static struct halves halves_both(const struct halves *a, const struct halves *b)
{
    struct halves x;

    for (unsigned k = 0; k < SIFT_BYTES; k++) {
        x.low[k] = (uint16_t)(a->low[k] | b->low[k]);
        x.high[k] = (uint16_t)(a->high[k] | b->high[k]);
    }
    return x;
}

/* What part of the places in usual traffic would pass. */
static double usual_part(const struct halves *x)
{
    unsigned n = 0;

    for (size_t i = 0; i + SIFT_BYTES < sizeof usual; i++) {
        unsigned k = 0;
        while (k < SIFT_BYTES && (x->low[k] >> ((uint8_t)usual[i + k] & 15) & x->high[k] >> ((uint8_t)usual[i + k] >> 4) & 1) != 0) {
            k++;
        }
        n += k == SIFT_BYTES;
    }
    return (double)n / sizeof usual;
}

/* The least of that, when the literal's bytes stand there: told at once. */
static double usual_least(const struct literal *l, size_t at)
{
    struct bytes b = bytes_head(bytes_from(l->bytes, at), SIFT_BYTES);

    return literal_usual(b, false) ? 1.0 / sizeof usual : 0;
}

struct group {
    struct halves halves;
    double cost;  /* what part of all places is likely to pass */
};

/* Puts the literal where it costs least: which four bytes, with which others. */
static void group_join(struct group *group, const struct rows *r, const struct literal *l)
{
    const size_t places = l->bytes.n > SIFT_BYTES ? l->bytes.n - SIFT_BYTES + 1 : 1;
    struct group best = { 0 };
    double least = HUGE_VAL;
    unsigned to = 0;

    for (size_t at = 0; at < places; at++) {
        struct halves x = halves_of(l, at);
        const double own = usual_least(l, at);
        for (unsigned g = 0; g < GROUPS; g++) {
            struct halves both = halves_both(&group[g].halves, &x);
            double cost = likely(r, &both), most = least + group[g].cost;
            if (cost + own < most && (cost += usual_part(&both)) < most) {
                least = cost - group[g].cost;
                best = (struct group){ both, cost };
                to = g;
            }
        }
    }
    group[to] = best;
}

void sift_init(struct sift *s, const struct literal *const *l, unsigned n)
{
    struct group group[GROUPS] = { 0 };
    const struct rows rows = rows_usual();
    double all = 0;

    *s = (struct sift){ 0 };
    if (n > SIFT_LITERALS) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        group_join(group, &rows, l[i]);
    }
    for (unsigned g = 0; g < GROUPS; g++) {
        all += group[g].cost;
        for (unsigned k = 0; k < SIFT_BYTES; k++) {
            for (unsigned h = 0; h < 16; h++) {
                s->low[k][h] |= (uint8_t)((group[g].halves.low[k] >> h & 1) << g);
                s->high[k][h] |= (uint8_t)((group[g].halves.high[k] >> h & 1) << g);
            }
        }
    }
    s->reach = all * REACH_MOST < WRONG_MOST ? REACH_MOST : (uint32_t)(WRONG_MOST / all);
}

#ifdef __x86_64__
enum { WIDE = 32 };

struct tables {
    __m256i low[SIFT_BYTES], high[SIFT_BYTES];
};

__attribute__((target("avx2"))) static inline __m256i table_of(const uint8_t *p)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* Can a literal's four bytes begin at one of the 32 places from p on?  35 bytes are read. */
__attribute__((target("avx2"))) static inline bool places_pass(const struct tables *t, const uint8_t *p)
{
    const __m256i half = _mm256_set1_epi8(15);
    __m256i all = _mm256_set1_epi8(-1);

    for (unsigned k = 0; k < SIFT_BYTES; k++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + k));
        __m256i low = _mm256_shuffle_epi8(t->low[k], _mm256_and_si256(v, half));
        __m256i high = _mm256_shuffle_epi8(t->high[k], _mm256_and_si256(_mm256_srli_epi16(v, 4), half));
        all = _mm256_and_si256(all, _mm256_and_si256(low, high));
    }
    return !_mm256_testz_si256(all, all);
}

__attribute__((target("avx2"))) static bool pass_wide(const struct sift *s, struct bytes b)
{
    uint8_t end[2 * WIDE] = { 0 };
    UNSET struct tables t;
    size_t at = 0;

    for (unsigned k = 0; k < SIFT_BYTES; k++) {
        t.low[k] = table_of(s->low[k]);
        t.high[k] = table_of(s->high[k]);
    }
    for (; at + WIDE + SIFT_BYTES - 1 <= b.n; at += WIDE) {
        if (places_pass(&t, b.p + at)) {
            return true;
        }
    }
    memcpy(end, b.p + at, b.n - at);
    return places_pass(&t, end) || (b.n - at > WIDE && places_pass(&t, end + SIFT_BYTES - 1));
}

bool sift_passes(const struct sift *s, struct bytes b) { return b.n > s->reach || !__builtin_cpu_supports("avx2") || pass_wide(s, b); }
#else
bool sift_passes(const struct sift *s, struct bytes b)
{
    (void)s;
    (void)b;
    return true;
}
#endif
