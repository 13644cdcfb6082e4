/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an alert rests on: for each literal, expression and number of its rule the buffer, the place in it and the bytes there.
 *
 * Collected while programs run, when an output wants it (verifier.place is there then, and only then).  A rule whose buffers
 * come in several turns keeps what held with its transaction.  Capped in number and in bytes.
 */
#include "detect/inspect.h"

enum { EVIDENCE_MAX = 64 /* of one alert */, EVIDENCE_BYTES = 128, EVIDENCE_GROUPS = 8 };

struct evidence {
    struct evidence *next;
    const struct group *group;
    const struct match *match;
    uint64_t offset;          /* in the whole buffer; of the payload: in the stream or the packet */
    uint32_t n;
    bool stream, has_value;
    uint8_t capture_n;
    uint64_t value;           /* of the variable that a number went into */
    struct bytes bytes;       /* the first of them */
    struct bytes *capture;    /* what the expression's groups captured, from the first on */
};

bool evidence_wanted(const struct event_settings *s)
{
    bool wanted = false;

    for (unsigned i = 0; i < s->n; i++) {
        wanted |= s->eve[i].alert.on && s->eve[i].alert.evidence;
    }
    return wanted;
}

/* Matches that say something by where they stand, as rules call them. */
static const char *const telling[] = {
    [MATCH_CONTENT] = "content", [MATCH_PCRE] = "pcre", [MATCH_BYTE_TEST] = "byte_test", [MATCH_BYTE_JUMP] = "byte_jump",
    [MATCH_BYTE_EXTRACT] = "byte_extract", [MATCH_BYTE_MATH] = "byte_math",
};

static bool match_tells(const struct match *m)
{
    return m->kind < ROWS(telling) && telling[m->kind] != NULL && !(m->kind == MATCH_CONTENT && (m->content.flags & CONTENT_NEGATED) != 0) &&
           !(m->kind == MATCH_PCRE && (m->pcre.flags & PCRE_NEGATED) != 0);
}

/* The groups of an expression, by matching once more at the place where it did. */
static void evidence_groups(struct verifier *v, struct evidence *e, const struct op *o, const struct verify_buffer *b, const struct verify_place *at, size_t base)
{
    struct regex_scratch *s = v->regex;
    struct bytes hay = bytes_from(b->bytes, base);
    size_t from, to;

    if (at->at < base || regex_find(o->regex, s, hay, at->at - base, &from, &to) != REGEX_YES) {
        return;
    }
    for (unsigned i = 1; i <= EVIDENCE_GROUPS && regex_group(s, i, &from, &to); i++) {
        if (!e->capture) {
            e->capture = arena_zero(v->arena, EVIDENCE_GROUPS * sizeof *e->capture);
        }
        if (!e->capture) {
            return;
        }
        e->capture[e->capture_n++] = arena_copy(v->arena, bytes_of(hay.p + from, to - from < EVIDENCE_BYTES ? to - from : EVIDENCE_BYTES));
    }
}

void evidence_take(struct verifier *v, const struct program *p, const struct verify_buffer *b, uint32_t first)
{
    size_t cursor = 0; /* where the match before ended: a relative expression began to look there */

    for (uint16_t i = 0; i < p->n && v->evidence_n < EVIDENCE_MAX; i++) {
        const struct match *m = p->op[i].match;
        const struct verify_place *at = &v->place[first + i];
        if (!match_tells(m) || (size_t)at->at + at->n > b->bytes.n) {
            continue;
        }
        struct evidence *e = arena_zero(v->arena, sizeof *e);
        if (!e) {
            return;
        }
        *e = (struct evidence){ .next = v->evidence, .group = p->group, .match = m, .offset = b->offset + b->base + at->at, .n = at->n, .stream = b->stream };
        e->bytes = arena_copy(v->arena, bytes_of(b->bytes.p + at->at, at->n < EVIDENCE_BYTES ? at->n : EVIDENCE_BYTES));
        if (m->kind == MATCH_PCRE) {
            evidence_groups(v, e, &p->op[i], b, at, (m->pcre.flags & PCRE_RELATIVE) != 0 ? cursor : 0);
        } else if (m->kind == MATCH_BYTE_EXTRACT || m->kind == MATCH_BYTE_MATH) {
            e->has_value = true;
            e->value = v->variable[m->byte.result];
        }
        cursor = (size_t)at->at + at->n;
        v->evidence = e;
        v->evidence_n++;
    }
}

struct evidence *evidence_keep(struct arena *a, const struct evidence *e)
{
    struct evidence *kept = NULL, **end = &kept;

    for (; e; e = e->next) {
        struct evidence *c = arena_take(a, sizeof *c);
        if (!c) {
            break;
        }
        *c = *e;
        c->next = NULL;
        c->bytes = arena_copy(a, e->bytes);
        c->capture = e->capture_n ? arena_take(a, e->capture_n * sizeof *c->capture) : NULL;
        for (uint8_t i = 0; c->capture && i < e->capture_n; i++) {
            c->capture[i] = arena_copy(a, e->capture[i]);
        }
        c->capture_n = c->capture ? e->capture_n : 0;
        *end = c;
        end = &c->next;
    }
    return kept;
}

void evidence_go_on(struct verifier *v, struct evidence *kept)
{
    v->evidence = kept;
    v->evidence_n = 0;
    for (const struct evidence *e = kept; e; e = e->next) {
        v->evidence_n++;
    }
}

/* ---- told ---- */

static const char *buffer_named(const struct evidence *e)
{
    switch ((enum buffer_kind)e->group->kind) {
    case BUFFER_PAYLOAD: return e->stream ? "stream" : "payload";
    case BUFFER_FILE_DATA: return "file.data";
    case BUFFER_BASE64: return "base64_data";
    case BUFFER_FIELD:
    case BUFFER_FILE_FIELD:
    case BUFFER_PACKET:
    case BUFFER_FRAME:
    default: return e->group->name ? e->group->name : "payload";
    }
}

static void evidence_one(const struct rule *r, struct json *j, const struct evidence *e)
{
    const struct match *m = e->match;

    json_object(j, NULL);
    json_string(j, "buffer", buffer_named(e));
    if (e->group->transform_n != 0) {
        json_array(j, "transforms");
        for (uint16_t i = 0; i < e->group->transform_n; i++) {
            json_string(j, NULL, e->group->transform[i].name);
        }
        json_end_array(j);
    }
    json_string(j, "keyword", telling[m->kind]);
    json_u64(j, "offset", e->offset);
    json_u64(j, "length", e->n);
    json_hex(j, "bytes", e->bytes, 0);
    json_printable(j, "printable", e->bytes);
    if (e->capture_n != 0) {
        json_array(j, "captures");
        for (uint8_t i = 0; i < e->capture_n; i++) {
            json_bytes(j, NULL, e->capture[i]);
        }
        json_end_array(j);
    }
    if (e->has_value) {
        json_string(j, "variable", r->variable_names[m->byte.result]);
        json_u64(j, "value", e->value);
    }
    json_end_object(j);
}

/* In the order in which they matched. */
void evidence_write(const struct detect *d, struct json *j, const struct queued *q)
{
    const struct evidence *in_order[EVIDENCE_MAX];
    unsigned n = 0;

    for (const struct evidence *e = q->evidence; e && n < EVIDENCE_MAX; e = e->next) {
        in_order[n++] = e;
    }
    if (n == 0) {
        return;
    }
    json_object(j, "evidence");
    json_array(j, "matches");
    while (n-- != 0) {
        evidence_one(d->rules->plan[q->rule].rule, j, in_order[n]);
    }
    json_end_array(j);
    json_end_object(j);
}
