/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_test - rules over traffic that says what must come of it: generated from the rules, or kept beside them.
 */
#include "app/confine.h"
#include "app/rules.h"

#include "base/json_read.h"
#include "base/file.h"
#include "generate/generate.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MISSES = 4 };

/* What came of the rows. */
struct results {
    const struct generated *row;
    size_t row_n;
    uint32_t *fired;          /* alerts of the row's rule between its hosts, by row */
    size_t *order;            /* rows by hosts and rule, then as they were written */
};

static int hosts_compare(const struct addr *a, const struct addr *b, const struct addr *c, const struct addr *d)
{
    int x = memcmp(a, c, sizeof *a);

    return x != 0 ? x : memcmp(b, d, sizeof *b);
}

/* Whoever spoke first: the lower address in front. */
static void hosts_sorted(const struct addr *a, const struct addr *b, const struct addr **low, const struct addr **high)
{
    bool turn = memcmp(a, b, sizeof *a) > 0;

    *low = turn ? b : a;
    *high = turn ? a : b;
}

static int row_compare(const struct generated *r, const struct addr *low, const struct addr *high, uint32_t gid, uint32_t sid)
{
    const struct addr *x, *y;

    hosts_sorted(&r->src, &r->dst, &x, &y);
    int c = hosts_compare(x, y, low, high);
    if (c == 0 && r->rule->sid != sid) {
        c = r->rule->sid < sid ? -1 : 1;
    }
    if (c == 0 && r->rule->gid != gid) {
        c = r->rule->gid < gid ? -1 : 1;
    }
    return c;
}

static int order_compare(const void *a, const void *b, void *rows)
{
    const struct generated *all = rows;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    const struct addr *low, *high;

    hosts_sorted(&all[k].src, &all[k].dst, &low, &high);
    int c = row_compare(&all[i], low, high, all[k].rule->gid, all[k].rule->sid);
    return c != 0 ? c : i < k ? -1 : i > k;
}

/* The row an alert belongs to: of several between these hosts the last that had begun. */
static void alert_count(struct results *o, const struct addr *a, const struct addr *b, uint32_t gid, uint32_t sid, uint64_t packet)
{
    const struct addr *low, *high;
    size_t from = 0, to = o->row_n;

    hosts_sorted(a, b, &low, &high);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (row_compare(&o->row[o->order[middle]], low, high, gid, sid) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    size_t best = SIZE_MAX;
    for (; from < o->row_n && row_compare(&o->row[o->order[from]], low, high, gid, sid) == 0; from++) {
        if (best == SIZE_MAX || o->row[o->order[from]].first <= packet) {
            best = o->order[from];
        }
    }
    if (best != SIZE_MAX) {
        o->fired[best]++;
    }
}

static bool number_of(struct bytes line, const char *path, uint64_t *x)
{
    enum json_kind kind;
    struct bytes value;

    return json_find(line, path, &value, &kind) && kind == JSON_NUMBER && bytes_u64(value, x);
}

static bool address_of(struct bytes line, const char *path, struct addr *a)
{
    enum json_kind kind;
    struct bytes value;
    enum family family;

    if (!json_find(line, path, &value, &kind) || kind != JSON_STRING || value.n < 2) {
        return false;
    }
    return addr_text_read(bytes_of(value.p + 1, value.n - 2), a, &family);
}

static bool alerts_read(struct results *o, const char *path, struct err *err)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0;
    ssize_t n;

    if (f == NULL) {
        return err_sys(err, "%s", path);
    }
    while ((n = getline(&text, &room, f)) > 0) {
        struct bytes line = bytes_of(text, (size_t)n);
        struct addr a, b;
        uint64_t gid, sid, packet = 0;
        if (number_of(line, "alert.signature_id", &sid) && number_of(line, "alert.gid", &gid) && address_of(line, "src_ip", &a) && address_of(line, "dest_ip", &b)) {
            (void)number_of(line, "pcap_cnt", &packet);
            alert_count(o, &a, &b, (uint32_t)gid, (uint32_t)sid, packet);
        }
    }
    free(text);
    fclose(f);
    return true;
}

static bool results_make(struct results *o, const struct generator *g, const char *eve, struct err *err)
{
    *o = (struct results){ 0 };
    o->row = generator_rows(g, &o->row_n);
    o->fired = calloc(o->row_n + 1, sizeof *o->fired);
    o->order = calloc(o->row_n + 1, sizeof *o->order);
    if (o->fired == NULL || o->order == NULL) {
        return err_set(err, "not enough memory");
    }
    for (size_t i = 0; i < o->row_n; i++) {
        o->order[i] = i;
    }
    qsort_r(o->order, o->row_n, sizeof *o->order, order_compare, (void *)(uintptr_t)o->row);
    return alerts_read(o, eve, err);
}

/* ---- told ---- */

static void row_text(FILE *to, const struct generated *r)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

    addr_text(&r->src, r->v6 ? FAMILY_6 : FAMILY_4, src);
    addr_text(&r->dst, r->v6 ? FAMILY_6 : FAMILY_4, dst);
    fprintf(to, "%u\t%u\t%s\t%s\t%u\t%s\t%u\t%u\t%u\t%u\t%s", r->rule->gid, r->rule->sid, r->hit ? "hit" : "miss", src, r->sport, dst, r->dport, r->proto, r->first, r->last, r->what);
}

/* The tables beside the traffic: what must come of it, and the rules it is not made for. */
static bool tables_write(const struct generator *g, const char *dir, struct err *err)
{
    char path[PATH_MAX];
    size_t n;
    const struct generated *row = generator_rows(g, &n);

    snprintf(path, sizeof path, "%s/expected.tsv", dir);
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        return err_sys(err, "%s", path);
    }
    fprintf(f, "gid\tsid\tkind\tsrc\tsport\tdst\tdport\tproto\tfirst\tlast\tbroken\n");
    for (size_t i = 0; i < n; i++) {
        row_text(f, &row[i]);
        fputc('\n', f);
    }
    bool ok = fclose(f) == 0;
    const struct generated_not *not = generator_nots(g, &n);
    snprintf(path, sizeof path, "%s/not-generated.tsv", dir);
    f = ok ? fopen(path, "w") : NULL;
    if (f == NULL) {
        return err_sys(err, "%s", path);
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%u\t%u\t%s\n", not[i].rule->gid, not[i].rule->sid, not[i].why);
    }
    return fclose(f) == 0 || err_sys(err, "%s", path);
}

struct totals {
    size_t hits, hits_good, misses, misses_good, rules_good, wrong;
};

static struct totals totals_of(const struct results *o)
{
    struct totals t = { 0 };

    for (size_t i = 0; i < o->row_n;) {
        bool good = false, silent = false, all = true;
        size_t k = i;
        for (; k < o->row_n && o->row[k].rule == o->row[i].rule; k++) {
            bool right = (o->fired[k] != 0) == o->row[k].hit;
            good |= o->row[k].hit && right;
            silent |= !o->row[k].hit && right;
            all &= right;
            *(o->row[k].hit ? &t.hits : &t.misses) += 1;
            *(o->row[k].hit ? &t.hits_good : &t.misses_good) += right;
            t.wrong += !right;
        }
        t.rules_good += good && silent && all;
        i = k;
    }
    return t;
}

static void tell_text(const struct results *o, const struct generator *g, const struct totals *t)
{
    size_t not_n;
    const struct generated_not *not = generator_nots(g, &not_n);

    for (size_t i = 0; i < o->row_n; i++) {
        if ((o->fired[i] != 0) != o->row[i].hit) {
            printf("%s: ", o->row[i].hit ? "silent" : "fired");
            row_text(stdout, &o->row[i]);
            putchar('\n');
        }
    }
    for (size_t i = 0; i < not_n; i++) {
        printf("not generated: %u:%u: %s\n", not[i].rule->gid, not[i].rule->sid, not[i].why);
    }
    printf("rules: %zu, hits: %zu of %zu, near misses silent: %zu of %zu, rules with all of it right: %zu, not generated: %zu\n", t->hits + not_n, t->hits_good, t->hits,
           t->misses_good, t->misses, t->rules_good, not_n);
}

static void row_json(struct json *j, const struct generated *r, bool fired)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

    addr_text(&r->src, r->v6 ? FAMILY_6 : FAMILY_4, src);
    addr_text(&r->dst, r->v6 ? FAMILY_6 : FAMILY_4, dst);
    json_object(j, NULL);
    json_u64(j, "gid", r->rule->gid);
    json_u64(j, "sid", r->rule->sid);
    json_string(j, "kind", r->hit ? "hit" : "miss");
    json_bool(j, "fired", fired);
    if (r->what[0] != '\0') {
        json_bytes(j, "broken", bytes_str(r->what));
    }
    json_string(j, "src_ip", src);
    json_u64(j, "src_port", r->sport);
    json_string(j, "dest_ip", dst);
    json_u64(j, "dest_port", r->dport);
    json_u64(j, "first", r->first);
    json_u64(j, "last", r->last);
    json_end_object(j);
}

static void tell_json(const struct results *o, const struct generator *g, const struct totals *t)
{
    struct text text;
    struct json j;
    size_t not_n;
    const struct generated_not *not = generator_nots(g, &not_n);

    text_init(&text, (size_t)1 << 30);
    json_init(&j, &text);
    json_object(&j, NULL);
    json_array(&j, "rows");
    for (size_t i = 0; i < o->row_n; i++) {
        row_json(&j, &o->row[i], o->fired[i] != 0);
    }
    json_end_array(&j);
    json_array(&j, "not_generated");
    for (size_t i = 0; i < not_n; i++) {
        json_object(&j, NULL);
        json_u64(&j, "gid", not[i].rule->gid);
        json_u64(&j, "sid", not[i].rule->sid);
        json_bytes(&j, "reason", bytes_str(not[i].why));
        json_end_object(&j);
    }
    json_end_array(&j);
    json_u64(&j, "rules", t->hits + not_n);
    json_u64(&j, "hits", t->hits);
    json_u64(&j, "hits_fired", t->hits_good);
    json_u64(&j, "misses", t->misses);
    json_u64(&j, "misses_silent", t->misses_good);
    json_u64(&j, "rules_right", t->rules_good);
    json_end_object(&j);
    text_byte(&text, '\n');
    fwrite(text.p, 1, text.n, stdout);
    text_fini(&text);
}

/* ---- generated ---- */

static bool wanted(const struct arguments *a, const struct rule *r, uint64_t sid)
{
    return !argument_given(a, "sid") || r->sid == sid;
}

static bool generate(struct generator *g, const struct rules *rules, const struct arguments *a, uint64_t sid, struct err *err)
{
    bool found = false;

    for (uint32_t i = 0; i < rules->rule_n; i++) {
        err->text[0] = '\0';
        if (rules->rule[i]->dropped || !wanted(a, rules->rule[i], sid)) {
            continue;
        }
        found = true;
        if (!generator_rule(g, rules->rule[i], err) && err->text[0] != '\0') {
            return false;
        }
    }
    return generator_close(g, err) && (found || !argument_given(a, "sid") || err_set(err, "no rule %llu is in these files", (unsigned long long)sid));
}

static bool run_over(struct session *s, const char *dir, struct err *err)
{
    char path[PATH_MAX];
    const char *paths[] = { path };
    const _Atomic bool *stop = interrupt_watch();
    struct run run = { .paths = paths, .path_n = 1, .log_dir = dir };
    struct run_result r = { 0 };

    snprintf(path, sizeof path, "%s/traffic.pcapng", dir);
    bool ok = stop != NULL && engine_run(&s->engine, &run, &r, stop, err) && (!r.input_failed || err_set(err, "%s cannot be read back", path));
    run_result_fini(&r);
    return ok;
}

static int over_generated(struct session *s, const struct arguments *a, const char *dir)
{
    struct generate_settings how = { .misses = MISSES };
    struct results o = { 0 };
    uint64_t sid = 0, misses = MISSES;
    char path[PATH_MAX];
    int code = EXIT_USAGE;

    if ((argument_given(a, "sid") && !conf_text_u64(argument_value(a, "sid"), &sid)) ||
        (argument_given(a, "misses") && (!conf_text_u64(argument_value(a, "misses"), &misses) || misses > 64))) {
        err_set(&s->err, "--sid wants a rule's number, --misses a number up to 64");
        return EXIT_USAGE;
    }
    how.misses = (unsigned)misses;
    snprintf(path, sizeof path, "%s/traffic.pcapng", dir);
    const struct rules *rules = ruleset_source(s->engine.rules);
    struct generator *g = generator_new(rules, path, &how, &s->err);
    bool ok = g != NULL && generate(g, rules, a, sid, &s->err) && tables_write(g, dir, &s->err) && run_over(s, dir, &s->err);
    snprintf(path, sizeof path, "%s/eve.json", dir);
    if (ok && results_make(&o, g, path, &s->err)) {
        struct totals t = totals_of(&o);
        (argument_given(a, "json") ? tell_json : tell_text)(&o, g, &t);
        code = t.wrong != 0 || s->engine.rules_refused != 0 ? EXIT_SOME : EXIT_DONE;
    }
    free(o.fired);
    free(o.order);
    generator_free(g);
    return code;
}

/* What a run leaves in a folder of its own. */
static void folder_remove(const char *dir)
{
    static const char *const names[] = { "traffic.pcapng", "expected.tsv", "not-generated.tsv", "eve.json" };
    char path[PATH_MAX];

    for (size_t i = 0; i < ROWS(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

int rules_test(struct session *s, const struct arguments *a)
{
    struct rule_load l = { .files = a->rest + 1, .file_n = a->rest_n - 1, .dialect = -1, .refused = report_refused, .ctx = &s->log, .keep_text = true };
    const char *dir = argument_value(a, "generate"), *temporary = getenv("TMPDIR");
    char made[PATH_MAX];

    if (a->rest_n < 2) {
        err_set(&s->err, "test RULES… or test FOLDER… is wanted");
        return EXIT_USAGE;
    }
    if (rules_expected(a->rest[1])) {
        return rules_expect(s, a);
    }
    if (!rules_dialect(a, &l.dialect, &s->err) || !engine_load_rules(&s->engine, &l, &s->err)) {
        return EXIT_USAGE;
    }
    temporary = temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp";
    snprintf(made, sizeof made, "%s/peccary-test-XXXXXX", temporary);
    if (dir != NULL ? !file_make_folder(dir, &s->err) : mkdtemp(made) == NULL && !err_sys(&s->err, "make folder %s", made)) {
        return EXIT_USAGE;
    }
    const struct confine_once gives = { .folder = { dir }, .there = dir == NULL ? made : NULL, .around = dir == NULL ? temporary : NULL };
    int code = confine_once(s, &gives, NULL) ? over_generated(s, a, dir != NULL ? dir : made) : EXIT_USAGE;
    if (dir == NULL) {
        folder_remove(made);
    }
    return code;
}
