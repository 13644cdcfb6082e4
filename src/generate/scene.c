/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's buffers as slots, the carrier that can hold them, and the check that all of it holds. */
#include "generate/scene.h"

#include <stdarg.h>
#include <stdio.h>

static const struct carrier *const carriers[] = { &carrier_http, &carrier_dns, &carrier_tls, &carrier_smtp, &carrier_ftp, &carrier_smb, &carrier_ssh };

struct slot *slot_find(const struct scene *s, const char *name, uint8_t side)
{
    for (unsigned i = 0; i < s->slot_n; i++) {
        if (s->slot[i].side == side && strcmp(s->slot[i].name, name) == 0) {
            return (struct slot *)(uintptr_t)&s->slot[i];
        }
    }
    return NULL;
}

bool slot_has(const struct scene *s, const char *name, uint8_t side)
{
    const struct slot *x = slot_find(s, name, side);

    return x && x->there;
}

struct bytes slot_bytes(const struct scene *s, const char *name, uint8_t side, const char *preset)
{
    const struct slot *x = slot_find(s, name, side);

    return x && x->there ? x->bytes : bytes_str(preset);
}

bool slot_holds(struct scene *s, const struct slot *slot, struct bytes b)
{
    struct bytes seen;

    for (unsigned i = 0; i < slot->group_n; i++) {
        if (!transforms_run(s->arena, slot->group[i], b, &seen) || !group_holds(s->holder, slot->group[i], seen)) {
            return false;
        }
    }
    return true;
}

bool slot_holds_none(struct scene *s, const struct slot *slot)
{
    for (unsigned i = 0; i < slot->group_n; i++) {
        if (!group_holds(s->holder, slot->group[i], (struct bytes){ NULL, 0 })) {
            return false;
        }
    }
    return true;
}

bool slot_stands(struct scene *s, const struct slot *slot)
{
    struct bytes seen;

    return s->carrier->sees(s, slot, &seen) ? slot_holds(s, slot, seen) : slot_holds_none(s, slot);
}

bool scene_say(struct scene *s, uint8_t side, struct bytes b)
{
    if (s->turn_n == TURNS_MAX) {
        return false;
    }
    s->turn[s->turn_n++] = (struct turn){ side, arena_copy(s->arena, b) };
    return true;
}

struct bytes scene_said(const struct scene *s, uint8_t side)
{
    struct make m;

    make_init(&m, s->arena);
    for (unsigned i = 0; i < s->turn_n; i++) {
        if (s->turn[i].side == side) {
            make_add(&m, s->turn[i].bytes);
        }
    }
    return make_bytes(&m);
}

/* ---- slots ---- */

const char *generate_why(struct arena *a, const char *format, ...)
{
    char text[GENERATE_WHY];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return arena_str(a, bytes_str(text));
}

static const char *slot_name(const struct group *g)
{
    switch ((enum buffer_kind)g->kind) {
    case BUFFER_PAYLOAD: return "payload";
    case BUFFER_FILE_DATA: return "file.data";
    case BUFFER_FIELD:
    case BUFFER_FILE_FIELD: return g->name;
    case BUFFER_BASE64:
    case BUFFER_PACKET:
    case BUFFER_FRAME:
    default: return NULL;
    }
}

static bool group_possible(struct scene *s, const struct group *g)
{
    if (!transforms_known(g)) {
        return refuse(s, "the transform %s cannot be gone back through", g->transform[0].name);
    }
    for (unsigned i = 0; i < g->match_n; i++) {
        const struct match *m = g->match[i];
        if (m->kind == MATCH_KEYWORD) {
            return refuse(s, "the keyword %s is not known here", m->keyword.row->name);
        }
        if (m->kind == MATCH_NUMBER || m->kind == MATCH_PRESENT) {
            return refuse(s, "a number of %s is asked", g->name ? g->name : "the packet");
        }
        if (m->kind == MATCH_PCRE && (m->pcre.flags & PCRE_NEGATED) == 0 && !pattern_read(s->arena, m->pcre.pattern, m->pcre.options)) {
            return refuse(s, "an expression is not understood: %.60s", m->pcre.pattern);
        }
    }
    return true;
}

/* Which side a buffer belongs to, where the rule does not say: only one has it. */
static uint8_t side_of(const struct scene *s, const struct group *g)
{
    unsigned sides = 0;

    if (g->side < 2) {
        return g->side;
    }
    for (unsigned i = 0; g->kind == BUFFER_FIELD && i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            if (strcmp(proto_table[i]->fields[k].name, g->name) == 0) {
                sides |= proto_table[i]->fields[k].sides;
            }
        }
    }
    return sides == SIDE_SERVER_BIT ? TO_SERVER : sides == SIDE_CLIENT_BIT ? TO_CLIENT : s->side;
}

/* Snort: is this one of the protocols that the rule's service names? */
static bool serves(const struct rule *r, const char *name)
{
    for (unsigned id = 1; (r->header_flags & HEADER_SERVICE) != 0 && id <= proto_n && id < PROTO_IDS; id++) {
        if ((r->service[id >> 6] >> (id & 63) & 1) != 0 && strcmp(proto_name((uint16_t)id), name) == 0) {
            return true;
        }
    }
    return false;
}

static const struct carrier *carrier_of(const struct scene *s)
{
    const struct rule *r = s->rule;
    const char *app = r->app_proto != PROTO_NONE && r->app_proto != PROTO_FAILED ? proto_name(r->app_proto) : NULL;

    for (size_t i = 0; i < ROWS(carriers); i++) {
        size_t n = strlen(carriers[i]->name);
        if ((app && strcmp(app, carriers[i]->name) == 0) || (r->app_name && strcmp(r->app_name, carriers[i]->name) == 0)) {
            return carriers[i];
        }
        for (unsigned k = 0; k < s->slot_n; k++) {
            if (strncmp(s->slot[k].name, carriers[i]->name, n) == 0 && s->slot[k].name[n] == '.') {
                return carriers[i];
            }
        }
    }
    if (slot_find(s, "file.data", TO_SERVER) || slot_find(s, "file.data", TO_CLIENT)) {
        return serves(r, "smtp") && !serves(r, "http") ? &carrier_smtp : &carrier_http;
    }
    if (app) {
        return NULL;
    }
    bool tcp = (r->ip_proto[0] >> 6 & 1) != 0, udp = (r->ip_proto[0] >> 17 & 1) != 0;
    return tcp ? &carrier_tcp : udp ? &carrier_udp : (r->ip_proto[0] & (2 | 1ull << 58 /* ICMPv6 */)) != 0 ? &carrier_udp : NULL;
}

bool scene_slots(struct scene *s)
{
    const struct rule *r = s->rule;

    for (unsigned i = 0; i < r->group_n; i++) {
        const struct group *g = &r->group[i];
        const char *name = slot_name(g);
        if (g->kind == BUFFER_BASE64) {
            if (!group_possible(s, g)) {
                return false;
            }
            continue; /* part of the group that decodes */
        }
        if (!name) {
            return refuse(s, "the buffer %s is not built here", g->name ? g->name : "?");
        }
        if (!group_possible(s, g)) {
            return false;
        }
        uint8_t side = side_of(s, g);
        struct slot *slot = slot_find(s, name, side);
        if (!slot) {
            if (s->slot_n == SLOTS_MAX) {
                return refuse(s, "too many buffers");
            }
            slot = &s->slot[s->slot_n++];
            *slot = (struct slot){ .name = name, .side = side };
        }
        if (slot->group_n == SLOT_GROUPS) {
            return refuse(s, "too many parts of %s", name);
        }
        slot->group[slot->group_n++] = g;
    }
    s->carrier = carrier_of(s);
    return s->carrier || refuse(s, "the protocol %s is not spoken here", r->app_name ? r->app_name : "?");
}

/* ---- solved ---- */

bool scene_check(struct scene *s)
{
    s->turn_n = 0;
    if (!s->carrier->build(s)) {
        return false;
    }
    for (unsigned i = 0; i < s->slot_n; i++) {
        const struct slot *x = &s->slot[i];
        if (!slot_stands(s, x)) {
            s->why = x->name;
            return false;
        }
    }
    return true;
}

/* Nothing is wanted there that is not there: only negations, or absence. */
static bool slot_wants_nothing(const struct slot *x)
{
    for (unsigned i = 0; i < x->group_n; i++) {
        for (unsigned k = 0; k < x->group[i]->match_n; k++) {
            const struct match *m = x->group[i]->match[k];
            bool negation = (m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) != 0) ||
                            (m->kind == MATCH_PCRE && (m->pcre.flags & PCRE_NEGATED) != 0) || m->kind == MATCH_ABSENT || (m->kind == MATCH_ISDATAAT && m->negated);
            if (!negation) {
                return false;
            }
        }
    }
    return true;
}

static bool slots_solve(struct scene *s)
{
    for (unsigned i = 0; i < s->slot_n; i++) {
        struct slot *x = &s->slot[i];
        const struct solve_wish any = { .start = s->attempt, .tries = 60 };
        x->there = false;
        if (slot_wants_nothing(x) && strcmp(x->name, "payload") != 0 && s->attempt % 2 == 0) {
            continue; /* the carrier's own will do, or the check says no */
        }
        bool done = s->carrier->solve ? s->carrier->solve(s, x, &x->bytes)
                                      : solve_groups(s, x->group, x->group_n, &any, &x->bytes);
        if (!done) {
            return refuse(s, "no bytes are found for %s", x->name);
        }
        x->there = x->bytes.p != NULL && x->bytes.n != 0;
    }
    return true;
}

bool scene_solve(struct scene *s)
{
    for (s->attempt = 0; s->attempt < s->carrier->attempts && !s->arena->full; s->attempt++) {
        s->why = NULL;
        if (slots_solve(s) && scene_check(s)) {
            s->why = NULL;
            return true;
        }
    }
    return s->why && strchr(s->why, ' ') ? refuse(s, "%s", s->why) : refuse(s, "no message is found in which %s holds", s->why ? s->why : "all");
}
