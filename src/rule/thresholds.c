/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thresholds - threshold.config: how often rules alert, whose alerts are not told, what a rate of matches does; a line each:
 *
 *   threshold | event_filter  gen_id G, sig_id S, type limit|threshold|both, track by_…, count N, seconds N
 *   rate_filter               gen_id G, sig_id S, track by_…, count N, seconds N, new_action A, timeout N
 *   suppress                  gen_id G, sig_id S[, track by_src|by_dst|by_either, ip ADDRESSES]
 *
 * G 0 with S 0 is every rule, S 0 every rule of the generator.
 */
#include "rule/parse.h"

#include <ctype.h>

enum { LINE_MAX_BYTES = 65536, FILE_MAX_BYTES = 64 << 20 };

/* One line being read. */
struct reading {
    struct rules *rules;
    const struct rule_context *context;
    uint16_t source;
    uint32_t line;
    struct threshold_line {
        int64_t gid, sid;          /* -1: not said */
        struct threshold t;
        bool typed, tracked, counted, timed, acts, waits;
    } x;
    unsigned left;             /* rules that the line names and does not reach, for they have one of their own */
    struct err err;
};

static bool number_read(struct reading *g, const char *what, struct bytes v, int64_t low, uint32_t *out)
{
    int64_t n;

    if (!word_i64(v, 10, low, UINT32_MAX, &n)) {
        return err_set(&g->err, "%s: '%.*s' is no number from %lld", what, (int)(v.n < 64 ? v.n : 64), (const char *)v.p, (long long)low);
    }
    *out = (uint32_t)n;
    return true;
}

struct word {
    const char *word;
    uint8_t value;
};

static bool word_read(struct reading *g, const char *what, struct bytes v, const struct word *rows, uint8_t *out)
{
    for (; rows->word; rows++) {
        if (word_is_nocase(v, rows->word)) {
            *out = rows->value;
            return true;
        }
    }
    return err_set(&g->err, "%s: '%.*s' is not known", what, (int)(v.n < 64 ? v.n : 64), (const char *)v.p);
}

static bool addresses_read(struct reading *g, struct bytes v)
{
    const char *text = arena_str(&g->rules->arena, v);
    struct err err = { "" };

    return text && (g->context->addresses(g->context->ctx, text, &g->x.t.addresses, &err) || err_set(&g->err, "ip %.200s: %.200s", text, err.text));
}

static bool key_read(struct reading *g, struct bytes key, struct bytes v)
{
    static const struct word types[] = { { "limit", THRESHOLD_LIMIT }, { "threshold", THRESHOLD_THRESHOLD }, { "both", THRESHOLD_BOTH }, { NULL, 0 } };
    static const struct word tracks[] = { { "by_src", TRACK_SRC },   { "by_dst", TRACK_DST },       { "by_both", TRACK_BOTH }, { "by_rule", TRACK_RULE },
                                          { "by_flow", TRACK_FLOW }, { "by_either", TRACK_EITHER }, { NULL, 0 } };
    static const struct word actions[] = { { "alert", ACTION_ALERT }, { "drop", ACTION_DROP }, { "pass", ACTION_PASS }, { "reject", ACTION_REJECT },
                                           { "sdrop", ACTION_DROP },  { "log", ACTION_LOG },   { NULL, 0 } };
    struct threshold_line *x = &g->x;
    uint32_t n = 0;

    if (word_is(key, "gen_id") || word_is(key, "sig_id")) {
        if (!number_read(g, "gen_id or sig_id", v, 0, &n)) {
            return false;
        }
        *(word_is(key, "gen_id") ? &x->gid : &x->sid) = n;
        return true;
    }
    if (word_is(key, "type")) {
        return x->typed = word_read(g, "type", v, types, &x->t.type);
    }
    if (word_is(key, "track")) {
        return x->tracked = word_read(g, "track", v, tracks, &x->t.track);
    }
    if (word_is(key, "count")) {
        return x->counted = number_read(g, "count", v, 1, &x->t.count);
    }
    if (word_is(key, "seconds")) {
        return x->timed = number_read(g, "seconds", v, 0, &x->t.seconds);
    }
    if (word_is(key, "new_action")) {
        return x->acts = word_read(g, "new_action", v, actions, &x->t.new_action);
    }
    if (word_is(key, "timeout")) {
        return x->waits = number_read(g, "timeout", v, 0, &x->t.timeout);
    }
    if (word_is(key, "ip")) {
        return addresses_read(g, v);
    }
    return err_set(&g->err, "'%.*s' is not known here", (int)(key.n < 64 ? key.n : 64), (const char *)key.p);
}

/* "key value, key value": commas in brackets belong to the value. */
static bool keys_read(struct reading *g, struct bytes rest)
{
    while (rest.n != 0) {
        size_t end = 0, blank = 0;
        int depth = 0;

        for (; end < rest.n && (depth > 0 || rest.p[end] != ','); end++) {
            depth += rest.p[end] == '[' ? 1 : rest.p[end] == ']' ? -1 : 0;
        }
        struct bytes part = bytes_trim(bytes_head(rest, end), " \t");
        while (blank < part.n && !isspace(part.p[blank])) {
            blank++;
        }
        if (blank == part.n) {
            return err_set(&g->err, part.n ? "'%.*s' has no value" : "something is missing between two commas%.*s", (int)(part.n < 64 ? part.n : 64),
                           (const char *)part.p);
        }
        if (!key_read(g, bytes_head(part, blank), bytes_trim(bytes_from(part, blank), " \t"))) {
            return false;
        }
        rest = bytes_from(rest, end + 1);
    }
    return true;
}

static bool line_check(struct reading *g)
{
    struct threshold_line *x = &g->x;

    if (x->gid < 0 || x->sid < 0) {
        return err_set(&g->err, "gen_id and sig_id are wanted");
    }
    if (x->gid == 0 && x->sid != 0) {
        return err_set(&g->err, "gen_id 0 goes with sig_id 0 only");
    }
    if (x->t.type == THRESHOLD_SUPPRESS) {
        bool whole = !x->tracked && !x->t.addresses;

        if (!whole && (!x->tracked || !x->t.addresses)) {
            return err_set(&g->err, "track and ip go together");
        }
        if (x->tracked && x->t.track != TRACK_SRC && x->t.track != TRACK_DST && x->t.track != TRACK_EITHER) {
            return err_set(&g->err, "suppress tracks by_src, by_dst or by_either");
        }
        if (whole) {
            x->t.track = TRACK_EITHER;
        }
        return true;
    }
    if (!x->tracked || !x->counted || !x->timed || x->t.track == TRACK_EITHER) {
        return err_set(&g->err, "track (not by_either), count and seconds are wanted");
    }
    if (x->t.type == THRESHOLD_RATE) {
        return (x->acts && x->waits) || err_set(&g->err, "rate_filter wants new_action and timeout");
    }
    return x->typed || err_set(&g->err, "type limit, threshold or both is wanted");
}

static bool counts_alerts(const struct threshold *t)
{
    return t->type == THRESHOLD_LIMIT || t->type == THRESHOLD_THRESHOLD || t->type == THRESHOLD_BOTH || t->type == THRESHOLD_BACKOFF ||
           t->type == THRESHOLD_DETECTION_FILTER;
}

/* Where a rule already counts, a further count is not for it.  Snort: only what counts alerts shuts out its like: filters of
 * detection, rates and suppressions stand beside each other. */
static bool shuts_out(const struct rule *r, const struct threshold *has)
{
    return counts_alerts(has) && (r->dialect == DIALECT_SURICATA || has->type != THRESHOLD_DETECTION_FILTER);
}

static void counting_remove(struct rule *r)
{
    for (struct threshold **at = &r->threshold; *at;) {
        if (shuts_out(r, *at)) {
            *at = (*at)->next;
        } else {
            at = &(*at)->next;
        }
    }
}

/* In which order they are asked of a rule of Snort: what the rule itself asks, then what becomes of its alerts. */
static int rank(const struct threshold *t)
{
    return t->type == THRESHOLD_DETECTION_FILTER ? 0 : t->type == THRESHOLD_RATE ? 1 : t->type == THRESHOLD_SUPPRESS ? 2 : 3;
}

/* A threshold for this very rule takes the place of the rule's own; what is for many leaves a rule that has one alone. */
static bool rule_apply(struct reading *g, struct rule *r)
{
    bool has = false, named = g->x.sid != 0, snort = r->dialect != DIALECT_SURICATA;
    uint8_t type = g->x.t.type;

    for (const struct threshold *t = r->threshold; t; t = t->next) {
        has |= shuts_out(r, t);
    }
    if (type != THRESHOLD_SUPPRESS && has && !(type == THRESHOLD_RATE && snort)) {
        if (!named || type == THRESHOLD_RATE) {
            g->left++;
            return true;
        }
        counting_remove(r);
    }
    struct threshold *t = arena_zero(&g->rules->arena, sizeof *t);
    if (t == NULL) {
        return err_set(&g->err, "not enough memory");
    }
    *t = g->x.t;
    struct threshold **at = &r->threshold;
    while (snort && *at && rank(*at) <= rank(t)) {
        at = &(*at)->next;
    }
    t->next = *at;
    *at = t;
    return true;
}

static bool line_apply(struct reading *g)
{
    const struct threshold_line *x = &g->x;
    unsigned found = 0;

    for (uint32_t i = 0; i < g->rules->rule_n; i++) {
        struct rule *r = g->rules->rule[i];

        if ((x->gid != 0 && r->gid != x->gid) || (x->sid != 0 && r->sid != x->sid)) {
            continue;
        }
        found++;
        if (!rule_apply(g, r)) {
            return false;
        }
    }
    if (g->left != 0) {
        return err_set(&g->err, "not for %u of the rules it names: a threshold of their own holds", g->left);
    }
    return found != 0 || x->sid == 0 || err_set(&g->err, "no rule has gid %lld and sid %lld", (long long)x->gid, (long long)x->sid);
}

static void say(struct reading *g, bool warning)
{
    struct rule_failure *f = rules_failure_new(g->rules);

    g->rules->warning_n += warning;
    if (f) {
        *f = (struct rule_failure){ .source = g->source, .line = g->line, .column = 1, .sid = (uint32_t)(g->x.sid > 0 ? g->x.sid : 0), .text = "" };
        f->warning = warning;
        f->reason = arena_str(&g->rules->arena, bytes_str(g->err.text));
    }
}

/* False: the line is wrong.  A rule that is not there is told, and no mistake. */
static bool line_read(struct reading *g, struct bytes line)
{
    static const struct word kinds[] = { { "threshold", THRESHOLD_LIMIT }, { "event_filter", THRESHOLD_LIMIT }, { "rate_filter", THRESHOLD_RATE },
                                         { "suppress", THRESHOLD_SUPPRESS }, { NULL, 0 } };
    size_t blank = 0;

    while (blank < line.n && !isspace(line.p[blank])) {
        blank++;
    }
    g->err.text[0] = '\0';
    g->x = (struct threshold_line){ .gid = -1, .sid = -1 };
    g->left = 0;
    if (!word_read(g, "threshold file", bytes_head(line, blank), kinds, &g->x.t.type) || !keys_read(g, bytes_trim(bytes_from(line, blank), " \t")) ||
        !line_check(g)) {
        say(g, false);
        return false;
    }
    if (!line_apply(g)) {
        say(g, true);
    }
    return true;
}

/* whole: all of it found room. */
static void line_count(struct reading *g, struct bytes line, bool whole, struct rule_thresholds *out)
{
    bool ok = whole && line_read(g, bytes_trim(line, " \t"));

    if (!whole) {
        g->x.sid = -1;
        err_set(&g->err, "the line has more than %d bytes", LINE_MAX_BYTES);
        say(g, false);
    }
    out->read += ok;
    out->wrong += !ok;
}

/* Reads lines, joined where one ends in a backslash, comments and empty ones left out. */
static void lines_read(struct reading *g, const char *bytes, size_t n, struct rule_thresholds *out)
{
    char *line = malloc(LINE_MAX_BYTES);
    size_t have = 0;
    uint32_t number = 0;
    struct rd r = rd_of(bytes_of(bytes, n));
    bool found = true, whole = true;

    while (line && found && rd_left(&r) != 0) {
        struct bytes one = bytes_trim(rd_line(&r, &found), " \t\r");
        bool more = one.n != 0 && one.p[one.n - 1] == '\\';

        number++;
        if (have == 0 && whole) {
            g->line = number;
        }
        if (have == 0 && whole && (one.n == 0 || one.p[0] == '#')) {
            continue;
        }
        one = more ? bytes_head(one, one.n - 1) : one;
        whole &= have + one.n < LINE_MAX_BYTES;
        if (whole) {
            memcpy(line + have, one.p, one.n);
            have += one.n;
        }
        if (!more) {
            line_count(g, bytes_of(line, have), whole, out);
            have = 0;
            whole = true;
        }
    }
    if (have != 0 || !whole) {
        line_count(g, bytes_of(line, have), whole, out);
    }
    free(line);
}

bool rules_thresholds_text(struct rules *r, const struct rule_context *c, const char *name, const char *text, size_t n, struct rule_thresholds *out)
{
    int source = rules_source_add(r, name);
    struct reading g = { .rules = r, .context = c, .source = (uint16_t)source };

    *out = (struct rule_thresholds){ 0 };
    if (source < 0) {
        return false;
    }
    lines_read(&g, text, n, out);
    return true;
}

bool rules_thresholds(struct rules *r, const struct rule_context *c, const char *path, struct rule_thresholds *out, struct err *err)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(FILE_MAX_BYTES) : NULL;
    size_t n = text ? fread(text, 1, FILE_MAX_BYTES, f) : 0;
    bool ok = text && !ferror(f) && rules_thresholds_text(r, c, path, text, n, out);

    if (!ok) {
        err_sys(err, "threshold file %s", path);
    }
    free(text);
    if (f) {
        fclose(f);
    }
    return ok;
}
