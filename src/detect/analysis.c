/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a ruleset's analysis. */
#include "detect/analysis.h"

#include "base/text.h"
#include "detect/ruleset.h"

#include <stdio.h>
#include <stdlib.h>

/* A regular expression that is looked for without any literal to find the place. */
static bool lone_pcre(const struct plan *p)
{
    for (uint16_t g = 0; !p->fast && g < p->rule->group_n; g++) {
        for (uint16_t i = 0; i < p->rule->group[g].match_n; i++) {
            if (p->rule->group[g].match[i]->kind == MATCH_PCRE) {
                return true;
            }
        }
    }
    return false;
}

const char *analysis_warning(const struct plan *p, const struct analysis_settings *s, unsigned i)
{
    const struct rule *r = p->rule;
    const struct {
        bool on;
        const char *text;
    } rows[] = {
        { p->store && !s->file_store, "Rule requires file-store but the output file-store is not enabled." },
        { lone_pcre(p), "Rule uses pcre without a content option present to prefilter it." },
        { (p->flags & PLAN_FAST_NEGATED) != 0, "Rule's only literal is negated: it is tried on everything its header fits." },
        { p->fast && p->fast->bytes.n == 1 && p->fast_group->match_n == 1, "Rule is found by a single byte." },
        { r->msg == NULL, "Rule has no msg." },
        { r->rev == 0, "Rule has no rev." },
    };
    for (size_t k = 0; k < ROWS(rows); k++) {
        if (rows[k].on && i-- == 0) {
            return rows[k].text;
        }
    }
    return NULL;
}

const char *analysis_note(const struct plan *p, unsigned i)
{
    static const struct {
        unsigned note;
        const char *text;
    } rows[] = {
        { RULE_NOTE_DISTANCE, "'distance' option for pattern w/o previous content was converted to 'offset'" },
        { RULE_NOTE_WITHIN, "'within' option for pattern w/o previous content was converted to 'depth'" },
        { RULE_NOTE_RAW, "'/B' (rawbytes) option is a no-op and is silently ignored" },
    };
    for (size_t k = 0; k < ROWS(rows); k++) {
        if ((p->rule->notes & rows[k].note) != 0 && i-- == 0) {
            return rows[k].text;
        }
    }
    return NULL;
}

/* ---- texts ---- */

static void text_sides(struct text *t, const struct plan *p)
{
    text_printf(t, "    Rule is inspected %s.\n", p->sides == 3 ? "to server and to client" : p->sides == 1 << TO_SERVER ? "to server" : "to client");
}

static void text_plan(const struct plan *p, const struct analysis_settings *s, struct text *t)
{
    const struct rule *u = p->rule;

    text_printf(t, "    Rule is of type %s.\n", analysis_type(p));
    text_sides(t, p);
    for (uint16_t i = 0; i < u->group_n; i++) {
        const struct group *g = &u->group[i];
        unsigned contents = 0, expressions = 0;
        for (uint16_t k = 0; k < g->match_n; k++) {
            contents += g->match[k]->kind == MATCH_CONTENT;
            expressions += g->match[k]->kind == MATCH_PCRE;
        }
        text_printf(t, "    Rule matches on %s buffer: %u content and %u pcre of %u conditions.\n", analysis_buffer(g), contents, expressions, g->match_n);
    }
    for (uint16_t i = 0; i < u->packet_n; i++) {
        text_printf(t, "    Rule asks %s of the packet or its flow.\n", u->packet[i]->keyword.row->name);
    }
    if (p->fast) {
        text_printf(t, "    Fast pattern \"");
        analysis_pattern(t, p->fast->bytes);
        text_printf(t, "\" on \"%s\" buffer.\n", analysis_buffer(p->fast_group));
    } else if (u->prefilter_by) {
        text_printf(t, "    Prefilter on: %s.\n", u->prefilter_by);
    } else {
        text_printf(t, "    No literal or prefilter: every packet or transaction that its header fits is tried.\n");
    }
    for (unsigned i = 0; analysis_note(p, i); i++) {
        text_printf(t, "    Note: %s\n", analysis_note(p, i));
    }
    unsigned warnings = 0;
    for (; analysis_warning(p, s, warnings); warnings++) {
        text_printf(t, "    Warning: %s\n", analysis_warning(p, s, warnings));
    }
    if (warnings == 0) {
        text_printf(t, "    No warnings for this rule.\n");
    }
}

static void text_rule(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct text *t)
{
    (void)r;
    text_printf(t, "== Sid: %u ==\n%s\n", p->rule->sid, p->rule->text);
    text_plan(p, s, t);
    text_byte(t, '\n');
}

void ruleset_explain(const struct ruleset *r, const struct analysis_settings *s, struct text *out)
{
    for (uint32_t i = 0; i < r->plan_n; i++) {
        text_plan(&r->plan[i], s, out);
    }
}

static void text_fast(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct text *t)
{
    const struct rule *u = p->rule;

    (void)r;
    (void)s;
    text_printf(t, "== Sid: %u ==\n%s\n    Fast Pattern analysis:\n", u->sid, u->text);
    if (!p->fast) {
        text_printf(t, "        No content present\n\n");
        return;
    }
    text_printf(t, "        Fast pattern matcher: %s\n        Flags:%s%s%s%s%s%s%s\n        Content: ", analysis_buffer(p->fast_group),
                p->fast->flags & CONTENT_OFFSET ? " Offset" : "", p->fast->flags & CONTENT_DEPTH ? " Depth" : "",
                p->fast->flags & CONTENT_WITHIN ? " Within" : "", p->fast->flags & CONTENT_DISTANCE ? " Distance" : "",
                p->fast->flags & CONTENT_NOCASE ? " Nocase" : "", p->fast->flags & CONTENT_NEGATED ? " Negated" : "",
                p->fast->flags & CONTENT_FAST ? " Set by the author" : "");
    analysis_pattern(t, p->fast->bytes);
    text_printf(t, "\n\n");
}

/* A refused rule stands with its reason. */
static void text_refused(const struct ruleset *r, struct text *t)
{
    for (uint32_t i = 0; i < r->rules.failure_n; i++) {
        const struct rule_failure *f = &r->rules.failure[i];
        if (!f->warning && !f->skipped) {
            text_printf(t, "== Sid: UNKNOWN ==\n%s\n    FAILURE: invalid rule.\n    File: %s.\n    Line: %u.\n    Reason: %s\n\n", f->text ? f->text : "",
                        f->source < r->rules.source_n ? r->rules.source[f->source] : "", f->line, f->reason ? f->reason : "");
        }
    }
}

static void members(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct json *j)
{
    analysis_rule(r, p, j);
    if (analysis_warning(p, s, 0)) {
        json_array(j, "warnings");
        for (unsigned i = 0; analysis_warning(p, s, i); i++) {
            json_string(j, NULL, analysis_warning(p, s, i));
        }
        json_end_array(j);
    }
}

void ruleset_explain_json(const struct ruleset *r, const struct analysis_settings *s, struct json *j)
{
    if (r->plan_n != 0) {
        members(r, &r->plan[0], s, j);
    }
}

static void json_rule(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct text *t)
{
    struct json j;

    json_init(&j, t);
    json_object(&j, NULL);
    members(r, p, s, &j);
    json_end_object(&j);
    text_byte(t, '\n');
}

static void json_pattern(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct text *t)
{
    struct json j;
    struct text pattern;

    (void)r;
    (void)s;
    if (!p->fast) {
        return;
    }
    text_init(&pattern, 0);
    analysis_pattern(&pattern, p->fast->bytes);
    json_init(&j, t);
    json_object(&j, NULL);
    json_string(&j, "buffer", analysis_buffer(p->fast_group));
    json_bytes(&j, "pattern", text_bytes(&pattern));
    json_u64(&j, "length", p->fast->bytes.n);
    json_bool(&j, "nocase", (p->fast->flags & CONTENT_NOCASE) != 0);
    json_bool(&j, "negated", (p->fast->flags & CONTENT_NEGATED) != 0);
    json_u64(&j, "sid", p->rule->sid);
    json_end_object(&j);
    text_byte(t, '\n');
    text_fini(&pattern);
}

/* ---- files ---- */

typedef void (*rule_fn)(const struct ruleset *r, const struct plan *p, const struct analysis_settings *s, struct text *t);

static int by_place(const void *a, const void *b)
{
    const struct rule *x = (*(const struct plan *const *)a)->rule, *y = (*(const struct plan *const *)b)->rule;

    return x->source != y->source ? (x->source < y->source ? -1 : 1) : x->line < y->line ? -1 : x->line > y->line;
}

static bool file_write(const struct ruleset *r, const struct analysis_settings *s, const char *name, rule_fn one, struct err *err)
{
    const struct plan **plan = calloc(r->plan_n + 1u, sizeof(*plan));
    char path[4096];
    struct text t;
    FILE *to;

    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    to = plan ? fopen(path, "we") : NULL;
    if (!to) {
        free(plan);
        return err_sys(err, "open %s", path);
    }
    for (uint32_t i = 0; i < r->plan_n; i++) {
        plan[i] = &r->plan[i];
    }
    qsort(plan, r->plan_n, sizeof(*plan), by_place);
    text_init(&t, 0);
    if (one == text_rule) {
        text_refused(r, &t);
    }
    bool ok = fwrite(t.p ? t.p : "", 1, t.n, to) == t.n;
    text_clear(&t);
    for (uint32_t i = 0; ok && i < r->plan_n; i++) {
        one(r, plan[i], s, &t);
        ok = fwrite(t.p, 1, t.n, to) == t.n;
        text_clear(&t);
    }
    ok = fclose(to) == 0 && ok;
    text_fini(&t);
    free(plan);
    return ok || err_sys(err, "write %s", path);
}

bool ruleset_analyse(const struct ruleset *r, const struct analysis_settings *s, struct err *err)
{
    return (!s->rules || (file_write(r, s, "rules_analysis.txt", text_rule, err) && file_write(r, s, "rules.json", json_rule, err))) &&
           (!s->fast_pattern || (file_write(r, s, "rules_fast_pattern.txt", text_fast, err) && file_write(r, s, "patterns.json", json_pattern, err)));
}
