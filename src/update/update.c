/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An update from its sources to the merged file. */
#include "update/parts.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/replace.h"
#include "base/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { OLD_MAX = 512 << 20 };

struct job {
    const struct update_settings *s;
    struct update_result *result;
    struct arena arena;
    struct update_files files[UPDATE_SOURCES * 2]; /* by source; one's own behind the others */
    unsigned file_sets;
    struct update_rules rules;
    struct update_lists *lists;
};

static void say(const struct job *j, const char *text)
{
    if (j->s->say) {
        j->s->say(j->s->ctx, text);
    }
}

/* ---- sources ---- */

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && strcmp(name + n - k, end) == 0;
}

/* The rules of all files of a source.  An archive holds other things too; a single file is rules whatever it is called. */
static bool files_rules(const struct update_files *f, struct update_rules *to, uint16_t source)
{
    for (size_t k = 0; k < f->n; k++) {
        if ((ends(f->file[k].name, ".rules") || f->n == 1) && !rules_of(to, &f->file[k], source)) {
            return false;
        }
    }
    return true;
}

/* any: or none.  A page that says "come back later" is no source, though it came with 200. */
static bool rules_read(struct job *j, const struct update_files *f, bool any, struct err *err)
{
    size_t before = j->rules.n;

    if (!files_rules(f, &j->rules, (uint16_t)j->file_sets)) {
        return err_set(err, "not enough memory for rules");
    }
    return any || j->rules.n != before || err_set(err, "no rule is in it");
}

/* What came of a URL, or was kept of it, as files; none of them when it is of no use. */
static bool body_read(struct job *j, struct update_files *f, const char *url, struct bytes b, struct err *err)
{
    const char *slash = strrchr(url, '/');

    if (b.n != 0 ? bytes_read(f, slash ? slash + 1 : url, b, err) && rules_read(j, f, false, err) : err_set(err, "nothing came")) {
        return true;
    }
    f->n = 0;
    return err_add(err, "%s", url);
}

static bool source_read(struct job *j, const char *source, bool own, bool *usable, struct err *err)
{
    struct update_files *f = &j->files[j->file_sets];
    struct fetched_body b;
    struct err broken;

    f->arena = &j->arena;
    if (!fetch_is_url(source)) {
        *usable = path_read(f, source, err) && (rules_read(j, f, own, err) || err_add(err, "%s", source));
        return *usable;
    }
    enum fetched how = fetch(j->s, &j->arena, source, &b, err);
    *usable = how != FETCHED_FAILED && body_read(j, f, source, b.body, err);
    if (!*usable) {
        *usable = body_read(j, f, source, b.kept, &broken);
        return false;
    }
    j->result->fetched += how == FETCHED_NEW;
    j->result->unchanged += how == FETCHED_SAME;
    if (!fetch_keep(j->s, source, &b, &broken)) { /* there is none to stand in the next time */
        j->result->failed++;
        say(j, broken.text);
    }
    return true;
}

static bool sources_read(struct job *j, struct err *err)
{
    struct err why;
    bool any = false;

    for (unsigned i = 0; i < j->s->source_n + j->s->local_n; i++) {
        const char *source = i < j->s->source_n ? j->s->source[i] : j->s->local[i - j->s->source_n];
        bool usable = false;
        j->result->sources++;
        if (!source_read(j, source, i >= j->s->source_n, &usable, &why)) {
            j->result->failed++;
            err_add(&why, usable ? "what was kept stands in for it" : "left out");
            say(j, why.text);
        }
        any |= usable;
        j->file_sets++;
    }
    return any || err_set(err, "no source can be had");
}

/* ---- one of each number ---- */

static uint64_t id_of(const struct update_rule *r)
{
    return (uint64_t)r->gid << 32 | r->sid;
}

static int id_compare(const void *a, const void *b, void *rules)
{
    const struct update_rule *all = rules;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    uint64_t x = id_of(&all[i]), y = id_of(&all[k]);

    return x != y ? (x < y ? -1 : 1) : i < k ? -1 : i > k;
}

/* One's own before others; then the higher revision; then one that is enabled; then the first. */
static bool goes_before(const struct job *j, const struct update_rule *a, const struct update_rule *b)
{
    bool own = a->source >= j->s->source_n, other = b->source >= j->s->source_n;

    if (own != other) {
        return own;
    }
    return a->rev != b->rev ? a->rev > b->rev : a->enabled && !b->enabled;
}

static size_t *rules_sorted(const struct update_rules *r)
{
    size_t *order = calloc(r->n + 1, sizeof *order);

    for (size_t i = 0; order && i < r->n; i++) {
        order[i] = i;
    }
    if (order) {
        qsort_r(order, r->n, sizeof *order, id_compare, r->rule);
    }
    return order;
}

static bool doubles_out(struct job *j, struct err *err)
{
    struct update_rule *rule = j->rules.rule;
    size_t *order = rules_sorted(&j->rules);

    if (!order) {
        return err_set(err, "not enough memory");
    }
    for (size_t i = 1, best = order[0]; i < j->rules.n; i++) {
        struct update_rule *x = &rule[order[i]];
        if (id_of(x) != id_of(&rule[best])) {
            best = order[i];
        } else if (goes_before(j, x, &rule[best])) {
            rule[best].out = true;
            best = order[i];
            j->result->twice++;
        } else {
            x->out = true;
            j->result->twice++;
        }
    }
    free(order);
    return true;
}

/* ---- lists ---- */

static bool lists_read_all(struct job *j, struct err *err)
{
    const char *const paths[LIST_KINDS] = { [LIST_DISABLE] = j->s->disable, [LIST_ENABLE] = j->s->enable, [LIST_DROP] = j->s->drop, [LIST_MODIFY] = j->s->modify };

    j->lists = lists_new();
    if (!j->lists) {
        return err_set(err, "not enough memory");
    }
    for (unsigned k = 0; k < LIST_KINDS; k++) {
        if (paths[k] && !lists_read(j->lists, (enum list_kind)k, paths[k], err)) {
            return false;
        }
    }
    return true;
}

/* "alert …" becomes "drop …"; a rule that only sets bits stays. */
static bool rule_drops(struct job *j, struct update_rule *r)
{
    struct bytes value;
    struct arena_text t;

    if (!bytes_starts(r->text, "alert ") || line_value(r->text, "noalert", &value) || bytes_find(r->text, bytes_str("flowbits:noalert")) != SIZE_MAX) {
        return false;
    }
    arena_text_init(&t, &j->arena, r->text.n + 8);
    arena_text_add(&t, bytes_str("drop"));
    arena_text_add(&t, bytes_from(r->text, 5));
    r->text = arena_text_bytes(&t);
    return true;
}

static bool lists_apply(struct job *j, struct err *err)
{
    struct update_result *u = j->result;

    for (size_t i = 0; i < j->rules.n; i++) {
        struct update_rule *r = &j->rules.rule[i];
        if (r->out) {
            continue;
        }
        if (lists_name(j->lists, LIST_DISABLE, r)) {
            u->disabled += r->enabled;
            r->enabled = false;
        }
        if (lists_name(j->lists, LIST_ENABLE, r)) {
            u->enabled_by_list += !r->enabled;
            r->enabled = true;
        }
        if (r->enabled && lists_name(j->lists, LIST_DROP, r)) {
            u->dropped += rule_drops(j, r);
        }
        bool changed;
        if (!lists_modify(j->lists, &j->arena, r, &changed, err)) {
            return false;
        }
        u->modified_by_list += changed;
    }
    u->for_bits = bits_resolve(&j->rules);
    return true;
}

/* ---- what is written ---- */

static void rules_text(struct job *j, struct text *out)
{
    text_str(out, "# Made by 'peccary rules update': what is changed here is lost with the next one.\n");
    for (size_t i = 0; i < j->rules.n; i++) {
        const struct update_rule *r = &j->rules.rule[i];
        if (r->out) {
            continue;
        }
        text_str(out, r->enabled ? "" : "# ");
        text_add(out, r->text.p, r->text.n);
        text_byte(out, '\n');
        j->result->rules++;
        j->result->enabled += r->enabled;
    }
}

/* Names that were met. */
struct names {
    struct bytes *slot;
    size_t n, room;            /* a power of two, at most half of it taken */
    uint64_t seed;
};

static bool names_grow(struct names *m)
{
    struct names more = { .room = m->room ? m->room * 2 : 256, .seed = m->seed };

    more.slot = calloc(more.room, sizeof *more.slot);
    for (size_t i = 0; more.slot && i < m->room; i++) {
        if (m->slot[i].p) {
            size_t at = hash_bytes(m->slot[i].p, m->slot[i].n, m->seed) & (more.room - 1);
            while (more.slot[at].p) {
                at = (at + 1) & (more.room - 1);
            }
            more.slot[at] = m->slot[i];
        }
    }
    more.n = m->n;
    if (more.slot) {
        free(m->slot);
        *m = more;
    }
    return more.slot != NULL;
}

/* False: no memory.  fresh: it was not met before. */
static bool names_meet(struct names *m, struct bytes name, bool *fresh)
{
    if (m->n * 2 >= m->room && !names_grow(m)) {
        return false;
    }
    size_t at = hash_bytes(name.p, name.n, m->seed) & (m->room - 1);
    while (m->slot[at].p && !bytes_equal(m->slot[at], name)) {
        at = (at + 1) & (m->room - 1);
    }
    *fresh = !m->slot[at].p;
    m->slot[at] = name;
    m->n += *fresh;
    return true;
}

/* A file's lines, each once by its first word behind the colon: "config classification: NAME,…". */
static bool config_lines(struct bytes all, struct names *met, struct text *out)
{
    struct rd r = rd_of(all);
    bool found, fresh;

    while (rd_left(&r)) {
        struct bytes line = bytes_trim(rd_line(&r, &found), " \t\r");
        size_t colon = bytes_find_byte(line, ':');
        if (line.n == 0 || line.p[0] == '#' || colon == SIZE_MAX) {
            continue;
        }
        struct rd word = rd_of(bytes_trim(bytes_from(line, colon + 1), " \t"));
        if (!names_meet(met, rd_until_any(&word, " \t,"), &fresh)) {
            return false;
        }
        if (fresh) {
            text_add(out, line.p, line.n);
            text_byte(out, '\n');
        }
    }
    return true;
}

/* Of all files that are called so. */
static bool config_text(struct job *j, const char *name, struct text *out, struct err *err)
{
    struct names met = { .seed = hash_random_seed() };
    bool good = true;

    for (unsigned i = 0; i < j->file_sets; i++) {
        for (size_t k = 0; good && k < j->files[i].n; k++) {
            good = !ends(j->files[i].file[k].name, name) || config_lines(j->files[i].file[k].bytes, &met, out);
        }
    }
    free(met.slot);
    return good ? !out->cut || err_set(err, "the merged %s is too large", name) : err_set(err, "not enough memory");
}

/* ---- against what was ---- */

static bool list_add(struct update_list *l, uint64_t id)
{
    if (l->n == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        uint64_t *more = realloc(l->id, room * sizeof *more);
        if (!more) {
            return false;
        }
        l->id = more;
        l->room = room;
    }
    l->id[l->n++] = id;
    return true;
}

static bool changes_find(struct job *j, const struct update_rules *old, struct err *err)
{
    struct update_result *u = j->result;
    size_t *now = rules_sorted(&j->rules), *was = rules_sorted(old), i = 0, k = 0;
    bool good = now && was;

    while (good && (i < j->rules.n || k < old->n)) {
        const struct update_rule *a = i < j->rules.n ? &j->rules.rule[now[i]] : NULL, *b = k < old->n ? &old->rule[was[k]] : NULL;
        if (a && a->out) {
            i++;
            continue;
        }
        if (!b || (a && id_of(a) < id_of(b))) {
            good = list_add(&u->added, id_of(a));
            i++;
        } else if (!a || id_of(b) < id_of(a)) {
            good = list_add(&u->removed, id_of(b));
            k++;
        } else {
            good = bytes_equal(a->text, b->text) || list_add(&u->modified, id_of(a));
            good = good && (a->enabled == b->enabled || list_add(a->enabled ? &u->switched_on : &u->switched_off, id_of(a)));
            i++;
            k++;
        }
    }
    free(now);
    free(was);
    return good || err_set(err, "not enough memory");
}

static bool file_put(struct job *j, const char *name, struct bytes b, struct err *err)
{
    char path[PATH_MAX];
    struct bytes old;
    struct err none;

    snprintf(path, sizeof path, "%s/%s", j->s->output, name);
    bool there = file_read(path, OLD_MAX, &old, &none), same = there && bytes_equal(old, b);
    if (there) {
        file_free(old);
    }
    if (same || j->s->dry_run || (b.n == 0 && !there)) {
        return true;
    }
    j->result->written = true;
    return file_make_folder(j->s->output, err) && file_replace(path, b, err);
}

static bool all_written(struct job *j, struct err *err)
{
    static const char *const configs[] = { "classification.config", "reference.config" };
    struct update_rules old = { .arena = &j->arena };
    char path[PATH_MAX];
    struct bytes b;
    struct err none;
    struct text t;

    snprintf(path, sizeof path, "%s/peccary.rules", j->s->output);
    if (file_read(path, OLD_MAX, &b, &none)) {
        struct update_file f = { path, arena_copy(&j->arena, b) };
        file_free(b);
        (void)rules_of(&old, &f, 0);
    }
    bool good = changes_find(j, &old, err);
    free(old.rule);
    text_init(&t, OLD_MAX);
    rules_text(j, &t);
    good = good && (!t.cut || err_set(err, "the merged file is too large")) && file_put(j, "peccary.rules", text_bytes(&t), err);
    for (unsigned i = 0; good && i < ROWS(configs); i++) {
        text_clear(&t);
        good = config_text(j, configs[i], &t, err) && (t.n == 0 || file_put(j, configs[i], text_bytes(&t), err));
    }
    text_fini(&t);
    return good;
}

bool update_run(const struct update_settings *s, struct update_result *r, struct err *err)
{
    struct job *j = calloc(1, sizeof *j);

    *r = (struct update_result){ 0 };
    if (!j) {
        return err_set(err, "not enough memory");
    }
    j->s = s;
    j->result = r;
    arena_init(&j->arena, NULL, (size_t)3 << 30);
    j->rules.arena = &j->arena;
    bool good = lists_read_all(j, err) && sources_read(j, err) && (j->rules.n != 0 || err_set(err, "no rule is in these sources")) && doubles_out(j, err);
    good = good && lists_apply(j, err) && all_written(j, err);
    for (unsigned i = 0; i < j->file_sets; i++) {
        free(j->files[i].file);
    }
    free(j->rules.rule);
    lists_free(j->lists);
    arena_fini(&j->arena);
    free(j);
    return good;
}

void update_result_fini(struct update_result *r)
{
    free(r->added.id);
    free(r->removed.id);
    free(r->modified.id);
    free(r->switched_off.id);
    free(r->switched_on.id);
}
