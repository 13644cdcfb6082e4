/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS queries (RFC 1035 4) over UDP: a name, or a payload that is one. */
#include "generate/scene.h"

#include <netinet/in.h>

enum { ANSWERS = 8 /* attempts before answers are tried */, HEAD = 12, NAME_MAX_BYTES = 253, LABEL_MAX = 63 };

/* An identifier, a standard query that wants recursion, one question. */
static const uint8_t query_head[HEAD] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };

static const char query_example[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1";

/* What is behind the name: its end, type A, class IN; by attempt. */
static const struct bytes tails[] = { BYTES(""), BYTES("\0\0\1\0\1"), BYTES("\0\1\0\1"), BYTES("\3com\0\0\1\0\1") };

/* An answer (RFC 1035 4.1.3) with room in its data: an address, a text. */
static const struct bytes answers[] = {
    BYTES("\x12\x34\x81\x80\0\1\0\1\0\0\0\0\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4"),
    BYTES("\x12\x34\x81\x80\0\1\0\1\0\0\0\0\7example\3com\0\0\x10\0\1\xc0\x0c\0\x10\0\1\0\0\1\x2c\0\xc9\xc8"),
};
static const uint8_t answer_room[] = { 4, 200 };

static bool answer_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    unsigned i = s->attempt % ROWS(answers);
    size_t n = answers[i].n + answer_room[i];
    uint8_t *ground = arena_take(s->arena, n), *open = arena_zero(s->arena, n);

    if (!ground || !open || x->side == TO_SERVER) {
        return false;
    }
    memset(ground, 'a', n);
    memcpy(ground, answers[i].p, answers[i].n);
    memset(open + answers[i].n, 1, answer_room[i]);
    const struct solve_wish w = { .ground = bytes_of(ground, n), .open = open, .tries = 40 };
    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool payload_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    const struct solve_wish plain = { .max = 400, .tries = 40 };
    struct bytes b = bytes_none();

    if (s->attempt >= ANSWERS) {
        return answer_solve(s, x, out);
    }
    if (!solve_groups(s, x->group, x->group_n, &plain, &b) || s->attempt / 4 % 2 == 1) {
        *out = b;
        return b.n != 0;
    }
    size_t n = HEAD + b.n;
    uint8_t *ground = arena_take(s->arena, n), *open = arena_take(s->arena, n);
    if (!ground || !open) {
        return false;
    }
    memset(ground, 'a', n);
    memset(open, 1, n);
    memcpy(ground, query_head, HEAD);
    memset(open, 0, HEAD);
    const struct solve_wish w = { .ground = bytes_of(ground, n), .open = open, .tries = 40 };
    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool dns_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    const struct solve_wish w = { .max = NAME_MAX_BYTES, .start = s->attempt, .tries = 80, .first = s->attempt % 2 ? "ns" : NULL };

    if (strcmp(x->name, "payload") == 0) {
        return payload_solve(s, x, out);
    }
    return solve_groups(s, x->group, x->group_n, &w, out);
}

static bool name_add(struct make *m, struct bytes name)
{
    struct rd r = rd_of(name);
    bool more = true;

    while (more) {
        struct bytes label = rd_until(&r, '.', &more);
        if (label.n == 0 || label.n > LABEL_MAX) {
            return false;
        }
        make_byte(m, (uint8_t)label.n);
        make_add(m, label);
    }
    make_byte(m, 0);
    return name.n <= NAME_MAX_BYTES;
}

/* Is it one whole question? */
static bool is_query(struct bytes b)
{
    struct rd r = rd_of(b);

    rd_skip(&r, 2);
    bool query = (rd_be16(&r) & 0x8000) == 0, one = rd_be16(&r) == 1;
    one = rd_be16(&r) == 0 && one;
    one = rd_be16(&r) == 0 && one;
    one = rd_be16(&r) == 0 && one;
    for (unsigned n; (n = rd_u8(&r)) != 0 && n <= LABEL_MAX;) {
        rd_skip(&r, n);
    }
    rd_skip(&r, 4);
    return query && one && rd_done(&r);
}

static bool dns_build(struct scene *s)
{
    struct make m;

    make_init(&m, s->arena);
    if (slot_has(s, "payload", s->side)) {
        make_add(&m, slot_bytes(s, "payload", s->side, ""));
        if (s->attempt >= ANSWERS) {
            return scene_say(s, TO_SERVER, bytes_of(query_example, sizeof query_example - 1)) && scene_say(s, s->side, make_bytes(&m));
        }
        make_add(&m, tails[s->attempt % ROWS(tails)]);
        return is_query(make_bytes(&m)) && scene_say(s, s->side, make_bytes(&m));
    }
    make_add(&m, bytes_of(query_head, HEAD));
    if (!name_add(&m, slot_bytes(s, "dns.query", TO_SERVER, "example.com"))) {
        return false;
    }
    make_be16(&m, 1);
    make_be16(&m, 1);
    return scene_say(s, TO_SERVER, make_bytes(&m));
}

static bool dns_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    *out = strcmp(x->name, "payload") == 0 ? scene_said(s, x->side) : x->bytes;
    return strcmp(x->name, "payload") == 0 || (x->there && strcmp(x->name, "dns.query") == 0);
}

const struct carrier carrier_dns = { "dns", IPPROTO_UDP, 53, 12, dns_solve, dns_build, dns_sees };
