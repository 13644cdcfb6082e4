/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/match.h"
#include "match/literals.h"

#include "base/rows.h"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <fcntl.h>
#include <dirent.h>
#include <sys/stat.h>

static uint32_t random_state = 12345;
static uint32_t random_next(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

static uint8_t fold(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

/* The plain model: every place, byte by byte. */
static size_t find_plain(struct bytes hay, size_t from, struct bytes needle, bool nocase)
{
    for (size_t at = from; at + needle.n <= hay.n; at++) {
        size_t i = 0;
        while (i < needle.n && (nocase ? fold(hay.p[at + i]) : hay.p[at + i]) == needle.p[i]) {
            i++;
        }
        if (i == needle.n) {
            return at;
        }
    }
    return SIZE_MAX;
}

static void test_find(void)
{
    static const struct {
        const char *hay, *needle;
        size_t from;
        bool nocase;
        size_t want;
        const char *why;
    } rows[] = {
        { "abcabc", "abc", 0, false, 0, "at the start" },
        { "abcabc", "abc", 1, false, 3, "from an offset: the next one" },
        { "abcabc", "abc", 4, false, SIZE_MAX, "the last start is past" },
        { "xxABCxx", "abc", 0, true, 2, "without case" },
        { "xxABCxx", "abc", 0, false, SIZE_MAX, "with case" },
        { "x[y", "{", 0, true, SIZE_MAX, "[ and { differ by the case bit and are no letters" },
        { "", "a", 0, false, SIZE_MAX, "nothing to search" },
        { "abc", "", 3, false, 3, "the empty needle is found at the end" },
        { "abc", "", 4, false, SIZE_MAX, "but not past it" },
        { "0123456789abcdef0123456789abcdefXY", "XY", 0, false, 32, "past two blocks of sixteen" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        is_int(literal_find(bytes_str(rows[i].hay), rows[i].from, bytes_str(rows[i].needle), rows[i].nocase), rows[i].want, rows[i].why);
    }
    unsigned wrong = 0;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t hay[80], needle[6];
        size_t n = random_next() % sizeof hay, m = 1 + random_next() % sizeof needle;
        bool nocase = random_next() & 1;
        for (size_t i = 0; i < n; i++) {
            hay[i] = "aAbB["[random_next() % 5];
        }
        for (size_t i = 0; i < m; i++) {
            needle[i] = (nocase ? "ab{" : "aAb")[random_next() % 3];
        }
        struct bytes h = bytes_of(hay, n), l = bytes_of(needle, m);
        size_t from = random_next() % (n + 2);
        wrong += literal_find(h, from, l, nocase) != find_plain(h, from, l, nocase);
    }
    is_int(wrong, 0, "agrees with the plain model on random bytes");
}

struct hits {
    unsigned n[64];
};
static void count_hit(void *ctx, uint32_t id)
{
    struct hits *h = ctx;
    h->n[id]++;
}

/* Is one of its places one that counts? */
static bool wanted_there(struct bytes hay, size_t base, const struct literal *l)
{
    bool near = literal_near(l->bytes.n, l->from, l->depth);

    for (size_t at = 0; (at = find_plain(hay, at, l->bytes, l->nocase)) != SIZE_MAX; at++) {
        if (!near || (base + at >= l->from && base + at + l->bytes.n <= l->depth)) {
            return true;
        }
    }
    return false;
}

enum { LITERAL_MOST = 12 };
static struct literal random_literal(uint8_t *room, uint32_t id)
{
    size_t n = 1 + random_next() % LITERAL_MOST;
    struct literal l = { bytes_of(room, n), random_next() & 1, id, 0, 0 };

    for (size_t k = 0; k < n; k++) {
        room[k] = "ab\0c"[random_next() % 4];
    }
    if (random_next() % 3 == 0) {
        l.from = random_next() % 4;
        l.depth = (uint32_t)(l.from + n + random_next() % 12);
    }
    return l;
}

static void test_literals_random(void)
{
    unsigned wrong = 0;
    struct err err;

    for (unsigned round = 0; round < 80; round++) {
        uint8_t pool[64][LITERAL_MOST];
        struct literal l[64];
        size_t n = 1 + random_next() % (round % 2 ? 64 : 8);
        for (size_t i = 0; i < n; i++) {
            l[i] = random_literal(pool[i], (uint32_t)i);
        }
        struct literals_store *store = literals_store_new(NULL);
        struct literals *set = store ? literals_new(store, l, n, &err) : NULL;
        struct match_scratch *s = match_scratch_new();
        bool good = set && s && literals_store_make(store, &err) && match_scratch_fit(s, set, &err);
        for (unsigned k = 0; good && k < 100; k++) {
            uint8_t hay[40];
            size_t room = random_next() % sizeof hay, base = k % 3 ? 0 : random_next() % 80;
            for (size_t i = 0; i < room; i++) {
                hay[i] = "aAbB\0cC"[random_next() % 7];
            }
            struct hits hits = { { 0 } };
            literals_scan(set, s, bytes_of(hay, room), base, count_hit, &hits);
            for (size_t i = 0; i < n; i++) {
                wrong += wanted_there(bytes_of(hay, room), base, &l[i]) != (hits.n[i] != 0);
            }
        }
        wrong += !good;
        match_scratch_free(s);
        literals_free(set);
        literals_store_free(store);
    }
    is_int(wrong, 0, "each literal is told exactly when a plain search finds it, one near the start only there");
}

static void test_literals_filler(void)
{
    enum { N = 24, ALL = 112 /* what a set of 24 is filled up to */ };
    char words[N][8];
    struct literal l[N];
    struct filler filler[ALL];
    struct hits hits = { { 0 } };
    struct err err;

    for (unsigned i = 0; i < N; i++) {
        snprintf(words[i], sizeof words[i], "word%02u", i);
        l[i] = (struct literal){ bytes_str(words[i]), false, i, 0, 0 };
    }
    for (unsigned i = 0; i < ALL; i++) {
        filler[i] = literals_filler(i);
    }
    struct literals_store *store = literals_store_new(NULL);
    struct literals *set = store ? literals_new(store, l, N, &err) : NULL;
    struct match_scratch *s = match_scratch_new();
    if (ok(set && s && literals_store_make(store, &err) && match_scratch_fit(s, set, &err), "a set that is filled up")) {
        literals_scan(set, s, bytes_of((const uint8_t *)filler, sizeof filler), 0, count_hit, &hits);
        unsigned told = 0;
        for (unsigned i = 0; i < sizeof hits.n / sizeof hits.n[0]; i++) {
            told += hits.n[i];
        }
        is_int(told, 0, "nobody is told of what fills it");
        literals_scan(set, s, bytes_str("a word17 here"), 0, count_hit, &hits);
        is_int(hits.n[17], 1, "but of what stands in it");
    }
    match_scratch_free(s);
    literals_free(set);
    literals_store_free(store);
}

/* How often one of the literals is not found where it stands: in a buffer of any length that begins anywhere in a line, at its end and before that. */
static size_t lost_anywhere(const struct literals *set, struct match_scratch *s, const struct literal *l, size_t n)
{
    enum { LINE = 64, MOST = 150 };
    _Alignas(LINE) static uint8_t room[LINE + MOST];
    size_t lost = 0;

    for (size_t i = 0; i < n * LINE; i++) {
        const struct bytes b = l[i / LINE].bytes;
        for (size_t k = 0; k < 4 * (MOST - b.n); k++) {
            const size_t behind = k % 4 * 21, size = b.n + behind + k / 4;
            struct hits hits = { { 0 } };
            if (size > MOST) {
                continue;
            }
            memset(room, '.', sizeof room);
            memcpy(room + i % LINE + size - behind - b.n, b.p, b.n);
            literals_scan(set, s, bytes_of(room + i % LINE, size), 0, count_hit, &hits);
            lost += hits.n[i / LINE] == 0;
        }
    }
    return lost;
}

/* The place of a match, and where the buffer lies, decide by which steps the library comes to it; a byte that all literals have it may look for first. */
static void test_literals_common(void)
{
    enum { MOST = 6 };
    static const struct { const char *literal[MOST]; const char *why; } rows[] = {
        { { "1\r\nHost:", "content", "1 encoding" }, "a letter in common here and there" },
        { { "/a", "/bc", "/index.php", "/x" }, "all begin alike" },
        { { "pics.exe", "setup.exe", "a.exe", "readme.exe" }, "all end alike" },
        { { "HTTP/1.1\r\nHost", "content-encoding", "transfer-encoding" }, "two end alike" },
        { { "xaaa", "xbbb", "Xccc", "xddd", "xeee", "Xfff" }, "one byte in either case" },
    };
    struct err err;

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct literals_store *store = literals_store_new(NULL);
        struct match_scratch *s = match_scratch_new();
        struct literal l[MOST];
        size_t n = 0;
        for (; n < MOST && rows[r].literal[n] != NULL; n++) {
            l[n] = (struct literal){ bytes_str(rows[r].literal[n]), false, (uint32_t)n, 0, 0 };
        }
        struct literals *set = store ? literals_new(store, l, n, &err) : NULL;
        if (ok(set && s && literals_store_make(store, &err) && match_scratch_fit(s, set, &err), rows[r].why)) {
            is_int(lost_anywhere(set, s, l, n), 0, rows[r].why);
        }
        literals_free(set);
        match_scratch_free(s);
        literals_store_free(store);
    }
}

/* A few short ones among many others are searched for one by one, many stand with them. */
static void test_literals_apart(void)
{
    static const struct {
        unsigned twos, longs, few;
        bool text;
        const char *why;
    } rows[] = {
        { 2, 160, 2, false, "two of two bytes among 160" }, { 2, 900, 2, false, "among 900" }, { 2, 900, 0, true, "in text they stand with the others" },
        { 40, 900, 0, false, "forty are too many" }, { 2, 12, 0, false, "a small set is looked for otherwise" }, { 0, 160, 0, false, "none is short" },
    };
    static char words[1000][8];
    static struct literal l[1000];
    struct err err;

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const unsigned n = rows[r].twos + rows[r].longs;
        unsigned missed = 0;
        for (unsigned i = 0; i < n; i++) {
            snprintf(words[i], sizeof words[i], i < rows[r].twos ? "%02u" : "word%03u", i);
            l[i] = (struct literal){ bytes_str(words[i]), false, i, 0, 0 };
        }
        struct literals_store *store = literals_store_new(NULL);
        struct literals *set = store ? (rows[r].text ? literals_new : literals_new_raw)(store, l, n, &err) : NULL;
        struct match_scratch *s = match_scratch_new();
        if (ok(set && s && literals_store_make(store, &err) && match_scratch_fit(s, set, &err), rows[r].why)) {
            is_int(set->few_n, rows[r].few, rows[r].why);
            for (unsigned i = 0; i < n && i < sizeof((struct hits *)0)->n / sizeof((struct hits *)0)->n[0]; i++) {
                struct hits hits = { { 0 } };
                char text[24];
                snprintf(text, sizeof text, "some %s here", words[i]);
                literals_scan(set, s, bytes_str(text), 0, count_hit, &hits);
                missed += hits.n[i] == 0;
            }
            is_int(missed, 0, "and each is found");
        }
        match_scratch_free(s);
        literals_free(set);
        literals_store_free(store);
    }
}

static size_t files_in(const char *dir, char *last, size_t room)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        if (e->d_name[0] != '.') {
            n++;
            snprintf(last, room, "%s/%s", dir, e->d_name);
        }
    }
    if (d) {
        closedir(d);
    }
    return n;
}

static bool compile_and_find(const struct literal *l, size_t n, const char *dir, const char *hay, unsigned id)
{
    struct err err;
    struct literals_store *store = literals_store_new(dir);
    struct literals *set = store ? literals_new(store, l, n, &err) : NULL;
    struct match_scratch *s = match_scratch_new();
    struct hits hits = { { 0 } };
    if (set && s && literals_store_make(store, &err) && match_scratch_fit(s, set, &err)) {
        literals_scan(set, s, bytes_str(hay), 0, count_hit, &hits);
    }
    match_scratch_free(s);
    literals_free(set);
    literals_store_free(store);
    return hits.n[id] != 0;
}

static void test_cache(void)
{
    char top[] = "/tmp/peccary-match-XXXXXX", dir[64], file[512] = "", looked[512], words[40][8];
    struct literal l[40];
    struct stat st = { 0 };

    if (!ok(mkdtemp(top) != NULL, "a folder for the test")) {
        return;
    }
    snprintf(dir, sizeof dir, "%s/a/cache", top); /* none of it is there */
    for (unsigned i = 0; i < 40; i++) {
        snprintf(words[i], sizeof words[i], "word%02u", i);
        l[i] = (struct literal){ bytes_str(words[i]), true, i, 0, 0 };
    }
    ok(compile_and_find(l, 40, dir, "a WORD17 here", 17), "compiled cold");
    is_int(files_in(dir, file, sizeof file), 1, "and written to disk");
    is_int(stat(file, &st) == 0 ? st.st_mode & 0777 : 0, 0600, "for its owner only");
    ok(compile_and_find(l, 40, dir, "a WORD39 here", 39), "read back warm");
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    ok(fd >= 0 && pwrite(fd, "\xff\xff\xff\xff", 4, st.st_size / 2) == 4, "a byte of the file rots");
    close(fd);
    ok(compile_and_find(l, 40, dir, "word03", 3), "the rotten file is ignored");
    ok(truncate(file, 20) == 0 && compile_and_find(l, 40, dir, "word04", 4), "so is a short one");
    ok(chmod(file, 0666) == 0 && compile_and_find(l, 40, dir, "word05", 5), "and one that others may write");
    l[0].nocase = false;
    ok(!compile_and_find(l, 40, dir, "WORD00", 0), "another option is another key");
    is_int(files_in(dir, file, sizeof file), 2, "with a file of its own");
    const struct timespec long_ago[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };
    ok(utimensat(AT_FDCWD, file, long_ago, 0) == 0, "one was not used for long");
    literals_cache_prune(dir, 3600);
    is_int(files_in(dir, file, sizeof file), 1, "it is thrown away, the other is kept");
    ok(utimensat(AT_FDCWD, file, long_ago, 0) == 0, "the other was not used for long either");
    literals_cache_prune(dir, 3600);
    is_int(files_in(dir, file, sizeof file), 1, "just after one look there is no second");
    snprintf(looked, sizeof looked, "%s/.looked", dir);
    ok(utimensat(AT_FDCWD, looked, long_ago, 0) == 0, "time passes");
    literals_cache_prune(dir, 3600);
    is_int(files_in(dir, file, sizeof file), 0, "then it goes too");
    unlink(looked);
    rmdir(dir);
    *strrchr(dir, '/') = '\0';
    rmdir(dir);
    rmdir(top);
    ok(compile_and_find(l, 40, "/proc/none/such", "word07", 7), "a folder that cannot be made costs nothing but time");
}

/* One set and another that says the same in another order: the second finds its own literals in the first's database. */
static void test_shared(void)
{
    static const char words[][8] = { "alpha", "beta", "gamma", "delta", "ab", "cd", "ef" };
    struct literals_store *store = literals_store_new(NULL);
    struct match_scratch *scratch = match_scratch_new();
    struct literal l[7], back[7];
    struct err err;

    for (unsigned i = 0; i < 7; i++) {
        l[i] = (struct literal){ bytes_str(words[i]), false, i, 0, 0 };
        back[6 - i] = (struct literal){ bytes_str(words[i]), false, 10 + i, 0, 0 };
    }
    struct literals *one = literals_new(store, l, 7, &err), *unmade = literals_new(store, l, 3, &err);
    literals_free(unmade); /* asked for and given back before it is made */
    ok(one && literals_store_make(store, &err), "made");
    struct literals_made made = literals_store_told(store);
    ok(made.shared == 0 && made.compiled == 1, "one database for long and short ones is compiled; what was given back is not");
    struct literals *two = literals_new(store, back, 7, &err);
    ok(two && literals_store_make(store, &err), "the same in another order");
    made = literals_store_told(store);
    ok(made.shared == 1 && made.compiled == 0 && made.loaded == 0, "shares it");
    literals_free(one); /* the other keeps them */
    struct hits hits = { { 0 } };
    if (match_scratch_fit(scratch, two, &err)) {
        literals_scan(two, scratch, bytes_str("xx delta cd xx"), 0, count_hit, &hits);
    }
    ok(hits.n[13] && hits.n[15] && !hits.n[3] && !hits.n[5] && !hits.n[10], "and tells its own numbers");
    back[0].bytes = bytes_str("gh");
    struct literals *three = literals_new(store, back, 7, &err);
    ok(three && literals_store_make(store, &err), "one changes");
    made = literals_store_told(store);
    ok(made.shared == 0 && made.compiled == 1, "another database is compiled");
    literals_free(two);
    literals_store_free(store); /* lives on while somebody has its databases */
    literals_free(three);
    match_scratch_free(scratch);
}

static void test_regex(void)
{
    struct err err;
    size_t start = 0, end = 0;
    struct regex *r = regex_compile("a(b+)c", 0, &err);
    struct regex_scratch *s = regex_scratch_new(100000, 1000);

    ok(!regex_compile("a(", 0, &err) && strstr(err.text, "byte 2") != NULL, "a broken one is refused with its place");
    is_int(regex_find(r, s, bytes_str("xabbc"), 0, &start, &end), REGEX_YES, "found");
    ok(start == 1 && end == 5, "with its place");
    ok(regex_group(s, 1, &start, &end) && start == 2 && end == 4, "and its group");
    ok(!regex_group(s, 2, &start, &end), "there is no second group");
    is_int(regex_find(r, s, bytes_str("xabbc"), 2, &start, &end), REGEX_NO, "not after its start");
    is_int(regex_find(r, s, bytes_str("x"), 2, &start, &end), REGEX_NO, "nor past the end");
    regex_free(r);
    r = regex_compile("(a+)+$", 0, &err);
    struct regex_scratch *low = regex_scratch_new(50, 50);
    is_int(regex_find(r, low, bytes_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), 0, &start, &end), REGEX_LIMIT, "a runaway one meets its limit");
    regex_free(r);
    regex_scratch_free(low);
    regex_scratch_free(s);
}

/* The same expression is compiled once, for whoever asks, as long as somebody holds it. */
static void test_regex_shared(void)
{
    struct literals_store *s = literals_store_new(NULL);
    struct err err = { "" };
    struct regex *a = regex_shared(s, "a+b", 0, &err), *b = regex_shared(s, "a+b", 0, &err), *c = regex_shared(s, "a+b", 8 /* PCRE2_CASELESS */, &err);
    struct regex *d = regex_shared(s, "a+c", 0, &err);
    struct regex_scratch *scratch = regex_scratch_new(0, 0);
    size_t from, to;

    ok(a != NULL && a == b, "the same text and options: the same expression");
    ok(c != NULL && c != a, "other options: another");
    ok(d != NULL && d != a, "another text: another");
    ok(regex_shared(s, "a(", 0, &err) == NULL && err.text[0] != '\0', "one that is wrong is told");
    regex_free(a);
    ok(regex_find(b, scratch, bytes_str("xaab"), 0, &from, &to) == REGEX_YES && from == 1, "given back by one, it is there for the other");
    literals_store_free(s);
    ok(regex_find(c, scratch, bytes_str("xAAB"), 0, &from, &to) == REGEX_YES, "nor does it need the store's owner");
    regex_free(b);
    regex_free(c);
    regex_free(d);
    regex_scratch_free(scratch);
}

/* ---- sift ---- */

enum { SIFTED_MOST = 150, SIFTED_LITERAL = 20 };

struct sifted {
    uint8_t pool[SIFT_LITERALS][SIFTED_LITERAL], lower[SIFT_LITERALS][SIFTED_LITERAL];
    struct literal literal[SIFT_LITERALS];
    const struct literal *all[SIFT_LITERALS];
    unsigned n;
};

static uint8_t random_byte(unsigned kind)
{
    static const char text[] = "abcdEFGH 019-/.:\r\n";

    return kind == 0 ? (uint8_t)random_next() : kind == 1 ? (uint8_t)text[random_next() % (sizeof text - 1)] : (uint8_t)(0x40 | random_next() % 64);
}

static void sifted_make(struct sifted *s, unsigned kind)
{
    s->n = 1 + random_next() % SIFT_LITERALS;
    for (unsigned i = 0; i < s->n; i++) {
        size_t n = 1 + random_next() % SIFTED_LITERAL;
        bool nocase = random_next() & 1;
        for (size_t k = 0; k < n; k++) {
            s->pool[i][k] = random_byte(kind);
            s->lower[i][k] = nocase ? fold(s->pool[i][k]) : s->pool[i][k];
        }
        s->literal[i] = (struct literal){ bytes_of(s->pool[i], n), nocase, i, 0, 0 };
        s->all[i] = &s->literal[i];
    }
}

/* Puts a literal anywhere into the n bytes, without case when that is how it is wanted. */
static void sifted_plant(const struct sifted *s, uint8_t *p, size_t n)
{
    const struct literal *l = &s->literal[random_next() % s->n];

    for (size_t k = 0, at = l->bytes.n <= n ? random_next() % (n - l->bytes.n + 1) : n; at < n && k < l->bytes.n; k++) {
        uint8_t c = l->bytes.p[k], low = fold((uint8_t)(c | 0x20));
        p[at + k] = l->nocase && low >= 'a' && low <= 'z' && (random_next() & 1) ? c ^ 0x20 : c;
    }
}

static bool sifted_in(const struct sifted *s, struct bytes b)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (find_plain(b, 0, bytes_of(s->lower[i], s->literal[i].bytes.n), s->literal[i].nocase) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static void test_sift_random(void)
{
    unsigned lost = 0, in = 0, refused = 0;

    for (unsigned round = 0; round < 300; round++) {
        struct sifted s;
        struct sift sift;
        sifted_make(&s, round % 3);
        sift_init(&sift, s.all, s.n);
        sift.reach = SIFTED_MOST; /* whether it is worth it or not */
        for (unsigned k = 0; k < 200; k++) {
            size_t n = 1 + random_next() % SIFTED_MOST;
            uint8_t *p = malloc(n); /* what reads past its end is seen */
            for (size_t i = 0; p && i < n; i++) {
                p[i] = random_byte(round % 3);
            }
            if (p && k % 2 != 0) {
                sifted_plant(&s, p, n);
            }
            bool there = p && sifted_in(&s, bytes_of(p, n)), passes = p && sift_passes(&sift, bytes_of(p, n));
            lost += there && !passes;
            in += there;
            refused += !passes;
            free(p);
        }
    }
    is_int(lost, 0, "no buffer is refused that a literal is in");
    ok(in > 10000 && (refused == 0 || refused > 1000), "literals were in many of them, and where the processor can sift, many were refused");
}

/* The sets that real rules make: usual requests are told apart from those that matter. */
static void test_sift_usual(void)
{
    static const char *const sought[] = { "\r\nx-silock-comment\r\n", "X-F5-Auth-Token", "\r\ncmd\r\n", "Cockie\r\n", "X-Request-ID", "pw\r\n" };
    static const struct {
        const char *text;
        bool passes;
        const char *why;
    } rows[] = {
        { "\r\nHost\r\nUser-Agent\r\nAccept\r\nAccept-Encoding\r\nConnection\r\n\r\n", false, "names that most requests have" },
        { "\r\nHost\r\nUser-Agent\r\nAccept\r\nX-F5-Auth-Token\r\n\r\n", true, "one that is sought" },
        { "\r\nHost\r\nX-Request-ID", true, "at the end" },
        { "pw\r\n", true, "nothing but a short one" },
        { "\r\nHost\r\nX-SILOCK-COMMENT\r\n", true, "in upper case" },
        { "pw\r", false, "cut off" },
    };
    struct literal l[ROWS(sought)];
    const struct literal *all[ROWS(sought)];
    struct sift s;

    for (size_t i = 0; i < ROWS(sought); i++) {
        l[i] = (struct literal){ bytes_str(sought[i]), true, (uint32_t)i, 0, 0 };
        all[i] = &l[i];
    }
    sift_init(&s, all, ROWS(sought));
    const bool able = !sift_passes(&s, bytes_str("zzzz")); /* the processor is */
    for (size_t i = 0; i < ROWS(rows); i++) {
        ok(sift_passes(&s, bytes_str(rows[i].text)) == (rows[i].passes || !able), rows[i].why);
    }
}

int main(void)
{
    test_find();
    test_literals_random();
    test_literals_filler();
    test_literals_common();
    test_literals_apart();
    test_cache();
    test_shared();
    test_sift_random();
    test_sift_usual();
    test_regex();
    test_regex_shared();
    return done_testing();
}
