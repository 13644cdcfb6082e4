/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/defrag.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "flow/test_fragments.h"
#include "packet/decode.h"
#include "tap.h"

static bool noted(const struct view *v, unsigned note)
{
    for (unsigned i = 0; i < v->note_n; i++) {
        if (v->note[i] == note) {
            return true;
        }
    }
    return false;
}

static struct facts *policy_facts(enum os_policy p)
{
    struct facts_maker *m = facts_maker_new();
    struct err err;

    facts_maker_policy(m, "0.0.0.0/0", p, &err);
    facts_maker_policy(m, "::/0", p, &err);
    return facts_maker_done(m);
}

/* The pattern of the published study of these policies (Novak 2005): letters are fragments in the order they came. */
struct sent {
    uint8_t offset, units; /* of 8 bytes */
    bool last;
};
static const struct sent study[] = {
    { 0, 3, false }, { 4, 2, false }, { 6, 3, false }, { 10, 1, false }, { 13, 2, false }, { 15, 3, false }, { 18, 2, false },
    { 20, 2, false }, { 22, 1, false }, { 1, 4, false }, { 6, 3, false }, { 9, 3, false }, { 12, 3, false }, { 16, 1, false },
    { 19, 1, false }, { 20, 1, false }, { 22, 2, true },
};
struct outcome {
    enum os_policy os;
    const char *bytes, *why;
};
static const struct outcome outcomes[] = {
    { OS_BSD, "AAAJJBCCCLLLMMMFFFGGHHIQ", "BSD: an earlier fragment that begins no later wins" },
    { OS_BSD_RIGHT, "AJJJBBKKKLDLMEEFNFGOPHQQ", "BSD-right: a later fragment that begins no earlier wins" },
    { OS_LINUX, "AAAJJBKKKLLLMMMFFFGGPHQQ", "Linux: an earlier fragment that begins sooner wins" },
    { OS_FIRST, "AAAJBBCCCLDLMEEFFFGGHHIQ", "first: what came first" },
    { OS_LAST, "AJJJJBKKKLLLMMMFNFGOPHQQ", "last: what came last" },
    { OS_WINDOWS, "AAAJBBCCCLLLMEEFFFGGHHIQ", "Windows: first, but for what reaches out on both sides" },
    { OS_SOLARIS, "AAAJBBCCCLLLMMMFFFGGHHIQ", "Solaris: first, but for what begins sooner and ends no sooner" },
};

static void test_study(void)
{
    static struct made m;

    for (size_t i = 0; i < ROWS(outcomes); i++) {
        struct defrag_settings s = test_defrag();
        struct defrag *d = defrag_new(&s);
        struct facts *f = policy_facts(outcomes[i].os);
        struct datagram got = { bytes_none(), bytes_none() };
        char text[ROWS(study) * 4] = "";

        for (unsigned k = 0; k < ROWS(study); k++) {
            struct view *v = make4(&m, 1, study[k].offset * UNIT, !study[k].last, study[k].units * (size_t)UNIT, (uint8_t)('A' + k));
            if (defrag_add(d, v, f, &got)) {
                ok(k == ROWS(study) - 1, "complete with the last one");
            }
        }
        for (size_t k = HEADER4; k < got.ip.n && k / UNIT < sizeof(text) - 1; k += UNIT) {
            text[(k - HEADER4) / UNIT] = (char)got.ip.p[k];
        }
        is_str(text, outcomes[i].bytes, outcomes[i].why);
        defrag_done(d);
        defrag_free(d);
        facts_free(f);
    }
}

/* Two fragments, one over the other: who has the bytes both cover? A is first. */
struct duel {
    uint8_t a_offset, a_units, b_offset, b_units;
    const char *winner; /* bsd bsd-right linux first last windows solaris */
    const char *why;
};
static const struct duel duels[] = {
    { 1, 4, 1, 4, "ABBABAA", "the same bytes again" },
    { 1, 4, 2, 4, "ABAABAA", "the later one begins behind" },
    { 2, 4, 1, 4, "BABABAA", "the later one begins before, and ends before" },
    { 2, 3, 1, 4, "BABABAB", "begins before, ends together" },
    { 2, 2, 1, 4, "BABABBB", "covers it on both sides" },
    { 1, 4, 2, 2, "ABAABAA", "lies inside" },
    { 1, 3, 1, 4, "ABBABAA", "begins together, ends behind" },
};

static void test_duels(void)
{
    static const enum os_policy os[] = { OS_BSD, OS_BSD_RIGHT, OS_LINUX, OS_FIRST, OS_LAST, OS_WINDOWS, OS_SOLARIS };
    static struct made m;

    for (size_t i = 0; i < ROWS(duels); i++) {
        const struct duel *row = &duels[i];
        char winner[ROWS(os) + 1] = "";
        for (size_t k = 0; k < ROWS(os); k++) {
            struct defrag_settings s = test_defrag();
            struct defrag *d = defrag_new(&s);
            struct facts *f = policy_facts(os[k]);
            struct datagram got = { bytes_none(), bytes_none() };
            unsigned from = row->a_offset > row->b_offset ? row->a_offset : row->b_offset;

            defrag_add(d, make4(&m, 1, row->a_offset * UNIT, true, row->a_units * (size_t)UNIT, 'A'), f, &got);
            defrag_add(d, make4(&m, 1, row->b_offset * UNIT, true, row->b_units * (size_t)UNIT, 'B'), f, &got);
            ok(noted(&m.view, NOTE_IPV4_FRAG_OVERLAP), "an overlap is noted");
            defrag_add(d, make4(&m, 1, 6 * UNIT, false, UNIT, 'Z'), f, &got);
            defrag_add(d, make4(&m, 1, 5 * UNIT, true, UNIT, 'Y'), f, &got);
            bool whole = defrag_add(d, make4(&m, 1, 0, true, UNIT, 'X'), f, &got);
            ok(whole, "complete");
            winner[k] = whole ? (char)got.ip.p[HEADER4 + from * UNIT] : '?';
            defrag_done(d);
            defrag_free(d);
            facts_free(f);
        }
        is_str(winner, row->winner, row->why);
    }
}

static bool both4(struct defrag *d, struct made *m, struct view *first, struct datagram *got)
{
    ok(!defrag_add(d, first, NULL, got), "half a datagram");
    return defrag_add(d, make4(m, 1, UNIT, false, 3, 'B'), NULL, got);
}

/* What belongs together. */
static void test_together(void)
{
    static struct made m;
    struct defrag_settings s = test_defrag();
    struct defrag *d = defrag_new(&s);
    struct datagram got;

    ok(both4(d, &m, make4(&m, 1, 0, true, UNIT, 'A'), &got), "two halves");
    is_int(got.ip.n, HEADER4 + UNIT + 3, "the length");
    is_mem(got.ip.p + HEADER4, got.ip.n - HEADER4, "AAAAAAAABBB", 11, "the bytes");
    is_int(got.ip.p[2] << 8 | got.ip.p[3], HEADER4 + 11, "the header has the new length");
    is_int(got.ip.p[6] << 8 | got.ip.p[7], 0, "and no fragment fields");
    ok(got.whole.n == LINK + got.ip.n && got.whole.p + LINK == got.ip.p && got.whole.p[0] == 'A', "in front stands the first fragment's link header");
    defrag_done(d);
    ok(!defrag_add(d, make4(&m, 1, UNIT, false, 3, 'B'), NULL, &got), "the id may be used again afterwards");

    struct view *v = make4(&m, 2, 0, true, UNIT, 'A');
    v->proto = IPPROTO_TCP;
    ok(!both4(d, &m, v, &got), "another protocol is another datagram (RFC 791 3.2)");
    v = make4(&m, 1, 0, true, UNIT, 'A');
    v->vlan_n = 1;
    v->vlan[0] = 7;
    ok(!both4(d, &m, v, &got), "another VLAN is another datagram");
    v = make4(&m, 1, 0, true, UNIT, 'A');
    v->src = test_addr4(0x0a000009);
    ok(!both4(d, &m, v, &got), "another source is another datagram");
    struct view tunnel = { .family = FAMILY_4, .src = test_addr4(0xc0000201), .dst = test_addr4(0xc0000202) };
    v = make4(&m, 5, 0, true, UNIT, 'A');
    v->outer = &tunnel;
    ok(!both4(d, &m, v, &got), "another tunnel is another datagram");
    v = make4(&m, 1, 0, true, UNIT, 'A');
    v->teid = 7;
    ok(!both4(d, &m, v, &got), "also where its ends are the same");
    defrag_free(d);

    s.any_vlan = true;
    d = defrag_new(&s);
    v = make4(&m, 1, 0, true, UNIT, 'A');
    v->vlan_n = 1;
    v->vlan[0] = 7;
    ok(both4(d, &m, v, &got), "VLANs do not tell datagrams apart where they do not tell flows apart");
    defrag_done(d);
    defrag_free(d);
}

/* Over the size, empty, teardrop, out of order, late. */
static void test_odd(void)
{
    static struct made m;
    struct defrag_settings s = test_defrag();
    struct defrag *d = defrag_new(&s);
    struct datagram got;
    struct view *v = make4(&m, 1, 65528, false, 100, 'A');

    ok(!defrag_add(d, v, NULL, &got) && noted(v, NOTE_IPV4_FRAG_PKT_TOO_LARGE), "more than 65,535 bytes (RFC 791 3.1)");
    v = make4(&m, 1, 0, false, 100, 'A');
    ok(!defrag_add(d, v, NULL, &got), "a whole packet is no fragment");
    is_int(defrag_counters(d)[DEFRAG_IPV4_FRAGMENTS], 1, "nor counted");
    ok(!defrag_add(d, make4(&m, 1, 36 * UNIT, false, 0, 'A'), NULL, &got), "an empty last fragment ends nothing");
    defrag_add(d, make4(&m, 3, 0, true, 40, 'A'), NULL, &got);
    ok(defrag_add(d, make4(&m, 3, 24, false, 4, 'B'), NULL, &got) == false, "teardrop: the last lies inside the first and loses all");
    ok(defrag_add(d, make4(&m, 3, 32, false, 12, 'B'), NULL, &got), "a last one that reaches on completes");
    is_int(got.ip.n, HEADER4 + 44, "the length is the last one's end");
    defrag_done(d);

    for (int i = 9; i > 0; i--) {
        ok(!defrag_add(d, make4(&m, 4, (uint32_t)i * UNIT, i != 9, UNIT, (uint8_t)('0' + i)), NULL, &got), "backwards");
    }
    ok(defrag_add(d, make4(&m, 4, 0, true, UNIT, '0'), NULL, &got), "complete with the first");
    ok(got.ip.p[HEADER4 + 5 * UNIT] == '5', "in order");
    defrag_done(d);

    v = make4(&m, 5, 0, true, UNIT, 'A');
    v->packet->ts = T0 + 100 * CLOCK_SECOND;
    defrag_add(d, v, NULL, &got);
    v = make4(&m, 5, UNIT, false, UNIT, 'B');
    v->packet->ts = T0 + 160 * CLOCK_SECOND;
    ok(!defrag_add(d, v, NULL, &got), "a minute later the first is forgotten");
    ok(defrag_counters(d)[DEFRAG_TRACKER_TIMEOUT] > 0, "and counted");
    defrag_free(d);
}

static void test_six(void)
{
    static struct made m;
    struct defrag_settings s = test_defrag();
    struct defrag *d = defrag_new(&s);
    struct datagram got;

    defrag_add(d, make6(&m, 1, 0, true, 16, 'A'), NULL, &got);
    ok(defrag_add(d, make6(&m, 1, 16, false, 5, 'B'), NULL, &got), "IPv6");
    is_int(got.ip.n, HEADER6 + 21, "without the fragment header");
    is_int(got.ip.p[6], IPPROTO_UDP, "the header names what follows");
    is_int(got.ip.p[4] << 8 | got.ip.p[5], 21, "and the new length");
    defrag_done(d);
    m.options = 16;
    defrag_add(d, make6(&m, 1, 0, true, 16, 'A'), NULL, &got);
    ok(defrag_add(d, make6(&m, 1, 16, false, 5, 'B'), NULL, &got), "with options in front");
    is_int(got.ip.n, HEADER6 + 16 + 21, "which stay");
    is_int(got.ip.p[6], IPPROTO_HOPOPTS, "the header still names them");
    is_int(got.ip.p[HEADER6], IPPROTO_UDP, "and they name what follows");
    is_int(got.ip.p[4] << 8 | got.ip.p[5], 37, "they count as payload (RFC 8200 3)");
    ok(got.whole.n == LINK + got.ip.n && got.whole.p[0] == 'A', "the link header in front of all");
    defrag_done(d);
    m.options = 0;
    struct view *v = make6(&m, 1, 65528, false, 16, 'A');
    ok(!defrag_add(d, v, NULL, &got) && noted(v, NOTE_IPV6_FRAG_PKT_TOO_LARGE), "too large");
    defrag_add(d, make6(&m, 2, 0, true, 16, 'A'), NULL, &got);
    v = make6(&m, 2, 8, true, 16, 'A');
    defrag_add(d, v, NULL, &got);
    ok(noted(v, NOTE_IPV6_FRAG_OVERLAP), "an overlap is noted (RFC 5722)");
    defrag_free(d);
}

/* Floods: caps hold and what was given up is counted. */
static void test_caps(void)
{
    static struct made m;
    struct defrag_settings s = test_defrag();
    struct datagram got;

    s.memcap = 1 << 20;
    struct defrag *d = defrag_new(&s);
    for (uint32_t i = 0; i < 20000; i++) {
        defrag_add(d, make4(&m, i, i % 4 * 1000, true, 1400, 'A'), NULL, &got);
    }
    const uint64_t *c = defrag_counters(d);
    ok(c[DEFRAG_MEMUSE] <= s.memcap, "many datagrams: memory stays under the cap");
    ok(c[DEFRAG_HARD_REUSE] > 1000, "the oldest are given up");
    defrag_free(d);

    s.max_frags = 100;
    d = defrag_new(&s);
    unsigned ignored = 0;
    for (uint32_t i = 0; i < 500; i++) {
        struct view *v = make4(&m, 1, i * 2 * UNIT, true, UNIT, 'A');
        defrag_add(d, v, NULL, &got);
        ignored += noted(v, NOTE_IPV4_FRAG_IGNORED);
    }
    ok(ignored > 0 && ignored == defrag_counters(d)[DEFRAG_MAX_FRAGS], "one datagram of very many fragments is dropped, noted, counted");
    defrag_free(d);
}

static uint64_t random_state;
static unsigned dice(unsigned n)
{
    random_state += 0x9e3779b97f4a7c15ULL;
    return (unsigned)(hash_word(random_state) % n);
}

/* One random datagram through both; false when they differ. */
static bool same_as_model(struct defrag *d, enum os_policy os, const struct facts *f, uint32_t id, unsigned size)
{
    static struct model model;
    static struct made m;
    struct datagram got;

    model_init(&model, UNIT * (size + 12));
    for (unsigned i = 0; i < MODEL_FRAGMENTS; i++) {
        unsigned from = UNIT * dice(size), n = UNIT * (1 + dice(5)) - (dice(4) == 0 ? 1 + dice(UNIT) : 0);
        bool last = dice(20) == 0, done, want;
        if (i == 0 && size > 100) {
            from = UNIT * (size + 5);
            last = true;
        }
        if (from == 0 && last) {
            last = false;
        }
        unsigned sent = n, fill = model.n;
        want = model_takes(os, false, !last, &n) && n != 0 && model_add(&model, os, from, n, last);
        n = sent;
        done = defrag_add(d, make4(&m, id, from, !last, n, (uint8_t)fill), f, &got);
        if (done != want) {
            return false;
        }
        if (done) {
            bool same = got.ip.n == HEADER4 + model.total;
            for (unsigned k = 0; same && k < model.total; k++) {
                same = got.ip.p[HEADER4 + k] == (uint8_t)model.owner[k];
            }
            defrag_done(d);
            return same;
        }
    }
    return true;
}

static void test_model(void)
{
    static const enum os_policy os[] = { OS_BSD, OS_BSD_RIGHT, OS_LINUX, OS_FIRST, OS_LAST, OS_WINDOWS, OS_SOLARIS };

    for (unsigned k = 0; k < ROWS(os); k++) {
        struct defrag_settings s = test_defrag();
        struct defrag *d = defrag_new(&s);
        struct facts *f = policy_facts(os[k]);
        unsigned wrong = 0;

        random_state = k + 1;
        for (uint32_t id = 0; id < 200; id++) {
            wrong += !same_as_model(d, os[k], f, id, id % 10 ? 3 + dice(20) : 200 + dice(4000));
        }
        is_int(wrong, 0, os_policy_name(os[k]));
        ok(defrag_counters(d)[DEFRAG_IPV4_REASSEMBLED] > 50, "many were completed");
        defrag_free(d);
        facts_free(f);
    }
}

/* What the target discards completes nothing: '.' kept or discarded, 'x' does not go on, 'W' the datagram is whole. */
static void test_discarded(void)
{
    static const struct {
        const char *why, *want;
        bool six, guarded;
        enum os_policy os;
        unsigned odd;  /* bytes of the second fragment beyond its two units */
        bool bad_sum;  /* of it */
    } rows[] = {
        { "IPv6, not a multiple of eight (RFC 8200 4.5)", "...W", true, false, OS_LINUX, 4, false },
        { "the same guarded", ".x.W", true, true, OS_LINUX, 4, false },
        { "IPv4, not a multiple of eight: BSD discards it", "...W", false, false, OS_BSD, 4, false },
        { "Linux cuts it", "..W.", false, false, OS_LINUX, 4, false },
        { "guarded it does not go on", ".x.W", false, true, OS_LINUX, 4, false },
        { "IPv4, a wrong header checksum", "...W", false, false, OS_LINUX, 0, true },
        { "the same guarded", ".x.W", false, true, OS_LINUX, 0, true },
    };
    static struct made m;

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct defrag_settings s = test_defrag();
        s.guarded = rows[i].guarded;
        struct defrag *d = defrag_new(&s);
        struct facts *f = policy_facts(rows[i].os);
        char text[5] = "";
        const struct { unsigned at, n; bool more; } sent[4] = { { 0, 16, true }, { 16, 16 + rows[i].odd, true }, { 32, 16, false }, { 16, 16, true } };
        for (unsigned k = 0; k < ROWS(sent); k++) {
            struct datagram got;
            struct view *v = (rows[i].six ? make6 : make4)(&m, 7, sent[k].at, sent[k].more, sent[k].n, 'a');
            v->flags |= k == 1 && rows[i].bad_sum ? VIEW_BAD_IP_CHECKSUM : 0;
            bool whole = defrag_add(d, v, f, &got);
            text[k] = whole ? 'W' : defrag_refused(d) ? 'x' : '.';
            defrag_done(d);
        }
        is_str(text, rows[i].want, rows[i].why);
        defrag_free(d);
        facts_free(f);
    }
}

/* No memory: what is given up, who is told, and what stays where nothing may go on unseen. */
static void test_starved(void)
{
    static struct made m;
    struct defrag_settings s = test_defrag();
    struct datagram got;

    s.max_frags = 3;
    struct defrag *d = defrag_new(&s);
    for (uint32_t id = 1; id <= 4; id++) {
        defrag_add(d, make4(&m, id, 0, true, UNIT, 'A'), NULL, &got);
        ok(!defrag_starved(d), "no fragment finds no memory while an older one can go");
    }
    is_int(defrag_counters(d)[DEFRAG_HARD_REUSE], 1, "at max-frags the datagram that has waited longest goes");
    ok(defrag_add(d, make4(&m, 4, UNIT, false, UNIT, 'B'), NULL, &got), "the newest stays");
    defrag_done(d);
    defrag_free(d);

    for (unsigned by_trackers = 0; by_trackers < 2; by_trackers++) {
        s = test_defrag();
        s.guarded = true;
        *(by_trackers ? &s.trackers : &s.max_frags) = 2;
        d = defrag_new(&s);
        defrag_add(d, make4(&m, 1, 0, true, UNIT, 'A'), NULL, &got);
        defrag_add(d, make4(&m, 2, 0, true, UNIT, 'A'), NULL, &got);
        defrag_add(d, make4(&m, 3, 0, true, UNIT, 'A'), NULL, &got);
        ok(defrag_starved(d) && !defrag_refused(d), "guarded, the new fragment finds no memory");
        is_int(defrag_counters(d)[DEFRAG_HARD_REUSE], 0, "and none is given up for it");
        if (by_trackers) {
            ok(defrag_add(d, make4(&m, 1, UNIT, false, UNIT, 'B'), NULL, &got), "the first is completed");
            defrag_done(d);
            defrag_add(d, make4(&m, 3, 0, true, UNIT, 'A'), NULL, &got);
            ok(!defrag_starved(d), "and then there is room");
        } else {
            defrag_add(d, make4(&m, 1, UNIT, false, UNIT, 'B'), NULL, &got);
            ok(defrag_starved(d), "nor does one more of the first");
        }
        defrag_free(d);
    }

    s = test_defrag();
    s.guarded = true;
    s.max_frags = 2;
    d = defrag_new(&s);
    struct facts *last = policy_facts(OS_LAST);
    defrag_add(d, make4(&m, 1, 0, true, 4 * UNIT, 'A'), last, &got);
    defrag_add(d, make4(&m, 2, 0, true, UNIT, 'A'), last, &got);
    defrag_add(d, make4(&m, 1, UNIT, true, UNIT, 'A'), last, &got);
    ok(defrag_starved(d) && defrag_refused(d), "guarded, what is put in half spoils its datagram");
    defrag_add(d, make4(&m, 1, 4 * UNIT, false, UNIT, 'B'), last, &got);
    ok(defrag_refused(d), "of which nothing goes on any more");
    defrag_free(d);
    facts_free(last);

    s = test_defrag();
    d = defrag_new(&s);
    for (uint32_t id = 1; id <= 100; id++) {
        defrag_add(d, make4(&m, id, 0, true, 1000, 'A'), NULL, &got);
    }
    uint64_t used = defrag_used(d);
    defrag_cap(d, 1);
    defrag_add(d, make4(&m, 200, 0, true, 1000, 'A'), NULL, &got);
    ok(defrag_starved(d) && defrag_used(d) <= used, "a cap of one byte is a cap");
    defrag_cap(d, 1 << 20);
    defrag_add(d, make4(&m, 200, 0, true, 1000, 'A'), NULL, &got);
    ok(!defrag_starved(d), "and it is raised again");
    defrag_free(d);
}

/* Guarded: fragments in the order they come; which of them go on ('.'), and which do not ('x'). */
static void test_guarded(void)
{
    static const struct {
        const char *why, *want;
        bool whole;
        struct { uint8_t offset, units, fill, ttl; bool last; uint8_t options; } sent[5];
        bool six;
    } rows[] = {
        { "one after the other", "...", true, { { 0, 2, 'a', 64, false }, { 2, 1, 'b', 64, false }, { 3, 1, 'c', 64, true } } },
        { "one comes twice", "...", true, { { 0, 2, 'a', 64, false }, { 0, 2, 'a', 64, false }, { 2, 1, 'c', 64, true } } },
        { "one comes twice and is not the same: it and all that follow stay", ".xx", false, { { 0, 2, 'a', 64, false }, { 0, 2, 'b', 64, false }, { 2, 1, 'c', 64, true } } },
        { "the same bytes over two", "...", true, { { 0, 2, 'a', 64, false }, { 1, 2, 'a', 64, false }, { 3, 1, 'c', 64, true } } },
        { "others over a part", "..xx", false, { { 2, 2, 'a', 64, false }, { 0, 1, 'a', 64, false }, { 1, 2, 'b', 64, false }, { 4, 1, 'c', 64, true } } },
        { "one does not live as long as the others", ".xxx", false, { { 0, 2, 'a', 1, false }, { 2, 1, 'b', 64, false }, { 0, 2, 'c', 64, false }, { 3, 1, 'd', 64, true } } },
        { "IPv6, all have the same headers", "..", true, { { 0, 2, 'a', 64, false, 8 }, { 2, 1, 'b', 64, true, 8 } }, true },
        { "IPv6, one has other headers than the others", ".xx", false, { { 0, 2, 'a', 64, false, 8 }, { 2, 1, 'b', 64, false }, { 2, 1, 'b', 64, true, 8 } }, true },
    };
    static struct made m;

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct defrag_settings s = test_defrag();
        s.guarded = true;
        struct defrag *d = defrag_new(&s);
        struct datagram got = { bytes_none(), bytes_none() };
        bool whole = false;
        char text[ROWS(rows[i].sent) + 1] = "";
        for (unsigned k = 0; k < ROWS(rows[i].sent) && rows[i].sent[k].units != 0; k++) {
            m.options = rows[i].sent[k].options;
            struct view *v = (rows[i].six ? make6 : make4)(&m, 7, rows[i].sent[k].offset * UNIT, !rows[i].sent[k].last, rows[i].sent[k].units * (size_t)UNIT, rows[i].sent[k].fill);
            v->ttl = rows[i].sent[k].ttl;
            whole |= defrag_add(d, v, NULL, &got);
            text[k] = defrag_refused(d) ? 'x' : '.';
        }
        is_str(text, rows[i].want, rows[i].why);
        is_int(whole, rows[i].whole, "it is put together, or not");
        defrag_done(d);
        defrag_free(d);
    }
}

int main(void)
{
    test_guarded();
    test_discarded();
    test_starved();
    test_study();
    test_duels();
    test_together();
    test_odd();
    test_six();
    test_caps();
    test_model();
    return done_testing();
}
